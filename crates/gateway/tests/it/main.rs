//! The gateway against a sandbox in the same process, and its interfaces against callers of all kinds.
//!
//! [`worker`]: owners driven for real, with a virtual clock that waits for them.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

mod worker;
