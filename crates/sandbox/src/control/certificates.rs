//! `/control/certificates`: acting as a merchant at the Merchant Platform, without a browser.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use certs::lifecycle::{Action, Guards, IssuedBy, Policy, Profile};
use jiff::Timestamp;
use platform::world::Merchant;
use serde::Deserialize;
use serde_json::{Value, json};
use wechatpay::ids::Mchid;
use wechatpay::keys::KeyName;

use super::named::Named;
use super::problem::{Problem, read};
use crate::authority::{self, Holder};
use crate::credentials;
use crate::merchant_platform::register::{Kept, Life, Register};
use crate::merchant_platform::request_string;
use crate::merchant_platform::steps::{self, Done, NewKey, Step, StepRefused};
use crate::stage::Stage;

/// What is to be otherwise: rules or numbers, and what a renewal certifies.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WantedRules {
    /// One of the platform's two sets of rules.
    rules: Option<Profile>,
    /// Whether a renewal certifies a new key.
    renewal_takes_new_key: Option<bool>,
    /// Other numbers.
    policy: Option<Policy>,
}

/// A first certificate, or one more.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WantedCertificate {
    /// By whom; by the CA if left out.
    #[serde(default = "by_the_ca")]
    kind: IssuedBy,
    /// What the certificate tool made; for the CA's only.
    request_string: Option<String>,
}

fn by_the_ca() -> IssuedBy {
    IssuedBy::Ca
}

/// What belongs to a step with a certificate.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct WantedStep {
    request_string: Option<String>,
    /// Whether the super administrator's computer has the operating certificate; it does if left out.
    operating_certificate: Option<bool>,
}

/// All certificates, and the rules by which they live.
pub(super) async fn list(State(stage): State<Arc<Stage>>) -> Json<Value> {
    stage.quietly(|scene, now| {
        let register = scene.keyring.register();
        let merchants = scene.platform.world().merchants.iter();
        let merchants: Vec<Value> =
            merchants.map(|merchant| of_merchant(register, &merchant.mchid, now)).collect();
        Json(json!({
            "rules": register.policy.profile,
            "policy": register.policy,
            "renewal_takes_new_key": register.renewal_takes_new_key,
            "merchants": merchants,
        }))
    })
}

/// Chooses the rules; certificates that were issued keep their dates.
pub(super) async fn choose_rules(
    State(stage): State<Arc<Stage>>,
    body: Bytes,
) -> Result<Json<Value>, Problem> {
    let WantedRules { rules, policy, renewal_takes_new_key } = read(&body)?;
    let policy = match (rules, policy) {
        (Some(rules), None) => Some(Policy::of(rules)),
        (None, Some(policy)) => Some(policy),
        (None, None) if renewal_takes_new_key.is_some() => None,
        _ => {
            return Err(Problem::invalid(
                "give `renewal_takes_new_key`, or one of `rules` and `policy`, or both",
            ));
        }
    };
    Ok(stage.with(|scene, _| {
        let register = scene.keyring.register_mut();
        register.policy = policy.unwrap_or_else(|| register.policy.clone());
        register.renewal_takes_new_key = renewal_takes_new_key.unwrap_or(register.renewal_takes_new_key);
        Json(json!({
            "rules": register.policy.profile,
            "policy": register.policy,
            "renewal_takes_new_key": register.renewal_takes_new_key,
        }))
    }))
}

/// A merchant's certificates, oldest first.
pub(super) async fn show(
    State(stage): State<Arc<Stage>>,
    Named(mchid): Named<String>,
) -> Result<Json<Value>, Problem> {
    let merchant = merchant(&stage, &mchid)?;
    Ok(stage.quietly(|scene, now| Json(of_merchant(scene.keyring.register(), &merchant.mchid, now))))
}

/// The merchant stands as one that never applied for a certificate.
pub(super) async fn forget(
    State(stage): State<Arc<Stage>>,
    Named(mchid): Named<String>,
) -> Result<StatusCode, Problem> {
    let merchant = merchant(&stage, &mchid)?;
    stage.with(|scene, _| scene.keyring.register_mut().forget(&merchant.mchid));
    Ok(StatusCode::NO_CONTENT)
}

/// The merchant applies for a certificate, as by Request Certificate or Download; if it has one that is living, for another.
pub(super) async fn apply(
    State(stage): State<Arc<Stage>>,
    Named(mchid): Named<String>,
    body: Bytes,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let WantedCertificate { kind, request_string } = read(&body)?;
    let merchant = merchant(&stage, &mchid)?;
    let work = tokio::task::spawn_blocking(move || {
        let company = merchant.company();
        let holder = Holder { mchid: &merchant.mchid, company_name: &company };
        let key = match (kind, &request_string) {
            (IssuedBy::Ca, Some(text)) => key_in(text, holder)?,
            (IssuedBy::Ca, None) => return Err(refused(StepRefused::NoRequestString)),
            (IssuedBy::Wxpay, None) => made_key(&stage)?,
            (IssuedBy::Wxpay, Some(_)) => {
                return Err(Problem::invalid(
                    "`request_string` belongs to kind `ca`; WeChat Pay makes the other kind's key",
                ));
            }
        };
        let key = NewKey { spki: &key, issued_by: kind };
        let kept = stage.with(|scene, now| {
            let register = scene.keyring.register_mut();
            let is_more =
                register.others_living(holder.mchid, None, now) > 0 && register.policy.concurrent > 1;
            let action = if is_more { Action::ApplyForAnother } else { Action::SubmitRequest };
            let step = Step { action, serial: None, guards: Guards::satisfied(0), key: Some(key) };
            steps::take(register, &stage.issuers, holder, &step, now)
        });
        let told = told(&stage, holder.mchid, kept.map_err(refused)?)?;
        Ok((StatusCode::CREATED, Json(told)))
    });
    work.await.map_err(Problem::internal)?
}

/// A step with the certificate that has this serial number: `renew`, `upgrade-expired`, `change`, `upgrade-kind`, `void`,
/// `restore`.
pub(super) async fn step(
    State(stage): State<Arc<Stage>>,
    Named((mchid, serial, name)): Named<(String, String, String)>,
    body: Bytes,
) -> Result<Json<Value>, Problem> {
    let WantedStep { request_string, operating_certificate } =
        if body.is_empty() { WantedStep::default() } else { read(&body)? };
    let merchant = merchant(&stage, &mchid)?;
    let serial = KeyName::parse(&serial).map_err(Problem::invalid)?;
    let action = Action::ALL.into_iter().find(|action| action.name() == name);
    let action =
        action.ok_or_else(|| Problem::not_found(format!("there is no step {name:?} with a certificate")))?;
    let work = tokio::task::spawn_blocking(move || {
        let company = merchant.company();
        let holder = Holder { mchid: &merchant.mchid, company_name: &company };
        let key = request_string.map(|text| key_in(&text, holder)).transpose()?;
        let key = key.as_deref().map(|spki| NewKey { spki, issued_by: IssuedBy::Ca });
        let operating_certificate = operating_certificate.unwrap_or(true);
        let guards = Guards { operating_certificate, ..Guards::satisfied(0) };
        let step = Step { action, serial: Some(&serial), guards, key };
        let done = stage
            .with(|scene, now| steps::take(scene.keyring.register_mut(), &stage.issuers, holder, &step, now));
        told(&stage, holder.mchid, done.map_err(refused)?).map(Json)
    });
    work.await.map_err(Problem::internal)?
}

fn merchant(stage: &Stage, mchid: &str) -> Result<Merchant, Problem> {
    let unknown = || Problem::not_found(format!("no merchant of this world has the number {mchid:?}"));
    let number = Mchid::parse(mchid).map_err(|_| unknown())?;
    stage.quietly(|scene, _| scene.platform.world().merchants.get(&number).cloned()).ok_or_else(unknown)
}

fn key_in(text: &str, holder: Holder<'_>) -> Result<Vec<u8>, Problem> {
    request_string::key_in(text, holder).map_err(|error| Problem::invalid(format!("request_string: {error}")))
}

/// A key that the platform makes, kept for the merchant's download.
fn made_key(stage: &Stage) -> Result<Vec<u8>, Problem> {
    let key = authority::new_key().map_err(Problem::internal)?;
    let spki = rcgen::PublicKeyData::subject_public_key_info(&key);
    let kept = credentials::keep_download_key(&stage.data, &spki, &authority::pem_of(&key));
    kept.map_err(Problem::internal)?;
    Ok(spki)
}

fn refused(refused: StepRefused) -> Problem {
    match refused {
        StepRefused::Rules(_) | StepRefused::RequestUsed { .. } => Problem::conflict(refused),
        StepRefused::NoSuchCertificate { .. } => Problem::not_found(refused),
        StepRefused::NoRequestString => Problem::invalid(refused),
        StepRefused::KeyNotKept(_) | StepRefused::NotIssued(_) => Problem::internal(refused),
    }
}

/// The merchant's certificates after a step, with the string of the one that was issued, and its key if the platform made it.
fn told(stage: &Stage, mchid: &Mchid, done: Done) -> Result<Value, Problem> {
    let mut told = stage.quietly(|scene, now| of_merchant(scene.keyring.register(), mchid, now));
    if let Done::Issued(Kept { pem, spki, certificate, .. }) = done {
        told["serial_no"] = json!(certificate.serial.as_str());
        told["certificate_string"] = json!(pem);
        if let Ok(key) = credentials::download_key(&stage.data, &spki) {
            told["private_key"] = json!(key);
        }
    }
    Ok(told)
}

fn of_merchant(register: &Register, mchid: &Mchid, now: Timestamp) -> Value {
    let certificates: Vec<Value> =
        register.of(mchid).iter().map(|life| of_life(register, life, now)).collect();
    json!({ "mchid": mchid.as_str(), "certificates": certificates })
}

fn of_life(register: &Register, life: &Life, now: Timestamp) -> Value {
    let record = &life.record;
    let serials: Vec<&str> = life.certificates().map(|kept| kept.certificate.serial.as_str()).collect();
    json!({
        "serial_no": record.serial,
        "kind": record.issued_by,
        "state": life.state(&register.policy, now).name(),
        "not_before": record.validity.not_before,
        "not_after": record.validity.not_after,
        "first_issued": record.first_issued,
        "serial_nos": serials,
        "certificate_string": life.newest().pem,
    })
}
