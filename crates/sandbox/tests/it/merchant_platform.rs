//! The Merchant Platform's pages, as a browser sees them.

use std::io::{Cursor, Read};

use certs::bundle;
use reqwest::Client;
use serde_json::{Value, json};

use crate::browser::Browser;
use crate::certificates::first_serial;
use crate::merchant::NewKey;
use crate::sandbox::{DIRECT, Sandbox};

const API_SECURITY: &str = "/account-center/account-setting/api-security";

/// The code that was sent last.
async fn code(sandbox: &Sandbox) -> String {
    let messages = sandbox.get("/control/messages").await.body;
    let sent =
        messages["messages"].as_array().unwrap().iter().rev().find(|message| message["origin"] == "code");
    let text = sent.unwrap()["text"].as_str().unwrap();
    text.split_once("验证码 ").unwrap().1[..6].to_owned()
}

/// Takes a step as the super administrator does, with a code that was asked for.
async fn take(sandbox: &Sandbox, browser: &mut Browser, step: &str, request_string: &str) {
    browser.open(step).await;
    browser.send(step, &[("do", "send-code"), ("request_string", request_string)]).await;
    let code = code(sandbox).await;
    let fields = [
        ("do", "next"),
        ("request_string", request_string),
        ("sms_code", &code),
        ("login_password", "sandbox-admin"),
    ];
    browser.send(step, &fields).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_string_becomes_a_certificate_string() {
    let sandbox = Sandbox::start().await;
    let mut browser = Browser::logged_in(&sandbox, DIRECT, "admin").await;
    let first = first_serial(&sandbox, DIRECT);
    browser.open(API_SECURITY).await;
    assert_eq!(browser.text("merchant-id").unwrap(), DIRECT);
    assert_eq!(browser.text("merchant-name").unwrap(), "Tidegate Sandbox Shop 1900000002 有限公司");
    assert!(browser.html.contains(&format!("data-serial=\"{first}\" data-state=\"active\"")));

    let new = NewKey::of(DIRECT);
    let step = format!("/certificates/change?serial={first}");
    browser.open(&step).await;
    browser.send(&step, &[("do", "send-code"), ("request_string", &new.request_string)]).await;
    assert!(browser.text("sms-code-hint").unwrap().starts_with("A code was sent to 13800000002."));
    assert_eq!(browser.text("request-string").unwrap(), new.request_string.trim(), "what was typed stays");
    browser.open("/phone").await;
    let code = code(&sandbox).await;
    assert!(browser.html.contains(&code));
    browser.open(&step).await;
    let fields = [
        ("do", "next"),
        ("request_string", &new.request_string),
        ("sms_code", &code),
        ("login_password", "sandbox-admin"),
    ];
    browser.send(&step, &fields).await;
    let certificate = browser.text("certificate-string").unwrap();
    assert!(certificate.starts_with("-----BEGIN CERTIFICATE-----"), "{}", browser.html);
    let serial = browser.text("serial-number").unwrap();
    assert_eq!(browser.place, format!("/certificates/{serial}/string?done=issued"));
    let parsed = wechatpay::keys::Certificate::from_pem(&certificate).unwrap();
    assert_eq!(parsed.serial.as_str(), serial);

    browser.open(&step).await;
    assert_eq!(browser.status, 409, "the old one was replaced already");
    let again = format!("/certificates/change?serial={serial}");
    take(&sandbox, &mut browser, &again, &new.request_string).await;
    assert_eq!(browser.status, 422);
    assert!(browser.text("request-string-wrong").unwrap().contains("already issued for this request string"));
    assert!(
        browser
            .html
            .contains(&format!("id=\"to-issued\" href=\"/merchant-platform/certificates/{serial}/string\""))
    );
    browser.open("/account-center/api-security").await;
    assert!(browser.html.contains(&format!("data-serial=\"{first}\" data-state=\"superseded-48h\"")));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_field_that_is_wrong_is_named() {
    let sandbox = Sandbox::start().await;
    let mut browser = Browser::logged_in(&sandbox, DIRECT, "admin").await;
    let step = format!("/certificates/change?serial={}", first_serial(&sandbox, DIRECT));
    let good = NewKey::of(DIRECT).request_string;
    let crlf = good.replace('\n', "\r\n");
    let other_merchant = NewKey::of("1900000001").request_string;
    let other_name = NewKey::named(DIRECT, "Somebody Else").request_string;
    let certificate =
        std::fs::read_to_string(sandbox.data.0.join("credentials").join(DIRECT).join("apiclient_cert.pem"))
            .unwrap();
    browser.open(&step).await;
    browser.send(&step, &[("do", "send-code")]).await;
    let code = code(&sandbox).await;
    let wrong_code = if code == "000000" { "000001" } else { "000000" };
    for (request, sms_code, password, field, words) in [
        ("", &*code, "sandbox-admin", "request-string-wrong", "empty"),
        ("hello world", &code, "sandbox-admin", "request-string-wrong", "PEM"),
        (&good[..200], &code, "sandbox-admin", "request-string-wrong", "."),
        (&certificate, &code, "sandbox-admin", "request-string-wrong", "certificate"),
        (&other_merchant, &code, "sandbox-admin", "request-string-wrong", "do not agree"),
        (&other_name, &code, "sandbox-admin", "request-string-wrong", "Somebody Else"),
        (&good, wrong_code, "sandbox-admin", "sms-code-wrong", "The SMS code is wrong or has expired."),
        (&good, &code, "sandbox-operator", "login-password-wrong", "The login password is wrong."),
    ] {
        let fields = [
            ("do", "next"),
            ("request_string", request),
            ("sms_code", sms_code),
            ("login_password", password),
        ];
        browser.send(&step, &fields).await;
        assert_eq!(browser.status, 422, "{words}");
        for each in ["request-string-wrong", "sms-code-wrong", "login-password-wrong"] {
            let said = browser.text(each).unwrap();
            assert_eq!(!said.is_empty(), each == field, "{words}: {each} says {said:?}");
            assert!(each != field || said.contains(words), "{said}");
        }
    }
    let fields = [
        ("do", "next"),
        ("request_string", &*crlf),
        ("sms_code", &code),
        ("login_password", "sandbox-admin"),
    ];
    browser.send(&step, &fields).await;
    assert!(browser.text("issued").is_some(), "line ends of Windows are fine: {}", browser.html);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_good_for_ten_minutes_and_one_step() {
    let sandbox = Sandbox::start().await;
    let mut browser = Browser::logged_in(&sandbox, DIRECT, "admin").await;
    let step = format!("/certificates/change?serial={}", first_serial(&sandbox, DIRECT));
    browser.open(&step).await;
    browser.send(&step, &[("do", "send-code")]).await;
    let code = code(&sandbox).await;
    sandbox.advance("PT10M1S").await;
    let new = NewKey::of(DIRECT);
    let fields = [
        ("do", "next"),
        ("request_string", &*new.request_string),
        ("sms_code", &*code),
        ("login_password", "sandbox-admin"),
    ];
    browser.send(&step, &fields).await;
    assert_eq!(browser.status, 422);
    assert!(!browser.text("sms-code-wrong").unwrap().is_empty());

    take(&sandbox, &mut browser, &step, &new.request_string).await;
    let serial = browser.text("serial-number").unwrap();
    let step = format!("/certificates/change?serial={serial}");
    let code = self::code(&sandbox).await;
    let next = NewKey::of(DIRECT);
    browser.open(&step).await;
    let fields = [
        ("do", "next"),
        ("request_string", &*next.request_string),
        ("sms_code", &*code),
        ("login_password", "sandbox-admin"),
    ];
    browser.send(&step, &fields).await;
    assert!(!browser.text("sms-code-wrong").unwrap().is_empty(), "it was used");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_looks_and_takes_no_step() {
    let sandbox = Sandbox::start().await;
    let first = first_serial(&sandbox, DIRECT);
    let mut browser = Browser::logged_in(&sandbox, DIRECT, "operator").await;
    browser.open(API_SECURITY).await;
    assert!(browser.html.contains(&first));
    for step in [
        format!("/certificates/change?serial={first}"),
        format!("/certificates/{first}/string"),
        format!("/certificates/{first}/zip"),
    ] {
        browser.open(&step).await;
        assert_eq!(browser.status, 403, "{step}");
        assert!(browser.text("refusal").unwrap().contains("super administrator"), "{step}");
    }
    browser.send(&format!("/certificates/change?serial={first}"), &[("do", "next")]).await;
    assert_eq!(browser.status, 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_that_the_rules_forbid_is_refused_before_anything_is_typed() {
    let sandbox = Sandbox::start().await;
    let first = first_serial(&sandbox, DIRECT);
    let mut browser = Browser::logged_in(&sandbox, DIRECT, "admin").await;
    browser.open("/operating-certificate").await;
    browser.send("/operating-certificate", &[]).await;
    for (step, english, chinese) in [
        ("request", "There is a certificate already", "已有证书"),
        ("download", "There is a certificate already", "已有证书"),
        ("renew", "It is too early to renew", "未到续期时间"),
        ("upgrade-expired", "The certificate has not expired", "证书尚未过期"),
        ("upgrade-kind", "This certificate is CA-issued", "该类型的证书请使用“更换”"),
        ("void", "have no void", "没有“作废”"),
        ("restore", "have no restore", "没有“恢复”"),
        ("apply-for-another", "have no apply-for-another", "没有“申请新证书”"),
    ] {
        for (language, words) in [("en", english), ("zh", chinese)] {
            let step = format!("/certificates/{step}?serial={first}");
            browser.send("/language", &[("language", language), ("return", &step)]).await;
            assert_eq!((browser.status, browser.place.as_str()), (409, step.as_str()));
            let said = browser.text("refusal").unwrap();
            assert!(said.contains(words), "{step}: {said}");
            browser.open(API_SECURITY).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn under_todays_rules_a_certificate_is_voided_and_restored_on_the_pages() {
    let sandbox = Sandbox::start().await;
    sandbox.ask("/control/certificates", json!({ "rules": "current" })).await;
    let first = first_serial(&sandbox, DIRECT);
    let mut browser = Browser::logged_in(&sandbox, DIRECT, "admin").await;
    for (step, state) in [("void", "voided"), ("restore", "active")] {
        take(&sandbox, &mut browser, &format!("/certificates/{step}?serial={first}"), "").await;
        assert_eq!(browser.place, format!("{API_SECURITY}?done={step}"), "{}", browser.html);
        assert!(browser.text("done").is_some());
        assert!(browser.html.contains(&format!("data-serial=\"{first}\" data-state=\"{state}\"")));
    }
    let another = NewKey::of(DIRECT);
    let step = format!("/certificates/apply-for-another?serial={first}");
    take(&sandbox, &mut browser, &step, &another.request_string).await;
    assert!(browser.text("issued").is_some(), "{}", browser.html);
    browser.open(API_SECURITY).await;
    assert_eq!(browser.html.matches("data-state=\"active\"").count(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_sees_or_changes_another_merchants_certificates() {
    let sandbox = Sandbox::start().await;
    let first = first_serial(&sandbox, "1900000001");
    let mut browser = Browser::logged_in(&sandbox, DIRECT, "admin").await;
    for place in [
        format!("/certificates/{first}/string"),
        format!("/certificates/{first}/zip"),
        format!("/certificates/change?serial={first}"),
        "/certificates/change?serial=nonsense".to_owned(),
        "/certificates/dance".to_owned(),
        "/nowhere".to_owned(),
    ] {
        browser.open(&place).await;
        assert_eq!(browser.status, 404, "{place}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renewal_needs_the_operating_certificate_and_the_refusal_leads_to_it() {
    let sandbox = Sandbox::start().await;
    sandbox.advance("P306D").await;
    let mut browser = Browser::logged_in(&sandbox, DIRECT, "admin").await;
    let step = format!("/certificates/renew?serial={}", first_serial(&sandbox, DIRECT));
    browser.open(&step).await;
    assert_eq!(browser.status, 409);
    assert!(browser.text("refusal").unwrap().contains("operating certificate is not installed"));
    assert!(browser.html.contains("href=\"/merchant-platform/operating-certificate\""));
    browser.open("/operating-certificate").await;
    assert!(browser.html.contains("id=\"install\""));
    browser.send("/operating-certificate", &[]).await;
    assert_eq!(browser.text("done").unwrap(), "The operating certificate is installed.");
    take(&sandbox, &mut browser, &step, "").await;
    assert!(browser.text("issued").is_some(), "{}", browser.html);
    browser.open("/notices").await;
    assert_eq!(browser.html.matches("data-channel=").count(), 3, "the notice of 60 days before");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merchant_without_certificate_is_offered_both_kinds_and_downloads_a_zip() {
    let sandbox = Sandbox::start().await;
    let path = format!("/control/certificates/{DIRECT}");
    sandbox.control("DELETE".parse().unwrap(), &path, String::new()).await;
    let mut browser = Browser::logged_in(&sandbox, DIRECT, "admin").await;
    browser.open(API_SECURITY).await;
    for button in ["id=\"request-certificate\"", "id=\"download-certificate\""] {
        assert!(browser.html.contains(button), "{button}");
    }
    take(&sandbox, &mut browser, "/certificates/download", "").await;
    let serial = browser.text("serial-number").unwrap();
    browser.open(&format!("/certificates/{serial}/zip")).await;
    assert_eq!(browser.header("content-type"), "application/zip");
    assert!(browser.header("content-disposition").ends_with("1900000002_20260105_cert.zip"));
    let mut zip = zip::ZipArchive::new(Cursor::new(browser.bytes.clone())).unwrap();
    let names: Vec<String> = zip.file_names().map(str::to_owned).collect();
    assert_eq!(names, ["apiclient_cert.p12", "apiclient_cert.pem", "apiclient_key.pem", "证书使用说明.txt"]);
    let mut file = |name: &str| {
        let mut content = Vec::new();
        zip.by_name(name).unwrap().read_to_end(&mut content).unwrap();
        content
    };
    let bundle = bundle::read(&file("apiclient_cert.p12"), DIRECT).unwrap();
    let pem = String::from_utf8(file("apiclient_cert.pem")).unwrap();
    let certificate = wechatpay::keys::Certificate::from_pem(&pem).unwrap();
    let key = rcgen::KeyPair::from_pem(&String::from_utf8(file("apiclient_key.pem")).unwrap()).unwrap();
    let signature = rcgen::SigningKey::sign(&key, b"pair").unwrap();
    assert!(certificate.key.verifies(b"pair", &signature));
    assert!(pem.contains("BEGIN CERTIFICATE") && !bundle.certificate.is_empty());
    browser.open(API_SECURITY).await;
    assert!(
        browser.html.contains("data-step=\"upgrade-kind\"")
            && browser.html.contains("data-step=\"download\"")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_that_expired_keeps_what_was_typed() {
    let sandbox = Sandbox::start().await;
    let step = format!("/certificates/change?serial={}", first_serial(&sandbox, DIRECT));
    let request = NewKey::of(DIRECT).request_string;
    let mut browser = Browser::logged_in(&sandbox, DIRECT, "admin").await;
    browser.open(&step).await;
    sandbox.advance("PT31M").await;
    browser.send(&step, &[("do", "next"), ("request_string", &request)]).await;
    let said = browser.text("login-expired").unwrap();
    assert!(said.starts_with("Login expired. Please log in again."), "{said}");
    browser.log_in(DIRECT, "admin", "wrong").await;
    assert!(browser.text("login-wrong").is_some());
    browser.log_in(DIRECT, "admin", "sandbox-admin").await;
    assert_eq!(browser.place, step);
    assert_eq!(browser.text("request-string").unwrap(), request.trim());
    sandbox.advance("PT31M").await;
    browser.open(API_SECURITY).await;
    assert!(browser.text("login-expired").is_some(), "pages say so too");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_ends_sessions_and_what_is_typed_then_is_kept_too() {
    let sandbox = Sandbox::start().await;
    let step = format!("/certificates/change?serial={}", first_serial(&sandbox, DIRECT));
    let mut browser = Browser::logged_in(&sandbox, DIRECT, "admin").await;
    browser.open(&step).await;
    browser.send("/logout", &[]).await;
    browser.send(&step, &[("do", "next"), ("request_string", "half a request")]).await;
    assert!(browser.text("login-expired").is_some());
    browser.log_in(DIRECT, "admin", "sandbox-admin").await;
    assert_eq!(browser.text("request-string").unwrap(), "half a request");
}

#[tokio::test(flavor = "multi_thread")]
async fn forms_of_other_sites_and_of_other_sessions_are_refused() {
    let sandbox = Sandbox::start().await;
    let mut browser = Browser::logged_in(&sandbox, DIRECT, "admin").await;
    browser.html = browser.html.replace("name=\"form_token\" value=\"", "name=\"form_token\" value=\"0");
    browser.send("/operating-certificate", &[]).await;
    assert_eq!(browser.status, 403);
    let url = format!("http://{}/merchant-platform/login", sandbox.running.v3);
    let body = "mchid=1900000002&login_name=admin&password=sandbox-admin";
    let elsewhere = Client::new().post(&url).header("Origin", "http://elsewhere.example").body(body);
    assert_eq!(elsewhere.send().await.unwrap().status().as_u16(), 403);
    let untold = Client::new().post(&url).body(body).send().await.unwrap();
    assert!(
        untold.text().await.unwrap().contains("id=\"login\""),
        "without its token it is the log-in page again"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_speaks_both_languages_and_loads_nothing_from_elsewhere() {
    let sandbox = Sandbox::start().await;
    let first = first_serial(&sandbox, DIRECT);
    let mut browser = Browser::at(&sandbox, "zh-CN,zh;q=0.9").await;
    assert!(browser.html.contains("lang=\"zh-CN\"") && browser.html.contains("登录"));
    browser.log_in(DIRECT, "admin", "sandbox-admin").await;
    let pages = [
        "/account-center",
        "/account-center/account-setting",
        API_SECURITY,
        "/account-center/api-security",
        &format!("/certificates/change?serial={first}"),
        &format!("/certificates/renew?serial={first}"),
        &format!("/certificates/{first}/string"),
        "/operating-certificate",
        "/downloads/certificate-tool",
        "/downloads/ca-certificate",
        "/notices",
        "/phone",
        "/nowhere",
    ];
    for (language, marks) in
        [("zh", ["lang=\"zh-CN\"", "商户平台"]), ("en", ["lang=\"en\"", "Merchant Platform"])]
    {
        browser.send("/language", &[("language", language), ("return", API_SECURITY)]).await;
        assert_eq!(browser.place, API_SECURITY);
        for page in pages {
            browser.open(page).await;
            for mark in marks {
                assert!(browser.html.contains(mark), "{page} in {language}");
            }
            let addresses = browser.html.match_indices("http").map(|(at, _)| &browser.html[at..]);
            let elsewhere =
                addresses.filter(|rest| rest.starts_with("http://") || rest.starts_with("https://"));
            assert_eq!(elsewhere.count(), 0, "{page}");
            assert!(!browser.html.contains("style=") && !browser.html.contains("onclick"), "{page}");
            assert!(browser.header("content-security-policy").starts_with("default-src 'self'"), "{page}");
            for label in browser.html.split("<label for=\"").skip(1) {
                let id = label.split('"').next().unwrap();
                assert!(browser.html.contains(&format!("id=\"{id}\"")), "{page}: a label for {id}");
            }
        }
    }
    for asset in [
        "/assets/platform.css",
        "/assets/platform.js",
        "/assets/icon.svg",
        "/ping",
        "/downloads/CertTrustChain.p7b",
    ] {
        browser.open(asset).await;
        assert_eq!(browser.status, 200, "{asset}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn yesterdays_calls_show_whether_an_old_certificate_is_still_in_use() {
    let sandbox = Sandbox::start().await;
    for _ in 0..2 {
        assert_eq!(
            sandbox.call("GET", "/v3/global/certificates", String::new(), &[]).await.unwrap().status,
            200
        );
    }
    sandbox.advance("P1D").await;
    let mut browser = Browser::logged_in(&sandbox, DIRECT, "admin").await;
    browser.open(API_SECURITY).await;
    assert!(browser.html.contains("data-calls-yesterday>2</dd>"), "{}", browser.html);
    sandbox.advance("P1D").await;
    let mut browser = Browser::logged_in(&sandbox, DIRECT, "admin").await;
    browser.open(API_SECURITY).await;
    assert!(browser.html.contains("data-calls-yesterday>0</dd>"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pages_say_where_they_are() {
    let sandbox = Sandbox::start().await;
    let world: Value =
        serde_json::from_str(&std::fs::read_to_string(sandbox.data.0.join("world.json")).unwrap()).unwrap();
    let url = format!("http://{}/merchant-platform", sandbox.running.v3);
    assert_eq!(world["merchant_platform"], url);
    assert!(sandbox.running.banner().contains(&url));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watch_reaches_people_through_the_sandboxs_own_gateways() {
    let sandbox = Sandbox::start().await;
    let http = Client::new();
    let url = |path: &str| format!("http://{}{path}", sandbox.running.v3);
    let post = async |path: &str, body: Value| -> (u16, Value) {
        let answer = http.post(url(path)).body(body.to_string()).send().await.unwrap();
        let status = answer.status().as_u16();
        (status, serde_json::from_str(&answer.text().await.unwrap()).unwrap())
    };
    let (status, told) = post("/sms", json!({ "to": "13800000002", "text": "renew it" })).await;
    assert_eq!((status, told), (200, json!({ "id": "sms-1" })));
    assert_eq!(post("/sms", json!({ "to": "13800000002" })).await.0, 400);

    let get = async |path: &str| -> Value {
        serde_json::from_str(&http.get(url(path)).send().await.unwrap().text().await.unwrap()).unwrap()
    };
    let asked = "/cgi-bin/token?grant_type=client_credential&secret=s&appid=";
    assert_eq!(get(&format!("{asked}wx9")).await["errcode"], 40013);
    let token = get(&format!("{asked}wx0000000000000002")).await;
    assert_eq!(token["expires_in"], 7200);
    let send =
        format!("/cgi-bin/message/template/send?access_token={}", token["access_token"].as_str().unwrap());
    let message =
        json!({ "touser": "openid", "template_id": "T", "data": { "first": { "value": "60 days" } } });
    assert_eq!(post(&send, message.clone()).await.1["errcode"], 0);
    sandbox.advance("PT4H").await;
    assert_eq!(post(&send, message).await.1["errcode"], 40001, "a token lasts two hours");

    let messages = sandbox.get("/control/messages").await.body;
    let told: Vec<&str> = messages["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|message| message["text"].as_str().unwrap())
        .collect();
    assert_eq!(told, ["renew it", "first: 60 days"]);
}
