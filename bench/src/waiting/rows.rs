//! A store of waiting refunds that makes each up when it is read. Only what was changed is kept.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use refunds::batch::{Batch, Epoch, IntakeSeq, MerchantState, PoolDay};
use refunds::intake::{Arrival, IntakeItem};
use refunds::key::RefundKey;
use refunds::need::{Need, NeedSource};
use refunds::order::Order;
use refunds::owner::{DuePage, FrontPage, Holding, Input, IntakePage, Load, Namesakes, OpenPage, Page};
use refunds::refund::Refund;
use wechatpay::china::ChinaDay;

use super::merchant::{Merchant, number};
use crate::error::BenchError;

/// The epoch of every owner.
pub const EPOCH: Epoch = Epoch(1);

/// The store.
#[derive(Debug)]
pub struct Rows {
    /// Whose refunds they are.
    pub merchant: Merchant,
    /// How many waited when it all began, and when that was.
    waiting: u32,
    began: Timestamp,
    /// How many rows there are.
    count: u32,
    /// The lane of each row, by its number.
    lanes: Vec<u16>,
    /// What was changed and has not ended.
    refunds: BTreeMap<u32, Refund>,
    ended: BTreeSet<u32>,
    orders: BTreeMap<u32, Order>,
    /// The pool as it was last written.
    pub pool: PoolDay,
    intake: BTreeMap<IntakeSeq, Arrival>,
    arrivals: i64,
}

impl Rows {
    /// `waiting` refunds of `merchant`, as they are at `now`.
    pub fn new(merchant: Merchant, waiting: u32, now: Timestamp) -> Rows {
        let pool = merchant.empty_pool(merchant.first_day, now);
        let mut rows = Rows {
            merchant,
            waiting,
            began: now,
            count: 0,
            lanes: vec![],
            refunds: BTreeMap::new(),
            ended: BTreeSet::new(),
            orders: BTreeMap::new(),
            pool,
            intake: BTreeMap::new(),
            arrivals: 0,
        };
        (0..waiting).for_each(|_| rows.count_one());
        rows
    }

    fn count_one(&mut self) {
        let (sub_merchant, need) = self.merchant.lies(self.count);
        let bucket =
            u16::from(Need { low: need, best: need, high: need, source: NeedSource::Exact }.bucket());
        self.lanes.push(bucket * 32 + u16::try_from(sub_merchant).unwrap_or(0));
        self.count += 1;
    }

    /// A refund comes in at `now`.
    pub fn comes_in(&mut self, now: Timestamp) -> Result<(), BenchError> {
        let n = self.count;
        self.count_one();
        let (refund, order) = self.merchant.refund(n, now)?;
        self.arrives(Arrival::Refund(refund.key.clone()));
        self.refunds.insert(n, refund);
        self.orders.insert(n, order);
        Ok(())
    }

    /// An order of which nobody wants anything back is paid `fen` at `now`.
    pub fn is_paid(&mut self, fen: i64, now: Timestamp) -> Result<(), BenchError> {
        let n = u32::try_from(2_000_000_000 + self.arrivals).unwrap_or(u32::MAX);
        let order = self.merchant.paid(n, fen, now)?;
        self.arrives(Arrival::Payment(order.key.clone()));
        self.orders.insert(n, order);
        Ok(())
    }

    /// Something comes in.
    pub fn arrives(&mut self, what: Arrival) {
        self.arrivals += 1;
        self.intake.insert(IntakeSeq(self.arrivals), what);
    }

    /// The refund, as it is stored.
    pub fn refund(&self, key: &RefundKey) -> Result<Refund, BenchError> {
        let number = number(key.as_str()).unwrap_or(u32::MAX);
        Ok(self.row(number)?.0)
    }

    fn row(&self, n: u32) -> Result<(Refund, Order), BenchError> {
        match (self.refunds.get(&n), self.orders.get(&n)) {
            (Some(refund), Some(order)) => Ok((refund.clone(), order.clone())),
            (refund, order) => {
                let made_up = self.merchant.waiting(n, self.waiting, self.began)?;
                Ok((refund.cloned().unwrap_or(made_up.0), order.cloned().unwrap_or(made_up.1)))
            }
        }
    }

    /// Writes what was decided.
    pub fn write(&mut self, batch: Batch) -> Result<(), BenchError> {
        for seq in &batch.consumed {
            self.intake.remove(seq);
        }
        for change in batch.orders {
            let n = number(change.order.as_str()).unwrap_or(u32::MAX);
            let mut order = match self.orders.remove(&n) {
                Some(order) => order,
                None => self.row(n)?.1,
            };
            change.apply(&mut order);
            // Nothing is asked of an order again on which nobody draws.
            if n < self.count {
                self.orders.insert(n, order);
            }
        }
        for change in batch.changes {
            let n = number(change.refund.key.as_str()).unwrap_or(u32::MAX);
            if change.refund.is_final() {
                // It is never read again; its room would be taken for the owner's.
                self.refunds.remove(&n);
                self.orders.remove(&n);
                self.ended.insert(n);
            } else {
                self.refunds.insert(n, change.refund);
            }
        }
        self.pool = batch.pools.into_iter().next().unwrap_or(self.pool.clone());
        Ok(())
    }

    /// What is read at `now`.
    pub fn read(&self, load: Load, now: Timestamp) -> Result<Input, BenchError> {
        Ok(match load {
            Load::Holding => Input::Holding(Holding {
                epoch: EPOCH,
                merchant: MerchantState::default(),
                pools: vec![self.pool.clone()],
                contributions: vec![],
                next_due: self.due(now).0,
            }),
            Load::Intake { limit } => {
                let items = self.intake.iter().take(limit);
                let items: Vec<IntakeItem> =
                    items.map(|(&seq, what)| IntakeItem { seq, what: what.clone() }).collect();
                let mut page = Page::default();
                for item in &items {
                    match &item.what {
                        Arrival::Refund(key) => {
                            let (refund, order) = self.row(number(key.as_str()).unwrap_or(u32::MAX))?;
                            page.refunds.push(refund);
                            page.orders.push(order);
                        }
                        Arrival::Payment(key) => {
                            page.orders
                                .extend(number(key.as_str()).and_then(|n| self.orders.get(&n)).cloned());
                        }
                        _ => {}
                    }
                }
                Input::Intake(IntakePage { more: items.len() < self.intake.len(), items, page })
            }
            Load::Due { at, limit } => {
                let (_, due) = self.due(at);
                let page = self.page(due.iter().take(limit).copied())?;
                let next_due =
                    if due.len() > limit { Some(at) } else { self.due(at).0.filter(|next| *next > at) };
                Input::Due(DuePage { page, next_due })
            }
            Load::Front { limit } => {
                let front = self.front(limit);
                let complete = front.len() == self.still_waiting().count();
                Input::Front(FrontPage { page: self.page(front.into_iter())?, complete })
            }
            Load::Refunds(keys) => {
                Input::Refunds(self.page(keys.iter().filter_map(|key| number(key.as_str())))?)
            }
            Load::Open { .. } => Input::Open(OpenPage::default()),
            Load::RecentOrders { .. } => Input::RecentOrders(vec![]),
            Load::PastDays { .. } => Input::PastDays(self.merchant.past_days(ChinaDay::of(now))),
            Load::Namesakes { order, report, .. } => {
                Input::Namesakes(Namesakes { order, report, page: Page::default() })
            }
        })
    }

    /// When the first refund is due after `at`, and which are due by then.
    fn due(&self, at: Timestamp) -> (Option<Timestamp>, Vec<u32>) {
        let due = || self.refunds.iter().filter_map(|(n, refund)| Some((refund.due()?, *n)));
        let next = due().map(|(due, _)| due).filter(|due| *due > at).min();
        (next, due().filter(|(due, _)| *due <= at).map(|(_, n)| n).collect())
    }

    fn page(&self, rows: impl Iterator<Item = u32>) -> Result<Page, BenchError> {
        let mut page = Page::default();
        for n in rows {
            let (refund, order) = self.row(n)?;
            page.refunds.push(refund);
            page.orders.push(order);
        }
        Ok(page)
    }

    fn still_waiting(&self) -> impl Iterator<Item = u32> {
        let waits = |n: &u32| self.refunds.get(n).is_none_or(Refund::is_waiting) && !self.ended.contains(n);
        (0..self.count).filter(waits)
    }

    /// The oldest of each lane, as many of each as fit into `limit`.
    fn front(&self, limit: usize) -> Vec<u32> {
        let lane = |n: u32| self.lanes.get(n as usize).copied().unwrap_or(0);
        let mut counts: BTreeMap<u16, usize> = BTreeMap::new();
        self.still_waiting().for_each(|n| *counts.entry(lane(n)).or_default() += 1);
        let taken = |share: usize| counts.values().map(|count| share.min(*count)).sum::<usize>();
        let share = (1..=limit).rev().find(|&share| taken(share) <= limit).unwrap_or(0);
        let mut left: BTreeMap<u16, usize> = counts.keys().map(|lane| (*lane, share)).collect();
        let fits = |n: &u32| match left.get_mut(&lane(*n)) {
            Some(left) if *left > 0 => {
                *left -= 1;
                true
            }
            _ => false,
        };
        self.still_waiting().filter(fits).collect()
    }
}
