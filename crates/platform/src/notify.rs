//! Notices: which message goes to which address when, until it is answered.
//!
//! A notice is sent at once and then repeated by a plan of fifteen steps until its receiver answers, and never
//! after that. Delivery is no promise: the query is the authority. The shell asks for what is due, sends it and
//! reports; a report that never comes counts as a failure, as the next repeat stands in the plan already.
//! Source: [global-refund-notification].

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use wechatpay::ids::Mchid;

use crate::order::OrderIndex;
use crate::refund::{RefundIndex, RefundStatus};
use crate::wire;

/// The waits between one sending and the next: 24 hours and 4 minutes in all.
pub const REPEAT_AFTER_S: [i64; 15] =
    [15, 15, 30, 180, 600, 1200, 1800, 1800, 1800, 3600, 10_800, 10_800, 10_800, 21_600, 21_600];

/// A notice's number; never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NoticeId(usize);

/// What a notice tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum News {
    /// An order is paid.
    Paid {
        /// The order.
        order: OrderIndex,
    },
    /// A refund reached a result. The status is that of the moment, which a late repeat keeps.
    Refund {
        /// The refund.
        refund: RefundIndex,
        /// Its status.
        status: RefundStatus,
    },
}

/// A notice and how far it got.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// Whose.
    #[serde(with = "wire::text")]
    pub mchid: Mchid,
    /// Where to.
    pub url: String,
    /// What it tells.
    pub news: News,
    /// When it arose.
    #[serde(with = "wire::text")]
    pub raised_at: Timestamp,
    /// How often it was sent.
    pub sent: u32,
    /// How far it got.
    pub delivery: Delivery,
}

/// How far a notice got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Delivery {
    /// It is to be sent, or sent again.
    Due {
        /// When.
        #[serde(with = "wire::text")]
        at: Timestamp,
    },
    /// The receiver answered.
    Answered {
        /// When.
        #[serde(with = "wire::text")]
        at: Timestamp,
    },
    /// Every repeat went unanswered.
    GivenUp,
}

/// All notices.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(from = "Vec<Notice>", into = "Vec<Notice>")]
pub struct Outbox {
    list: Vec<Notice>,
    due: BTreeSet<(Timestamp, NoticeId)>,
}

impl Outbox {
    /// A new notice, due at once.
    pub fn raise(&mut self, at: Timestamp, mchid: Mchid, url: String, news: News) {
        let delivery = Delivery::Due { at };
        self.add(Notice { mchid, url, news, raised_at: at, sent: 0, delivery });
    }

    /// When the next sending is due.
    pub fn next_at(&self) -> Option<Timestamp> {
        self.due.first().map(|(at, _)| *at)
    }

    /// Takes the next notice to be sent at `now` or before, and notes that it was sent at `now`.
    pub fn take_due(&mut self, now: Timestamp) -> Option<(NoticeId, &Notice)> {
        let (_, id) = self.due.first().copied().filter(|(at, _)| *at <= now)?;
        self.due.pop_first();
        let notice = self.list.get_mut(id.0)?;
        let wait_s = usize::try_from(notice.sent).ok().and_then(|step| REPEAT_AFTER_S.get(step));
        notice.sent += 1;
        notice.delivery = match wait_s {
            Some(&wait_s) => {
                let at = now + SignedDuration::from_secs(wait_s);
                self.due.insert((at, id));
                Delivery::Due { at }
            }
            None => Delivery::GivenUp,
        };
        Some((id, notice))
    }

    /// The receiver answered; nothing is repeated. Unknown ids and second answers change nothing.
    pub fn answered(&mut self, now: Timestamp, id: NoticeId) {
        let Some(notice) = self.list.get_mut(id.0) else { return };
        match notice.delivery {
            Delivery::Due { at } => {
                self.due.remove(&(at, id));
                notice.delivery = Delivery::Answered { at: now };
            }
            // The answer to the last repeat.
            Delivery::GivenUp => notice.delivery = Delivery::Answered { at: now },
            Delivery::Answered { .. } => {}
        }
    }

    /// All notices, in the order in which they arose.
    pub fn notices(&self) -> &[Notice] {
        &self.list
    }

    fn add(&mut self, notice: Notice) {
        let id = NoticeId(self.list.len());
        if let Delivery::Due { at } = notice.delivery {
            self.due.insert((at, id));
        }
        self.list.push(notice);
    }
}

impl From<Vec<Notice>> for Outbox {
    fn from(list: Vec<Notice>) -> Outbox {
        let mut outbox = Outbox::default();
        for notice in list {
            outbox.add(notice);
        }
        outbox
    }
}

impl From<Outbox> for Vec<Notice> {
    fn from(outbox: Outbox) -> Vec<Notice> {
        outbox.list
    }
}
