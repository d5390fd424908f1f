//! A run with several gateways on one PostgreSQL, in which they and it are disturbed again and again under load.
//!
//! Read [`run`] (the run itself), `installation` (the gateways, and how they are disturbed), [`disturbance`] (what is done),
//! [`postgres`] (a server or a cluster), `ownership` (who took over what), [`summary`] (what a reader can check).

pub mod disturbance;
mod installation;
mod ownership;
pub mod postgres;
pub mod run;
pub mod summary;
