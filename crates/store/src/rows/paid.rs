//! What payers paid in the course of a day.

use refunds::pool::past::Curve;
use serde::{Deserialize, Serialize};

use super::Document;

/// The document.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Paid {
    v: u32,
    /// The amounts of the slots from the first on. Slots behind the last payment are left out: they brought nothing.
    slots: Vec<i64>,
}

impl Document for Paid {
    const NAME: &'static str = "payments of a day";
    const VERSION: u32 = 1;

    fn version(&self) -> u32 {
        self.v
    }
}

impl Paid {
    /// The document of `curve`.
    pub(crate) fn of(curve: &Curve) -> Paid {
        let mut slots: Vec<i64> = curve.amounts().collect();
        let used = slots.iter().rposition(|amount| *amount != 0).map_or(0, |last| last + 1);
        slots.truncate(used);
        Paid { v: Paid::VERSION, slots }
    }

    /// The curve.
    pub(crate) fn curve(self) -> Curve {
        Curve::from_amounts(&self.slots)
    }
}
