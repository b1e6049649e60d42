//! Measurements become deltas, rates and minutes. The only writer of counters, minutes and samples.

use bevy_ecs::prelude::{Entity, Local, Query, Res, ResMut};
use bevy_ecs::system::SystemParam;

use crate::answer::Sample;
use crate::changes::{Changes, Unsaved};
use crate::component_rows::ComponentRows;
use crate::effect::Counters as Tallies;
use crate::history::History;
use crate::index::{Nodes, Pipelines};
use crate::input::MinuteTotals;
use crate::instance::{
    Contribution, Counters, InstanceIdentity, MinuteAccumulator, RateSums, RatesGained,
};
use crate::node::NodeIdentity;
use crate::observations::{ComponentObservation, Observation, Observations};
use crate::pipeline::PipelineIdentity;
use crate::rate_changes::RateChanges;
use crate::report::{ComponentCounts, Counts};
use crate::rollup::delta::{Step, advance, component_delta};
use crate::time::{Millis, Tick};
use crate::write_behind::WriteBehind;

/// Everything measurements change besides the instance itself.
#[derive(SystemParam)]
pub struct Rollup<'w, 's> {
    node_index: Res<'w, Nodes>,
    pipeline_index: Res<'w, Pipelines>,
    nodes: Query<'w, 's, &'static NodeIdentity>,
    pipelines: Query<
        'w,
        's,
        (&'static PipelineIdentity, &'static mut MinuteAccumulator),
        bevy_ecs::prelude::Without<InstanceIdentity>,
    >,
    history: ResMut<'w, History>,
    write_behind: ResMut<'w, WriteBehind>,
    unsaved: ResMut<'w, Unsaved>,
    changes: ResMut<'w, Changes>,
    rate_changes: ResMut<'w, RateChanges>,
    tallies: ResMut<'w, Tallies>,
}

/// Applies the measurements of this tick in order of arrival.
pub fn apply_observations(
    tick: Res<Tick>,
    observations: Res<Observations>,
    mut instances: Query<(
        &InstanceIdentity,
        &Contribution,
        &mut Counters,
        &mut MinuteAccumulator,
        &mut ComponentRows,
    )>,
    mut thinned: Local<Vec<Entity>>,
    mut rollup: Rollup,
) {
    for observation in &observations.instances {
        let (identity, contribution, mut counters, mut minute, mut rows) =
            instances.get_mut(observation.entity).expect("observed instances are in the fleet");
        let (counters, minute, rows) = (&mut *counters, &mut *minute, &mut *rows);
        let range = observation.components.start as usize..observation.components.end as usize;
        let components = &observations.components[range];
        rollup.changes.touched.instances.insert(observation.key);
        rollup.unsaved.instances.insert(observation.key);

        let step = advance(&mut counters.baseline, &observation.process, tick.now);
        if let Step::Delta { reset, .. } = step {
            rollup.tallies.counter_resets += u64::from(reset);
            if minute.minute != tick.now.minute() {
                rollup.end_minute(identity, minute, rows, tick.now);
                thinned.push(observation.entity);
            }
        }
        let measured = measure(&step, observation, components, rows, tick.now);
        // Two heartbeats in one tick have no time between them: the first one's rates stand. A process that
        // counts as it begins has none yet.
        if !matches!(step, Step::Delta { elapsed: Millis(0), from_zero: false, .. }) {
            if contribution.is_rated() {
                rollup.note_rates(identity, counters.rates.as_ref(), measured.rates.as_ref());
            }
            counters.rates = measured.rates;
            counters.utilization = observation.utilization;
            counters.latency_mean_millis = measured.latency_mean_millis();
        }
        if step == Step::NoMeasurement {
            for row in &mut rows.rows {
                row.set_rates(None);
            }
            continue;
        }
        for row in rows.rows.iter_mut().filter(|row| row.seen_at() != tick.now) {
            row.set_rates(None);
        }
        rollup.record_samples(components, rows, identity);
        if let Step::Delta { counts, .. } = step {
            let gained = MinuteTotals {
                counts,
                utilization_sum: observation.utilization.unwrap_or(0.0),
                utilization_count: u32::from(observation.utilization.is_some()),
                latency_weighted_sum: measured.latency_weighted_sum,
                latency_weight: measured.latency_weight,
            };
            add_totals(&mut minute.totals, &gained);
            rollup.count_minute(identity, &gained, tick.now);
        }
        if measured.from_zero {
            // A new process may run another set of components: those it does not report are gone.
            for index in 0..rows.rows.len() {
                if rows.rows[index].seen_at() != tick.now {
                    rows.rows[index].forget_totals();
                    rollup.history.release(rows.take_chunks(index));
                }
            }
            thinned.push(observation.entity);
        }
    }
    // Only now, since observations name rows by position. A component that is gone keeps its row
    // for what passed it in this minute.
    for entity in thinned.drain(..) {
        let (.., mut rows) = instances.get_mut(entity).expect("they were just observed");
        rows.retain(|row| row.totals().is_some() || row.latency_weight > 0);
    }
}

/// What one observation measured, components included.
#[derive(Default)]
struct Measured {
    rates: Option<RateSums>,
    from_zero: bool,
    latency_weighted_sum: f64,
    latency_weight: u64,
}

impl Measured {
    fn latency_mean_millis(&self) -> Option<f64> {
        (self.latency_weight > 0).then(|| self.latency_weighted_sum / self.latency_weight as f64)
    }
}

/// Moves components on, and adds what passed them to the minute if it is counted.
fn measure(
    step: &Step,
    observation: &Observation,
    components: &[ComponentObservation],
    rows: &mut ComponentRows,
    now: Millis,
) -> Measured {
    let mut measured = Measured::default();
    let (elapsed, from_zero, is_counted) = match *step {
        Step::NoMeasurement => return measured,
        Step::FirstSight => (Millis(0), false, false),
        Step::Delta { counts, elapsed, from_zero, .. } => {
            if elapsed > Millis(0) {
                measured.rates = Some(RateSums::of(&counts, elapsed));
            }
            (elapsed, from_zero, true)
        }
    };
    measured.from_zero = from_zero && observation.process.counts.is_some();
    for component in components {
        let row = &mut rows.rows[usize::from(component.row)];
        let delta = component_delta(row.totals(), &component.counts, from_zero);
        let elapsed = match row.totals() {
            Some(_) if !from_zero => now.since(row.seen_at()),
            Some(_) | None => elapsed,
        };
        let stands = elapsed == Millis(0) && delta.is_some() && !from_zero;
        row.observe(&component.counts, now);
        if !stands {
            let passed = delta.filter(|_| elapsed > Millis(0));
            row.set_rates(
                passed.map(|delta| rates(&delta, component.latency_mean_millis, elapsed)),
            );
        }
        let weight =
            delta.map_or(0, |delta| delta.received_events.saturating_add(delta.sent_events));
        if let Some(latency) = component.latency_mean_millis {
            let weighted = latency * weight as f64;
            measured.latency_weighted_sum += weighted;
            measured.latency_weight = measured.latency_weight.saturating_add(weight);
            if is_counted {
                row.latency_weighted_sum += weighted;
                row.latency_weight = row.latency_weight.saturating_add(weight);
            }
        }
    }
    measured
}

/// The rates of a sample.
fn rates(delta: &ComponentCounts, latency: Option<f64>, elapsed: Millis) -> [f32; Sample::RATES] {
    let elapsed = elapsed.0 as f64;
    let rate = |count: u64| match count {
        0 => 0.0,
        count => (count as f64 * 1_000.0 / elapsed) as f32,
    };
    [
        rate(delta.received_events),
        rate(delta.sent_events),
        rate(delta.received_bytes),
        rate(delta.sent_bytes),
        rate(delta.errors),
        rate(delta.discarded),
        latency.map_or(f32::NAN, |latency| latency as f32),
    ]
}

impl Rollup<'_, '_> {
    fn note_rates(
        &mut self,
        identity: &InstanceIdentity,
        old: Option<&RateSums>,
        new: Option<&RateSums>,
    ) {
        let gained = RatesGained::between(old, new);
        if gained != RatesGained::default() {
            self.rate_changes.list.push((*identity, gained));
        }
    }

    fn record_samples(
        &mut self,
        components: &[ComponentObservation],
        rows: &mut ComponentRows,
        identity: &InstanceIdentity,
    ) {
        let mut sampled = false;
        for component in components {
            let row = usize::from(component.row);
            let Some(sample) = rows.rows[row].latest() else { continue };
            sampled = true;
            if self.history.is_kept() {
                self.history.push(rows.chunks_mut(row), sample);
            }
        }
        if sampled {
            self.changes.instances_sampled.insert(identity.key);
        }
    }

    /// Sets a minute of an instance that is over aside, and begins the present one.
    fn end_minute(
        &mut self,
        identity: &InstanceIdentity,
        minute: &mut MinuteAccumulator,
        rows: &mut ComponentRows,
        now: Millis,
    ) {
        let unsaved = self.unsaved.instance_minutes.remove(identity.key);
        if let Some(place) = self.write_behind.end_instance_minute(identity.key, unsaved) {
            let node = self.node_index.0.slots.entity(identity.node);
            let node = self.nodes.get(node).expect("instances have a node");
            let pipeline = self.pipeline_index.0.slots.entity(identity.pipeline);
            let (pipeline, _) = self.pipelines.get(pipeline).expect("instances have a pipeline");
            place.add_instance_minute((&node.id, &pipeline.id), minute, rows);
        }
        *minute = MinuteAccumulator { minute: now.minute(), totals: MinuteTotals::default() };
        for row in &mut rows.rows {
            (row.latency_weighted_sum, row.latency_weight) = (0.0, 0);
        }
    }

    /// Adds to the minute of the pipeline, and notes that the instance's has moved.
    fn count_minute(&mut self, identity: &InstanceIdentity, gained: &MinuteTotals, now: Millis) {
        let pipeline = self.pipeline_index.0.slots.entity(identity.pipeline);
        let (pipeline, mut minute) =
            self.pipelines.get_mut(pipeline).expect("instances have a pipeline");
        if minute.minute != now.minute() {
            let unsaved = self.unsaved.pipeline_minutes.remove(identity.pipeline);
            if let Some(place) = self.write_behind.end_pipeline_minute(identity.pipeline, unsaved) {
                place.add_pipeline_minute(&pipeline.id, &minute);
            }
            *minute = MinuteAccumulator { minute: now.minute(), totals: MinuteTotals::default() };
        }
        add_totals(&mut minute.totals, gained);
        self.unsaved.instance_minutes.insert(identity.key);
        self.unsaved.pipeline_minutes.insert(identity.pipeline);
        self.changes.touched.pipelines.insert(identity.pipeline);
    }
}

fn add_totals(totals: &mut MinuteTotals, gained: &MinuteTotals) {
    let add = |total: &mut u64, gained: u64| *total = total.saturating_add(gained);
    let Counts { events_in, events_out, errors, discarded, bytes_in, bytes_out } = gained.counts;
    add(&mut totals.counts.events_in, events_in);
    add(&mut totals.counts.events_out, events_out);
    add(&mut totals.counts.errors, errors);
    add(&mut totals.counts.discarded, discarded);
    add(&mut totals.counts.bytes_in, bytes_in);
    add(&mut totals.counts.bytes_out, bytes_out);
    totals.utilization_sum += gained.utilization_sum;
    totals.utilization_count += gained.utilization_count;
    totals.latency_weighted_sum += gained.latency_weighted_sum;
    totals.latency_weight = totals.latency_weight.saturating_add(gained.latency_weight);
}
