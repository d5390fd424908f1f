//! `GET /v1/pools/{mchid}`: today's CNY pool as far as it is known, who waits for it, what is expected of it, how well that was
//! foretold on past days, and what statements of past days say beside our books.

use axum::Json;
use axum::extract::State;
use axum::http::Uri;
use jiff::{SignedDuration, Timestamp};
use refunds::batch::MerchantState;
use refunds::pool::estimate::Pool;
use refunds::pool::exchange::ExchangeHour;
use refunds::pool::explain::{Left, PoolForecast, Waiting, explain_pool};
use refunds::pool::ledger::LedgerDay;
use refunds::pool::past::Promises;
use refunds::pool::promise::KEPT_PER_MILLE;
use refunds::pool::reconciliation::Reconciliation;
use serde::Serialize;
use store::Store as _;
use utoipa::ToSchema;
use wechatpay::china::{self, ChinaDay};
use wechatpay::ids::Mchid;
use wechatpay::money::Currency;
use wechatpay::v3::caller::Region;

use super::access::{Caller, Scope};
use super::foresight::Foresight;
use super::problem::{Code, Problem};
use super::refunds::explanation::rounded;
use super::request::parameters::Parameters;
use super::request::path::Named;
use super::state::Api;

/// Today's CNY pool. All figures are fen.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Pool, example = json!({
    "mchid": "1900000001", "currency": "CNY", "china_day": "2026-05-08", "as_of": "2026-05-08T01:30:00Z", "seen_fen": 500_000, "reported_fen": 120_000,
    "accepted_fen": 90_000, "in_transit_fen": 130_000, "low_fen": 410_000, "best_fen": 530_000, "promised_fen": 530_000,
    "waiting": {"count": 12, "fen": 700_000, "unknown": 0}, "next_exchange": "2026-05-08T16:00:00Z", "exchange_hour": null,
    "shortfall_fen": 170_000, "advice": "More waits than today's payments cover. It goes by itself as payments come in.",
    "forecast": {"left": {"surely_fen": 480_000, "probably_fen": 520_000, "perhaps_fen": 560_000},
        "by_hour": [{"until": "2026-05-08T01:00:00Z", "expected_fen": 400_000}, {"until": "2026-05-08T02:00:00Z", "expected_fen": 650_000}],
        "all_leave_today": 0.97},
    "calibration": {"wanted": 0.9, "promised_at": 0.87, "kept": 91, "broken": 9, "share_kept": 0.91,
        "days": [{"china_day": "2026-05-07", "kept": 12, "broken": 1}, {"china_day": "2026-05-08", "kept": 3, "broken": 0}]},
    "forecast_reason": null,
    "reconciled": [{"china_day": "2026-05-07", "paid_fen": 1_300_000, "payments_unseen_fen": 20_000, "payments_missing_fen": 0,
        "refunded_fen": 400_000, "refunds_elsewhere_fen": 5_000, "refunds_missing_fen": 0, "needs_a_person": false}]
}))]
pub struct PoolView {
    /// The merchant id.
    mchid: String,
    /// The pool's currency.
    currency: &'static str,
    /// The China day (UTC+8) of all figures.
    china_day: String,
    /// When they were read.
    as_of: String,
    /// Today's payments on WeChat Pay's word.
    seen_fen: i64,
    /// Today's payments on your word alone.
    reported_fen: i64,
    /// Today's refunds that WeChat Pay took.
    accepted_fen: i64,
    /// Refunds of any day on their way to payers: WeChat Pay took them, and they are neither succeeded nor closed.
    in_transit_fen: i64,
    /// What is certainly left.
    low_fen: i64,
    /// What is most likely left, yesterday's money included while it is refundable; null if nothing is known of either.
    best_fen: Option<i64>,
    /// How much of that the waiting refunds will take.
    promised_fen: i64,
    /// Who is still to be taken by WeChat Pay and will draw on this pool, whatever each waits for.
    waiting: WaitingForPool,
    /// When money is exchanged and out of reach next: midnight in China, or the hour after it that nights have shown. Null for a
    /// mainland merchant.
    next_exchange: Option<String>,
    /// The hour that nights have shown; null if they have shown none, and for a mainland merchant.
    exchange_hour: Option<ExchangeHourView>,
    /// How much the waiting refunds need beyond what is most likely left. It counts all of them, those too that wait for
    /// their turn, a pause or a halt, not for funds: what each waits for is not part of the sum.
    shortfall_fen: i64,
    /// What that means.
    advice: &'static str,
    /// What is expected of today; null without enough past days.
    forecast: Option<ForecastView>,
    /// How promises of when a refund would leave came out; null as long as there is no forecast.
    calibration: Option<CalibrationView>,
    /// Why there is no forecast: `no_forecast_yet`.
    forecast_reason: Option<&'static str>,
    /// The last days whose statements have come, oldest first, seven at most: what WeChat Pay says beside what is known here by now.
    reconciled: Vec<ReconciledView>,
}

/// Until when of the night yesterday's money is refundable, learned from answers to refunds: WeChat Pay does not publish it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ExchangeHour)]
struct ExchangeHourView {
    /// Until this time of day in China it is: the latest at which a night has shown it.
    refundable_until: String,
    /// From this time of day on it is not; null if no night has shown it.
    gone_from: Option<String>,
    /// How many nights of the last 28 days have shown that yesterday's money is refundable after midnight.
    nights: usize,
    /// What is left of yesterday's money; zero once it is out of reach.
    left_fen: i64,
}

/// A day by WeChat Pay's statement, and how that differs from what is known here.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReconciledDay)]
struct ReconciledView {
    /// The day in China.
    china_day: String,
    /// What payers paid, by the statement.
    paid_fen: i64,
    /// What of that is not known here: report it with `POST /v1/payments`, and refunds find their money sooner.
    payments_unseen_fen: i64,
    /// Payments that are known here and not on the statement.
    payments_missing_fen: i64,
    /// What refunds drew, by the statement.
    refunded_fen: i64,
    /// What of that was drawn by refunds that were made elsewhere.
    refunds_elsewhere_fen: i64,
    /// Refunds that WeChat Pay took here and that are not on the statement.
    refunds_missing_fen: i64,
    /// Whether something known here is missing on the statement, which only a person can clear up.
    needs_a_person: bool,
}

/// So many days with a statement are shown.
const RECONCILED_DAYS: usize = 7;

/// What is expected of a pool today.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PoolForecast)]
struct ForecastView {
    /// What is left now, by how likely it is. Null where next to nothing is seen of the payments.
    left: Option<LeftView>,
    /// What payers are expected to have paid by the end of each hour of the China day, from midnight on, less what refunds made
    /// elsewhere take.
    by_hour: Vec<HourView>,
    /// How likely all that wait leave today, from 0 to 1; those of unknown need left out.
    all_leave_today: f64,
}

/// What is left in a pool.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PoolLeft)]
struct LeftView {
    /// At least so much, nine times in ten.
    surely_fen: i64,
    /// As likely more as less.
    probably_fen: i64,
    /// At least so much, once in ten times.
    perhaps_fen: i64,
}

/// What a day has brought by the end of an hour.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PoolHour)]
struct HourView {
    /// The end of the hour.
    until: String,
    /// What the day is expected to have brought by then.
    expected_fen: i64,
}

/// How promises came out: each refund that begins to wait for funds is told once by when it should leave.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Calibration)]
struct CalibrationView {
    /// The share of promises that is to be kept.
    wanted: f64,
    /// The certainty the forecast is asked for now so that this comes true: above `wanted` where promises were broken too
    /// often, below it where they were too careful.
    promised_at: f64,
    /// Refunds that left by the time that was said, on all these days.
    kept: u64,
    /// Refunds that left later.
    broken: u64,
    /// The share that was kept, from 0 to 1; null before the first.
    share_kept: Option<f64>,
    /// The days, oldest first and today last; a refund counts on the day on which it left.
    days: Vec<ScoreView>,
}

/// How the promises of one day came out.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PromiseScore)]
struct ScoreView {
    /// The day in China.
    china_day: String,
    /// Refunds that left by the time that was said.
    kept: u32,
    /// Refunds that left later.
    broken: u32,
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
    let foresight = Foresight::read(gateway, &mchid).await?;
    let state = gateway.store.merchant_state(&mchid).await?;
    let is_exchanged = account.merchant.region == Region::Global;
    let books = Books {
        days: gateway.store.ledger(&mchid, Currency::CNY).await?,
        reconciled: gateway.store.reconciliations(&mchid, Currency::CNY, RECONCILED_DAYS).await?,
    };
    Ok(Json(view(&mchid, &foresight, &books, &state, is_exchanged)))
}

/// What is kept of the pool's days.
struct Books {
    days: Vec<LedgerDay>,
    reconciled: Vec<Reconciliation>,
}

fn view(
    mchid: &Mchid,
    foresight: &Foresight,
    books: &Books,
    state: &MerchantState,
    is_exchanged: bool,
) -> PoolView {
    let Foresight { now, pool, outlook, reserved: _, crowds } = foresight;
    let needed = Waiting::of(Currency::CNY, crowds);
    let waiting = WaitingForPool { count: needed.count, fen: needed.need, unknown: needed.unknown };
    let told = outlook.as_ref().map(|outlook| explain_pool(pool, outlook, needed, *now));
    let (low, best) = (pool.low(), pool.best());
    let left = best.unwrap_or(low);
    let shortfall = waiting.fen.saturating_sub(left).max(0);
    PoolView {
        mchid: mchid.to_string(),
        currency: "CNY",
        china_day: pool.today.day.to_string(),
        as_of: now.to_string(),
        seen_fen: pool.today.confirmed,
        reported_fen: pool.today.reported,
        accepted_fen: pool.today.accepted,
        in_transit_fen: books.days.iter().map(LedgerDay::into_transit).fold(0, i64::saturating_add),
        low_fen: low,
        best_fen: best,
        promised_fen: waiting.fen.min(left.max(0)),
        waiting,
        next_exchange: is_exchanged.then(|| next_exchange(foresight).to_string()),
        exchange_hour: exchange_hour(foresight).filter(|_| is_exchanged),
        shortfall_fen: shortfall,
        advice: advice(state, waiting, best, shortfall),
        forecast: told.as_ref().map(|told| forecast(pool, told)),
        calibration: told.as_ref().map(calibration),
        forecast_reason: told.is_none().then_some("no_forecast_yet"),
        reconciled: books.reconciled.iter().map(reconciled).collect(),
    }
}

fn reconciled(day: &Reconciliation) -> ReconciledView {
    ReconciledView {
        china_day: day.day.to_string(),
        paid_fen: day.stated.paid,
        payments_unseen_fen: day.payments_unseen(),
        payments_missing_fen: day.payments_missing(),
        refunded_fen: day.stated.refunded,
        refunds_elsewhere_fen: day.refunds_elsewhere(),
        refunds_missing_fen: day.refunds_missing(),
        needs_a_person: day.needs_a_person(),
    }
}

fn next_exchange(Foresight { now, pool, outlook, .. }: &Foresight) -> Timestamp {
    outlook.as_ref().map_or(ChinaDay::of(*now).end(), |outlook| outlook.next_exchange(pool))
}

fn exchange_hour(Foresight { pool, outlook, .. }: &Foresight) -> Option<ExchangeHourView> {
    let ExchangeHour { refundable_until, gone_from, nights } = outlook.as_ref()?.overnight().hour?;
    let time = |second: u32| {
        let at = pool.today.day.start() + SignedDuration::from_secs(i64::from(second));
        china::civil(at).time().to_string()
    };
    Some(ExchangeHourView {
        refundable_until: time(refundable_until),
        gone_from: gone_from.map(time),
        nights,
        left_fen: pool.left_of_yesterday(),
    })
}

fn forecast(pool: &Pool, told: &PoolForecast) -> ForecastView {
    let left = |Left { surely, probably, perhaps }| LeftView {
        surely_fen: surely,
        probably_fen: probably,
        perhaps_fen: perhaps,
    };
    let ends = (1..).map(|hours| pool.today.day.start() + SignedDuration::from_hours(hours));
    let hours = ends.zip(&told.expected_by_hour);
    ForecastView {
        left: told.left.map(left),
        by_hour: hours
            .map(|(until, fen)| HourView { until: until.to_string(), expected_fen: *fen })
            .collect(),
        all_leave_today: rounded(told.all_leave_today),
    }
}

fn calibration(told: &PoolForecast) -> CalibrationView {
    let sum = |of: fn(&Promises) -> u32| told.scores.iter().map(|(_, day)| u64::from(of(day))).sum::<u64>();
    let (kept, broken) = (sum(|day| day.kept), sum(|day| day.broken));
    let made = kept.saturating_add(broken);
    let day = |(day, Promises { kept, broken }): &(ChinaDay, Promises)| ScoreView {
        china_day: day.to_string(),
        kept: *kept,
        broken: *broken,
    };
    CalibrationView {
        wanted: KEPT_PER_MILLE as f64 / 1_000.0,
        promised_at: rounded(told.promises_at),
        kept,
        broken,
        share_kept: (made > 0).then(|| rounded(kept as f64 / made as f64)),
        days: told.scores.iter().map(day).collect(),
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
    if state.is_to_be_checked() {
        return "The gateway was restored from a backup: nothing is sent until every open refund and the recent orders were asked about.";
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
            (MerchantState { paused: true, halt: None, ..MerchantState::default() }, "is paused"),
            (MerchantState { paused: false, halt, ..MerchantState::default() }, "is halted"),
            (MerchantState { paused: true, halt, ..MerchantState::default() }, "is halted"),
        ] {
            assert!(advice(&state, some, Some(100), 400).contains(named), "{named}");
        }
    }
}
