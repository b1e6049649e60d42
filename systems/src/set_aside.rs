//! Rows of history that wait for the store, by their natural keys. Plain data, tested without a world.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ops::Bound::{Excluded, Unbounded};

use serde::ser::Serializer;
use serde::{Deserialize, Serialize};

use crate::at_each_minute::at_each_minute;
use crate::component_rows::ComponentRows;
use crate::image::pairs;
use crate::input::MinuteTotals;
use crate::instance::MinuteAccumulator;
use crate::instance_minutes::InstanceMinutes;
use crate::report::HostMetrics;
use crate::rows::{
    Batch, ComponentMinuteRow, InstanceMinuteRow, InstanceRef, LogRow, NodeMinuteRow,
    PipelineMinuteRow, StatusEventRow,
};
use crate::shared::Shared;
use crate::time::{Minute, TickNumber};

/// Bytes of log lines that wait for the store; over it the oldest are given up.
const LOG_BYTES_MAX: usize = 256 << 20;

/// Minutes that are over, instances that left, events and log lines.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(try_from = "Listed")]
pub struct SetAside {
    node_minutes: BTreeMap<(Minute, String), HostMetrics>,
    instance_minutes: InstanceMinutes,
    pipeline_minutes: BTreeMap<(Minute, String), MinuteTotals>,
    pub(crate) instances_removed: BTreeSet<InstanceRef>,
    status_events: VecDeque<StatusEventRow>,
    logs: VecDeque<LogRow>,
    /// Bytes of the lines, which differ in size as rows of other kinds do not.
    log_bytes: usize,
}

impl SetAside {
    /// Takes a minute of an instance, a node and a pipeline, with that of its components.
    pub fn add_instance_minute(
        &mut self,
        instance: (&str, &Shared<str>),
        minute: &MinuteAccumulator,
        rows: &ComponentRows,
    ) {
        self.instance_minutes.add(instance, minute, rows);
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
            + self.instance_minutes.instance_count()
            + self.instance_minutes.component_count()
            + self.pipeline_minutes.len()
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
                || self.instance_minutes.shed_component()
                || self.instance_minutes.shed_instance()
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
        self.instance_minutes.restage(older.instance_minutes);
        for (key, totals) in older.pipeline_minutes {
            self.pipeline_minutes.entry(key).or_insert(totals);
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
    pub(crate) fn hosts_of(&self, node: &str) -> Vec<(Minute, &HostMetrics)> {
        at_each_minute(&self.node_minutes, &node.to_owned(), &String::new())
    }

    /// Minutes of a pipeline.
    pub(crate) fn pipelines_of(&self, pipeline: &str) -> Vec<(Minute, &MinuteTotals)> {
        at_each_minute(&self.pipeline_minutes, &pipeline.to_owned(), &String::new())
    }

    /// Minutes of all pipelines after a key.
    pub(crate) fn pipelines_after(
        &self,
        after: Option<(Minute, String)>,
    ) -> impl Iterator<Item = (&(Minute, String), &MinuteTotals)> {
        self.pipeline_minutes.range((after.map_or(Unbounded, Excluded), Unbounded))
    }

    /// Minutes of instances, with those of their components.
    pub(crate) fn instance_minutes(&self) -> &InstanceMinutes {
        &self.instance_minutes
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
        let instances = self.instance_minutes.instances_after(None);
        batch.instance_minutes.extend(instances.map(|((minute, node, pipeline), totals)| {
            InstanceMinuteRow { instance: InstanceRef::of(node, pipeline), minute, totals: *totals }
        }));
        let pipelines = self.pipeline_minutes.iter();
        batch.pipeline_minutes.extend(pipelines.map(|((minute, pipeline), totals)| {
            PipelineMinuteRow { pipeline: pipeline.clone(), minute: *minute, totals: *totals }
        }));
        let components = self.instance_minutes.components_after(None);
        batch.component_minutes.extend(components.map(
            |((minute, node, pipeline), component, (latency_weighted_sum, latency_weight))| {
                ComponentMinuteRow {
                    instance: InstanceRef::of(node, pipeline),
                    component: component.to_owned(),
                    minute,
                    latency_weighted_sum,
                    latency_weight,
                }
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

/// As an image holds it: every kind of row is a list of its own.
#[derive(Deserialize)]
struct Listed {
    #[serde(with = "pairs")]
    node_minutes: BTreeMap<(Minute, String), HostMetrics>,
    #[serde(with = "pairs")]
    instance_minutes: BTreeMap<(Minute, InstanceRef), MinuteTotals>,
    #[serde(with = "pairs")]
    pipeline_minutes: BTreeMap<(Minute, String), MinuteTotals>,
    #[serde(with = "pairs")]
    component_minutes: BTreeMap<(Minute, InstanceRef, String), (f64, u64)>,
    instances_removed: BTreeSet<InstanceRef>,
    status_events: VecDeque<StatusEventRow>,
    logs: VecDeque<LogRow>,
    log_bytes: usize,
}

impl TryFrom<Listed> for SetAside {
    type Error = &'static str;

    fn try_from(listed: Listed) -> Result<SetAside, &'static str> {
        let minutes = InstanceMinutes::of_rows(listed.instance_minutes, listed.component_minutes);
        Ok(SetAside {
            node_minutes: listed.node_minutes,
            instance_minutes: minutes.ok_or("a minute of a component without its instance's")?,
            pipeline_minutes: listed.pipeline_minutes,
            instances_removed: listed.instances_removed,
            status_events: listed.status_events,
            logs: listed.logs,
            log_bytes: listed.log_bytes,
        })
    }
}

impl Serialize for SetAside {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        #[serde(rename = "SetAside")]
        struct Lists<'a> {
            node_minutes: Vec<(&'a (Minute, String), &'a HostMetrics)>,
            instance_minutes: Vec<((Minute, ListedInstance<'a>), &'a MinuteTotals)>,
            pipeline_minutes: Vec<(&'a (Minute, String), &'a MinuteTotals)>,
            component_minutes: Vec<((Minute, ListedInstance<'a>, &'a str), (f64, u64))>,
            instances_removed: &'a BTreeSet<InstanceRef>,
            status_events: &'a VecDeque<StatusEventRow>,
            logs: &'a VecDeque<LogRow>,
            log_bytes: usize,
        }
        /// As an `InstanceRef`.
        #[derive(Serialize)]
        struct ListedInstance<'a> {
            node: &'a str,
            pipeline: &'a str,
        }
        let instances = self.instance_minutes.instances_after(None);
        let components = self.instance_minutes.components_after(None);
        let lists = Lists {
            node_minutes: self.node_minutes.iter().collect(),
            instance_minutes: instances
                .map(|((minute, node, pipeline), totals)| {
                    ((minute, ListedInstance { node, pipeline }), totals)
                })
                .collect(),
            pipeline_minutes: self.pipeline_minutes.iter().collect(),
            component_minutes: components
                .map(|((minute, node, pipeline), component, latency)| {
                    ((minute, ListedInstance { node, pipeline }, component), latency)
                })
                .collect(),
            instances_removed: &self.instances_removed,
            status_events: &self.status_events,
            logs: &self.logs,
            log_bytes: self.log_bytes,
        };
        lists.serialize(serializer)
    }
}
