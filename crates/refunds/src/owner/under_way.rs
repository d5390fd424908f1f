//! Requests of ours that are under way, and whether one more may be.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use wechatpay::ids::SubMchid;
use wechatpay::money::Currency;

use super::{Owner, reading};
use crate::batch::Submission;
use crate::key::RefundKey;
use crate::pool::budget::burst;

/// A request of ours that is under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum UnderWay {
    Submission { attempt: u32, risky: bool, pool: Currency, promised: i64 },
    Question,
}

/// A question about an order.
#[derive(Debug, Clone)]
pub(super) struct LookUp {
    pub(super) sub_mchid: Option<SubMchid>,
    /// When it was asked, as pages count.
    pub(super) since: reading::Moment,
}

/// What attempts under way may take out of `pool`.
pub(super) fn promised(under_way: &BTreeMap<RefundKey, UnderWay>, pool: Currency) -> i64 {
    let promised = |under_way: &UnderWay| match under_way {
        UnderWay::Submission { pool: from, promised, .. } if *from == pool => *promised,
        UnderWay::Submission { .. } | UnderWay::Question => 0,
    };
    under_way.values().map(promised).sum()
}

/// Whether a request that was decided on may still leave at `now`, when its commit came back: not within the pause around
/// midnight, and not with a time stamp that WeChat Pay would take for stale.
pub(super) fn may_leave(submission: &Submission, now: Timestamp) -> bool {
    let waited = now.duration_since(submission.signed_at());
    crate::pool::plan::midnight_pause(now).is_none() && waited < STALE_AFTER
}

/// How old the time stamp of a request may be when it leaves, well below the five minutes that WeChat Pay allows.
const STALE_AFTER: SignedDuration = SignedDuration::from_mins(2);

impl Owner {
    /// Whether a submission may be decided on at `now`, and if not, from when it may; none if that is not a matter of
    /// time.
    pub(super) fn may_submit(&self, now: Timestamp) -> Result<(), Option<Timestamp>> {
        if self.stands_still() || self.merchant.is_to_be_checked() {
            return Err(None);
        }
        match crate::pool::plan::midnight_pause(now) {
            Some(end) => Err(Some(end)),
            None => Ok(()),
        }
    }

    /// Whether nothing is submitted before somebody does something about it.
    pub(super) fn stands_still(&self) -> bool {
        self.merchant.paused || self.merchant.halt.is_some()
    }

    /// Whether one more submission may be decided on. While a commit is under way only so many are, because all of them
    /// leave at once when it comes back.
    pub(super) fn has_room_for_a_submission(&self, now: Timestamp) -> bool {
        let burst = usize::try_from(burst(self.policy.calls_per_second)).unwrap_or(1);
        let waiting = self.committing.as_ref().map(|batch| batch.intents.len() + self.pending.intents.len());
        let waits = waiting.is_some_and(|intents| intents >= burst);
        !waits && self.submissions_under_way() < self.submission_cap(now)
    }

    pub(super) fn submissions_under_way(&self) -> usize {
        self.under_way.values().filter(|under_way| matches!(under_way, UnderWay::Submission { .. })).count()
    }

    pub(super) fn questions_under_way(&self) -> usize {
        let about_refunds = self.under_way.len() - self.submissions_under_way();
        about_refunds + self.look_ups.len() + self.check.forgotten.under_way()
    }
}
