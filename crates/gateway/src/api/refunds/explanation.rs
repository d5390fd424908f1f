//! When a waiting refund should leave, and why it has not: as much of it as the caller may see.
//!
//! Whoever may read the pools of the whole merchant id sees figures of the pool and of those that wait before the refund. To a
//! sub-merchant these are its neighbours': it sees when its refund should leave, with what probability, and in a word how
//! far the pool is from it.

use jiff::Timestamp;
use refunds::batch::MerchantState;
use refunds::need::NeedSource;
use refunds::pool::explain::{DayChance, Explanation, Forecast, Keeping, NextAttempt, Remedy, Window};
use refunds::refund::{Promise, Refund, State, Why};
use serde::Serialize;
use utoipa::ToSchema;
use wechatpay::money::Currency;

use super::texts;
use crate::api::request::language::Language;

/// What was found out about a waiting refund, and for whose eyes it is.
#[derive(Debug, Clone, Copy)]
pub struct Told<'a> {
    /// All of it.
    pub explanation: &'a Explanation,
    /// Whether the caller may see the figures of the pool.
    pub sees_pool: bool,
}

/// When a refund should leave.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Release)]
pub struct ReleaseView {
    /// Not likely before: one chance in ten to have left by then. Null if no day in sight reaches that.
    from: Option<String>,
    /// As likely before as after; null if it lies beyond the days in sight.
    likely_by: Option<String>,
    /// By then it has left with `probability`.
    until: Option<String>,
    /// How likely it has left by `until`, from 0 to 1: 0.9, or less if `until` is the end of the last day in sight.
    probability: Option<f64>,
    /// Why these are null: `no_forecast_yet`, `need_unknown`, `other_currency`, `paused`, `halted`, `not_waiting`, or
    /// `not_in_this_answer` where only `GET /v1/refunds/{id}` tells.
    reason: Option<&'static str>,
}

/// Why a refund waits, how far it is from leaving, and what a person could do.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Explanation)]
pub struct ExplanationView {
    /// How far the pool is from what it needs: `none` (it most likely fits now), `small` (today brings it more likely than
    /// not), `large` (another day may), `beyond_any_day`. Null without a forecast, see `release.reason`.
    shortfall: Option<&'static str>,
    /// How likely it leaves today, from 0 to 1. Null without a forecast.
    chance_today: Option<f64>,
    /// What was promised when it began to wait for funds; it is not changed afterwards, and scored once the refund has left.
    promise: Option<PromiseView>,
    /// What a person could do, gentlest first.
    options: Vec<OptionView>,
    /// What the pool must still get before it fits, after those before it. Null if nobody knows, and for a key without
    /// `pools:read` of the whole merchant id.
    missing_fen: Option<i64>,
    /// Those that most likely leave before it. Null for a key without `pools:read` of the whole merchant id.
    before: Option<BeforeView>,
    /// For whom the pool's money is kept together today. Null if for nobody; that it is for another refund is told to a key with
    /// `pools:read` of the whole merchant id alone.
    kept: Option<KeptView>,
    /// The days in sight, today first. Null without a forecast, and for a key without `pools:read` of the whole merchant id.
    by_day: Option<Vec<DayView>>,
}

/// What was promised.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Promise)]
struct PromiseView {
    /// When.
    made_at: String,
    /// By then it would leave, in nine cases of ten.
    by: String,
}

/// What a person could do.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RefundOption)]
struct OptionView {
    /// In a word.
    what: &'static str,
    /// With what follows from it.
    text: &'static str,
}

/// Those that wait before a refund.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WaitingBefore)]
struct BeforeView {
    /// How many.
    count: u64,
    /// What they need.
    fen: i64,
}

/// For whom the pool's money is kept together: for one large refund that has waited for long, once a day.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Kept)]
struct KeptView {
    /// `this` refund or `another`.
    for_whom: &'static str,
    /// What that means for this refund.
    text: &'static str,
    /// How much of what the day has brought the others do without. Null if it is for this one.
    fen: Option<i64>,
}

/// What one day may bring.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DayChance)]
struct DayView {
    /// The day in China.
    china_day: String,
    /// How likely the day brings enough for this refund, were it alone.
    fits: f64,
    /// How likely it has left by the end of the day, after those before it.
    left_by: f64,
}

/// Why nothing is foretold of a refund.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unforetold {
    NotWaiting,
    NotInThisAnswer,
    Paused,
    Halted,
    Restored,
    OtherCurrency,
    NeedUnknown,
    NoForecastYet,
}

impl Unforetold {
    const fn as_str(self) -> &'static str {
        match self {
            Unforetold::NotWaiting => "not_waiting",
            Unforetold::NotInThisAnswer => "not_in_this_answer",
            Unforetold::Paused => "paused",
            Unforetold::Halted => "halted",
            Unforetold::Restored => "restored",
            Unforetold::OtherCurrency => "other_currency",
            Unforetold::NeedUnknown => "need_unknown",
            Unforetold::NoForecastYet => "no_forecast_yet",
        }
    }
}

/// What is foretold of `refund`, or why nothing is.
fn foretold<'a>(
    refund: &Refund,
    merchant: MerchantState,
    told: Option<Told<'a>>,
) -> Result<&'a Forecast, Unforetold> {
    if !refund.is_waiting() {
        return Err(Unforetold::NotWaiting);
    }
    let Told { explanation, sees_pool: _ } = told.ok_or(Unforetold::NotInThisAnswer)?;
    // No pool moves a refund that is kept back for another reason.
    if merchant.paused {
        return Err(Unforetold::Paused);
    }
    if merchant.halt.is_some() || matches!(refund.state, State::Waiting { why: Why::Halt, .. }) {
        return Err(Unforetold::Halted);
    }
    if merchant.is_to_be_checked() {
        return Err(Unforetold::Restored);
    }
    if refund.pool != Currency::CNY {
        return Err(Unforetold::OtherCurrency);
    }
    if refund.need.source == NeedSource::Unknown {
        return Err(Unforetold::NeedUnknown);
    }
    explanation.forecast.as_ref().ok_or(Unforetold::NoForecastYet)
}

/// When `refund` should leave.
pub fn release(refund: &Refund, merchant: MerchantState, told: Option<Told<'_>>) -> ReleaseView {
    match foretold(refund, merchant, told) {
        Ok(Forecast { leaves: Window { from, likely_by, by, certainty }, .. }) => ReleaseView {
            from: shown(*from),
            likely_by: shown(*likely_by),
            until: shown(Some(*by)),
            probability: Some(rounded(*certainty)),
            reason: None,
        },
        Err(why) => ReleaseView {
            from: None,
            likely_by: None,
            until: None,
            probability: None,
            reason: Some(why.as_str()),
        },
    }
}

/// Why `refund` waits; none if it does not, or if it was not looked into for this answer.
pub fn explanation(
    refund: &Refund,
    merchant: MerchantState,
    told: Option<Told<'_>>,
    language: Language,
) -> Option<ExplanationView> {
    let forecast = foretold(refund, merchant, told).ok();
    let Told { explanation, sees_pool } = told.filter(|_| refund.is_waiting())?;
    let Explanation { why: _, missing, before, keeping, forecast: _, next: _, promise, remedies } =
        explanation;
    let offered = remedies.iter().filter(|remedy| sees_pool || **remedy != Remedy::HoldOthers);
    let days = |forecast: &Forecast| forecast.by_day.iter().map(day).collect();
    Some(ExplanationView {
        shortfall: forecast.map(|forecast| forecast.shortfall.as_str()),
        chance_today: forecast.map(|forecast| rounded(forecast.today())),
        promise: promise.map(|Promise { made_at, by }| PromiseView {
            made_at: made_at.to_string(),
            by: to_the_second(by),
        }),
        options: offered
            .map(|remedy| OptionView { what: remedy.as_str(), text: texts::remedy(*remedy, language) })
            .collect(),
        missing_fen: missing.filter(|_| sees_pool),
        before: sees_pool.then_some(BeforeView { count: before.count, fen: before.need }),
        kept: keeping.and_then(|keeping| kept(keeping, sees_pool, language)),
        by_day: forecast.filter(|_| sees_pool).map(days),
    })
}

fn kept(keeping: Keeping, sees_pool: bool, language: Language) -> Option<KeptView> {
    let text = texts::keeping(keeping, language);
    match keeping {
        Keeping::ForThis => Some(KeptView { for_whom: "this", text, fen: None }),
        Keeping::ForAnother { amount } if sees_pool => {
            Some(KeptView { for_whom: "another", text, fen: Some(amount) })
        }
        // Who else waits is its neighbours' business.
        Keeping::ForAnother { .. } => None,
    }
}

/// When the planner tries `refund` next, where it knows better than what is stored.
pub fn planned(refund: &Refund, merchant: MerchantState, told: Option<Told<'_>>) -> Option<NextAttempt> {
    foretold(refund, merchant, told).ok()?;
    told?.explanation.next
}

fn day(DayChance { day, fits, left_by }: &DayChance) -> DayView {
    DayView { china_day: day.to_string(), fits: rounded(*fits), left_by: rounded(*left_by) }
}

fn shown(at: Option<Timestamp>) -> Option<String> {
    at.map(to_the_second)
}

/// A forecast is not good to the nanosecond.
fn to_the_second(at: Timestamp) -> String {
    Timestamp::from_second(at.as_second()).unwrap_or(at).to_string()
}

/// To a thousandth: further digits would tell of what is not known.
pub fn rounded(chance: f64) -> f64 {
    (chance * 1_000.0).round() / 1_000.0
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use refunds::batch::Halt;
    use refunds::need::Need;
    use refunds::outcome::Fault;
    use refunds::pool::explain::{Shortfall, Waiting};
    use wechatpay::china::ChinaDay;

    use super::super::specimen::{acceptance, now, refund, waiting};
    use super::*;

    fn told() -> Explanation {
        let later = now() + SignedDuration::from_millis(3_600_500);
        let leaves = Window { from: Some(now()), likely_by: Some(now()), by: later, certainty: 0.9 };
        let today = DayChance { day: ChinaDay::of(now()), fits: 0.87654, left_by: 0.5 };
        Explanation {
            why: Some(Why::Funds),
            missing: Some(700),
            before: Waiting { count: 2, need: 600, unknown: 0 },
            keeping: Some(Keeping::ForAnother { amount: 900 }),
            forecast: Some(Forecast { shortfall: Shortfall::Large, leaves, by_day: vec![today] }),
            next: Some(NextAttempt::WhenItFits),
            promise: Some(Promise { made_at: now(), by: later }),
            remedies: vec![Remedy::Wait, Remedy::HoldOthers],
        }
    }

    fn halted() -> MerchantState {
        MerchantState {
            paused: false,
            halt: Some(Halt { fault: Fault::Certificate, since: Timestamp::UNIX_EPOCH }),
            restored: None,
        }
    }

    #[test]
    fn what_is_not_foretold_says_why() {
        let (free, paused) = (
            MerchantState::default(),
            MerchantState { paused: true, halt: None, ..MerchantState::default() },
        );
        let all = told();
        let unread = Explanation { forecast: None, ..told() };
        let waits = refund(waiting(Why::Funds, None), 1);
        let unknown = Refund { need: Need { source: NeedSource::Unknown, ..waits.need }, ..waits.clone() };
        let abroad = Refund { pool: Currency::USD, ..waits.clone() };
        for (refund, merchant, explanation, reason) in [
            (&waits, free, Some(&all), None),
            (&waits, free, Some(&unread), Some("no_forecast_yet")),
            (&waits, free, None, Some("not_in_this_answer")),
            (&waits, paused, Some(&all), Some("paused")),
            (&waits, halted(), Some(&all), Some("halted")),
            (&refund(waiting(Why::Halt, None), 1), free, Some(&all), Some("halted")),
            (&unknown, free, Some(&unread), Some("need_unknown")),
            (&abroad, free, Some(&unread), Some("other_currency")),
            (&refund(State::Processing(acceptance()), 1), free, None, Some("not_waiting")),
        ] {
            let told = explanation.map(|explanation| Told { explanation, sees_pool: true });
            let release = release(refund, merchant, told);
            assert_eq!(release.reason, reason, "{:?}", refund.state);
            assert_eq!(release.until.is_some(), reason.is_none());
            assert_eq!(planned(refund, merchant, told).is_some(), reason.is_none());
            let explained = super::explanation(refund, merchant, told, Language::English);
            assert_eq!(explained.is_some(), explanation.is_some());
            assert_eq!(explained.and_then(|told| told.shortfall).is_some(), reason.is_none());
        }
    }

    #[test]
    fn who_may_not_see_the_pool_sees_the_window_and_a_word() {
        let (all, refund) = (told(), refund(waiting(Why::Funds, None), 1));
        let seen = |sees_pool| {
            let told = Some(Told { explanation: &all, sees_pool });
            super::explanation(&refund, MerchantState::default(), told, Language::English).unwrap()
        };
        let (whole, part) = (seen(true), seen(false));
        let options = |view: &ExplanationView| view.options.iter().map(|one| one.what).collect::<Vec<_>>();
        assert_eq!(whole.missing_fen, Some(700));
        assert_eq!(
            (whole.before.as_ref().unwrap().count, whole.by_day.as_ref().unwrap()[0].fits),
            (2, 0.877)
        );
        assert_eq!(options(&whole), ["wait", "hold_others"]);
        assert_eq!(whole.kept.as_ref().map(|kept| (kept.for_whom, kept.fen)), Some(("another", Some(900))));
        assert!(part.kept.is_none(), "it is for a neighbour's");
        assert!(part.missing_fen.is_none() && part.before.is_none() && part.by_day.is_none());
        assert_eq!((part.shortfall, part.chance_today), (Some("large"), Some(0.5)));
        assert_eq!(part.promise.as_ref().unwrap().by, "2026-05-08T03:00:00Z");
        assert_eq!(options(&part), ["wait"]);
    }
}
