//! The rows of the batch that was just cut: the newest row of every key it names, and what was set aside.

use bevy_ecs::prelude::{QueryState, World};

use crate::changes::Unsaved;
use crate::component_rows::ComponentRows;
use crate::ids::{InstanceKey, NodeKey, PipelineKey};
use crate::index::{Instances, Nodes, Pipelines};
use crate::instance::{Counters, InstanceIdentity, MinuteAccumulator, ProcessStatus};
use crate::node::{Labels, Lease, NodeIdentity, NodeReport, StatusSince};
use crate::pipeline::PipelineIdentity;
use crate::rows::{
    Batch, ComponentMinuteRow, InstanceMinuteRow, InstanceRef, InstanceRow, NodeMinuteRow, NodeRow,
    PipelineMinuteRow,
};
use crate::status::NodeStatus;
use crate::time::Minute;
use crate::write_behind::{Flight, WriteBehind};

type NodeParts = (
    &'static NodeIdentity,
    &'static Lease,
    &'static NodeReport,
    &'static NodeStatus,
    &'static StatusSince,
);

type InstanceParts = (
    &'static InstanceIdentity,
    &'static ProcessStatus,
    &'static Counters,
    &'static MinuteAccumulator,
    &'static ComponentRows,
);

type PipelineParts = (&'static PipelineIdentity, &'static MinuteAccumulator);

/// The batch in flight as rows. Right in the tick it was cut in, before anything changes again.
pub(crate) fn batch(world: &World) -> Option<Batch> {
    let Flight { id, tick, state, rows } = world.resource::<WriteBehind>().in_flight()?;
    let fleet = FleetRows::of(world)?;
    let mut batch = Batch { id: *id, tick: *tick, ..Batch::default() };
    fleet.add_minutes(state, &mut batch);
    rows.add_to(&mut batch);
    in_order_of_keys(&mut batch);
    batch.nodes.extend(state.nodes.iter().map(|key| fleet.node_row(key)));
    batch.instances.extend(state.instances.iter().map(|key| fleet.instance_row(key)));
    Some(batch)
}

/// Minutes of the fleet come before those set aside, and being newer they win.
fn in_order_of_keys(batch: &mut Batch) {
    batch.node_minutes.sort_by(|a, b| (a.minute, &a.node).cmp(&(b.minute, &b.node)));
    batch.node_minutes.dedup_by(|b, a| (a.minute, &a.node) == (b.minute, &b.node));
    batch.instance_minutes.sort_by(|a, b| (a.minute, &a.instance).cmp(&(b.minute, &b.instance)));
    batch.instance_minutes.dedup_by(|b, a| (a.minute, &a.instance) == (b.minute, &b.instance));
    batch.pipeline_minutes.sort_by(|a, b| (a.minute, &a.pipeline).cmp(&(b.minute, &b.pipeline)));
    batch.pipeline_minutes.dedup_by(|b, a| (a.minute, &a.pipeline) == (b.minute, &b.pipeline));
    fn key(row: &ComponentMinuteRow) -> (Minute, &InstanceRef, &str) {
        (row.minute, &row.instance, &row.component)
    }
    batch.component_minutes.sort_by(|a, b| key(a).cmp(&key(b)));
    batch.component_minutes.dedup_by(|b, a| key(a) == key(b));
}

struct FleetRows<'w> {
    world: &'w World,
    nodes: QueryState<NodeParts>,
    instances: QueryState<InstanceParts>,
    pipelines: QueryState<PipelineParts>,
}

impl FleetRows<'_> {
    /// `None`: there never was a fleet.
    fn of(world: &World) -> Option<FleetRows<'_>> {
        let (nodes, instances, pipelines) =
            (world.try_query()?, world.try_query()?, world.try_query()?);
        Some(FleetRows { world, nodes, instances, pipelines })
    }

    fn add_minutes(&self, state: &Unsaved, batch: &mut Batch) {
        batch.node_minutes.extend(state.hosts.iter().map(|key| {
            let (identity, _, report, ..) = self.node(key);
            let (at, host) = report.host.expect("unsaved hosts have metrics");
            NodeMinuteRow { node: identity.id.to_string(), minute: at.minute(), host }
        }));
        for key in state.instance_minutes.iter() {
            let (identity, _, _, &MinuteAccumulator { minute, totals }, components) =
                self.instance(key);
            let instance = self.instance_ref(identity);
            for row in components.rows.iter().filter(|row| row.latency_weight > 0) {
                batch.component_minutes.push(ComponentMinuteRow {
                    instance: instance.clone(),
                    component: row.id.to_string(),
                    minute,
                    latency_weighted_sum: row.latency_weighted_sum,
                    latency_weight: row.latency_weight,
                });
            }
            batch.instance_minutes.push(InstanceMinuteRow { instance, minute, totals });
        }
        batch.pipeline_minutes.extend(state.pipeline_minutes.iter().map(|key| {
            let (identity, &MinuteAccumulator { minute, totals }) = self.pipeline(key);
            PipelineMinuteRow { pipeline: identity.id.to_string(), minute, totals }
        }));
    }

    fn node_row(&self, key: NodeKey) -> NodeRow {
        let (identity, lease, report, status, since) = self.node(key);
        let text = |text: &Option<Box<str>>| text.as_deref().map(str::to_owned);
        NodeRow {
            node: identity.id.to_string(),
            status: *status,
            status_since: since.0,
            heard_at: lease.heard_at,
            agent_version: text(&report.agent_version),
            vector_version: text(&report.vector_version),
            os: text(&report.os),
            deployment_mode: text(&report.deployment_mode),
            running_as: text(&report.running_as),
            update_error: text(&report.update_error),
            labels: owned(&report.labels),
        }
    }

    fn instance_row(&self, key: InstanceKey) -> InstanceRow {
        let (identity, process, counters, ..) = self.instance(key);
        let baseline = counters.baseline;
        InstanceRow {
            instance: self.instance_ref(identity),
            status: process.word.to_string(),
            status_since: process.since,
            revision: process.revision,
            pid: process.pid,
            uptime_seconds: process.uptime_seconds,
            config_checksum: process.config_checksum.as_deref().map(str::to_owned),
            totals: baseline.map(|baseline| baseline.totals),
            totals_pid: baseline.and_then(|baseline| baseline.pid),
            totals_seen_at: baseline.map(|baseline| baseline.seen_at),
            updated_at: process.updated_at,
        }
    }

    fn instance_ref(&self, identity: &InstanceIdentity) -> InstanceRef {
        let (node, ..) = self.node(identity.node);
        let (pipeline, _) = self.pipeline(identity.pipeline);
        InstanceRef::of(&node.id, &pipeline.id)
    }

    fn node(
        &self,
        key: NodeKey,
    ) -> (&NodeIdentity, &Lease, &NodeReport, &NodeStatus, &StatusSince) {
        let entity = self.world.resource::<Nodes>().0.slots.entity(key);
        self.nodes.get_manual(self.world, entity).expect("unsaved nodes are in the fleet")
    }

    fn instance(
        &self,
        key: InstanceKey,
    ) -> (&InstanceIdentity, &ProcessStatus, &Counters, &MinuteAccumulator, &ComponentRows) {
        let entity = self.world.resource::<Instances>().slots.entity(key);
        self.instances.get_manual(self.world, entity).expect("unsaved instances are in the fleet")
    }

    fn pipeline(&self, key: PipelineKey) -> (&PipelineIdentity, &MinuteAccumulator) {
        let entity = self.world.resource::<Pipelines>().0.slots.entity(key);
        self.pipelines.get_manual(self.world, entity).expect("unsaved pipelines are in the fleet")
    }
}

/// Labels as rows hold them.
fn owned(labels: &Labels) -> Vec<(String, String)> {
    labels.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect()
}
