//! `/control/clock`: looking at the clock, moving it, taking part in it.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use hyper::body::Frame;
use jiff::{SignedDuration, Span, SpanRelativeTo, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::named::Named;
use super::problem::{Problem, read};
use crate::clock::advance::{END, advance_by, advance_to};
use crate::clock::shared::VirtualClock;
use crate::clock::timeline::{ParticipantId, Report, ReportError, Step};
use crate::stage::Stage;

/// No program needs more, and time stays computable.
const FASTEST: u32 = 1_000_000;

/// What to do with the clock: exactly one of these.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    advance: Option<String>,
    to: Option<String>,
    speed: Option<u32>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Registration {
    name: String,
    next_due: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Reported {
    step: u64,
    next_due: Option<String>,
}

/// A step as it is written.
#[derive(Debug, Serialize)]
pub(super) struct Told {
    step: u64,
    now: String,
}

impl From<Step> for Told {
    fn from(Step { step, now }: Step) -> Told {
        Told { step, now: now.to_string() }
    }
}

pub(super) async fn look(State(stage): State<Arc<Stage>>) -> Json<Value> {
    Json(match stage.clock.as_virtual() {
        None => json!({ "mode": "real", "now": stage.clock.now().to_string() }),
        Some(clock) => clock.look(|timeline| {
            let participants = timeline.participants().map(|(id, participant)| {
                json!({
                    "id": id.to_string(),
                    "name": participant.name,
                    "step": participant.report.map(|report| report.step),
                    "next_due": participant.report.and_then(|report| report.next_due).map(|due| due.to_string()),
                    "silent": participant.is_silent,
                })
            });
            let participants: Vec<Value> = participants.collect();
            let Step { step, now } = timeline.at();
            let (now, speed) = (now.to_string(), clock.speed());
            json!({ "mode": "virtual", "now": now, "step": step, "speed": speed, "participants": participants })
        }),
    })
}

/// Answers when the clock is there and everything due there is done.
pub(super) async fn change(State(stage): State<Arc<Stage>>, body: Bytes) -> Result<Json<Value>, Problem> {
    virtual_clock(&stage)?;
    // In a task of its own, so that a caller who hangs up does not stop the clock half-way.
    let moving = match wanted(read(&body)?)? {
        Move::Speed(speed) => {
            let clock = virtual_clock(&stage)?;
            clock.run(speed);
            let Told { step, now } = clock.at().into();
            return Ok(Json(json!({ "step": step, "now": now, "speed": speed })));
        }
        Move::By(by) => tokio::spawn({
            let stage = stage.clone();
            async move { Some(advance_by(stage.clock.as_virtual()?, &*stage, by).await) }
        }),
        Move::To(target) => tokio::spawn({
            let stage = stage.clone();
            async move { Some(advance_to(stage.clock.as_virtual()?, &*stage, target).await) }
        }),
    };
    let advanced =
        moving.await.ok().flatten().ok_or_else(|| Problem::internal("the clock stopped half-way"))?;
    let Told { step, now } = advanced.at.into();
    Ok(Json(json!({ "step": step, "now": now, "silent": advanced.silent })))
}

pub(super) async fn register(State(stage): State<Arc<Stage>>, body: Bytes) -> Result<Response, Problem> {
    let clock = virtual_clock(&stage)?;
    let Registration { name, next_due } = read(&body)?;
    let id = clock.register(name, instant("next_due", next_due)?);
    let Told { step, now } = clock.at().into();
    let body = Json(json!({ "id": id.to_string(), "step": step, "now": now }));
    Ok((StatusCode::CREATED, body).into_response())
}

pub(super) async fn report(
    State(stage): State<Arc<Stage>>,
    Named(id): Named<String>,
    body: Bytes,
) -> Result<Json<Told>, Problem> {
    let clock = virtual_clock(&stage)?;
    let Reported { step, next_due } = read(&body)?;
    let report = Report { step, next_due: instant("next_due", next_due)? };
    clock.report(participant(&id)?, report).map_err(|error| match error {
        ReportError::Unknown { .. } => Problem::not_found(error),
        ReportError::NotYet { .. } => Problem::invalid(error),
    })?;
    Ok(Json(clock.at().into()))
}

pub(super) async fn leave(
    State(stage): State<Arc<Stage>>,
    Named(id): Named<String>,
) -> Result<StatusCode, Problem> {
    let id = participant(&id)?;
    if virtual_clock(&stage)?.leave(id) {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Problem::not_found(ReportError::Unknown { id }))
    }
}

/// The present step and every later one, as server-sent events. A step that is over before it was sent is left out:
/// nobody can report about it any more.
pub(super) async fn stream(State(stage): State<Arc<Stage>>) -> Result<Response, Problem> {
    let mut steps = virtual_clock(&stage)?.follow();
    let (lines, receiver) = mpsc::channel(1);
    tokio::spawn(async move {
        loop {
            tokio::select! {
                () = stage.ending.cancelled() => return,
                changed = steps.changed() => if changed.is_err() { return },
            }
            let told = Told::from(*steps.borrow_and_update());
            let line = format!("data: {}\n\n", json!({ "step": told.step, "now": told.now }));
            if lines.send(Bytes::from(line)).await.is_err() {
                return;
            }
        }
    });
    let headers = [(header::CONTENT_TYPE, "text/event-stream"), (header::CACHE_CONTROL, "no-store")];
    Ok((headers, Body::new(Lines(receiver))).into_response())
}

/// A body that goes on as long as there are lines.
struct Lines(mpsc::Receiver<Bytes>);

impl hyper::body::Body for Lines {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0.poll_recv(context).map(|line| line.map(|line| Ok(Frame::data(line))))
    }
}

/// A move of the clock.
enum Move {
    By(SignedDuration),
    To(Timestamp),
    Speed(u32),
}

fn wanted(wanted: Wanted) -> Result<Move, Problem> {
    match wanted {
        Wanted { advance: Some(by), to: None, speed: None } => duration(&by).map(Move::By),
        Wanted { advance: None, to: Some(to), speed: None } => {
            let target = instant("to", Some(to))?.unwrap_or(END);
            if target > END {
                return Err(Problem::invalid(format!("`to` is {END} at the latest")));
            }
            Ok(Move::To(target))
        }
        Wanted { advance: None, to: None, speed: Some(speed) } if speed <= FASTEST => Ok(Move::Speed(speed)),
        Wanted { advance: None, to: None, speed: Some(_) } => {
            Err(Problem::invalid(format!("`speed` is from 0 (stand still) to {FASTEST}")))
        }
        _ => Err(Problem::invalid("give exactly one of `advance`, `to` and `speed`")),
    }
}

fn duration(text: &str) -> Result<SignedDuration, Problem> {
    let read = |text: &str| text.parse::<Span>()?.to_duration(SpanRelativeTo::days_are_24_hours());
    match read(text) {
        Ok(by) if by.is_negative() => {
            Err(Problem::invalid("`advance` is negative; the clock never goes back"))
        }
        Ok(by) => Ok(by),
        Err(error) => {
            Err(Problem::invalid(format!("`advance` is an ISO 8601 duration such as PT20M or P1D: {error}")))
        }
    }
}

fn instant(field: &str, text: Option<String>) -> Result<Option<Timestamp>, Problem> {
    text.map(|text| text.parse()).transpose().map_err(|error| {
        Problem::invalid(format!("`{field}` is an RFC 3339 instant with its offset: {error}"))
    })
}

fn participant(id: &str) -> Result<ParticipantId, Problem> {
    ParticipantId::parse(id).ok_or_else(|| {
        Problem::not_found(format!(
            "no participant has the id {id:?}; register by POST /control/clock/participants"
        ))
    })
}

fn virtual_clock(stage: &Stage) -> Result<&VirtualClock, Problem> {
    stage.clock.as_virtual().map(Arc::as_ref).ok_or_else(|| {
        Problem::conflict("this sandbox runs on the real clock; start it with `--clock virtual` to move time")
    })
}
