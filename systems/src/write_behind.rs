//! What waits for the store, and what is on its way there. Plain data, tested without a world.
//!
//! State and unfinished minutes have one row a key, and live in the fleet: a batch only names their
//! keys, and its rows are built when the shell asks. Minutes that are over, events and log lines are
//! set aside here until a batch takes them. One batch is in flight at a time; when it fails its keys
//! are unsaved again and its rows come back, and whatever is newer stays.

use std::collections::BTreeMap;
use std::mem::take;

use bevy_ecs::prelude::Resource;
use serde::{Deserialize, Serialize};

use crate::changes::Unsaved;
use crate::ids::{BatchId, InstanceKey, NodeKey, PipelineKey};
use crate::image::pairs;
use crate::input::FlushOutcome;
use crate::instance::MinuteAccumulator;
use crate::rows::{InstanceRef, LogRow};
use crate::set_aside::SetAside;
use crate::time::{Millis, Minute, TickNumber};

/// Bytes of log lines at which a flush does not wait for its interval.
pub const FLUSH_LOG_BYTES: usize = 16 << 20;

/// Everything on its way to the store.
#[derive(Resource, Clone, Debug, Default, Serialize, Deserialize)]
pub struct WriteBehind {
    pub waiting: SetAside,
    /// Unfinished minutes of instances that left; they go on when the instance returns.
    #[serde(with = "pairs")]
    departed: BTreeMap<(NodeKey, PipelineKey), Departed>,
    /// The newest minute among them; older ones are over.
    departed_minute: Minute,
    in_flight: Option<Flight>,
    last_batch: BatchId,
    pub(crate) due_at: Millis,
    /// The newest tick whose rows the store is known to have.
    pub(crate) committed: TickNumber,
    /// Commits of later ticks are not believed: the store has lost them.
    #[serde(skip)]
    pub(crate) stored: Option<TickNumber>,
    #[serde(skip)]
    pub(crate) distrusted: u64,
}

/// A batch the store has not answered for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Flight {
    pub id: BatchId,
    pub tick: TickNumber,
    /// Rows that are built from the fleet. A key leaves when its row in the fleet is no longer that minute's.
    pub state: Unsaved,
    /// Rows that are not in the fleet, or not any more.
    pub rows: SetAside,
}

/// What an instance that left has counted in its minute.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Departed {
    pub minute: MinuteAccumulator,
    /// Of each component: sum of latency times weight, and weight.
    pub latencies: Vec<(Box<str>, f64, u64)>,
}

impl WriteBehind {
    /// An instance left: its row is to be deleted.
    pub fn remove_instance(&mut self, instance: InstanceRef) {
        self.waiting.instances_removed.insert(instance);
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

    /// The newest batch, in flight or settled.
    pub fn last_batch(&self) -> BatchId {
        self.last_batch
    }

    /// The log lines that wait or are in flight, to be replaced by others of the same length.
    pub(crate) fn lines_mut(&mut self) -> impl Iterator<Item = &mut LogRow> {
        let flown = self.in_flight.iter_mut().flat_map(|flight| flight.rows.lines_mut());
        self.waiting.lines_mut().chain(flown)
    }

    /// The batch in flight.
    pub fn in_flight(&self) -> Option<&Flight> {
        self.in_flight.as_ref()
    }

    /// Where the row of an instance's minute that ends belongs; `None`: the store has it.
    pub fn end_instance_minute(
        &mut self,
        key: InstanceKey,
        unsaved: bool,
    ) -> Option<&mut SetAside> {
        self.end_minute(unsaved, |state| state.instance_minutes.remove(key))
    }

    /// Where the row of a pipeline's minute that ends belongs; `None`: the store has it.
    pub fn end_pipeline_minute(
        &mut self,
        key: PipelineKey,
        unsaved: bool,
    ) -> Option<&mut SetAside> {
        self.end_minute(unsaved, |state| state.pipeline_minutes.remove(key))
    }

    /// Where the row of a host's minute that ends belongs; `None`: the store has it.
    pub fn end_node_minute(&mut self, key: NodeKey, unsaved: bool) -> Option<&mut SetAside> {
        self.end_minute(unsaved, |state| state.hosts.remove(key))
    }

    /// A node left the fleet, and the store: its rows are not unsaved again.
    pub fn forget_node(&mut self, key: NodeKey) {
        if let Some(flight) = &mut self.in_flight {
            flight.state.nodes.remove(key);
            flight.state.hosts.remove(key);
        }
    }

    /// A pipeline left the fleet, and the store: its minute is not unsaved again.
    pub fn forget_pipeline(&mut self, key: PipelineKey) {
        if let Some(flight) = &mut self.in_flight {
            flight.state.pipeline_minutes.remove(key);
        }
    }

    /// An instance left the fleet: its state is not unsaved again.
    pub fn forget_instance(&mut self, key: InstanceKey) {
        if let Some(flight) = &mut self.in_flight {
            flight.state.instances.remove(key);
        }
    }

    /// Cuts a batch of `state` and all that was set aside, and puts it in flight.
    pub fn cut(&mut self, tick: TickNumber, state: Unsaved) {
        assert!(self.in_flight.is_none(), "one batch is in flight at a time");
        self.last_batch.0 += 1;
        let (id, rows) = (self.last_batch, take(&mut self.waiting));
        self.in_flight = Some(Flight { id, tick, state, rows });
    }

    /// Ends the flight of a batch. When it failed, its history comes back behind newer rows of the
    /// same keys, and the keys of its state and the instances it removed are answered for the caller
    /// to mark again.
    pub fn settle(
        &mut self,
        id: BatchId,
        outcome: FlushOutcome,
    ) -> Option<(Unsaved, Vec<InstanceRef>)> {
        let mut flight = self.in_flight.take_if(|flight| flight.id == id)?;
        // What was refused later may hold rows that were committed, and lost with the commits.
        let is_lost = self.stored.is_some_and(|tick| tick < flight.tick);
        let outcome = if is_lost && outcome != FlushOutcome::Failed {
            self.distrusted += 1;
            FlushOutcome::Failed
        } else {
            outcome
        };
        if outcome == FlushOutcome::Committed {
            self.committed = flight.tick;
        }
        match outcome {
            FlushOutcome::Committed | FlushOutcome::Refused => None,
            FlushOutcome::Failed => {
                let removed = take(&mut flight.rows.instances_removed);
                self.waiting.restage(flight.rows);
                Some((flight.state, removed.into_iter().collect()))
            }
        }
    }

    /// Fails whatever is in flight, as after a restart.
    pub fn fail_in_flight(&mut self) -> Option<(Unsaved, Vec<InstanceRef>)> {
        let id = self.in_flight.as_ref()?.id;
        self.settle(id, FlushOutcome::Failed)
    }

    /// Newer rows supersede those in flight; rows that are in flight alone stay with them.
    fn end_minute(
        &mut self,
        unsaved: bool,
        land: impl FnOnce(&mut Unsaved) -> bool,
    ) -> Option<&mut SetAside> {
        let flight = self.in_flight.as_mut();
        let flown = flight.and_then(|flight| land(&mut flight.state).then_some(&mut flight.rows));
        if unsaved { Some(&mut self.waiting) } else { flown }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::component_rows::ComponentRows;
    use crate::input::MinuteTotals;
    use crate::report::Counts;
    use crate::rows::{Batch, InstanceMinuteRow};

    fn minute(events_in: u64) -> MinuteAccumulator {
        let counts = Counts { events_in, ..Counts::default() };
        MinuteAccumulator {
            minute: Minute(7),
            totals: MinuteTotals { counts, ..MinuteTotals::default() },
        }
    }

    fn close(rows: &mut WriteBehind, pipeline: &str, events_in: u64) {
        let components = ComponentRows::default();
        rows.waiting.add_instance_minute(("n1", &pipeline.into()), &minute(events_in), &components);
    }

    fn counted(rows: &mut WriteBehind) -> Vec<(String, u64)> {
        rows.cut(TickNumber(1), Unsaved::default());
        let mut batch = Batch::default();
        rows.in_flight().expect("a batch was just cut").rows.add_to(&mut batch);
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
        rows.cut(TickNumber(1), Unsaved::default());
        assert!(rows.settle(BatchId(9), FlushOutcome::Failed).is_none());
        assert!(rows.in_flight().is_some());
        assert!(rows.settle(BatchId(1), FlushOutcome::Committed).is_none());
        assert!(rows.in_flight().is_none() && rows.waiting.is_empty());
    }

    #[test]
    fn refused_rows_are_given_up_unless_the_store_lost_commits_before_them() {
        for (stored, told, waiting) in [
            (None, FlushOutcome::Refused, 0),
            (Some(5), FlushOutcome::Refused, 0),
            (Some(4), FlushOutcome::Refused, 1),
            (Some(4), FlushOutcome::Committed, 1),
            (Some(5), FlushOutcome::Failed, 1),
        ] {
            let mut rows = WriteBehind { stored: stored.map(TickNumber), ..Default::default() };
            close(&mut rows, "p1", 10);
            rows.cut(TickNumber(5), Unsaved::default());
            rows.settle(BatchId(1), told);
            assert_eq!(rows.waiting.history_rows(), waiting, "{stored:?} {told:?}");
            let distrusts = told != FlushOutcome::Failed && waiting > 0;
            assert_eq!(rows.distrusted, u64::from(distrusts), "{stored:?} {told:?}");
        }
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
        assert_eq!(rows.waiting.shed(1), 1);
        assert_eq!(counted(&mut rows), [("p2".into(), 20)]);
    }

    #[test]
    fn a_minute_that_ends_goes_where_its_newest_row_is() {
        let key = InstanceKey(4);
        let in_flight = |rows: &mut WriteBehind| {
            let mut state = Unsaved::default();
            state.instance_minutes.insert(key);
            rows.cut(TickNumber(1), state);
        };
        for (flies, unsaved, committed, failed) in
            [(false, false, 0, 0), (false, true, 1, 1), (true, false, 0, 1), (true, true, 1, 1)]
        {
            for (outcome, expected) in
                [(FlushOutcome::Committed, committed), (FlushOutcome::Failed, failed)]
            {
                let mut rows = WriteBehind::default();
                if flies {
                    in_flight(&mut rows);
                }
                if let Some(place) = rows.end_instance_minute(key, unsaved) {
                    let components = ComponentRows::default();
                    place.add_instance_minute(("n1", &"p1".into()), &minute(10), &components);
                }
                if let Some((state, _)) = rows.settle(BatchId(1), outcome) {
                    assert!(state.instance_minutes.is_empty(), "its minute is over");
                }
                let told = (flies, unsaved, outcome);
                assert_eq!(rows.waiting.history_rows(), expected, "{told:?}");
            }
        }
    }
}
