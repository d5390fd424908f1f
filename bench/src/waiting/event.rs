//! What happens to an owner.

use serde::{Deserialize, Serialize};

/// What an owner's work is done for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// A payment that makes nobody fit.
    PaymentForNobody,
    /// A payment that one refund fits.
    PaymentForOne,
    /// A payment that about a hundred refunds fit.
    PaymentForMany,
    /// WeChat Pay took a refund.
    Acceptance,
    /// WeChat Pay said NOT ENOUGH.
    Refusal,
    /// WeChat Pay told what became of a refund that it took.
    Confirmation,
    /// A refund came in.
    NewRefund,
    /// What a past day has shown became known.
    Statement,
    /// China's midnight, and the pause around it.
    Midnight,
    /// A time came at which the owner wanted to be woken.
    WakeUp,
    /// A further page of waiting refunds was read.
    Front,
    /// A new owner took over.
    Restart,
}

impl Event {
    /// All there are, in the order of a table.
    pub const EACH: [Event; 12] = [
        Event::PaymentForNobody,
        Event::PaymentForOne,
        Event::PaymentForMany,
        Event::Acceptance,
        Event::Refusal,
        Event::Confirmation,
        Event::NewRefund,
        Event::Statement,
        Event::Midnight,
        Event::WakeUp,
        Event::Front,
        Event::Restart,
    ];

    /// Its name in a table.
    pub fn name(self) -> &'static str {
        match self {
            Event::PaymentForNobody => "payment for nobody",
            Event::PaymentForOne => "payment for one",
            Event::PaymentForMany => "payment for a hundred",
            Event::Acceptance => "acceptance",
            Event::Refusal => "refusal",
            Event::Confirmation => "confirmation",
            Event::NewRefund => "new refund",
            Event::Statement => "statement",
            Event::Midnight => "midnight",
            Event::WakeUp => "wake-up",
            Event::Front => "front",
            Event::Restart => "restart",
        }
    }
}
