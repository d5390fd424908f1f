//! Hints as the text of a notification.
//!
//! The first line is who sends it. Each further one is a hint: `work` or `decided`, a space, and whom it is about. A line of
//! any other form is passed over: a newer node may have written it.

use std::collections::BTreeSet;

use refunds::key::RefundKey;
use wechatpay::ids::Mchid;

use crate::hints::Hint;

/// A notification is shorter than this, in bytes: PostgreSQL's own limit.
const LIMIT: usize = 8_000;

/// The most that is gathered. Beyond that the others find by themselves what they are not told.
const MOST: usize = 4_096;

/// What is to be told, each thing once.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    work: BTreeSet<Mchid>,
    decided: BTreeSet<RefundKey>,
}

impl Gathered {
    pub(super) fn is_empty(&self) -> bool {
        self.work.is_empty() && self.decided.is_empty()
    }

    /// Adds what is not there yet, as long as there is room.
    pub(super) fn add(&mut self, hint: Hint) {
        let mut room = MOST.saturating_sub(self.work.len() + self.decided.len());
        match hint {
            Hint::Work(mchid) if room > 0 => drop(self.work.insert(mchid)),
            Hint::Work(_) => {}
            Hint::Decided(keys) => {
                for key in keys {
                    if room == 0 {
                        return;
                    }
                    room -= usize::from(self.decided.insert(key));
                }
            }
        }
    }

    /// The notifications in which `sender` tells all of it.
    pub(super) fn texts(self, sender: &str) -> Vec<String> {
        let work = self.work.iter().map(|mchid| format!("\nwork {mchid}"));
        let decided = self.decided.iter().map(|key| format!("\ndecided {key}"));
        let mut texts: Vec<String> = vec![];
        for line in work.chain(decided) {
            match texts.last_mut() {
                Some(text) if text.len() + line.len() < LIMIT => text.push_str(&line),
                _ => texts.push(format!("{sender}{line}")),
            }
        }
        texts
    }
}

/// The hints in a notification; none if `own` sent it.
pub(super) fn hints(text: &str, own: &str) -> Vec<Hint> {
    let mut lines = text.split('\n');
    if lines.next() == Some(own) {
        return vec![];
    }
    let (mut hints, mut decided) = (vec![], vec![]);
    for (kind, whom) in lines.filter_map(|line| line.split_once(' ')) {
        match kind {
            "work" => hints.extend(Mchid::parse(whom).ok().map(Hint::Work)),
            "decided" => decided.extend(RefundKey::parse(whom).ok()),
            _ => {}
        }
    }
    if !decided.is_empty() {
        hints.push(Hint::Decided(decided));
    }
    hints
}

#[cfg(test)]
mod tests {
    use super::*;

    fn work(n: u32) -> Hint {
        Hint::Work(Mchid::parse(&format!("{}", 1_900_000_000 + n)).unwrap())
    }

    fn key(n: u32) -> RefundKey {
        RefundKey::parse(&format!("rf.1900000001.{n:026}")).unwrap()
    }

    fn gathered(hints: impl IntoIterator<Item = Hint>) -> Gathered {
        let mut gathered = Gathered::default();
        hints.into_iter().for_each(|hint| gathered.add(hint));
        gathered
    }

    #[test]
    fn what_is_told_twice_is_written_once_and_read_by_everybody_else() {
        let told = [
            work(2),
            Hint::Decided(vec![key(2), key(1)]),
            work(1),
            work(2),
            Hint::Decided(vec![key(2), key(3)]),
        ];
        let texts = gathered(told).texts("us");
        let [text] = texts.as_slice() else { panic!("{texts:?}") };
        assert_eq!(hints(text, "them"), [work(1), work(2), Hint::Decided(vec![key(1), key(2), key(3)])]);
        assert_eq!(hints(text, "us"), []);
    }

    #[test]
    fn more_than_one_notification_holds_goes_in_several_and_more_than_there_is_room_for_is_forgotten() {
        let keys: Vec<_> = (0..10_000).map(key).collect();
        let texts = gathered([work(1), Hint::Decided(keys.clone()), work(2)]).texts("us");
        assert!(texts.iter().all(|text| text.len() < LIMIT && text.starts_with("us\n")));
        let read: Vec<_> = texts.iter().flat_map(|text| hints(text, "them")).collect();
        assert_eq!(read[0], work(1));
        let decided = read[1..].iter().flat_map(|hint| match hint {
            Hint::Decided(keys) => keys.clone(),
            Hint::Work(mchid) => panic!("{mchid} came when there was no room"),
        });
        assert_eq!(decided.collect::<Vec<_>>(), keys[..MOST - 1]);
        assert_eq!(Gathered::default().texts("us"), [""; 0]);
    }

    #[test]
    fn what_is_not_understood_is_passed_over() {
        for text in ["", "them", "\n\n", "them\nwork", "them\nwork x", "them\ndecided 19", "work 19\n{}"] {
            assert_eq!(hints(text, "us"), [], "{text:?}");
        }
        assert_eq!(hints("them\nnews 7\nwork 1900000001\nwork", "us"), [work(1)]);
    }
}
