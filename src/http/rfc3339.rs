//! Times as people and scripts read them: RFC 3339, UTC, milliseconds.

use std::fmt;

use serde::{Serialize, Serializer};
use systole_systems::time::{MINUTE_MILLIS, Millis};

/// An instant, written like `2026-03-01T12:00:00.000Z`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rfc3339(pub Millis);

const DAY_MILLIS: u64 = 24 * 60 * MINUTE_MILLIS;

impl Rfc3339 {
    /// Reads an instant with its zone; `None`: it is not written like one, or before 1970. A leap second
    /// is the first of the next minute.
    pub fn parse(text: &str) -> Option<Rfc3339> {
        let (date, rest) = text.split_at_checked(10)?;
        let rest = rest.strip_prefix(['T', 't', ' '])?;
        let (time, rest) = rest.split_at_checked(8)?;
        let [year, month, day] = three(date, '-')?;
        let [hour, minute, second] = three(time, ':')?;
        if hour > 23 || minute > 59 || second > 60 {
            return None;
        }
        let (millis, zone) = match rest.strip_prefix('.') {
            None => (0, rest),
            Some(rest) => {
                let digits = rest.find(|c: char| !c.is_ascii_digit())?;
                let (fraction, zone) = rest.split_at(digits);
                if fraction.is_empty() {
                    return None;
                }
                (format!("{fraction:0<3}")[..3].parse::<u64>().ok()?, zone)
            }
        };
        let days = days_from_civil(year, month, day)?;
        let of_day = ((hour * 60 + minute) * 60 + second) * 1_000 + millis;
        let there = (days * DAY_MILLIS + of_day) as i64;
        Some(Rfc3339(Millis(u64::try_from(there - offset_millis(zone)?).ok()?)))
    }
}

/// Two-digit numbers (the first may be longer) between separators.
fn three(text: &str, separator: char) -> Option<[u64; 3]> {
    let mut parts = text.split(separator).map(|part| {
        let is_number = part.len() >= 2 && part.bytes().all(|byte| byte.is_ascii_digit());
        part.parse().ok().filter(|_| is_number)
    });
    let three = [parts.next()??, parts.next()??, parts.next()??];
    parts.next().is_none().then_some(three)
}

/// How far the clocks of a zone are ahead.
fn offset_millis(zone: &str) -> Option<i64> {
    if matches!(zone, "Z" | "z") {
        return Some(0);
    }
    let (sign, rest) = zone.split_at_checked(1)?;
    let [hours, minutes, _] = three(&format!("{rest}:00"), ':')?;
    let millis = ((hours * 60 + minutes) * MINUTE_MILLIS) as i64;
    match sign {
        "+" if hours < 24 && minutes < 60 => Some(millis),
        "-" if hours < 24 && minutes < 60 => Some(-millis),
        _ => None,
    }
}

/// Days since 1970-01-01 of a date that exists.
fn days_from_civil(year: u64, month: u64, day: u64) -> Option<u64> {
    if year < 1970 || !(1..=12).contains(&month) || day < 1 {
        return None;
    }
    let shifted = if month > 2 { year } else { year - 1 };
    let (era, year_of_era) = (shifted / 400, shifted % 400);
    let month_from_march = (month + 9) % 12;
    let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    let days = era * 146_097 + day_of_era - 719_468;
    (civil_from_days(days) == (year, month, day)).then_some(days)
}

impl fmt::Display for Rfc3339 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Millis(millis) = self.0;
        let (year, month, day) = civil_from_days(millis / DAY_MILLIS);
        let of_day = millis % DAY_MILLIS;
        let (hour, minute) = (of_day / (60 * MINUTE_MILLIS), of_day / MINUTE_MILLIS % 60);
        let (second, milli) = (of_day / 1_000 % 60, of_day % 1_000);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z")
    }
}

impl Serialize for Rfc3339 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Year, month and day of a day since 1970-01-01. Counts from a March 1st, so that the leap day is
/// the last of its year, in eras of 400 years, which all have the same days.
fn civil_from_days(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468; // since 0000-03-01
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let leap_days = day_of_era / 1_460 - day_of_era / 36_524 + day_of_era / 146_096;
    let year_of_era = (day_of_era - leap_days) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_read_as_date_and_time() {
        let check = |millis: u64, text: &str| assert_eq!(Rfc3339(Millis(millis)).to_string(), text);
        check(0, "1970-01-01T00:00:00.000Z");
        check(951_782_399_999, "2000-02-28T23:59:59.999Z");
        check(951_782_400_000, "2000-02-29T00:00:00.000Z");
        check(951_868_800_000, "2000-03-01T00:00:00.000Z");
        check(1_709_210_096_007, "2024-02-29T12:34:56.007Z");
        check(1_767_225_599_999, "2025-12-31T23:59:59.999Z");
        check(1_767_225_600_000, "2026-01-01T00:00:00.000Z");
        check(4_107_542_400_000, "2100-03-01T00:00:00.000Z");
    }

    #[test]
    fn instants_are_read_as_they_are_written_and_in_other_zones() {
        for millis in [0, 951_782_399_999, 951_868_800_000, 1_709_210_096_007, 4_107_542_400_000] {
            let instant = Rfc3339(Millis(millis));
            assert_eq!(Rfc3339::parse(&instant.to_string()), Some(instant));
        }
        let noon = Some(Rfc3339(Millis(1_772_366_400_000)));
        for text in [
            "2026-03-01T12:00:00Z",
            "2026-03-01 12:00:00.0z",
            "2026-03-01T13:30:00.000999+01:30",
            "2026-03-01T04:00:00-08:00",
            "2026-03-01T11:59:60Z",
        ] {
            assert_eq!(Rfc3339::parse(text), noon, "{text}");
        }
        for text in [
            "2026-03-01T12:00:00",
            "2026-02-29T12:00:00Z",
            "2026-13-01T12:00:00Z",
            "2026-03-01T24:00:00Z",
            "2026-03-01T12:00:00.Z",
            "2026-03-01T12:00:00+1:00",
            "2026-3-01T12:00:00Z",
            "1969-12-31T23:59:59Z",
            "1970-01-01T00:00:00+01:00",
            "2026-03-01T12:00:00Zulu",
        ] {
            assert_eq!(Rfc3339::parse(text), None, "{text}");
        }
    }

    #[test]
    fn each_day_is_the_one_after_the_day_before() {
        let days_of = |year: u64, month: u64| match month {
            2 if year.is_multiple_of(4) && !year.is_multiple_of(100)
                || year.is_multiple_of(400) =>
            {
                29
            }
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        };
        let (mut year, mut month, mut day) = (1970, 1, 1);
        for days in 0..200_000 {
            assert_eq!(civil_from_days(days), (year, month, day));
            day += 1;
            if days_of(year, month) < day {
                (month, day) = (month + 1, 1);
            }
            if month == 13 {
                (year, month) = (year + 1, 1);
            }
        }
    }
}
