//! Rows of history that wait for the store, by their natural keys. Plain data, tested without a world.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ops::Bound;

use serde::{Deserialize, Serialize};

use crate::image::pairs;
use crate::input::MinuteTotals;
use crate::instance::{ComponentRow, ComponentRows, MinuteAccumulator};
use crate::report::HostMetrics;
use crate::rows::{
    Batch, ComponentMinuteRow, InstanceMinuteRow, InstanceRef, LogRow, NodeMinuteRow,
    PipelineMinuteRow, StatusEventRow,
};
use crate::time::{Minute, TickNumber};

/// Bytes of log lines that wait for the store; over it the oldest are given up.
const LOG_BYTES_MAX: usize = 256 << 20;

/// Minutes that are over, instances that left, events and log lines.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct SetAside {
    #[serde(with = "pairs")]
    node_minutes: BTreeMap<(Minute, String), HostMetrics>,
    #[serde(with = "pairs")]
    instance_minutes: BTreeMap<(Minute, InstanceRef), MinuteTotals>,
    #[serde(with = "pairs")]
    pipeline_minutes: BTreeMap<(Minute, String), MinuteTotals>,
    #[serde(with = "pairs")]
    component_minutes: BTreeMap<(Minute, InstanceRef, String), (f64, u64)>,
    pub(crate) instances_removed: BTreeSet<InstanceRef>,
    status_events: VecDeque<StatusEventRow>,
    logs: VecDeque<LogRow>,
    /// Bytes of the lines, which differ in size as rows of other kinds do not.
    log_bytes: usize,
}

impl SetAside {
    /// Takes a minute of an instance, with that of its components.
    pub fn add_instance_minute(
        &mut self,
        instance: &InstanceRef,
        minute: &MinuteAccumulator,
        rows: &ComponentRows,
    ) {
        self.instance_minutes.insert((minute.minute, instance.clone()), minute.totals);
        for row in &rows.rows {
            self.add_component_minute(instance, minute.minute, row);
        }
    }

    /// Takes a minute of a component, if it measured latency.
    fn add_component_minute(&mut self, instance: &InstanceRef, minute: Minute, row: &ComponentRow) {
        if row.latency_weight > 0 {
            let key = (minute, instance.clone(), row.id.to_string());
            let latency = (row.latency_weighted_sum, row.latency_weight);
            self.component_minutes.insert(key, latency);
        }
    }

    /// Takes a minute of a pipeline.
    pub fn add_pipeline_minute(&mut self, pipeline: &str, minute: &MinuteAccumulator) {
        self.pipeline_minutes.insert((minute.minute, pipeline.to_owned()), minute.totals);
    }

    /// Takes a minute of a host.
    pub fn add_node_minute(&mut self, node: &str, minute: Minute, host: HostMetrics) {
        self.node_minutes.insert((minute, node.to_owned()), host);
    }

    /// Takes a status event.
    pub fn add_event(&mut self, event: StatusEventRow) {
        self.status_events.push_back(event);
    }

    /// Takes a log line.
    pub fn add_log(&mut self, line: LogRow) {
        self.log_bytes += line.message.len();
        self.logs.push_back(line);
    }

    /// Rows of history: minutes, events and lines.
    pub fn history_rows(&self) -> usize {
        self.node_minutes.len()
            + self.instance_minutes.len()
            + self.pipeline_minutes.len()
            + self.component_minutes.len()
            + self.status_events.len()
            + self.logs.len()
    }

    /// Bytes of the log lines.
    pub fn log_bytes(&self) -> usize {
        self.log_bytes
    }

    /// True when nothing is set aside.
    pub fn is_empty(&self) -> bool {
        self.history_rows() == 0 && self.instances_removed.is_empty()
    }

    /// Gives up the oldest rows of history over `rows_max`: lines first, then events, then minutes.
    /// Answers how many.
    pub fn shed(&mut self, rows_max: usize) -> u64 {
        let mut shed = 0;
        while rows_max < self.history_rows() || LOG_BYTES_MAX < self.log_bytes {
            let dropped = self.shed_line()
                || self.status_events.pop_front().is_some()
                || self.component_minutes.pop_first().is_some()
                || self.instance_minutes.pop_first().is_some()
                || self.node_minutes.pop_first().is_some()
                || self.pipeline_minutes.pop_first().is_some();
            assert!(dropped, "rows that are counted are in one of the queues");
            shed += 1;
        }
        shed
    }

    /// Takes history back behind newer rows of the same keys.
    pub fn restage(&mut self, older: SetAside) {
        for (key, host) in older.node_minutes {
            self.node_minutes.entry(key).or_insert(host);
        }
        for (key, totals) in older.instance_minutes {
            self.instance_minutes.entry(key).or_insert(totals);
        }
        for (key, totals) in older.pipeline_minutes {
            self.pipeline_minutes.entry(key).or_insert(totals);
        }
        for (key, latency) in older.component_minutes {
            self.component_minutes.entry(key).or_insert(latency);
        }
        for event in older.status_events.into_iter().rev() {
            self.status_events.push_front(event);
        }
        for line in older.logs.into_iter().rev() {
            self.log_bytes += line.message.len();
            self.logs.push_front(line);
        }
    }

    /// The log lines, to be replaced by others of the same length.
    pub(crate) fn lines_mut(&mut self) -> impl Iterator<Item = &mut LogRow> {
        self.logs.iter_mut()
    }

    /// Minutes of a host.
    pub(crate) fn hosts_of(&self, node: &str) -> Vec<(Minute, HostMetrics)> {
        at_each_minute(&self.node_minutes, &node.to_owned(), &String::new())
    }

    /// Minutes of a pipeline.
    pub(crate) fn pipelines_of(&self, pipeline: &str) -> Vec<(Minute, MinuteTotals)> {
        at_each_minute(&self.pipeline_minutes, &pipeline.to_owned(), &String::new())
    }

    /// Minutes of an instance.
    pub(crate) fn instances_of(&self, instance: &InstanceRef) -> Vec<(Minute, MinuteTotals)> {
        let first = InstanceRef { node: String::new(), pipeline: String::new() };
        at_each_minute(&self.instance_minutes, instance, &first)
    }

    /// Minutes of all pipelines after a key.
    pub(crate) fn pipelines_after(
        &self,
        after: Option<(Minute, String)>,
    ) -> impl Iterator<Item = (&(Minute, String), &MinuteTotals)> {
        self.pipeline_minutes.range((start(after), Bound::Unbounded))
    }

    /// Minutes of all instances after a key.
    pub(crate) fn instances_after(
        &self,
        after: Option<(Minute, InstanceRef)>,
    ) -> impl Iterator<Item = (&(Minute, InstanceRef), &MinuteTotals)> {
        self.instance_minutes.range((start(after), Bound::Unbounded))
    }

    /// Minutes of all components after a key: latency times weight, and weight.
    pub(crate) fn components_after(
        &self,
        after: Option<(Minute, InstanceRef, String)>,
    ) -> impl Iterator<Item = (&(Minute, InstanceRef, String), &(f64, u64))> {
        self.component_minutes.range((start(after), Bound::Unbounded))
    }

    /// Log lines before a key, newest first.
    pub(crate) fn lines_before(&self, key: (TickNumber, u32)) -> impl Iterator<Item = &LogRow> {
        let end = self.logs.partition_point(|line| (line.tick, line.ordinal) < key);
        self.logs.range(..end).rev()
    }

    /// Adds all rows to a batch, those of each kind in order of their keys.
    pub fn add_to(&self, batch: &mut Batch) {
        batch.node_minutes.extend(self.node_minutes.iter().map(|((minute, node), host)| {
            NodeMinuteRow { node: node.clone(), minute: *minute, host: *host }
        }));
        let instances = self.instance_minutes.iter();
        batch.instance_minutes.extend(instances.map(|((minute, instance), totals)| {
            InstanceMinuteRow { instance: instance.clone(), minute: *minute, totals: *totals }
        }));
        let pipelines = self.pipeline_minutes.iter();
        batch.pipeline_minutes.extend(pipelines.map(|((minute, pipeline), totals)| {
            PipelineMinuteRow { pipeline: pipeline.clone(), minute: *minute, totals: *totals }
        }));
        let components = self.component_minutes.iter();
        batch.component_minutes.extend(components.map(
            |((minute, instance, component), (sum, weight))| ComponentMinuteRow {
                instance: instance.clone(),
                component: component.clone(),
                minute: *minute,
                latency_weighted_sum: *sum,
                latency_weight: *weight,
            },
        ));
        batch.instances_removed.extend(self.instances_removed.iter().cloned());
        batch.status_events.extend(self.status_events.iter().cloned());
        batch.logs.extend(self.logs.iter().cloned());
    }

    fn shed_line(&mut self) -> bool {
        let Some(line) = self.logs.pop_front() else { return false };
        self.log_bytes -= line.message.len();
        true
    }
}

/// The entries of one key, looked up minute by minute; `first` is the least key there can be.
fn at_each_minute<K: Ord + Clone, V: Copy>(
    map: &BTreeMap<(Minute, K), V>,
    key: &K,
    first: &K,
) -> Vec<(Minute, V)> {
    let mut found = Vec::new();
    let mut place = map.first_key_value().map(|((minute, _), _)| *minute);
    while let Some(minute) = place {
        found.extend(map.get(&(minute, key.clone())).map(|value| (minute, *value)));
        let next = (Minute(minute.0 + 1), first.clone());
        place = map.range(next..).next().map(|((minute, _), _)| *minute);
    }
    found
}

fn start<K>(after: Option<K>) -> Bound<K> {
    after.map_or(Bound::Unbounded, Bound::Excluded)
}
