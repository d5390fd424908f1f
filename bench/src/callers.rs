//! Callers of the gateway: each holds one connection and has one request under way at most.

use std::cell::Cell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio::task::LocalSet;
use tokio::time::sleep_until;

use crate::error::BenchError;
use crate::http::Connection;

/// A request to post, and with which key.
#[derive(Debug, Clone)]
pub struct Post {
    /// The path.
    pub target: &'static str,
    /// The caller's key.
    pub key: String,
    /// The JSON body.
    pub body: String,
}

/// When requests are made.
#[derive(Debug, Clone, Copy)]
pub enum Pace {
    /// Each caller asks again as soon as it was answered.
    AtOnce,
    /// So many a second, whatever the answers take, as long as callers are free.
    PerSecond(u32),
}

/// What came of a trial's requests.
#[derive(Debug)]
pub struct Called {
    /// When it began.
    pub began_at: Timestamp,
    /// The requests that were answered, in no order.
    pub answered: Vec<Answered>,
}

/// When a request was answered, and how long that took.
#[derive(Debug, Clone, Copy)]
pub struct Answered {
    /// Which request.
    pub n: usize,
    /// Answered so long after the beginning.
    pub after: Duration,
    /// From the moment it was to be made, or was made if its caller was waiting for that moment: that a caller wakes
    /// late is none of the gateway's doing, that it is not free is.
    pub took: Duration,
}

/// Lets `callers` callers make the requests that `post` gives for 0, 1, 2 and so on, until it gives none or `until` has
/// passed. Every answer must be 202; the first that is not ends the trial.
///
/// Runs on the calling thread alone.
pub async fn call(
    url: &str,
    callers: usize,
    pace: Pace,
    until: Duration,
    post: impl Fn(usize) -> Option<Post> + 'static,
) -> Result<Called, BenchError> {
    let mut connections = Vec::with_capacity(callers);
    for _ in 0..callers {
        connections.push(Connection::open(url).await?);
    }
    let (post, next) = (Rc::new(post), Rc::new(Cell::new(0)));
    let (began, began_at) = (Instant::now(), Timestamp::now());
    let set = LocalSet::new();
    let running: Vec<_> = connections
        .into_iter()
        .map(|connection| {
            let (post, next) = (Rc::clone(&post), Rc::clone(&next));
            set.spawn_local(one_caller(connection, pace, began, until, next, post))
        })
        .collect();
    set.await;
    let mut answered = Vec::new();
    for caller in running {
        // A caller that panicked has said so.
        answered.extend(caller.await.unwrap_or(Ok(vec![]))?);
    }
    Ok(Called { began_at, answered })
}

async fn one_caller(
    mut connection: Connection,
    pace: Pace,
    began: Instant,
    until: Duration,
    next: Rc<Cell<usize>>,
    post: Rc<impl Fn(usize) -> Option<Post>>,
) -> Result<Vec<Answered>, BenchError> {
    let mut answered = Vec::new();
    loop {
        let n = next.get();
        next.set(n + 1);
        let wanted_at = match pace {
            Pace::AtOnce => Duration::ZERO,
            Pace::PerSecond(rate) => turn(n, rate),
        };
        if began.elapsed().max(wanted_at) >= until {
            return Ok(answered);
        }
        let Some(Post { target, key, body }) = post(n) else { return Ok(answered) };
        let is_late = began.elapsed() > wanted_at;
        let made_at = match pace {
            Pace::PerSecond(_) if is_late => began + wanted_at,
            _ => {
                sleep_until((began + wanted_at).into()).await;
                Instant::now()
            }
        };
        let answer = connection.post(target, Some(&key), &body).await?;
        let (took, after) = (made_at.elapsed(), began.elapsed());
        if answer.status != 202 {
            answer.accepted(target)?;
            return Err(BenchError::NotHttp { address: target.to_owned(), what: "it is no 202" });
        }
        answered.push(Answered { n, after, took });
    }
}

/// When the `n`-th request is to be made if there are `rate` a second.
fn turn(n: usize, rate: u32) -> Duration {
    Duration::from_secs(1) * u32::try_from(n).unwrap_or(u32::MAX) / rate.max(1)
}

impl Called {
    /// When each request was answered, after the beginning.
    pub fn answered_after(&self) -> Vec<Duration> {
        self.answered.iter().map(|answered| answered.after).collect()
    }

    /// How long each took.
    pub fn took(&self) -> Vec<Duration> {
        self.answered.iter().map(|answered| answered.took).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paced_requests_are_evenly_spaced() {
        assert_eq!(turn(0, 1_000), Duration::ZERO);
        assert_eq!(turn(1_500, 1_000), Duration::from_millis(1_500));
    }
}
