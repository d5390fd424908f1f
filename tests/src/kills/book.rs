//! What the tills remember, outside of any gateway: what they asked for, and what they were told.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use crate::tenant::Answer;

/// What a till was told about one refund.
#[derive(Debug, Clone, Default)]
pub(super) struct Page {
    /// How often it asked.
    pub(super) posts: u64,
    /// How often no whole answer came back, or none that says anything.
    pub(super) unanswered: u64,
    /// How often it was told that the refund was there already.
    pub(super) replays: u64,
    /// The acknowledgement.
    pub(super) acknowledged: Option<Acknowledged>,
    /// The refusal: its code.
    pub(super) refused: Option<String>,
}

/// A promise: from here on the refund must never be lost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Acknowledged {
    /// The refund's id.
    pub(super) id: String,
    /// Its number at WeChat Pay.
    pub(super) upstream_out_refund_no: String,
}

/// All that the tills remember.
#[derive(Debug)]
pub(super) struct Book {
    pages: Mutex<Vec<Page>>,
    acknowledged: watch::Sender<usize>,
    findings: Mutex<Vec<String>>,
}

impl Book {
    /// An empty one for so many refunds.
    pub(super) fn new(refunds: usize) -> Book {
        Book {
            pages: Mutex::new(vec![Page::default(); refunds]),
            acknowledged: watch::Sender::new(0),
            findings: Mutex::default(),
        }
    }

    /// How many refunds are acknowledged, and every change of it.
    pub(super) fn acknowledged(&self) -> watch::Receiver<usize> {
        self.acknowledged.subscribe()
    }

    /// Refund `n` was asked for and nothing was heard.
    pub(super) fn heard_nothing(&self, n: usize) {
        let mut pages = lock(&self.pages);
        pages[n].posts += 1;
        pages[n].unanswered += 1;
    }

    /// Refund `n` was asked for and answered so. Whether that settles it.
    pub(super) fn heard(&self, n: usize, answer: &Answer) -> bool {
        let mut pages = lock(&self.pages);
        let page = &mut pages[n];
        page.posts += 1;
        match answer.status {
            200 | 202 => {
                let told = Acknowledged {
                    id: answer.text("id").to_owned(),
                    upstream_out_refund_no: answer.text("upstream_out_refund_no").to_owned(),
                };
                page.replays += u64::from(answer.status == 200);
                match &page.acknowledged {
                    None => {
                        page.acknowledged = Some(told);
                        drop(pages);
                        self.acknowledged.send_modify(|count| *count += 1);
                    }
                    Some(known) if *known != told => {
                        let finding = format!("refund {n}: acknowledged as {known:?}, then as {told:?}");
                        drop(pages);
                        self.found(finding);
                    }
                    Some(_) => {
                        let status = answer.status;
                        drop(pages);
                        if status != 200 {
                            self.found(format!(
                                "refund {n}: acknowledged before, and {status} when it is repeated"
                            ));
                        }
                    }
                }
                true
            }
            // Later, or nobody knows: the till repeats.
            429 | 500.. => {
                page.unanswered += 1;
                let finding = format!("refund {n}: {} {}", answer.status, answer.body);
                drop(pages);
                if answer.status == 500 {
                    self.found(finding);
                }
                false
            }
            status => {
                let is_promised = page.acknowledged.is_some();
                page.refused = Some(answer.code().to_owned());
                drop(pages);
                if is_promised {
                    self.found(format!("refund {n}: acknowledged before, and {status} when it is repeated"));
                }
                true
            }
        }
    }

    /// Something is wrong.
    pub(super) fn found(&self, finding: String) {
        lock(&self.findings).push(finding);
    }

    /// What was wrong while the run went on.
    pub(super) fn findings(&self) -> Vec<String> {
        lock(&self.findings).clone()
    }

    /// The pages as they are now.
    pub(super) fn pages(&self) -> Vec<Page> {
        lock(&self.pages).clone()
    }

    /// What was refused, by code.
    pub(super) fn refusals(&self) -> BTreeMap<String, u64> {
        let mut refusals = BTreeMap::new();
        for code in lock(&self.pages).iter().filter_map(|page| page.refused.clone()) {
            *refusals.entry(code).or_default() += 1;
        }
        refusals
    }
}

fn lock<T>(part: &Mutex<T>) -> MutexGuard<'_, T> {
    part.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn answer(status: u16, id: &str) -> Answer {
        Answer { status, headers: Vec::new(), body: json!({ "id": id, "upstream_out_refund_no": "R1" }) }
    }

    #[test]
    fn a_promise_that_is_not_kept_is_found() {
        // What is heard first and then, whether the first settles it, and whether something is wrong.
        for (first, then, is_settled, is_wrong) in [
            (answer(202, "a"), answer(200, "a"), true, false),
            (answer(503, ""), answer(202, "a"), false, false),
            (answer(503, ""), answer(422, ""), false, false),
            (answer(202, "a"), answer(200, "b"), true, true),
            (answer(202, "a"), answer(202, "a"), true, true),
            (answer(202, "a"), answer(404, ""), true, true),
            (answer(500, ""), answer(202, "a"), false, true),
        ] {
            let book = Book::new(1);
            assert_eq!(book.heard(0, &first), is_settled, "{first:?}");
            book.heard(0, &then);
            assert_eq!(
                !book.findings().is_empty(),
                is_wrong,
                "{first:?}, then {then:?}: {:?}",
                book.findings()
            );
        }
    }
}
