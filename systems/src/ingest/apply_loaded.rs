//! Rows of the store, read at boot, become the fleet they describe.

use bevy_ecs::prelude::{Mut, World};

use crate::changes::Changes;
use crate::component_rows::ComponentRows;
use crate::fleet::{NewNode, enter_instance, enter_node, process_word};
use crate::inbox::Inbox;
use crate::index::{Environments, Instances, Nodes, Pipelines};
use crate::ingest::apply_control::{labels_of, report_of};
use crate::input::{Input, InstanceLoaded, MinuteLoaded, NodeLoaded};
use crate::instance::{Baseline, Counters, MinuteAccumulator, ProcessStatus};
use crate::lease_order::LeaseOrder;
use crate::limits::COMPONENTS_PER_PIPELINE_MAX;
use crate::node::{Lease, NodeReport};
use crate::status::{NodeStatus, ProcessClass};
use crate::time::Tick;

/// Applies rows of the store in order. Rows whose environment, node or pipeline is not there are left out.
#[expect(clippy::wildcard_enum_match_arm, reason = "the inbox has matched every variant by name")]
pub fn apply_loaded(world: &mut World) {
    world.resource_scope(|world, inbox: Mut<Inbox>| {
        for input in inbox.read(&inbox.loaded) {
            match input {
                Input::NodeLoaded(row) => load_node(world, &row),
                Input::InstanceLoaded(row) => load_instance(world, &row),
                Input::MinuteLoaded(row) => load_minute(world, &row),
                other => unreachable!("the inbox sorts inputs by their reader: {other:?}"),
            };
        }
    });
}

fn load_node(world: &mut World, row: &NodeLoaded<'_>) -> Option<()> {
    let environment = world.resource::<Environments>().0.key(row.identity.environment)?;
    if world.resource::<Nodes>().0.key(row.identity.node).is_some() {
        return None;
    }
    let listened = world.resource::<Tick>().listened;
    let lease = Lease {
        heard_at_listened: row.heard_at.map(|_| listened),
        heard_at: row.heard_at,
        expired: row.status == NodeStatus::Unreachable,
        revoked: row.revoked,
    };
    let report = NodeReport {
        deployment_mode: row.deployment_mode.map(Box::from),
        running_as: row.running_as.map(Box::from),
        update_error: row.update_error.map(Box::from),
        ..report_of(&row.identity)
    };
    let (key, _) = enter_node(
        world,
        NewNode {
            environment,
            id: row.identity.node.into(),
            name: row.identity.name.into(),
            host: row.identity.host.into(),
            operator_labels: labels_of(&row.operator_labels),
            maintenance: row.maintenance,
            lease,
            report,
            status: row.status,
            since: row.status_since,
        },
    );
    if lease.heard_at_listened.is_some() && !lease.expired {
        world.resource_mut::<LeaseOrder>().touch(key);
    }
    Some(())
}

fn load_instance(world: &mut World, row: &InstanceLoaded<'_>) -> Option<()> {
    let node = world.resource::<Nodes>().0.key(row.node)?;
    let pipeline = world.resource::<Pipelines>().0.key(row.pipeline)?;
    if world.resource::<Instances>().find(node, pipeline).is_some() {
        return None;
    }
    let process = ProcessStatus {
        word: process_word(row.status),
        class: ProcessClass::of(row.status),
        since: row.status_since,
        revision: row.revision,
        pid: row.pid,
        uptime_seconds: row.uptime_seconds,
        config_checksum: row.config_checksum.map(Box::from),
        checksum_told: 0,
        updated_at: row.updated_at,
    };
    let (_, entity) = enter_instance(world, node, pipeline, process);
    let mut counters = world.get_mut::<Counters>(entity).expect("instances have counters");
    counters.baseline = row.baseline.map(|loaded| Baseline {
        pid: loaded.pid,
        uptime_seconds: row.uptime_seconds,
        totals: loaded.totals,
        seen_at: loaded.seen_at,
        is_origin: false,
    });
    Some(())
}

fn load_minute(world: &mut World, row: &MinuteLoaded<'_>) -> Option<()> {
    let pipeline = world.resource::<Pipelines>().0.key(row.pipeline)?;
    let entity = match row.node {
        None => {
            world.resource_mut::<Changes>().touched.pipelines.insert(pipeline);
            world.resource::<Pipelines>().0.slots.entity(pipeline)
        }
        Some(node) => {
            let node = world.resource::<Nodes>().0.key(node)?;
            let instance = world.resource::<Instances>().find(node, pipeline)?;
            world.resource_mut::<Changes>().touched.instances.insert(instance);
            world.resource::<Instances>().slots.entity(instance)
        }
    };
    if let Some(component) = row.component {
        let mut rows = world.get_mut::<ComponentRows>(entity)?;
        // Its kind is not known until its node tells.
        let at = rows.enter(component, COMPONENTS_PER_PIPELINE_MAX)?;
        let known = &mut rows.rows[usize::from(at)];
        known.latency_weighted_sum = row.totals.latency_weighted_sum;
        known.latency_weight = row.totals.latency_weight;
        return Some(());
    }
    let loaded = MinuteAccumulator { minute: row.minute, totals: row.totals };
    *world.get_mut::<MinuteAccumulator>(entity).expect("both kinds count minutes") = loaded;
    Some(())
}
