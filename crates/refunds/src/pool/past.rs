//! What past days of a pool have shown: all that a forecast can learn from.

use std::sync::Arc;

use jiff::civil::Time;
use wechatpay::china::ChinaDay;
use wechatpay::money::Currency;

use super::exchange::Night;
use super::price::Spent;
use super::rounding::count;

/// How many slots of a day a curve has: five minutes each.
pub const SLOTS: usize = 288;

/// Seconds of one slot.
pub const SLOT_S: i32 = 300;

/// The slot of a day in which `time` lies.
pub fn slot(time: Time) -> usize {
    let seconds = i32::from(time.hour()) * 3600 + i32::from(time.minute()) * 60 + i32::from(time.second());
    usize::try_from(seconds / SLOT_S).unwrap_or(0).min(SLOTS - 1)
}

/// What payers had paid by the end of each slot of a China day, in minor units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Curve {
    paid_by: Arc<[i64; SLOTS]>,
    gap_s: u32,
}

impl Curve {
    /// The curve of payments at these times of day.
    pub fn of(payments: impl IntoIterator<Item = (Time, i64)>) -> Curve {
        let mut by_slot = [0i64; SLOTS];
        for (time, amount) in payments {
            if let Some(sum) = by_slot.get_mut(slot(time)) {
                *sum = sum.saturating_add(amount);
            }
        }
        Curve::from_amounts(&by_slot)
    }

    /// The curve of what was paid in each slot; slots that are not given brought nothing.
    pub fn from_amounts(amounts: &[i64]) -> Curve {
        let mut paid_by = [0i64; SLOTS];
        let mut sum = 0i64;
        for (n, paid) in paid_by.iter_mut().enumerate() {
            sum = sum.saturating_add(amounts.get(n).copied().unwrap_or(0));
            *paid = sum;
        }
        let mut curve = Curve { paid_by: Arc::new(paid_by), gap_s: 0 };
        curve.gap_s = curve.measure_gap_s();
        curve
    }

    /// How far apart the slots lie on average in which something was paid, in seconds; the whole day if that is one slot or none.
    pub fn gap_s(&self) -> u32 {
        self.gap_s
    }

    fn measure_gap_s(&self) -> u32 {
        let paid = || self.amounts().enumerate().filter(|(_, amount)| *amount > 0).map(|(slot, _)| slot);
        let slots = match (paid().next(), paid().last()) {
            (Some(first), Some(last)) if first < last => (last - first) / (paid().count() - 1),
            _ => SLOTS,
        };
        u32::try_from(slots).unwrap_or(u32::MAX).saturating_mul(SLOT_S.unsigned_abs())
    }

    /// What was paid in each slot.
    pub fn amounts(&self) -> impl Iterator<Item = i64> + '_ {
        let before = std::iter::once(0).chain(self.paid_by.iter().copied());
        self.paid_by.iter().zip(before).map(|(paid, before)| paid - before)
    }

    /// What had been paid by the end of `slot`.
    pub fn paid_by(&self, slot: usize) -> i64 {
        self.paid_by.get(slot).copied().unwrap_or_else(|| self.total())
    }

    /// What had been paid `second` seconds into the day, as if payments came evenly within a slot.
    pub fn paid_at(&self, second: f64) -> f64 {
        let slots = (second / f64::from(SLOT_S)).clamp(0.0, SLOTS as f64);
        let slot = count(slots);
        let before = slot.checked_sub(1).map_or(0, |slot| self.paid_by(slot)) as f64;
        before + (self.paid_by(slot) as f64 - before) * slots.fract()
    }

    /// The first second of the day by which `amount` had been paid; none if it never was.
    pub fn paid_first(&self, amount: f64) -> Option<f64> {
        if amount <= 0.0 {
            return Some(0.0);
        }
        let slot = self.paid_by.partition_point(|&paid| (paid as f64) < amount);
        let paid = *self.paid_by.get(slot)? as f64;
        let before = slot.checked_sub(1).map_or(0, |slot| self.paid_by(slot)) as f64;
        Some((slot as f64 + (amount - before) / (paid - before)) * f64::from(SLOT_S))
    }

    /// What was paid on the whole day.
    pub fn total(&self) -> i64 {
        self.paid_by.last().copied().unwrap_or(0)
    }
}

/// One past China day of one pool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastDay {
    /// The pool, by the payer's currency.
    pub pool: Currency,
    /// The day.
    pub day: ChinaDay,
    /// What payers paid, by the day's statement.
    pub paid: Curve,
    /// What refunds drew, by the day's statement: ours and those made elsewhere.
    pub refunded: i64,
    /// What of the payments we knew while the day lasted.
    pub seen: i64,
    /// What our own refunds drew, less what was closed again.
    pub accepted: i64,
    /// Promises to waiting refunds that were kept on the day, and those that were broken.
    pub promises: Promises,
    /// What its first hours told of the money of the day before.
    pub night: Night,
    /// What refunds spent on the day on looking.
    pub spent: Spent,
}

#[cfg(test)]
impl PastDay {
    /// A day of the CNY pool of which only what was paid is known.
    pub(super) fn that_brought(day: ChinaDay, payments: impl IntoIterator<Item = (Time, i64)>) -> PastDay {
        PastDay {
            pool: Currency::CNY,
            day,
            paid: Curve::of(payments),
            refunded: 0,
            seen: 0,
            accepted: 0,
            promises: Promises::default(),
            night: Night::default(),
            spent: Spent::default(),
        }
    }
}

/// How promises of when a refund would leave came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Promises {
    /// The refund left by the time that was said.
    pub kept: u32,
    /// It left later.
    pub broken: u32,
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::time;

    #[test]
    fn a_curve_grows_with_the_slots_of_its_payments() {
        let curve = Curve::of([(time(0, 4, 59, 0), 100), (time(0, 5, 0, 0), 20), (time(23, 59, 59, 0), 3)]);
        assert_eq!(
            [curve.paid_by(0), curve.paid_by(1), curve.paid_by(286), curve.total()],
            [100, 120, 120, 123]
        );
        assert_eq!(Curve::from_amounts(&curve.amounts().collect::<Vec<_>>()), curve);
    }

    #[test]
    fn a_curve_knows_how_far_apart_its_payments_lie() {
        let gap = |hours: &[i8]| Curve::of(hours.iter().map(|&hour| (time(hour, 0, 0, 0), 100))).gap_s();
        assert_eq!(gap(&[10, 12, 18]), 4 * 3600);
        assert_eq!([gap(&[]), gap(&[10])], [24 * 3600; 2]);
    }
}
