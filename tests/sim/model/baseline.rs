//! Cumulative counters to what happened: the table "Deltas and minutes" of docs/TICK.md, line by line.

use systole_systems::report::{ComponentCounts, Counts};

use crate::model::Flaw;

/// The six counters of a pipeline, in the order of `Counts`.
pub type Six = [u64; 6];

/// What deltas are taken from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Baseline {
    pub pid: Option<u32>,
    pub uptime: Option<u64>,
    pub counts: Six,
    pub at: u64,
    /// Zero because the process began, not because somebody counted.
    pub is_origin: bool,
}

/// What a heartbeat says about a process.
#[derive(Clone, Copy, Debug)]
pub struct Seen {
    pub is_starting: bool,
    pub pid: Option<u32>,
    pub uptime: Option<u64>,
    /// `None`: nothing was measured.
    pub counts: Option<Six>,
    pub at: u64,
}

/// What that amounts to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Measured {
    Nothing,
    First,
    Delta { counts: Six, elapsed: u64, from_zero: bool },
}

/// Moves the baseline on and tells what happened since.
pub fn measure(baseline: &mut Option<Baseline>, seen: &Seen, flaw: Option<Flaw>) -> Measured {
    let mut seen = *seen;
    if flaw == Some(Flaw::FailedScrapeIsZero) && baseline.is_some() {
        seen.counts = seen.counts.or(Some([0; 6]));
    }
    let is_another = match (baseline.and_then(|known| known.pid), seen.pid) {
        (Some(known), Some(told)) => known != told,
        _ => false,
    };
    let counts_on = seen.counts.is_some() && baseline.is_some_and(|known| known.pid == seen.pid);
    let begins = seen.is_starting && !counts_on;
    if begins || (is_another && seen.counts.is_none()) {
        *baseline = Some(Baseline {
            pid: seen.pid,
            uptime: seen.uptime,
            counts: [0; 6],
            at: seen.at,
            is_origin: true,
        });
    }
    let Some(counts) = seen.counts else { return Measured::Nothing };
    let known = *baseline;
    *baseline = Some(Baseline {
        pid: seen.pid.or(known.and_then(|known| known.pid)),
        uptime: seen.uptime,
        counts,
        at: seen.at,
        is_origin: false,
    });
    let Some(known) = known else { return Measured::First };

    let uptime_fell = matches!((known.uptime, seen.uptime), (Some(old), Some(new)) if new < old);
    let counter_fell = (0..6).any(|at| counts[at] < known.counts[at]);
    let is_reset = is_another || uptime_fell || counter_fell;
    let gained = match (is_reset, flaw) {
        (true, Some(Flaw::ResetCountsNothing)) => [0; 6],
        (true, _) => counts,
        (false, _) => std::array::from_fn(|at| counts[at] - known.counts[at]),
    };
    Measured::Delta {
        counts: gained,
        elapsed: seen.at - known.at,
        from_zero: is_reset || known.is_origin,
    }
}

/// Events that passed a component since it was last seen; `None`: it was never seen.
pub fn passed(
    known: Option<&ComponentCounts>,
    told: &ComponentCounts,
    from_zero: bool,
) -> Option<u64> {
    if from_zero {
        return Some(told.received_events.saturating_add(told.sent_events));
    }
    let known = known?;
    let (old, new) = (component_six(known), component_six(told));
    if (0..6).any(|at| new[at] < old[at]) {
        return Some(told.received_events.saturating_add(told.sent_events));
    }
    Some((new[0] - old[0]).saturating_add(new[1] - old[1]))
}

/// The counters in order.
pub fn six(counts: &Counts) -> Six {
    [
        counts.events_in,
        counts.events_out,
        counts.errors,
        counts.discarded,
        counts.bytes_in,
        counts.bytes_out,
    ]
}

/// And back.
pub fn counts(six: &Six) -> Counts {
    let [events_in, events_out, errors, discarded, bytes_in, bytes_out] = *six;
    Counts { events_in, events_out, errors, discarded, bytes_in, bytes_out }
}

fn component_six(counts: &ComponentCounts) -> Six {
    [
        counts.received_events,
        counts.sent_events,
        counts.received_bytes,
        counts.sent_bytes,
        counts.errors,
        counts.discarded,
    ]
}
