//! A line on the terminal while a journal runs; nothing where nobody looks.

use std::io::{IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

use systole_systems::time::Tick;

use crate::http::rfc3339::Rfc3339;

const INTERVAL: Duration = Duration::from_millis(250);

/// The progress of a run.
pub(crate) struct Progress {
    is_shown: bool,
    began: Instant,
    shown_at: Instant,
}

impl Progress {
    pub(crate) fn begin() -> Progress {
        let now = Instant::now();
        Progress { is_shown: std::io::stderr().is_terminal(), began: now, shown_at: now }
    }

    /// Shows the last tick, now and then.
    pub(crate) fn show(&mut self, first: &Option<Tick>, last: &Tick, ticks: u64) {
        if !self.is_shown || self.shown_at.elapsed() < INTERVAL {
            return;
        }
        self.shown_at = Instant::now();
        let listened = first.map_or(0, |first| last.listened.since(first.listened).0);
        let factor = listened as f64 / 1_000.0 / self.began.elapsed().as_secs_f64();
        let (number, now) = (last.number.0, Rfc3339(last.now));
        let line = format!("\rtick {number} of {now}, {ticks} ticks run, {factor:.0} x real time");
        // A run goes on when nobody reads its progress.
        let _shown = std::io::stderr().write_all(format!("{line}\x1b[K").as_bytes()).is_ok();
    }

    /// Clears the line.
    pub(crate) fn end(&self) {
        if self.is_shown {
            let _cleared = std::io::stderr().write_all(b"\r\x1b[K").is_ok();
        }
    }
}
