//! A range of time and the width of its buckets: as fine as the rows that are kept and a screen can show.

use systole_systems::time::{Millis, Minute};

use crate::store::resolution::{MINUTES_PER_DAY, MINUTES_PER_HOUR, Resolution};
use crate::store::retention::Retention;

/// Widths of buckets in minutes. Each begins at a multiple of its width since the Unix epoch, in UTC.
const WIDTHS: [u32; 6] = [1, 5, 15, MINUTES_PER_HOUR, 4 * MINUTES_PER_HOUR, MINUTES_PER_DAY];
/// Buckets of a range, unless minutes are asked for one by one.
const BUCKETS_MAX: u32 = 500;

/// Ranges that end now, by name.
const NAMED: [(&str, u32); 6] = [
    ("1h", MINUTES_PER_HOUR),
    ("6h", 6 * MINUTES_PER_HOUR),
    ("1d", MINUTES_PER_DAY),
    ("7d", 7 * MINUTES_PER_DAY),
    ("30d", 30 * MINUTES_PER_DAY),
    ("90d", 90 * MINUTES_PER_DAY),
];

/// A stretch of time in buckets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// The first minute of the first bucket.
    pub from: Minute,
    /// The minute after the last; never later than the running one's end.
    pub until: Minute,
    /// Minutes of a bucket.
    pub width: u32,
}

impl Range {
    /// The last minutes, the running one included, one by one.
    pub fn last_minutes(minutes: u32, now: Millis) -> Range {
        let until = now.minute().0 + 1;
        Range { from: Minute(until.saturating_sub(minutes)), until: Minute(until), width: 1 }
    }

    /// A range by its name, the running bucket included; `None`: there is no such name.
    pub fn named(name: &str, now: Millis, retention: &Retention) -> Option<Range> {
        let (_, minutes) = NAMED.iter().find(|(known, _)| *known == name)?;
        let running = now.minute().0;
        let oldest = Minute(running.saturating_sub(*minutes));
        let width = width(*minutes, retention.finest(oldest, now))?;
        let from = (running / width * width + width).saturating_sub(*minutes);
        Some(Range { from: Minute(from), until: Minute(running + 1), width })
    }

    /// The range between two instants; `None`: it is too long, or none.
    pub fn between(from: Millis, to: Millis, now: Millis, retention: &Retention) -> Option<Range> {
        let from = from.minute().0;
        let to = u32::try_from(to.0.div_ceil(systole_systems::time::MINUTE_MILLIS)).ok()?;
        let until = to.min(now.minute().0 + 1);
        let minutes = until.checked_sub(from).filter(|minutes| *minutes > 0)?;
        let width = width(minutes, retention.finest(Minute(from), now))?;
        Some(Range { from: Minute(from / width * width), until: Minute(until), width })
    }

    /// The range as long as this one, right before it.
    pub fn previous(&self) -> Range {
        let minutes = (self.until.0 - self.from.0).div_ceil(self.width) * self.width;
        Range {
            from: Minute(self.from.0.saturating_sub(minutes)),
            until: self.from,
            width: self.width,
        }
    }

    /// The coarsest rows that its buckets can be made of.
    pub fn coarsest(&self) -> Resolution {
        if self.width.is_multiple_of(MINUTES_PER_DAY) {
            Resolution::Day
        } else if self.width.is_multiple_of(MINUTES_PER_HOUR) {
            Resolution::Hour
        } else {
            Resolution::Minute
        }
    }

    /// The bucket of a minute.
    pub fn bucket(&self, minute: Minute) -> Minute {
        Minute(minute.0 / self.width * self.width)
    }

    pub fn holds(&self, minute: Minute) -> bool {
        self.from <= minute && minute < self.until
    }

    /// Whether a bucket is not over yet.
    pub fn is_running(&self, bucket: Minute, now: Millis) -> bool {
        now.minute().0 < bucket.0 + self.width
    }
}

/// The narrowest buckets that so many minutes may have.
fn width(minutes: u32, finest: Resolution) -> Option<u32> {
    WIDTHS
        .into_iter()
        .find(|width| finest.minutes() <= *width && minutes.div_ceil(*width) <= BUCKETS_MAX)
}

#[cfg(test)]
mod tests {
    use systole_systems::time::MINUTE_MILLIS;

    use super::*;

    /// Some day of 2026, at 12:34:56.
    const NOW: Millis = Millis((20_555 * 1_440 + 754) * MINUTE_MILLIS + 56_000);

    #[test]
    fn a_name_says_how_long_and_the_length_how_wide() {
        for (name, minutes, width) in [
            ("1h", 60, 1),
            ("6h", 360, 1),
            ("1d", 1_440, 5),
            ("7d", 10_080, 60),
            ("30d", 43_200, 240),
            ("90d", 129_600, 1_440),
        ] {
            let range = Range::named(name, NOW, &Retention::default()).unwrap();
            let Range { from, until, .. } = range;
            assert_eq!((range.width, until), (width, Minute(NOW.minute().0 + 1)), "{name}");
            // Whole buckets, the last of which is running.
            assert_eq!(from.0 % width, 0, "{name}");
            assert_eq!((range.bucket(NOW.minute()).0 + width - from.0), minutes, "{name}");
            assert!(range.is_running(range.bucket(NOW.minute()), NOW), "{name}");
            assert!(!range.is_running(from, NOW), "{name}");
        }
        assert_eq!(Range::named("2h", NOW, &Retention::default()), None);
    }

    #[test]
    fn what_is_no_longer_kept_by_the_minute_has_wide_buckets() {
        let retention = Retention::default();
        let day = |days: u64| Millis(NOW.0 - days * 1_440 * MINUTE_MILLIS);
        let hour_at =
            |from: Millis| Range::between(from, Millis(from.0 + 3_600_000), NOW, &retention);
        assert_eq!(hour_at(day(7)).unwrap().width, 1);
        assert_eq!(hour_at(day(8)).unwrap().width, 60);
        assert_eq!(hour_at(day(91)).unwrap().width, 1_440);
        let short = Retention { minutes: 1, hours: 2, ..retention };
        assert_eq!(Range::named("7d", NOW, &short).unwrap().width, 1_440);
    }

    #[test]
    fn a_range_ends_now_at_the_latest_and_is_not_endless() {
        let between =
            |from, to| Range::between(Millis(from), Millis(to), NOW, &Retention::default());
        let range = between(NOW.0 - 600_000, NOW.0 + 600_000).unwrap();
        assert_eq!(range, Range::last_minutes(11, NOW));
        assert_eq!(between(NOW.0, NOW.0 - 60_000), None);
        assert_eq!(between(NOW.0 + 600_000, NOW.0 + 1_200_000), None);
        assert_eq!(between(0, NOW.0), None);
    }

    #[test]
    fn the_previous_range_ends_where_this_one_begins() {
        let range = Range::named("7d", NOW, &Retention::default()).unwrap();
        let previous = range.previous();
        assert_eq!((previous.until, previous.width), (range.from, 60));
        assert_eq!(range.from.0 - previous.from.0, 10_080);
    }
}
