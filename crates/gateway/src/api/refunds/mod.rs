//! Refunds: `/v1/refunds`.
//!
//! What is shown: [`view`] has the fields, [`next_action`] says what happens next, [`explanation`] when it should leave and
//! why it has not, [`texts`] the sentences for people, [`till`] what fits a till. What is asked: [`wanted`] reads a request
//! for a refund, [`create`] takes it in, [`hold`] holds the answer for `Prefer: wait`. Then [`find`], [`show`], [`timeline`],
//! [`list`] with its [`cursor`], and [`command`] with its memory of [`recent_checks`].

pub mod command;
pub mod create;
pub mod cursor;
pub mod explanation;
pub mod find;
pub mod hold;
pub mod list;
pub mod next_action;
pub mod recent_checks;
pub mod show;
#[cfg(test)]
mod specimen;
pub mod texts;
pub mod till;
pub mod timeline;
pub mod view;
pub mod wanted;
