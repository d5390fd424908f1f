//! Keeping the platform's certificates fresh, also while nothing else happens.

use jiff::SignedDuration;
use tokio_util::sync::CancellationToken;

use super::line::V3Line;
use crate::activity::Busy;

/// The list is to be fetched more often than every twelve hours; a certificate stands in it a day before it is used.
/// Source: [global-certificates].
const REFRESHED_EVERY: SignedDuration = SignedDuration::from_hours(11);

/// Pauses after failures in a row, in seconds; the last one repeats. They grow to an hour, because a merchant in public-key
/// mode has no list at all, and because a message under an unknown key causes a look at once. Source: [public-key-mode].
const PAUSES_S: [i64; 6] = [1, 5, 30, 60, 600, 3_600];

impl V3Line {
    /// Fetches the platform's certificates now, and again and again until `ending`. A failure takes no key away.
    ///
    /// `busy` is held until the first list was taken in or refused, and not while it waits, so that a virtual clock moves on.
    pub(crate) async fn keep_keys(&self, ending: CancellationToken, mut busy: Busy) {
        let mut failures = 0;
        loop {
            let refreshed = tokio::select! {
                () = ending.cancelled() => return,
                refreshed = self.refresh_certificates() => refreshed,
            };
            let pause = match refreshed {
                Ok(()) => {
                    failures = 0;
                    REFRESHED_EVERY
                }
                Err(error) => {
                    let pause = pause_after(failures);
                    failures += 1;
                    tracing::warn!(mchid = %self.mchid(), %error, ?pause, "platform certificates were not fetched");
                    pause
                }
            };
            let again = self.clock.sleep_until(self.clock.now() + pause);
            drop(busy);
            busy = tokio::select! {
                () = ending.cancelled() => return,
                woken = again => woken,
            };
        }
    }
}

fn pause_after(failures: usize) -> SignedDuration {
    let longest = PAUSES_S[PAUSES_S.len() - 1];
    SignedDuration::from_secs(PAUSES_S.get(failures).copied().unwrap_or(longest))
}
