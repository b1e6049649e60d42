//! CPU and memory of a process, from `/proc`.

use std::fs::read_to_string;
use std::time::Duration;

use rustix::param::clock_ticks_per_second;

/// What a process has used up to one moment.
#[derive(Clone, Copy, Debug, Default)]
pub struct ProcessCost {
    /// User and system time.
    pub cpu: Duration,
    pub rss_bytes: u64,
    pub rss_peak_bytes: u64,
}

impl ProcessCost {
    /// Of a process of this machine; `None` when there is no such process.
    pub fn of(pid: u32) -> Option<ProcessCost> {
        ProcessCost::read(&format!("/proc/{pid}"))
    }

    /// Of this process.
    pub fn own() -> ProcessCost {
        ProcessCost::read("/proc/self").unwrap_or_default()
    }

    fn read(directory: &str) -> Option<ProcessCost> {
        let stat = read_to_string(format!("{directory}/stat")).ok()?;
        let status = read_to_string(format!("{directory}/status")).ok()?;
        // The name in brackets may hold spaces; utime and stime are fields 14 and 15.
        let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_ascii_whitespace().collect();
        let ticks: u64 =
            fields.get(11)?.parse::<u64>().ok()? + fields.get(12)?.parse::<u64>().ok()?;
        let bytes = |name: &str| {
            let line = status.lines().find(|line| line.starts_with(name))?;
            line.split_ascii_whitespace().nth(1)?.parse::<u64>().ok().map(|kib| kib << 10)
        };
        Some(ProcessCost {
            cpu: Duration::from_millis(ticks * 1_000 / clock_ticks_per_second()),
            rss_bytes: bytes("VmRSS:")?,
            rss_peak_bytes: bytes("VmHWM:")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_process_uses_memory_and_a_missing_one_is_none() {
        let own = ProcessCost::own();
        assert!(own.rss_bytes > 1 << 20 && own.rss_bytes <= own.rss_peak_bytes);
        assert!(ProcessCost::of(u32::MAX).is_none());
    }
}
