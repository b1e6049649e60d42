//! A place in a journal as people write it: the number of a tick, or a time.

use std::str::FromStr;

use systole_systems::time::{Millis, Tick};

use crate::http::rfc3339::Rfc3339;

/// A tick by its number, or all ticks at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    Tick(u64),
    Time(Millis),
}

impl Moment {
    /// Whether the tick lies before the moment.
    pub fn is_after(&self, tick: &Tick) -> bool {
        match self {
            Moment::Tick(number) => tick.number.0 < *number,
            Moment::Time(time) => tick.now < *time,
        }
    }

    /// Whether the tick lies behind the moment.
    pub fn is_before(&self, tick: &Tick) -> bool {
        match self {
            Moment::Tick(number) => *number < tick.number.0,
            Moment::Time(time) => *time < tick.now,
        }
    }
}

impl FromStr for Moment {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Moment, &'static str> {
        if let Ok(number) = text.parse() {
            return Ok(Moment::Tick(number));
        }
        let time = Rfc3339::parse(text).ok_or(
            "write the number of a tick, or a time with its zone, as in 2026-03-01T12:00:00Z",
        )?;
        Ok(Moment::Time(time.0))
    }
}

/// Ticks from one moment to another, both included. `None`: as far as there are.
#[derive(Clone, Copy, Debug, Default)]
pub struct Stretch {
    pub from: Option<Moment>,
    pub to: Option<Moment>,
}

impl Stretch {
    /// Whether the tick comes before the stretch.
    pub fn is_after(&self, tick: &Tick) -> bool {
        self.from.is_some_and(|from| from.is_after(tick))
    }

    /// Whether the tick comes after the stretch.
    pub fn is_before(&self, tick: &Tick) -> bool {
        self.to.is_some_and(|to| to.is_before(tick))
    }

    /// Whether the tick is in the stretch.
    pub fn holds(&self, tick: &Tick) -> bool {
        !self.is_after(tick) && !self.is_before(tick)
    }
}

#[cfg(test)]
mod tests {
    use systole_systems::time::TickNumber;

    use super::*;

    #[test]
    fn a_stretch_includes_both_its_ends() {
        let check = |from: Option<&str>, to: Option<&str>, expected: &[u64]| {
            let moment = |text: &str| text.parse().unwrap();
            let stretch = Stretch { from: from.map(moment), to: to.map(moment) };
            let ticks = (1..=6).map(|number| Tick {
                number: TickNumber(number),
                now: Millis(1_772_366_400_000 + number * 500),
                listened: Millis(0),
            });
            let held: Vec<u64> =
                ticks.filter(|tick| stretch.holds(tick)).map(|tick| tick.number.0).collect();
            assert_eq!(held, expected, "{from:?} {to:?}");
        };
        check(None, None, &[1, 2, 3, 4, 5, 6]);
        check(Some("3"), Some("5"), &[3, 4, 5]);
        check(Some("2026-03-01T12:00:02Z"), None, &[4, 5, 6]);
        check(Some("2"), Some("2026-03-01T12:00:01Z"), &[2]);
        check(Some("5"), Some("3"), &[]);
    }

    #[test]
    fn what_is_neither_a_tick_nor_a_time_is_refused() {
        for text in ["", "-1", "yesterday", "2026-03-01", "2026-03-01T12:00:00"] {
            assert!(text.parse::<Moment>().is_err(), "{text}");
        }
    }
}
