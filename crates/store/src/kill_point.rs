//! Points at which a test can end the process, as if the power had failed there. Only with the feature `kill-points`,
//! which no shipped program has; otherwise passing a point does nothing.
//!
//! With the environment variable `TIDEGATE_KILL` set to `NAME:N`, the `N`-th passing of the point `NAME`, counted from 1
//! in this process, writes the line `killed at NAME` to the standard error output and aborts: nothing is unwound, dropped
//! or flushed. Any other value kills nothing.
//!
//! The points of this crate:
//! - `mid_batch`, in either database: an owner's batch has consumed its intake and changed its refunds; its orders, pools and news' number
//!   are not written, and nothing is committed.
//! - `in_checkpoint`, in SQLite: the thread that keeps the log short has moved pages from it into the database; the log holds them
//!   still, with all that was appended meanwhile. Passed after every 4 MiB that are written.

/// Passes the point `name`.
#[cfg(not(feature = "kill-points"))]
#[inline(always)]
pub fn pass(_name: &str) {}

/// Passes the point `name`.
#[cfg(feature = "kill-points")]
pub fn pass(name: &str) {
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU64, Ordering};

    static WISH: OnceLock<Option<(String, u64)>> = OnceLock::new();
    static PASSED: AtomicU64 = AtomicU64::new(0);
    let wish = WISH.get_or_init(|| {
        let wish = std::env::var("TIDEGATE_KILL").ok()?;
        let (name, n) = wish.split_once(':')?;
        Some((name.to_owned(), n.parse().ok()?))
    });
    if let Some((wanted, n)) = wish
        && wanted == name
        && PASSED.fetch_add(1, Ordering::Relaxed) + 1 == *n
    {
        eprintln!("killed at {name}");
        std::process::abort();
    }
}
