//! What the pages share: settings, tokens, the folders that are open, and what was typed and not sent yet.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aws_lc_rs::error::Unspecified;
use aws_lc_rs::rand;
use certs::anchors::Anchors;
use tokio::time::Instant;

use super::gateway_door::GatewayDoor;
use super::visit::Fields;
use crate::clock::WallClock;

/// Drafts of more pages than this are not kept; there are fewer pages.
const MOST_DRAFTS: usize = 32;

/// What the pages share.
pub(super) struct Desk {
    /// `127.0.0.1:PORT`, under which alone the pages are served.
    pub(super) port: u16,
    /// The path below which the pages are, drawn anew each time: cookies do not tell ports apart, and by the path no other
    /// server of this machine gets ours.
    pub(super) base: String,
    /// Opens the door once the browser shows it.
    pub(super) entrance_token: String,
    /// What the browser's cookie says afterwards.
    pub(super) session: String,
    /// Stands in every form.
    pub(super) form_token: String,
    pub(super) storage: PathBuf,
    pub(super) anchors: Anchors,
    pub(super) gateway: Option<Arc<dyn GatewayDoor>>,
    pub(super) clock: WallClock,
    pub(super) has_desktop: bool,
    moving: Mutex<Moving>,
    /// Held while a folder is looked for or made, so that a form that was sent twice makes one folder.
    pub(super) making: Mutex<()>,
}

/// What changes.
struct Moving {
    /// The folders that were opened, by the number in their pages' paths.
    folders: Vec<PathBuf>,
    drafts: BTreeMap<String, Fields>,
    last_visit: Instant,
}

/// A token that nobody guesses: 128 bits in hexadecimal.
pub(super) fn new_token() -> Result<String, Unspecified> {
    let mut bytes = [0; 16];
    rand::fill(&mut bytes)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Whether two tokens are the same; how long that takes does not tell where they differ.
pub(super) fn is_same(found: &str, expected: &str) -> bool {
    aws_lc_rs::constant_time::verify_slices_are_equal(found.as_bytes(), expected.as_bytes()).is_ok()
}

impl Desk {
    /// A desk for pages at `port`.
    pub(super) fn new(port: u16, settings: super::Settings) -> Result<Desk, Unspecified> {
        let super::Settings { storage, anchors, gateway, clock, has_desktop, idle: _ } = settings;
        let moving = Moving { folders: Vec::new(), drafts: BTreeMap::new(), last_visit: Instant::now() };
        Ok(Desk {
            port,
            base: format!("/{}", new_token()?),
            entrance_token: new_token()?,
            session: new_token()?,
            form_token: new_token()?,
            storage,
            anchors,
            gateway,
            clock,
            has_desktop,
            moving: Mutex::new(moving),
            making: Mutex::new(()),
        })
    }

    /// The address to open.
    pub(super) fn url(&self) -> String {
        format!("http://127.0.0.1:{}{}/enter?token={}", self.port, self.base, self.entrance_token)
    }

    /// The path of a folder's pages.
    pub(super) fn place_of(&self, path: &Path) -> String {
        let folders = &mut self.lock().folders;
        let at = folders.iter().position(|open| open == path).unwrap_or_else(|| {
            folders.push(path.to_owned());
            folders.len() - 1
        });
        format!("/folders/{at}")
    }

    /// The folder with this number.
    pub(super) fn folder(&self, number: usize) -> Option<PathBuf> {
        self.lock().folders.get(number).cloned()
    }

    /// Keeps what was typed on the page at `place`.
    pub(super) fn keep_draft(&self, place: &str, typed: Fields) {
        let drafts = &mut self.lock().drafts;
        if drafts.len() < MOST_DRAFTS {
            drafts.insert(place.to_owned(), typed);
        }
    }

    /// What was kept for the page at `place`; it is kept no longer.
    pub(super) fn take_draft(&self, place: &str) -> Fields {
        self.lock().drafts.remove(place).unwrap_or_default()
    }

    /// Somebody is here.
    pub(super) fn note_visit(&self) {
        self.lock().last_visit = Instant::now();
    }

    /// Comes back when nobody was here for `idle`.
    pub(super) async fn is_deserted(&self, idle: Duration) {
        loop {
            let until = self.lock().last_visit + idle;
            if until <= Instant::now() {
                return;
            }
            tokio::time::sleep_until(until).await;
        }
    }

    /// No code panics while it holds this lock.
    fn lock(&self) -> MutexGuard<'_, Moving> {
        self.moving.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
