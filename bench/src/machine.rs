//! What the figures were measured on.

use std::fs;
use std::path::Path;

use serde::Serialize;

/// A machine, without its name.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Machine {
    /// The processor, in its maker's words.
    pub cpu: String,
    /// How many of its cores we may use.
    pub cores: usize,
    /// The system's kernel.
    pub kernel: String,
    /// The file system on which the stores lay.
    pub file_system: String,
    /// How many tasks wanted a core in the minute before the run.
    pub load: f64,
    /// Whether the program was compiled for speed.
    pub is_optimised: bool,
}

impl Machine {
    /// This machine, with stores in `folder`. What the system does not tell is `unknown`.
    pub fn look(folder: &Path) -> Machine {
        let text = |path: &str| fs::read_to_string(path).unwrap_or_default();
        let unknown = || "unknown".to_owned();
        let folder = fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
        Machine {
            cpu: cpu(&text("/proc/cpuinfo")).unwrap_or_else(unknown),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            kernel: first(&text("/proc/sys/kernel/osrelease")).unwrap_or_else(unknown),
            file_system: file_system(&text("/proc/self/mounts"), &folder).unwrap_or_else(unknown),
            load: first(&text("/proc/loadavg")).and_then(|load| load.parse().ok()).unwrap_or(f64::NAN),
            is_optimised: !cfg!(debug_assertions),
        }
    }

    /// Whether what was flushed is on no disk all the same.
    pub fn is_memory(&self) -> bool {
        ["tmpfs", "ramfs"].contains(&self.file_system.as_str())
    }
}

fn first(text: &str) -> Option<String> {
    text.split_whitespace().next().map(str::to_owned)
}

fn cpu(cpuinfo: &str) -> Option<String> {
    let line = cpuinfo.lines().find(|line| line.starts_with("model name"))?;
    line.split_once(':').map(|(_, name)| name.trim().to_owned())
}

/// The kind of the file system that `folder` lies on: that of the longest mount point above it.
fn file_system(mounts: &str, folder: &Path) -> Option<String> {
    let mount = |line: &str| {
        let mut fields = line.split(' ').skip(1);
        Some((fields.next()?.to_owned(), fields.next()?.to_owned()))
    };
    let above = mounts.lines().filter_map(mount).filter(|(point, _)| folder.starts_with(point));
    above.max_by_key(|(point, _)| point.len()).map(|(_, kind)| kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_system_is_that_of_the_nearest_mount_point() {
        let mounts = "/dev/a / ext4 rw 0 0\nnone /srv tmpfs rw 0 0\n/dev/b /srv/data xfs rw 0 0\n";
        for (folder, kind) in [("/srv/data/x", "xfs"), ("/srv/database", "tmpfs"), ("/opt", "ext4")] {
            assert_eq!(file_system(mounts, Path::new(folder)).as_deref(), Some(kind), "{folder}");
        }
        assert_eq!(file_system("", Path::new("/opt")), None);
    }

    #[test]
    fn a_processor_has_its_makers_name() {
        assert_eq!(
            cpu("processor\t: 0\nmodel name\t: Some CPU @ 2 GHz\n").as_deref(),
            Some("Some CPU @ 2 GHz")
        );
        assert_eq!(cpu("processor\t: 0\n"), None);
    }
}
