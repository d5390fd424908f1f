//! Fetching a day's statement.

use std::sync::Arc;

use axum::Router;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use gateway::wechat::line::Line;
use gateway::wechat::statement::{NoStatement, WhyNone};
use refunds::outcome::Fault;
use reqwest::Method;
use serde_json::{Value, json};
use store::merchant::Mode;
use tokio::net::TcpListener;
use wechatpay::china::ChinaDay;
use wechatpay::ids::{Mchid, OutRefundNo};
use wechatpay::keys::Certificate;
use wechatpay::money::Money;
use wechatpay::v3::sign::{Nonce, SignatureHeaders};
use wechatpay::v3::statement::digest::{Digest, SHA1};
use wechatpay::v3::statement::row::{Event, Row};
use wechatpay::v3::statement::write::render;

use crate::wechat_desk::Desk;
use crate::wechat_sandbox::{DIRECT, INSTITUTION, MAINLAND, SUB_MERCHANT, Sandbox, morning, refund};

/// The day on which every sandbox here begins.
fn first_day() -> ChinaDay {
    ChinaDay::of(morning())
}

async fn why_none(line: &Line, mode: Mode) -> NoStatement {
    line.statement(first_day(), mode).await.unwrap_err()
}

/// The evidence in words.
fn said(none: &NoStatement) -> &str {
    none.evidence.answer.as_deref().unwrap()
}

#[tokio::test]
async fn a_statement_brings_what_left_by_the_gateway_and_what_was_done_by_hand() {
    let sandbox = Sandbox::start().await;
    let line = sandbox.line(DIRECT);
    sandbox.pay("T1").await;
    sandbox.pay("T2").await;
    let submission = Desk::with(&refund("R1", "T1"), morning()).await.submission().await;
    line.submit(&submission).await;
    let by_hand = sandbox
        .post(
            "/control/refunds",
            json!({ "mchid": DIRECT, "out_trade_no": "T2", "amount": { "refund": 2_500, "currency": "CNY" } }),
        )
        .await;

    let early = why_none(&line, Mode::Direct).await;
    assert_eq!((early.why.clone(), said(&early)), (WhyNone::NotYet, "400 STATEMENT_CREATING"));
    sandbox.advance("PT25H").await;
    let statement = line.statement(first_day(), Mode::Direct).await.unwrap();
    assert_eq!(statement.day(), first_day());
    assert_eq!(statement.evidence().answer.as_deref(), Some("200"));
    assert!(statement.evidence().request_id.is_some() && statement.evidence().certificate.is_some());
    let rows: Vec<_> = statement.rows().collect::<Result<_, _>>().unwrap();
    let paid: Vec<_> = rows.iter().filter(|row| matches!(row.event, Event::Payment(_))).collect();
    assert_eq!(paid.iter().map(|row| row.out_trade_no.as_str()).collect::<Vec<_>>(), ["T1", "T2"]);
    assert!(paid.iter().all(|row| row.at == morning() && row.event.amounts().payer == Money::fen(10_000)));
    let refunds: Vec<_> = rows
        .iter()
        .filter_map(|row| match &row.event {
            Event::Refund(refund) => Some((row.out_trade_no.as_str(), refund)),
            Event::Payment(_) | Event::Revocation(_) => None,
        })
        .collect();
    let [("T1", ours), ("T2", others)] = refunds[..] else { panic!("{refunds:?}") };
    assert_eq!((ours.out_refund_no.as_str(), ours.amounts.payer), ("R1", Money::fen(4_000)));
    let number = OutRefundNo::parse(by_hand["out_refund_no"].as_str().unwrap()).unwrap();
    assert_eq!((&others.out_refund_no, others.amounts.payer), (&number, Money::fen(2_500)));

    let pools = sandbox.control(Method::GET, &format!("/control/pools/{DIRECT}"), Value::Null).await;
    let exchanged = pools["pools"][0]["days"][0]["exchange"]["cny_fen"].as_i64().unwrap();
    assert_eq!(exchanged, 20_000 - 4_000 - 2_500);
}

#[tokio::test]
async fn an_institutions_statement_holds_all_its_sub_merchants() {
    let sandbox = Sandbox::start().await;
    let line = sandbox.line(INSTITUTION);
    for sub_mchid in [SUB_MERCHANT, "1900000102"] {
        sandbox.pay_to(json!({ "mchid": INSTITUTION, "sub_mchid": sub_mchid }), "T1").await;
    }
    sandbox.advance("PT25H").await;
    let statement = line.statement(first_day(), Mode::Institution).await.unwrap();
    let subs: Vec<String> = statement.rows().map(|row| row.unwrap().sub_mchid.unwrap().to_string()).collect();
    assert_eq!(subs, [SUB_MERCHANT, "1900000102"]);
    let by_the_wrong_name = why_none(&line, Mode::Direct).await;
    assert_eq!(by_the_wrong_name.why, WhyNone::Unclear);
    assert_eq!(said(&by_the_wrong_name), "400 PARAM_ERROR");
}

#[tokio::test]
async fn each_reason_why_there_is_none_is_told_apart() {
    let sandbox = Sandbox::start().await;
    let line = sandbox.line(DIRECT);
    sandbox.advance("PT25H").await;
    let none = why_none(&line, Mode::Direct).await;
    assert_eq!((none.why.clone(), said(&none)), (WhyNone::NoTrade, "400 NO_STATEMENT_EXIST"));
    let instead = |code: &str, signed: bool| json!({ "fault": "error_code", "code": code, "signed": signed });
    let fault = |name: &str| json!({ "fault": name });
    let permission = WhyNone::Misconfigured(Fault::Permission);
    for (mut rule, why, answer) in [
        (instead("NO_STATEMENT_EXIST", false), WhyNone::Unclear, "400 NO_STATEMENT_EXIST, unverified"),
        (instead("STATEMENT_CREATING", false), WhyNone::NotYet, "400 STATEMENT_CREATING, unverified"),
        (instead("FREQUENCY_LIMITED", true), WhyNone::NotYet, "429 FREQUENCY_LIMITED"),
        (instead("NO_AUTH", true), permission, "403 NO_AUTH"),
        (instead("SYSTEM_ERROR", false), WhyNone::Unclear, "500 SYSTEM_ERROR, unverified"),
        (json!({ "fault": "status", "status": 502 }), WhyNone::Unclear, "502"),
        (fault("cut_before_commit"), WhyNone::Unclear, "connection cut"),
        (fault("cut_after_commit"), WhyNone::Unclear, "connection cut"),
        (fault("wrong_signature"), WhyNone::Unclear, "signature does not verify: "),
    ] {
        rule["call"] = json!("statement");
        sandbox.fault(rule.clone()).await;
        let none = why_none(&line, Mode::Direct).await;
        assert_eq!(none.why, why, "{rule}: {none:?}");
        assert!(said(&none).starts_with(answer), "{rule}: {none:?}");
        sandbox.without_faults().await;
    }
}

#[tokio::test]
async fn a_statement_signed_badly_is_not_read() {
    let sandbox = Sandbox::start().await;
    let line = sandbox.line(DIRECT);
    sandbox.pay("T1").await;
    sandbox.advance("PT25H").await;
    for fault in ["wrong_signature", "unsigned", "probe", "wrong_serial", "stale_timestamp"] {
        sandbox.fault(json!({ "call": "statement", "fault": fault })).await;
        let none = why_none(&line, Mode::Direct).await;
        assert_eq!(none.why, WhyNone::Unclear, "{fault}");
        assert!(said(&none).starts_with("200, but the statement is not taken: "), "{fault}: {none:?}");
        sandbox.without_faults().await;
    }
    assert!(line.statement(first_day(), Mode::Direct).await.is_ok());
}

#[tokio::test]
async fn statements_do_not_go_over_v2_nor_over_the_mainland_branch() {
    let sandbox = Sandbox::start().await;
    for line in [sandbox.line_of(sandbox.connection_over_v2(DIRECT)), sandbox.line(MAINLAND)] {
        let none = why_none(&line, Mode::Direct).await;
        assert_eq!(none.why, WhyNone::NotOverThisWire);
    }
    assert_eq!(sandbox.arrivals_of("statement").await, 0, "and nothing was sent");
}

/// What a platform that answers wrongly says: this text, under the digest of `digested`, signed as a statement.
async fn line_to_a_platform_that_answers(sandbox: &Sandbox, text: &[u8], digested: &[u8]) -> Arc<Line> {
    let (serial, key) = sandbox.platform_key();
    let certificate = Certificate::from_pem(&sandbox.credential(DIRECT, "platform_cert.pem")).unwrap();
    let digest = Digest::of(digested);
    let nonce = Nonce::parse("N1").unwrap();
    let signed_at = sandbox.clock.now().as_second();
    let signed =
        SignatureHeaders::sign(&key, &serial, signed_at, &nonce, digest.signed_text().as_bytes()).unwrap();
    let mut headers: Vec<(String, String)> =
        signed.pairs().iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    headers.push((SHA1.to_owned(), digest.as_str().to_owned()));
    let text = text.to_owned();
    let router = Router::new().fallback(move || {
        let (headers, text) = (headers.clone(), text.clone());
        async move {
            let mut response = (StatusCode::OK, text).into_response();
            for (name, value) in headers {
                let name: axum::http::HeaderName = name.parse().unwrap();
                response.headers_mut().insert(name, value.parse().unwrap());
            }
            response
        }
    });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    let mut connection = sandbox.connection(DIRECT);
    connection.hosts = vec![url];
    connection.v3.as_mut().unwrap().public_keys.push((serial, certificate.key));
    sandbox.line_of(connection)
}

#[tokio::test]
async fn a_text_that_is_not_the_signed_one_or_no_statement_or_another_days_is_not_taken() {
    let sandbox = Sandbox::start().await;
    sandbox.pay("T1").await;
    sandbox.advance("PT25H").await;
    let statement = sandbox.line(DIRECT).statement(first_day(), Mode::Direct).await.unwrap();
    let row = statement.rows().next().unwrap().unwrap();
    let genuine = render(std::slice::from_ref(&row));
    let tomorrows = render(&[Row { at: row.at + jiff::SignedDuration::from_hours(24), ..row.clone() }]);
    let others = render(&[Row { mchid: Mchid::parse(INSTITUTION).unwrap(), ..row }]);
    let about_another = "its first row is about another merchant id or day";
    for (text, digested, answer) in [
        ("changed", genuine.as_str(), "the statement has the digest"),
        ("交易时间\n", "交易时间\n", "the statement has no column 商户号 (mchid)"),
        (&tomorrows, &tomorrows, about_another),
        (&others, &others, about_another),
    ] {
        let line = line_to_a_platform_that_answers(&sandbox, text.as_bytes(), digested.as_bytes()).await;
        let none = why_none(&line, Mode::Direct).await;
        assert_eq!(none.why, WhyNone::Unclear);
        assert!(said(&none).contains(answer), "{none:?}");
    }
    let line = line_to_a_platform_that_answers(&sandbox, genuine.as_bytes(), genuine.as_bytes()).await;
    assert_eq!(line.statement(first_day(), Mode::Direct).await.unwrap().rows().count(), 1);
}
