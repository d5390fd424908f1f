//! The sandbox's clock: the wall's, or a virtual one that goes from event to event.
//!
//! A virtual clock stands still until somebody advances it. Programs that shall live in the same time take part: each
//! follows the steps, does all that is due, and reports when nothing of its own is in flight and what it waits for
//! next. Only then does the clock move, to the earliest of the sandbox's own next event, the participants' and the
//! target. So no poll is skipped, and no signature's window breaks, however long the way.
//!
//! Read in this order: [`timeline`] (the rules, without I/O), [`shared`] (the clock as everyone shares it),
//! [`advance`] (the waiting around the rules).

pub mod advance;
pub mod shared;
pub mod timeline;
