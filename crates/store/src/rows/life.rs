//! Where a refund stands and what is known of its attempts: the part of its row that decisions change.

use refunds::outcome::Refusal;
use refunds::refund::{
    Acceptance, Attempts, Attention, Promise, Reason, Refund, State, Toward, Why, Withdrawal,
};
use serde::{Deserialize, Serialize};
use wechatpay::ids::RefundId;

use super::Document;
use super::text::Word;
use super::value::{Amount, At};

/// The document.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Life {
    v: u32,
    state: StateRow,
    attempts: AttemptsRow,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ask_at: Option<At>,
    #[serde(default, skip_serializing_if = "is_zero")]
    asked_in_vain: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    attention: Option<AttentionRow>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    promise: Option<PromiseRow>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    result_at: Option<At>,
}

impl Document for Life {
    const NAME: &'static str = "state of a refund";
    const VERSION: u32 = 1;

    fn version(&self) -> u32 {
        self.v
    }
}

/// What a document tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) state: State,
    pub(crate) attempts: Attempts,
    pub(crate) ask_at: Option<jiff::Timestamp>,
    pub(crate) asked_in_vain: u32,
    pub(crate) attention: Option<Attention>,
    pub(crate) promise: Option<Promise>,
    pub(crate) result_at: Option<jiff::Timestamp>,
}

impl Life {
    /// The document of `refund`, which has columns of its own for all else.
    pub(crate) fn of(refund: &Refund) -> Life {
        Life {
            v: Life::VERSION,
            state: StateRow::of(&refund.state),
            attempts: AttemptsRow::of(refund.attempts),
            ask_at: refund.ask_at.map(At),
            asked_in_vain: refund.asked_in_vain,
            attention: refund.attention.map(AttentionRow::of),
            promise: refund.promise.map(PromiseRow::of),
            result_at: refund.result_at.map(At),
        }
    }

    /// What it tells.
    pub(crate) fn told(self) -> Told {
        let Life { v: _, state, attempts, ask_at, asked_in_vain, attention, promise, result_at } = self;
        Told {
            state: state.state(),
            attempts: attempts.attempts(),
            ask_at: ask_at.map(|at| at.0),
            asked_in_vain,
            attention: attention.map(AttentionRow::attention),
            promise: promise.map(PromiseRow::promise),
            result_at: result_at.map(|at| at.0),
        }
    }
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum StateRow {
    Queued,
    Waiting {
        why: Word<Why>,
        since: At,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        not_before: Option<At>,
    },
    Submitting {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        unclear_since: Option<At>,
        #[serde(default, skip_serializing_if = "is_zero")]
        resent: u32,
    },
    Unclear {
        since: At,
        #[serde(default, skip_serializing_if = "is_zero")]
        resent: u32,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        resend_at: Option<At>,
    },
    Withdrawing {
        toward: TowardRow,
        since: At,
    },
    Processing(AcceptanceRow),
    Abnormal(AcceptanceRow),
    Succeeded {
        acceptance: AcceptanceRow,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at: Option<At>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        received_in: Option<String>,
    },
    Closed(AcceptanceRow),
    Rejected(RefusalRow),
    Cancelled(Word<Withdrawal>),
}

impl StateRow {
    fn of(state: &State) -> StateRow {
        match state {
            State::Queued => StateRow::Queued,
            State::Waiting { why, since, not_before } => {
                StateRow::Waiting { why: Word(*why), since: At(*since), not_before: not_before.map(At) }
            }
            State::Submitting { unclear_since, resent } => {
                StateRow::Submitting { unclear_since: unclear_since.map(At), resent: *resent }
            }
            State::Unclear { since, resent, resend_at } => {
                StateRow::Unclear { since: At(*since), resent: *resent, resend_at: resend_at.map(At) }
            }
            State::Withdrawing { toward, since } => {
                StateRow::Withdrawing { toward: TowardRow::of(toward), since: At(*since) }
            }
            State::Processing(acceptance) => StateRow::Processing(AcceptanceRow::of(acceptance)),
            State::Abnormal(acceptance) => StateRow::Abnormal(AcceptanceRow::of(acceptance)),
            State::Succeeded { acceptance, at, received_in } => StateRow::Succeeded {
                acceptance: AcceptanceRow::of(acceptance),
                at: at.map(At),
                received_in: received_in.clone(),
            },
            State::Closed(acceptance) => StateRow::Closed(AcceptanceRow::of(acceptance)),
            State::Rejected(refusal) => StateRow::Rejected(RefusalRow::of(refusal)),
            State::Cancelled(by) => StateRow::Cancelled(Word(*by)),
        }
    }

    fn state(self) -> State {
        match self {
            StateRow::Queued => State::Queued,
            StateRow::Waiting { why, since, not_before } => {
                State::Waiting { why: why.0, since: since.0, not_before: not_before.map(|at| at.0) }
            }
            StateRow::Submitting { unclear_since, resent } => {
                State::Submitting { unclear_since: unclear_since.map(|at| at.0), resent }
            }
            StateRow::Unclear { since, resent, resend_at } => {
                State::Unclear { since: since.0, resent, resend_at: resend_at.map(|at| at.0) }
            }
            StateRow::Withdrawing { toward, since } => {
                State::Withdrawing { toward: toward.toward(), since: since.0 }
            }
            StateRow::Processing(acceptance) => State::Processing(acceptance.acceptance()),
            StateRow::Abnormal(acceptance) => State::Abnormal(acceptance.acceptance()),
            StateRow::Succeeded { acceptance, at, received_in } => {
                State::Succeeded { acceptance: acceptance.acceptance(), at: at.map(|at| at.0), received_in }
            }
            StateRow::Closed(acceptance) => State::Closed(acceptance.acceptance()),
            StateRow::Rejected(refusal) => State::Rejected(refusal.refusal()),
            StateRow::Cancelled(by) => State::Cancelled(by.0),
        }
    }
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum TowardRow {
    Cancelled(Word<Withdrawal>),
    Rejected(RefusalRow),
}

impl TowardRow {
    fn of(toward: &Toward) -> TowardRow {
        match toward {
            Toward::Cancelled(by) => TowardRow::Cancelled(Word(*by)),
            Toward::Rejected(refusal) => TowardRow::Rejected(RefusalRow::of(refusal)),
        }
    }

    fn toward(self) -> Toward {
        match self {
            TowardRow::Cancelled(by) => Toward::Cancelled(by.0),
            TowardRow::Rejected(refusal) => Toward::Rejected(refusal.refusal()),
        }
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct AcceptanceRow {
    refund_id: Word<RefundId>,
    at: At,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    payer_refund: Option<Amount>,
}

impl AcceptanceRow {
    fn of(acceptance: &Acceptance) -> AcceptanceRow {
        let Acceptance { refund_id, at, payer_refund } = acceptance;
        AcceptanceRow {
            refund_id: Word(refund_id.clone()),
            at: At(*at),
            payer_refund: payer_refund.map(Amount),
        }
    }

    fn acceptance(self) -> Acceptance {
        let AcceptanceRow { refund_id, at, payer_refund } = self;
        Acceptance { refund_id: refund_id.0, at: at.0, payer_refund: payer_refund.map(|amount| amount.0) }
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct RefusalRow {
    code: String,
    message: String,
}

impl RefusalRow {
    fn of(refusal: &Refusal) -> RefusalRow {
        let Refusal { code, message } = refusal;
        RefusalRow { code: code.clone(), message: message.clone() }
    }

    fn refusal(self) -> Refusal {
        let RefusalRow { code, message } = self;
        Refusal { code, message }
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct AttemptsRow {
    #[serde(default, skip_serializing_if = "is_zero")]
    count: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last_signed_at: Option<At>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    unproven_until: Option<At>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    unproven_until_before_last: Option<At>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    first_absent: Option<At>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    listed: bool,
}

impl AttemptsRow {
    fn of(attempts: Attempts) -> AttemptsRow {
        let Attempts {
            count,
            last_signed_at,
            unproven_until,
            unproven_until_before_last,
            first_absent,
            listed,
        } = attempts;
        AttemptsRow {
            count,
            last_signed_at: last_signed_at.map(At),
            unproven_until: unproven_until.map(At),
            unproven_until_before_last: unproven_until_before_last.map(At),
            first_absent: first_absent.map(At),
            listed,
        }
    }

    fn attempts(self) -> Attempts {
        let AttemptsRow {
            count,
            last_signed_at,
            unproven_until,
            unproven_until_before_last,
            first_absent,
            listed,
        } = self;
        Attempts {
            count,
            last_signed_at: last_signed_at.map(|at| at.0),
            unproven_until: unproven_until.map(|at| at.0),
            unproven_until_before_last: unproven_until_before_last.map(|at| at.0),
            first_absent: first_absent.map(|at| at.0),
            listed,
        }
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct AttentionRow {
    reason: Word<Reason>,
    since: At,
}

impl AttentionRow {
    fn of(attention: Attention) -> AttentionRow {
        let Attention { reason, since } = attention;
        AttentionRow { reason: Word(reason), since: At(since) }
    }

    fn attention(self) -> Attention {
        let AttentionRow { reason, since } = self;
        Attention { reason: reason.0, since: since.0 }
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct PromiseRow {
    made_at: At,
    by: At,
}

impl PromiseRow {
    fn of(promise: Promise) -> PromiseRow {
        let Promise { made_at, by } = promise;
        PromiseRow { made_at: At(made_at), by: At(by) }
    }

    fn promise(self) -> Promise {
        let PromiseRow { made_at, by } = self;
        Promise { made_at: made_at.0, by: by.0 }
    }
}
