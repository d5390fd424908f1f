//! What leaves, when, and whereto: seen from a host that records it.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use jiff::SignedDuration;
use refunds::outcome::SubmitOutcome;
use refunds::owner::{Fact, ProbeOutcome, Question};
use tokio::net::TcpListener;
use wechatpay::v3::sign::Authorization;

use crate::wechat_desk::Desk;
use crate::wechat_sandbox::{DIRECT, Sandbox, morning, refund};

/// A request that arrived.
#[derive(Debug, Clone)]
struct Arrived {
    method: Method,
    target: String,
    headers: HeaderMap,
    body: Bytes,
}

impl Arrived {
    fn authorization(&self) -> Authorization {
        Authorization::parse(self.headers["authorization"].to_str().unwrap()).unwrap()
    }
}

/// A host that answers all alike.
struct Host {
    url: String,
    arrived: Arc<Mutex<Vec<Arrived>>>,
}

impl Host {
    async fn answering(answer: fn() -> Response) -> Host {
        let arrived: Arc<Mutex<Vec<Arrived>>> = Arc::default();
        let record = arrived.clone();
        let take = move |method: Method, uri: Uri, headers: HeaderMap, body: Bytes| async move {
            record.lock().unwrap().push(Arrived { method, target: uri.to_string(), headers, body });
            answer()
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, Router::new().fallback(take)).await.unwrap() });
        Host { url, arrived }
    }

    fn arrived(&self) -> Vec<Arrived> {
        self.arrived.lock().unwrap().clone()
    }
}

fn down() -> Response {
    StatusCode::SERVICE_UNAVAILABLE.into_response()
}

/// An address at which nobody listens.
async fn nowhere() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

/// A line to these hosts.
fn line_to(sandbox: &Sandbox, hosts: &[&str]) -> Arc<gateway::wechat::line::Line> {
    let mut connection = sandbox.connection(DIRECT);
    connection.hosts = hosts.iter().map(|host| (*host).to_owned()).collect();
    sandbox.line_of(connection)
}

/// What stands behind a submission of which nothing is known.
fn unclear(fact: Fact) -> String {
    match fact {
        Fact::Answered { outcome: SubmitOutcome::Unclear, evidence, .. } => evidence.answer.unwrap(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn the_stored_bytes_leave_under_the_stored_time_stamp_however_late() {
    let sandbox = Sandbox::start().await;
    let host = Host::answering(down).await;
    let line = line_to(&sandbox, &[&host.url]);
    let request = refund("R1", "T1");
    let submission = Desk::with(&request, morning()).await.submission().await;
    for late in [0, 239] {
        sandbox.clock.go_to(submission.signed_at() + SignedDuration::from_secs(late));
        assert_eq!(unclear(line.submit(&submission).await), "503, unverified");
    }
    let [first, second] = &host.arrived()[..] else { panic!("{:?}", host.arrived()) };
    for arrived in [first, second] {
        assert_eq!((arrived.method.as_str(), arrived.target.as_str()), ("POST", "/v3/global/refunds"));
        assert_eq!(arrived.body, request.render().as_bytes());
        assert_eq!(arrived.authorization().timestamp, submission.signed_at().as_second());
        assert_eq!(arrived.authorization().mchid.as_str(), DIRECT);
        for name in ["accept", "content-type", "user-agent"] {
            assert!(!arrived.headers[name].is_empty(), "{name}");
        }
    }
    assert_ne!(first.authorization().nonce_str, second.authorization().nonce_str);
}

#[tokio::test]
async fn a_request_whose_time_stamp_is_minutes_old_does_not_leave() {
    let sandbox = Sandbox::start().await;
    let host = Host::answering(down).await;
    let line = line_to(&sandbox, &[&host.url]);
    let submission = Desk::with(&refund("R1", "T1"), morning()).await.submission().await;
    sandbox.clock.go_to(submission.signed_at() + SignedDuration::from_secs(240));
    assert_eq!(unclear(line.submit(&submission).await), "not sent: its time stamp is too old");
    assert!(host.arrived().is_empty());
}

#[tokio::test]
async fn another_host_is_called_only_by_questions_and_repeats_and_only_if_the_first_is_not_reached() {
    let sandbox = Sandbox::start().await;
    let other = Host::answering(down).await;
    let line = line_to(&sandbox, &[&nowhere().await, &other.url]);
    let mut desk = Desk::with(&refund("R1", "T1"), morning()).await;
    let first = desk.submission().await;
    assert_eq!(unclear(line.submit(&first).await), "no connection");
    assert!(other.arrived().is_empty(), "a first attempt goes one way");

    let repeat = desk.next_attempt(&first).await;
    assert_eq!(repeat.attempt(), 2);
    assert_eq!(unclear(line.submit(&repeat).await), "503, unverified");
    assert_eq!(line.ask(&Question::Probe).await, Fact::Probed(ProbeOutcome::Unclear));
    assert_eq!(other.arrived().len(), 2);

    let main = Host::answering(down).await;
    let line = line_to(&sandbox, &[&main.url, &other.url]);
    unclear(line.submit(&repeat).await);
    assert_eq!((main.arrived().len(), other.arrived().len()), (1, 2), "an answer is an answer");
}

#[tokio::test]
async fn a_redirect_is_not_followed_and_an_endless_answer_not_read() {
    let sandbox = Sandbox::start().await;
    let submission = Desk::with(&refund("R1", "T1"), morning()).await.submission().await;
    let redirecting =
        Host::answering(|| (StatusCode::TEMPORARY_REDIRECT, [("location", "/elsewhere")]).into_response())
            .await;
    let line = line_to(&sandbox, &[&redirecting.url]);
    assert_eq!(unclear(line.submit(&submission).await), "307, unverified");
    assert_eq!(redirecting.arrived().len(), 1);

    let endless = Host::answering(|| Body::from(vec![b' '; 2 * 1024 * 1024]).into_response()).await;
    let line = line_to(&sandbox, &[&endless.url]);
    assert!(unclear(line.submit(&submission).await).starts_with("the answer is over "));
}

#[tokio::test]
async fn who_says_nothing_is_not_waited_for_for_ever() {
    let sandbox = Sandbox::start().await;
    let submission = Desk::with(&refund("R1", "T1"), morning()).await.submission().await;
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let line = line_to(&sandbox, &[&format!("http://{}", silent.local_addr().unwrap())]);
    // The host never takes the connection off the system's queue. Time leaps to the end of our patience.
    tokio::time::pause();
    assert_eq!(unclear(line.submit(&submission).await), "no answer in time");
}
