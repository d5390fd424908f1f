//! The pools of one owner: today's CNY, the settlement currency, and the way between them that is never walked back.
//!
//! A [`Pool`] moves money by the events of the ledger and keeps, beside the books, a [`DayBook`] of each China day:
//! what came in and went out, what it is worth in the settlement currency, and which orders and refunds are on the
//! day's bill. Books and day book are two records of the same money; the invariants compare them.

use std::collections::BTreeMap;
use std::fmt;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use wechatpay::china::ChinaDay;
use wechatpay::ids::{Mchid, SubMchid};
use wechatpay::money::{Currency, Money};

use crate::ledger::{Account, Event, Ledger, LedgerError, Posting, Subject};
use crate::order::OrderIndex;
use crate::refund::RefundIndex;
use crate::settlement::{Worth, fee};
use crate::wire::{self, Text};

/// How money of one payer currency is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PoolModel {
    /// By China days; exchanged every night. Source: [refund-logic].
    Daily,
    /// As one balance, which payments and top-ups fill and refunds and withdrawals empty.
    Balance,
}

/// Whose pool it is.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PoolOwner {
    /// The institution or merchant.
    pub mchid: Mchid,
    /// The sub-merchant, where each has its own pool.
    pub sub_mchid: Option<SubMchid>,
}

impl fmt::Display for PoolOwner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.sub_mchid {
            None => write!(f, "{}", self.mchid),
            Some(sub_mchid) => write!(f, "{}/{sub_mchid}", self.mchid),
        }
    }
}

impl fmt::Debug for PoolOwner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Text for PoolOwner {
    fn write(&self) -> String {
        self.to_string()
    }

    fn read(text: &str) -> Result<PoolOwner, String> {
        let (mchid, sub_mchid) = match text.split_once('/') {
            None => (text, None),
            Some((mchid, sub_mchid)) => (mchid, Some(SubMchid::read(sub_mchid)?)),
        };
        Ok(PoolOwner { mchid: Mchid::read(mchid)?, sub_mchid })
    }
}

/// A China day in one pool.
///
/// Its amounts are those of the money that is kept by days, and stay zero for money kept as a balance: `_fen` is CNY,
/// `_settle` smallest units of the settlement currency at each order's own rate. Its rows are those of the day's
/// bill, for both.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayBook {
    /// Payments of the day.
    pub payments_fen: i64,
    /// What the day's money gave for refunds and revokes.
    pub drawn_fen: i64,
    /// What refunds closed on this day brought back.
    pub returned_fen: i64,
    /// Fees withheld from payments, less what was given back; may be negative.
    pub withheld_fen: i64,
    /// What left by ways the merchant's systems do not see.
    pub leaked_fen: i64,
    /// Payments, in settlement currency.
    pub payments_settle: i64,
    /// Refunds accepted and payments revoked on this day, in settlement currency.
    pub refunds_settle: i64,
    /// Refunds closed on this day, in settlement currency.
    pub returned_settle: i64,
    /// The orders paid on this day.
    pub paid: Vec<OrderIndex>,
    /// The refunds accepted on this day.
    pub refunded: Vec<RefundIndex>,
    /// The orders revoked on this day after payment.
    pub revoked: Vec<OrderIndex>,
    /// The refunds closed on this day; on no bill, but their money is in the day's exchange.
    pub closed: Vec<RefundIndex>,
    /// The night after, once it was.
    pub exchange: Option<Exchange>,
}

impl DayBook {
    /// What must be in the day's open account before its lock.
    pub fn open_fen(&self) -> i64 {
        self.payments_fen - self.drawn_fen + self.returned_fen - self.withheld_fen - self.leaked_fen
    }

    /// What the day is worth in settlement currency.
    pub fn net_settlement(&self) -> i64 {
        self.payments_settle - self.refunds_settle + self.returned_settle
    }
}

/// The exchange of a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exchange {
    /// When.
    #[serde(with = "wire::text")]
    pub at: Timestamp,
    /// All CNY of the day.
    pub cny_fen: i64,
    /// What came of it.
    pub worth: Worth,
}

/// A transfer of the whole settlement pool to the bank.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payout {
    /// When.
    #[serde(with = "wire::text")]
    pub at: Timestamp,
    /// How much.
    #[serde(with = "wire::text")]
    pub amount: Money,
}

/// The pools of one owner.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Pool {
    #[serde(with = "wire::text")]
    settlement_currency: Currency,
    cny_model: PoolModel,
    late_lock_keeps_refundable: bool,
    ledger: Ledger,
    #[serde(with = "wire::map")]
    days: BTreeMap<ChinaDay, DayBook>,
    payouts: Vec<Payout>,
    /// Accepted refunds that are neither paid nor closed, by payer currency; the books' transit must agree.
    #[serde(with = "wire::map")]
    on_the_way: BTreeMap<Currency, i64>,
}

/// The pool is too low for a refund.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shortfall {
    /// What the refund needs.
    pub needed: Money,
    /// What is there.
    pub available: Money,
}

impl Pool {
    /// An empty pool.
    pub fn new(
        settlement_currency: Currency,
        cny_model: PoolModel,
        late_lock_keeps_refundable: bool,
    ) -> Pool {
        Pool {
            settlement_currency,
            cny_model,
            late_lock_keeps_refundable,
            ledger: Ledger::default(),
            days: BTreeMap::new(),
            payouts: Vec::new(),
            on_the_way: BTreeMap::new(),
        }
    }

    /// Whether from now on yesterday's money is refundable until its lock.
    pub(crate) fn set_late_lock_keeps_refundable(&mut self, keeps: bool) {
        self.late_lock_keeps_refundable = keeps;
    }

    /// The books.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// The China days with any business, in order.
    pub fn days(&self) -> impl Iterator<Item = (ChinaDay, &DayBook)> {
        self.days.iter().map(|(day, book)| (*day, book))
    }

    /// One China day, if there was any business.
    pub fn day(&self, day: ChinaDay) -> Option<&DayBook> {
        self.days.get(&day)
    }

    /// All payouts, in order.
    pub fn payouts(&self) -> &[Payout] {
        &self.payouts
    }

    /// The settlement pool; may be slightly negative.
    pub fn settlement(&self) -> Money {
        let account = Account::Settlement(self.settlement_currency);
        Money::new(self.ledger.balance(account), self.settlement_currency)
    }

    /// Whether CNY is kept by days or as a balance.
    pub fn cny_model(&self) -> PoolModel {
        self.cny_model
    }

    /// What accepted refunds that have not ended hold, by payer currency.
    pub fn on_the_way(&self, currency: Currency) -> Money {
        Money::new(self.on_the_way.get(&currency).copied().unwrap_or(0), currency)
    }

    /// What a refund to payers in `currency` can be taken from at `now`.
    pub fn available(&self, currency: Currency, now: Timestamp) -> Money {
        let sources = self.sources(currency, now);
        Money::new(sources.into_iter().flatten().map(|account| self.ledger.balance(account)).sum(), currency)
    }

    /// What is in the account that payments enter at `now`, in smallest units of `currency`.
    pub(crate) fn entered(&self, currency: Currency, now: Timestamp) -> i64 {
        self.ledger.balance(self.entrance(currency, now))
    }

    /// The accounts that give for refunds at `now`, in the order in which they are emptied.
    fn sources(&self, currency: Currency, now: Timestamp) -> [Option<Account>; 2] {
        let today = ChinaDay::of(now);
        match self.model(currency) {
            PoolModel::Balance => [Some(Account::Balance(currency)), None],
            // After its lock yesterday is empty, so it need not be asked whether the lock was.
            PoolModel::Daily if self.late_lock_keeps_refundable => {
                [Some(Account::Open(today.plus_days(-1))), Some(Account::Open(today))]
            }
            PoolModel::Daily => [Some(Account::Open(today)), None],
        }
    }

    fn model(&self, currency: Currency) -> PoolModel {
        if currency == Currency::CNY { self.cny_model } else { PoolModel::Balance }
    }

    /// Where money of payers enters at `at`.
    fn entrance(&self, currency: Currency, at: Timestamp) -> Account {
        match self.model(currency) {
            PoolModel::Daily => Account::Open(ChinaDay::of(at)),
            PoolModel::Balance => Account::Balance(currency),
        }
    }

    /// E1, and the withheld fee where it is taken at once.
    pub fn take_payment(
        &mut self,
        at: Timestamp,
        order: OrderIndex,
        payer: Money,
        settle: i64,
        withheld_ppm: u32,
    ) -> Result<(), LedgerError> {
        let entrance = self.entrance(payer.currency(), at);
        let subject = Subject::Order(order);
        self.post(at, Event::Payment, subject, Account::Payers(payer.currency()), entrance, payer)?;
        if let Account::Open(day) = entrance {
            let withheld = Money::fen(fee(payer.minor(), withheld_ppm));
            self.withhold(at, subject, withheld)?;
            let book = self.days.entry(day).or_default();
            book.payments_fen += payer.minor();
            book.payments_settle += settle;
        }
        self.today(at).paid.push(order);
        Ok(())
    }

    /// Moves a fee between the open account of today and the platform; negative gives it back.
    fn withhold(&mut self, at: Timestamp, subject: Subject, fee: Money) -> Result<(), LedgerError> {
        if fee.minor() == 0 {
            return Ok(());
        }
        let today = ChinaDay::of(at);
        self.post_signed(at, Event::Fee, subject, Account::Open(today), Account::Fees(Currency::CNY), fee)?;
        self.today(at).withheld_fen += fee.minor();
        Ok(())
    }

    /// Whether the pool holds a refund of `payer` at `now`.
    pub fn covers(&self, payer: Money, now: Timestamp) -> Result<(), Shortfall> {
        let available = self.available(payer.currency(), now);
        if available.minor() >= payer.minor() { Ok(()) } else { Err(Shortfall { needed: payer, available }) }
    }

    /// E2: all of it or nothing.
    pub fn accept_refund(
        &mut self,
        at: Timestamp,
        refund: RefundIndex,
        payer: Money,
        settle: i64,
    ) -> Result<(), LedgerError> {
        let transit = Account::Transit(payer.currency());
        self.draw(at, Event::RefundAccepted, Subject::Refund(refund), transit, payer)?;
        *self.on_the_way.entry(payer.currency()).or_insert(0) += payer.minor();
        let daily = self.model(payer.currency()) == PoolModel::Daily;
        let book = self.today(at);
        book.refunds_settle += if daily { settle } else { 0 };
        book.refunded.push(refund);
        Ok(())
    }

    /// E6: a revoked payment goes straight back.
    pub fn revoke(
        &mut self,
        at: Timestamp,
        order: OrderIndex,
        payer: Money,
        settle: i64,
    ) -> Result<(), LedgerError> {
        let payers = Account::Payers(payer.currency());
        self.draw(at, Event::Revoked, Subject::Order(order), payers, payer)?;
        let daily = self.model(payer.currency()) == PoolModel::Daily;
        let book = self.today(at);
        book.refunds_settle += if daily { settle } else { 0 };
        book.revoked.push(order);
        Ok(())
    }

    fn today(&mut self, at: Timestamp) -> &mut DayBook {
        self.days.entry(ChinaDay::of(at)).or_default()
    }

    /// Takes `amount` from the refundable accounts, oldest first.
    fn draw(
        &mut self,
        at: Timestamp,
        event: Event,
        subject: Subject,
        to: Account,
        amount: Money,
    ) -> Result<(), LedgerError> {
        let [first, second] = self.sources(amount.currency(), at);
        let (Some(last), earlier) = (match second {
            None => (first, None),
            Some(_) => (second, first),
        }) else {
            return Ok(());
        };
        let from_earlier = earlier.map_or(0, |account| self.ledger.balance(account).clamp(0, amount.minor()));
        let from_last = amount.minor() - from_earlier;
        // The later account first: it alone can be too low, and then nothing has happened yet.
        let parts = [Some((last, from_last)), earlier.map(|account| (account, from_earlier))];
        let mut event = event;
        for (account, minor) in parts.into_iter().flatten() {
            if minor > 0 || amount.minor() == 0 {
                self.post(at, event, subject, account, to, Money::new(minor, amount.currency()))?;
                self.note_drawn(account, minor);
                event = Event::DrawnFromYesterday;
            }
        }
        Ok(())
    }

    fn note_drawn(&mut self, account: Account, fen: i64) {
        if let Account::Open(day) = account {
            self.days.entry(day).or_default().drawn_fen += fen;
        }
    }

    /// E3: the payer has the money. The withheld fee of that part is given back.
    pub fn credit_payer(
        &mut self,
        at: Timestamp,
        refund: RefundIndex,
        payer: Money,
        withheld_ppm: u32,
    ) -> Result<(), LedgerError> {
        let to = Account::Payers(payer.currency());
        self.leave_transit(at, Event::PayerCredited, refund, to, payer)?;
        if self.model(payer.currency()) == PoolModel::Daily {
            let given_back = Money::fen(-fee(payer.minor(), withheld_ppm));
            self.withhold(at, Subject::Refund(refund), given_back)?;
        }
        Ok(())
    }

    /// E4m: an abnormal refund goes to the merchant's bank account instead.
    pub fn pay_to_merchant(
        &mut self,
        at: Timestamp,
        refund: RefundIndex,
        payer: Money,
    ) -> Result<(), LedgerError> {
        self.leave_transit(at, Event::PaidToMerchant, refund, Account::Bank(payer.currency()), payer)
    }

    /// E5: a closed refund's money enters **today's** pool, whatever day it left.
    pub fn return_closed(
        &mut self,
        at: Timestamp,
        refund: RefundIndex,
        payer: Money,
        settle: i64,
    ) -> Result<(), LedgerError> {
        let entrance = self.entrance(payer.currency(), at);
        self.leave_transit(at, Event::RefundClosed, refund, entrance, payer)?;
        if let Account::Open(day) = entrance {
            let book = self.days.entry(day).or_default();
            book.returned_fen += payer.minor();
            book.returned_settle += settle;
        }
        self.today(at).closed.push(refund);
        Ok(())
    }

    fn leave_transit(
        &mut self,
        at: Timestamp,
        event: Event,
        refund: RefundIndex,
        to: Account,
        payer: Money,
    ) -> Result<(), LedgerError> {
        let from = Account::Transit(payer.currency());
        self.post(at, event, Subject::Refund(refund), from, to, payer)?;
        *self.on_the_way.entry(payer.currency()).or_insert(0) -= payer.minor();
        Ok(())
    }

    /// E7 and E8 for the business of `day`: all of its CNY is locked and exchanged for what the day is worth, and the fee
    /// is taken. A day without business has nothing to exchange.
    pub fn exchange(&mut self, at: Timestamp, day: ChinaDay, worth: Worth) -> Result<(), LedgerError> {
        if !self.days.contains_key(&day) {
            return Ok(());
        }
        let currency = self.settlement_currency;
        let (open, locked) = (Account::Open(day), Account::Locked(day));
        let (desk, settlement) = (Account::Desk(currency), Account::Settlement(currency));
        let cny = Money::fen(self.ledger.balance(open));
        self.post(at, Event::Locked, Subject::Pool, open, locked, cny)?;
        self.post(at, Event::Exchanged, Subject::Pool, locked, Account::Desk(Currency::CNY), cny)?;
        let amount = Money::new(worth.proceeds, currency);
        self.post_signed(at, Event::Exchanged, Subject::Pool, desk, settlement, amount)?;
        if worth.fee != 0 {
            let (fees, amount) = (Account::Fees(currency), Money::new(worth.fee, currency));
            self.post_signed(at, Event::Fee, Subject::Pool, settlement, fees, amount)?;
        }
        let exchange = Exchange { at, cny_fen: cny.minor(), worth };
        self.days.entry(day).or_default().exchange = Some(exchange);
        Ok(())
    }

    /// E10: the whole settlement pool goes to the bank.
    pub fn pay_out(&mut self, at: Timestamp) -> Result<(), LedgerError> {
        let amount = self.settlement();
        let (from, to) = (Account::Settlement(amount.currency()), Account::Bank(amount.currency()));
        self.post(at, Event::PaidOut, Subject::Pool, from, to, amount)?;
        self.payouts.push(Payout { at, amount });
        Ok(())
    }

    /// The merchant puts money into a balance (E11). A daily pool cannot be topped up.
    pub fn top_up(&mut self, at: Timestamp, amount: Money) -> Result<(), LedgerError> {
        let (from, to) = (Account::Bank(amount.currency()), Account::Balance(amount.currency()));
        self.post(at, Event::ToppedUp, Subject::Pool, from, to, amount)
    }

    /// The merchant takes money out of a balance.
    pub fn withdraw(&mut self, at: Timestamp, amount: Money) -> Result<(), LedgerError> {
        let (from, to) = (Account::Balance(amount.currency()), Account::Bank(amount.currency()));
        self.post(at, Event::Withdrawn, Subject::Pool, from, to, amount)
    }

    /// Money leaves the refundable accounts by a way the merchant's systems do not see.
    pub fn leak(&mut self, at: Timestamp, amount: Money) -> Result<(), LedgerError> {
        let from = self.entrance(amount.currency(), at);
        let to = Account::Payers(amount.currency());
        self.post(at, Event::Leaked, Subject::Pool, from, to, amount)?;
        if let Account::Open(day) = from {
            self.days.entry(day).or_default().leaked_fen += amount.minor();
        }
        Ok(())
    }

    fn post_signed(
        &mut self,
        at: Timestamp,
        event: Event,
        subject: Subject,
        from: Account,
        to: Account,
        amount: Money,
    ) -> Result<(), LedgerError> {
        let magnitude = Money::new(amount.minor().saturating_abs(), amount.currency());
        let (from, to) = if amount.minor() < 0 { (to, from) } else { (from, to) };
        self.post(at, event, subject, from, to, magnitude)
    }

    fn post(
        &mut self,
        at: Timestamp,
        event: Event,
        subject: Subject,
        from: Account,
        to: Account,
        amount: Money,
    ) -> Result<(), LedgerError> {
        self.ledger.post(Posting { at, event, subject, from, to, amount })
    }
}

/// When the money of `day` is locked: at `lock_time` on the day after.
pub fn lock_instant(day: ChinaDay, lock_time: jiff::civil::Time) -> Timestamp {
    let seconds = i64::from(lock_time.hour()) * 3600 + i64::from(lock_time.minute()) * 60;
    day.end() + SignedDuration::from_secs(seconds + i64::from(lock_time.second()))
}
