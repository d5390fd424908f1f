//! Taking part in the virtual clock of a sandbox.
//!
//! The clock goes from event to event and waits for everybody who takes part. At each step we go to its instant, do all
//! that is due, and say so once nothing of ours is under way, with the next time at which we want to be there.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::{Client, Response, StatusCode};
use serde::Deserialize;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::activity::Activity;
use crate::clock::WallClock;

/// The name under which the clock knows a gateway that is alone with its store; it takes the place of who had it before.
pub const ALONE: &str = "tidegate serve";

/// How long to wait before looking again for a sandbox that is gone.
const AGAIN: Duration = Duration::from_millis(200);

/// The sandbox answers these at once.
const PATIENCE: Duration = Duration::from_secs(5);

/// A line of the stream is far shorter.
const LONGEST_LINE: usize = 4096;

/// Why the clock cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum SandboxClockError {
    /// The control interface does not answer.
    #[error("the sandbox's control interface {control} does not answer: {source}")]
    Unreachable {
        /// Its URL.
        control: String,
        /// What happened instead.
        source: reqwest::Error,
    },
    /// It answers, but not as a virtual clock does.
    #[error("the sandbox's control interface {control} answers {status} where its clock is asked for")]
    Refused {
        /// Its URL.
        control: String,
        /// The answer's status.
        status: StatusCode,
    },
}

/// Somebody who takes part.
#[derive(Debug)]
pub struct SandboxClock {
    control: String,
    client: Client,
    name: String,
    id: String,
    step: u64,
    now: Timestamp,
}

/// An instant of the clock, with its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
struct Step {
    step: u64,
    now: Timestamp,
}

#[derive(Debug, Deserialize)]
struct Registered {
    id: String,
    #[serde(flatten)]
    at: Step,
}

impl SandboxClock {
    /// Takes part under `name` in the clock behind the control interface `control`, a URL. From now on the clock waits for us.
    pub async fn join(control: &str, name: &str) -> Result<SandboxClock, SandboxClockError> {
        let control = control.trim_end_matches('/').to_owned();
        let unreachable = |source| SandboxClockError::Unreachable { control: control.clone(), source };
        let client = Client::builder().no_proxy().build().map_err(unreachable)?;
        let Registered { id, at: Step { step, now } } = register(&client, &control, name).await?;
        Ok(SandboxClock { control, client, name: name.to_owned(), id, step, now })
    }

    /// Where the clock stands.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Keeps `clock` at the sandbox's time, and reports whenever nothing is under way, until `ending`; then leaves, so that
    /// nobody waits for us.
    pub async fn keep(mut self, clock: WallClock, activity: Activity, ending: CancellationToken) {
        while !ending.is_cancelled() {
            tokio::select! {
                () = ending.cancelled() => {}
                error = self.follow(&clock, &activity) => {
                    tracing::warn!(%error, "the sandbox's clock is lost; looking for it again");
                    tokio::time::sleep(AGAIN).await;
                    // A sandbox that was started again does not know us any more.
                    if let Ok(Registered { id, at }) = register(&self.client, &self.control, &self.name).await {
                        (self.id, self.step) = (id, at.step);
                        clock.go_to(at.now);
                    }
                }
            }
        }
        let path = format!("{}/control/clock/participants/{}", self.control, self.id);
        // It waits ten seconds for us if this does not reach it.
        let _ = self.client.delete(path).timeout(PATIENCE).send().await;
    }

    /// Follows the clock until it is lost; comes back with the reason.
    async fn follow(&mut self, clock: &WallClock, activity: &Activity) -> SandboxClockError {
        let mut steps = match self.stream().await {
            Ok(steps) => steps,
            Err(error) => return error,
        };
        let mut changes = activity.follow();
        let mut reported = None;
        loop {
            changes.mark_unchanged();
            // In this order: what begins after the look at the list is seen by the next turn of the loop.
            let due = clock.next_due();
            if activity.is_quiet() && reported != Some((self.step, due)) {
                if let Err(error) = self.report(due).await {
                    return error;
                }
                reported = Some((self.step, due));
                continue;
            }
            tokio::select! {
                step = steps.next() => match step {
                    Ok(Step { step, now }) => {
                        self.step = step;
                        clock.go_to(now);
                    }
                    Err(error) => return error,
                },
                _ = changes.changed() => {}
            }
        }
    }

    async fn stream(&self) -> Result<Steps, SandboxClockError> {
        let url = format!("{}/control/clock/stream", self.control);
        let answer = self.client.get(url).send().await.map_err(|source| self.unreachable(source))?;
        let answer = accepted(&self.control, answer)?;
        Ok(Steps { control: self.control.clone(), answer, read: Vec::new() })
    }

    async fn report(&self, next_due: Option<Timestamp>) -> Result<(), SandboxClockError> {
        let url = format!("{}/control/clock/participants/{}", self.control, self.id);
        let body = json!({ "step": self.step, "next_due": next_due.map(|due| due.to_string()) });
        let request = self.client.post(url).timeout(PATIENCE).body(body.to_string());
        let answer = request.send().await.map_err(|source| self.unreachable(source))?;
        accepted(&self.control, answer).map(drop)
    }

    fn unreachable(&self, source: reqwest::Error) -> SandboxClockError {
        SandboxClockError::Unreachable { control: self.control.clone(), source }
    }
}

async fn register(client: &Client, control: &str, name: &str) -> Result<Registered, SandboxClockError> {
    let unreachable = |source| SandboxClockError::Unreachable { control: control.to_owned(), source };
    let url = format!("{control}/control/clock/participants");
    let body = json!({ "name": name }).to_string();
    let answer = client.post(url).timeout(PATIENCE).body(body).send().await.map_err(unreachable)?;
    let body = accepted(control, answer)?.bytes().await.map_err(unreachable)?;
    serde_json::from_slice(&body)
        .map_err(|_| SandboxClockError::Refused { control: control.to_owned(), status: StatusCode::CREATED })
}

fn accepted(control: &str, answer: Response) -> Result<Response, SandboxClockError> {
    let status = answer.status();
    if status.is_success() {
        Ok(answer)
    } else {
        Err(SandboxClockError::Refused { control: control.to_owned(), status })
    }
}

/// The stream of steps. What was read stays when nobody waits any more, and is read on the next time.
struct Steps {
    control: String,
    answer: Response,
    read: Vec<u8>,
}

impl Steps {
    async fn next(&mut self) -> Result<Step, SandboxClockError> {
        loop {
            while let Some(end) = self.read.iter().position(|&byte| byte == b'\n') {
                let line: Vec<u8> = self.read.drain(..=end).collect();
                if let Some(step) =
                    line.strip_prefix(b"data: ").and_then(|data| serde_json::from_slice(data).ok())
                {
                    return Ok(step);
                }
            }
            if self.read.len() > LONGEST_LINE {
                return Err(self.lost());
            }
            let control = &self.control;
            let chunk = self
                .answer
                .chunk()
                .await
                .map_err(|source| SandboxClockError::Unreachable { control: control.clone(), source })?;
            match chunk {
                Some(chunk) => self.read.extend_from_slice(&chunk),
                None => return Err(self.lost()),
            }
        }
    }

    fn lost(&self) -> SandboxClockError {
        SandboxClockError::Refused { control: self.control.clone(), status: self.answer.status() }
    }
}
