//! What the platform will do by itself, in order of time.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use wechatpay::china::ChinaDay;

use crate::bank::Outcome;
use crate::order::OrderIndex;
use crate::refund::RefundIndex;
use crate::wire;

/// Something the platform does when its time comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Due {
    /// Lock and exchange a China day's CNY in every pool, then pay out what is due.
    Night {
        /// The day.
        #[serde(with = "wire::text")]
        day: ChinaDay,
    },
    /// A bank answers.
    BankAnswer {
        /// The refund.
        refund: RefundIndex,
        /// What it says.
        outcome: Outcome,
    },
    /// An unpaid Quick Pay order is revoked.
    QuickPayLapse {
        /// The order.
        order: OrderIndex,
    },
}

/// The agenda. Of two things due at one instant, the one entered first comes first.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(from = "Vec<Entry>", into = "Vec<Entry>")]
pub struct Agenda {
    entries: BTreeMap<(Timestamp, u64), Due>,
    entered: u64,
}

/// The agenda as it is written: in order, so that the counter need not be.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Entry {
    #[serde(with = "wire::text")]
    at: Timestamp,
    due: Due,
}

impl Agenda {
    /// Enters something.
    pub fn enter(&mut self, at: Timestamp, due: Due) {
        self.entries.insert((at, self.entered), due);
        self.entered += 1;
    }

    /// When the next thing is due.
    pub fn next_at(&self) -> Option<Timestamp> {
        self.entries.first_key_value().map(|((at, _), _)| *at)
    }

    /// Takes the next thing, if it is due at `until` or before.
    pub fn take_due(&mut self, until: Timestamp) -> Option<(Timestamp, Due)> {
        let entry = self.entries.first_entry().filter(|entry| entry.key().0 <= until)?;
        let ((at, _), due) = entry.remove_entry();
        Some((at, due))
    }
}

impl From<Vec<Entry>> for Agenda {
    fn from(entries: Vec<Entry>) -> Agenda {
        let mut agenda = Agenda::default();
        for Entry { at, due } in entries {
            agenda.enter(at, due);
        }
        agenda
    }
}

impl From<Agenda> for Vec<Entry> {
    fn from(agenda: Agenda) -> Vec<Entry> {
        agenda.entries.into_iter().map(|((at, _), due)| Entry { at, due }).collect()
    }
}
