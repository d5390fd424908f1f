//! The double-entry books of one pool.
//!
//! # Theory of operation
//!
//! Every movement of money is one [`Posting`]: an amount leaves one account and enters another of the same currency,
//! so each currency's accounts always add up to zero. What the platform owes stands positive; the world outside
//! (payers, banks, the exchange desk) stands negative by what came in. [`Ledger::post`] is the only way to move
//! money, and it refuses three things whoever asks: to overdraw what merchants own, to put money into a day that is
//! not today, and to bring money back from the settlement pool. A caller that is refused has a mistake; the platform
//! reports it as a violation and never hides it.
//!
//! | event | from → to |
//! | --- | --- |
//! | E1 payment | payers → open of the day (or the balance) |
//! | E2 refund accepted | open of today → transit |
//! | E3 payer credited | transit → payers |
//! | E4m abnormal refund paid to the merchant | transit → bank |
//! | E5 refund closed | transit → open of **today** |
//! | E6 revoke | open of today → payers |
//! | E7 lock | open of the day → locked |
//! | E8 exchange | locked → desk in CNY; desk → settlement in the settlement currency |
//! | E9 fee | settlement → fees (in the other mode: open → fees at the payment, and back after a refund) |
//! | E10 payout | settlement → bank |
//! | E11 top-up, withdrawal, leak | bank → balance; balance → bank; open → payers |
//!
//! An account that returns to zero is forgotten, so the books of old days cost nothing; the journal keeps them.
//! Source: [operations 1.2].

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use wechatpay::china::ChinaDay;
use wechatpay::money::{Currency, Money};

use crate::order::OrderIndex;
use crate::refund::RefundIndex;
use crate::wire::{self, Text};

/// An account of one pool's books.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Account {
    /// Payers' wallets and bank cards; outside.
    Payers(Currency),
    /// CNY of the payments of a China day; refundable while it is that day.
    Open(ChinaDay),
    /// Money kept without days: all of a mainland merchant's, and what Hong Kong wallets paid.
    Balance(Currency),
    /// Accepted refunds on their way to payers.
    Transit(Currency),
    /// CNY of a day after its lock.
    Locked(ChinaDay),
    /// The exchange desk; outside.
    Desk(Currency),
    /// The pool in settlement currency.
    Settlement(Currency),
    /// What the platform earned.
    Fees(Currency),
    /// The merchant's bank account; outside.
    Bank(Currency),
}

impl Account {
    /// The currency it is kept in.
    pub fn currency(&self) -> Currency {
        match *self {
            Account::Open(_) | Account::Locked(_) => Currency::CNY,
            Account::Payers(currency)
            | Account::Balance(currency)
            | Account::Transit(currency)
            | Account::Desk(currency)
            | Account::Settlement(currency)
            | Account::Fees(currency)
            | Account::Bank(currency) => currency,
        }
    }

    /// Whether it may never fall below zero. The settlement pool may: a day's refunds can carry a worse rate than
    /// its payments. Source: [operations 1.2], I2 and I10.
    fn never_negative(&self) -> bool {
        matches!(self, Account::Open(_) | Account::Balance(_) | Account::Transit(_) | Account::Locked(_))
    }

    fn kind(&self) -> &'static str {
        match self {
            Account::Payers(_) => "payers",
            Account::Open(_) => "open",
            Account::Balance(_) => "balance",
            Account::Transit(_) => "transit",
            Account::Locked(_) => "locked",
            Account::Desk(_) => "desk",
            Account::Settlement(_) => "settlement",
            Account::Fees(_) => "fees",
            Account::Bank(_) => "bank",
        }
    }
}

impl fmt::Display for Account {
    /// The kind and the day or currency: `open 2026-11-21`, `settlement USD`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Account::Open(day) | Account::Locked(day) => write!(f, "{} {day}", self.kind()),
            other => write!(f, "{} {}", self.kind(), other.currency()),
        }
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Text for Account {
    fn write(&self) -> String {
        self.to_string()
    }

    fn read(text: &str) -> Result<Account, String> {
        let (kind, rest) = text.split_once(' ').ok_or_else(|| format!("`{text}` is not an account"))?;
        Ok(match kind {
            "payers" => Account::Payers(Currency::read(rest)?),
            "open" => Account::Open(ChinaDay::read(rest)?),
            "balance" => Account::Balance(Currency::read(rest)?),
            "transit" => Account::Transit(Currency::read(rest)?),
            "locked" => Account::Locked(ChinaDay::read(rest)?),
            "desk" => Account::Desk(Currency::read(rest)?),
            "settlement" => Account::Settlement(Currency::read(rest)?),
            "fees" => Account::Fees(Currency::read(rest)?),
            "bank" => Account::Bank(Currency::read(rest)?),
            _ => return Err(format!("`{text}` is not an account")),
        })
    }
}

/// Why money moved. The numbers are those of [operations 1.2].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// E1.
    Payment,
    /// E2.
    RefundAccepted,
    /// E3.
    PayerCredited,
    /// E4m: an abnormal refund went to the merchant's bank account.
    PaidToMerchant,
    /// E5.
    RefundClosed,
    /// E6.
    Revoked,
    /// E7.
    Locked,
    /// E8.
    Exchanged,
    /// E9.
    Fee,
    /// E10.
    PaidOut,
    /// E11: into a balance.
    ToppedUp,
    /// Out of a balance.
    Withdrawn,
    /// An outflow that the merchant's systems do not see.
    Leaked,
    /// The rest of the posting before it, out of yesterday's money that a late lock keeps refundable.
    DrawnFromYesterday,
}

/// What a posting is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// An order.
    Order(OrderIndex),
    /// A refund.
    Refund(RefundIndex),
    /// The pool as a whole.
    Pool,
}

/// One movement of money.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Posting {
    /// When.
    #[serde(with = "wire::text")]
    pub at: Timestamp,
    /// Why.
    pub event: Event,
    /// About what.
    pub subject: Subject,
    /// Whence.
    #[serde(with = "wire::text")]
    pub from: Account,
    /// Where to.
    #[serde(with = "wire::text")]
    pub to: Account,
    /// How much; never negative.
    #[serde(with = "wire::text")]
    pub amount: Money,
}

/// The books of one pool: what is in each account, and every posting that brought it there.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Ledger {
    #[serde(with = "wire::map")]
    balances: BTreeMap<Account, i64>,
    journal: Vec<Posting>,
}

impl Ledger {
    /// What is in an account, in smallest units of its currency.
    pub fn balance(&self, account: Account) -> i64 {
        self.balances.get(&account).copied().unwrap_or(0)
    }

    /// The accounts that are not empty.
    pub fn balances(&self) -> impl Iterator<Item = (Account, i64)> {
        self.balances.iter().map(|(account, balance)| (*account, *balance))
    }

    /// Everything that happened, in order.
    pub fn journal(&self) -> &[Posting] {
        &self.journal
    }

    /// Moves money, or changes nothing and says which rule of the books forbids it.
    pub fn post(&mut self, posting: Posting) -> Result<(), LedgerError> {
        let Posting { at, from, to, amount, .. } = posting;
        let currency = amount.currency();
        if from.currency() != currency || to.currency() != currency {
            return Err(LedgerError::CurrencyOfAnother { from, to, amount });
        }
        if amount.minor() < 0 {
            return Err(LedgerError::Negative { amount });
        }
        match (from, to) {
            (_, Account::Open(day)) if day != ChinaDay::of(at) => {
                return Err(LedgerError::IntoAnotherDay { day, at });
            }
            (Account::Settlement(_) | Account::Locked(_), Account::Open(_) | Account::Balance(_)) => {
                return Err(LedgerError::BackFromSettlement { from, to });
            }
            _ => {}
        }
        let overflow = || LedgerError::Overflow { from, to, amount };
        let left = self.balance(from).checked_sub(amount.minor()).ok_or_else(overflow)?;
        if left < 0 && from.never_negative() {
            return Err(LedgerError::Overdrawn { account: from, amount, held: self.balance(from) });
        }
        self.balance(to).checked_add(amount.minor()).ok_or_else(overflow)?;
        self.add(from, -amount.minor());
        self.add(to, amount.minor());
        self.journal.push(posting);
        Ok(())
    }

    fn add(&mut self, account: Account, minor: i64) {
        let balance = self.balances.entry(account).or_insert(0);
        *balance += minor;
        if *balance == 0 {
            self.balances.remove(&account);
        }
    }
}

/// A movement that the books forbid. It means a mistake of the platform, never of a merchant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LedgerError {
    /// An amount of another currency than an account's.
    #[error("{amount} cannot move from {from} to {to}")]
    CurrencyOfAnother {
        /// Whence.
        from: Account,
        /// Where to.
        to: Account,
        /// How much.
        amount: Money,
    },
    /// Less than nothing.
    #[error("a posting of {amount} runs backwards")]
    Negative {
        /// How much.
        amount: Money,
    },
    /// More than there is.
    #[error("{amount} is more than the {held} (smallest units) in {account}")]
    Overdrawn {
        /// The account.
        account: Account,
        /// How much was asked.
        amount: Money,
        /// What it holds.
        held: i64,
    },
    /// Money into a day that is not today. Source: [operations 1.2], I6.
    #[error("nothing enters {day} at {at}")]
    IntoAnotherDay {
        /// The day.
        day: ChinaDay,
        /// The instant.
        at: Timestamp,
    },
    /// Money back from what was locked or exchanged. Source: [operations 1.2], I6.
    #[error("money never flows back from {from} to {to}")]
    BackFromSettlement {
        /// Whence.
        from: Account,
        /// Where to.
        to: Account,
    },
    /// A balance beyond 64 bits.
    #[error("{amount} from {from} to {to} exceeds what the books can hold")]
    Overflow {
        /// Whence.
        from: Account,
        /// Where to.
        to: Account,
        /// How much.
        amount: Money,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    fn posting(at: &str, from: Account, to: Account, amount: Money) -> Posting {
        let at = at.parse().unwrap();
        Posting { at, event: Event::Payment, subject: Subject::Pool, from, to, amount }
    }

    const NOON: &str = "2026-11-21T12:00:00+08:00";

    fn day(text: &str) -> ChinaDay {
        ChinaDay::from_date(text.parse().unwrap())
    }

    #[test]
    fn what_leaves_one_account_enters_another() {
        let (payers, open) = (Account::Payers(Currency::CNY), Account::Open(day("2026-11-21")));
        let mut ledger = Ledger::default();
        ledger.post(posting(NOON, payers, open, Money::fen(500))).unwrap();
        assert_eq!((ledger.balance(payers), ledger.balance(open)), (-500, 500));
        ledger.post(posting(NOON, open, payers, Money::fen(500))).unwrap();
        assert_eq!(ledger.balances().count(), 0, "empty accounts are forgotten");
        assert_eq!(ledger.journal().len(), 2);
    }

    #[test]
    fn the_books_refuse_what_would_break_them_and_stay_as_they_were() {
        let (payers, open) = (Account::Payers(Currency::CNY), Account::Open(day("2026-11-21")));
        let yesterday = Account::Open(day("2026-11-20"));
        let usd = Account::Settlement(Currency::USD);
        let cny = Account::Settlement(Currency::CNY);
        let mut ledger = Ledger::default();
        ledger.post(posting(NOON, payers, open, Money::fen(500))).unwrap();
        for (from, to, amount) in [
            (open, payers, Money::fen(501)),
            (payers, open, Money::fen(-1)),
            (payers, yesterday, Money::fen(1)),
            (payers, usd, Money::fen(1)),
            (payers, usd, Money::new(1, Currency::USD)),
            (cny, open, Money::fen(1)),
            (payers, open, Money::fen(i64::MAX)),
        ] {
            assert!(ledger.post(posting(NOON, from, to, amount)).is_err(), "{from} to {to} {amount}");
            assert_eq!((ledger.balance(open), ledger.journal().len()), (500, 1));
        }
    }

    #[test]
    fn accounts_read_back_from_their_names() {
        for account in [
            Account::Payers(Currency::HKD),
            Account::Open(day("2026-11-21")),
            Account::Locked(day("2026-11-21")),
            Account::Settlement(Currency::USD),
        ] {
            assert_eq!(Account::read(&account.to_string()), Ok(account));
        }
        assert!(Account::read("till CNY").is_err());
    }
}
