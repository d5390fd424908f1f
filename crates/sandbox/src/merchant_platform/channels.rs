//! The ways to people that a certificate watch uses, as the sandbox plays them: an SMS gateway and the Official Account's
//! template messages. What is sent arrives on the sandbox phone.
//!
//! ```text
//! POST /sms                                    {"to": "13800000001", "text": "…"}      → {"id": "sms-7"}
//! GET  /cgi-bin/token?grant_type=client_credential&appid=…&secret=…                   → {"access_token", "expires_in"}
//! POST /cgi-bin/message/template/send?access_token=…  {"touser", "template_id", "data"} → {"errcode": 0, "errmsg", "msgid"}
//! ```
//!
//! The gateway has the simplest form that one can have. The Official Account answers every mistake with status 200 and an
//! `errcode`, as WeChat does. Source: [official-account].

use std::collections::BTreeMap;

use form_urlencoded::parse;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::messages::{Channel, NewMessage, Origin};
use super::response;
use crate::reply::Reply;
use crate::scene::{Arrived, Scene};
use crate::stage::Stage;

const SMS: &str = "/sms";
const TOKEN: &str = "/cgi-bin/token";
const TEMPLATE: &str = "/cgi-bin/message/template/send";

/// How long an access token lasts, in seconds. Source: [official-account].
const TOKEN_LIFE_S: i64 = 7200;

/// Whether there is something at this path.
pub(crate) fn serves(path: &str) -> bool {
    [SMS, TOKEN, TEMPLATE].contains(&path)
}

/// What is answered there.
pub(crate) fn answer(stage: &Stage, arrived: &Arrived) -> Reply {
    let (path, query) = arrived.target.split_once('?').unwrap_or((&arrived.target, ""));
    let query: BTreeMap<String, String> = parse(query.as_bytes()).into_owned().collect();
    let asked = |name: &str| query.get(name).map(String::as_str).unwrap_or_default();
    match (arrived.method.as_str(), path) {
        ("POST", SMS) => sms(stage, &arrived.body),
        ("GET", TOKEN) => stage
            .quietly(|scene, now| token(scene, asked("grant_type"), asked("appid"), asked("secret"), now)),
        ("POST", TEMPLATE) => template(stage, asked("access_token"), &arrived.body),
        _ => told(405, &json!({ "error": "this path takes another method" })),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sms {
    to: String,
    text: String,
}

fn sms(stage: &Stage, body: &[u8]) -> Reply {
    match serde_json::from_slice::<Sms>(body) {
        Ok(Sms { to, text }) if !to.trim().is_empty() && !text.trim().is_empty() => {
            let n = arrive(stage, Channel::Sms, to, None, text);
            told(200, &json!({ "id": format!("sms-{n}") }))
        }
        Ok(_) => told(400, &json!({ "error": "`to` and `text` must not be empty" })),
        Err(error) => told(400, &json!({ "error": error.to_string() })),
    }
}

fn token(scene: &Scene, grant_type: &str, appid: &str, secret: &str, now: Timestamp) -> Reply {
    let is_known = scene.platform.world().merchants.iter().any(|merchant| merchant.appid.as_str() == appid);
    if grant_type != "client_credential" {
        return wrong(40002, "invalid grant_type");
    }
    if !is_known {
        return wrong(40013, "invalid appid");
    }
    if secret.is_empty() {
        return wrong(41004, "appsecret missing");
    }
    told(200, &json!({ "access_token": token_at(scene, appid, period(now)), "expires_in": TOKEN_LIFE_S }))
}

/// Tokens are a function of the app and the period of two hours, so that none needs to be remembered.
fn token_at(scene: &Scene, appid: &str, period: i64) -> String {
    let chance = scene.chance();
    let n = u64::try_from(period).unwrap_or_default();
    (0..4)
        .map(|part| format!("{:016x}", chance.draw("access token", &format!("{appid}/{part}"), n)))
        .collect()
}

fn period(now: Timestamp) -> i64 {
    now.as_second().div_euclid(TOKEN_LIFE_S)
}

/// A token lasts for two hours at least, so the one of the period before still holds.
fn is_token(scene: &Scene, token: &str, now: Timestamp) -> bool {
    let apps = scene.platform.world().merchants.iter().map(|merchant| merchant.appid.as_str());
    let mut tokens = apps.flat_map(|appid| [0, 1].map(|before| token_at(scene, appid, period(now) - before)));
    tokens.any(|known| known == token)
}

#[derive(Deserialize)]
struct TemplateMessage {
    touser: String,
    template_id: String,
    #[serde(default)]
    url: Option<String>,
    data: BTreeMap<String, TemplateValue>,
}

#[derive(Deserialize)]
struct TemplateValue {
    value: String,
}

fn template(stage: &Stage, access_token: &str, body: &[u8]) -> Reply {
    if access_token.is_empty() {
        return wrong(41001, "access_token missing");
    }
    if !stage.quietly(|scene, now| is_token(scene, access_token, now)) {
        return wrong(40001, "invalid credential, access_token is invalid or not latest");
    }
    let Ok(message) = serde_json::from_slice::<TemplateMessage>(body) else {
        return wrong(47001, "data format error");
    };
    if message.touser.trim().is_empty() {
        return wrong(40003, "invalid openid");
    }
    if message.template_id.trim().is_empty() {
        return wrong(40037, "invalid template_id");
    }
    let lines = message.data.iter().map(|(name, field)| format!("{name}: {}", field.value));
    let text: Vec<String> = lines.chain(message.url).collect();
    let n =
        arrive(stage, Channel::OfficialAccount, message.touser, Some(message.template_id), text.join("\n"));
    told(200, &json!({ "errcode": 0, "errmsg": "ok", "msgid": n }))
}

fn arrive(stage: &Stage, channel: Channel, to: String, subject: Option<String>, text: String) -> u64 {
    stage.quietly(|scene, now: Timestamp| {
        let (origin, mchid) = (Origin::Caller, None);
        scene.office.messages.add(NewMessage { at: now, channel, origin, mchid, to, subject, text })
    })
}

fn wrong(errcode: u32, errmsg: &str) -> Reply {
    told(200, &json!({ "errcode": errcode, "errmsg": errmsg }))
}

fn told(status: u16, body: &Value) -> Reply {
    response::reply(status, "application/json; charset=utf-8", body.to_string().into_bytes())
}
