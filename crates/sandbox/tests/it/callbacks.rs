//! Notices that are posted to merchants.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::sandbox::{Sandbox, refund};

/// A post that arrived.
pub(crate) struct Post {
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

/// A merchant's receiver, which answers always alike.
pub(crate) struct Receiver {
    pub(crate) url: String,
    posts: mpsc::UnboundedReceiver<Post>,
}

impl Receiver {
    async fn answering(status: StatusCode) -> Receiver {
        Receiver::answering_with(status, String::new()).await
    }

    /// One that answers 200 with this body.
    pub(crate) async fn saying(body: String) -> Receiver {
        Receiver::answering_with(StatusCode::OK, body).await
    }

    async fn answering_with(status: StatusCode, answer: String) -> Receiver {
        let (arrived, posts) = mpsc::unbounded_channel();
        let take = move |State(arrived): State<Arc<mpsc::UnboundedSender<Post>>>, headers, body| {
            arrived.send(Post { headers, body }).unwrap();
            std::future::ready((status, answer.clone()))
        };
        let router = Router::new().fallback(take).with_state(Arc::new(arrived));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/callback", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Receiver { url, posts }
    }

    /// What arrived so far.
    pub(crate) fn arrived(&mut self) -> Vec<Post> {
        std::iter::from_fn(|| self.posts.try_recv().ok()).collect()
    }
}

/// A sandbox in which a refund was accepted whose result goes to `receiver`.
async fn with_refund(receiver: &Receiver) -> Sandbox {
    let sandbox = Sandbox::start().await;
    sandbox.pay("T1", 10_000).await;
    let mut refund = refund("R1", "T1", 4_000, 10_000);
    refund["notify_url"] = json!(receiver.url);
    let answer = sandbox.refund(&refund).await.unwrap();
    assert_eq!(answer.status, 200, "{answer:?}");
    sandbox
}

#[tokio::test]
async fn a_result_is_posted_signed_by_the_time_the_advance_answers() {
    let mut receiver = Receiver::answering(StatusCode::NO_CONTENT).await;
    let sandbox = with_refund(&receiver).await;
    sandbox.advance("P10D").await;
    let [post] = &receiver.arrived()[..] else { panic!("one post") };
    let body: Value = serde_json::from_str(&post.body).unwrap();
    assert_eq!(body["resource_type"], "encrypt-resource");
    // Signed at the instant of the virtual clock at which it was sent.
    let stamp: i64 = post.headers["wechatpay-timestamp"].to_str().unwrap().parse().unwrap();
    let sent_at = Timestamp::from_second(stamp).unwrap();
    let header = |name: &str| post.headers.get(name).and_then(|value| value.to_str().ok());
    sandbox.platform_keys().verify(header, post.body.as_bytes(), sent_at).unwrap();
}

#[tokio::test]
async fn what_nobody_answers_is_posted_sixteen_times_and_never_again() {
    let mut receiver = Receiver::answering(StatusCode::INTERNAL_SERVER_ERROR).await;
    let sandbox = with_refund(&receiver).await;
    sandbox.advance("P10D").await;
    let posts = receiver.arrived();
    assert_eq!(posts.len(), 16);
    assert!(posts.iter().all(|post| post.body == posts[0].body), "the same notice every time");
}

#[tokio::test]
async fn a_lost_callback_comes_by_the_plan_of_repeats() {
    let mut receiver = Receiver::answering(StatusCode::OK).await;
    let sandbox = with_refund(&receiver).await;
    sandbox.ask("/control/faults", json!({ "fault": "callback_lost", "times": 2 })).await;
    sandbox.ask("/control/faults", json!({ "fault": "callback_repeated", "repeats": 2 })).await;
    sandbox.advance("P10D").await;
    assert_eq!(receiver.arrived().len(), 3);
}

#[tokio::test]
async fn the_clock_moves_on_only_after_a_report_by_who_has_the_callback() {
    let mut receiver = Receiver::answering(StatusCode::OK).await;
    let sandbox = with_refund(&receiver).await;
    let participant = sandbox.ask("/control/clock/participants", json!({ "name": "gateway" })).await;
    let path = format!("/control/clock/participants/{}", participant["id"].as_str().unwrap());
    let mut arrived = Vec::new();
    let mut reports = Vec::new();
    let gateway = async {
        loop {
            let clock = sandbox.get("/control/clock").await.body;
            arrived.extend(receiver.arrived());
            sandbox.post(&path, json!({ "step": clock["step"] })).await;
            reports.push((clock["now"].as_str().unwrap().to_owned(), !arrived.is_empty()));
        }
    };
    let advanced = tokio::select! {
        advanced = sandbox.advance("P10D") => advanced,
        () = gateway => unreachable!("it goes on as long as it may"),
    };
    assert_eq!(advanced["silent"], json!([]));
    let [post] = &arrived[..] else { panic!("one post") };
    let stamp: i64 = post.headers["wechatpay-timestamp"].to_str().unwrap().parse().unwrap();
    let second = Timestamp::from_second(stamp).unwrap().strftime("%FT%T").to_string();
    let (_, has_it) = reports.iter().rfind(|(now, _)| now.starts_with(&second)).unwrap();
    assert!(has_it, "the last report at {second} knows of the callback");
}

#[tokio::test]
async fn on_the_real_clock_a_payment_is_told_by_itself() {
    let mut receiver = Receiver::answering(StatusCode::OK).await;
    let sandbox = Sandbox::start_with(|config| config.clock = sandbox::serve::ClockMode::Real).await;
    let order = json!({
        "mchid": crate::sandbox::DIRECT,
        "appid": crate::sandbox::APPID,
        "out_trade_no": "T1",
        "description": "tea",
        "trade_type": "NATIVE",
        "merchant_category_code": "4111",
        "notify_url": receiver.url,
        "amount": { "total": 100, "currency": "CNY" },
    });
    let placed =
        sandbox.call("POST", "/v3/global/transactions/native", order.to_string(), &[]).await.unwrap();
    assert_eq!(placed.status, 200, "{placed:?}");
    sandbox.pay("T1", 100).await;
    assert!(receiver.posts.recv().await.is_some());
}
