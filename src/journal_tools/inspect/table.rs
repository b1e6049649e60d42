//! An inspection as a table for people.

use std::fmt;

use systole_systems::time::Tick;

use crate::http::rfc3339::Rfc3339;
use crate::journal::segment::FORMAT;
use crate::journal_tools::inspect::{FileFacts, FileState, Inspection};

impl fmt::Display for Inspection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut identities: Vec<&str> =
            self.files.iter().filter_map(|file| file.identity.as_deref()).collect();
        identities.sort_unstable();
        identities.dedup();
        let bytes: u64 = self.files.iter().map(|file| file.bytes).sum();
        let heartbeats = self.counts.heartbeats();
        writeln!(f, "  {:<22} {FORMAT}", "format")?;
        writeln!(f, "  {:<22} {}", "database", or_dash(identities.join(", ")))?;
        writeln!(f, "  {:<22} {}, {}", "files", self.files.len(), size(bytes))?;
        writeln!(f, "  {:<22} {}", "ticks", self.ticks)?;
        writeln!(f, "  {:<22} {heartbeats}", "heartbeats")?;
        let per_heartbeat = bytes_per_heartbeat(self.frame_bytes, heartbeats);
        writeln!(f, "  {:<22} {per_heartbeat}\n", "bytes per heartbeat")?;
        for file in &self.files {
            file.fmt(f)?;
        }
        let inputs = self.counts.list();
        if !inputs.is_empty() {
            writeln!(f, "\n  {:<22} {:>12} {:>14}", "inputs", "count", "bytes in memory")?;
            for kind in inputs {
                writeln!(f, "    {:<20} {:>12} {:>14}", kind.kind, kind.count, kind.bytes)?;
            }
        }
        for (title, list) in [("damaged", &self.damage), ("missing", &self.gaps)] {
            for what in list {
                writeln!(f, "\n  {title}: {what}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for FileFacts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match &self.state {
            FileState::Snapshot => "snapshot".to_owned(),
            FileState::Sealed => "sealed".to_owned(),
            FileState::Open => "open".to_owned(),
            FileState::Torn(bytes) => format!("open, {bytes} bytes torn"),
            FileState::Damaged => "damaged".to_owned(),
            FileState::NotRead => "outside --from and --to".to_owned(),
        };
        writeln!(f, "  {}  {}, {state}", self.file, size(self.bytes))?;
        match (&self.first, &self.last) {
            (Some(first), Some(last)) => {
                let (ticks, heartbeats) = (self.ticks, self.heartbeats);
                writeln!(f, "    {} to {}", place(first), place(last))?;
                writeln!(
                    f,
                    "    {ticks} ticks, {heartbeats} heartbeats, {} bytes per heartbeat",
                    bytes_per_heartbeat(self.frame_bytes, heartbeats)
                )
            }
            (None, Some(after)) => writeln!(f, "    after {}", place(after)),
            (_, None) => Ok(()),
        }
    }
}

fn place(tick: &Tick) -> String {
    format!("tick {} at {}", tick.number.0, Rfc3339(tick.now))
}

fn or_dash(text: String) -> String {
    if text.is_empty() { "-".to_owned() } else { text }
}

fn bytes_per_heartbeat(bytes: u64, heartbeats: u64) -> String {
    match heartbeats {
        0 => "-".to_owned(),
        count => format!("{:.1}", bytes as f64 / count as f64),
    }
}

/// A size for people.
pub(crate) fn size(bytes: u64) -> String {
    const UNITS: [(&str, u64); 3] = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];
    match UNITS.iter().find(|(_, unit)| bytes >= *unit) {
        Some((name, unit)) => format!("{:.1} {name}", bytes as f64 / *unit as f64),
        None => format!("{bytes} B"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_the_largest_unit_that_fits() {
        let found = [0, 1_023, 1_024, 3 << 19, 5 << 30].map(size);
        assert_eq!(found, ["0 B", "1023 B", "1.0 KiB", "1.5 MiB", "5.0 GiB"]);
    }
}
