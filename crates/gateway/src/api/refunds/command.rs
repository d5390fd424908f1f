//! `POST /v1/refunds/{id}/cancel`, `/retry`, `/check` and `/settle`: what can be asked of a refund.
//!
//! The command is stored, and the owner decides on it; the answer shows the refund after a moment for that decision. Whether a
//! command can still do anything is said at once.

use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;
use refunds::intake::Command;
use refunds::permit::{Permit, permit};
use refunds::refund::{Why, Withdrawal};
use store::Store as _;
use utoipa::ToSchema;
use wechatpay::ids::SubMchid;

use super::find::find;
use super::view::RefundView;
use super::{hold, show};
use crate::admin::trail::{self, Act};
use crate::api::access::{Caller, Scope};
use crate::api::passage::Passage;
use crate::api::problem::{Code, Problem};
use crate::api::request::body::JsonBytes;
use crate::api::request::fields::Fields;
use crate::api::request::language::Language;
use crate::api::request::parameters::Parameters;
use crate::api::request::path::Named;
use crate::api::state::Api;
use crate::clock::kept;

/// How long the answer waits for the owner's decision.
const DECISION: Duration = Duration::from_secs(1);

/// The longest note, in characters.
const LONGEST_NOTE: usize = 200;

/// Cancel a refund
///
/// Possible until WeChat Pay has taken it. A refund that was never attempted is cancelled at once; otherwise it is withdrawn:
/// nothing more is sent, and it ends `cancelled` once it is proven that nothing was taken, or goes on if something was.
#[utoipa::path(
    post, path = "/v1/refunds/{id}/cancel", operation_id = "cancel_refund", tag = "refunds",
    params(
        ("id" = String, Path, description = "`rf.…`, or your `out_refund_no`.", example = "R1"),
        ("sub_mchid" = Option<String>, Query, description = "Whose, if several sub-merchants have this number."),
    ),
    responses(
        (status = 202, description = "The refund as it is then.", body = RefundView),
        (status = 200, description = "It was cancelled before.", body = RefundView),
    ),
    security(("key" = ["refunds:write"])),
)]
pub async fn cancel(
    State(api): State<Api>,
    passage: Passage,
    caller: Caller,
    Named(named): Named,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    caller.require_for_named(Scope::RefundsWrite)?;
    let by = if caller.is_operator() { Withdrawal::Operator } else { Withdrawal::Tenant };
    give(&api, &passage, &caller, (&named, &uri), &headers, Command::Cancel(by), None).await
}

/// Retry a refund
///
/// Plans it now, within every limit of WeChat Pay.
#[utoipa::path(
    post, path = "/v1/refunds/{id}/retry", operation_id = "retry_refund", tag = "refunds",
    params(
        ("id" = String, Path, description = "`rf.…`, or your `out_refund_no`.", example = "R1"),
        ("sub_mchid" = Option<String>, Query, description = "Whose, if several sub-merchants have this number."),
    ),
    responses((status = 202, description = "The refund as it is then.", body = RefundView)),
    security(("key" = ["refunds:operate"])),
)]
pub async fn retry(
    State(api): State<Api>,
    passage: Passage,
    caller: Caller,
    Named(named): Named,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    caller.require_for_named(Scope::RefundsOperate)?;
    give(&api, &passage, &caller, (&named, &uri), &headers, Command::Retry, None).await
}

/// Check a refund
///
/// Asks WeChat Pay about it now; once in ten seconds.
#[utoipa::path(
    post, path = "/v1/refunds/{id}/check", operation_id = "check_refund", tag = "refunds",
    params(
        ("id" = String, Path, description = "`rf.…`, or your `out_refund_no`.", example = "R1"),
        ("sub_mchid" = Option<String>, Query, description = "Whose, if several sub-merchants have this number."),
    ),
    responses((status = 202, description = "The refund as it is then.", body = RefundView)),
    security(("key" = ["refunds:write"])),
)]
pub async fn check(
    State(api): State<Api>,
    passage: Passage,
    caller: Caller,
    Named(named): Named,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    caller.require_for_named(Scope::RefundsWrite)?;
    give(&api, &passage, &caller, (&named, &uri), &headers, Command::Check, None).await
}

/// How a refund was settled.
#[derive(Debug, ToSchema)]
#[schema(as = Settlement, example = json!({"note": "paid in cash on 8 May, receipt 4711"}))]
pub struct Settlement {
    /// How the payer was paid, in one line of 1 to 200 characters. It is kept in the audit trail of the merchant id.
    #[schema(min_length = 1, max_length = 200)]
    pub note: String,
}

/// Settle a refund by hand
///
/// For one whose money went to the merchant's own account (`back_at_shop`): says that the payer has been paid outside of WeChat Pay.
/// It then counts as `succeeded`, and its amount of the order stays used up.
#[utoipa::path(
    post, path = "/v1/refunds/{id}/settle", operation_id = "settle_refund", tag = "refunds",
    params(
        ("id" = String, Path, description = "`rf.…`, or your `out_refund_no`.", example = "R1"),
        ("sub_mchid" = Option<String>, Query, description = "Whose, if several sub-merchants have this number."),
    ),
    request_body = Settlement,
    responses(
        (status = 202, description = "The refund as it is then.", body = RefundView),
        (status = 200, description = "It was settled before, and keeps the note of then.", body = RefundView),
    ),
    security(("key" = ["refunds:operate"])),
)]
pub async fn settle(
    State(api): State<Api>,
    passage: Passage,
    caller: Caller,
    Named(named): Named,
    uri: Uri,
    headers: HeaderMap,
    JsonBytes(bytes): JsonBytes,
) -> Result<Response, Problem> {
    caller.require_for_named(Scope::RefundsOperate)?;
    let note = Fields::read(&bytes, &["note"])?.required("note", note)?;
    give(&api, &passage, &caller, (&named, &uri), &headers, Command::Settle, Some(&note)).await
}

/// One line that a person can read in the audit trail.
fn note(text: &str) -> Result<String, &'static str> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > LONGEST_NOTE || text.chars().any(char::is_control) {
        return Err("is not one line of 1 to 200 characters");
    }
    Ok(text.to_owned())
}

async fn give(
    api: &Api,
    passage: &Passage,
    caller: &Caller,
    (named, uri): (&str, &Uri),
    headers: &HeaderMap,
    command: Command,
    note: Option<&str>,
) -> Result<Response, Problem> {
    let gateway = &api.gateway;
    let parameters = Parameters::read(uri, &["sub_mchid"])?;
    let refund = find(gateway, caller, named, parameters.optional("sub_mchid", SubMchid::parse)?).await?;
    let mchid = refund.identity.mchid.clone();
    let merchant = gateway.store.merchant_state(&mchid).await?;
    let now = kept(gateway.clock.now());
    let permit = permit(&refund, command, &merchant, now);
    let status = match (permit, command) {
        (Permit::Already, Command::Cancel(_) | Command::Settle) => StatusCode::OK,
        _ => StatusCode::ACCEPTED,
    };
    refuse(permit, command)?;

    let mut refund = refund;
    if command == Command::Check {
        api.checks.begin(&refund.key).map_err(too_soon)?;
    }
    if permit == Permit::Granted {
        let decided = gateway.owners.decided(&mchid);
        if let Some(note) = note {
            // First, because it stands nowhere else: a refund is never settled without it.
            let (actor, detail) = (caller.actor(), format!("{}: {note}", refund.key));
            trail::record(gateway, &mchid, Act { actor: &actor, action: "refund.settle", detail: &detail })
                .await?;
        }
        gateway.store.command(&mchid, &refund.key, command, now).await?;
        gateway.owners.hint(&mchid);
        hold::until_decided(passage, decided, &refund.key, DECISION).await;
        refund = gateway.store.refund(&refund.key).await?.unwrap_or(refund);
    }
    let language = Language::preferred(headers);
    let view = show::one(gateway, &refund, language).await?;
    Ok(show::answer(status, &view, language))
}

/// The problem of a command that cannot do anything now.
fn refuse(permit: Permit, command: Command) -> Result<(), Problem> {
    let not_any_more = match command {
        Command::Cancel(_) => Code::RefundNotCancellable,
        Command::Retry => Code::RefundNotRetryable,
        Command::Check => Code::NothingToCheck,
        Command::Settle => Code::NothingToSettle,
    };
    Err(match permit {
        Permit::Granted | Permit::Already => return Ok(()),
        Permit::NotAnyMore => Problem::new(not_any_more),
        Permit::NotBefore(at) => Problem::new(Code::RetryTooEarly)
            .detail(format!("It goes by itself at {at}."))
            .with("not_before", at.to_string()),
        Permit::NotWhile(why) => Problem::new(Code::MerchantHeld).detail(match why {
            Why::Paused => "The operator has paused the merchant id.",
            Why::Restored => "The gateway was restored from a backup and asks about every open refund and the recent orders first.",
            Why::Halt | Why::Funds | Why::Plan | Why::Rate | Why::Spacing => {
                "WeChat Pay does not take requests of the merchant id; its set-up must be mended."
            }
        }),
        Permit::AskFirst => Problem::new(Code::RefundNotRetryable)
            .detail("Nobody knows yet whether WeChat Pay took the last attempt; the same number goes again by itself."),
        Permit::NothingSent => Problem::new(Code::NothingToCheck),
    })
}

fn too_soon(left: Duration) -> Problem {
    // Whole seconds, up: earlier would be too soon again.
    let seconds = left.as_secs() + u64::from(left.subsec_nanos() > 0);
    Problem::new(Code::CheckTooSoon).retry_after(seconds)
}
