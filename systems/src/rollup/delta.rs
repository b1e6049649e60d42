//! From cumulative counters to what happened since the last heartbeat. Pure rules.
//!
//! Agents leave out zeros and leave out everything when a scrape fails, so absence is read with care:
//! any counter present means the absent ones are zero; none present means nothing was measured.

use crate::instance::Baseline;
use crate::observations::ObservedProcess;
use crate::report::{ComponentCounts, Counts};
use crate::status::ProcessClass;
use crate::time::Millis;

/// What an observation tells about an instance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Step {
    /// Nothing was measured.
    NoMeasurement,
    /// Counters were seen for the first time; what they hold happened before we looked.
    FirstSight,
    /// `counts` happened over `elapsed`.
    Delta {
        counts: Counts,
        elapsed: Millis,
        /// The counters started anew, so components count from zero too.
        from_zero: bool,
        /// They started anew without the agent saying so.
        reset: bool,
    },
}

/// Moves the baseline over an observation and tells what happened between the two.
pub fn advance(baseline: &mut Option<Baseline>, observed: &ObservedProcess, now: Millis) -> Step {
    // One that already counts while it starts is not begun again by each heartbeat.
    let known_pid = baseline.as_ref().map(|old| old.pid);
    let goes_on = observed.counts.is_some() && known_pid == Some(observed.pid);
    let begins = observed.class == ProcessClass::Starting && !goes_on;
    let replaced =
        matches!((known_pid.flatten(), observed.pid), (Some(old), Some(new)) if old != new);
    if begins || (replaced && observed.counts.is_none()) {
        *baseline = Some(Baseline {
            pid: observed.pid,
            uptime_seconds: observed.uptime_seconds,
            totals: Counts::default(),
            seen_at: now,
            is_origin: true,
        });
    }
    let Some(totals) = observed.counts else { return Step::NoMeasurement };
    let Some(known) = baseline else {
        *baseline = Some(Baseline {
            pid: observed.pid,
            uptime_seconds: observed.uptime_seconds,
            totals,
            seen_at: now,
            is_origin: false,
        });
        return Step::FirstSight;
    };
    let reset = replaced
        || falls(known.uptime_seconds, observed.uptime_seconds)
        || any_falls(&known.totals, &totals);
    let step = Step::Delta {
        counts: if reset { totals } else { difference(&known.totals, &totals) },
        elapsed: now.since(known.seen_at),
        from_zero: reset || known.is_origin,
        reset,
    };
    known.pid = observed.pid.or(known.pid);
    known.uptime_seconds = observed.uptime_seconds;
    known.totals = totals;
    known.seen_at = now;
    known.is_origin = false;
    step
}

/// What happened in a component since it was last seen; `None` at first sight. A component follows
/// its instance (`from_zero`), and a falling counter of its own means it alone started anew.
pub fn component_delta(
    previous: Option<&ComponentCounts>,
    now: &ComponentCounts,
    from_zero: bool,
) -> Option<ComponentCounts> {
    if from_zero {
        return Some(*now);
    }
    let previous = previous?;
    if now.received_events < previous.received_events
        || now.sent_events < previous.sent_events
        || now.received_bytes < previous.received_bytes
        || now.sent_bytes < previous.sent_bytes
        || now.errors < previous.errors
        || now.discarded < previous.discarded
    {
        return Some(*now);
    }
    Some(ComponentCounts {
        received_events: now.received_events - previous.received_events,
        sent_events: now.sent_events - previous.sent_events,
        received_bytes: now.received_bytes - previous.received_bytes,
        sent_bytes: now.sent_bytes - previous.sent_bytes,
        errors: now.errors - previous.errors,
        discarded: now.discarded - previous.discarded,
    })
}

fn falls(old: Option<u64>, new: Option<u64>) -> bool {
    matches!((old, new), (Some(old), Some(new)) if new < old)
}

fn any_falls(old: &Counts, new: &Counts) -> bool {
    new.events_in < old.events_in
        || new.events_out < old.events_out
        || new.errors < old.errors
        || new.discarded < old.discarded
        || new.bytes_in < old.bytes_in
        || new.bytes_out < old.bytes_out
}

fn difference(old: &Counts, new: &Counts) -> Counts {
    Counts {
        events_in: new.events_in - old.events_in,
        events_out: new.events_out - old.events_out,
        errors: new.errors - old.errors,
        discarded: new.discarded - old.discarded,
        bytes_in: new.bytes_in - old.bytes_in,
        bytes_out: new.bytes_out - old.bytes_out,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `status pid uptime events_in`, `-` for absent; answers the delta of events in.
    #[track_caller]
    fn check(heartbeats: &[(&str, &str)]) {
        let mut baseline = None;
        for (index, (heartbeat, expected)) in heartbeats.iter().enumerate() {
            let mut words = heartbeat.split(' ');
            let mut word = || words.next().expect("four words");
            let class = ProcessClass::of(word());
            let mut number = || word().parse::<u64>().ok();
            let observed = ObservedProcess {
                class,
                pid: number().map(|pid| pid as u32),
                uptime_seconds: number(),
                counts: number().map(|events_in| Counts { events_in, ..Counts::default() }),
            };
            let step = advance(&mut baseline, &observed, Millis(index as u64 * 5_000));
            let told = match step {
                Step::NoMeasurement => "-".to_owned(),
                Step::FirstSight => "first".to_owned(),
                Step::Delta { counts, from_zero, .. } => {
                    format!("{}{}", counts.events_in, if from_zero { " from zero" } else { "" })
                }
            };
            assert_eq!(told, *expected, "heartbeat {index}: {heartbeat}");
        }
    }

    #[test]
    fn first_sight_of_a_running_process_gives_no_delta() {
        check(&[("RUNNING 7 100 900", "first"), ("RUNNING 7 105 950", "50")]);
        check(&[("RUNNING 7 100 -", "-"), ("RUNNING 7 105 950", "first")]);
    }

    #[test]
    fn a_process_seen_starting_counts_from_zero() {
        check(&[
            ("STARTING 7 - -", "-"),
            ("RUNNING 7 4 900", "900 from zero"),
            ("RUNNING 7 9 950", "50"),
        ]);
    }

    #[test]
    fn a_process_that_counts_while_it_starts_is_counted_once() {
        check(&[
            ("STARTING 7 - 100", "100 from zero"),
            ("STARTING 7 1 150", "50"),
            ("RUNNING 7 5 160", "10"),
        ]);
    }

    #[test]
    fn a_failed_scrape_keeps_the_baseline() {
        check(&[
            ("RUNNING 7 100 900", "first"),
            ("RUNNING 7 105 -", "-"),
            ("RUNNING 7 110 1000", "100"),
        ]);
    }

    #[test]
    fn another_pid_is_a_reset_even_when_the_counter_rose() {
        check(&[("RUNNING 7 100 900", "first"), ("RUNNING 8 3 950", "950 from zero")]);
        check(&[
            ("RUNNING 7 100 900", "first"),
            ("CRASHED 8 - -", "-"),
            ("RUNNING 9 3 40", "40 from zero"),
        ]);
        check(&[
            ("RUNNING 7 100 900", "first"),
            ("RUNNING 8 1 -", "-"),
            ("RUNNING 8 6 1200", "1200 from zero"),
        ]);
    }

    #[test]
    fn a_crash_beat_with_the_old_pid_keeps_the_baseline() {
        check(&[
            ("RUNNING 7 100 900", "first"),
            ("CRASHED 7 - -", "-"),
            ("STARTING 8 - -", "-"),
            ("RUNNING 8 4 30", "30 from zero"),
        ]);
    }

    #[test]
    fn a_falling_uptime_or_counter_is_a_reset() {
        check(&[("RUNNING 7 100 900", "first"), ("RUNNING 7 2 950", "950 from zero")]);
        check(&[("RUNNING - - 900", "first"), ("RUNNING - - 20", "20 from zero")]);
    }

    #[test]
    fn a_component_follows_its_instance_and_its_own_falls() {
        let counts = |n| ComponentCounts { received_events: n, ..ComponentCounts::default() };
        for (previous, now, from_zero, expected) in [
            (None, 10, false, None),
            (None, 10, true, Some(10)),
            (Some(4), 10, false, Some(6)),
            (Some(4), 10, true, Some(10)),
            (Some(20), 10, false, Some(10)),
        ] {
            let previous = previous.map(counts);
            let delta = component_delta(previous.as_ref(), &counts(now), from_zero);
            assert_eq!(delta, expected.map(counts));
        }
    }
}
