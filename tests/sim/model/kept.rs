//! What the store must hold one day: minutes, events and lines, nothing ever forgotten.

use std::collections::BTreeMap;

use systole_systems::input::MinuteTotals;
use systole_systems::report::{Counts, HostMetrics, LogLevel};
use systole_systems::rows::{InstanceRow, NodeRow};
use systole_systems::time::Tick;

use crate::model::instances::Place;
use crate::model::{Event, Happened};

const MINUTE_MILLIS: u64 = 60_000;

/// A log line: its level and its text.
pub type Line = (LogLevel, String);

/// Pipeline and minute.
type OfPipeline = (String, u32);
/// Pipeline, node and minute.
type OfInstance = (String, String, u32);
/// Pipeline, node, component and minute.
type OfComponent = (String, String, String, u32);

/// Everything counted and everything that happened.
#[derive(Clone, Debug, Default)]
pub struct Kept {
    pipeline_minutes: BTreeMap<OfPipeline, MinuteTotals>,
    instance_minutes: BTreeMap<OfInstance, MinuteTotals>,
    component_minutes: BTreeMap<OfComponent, (f64, u64)>,
    node_minutes: BTreeMap<(String, u32), HostMetrics>,
    events: Vec<KeptEvent>,
    lines: Vec<KeptLine>,
}

/// An event with its tick and time.
pub type KeptEvent = (u64, u64, Event);
/// A line with its tick, its place among the lines of the tick, its time, node and pipeline.
pub type KeptLine = (u64, u32, u64, String, String, Line);

/// The tables of the store. Events of one tick are in order for each node.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct View {
    pub nodes: BTreeMap<String, NodeRow>,
    pub instances: BTreeMap<(String, String), InstanceRow>,
    pub pipeline_minutes: BTreeMap<OfPipeline, MinuteTotals>,
    pub instance_minutes: BTreeMap<OfInstance, MinuteTotals>,
    pub component_minutes: BTreeMap<OfComponent, (f64, u64)>,
    pub node_minutes: BTreeMap<(String, u32), HostMetrics>,
    pub events: Vec<KeptEvent>,
    pub lines: Vec<KeptLine>,
}

impl Kept {
    /// Adds to the minute of an instance and of its pipeline.
    pub fn count(&mut self, place: &Place<'_>, gained: &MinuteTotals) {
        let minute = minute(place.now);
        let (node, pipeline) = (place.node.to_owned(), place.pipeline.to_owned());
        add(self.pipeline_minutes.entry((pipeline.clone(), minute)).or_default(), gained);
        add(self.instance_minutes.entry((pipeline, node, minute)).or_default(), gained);
    }

    /// Adds to the latency of a component. A minute in which nothing passed it has no row.
    pub fn count_latency(&mut self, place: &Place<'_>, component: &str, sum: f64, weight: u64) {
        if weight == 0 {
            return;
        }
        let (node, pipeline) = (place.node.to_owned(), place.pipeline.to_owned());
        let key = (pipeline, node, component.to_owned(), minute(place.now));
        let known = self.component_minutes.entry(key).or_default();
        *known = (known.0 + sum, known.1.saturating_add(weight));
    }

    /// Takes the state of a host; the last of a minute counts.
    pub fn take_host(&mut self, node: &str, now: u64, host: HostMetrics) {
        self.node_minutes.insert((node.to_owned(), minute(now)), host);
    }

    /// Keeps what happened in a tick.
    pub fn keep(&mut self, tick: Tick, happened: &Happened) {
        let (number, now) = (tick.number.0, tick.now.0);
        let mut events: Vec<KeptEvent> =
            happened.events.iter().map(|event| (number, now, event.clone())).collect();
        events.sort_by(|a, b| a.2.node.cmp(&b.2.node));
        self.events.append(&mut events);

        let mut ordinal = 0;
        for arrived in &happened.lines {
            for line in &arrived.lines {
                let (node, pipeline) = (arrived.node.clone(), arrived.pipeline.clone());
                self.lines.push((number, ordinal, now, node, pipeline, line.clone()));
                ordinal += 1;
            }
        }
    }

    /// The tables of history.
    pub fn view(&self) -> View {
        View {
            pipeline_minutes: self.pipeline_minutes.clone(),
            instance_minutes: self.instance_minutes.clone(),
            component_minutes: self.component_minutes.clone(),
            node_minutes: self.node_minutes.clone(),
            events: self.events.clone(),
            lines: self.lines.clone(),
            ..View::default()
        }
    }

    /// Events after a tick, oldest first.
    pub fn events_after(&self, tick: u64) -> impl Iterator<Item = &KeptEvent> {
        let first = self.events.partition_point(|event| event.0 <= tick);
        self.events[first..].iter()
    }
}

fn minute(now: u64) -> u32 {
    (now / MINUTE_MILLIS) as u32
}

fn add(totals: &mut MinuteTotals, gained: &MinuteTotals) {
    let sum = |a: u64, b: u64| a.saturating_add(b);
    let (a, b) = (totals.counts, gained.counts);
    totals.counts = Counts {
        events_in: sum(a.events_in, b.events_in),
        events_out: sum(a.events_out, b.events_out),
        errors: sum(a.errors, b.errors),
        discarded: sum(a.discarded, b.discarded),
        bytes_in: sum(a.bytes_in, b.bytes_in),
        bytes_out: sum(a.bytes_out, b.bytes_out),
    };
    totals.utilization_sum += gained.utilization_sum;
    totals.utilization_count += gained.utilization_count;
    totals.latency_weighted_sum += gained.latency_weighted_sum;
    totals.latency_weight = sum(totals.latency_weight, gained.latency_weight);
}
