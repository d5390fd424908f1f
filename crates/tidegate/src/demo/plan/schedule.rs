//! The plan: everything in order of time.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::chance::Chance;
use super::payments::{self, Payment};
use super::refunds::{self, Refund};
use super::shape::Calendar;
use super::shops::INSTITUTION;

/// What happens in the demo.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    /// What is paid, by time.
    pub(crate) payments: Vec<Payment>,
    /// What is asked back, by time.
    pub(crate) refunds: Vec<Refund>,
    /// When what happens, by time.
    pub(crate) moments: Vec<Moment>,
    /// When trade begins.
    pub(crate) from: Timestamp,
    /// When the last day of trade ends.
    pub(crate) until: Timestamp,
}

/// An instant at which something happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Moment {
    /// The instant.
    pub(crate) at: Timestamp,
    /// What happens, in this order.
    pub(crate) acts: Vec<Act>,
}

/// One thing that happens. The numbers are indices of the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Act {
    /// A user pays.
    Pay(usize),
    /// The platform begins to sign with another key.
    RotateKeys,
    /// The institution takes a new certificate.
    ChangeCertificate,
    /// A shop asks for a refund.
    Ask(usize),
    /// It asks for the same refund again.
    Repeat(usize),
    /// It withdraws a refund.
    Withdraw(usize),
    /// The gateway is killed while the refunds of this moment are asked for.
    Kill,
}

impl Plan {
    /// The plan for `days` days of trade from `from` on.
    pub(crate) fn new(from: Timestamp, days: usize, seed: u64) -> Plan {
        let (calendar, chance) = (Calendar { from, days }, Chance::new(seed));
        let (payments, large) = payments::payments(calendar, chance);
        let refunds = refunds::refunds(calendar, chance, &payments, large);
        let moments = moments(calendar, &payments, &refunds);
        let until = calendar.day(days.saturating_sub(1)).end();
        Plan { payments, refunds, moments, from, until }
    }

    /// The world of the plan as a file of the sandbox: the default one, in which some refunds end badly.
    pub(crate) fn world(&self) -> String {
        let mut text = String::from("# The default world, in which some refunds do not end well.\n");
        for refund in &self.refunds {
            let Some(ending) = refund.ending else { continue };
            let fate = match ending {
                refunds::Ending::Abnormal => "abnormal",
                refunds::Ending::Closed => "closed",
                refunds::Ending::AccountClosed => "account_closed",
            };
            text.push_str(&format!(
                "\n[[settings.fates]]\nmchid = \"{INSTITUTION}\"\namount_minor = {}\nfate = \"{fate}\"\n",
                refund.amount_fen
            ));
        }
        text
    }
}

fn moments(calendar: Calendar, payments: &[Payment], refunds: &[Refund]) -> Vec<Moment> {
    let mut by_time: BTreeMap<Timestamp, Vec<Act>> = BTreeMap::new();
    let mut put = |at: Timestamp, act: Act| by_time.entry(at).or_default().push(act);
    for (index, payment) in payments.iter().enumerate() {
        put(payment.at, Act::Pay(index));
    }
    for (index, refund) in refunds.iter().enumerate() {
        put(refund.at, Act::Ask(index));
        if let Some(at) = refund.repeated_at {
            put(at, Act::Repeat(index));
        }
        if let Some(at) = refund.withdrawn_at {
            put(at, Act::Withdraw(index));
        }
    }
    put(refunds::kill_at(calendar), Act::Kill);
    put(calendar.at(calendar.high_water().saturating_sub(2), 13, 30, 0), Act::RotateKeys);
    // In the middle of the days, and before the crash: the gateway comes back with the new one.
    put(calendar.at(calendar.high_water() / 2, 14, 15, 0), Act::ChangeCertificate);
    let in_order = |(at, mut acts): (Timestamp, Vec<Act>)| {
        acts.sort();
        Moment { at, acts }
    };
    by_time.into_iter().map(in_order).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::plan::{Accident, SHOPS};
    use wechatpay::china::{self, ChinaDay};

    fn monday() -> Timestamp {
        "2026-01-05T09:00:00+08:00".parse().unwrap()
    }

    fn plans() -> impl Iterator<Item = Plan> {
        (0..10).map(|seed| Plan::new(monday(), 8, seed))
    }

    #[test]
    fn eight_days_have_two_thousand_payments_and_two_hundred_refunds_of_every_kind() {
        for plan in plans() {
            assert!(plan.payments.len() >= 2000, "{}", plan.payments.len());
            assert!((200..300).contains(&plan.refunds.len()), "{}", plan.refunds.len());
            let count = |which: &dyn Fn(&Refund) -> bool| plan.refunds.iter().filter(|r| which(r)).count();
            let total = |refund: &Refund| plan.payments[refund.order].total_fen;
            assert!(count(&|r| r.amount_fen < total(r)) > 50, "partial ones");
            assert!(count(&|r| r.amount_fen == total(r)) > 50, "whole ones");
            assert!(count(&|r| china::civil(r.at).hour() < 6) > 20, "at night");
            assert!(
                count(&|r| ChinaDay::of(r.at) > ChinaDay::of(plan.payments[r.order].at)) > 30,
                "days later"
            );
            assert_eq!(count(&|r| r.accident == Some(Accident::CutAfter)), 4);
            assert_eq!((count(&|r| r.ending.is_some()), count(&|r| r.withdrawn_at.is_some())), (4, 2));
            assert!(count(&|r| r.waits_s.is_some()) > 10, "tills that wait");
            assert_eq!(count(&|r| r.is_large), 1);
            assert!((0..SHOPS.len()).all(|shop| count(&|r| r.shop == shop) > 10));
        }
    }

    #[test]
    fn nothing_is_asked_of_an_order_beyond_what_was_paid_or_before_it_was() {
        for plan in plans() {
            let mut left: Vec<i64> = plan.payments.iter().map(|payment| payment.total_fen).collect();
            for refund in &plan.refunds {
                let payment = &plan.payments[refund.order];
                assert!(payment.at < refund.at && payment.shop == refund.shop && refund.amount_fen > 0);
                left[refund.order] -= refund.amount_fen;
            }
            assert!(left.iter().all(|&left| left >= 0));
            let whole = plan
                .refunds
                .iter()
                .filter(|r| left[r.order] == 0 && r.amount_fen < plan.payments[r.order].total_fen);
            assert_eq!(whole.count(), 4, "one order goes back in four parts");
        }
    }

    #[test]
    fn the_large_refund_fits_no_day_before_the_saturday_and_the_saturday_easily() {
        for plan in plans() {
            let large = plan.refunds.iter().find(|refund| refund.is_large).unwrap();
            assert_eq!(china::civil(large.at).to_string(), "2026-01-07T21:14:00");
            let flow = |date: &str| -> i64 {
                let of_day = plan.payments.iter().filter(|p| ChinaDay::of(p.at).to_string() == date);
                of_day.map(|payment| payment.total_fen).sum()
            };
            for before in ["2026-01-07", "2026-01-08", "2026-01-09"] {
                assert!(flow(before) < large.amount_fen, "{before}: {} {}", flow(before), large.amount_fen);
            }
            assert!(flow("2026-01-10") * 8 / 10 > large.amount_fen);
        }
    }

    #[test]
    fn numbers_are_unique_within_a_shop_and_shared_between_shops() {
        let plan = Plan::new(monday(), 8, 1);
        let mut upstream: Vec<String> = plan.refunds.iter().map(Refund::upstream_no).collect();
        upstream.sort();
        upstream.dedup();
        assert_eq!(upstream.len(), plan.refunds.len());
        assert!(plan.refunds.iter().filter(|refund| refund.out_refund_no == "R0001").count() > 1);
        let mut trades: Vec<&str> =
            plan.payments.iter().map(|payment| payment.out_trade_no.as_str()).collect();
        trades.sort();
        trades.dedup();
        assert_eq!(trades.len(), plan.payments.len());
    }

    #[test]
    fn a_bad_ending_is_known_by_an_amount_that_no_other_refund_has() {
        for plan in plans() {
            for refund in plan.refunds.iter().filter(|refund| refund.ending.is_some()) {
                assert_eq!(plan.refunds.iter().filter(|r| r.amount_fen == refund.amount_fen).count(), 1);
            }
            assert_eq!(plan.world().matches("[[settings.fates]]").count(), 4);
        }
    }

    #[test]
    fn time_only_goes_forward_and_the_kill_comes_after_the_requests_of_its_moment() {
        for (days, plan) in (2..12).map(|days| (days, Plan::new(monday(), days, 3))) {
            assert!(plan.moments.is_sorted_by(|a, b| a.at < b.at));
            assert!(plan.moments.iter().all(|moment| moment.at >= plan.from && moment.at < plan.until));
            let kill = plan.moments.iter().find(|moment| moment.acts.contains(&Act::Kill)).unwrap();
            assert_eq!(kill.acts.last(), Some(&Act::Kill));
            let asked = kill.acts.iter().filter(|act| matches!(act, Act::Ask(_))).count();
            assert!(asked >= refunds::AT_THE_KILL, "{days} days: {asked}");
            for act in [Act::RotateKeys, Act::ChangeCertificate] {
                assert_eq!(plan.moments.iter().filter(|moment| moment.acts.contains(&act)).count(), 1);
            }
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_plan() {
        let (one, same, other) =
            (Plan::new(monday(), 3, 5), Plan::new(monday(), 3, 5), Plan::new(monday(), 3, 6));
        assert_eq!(one.moments, same.moments);
        assert_eq!(one.refunds, same.refunds);
        assert!(one.refunds != other.refunds);
    }
}
