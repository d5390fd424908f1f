//! Turns among sub-merchants that share one pool.
//!
//! Each sub-merchant's waiting refunds form a line of their own, and the lines take turns by the money they draw: a line that has
//! drawn much comes later. So one sub-merchant with ten thousand refunds does not keep another's first one waiting behind
//! them. This is fair queueing by finishing times: a refund's turn is what its line will have drawn with it, counted from where
//! all lines stand when it comes. A line that was idle saves nothing up.
//!
//! A line's share is that of the money its sub-merchant brought today and on its last day before, and a tenth is dealt out equally:
//! what a line draws counts the less the more its sub-merchant brought. The day before is counted because most of those that wait
//! at midnight get their turn before today has brought anything. Where nobody is known to have brought anything, or where it does
//! not matter, all lines are equal. An operator's [`Weight`] multiplies the share that follows from all that.
//! Source: [operations 2.5]; Goyal, Vin and Cheng, Start-time Fair Queueing (1996).

use std::collections::BTreeMap;

use wechatpay::ids::SubMchid;
use wechatpay::money::Currency;

use crate::key::RefundKey;
use crate::policy::Sharing;
use crate::pool::contribution::Contributor;
use crate::refund::Refund;
use crate::weight::Weight;

/// The share of a line that brought its equal part.
const EQUAL: i64 = 1_000;
/// What of that every line has, whatever it brought. Source: [operations 2.5].
const FLOOR: i64 = 100;

/// Where a refund stands among all lines, in minor units drawn by a line of equal weight.
pub(super) type Turn = i64;

#[derive(Debug, Default)]
pub(super) struct Shares {
    /// Where the lines stand: the turn of whoever left last, without what it drew.
    now: Turn,
    /// The last turn given in each line.
    last: BTreeMap<Option<SubMchid>, Turn>,
    /// Turns given to refunds that still wait, with what each draws, as its line counts it.
    turns: BTreeMap<RefundKey, (Turn, i64)>,
    /// What each sub-merchant brought to each pool; none if all lines are equal.
    brought: Option<Brought>,
    /// What an operator lets shares count for, where not as usual.
    weights: BTreeMap<SubMchid, Weight>,
}

#[derive(Debug, Default)]
struct Brought {
    by: BTreeMap<Contributor, i64>,
    sums: BTreeMap<Currency, i64>,
}

impl Shares {
    /// Turns as the policy wants them; none if it wants none.
    pub(super) fn by(sharing: Sharing) -> Option<Shares> {
        match sharing {
            Sharing::Off => None,
            Sharing::Equal => Some(Shares::default()),
            Sharing::ByMoneyBrought => {
                Some(Shares { brought: Some(Brought::default()), ..Shares::default() })
            }
        }
    }

    /// The share of a sub-merchant in a pool is measured by `amount` from now on. Turns that were given stay.
    pub(super) fn measure(&mut self, contributor: Contributor, amount: i64) {
        let Some(Brought { by, sums }) = &mut self.brought else { return };
        let sum = sums.entry(contributor.0).or_default();
        let amount = amount.max(0);
        let before = if amount == 0 { by.remove(&contributor) } else { by.insert(contributor, amount) };
        *sum = sum.saturating_add(amount).saturating_sub(before.unwrap_or(0));
    }

    /// The shares count for `weights` from now on. Turns that were given stay.
    pub(super) fn weigh(&mut self, weights: BTreeMap<SubMchid, Weight>) {
        self.weights = weights;
    }

    /// What the line of a refund counts for what it draws: the less, the larger its share.
    fn counted(&self, refund: &Refund) -> i64 {
        let weight = refund.identity.sub_mchid.as_ref().and_then(|sub_mchid| self.weights.get(sub_mchid));
        let weight = weight.copied().unwrap_or_default();
        let need = i128::from(refund.need.high) * i128::from(EQUAL) * i128::from(Weight::USUAL.percent());
        let share = self.share(refund) * i128::from(weight.percent());
        i64::try_from(need / share).unwrap_or(i64::MAX).max(1)
    }

    /// The share of a refund's line by the money its sub-merchant brought.
    fn share(&self, refund: &Refund) -> i128 {
        let equal = i128::from(EQUAL);
        let Some(Brought { by, sums }) = &self.brought else { return equal };
        let Some(sum) = sums.get(&refund.pool).filter(|sum| **sum > 0) else { return equal };
        let contributor = (refund.pool, refund.identity.sub_mchid.clone());
        let brought = i128::from(by.get(&contributor).copied().unwrap_or(0));
        // Who has asked for nothing since all were idle claims nothing.
        let lines = i128::try_from(self.last.len().max(1)).unwrap_or(1);
        i128::from(FLOOR) + i128::from(EQUAL - FLOOR) * lines * brought / i128::from(*sum)
    }

    /// The turn of a waiting refund: it keeps the one it was given first.
    pub(super) fn turn(&mut self, refund: &Refund) -> Turn {
        if let Some((turn, _)) = self.turns.get(&refund.key) {
            return *turn;
        }
        let line = refund.identity.sub_mchid.clone();
        self.last.entry(line.clone()).or_insert(self.now);
        let counted = self.counted(refund);
        let last = self.last.entry(line).or_default();
        let turn = self.now.max(*last).saturating_add(counted);
        *last = turn;
        self.turns.insert(refund.key.clone(), (turn, counted));
        turn
    }

    /// A refund waits no longer.
    pub(super) fn left(&mut self, key: &RefundKey) {
        if let Some((turn, counted)) = self.turns.remove(key) {
            self.now = self.now.max(turn.saturating_sub(counted));
        }
        if self.turns.is_empty() {
            // Nobody waits: all lines begin anew.
            self.now = 0;
            self.last.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, Timestamp};
    use wechatpay::ids::{Mchid, OutRefundNo};
    use wechatpay::money::Money;
    use wechatpay::wire::Wire;

    use super::*;
    use crate::key::{Identity, OrderKey, UpstreamNo};
    use crate::need::{Need, NeedSource};
    use crate::refund::{Attempts, RequestBytes, State};

    fn sub(text: &str) -> SubMchid {
        SubMchid::parse(text).unwrap()
    }

    /// The `n`-th refund there is, of a sub-merchant.
    fn refund(n: usize, of: &str, fen: i64) -> Refund {
        let mchid = Mchid::parse("19").unwrap();
        let ulid = format!("01JZ{n:022}");
        let number = OutRefundNo::parse(&format!("R{n}")).unwrap();
        let start: Timestamp = "2026-03-02T09:00:00+08:00".parse().unwrap();
        Refund {
            key: RefundKey::new(&mchid, &ulid).unwrap(),
            identity: Identity {
                mchid: mchid.clone(),
                sub_mchid: Some(sub(of)),
                out_refund_no: number.clone(),
            },
            upstream_no: UpstreamNo::adopted(number),
            order: OrderKey::new(&mchid, &ulid).unwrap(),
            amount: Money::fen(fen),
            pool: Currency::CNY,
            need: Need { low: fen, best: fen, high: fen, source: NeedSource::Exact },
            deadline: None,
            created_at: start + SignedDuration::from_secs(i64::try_from(n).unwrap()),
            request: RequestBytes::new(Wire::V3, b"{}"),
            attempts: Attempts::default(),
            state: State::Queued,
            ask_at: None,
            asked_in_vain: 0,
            attention: None,
            result_at: None,
            promise: None,
            version: 1,
        }
    }

    /// What each of two lines has drawn, in fen, when 60 refunds have left in turn. One wants 60 refunds of 1.00, the other 60 of
    /// 2.00.
    fn drawn(sharing: Sharing, brought: [i64; 2], weights: [u64; 2]) -> [i64; 2] {
        let names = ["101", "102"];
        let mut shares = Shares::by(sharing).unwrap();
        let weighed =
            names.map(sub).into_iter().zip(weights.map(|weight| Weight::of_percent(weight).unwrap()));
        shares.weigh(weighed.collect());
        for (name, brought) in names.into_iter().zip(brought) {
            shares.measure((Currency::CNY, Some(sub(name))), brought);
        }
        let refunds: Vec<Refund> =
            (0..120).map(|n| refund(n, names[n % 2], if n % 2 == 0 { 100 } else { 200 })).collect();
        let mut waiting: Vec<(Turn, &Refund)> =
            refunds.iter().map(|refund| (shares.turn(refund), refund)).collect();
        waiting.sort_by_key(|(turn, refund)| (*turn, refund.created_at));
        let mut drawn = [0, 0];
        for (_, refund) in &waiting[..60] {
            drawn[usize::from(refund.identity.sub_mchid == Some(sub("102")))] += refund.need.high;
            shares.left(&refund.key);
        }
        drawn
    }

    #[test]
    fn a_weight_multiplies_the_share_of_its_line() {
        for (sharing, brought, weights, expected) in [
            (Sharing::Equal, [0, 0], [100, 100], [4_000, 4_000]),
            (Sharing::Equal, [0, 0], [200, 100], [4_800, 2_400]),
            (Sharing::Equal, [0, 0], [100, 200], [3_000, 6_000]),
            (Sharing::Equal, [0, 0], [50, 100], [3_000, 6_000]),
            (Sharing::Equal, [0, 0], [20, 10], [4_800, 2_400]),
            (Sharing::ByMoneyBrought, [0, 0], [200, 100], [4_800, 2_400]),
            (Sharing::ByMoneyBrought, [500, 500], [200, 100], [4_800, 2_400]),
            // A third of the money, with a tenth dealt out equally: 0.7 to 1.3 by what they brought, 1.4 to 1.3 by weight.
            (Sharing::ByMoneyBrought, [100, 200], [200, 100], [4_100, 3_800]),
        ] {
            assert_eq!(drawn(sharing, brought, weights), expected, "{sharing:?} {brought:?} {weights:?}");
        }
    }

    #[test]
    fn the_least_and_the_greatest_weight_keep_nobody_waiting_for_ever() {
        let mut shares = Shares::by(Sharing::Equal).unwrap();
        shares.weigh([(sub("101"), Weight::of_percent(1).unwrap())].into());
        let (light, usual) = (refund(0, "101", 100), refund(1, "102", 10_100));
        assert!(shares.turn(&light) < shares.turn(&usual), "after a hundred times as much it is its turn");
        let of_nothing = Weight::of_percent(u64::from(Weight::LARGEST)).unwrap();
        shares.weigh([(sub("103"), of_nothing)].into());
        let first = shares.turn(&refund(2, "103", 1));
        assert!(shares.turn(&refund(3, "103", 1)) > first, "who draws does not stand still");
        assert!(shares.turn(&refund(4, "101", i64::MAX)) > first, "and no sum is too large");
    }
}
