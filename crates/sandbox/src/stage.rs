//! The stage: the scene behind its lock, the clock that moves it, and who carries its notices.

use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use crate::clock::advance::Moved;
use crate::clock::shared::Clock;
use crate::credentials::Issuers;
use crate::keyring::Keyring;
use crate::merchant_platform::sessions::Sessions;
use crate::notifier::Notifier;
use crate::scene::Scene;

/// What all listeners of one sandbox share.
pub(crate) struct Stage {
    scene: Mutex<Scene>,
    /// The clock.
    pub(crate) clock: Clock,
    /// Who carries notices.
    pub(crate) notifier: Notifier,
    /// Where files are.
    pub(crate) data: PathBuf,
    /// Cancelled when the sandbox ends.
    pub(crate) ending: CancellationToken,
    /// Who issues certificates to merchants.
    pub(crate) issuers: Issuers,
    /// Who is at the Merchant Platform's pages.
    pub(crate) sessions: Mutex<Sessions>,
    /// Who holds this changes the files of keys.
    pub(crate) rotating: Mutex<()>,
}

impl Stage {
    /// A stage with this scene.
    pub(crate) fn new(
        scene: Scene,
        clock: Clock,
        notifier: Notifier,
        issuers: Issuers,
        data: PathBuf,
    ) -> Stage {
        let (scene, ending) = (Mutex::new(scene), CancellationToken::new());
        let (sessions, rotating) = (Mutex::default(), Mutex::new(()));
        Stage { scene, clock, notifier, data, ending, issuers, sessions, rotating }
    }

    /// Looks at the scene, or changes it. Nothing slow belongs in here: everyone else waits.
    pub(crate) fn with<T>(&self, act: impl FnOnce(&mut Scene, Timestamp) -> T) -> T {
        let done = self.quietly(act);
        self.notifier.wake();
        done
    }

    /// The same, for what makes no notice due.
    pub(crate) fn quietly<T>(&self, act: impl FnOnce(&mut Scene, Timestamp) -> T) -> T {
        let mut scene = self.scene();
        // Read under the lock, so that the scene never sees time go backwards.
        let now = self.clock.now();
        act(&mut scene, now)
    }

    /// A view of the keys in force.
    pub(crate) fn keyring(&self) -> Keyring {
        self.scene().keyring.clone()
    }

    fn scene(&self) -> MutexGuard<'_, Scene> {
        // A panic in the middle would be a mistake of ours; the platform's own checks then say what is wrong.
        self.scene.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Moved for Stage {
    fn next_event(&self) -> Option<Timestamp> {
        self.quietly(|scene, now| scene.next_event(now))
    }

    async fn settle(&self) {
        self.quietly(|scene, now| {
            scene.platform.advance(now);
            scene.keep_up(now);
        });
        self.notifier.drain(self).await;
    }
}
