//! Which refunds were checked a moment ago: one query in ten seconds a refund.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use refunds::key::RefundKey;
use tokio::time::Instant;

/// Least time between two checks of a refund.
pub const EVERY: Duration = Duration::from_secs(10);

/// So many are remembered. Beyond that the oldest is forgotten, and may be checked a little early.
const REMEMBERED: usize = 4_096;

/// The refunds that were checked within [`EVERY`], oldest first.
#[derive(Debug, Default)]
pub struct RecentChecks(Mutex<VecDeque<(Instant, RefundKey)>>);

impl RecentChecks {
    /// Remembers that `key` is checked now; how long to wait if it was a moment ago.
    pub fn begin(&self, key: &RefundKey) -> Result<(), Duration> {
        let now = Instant::now();
        let mut recent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        while recent.front().is_some_and(|(at, _)| now.duration_since(*at) >= EVERY) {
            recent.pop_front();
        }
        if let Some((at, _)) = recent.iter().find(|(_, checked)| checked == key) {
            return Err(EVERY.saturating_sub(now.duration_since(*at)));
        }
        if recent.len() >= REMEMBERED {
            recent.pop_front();
        }
        recent.push_back((now, key.clone()));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use wechatpay::ids::Mchid;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_refund_is_checked_once_in_ten_seconds() {
        let key = RefundKey::new(&Mchid::parse("19").unwrap(), "01JZZZZZZZZZZZZZZZZZZZZZZZ").unwrap();
        let checks = RecentChecks::default();
        assert_eq!(checks.begin(&key), Ok(()));
        tokio::time::advance(Duration::from_secs(4)).await;
        assert_eq!(checks.begin(&key), Err(Duration::from_secs(6)));
        tokio::time::advance(Duration::from_secs(6)).await;
        assert_eq!(checks.begin(&key), Ok(()));
    }
}
