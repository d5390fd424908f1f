//! What happened: who paid, and which refunds were asked for.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use wechatpay::china::{self, ChinaDay};

/// One payment into the pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Payment {
    /// When the payer paid.
    pub at: Timestamp,
    /// What was paid, in fen.
    pub amount_fen: i64,
}

/// One refund, as it was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AskedRefund {
    /// When it was asked for.
    pub at: Timestamp,
    /// What it takes out of the pool, in fen.
    pub amount_fen: i64,
    /// What it is called.
    pub out_refund_no: String,
    /// Whose share of the pool it takes, if shares are to be looked at.
    pub share: Option<String>,
}

/// The largest amount of an entry, in fen: ten thousand million CNY. More of them than fit into memory still add up.
pub const LARGEST_FEN: i64 = 1_000_000_000_000;

/// The first year of which there may be an entry, and the last: far from where calendars end.
const FIRST_YEAR: i16 = 2000;
const LAST_YEAR: i16 = 2199;

/// Payments and refunds in the order in which they happened.
#[derive(Debug, Clone, Default)]
pub struct History {
    payments: Vec<Payment>,
    refunds: Vec<AskedRefund>,
    numbers: BTreeMap<String, usize>,
}

/// Why something cannot be the next entry of a history.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EntryError {
    /// A time at which nobody paid this way.
    #[error("must lie between the years {FIRST_YEAR} and {LAST_YEAR}, and {at} does not")]
    Time {
        /// The time.
        at: Timestamp,
    },
    /// An amount that nobody pays.
    #[error("must lie between 1 and {LARGEST_FEN} fen, and {amount_fen} does not")]
    Amount {
        /// The amount.
        amount_fen: i64,
    },
    /// A time before that of the entry above.
    #[error("lies before the entry above, which is of {before}; sort the file by time")]
    Descending {
        /// The time of the entry above.
        before: Timestamp,
    },
    /// A number that an earlier refund has: at WeChat Pay both were one refund.
    #[error("is that of an earlier refund, `{out_refund_no}`; each refund has a number of its own")]
    NumberTaken {
        /// The number.
        out_refund_no: String,
    },
}

impl History {
    /// Adds the next payment.
    pub fn pay(&mut self, payment: Payment) -> Result<(), EntryError> {
        let before = self.payments.last().map(|payment| payment.at);
        check(before, payment.at, payment.amount_fen)?;
        self.payments.push(payment);
        Ok(())
    }

    /// Adds the next request for a refund.
    pub fn ask(&mut self, refund: AskedRefund) -> Result<(), EntryError> {
        let before = self.refunds.last().map(|refund| refund.at);
        check(before, refund.at, refund.amount_fen)?;
        if self.numbers.contains_key(&refund.out_refund_no) {
            return Err(EntryError::NumberTaken { out_refund_no: refund.out_refund_no });
        }
        self.numbers.insert(refund.out_refund_no.clone(), self.refunds.len());
        self.refunds.push(refund);
        Ok(())
    }

    /// The part of the history that a replay plays, whose first `history_days` China days are there to be learned from.
    pub fn trial(&self, history_days: u16) -> Result<Trial<'_>, TrialError> {
        let (Some(first), Some(last)) = (self.payments.first(), self.payments.last()) else {
            return Err(TrialError::NoPayments);
        };
        let first_day = ChinaDay::of(first.at);
        let counts_from = first_day.plus_days(i32::from(history_days));
        let from = self.refunds.partition_point(|refund| refund.at < counts_from.start());
        let to = self.refunds.partition_point(|refund| refund.at <= last.at);
        let refunds = self.refunds.get(from..to).unwrap_or_default();
        if refunds.is_empty() {
            return Err(TrialError::NoRefunds { counts_from, ends: ChinaDay::of(last.at) });
        }
        Ok(Trial { payments: &self.payments, refunds, first_day, counts_from, ends: last.at })
    }
}

fn check(before: Option<Timestamp>, at: Timestamp, amount_fen: i64) -> Result<(), EntryError> {
    if !(FIRST_YEAR..=LAST_YEAR).contains(&china::civil(at).year()) {
        return Err(EntryError::Time { at });
    }
    if let Some(before) = before.filter(|&before| at < before) {
        return Err(EntryError::Descending { before });
    }
    if !(1..=LARGEST_FEN).contains(&amount_fen) {
        return Err(EntryError::Amount { amount_fen });
    }
    Ok(())
}

/// Why there is nothing to play.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TrialError {
    /// Nobody paid.
    #[error("there is no payment: nothing could ever be refunded")]
    NoPayments,
    /// No refund was asked for in the time that counts.
    #[error(
        "no refund was asked for between {counts_from}, when the days to learn from are over, and the last payment on {ends}"
    )]
    NoRefunds {
        /// The first day that counts.
        counts_from: ChinaDay,
        /// The day of the last payment.
        ends: ChinaDay,
    },
}

/// What a replay plays: all payments, and the refunds asked for after the days to learn from, up to the last payment.
#[derive(Debug, Clone, Copy)]
pub struct Trial<'h> {
    payments: &'h [Payment],
    refunds: &'h [AskedRefund],
    first_day: ChinaDay,
    counts_from: ChinaDay,
    ends: Timestamp,
}

impl<'h> Trial<'h> {
    /// All payments; at least one.
    pub fn payments(&self) -> &'h [Payment] {
        self.payments
    }

    /// The refunds that count, in the order in which they were asked for; at least one. They are meant by their place here.
    pub fn refunds(&self) -> &'h [AskedRefund] {
        self.refunds
    }

    /// The China day of the first payment.
    pub fn first_day(&self) -> ChinaDay {
        self.first_day
    }

    /// The first day whose refunds count; the days before are there to be learned from.
    pub fn counts_from(&self) -> ChinaDay {
        self.counts_from
    }

    /// The last payment, with which the replay ends (inclusive).
    pub fn ends(&self) -> Timestamp {
        self.ends
    }

    /// How many China days it has, those to learn from among them.
    pub fn days(&self) -> i64 {
        self.first_day.days_until(ChinaDay::of(self.ends)) + 1
    }

    /// What happened, one after the other. At the same instant payments come first.
    pub fn happenings(&self) -> Happenings<'h> {
        Happenings { payments: self.payments, refunds: self.refunds, paid: 0, asked: 0 }
    }

    /// The payments of `day`.
    pub fn payments_of(&self, day: ChinaDay) -> &'h [Payment] {
        let from = self.payments.partition_point(|payment| payment.at < day.start());
        let to = self.payments.partition_point(|payment| payment.at < day.end());
        self.payments.get(from..to).unwrap_or_default()
    }

    /// From this time on a refund may still be waiting at the end without counting as never accepted.
    pub fn too_late_to_judge(&self) -> Timestamp {
        self.ends - UNJUDGED
    }
}

/// How long before the end a refund must have been possible to count as never accepted.
const UNJUDGED: SignedDuration = SignedDuration::from_hours(3 * 24);

/// Something that happens to the pool or to those who wait for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Happening {
    /// Somebody pays: the payment with this place.
    Paid(usize, Payment),
    /// The refund with this place is asked for.
    Asked(usize, Timestamp),
}

impl Happening {
    /// When.
    pub fn at(&self) -> Timestamp {
        match self {
            Happening::Paid(_, payment) => payment.at,
            Happening::Asked(_, at) => *at,
        }
    }
}

/// What happens in a trial, one after the other.
#[derive(Debug, Clone)]
pub struct Happenings<'h> {
    payments: &'h [Payment],
    refunds: &'h [AskedRefund],
    paid: usize,
    asked: usize,
}

impl Happenings<'_> {
    /// What happens next; it stays next.
    pub fn peek(&self) -> Option<Happening> {
        let paid = self.payments.get(self.paid).map(|&payment| Happening::Paid(self.paid, payment));
        let asked = self.refunds.get(self.asked).map(|refund| Happening::Asked(self.asked, refund.at));
        match (paid, asked) {
            (Some(paid), Some(asked)) if asked.at() < paid.at() => Some(asked),
            (paid, asked) => paid.or(asked),
        }
    }
}

impl Iterator for Happenings<'_> {
    type Item = Happening;

    fn next(&mut self) -> Option<Happening> {
        let next = self.peek()?;
        match next {
            Happening::Paid(..) => self.paid += 1,
            Happening::Asked(..) => self.asked += 1,
        }
        Some(next)
    }
}
