//! Single minutes of the store and of the core as one: the newest row of each key.

use std::collections::BTreeMap;

use systole_systems::answer::Unflushed;
use systole_systems::input::MinuteTotals;
use systole_systems::report::Counts;
use systole_systems::rows::ComponentMinuteRow;
use systole_systems::time::Minute;

use crate::store::{LatencySum, SpanTotals, StoredMinute};

/// Whose minute: pipeline, node and component, as far as the row is about them.
pub type Owner = (String, Option<String>, Option<String>);

/// The newest row of each minute of each owner.
#[derive(Debug, Default)]
pub struct Minutes {
    rows: BTreeMap<(Minute, Owner), MinuteTotals>,
}

impl Minutes {
    /// Rows of the store and of the core.
    pub fn merged(stored: Vec<StoredMinute>, live: &Unflushed) -> Minutes {
        let mut minutes = Minutes::default();
        for StoredMinute { pipeline, node, component, minute, totals } in stored {
            minutes.add(minute, (pipeline, node, component), totals);
        }
        for row in &live.pipelines {
            minutes.add(row.minute, (row.pipeline.clone(), None, None), row.totals);
        }
        for row in &live.instances {
            let owner = (row.instance.pipeline.clone(), Some(row.instance.node.clone()), None);
            minutes.add(row.minute, owner, row.totals);
        }
        for row in live.components.iter().cloned() {
            let StoredMinute { pipeline, node, component, minute, totals } = of_component(row);
            minutes.add(minute, (pipeline, node, component), totals);
        }
        minutes
    }

    /// Rows from a minute on and before another.
    pub fn between(
        &self,
        from: Minute,
        until: Minute,
    ) -> impl Iterator<Item = (Minute, &Owner, &MinuteTotals)> {
        let least = (String::new(), None, None);
        let from = from.min(until);
        let rows = self.rows.range((from, least.clone())..(until, least));
        rows.map(|((minute, owner), totals)| (*minute, owner, totals))
    }

    /// Rows of a minute never fall: the larger of two is the newer.
    fn add(&mut self, minute: Minute, owner: Owner, totals: MinuteTotals) {
        let known = self.rows.entry((minute, owner)).or_default();
        if size(known) <= size(&totals) {
            *known = totals;
        }
    }
}

/// The first minute that the core has rows of; before it the store has all there is.
pub fn first_minute(live: &Unflushed) -> Option<Minute> {
    let minutes = live.pipelines.iter().map(|row| row.minute);
    let minutes = minutes
        .chain(live.instances.iter().map(|row| row.minute))
        .chain(live.components.iter().map(|row| row.minute))
        .chain(live.hosts.iter().map(|row| row.minute));
    minutes.min()
}

/// A minute of a component, which is nothing but latency.
pub fn of_component(row: ComponentMinuteRow) -> StoredMinute {
    let ComponentMinuteRow { instance, component, minute, latency_weighted_sum, latency_weight } =
        row;
    StoredMinute {
        pipeline: instance.pipeline,
        node: Some(instance.node),
        component: Some(component),
        minute,
        totals: MinuteTotals { latency_weighted_sum, latency_weight, ..MinuteTotals::default() },
    }
}

fn size(totals: &MinuteTotals) -> (u128, u32, u64) {
    let Counts { events_in, events_out, errors, discarded, bytes_in, bytes_out } = totals.counts;
    let counts = [events_in, events_out, errors, discarded, bytes_in, bytes_out];
    let sum = counts.into_iter().map(u128::from).sum();
    (sum, totals.utilization_count, totals.latency_weight)
}

impl SpanTotals {
    /// Adds what passed in a minute.
    pub fn add_minute(&mut self, totals: &MinuteTotals) {
        let MinuteTotals { counts, utilization_sum, utilization_count, .. } = *totals;
        let MinuteTotals { latency_weighted_sum, latency_weight, .. } = *totals;
        self.add(&SpanTotals {
            counts,
            utilization_sum,
            utilization_count: f64::from(utilization_count),
            latency_weighted_sum,
            latency_weight: latency_weight as f64,
        });
    }

    /// Adds what passed in another stretch of time; counts stop at the largest number.
    pub fn add(&mut self, other: &SpanTotals) {
        let (sum, more) = (&mut self.counts, &other.counts);
        for (sum, more) in [
            (&mut sum.events_in, more.events_in),
            (&mut sum.events_out, more.events_out),
            (&mut sum.errors, more.errors),
            (&mut sum.discarded, more.discarded),
            (&mut sum.bytes_in, more.bytes_in),
            (&mut sum.bytes_out, more.bytes_out),
        ] {
            *sum = sum.saturating_add(more);
        }
        self.utilization_sum += other.utilization_sum;
        self.utilization_count += other.utilization_count;
        self.latency_weighted_sum += other.latency_weighted_sum;
        self.latency_weight += other.latency_weight;
    }
}

impl LatencySum {
    /// Adds the latency of another stretch of time.
    pub fn add(&mut self, weighted_sum: f64, weight: f64) {
        self.weighted_sum += weighted_sum;
        self.weight += weight;
    }
}

#[cfg(test)]
mod tests {
    use systole_systems::rows::{InstanceMinuteRow, InstanceRef, PipelineMinuteRow};

    use super::*;

    fn totals(events_in: u64) -> MinuteTotals {
        MinuteTotals {
            counts: Counts { events_in, ..Counts::default() },
            ..MinuteTotals::default()
        }
    }

    #[test]
    fn of_two_rows_of_a_key_the_newer_counts_wherever_it_is() {
        let stored = |minute: u32, events_in| StoredMinute {
            pipeline: "p1".into(),
            node: None,
            component: None,
            minute: Minute(minute),
            totals: totals(events_in),
        };
        let live = |minute: u32, events_in| PipelineMinuteRow {
            pipeline: "p1".into(),
            minute: Minute(minute),
            totals: totals(events_in),
        };
        let instance = InstanceRef { node: "n1".into(), pipeline: "p1".into() };
        let unflushed = Unflushed {
            // A batch was written after the core was asked: its row of minute 3 is newer.
            pipelines: vec![live(2, 25), live(2, 22), live(3, 30), live(4, 40)],
            instances: vec![InstanceMinuteRow { instance, minute: Minute(4), totals: totals(1) }],
            ..Unflushed::default()
        };
        let minutes =
            Minutes::merged(vec![stored(1, 10), stored(2, 20), stored(3, 33)], &unflushed);
        let found: Vec<(u32, bool, u64)> = minutes
            .between(Minute(2), Minute(5))
            .map(|(minute, owner, totals)| (minute.0, owner.1.is_some(), totals.counts.events_in))
            .collect();
        assert_eq!(found, [(2, false, 25), (3, false, 33), (4, false, 40), (4, true, 1)]);
        assert_eq!(first_minute(&unflushed), Some(Minute(2)));
        assert_eq!(first_minute(&Unflushed::default()), None);
    }
}
