//! What a process has used, as Linux tells it under `/proc`.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

/// Linux tells CPU time in hundredths of a second, whatever its own clock ticks.
const TICK: Duration = Duration::from_millis(10);

/// What a process has used since it began.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Usage {
    /// CPU time of all its threads, in the program and in the system on its behalf; to 10 ms.
    pub cpu: Duration,
    /// The same by the names of its threads, to the nanosecond; threads that ended are in none.
    pub by_thread: BTreeMap<String, Duration>,
    /// Memory that it has now, in bytes.
    pub resident: u64,
    /// The most memory that it ever had, in bytes.
    pub peak: u64,
}

impl Usage {
    /// What the process with this id has used; none if it is gone, or if this is not Linux.
    pub fn of(process: u32) -> Option<Usage> {
        let folder = Path::new("/proc").join(process.to_string());
        let cpu = cpu(&fs::read_to_string(folder.join("stat")).ok()?)?;
        let status = fs::read_to_string(folder.join("status")).ok()?;
        let mut by_thread: BTreeMap<String, Duration> = BTreeMap::new();
        for thread in fs::read_dir(folder.join("task")).ok()?.flatten() {
            // One that ends meanwhile is left out.
            let text = |name| fs::read_to_string(thread.path().join(name)).ok();
            let (Some(name), Some(schedstat)) = (text("comm"), text("schedstat")) else { continue };
            if let Some(used) = on_cpu(&schedstat) {
                *by_thread.entry(name.trim_end().to_owned()).or_default() += used;
            }
        }
        let resident = memory(&status, "VmRSS").unwrap_or(0);
        Some(Usage { cpu, by_thread, resident, peak: memory(&status, "VmHWM").unwrap_or(resident) })
    }

    /// What was used since `earlier`; memory is that of now.
    pub fn since(&self, earlier: &Usage) -> Usage {
        let before = |name| earlier.by_thread.get(name).copied().unwrap_or_default();
        let by_thread = self
            .by_thread
            .iter()
            .map(|(name, used)| (name.clone(), used.saturating_sub(before(name))))
            .filter(|(_, used)| !used.is_zero());
        Usage { cpu: self.cpu.saturating_sub(earlier.cpu), by_thread: by_thread.collect(), ..*self }
    }
}

/// CPU time of the calling thread, to the nanosecond; none where the system does not tell it.
#[cfg(unix)]
pub fn thread_cpu() -> Option<Duration> {
    // Not from `/proc`: there the time of a thread that runs is as old as the system's last tick.
    let used = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Some(Duration::new(used.tv_sec.try_into().ok()?, used.tv_nsec.try_into().ok()?))
}

/// None: this system does not tell it.
#[cfg(not(unix))]
pub fn thread_cpu() -> Option<Duration> {
    None
}

/// The time on a CPU from the text of a `schedstat`: its first number, in nanoseconds.
fn on_cpu(schedstat: &str) -> Option<Duration> {
    schedstat.split_whitespace().next()?.parse().ok().map(Duration::from_nanos)
}

/// The time in program and system from the text of a `stat`. The name before it may hold spaces and brackets of its own.
fn cpu(stat: &str) -> Option<Duration> {
    let (_, behind_name) = stat.rsplit_once(')')?;
    let mut fields = behind_name.split_whitespace().skip(11);
    let mut ticks = || fields.next()?.parse::<u32>().ok();
    Some(TICK * (ticks()? + ticks()?))
}

/// A figure in bytes from the text of a `status`.
fn memory(status: &str, field: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':'))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kib| kib * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    const STAT: &str = "4242 (bench (a) b) S 1 4242 4242 0 -1 4194560 9 0 0 0 123 45 7 8 20 0 6 0 99 1 2";

    #[test]
    fn cpu_time_is_read_behind_whatever_the_process_is_called() {
        assert_eq!(cpu(STAT), Some(Duration::from_millis(1_680)));
    }

    #[test]
    fn memory_is_read_in_bytes() {
        let status = "Name:\tbench\nVmPeak:\t  900 kB\nVmHWM:\t   64 kB\nVmRSS:\t   32 kB\nThreads:\t4\n";
        assert_eq!((memory(status, "VmHWM"), memory(status, "VmRSS")), (Some(65_536), Some(32_768)));
        assert_eq!(memory(status, "VmSwap"), None);
    }

    #[test]
    fn the_time_on_a_cpu_is_the_first_number() {
        assert_eq!(on_cpu("574057 1165059 1\n"), Some(Duration::from_nanos(574_057)));
    }

    #[cfg(unix)]
    #[test]
    fn a_thread_that_works_uses_cpu_time() {
        let began = thread_cpu().unwrap();
        let used = || thread_cpu().unwrap() - began;
        while used() < Duration::from_micros(10) {}
        assert!(used() < Duration::from_secs(60));
    }

    #[test]
    fn a_text_that_is_something_else_tells_nothing() {
        for text in ["", "4242 (cut", "1 (x) S 1 2", "1 (x) S a b c d e f g h i j k l m", "VmRSS: many kB"] {
            assert_eq!((cpu(text), memory(text, "VmRSS")), (None, None), "{text:?}");
        }
        assert_eq!((on_cpu(""), on_cpu("soon")), (None, None));
    }

    #[test]
    fn what_was_used_between_two_looks_is_their_difference() {
        let ten = Duration::from_millis(10);
        let look = |writer: u32, reader: u32, peak| Usage {
            cpu: ten * (writer + reader),
            by_thread: [("writer".to_owned(), ten * writer), ("reader".to_owned(), ten * reader)].into(),
            resident: 1,
            peak,
        };
        let between = look(9, 2, 8).since(&look(4, 2, 5));
        assert_eq!(between.cpu, ten * 5);
        assert_eq!(between.by_thread, [("writer".to_owned(), ten * 5)].into());
        assert_eq!(between.peak, 8);
    }
}
