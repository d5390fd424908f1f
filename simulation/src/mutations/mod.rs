//! Planted mistakes: each is one that a program like this could have, and that a judge must find.
//!
//! None of them is in product code. They stand around an owner (`inputs` changes what it is told, `outputs` what it
//! wants), or in the driver, where a few lines of `disk`, `network` and `traffic` ask for theirs by name. Those that need a second
//! merchant id are in `neighbours`.
//!
//! `Mind` is an owner with its mistake, and the only way in which the world knows owners.

pub(crate) mod inputs;
pub(crate) mod mind;
mod neighbours;
pub(crate) mod outputs;

pub(crate) use mind::{Act, Mind, Request};

/// A planted mistake.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mutation {
    /// A request leaves when its intent is on its way to disk, whatever becomes of that.
    SendsBeforeCommit,
    /// Every further attempt bears a number of its own.
    NewNumberOnRetry,
    /// Every further attempt asks for one unit more.
    NewAmountOnRetry,
    /// No answer counts as a refusal for good.
    UnclearTreatedAsFailed,
    /// A new owner takes what it finds in `submitting` for never attempted.
    IntentForgottenAtRestart,
    /// The store does not compare epochs and versions.
    EpochIgnored,
    /// The order's amount is free again while a refund is unclear or being withdrawn.
    AmountReleasedTooEarly,
    /// A commit of which nobody knows is taken as written.
    CommitUnknownTakenAsCommitted,
    /// NOT ENOUGH is taken for an acceptance.
    NotEnoughTreatedAsAccepted,
    /// A query that finds nothing proves a number dead at once.
    DeadTooEarly,
    /// A cancelled refund ends at once, attempted or not.
    CancelFreesAtOnce,
    /// An answer that does not verify is believed.
    TrustsUnverifiedSuccess,
    /// A caller is answered before the write is on disk.
    AnswerBeforeFlush,
    /// The time stamp of a signature is that of leaving, not that of deciding.
    SignsWhenLeaving,
    /// Nobody asks what became of an accepted refund.
    QueryForgotten,
    /// What the query says of a result is not taken in.
    ResultIgnored,
    /// Intake is marked as dealt with and forgotten.
    IntakeForgotten,
    /// What a refund is taken for is told to the tenant, but not written.
    NewsWithoutChange,
    /// Two names of one order are taken to be two orders, whatever WeChat Pay says.
    NamesakesIgnored,
    /// What is closed is not posted to the books.
    ReturnNotPosted,
    /// A wake-up is never given, and no sweep finds what is due.
    NeverWoken,
    /// A node counts the time of its lease by the clock that tells the time, which can be set back.
    LeaseByWallClock,
    /// A node that stood still goes on without asking whether it was given up.
    LeaseNeverChecked,
    /// A batch of several changes is acknowledged when half of them are written.
    HalfOfBatchWritten,
    /// What a batch has dealt with stays in intake, now and then, and is dealt with once more.
    IntakeConsumedTwice,
    /// What a batch posts is entered twice, now and then: what a row of a statement posted twice would do to the books.
    PostingWrittenTwice,
    /// A number that is given up is sent once more.
    CancelledSentAgain,
    /// A refund that waits does not count towards its order.
    WaitingNotCounted,
    /// Who takes over is not told of what is due.
    TimerLostAtTakeOver,
    /// Who takes over begins with budgets that were saved up, whatever the one before has just used.
    BudgetsFullAtTakeOver,
    /// A notification is taken for the refund that another sub-merchant counts by the same number.
    CallbackOfAnotherApplied,
    /// Results are asked for ten minutes before their time.
    AsksTooEarly,
    /// Who looks at a refund is shown what it was before its last change, now and then.
    OldStateShown,
    /// A number counts as dead as soon as it was missing once, though on V2 nothing in a request says how old it is.
    MissingOnceIsEnough,
    /// A number that a backup does not know to be used is given up at once.
    BackupBelieved,
    /// After a backup was put back no order is asked about.
    OrdersNotAsked,
    /// What is found of refunds that a backup lacks is not taken in.
    FoundLeftOut,
    /// A request is taken for a repetition of what another merchant id asked for under the same number.
    NeighbourTakenForSame,
    /// A notification is taken for the refund that another merchant id has under the same number.
    CallbackOfNeighbourApplied,
    /// An answer is told to the owner of another merchant id on the same node that has a refund under the same number.
    AnswerToldToNeighbour,
    /// An operator's pause of one merchant id holds up all of them.
    PauseOfNeighbourObeyed,
    /// Of all that a dead node owned one merchant id is taken over.
    NeighbourLeftOwnerless,
    /// An owner is given what came in for another merchant id, now and then.
    IntakeOfNeighbourRead,
}

impl Mutation {
    /// All of them.
    pub const ALL: [Mutation; 43] = [
        Mutation::SendsBeforeCommit,
        Mutation::NewNumberOnRetry,
        Mutation::NewAmountOnRetry,
        Mutation::UnclearTreatedAsFailed,
        Mutation::IntentForgottenAtRestart,
        Mutation::EpochIgnored,
        Mutation::AmountReleasedTooEarly,
        Mutation::CommitUnknownTakenAsCommitted,
        Mutation::NotEnoughTreatedAsAccepted,
        Mutation::DeadTooEarly,
        Mutation::CancelFreesAtOnce,
        Mutation::TrustsUnverifiedSuccess,
        Mutation::AnswerBeforeFlush,
        Mutation::SignsWhenLeaving,
        Mutation::QueryForgotten,
        Mutation::ResultIgnored,
        Mutation::IntakeForgotten,
        Mutation::NewsWithoutChange,
        Mutation::NamesakesIgnored,
        Mutation::ReturnNotPosted,
        Mutation::NeverWoken,
        Mutation::LeaseByWallClock,
        Mutation::LeaseNeverChecked,
        Mutation::HalfOfBatchWritten,
        Mutation::IntakeConsumedTwice,
        Mutation::PostingWrittenTwice,
        Mutation::CancelledSentAgain,
        Mutation::WaitingNotCounted,
        Mutation::TimerLostAtTakeOver,
        Mutation::BudgetsFullAtTakeOver,
        Mutation::CallbackOfAnotherApplied,
        Mutation::AsksTooEarly,
        Mutation::OldStateShown,
        Mutation::MissingOnceIsEnough,
        Mutation::BackupBelieved,
        Mutation::OrdersNotAsked,
        Mutation::FoundLeftOut,
        Mutation::NeighbourTakenForSame,
        Mutation::CallbackOfNeighbourApplied,
        Mutation::AnswerToldToNeighbour,
        Mutation::PauseOfNeighbourObeyed,
        Mutation::NeighbourLeftOwnerless,
        Mutation::IntakeOfNeighbourRead,
    ];

    /// Its name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Mutation::SendsBeforeCommit => "sends_before_commit",
            Mutation::NewNumberOnRetry => "new_number_on_retry",
            Mutation::NewAmountOnRetry => "new_amount_on_retry",
            Mutation::UnclearTreatedAsFailed => "unclear_treated_as_failed",
            Mutation::IntentForgottenAtRestart => "intent_forgotten_at_restart",
            Mutation::EpochIgnored => "epoch_ignored",
            Mutation::AmountReleasedTooEarly => "amount_released_too_early",
            Mutation::CommitUnknownTakenAsCommitted => "commit_unknown_taken_as_committed",
            Mutation::NotEnoughTreatedAsAccepted => "not_enough_treated_as_accepted",
            Mutation::DeadTooEarly => "dead_too_early",
            Mutation::CancelFreesAtOnce => "cancel_frees_at_once",
            Mutation::TrustsUnverifiedSuccess => "trusts_unverified_success",
            Mutation::AnswerBeforeFlush => "answer_before_flush",
            Mutation::SignsWhenLeaving => "signs_when_leaving",
            Mutation::QueryForgotten => "query_forgotten",
            Mutation::ResultIgnored => "result_ignored",
            Mutation::IntakeForgotten => "intake_forgotten",
            Mutation::NewsWithoutChange => "news_without_change",
            Mutation::NamesakesIgnored => "namesakes_ignored",
            Mutation::ReturnNotPosted => "return_not_posted",
            Mutation::NeverWoken => "never_woken",
            Mutation::LeaseByWallClock => "lease_by_wall_clock",
            Mutation::LeaseNeverChecked => "lease_never_checked",
            Mutation::HalfOfBatchWritten => "half_of_batch_written",
            Mutation::IntakeConsumedTwice => "intake_consumed_twice",
            Mutation::PostingWrittenTwice => "posting_written_twice",
            Mutation::CancelledSentAgain => "cancelled_sent_again",
            Mutation::WaitingNotCounted => "waiting_not_counted",
            Mutation::TimerLostAtTakeOver => "timer_lost_at_take_over",
            Mutation::BudgetsFullAtTakeOver => "budgets_full_at_take_over",
            Mutation::CallbackOfAnotherApplied => "callback_of_another_applied",
            Mutation::AsksTooEarly => "asks_too_early",
            Mutation::OldStateShown => "old_state_shown",
            Mutation::MissingOnceIsEnough => "missing_once_is_enough",
            Mutation::BackupBelieved => "backup_believed",
            Mutation::OrdersNotAsked => "orders_not_asked",
            Mutation::FoundLeftOut => "found_left_out",
            Mutation::NeighbourTakenForSame => "neighbour_taken_for_same",
            Mutation::CallbackOfNeighbourApplied => "callback_of_neighbour_applied",
            Mutation::AnswerToldToNeighbour => "answer_told_to_neighbour",
            Mutation::PauseOfNeighbourObeyed => "pause_of_neighbour_obeyed",
            Mutation::NeighbourLeftOwnerless => "neighbour_left_ownerless",
            Mutation::IntakeOfNeighbourRead => "intake_of_neighbour_read",
        }
    }
}
