//! The tenant's interface, asked over HTTP without a socket. [`room`] has the merchants and keys that every story begins with;
//! the other files mirror the routes.

mod commands;
mod create;
mod document;
mod explained;
mod health;
mod hostile;
mod list;
mod orders;
mod problems;
mod room;
mod show;
mod tenants;
mod waiting;
