//! A gateway that is killed again and again, under load and while it waits, and what must be true all the same: nothing
//! that it acknowledged is lost, nothing is paid twice or beyond an order, and every refund comes to its end.
//!
//! Sandbox and tills live in this process and outlive every gateway; the gateway is the real program, ended by SIGKILL or by
//! itself at a named point (see `store::kill_point`), and started again on the same store.
//!
//! Read in this order: [`figures`] (how large a run), `trade` (who pays and asks for what), `ends` (how each gateway ends),
//! [`program`] (the gateway as a process), `book` and `tills` (who asks, and what they remember), `town` (all that goes on
//! around), [`run`] (the run itself), [`nodes`] (runs with several gateways on one PostgreSQL), `judge` (what must be true),
//! [`summary`] (what a reader can check).

mod book;
mod ends;
pub mod figures;
mod judge;
pub mod nodes;
pub mod program;
pub mod run;
pub mod summary;
mod tills;
mod town;
mod trade;
