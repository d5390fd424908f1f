//! A watch over certificates that lie in folders: for servers without a gateway, by the system's clock.
//!
//! The files are read anew with every look, so a certificate that was renewed is watched from the next one on.

use std::path::PathBuf;

use jiff::{SignedDuration, Timestamp};

use super::folders::Found;
use super::round::Watch;
use super::state_file::StateFile;

/// How often the files are looked at.
const LOOKED_AT_EVERY: SignedDuration = SignedDuration::from_hours(1);

/// A watch over folders and files.
#[derive(Debug)]
pub struct OverFolders {
    paths: Vec<PathBuf>,
    watch: Watch,
    state: StateFile,
    /// What could not be read the last time, so that it is not said with every look.
    unreadable: Vec<(PathBuf, String)>,
}

/// What came of a look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// How many certificates of merchants there are.
    pub certificates: usize,
    /// Whether there is one at least, every file could be read, and everything that was due was sent and written down.
    pub is_well: bool,
    /// When to look again.
    pub next: Timestamp,
}

impl OverFolders {
    /// A watch over `paths` that keeps what was sent in `state`.
    pub fn new(paths: Vec<PathBuf>, watch: Watch, state: StateFile) -> OverFolders {
        OverFolders { paths, watch, state, unreadable: Vec::new() }
    }

    /// Looks at the files and sends what is due at `now`. What happened is in the log.
    pub async fn look(&mut self, now: Timestamp) -> Look {
        let policy = self.watch.settings().policy.clone();
        let found = Found::at(&self.paths, &policy, now);
        for (path, why) in found.unreadable.iter().filter(|it| !self.unreadable.contains(it)) {
            tracing::error!(path = %path.display(), %why, "this cannot be read, and is not watched");
        }
        if found.count() == 0 {
            tracing::error!("there is no certificate of a merchant to watch");
        }
        let round = self.watch.round(&found.watched(&policy, now), &self.state, now).await;
        round.log();
        let is_well = found.count() > 0 && found.unreadable.is_empty() && round.failures.is_empty();
        let longest = now.saturating_add(LOOKED_AT_EVERY).unwrap_or(Timestamp::MAX);
        let next = round.next.map_or(longest, |at| at.min(longest));
        let certificates = found.count();
        self.unreadable = found.unreadable;
        Look { certificates, is_well, next }
    }
}
