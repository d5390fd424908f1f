//! Inspect: what a file or a pasted text is. Source: [api-certificate], the parsing tool.

use std::sync::Arc;

use axum::extract::State;
use axum::extract::multipart::{Field, Multipart, MultipartRejection};
use axum::http::StatusCode;
use certs::inspection::{self, Report, Subject};
use certs::lifecycle::{Policy, china};
use certs::serial::SerialNumber;
use jiff::Timestamp;
use maud::{Markup, html};
use zeroize::Zeroizing;

use super::closed;
use crate::wizard::desk::{Desk, is_same};
use crate::wizard::frame::{STEP, StepForm, View, wrong};
use crate::wizard::response::Response;
use crate::wizard::visit::{FORM_TOKEN, MOST_BYTES, may_hold_a_key};
use crate::wizard::words::{Mistake, report as words};

/// What was sent.
#[derive(Default)]
struct Sent {
    form_token: String,
    text: Zeroizing<String>,
    password: Zeroizing<String>,
    file_name: String,
    file: Zeroizing<Vec<u8>>,
}

/// The page.
pub(in crate::wizard) async fn show(State(desk): State<Arc<Desk>>, view: View) -> Response {
    let draft = desk.take_draft(&view.place);
    page(&view, StatusCode::OK, draft.get("text"), None, &html! {})
}

/// Inspect.
pub(in crate::wizard) async fn inspect(
    State(desk): State<Arc<Desk>>,
    view: View,
    parts: Result<Multipart, MultipartRejection>,
) -> Response {
    let sent = match parts {
        Ok(parts) => read(parts).await,
        Err(_) => None,
    };
    let Some(sent) = sent else { return closed::too_large(&view) };
    if !is_same(&sent.form_token, &desk.form_token) {
        return closed::from_elsewhere(&view);
    }
    let is_pasted = sent.file.is_empty();
    let pasted_name = view.say("pasted text", "粘贴的内容");
    let now = desk.clock.now();
    let passwords: Vec<&str> = [sent.password.as_str()].into_iter().filter(|one| !one.is_empty()).collect();
    let subject = Subject {
        file: if is_pasted { pasted_name } else { &sent.file_name },
        bytes: if is_pasted { sent.text.as_bytes() } else { &sent.file },
        passwords: &passwords,
        policy: &Policy::classic(),
        now,
    };
    let typed = if may_hold_a_key(&sent.text) { "" } else { sent.text.as_str() };
    match inspection::inspect(&subject) {
        Ok(report) => page(&view, StatusCode::OK, typed, None, &told(&view, &report, now)),
        Err(error) => {
            let mistake = Mistake::of_material(&view, &error);
            page(&view, StatusCode::UNPROCESSABLE_ENTITY, typed, Some(&mistake), &html! {})
        }
    }
}

/// The fields; `None` if they are too large or no form at all.
async fn read(mut parts: Multipart) -> Option<Sent> {
    let mut sent = Sent::default();
    let mut left = MOST_BYTES;
    while let Some(field) = parts.next_field().await.ok()? {
        let name = field.name().unwrap_or_default().to_owned();
        let file_name = field.file_name().unwrap_or_default().to_owned();
        let bytes = bytes(field, &mut left).await?;
        let text = || Zeroizing::new(String::from_utf8_lossy(&bytes).into_owned());
        match name.as_str() {
            FORM_TOKEN => sent.form_token = text().to_string(),
            "text" => sent.text = text(),
            "password" => sent.password = text(),
            "file" => (sent.file_name, sent.file) = (file_name, bytes),
            _ => {}
        }
    }
    Some(sent)
}

async fn bytes(mut field: Field<'_>, left: &mut usize) -> Option<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(Vec::new());
    while let Some(chunk) = field.chunk().await.ok()? {
        *left = left.checked_sub(chunk.len())?;
        bytes.extend_from_slice(&chunk);
    }
    Some(bytes)
}

fn page(
    view: &View,
    status: StatusCode,
    typed: &str,
    mistake: Option<&Mistake>,
    report: &Markup,
) -> Response {
    let title = view.say("Inspect", "解析证书");
    let invalid = mistake.map(|_| "true");
    let body = html! {
        h1 { (title) }
        (report)
        form id=(STEP) .card method="post" action=(view.at("/inspect")) enctype="multipart/form-data" novalidate {
            (view.token())
            p {
                (view.say("Certificate, request string, private key, PKCS#12 or PKCS#7: what it is, by what evidence, how long it is valid and what is due. Nothing leaves this computer.",
                    "证书、请求串、私钥、PKCS#12 或 PKCS#7：是什么、依据是什么、有效期以及需要做什么。内容不会离开本机。"))
            }
            label for="file" { (view.say("File", "文件")) }
            input #file name="file" type="file" aria-invalid=[invalid] aria-describedby="inspect-wrong";
            label for="text" { (view.say("Or its text", "或粘贴内容")) }
            textarea #text name="text" rows="8" spellcheck="false" autocomplete="off" aria-invalid=[invalid] aria-describedby="inspect-wrong" { (typed) }
            (wrong("inspect-wrong", mistake))
            div.actions {
                button #paste-text .second type="button" data-paste="text" aria-describedby="pasted-text" hidden { (view.say("Paste", "粘贴")) }
                span #pasted-text .hint role="status" {}
            }
            label for="password" { (view.say("Password of a PKCS#12 file or an encrypted key", "PKCS#12 文件或加密私钥的密码")) }
            input #password name="password" type="password" autocomplete="off" aria-describedby="password-hint";
            p #password-hint .hint { (view.say("Of a PKCS#12 file it is usually the merchant id.", "PKCS#12 文件的密码通常为商户号。")) }
            div.actions { button #inspect { (title) } }
        }
    };
    view.page(status, title, StepForm::There, &body)
}

fn told(view: &View, report: &Report, now: Timestamp) -> Markup {
    html! {
        section #report .card aria-labelledby="report-title" {
            h2 #report-title { (report.file) }
            p.hint #report-kind { (words::format(view, report.format)) ", " (words::kind(view, report.kind)) }
            @for warning in &report.warnings { p.alert.soon role="note" { (words::warning(view, *warning)) } }
            dl {
                @if let Some(class) = report.classification {
                    (row(view.say("Kind", "类型"), &html! { span #report-class data-class=(class.name()) { (words::class(view, class)) } }))
                }
                (text(view.say("Merchant id", "商户号"), report.merchant_id.as_deref()))
                (text(view.say("Merchant name", "商户名称"), report.merchant_name.as_deref()))
                (serial(view, report))
                (validity(view, report, now))
                (life(view, report))
                (text(view.say("Subject", "主体"), report.subject.as_deref()))
                (text(view.say("Issuer", "颁发者"), report.issuer.as_deref()))
                (text(view.say("Key", "密钥"), report.key.as_deref()))
                (text(view.say("Signed with", "签名算法"), report.signature_algorithm.as_deref()))
                @if let Some(matches) = report.key_matches {
                    (row(view.say("Key in the file", "文件中的私钥"), &html! {
                        @if matches { (view.say("belongs to the certificate", "与证书匹配")) }
                        @else { (view.say("does not belong to the certificate", "与证书不匹配")) }
                    }))
                }
                (text(view.say("Published as", "官方文件"), report.published_chain))
            }
            @if !report.evidence.is_empty() {
                h3 { (view.say("Evidence", "判断依据")) }
                ul.evidence {
                    @for each in &report.evidence {
                        li { strong { (if each.holds { view.say("yes", "是") } else { view.say("no", "否") }) } " " (words::criterion(view, each.criterion)) }
                    }
                }
            }
            details {
                summary { (view.say("Everything else", "其他信息")) }
                dl {
                    (number("SHA-256", report.sha256_der.as_deref()))
                    (number("SHA-1", report.sha1_der.as_deref()))
                    (number("MD5", report.md5_der.as_deref()))
                    (number("SPKI SHA-256", report.spki_sha256.as_deref()))
                    (number(view.say("File's SHA-256", "文件 SHA-256"), Some(&report.sha256_file)))
                    @for extension in &report.extensions {
                        dt { (extension.name) @if extension.critical { " (critical)" } }
                        dd { (extension.value) }
                    }
                    @for other in &report.others {
                        dt { (view.say("Also in it", "文件中还有")) }
                        dd { (other.subject) ", " span.number { (other.serial_hex) } ", " (words::class(view, other.classification)) }
                    }
                }
            }
        }
    }
}

fn row(name: &str, value: &Markup) -> Markup {
    html! { dt { (name) } dd { (value) } }
}

fn text(name: &str, value: Option<&str>) -> Markup {
    html! { @if let Some(value) = value { (row(name, &html! { (value) })) } }
}

fn number(name: &str, value: Option<&str>) -> Markup {
    html! { @if let Some(value) = value { (row(name, &html! { span.number { (value) } })) } }
}

/// The serial number as printed, and in decimal as some tools print it.
fn serial(view: &View, report: &Report) -> Markup {
    let serial = report.serial_hex.as_deref().and_then(|hex| SerialNumber::parse(hex).ok());
    let Some(serial) = serial else { return html! {} };
    html! {
        dt { (view.say("Serial number", "证书序列号")) }
        dd { span.number #report-serial { (serial.hex()) } br; span.hint { (view.say("decimal ", "十进制 ")) span.number { (serial.decimal()) } } }
    }
}

fn validity(view: &View, report: &Report, now: Timestamp) -> Markup {
    let instant = |text: &Option<String>| text.as_ref().and_then(|text| text.parse::<Timestamp>().ok());
    let (Some(from), Some(through)) = (instant(&report.not_before), instant(&report.not_after)) else {
        return html! {};
    };
    let days = through.duration_since(now).as_hours().div_euclid(24);
    html! {
        dt { (view.say("Valid", "有效期")) }
        dd {
            (china::text(from)) " – " (china::text(through)) " (UTC+8)" br;
            span.hint {
                (from) " – " (through) " · "
                @if days >= 0 { (view.tell(format!("{days} days left"), format!("剩余 {days} 天"))) }
                @else { (view.tell(format!("expired {} days ago", -days), format!("已过期 {} 天", -days))) }
            }
        }
    }
}

/// Where it stands, what may be done and which notices are due.
fn life(view: &View, report: &Report) -> Markup {
    let Some(standing) = &report.lifecycle else { return html! {} };
    let listed = |texts: Vec<String>| match texts.is_empty() {
        true => view.say("nothing", "无").to_owned(),
        false => texts.join(view.say(", ", "、")),
    };
    let allowed = standing.allowed.iter().map(|action| words::action(view, action)).collect();
    let due = standing.due.iter().map(|notice| words::notice(view, notice)).collect();
    html! {
        dt { (view.say("State", "状态")) }
        dd #report-state { (words::state(view, &standing.state)) }
        dt { (view.say("Allowed now", "当前可进行")) }
        dd { (listed(allowed)) }
        dt { (view.say("Notice due", "应发提醒")) }
        dd { (listed(due)) }
    }
}
