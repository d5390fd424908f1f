//! Opening the store that a configuration names. The rest of a program holds an [`OpenStore`] and need not know which it
//! is.

use std::collections::BTreeMap;
use std::future::Future;
use std::ops::RangeInclusive;
use std::path::PathBuf;

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
use tokio::sync::mpsc::Receiver;
use wechatpay::china::ChinaDay;
use wechatpay::ids::{Mchid, OutRefundNo, SubMchid};
use wechatpay::money::Currency;

use crate::contract::{Answer, Store};
use crate::error::CommitError;
use crate::failing::FailingStore;
use crate::hints::Hint;
use crate::intake::{Admitted, NewNotice, NewPastDay, NewPayment, Noticed, Reported};
use crate::memory::MemoryStore;
use crate::merchant::{ApiKey, AuditLine, Audited, Merchant, Put, Secret};
use crate::node::{Beat, Owned, Seen};
use crate::postgres::{PostgresStore, PostgresUrl, PostgresUrlError};
use crate::reading::{
    KeptNotice, Line, Listed, Listing, News, OrderWithRefunds, PaidListing, PaidOrders, Scope, Waiting,
};
use crate::restoration::Restoration;
use crate::sqlite::SqliteStore;

/// Where a store is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreUrl {
    /// In the SQLite file at this path: `sqlite:PATH`. A path that does not begin at the root begins at the working
    /// directory.
    Sqlite(PathBuf),
    /// In this PostgreSQL database, which several processes may share.
    Postgres(Box<PostgresUrl>),
}

/// Why a text is not the address of a store. None of it repeats the text behind the scheme, where a password may stand.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreUrlError {
    /// The text has no scheme.
    #[error(
        "the store has no scheme: write `sqlite:PATH`, e.g. `sqlite:/var/lib/tidegate/store.db`, or `postgres://…`"
    )]
    NoScheme,
    /// What follows `postgres:` is no address of a database.
    #[error(transparent)]
    Postgres(#[from] PostgresUrlError),
    /// A scheme that stands for no store.
    #[error("`{scheme}:` is no store this program knows: write `sqlite:PATH` or `postgres://…`")]
    UnknownScheme {
        /// The scheme.
        scheme: String,
    },
    /// `sqlite:` and no path.
    #[error("`sqlite:` is followed by the path of a file, e.g. `sqlite:/var/lib/tidegate/store.db`")]
    NoPath,
    /// `sqlite://`, which looks like a host and is read differently by every program.
    #[error("`sqlite:` is followed by the path alone, without `//` before it")]
    Authority,
    /// `sqlite::memory:`.
    #[error("a store in memory would forget its refunds: write `sqlite:PATH`")]
    InMemory,
}

impl StoreUrl {
    /// The store that `text` names.
    pub fn parse(text: &str) -> Result<StoreUrl, StoreUrlError> {
        let (scheme, rest) = text.split_once(':').ok_or(StoreUrlError::NoScheme)?;
        match (scheme, rest) {
            ("sqlite", "") => Err(StoreUrlError::NoPath),
            ("sqlite", ":memory:") => Err(StoreUrlError::InMemory),
            ("sqlite", rest) if rest.starts_with("//") => Err(StoreUrlError::Authority),
            ("sqlite", path) => Ok(StoreUrl::Sqlite(path.into())),
            ("postgres" | "postgresql", _) => Ok(StoreUrl::Postgres(Box::new(PostgresUrl::parse(text)?))),
            (scheme, _) => Err(StoreUrlError::UnknownScheme { scheme: scheme.chars().take(20).collect() }),
        }
    }

    /// Opens the store, or makes one. Fails as [`SqliteStore::open`] and [`PostgresStore::open`] do.
    pub fn open(&self) -> Answer<OpenStore> {
        match self {
            StoreUrl::Sqlite(path) => Ok(OpenStore::Sqlite(SqliteStore::open(path)?)),
            StoreUrl::Postgres(url) => Ok(OpenStore::Postgres(PostgresStore::open(url)?)),
        }
    }
}

/// A store that is open, whatever it is made of.
#[derive(Debug)]
pub enum OpenStore {
    /// In an SQLite file.
    Sqlite(SqliteStore),
    /// In a PostgreSQL database.
    Postgres(PostgresStore),
    /// In memory, for tests: gone with the process.
    Memory(MemoryStore),
    /// In any of these, failing when a test wants it to.
    Failing(FailingStore),
}

impl OpenStore {
    /// Whether the store was made when it was opened: nothing was ever kept in it, and no keyset belongs to it.
    pub fn is_new(&self) -> bool {
        match self {
            OpenStore::Sqlite(store) => store.is_new(),
            OpenStore::Postgres(store) => store.is_new(),
            OpenStore::Memory(_) => true,
            OpenStore::Failing(failing) => failing.store.is_new(),
        }
    }

    /// Whether other processes may have the store open at the same time.
    pub fn is_shared(&self) -> bool {
        match self {
            OpenStore::Postgres(_) => true,
            OpenStore::Sqlite(_) | OpenStore::Memory(_) => false,
            OpenStore::Failing(failing) => failing.store.is_shared(),
        }
    }

    /// Tells whoever else has the store open. Waits for nothing and never fails; where nobody else can have it open, nothing
    /// happens. The hint may get lost.
    pub fn tell(&self, hint: Hint) {
        match self {
            OpenStore::Postgres(store) => store.tell(hint),
            OpenStore::Sqlite(_) | OpenStore::Memory(_) => {}
            OpenStore::Failing(failing) => failing.store.tell(hint),
        }
    }

    /// What others tell who have the store open, never what it tells itself. None where nobody else can have it open, and
    /// whenever it was asked for before.
    pub fn hear(&self) -> Option<Receiver<Hint>> {
        match self {
            OpenStore::Postgres(store) => store.hear(),
            OpenStore::Sqlite(_) | OpenStore::Memory(_) => None,
            OpenStore::Failing(failing) => failing.store.hear(),
        }
    }
}

/// The contract, each operation done by the store inside.
macro_rules! delegate {
    ($(fn $operation:ident($($argument:ident: $type:ty),*) -> $answer:ty;)*) => {
        impl Store for OpenStore {
            // Not `async fn`: that it can be sent could not be seen from within it, where a failing store calls it again.
            $(fn $operation(&self, $($argument: $type),*) -> impl Future<Output = $answer> + Send {
                async move {
                    match self {
                        OpenStore::Sqlite(store) => store.$operation($($argument),*).await,
                        OpenStore::Postgres(store) => store.$operation($($argument),*).await,
                        OpenStore::Memory(store) => store.$operation($($argument),*).await,
                        OpenStore::Failing(failing) => {
                            let operation = stringify!($operation);
                            failing.failure.before(operation)?;
                            let answer = Box::pin(failing.store.$operation($($argument),*)).await?;
                            failing.failure.after(operation)?;
                            Ok(answer)
                        }
                    }
                }
            })*
        }
    };
}

delegate! {
    fn admit(new: NewRefund) -> Answer<Admitted>;
    fn report_payment(new: NewPayment) -> Answer<Reported>;
    fn command(mchid: &Mchid, refund: &RefundKey, command: Command, at: Timestamp) -> Answer<()>;
    fn notice(new: NewNotice) -> Answer<Noticed>;
    fn record_past_day(new: NewPastDay) -> Answer<bool>;
    fn pause(mchid: &Mchid, paused: bool, at: Timestamp) -> Answer<()>;
    fn take_ownership(mchid: &Mchid, node: &str) -> Answer<Epoch>;
    fn take_over(mchid: &Mchid, node: &str, since: Epoch) -> Answer<Option<Epoch>>;
    fn give_up(mchid: &Mchid, epoch: Epoch) -> Answer<()>;
    fn restore(mchid: &Mchid, restoration: Restoration) -> Answer<Option<Epoch>>;
    fn owners() -> Answer<Vec<Owned>>;
    fn beat(beat: Beat) -> Answer<Option<Vec<Seen>>>;
    fn nodes() -> Answer<Vec<Seen>>;
    fn drain(id: &str, draining: bool) -> Answer<bool>;
    fn leave(id: &str) -> Answer<()>;
    fn commit(batch: Batch) -> Result<(), CommitError>;
    fn holding(mchid: &Mchid, day: ChinaDay) -> Answer<Holding>;
    fn intake(mchid: &Mchid, limit: usize) -> Answer<IntakePage>;
    fn due(mchid: &Mchid, at: Timestamp, limit: usize) -> Answer<DuePage>;
    fn front(mchid: &Mchid, limit: usize) -> Answer<FrontPage>;
    fn open_refunds(mchid: &Mchid, after: Option<&OpenAfter>, limit: usize) -> Answer<OpenPage>;
    fn recent_orders(mchid: &Mchid, before: Option<&OrderKey>, limit: usize) -> Answer<Vec<Order>>;
    fn refunds(keys: &[RefundKey]) -> Answer<Page>;
    fn namesakes(order: &OrderKey, sub_mchid: Option<&SubMchid>, report: &OrderReport) -> Answer<Namesakes>;
    fn past_days(mchid: &Mchid, limit: usize) -> Answer<Vec<PastDay>>;
    fn refund(key: &RefundKey) -> Answer<Option<Refund>>;
    fn refunds_by_number(mchid: &Mchid, scope: Scope, out_refund_no: &OutRefundNo) -> Answer<Vec<Refund>>;
    fn request(key: &RefundKey) -> Answer<Option<Request>>;
    fn requests(keys: &[RefundKey]) -> Answer<Vec<Request>>;
    fn orders(keys: &[OrderKey]) -> Answer<Vec<Order>>;
    fn notices(mchid: &Mchid, upstream_no: &UpstreamNo, limit: usize) -> Answer<Vec<KeptNotice>>;
    fn timeline(key: &RefundKey) -> Answer<Vec<Line>>;
    fn order(mchid: &Mchid, sub_mchid: Option<&SubMchid>, names: &OrderNames) -> Answer<Option<OrderWithRefunds>>;
    fn list(listing: Listing) -> Answer<Listed>;
    fn payments(listing: PaidListing) -> Answer<PaidOrders>;
    fn feed(mchid: &Mchid, after: u64, limit: usize) -> Answer<Vec<News>>;
    fn counts(mchid: &Mchid) -> Answer<BTreeMap<&'static str, u64>>;
    fn waiting(mchid: &Mchid) -> Answer<Vec<Waiting>>;
    fn pool_days(mchid: &Mchid, pool: Currency, days: RangeInclusive<ChinaDay>) -> Answer<Vec<PoolDay>>;
    fn ledger(mchid: &Mchid, pool: Currency) -> Answer<Vec<LedgerDay>>;
    fn recount_ledger(mchid: &Mchid) -> Answer<Vec<LedgerDay>>;
    fn rebuild_ledger(mchid: &Mchid) -> Answer<bool>;
    fn reconciliations(mchid: &Mchid, pool: Currency, limit: usize) -> Answer<Vec<Reconciliation>>;
    fn put_merchant(merchant: Merchant) -> Answer<Put>;
    fn merchants() -> Answer<Vec<Merchant>>;
    fn merchant_state(mchid: &Mchid) -> Answer<MerchantState>;
    fn put_secret(secret: Secret) -> Answer<()>;
    fn secrets(mchid: &Mchid) -> Answer<Vec<Secret>>;
    fn put_api_key(key: ApiKey) -> Answer<()>;
    fn api_key(hash: &[u8; 32]) -> Answer<Option<ApiKey>>;
    fn api_keys(mchid: Option<&Mchid>) -> Answer<Vec<ApiKey>>;
    fn remove_api_key(hash: &[u8; 32]) -> Answer<bool>;
    fn audit(line: AuditLine) -> Answer<Audited>;
    fn audit_trail(mchid: &Mchid, after: u64, limit: usize) -> Answer<Vec<AuditLine>>;
    fn put_setting(name: &str, value: &[u8]) -> Answer<()>;
    fn put_setting_if_absent(name: &str, value: &[u8]) -> Answer<Vec<u8>>;
    fn setting(name: &str) -> Answer<Option<Vec<u8>>>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_is_named_by_the_path_of_its_file() {
        for path in ["store.db", "./data/store.db", "/var/lib/tidegate/store.db", "C:\\tidegate\\store.db"] {
            assert_eq!(StoreUrl::parse(&format!("sqlite:{path}")), Ok(StoreUrl::Sqlite(path.into())));
        }
    }

    #[test]
    fn what_names_no_store_is_refused_and_not_repeated() {
        let unknown = |scheme: &str| StoreUrlError::UnknownScheme { scheme: scheme.into() };
        for (text, error) in [
            ("", StoreUrlError::NoScheme),
            ("store.db", StoreUrlError::NoScheme),
            ("sqlite:", StoreUrlError::NoPath),
            ("sqlite::memory:", StoreUrlError::InMemory),
            ("sqlite:///var/lib/tidegate/store.db", StoreUrlError::Authority),
            ("postgres://tidegate:secret@db:secret/tidegate", PostgresUrlError::Unreadable.into()),
            ("postgresql:///tidegate?password=secret", PostgresUrlError::NoHost.into()),
            ("mysql://tidegate:secret@db/tidegate", unknown("mysql")),
        ] {
            assert_eq!(StoreUrl::parse(text), Err(error.clone()), "{text}");
            assert!(!error.to_string().contains("secret"));
        }
    }
}
