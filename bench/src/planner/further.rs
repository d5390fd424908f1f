//! What keeping money for large refunds and turns among sub-merchants bring.
//!
//! The table of policies is played without both, so that a policy's own merit shows. Here our planner is played without and with the
//! one that is meant, on a merchant made for it.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use replay::figures::hard;
use replay::history::{AskedRefund, History, Trial};
use replay::policies::named;
use replay::reference::Reference;
use replay::run::Run;
use serde::Serialize;
use wechatpay::china::ChinaDay;

use crate::planner::merchant::{HISTORY_DAYS, Law, MERCHANTS, Merchant, PLAIN};
use crate::planner::options::Options;
use crate::planner::run::side_by_side;
use crate::planner::seeing::Seeing;
use crate::planner::trade::{first_day, trade};
use crate::planner::trial::PlannerError;

/// One thing that is wanted, under one sight.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Further {
    /// What.
    pub wanted: &'static str,
    /// What is seen of the merchant's trade.
    pub sight: Seeing,
    /// The figure may be no greater.
    pub limit: f64,
    /// The figure if what is meant is switched off; none if there is none.
    pub without: Option<f64>,
    /// The figure if it is switched on.
    pub with: Option<f64>,
    /// Whether that is what is wanted; none if there is no figure.
    pub holds: Option<bool>,
}

/// Waits of one sub-merchant's hard refunds: how many, and their sum in seconds.
type Waits = BTreeMap<String, (usize, f64)>;

/// A large refund leaves within so many good days.
const GOOD_DAYS: f64 = 3.0;
/// A sub-merchant waits at most so many times as long as all do on average.
const TIMES_THE_MEAN: f64 = 2.0;
/// With fewer hard refunds a mean is chance.
const ENOUGH_HARD: usize = 30;

/// Plays both trials under each sight that is asked for, and judges.
pub fn judge(options: &Options) -> Result<Vec<Further>, PlannerError> {
    let mut further = vec![];
    for sight in options.seeing() {
        let further_of = |wanted, limit, [without, with]: [Option<f64>; 2]| Further {
            wanted,
            sight,
            limit,
            without,
            with,
            holds: with.map(|with| with <= limit),
        };
        let good_days = [false, true].map(|reserve| {
            let days = each_seed(options, |seed| good_days_waited(seed, sight, reserve))?;
            // One that never left waits beyond all measure.
            let days = days.into_iter().map(|days| days.unwrap_or(f64::INFINITY));
            Ok::<_, PlannerError>(days.max_by(f64::total_cmp))
        });
        let [without, with] = good_days;
        further.push(further_of("large refund: good days until it leaves", GOOD_DAYS, [without?, with?]));
        let waits = [false, true].map(|shares| {
            let mut all = Waits::new();
            for waits in each_seed(options, |seed| waits(seed, sight, shares))? {
                add(&mut all, waits);
            }
            Ok::<_, PlannerError>(worst_against_mean(&all))
        });
        let [without, with] = waits;
        let wanted = "neighbours: longest mean wait against that of all";
        further.push(further_of(wanted, TIMES_THE_MEAN, [without?, with?]));
    }
    Ok(further)
}

fn each_seed<T: Send>(
    options: &Options,
    job: impl Fn(u64) -> Result<T, PlannerError> + Sync,
) -> Result<Vec<T>, PlannerError> {
    let seeds: Vec<u64> = options.seeds.clone().collect();
    side_by_side(seeds.len(), options.threads, |n| job(seeds.get(n).copied().unwrap_or_default()))
}

/// A shop whose small refunds draw nine tenths of all that comes in.
const CROWDED: Merchant = Merchant {
    name: "crowded",
    law: Law {
        day_cny: 10_000.0,
        ticket_cny: 100.0,
        refunds_per_payment: 0.9,
        large: 0.0,
        weekend: 1.0,
        holiday: 1.0,
        ..PLAIN
    },
};
/// How many days after the large refund is asked for the trial ends.
const WATCHED_DAYS: i32 = 30;

/// How many good days a refund of half a good day's flow waits among small ones; none if it never leaves.
///
/// A good day brings at least what a day of this merchant brings on average. The day on which the refund is asked for is not counted.
fn good_days_waited(seed: u64, seeing: Seeing, reserve: bool) -> Result<Option<f64>, PlannerError> {
    let name = CROWDED.name;
    let entry = |source| PlannerError::Entry { merchant: name, seed, source };
    let good_day_fen = 100 * 10_000;
    let trade = trade(&CROWDED, seed, false).map_err(entry)?;
    let all = trade.trial(0).map_err(|source| PlannerError::Trial { merchant: name, seed, source })?;
    let asked_on = first_day().plus_days(i32::from(HISTORY_DAYS) + 1);
    let at = asked_on.start() + SignedDuration::from_hours(12);
    let large =
        AskedRefund { at, amount_fen: good_day_fen / 2, out_refund_no: "large".to_owned(), share: None };
    let ends = asked_on.plus_days(WATCHED_DAYS).start();
    let mut history = History::default();
    for payment in all.payments().iter().filter(|payment| payment.at < ends) {
        history.pay(*payment).map_err(entry)?;
    }
    let (before, after) = all.refunds().split_at(all.refunds().partition_point(|refund| refund.at <= at));
    for refund in before.iter().chain([&large]).chain(after) {
        history.ask(refund.clone()).map_err(entry)?;
    }
    let trial =
        history.trial(HISTORY_DAYS).map_err(|source| PlannerError::Trial { merchant: name, seed, source })?;
    let policy = named("default", seed)?.sharing(reserve, false).policy;
    let run = Run::of(&trial, &policy, seeing.sight(seed))?;
    let place = trial.refunds().iter().position(|refund| refund.out_refund_no == large.out_refund_no);
    let left_at = place.and_then(|place| run.refunds.get(place)?.accepted_at);
    Ok(left_at.map(|left_at| {
        let days = asked_on.days_until(ChinaDay::of(left_at));
        let days = (1..=i32::try_from(days).unwrap_or(i32::MAX)).map(|days| asked_on.plus_days(days));
        let brings = |day| trial.payments_of(day).iter().map(|payment| payment.amount_fen).sum::<i64>();
        days.filter(|&day| brings(day) >= good_day_fen).count() as f64
    }))
}

/// How long the hard refunds of the institution's sub-merchants waited.
fn waits(seed: u64, seeing: Seeing, shares: bool) -> Result<Waits, PlannerError> {
    let mut waits = Waits::new();
    for merchant in MERCHANTS.iter().filter(|merchant| merchant.law.sub_merchants > 0) {
        let name = merchant.name;
        let history = trade(merchant, seed, true).map_err(|source| PlannerError::Entry {
            merchant: name,
            seed,
            source,
        })?;
        let trial = history.trial(HISTORY_DAYS).map_err(|source| PlannerError::Trial {
            merchant: name,
            seed,
            source,
        })?;
        let policy = named("default", seed)?.sharing(false, shares).policy;
        let sight = seeing.sight(seed);
        let run = Run::of(&trial, &policy, sight)?;
        add(&mut waits, waits_in(&trial, &Reference::of(&trial, sight.leak), &run));
    }
    Ok(waits)
}

fn waits_in(trial: &Trial<'_>, reference: &Reference, run: &Run) -> Waits {
    let mut waits = Waits::new();
    for n in hard(trial, reference) {
        let (Some(asked), Some(outcome)) = (trial.refunds().get(n), run.refunds.get(n)) else { continue };
        let (Some(share), Some(accepted_at)) = (&asked.share, outcome.accepted_at) else { continue };
        let wait_s = accepted_at.duration_since(asked.at).as_secs_f64();
        add(&mut waits, Waits::from([(share.clone(), (1, wait_s))]));
    }
    waits
}

fn add(sum: &mut Waits, further: Waits) {
    for (share, (count, wait_s)) in further {
        let known = sum.entry(share).or_default();
        *known = (known.0 + count, known.1 + wait_s);
    }
}

/// The longest mean wait of a sub-merchant with enough hard refunds, against the mean wait of all hard refunds.
fn worst_against_mean(waits: &Waits) -> Option<f64> {
    let (count, sum_s) =
        waits.values().fold((0, 0.0), |sum, (count, wait_s)| (sum.0 + count, sum.1 + wait_s));
    let enough = waits.values().filter(|(count, _)| *count >= ENOUGH_HARD);
    let worst_s = enough.map(|(count, wait_s)| wait_s / *count as f64).max_by(f64::total_cmp)?;
    (sum_s > 0.0).then(|| worst_s / (sum_s / count as f64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_sub_merchants_with_enough_hard_refunds_are_held_against_the_mean() {
        let waits = Waits::from([
            ("S0".to_owned(), (270, 270.0)),
            ("S1".to_owned(), (30, 90.0)),
            // Too few to say anything.
            ("S2".to_owned(), (29, 2_900.0)),
        ]);
        let mean = 3_260.0 / 329.0;
        assert_eq!(worst_against_mean(&waits), Some(3.0 / mean));
        assert_eq!(worst_against_mean(&Waits::new()), None);
    }
}
