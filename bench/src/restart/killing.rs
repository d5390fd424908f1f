//! One kill, and what comes after it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde::Serialize;

use crate::callers::{Pace, Post, call};
use crate::error::BenchError;
use crate::http::Connection;
use crate::processes::gateway;
use crate::trials::setting::{Arrival, QUESTION, SUBMISSION, Setting};
use crate::trials::subject::{Subject, refund_of};
use crate::trials::{CALLERS, mib};
use crate::world::ENDLESS_FEN;

/// How many submissions of each merchant id are under way at the kill: half of what may be.
const IN_DOUBT: usize = 32;

/// How many refunds one kill needs for each of so many merchant ids.
pub fn refunds(merchants: usize) -> usize {
    merchants * IN_DOUBT + 1
}

/// How often it is looked what has arrived at the sandbox: seldom enough to cost next to nothing.
const LOOK: Duration = Duration::from_millis(250);

/// How soon somebody asks again who was not answered.
const ASK_AGAIN: Duration = Duration::from_millis(2);

/// What has not arrived after this time will not.
const STALLED: Duration = Duration::from_secs(60);

/// How a gateway came back. Times are from the moment at which it was started again.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Return {
    /// Until a refund was answered 202, in milliseconds.
    pub first_202_ms: f64,
    /// Until WeChat Pay was asked about the first refund that was in doubt, in milliseconds.
    pub first_question_ms: f64,
    /// Until it was asked about the last of them, in milliseconds.
    pub last_question_ms: f64,
    /// Until the refund that was answered 202 was submitted, in milliseconds.
    pub first_submission_ms: f64,
    /// How many refunds were in doubt.
    pub in_doubt: usize,
    /// How long the store's log was that it had to read, in MiB.
    pub log_mib: f64,
    /// Its memory after all that, in MiB.
    pub resident_mib: f64,
    /// The most memory it had until then, in MiB.
    pub peak_mib: f64,
}

/// Kills the gateway while WeChat Pay owes it answers, and starts it again. Takes refunds from number `first` on, whose orders are
/// paid and whom the pools cover.
pub async fn kill(
    setting: &Setting,
    subject: Subject,
    first: usize,
) -> Result<(Subject, Return), BenchError> {
    let in_doubt = setting.merchants.len() * IN_DOUBT;
    let mut watch = Watch { setting, seen: 0 };
    watch.news().await?;
    setting.hold_answers_back(in_doubt).await?;
    let access = subject.access();
    let post = move |n| (n < in_doubt).then(|| access.refund(first + n, ENDLESS_FEN)).flatten();
    call(&subject.process.place, CALLERS, Pace::AtOnce, Duration::MAX, post).await?;
    let doubted: BTreeSet<usize> = (first..first + in_doubt).collect();
    watch.until_arrived("the submissions without an answer", SUBMISSION, &doubted).await?;

    let (new, access) = (first + in_doubt, subject.access());
    let Subject { process, folder, .. } = subject;
    let place = process.place.clone();
    process.kill().await?;
    let log = fs::metadata(gateway::store(folder.path()).with_extension("db-wal"));
    let (began, began_at) = (Instant::now(), Timestamp::now());
    let (subject, first_202) = tokio::try_join!(
        Subject::start_again(setting, folder, &place),
        taken_in_after(began, &place, access.refund(new, ENDLESS_FEN)),
    )?;

    let questions = watch.clone().until_arrived("the questions", QUESTION, &doubted).await?;
    let submissions = watch.until_arrived("the submission", SUBMISSION, &[new].into()).await?;
    let since =
        |at: Option<&Timestamp>| at.map_or(f64::NAN, |at| at.duration_since(began_at).as_secs_f64() * 1e3);
    let usage = subject.process.usage();
    let back = Return {
        first_202_ms: first_202.as_secs_f64() * 1e3,
        first_question_ms: since(questions.values().min()),
        last_question_ms: since(questions.values().max()),
        first_submission_ms: since(submissions.values().min()),
        in_doubt,
        // Nothing is left of a log that was moved into the database.
        log_mib: log.map_or(0.0, |log| mib(log.len())),
        resident_mib: mib(usage.resident),
        peak_mib: mib(usage.peak),
    };
    Ok((subject, back))
}

/// Asks for a refund at `place`, where nobody may be yet, until it is answered 202. How long after `began` that was.
async fn taken_in_after(began: Instant, place: &str, post: Option<Post>) -> Result<Duration, BenchError> {
    let Some(Post { target, key, body }) = post else { return Ok(Duration::MAX) };
    loop {
        if let Ok(mut connection) = Connection::open(place).await
            && let Ok(answer) = connection.post(target, Some(&key), &body).await
            && answer.status == 202
        {
            return Ok(began.elapsed());
        }
        if began.elapsed() > STALLED {
            let what = "an answer 202";
            return Err(BenchError::Stalled { what, seconds: STALLED.as_secs(), got: 0, wanted: 1 });
        }
        tokio::time::sleep(ASK_AGAIN).await;
    }
}

/// Looks at what arrives at the sandbox.
#[derive(Debug, Clone)]
struct Watch<'a> {
    setting: &'a Setting,
    /// The number of the newest arrival that was looked at.
    seen: u64,
}

impl Watch<'_> {
    /// What has arrived since the last look.
    async fn news(&mut self) -> Result<Vec<Arrival>, BenchError> {
        let arrivals = self.setting.arrivals(self.seen).await?;
        self.seen = arrivals.last().map_or(self.seen, |last| last.n);
        Ok(arrivals)
    }

    /// When a call of this name first arrived for each of `refunds`, once one has for all of them.
    async fn until_arrived(
        &mut self,
        what: &'static str,
        name: &str,
        refunds: &BTreeSet<usize>,
    ) -> Result<BTreeMap<usize, Timestamp>, BenchError> {
        let (mut arrived, began) = (BTreeMap::new(), Instant::now());
        loop {
            for arrival in self.news().await? {
                let refund = arrival.out_refund_no.as_deref().and_then(refund_of);
                if let Some(n) =
                    refund.filter(|n| arrival.call.as_deref() == Some(name) && refunds.contains(n))
                {
                    arrived.entry(n).or_insert(arrival.at);
                }
            }
            let (got, wanted) = (arrived.len(), refunds.len());
            if got == wanted {
                return Ok(arrived);
            }
            if began.elapsed() > STALLED {
                return Err(BenchError::Stalled { what, seconds: STALLED.as_secs(), got, wanted });
            }
            tokio::time::sleep(LOOK).await;
        }
    }
}
