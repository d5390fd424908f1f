//! Anchors: what this machine can do at all, measured in the same run as everything that is set beside it.
//!
//! - [`crypto`]: signatures that one core makes and checks.
//! - [`disk`]: flushes, and rows that are on disk when they are answered, by SQLite alone.
//!
//! They are taken before and after the trials. What lies between the two looks is the noise of the machine.

pub mod crypto;
pub mod disk;

use std::path::Path;
use std::time::Duration;

use serde::Serialize;

use self::crypto::Keys;
use crate::error::BenchError;

/// One look at the machine.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Anchors {
    /// RSA-2048 signatures with SHA-256 that one core makes in a second of its own time.
    pub signs_per_s: f64,
    /// The same, checked.
    pub verifies_per_s: f64,
    /// Flushes of a file that 4 KiB were just appended to, a second, one after the other.
    pub flushes_per_s: f64,
    /// Rows a second, each alone in a commit that is flushed.
    pub rows_1_per_s: f64,
    /// Rows a second, a hundred in a commit that is flushed.
    pub rows_100_per_s: f64,
}

impl Anchors {
    /// Looks at the machine, `each` long at each figure, with files in `folder`.
    pub fn look(keys: &Keys, folder: &Path, each: Duration) -> Result<Anchors, BenchError> {
        let signature = keys.sign()?;
        Ok(Anchors {
            signs_per_s: crypto::per_cpu_second(each, || keys.sign().map(drop))?,
            verifies_per_s: crypto::per_cpu_second(each, || keys.verify(&signature))?,
            flushes_per_s: disk::flushes_per_s(folder, each)?,
            rows_1_per_s: disk::rows_per_s(folder, 1, each)?,
            rows_100_per_s: disk::rows_per_s(folder, 100, each)?,
        })
    }

    /// The middle between two looks.
    pub fn between(self, other: Anchors) -> Anchors {
        Anchors {
            signs_per_s: self.signs_per_s.midpoint(other.signs_per_s),
            verifies_per_s: self.verifies_per_s.midpoint(other.verifies_per_s),
            flushes_per_s: self.flushes_per_s.midpoint(other.flushes_per_s),
            rows_1_per_s: self.rows_1_per_s.midpoint(other.rows_1_per_s),
            rows_100_per_s: self.rows_100_per_s.midpoint(other.rows_100_per_s),
        }
    }

    /// CPU time of one signature made and one checked, in microseconds: what each signed call costs each of its ends.
    pub fn signed_call_us(&self) -> f64 {
        1e6 / self.signs_per_s + 1e6 / self.verifies_per_s
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signed_call_costs_a_signature_and_a_check() {
        let look = |signs_per_s| Anchors {
            signs_per_s,
            verifies_per_s: 50_000.0,
            flushes_per_s: 1.0,
            rows_1_per_s: 1.0,
            rows_100_per_s: 1.0,
        };
        let between = look(3_000.0).between(look(5_000.0));
        assert_eq!(between.signs_per_s, 4_000.0);
        assert_eq!(between.signed_call_us(), 270.0);
    }
}
