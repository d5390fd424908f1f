//! The contract, kept by a model behind a lock.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use jiff::{SignedDuration, Timestamp};
use refunds::batch::{Batch, Epoch, MerchantState, PoolDay};
use refunds::intake::{Command, NewRefund, Request};
use refunds::key::{OrderKey, RefundKey, UpstreamNo};
use refunds::order::{Order, OrderNames};
use refunds::outcome::OrderReport;
use refunds::owner::{DuePage, FrontPage, Holding, IntakePage, Namesakes, OpenAfter, OpenPage, Page};
use refunds::pool::ledger::LedgerDay;
use refunds::pool::past::PastDay;
use refunds::pool::reconciliation::Reconciliation;
use refunds::refund::Refund;
use wechatpay::china::ChinaDay;
use wechatpay::ids::{Mchid, OutRefundNo, SubMchid};
use wechatpay::money::Currency;

use super::model::Model;
use crate::contract::{Answer, Store};
use crate::error::CommitError;
use crate::intake::{Admitted, NewNotice, NewPastDay, NewPayment, Noticed, Reported};
use crate::merchant::{ApiKey, AuditLine, Audited, Merchant, Put, Secret};
use crate::node::{Beat, Owned, Seen};
use crate::reading::{
    KeptNotice, Line, Listed, Listing, News, OrderWithRefunds, PaidListing, PaidOrders, Scope, Waiting,
};
use crate::restoration::Restoration;

/// A store in memory for many callers. Nothing of it outlives the process.
#[derive(Debug, Default)]
pub struct MemoryStore(Mutex<Model>);

impl MemoryStore {
    /// A store that begins with what `model` holds.
    pub fn new(model: Model) -> MemoryStore {
        MemoryStore(Mutex::new(model))
    }

    /// The model, while nobody else uses it.
    fn model(&self) -> MutexGuard<'_, Model> {
        // A caller that panicked did so before or after an operation, none of which leaves the model half changed.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the store's clock shows.
fn now() -> Timestamp {
    let since_1970 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Timestamp::UNIX_EPOCH + SignedDuration::try_from(since_1970).unwrap_or(SignedDuration::ZERO)
}

impl Store for MemoryStore {
    async fn admit(&self, new: NewRefund) -> Answer<Admitted> {
        self.model().admit(new)
    }

    async fn report_payment(&self, new: NewPayment) -> Answer<Reported> {
        self.model().report_payment(new)
    }

    async fn command(
        &self,
        mchid: &Mchid,
        refund: &RefundKey,
        command: Command,
        at: Timestamp,
    ) -> Answer<()> {
        self.model().command(mchid, refund, command, at)
    }

    async fn notice(&self, new: NewNotice) -> Answer<Noticed> {
        self.model().notice(new)
    }

    async fn record_past_day(&self, new: NewPastDay) -> Answer<bool> {
        self.model().record_past_day(new)
    }

    async fn pause(&self, mchid: &Mchid, paused: bool, at: Timestamp) -> Answer<()> {
        self.model().pause(mchid, paused, at)
    }

    async fn take_ownership(&self, mchid: &Mchid, node: &str) -> Answer<Epoch> {
        self.model().take_ownership(mchid, node)
    }

    async fn take_over(&self, mchid: &Mchid, node: &str, since: Epoch) -> Answer<Option<Epoch>> {
        self.model().take_over(mchid, node, since)
    }

    async fn give_up(&self, mchid: &Mchid, epoch: Epoch) -> Answer<()> {
        self.model().give_up(mchid, epoch)
    }

    async fn owners(&self) -> Answer<Vec<Owned>> {
        self.model().owners()
    }

    async fn beat(&self, beat: Beat) -> Answer<Option<Vec<Seen>>> {
        self.model().beat(beat, now())
    }

    async fn restore(&self, mchid: &Mchid, restoration: Restoration) -> Answer<Option<Epoch>> {
        self.model().restore(mchid, restoration, now())
    }

    async fn nodes(&self) -> Answer<Vec<Seen>> {
        self.model().nodes()
    }

    async fn drain(&self, id: &str, draining: bool) -> Answer<bool> {
        self.model().drain(id, draining)
    }

    async fn leave(&self, id: &str) -> Answer<()> {
        self.model().leave(id)
    }

    async fn commit(&self, batch: Batch) -> Result<(), CommitError> {
        self.model().commit(batch)
    }

    async fn holding(&self, mchid: &Mchid, day: ChinaDay) -> Answer<Holding> {
        self.model().holding(mchid, day)
    }

    async fn intake(&self, mchid: &Mchid, limit: usize) -> Answer<IntakePage> {
        self.model().intake(mchid, limit)
    }

    async fn due(&self, mchid: &Mchid, at: Timestamp, limit: usize) -> Answer<DuePage> {
        self.model().due(mchid, at, limit)
    }

    async fn front(&self, mchid: &Mchid, limit: usize) -> Answer<FrontPage> {
        self.model().front(mchid, limit)
    }

    async fn open_refunds(&self, mchid: &Mchid, after: Option<&OpenAfter>, limit: usize) -> Answer<OpenPage> {
        self.model().open_refunds(mchid, after, limit)
    }

    async fn recent_orders(
        &self,
        mchid: &Mchid,
        before: Option<&OrderKey>,
        limit: usize,
    ) -> Answer<Vec<Order>> {
        self.model().recent_orders(mchid, before, limit)
    }

    async fn refunds(&self, keys: &[RefundKey]) -> Answer<Page> {
        self.model().refunds(keys)
    }

    async fn namesakes(
        &self,
        order: &OrderKey,
        sub_mchid: Option<&SubMchid>,
        report: &OrderReport,
    ) -> Answer<Namesakes> {
        self.model().namesakes(order, sub_mchid, report)
    }

    async fn past_days(&self, mchid: &Mchid, limit: usize) -> Answer<Vec<PastDay>> {
        self.model().past_days(mchid, limit)
    }

    async fn refund(&self, key: &RefundKey) -> Answer<Option<Refund>> {
        self.model().refund(key)
    }

    async fn refunds_by_number(
        &self,
        mchid: &Mchid,
        scope: Scope,
        out_refund_no: &OutRefundNo,
    ) -> Answer<Vec<Refund>> {
        self.model().refunds_by_number(mchid, scope, out_refund_no)
    }

    async fn request(&self, key: &RefundKey) -> Answer<Option<Request>> {
        self.model().request(key)
    }

    async fn requests(&self, keys: &[RefundKey]) -> Answer<Vec<Request>> {
        self.model().requests(keys)
    }

    async fn orders(&self, keys: &[OrderKey]) -> Answer<Vec<Order>> {
        self.model().orders(keys)
    }

    async fn notices(
        &self,
        mchid: &Mchid,
        upstream_no: &UpstreamNo,
        limit: usize,
    ) -> Answer<Vec<KeptNotice>> {
        self.model().notices(mchid, upstream_no, limit)
    }

    async fn timeline(&self, key: &RefundKey) -> Answer<Vec<Line>> {
        self.model().timeline(key)
    }

    async fn order(
        &self,
        mchid: &Mchid,
        sub_mchid: Option<&SubMchid>,
        names: &OrderNames,
    ) -> Answer<Option<OrderWithRefunds>> {
        self.model().order(mchid, sub_mchid, names)
    }

    async fn list(&self, listing: Listing) -> Answer<Listed> {
        self.model().list(listing)
    }

    async fn payments(&self, listing: PaidListing) -> Answer<PaidOrders> {
        self.model().payments(&listing)
    }

    async fn feed(&self, mchid: &Mchid, after: u64, limit: usize) -> Answer<Vec<News>> {
        self.model().feed(mchid, after, limit)
    }

    async fn counts(&self, mchid: &Mchid) -> Answer<BTreeMap<&'static str, u64>> {
        self.model().counts(mchid)
    }

    async fn waiting(&self, mchid: &Mchid) -> Answer<Vec<Waiting>> {
        self.model().waiting(mchid)
    }

    async fn pool_days(
        &self,
        mchid: &Mchid,
        pool: Currency,
        days: RangeInclusive<ChinaDay>,
    ) -> Answer<Vec<PoolDay>> {
        self.model().pool_days(mchid, pool, days)
    }

    async fn ledger(&self, mchid: &Mchid, pool: Currency) -> Answer<Vec<LedgerDay>> {
        self.model().ledger(mchid, pool)
    }

    async fn recount_ledger(&self, mchid: &Mchid) -> Answer<Vec<LedgerDay>> {
        self.model().recount_ledger(mchid)
    }

    async fn rebuild_ledger(&self, mchid: &Mchid) -> Answer<bool> {
        self.model().rebuild_ledger(mchid)
    }

    async fn reconciliations(
        &self,
        mchid: &Mchid,
        pool: Currency,
        limit: usize,
    ) -> Answer<Vec<Reconciliation>> {
        self.model().reconciliations(mchid, pool, limit)
    }

    async fn put_merchant(&self, merchant: Merchant) -> Answer<Put> {
        self.model().put_merchant(merchant)
    }

    async fn merchants(&self) -> Answer<Vec<Merchant>> {
        self.model().merchants()
    }

    async fn merchant_state(&self, mchid: &Mchid) -> Answer<MerchantState> {
        self.model().merchant_state(mchid)
    }

    async fn put_secret(&self, secret: Secret) -> Answer<()> {
        self.model().put_secret(secret)
    }

    async fn secrets(&self, mchid: &Mchid) -> Answer<Vec<Secret>> {
        self.model().secrets(mchid)
    }

    async fn put_api_key(&self, key: ApiKey) -> Answer<()> {
        self.model().put_api_key(key)
    }

    async fn api_key(&self, hash: &[u8; 32]) -> Answer<Option<ApiKey>> {
        self.model().api_key(hash)
    }

    async fn api_keys(&self, mchid: Option<&Mchid>) -> Answer<Vec<ApiKey>> {
        self.model().api_keys(mchid)
    }

    async fn remove_api_key(&self, hash: &[u8; 32]) -> Answer<bool> {
        self.model().remove_api_key(hash)
    }

    async fn audit(&self, line: AuditLine) -> Answer<Audited> {
        self.model().audit(line)
    }

    async fn audit_trail(&self, mchid: &Mchid, after: u64, limit: usize) -> Answer<Vec<AuditLine>> {
        self.model().audit_trail(mchid, after, limit)
    }

    async fn put_setting(&self, name: &str, value: &[u8]) -> Answer<()> {
        self.model().put_setting(name, value)
    }

    async fn put_setting_if_absent(&self, name: &str, value: &[u8]) -> Answer<Vec<u8>> {
        self.model().put_setting_if_absent(name, value)
    }

    async fn setting(&self, name: &str) -> Answer<Option<Vec<u8>>> {
        self.model().setting(name)
    }
}
