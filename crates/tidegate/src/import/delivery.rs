//! Bringing a request to its answer.
//!
//! A cut connection, a time-out and a gateway that is starting look the same from here: nobody knows whether the request was
//! taken. So the same request goes again, a few times, with growing pauses; its number makes that harmless. What is still
//! without an answer then is unclear, never refused.

use std::time::Duration;

use reqwest::StatusCode;

use crate::client::gateway::{Reply, Unreachable};

/// The pauses between repetitions: long enough together for a gateway to start again.
const PAUSES: [Duration; 4] =
    [Duration::from_millis(200), Duration::from_secs(1), Duration::from_secs(3), Duration::from_secs(10)];
/// The longest pause a gateway can ask for.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// No clear answer came, however often it was tried.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Unclear {
    /// What stood in the way the last time.
    pub(crate) trouble: String,
}

/// Calls `send`, which sends the same request every time, until there is a clear answer.
pub(crate) async fn deliver<S, F>(send: S) -> Result<Reply, Unclear>
where
    S: Fn() -> F,
    F: Future<Output = Result<Reply, Unreachable>>,
{
    let mut pauses = PAUSES.iter();
    loop {
        let (trouble, asked) = match send().await {
            Ok(reply) if !passes_by_itself(reply.status) => return Ok(reply),
            Ok(reply) => (format!("the gateway answered {}", reply.status.as_u16()), reply.retry_after),
            Err(error) => (error.in_short(), None),
        };
        match pauses.next() {
            None => return Err(Unclear { trouble }),
            Some(&pause) => {
                tokio::time::sleep(asked.map_or(pause, |asked| pause.max(asked.min(LONGEST_PAUSE)))).await;
            }
        }
    }
}

/// Whether an answer says something about the gateway's day and nothing about the request.
fn passes_by_itself(status: StatusCode) -> bool {
    status.is_server_error() || matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT)
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use tokio::time::Instant;

    use super::*;

    fn answer(status: u16, retry_after_s: Option<u64>) -> Result<Reply, Unreachable> {
        let status = StatusCode::from_u16(status).unwrap();
        Ok(Reply { status, retry_after: retry_after_s.map(Duration::from_secs), body: Vec::new() })
    }

    fn cut() -> Result<Reply, Unreachable> {
        let url = reqwest::Url::parse("http://127.0.0.1:1").unwrap();
        Err(Unreachable::Lost { url, cause: "cut".to_owned() })
    }

    /// Plays `answers`, the last one for ever: what came of it, in how many sends, and after how many seconds.
    async fn play(answers: Vec<Result<Reply, Unreachable>>) -> (Result<u16, String>, usize, u64) {
        let total = answers.len();
        let answers = RefCell::new(answers.into_iter());
        let sends = RefCell::new(0);
        let began = Instant::now();
        let result = deliver(|| async {
            *sends.borrow_mut() += 1;
            answers.borrow_mut().next().unwrap_or_else(cut)
        })
        .await;
        assert!(total <= 5);
        let result = result.map(|reply| reply.status.as_u16()).map_err(|unclear| unclear.trouble);
        (result, sends.into_inner(), began.elapsed().as_secs())
    }

    #[tokio::test(start_paused = true)]
    async fn a_clear_answer_ends_it_whatever_it_says() {
        for status in [200, 201, 202, 400, 401, 404, 409, 422] {
            assert_eq!(play(vec![answer(status, None)]).await, (Ok(status), 1, 0));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_cut_and_a_gateway_in_trouble_are_tried_again() {
        assert_eq!(play(vec![cut(), answer(202, None)]).await, (Ok(202), 2, 0));
        assert_eq!(
            play(vec![answer(503, None), answer(500, None), answer(202, None)]).await,
            (Ok(202), 3, 1)
        );
    }

    #[tokio::test(start_paused = true)]
    async fn the_gateways_own_pause_is_kept_within_reason() {
        assert_eq!(play(vec![answer(503, Some(7)), answer(202, None)]).await, (Ok(202), 2, 7));
        assert_eq!(play(vec![answer(429, Some(86_400)), answer(202, None)]).await, (Ok(202), 2, 60));
    }

    #[tokio::test(start_paused = true)]
    async fn what_stays_without_an_answer_is_unclear() {
        assert_eq!(play(vec![cut()]).await, (Err("cut".to_owned()), 5, 14));
        let trouble = Err("the gateway answered 503".to_owned());
        let answers = (0..5).map(|_| answer(503, None)).collect();
        assert_eq!(play(answers).await, (trouble, 5, 14));
    }
}
