//! Questions: never before their time, and never more than may be asked.
//!
//! When a result is asked for is counted here from what WeChat Pay's page says, not taken from the owner: 1 and 20 minutes, 1, 2
//! and 24 hours after acceptance, then every 24 hours. Source: [refund-logic].

use jiff::{SignedDuration, Timestamp};
use refunds::batch::Change;
use refunds::key::UpstreamNo;
use refunds::owner::Question;
use refunds::refund::State;
use refunds::step::Cause;

use crate::driver::DriverId;
use crate::history::Kind;
use crate::merchants::MerchantNo;
use crate::world::World;

/// A question may be so much early.
const TOLERANCE: SignedDuration = SignedDuration::from_secs(1);
/// For so long a notification or a wish is a reason to ask out of turn: the disk may be full meanwhile.
const NUDGE_LASTS: SignedDuration = SignedDuration::from_hours(3);
/// From here on questions become rare; when exactly is not judged.
const REGULAR: SignedDuration = SignedDuration::from_hours(30 * 24);
const DAY_S: i64 = 24 * 3_600;

impl World {
    /// A notification came, or somebody wants to know.
    pub(crate) fn nudge(&mut self, merchant: MerchantNo, number: UpstreamNo) {
        let now = self.now;
        self.merchant_mut(merchant).record.nudged.insert(number, now);
    }

    pub(crate) fn judge_question(&mut self, id: DriverId, question: &Question) {
        let Question::Refund { refund: key, upstream_no, .. } = question else { return };
        let (now, node, owns) = (self.now, self.node_of(id), self.owns(id));
        let asked = self.merchant_mut(self.merchant_of(id));
        let most = asked.policy.calls_per_second;
        // Budgets go by the clock, and who was displaced by hand has one of its own.
        if owns && !asked.record.questions.fits(now, most) && !self.was_clock_set(node) {
            self.judge(Kind::Rate, || format!("more than {most} questions were asked in a second"));
        }
        let now = self.node(node).map_or(self.now, |node| node.clocks.wall(self.now));
        let Some(stored) = self.disk.model.refund(key).ok().flatten() else { return };
        let is_nudged = |at: &Timestamp| self.now.duration_since(*at) < NUDGE_LASTS;
        let asked = self.merchant(self.merchant_of(id));
        let was_nudged = asked.record.nudged.get(upstream_no).is_some_and(is_nudged);
        let restored = self.disk.model.merchant_state(&asked.mchid).unwrap_or_default().restored;
        let is_checked = restored.is_none_or(|restored| restored.is_checked);
        // Who was displaced by hand goes by what it knew. After a backup was put back everything is asked about.
        let waits = matches!(stored.state, State::Processing(_)) && !was_nudged && is_checked && owns;
        let early = stored.ask_at.filter(|ask_at| waits && ask_at.duration_since(now) > TOLERANCE);
        if let Some(ask_at) = early {
            self.judge(Kind::Early, || format!("{upstream_no} is asked about, and was to be at {ask_at}"));
        }
    }

    /// A batch says when to ask next.
    pub(crate) fn judge_ask_at(&mut self, change: &Change) {
        let refund = &change.refund;
        let (State::Processing(acceptance), Some(ask_at)) = (&refund.state, refund.ask_at) else { return };
        let is_now = change.entries.iter().any(|entry| {
            matches!(entry.cause, Cause::AskNow | Cause::AskedInVain) || ask_at <= entry.at + TOLERANCE
        });
        let after = ask_at.duration_since(acceptance.at);
        let seconds = after.as_secs();
        let is_time = matches!(seconds, 60 | 1_200 | 3_600 | 7_200) || (seconds > 0 && seconds % DAY_S == 0);
        if !is_now && !is_time && after < REGULAR {
            let (number, at) = (&refund.upstream_no, acceptance.at);
            self.judge(Kind::Early, || {
                format!("{number} was taken at {at} and is to be asked about at {ask_at}")
            });
        }
    }
}
