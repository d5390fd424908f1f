//! The decider of one merchant id.
//!
//! All refunds of a merchant id share one pool, one rate budget and one error budget, so one owner decides for all of
//! them. It is a value that is told what happened and answers what is to be done; it does nothing itself:
//!
//! 1. It reads ([`Load`]), decides, and puts what it decided into a [`Batch`](crate::batch::Batch). One batch is on its
//!    way to disk at a time; what is decided meanwhile goes into the next, so batches grow with load.
//! 2. A request leaves only when the batch that holds its intent is on disk: [`Output::Send`] carries a
//!    [`Submission`](crate::batch::Submission), which only [`Input::Committed`] can make.
//! 3. If the fate of a batch is not known, the owner forgets everything it read and decided, waits for what it has asked the
//!    store for, which may be older than the batch, and reads again. No code undoes a decision. Only the knowledge of its own
//!    requests under way stays: the network did not forget them.
//! 4. An answer is believed by what it proves, whenever it comes; see [`step`](crate::step).
//!
//! Memory is bounded: refunds in hand are those under way, those due now, and a front of the waiting. All others stay in
//! the store, found by their due time or their place.
//!
//! Read in this order: `input` (what an owner is told), `output` (what it wants done), `decider` (what it keeps in mind, and its
//! loop), `clock` (one that is set back), `days` and `night` (what midnight ends, and what a night tells), `under_way` (requests
//! that have left), `answers` (what comes back), `reading`, `arrivals`, `posting` and `front` (what comes from the store),
//! `look_up` (which order is meant), `restoring` and `forgotten` (what a backup does not tell), `timers` (who is due), `planning`,
//! `reserving`, `queue` and `shares` (who of the waiting goes), `halting` (when nobody does), and `hand` for the bookkeeping.

mod answers;
mod arrivals;
mod clock;
mod days;
mod decider;
mod forgotten;
mod front;
mod halting;
mod hand;
mod input;
mod look_up;
mod night;
mod output;
mod planning;
mod posting;
mod queue;
mod reading;
mod reserving;
mod restoring;
mod shares;
mod timers;
mod under_way;

pub use decider::Owner;
pub use input::{
    DuePage, Fact, FrontPage, Holding, Input, IntakePage, Namesakes, OpenPage, Page, ProbeOutcome,
};
pub use output::{FoundRefunds, Load, OpenAfter, Output, Question};

use decider::Phase;
use reading::PAGE;
use under_way::{LookUp, UnderWay};
