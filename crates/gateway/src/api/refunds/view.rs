//! A refund as callers see it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use refunds::batch::{MerchantState, Restored};
use refunds::intake::Request;
use refunds::order::Order;
use refunds::outcome::Refusal;
use refunds::refund::{Acceptance, Attention, Reason, Refund, State, Toward, Why, Withdrawal};
use refunds::{confirm, status};
use serde::Serialize;
use utoipa::ToSchema;
use wechatpay::calendar::Calendar;
use wechatpay::china::ChinaDay;
use wechatpay::money::Money;

use super::explanation::{self, ExplanationView, ReleaseView, Told};
use super::next_action::next_as_planned;
use super::texts::{self, Standing};
use super::till;
use crate::api::request::language::Language;

/// A refund. Times are RFC 3339 in UTC; amounts are minor units.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Refund, example = json!({
    "id": "rf.1900000001.01JZ5C7E8M4Q2W9T6R3Y1K0XVB", "mchid": "1900000001", "sub_mchid": "1900000101",
    "out_refund_no": "R1", "upstream_out_refund_no": "1900000101_R1", "out_trade_no": "T1", "transaction_id": null,
    "amount": {"refund": 100, "total": 1000, "currency": "USD"}, "reason": null, "deadline": null, "notify_url": null,
    "metadata": null, "status": "waiting_for_funds", "state": "waiting",
    "waiting": {"why": "funds", "since": "2026-05-08T02:00:01Z",
        "text": "WeChat Pay said that the day's funds are too low. The same request goes again by itself."},
    "next_action": {"what": "submit", "at": "2026-05-08T03:00:09Z"}, "attempts": 1, "wechatpay": null, "refusal": null,
    "withdrawn_by": null, "attention": null,
    "release": {"from": "2026-05-08T04:10:00Z", "likely_by": "2026-05-08T05:00:00Z", "until": "2026-05-08T07:00:00Z",
        "probability": 0.9, "reason": null},
    "explanation": {"shortfall": "small", "chance_today": 0.981,
        "promise": {"made_at": "2026-05-08T02:00:01Z", "by": "2026-05-08T07:10:00Z"},
        "options": [{"what": "wait", "text": "Wait: it goes by itself, and nothing is lost by it."}],
        "missing_fen": 48_000, "before": {"count": 3, "fen": 12_000},
        "by_day": [{"china_day": "2026-05-08", "fits": 0.99, "left_by": 0.981}]},
    "expected_arrival": null,
    "texts": {"cashier": "Refund registered. It will be sent as soon as today's funds allow; no second request is needed.",
        "payer": "Your refund is registered. You need not do anything; WeChat Pay will notify you when the money arrives."},
    "till": {"outcome": "registered",
        "text": "Refund registered. It will be sent as soon as today's funds allow; no second request is needed.",
        "print_lines": ["WeChat Pay refund", "R1", "1.00 USD", "Refund registered. It will be"], "next_look_s": 3600},
    "created_at": "2026-05-08T02:00:00Z", "version": 3
}))]
pub struct RefundView {
    /// Our id, `rf.{mchid}.{26 characters}`.
    id: String,
    /// The merchant id.
    mchid: String,
    /// The sub-merchant; null for a directly connected merchant.
    sub_mchid: Option<String>,
    /// The tenant's number.
    out_refund_no: String,
    /// The number at WeChat Pay, for life.
    upstream_out_refund_no: String,
    /// The merchant's number of the order, if known.
    out_trade_no: Option<String>,
    /// WeChat Pay's number of the order, if known.
    transaction_id: Option<String>,
    /// What was asked for.
    amount: AmountView,
    /// What the payer reads.
    reason: Option<String>,
    /// When the tenant no longer wants it attempted.
    deadline: Option<String>,
    /// Where the tenant is told of this refund.
    notify_url: Option<String>,
    /// The tenant's own notes.
    metadata: Option<BTreeMap<String, String>>,
    /// Where it stands, in one word for tenants.
    #[schema(example = "waiting_for_funds")]
    status: &'static str,
    /// The state inside the gateway.
    #[schema(example = "waiting")]
    state: &'static str,
    /// Why it waits; null if it does not.
    waiting: Option<WaitingView>,
    /// What happens next by itself; null if nothing does.
    next_action: Option<NextActionView>,
    /// How many attempts were made.
    attempts: u32,
    /// What WeChat Pay said; null before it took the refund.
    wechatpay: Option<AcceptanceView>,
    /// Why it was refused for good.
    refusal: Option<RefusalView>,
    /// Who withdrew it: `tenant`, `operator` or `deadline`.
    withdrawn_by: Option<&'static str>,
    /// What a person should look at.
    attention: Option<AttentionView>,
    /// When it should leave.
    release: ReleaseView,
    /// Why it has not left yet and what could be done. Null if it does not wait, and in answers that show it among others or
    /// right after a command: `GET /v1/refunds/{id}` tells.
    explanation: Option<ExplanationView>,
    /// When the payer should have the money; null before acceptance and after the end.
    expected_arrival: Option<ArrivalView>,
    /// Sentences by `Accept-Language`.
    texts: TextsView,
    /// What a till shows.
    till: TillView,
    /// When it was taken in.
    created_at: String,
    /// Grows with every change.
    version: u64,
}

/// What is refunded of what.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RefundAmount)]
struct AmountView {
    /// To refund, in minor units.
    refund: i64,
    /// The order's amount, in minor units.
    total: i64,
    /// The order's price currency.
    currency: String,
}

/// An amount in another currency.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Money)]
struct MoneyView {
    /// In minor units.
    total: i64,
    /// ISO 4217.
    currency: String,
}

/// Why a refund waits.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Waiting)]
struct WaitingView {
    /// `funds`, `plan`, `rate`, `spacing`, `halt` or `paused`.
    why: &'static str,
    /// Since when, for this reason.
    since: String,
    /// In a sentence.
    text: &'static str,
}

/// What happens next.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NextAction)]
struct NextActionView {
    /// `submit`, `submit_again`, `ask` or `withdraw`.
    what: &'static str,
    /// When; null if as soon as possible, or when something happens: a payment, where payments are seen.
    at: Option<String>,
}

/// What WeChat Pay said of a refund it took.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Acceptance)]
struct AcceptanceView {
    /// WeChat Pay's number of the refund.
    refund_id: String,
    /// When it was taken.
    accepted_at: String,
    /// What the payer gets, if said.
    payer_refund: Option<MoneyView>,
    /// When the payer had the money, if said.
    succeeded_at: Option<String>,
    /// Where it went, in WeChat Pay's words.
    received_in: Option<String>,
}

/// Why a refund was refused for good.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Refusal)]
struct RefusalView {
    /// A code of the catalogue.
    code: String,
    /// What WeChat Pay said, or the catalogue's sentence.
    text: String,
}

/// What a person should look at.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Attention)]
struct AttentionView {
    /// Why, in a word.
    reason: &'static str,
    /// Since when.
    since: String,
    /// What can be done.
    options: &'static [&'static str],
}

/// When the payer should have the money.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Arrival)]
struct ArrivalView {
    /// At the latest.
    at: String,
    /// Whether the holidays of that year are known.
    is_certain: bool,
    /// In a sentence.
    text: String,
}

/// Sentences for people.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Texts)]
struct TextsView {
    /// For the person at the counter.
    cashier: &'static str,
    /// For the payer.
    payer: &'static str,
}

/// What a till shows and prints.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Till)]
struct TillView {
    /// `accepted`, `registered` (durable here, no second request needed), `refused` or `unclear`.
    outcome: &'static str,
    /// The sentence to show.
    text: &'static str,
    /// Lines of 32 columns at most.
    print_lines: Vec<String>,
    /// After how many seconds to look again; null if nothing more will come.
    next_look_s: Option<i64>,
}

/// By what light a refund is shown.
#[derive(Debug, Clone, Copy)]
pub struct Light<'a> {
    /// Now.
    pub now: Timestamp,
    /// China's business days.
    pub calendar: &'a Calendar,
    /// The language of the sentences.
    pub language: Language,
    /// Whether the merchant id is paused or halted.
    pub merchant: MerchantState,
    /// What was found out about it, if it waits and was looked into.
    pub told: Option<Told<'a>>,
}

/// `refund` as it is shown, with what was asked for and, if it was read, its order.
pub fn view(refund: &Refund, request: &Request, order: Option<&Order>, light: Light<'_>) -> RefundView {
    let Light { now, calendar, language, merchant, told } = light;
    // Destructured, so that a new field cannot be forgotten here.
    let Request {
        identity,
        order: names,
        amount,
        total,
        reason,
        deadline,
        notify_url,
        metadata,
        adopt: _,
        found: _,
    } = request;
    let known = order.map(Order::names);
    let known = known.as_ref();
    let standing = Standing::of(refund);
    let till::Till { outcome, text, print_lines, next_look_s } = till::till(refund, now, language);
    RefundView {
        id: refund.key.to_string(),
        mchid: identity.mchid.to_string(),
        sub_mchid: shown(&identity.sub_mchid),
        out_refund_no: identity.out_refund_no.to_string(),
        upstream_out_refund_no: refund.upstream_no.to_string(),
        out_trade_no: shown(&names.out_trade_no).or(known.and_then(|known| shown(&known.out_trade_no))),
        transaction_id: shown(&names.transaction_id).or(known.and_then(|known| shown(&known.transaction_id))),
        amount: AmountView {
            refund: amount.minor(),
            total: total.minor(),
            currency: amount.currency().to_string(),
        },
        reason: reason.clone(),
        deadline: shown(deadline),
        notify_url: notify_url.clone(),
        // The canonical text was written from such a map.
        metadata: metadata.as_deref().and_then(|text| serde_json::from_str(text).ok()),
        status: status::status(refund, now, calendar).as_str(),
        state: refund.state.name(),
        waiting: waiting(refund, &merchant, language),
        next_action: next_as_planned(refund, explanation::planned(refund, merchant, told), now)
            .map(|next| NextActionView { what: next.what.as_str(), at: shown(&next.at) }),
        attempts: refund.attempts.count,
        wechatpay: refund.acceptance().map(|acceptance| accepted(acceptance, &refund.state)),
        refusal: refusal(&refund.state).map(refused),
        withdrawn_by: withdrawn_by(&refund.state),
        attention: refund.attention.map(|attention| attended(attention, language)),
        release: explanation::release(refund, merchant, told),
        explanation: explanation::explanation(refund, merchant, told, language),
        expected_arrival: arrival(&refund.state, calendar, language),
        texts: TextsView {
            cashier: texts::cashier(standing, language),
            payer: texts::payer(standing, language),
        },
        till: TillView { outcome: outcome.as_str(), text, print_lines, next_look_s },
        created_at: refund.created_at.to_string(),
        version: refund.version,
    }
}

fn shown<T: ToString>(value: &Option<T>) -> Option<String> {
    value.as_ref().map(ToString::to_string)
}

/// Why it waits. A paused or halted merchant id holds its refunds without a change to each of them.
fn waiting(refund: &Refund, merchant: &MerchantState, language: Language) -> Option<WaitingView> {
    let own = match &refund.state {
        State::Waiting { why, since, .. } => Some((*why, *since)),
        State::Queued
        | State::Submitting { .. }
        | State::Unclear { .. }
        | State::Withdrawing { .. }
        | State::Processing(_)
        | State::Abnormal(_)
        | State::Succeeded { .. }
        | State::Closed(_)
        | State::Rejected(_)
        | State::Cancelled(_) => None,
    };
    let since = own.map_or(refund.created_at, |(_, since)| since);
    let (why, since) = match (refund.is_waiting(), merchant) {
        (true, MerchantState { paused: true, .. }) => (Why::Paused, since),
        (true, MerchantState { halt: Some(halt), .. }) => (Why::Halt, halt.since.max(refund.created_at)),
        (true, MerchantState { restored: Some(Restored { at, is_checked: false }), .. }) => {
            (Why::Restored, (*at).max(refund.created_at))
        }
        _ => own?,
    };
    Some(WaitingView { why: why_word(why), since: since.to_string(), text: texts::why(why, language) })
}

/// The word for why a refund waits.
pub const fn why_word(why: Why) -> &'static str {
    match why {
        Why::Funds => "funds",
        Why::Plan => "plan",
        Why::Rate => "rate",
        Why::Spacing => "spacing",
        Why::Halt => "halt",
        Why::Paused => "paused",
        Why::Restored => "restored",
    }
}

fn accepted(acceptance: &Acceptance, state: &State) -> AcceptanceView {
    let Acceptance { refund_id, at, payer_refund } = acceptance;
    let (succeeded_at, received_in) = match state {
        State::Succeeded { acceptance: _, at, received_in } => (shown(at), received_in.clone()),
        _ => (None, None),
    };
    let payer_refund = payer_refund
        .map(|money: Money| MoneyView { total: money.minor(), currency: money.currency().to_string() });
    AcceptanceView {
        refund_id: refund_id.to_string(),
        accepted_at: at.to_string(),
        payer_refund,
        succeeded_at,
        received_in,
    }
}

fn refusal(state: &State) -> Option<&Refusal> {
    match state {
        State::Rejected(refusal) | State::Withdrawing { toward: Toward::Rejected(refusal), .. } => {
            Some(refusal)
        }
        _ => None,
    }
}

fn refused(refusal: &Refusal) -> RefusalView {
    let Refusal { code, message } = refusal;
    let sentence = crate::api::problem::Code::parse(code).map_or("", |code| code.row().title);
    let text = if message.is_empty() { sentence } else { message };
    RefusalView { code: code.clone(), text: text.to_owned() }
}

fn withdrawn_by(state: &State) -> Option<&'static str> {
    let withdrawal = match state {
        State::Cancelled(withdrawal) | State::Withdrawing { toward: Toward::Cancelled(withdrawal), .. } => {
            withdrawal
        }
        _ => return None,
    };
    Some(match withdrawal {
        Withdrawal::Tenant => "tenant",
        Withdrawal::Operator => "operator",
        Withdrawal::Deadline => "deadline",
    })
}

fn attended(attention: Attention, language: Language) -> AttentionView {
    let Attention { reason, since } = attention;
    let word = match reason {
        Reason::UnclearForLong => "unclear_for_long",
        Reason::NumberConflict => "number_conflict",
        Reason::AcceptedButAbsent => "accepted_but_absent",
        Reason::Abnormal => "abnormal",
        Reason::Overdue => "overdue",
        Reason::BackAtShop => "back_at_shop",
        Reason::NoResultInAYear => "no_result_in_a_year",
        Reason::LateNews => "late_news",
        Reason::NoPermission => "no_permission",
        Reason::NoDayFits => "no_day_fits",
    };
    AttentionView { reason: word, since: since.to_string(), options: texts::options(reason, language) }
}

fn arrival(state: &State, calendar: &Calendar, language: Language) -> Option<ArrivalView> {
    let State::Processing(acceptance) = state else { return None };
    let deadline = confirm::deadline(acceptance.at, calendar);
    // The end of a day is the start of the next; people are told the day itself.
    let day = ChinaDay::of(deadline.end).plus_days(-1).to_string();
    let text = texts::arrival(&day, deadline.is_certain, language);
    Some(ArrivalView { at: deadline.end.to_string(), is_certain: deadline.is_certain, text })
}
