//! Requests that leave: never before their intent is on disk, each time the same, and never more than WeChat Pay allows.

use std::collections::VecDeque;

use jiff::{SignedDuration, Timestamp};

use crate::history::Kind;
use crate::merchants::MerchantNo;
use crate::mutations::Request;
use crate::world::World;

/// A limit that is lower leaves no room for a request that is held up between decision and departure.
const JUDGED_FROM: u32 = 20;

/// A second by a clock that goes a little too fast.
const SECOND: SignedDuration = SignedDuration::from_millis(995);

/// The calls of the last second.
#[derive(Debug, Default)]
pub(crate) struct Calls(VecDeque<Timestamp>);

impl Calls {
    /// Counts one more at `now`, and says whether no more than `most` are in a second.
    pub(super) fn fits(&mut self, now: Timestamp, most: u32) -> bool {
        self.0.push_back(now);
        while self.0.front().is_some_and(|first| now.duration_since(*first) >= SECOND) {
            self.0.pop_front();
        }
        u32::try_from(self.0.len()).is_ok_and(|calls| calls <= most)
    }
}

impl World {
    pub(crate) fn judge_send(&mut self, merchant: MerchantNo, request: &Request) {
        let Request { refund: key, upstream_no, attempt, bytes, .. } = request;
        let now = self.now;
        let sender = self.merchant_mut(merchant);
        let most = sender.policy.calls_per_second;
        if !sender.record.calls.fits(now, most) && most >= JUDGED_FROM {
            self.judge(Kind::Rate, || format!("more than {most} requests were sent in a second"));
        }
        let stored = self.disk.model.refund(key).ok().flatten();
        match stored {
            None => self.judge(Kind::Send, || format!("{upstream_no} is sent, and {key} is not on disk")),
            Some(stored) if stored.attempts.count < *attempt => self.judge(Kind::Send, || {
                let count = stored.attempts.count;
                format!("attempt {attempt} of {upstream_no} is sent, and {count} are on disk")
            }),
            Some(stored) if stored.upstream_no != *upstream_no || stored.request != *bytes => {
                self.judge(Kind::Send, || {
                    format!("{upstream_no} is sent, and other bytes or another number are on disk for {key}")
                });
            }
            Some(_) => {}
        }
        let sent = (upstream_no.clone(), bytes.clone());
        let first =
            self.merchant_mut(merchant).record.sent.entry(key.clone()).or_insert_with(|| sent.clone());
        if *first != sent {
            let first = first.0.clone();
            self.judge(Kind::Send, || format!("{key} was sent as {first}, and differently as {upstream_no}"));
        }
    }
}
