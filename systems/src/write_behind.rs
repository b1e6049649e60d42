//! Rows that wait for the store. Plain data, tested without a world.
//!
//! State has one row per key, built when a batch is cut, so newer state wins by itself. Minutes that
//! are over, events and log lines are set aside here until a batch takes them. One batch is in flight
//! at a time; when it fails its rows come back, and whatever is newer stays.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::mem::take;

use bevy_ecs::prelude::Resource;

use crate::ids::{BatchId, NodeKey, PipelineKey};
use crate::input::{FlushOutcome, MinuteTotals};
use crate::instance::{ComponentRows, MinuteAccumulator};
use crate::report::HostMetrics;
use crate::rows::{
    Batch, ComponentMinuteRow, InstanceMinuteRow, InstanceRef, LogRow, NodeMinuteRow,
    PipelineMinuteRow, StatusEventRow,
};
use crate::time::{Millis, Minute};

/// Bytes of log lines that wait for the store; over it the oldest are given up.
const LOG_BYTES_MAX: usize = 256 << 20;
/// Bytes of log lines at which a flush does not wait for its interval.
pub const FLUSH_LOG_BYTES: usize = 16 << 20;

/// Everything on its way to the store.
#[derive(Resource, Debug, Default)]
pub struct WriteBehind {
    node_minutes: BTreeMap<(Minute, String), HostMetrics>,
    instance_minutes: BTreeMap<(Minute, InstanceRef), MinuteTotals>,
    pipeline_minutes: BTreeMap<(Minute, String), MinuteTotals>,
    component_minutes: BTreeMap<(Minute, InstanceRef, String), (f64, u64)>,
    instances_removed: BTreeSet<InstanceRef>,
    status_events: VecDeque<StatusEventRow>,
    logs: VecDeque<LogRow>,
    /// Bytes of the lines, which differ in size as rows of other kinds do not.
    log_bytes: usize,
    /// Unfinished minutes of instances that left; they go on when the instance returns.
    departed: BTreeMap<(NodeKey, PipelineKey), Departed>,
    /// The newest minute among them; older ones are over.
    departed_minute: Minute,
    in_flight: Option<Batch>,
    last_batch: BatchId,
    pub(crate) due_at: Millis,
}

/// What an instance that left has counted in its minute.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Departed {
    pub minute: MinuteAccumulator,
    /// Of each component: sum of latency times weight, and weight.
    pub latencies: Vec<(Box<str>, f64, u64)>,
}

impl WriteBehind {
    /// Sets a finished or interrupted minute of an instance aside.
    pub fn close_instance_minute(
        &mut self,
        instance: &InstanceRef,
        minute: &MinuteAccumulator,
        rows: &ComponentRows,
    ) {
        self.instance_minutes.insert((minute.minute, instance.clone()), minute.totals);
        for row in rows.rows.iter().filter(|row| row.latency_weight > 0) {
            let key = (minute.minute, instance.clone(), row.id.to_string());
            let latency = (row.latency_weighted_sum, row.latency_weight);
            self.component_minutes.insert(key, latency);
        }
    }

    /// Sets a finished minute of a pipeline aside.
    pub fn close_pipeline_minute(&mut self, pipeline: &str, minute: &MinuteAccumulator) {
        self.pipeline_minutes.insert((minute.minute, pipeline.to_owned()), minute.totals);
    }

    /// Sets a finished minute of a host aside.
    pub fn close_node_minute(&mut self, node: &str, minute: Minute, host: HostMetrics) {
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

    /// An instance left: its row is to be deleted.
    pub fn remove_instance(&mut self, instance: InstanceRef) {
        self.instances_removed.insert(instance);
    }

    /// An instance is there: its row is not to be deleted.
    pub fn keep_instance(&mut self, instance: &InstanceRef) {
        self.instances_removed.remove(instance);
    }

    /// Remembers what an instance that leaves has counted in its minute.
    pub fn depart(&mut self, node: NodeKey, pipeline: PipelineKey, counted: Departed) {
        if self.departed_minute < counted.minute.minute {
            self.departed_minute = counted.minute.minute;
            self.departed.clear();
        }
        self.departed.insert((node, pipeline), counted);
    }

    /// What a returning instance has counted in `minute` before it left.
    pub fn returning(
        &mut self,
        node: NodeKey,
        pipeline: PipelineKey,
        minute: Minute,
    ) -> Option<Departed> {
        self.departed.remove(&(node, pipeline)).filter(|left| left.minute.minute == minute)
    }

    /// Rows of history set aside: minutes, events and lines.
    pub fn history_rows(&self) -> usize {
        self.node_minutes.len()
            + self.instance_minutes.len()
            + self.pipeline_minutes.len()
            + self.component_minutes.len()
            + self.status_events.len()
            + self.logs.len()
    }

    /// Bytes of the log lines that wait.
    pub fn log_bytes(&self) -> usize {
        self.log_bytes
    }

    /// True when nothing waits here.
    pub fn is_empty(&self) -> bool {
        self.history_rows() == 0 && self.instances_removed.is_empty()
    }

    /// The batch in flight.
    pub fn in_flight(&self) -> Option<&Batch> {
        self.in_flight.as_ref()
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

    /// Cuts a batch: moves all that was set aside into `batch`, which holds the state rows already,
    /// and puts it in flight.
    pub fn cut(&mut self, mut batch: Batch) {
        assert!(self.in_flight.is_none(), "one batch is in flight at a time");
        self.last_batch.0 += 1;
        batch.id = self.last_batch;
        batch.node_minutes = take(&mut self.node_minutes)
            .into_iter()
            .map(|((minute, node), host)| NodeMinuteRow { node, minute, host })
            .collect();
        batch.instance_minutes = take(&mut self.instance_minutes)
            .into_iter()
            .map(|((minute, instance), totals)| InstanceMinuteRow { instance, minute, totals })
            .collect();
        batch.pipeline_minutes = take(&mut self.pipeline_minutes)
            .into_iter()
            .map(|((minute, pipeline), totals)| PipelineMinuteRow { pipeline, minute, totals })
            .collect();
        batch.component_minutes = take(&mut self.component_minutes)
            .into_iter()
            .map(|((minute, instance, component), (sum, weight))| ComponentMinuteRow {
                instance,
                component,
                minute,
                latency_weighted_sum: sum,
                latency_weight: weight,
            })
            .collect();
        batch.instances_removed = take(&mut self.instances_removed).into_iter().collect();
        batch.status_events = take(&mut self.status_events).into();
        batch.logs = take(&mut self.logs).into();
        self.log_bytes = 0;
        self.in_flight = Some(batch);
    }

    /// Ends the flight of a batch. When it failed, its history comes back behind newer rows of the
    /// same keys, and the batch is answered so that the caller marks its state rows again.
    pub fn settle(&mut self, id: BatchId, outcome: FlushOutcome) -> Option<Batch> {
        let batch = self.in_flight.take_if(|batch| batch.id == id)?;
        match outcome {
            FlushOutcome::Committed | FlushOutcome::Refused => None,
            FlushOutcome::Failed => Some(self.restage(batch)),
        }
    }

    /// Fails whatever is in flight, as after a restart.
    pub fn fail_in_flight(&mut self) -> Option<Batch> {
        let id = self.in_flight.as_ref()?.id;
        self.settle(id, FlushOutcome::Failed)
    }

    fn shed_line(&mut self) -> bool {
        let Some(line) = self.logs.pop_front() else { return false };
        self.log_bytes -= line.message.len();
        true
    }

    fn restage(&mut self, mut batch: Batch) -> Batch {
        for row in take(&mut batch.node_minutes) {
            self.node_minutes.entry((row.minute, row.node)).or_insert(row.host);
        }
        for row in take(&mut batch.instance_minutes) {
            self.instance_minutes.entry((row.minute, row.instance)).or_insert(row.totals);
        }
        for row in take(&mut batch.pipeline_minutes) {
            self.pipeline_minutes.entry((row.minute, row.pipeline)).or_insert(row.totals);
        }
        for row in take(&mut batch.component_minutes) {
            let key = (row.minute, row.instance, row.component);
            let latency = (row.latency_weighted_sum, row.latency_weight);
            self.component_minutes.entry(key).or_insert(latency);
        }
        for event in take(&mut batch.status_events).into_iter().rev() {
            self.status_events.push_front(event);
        }
        for line in take(&mut batch.logs).into_iter().rev() {
            self.log_bytes += line.message.len();
            self.logs.push_front(line);
        }
        batch
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Counts;

    fn instance(pipeline: &str) -> InstanceRef {
        InstanceRef { node: "n1".into(), pipeline: pipeline.into() }
    }

    fn minute(events_in: u64) -> MinuteAccumulator {
        let counts = Counts { events_in, ..Counts::default() };
        MinuteAccumulator {
            minute: Minute(7),
            totals: MinuteTotals { counts, ..MinuteTotals::default() },
        }
    }

    fn close(rows: &mut WriteBehind, pipeline: &str, events_in: u64) {
        let components = ComponentRows::default();
        rows.close_instance_minute(&instance(pipeline), &minute(events_in), &components);
    }

    fn counted(rows: &mut WriteBehind) -> Vec<(String, u64)> {
        rows.cut(Batch::default());
        let batch = rows.in_flight().expect("a batch was just cut");
        let row =
            |row: &InstanceMinuteRow| (row.instance.pipeline.clone(), row.totals.counts.events_in);
        batch.instance_minutes.iter().map(row).collect()
    }

    #[test]
    fn rows_of_a_failed_batch_come_back_and_newer_rows_win() {
        let mut rows = WriteBehind::default();
        close(&mut rows, "p1", 10);
        close(&mut rows, "p2", 20);
        assert_eq!(counted(&mut rows).len(), 2);
        close(&mut rows, "p1", 15);
        assert!(rows.settle(BatchId(1), FlushOutcome::Failed).is_some());
        assert_eq!(counted(&mut rows), [("p1".into(), 15), ("p2".into(), 20)]);
    }

    #[test]
    fn a_committed_batch_is_gone_and_an_unknown_one_changes_nothing() {
        let mut rows = WriteBehind::default();
        close(&mut rows, "p1", 10);
        rows.cut(Batch::default());
        assert!(rows.settle(BatchId(9), FlushOutcome::Failed).is_none());
        assert!(rows.in_flight().is_some());
        assert!(rows.settle(BatchId(1), FlushOutcome::Committed).is_none());
        assert!(rows.in_flight().is_none() && rows.is_empty());
    }

    #[test]
    fn an_instance_that_returns_within_its_minute_goes_on_counting() {
        let mut rows = WriteBehind::default();
        let (node, pipeline) = (NodeKey(1), PipelineKey(2));
        let counted = Departed { minute: minute(10), latencies: vec![("in".into(), 2.0, 1)] };
        rows.depart(node, pipeline, counted.clone());
        assert_eq!(rows.returning(node, pipeline, Minute(7)), Some(counted.clone()));
        assert_eq!(rows.returning(node, pipeline, Minute(7)), None);
        rows.depart(node, pipeline, counted);
        assert_eq!(rows.returning(node, pipeline, Minute(8)), None);
    }

    #[test]
    fn over_its_bound_the_oldest_minutes_go() {
        let mut rows = WriteBehind::default();
        close(&mut rows, "p1", 10);
        close(&mut rows, "p2", 20);
        assert_eq!(rows.shed(1), 1);
        assert_eq!(counted(&mut rows), [("p2".into(), 20)]);
    }
}
