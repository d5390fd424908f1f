//! Notifications: what is taken, what is not, and that nothing is changed by what is not.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Request, StatusCode};
use gateway::gateway::{Gateway, Settings, World};
use gateway::merchants::account::Account;
use jiff::{SignedDuration, Timestamp};
use refunds::intake::Arrival;
use refunds::order::OrderNames;
use refunds::outcome::Standing;
use serde_json::{Value, json};
use store::contract::Store;
use store::memory::MemoryStore;
use store::open::OpenStore;
use tokio::net::TcpListener;
use tower::ServiceExt;
use wechatpay::calendar::Calendar;
use wechatpay::ids::{Mchid, OutTradeNo};
use wechatpay::v3::notification::Envelope;
use wechatpay::v3::resource::SealedResource;
use wechatpay::v3::sign::{Nonce, SignatureHeaders};

use crate::wechat_desk::{Desk, direct_merchant, institution, new_refund};
use crate::wechat_sandbox::{DIRECT, INSTITUTION, SUB_MERCHANT, Sandbox, morning, refund_told_to};

/// A post as it arrived, or as somebody makes one.
#[derive(Debug, Clone)]
struct Post {
    headers: HeaderMap,
    body: Bytes,
}

impl Post {
    fn with_header(mut self, name: &'static str, value: &str) -> Post {
        self.headers.insert(name, value.parse().unwrap());
        self
    }

    fn with_body(self, body: impl Into<Bytes>) -> Post {
        Post { body: body.into(), ..self }
    }
}

/// A receiver that keeps what is posted.
struct Receiver {
    url: String,
    posts: Arc<Mutex<Vec<Post>>>,
}

impl Receiver {
    async fn listening() -> Receiver {
        let posts: Arc<Mutex<Vec<Post>>> = Arc::default();
        let take = |State(posts): State<Arc<Mutex<Vec<Post>>>>, headers: HeaderMap, body: Bytes| async move {
            posts.lock().unwrap().push(Post { headers, body });
        };
        let router = Router::new().fallback(take).with_state(posts.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/callback", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Receiver { url, posts }
    }

    fn only(&self) -> Post {
        let posts = self.posts.lock().unwrap();
        let [post] = &posts[..] else { panic!("{posts:?}") };
        post.clone()
    }
}

/// A gateway with the direct merchant's refund R1 of order T1, of which WeChat Pay has just told the result.
struct Stage {
    sandbox: Sandbox,
    gateway: Gateway,
    post: Post,
}

impl Stage {
    async fn set() -> Stage {
        let receiver = Receiver::listening().await;
        let sandbox = Sandbox::start().await;
        sandbox.pay("T1").await;
        let request = refund_told_to(&receiver.url, "R1", "T1");
        let line = sandbox.line(DIRECT);
        let submission = Desk::with(&request, morning()).await.submission().await;
        line.submit(&submission).await;

        let store = MemoryStore::default();
        let merchant = direct_merchant(line.mchid());
        store.put_merchant(merchant.clone()).await.unwrap();
        store.admit(new_refund(&request, morning())).await.unwrap();
        let gateway = Gateway::new(
            OpenStore::Memory(store),
            sandbox.clock.clone(),
            sandbox.activity.clone(),
            Calendar::bundled(),
            Settings { public_url: None, world: World::Sandbox, sandbox_ca: None },
        );
        gateway.merchants.put(Account { merchant, line: Some(line) });
        // Served, but lost from the store: nothing about it can be kept.
        let line = Some(sandbox.line(INSTITUTION));
        gateway.merchants.put(Account { merchant: institution(), line });

        // In steps shorter than a signature lasts, so that it is fresh when it has come.
        while receiver.posts.lock().unwrap().is_empty() {
            sandbox.advance("PT4M").await;
        }
        let post = receiver.only();
        Stage { sandbox, gateway, post }
    }

    async fn deliver(&self, path: &str, post: &Post) -> (StatusCode, Value) {
        let mut request = Request::post(path).body(Body::from(post.body.clone())).unwrap();
        *request.headers_mut() = post.headers.clone();
        let answer = gateway::callbacks::router(self.gateway.clone()).oneshot(request).await.unwrap();
        let status = answer.status();
        let body = to_bytes(answer.into_body(), usize::MAX).await.unwrap();
        (status, serde_json::from_slice(&body).unwrap())
    }

    async fn deliver_to_direct(&self, post: &Post) -> StatusCode {
        self.deliver(&format!("/callbacks/wechatpay/{DIRECT}/refunds"), post).await.0
    }

    /// What the owner will find, other than that the refund was taken in.
    async fn arrivals(&self) -> Vec<Arrival> {
        let mchid = Mchid::parse(DIRECT).unwrap();
        let page = self.gateway.store.intake(&mchid, 100).await.unwrap();
        let arrivals = page.items.into_iter().map(|item| item.what);
        arrivals.filter(|what| !matches!(what, Arrival::Refund(_))).collect()
    }

    /// A post that only the platform can make, of these bytes.
    fn signed(&self, body: &str) -> Post {
        let (serial, key) = self.sandbox.platform_key();
        let now = self.sandbox.clock.now().as_second();
        let nonce = Nonce::parse("N1").unwrap();
        let signed = SignatureHeaders::sign(&key, &serial, now, &nonce, body.as_bytes()).unwrap();
        let mut headers = HeaderMap::new();
        for (name, value) in signed.pairs() {
            headers.insert(*name, value.parse().unwrap());
        }
        Post { headers, body: Bytes::from(body.to_owned()) }
    }

    /// A post that the platform makes for the direct merchant with this resource.
    fn sealed(&self, event: &str, kind: &str, resource: &Value) -> Post {
        self.sealed_for(DIRECT, event, kind, resource)
    }

    fn sealed_for(&self, mchid: &str, event: &str, kind: &str, resource: &Value) -> Post {
        let key = self.sandbox.connection(mchid).v3.unwrap().api_v3_key;
        let original = Envelope::parse(&self.post.body).unwrap();
        let sealed = SealedResource::seal(&key, "nonce-123456", kind, &resource.to_string()).unwrap();
        let envelope = Envelope {
            id: format!("EV-{event}"),
            event: wechatpay::v3::words::Event::parse(event),
            original_type: kind.to_owned(),
            resource: sealed,
            ..original
        };
        self.signed(&envelope.render())
    }
}

#[tokio::test]
async fn a_result_is_kept_before_it_is_answered_and_the_same_one_changes_nothing_more() {
    let stage = Stage::set().await;
    for n in 0..10 {
        let (status, body) =
            stage.deliver(&format!("/callbacks/wechatpay/{DIRECT}/refunds"), &stage.post).await;
        assert_eq!((status, &body["code"]), (StatusCode::OK, &json!("SUCCESS")), "{n}");
        let [Arrival::Notice { report: Some(report), .. }] = &stage.arrivals().await[..] else {
            panic!("one notice")
        };
        assert_eq!((report.standing, report.amount.minor()), (Standing::Succeeded, 4_000));
    }
    assert!(stage.sandbox.activity.is_quiet());
    assert!(stage.gateway.metrics.text().contains(r#"tidegate_notifications_total{outcome="repeat"} 9"#));
}

#[tokio::test]
async fn what_does_not_verify_is_not_taken_and_changes_nothing() {
    let stage = Stage::set().await;
    let post = &stage.post;
    let signature = post.headers["wechatpay-signature"].to_str().unwrap().to_owned();
    let mut flipped = post.body.to_vec();
    *flipped.last_mut().unwrap() ^= 1;
    let other_data = String::from_utf8(post.body.to_vec()).unwrap().replace("\"refund\"", "\"refunD\"");
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let mut unsigned = post.clone();
    unsigned.headers.clear();
    for (what, post, expected) in [
        ("a probe", post.clone().with_header("wechatpay-signature", "WECHATPAY/SIGNTEST/abc"), 401),
        (
            "another signature",
            post.clone().with_header("wechatpay-signature", &signature.replace('A', "B")),
            401,
        ),
        ("no signature at all", unsigned, 401),
        ("another nonce", post.clone().with_header("wechatpay-nonce", "abc"), 401),
        ("an unknown key", post.clone().with_header("wechatpay-serial", "ABCDEF"), 401),
        ("another kind of signature", post.clone().with_header("wechatpay-signature-type", "MD5"), 401),
        ("a byte that differs", post.clone().with_body(flipped), 401),
        ("other associated data", post.clone().with_body(other_data), 401),
        ("bytes that are no text", post.clone().with_body(vec![0xff, 0xfe, 0x00]), 401),
        ("brackets without end", post.clone().with_body(deep), 401),
        ("an empty body", post.clone().with_body(""), 401),
        ("a body of 10 MB", post.clone().with_body(vec![b' '; 10_000_000]), 413),
    ] {
        assert_eq!(stage.deliver_to_direct(&post).await, expected, "{what}");
    }
    let sent_at = stage.post.headers["wechatpay-timestamp"].to_str().unwrap().parse().unwrap();
    let sent_at = Timestamp::from_second(sent_at).unwrap();
    for late in [300, -300] {
        stage.sandbox.clock.go_to(sent_at + SignedDuration::from_secs(late));
        assert_eq!(stage.deliver_to_direct(&stage.post).await, 401, "{late} s late");
    }
    stage.sandbox.clock.go_to(sent_at);
    assert_eq!(stage.arrivals().await, []);
    assert_eq!(stage.deliver_to_direct(&stage.post).await, 200, "the true one is as good as ever");
}

#[tokio::test]
async fn what_is_signed_but_cannot_be_read_is_not_taken() {
    let stage = Stage::set().await;
    let original = String::from_utf8(stage.post.body.to_vec()).unwrap();
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let other_data = original.replace("\"associated_data\":\"refund\"", "\"associated_data\":\"payment\"");
    assert_ne!(original, other_data);
    for body in ["", "null", "[]", "{}", r#"{"id":1}"#, &deep, &other_data] {
        let head: String = body.chars().take(40).collect();
        assert_eq!(stage.deliver_to_direct(&stage.signed(body)).await, 400, "{head}");
    }
    let resource = json!({ "mchid": DIRECT, "refund_status": "SUCCESS" });
    assert_eq!(stage.deliver_to_direct(&stage.sealed("REFUND.SUCCESS", "refund", &resource)).await, 400);
    assert_eq!(stage.arrivals().await, []);
}

#[tokio::test]
async fn another_merchants_notification_is_not_taken_and_nobody_is_told_who_is_here() {
    let stage = Stage::set().await;
    let at = |mchid: &str| format!("/callbacks/wechatpay/{mchid}/refunds");
    let (status, _) = stage.deliver(&at(INSTITUTION), &stage.post).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "its key does not open it");
    for mchid in ["1900000999", "no-merchant"] {
        let (status, body) = stage.deliver(&at(mchid), &stage.post).await;
        assert_eq!((status, &body["code"]), (StatusCode::NOT_FOUND, &json!("FAIL")), "{mchid}");
    }
    let anothers = json!({
        "mchid": INSTITUTION, "refund_id": "50201", "out_refund_no": "R1", "refund_status": "SUCCESS",
        "amount": { "refund": 4000, "currency": "CNY" },
    });
    let post = stage.sealed("REFUND.SUCCESS", "refund", &anothers);
    assert_eq!(stage.deliver_to_direct(&post).await, 400, "it opens, but names another");
    assert_eq!(stage.arrivals().await, []);
}

#[tokio::test]
async fn news_that_contradict_themselves_only_make_the_owner_ask() {
    let stage = Stage::set().await;
    let mut resource = json!({
        "mchid": DIRECT, "refund_id": "50201", "out_refund_no": "R1", "refund_status": "SUCCESS",
        "success_time": "2026-01-05T10:00:00+08:00", "amount": { "refund": 4000, "currency": "CNY" },
    });
    let post = stage.sealed("REFUND.CLOSED", "refund", &resource);
    assert_eq!(stage.deliver_to_direct(&post).await, 200);
    resource["refund_status"] = json!("A_WORD_OF_TOMORROW");
    let post = stage.sealed("REFUND.SUCCESS", "refund", &resource);
    assert_eq!(stage.deliver_to_direct(&post).await, 200);
    let arrivals = stage.arrivals().await;
    assert_eq!(arrivals.len(), 2);
    for arrival in arrivals {
        let Arrival::Notice { report: Some(report), .. } = arrival else { panic!("{arrival:?}") };
        assert_eq!((report.standing, report.succeeded_at), (Standing::Processing, None));
    }
}

#[tokio::test]
async fn a_refund_that_is_not_ours_is_kept_and_answered_and_so_is_a_test_of_the_connection() {
    let stage = Stage::set().await;
    let resource = json!({
        "mchid": DIRECT, "refund_id": "50201", "out_refund_no": "R77", "refund_status": "SUCCESS",
        "amount": { "refund": 1, "currency": "CNY" },
    });
    let unknown = stage.sealed("REFUND.SUCCESS", "refund", &resource);
    let echo = stage.sealed("SECURITY_ECHO.SUCCESS", "security", &json!({}));
    for post in [unknown, echo] {
        assert_eq!(stage.deliver_to_direct(&post).await, 200);
    }
    assert_eq!(stage.arrivals().await, []);
    let text = stage.gateway.metrics.text();
    for outcome in ["unknown_refund", "other"] {
        assert!(text.contains(&format!(r#"{{outcome="{outcome}"}} 1"#)), "{text}");
    }
}

#[tokio::test]
async fn a_payment_is_known_on_wechat_pays_word() {
    let stage = Stage::set().await;
    let paid = json!({
        "mchid": DIRECT, "transaction_id": "42000009", "out_trade_no": "T9", "trade_state": "SUCCESS",
        "success_time": "2026-01-05T10:00:00+08:00",
        "amount": { "total": 500, "currency": "CNY", "payer_total": 500, "payer_currency": "CNY" },
    });
    let post = stage.sealed("TRANSACTION.SUCCESS", "transaction", &paid);
    let path = format!("/callbacks/wechatpay/{DIRECT}/payments");
    for _ in 0..2 {
        assert_eq!(stage.deliver(&path, &post).await.0, StatusCode::OK);
        assert!(matches!(stage.arrivals().await[..], [Arrival::Payment(_)]), "once");
    }
    let names = OrderNames { out_trade_no: Some(OutTradeNo::parse("T9").unwrap()), transaction_id: None };
    let found = stage.gateway.store.order(&Mchid::parse(DIRECT).unwrap(), None, &names).await.unwrap();
    let order = found.unwrap().order;
    assert_eq!(order.payer_total.unwrap().source, refunds::order::Source::Platform);
    assert_eq!(order.transaction_id.unwrap().as_str(), "42000009");
}

#[tokio::test]
async fn an_institutions_payment_names_its_sub_merchant() {
    let stage = Stage::set().await;
    let mut paid = json!({
        "sp_mchid": INSTITUTION, "sub_mchid": SUB_MERCHANT, "transaction_id": "42000009", "out_trade_no": "T9",
        "trade_state": "SUCCESS", "amount": { "total": 500, "currency": "USD" },
    });
    let path = format!("/callbacks/wechatpay/{INSTITUTION}/payments");
    let post = stage.sealed_for(INSTITUTION, "TRANSACTION.SUCCESS", "transaction", &paid);
    let (status, body) = stage.deliver(&path, &post).await;
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR, "read, but it could not be kept");
    assert_eq!(body, json!({ "code": "FAIL", "message": "please send it again later" }));
    for name in ["sp_mchid", "sub_mchid"] {
        paid.as_object_mut().unwrap().remove(name);
    }
    let post = stage.sealed_for(INSTITUTION, "TRANSACTION.SUCCESS", "transaction", &paid);
    assert_eq!(
        stage.deliver(&path, &post).await.0,
        StatusCode::BAD_REQUEST,
        "whose order it is must be said"
    );
}

#[tokio::test]
async fn forged_names_of_keys_cause_one_look_a_minute() {
    let stage = Stage::set().await;
    let before = stage.sandbox.arrivals_of("certificates").await;
    for n in 0..20 {
        let post = stage.post.clone().with_header("wechatpay-serial", &format!("AB{n:02}"));
        assert_eq!(stage.deliver_to_direct(&post).await, 401);
    }
    assert_eq!(stage.sandbox.arrivals_of("certificates").await, before + 1);
}
