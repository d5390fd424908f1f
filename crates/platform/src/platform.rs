//! The whole of the platform.
//!
//! # Theory of operation
//!
//! [`Platform`] is a value. It changes only in its methods; each takes `now` and first calls
//! [`advance`](Platform::advance), which does everything the platform does by itself up to that instant, in order of
//! time: banks answer, Quick Pay orders lapse, and every night the CNY of the day before is locked, exchanged and,
//! if it is enough and a business day, paid out. Time never runs backwards: an earlier `now` counts as the present.
//! [`next_event`](Platform::next_event) says when something will happen without a call, so that a shell, or a
//! virtual clock, goes from event to event.
//!
//! A request is decided without changing anything, and only an acceptance is then applied. So a refusal leaves no
//! trace by construction (I7), except in the counts of calls, the spacing of an order's requests and the audit.
//! An accepted number is found before anything else is looked at and answered as it was, whatever the pool, the
//! spacing and the order say by now (I8).
//!
//! Money moves in [`Pool`]s only, by postings that balance; after every event the pool and the order it touched are
//! checked, and what is wrong is kept in [`violations`](Platform::violations), never thrown away. The audit counts
//! everything again from the journals.
//!
//! Chance is a hash of the seed and the name of what it is about, so the same calls lead to the same state, and a
//! call more changes no other's luck. The state is serialisable whole; a snapshot carries its version, and the
//! version of the program's is [`SNAPSHOT_VERSION`].
//!
//! Nothing here costs more as history grows, except the full check and the audit.

mod night;
mod orders;
mod refunds;
mod statements;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use wechatpay::china::ChinaDay;
use wechatpay::ids::{Mchid, SubMchid};
use wechatpay::money::{Currency, Money};

use crate::agenda::{Agenda, Due};
use crate::audit::{self, Audit, Requests};
use crate::chance::Chance;
use crate::invariants::{self, Kind, Violation};
use crate::ledger::LedgerError;
use crate::limits::Limits;
use crate::notify::{Notice, NoticeId, Outbox};
use crate::order::{OrderIndex, Orders};
use crate::pool::{Pool, PoolModel, PoolOwner, lock_instant};
use crate::refund::Refunds;
use crate::settings::Settings;
use crate::wire;
use crate::world::{NotAMember, World};

/// The version of snapshots that this program writes and reads.
pub const SNAPSHOT_VERSION: u32 = 1;

/// No single amount reaches this many smallest units, so that no sum of them leaves 64 bits.
const TOO_MUCH_MINOR: i64 = 100_000_000_000_000;

/// The platform's time stands still here, the beginning of the year 2200, so that no date arithmetic can fail.
const END_OF_TIME: Timestamp = Timestamp::constant(7_258_118_400, 0);

/// WeChat Pay: all merchants, their orders, refunds and money, at one instant.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Platform {
    version: Version,
    world: World,
    chance: Chance,
    #[serde(with = "wire::text")]
    now: Timestamp,
    agenda: Agenda,
    #[serde(with = "wire::map")]
    pools: BTreeMap<PoolOwner, Pool>,
    orders: Orders,
    refunds: Refunds,
    #[serde(with = "wire::map")]
    limits: BTreeMap<Mchid, Limits>,
    outbox: Outbox,
    requests: Requests,
    violations: Vec<Violation>,
}

/// The version inside a snapshot. Reading another one fails and says so.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
struct Version;

impl TryFrom<u32> for Version {
    type Error = String;

    fn try_from(version: u32) -> Result<Version, String> {
        if version == SNAPSHOT_VERSION {
            Ok(Version)
        } else {
            Err(format!("the snapshot has version {version}; this program reads version {SNAPSHOT_VERSION}"))
        }
    }
}

impl From<Version> for u32 {
    fn from(Version: Version) -> u32 {
        SNAPSHOT_VERSION
    }
}

impl Platform {
    /// A platform on which nothing has happened yet. Its time lies between the years 1970 and 2200.
    pub fn new(world: World, seed: u64, now: Timestamp) -> Platform {
        let now = now.clamp(Timestamp::UNIX_EPOCH, END_OF_TIME);
        let mut agenda = Agenda::default();
        // Before today's lock, yesterday's is still to come: it is empty, and keeps the nights in one rule.
        let yesterday = ChinaDay::of(now).plus_days(-1);
        let pending = lock_instant(yesterday, world.settings.lock_time) > now;
        let day = if pending { yesterday } else { yesterday.next() };
        agenda.enter(lock_instant(day, world.settings.lock_time), Due::Night { day });
        Platform {
            version: Version,
            world,
            chance: Chance::new(seed),
            now,
            agenda,
            pools: BTreeMap::new(),
            orders: Orders::default(),
            refunds: Refunds::default(),
            limits: BTreeMap::new(),
            outbox: Outbox::default(),
            requests: Requests::default(),
            violations: Vec::new(),
        }
    }

    /// The latest instant it knows of.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Merchants, rates and settings.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// Puts other settings in force from now on. The scope of pools stays: money cannot change its owner.
    pub fn change_settings(&mut self, now: Timestamp, settings: Settings) {
        self.advance(now);
        let pool_scope = self.world.settings.pool_scope;
        for pool in self.pools.values_mut() {
            pool.set_late_lock_keeps_refundable(settings.late_lock_keeps_refundable);
        }
        self.world.settings = Settings { pool_scope, ..settings };
    }

    /// When something will happen by itself: an event of the platform's, or a notice to be sent. A notice that is due
    /// and not taken yet keeps its own instant, which may be past.
    pub fn next_event(&self) -> Option<Timestamp> {
        [self.agenda.next_at(), self.outbox.next_at()].into_iter().flatten().min()
    }

    /// Does everything that is due up to `to`, that instant included. Goes nowhere for an instant of the past, and
    /// not beyond the year 2200.
    pub fn advance(&mut self, to: Timestamp) {
        let to = to.min(END_OF_TIME);
        while let Some((at, due)) = self.agenda.take_due(to) {
            self.now = self.now.max(at);
            match due {
                Due::Night { day } => self.night_after(day),
                Due::BankAnswer { refund, outcome } => self.bank_answers(refund, outcome),
                Due::QuickPayLapse { order } => self.lapse(order),
            }
        }
        self.now = self.now.max(to);
    }

    /// The next notice to be sent, noted as sent; ask again until there is none. Report an answer by
    /// [`notice_answered`](Platform::notice_answered); without it the notice is due again by the plan.
    pub fn take_due_notice(&mut self, now: Timestamp) -> Option<(NoticeId, Notice)> {
        self.advance(now);
        self.outbox.take_due(self.now).map(|(id, notice)| (id, notice.clone()))
    }

    /// The receiver of a notice answered that it has it.
    pub fn notice_answered(&mut self, now: Timestamp, id: NoticeId) {
        self.advance(now);
        self.outbox.answered(self.now, id);
    }

    /// All notices, in the order in which they arose.
    pub fn notices(&self) -> &[Notice] {
        self.outbox.notices()
    }

    /// All orders.
    pub fn orders(&self) -> &Orders {
        &self.orders
    }

    /// All accepted refunds.
    pub fn refunds(&self) -> &Refunds {
        &self.refunds
    }

    /// What was asked under each refund number.
    pub fn requests(&self) -> &Requests {
        &self.requests
    }

    /// The pools with any business, by owner.
    pub fn pools(&self) -> impl Iterator<Item = (&PoolOwner, &Pool)> {
        self.pools.iter()
    }

    /// The pool of these two, if it had any business.
    pub fn pool(&self, mchid: &Mchid, sub_mchid: Option<&SubMchid>) -> Option<&Pool> {
        self.pools.get(&self.world.pool_owner(mchid, sub_mchid))
    }

    /// What a refund to payers in `currency` could be taken from now.
    pub fn refundable(
        &mut self,
        now: Timestamp,
        mchid: &Mchid,
        sub: Option<&SubMchid>,
        currency: Currency,
    ) -> Money {
        self.advance(now);
        self.pool(mchid, sub).map_or(Money::new(0, currency), |pool| pool.available(currency, self.now))
    }

    /// What the checks after each event found. Empty, unless the platform has a mistake.
    pub fn violations(&self) -> &[Violation] {
        &self.violations
    }

    /// Counts everything again; see [`audit`].
    pub fn audit(&self) -> Audit {
        audit::audit(self)
    }

    /// Puts money into a merchant's balance. Only what is kept as a balance can be topped up.
    pub fn top_up(
        &mut self,
        now: Timestamp,
        mchid: &Mchid,
        sub_mchid: Option<&SubMchid>,
        amount: Money,
    ) -> Result<(), FundsRefusal> {
        let owner = self.funds_of(now, mchid, sub_mchid, amount, true)?;
        let at = self.now;
        self.moving(&owner, None, |pool| pool.top_up(at, amount));
        Ok(())
    }

    /// Takes money out of a merchant's balance to its bank account.
    pub fn withdraw(
        &mut self,
        now: Timestamp,
        mchid: &Mchid,
        sub_mchid: Option<&SubMchid>,
        amount: Money,
    ) -> Result<(), FundsRefusal> {
        let owner = self.funds_of(now, mchid, sub_mchid, amount, true)?;
        self.holds(&owner, amount)?;
        let at = self.now;
        self.moving(&owner, None, |pool| pool.withdraw(at, amount));
        Ok(())
    }

    /// Takes refundable money away by a way the merchant's systems do not see, as a refund made by hand would.
    pub fn leak(
        &mut self,
        now: Timestamp,
        mchid: &Mchid,
        sub_mchid: Option<&SubMchid>,
        amount: Money,
    ) -> Result<(), FundsRefusal> {
        let owner = self.funds_of(now, mchid, sub_mchid, amount, false)?;
        self.holds(&owner, amount)?;
        let at = self.now;
        self.moving(&owner, None, |pool| pool.leak(at, amount));
        Ok(())
    }

    fn funds_of(
        &mut self,
        now: Timestamp,
        mchid: &Mchid,
        sub_mchid: Option<&SubMchid>,
        amount: Money,
        as_balance: bool,
    ) -> Result<PoolOwner, FundsRefusal> {
        self.advance(now);
        // The pool is the institution's, so it may name none of its sub-merchants here.
        let member = self.world.member(mchid, sub_mchid);
        let merchant = match (member, self.world.merchants.get(mchid)) {
            (Err(NotAMember::SubMerchantMissing), Some(merchant)) => merchant,
            (member, _) => member?,
        };
        if amount.minor() <= 0 {
            return Err(FundsRefusal::AmountNotPositive);
        }
        if amount.minor() >= TOO_MUCH_MINOR {
            return Err(FundsRefusal::AmountTooLarge);
        }
        if as_balance && merchant.pool_model(amount.currency()) == PoolModel::Daily {
            return Err(FundsRefusal::NotABalance);
        }
        Ok(self.world.pool_owner(mchid, sub_mchid))
    }

    fn holds(&self, owner: &PoolOwner, amount: Money) -> Result<(), FundsRefusal> {
        match self.pools.get(owner) {
            // Yesterday's money under a late lock does not count: these take from today's account alone.
            Some(pool) if pool.entered(amount.currency(), self.now) >= amount.minor() => Ok(()),
            _ => Err(FundsRefusal::NotEnough),
        }
    }

    /// Moves money in a pool and checks the pool, and the order if there is one. What the books refuse or the check
    /// finds is a mistake of the platform's and is kept.
    fn moving(
        &mut self,
        owner: &PoolOwner,
        order: Option<OrderIndex>,
        movement: impl FnOnce(&mut Pool) -> Result<(), LedgerError>,
    ) {
        let world = &self.world;
        let pool = self.pools.entry(owner.clone()).or_insert_with(|| {
            let merchant = world.merchants.get(&owner.mchid);
            Pool::new(
                merchant.map_or(Currency::CNY, |merchant| merchant.settlement_currency),
                merchant.map_or(PoolModel::Balance, |merchant| merchant.pool_model(Currency::CNY)),
                world.settings.late_lock_keeps_refundable,
            )
        });
        if let Err(error) = movement(pool) {
            let text = error.to_string();
            self.violations.push(Violation::of_pool(Kind::PostingRefused, owner, text));
        }
        invariants::pool_holds(owner, pool, self.now, &mut self.violations);
        if let Some(order) = order {
            let partial_refunds = world.settings.limits.partial_refunds;
            invariants::order_holds(self.orders.at(order), partial_refunds, &mut self.violations);
        }
    }
}

/// Why money is not put into or taken out of a pool.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FundsRefusal {
    /// The numbers name no merchant.
    #[error(transparent)]
    NotAMember(#[from] NotAMember),
    /// Nothing, or less.
    #[error("the amount must be positive")]
    AmountNotPositive,
    /// More than the platform moves at once.
    #[error("the amount is too large")]
    AmountTooLarge,
    /// The day's CNY cannot be topped up or withdrawn. Source: [operations 1.1], F22.
    #[error("this money is kept by days; it can be neither topped up nor withdrawn")]
    NotABalance,
    /// More than there is.
    #[error("the pool does not hold this amount")]
    NotEnough,
}
