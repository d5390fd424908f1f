//! What the reading half of the crate does with whole files. The files are made by `testdata/make.sh`.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod any_bytes;
mod chains;
mod forms;
mod kinds;
mod mistakes;
mod reports;
mod testdata;
