//! The whole sandbox in one versioned file, except its keys. The certificates that it issued are in it: they are public, and
//! belong to the world's history.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::{fs, io};

use jiff::Timestamp;
use platform::platform::Platform;
use platform::world::World;
use serde::{Deserialize, Serialize};

use crate::faces::v2::asked::AskedByV2;
use crate::faces::v3::settings::FaceSettings;
use crate::faults::Faults;
use crate::merchant_platform::office::Office;
use crate::merchant_platform::register::Register;
use crate::record::Record;
use crate::scene::Scene;
use crate::stage::Stage;

/// The version of files that this program writes and reads.
const VERSION: u32 = 1;

/// Where snapshots are kept inside of the data folder.
const FOLDER: &str = "snapshots";

/// How many of the latest requests a snapshot keeps.
const KEPT_REQUESTS: usize = 10_000;

/// Longest name of a file, in bytes.
const LONGEST_NAME: usize = 64;

/// A sandbox at one instant.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Snapshot<'a> {
    version: u32,
    generation: u64,
    seed: u64,
    now: String,
    platform: Cow<'a, Platform>,
    faults: Cow<'a, Faults>,
    record: Cow<'a, Record>,
    settings: Cow<'a, FaceSettings>,
    /// Sandboxes before the Merchant Platform have none.
    #[serde(default)]
    certificates: Option<Cow<'a, Register>>,
    #[serde(default)]
    office: Cow<'a, Office>,
    /// Absent in files of sandboxes that had no V2.
    #[serde(default)]
    asked_by_v2: Cow<'a, AskedByV2>,
}

/// The part of every version's file that this program can read.
#[derive(Deserialize)]
struct Head {
    version: u32,
}

/// What was kept or restored.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kept {
    /// The instant of the clock.
    pub(crate) now: Timestamp,
    /// The generation that is in force now.
    pub(crate) generation: u64,
}

/// Why there is no snapshot.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// Not a name for a file.
    #[error(
        "{name:?} is no name for a snapshot; use 1 to {LONGEST_NAME} letters, digits, `_`, `-` and `.`, and no `.` first"
    )]
    Name {
        /// The name given.
        name: String,
    },
    /// No such file.
    #[error("there is no snapshot {}; save one first", file.display())]
    Missing {
        /// The file.
        file: PathBuf,
    },
    /// Its merchants have no keys here, or those here would be gone.
    #[error(
        "{} is of another world than the one that runs; start a sandbox with that world to restore it", file.display()
    )]
    OtherWorld {
        /// The file.
        file: PathBuf,
    },
    /// A file that is no snapshot.
    #[error("{} is no snapshot: {why}", file.display())]
    Broken {
        /// The file.
        file: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// A file of another version of this program.
    #[error("{} has version {found}; this program reads version {VERSION}", file.display())]
    OtherVersion {
        /// The file.
        file: PathBuf,
        /// Its version.
        found: u32,
    },
    /// The system refuses.
    #[error("{} cannot be read or written: {source}", file.display())]
    Io {
        /// The file.
        file: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
}

/// Keeps the sandbox in the data folder under `name`.
pub(crate) fn save(stage: &Stage, name: &str) -> Result<Kept, SnapshotError> {
    let file = named(&stage.data, name)?;
    let (written, kept) =
        stage.with(|scene, now| (written(scene, now), Kept { now, generation: scene.generation }));
    write(&file, written.map_err(|error| broken(&file, error))?)?;
    Ok(kept)
}

/// Puts the sandbox kept under `name` in the place of this one. The generation rises, so that whoever remembers more
/// than the platform now does can tell; the keys stay as they are, and a virtual clock begins again at its instant.
pub(crate) fn restore(stage: &Stage, name: &str) -> Result<Kept, SnapshotError> {
    let file = named(&stage.data, name)?;
    let snapshot = read(&file)?;
    let then = snapshot.now().map_err(|error| broken(&file, error))?;
    if stage.with(|scene, _| !snapshot.is_of(scene.platform.world())) {
        return Err(SnapshotError::OtherWorld { file });
    }
    let generation = stage.with(|scene, _| {
        scene.generation = scene.generation.max(snapshot.generation) + 1;
        snapshot.enter(scene);
        // Under the scene's lock, so that nobody sees this world at that time.
        if let Some(clock) = stage.clock.as_virtual() {
            clock.begin_again(then);
        }
        scene.generation
    });
    Ok(Kept { now: stage.clock.now(), generation })
}

/// Keeps `scene` in `file`, for the next start.
pub(crate) fn keep(scene: &Scene, now: Timestamp, file: &Path) -> Result<(), SnapshotError> {
    write(file, written(scene, now).map_err(|error| broken(file, error))?)
}

/// What `file` keeps.
pub(crate) fn read(file: &Path) -> Result<Snapshot<'static>, SnapshotError> {
    let bytes = fs::read(file).map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => SnapshotError::Missing { file: file.to_owned() },
        _ => SnapshotError::Io { file: file.to_owned(), source },
    })?;
    let Head { version } = serde_json::from_slice(&bytes).map_err(|error| broken(file, error))?;
    if version != VERSION {
        return Err(SnapshotError::OtherVersion { file: file.to_owned(), found: version });
    }
    serde_json::from_slice(&bytes).map_err(|error| broken(file, error))
}

impl Snapshot<'_> {
    /// The instant of its clock.
    pub(crate) fn now(&self) -> Result<Timestamp, jiff::Error> {
        self.now.parse()
    }

    /// Whether it was kept in `world`.
    pub(crate) fn is_of(&self, world: &World) -> bool {
        // As they are written: whatever a world may hold counts.
        let written = |world: &World| serde_json::to_value(world).ok();
        written(self.platform.world()) == written(world)
    }

    /// The seed of its chance.
    pub(crate) fn seed(&self) -> u64 {
        self.seed
    }

    /// The generation in force when it was kept.
    pub(crate) fn generation(&self) -> u64 {
        self.generation
    }

    /// The platform in it.
    pub(crate) fn platform(&self) -> &Platform {
        &self.platform
    }

    /// Takes the place of what `scene` was; its keys and its generation stay.
    pub(crate) fn enter(self, scene: &mut Scene) {
        let Snapshot {
            version: _,
            generation: _,
            seed,
            now: _,
            platform,
            faults,
            record,
            settings,
            certificates,
            office,
            asked_by_v2,
        } = self;
        scene.seed = seed;
        scene.platform = platform.into_owned();
        scene.faults = faults.into_owned();
        scene.record = record.into_owned();
        scene.settings = settings.into_owned();
        scene.office = office.into_owned();
        if let Some(certificates) = certificates {
            scene.keyring.take_over(certificates.into_owned());
        }
        scene.asked_by_v2 = asked_by_v2.into_owned();
    }
}

fn written(scene: &Scene, now: Timestamp) -> Result<Vec<u8>, serde_json::Error> {
    serde_json::to_vec(&Snapshot {
        version: VERSION,
        generation: scene.generation,
        seed: scene.seed,
        now: now.to_string(),
        platform: Cow::Borrowed(&scene.platform),
        faults: Cow::Borrowed(&scene.faults),
        record: Cow::Owned(scene.record.tail(KEPT_REQUESTS)),
        settings: Cow::Borrowed(&scene.settings),
        certificates: Some(Cow::Borrowed(scene.keyring.register())),
        office: Cow::Borrowed(&scene.office),
        asked_by_v2: Cow::Borrowed(&scene.asked_by_v2),
    })
}

/// Writes all or nothing.
fn write(file: &Path, bytes: Vec<u8>) -> Result<(), SnapshotError> {
    let half = file.with_extension("half-written");
    let written = || {
        file.parent().map_or(Ok(()), fs::create_dir_all)?;
        fs::write(&half, bytes)?;
        fs::rename(&half, file)
    };
    written().map_err(|source| SnapshotError::Io { file: file.to_owned(), source })
}

fn named(data: &Path, name: &str) -> Result<PathBuf, SnapshotError> {
    let may_contain = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
    let is_name =
        (1..=LONGEST_NAME).contains(&name.len()) && !name.starts_with('.') && name.chars().all(may_contain);
    if is_name {
        Ok(data.join(FOLDER).join(format!("{name}.json")))
    } else {
        Err(SnapshotError::Name { name: name.to_owned() })
    }
}

fn broken(file: &Path, why: impl ToString) -> SnapshotError {
    SnapshotError::Broken { file: file.to_owned(), why: why.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snapshot_never_leaves_its_folder() {
        let data = Path::new("data");
        assert_eq!(named(data, "before-1.2").unwrap(), data.join("snapshots").join("before-1.2.json"));
        for name in ["", ".", "..", "../a", "a/b", "a\\b", ".hidden", "ä", &"a".repeat(65)] {
            assert!(named(data, name).is_err(), "{name}");
        }
    }
}
