//! The processes of a run: this executable, started again in another role.
//!
//! [`child`] starts and ends one, [`usage`] tells what it has used; [`sandbox`] and [`gateway`] are the roles.

pub mod child;
pub mod gateway;
pub mod sandbox;
pub mod usage;
