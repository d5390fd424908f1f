//! That a store was put back from a backup.
//!
//! Backups do not know that they are brought back, so whoever does it says so ([`Restoration`] is kept as a setting of the
//! installation), and each merchant id takes note of it before it is driven the next time
//! ([`Store::restore`](crate::Store::restore)). Whoever is interrupted in between loses nothing: who drives a merchant id
//! next finds that it has not taken note.

use jiff::Timestamp;

/// The last time that a store was put back from a backup.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Restoration {
    /// Counts how often that happened, from 1. A backup counts as its store did when it was made.
    pub generation: u64,
    /// When it was, by the platform's clock.
    pub at: Timestamp,
}

impl Restoration {
    /// The name of the setting it is kept as.
    pub const SETTING: &'static str = "restored";

    /// The value of that setting.
    pub fn write(&self) -> Vec<u8> {
        format!("{} {}", self.generation, self.at).into_bytes()
    }

    /// What such a value says; none if it says nothing of the kind.
    pub fn read(value: &[u8]) -> Option<Restoration> {
        let (generation, at) = std::str::from_utf8(value).ok()?.split_once(' ')?;
        Some(Restoration { generation: generation.parse().ok()?, at: at.parse().ok()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_says_what_was_written() {
        let restoration = Restoration { generation: 2, at: "2026-03-02T04:00:00.5Z".parse().unwrap() };
        assert_eq!(Restoration::read(&restoration.write()), Some(restoration));
        for value in ["", "2", "x 2026-03-02T04:00:00Z", "2 yesterday"] {
            assert_eq!(Restoration::read(value.as_bytes()), None, "{value}");
        }
    }
}
