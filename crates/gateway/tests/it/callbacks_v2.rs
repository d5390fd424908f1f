//! Notifications over V2: a refund's is a hint, a payment's is signed, and everything else changes nothing.

use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use gateway::gateway::{Gateway, Settings, World};
use gateway::merchants::account::Account;
use refunds::intake::Arrival;
use refunds::order::{OrderNames, Source};
use store::contract::Store;
use store::memory::MemoryStore;
use store::open::OpenStore;
use tower::ServiceExt;
use wechatpay::calendar::Calendar;
use wechatpay::ids::{Appid, Mchid, OutRefundNo, OutTradeNo, SubMchid, TransactionId};
use wechatpay::money::Money;
use wechatpay::v2::caller::Caller;
use wechatpay::v2::key::ApiV2Key;
use wechatpay::v2::notification::RefundHint;
use wechatpay::v2::order::record::{OrderPlace, render};
use wechatpay::v2::sign::{Nonce, SignType};
use wechatpay::v3::order::record::{Order, OrderAmount};
use wechatpay::v3::words::{RefundStatus, TradeState};

use crate::wechat_desk::{direct_merchant, institution, new_refund_over_v2};
use crate::wechat_sandbox::{DIRECT, INSTITUTION, SUB_MERCHANT, Sandbox, morning, refund};

const TAKEN: &str =
    "<xml><return_code><![CDATA[SUCCESS]]></return_code><return_msg><![CDATA[OK]]></return_msg></xml>";

/// A gateway with the direct merchant's refund R1 of order T1.
struct Stage {
    sandbox: Sandbox,
    gateway: Gateway,
}

impl Stage {
    async fn set() -> Stage {
        Stage::with_key_before(None).await
    }

    async fn with_key_before(api_v2_key_before: Option<ApiV2Key>) -> Stage {
        let sandbox = Sandbox::start().await;
        let store = MemoryStore::default();
        let merchant = direct_merchant(&mchid());
        for merchant in [&merchant, &institution()] {
            store.put_merchant(merchant.clone()).await.unwrap();
        }
        store.admit(new_refund_over_v2(&refund("R1", "T1"), morning())).await.unwrap();
        let gateway = Gateway::new(
            OpenStore::Memory(store),
            sandbox.clock.clone(),
            sandbox.activity.clone(),
            Calendar::bundled(),
            Settings { public_url: None, world: World::Sandbox, sandbox_ca: None },
        );
        let mut connection = sandbox.connection_over_v2(DIRECT);
        connection.v2.as_mut().unwrap().api_v2_key_before = api_v2_key_before;
        gateway.merchants.put(Account { merchant, line: Some(sandbox.line_of(connection)) });
        let line = Some(sandbox.line_of(sandbox.connection_over_v2(INSTITUTION)));
        gateway.merchants.put(Account { merchant: institution(), line });
        Stage { sandbox, gateway }
    }

    async fn deliver(&self, mchid: &str, body: impl Into<Body>) -> (StatusCode, String) {
        let request =
            Request::post(format!("/callbacks/wechatpay/{mchid}/refunds")).body(body.into()).unwrap();
        let answer = gateway::callbacks::router(self.gateway.clone()).oneshot(request).await.unwrap();
        let status = answer.status();
        assert_eq!(answer.headers()[header::CONTENT_TYPE], "text/xml");
        let body = to_bytes(answer.into_body(), usize::MAX).await.unwrap();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    /// What the owner will find, other than that the refund was taken in.
    async fn arrivals(&self) -> Vec<Arrival> {
        let page = self.gateway.store.intake(&mchid(), 100).await.unwrap();
        let arrivals = page.items.into_iter().map(|item| item.what);
        arrivals.filter(|arrival| !matches!(arrival, Arrival::Refund(_))).collect()
    }

    fn post(&self, hint: &RefundHint) -> String {
        hint.post(&caller(), &nonce(), &self.sandbox.api_v2_key(DIRECT)).unwrap()
    }
}

fn mchid() -> Mchid {
    Mchid::parse(DIRECT).unwrap()
}

fn caller() -> Caller {
    Caller::Direct { mchid: mchid(), appid: Appid::parse("wx0000000000000002").unwrap() }
}

fn nonce() -> Nonce {
    Nonce::parse("0123456789ABCDEF").unwrap()
}

fn hint(number: &str) -> RefundHint {
    RefundHint {
        refund_id: None,
        out_refund_no: OutRefundNo::parse(number).unwrap(),
        transaction_id: None,
        out_trade_no: Some(OutTradeNo::parse("T1").unwrap()),
        status: RefundStatus::Success,
        success_time: Some(morning()),
        recv_account: None,
        fund_source: None,
        refund_minor: Some(4_000),
        total_minor: Some(10_000),
        payer_refund_minor: None,
        request_source: Some("API".to_owned()),
    }
}

fn paid() -> Order {
    Order {
        merchant: None,
        transaction_id: Some(TransactionId::parse("42000009").unwrap()),
        out_trade_no: OutTradeNo::parse("T9").unwrap(),
        attach: None,
        trade_type: None,
        bank_type: None,
        success_time: Some(morning()),
        trade_state: TradeState::Success,
        trade_state_desc: None,
        amount: Some(OrderAmount {
            total: Money::fen(500),
            payer_total: Some(Money::fen(500)),
            exchange_rate: None,
        }),
    }
}

fn payment(caller: &Caller, key: &ApiV2Key) -> String {
    render(&paid(), OrderPlace::Payment, SignType::Md5, caller, Some("openid")).sign(&nonce(), key)
}

#[tokio::test]
async fn a_result_is_a_hint_that_is_kept_once_however_often_it_comes() {
    let stage = Stage::set().await;
    let post = stage.post(&hint("R1"));
    for n in 0..5 {
        // The last digits of the nonce are different each time; what is told is not.
        let post = post.replace("0123456789ABCDEF", &format!("0123456789ABCDE{n}"));
        assert_eq!(stage.deliver(DIRECT, post).await, (StatusCode::OK, TAKEN.to_owned()), "{n}");
        let [Arrival::Notice { report: None, .. }] = &stage.arrivals().await[..] else { panic!("one hint") };
    }
    let changed = RefundHint { status: RefundStatus::Abnormal, ..hint("R1") };
    assert_eq!(stage.deliver(DIRECT, stage.post(&changed)).await.0, StatusCode::OK);
    assert_eq!(stage.arrivals().await.len(), 2, "another state is other news");
    let text = stage.gateway.metrics.text();
    assert!(text.contains(r#"tidegate_notifications_total{outcome="repeat"} 4"#), "{text}");
}

#[tokio::test]
async fn a_refund_that_is_not_ours_is_answered_and_changes_nothing() {
    let stage = Stage::set().await;
    let by_hand = RefundHint { request_source: Some("VENDOR_PLATFORM".to_owned()), ..hint("R77") };
    assert_eq!(stage.deliver(DIRECT, stage.post(&by_hand)).await, (StatusCode::OK, TAKEN.to_owned()));
    assert_eq!(stage.arrivals().await, []);
}

#[tokio::test]
async fn while_a_key_is_changed_the_one_before_opens_too() {
    let before = ApiV2Key::parse("TheKeyBeforeOf32LettersAndDigits").unwrap();
    let stage = Stage::with_key_before(Some(before.clone())).await;
    let post = hint("R1").post(&caller(), &nonce(), &before).unwrap();
    assert_eq!(stage.deliver(DIRECT, post).await.0, StatusCode::OK);
    assert_eq!(stage.deliver(DIRECT, payment(&caller(), &before)).await.0, StatusCode::OK);
    let another = ApiV2Key::parse("SomeOtherKeyOf32LettersAndDigits").unwrap();
    let post = hint("R1").post(&caller(), &nonce(), &another).unwrap();
    assert_eq!(stage.deliver(DIRECT, post).await.0, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn what_does_not_open_or_verify_is_answered_with_fail_and_changes_nothing() {
    let stage = Stage::set().await;
    let key = stage.sandbox.api_v2_key(DIRECT);
    let (refund, paid) = (stage.post(&hint("R1")), payment(&caller(), &key));
    let info = refund.split_once("<req_info><![CDATA[").unwrap().1.split_once("]]>").unwrap().0.to_owned();
    let with_info = |other: &str| refund.replace(&info, other);
    let deep = format!("<xml>{}{}</xml>", "<a>".repeat(50_000), "</a>".repeat(50_000));
    let entity = format!("<!DOCTYPE xml [<!ENTITY e SYSTEM \"file:///etc/hostname\">]>{refund}");
    for (what, body, expected) in [
        ("other bytes in req_info", with_info(&info.replace(&info[..8], "AAAAAAAA")), 401),
        ("half of it", with_info(&info[..info.len() / 2 / 4 * 4]), 401),
        ("no Base64", with_info("!!!!"), 400),
        ("another merchant's name over it", refund.replace(DIRECT, INSTITUTION), 400),
        ("no merchant id", refund.replace("mch_id", "mchid"), 400),
        ("another total", paid.replace("500", "400"), 401),
        ("no signature", paid.replace("sign>", "sing>"), 401),
        ("a document type", entity, 400),
        ("fields without end", deep, 400),
        ("an unfinished text", refund[..refund.len() - 3].to_owned(), 400),
        ("a page", "<html><title>hello</title></html>".to_owned(), 400),
        ("one bracket", "<".to_owned(), 400),
        ("100 KB of blanks in a field", format!("<xml><mch_id>{}</mch_id></xml>", " ".repeat(100_000)), 400),
    ] {
        let (status, answer) = stage.deliver(DIRECT, body).await;
        assert_eq!(status, expected, "{what}: {answer}");
        assert!(
            answer.starts_with("<xml><return_code><![CDATA[FAIL]]></return_code><return_msg>"),
            "{what}: {answer}"
        );
    }
    for mchid in ["1900000999", "no-merchant"] {
        let (status, answer) = stage.deliver(mchid, refund.clone()).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{answer}");
    }
    let (status, _) = stage.deliver(INSTITUTION, refund.clone()).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED, "its key does not open it");
    assert_eq!(stage.arrivals().await, []);
    assert_eq!(stage.deliver(DIRECT, refund).await.0, StatusCode::OK, "the true one is as good as ever");
}

#[tokio::test]
async fn a_payment_is_known_on_wechat_pays_word() {
    let stage = Stage::set().await;
    let post = payment(&caller(), &stage.sandbox.api_v2_key(DIRECT));
    for _ in 0..2 {
        assert_eq!(stage.deliver(DIRECT, post.clone()).await, (StatusCode::OK, TAKEN.to_owned()));
        assert!(matches!(stage.arrivals().await[..], [Arrival::Payment(_)]), "once");
    }
    let names = OrderNames { out_trade_no: Some(OutTradeNo::parse("T9").unwrap()), transaction_id: None };
    let order = stage.gateway.store.order(&mchid(), None, &names).await.unwrap().unwrap().order;
    assert_eq!(order.total.value, Money::fen(500));
    assert_eq!(order.payer_total.unwrap().source, Source::Platform);
}

#[tokio::test]
async fn an_institutions_payment_is_its_sub_merchants() {
    let stage = Stage::set().await;
    let mchid = Mchid::parse(INSTITUTION).unwrap();
    let key = stage.sandbox.api_v2_key(INSTITUTION);
    let appid = Appid::parse("wx0000000000000001").unwrap();
    let sub_mchid = SubMchid::parse(SUB_MERCHANT).unwrap();
    let nobodys = Caller::Direct { mchid: mchid.clone(), appid: appid.clone() };
    let (status, _) = stage.deliver(INSTITUTION, payment(&nobodys, &key)).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "whose order it is must be said");
    let its =
        Caller::Institution { mchid: mchid.clone(), appid, sub_mchid: sub_mchid.clone(), sub_appid: None };
    assert_eq!(stage.deliver(INSTITUTION, payment(&its, &key)).await.0, StatusCode::OK);
    let names = OrderNames { out_trade_no: Some(OutTradeNo::parse("T9").unwrap()), transaction_id: None };
    assert!(stage.gateway.store.order(&mchid, Some(&sub_mchid), &names).await.unwrap().is_some());
}
