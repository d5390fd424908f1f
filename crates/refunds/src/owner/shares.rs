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
//! not matter, all lines are equal.
//! Source: [operations 2.5]; Goyal, Vin and Cheng, Start-time Fair Queueing (1996).

use std::collections::BTreeMap;

use wechatpay::ids::SubMchid;
use wechatpay::money::Currency;

use crate::key::RefundKey;
use crate::policy::Sharing;
use crate::pool::contribution::Contributor;
use crate::refund::Refund;

/// The weight of a line that brought its equal part.
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

    /// What the line of a refund counts for what it draws: the less, the more its sub-merchant brought.
    fn counted(&self, refund: &Refund) -> i64 {
        let need = refund.need.high;
        let Some(Brought { by, sums }) = &self.brought else { return need };
        let Some(sum) = sums.get(&refund.pool).filter(|sum| **sum > 0) else { return need };
        let contributor = (refund.pool, refund.identity.sub_mchid.clone());
        let brought = i128::from(by.get(&contributor).copied().unwrap_or(0));
        // Who has asked for nothing since all were idle claims nothing.
        let lines = i128::try_from(self.last.len().max(1)).unwrap_or(1);
        let by_money = i128::from(EQUAL - FLOOR) * lines * brought / i128::from(*sum);
        let weight = i128::from(FLOOR) + by_money;
        i64::try_from(i128::from(need) * i128::from(EQUAL) / weight).unwrap_or(i64::MAX).max(1)
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
