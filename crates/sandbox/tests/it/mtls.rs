//! Two-way TLS over real sockets: who shows which certificate, and what that is answered.

use std::fs;
use std::path::Path;

use rcgen::{CertificateParams, KeyPair};
use reqwest::{Certificate, Client, Identity};
use serde_json::json;
use tokio::net::TcpStream;
use wechatpay::codes::{Configuration, Meaning};
use wechatpay::ids::{Appid, Mchid, OutRefundNo};
use wechatpay::money::{Currency, Money};
use wechatpay::v2::answer::{Answer, is_taken, not_taken, taken};
use wechatpay::v2::caller::Caller;
use wechatpay::v2::front::{CERTIFICATE_NOT_MATCH, Page};
use wechatpay::v2::key::ApiV2Key;
use wechatpay::v2::outcome::{Outcome, of_refund_query, of_submit};
use wechatpay::v2::refund::query::{self, About, RefundQuery};
use wechatpay::v2::refund::submit::{PATH, SubmitAnswer, SubmitRequest};
use wechatpay::v2::sign::{Nonce, SignType, UnsignedBody};
use wechatpay::v3::refund::submit::{NotifyUrl, RefundAmount};
use wechatpay::v3::words::RefundStatus;

use crate::callbacks::Receiver;
use crate::faces_v2_stage::order;
use crate::sandbox::{APPID, DIRECT, Sandbox, config};

const MAINLAND: &str = "1900000003";

/// The direct merchant with a client of its own.
struct Merchant {
    client: Client,
    base: String,
    key: ApiV2Key,
}

fn credential(sandbox: &Sandbox, mchid: &str, file: &str) -> String {
    fs::read_to_string(sandbox.data.0.join("credentials").join(mchid).join(file)).unwrap()
}

/// The client certificate in the folder of `mchid`.
fn certificate_of(sandbox: &Sandbox, mchid: &str) -> String {
    credential(sandbox, mchid, "apiclient_cert.pem") + &credential(sandbox, mchid, "apiclient_key.pem")
}

/// A client that trusts this sandbox and shows `certificate`.
fn client(data: &Path, certificate: Option<&str>) -> Client {
    let root = Certificate::from_pem(&fs::read(data.join("tls_ca.pem")).unwrap()).unwrap();
    let builder = Client::builder().no_proxy().tls_certs_only([root]);
    match certificate {
        None => builder.build().unwrap(),
        Some(pem) => builder.identity(Identity::from_pem(pem.as_bytes()).unwrap()).build().unwrap(),
    }
}

impl Merchant {
    fn showing(sandbox: &Sandbox, certificate: Option<&str>) -> Merchant {
        Merchant {
            client: client(&sandbox.data.0, certificate),
            base: format!("https://{}", sandbox.running.mtls),
            key: ApiV2Key::parse(credential(sandbox, DIRECT, "api_v2_key.txt").trim()).unwrap(),
        }
    }

    async fn posts(&self, path: &str, body: &UnsignedBody) -> (u16, String) {
        let body = body.sign(&Nonce::parse("nonce").unwrap(), &self.key);
        let answer = self.client.post(format!("{}{path}", self.base)).body(body).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }

    async fn refunds(&self, request: &SubmitRequest) -> (u16, String, Outcome<SubmitAnswer>) {
        let (status, body) = self.posts(PATH, &request.render(SignType::Md5)).await;
        let answer = Answer::read(body.as_bytes(), SignType::Md5, &self.key);
        let outcome = of_submit(request, status, answer);
        (status, body, outcome)
    }
}

fn caller() -> Caller {
    Caller::Direct { mchid: Mchid::parse(DIRECT).unwrap(), appid: Appid::parse(APPID).unwrap() }
}

fn refund(number: &str, notify_url: Option<&str>) -> SubmitRequest {
    SubmitRequest {
        caller: caller(),
        order: order("T1"),
        out_refund_no: OutRefundNo::parse(number).unwrap(),
        amount: RefundAmount::new(Money::fen(4_000), Money::fen(10_000)).unwrap(),
        reason: None,
        source: None,
        notify_url: notify_url.map(|url| NotifyUrl::parse(url).unwrap()),
    }
}

#[tokio::test]
async fn a_refund_needs_the_merchants_own_certificate() {
    let sandbox = Sandbox::start().await;
    sandbox.pay("T1", 10_000).await;
    let own = certificate_of(&sandbox, DIRECT);
    let key = KeyPair::generate().unwrap();
    let self_made = CertificateParams::new([]).unwrap().self_signed(&key).unwrap().pem();
    let self_made = self_made + &key.serialize_pem();

    let certificate = Meaning::ConfigurationFault(Configuration::Certificate);
    for (shown, status, body) in [
        (None, 400, Page::NoCertificate.html()),
        (Some(self_made.as_str()), 400, Page::UntrustedCertificate.html()),
        (Some(certificate_of(&sandbox, MAINLAND).as_str()), 200, not_taken(CERTIFICATE_NOT_MATCH)),
    ] {
        let answered = Merchant::showing(&sandbox, shown).refunds(&refund("R1", None)).await;
        assert_eq!((answered.0, &answered.1), (status, &body));
        assert!(matches!(answered.2, Outcome::Error { answer, .. } if answer.meaning == certificate));
    }
    let merchant = Merchant::showing(&sandbox, Some(&own));
    let (_, body, outcome) = merchant.refunds(&refund("R1", None)).await;
    assert!(matches!(outcome, Outcome::Proven(_)), "{body}");

    // The plain address serves the same, as if no certificate had been sent.
    let plain =
        Merchant { base: format!("http://{}", sandbox.running.v3), ..Merchant::showing(&sandbox, None) };
    assert_eq!(plain.refunds(&refund("R1", None)).await.1, Page::NoCertificate.html());
    let question =
        RefundQuery { caller: caller(), about: About::OutRefundNo(refund("R1", None).out_refund_no) };
    let (status, body) = plain.posts(query::PATH, &question.render(SignType::Md5)).await;
    let answer = Answer::read(body.as_bytes(), SignType::Md5, &plain.key);
    match of_refund_query(&refund("R1", None).out_refund_no, Currency::CNY, status, answer) {
        Outcome::Proven(record) => assert_eq!(record.status, RefundStatus::Processing),
        other => panic!("{other:?}"),
    }
    let requests = sandbox.get("/control/requests").await.body;
    let serials: Vec<&serde_json::Value> =
        requests["requests"].as_array().unwrap().iter().map(|request| &request["client_serial"]).collect();
    let own_serial = credential(&sandbox, DIRECT, "serial_no.txt");
    assert_eq!((serials[0], serials[3]), (&json!(null), &json!(own_serial.trim())));
}

#[tokio::test]
async fn an_expired_certificate_is_refused_by_the_platforms_clock() {
    let sandbox = Sandbox::start().await;
    sandbox.pay("T1", 10_000).await;
    let merchant = Merchant::showing(&sandbox, Some(&certificate_of(&sandbox, DIRECT)));
    sandbox.advance("P3650D").await;
    let (status, body, outcome) = merchant.refunds(&refund("R1", None)).await;
    assert_eq!(status, 200);
    assert!(body.contains("[CERT_ERROR]"), "{body}");
    let certificate = Meaning::ConfigurationFault(Configuration::Certificate);
    assert!(matches!(outcome, Outcome::Error { answer, .. } if answer.meaning == certificate));
}

#[tokio::test]
async fn v3_is_served_by_tls_too_and_nobody_waits_for_a_handshake() {
    let sandbox = Sandbox::start().await;
    // Says nothing, and is let wait.
    let _silent = TcpStream::connect(sandbox.running.mtls).await.unwrap();
    let own = certificate_of(&sandbox, DIRECT);
    let client = client(&sandbox.data.0, Some(&own));
    let url = format!("https://localhost:{}/v3/certificates", sandbox.running.mtls.port());
    let answer = client.get(url).header("Accept", "*/*").header("User-Agent", "x").send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 401);
    assert!(answer.headers().contains_key("wechatpay-signature"));
    let requests = sandbox.get("/control/requests").await.body;
    let own_serial = credential(&sandbox, DIRECT, "serial_no.txt");
    assert_eq!(requests["requests"][0]["client_serial"], json!(own_serial.trim()));
    sandbox.stop().await;
}

#[tokio::test]
async fn a_sandbox_that_starts_again_remembers_who_asked_by_v2() {
    let mut receiver = Receiver::saying(taken()).await;
    let sandbox = Sandbox::start().await;
    sandbox.pay("T1", 10_000).await;
    let merchant = Merchant::showing(&sandbox, Some(&certificate_of(&sandbox, DIRECT)));
    let (_, body, outcome) = merchant.refunds(&refund("R1", Some(&receiver.url))).await;
    assert!(matches!(outcome, Outcome::Proven(_)), "{body}");
    let folder = sandbox.stop().await;
    let sandbox = Sandbox::run(config(&folder.0), folder).await.unwrap();
    sandbox.advance("P10D").await;
    let [post] = &receiver.arrived()[..] else { panic!("one post") };
    assert!(post.body.contains("<req_info>"), "{}", post.body);
}

#[tokio::test]
async fn a_result_is_posted_in_v2_until_it_is_taken_in_v2() {
    for (answer, posts) in [(taken(), 1), (not_taken("later"), 16), (String::new(), 16)] {
        assert_eq!(is_taken(answer.as_bytes()), posts == 1);
        let mut receiver = Receiver::saying(answer).await;
        let sandbox = Sandbox::start().await;
        sandbox.pay("T1", 10_000).await;
        let merchant = Merchant::showing(&sandbox, Some(&certificate_of(&sandbox, DIRECT)));
        let (_, body, outcome) = merchant.refunds(&refund("R1", Some(&receiver.url))).await;
        assert!(matches!(outcome, Outcome::Proven(_)), "{body}");
        sandbox.advance("P10D").await;
        let arrived = receiver.arrived();
        assert_eq!(arrived.len(), posts);
        assert!(arrived.iter().all(|post| post.body == arrived[0].body));
        assert_eq!(arrived[0].headers["content-type"], "text/xml; charset=utf-8");
    }
}
