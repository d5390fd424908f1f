//! What can go wrong, by name, and which of it a history goes without: a failing history is made smaller by leaving things
//! out that it does not need.

use std::collections::BTreeSet;

/// A kind of fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// A node dies after one of its steps.
    Dies,
    /// A request does not arrive.
    LosesRequest,
    /// A request arrives twice.
    DoublesRequest,
    /// A request takes minutes, or hours.
    DelaysRequest,
    /// A request is held up in its sender before it leaves, for up to a quarter of an hour.
    StallsSender,
    /// An answer does not arrive.
    LosesAnswer,
    /// An answer takes longer than its caller waits, or nearly.
    DelaysAnswer,
    /// An answer does not verify.
    GarblesAnswer,
    /// The platform answers 5xx, before or after it did what was asked.
    Errs,
    /// The platform answers 429, before or after it did what was asked.
    Throttles,
    /// The query does not see what was accepted seconds ago.
    QueryLags,
    /// A batch's fate is not known to its owner: written, not written, or written later.
    LosesCommit,
    /// A page is old by the time it is delivered.
    AgesPage,
    /// A node is busy when something is said to it, and hears it together with what is said a moment later.
    Gathers,
    /// A hint or a wake-up is lost: the sweep finds it within a second.
    LosesHint,
    /// The answer to a caller is lost.
    LosesAck,
    /// A notification is lost, or comes twice, the second time perhaps hours later.
    LosesNotice,
    /// For a while every call is refused because of the set-up.
    Misconfigured,
    /// The owner dies; another one starts.
    Crash,
    /// Who takes over dies within a moment, and whoever comes after it perhaps as well.
    CrashesAgain,
    /// Another node takes over from an owner that goes on and was not dead.
    Race,
    /// A node stands still, for longer than its lease perhaps.
    Pause,
    /// A node does not reach the store any more.
    Partition,
    /// All is dark.
    PowerCut,
    /// A node's clock is set wrong, by a second or by a day.
    ClockJumps,
    /// Clocks go at different rates.
    ClockDrifts,
    /// The platform signs with a key that nobody has seen.
    Rotation,
    /// For a while the disk is full.
    FullStore,
    /// For a while the store takes seconds for everything.
    SlowStore,
    /// The platform is not there for hours, up to a day and more.
    Outage,
    /// The store is lost, and an older backup of it is put back, once.
    StorePutBack,
    /// Several merchant ids share the store and the nodes.
    SeveralMerchants,
    /// One of several merchant ids is paused, or refused by the platform, until all refunds of the others have ended.
    HeldUp,
}

impl Fault {
    /// All of them.
    pub const ALL: [Fault; 33] = [
        Fault::Dies,
        Fault::LosesRequest,
        Fault::DoublesRequest,
        Fault::DelaysRequest,
        Fault::StallsSender,
        Fault::LosesAnswer,
        Fault::DelaysAnswer,
        Fault::GarblesAnswer,
        Fault::Errs,
        Fault::Throttles,
        Fault::QueryLags,
        Fault::LosesCommit,
        Fault::AgesPage,
        Fault::Gathers,
        Fault::LosesHint,
        Fault::LosesAck,
        Fault::LosesNotice,
        Fault::Misconfigured,
        Fault::Crash,
        Fault::CrashesAgain,
        Fault::Race,
        Fault::Pause,
        Fault::Partition,
        Fault::PowerCut,
        Fault::ClockJumps,
        Fault::ClockDrifts,
        Fault::Rotation,
        Fault::FullStore,
        Fault::SlowStore,
        Fault::Outage,
        Fault::StorePutBack,
        Fault::SeveralMerchants,
        Fault::HeldUp,
    ];

    /// Its name in reports and on the command line. Also what its chance is drawn for.
    pub fn name(self) -> &'static str {
        match self {
            Fault::Dies => "dies",
            Fault::LosesRequest => "loses-request",
            Fault::DoublesRequest => "doubles-request",
            Fault::DelaysRequest => "delays-request",
            Fault::StallsSender => "stalls-sender",
            Fault::LosesAnswer => "loses-answer",
            Fault::DelaysAnswer => "delays-answer",
            Fault::GarblesAnswer => "garbles-answer",
            Fault::Errs => "errs",
            Fault::Throttles => "throttles",
            Fault::QueryLags => "query-lags",
            Fault::LosesCommit => "loses-commit",
            Fault::AgesPage => "ages-page",
            Fault::Gathers => "gathers",
            Fault::LosesHint => "loses-hint",
            Fault::LosesAck => "loses-ack",
            Fault::LosesNotice => "loses-notice",
            Fault::Misconfigured => "misconfigured",
            Fault::Crash => "crash",
            Fault::CrashesAgain => "crashes-again",
            Fault::Race => "race",
            Fault::Pause => "pause",
            Fault::Partition => "partition",
            Fault::PowerCut => "power-cut",
            Fault::ClockJumps => "clock-jumps",
            Fault::ClockDrifts => "clock-drifts",
            Fault::Rotation => "rotation",
            Fault::FullStore => "full-store",
            Fault::SlowStore => "slow-store",
            Fault::Outage => "outage",
            Fault::StorePutBack => "store-put-back",
            Fault::SeveralMerchants => "several-merchants",
            Fault::HeldUp => "held-up",
        }
    }
}

/// What a history goes without.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Without {
    /// These faults.
    pub faults: BTreeSet<Fault>,
    /// These refunds, by their place in the plan: nobody asks for them.
    pub asks: BTreeSet<usize>,
}

impl Without {
    /// Whether the fault can happen.
    pub(crate) fn has(&self, fault: Fault) -> bool {
        !self.faults.contains(&fault)
    }
}
