//! Turns among sub-merchants that share one pool.
//!
//! Each sub-merchant's waiting refunds form a line of their own, and the lines take turns by the money they draw: a line that has
//! drawn much comes later. So one sub-merchant with ten thousand refunds does not keep another's first one waiting behind
//! them. This is fair queueing by finishing times: a refund's turn is what its line will have drawn with it, counted from where
//! all lines stand when it comes. Equal weights; a line that was idle saves nothing up.
//! Source: [operations 2.5]; Goyal, Vin and Cheng, Start-time Fair Queueing (1996).

use std::collections::BTreeMap;

use wechatpay::ids::SubMchid;

use crate::key::RefundKey;
use crate::refund::Refund;

/// Where a refund stands among all lines, in minor units drawn.
pub(super) type Turn = i64;

#[derive(Debug, Default)]
pub(super) struct Shares {
    /// Where the lines stand: the turn of whoever left last, without what it drew.
    now: Turn,
    /// The last turn given in each line.
    last: BTreeMap<Option<SubMchid>, Turn>,
    /// Turns given to refunds that still wait, with what each draws.
    turns: BTreeMap<RefundKey, (Turn, i64)>,
}

impl Shares {
    /// The turn of a waiting refund: it keeps the one it was given first.
    pub(super) fn turn(&mut self, refund: &Refund) -> Turn {
        if let Some((turn, _)) = self.turns.get(&refund.key) {
            return *turn;
        }
        let last = self.last.entry(refund.identity.sub_mchid.clone()).or_default();
        let turn = self.now.max(*last).saturating_add(refund.need.high);
        *last = turn;
        self.turns.insert(refund.key.clone(), (turn, refund.need.high));
        turn
    }

    /// A refund waits no longer.
    pub(super) fn left(&mut self, key: &RefundKey) {
        if let Some((turn, need)) = self.turns.remove(key) {
            self.now = self.now.max(turn.saturating_sub(need));
        }
        if self.turns.is_empty() {
            // Nobody waits: all lines begin anew.
            self.now = 0;
            self.last.clear();
        }
    }
}
