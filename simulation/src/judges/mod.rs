//! The judges: what must never be, looked for in places that owner and store do not decide about.
//!
//! [`sends`] looks at every request that leaves and [`questions`] at every question, [`acceptances`] at everything the platform
//! takes, [`books`] at every batch that reached the disk and [`ledger`] at what it posts, [`onlookers`] at what tenants see,
//! [`inspection`] at what is due, [`isolation`] at what of one merchant id comes to another, and [`ending`] at everything once more at
//! the end; [`restores`] says what they forget with a store that is put back from a backup, and [`forgotten`] looks whether it is asked what
//! that lacks. Whether a node may act at all is
//! judged with its heartbeat.

pub(crate) mod acceptances;
pub(crate) mod books;
pub(crate) mod ending;
pub(crate) mod forgotten;
pub(crate) mod inspection;
pub(crate) mod isolation;
pub(crate) mod ledger;
pub(crate) mod onlookers;
pub(crate) mod questions;
pub(crate) mod restores;
pub(crate) mod sends;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use refunds::batch::IntakeSeq;

use refunds::key::{RefundKey, UpstreamNo};
use refunds::pool::ledger::Ledger;
use refunds::refund::RequestBytes;

/// What the judges remember of a merchant id.
#[derive(Debug, Default)]
pub(crate) struct Record {
    /// Under which number and with which bytes each refund was sent first.
    sent: BTreeMap<RefundKey, (UpstreamNo, RequestBytes)>,
    /// The rows of intake that batches dealt with.
    consumed: BTreeSet<IntakeSeq>,
    /// When each refund was last given a reason to be asked about out of turn.
    nudged: BTreeMap<UpstreamNo, Timestamp>,
    /// What a tenant saw of each refund when it looked last: how many entries, and the state.
    seen: BTreeMap<RefundKey, (u64, &'static str)>,
    /// What every refund was before its last change.
    before: BTreeMap<RefundKey, (u64, &'static str)>,
    /// Requests and questions of the last second.
    calls: sends::Calls,
    questions: sends::Calls,
    /// The books of the CNY pool, by every posting that reached the disk.
    ledger: Option<Ledger>,
}
