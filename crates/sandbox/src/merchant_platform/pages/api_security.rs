//! API Security: which certificates there are, and what can be done with each.

use certs::lifecycle::{self, Action, IssuedBy, Policy, State, allowed, china, next_change};
use jiff::Timestamp;
use maud::{Markup, html};

use crate::merchant_platform::counter::Guest;
use crate::merchant_platform::frame::{View, at};
use crate::merchant_platform::people::Person;
use crate::merchant_platform::register::Life;
use crate::merchant_platform::response::Response;
use crate::merchant_platform::words;
use crate::record::{Record, Verdict};

/// What the page shows of one certificate.
struct Row {
    record: lifecycle::Record,
    state: State,
    /// The next time at which the clock alone ends something for it.
    until: Option<Timestamp>,
    /// Calls that were let in with it on the China day before.
    calls_yesterday: usize,
    /// Those that the rules allow whoever has everything else.
    steps: Vec<Action>,
}

/// The page.
pub(in crate::merchant_platform) fn page(guest: &Guest<'_>, person: &Person) -> Response {
    let (view, now) = (&guest.view, guest.visit.now);
    let title = view.say("API Security", "API 安全");
    let (policy, rows) = guest.stage.quietly(|scene, now| {
        let register = scene.keyring.register();
        let row = |life: &Life| {
            let others_living = register.others_living(&person.mchid, Some(&life.record), now);
            let calls_yesterday = calls_yesterday(&scene.record, person, life, now);
            row(life, &register.policy, others_living, calls_yesterday, now)
        };
        // The latest first.
        let rows: Vec<Row> = register.of(&person.mchid).iter().rev().map(row).collect();
        (register.policy.clone(), rows)
    });
    let is_without = rows.iter().all(|row| matches!(row.state, State::Dead | State::Voided));
    let body = html! {
        ol.trail aria-label=(view.say("You are here", "当前位置")) {
            li { a href=(at("/account-center")) { (view.say("Account Center", "账户中心")) } }
            @if guest.visit.path.contains("account-setting") {
                li { a href=(at("/account-center/account-setting")) { (view.say("Account Setting", "账户设置")) } }
            }
            li { (title) }
        }
        h1 { (title) }
        @if let Some(done) = done(view, guest.visit.query.get("done")) { p #done .notice role="status" { (done) } }
        (merchant(view, person, &guest.company(person)))
        @if is_without { (without(view)) }
        @for row in &rows { (certificate(view, row, &policy, now)) }
        (rules_in_force(view, &policy))
    };
    Response::page(title, body)
}

fn row(life: &Life, policy: &Policy, others_living: usize, calls_yesterday: usize, now: Timestamp) -> Row {
    let mut steps = allowed(Some(&life.record), policy, others_living, now);
    // The tool's steps are not the platform's, and a first request has a place of its own.
    steps.retain(|step| !matches!(step, Action::Install | Action::ReportKeyLost | Action::SubmitRequest));
    let state = life.state(policy, now);
    let until = next_change(state, &life.record, policy).map(|(at, _)| at);
    Row { record: life.record.clone(), state, until, calls_yesterday, steps }
}

/// None on the old certificate's line says that its replacement is everywhere. Source: [certificate-rules].
fn calls_yesterday(record: &Record, person: &Person, life: &Life, now: Timestamp) -> usize {
    let today = china::date(now);
    let is_of_life = |serial: &str| {
        life.certificates().any(|kept| kept.certificate.serial.as_str().eq_ignore_ascii_case(serial))
    };
    record
        .entries()
        .rev()
        .take_while(|entry| china::date(entry.at).tomorrow().is_ok_and(|next| next >= today))
        .filter(|entry| china::date(entry.at) < today && entry.verdict == Verdict::Genuine)
        .filter(|entry| entry.caller.as_deref() == Some(person.mchid.as_str()))
        .filter(|entry| entry.serial_no.as_deref().is_some_and(is_of_life))
        .count()
}

/// Merchant id and name with one button that copies both, for the certificate tool. Source: [certificate-request].
pub(in crate::merchant_platform) fn merchant(view: &View, person: &Person, company: &str) -> Markup {
    html! {
        section .card aria-labelledby="merchant" {
            h2 #merchant { (view.say("Merchant", "商户信息")) }
            dl {
                dt { (view.say("Merchant id", "商户号")) }
                dd #merchant-id .number { (person.mchid.as_str()) }
                dt { (view.say("Merchant name", "商户名称")) }
                dd #merchant-name { (company) }
            }
            div.actions {
                button #copy-merchant .second type="button" data-copy="merchant-id merchant-name" aria-describedby="copied-merchant" hidden {
                    (view.say("Copy merchant id and name", "复制商户号和商户名称"))
                }
                span #copied-merchant .hint role="status" {}
            }
        }
    }
}

/// Both kinds with their buttons. Source: [api-certificate].
fn without(view: &View) -> Markup {
    html! {
        div.cards {
            section.card {
                h2 { (view.say("API certificate issued by CA", "API 证书（CA 颁发）")) }
                p.hint { (view.say("The key is made by the certificate tool and never leaves it.", "密钥由证书工具在本地生成。")) }
                div.actions {
                    a #request-certificate .button href=(at("/certificates/request")) { (view.say("Request Certificate", "申请证书")) }
                }
            }
            section.card {
                h2 { (view.say("API certificate issued by WeChat Pay", "API 证书（微信支付颁发）")) }
                p.hint { (view.say("Certificate and key are downloaded ready-made. V3 does not take this kind.", "证书和密钥直接下载。APIv3 不支持该类型。")) }
                div.actions {
                    a #download-certificate .button.second href=(at("/certificates/download")) { (view.say("Download", "下载证书")) }
                }
            }
        }
        p {}
    }
}

fn certificate(view: &View, row: &Row, policy: &Policy, now: Timestamp) -> Markup {
    let Row { record, state, until, calls_yesterday, steps } = row;
    let (word, mood) = words::state(view, *state);
    let kind = kind(view, record.issued_by);
    let days_left = record.validity.not_after.duration_since(now).as_hours().div_euclid(24);
    let is_usable = !matches!(state, State::Dead | State::Voided | State::ExpiredFinal);
    html! {
        section .card.certificate data-serial=(record.serial) data-state=(state.name()) {
            h2 { (kind) " " span class={ "state " (mood) } { (word) } }
            dl {
                dt { (view.say("Serial number", "证书序列号")) }
                dd.number { (record.serial) }
                dt { (view.say("Valid", "有效期")) }
                dd {
                    (china::text(record.validity.not_before)) " – " (china::text(record.validity.not_after))
                    @if days_left >= 0 && is_usable {
                        " " span.hint { (view.tell(format!("({days_left} days left)"), format!("（剩余 {days_left} 天）"))) }
                    }
                }
                dt { (view.say("First issued", "首次签发")) }
                dd { (china::text(record.first_issued)) }
                @if let (Some(name), Some(until)) = (last_chance(view, *state), until) {
                    dt { (name) }
                    dd { (china::text(*until)) }
                }
                dt { (view.say("Calls yesterday", "昨日调用次数")) }
                dd data-calls-yesterday { (calls_yesterday) }
            }
            div.actions {
                @if record.issued_by == IssuedBy::Wxpay && is_usable {
                    a .button data-step="download" href=(at(&format!("/certificates/{}/zip", record.serial))) { (view.say("Download", "下载证书")) }
                }
                @for step in steps {
                    a .button.second data-step=(step.name()) href=(at(&format!("/certificates/{}?serial={}", step.name(), record.serial))) {
                        (words::step(view, *step, policy.profile))
                    }
                }
                @if record.issued_by == IssuedBy::Ca && is_usable {
                    a data-step="string" href=(at(&format!("/certificates/{}/string", record.serial))) { (view.say("Certificate string", "查看证书串")) }
                }
            }
        }
    }
}

/// What ends with the next change of a state, where somebody should hurry.
fn last_chance(view: &View, state: State) -> Option<&'static str> {
    match state {
        State::SupersededByChange | State::SupersededByUpgrade => Some(view.say("Works until", "可用至")),
        State::Voided => Some(view.say("Can be restored until", "可恢复至")),
        State::ExpiredGrace => Some(view.say("Can be upgraded until", "可升级至")),
        State::Nothing
        | State::Requested
        | State::Active
        | State::Expiring
        | State::ExpiredFinal
        | State::Dead => None,
    }
}

pub(in crate::merchant_platform) fn kind(view: &View, issued_by: IssuedBy) -> &'static str {
    match issued_by {
        IssuedBy::Wxpay => view.say("API certificate issued by WeChat Pay", "API 证书（微信支付颁发）"),
        IssuedBy::Ca => view.say("API certificate issued by CA", "API 证书（CA 颁发）"),
    }
}

fn rules_in_force(view: &View, policy: &Policy) -> Markup {
    let (years, limit) = (policy.initial_years, policy.limit_years);
    html! {
        p #rules .hint {
            (view.tell(
                format!("Rules in force: {}. Years of a new certificate: {years}; years in all: {limit}.", policy.profile),
                format!("当前规则：{}。新证书有效期 {years} 年，累计最长 {limit} 年。", policy.profile),
            ))
        }
    }
}

fn done(view: &View, step: &str) -> Option<&'static str> {
    match step {
        "void" => Some(view.say(
            "The certificate is voided: calls with it fail from now on. It can be restored within 7 days.",
            "证书已作废，使用该证书的调用将立即失败。7 天内可恢复。",
        )),
        "restore" => Some(view.say("The certificate is restored.", "证书已恢复。")),
        "operating-certificate" => {
            Some(view.say("The operating certificate is installed.", "操作证书已安装。"))
        }
        _ => None,
    }
}
