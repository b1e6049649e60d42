//! The three widths that history is kept in, and the spans of time that are asked of each.

use systole_systems::time::{MINUTE_MILLIS, Minute};

pub const MINUTES_PER_HOUR: u32 = 60;
pub const MINUTES_PER_DAY: u32 = 24 * MINUTES_PER_HOUR;
pub const DAY_MILLIS: u64 = MINUTES_PER_DAY as u64 * MINUTE_MILLIS;

/// How fine the rows of a table are. Hours are made of minutes, and days of hours, in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Resolution {
    Minute,
    Hour,
    Day,
}

impl Resolution {
    /// Minutes that a row covers.
    pub fn minutes(self) -> u32 {
        match self {
            Resolution::Minute => 1,
            Resolution::Hour => MINUTES_PER_HOUR,
            Resolution::Day => MINUTES_PER_DAY,
        }
    }

    /// The column that says when, and the end of the table's name.
    pub(crate) fn column(self) -> &'static str {
        match self {
            Resolution::Minute => "minute",
            Resolution::Hour => "hour",
            Resolution::Day => "day",
        }
    }
}

/// Rows of one resolution: from the one that begins with `from` up to the one that begins with
/// `until`, which is left out. Both begin a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    pub resolution: Resolution,
    pub from: Minute,
    pub until: Minute,
}

/// Where the rows of a stretch of time are: days and hours as far as `coarsest` and the rollup go,
/// minutes for the rest. A stretch covers each minute once.
pub fn spans(from: Minute, until: Minute, coarsest: Resolution, rolled: Minute) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut fill = |resolution, from: u32, until: u32| {
        if from < until {
            spans.push(Span { resolution, from: Minute(from), until: Minute(until) });
        }
    };
    let (from, until) = (from.0, until.0);
    let (hours_from, hours_until) = whole(Resolution::Hour, from, until.min(rolled.0));
    if coarsest < Resolution::Hour || hours_until <= hours_from {
        fill(Resolution::Minute, from, until);
        return spans;
    }
    fill(Resolution::Minute, from, hours_from);
    let (days_from, days_until) = whole(Resolution::Day, hours_from, hours_until);
    if coarsest < Resolution::Day || days_until <= days_from {
        fill(Resolution::Hour, hours_from, hours_until);
    } else {
        fill(Resolution::Hour, hours_from, days_from);
        fill(Resolution::Day, days_from, days_until);
        fill(Resolution::Hour, days_until, hours_until);
    }
    fill(Resolution::Minute, hours_until, until);
    spans
}

/// The whole rows within a stretch.
fn whole(resolution: Resolution, from: u32, until: u32) -> (u32, u32) {
    let minutes = resolution.minutes();
    (from.div_ceil(minutes) * minutes, until / minutes * minutes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: u32 = MINUTES_PER_DAY;

    fn check(from: u32, until: u32, coarsest: Resolution, rolled: u32, expected: &str) {
        let spans = spans(Minute(from), Minute(until), coarsest, Minute(rolled));
        let text =
            |span: &Span| format!("{} {}-{}", span.resolution.column(), span.from.0, span.until.0);
        let found: Vec<String> = spans.iter().map(text).collect();
        assert_eq!(found.join(", "), expected);
    }

    #[test]
    fn what_is_rolled_up_is_read_from_the_coarsest_rows_that_fit() {
        use Resolution::{Day, Hour, Minute};
        check(0, 0, Day, 0, "");
        check(30, 200, Minute, DAY, "minute 30-200");
        check(60, 200, Hour, DAY, "hour 60-180, minute 180-200");
        check(30, 200, Hour, 120, "minute 30-60, hour 60-120, minute 120-200");
        check(30, 50, Day, DAY, "minute 30-50");
        check(30, 200, Day, 0, "minute 30-200");
        let all = "minute 1430-1440, day 1440-4320, hour 4320-4440, minute 4440-4450";
        check(DAY - 10, 3 * DAY + 130, Day, 3 * DAY + 120, all);
        check(60, 2 * DAY, Day, 2 * DAY, "hour 60-1440, day 1440-2880");
    }
}
