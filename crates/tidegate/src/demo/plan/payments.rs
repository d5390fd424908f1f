//! What users pay.

use jiff::Timestamp;

use super::chance::Chance;
use super::shape::Calendar;
use super::shops::SHOPS;

/// A payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Payment {
    /// When.
    pub(crate) at: Timestamp,
    /// Which of the shops.
    pub(crate) shop: usize,
    /// The shop's number for the order.
    pub(crate) out_trade_no: String,
    /// The amount, in fen of CNY.
    pub(crate) total_fen: i64,
    /// With which card; the sandbox draws one if left open.
    pub(crate) bank_type: Option<&'static str>,
}

/// A rural bank that takes business days to pay a refund out.
const SLOW_BANK: &str = "GXNX_DEBIT";

/// One payment in as many is made with a card of that bank.
const SLOW_CARDS: usize = 40;

/// Payments are made in batches this many minutes apart, so that the clock has fewer places to stop at.
const BATCH_MIN: usize = 10;

/// Every payment, by time. The one at the index that comes along is by far the largest, and it is there if there is a day
/// on which its refund can meet a pool that is too low.
pub(super) fn payments(calendar: Calendar, chance: Chance) -> (Vec<Payment>, Option<usize>) {
    let mut payments: Vec<Payment> = (0..calendar.days)
        .flat_map(|day| (0..calendar.payments(day)).map(move |n| (day, n)))
        .map(|(day, n)| one(calendar, chance, day, n))
        .collect();
    let large = large(calendar, &payments);
    payments.extend(large.clone());
    payments.sort_by_key(|payment| (payment.at, payment.shop, payment.total_fen));
    let mut counts = [0; SHOPS.len()];
    for payment in &mut payments {
        counts[payment.shop] += 1;
        payment.out_trade_no = format!("{}{:04}", SHOPS[payment.shop].letter, counts[payment.shop]);
    }
    let index =
        large.and_then(|large| payments.iter().position(|payment| payment.total_fen == large.total_fen));
    (payments, index)
}

fn one(calendar: Calendar, chance: Chance, day: usize, n: usize) -> Payment {
    let id = (day * 1_000_000 + n) as u64;
    let shares: Vec<usize> = SHOPS.iter().map(|shop| shop.share).collect();
    let shop = chance.weighted(&shares, "shop", id);
    let (least, most) = SHOPS[shop].tickets;
    let hour = chance.weighted(&calendar.hours(day, &SHOPS[shop].hours), "payment hour", id);
    let minute = chance.below(60 / BATCH_MIN, "payment minute", id) * BATCH_MIN;
    let is_slow = chance.below(SLOW_CARDS, "slow card", id) == 0;
    Payment {
        at: calendar.at(day, hour, minute, 0),
        shop,
        out_trade_no: String::new(),
        total_fen: chance.amount(least, most, "ticket", id),
        bank_type: is_slow.then_some(SLOW_BANK),
    }
}

/// The large order: more than any day before the high water brings, and well within that day's trade. It is paid in the
/// department store on the day before its refund is asked for, with a card of the slow bank.
fn large(calendar: Calendar, payments: &[Payment]) -> Option<Payment> {
    let high_water = calendar.high_water();
    let paid_on = high_water.checked_sub(4).or_else(|| high_water.checked_sub(1))?;
    let flow = |index: usize| -> i64 {
        let day = calendar.day(index);
        let of_day = payments.iter().filter(|payment| payment.at >= day.start() && payment.at < day.end());
        of_day.map(|payment| payment.total_fen).sum()
    };
    let before = (paid_on + 1..high_water).map(flow).max().unwrap_or(0);
    let most = flow(high_water) * 7 / 10;
    let total_fen = ((before + most) / 2).min(most) / 1000 * 1000;
    Some(Payment {
        at: calendar.at(paid_on, 11, 40, 0),
        shop: SHOPS.len() - 1,
        out_trade_no: String::new(),
        total_fen,
        bank_type: Some(SLOW_BANK),
    })
}
