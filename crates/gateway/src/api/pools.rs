//! `GET /v1/pools/{mchid}`: today's CNY pool as far as it is known, and who waits for it.

use axum::Json;
use axum::extract::State;
use axum::http::Uri;
use jiff::Timestamp;
use refunds::batch::MerchantState;
use refunds::pool::estimate::Pool;
use serde::Serialize;
use store::Store as _;
use store::reading::Waiting;
use utoipa::ToSchema;
use wechatpay::china::ChinaDay;
use wechatpay::ids::Mchid;
use wechatpay::money::Currency;
use wechatpay::v3::caller::Region;

use super::access::{Caller, Scope};
use super::problem::{Code, Problem};
use super::request::parameters::Parameters;
use super::request::path::Named;
use super::state::Api;

/// Needs from this power of two on are those of refunds about which nothing is known but an amount in a foreign currency.
const UNKNOWN_FROM_BUCKET: u8 = 40;

/// Today's CNY pool. All figures are fen.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Pool, example = json!({
    "mchid": "1900000001", "currency": "CNY", "china_day": "2026-05-08", "seen_fen": 500_000, "reported_fen": 120_000,
    "accepted_fen": 90_000, "low_fen": 410_000, "best_fen": 530_000, "promised_fen": 530_000,
    "waiting": {"count": 12, "fen": 700_000, "unknown": 0}, "next_exchange": "2026-05-08T16:00:00Z",
    "shortfall_fen": 170_000, "advice": "More waits than today's payments cover. It goes by itself as payments come in.",
    "forecast": null, "forecast_reason": "no_forecast_yet"
}))]
pub struct PoolView {
    /// The merchant id.
    mchid: String,
    /// The pool's currency.
    currency: &'static str,
    /// The China day (UTC+8) of all figures.
    china_day: String,
    /// Today's payments on WeChat Pay's word.
    seen_fen: i64,
    /// Today's payments on your word alone.
    reported_fen: i64,
    /// Today's refunds that WeChat Pay took.
    accepted_fen: i64,
    /// What is certainly left.
    low_fen: i64,
    /// What is most likely left; null if nothing is known of today's payments.
    best_fen: Option<i64>,
    /// How much of that the waiting refunds will take.
    promised_fen: i64,
    /// Who is still to be taken by WeChat Pay and will draw on this pool, whatever each waits for.
    waiting: WaitingForPool,
    /// When what is left is exchanged and out of reach: midnight in China. Null for a mainland merchant.
    next_exchange: Option<String>,
    /// How much the waiting refunds need beyond what is most likely left. It counts all of them, those too that wait for
    /// their turn, a pause or a halt, not for funds: what each waits for is not part of the sum.
    shortfall_fen: i64,
    /// What that means.
    advice: &'static str,
    /// What is still to come today. Nothing forecasts it yet.
    forecast: Option<Vec<i64>>,
    /// Why there is no forecast.
    forecast_reason: Option<&'static str>,
}

/// The refunds that wait for a pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
struct WaitingForPool {
    /// How many.
    count: u64,
    /// What they need at most, those of unknown need left out.
    fen: i64,
    /// How many are of unknown need: priced in a foreign currency, payer's amount not known.
    unknown: u64,
}

/// Show today's pool
///
/// Needs `pools:read` of the whole merchant id: the figures show all of its sub-merchants together.
#[utoipa::path(
    get, path = "/v1/pools/{mchid}", operation_id = "show_pool", tag = "pools",
    params(("mchid" = String, Path, description = "The merchant id.", example = "1900000001")),
    responses((status = 200, description = "The pool.", body = PoolView)),
    security(("key" = ["pools:read"])),
)]
pub async fn show_pool(
    State(api): State<Api>,
    caller: Caller,
    Named(named): Named,
    uri: Uri,
) -> Result<Json<PoolView>, Problem> {
    caller.require_for_named(Scope::PoolsRead)?;
    Parameters::read(&uri, &[])?;
    let gateway = &api.gateway;
    let not_found = || Problem::new(Code::MerchantNotFound);
    let mchid = Mchid::parse(&named).map_err(|_| not_found())?;
    let is_own = caller.key.mchid.as_ref().is_none_or(|own| *own == mchid);
    let account = gateway.merchants.get(&mchid).filter(|_| is_own).ok_or_else(not_found)?;
    if caller.sub_mchid().is_some() {
        return Err(Problem::new(Code::ScopeMissing)
            .detail("This call needs the scope `pools:read` of the whole merchant id.")
            .with("scope", Scope::PoolsRead.as_str()));
    }
    let now = gateway.clock.now();
    let day = ChinaDay::of(now);
    let holding = gateway.store.holding(&mchid, day).await?;
    let today = holding.pools.into_iter().find(|pool| pool.pool == Currency::CNY && pool.day == day);
    let pool = today.map_or_else(|| Pool::empty(Currency::CNY, day), Pool::of);
    let waiting = waiting_for_cny(&gateway.store.waiting(&mchid).await?);
    let state = gateway.store.merchant_state(&mchid).await?;
    let is_exchanged = account.merchant.region == Region::Global;
    Ok(Json(view(&mchid, &pool, waiting, &state, is_exchanged, now)))
}

fn waiting_for_cny(lanes: &[Waiting]) -> WaitingForPool {
    let mut waiting = WaitingForPool { count: 0, fen: 0, unknown: 0 };
    for Waiting { lane, count, sum } in lanes.iter().filter(|waiting| waiting.lane.pool == Currency::CNY) {
        waiting.count = waiting.count.saturating_add(*count);
        if lane.bucket >= UNKNOWN_FROM_BUCKET {
            waiting.unknown = waiting.unknown.saturating_add(*count);
        } else {
            waiting.fen = waiting.fen.saturating_add(*sum);
        }
    }
    waiting
}

fn view(
    mchid: &Mchid,
    pool: &Pool,
    waiting: WaitingForPool,
    state: &MerchantState,
    is_exchanged: bool,
    now: Timestamp,
) -> PoolView {
    let (low, best) = (pool.low(), pool.best());
    let left = best.unwrap_or(low);
    let shortfall = waiting.fen.saturating_sub(left).max(0);
    PoolView {
        mchid: mchid.to_string(),
        currency: "CNY",
        china_day: pool.today.day.to_string(),
        seen_fen: pool.today.confirmed,
        reported_fen: pool.today.reported,
        accepted_fen: pool.today.accepted,
        low_fen: low,
        best_fen: best,
        promised_fen: waiting.fen.min(left.max(0)),
        waiting,
        next_exchange: is_exchanged.then(|| ChinaDay::of(now).end().to_string()),
        shortfall_fen: shortfall,
        advice: advice(state, waiting, best, shortfall),
        forecast: None,
        forecast_reason: Some("no_forecast_yet"),
    }
}

fn advice(state: &MerchantState, waiting: WaitingForPool, best: Option<i64>, shortfall: i64) -> &'static str {
    // Whatever the pool holds, nothing draws on it then.
    if state.halt.is_some() {
        return "The merchant id is halted because WeChat Pay refuses its set-up: nothing is sent until that is mended.";
    }
    if state.paused {
        return "The merchant id is paused: nothing is sent until the operator resumes it.";
    }
    match (waiting.count, best, shortfall) {
        (0, _, _) => "Nothing waits.",
        (_, None, _) => {
            "Nothing is known of today's payments. Report them with POST /v1/payments: it saves refused attempts."
        }
        (_, Some(_), 0) => "Today's payments cover what waits.",
        (_, Some(_), _) => "More waits than today's payments cover. It goes by itself as payments come in.",
    }
}

#[cfg(test)]
mod tests {
    use refunds::batch::Halt;
    use refunds::outcome::Fault;

    use super::*;

    #[test]
    fn the_advice_follows_from_what_waits_and_what_is_known() {
        let some = WaitingForPool { count: 2, fen: 500, unknown: 0 };
        for (waiting, best, shortfall, begins) in [
            (WaitingForPool { count: 0, fen: 0, unknown: 0 }, None, 0, "Nothing waits"),
            (some, None, 500, "Nothing is known"),
            (some, Some(600), 0, "Today's payments cover"),
            (some, Some(100), 400, "More waits"),
        ] {
            let state = MerchantState::default();
            assert!(advice(&state, waiting, best, shortfall).starts_with(begins), "{begins}");
        }
    }

    #[test]
    fn the_advice_names_a_pause_or_a_halt_first() {
        let some = WaitingForPool { count: 1, fen: 500, unknown: 0 };
        let halt = Some(Halt { fault: Fault::Certificate, since: Timestamp::UNIX_EPOCH });
        for (state, named) in [
            (MerchantState { paused: true, halt: None }, "is paused"),
            (MerchantState { paused: false, halt }, "is halted"),
            (MerchantState { paused: true, halt }, "is halted"),
        ] {
            assert!(advice(&state, some, Some(100), 400).contains(named), "{named}");
        }
    }
}
