//! The double-entry books of a gateway's own side of a pool.
//!
//! # Theory of operation
//!
//! Nobody can ask WeChat Pay what a pool holds, but every payment and refund that we learn of moves money from one account to
//! another, and what we keep of a day says how much moved why. Four movements are kept, each on a China day; a correction is
//! the same movement with a negative amount.
//!
//! | movement | on which day | from → to |
//! | --- | --- | --- |
//! | [`Paid`](Movement::Paid) | on which the payer paid | payers → open of the day |
//! | [`Accepted`](Movement::Accepted) | on which WeChat Pay took the refund | open of the day → transit |
//! | [`Succeeded`](Movement::Succeeded) | on which that became known | transit → payers |
//! | [`Returned`](Movement::Returned) | on which the closure became known | transit → open of that day |
//!
//! What is open at the end of its day is exchanged in the night and never comes back. So news of a day that is over moves what
//! was exchanged of it, and never what was open: no past day is filled again (I6).
//!
//! What a refund has moved follows from the refund as it is ([`of_refund`]), and what a payment has moved from its order
//! ([`of_payment`]). A decision posts the difference between before and after ([`of_change`]), in the batch that holds it.
//! Hence an attempt that was refused posts nothing (I7), a number is accepted once (I8), and the sums can be counted anew from
//! orders and refunds alone.
//!
//! A day's statement adds two movements that we cannot know of: payments that we had not seen, and refunds made elsewhere; see
//! [`reconciliation`](super::reconciliation). **Until it has come, the open of a day may be below zero**: refunds draw on
//! payments whether or not we saw them. These books say what is known now; what was known while a day lasted, which estimates
//! and forecasts go by, is kept beside them ([`PoolDay`](crate::batch::PoolDay)). The night is that of pools that are exchanged;
//! of others only the movements mean something.
//!
//! Source: [operations 1.2], [operations 1.3], from which the numbers of the invariants are.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use wechatpay::china::ChinaDay;
use wechatpay::money::{Currency, Money};

use super::reconciliation::Reconciliation;
use crate::need::NeedSource;
use crate::order::{Order, Posted};
use crate::refund::{Refund, State};

/// Where money lies, or comes from and goes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Account {
    /// Payers' wallets and bank cards; outside.
    Payers,
    /// What a day has brought and was not drawn, while the day lasts.
    Open(ChinaDay),
    /// Refunds that WeChat Pay took and that are neither succeeded nor closed; abnormal ones stay here.
    Transit,
    /// What was left of a day when it was over: it has become settlement currency.
    Exchanged(ChinaDay),
    /// What refunds that were not made through this gateway took, as far as statements told; outside.
    Elsewhere,
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Account::Payers => f.write_str("payers"),
            Account::Open(day) => write!(f, "open {day}"),
            Account::Transit => f.write_str("transit"),
            Account::Exchanged(day) => write!(f, "exchanged {day}"),
            Account::Elsewhere => f.write_str("elsewhere"),
        }
    }
}

/// Why money moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Movement {
    /// A payer paid.
    Paid,
    /// WeChat Pay took a refund.
    Accepted,
    /// A payer has the money of a refund.
    Succeeded,
    /// A refund that WeChat Pay had taken was closed.
    Returned,
}

/// A movement of money of one pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Posting {
    /// The pool, by the payer's currency.
    pub pool: Currency,
    /// The day in whose books it stands.
    pub day: ChinaDay,
    /// Why.
    pub movement: Movement,
    /// How much, in minor units of the pool's currency; negative takes back what was posted before.
    pub amount: i64,
}

impl Posting {
    /// From which account to which it moves money, if it is made on `today`.
    pub fn accounts(&self, today: ChinaDay) -> (Account, Account) {
        let of_day = if self.day < today { Account::Exchanged(self.day) } else { Account::Open(self.day) };
        match self.movement {
            Movement::Paid => (Account::Payers, of_day),
            Movement::Accepted => (of_day, Account::Transit),
            Movement::Succeeded => (Account::Transit, Account::Payers),
            Movement::Returned => (Account::Transit, of_day),
        }
    }
}

/// What `refund` has moved so far: nothing unless WeChat Pay took it.
///
/// Who is closed when first heard of was never seen on its way: it goes back on the day on which it was taken, so that a
/// closure long ago does not fill today's pool.
pub fn of_refund(refund: &Refund) -> Vec<Posting> {
    let (Some(acceptance), Some(taken)) = (refund.acceptance(), taken(refund)) else { return vec![] };
    let on = |at: Timestamp, movement| Posting {
        pool: taken.currency(),
        day: ChinaDay::of(at),
        movement,
        amount: taken.minor(),
    };
    let ended = match refund.state {
        State::Succeeded { .. } => Some(Movement::Succeeded),
        State::Closed(_) => Some(Movement::Returned),
        State::Queued
        | State::Waiting { .. }
        | State::Submitting { .. }
        | State::Unclear { .. }
        | State::Withdrawing { .. }
        | State::Processing(_)
        | State::Abnormal(_)
        | State::Rejected(_)
        | State::Cancelled(_) => None,
    };
    let result = ended.map(|movement| on(refund.result_at.unwrap_or(acceptance.at), movement));
    [on(acceptance.at, Movement::Accepted)].into_iter().chain(result).collect()
}

/// What `refund` took out of a pool when WeChat Pay took it, whatever became of it since; none if WeChat Pay did not take
/// it.
pub(crate) fn taken(refund: &Refund) -> Option<Money> {
    let acceptance = refund.acceptance()?;
    Some(acceptance.payer_refund.unwrap_or_else(|| {
        // Nobody knows what an unknown need came to; a guess would be worse than nothing.
        let is_known = refund.need.source != NeedSource::Unknown;
        Money::new(if is_known { refund.need.best } else { 0 }, refund.pool)
    }))
}

/// What the payment of `order` has moved so far: nothing before it was posted.
pub fn of_payment(order: &Order) -> Option<Posting> {
    order.posted.map(of_posted)
}

/// What a payment moves that is `posted` so: all of it, however little of a report counts in the pool's estimate.
pub fn of_posted(posted: Posted) -> Posting {
    let Posted { day, amount, source: _, counted: _ } = posted;
    Posting { pool: amount.currency(), day, movement: Movement::Paid, amount: amount.minor() }
}

/// What is to be posted when a refund changes.
pub fn of_change(before: &Refund, after: &Refund) -> Vec<Posting> {
    difference(of_refund(before), of_refund(after))
}

/// What is to be posted so that `after` stands in the books where `before` stood.
pub fn difference(
    before: impl IntoIterator<Item = Posting>,
    after: impl IntoIterator<Item = Posting>,
) -> Vec<Posting> {
    let mut postings = Postings::default();
    postings.add_all(before.into_iter().map(|posting| Posting { amount: -posting.amount, ..posting }));
    postings.add_all(after);
    postings.into_sums()
}

/// Postings, those of one day and movement as one sum.
#[derive(Debug, Clone, Default)]
pub struct Postings(BTreeMap<(Currency, ChinaDay, Movement), i64>);

impl Postings {
    /// Whether nothing is posted.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds what is posted.
    pub fn add_all(&mut self, postings: impl IntoIterator<Item = Posting>) {
        for Posting { pool, day, movement, amount } in postings {
            let sum = self.0.entry((pool, day, movement)).or_default();
            *sum = sum.saturating_add(amount);
        }
    }

    /// The sums that are not zero, by pool, day and movement.
    pub fn into_sums(self) -> Vec<Posting> {
        let posting = |((pool, day, movement), amount)| Posting { pool, day, movement, amount };
        self.0.into_iter().filter(|(_, amount)| *amount != 0).map(posting).collect()
    }
}

/// The sums of what one China day moved in one pool, in minor units of its currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LedgerDay {
    /// The pool, by the payer's currency.
    pub pool: Currency,
    /// The day.
    pub day: ChinaDay,
    /// What payers paid, on whosever word and whenever that became known.
    pub paid: i64,
    /// What refunds drew that WeChat Pay took on the day, whatever became of them.
    pub accepted: i64,
    /// What refunds brought to payers of which that became known on the day.
    pub succeeded: i64,
    /// What came back from refunds of whose closure was heard on the day.
    pub returned: i64,
}

impl LedgerDay {
    /// A day on which nothing moved.
    pub fn empty(pool: Currency, day: ChinaDay) -> LedgerDay {
        LedgerDay { pool, day, paid: 0, accepted: 0, succeeded: 0, returned: 0 }
    }

    /// Whether nothing moved.
    pub fn is_empty(&self) -> bool {
        *self == LedgerDay::empty(self.pool, self.day)
    }

    /// Adds a posting, which must be of this pool and day.
    pub fn add(&mut self, posting: &Posting) {
        let sum = match posting.movement {
            Movement::Paid => &mut self.paid,
            Movement::Accepted => &mut self.accepted,
            Movement::Succeeded => &mut self.succeeded,
            Movement::Returned => &mut self.returned,
        };
        *sum = sum.saturating_add(posting.amount);
    }

    /// The day as postings.
    pub fn postings(&self) -> impl Iterator<Item = Posting> + use<> {
        let LedgerDay { pool, day, paid, accepted, succeeded, returned } = *self;
        let sums = [
            (Movement::Paid, paid),
            (Movement::Accepted, accepted),
            (Movement::Succeeded, succeeded),
            (Movement::Returned, returned),
        ];
        sums.into_iter().map(move |(movement, amount)| Posting { pool, day, movement, amount })
    }

    /// What the day leaves in the pool, as far as we know: I3.
    pub fn left(&self) -> i64 {
        self.paid.saturating_sub(self.accepted).saturating_add(self.returned)
    }

    /// What the day puts on its way to payers, less what arrived or came back.
    pub fn into_transit(&self) -> i64 {
        self.accepted.saturating_sub(self.succeeded).saturating_sub(self.returned)
    }
}

/// The days of what is posted, by pool and day; days on which nothing moved are absent.
pub fn days_of(postings: impl IntoIterator<Item = Posting>) -> Vec<LedgerDay> {
    let mut days: BTreeMap<(Currency, ChinaDay), LedgerDay> = BTreeMap::new();
    for posting in postings {
        let Posting { pool, day, .. } = posting;
        days.entry((pool, day)).or_insert_with(|| LedgerDay::empty(pool, day)).add(&posting);
    }
    days.into_values().filter(|day| !day.is_empty()).collect()
}

/// The books of one pool: what lies in each account on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ledger {
    today: ChinaDay,
    balances: BTreeMap<Account, i64>,
    days: BTreeMap<ChinaDay, LedgerDay>,
    /// What statements told beyond that: what was left of a day by the statement.
    reconciled: BTreeMap<ChinaDay, i64>,
}

/// What the refunds of a pool say for themselves, each number once, in minor units of the pool's currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counted {
    /// What WeChat Pay took, whatever became of it.
    pub accepted: i64,
    /// What of that is neither succeeded nor closed.
    pub in_transit: i64,
}

impl Counted {
    /// What these refunds say of `pool`.
    pub fn of<'a>(refunds: impl IntoIterator<Item = &'a Refund>, pool: Currency) -> Counted {
        let mut counted = Counted::default();
        for refund in refunds {
            let Some(taken) = taken(refund).filter(|taken| taken.currency() == pool) else { continue };
            counted.accepted = counted.accepted.saturating_add(taken.minor());
            if matches!(refund.state, State::Processing(_) | State::Abnormal(_)) {
                counted.in_transit = counted.in_transit.saturating_add(taken.minor());
            }
        }
        counted
    }
}

/// What is wrong with the books of a pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Violation {
    /// I1: the accounts do not add up to zero.
    #[error("all accounts together hold {sum}")]
    Unbalanced {
        /// What they add up to.
        sum: i64,
    },
    /// I2, I3: an account of a day does not hold what the day's movements leave; of a day that is over, nothing is open.
    #[error("{account} holds {held}, and the day leaves {left}")]
    DayDiffers {
        /// The account.
        account: Account,
        /// What is in it.
        held: i64,
        /// What should be.
        left: i64,
    },
    /// I2: refunds drew more on a day than its statement says that payers paid.
    #[error("{day} is reconciled and has {left} left")]
    BelowZero {
        /// The day.
        day: ChinaDay,
        /// What is left of it.
        left: i64,
    },
    /// I5: what is on its way is not the sum of the refunds on their way.
    #[error("{held} are on their way, and refunds of {counted}")]
    TransitDiffers {
        /// What the account holds.
        held: i64,
        /// What the refunds say.
        counted: i64,
    },
    /// I7, I8: a number was posted more than once, or one that WeChat Pay never took, or one that it took was not posted.
    #[error("{posted} are posted as accepted, and refunds of {counted} were")]
    AcceptedDiffers {
        /// What is posted.
        posted: i64,
        /// What the refunds say.
        counted: i64,
    },
}

impl Ledger {
    /// Empty books on `today`.
    pub fn begin(today: ChinaDay) -> Ledger {
        Ledger { today, balances: BTreeMap::new(), days: BTreeMap::new(), reconciled: BTreeMap::new() }
    }

    /// The books on `today` of a pool with these days.
    pub fn of(days: impl IntoIterator<Item = LedgerDay>, today: ChinaDay) -> Ledger {
        let mut ledger = Ledger::begin(today);
        days.into_iter().flat_map(|day| day.postings()).for_each(|posting| ledger.post(&posting));
        ledger
    }

    /// What lies in `account`, in minor units; of the outside, what it received less what it gave.
    pub fn balance(&self, account: Account) -> i64 {
        self.balances.get(&account).copied().unwrap_or(0)
    }

    /// What moved on `day`.
    pub fn day(&self, day: ChinaDay) -> Option<&LedgerDay> {
        self.days.get(&day)
    }

    /// Takes in a posting made today.
    pub fn post(&mut self, posting: &Posting) {
        let (from, to) = posting.accounts(self.today);
        self.transfer(from, to, posting.amount);
        let Posting { pool, day, .. } = *posting;
        self.days.entry(day).or_insert_with(|| LedgerDay::empty(pool, day)).add(posting);
    }

    /// Lets the nights before `today` pass: what is open of the days before is exchanged, the whole of it. A day that does
    /// not lie ahead changes nothing.
    pub fn turn_to(&mut self, today: ChinaDay) {
        self.today = self.today.max(today);
        let is_over = |account: &Account| matches!(account, Account::Open(day) if *day < self.today);
        let over: Vec<(Account, i64)> = self
            .balances
            .iter()
            .filter(|(account, _)| is_over(account))
            .map(|(account, held)| (*account, *held))
            .collect();
        for (account, held) in over {
            if let Account::Open(day) = account {
                self.transfer(account, Account::Exchanged(day), held);
            }
        }
    }

    /// Takes in what the statement of a day that is over says beyond our books, once.
    pub fn reconcile(&mut self, reconciliation: &Reconciliation) {
        let day = reconciliation.day;
        if self.reconciled.contains_key(&day) {
            return;
        }
        let (unseen, elsewhere) = (reconciliation.payments_unseen(), reconciliation.refunds_elsewhere());
        self.transfer(Account::Payers, Account::Exchanged(day), unseen);
        self.transfer(Account::Exchanged(day), Account::Elsewhere, elsewhere);
        self.reconciled.insert(day, unseen.saturating_sub(elsewhere));
    }

    fn transfer(&mut self, from: Account, to: Account, amount: i64) {
        for (account, amount) in [(from, amount.saturating_neg()), (to, amount)] {
            let held = self.balances.entry(account).or_default();
            *held = held.saturating_add(amount);
            if *held == 0 {
                self.balances.remove(&account);
            }
        }
    }

    /// What is wrong, if anything is; `counted` are the refunds of the pool themselves.
    pub fn check(&self, counted: Counted) -> Result<(), Violation> {
        self.check_days()?;
        let held = self.balance(Account::Transit);
        if held != counted.in_transit {
            return Err(Violation::TransitDiffers { held, counted: counted.in_transit });
        }
        let posted: i64 = self.days.values().map(|day| day.accepted).sum();
        if posted != counted.accepted {
            return Err(Violation::AcceptedDiffers { posted, counted: counted.accepted });
        }
        Ok(())
    }

    /// What is wrong with the accounts, whatever the refunds say.
    pub fn check_days(&self) -> Result<(), Violation> {
        let sum: i64 = self.balances.values().sum();
        if sum != 0 {
            return Err(Violation::Unbalanced { sum });
        }
        for (&day, sums) in &self.days {
            let told = self.reconciled.get(&day).copied();
            let left = sums.left().saturating_add(told.unwrap_or(0));
            let (open, exchanged) = (Account::Open(day), Account::Exchanged(day));
            let expected = if day < self.today {
                [(open, 0), (exchanged, left)]
            } else {
                [(open, left), (exchanged, 0)]
            };
            for (account, left) in expected {
                let held = self.balance(account);
                if held != left {
                    return Err(Violation::DayDiffers { account, held, left });
                }
            }
            if told.is_some() && left < 0 {
                return Err(Violation::BelowZero { day, left });
            }
        }
        Ok(())
    }
}
