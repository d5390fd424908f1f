//! What happens to a refund and to a pool: decisions, and nothing else.
//!
//! No I/O, no clock, no randomness, and no word of HTTP, SQL, XML or JSON. Instants, fresh keys and request bytes are
//! arguments; what should be stored, sent and woken is returned. Gateway, simulation and replay drive the same code.
//!
//! Read in this order:
//! 1. [`key`], [`order`], [`need`], [`refund`]: the nouns. [`refund::State`] is the map of a refund's life.
//! 2. [`outcome`], [`step`], [`confirm`], [`status`]: what an answer means, what happens next to one refund, and what its
//!    standing is called.
//! 3. [`intake`]: whether a new refund is admitted, decided inside the transaction that stores it. [`permit`]: what may
//!    be asked of a refund later.
//! 4. [`pool`]: budgets, today's estimate and the plan of who goes when; [`policy`] holds every figure but the [`weight`] that an
//!    operator gives a sub-merchant.
//! 5. [`batch`] and [`owner`]: the decider of one merchant id, which ties the above together. [`lease`]: how long a node may
//!    trust that its owners are still the only ones; [`assignment`]: which of several nodes should own whom.

pub mod assignment;
pub mod batch;
pub mod confirm;
pub mod intake;
pub mod key;
pub mod lease;
pub mod need;
pub mod order;
pub mod outcome;
pub mod owner;
pub mod permit;
pub mod policy;
pub mod pool;
pub mod refund;
pub mod status;
pub mod step;
pub mod weight;
