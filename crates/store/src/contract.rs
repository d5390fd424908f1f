//! What every store does, whatever it is made of. Each operation is one transaction and touches one merchant id, or
//! what belongs to none.
//!
//! An answer to a write is given after it is on disk. A write that failed with anything but
//! [`StoreError::Broken`], [`StoreError::Unclear`] or [`CommitError::Unknown`] has changed nothing.

use std::collections::BTreeMap;
use std::future::Future;
use std::ops::RangeInclusive;

use jiff::Timestamp;
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

use crate::error::{CommitError, StoreError};
use crate::intake::{Admitted, NewNotice, NewPastDay, NewPayment, Noticed, Reported};
use crate::merchant::{ApiKey, AuditLine, Audited, Merchant, Put, Secret};
use crate::node::{Beat, Owned, Seen};
use crate::reading::{
    KeptNotice, Line, Listed, Listing, News, OrderWithRefunds, PaidListing, PaidOrders, Scope, Waiting,
};
use crate::restoration::Restoration;

/// What a read or a write comes to.
pub type Answer<T> = Result<T, StoreError>;

/// A store of refunds.
pub trait Store: Send + Sync + 'static {
    // Taking in: at any node, whoever owns the merchant id.

    /// Takes in a refund, if [`admit`](refunds::intake::admit) admits it beside what is stored: then it is stored
    /// with its order's sum, its first journal entry and its row of intake.
    ///
    /// Fails with [`StoreError::NotThere`] if the merchant id is not set up, and with [`StoreError::Busy`] if the refund
    /// is new and its number does not follow from the merchant id's [`number_form`](Merchant::number_form), nor is it the
    /// one the request adopts: the form was changed since the caller read it, and the number must be formed anew. So a
    /// change of the form that overtakes a first refund cannot leave numbers of two forms.
    fn admit(&self, new: NewRefund) -> impl Future<Output = Answer<Admitted>> + Send;

    /// Takes in what is said of an order's payment. Only news is written.
    fn report_payment(&self, new: NewPayment) -> impl Future<Output = Answer<Reported>> + Send;

    /// Takes in that somebody wants something of a refund, which must be there.
    fn command(
        &self,
        mchid: &Mchid,
        refund: &RefundKey,
        command: Command,
        at: Timestamp,
    ) -> impl Future<Output = Answer<()>> + Send;

    /// Takes in a verified notification. Its bytes are kept whether or not its refund is known; the same one twice
    /// adds nothing.
    fn notice(&self, new: NewNotice) -> impl Future<Output = Answer<Noticed>> + Send;

    /// Takes in what a past day of a pool was like, in place of what is kept of it: unless that is on a better word, or
    /// says the same. Whether it was news; only news is written, and the owner will see it.
    fn record_past_day(&self, new: NewPastDay) -> impl Future<Output = Answer<bool>> + Send;

    /// Takes in that a merchant id shall be paused or go on.
    fn pause(&self, mchid: &Mchid, paused: bool, at: Timestamp) -> impl Future<Output = Answer<()>> + Send;

    // Owning.

    /// Makes `node` the owner of a merchant id. From now on nothing is written under an earlier epoch.
    fn take_ownership(&self, mchid: &Mchid, node: &str) -> impl Future<Output = Answer<Epoch>> + Send;

    /// As [`take_ownership`](Store::take_ownership), unless somebody else has taken it since `since`: then none. A node that
    /// has taken it since is told so again.
    fn take_over(
        &self,
        mchid: &Mchid,
        node: &str,
        since: Epoch,
    ) -> impl Future<Output = Answer<Option<Epoch>>> + Send;

    /// Leaves a merchant id to whoever wants it, if it is still owned under `epoch`.
    fn give_up(&self, mchid: &Mchid, epoch: Epoch) -> impl Future<Output = Answer<()>> + Send;

    /// Takes note for a merchant id that the store was put back from a backup, unless it has been noted. Its epoch from then on; none
    /// if it had been.
    ///
    /// From now on its [`MerchantState`] says so, and that its open refunds are to be asked about. Nobody owns it, nothing is written
    /// under an earlier epoch, also by those who took it when the backup was older than the store, and no number of the news is
    /// given that was given then: both count on from the store's clock.
    fn restore(
        &self,
        mchid: &Mchid,
        restoration: Restoration,
    ) -> impl Future<Output = Answer<Option<Epoch>>> + Send;

    /// Who owns what, by merchant id.
    fn owners(&self) -> impl Future<Output = Answer<Vec<Owned>>> + Send;

    /// Hears that a node is there, and first forgets all that were not heard for too long, by the store's own clock. The
    /// nodes there are, by when they joined; none if this one was forgotten: what it owned may be another's by now.
    ///
    /// Fails with [`StoreError::InUse`] if a node joins under the id of one that is there.
    fn beat(&self, beat: Beat) -> impl Future<Output = Answer<Option<Vec<Seen>>>> + Send;

    /// The nodes that were there when the store last heard of one, by when they joined.
    fn nodes(&self) -> impl Future<Output = Answer<Vec<Seen>>> + Send;

    /// Says that a node shall take nothing more and give up what it has, or that it shall take its part again. Whether there is
    /// such a node.
    fn drain(&self, id: &str, draining: bool) -> impl Future<Output = Answer<bool>> + Send;

    /// Forgets a node that goes, so that nobody waits for its silence.
    fn leave(&self, id: &str) -> impl Future<Output = Answer<()>> + Send;

    /// Writes what an owner decided, whole or not at all.
    ///
    /// Written are the refunds with their due times and places among the waiting, the journal, the news, the orders, the pool
    /// days, what all of that posts to the ledger, the contributions and the merchant id's state; intake that is dealt with is
    /// removed. The number of each of the news is given here and nowhere else.
    fn commit(&self, batch: Batch) -> impl Future<Output = Result<(), CommitError>> + Send;

    // Reading as an owner. Orders stand on a page once each, by key.

    /// What an owner begins with; pools are those of `day` and of the day before, by day; contributions are all there are, by
    /// pool and sub-merchant.
    ///
    /// The epoch is that of the newest owner: one that took ownership under another epoch has lost it and must not go
    /// on.
    fn holding(&self, mchid: &Mchid, day: ChinaDay) -> impl Future<Output = Answer<Holding>> + Send;

    /// The first `limit` rows of intake with the refunds and orders they speak of.
    fn intake(&self, mchid: &Mchid, limit: usize) -> impl Future<Output = Answer<IntakePage>> + Send;

    /// The refunds due at `at` or before, longest due first, `limit` at most.
    fn due(&self, mchid: &Mchid, at: Timestamp, limit: usize)
    -> impl Future<Output = Answer<DuePage>> + Send;

    /// `limit` waiting refunds at most, spread over the lanes they wait in, the oldest of each; see
    /// [`Lane`](crate::reading::Lane).
    fn front(&self, mchid: &Mchid, limit: usize) -> impl Future<Output = Answer<FrontPage>> + Send;

    /// The refunds that have not ended, `limit` at most, that come after `after`; see [`Load::Open`](refunds::owner::Load::Open).
    fn open_refunds(
        &self,
        mchid: &Mchid,
        after: Option<&OpenAfter>,
        limit: usize,
    ) -> impl Future<Output = Answer<OpenPage>> + Send;

    /// The orders that were first heard of before `before`, or of all, the latest first, `limit` at most; see
    /// [`Load::RecentOrders`](refunds::owner::Load::RecentOrders).
    fn recent_orders(
        &self,
        mchid: &Mchid,
        before: Option<&OrderKey>,
        limit: usize,
    ) -> impl Future<Output = Answer<Vec<Order>>> + Send;

    /// Those of these refunds that are there, in the order asked for. All are of one merchant id.
    fn refunds(&self, keys: &[RefundKey]) -> impl Future<Output = Answer<Page>> + Send;

    /// The row of `order` and those that carry a name WeChat Pay gave it, with their waiting refunds that were never
    /// attempted.
    fn namesakes(
        &self,
        order: &OrderKey,
        sub_mchid: Option<&SubMchid>,
        report: &OrderReport,
    ) -> impl Future<Output = Answer<Namesakes>> + Send;

    /// The newest `limit` past days of each pool that were recorded: by pool, oldest first. What the owner's own books
    /// say of a day is nothing if it kept none.
    fn past_days(&self, mchid: &Mchid, limit: usize) -> impl Future<Output = Answer<Vec<PastDay>>> + Send;

    // Reading for the API.

    /// A refund.
    fn refund(&self, key: &RefundKey) -> impl Future<Output = Answer<Option<Refund>>> + Send;

    /// The refunds with a tenant's number: several if sub-merchants share it.
    fn refunds_by_number(
        &self,
        mchid: &Mchid,
        scope: Scope,
        out_refund_no: &OutRefundNo,
    ) -> impl Future<Output = Answer<Vec<Refund>>> + Send;

    /// What was asked for when a refund was taken in.
    fn request(&self, key: &RefundKey) -> impl Future<Output = Answer<Option<Request>>> + Send;

    /// What was asked for when these refunds were taken in: of those that are there, in the order asked for. All are
    /// of one merchant id.
    fn requests(&self, keys: &[RefundKey]) -> impl Future<Output = Answer<Vec<Request>>> + Send;

    /// Those of these orders that are there, in the order asked for. All are of one merchant id.
    fn orders(&self, keys: &[OrderKey]) -> impl Future<Output = Answer<Vec<Order>>> + Send;

    /// The newest `limit` notifications of a refund that were kept, by its number at WeChat Pay; newest first. They are
    /// kept whether or not there is such a refund.
    fn notices(
        &self,
        mchid: &Mchid,
        upstream_no: &UpstreamNo,
        limit: usize,
    ) -> impl Future<Output = Answer<Vec<KeptNotice>>> + Send;

    /// A refund's journal, from its beginning.
    fn timeline(&self, key: &RefundKey) -> impl Future<Output = Answer<Vec<Line>>> + Send;

    /// An order by the merchant's number, else by WeChat Pay's, with its refunds.
    fn order(
        &self,
        mchid: &Mchid,
        sub_mchid: Option<&SubMchid>,
        names: &OrderNames,
    ) -> impl Future<Output = Answer<Option<OrderWithRefunds>>> + Send;

    /// A page of a list of refunds.
    fn list(&self, listing: Listing) -> impl Future<Output = Answer<Listed>> + Send;

    /// A page of a list of paid orders.
    fn payments(&self, listing: PaidListing) -> impl Future<Output = Answer<PaidOrders>> + Send;

    /// The first `limit` news after number `after`.
    fn feed(&self, mchid: &Mchid, after: u64, limit: usize)
    -> impl Future<Output = Answer<Vec<News>>> + Send;

    /// How many refunds are in which state, by its name; states without refunds are absent.
    fn counts(&self, mchid: &Mchid) -> impl Future<Output = Answer<BTreeMap<&'static str, u64>>> + Send;

    /// How many wait where; lanes without refunds are absent.
    fn waiting(&self, mchid: &Mchid) -> impl Future<Output = Answer<Vec<Waiting>>> + Send;

    /// The ledger of a pool, by day: what batches posted, summed up. Days on which nothing moved are absent.
    fn ledger(&self, mchid: &Mchid, pool: Currency) -> impl Future<Output = Answer<Vec<LedgerDay>>> + Send;

    /// The ledger of all pools, by pool and day, counted anew from orders and refunds alone. They say what
    /// [`ledger`](Store::ledger) says, unless something is wrong. Reads all there is: not for every day.
    fn recount_ledger(&self, mchid: &Mchid) -> impl Future<Output = Answer<Vec<LedgerDay>>> + Send;

    /// Puts what [`recount_ledger`](Store::recount_ledger) says in place of the ledger that is kept. Whether that is
    /// something else. Any node may do so at any time: batches before and after are counted once.
    fn rebuild_ledger(&self, mchid: &Mchid) -> impl Future<Output = Answer<bool>> + Send;

    /// The newest `limit` days of a pool that are on record by WeChat Pay's statement, beside the ledger; oldest
    /// first.
    fn reconciliations(
        &self,
        mchid: &Mchid,
        pool: Currency,
        limit: usize,
    ) -> impl Future<Output = Answer<Vec<Reconciliation>>> + Send;

    /// The owner's own books of a pool, what it knew while each day lasted, by day; days of which it kept none are absent.
    fn pool_days(
        &self,
        mchid: &Mchid,
        pool: Currency,
        days: RangeInclusive<ChinaDay>,
    ) -> impl Future<Output = Answer<Vec<PoolDay>>> + Send;

    // Merchant ids and what belongs to them.

    /// Stores a merchant id as it is set up, in place of what was stored.
    fn put_merchant(&self, merchant: Merchant) -> impl Future<Output = Answer<Put>> + Send;

    /// All merchant ids, in their order.
    fn merchants(&self) -> impl Future<Output = Answer<Vec<Merchant>>> + Send;

    /// Whether a merchant id is paused or halted, as its owner knows it.
    fn merchant_state(&self, mchid: &Mchid) -> impl Future<Output = Answer<MerchantState>> + Send;

    /// Stores a sealed secret, in place of the one with the same name and version.
    fn put_secret(&self, secret: Secret) -> impl Future<Output = Answer<()>> + Send;

    /// All sealed secrets of a merchant id, by name and version.
    fn secrets(&self, mchid: &Mchid) -> impl Future<Output = Answer<Vec<Secret>>> + Send;

    /// Stores a key of the API, in place of the one with the same hash.
    ///
    /// Fails with [`StoreError::NotThere`] if it is bound to a merchant id that is not set up.
    fn put_api_key(&self, key: ApiKey) -> impl Future<Output = Answer<()>> + Send;

    /// The key of the API with this hash.
    fn api_key(&self, hash: &[u8; 32]) -> impl Future<Output = Answer<Option<ApiKey>>> + Send;

    /// The keys of the API that are bound to `mchid`, or without one the operator's own; oldest first.
    fn api_keys(&self, mchid: Option<&Mchid>) -> impl Future<Output = Answer<Vec<ApiKey>>> + Send;

    /// Removes the key of the API with this hash. Whether it was there.
    fn remove_api_key(&self, hash: &[u8; 32]) -> impl Future<Output = Answer<bool>> + Send;

    /// Writes a line of the audit trail, if it follows on the newest. The newest itself is written already.
    fn audit(&self, line: AuditLine) -> impl Future<Output = Answer<Audited>> + Send;

    /// The audit trail of a merchant id after line `after`, `limit` lines at most.
    fn audit_trail(
        &self,
        mchid: &Mchid,
        after: u64,
        limit: usize,
    ) -> impl Future<Output = Answer<Vec<AuditLine>>> + Send;

    // Settings: small documents of the whole installation. What is secret in one is sealed by the caller.

    /// Stores a setting, in place of the one with the same name.
    fn put_setting(&self, name: &str, value: &[u8]) -> impl Future<Output = Answer<()>> + Send;

    /// Stores a setting unless there is one with its name; what is stored then.
    fn put_setting_if_absent(&self, name: &str, value: &[u8])
    -> impl Future<Output = Answer<Vec<u8>>> + Send;

    /// The setting with this name.
    fn setting(&self, name: &str) -> impl Future<Output = Answer<Option<Vec<u8>>>> + Send;
}
