//! Builds the newest row of everything unsaved and cuts a batch when one is due.

use bevy_ecs::prelude::{Query, Res, ResMut};
use bevy_ecs::system::SystemParam;

use crate::changes::Unsaved;
use crate::effect::Counters as Tallies;
use crate::ids::{InstanceKey, NodeKey};
use crate::index::{Instances, Nodes, Pipelines};
use crate::instance::{
    ComponentRows, Counters, InstanceIdentity, MinuteAccumulator, ProcessStatus,
};
use crate::node::{Labels, Lease, NodeIdentity, NodeReport, StatusSince};
use crate::pipeline::PipelineIdentity;
use crate::rows::{Batch, InstanceRef, InstanceRow, NodeRow};
use crate::settings::Settings;
use crate::status::NodeStatus;
use crate::time::{Millis, Tick};
use crate::write_behind::{FLUSH_LOG_BYTES, WriteBehind};

/// The fleet as rows.
#[derive(SystemParam)]
pub struct FleetRows<'w, 's> {
    node_index: Res<'w, Nodes>,
    instance_index: Res<'w, Instances>,
    pipeline_index: Res<'w, Pipelines>,
    nodes: Query<
        'w,
        's,
        (
            &'static NodeIdentity,
            &'static Lease,
            &'static NodeReport,
            &'static NodeStatus,
            &'static StatusSince,
        ),
    >,
    instances: Query<
        'w,
        's,
        (
            &'static InstanceIdentity,
            &'static ProcessStatus,
            &'static Counters,
            &'static MinuteAccumulator,
            &'static ComponentRows,
        ),
    >,
    pipelines: Query<'w, 's, (&'static PipelineIdentity, &'static MinuteAccumulator)>,
}

/// Cuts a batch of all that is unsaved when one is due and none is in flight.
pub fn cut_batch(
    tick: Res<Tick>,
    settings: Res<Settings>,
    fleet: FleetRows,
    mut unsaved: ResMut<Unsaved>,
    mut write_behind: ResMut<WriteBehind>,
    mut tallies: ResMut<Tallies>,
) {
    tallies.rows_shed += write_behind.shed(settings.backlog_rows_max as usize);
    if write_behind.in_flight().is_some() {
        return;
    }
    let state_rows = unsaved.nodes.len() + unsaved.instances.len();
    let staged = state_rows + write_behind.history_rows();
    let is_due = write_behind.due_at <= tick.now
        || settings.flush_rows as usize <= staged
        || FLUSH_LOG_BYTES <= write_behind.log_bytes();
    if !is_due || (write_behind.is_empty() && unsaved.is_empty()) {
        return;
    }
    write_behind.due_at = Millis(tick.now.0 + settings.flush_interval.0);

    fleet.close_minutes(&unsaved, &mut write_behind);
    let mut batch = Batch { tick: tick.number, ..Batch::default() };
    batch.nodes.extend(unsaved.nodes.iter().map(|key| fleet.node_row(key)));
    for key in unsaved.instances.iter() {
        let row = fleet.instance_row(key);
        write_behind.keep_instance(&row.instance);
        batch.instances.push(row);
    }
    write_behind.cut(batch);
    unsaved.clear();
}

impl FleetRows<'_, '_> {
    fn close_minutes(&self, unsaved: &Unsaved, write_behind: &mut WriteBehind) {
        for key in unsaved.hosts.iter() {
            let (identity, _, report, ..) = self.node(key);
            let (at, host) = report.host.expect("unsaved hosts have metrics");
            write_behind.close_node_minute(&identity.id, at.minute(), host);
        }
        for key in unsaved.instance_minutes.iter() {
            let (identity, _, _, minute, rows) = self.instance(key);
            write_behind.close_instance_minute(&self.instance_ref(identity), minute, rows);
        }
        for key in unsaved.pipeline_minutes.iter() {
            let entity = self.pipeline_index.0.slots.entity(key);
            let (pipeline, minute) = self.pipelines.get(entity).expect("unsaved pipelines exist");
            write_behind.close_pipeline_minute(&pipeline.id, minute);
        }
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
        let pipeline = self.pipeline_index.0.slots.entity(identity.pipeline);
        let (pipeline, _) = self.pipelines.get(pipeline).expect("instances have a pipeline");
        let (node, ..) = self.node(identity.node);
        InstanceRef { node: node.id.to_string(), pipeline: pipeline.id.to_string() }
    }

    fn node(
        &self,
        key: NodeKey,
    ) -> (&NodeIdentity, &Lease, &NodeReport, &NodeStatus, &StatusSince) {
        let entity = self.node_index.0.slots.entity(key);
        self.nodes.get(entity).expect("unsaved nodes are in the fleet")
    }

    fn instance(
        &self,
        key: InstanceKey,
    ) -> (&InstanceIdentity, &ProcessStatus, &Counters, &MinuteAccumulator, &ComponentRows) {
        let entity = self.instance_index.slots.entity(key);
        self.instances.get(entity).expect("unsaved instances are in the fleet")
    }
}

/// Labels as rows hold them.
fn owned(labels: &Labels) -> Vec<(String, String)> {
    labels.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect()
}
