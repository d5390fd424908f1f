//! What is kept, and how a row comes in and goes out: every map beside the rows is an index and is changed with them.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use refunds::batch::{Epoch, IntakeSeq, MerchantState, PoolDay};
use refunds::intake::{Arrival, Request};
use refunds::key::{OrderKey, RefundKey, UpstreamNo};
use refunds::order::Order;
use refunds::owner::Page;
use refunds::pool::contribution::{Contribution, Contributor};
use refunds::pool::ledger::LedgerDay;
use refunds::refund::Refund;
use wechatpay::china::ChinaDay;
use wechatpay::ids::{OutRefundNo, OutTradeNo, SubMchid, TransactionId};
use wechatpay::money::Currency;

use crate::contract::Answer;
use crate::error::StoreError;
use crate::merchant::{ApiKey, AuditLine, Merchant, Secret};
use crate::node::Seen;
use crate::past::Kept;
use crate::reading::{KeptNotice, Lane, Line, News};
use crate::waiting::{counted_need, lane};

/// A store in memory, as a value.
#[derive(Debug, Clone, Default)]
pub struct Model {
    pub(super) merchants: BTreeMap<String, Rows>,
    pub(super) api_keys: BTreeMap<[u8; 32], ApiKey>,
    pub(super) settings: BTreeMap<String, Vec<u8>>,
    pub(super) nodes: BTreeMap<String, Seen>,
}

/// Everything of one merchant id.
#[derive(Debug, Clone)]
pub(super) struct Rows {
    pub(super) merchant: Merchant,
    pub(super) state: MerchantState,
    pub(super) epoch: Epoch,
    /// The node that owns it.
    pub(super) owner: Option<String>,
    /// How often the way it is set up was changed.
    pub(super) set_up: u64,
    /// How often the store was put back from a backup, as far as this merchant id has noted.
    pub(super) generation: u64,
    pub(super) refunds: BTreeMap<RefundKey, Refund>,
    pub(super) requests: BTreeMap<RefundKey, Request>,
    pub(super) journal: BTreeMap<RefundKey, Vec<Line>>,
    pub(super) news: Vec<News>,
    /// The number of the last news.
    pub(super) feed_seq: u64,
    pub(super) orders: BTreeMap<OrderKey, Order>,
    pub(super) pools: BTreeMap<(ChinaDay, Currency), PoolDay>,
    pub(super) ledger: BTreeMap<(Currency, ChinaDay), LedgerDay>,
    pub(super) contributions: BTreeMap<Contributor, Contribution>,
    pub(super) past_days: BTreeMap<(Currency, ChinaDay), Kept>,
    pub(super) intake: BTreeMap<IntakeSeq, Arrival>,
    pub(super) last_intake: i64,
    /// By WeChat Pay's id.
    pub(super) notices: BTreeMap<String, KeptNotice>,
    pub(super) secrets: BTreeMap<(String, u32), Secret>,
    pub(super) audit: Vec<AuditLine>,
    pub(super) index: Index,
}

/// What rows are found by.
#[derive(Debug, Clone, Default)]
pub(super) struct Index {
    pub(super) numbers: BTreeMap<(OutRefundNo, Option<SubMchid>), RefundKey>,
    pub(super) upstream: BTreeMap<UpstreamNo, RefundKey>,
    pub(super) out_trade_nos: BTreeMap<(Option<SubMchid>, OutTradeNo), OrderKey>,
    pub(super) transaction_ids: BTreeMap<(Option<SubMchid>, TransactionId), OrderKey>,
    pub(super) of_order: BTreeMap<OrderKey, BTreeSet<(Timestamp, RefundKey)>>,
    pub(super) created: BTreeSet<(Timestamp, RefundKey)>,
    pub(super) due: BTreeSet<(Timestamp, RefundKey)>,
    pub(super) waiting: BTreeMap<Lane, BTreeSet<(Timestamp, RefundKey)>>,
    /// The sum of needs in each lane that has refunds.
    pub(super) sums: BTreeMap<Lane, i64>,
}

impl Model {
    /// An empty store.
    pub fn new() -> Model {
        Model::default()
    }

    pub(super) fn rows(&self, mchid: &str) -> Answer<&Rows> {
        self.merchants.get(mchid).ok_or_else(|| not_set_up(mchid))
    }

    pub(super) fn rows_mut(&mut self, mchid: &str) -> Answer<&mut Rows> {
        self.merchants.get_mut(mchid).ok_or_else(|| not_set_up(mchid))
    }
}

fn not_set_up(mchid: &str) -> StoreError {
    StoreError::NotThere { what: format!("merchant id {mchid}") }
}

impl Rows {
    pub(super) fn new(merchant: Merchant) -> Rows {
        Rows {
            merchant,
            state: MerchantState::default(),
            epoch: Epoch(0),
            owner: None,
            set_up: 1,
            generation: 0,
            refunds: BTreeMap::new(),
            requests: BTreeMap::new(),
            journal: BTreeMap::new(),
            news: vec![],
            feed_seq: 0,
            orders: BTreeMap::new(),
            pools: BTreeMap::new(),
            ledger: BTreeMap::new(),
            contributions: BTreeMap::new(),
            past_days: BTreeMap::new(),
            intake: BTreeMap::new(),
            last_intake: 0,
            notices: BTreeMap::new(),
            secrets: BTreeMap::new(),
            audit: vec![],
            index: Index::default(),
        }
    }

    pub(super) fn by_out_trade_no(&self, sub_mchid: Option<&SubMchid>, name: &OutTradeNo) -> Option<&Order> {
        self.orders.get(self.index.out_trade_nos.get(&(sub_mchid.cloned(), name.clone()))?)
    }

    pub(super) fn by_transaction_id(
        &self,
        sub_mchid: Option<&SubMchid>,
        name: &TransactionId,
    ) -> Option<&Order> {
        self.orders.get(self.index.transaction_ids.get(&(sub_mchid.cloned(), name.clone()))?)
    }

    /// The order with every row that was taken over followed to the one that took it.
    pub(super) fn surviving<'a>(&'a self, key: &'a OrderKey) -> &'a OrderKey {
        let mut key = key;
        while let Some(next) = self.orders.get(key).and_then(|order| order.merged_into.as_ref()) {
            key = next;
        }
        key
    }

    /// These refunds and their orders.
    pub(super) fn page<'a>(&self, refunds: impl Iterator<Item = &'a RefundKey>) -> Page {
        self.page_with(refunds, std::iter::empty())
    }

    /// These refunds with their orders, and these orders.
    pub(super) fn page_with<'a>(
        &self,
        refunds: impl Iterator<Item = &'a RefundKey>,
        orders: impl Iterator<Item = &'a OrderKey>,
    ) -> Page {
        let refunds: Vec<Refund> = refunds.filter_map(|key| self.refunds.get(key)).cloned().collect();
        let drawn_on = refunds.iter().map(|refund| refund.order.clone());
        let orders: BTreeSet<OrderKey> = drawn_on.chain(orders.cloned()).collect();
        let orders = orders.iter().filter_map(|key| self.orders.get(key)).cloned().collect();
        Page { refunds, orders }
    }

    /// Stores `order` in place of the row with its key.
    pub(super) fn put_order(&mut self, order: Order) {
        let index = &mut self.index;
        if let Some(before) = self.orders.get(&order.key) {
            let sub_mchid = &before.sub_mchid;
            if let Some(name) = &before.out_trade_no {
                remove_if(&mut index.out_trade_nos, &(sub_mchid.clone(), name.clone()), &order.key);
            }
            if let Some(name) = &before.transaction_id {
                remove_if(&mut index.transaction_ids, &(sub_mchid.clone(), name.clone()), &order.key);
            }
        }
        if let Some(name) = &order.out_trade_no {
            index.out_trade_nos.insert((order.sub_mchid.clone(), name.clone()), order.key.clone());
        }
        if let Some(name) = &order.transaction_id {
            index.transaction_ids.insert((order.sub_mchid.clone(), name.clone()), order.key.clone());
        }
        self.orders.insert(order.key.clone(), order);
    }

    /// Stores a refund that is new.
    pub(super) fn insert_refund(&mut self, refund: Refund, request: Request) {
        let identity = refund.identity.clone();
        let key = refund.key.clone();
        self.index.numbers.insert((identity.out_refund_no, identity.sub_mchid), key.clone());
        self.index.upstream.insert(refund.upstream_no.clone(), key.clone());
        self.index.created.insert((refund.created_at, key.clone()));
        self.index.of_order.entry(refund.order.clone()).or_default().insert((refund.created_at, key.clone()));
        self.requests.insert(key, request);
        self.list(&refund);
        self.refunds.insert(refund.key.clone(), refund);
    }

    /// Stores `refund` in place of the one with its key.
    pub(super) fn update_refund(&mut self, refund: Refund) {
        if let Some(before) = self.refunds.remove(&refund.key) {
            self.unlist(&before);
        }
        self.list(&refund);
        self.refunds.insert(refund.key.clone(), refund);
    }

    fn list(&mut self, refund: &Refund) {
        if let Some(due) = refund.due() {
            self.index.due.insert((due, refund.key.clone()));
        }
        if let Some(place) = refund.place() {
            let lane = lane(place, refund.identity.sub_mchid.as_ref());
            *self.index.sums.entry(lane.clone()).or_default() += counted_need(refund.need.high);
            self.index.waiting.entry(lane).or_default().insert((refund.created_at, refund.key.clone()));
        }
    }

    fn unlist(&mut self, refund: &Refund) {
        if let Some(due) = refund.due() {
            self.index.due.remove(&(due, refund.key.clone()));
        }
        let Some(place) = refund.place() else { return };
        let lane = lane(place, refund.identity.sub_mchid.as_ref());
        let Some(waiting) = self.index.waiting.get_mut(&lane) else { return };
        waiting.remove(&(refund.created_at, refund.key.clone()));
        if waiting.is_empty() {
            self.index.waiting.remove(&lane);
            self.index.sums.remove(&lane);
        } else if let Some(sum) = self.index.sums.get_mut(&lane) {
            *sum -= counted_need(refund.need.high);
        }
    }

    /// Lets the refunds of `absorbed` draw on `survivor`.
    pub(super) fn move_refunds(&mut self, absorbed: &OrderKey, survivor: &OrderKey) {
        let moved = self.index.of_order.remove(absorbed).unwrap_or_default();
        for (_, key) in &moved {
            if let Some(refund) = self.refunds.get_mut(key) {
                refund.order = survivor.clone();
            }
        }
        self.index.of_order.entry(survivor.clone()).or_default().extend(moved);
    }

    /// Adds a row to intake.
    pub(super) fn arrive(&mut self, what: Arrival) {
        self.last_intake += 1;
        self.intake.insert(IntakeSeq(self.last_intake), what);
    }
}

/// Removes what `name` leads to, unless it leads to another row by now.
fn remove_if<K: Ord>(index: &mut BTreeMap<K, OrderKey>, name: &K, key: &OrderKey) {
    if index.get(name) == Some(key) {
        index.remove(name);
    }
}
