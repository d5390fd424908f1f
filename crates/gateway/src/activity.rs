//! Whether anything is under way.
//!
//! In a virtual world the clock may move only while nothing of ours is in flight: no request of a caller, no write, no call
//! to WeChat Pay, no message between tasks. Each of these holds a [`Busy`] as long as it lasts, and whoever hands work on
//! hands a `Busy` on with it, so that the count never falls to nothing in between.

use std::sync::Arc;

use tokio::sync::watch;

/// Counts what is under way.
#[derive(Debug, Clone)]
pub struct Activity(Arc<watch::Sender<usize>>);

/// Something is under way until this is dropped.
#[derive(Debug)]
#[must_use = "dropped at once, it says that nothing is under way"]
pub struct Busy(Activity);

impl Activity {
    /// Nothing is under way.
    pub fn none() -> Activity {
        Activity(Arc::new(watch::Sender::new(0)))
    }

    /// Something begins.
    pub fn begin(&self) -> Busy {
        self.0.send_modify(|count| *count += 1);
        Busy(self.clone())
    }

    /// Whether nothing is under way.
    pub fn is_quiet(&self) -> bool {
        *self.0.borrow() == 0
    }

    /// Comes back when nothing is under way.
    pub async fn quiet(&self) {
        // The sender is ours, so it is there.
        let _ = self.0.subscribe().wait_for(|count| *count == 0).await;
    }

    /// Comes back when something begins or ends.
    pub fn follow(&self) -> watch::Receiver<usize> {
        self.0.subscribe()
    }
}

impl Busy {
    /// One more of the same: for work that is handed on.
    pub fn and_one(&self) -> Busy {
        self.0.begin()
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.0.send_modify(|count| *count -= 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn it_is_quiet_when_everything_that_began_has_ended() {
        let activity = Activity::none();
        assert!(activity.is_quiet());
        let one = activity.begin();
        let handed_on = one.and_one();
        drop(one);
        assert!(!activity.is_quiet());
        let waiting = tokio::spawn({
            let activity = activity.clone();
            async move { activity.quiet().await }
        });
        drop(handed_on);
        waiting.await.unwrap();
        assert!(activity.is_quiet());
    }
}
