//! How long each kind of history is kept.

use systole_systems::time::{Millis, Minute};

use crate::store::HistoryKind;
use crate::store::resolution::{DAY_MILLIS, MINUTES_PER_DAY, Resolution};

/// Whole days before the present one, in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    pub minutes: u32,
    pub hours: u32,
    pub days: u32,
    pub events: u32,
    pub logs: u32,
}

impl Default for Retention {
    fn default() -> Retention {
        Retention { minutes: 7, hours: 90, days: 730, events: 90, logs: 3 }
    }
}

impl Retention {
    /// The first day that is kept, counted since the Unix epoch.
    pub fn first_day(&self, kind: HistoryKind, now: Millis) -> u32 {
        let kept = match kind {
            HistoryKind::Minutes => self.minutes,
            HistoryKind::Hours => self.hours,
            HistoryKind::Days => self.days,
            HistoryKind::Events => self.events,
            HistoryKind::Logs => self.logs,
        };
        let today = u32::try_from(now.0 / DAY_MILLIS).expect("days are few");
        today.saturating_sub(kept)
    }

    /// The finest rows that go back as far as `from`.
    pub fn finest(&self, from: Minute, now: Millis) -> Resolution {
        let is_kept = |kind| self.first_day(kind, now) * MINUTES_PER_DAY <= from.0;
        if is_kept(HistoryKind::Minutes) {
            Resolution::Minute
        } else if is_kept(HistoryKind::Hours) {
            Resolution::Hour
        } else {
            Resolution::Day
        }
    }
}
