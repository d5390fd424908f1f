//! A recorded or made-up history of payments and refunds, played through the real [`refunds::owner::Owner`].
//!
//! No I/O, no clock, no randomness: what a history is and how it is looked at are arguments, and the same arguments give the
//! same figures, attempt by attempt. The owner is the one that the gateway and the simulation drive; here its store is the
//! model in memory, and everything it wants is answered at the same instant.
//!
//! Read in this order:
//! 1. [`history`]: payments and requests for refunds, and the part of them that counts.
//! 2. [`sight`]: what of it the owner gets to see. [`pool`]: how the money really stands.
//! 3. [`mod@reference`]: who could have left when, if everything were known.
//! 4. [`policies`]: by which rules the owner is driven. `driver` lets a history happen to it, `shell` does what it wants,
//!    `wechat` answers it, and [`run`] is what came of it.
//! 5. [`figures`]: both, counted; [`span`]: how their times are shown. [`plot`]: both, to look at.

mod driver;
pub mod figures;
pub mod history;
mod names;
pub mod plot;
pub mod policies;
pub mod pool;
pub mod reference;
pub mod run;
mod shell;
pub mod sight;
pub mod span;
mod wechat;
