//! The judges: what must never be, looked for in places that owner and store do not decide about.
//!
//! [`sends`] looks at every request that leaves, [`acceptances`] at everything the platform takes, [`books`] at every batch
//! that reached the disk and [`ledger`] at what it posts, [`inspection`] at what is due, and [`ending`] at everything once more at the end.

pub(crate) mod acceptances;
pub(crate) mod books;
pub(crate) mod ending;
pub(crate) mod inspection;
pub(crate) mod ledger;
pub(crate) mod sends;

use std::collections::BTreeMap;

use refunds::key::{RefundKey, UpstreamNo};
use refunds::pool::ledger::Ledger;
use refunds::refund::RequestBytes;

/// What the judges remember.
#[derive(Debug, Default)]
pub(crate) struct Record {
    /// How many refunds were taken in.
    pub(crate) taken_in: u64,
    /// Under which number and with which bytes each refund was sent first.
    sent: BTreeMap<RefundKey, (UpstreamNo, RequestBytes)>,
    /// The books of the CNY pool, by every posting that reached the disk.
    ledger: Option<Ledger>,
}
