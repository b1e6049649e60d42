//! What the edge refuses, drops or mends, counted by reason. Never a reason to log a line per request.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

macro_rules! reasons {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)*) => {
        /// Why the edge counted something. The names are labels on the metrics page.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Reason {
            $($(#[$doc])* $variant,)*
        }

        impl Reason {
            /// Every reason, in the order of declaration.
            pub const ALL: [Reason; [$(Reason::$variant),*].len()] = [$(Reason::$variant),*];

            /// The reason as a label.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Reason::$variant => $name,)*
                }
            }
        }
    };
}

reasons! {
    /// Connections closed at once: the server holds as many as it may.
    ConnectionOverLimit = "connection_over_limit",
    /// Requests with a token that no node has.
    Unauthorized = "unauthorized",
    /// Enrollments with a token that no environment has.
    EnrollmentTokenUnknown = "enrollment_token_unknown",
    BodyTooLarge = "body_too_large",
    /// Bodies that did not come in time.
    BodyTooSlow = "body_too_slow",
    /// Bodies refused because other large ones are on their way.
    BodyBudgetFull = "body_budget_full",
    /// Bodies that are not what the contract says.
    BodyInvalid = "body_invalid",
    /// Inputs refused because the queue into the driver was full.
    IngressFull = "ingress_full",
    /// Inputs refused because the journal cannot be written.
    NotDurable = "not_durable",
    PipelineInvalid = "pipeline_invalid",
    PipelineOverLimit = "pipeline_over_limit",
    /// Reports whose counters are no counts: nothing was measured.
    CountersInvalid = "counters_invalid",
    ComponentInvalid = "component_invalid",
    ComponentOverLimit = "component_over_limit",
    LabelInvalid = "label_invalid",
    LabelOverLimit = "label_over_limit",
    /// Fields left out because they hold another kind of value.
    FieldInvalid = "field_invalid",
    /// Versions, errors and the like that were cut.
    TextCut = "text_cut",
    /// Texts in which control characters were replaced.
    TextCleaned = "text_cleaned",
    LogBatchInvalid = "log_batch_invalid",
    LogBatchOverLimit = "log_batch_over_limit",
    LogLineInvalid = "log_line_invalid",
    LogLineOverLimit = "log_line_over_limit",
    LogLineCut = "log_line_cut",
    /// Results of samples that nobody asked for, or not any more.
    SampleUnrequested = "sample_unrequested",
    /// Actions that were done and could not be recorded in the audit.
    AuditUnwritten = "audit_unwritten",
    /// Results of samples from nodes that were not asked for them.
    SampleForeign = "sample_foreign",
    /// Results of samples for a component that has answered.
    SampleRepeated = "sample_repeated",
    SampleInvalid = "sample_invalid",
    /// Results of samples, events and fields in them, for which there was no room.
    SampleOverLimit = "sample_over_limit",
    /// Reports of taps that nobody started, or that have ended.
    TapUnrequested = "tap_unrequested",
    /// Events of taps that are more than one report may hold.
    TapEventOverLimit = "tap_event_over_limit",
    /// Events of taps that came faster than their reader took them.
    TapEventSkipped = "tap_event_skipped",
}

/// Counts since the process started. Cheap to clone; clones share the counts.
#[derive(Clone, Debug)]
pub struct EdgeCounters {
    counts: Arc<[AtomicU64; Reason::ALL.len()]>,
}

// By hand: the standard library makes no defaults of arrays this long.
impl Default for EdgeCounters {
    fn default() -> EdgeCounters {
        EdgeCounters { counts: Arc::new(std::array::from_fn(|_| AtomicU64::new(0))) }
    }
}

impl EdgeCounters {
    /// Counts one.
    pub fn count(&self, reason: Reason) {
        self.counts[reason as usize].fetch_add(1, Ordering::Relaxed);
    }

    /// Counts several.
    pub fn add(&self, reason: Reason, count: u32) {
        self.counts[reason as usize].fetch_add(u64::from(count), Ordering::Relaxed);
    }

    /// Adds what one body cost.
    pub fn record(&self, tally: &Tally) {
        for (reason, count) in tally.iter() {
            self.counts[reason as usize].fetch_add(u64::from(count), Ordering::Relaxed);
        }
    }

    /// Every reason with its count.
    pub fn iter(&self) -> impl Iterator<Item = (Reason, u64)> {
        Reason::ALL.into_iter().zip(self.counts.iter().map(|count| count.load(Ordering::Relaxed)))
    }
}

/// What was dropped or mended while one body was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tally {
    counts: [u32; Reason::ALL.len()],
}

impl Default for Tally {
    fn default() -> Tally {
        Tally { counts: [0; Reason::ALL.len()] }
    }
}

impl Tally {
    /// Counts one.
    pub fn count(&mut self, reason: Reason) {
        self.counts[reason as usize] += 1;
    }

    /// Counts several.
    pub fn add(&mut self, reason: Reason, count: u32) {
        let counted = &mut self.counts[reason as usize];
        *counted = counted.saturating_add(count);
    }

    /// The reasons that occurred, with their counts.
    pub fn iter(&self) -> impl Iterator<Item = (Reason, u32)> {
        Reason::ALL.into_iter().zip(self.counts).filter(|(_, count)| 0 < *count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_share_counts_and_a_tally_adds_to_them() {
        let counters = EdgeCounters::default();
        counters.clone().count(Reason::Unauthorized);
        let mut tally = Tally::default();
        tally.count(Reason::LabelInvalid);
        tally.count(Reason::LabelInvalid);
        counters.record(&tally);
        let counted: Vec<_> = counters.iter().filter(|(_, count)| 0 < *count).collect();
        assert_eq!(counted, [(Reason::Unauthorized, 1), (Reason::LabelInvalid, 2)]);
    }

    #[test]
    fn names_are_distinct() {
        let mut names = Reason::ALL.map(Reason::as_str);
        names.sort_unstable();
        assert!(names.windows(2).all(|pair| pair[0] != pair[1]));
    }
}
