//! One refund and the states of its life.

use std::fmt;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use wechatpay::ids::RefundId;
use wechatpay::money::{Currency, Money};
use wechatpay::wire::Wire;

use crate::key::{Identity, OrderKey, RefundKey, UpstreamNo};
use crate::need::Need;
use crate::outcome::Refusal;

/// The bytes of the request for WeChat Pay: rendered once, stored before the first attempt, sent byte for byte ever
/// after. What is in them is not this crate's business; for which wire they were written is.
#[derive(Clone, PartialEq, Eq)]
pub struct RequestBytes {
    wire: Wire,
    bytes: Arc<[u8]>,
}

impl RequestBytes {
    /// These bytes, written for `wire`.
    pub fn new(wire: Wire, bytes: &[u8]) -> RequestBytes {
        RequestBytes { wire, bytes: bytes.into() }
    }

    /// The version of the interface that they were written for, and that the refund is asked about with.
    pub fn wire(&self) -> Wire {
        self.wire
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl fmt::Debug for RequestBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}, {} bytes", self.wire, self.bytes.len())
    }
}

/// One refund.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refund {
    /// Our key.
    pub key: RefundKey,
    /// What the tenant calls it.
    pub identity: Identity,
    /// Its number at WeChat Pay, for life.
    pub upstream_no: UpstreamNo,
    /// The order it draws on.
    pub order: OrderKey,
    /// What is asked for, in the order's price currency.
    pub amount: Money,
    /// The pool it is paid from, by the payer's currency.
    pub pool: Currency,
    /// What it takes out of that pool, as known at the last change.
    pub need: Need,
    /// When the tenant no longer wants it attempted.
    pub deadline: Option<Timestamp>,
    /// When it was taken in.
    pub created_at: Timestamp,
    /// What is sent.
    pub request: RequestBytes,
    /// What is known of the attempts made.
    pub attempts: Attempts,
    /// Where it stands.
    pub state: State,
    /// When to ask WeChat Pay about it; none if there is nothing to ask.
    pub ask_at: Option<Timestamp>,
    /// Queries in a row that brought nothing.
    pub asked_in_vain: u32,
    /// What a person should look at.
    pub attention: Option<Attention>,
    /// When its result became known, if it has one: it succeeded, or it was closed. Of one that was closed when first heard of
    /// that is when it was taken: nobody saw it on its way.
    pub result_at: Option<Timestamp>,
    /// By when it was said to leave, if it has had to wait for funds and somebody could say.
    pub promise: Option<Promise>,
    /// The number of journal entries so far; grows with every change.
    pub version: u64,
}

/// What is known of the attempts of a refund, whatever its state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Attempts {
    /// How many were made (their intent stored).
    pub count: u32,
    /// The time stamp the newest one's signature bears.
    pub last_signed_at: Option<Timestamp>,
    /// Until when an attempt that was not refused for good may still be accepted; none if there is no such attempt. It need not be
    /// one of those counted: another system may have made it, or we in a time of which a backup tells nothing.
    pub unproven_until: Option<Timestamp>,
    /// The same without the newest attempt.
    pub unproven_until_before_last: Option<Timestamp>,
    /// When, after all of them, a query first found nothing; kept where one absence proves nothing yet.
    pub first_absent: Option<Timestamp>,
    /// Whether WeChat Pay named it among its order's refunds before anything was known of it here: it was taken, on verified word,
    /// and no absence proves otherwise.
    pub listed: bool,
}

/// What a query that found nothing proves about a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Absence {
    /// The number is dead: nothing was and nothing will be paid under it.
    Proof,
    /// Nothing yet: an attempt may still be accepted.
    TooEarly,
    /// Nothing yet: it must be found missing once more, this much later.
    Once,
}

impl Attempts {
    /// These attempts and one more, whose signature bears `signed_at` and which may be accepted for `life`.
    pub(crate) fn and_one(self, signed_at: Timestamp, life: SignedDuration) -> Attempts {
        Attempts {
            count: self.count + 1,
            last_signed_at: Some(signed_at),
            unproven_until: self.unproven_until.max(Some(signed_at + life)),
            unproven_until_before_last: self.unproven_until,
            first_absent: None,
            listed: self.listed,
        }
    }

    /// The newest attempt was refused for good: it proves nothing about the ones before.
    pub(crate) fn last_refused(self) -> Attempts {
        Attempts { unproven_until: self.unproven_until_before_last, ..self }
    }

    /// The earliest time at which a query that finds nothing can prove something.
    pub fn dead_from(&self, now: Timestamp) -> Timestamp {
        self.unproven_until.map_or(now, |until| until.max(now))
    }

    /// What it proves that a query made at `asked_at` found nothing.
    ///
    /// The number is dead if every attempt was refused for good before the query was made, or can no longer be accepted. On
    /// V3 the time stamp of the signature ends an attempt. A V2 request bears none: there the number must be missing twice,
    /// `apart` from each other, after its sender has let go of the last attempt.
    /// Source: [refund-logic] for what a new number risks, [official-skills] for the five minutes, \[inferred\] for V2.
    pub(crate) fn absent(&self, wire: Wire, asked_at: Timestamp, apart: SignedDuration) -> Absence {
        match (self.unproven_until, wire) {
            (None, _) => Absence::Proof,
            (Some(until), _) if asked_at < until => Absence::TooEarly,
            (Some(_), Wire::V3) => Absence::Proof,
            (Some(_), Wire::V2) => match self.first_absent {
                None => Absence::Once,
                Some(first) if asked_at < first + apart => Absence::TooEarly,
                Some(_) => Absence::Proof,
            },
        }
    }
}

/// Where a refund stands. Each state carries what is true in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// Taken in, not yet looked at.
    Queued,
    /// To be attempted, later.
    Waiting {
        /// Why not now.
        why: Why,
        /// Since when, for this reason.
        since: Timestamp,
        /// Not before this time, unless something better becomes known.
        not_before: Option<Timestamp>,
    },
    /// An attempt's intent is stored; its request is on the way or will be.
    Submitting {
        /// When the first of the unclear attempts in a row became unclear; none if the last answer was clear.
        unclear_since: Option<Timestamp>,
        /// How often the number was sent again since.
        resent: u32,
    },
    /// Nobody knows whether WeChat Pay took the last attempt. Ask first, then the same number again.
    Unclear {
        /// Since when.
        since: Timestamp,
        /// How often the number was sent again since.
        resent: u32,
        /// When the same bytes go again: set once a query found nothing.
        resend_at: Option<Timestamp>,
    },
    /// No further attempt is made; it ends as it should once the number is proven dead, or goes on if it turns out
    /// that WeChat Pay took it.
    Withdrawing {
        /// Where it ends if nothing was taken.
        toward: Toward,
        /// Since when.
        since: Timestamp,
    },
    /// WeChat Pay took it; the payer does not have the money yet.
    Processing(Acceptance),
    /// The bank refused the money; it rests at WeChat Pay until someone handles it there.
    Abnormal(Acceptance),
    /// The payer has the money.
    Succeeded {
        /// How it was accepted.
        acceptance: Acceptance,
        /// When the payer had the money, if WeChat Pay said so.
        at: Option<Timestamp>,
        /// Where it went, as WeChat Pay words it.
        received_in: Option<String>,
    },
    /// WeChat Pay closed it: nothing was paid, the order's amount is free again, and the number is never sent again.
    Closed(Acceptance),
    /// Refused for good, and nothing was taken.
    Rejected(Refusal),
    /// Withdrawn before WeChat Pay took it.
    Cancelled(Withdrawal),
}

/// Why a refund waits. Halted and paused merchant ids hold their refunds without a change to each of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// WeChat Pay said NOT ENOUGH.
    Funds,
    /// The planner knows that the pool is too low.
    Plan,
    /// A rate budget is used up.
    Rate,
    /// Another refund of the same order was requested less than a minute ago.
    Spacing,
    /// Its last attempt was refused because of the merchant id's set-up.
    Halt,
    /// The merchant id is paused.
    Paused,
    /// The store was put back from a backup, and open refunds are asked about first.
    Restored,
}

/// Where a withdrawn refund ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Toward {
    /// Somebody no longer wants it.
    Cancelled(Withdrawal),
    /// WeChat Pay refused it for good.
    Rejected(Refusal),
}

/// Who withdrew a refund.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Withdrawal {
    /// The tenant whose refund it is.
    Tenant,
    /// An operator.
    Operator,
    /// Its deadline came.
    Deadline,
}

/// What is known since WeChat Pay took a refund.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acceptance {
    /// WeChat Pay's number of the refund.
    pub refund_id: RefundId,
    /// When it was taken: WeChat Pay's word, else when we learned of it.
    pub at: Timestamp,
    /// What the payer gets, in the payer's currency, if WeChat Pay said so.
    pub payer_refund: Option<Money>,
}

/// What was said, when a refund began to wait for funds, of when it would leave. It stays as it was said, and is scored once
/// the refund has left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Promise {
    /// When it was said.
    pub made_at: Timestamp,
    /// The time by which it would leave in nine cases of ten.
    pub by: Timestamp,
}

/// What a person should look at, and since when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attention {
    /// Why.
    pub reason: Reason,
    /// Since when.
    pub since: Timestamp,
}

/// Why a person should look at a refund.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// No clear answer for an hour.
    UnclearForLong,
    /// The number stands for another refund at WeChat Pay.
    NumberConflict,
    /// WeChat Pay took it and now says that it does not exist.
    AcceptedButAbsent,
    /// The bank refused the money; it needs handling on the Merchant Platform.
    Abnormal,
    /// Five business days after acceptance there is still no result.
    Overdue,
    /// It was paid, but to the merchant's own account: the payer has nothing yet.
    BackAtShop,
    /// A year after acceptance there is still no result.
    NoResultInAYear,
    /// A refund that had ended moved once more, on WeChat Pay's word.
    LateNews,
    /// The merchant id has no right to refund this order.
    NoPermission,
    /// No day in sight is likely to bring enough for it.
    NoDayFits,
}

/// Where a waiting refund lies in the store: its pool, class and size. Counts and sums are kept for each place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The pool it is paid from.
    pub pool: Currency,
    /// Whether it has a deadline.
    pub class: Class,
    /// The power of two at or below its need.
    pub bucket: u8,
}

/// Whether a waiting refund has a deadline of its own; those that have go first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// The tenant set a deadline.
    Deadline,
    /// All others.
    Normal,
}

impl Refund {
    /// Whether it waits for the planner.
    pub fn is_waiting(&self) -> bool {
        matches!(self.state, State::Queued | State::Waiting { .. })
    }

    /// For how long it has waited at `now`: since its last attempt, or since it was asked for.
    pub fn waited(&self, now: Timestamp) -> SignedDuration {
        now.duration_since(self.attempts.last_signed_at.unwrap_or(self.created_at))
    }

    /// Whether it has ended. Later proof from WeChat Pay still moves it, with an alert.
    pub fn is_final(&self) -> bool {
        matches!(
            self.state,
            State::Succeeded { .. } | State::Closed(_) | State::Rejected(_) | State::Cancelled(_)
        )
    }

    /// Whether it was paid to the merchant's own account, as happens when an abnormal refund is mended that way: WeChat Pay calls
    /// that a success, and names the account with words that begin like `商户结算银行账户` or `商户基本账户`. The payer is paid
    /// outside of WeChat Pay then. Source: [operations 3.4], [v2-refund-query].
    pub fn is_back_at_shop(&self) -> bool {
        matches!(&self.state, State::Succeeded { received_in: Some(account), .. } if account.starts_with("商户"))
    }

    /// Whether it is certain that its number was never sent: not by us, nor by whoever had it before, nor in a time of which a
    /// backup tells nothing.
    pub fn was_never_sent(&self) -> bool {
        self.attempts.count == 0 && self.attempts.unproven_until.is_none()
    }

    /// Whether it was paid to the merchant's own account and nobody has said yet that the payer has been paid outside of WeChat
    /// Pay.
    pub fn is_to_be_settled(&self) -> bool {
        // Whatever draws attention to it: as long as anything does, nobody has closed it.
        self.is_back_at_shop() && self.attention.is_some()
    }

    /// Whether the order's amount counts it: everything not proven refused, cancelled or closed does.
    /// Source: [refund-logic], [operations 4.3].
    pub fn is_counted(&self) -> bool {
        !matches!(self.state, State::Closed(_) | State::Rejected(_) | State::Cancelled(_))
    }

    /// Whether WeChat Pay took it and has not closed it: then its amount has left the pool.
    pub fn is_taken(&self) -> bool {
        matches!(self.state, State::Processing(_) | State::Abnormal(_) | State::Succeeded { .. })
    }

    /// How WeChat Pay took it, if it did.
    pub fn acceptance(&self) -> Option<&Acceptance> {
        match &self.state {
            State::Processing(acceptance)
            | State::Abnormal(acceptance)
            | State::Closed(acceptance)
            | State::Succeeded { acceptance, .. } => Some(acceptance),
            State::Queued
            | State::Waiting { .. }
            | State::Submitting { .. }
            | State::Unclear { .. }
            | State::Withdrawing { .. }
            | State::Rejected(_)
            | State::Cancelled(_) => None,
        }
    }

    /// Whether a cancellation can still do something: WeChat Pay has not taken it, as far as anybody knows.
    pub fn is_withdrawable(&self) -> bool {
        matches!(
            self.state,
            State::Queued | State::Waiting { .. } | State::Submitting { .. } | State::Unclear { .. }
        )
    }

    /// Whether WeChat Pay is to be asked about it at `now`.
    pub fn is_to_be_asked_about(&self, now: Timestamp) -> bool {
        self.ask_at.is_some_and(|at| at <= now)
    }

    /// When its owner must look at it next, whatever the planner does.
    ///
    /// A refund in `submitting` is due at once: whoever finds it so in the store, and did not send it, knows that its
    /// sender is gone.
    pub fn due(&self) -> Option<Timestamp> {
        let own = match &self.state {
            State::Submitting { .. } => self.attempts.last_signed_at,
            State::Unclear { resend_at, .. } => *resend_at,
            _ => None,
        };
        let deadline = self.deadline.filter(|_| self.is_withdrawable());
        [own, self.ask_at, deadline].into_iter().flatten().min()
    }

    /// Whether it has a deadline of its own.
    pub fn class(&self) -> Class {
        if self.deadline.is_some() { Class::Deadline } else { Class::Normal }
    }

    /// Where it lies among the waiting; none if it does not wait.
    pub fn place(&self) -> Option<Place> {
        let place = || Place { pool: self.pool, class: self.class(), bucket: self.need.bucket() };
        self.is_waiting().then(place)
    }
}

impl State {
    /// The names of the states of refunds that have not ended, in the order in which refunds go through them.
    pub const OPEN: [&'static str; 7] =
        ["queued", "waiting", "submitting", "unclear", "withdrawing", "processing", "abnormal"];

    /// The state's name, as the journal and the store spell it.
    pub fn name(&self) -> &'static str {
        match self {
            State::Queued => "queued",
            State::Waiting { .. } => "waiting",
            State::Submitting { .. } => "submitting",
            State::Unclear { .. } => "unclear",
            State::Withdrawing { .. } => "withdrawing",
            State::Processing(_) => "processing",
            State::Abnormal(_) => "abnormal",
            State::Succeeded { .. } => "succeeded",
            State::Closed(_) => "closed",
            State::Rejected(_) => "rejected",
            State::Cancelled(_) => "cancelled",
        }
    }
}
