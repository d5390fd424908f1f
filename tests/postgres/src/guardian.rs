//! Somebody who outlives the tests, however they end, and cleans up behind them.

use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Stdio};

use crate::error::ServerError;
use crate::programs::Programs;

/// Stops every server in the folder, and removes it. It waits until nobody holds the other end of its input, that is until
/// the tests have ended.
///
/// A member's Patroni goes first, since it would start its server again. A server that is stopped, and not killed, gives
/// back what it shares between its processes.
const SCRIPT: &str = r#"
read -r _
for home in "$2" "$2"/*; do
  kill_in "$home"
  if [ -f "$home/data/PG_VERSION" ]; then "$1" stop -D "$home/data" -m immediate -s; fi
done
rm -rf "$2"
"#;

/// Kills whoever works in one of the folders, until there is nobody. PostgreSQL's processes work in its data; Patroni, etcd
/// and what they start, in the folder that they are started in.
pub(crate) const KILL_IN: &str = r#"
kill_in() {
  while
    found=$(find /proc/[0-9]*/cwd -maxdepth 0 \( -lname "$1" -o -lname "${2:-$1}" \) | cut -d/ -f3)
    [ -n "$found" ]
  do kill -9 $found; done
} 2>/dev/null
"#;

/// The guardian of a folder.
#[derive(Debug)]
pub(crate) struct Guardian(Child);

impl Guardian {
    /// From here on `folder` is the guardian's to remove.
    pub(crate) fn of(folder: &Path, programs: &Programs) -> Result<Guardian, ServerError> {
        let mut guardian = programs.shell(&format!("{KILL_IN}{SCRIPT}"));
        guardian.arg(programs.path("pg_ctl")).arg(folder);
        // Who interrupts the tests from a terminal interrupts its whole process group, and the guardian has still to act.
        guardian.process_group(0).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        Ok(Guardian(guardian.spawn()?))
    }
}

impl Drop for Guardian {
    fn drop(&mut self) {
        if let Some(mut end) = self.0.stdin.take() {
            // It waits for the end, with a line or without.
            drop(end.write_all(b"\n"));
        }
        drop(self.0.wait());
    }
}
