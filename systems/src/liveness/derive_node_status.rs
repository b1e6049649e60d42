//! The only writer of `NodeStatus`.

use std::borrow::Cow;
use std::cmp::Reverse;

use bevy_ecs::prelude::{Query, Res, ResMut};

use crate::changes::{Changes, Unsaved};
use crate::environment::NodeCounts;
use crate::index::{Environments, Instances, Nodes};
use crate::lease_order::LeaseOrder;
use crate::node::{Failing, Lease, NodeIdentity, StatusSince};
use crate::orderings::Orderings;
use crate::settings::Settings;
use crate::status::NodeStatus;
use crate::time::{Millis, Tick};
use crate::transitions::{Subject, Transition, Transitions};

/// Ends every lease that has run out by now.
pub fn expire_leases(
    tick: Res<Tick>,
    settings: Res<Settings>,
    index: Res<Nodes>,
    mut leases: Query<&mut Lease>,
    mut order: ResMut<LeaseOrder>,
    mut changes: ResMut<Changes>,
) {
    while let Some(first) = order.first() {
        let mut lease = leases.get_mut(index.0.slots.entity(first)).expect("nodes have a lease");
        if !has_run_out(&lease, settings.lease(), tick.listened) {
            return;
        }
        lease.expired = true;
        order.remove(first);
        changes.nodes_suspect.insert(first);
    }
}

/// Derives the status of every suspect node and records what changed.
pub fn derive_node_status(
    tick: Res<Tick>,
    index: (Res<Nodes>, Res<Environments>, Res<Instances>),
    mut nodes: Query<(&NodeIdentity, &Lease, &Failing, &mut NodeStatus, &mut StatusSince)>,
    mut environments: Query<&mut NodeCounts>,
    mut changes: ResMut<Changes>,
    mut out: (ResMut<Transitions>, ResMut<Unsaved>, ResMut<Orderings>),
) {
    let (node_index, environment_index, instance_index) = index;
    let (transitions, unsaved, orderings) = (&mut out.0, &mut out.1, &mut out.2);
    let changes = &mut *changes;
    for key in changes.nodes_suspect.iter() {
        let entity = node_index.0.slots.entity(key);
        let (identity, lease, failing, mut status, mut since) =
            nodes.get_mut(entity).expect("suspect nodes are in the fleet");
        let old = *status;
        let new = node_status(lease, failing.0);
        if new == old {
            continue;
        }
        *status = new;
        let place = |since| (identity.environment, Reverse(since), key);
        orderings.nodes_by_since.remove(&place(since.0));
        orderings.nodes_by_since.insert(place(tick.now));
        since.0 = tick.now;

        let environment = environment_index.0.slots.entity(identity.environment);
        let mut counts = environments.get_mut(environment).expect("environments have counts");
        counts.0[old.index()] -= 1;
        counts.0[new.index()] += 1;
        changes.touched.environments.insert(identity.environment);

        transitions.list.push(Transition {
            environment: identity.environment,
            node: key,
            subject: Subject::Node,
            from: Some(Cow::Borrowed(old.as_str())),
            to: Cow::Borrowed(new.as_str()),
            reason: reason(old, new, lease, failing.0),
        });
        unsaved.nodes.insert(key);
        changes.nodes_changed.insert(key);
        // Data of an unreachable node is no data; data of a returned one counts again.
        for &(_, instance) in instance_index.on_node(key) {
            changes.instances_counted.insert(instance);
        }
    }
}

/// The rule. Tested as a table, without a world.
pub fn node_status(lease: &Lease, failing: u32) -> NodeStatus {
    if lease.revoked {
        return NodeStatus::Unreachable;
    }
    if lease.heard_at_listened.is_none() {
        return NodeStatus::Unknown;
    }
    if lease.expired {
        return NodeStatus::Unreachable;
    }
    if failing > 0 {
        return NodeStatus::Degraded;
    }
    NodeStatus::Healthy
}

/// A lease lasts `length` of listening from when the node was heard; at its end it has run out.
pub fn has_run_out(lease: &Lease, length: Millis, listened: Millis) -> bool {
    lease.heard_at_listened.is_some_and(|heard| listened.since(heard) >= length)
}

fn reason(old: NodeStatus, new: NodeStatus, lease: &Lease, failing: u32) -> Cow<'static, str> {
    match (old, new) {
        (_, NodeStatus::Unreachable) if lease.revoked => "node token revoked".into(),
        (_, NodeStatus::Unreachable) => "heartbeat timeout".into(),
        (_, NodeStatus::Degraded) if failing == 1 => "1 pipeline crashed".into(),
        (_, NodeStatus::Degraded) => format!("{failing} pipelines crashed").into(),
        (NodeStatus::Degraded, NodeStatus::Healthy) => "no pipeline is crashed any more".into(),
        (_, NodeStatus::Healthy) => "heartbeat received".into(),
        (_, NodeStatus::Unknown) => "enrolled".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn status_follows_revocation_hearing_lease_and_crashes_in_this_order() {
        let heard = Lease { heard_at_listened: Some(Millis(0)), ..Lease::default() };
        let expired = Lease { expired: true, ..heard };
        for (lease, failing, expected) in [
            (Lease::default(), 0, NodeStatus::Unknown),
            (Lease::default(), 1, NodeStatus::Unknown),
            (heard, 0, NodeStatus::Healthy),
            (heard, 1, NodeStatus::Degraded),
            (expired, 0, NodeStatus::Unreachable),
            (expired, 1, NodeStatus::Unreachable),
            (Lease { revoked: true, ..heard }, 0, NodeStatus::Unreachable),
            (Lease { revoked: true, ..Lease::default() }, 0, NodeStatus::Unreachable),
        ] {
            assert_eq!(node_status(&lease, failing), expected, "{lease:?} failing={failing}");
        }
    }

    #[test]
    fn lease_runs_out_at_its_end_not_before() {
        let length = Millis(15_000);
        for (heard, listened, expected) in [
            (None, 1_000_000, false),
            (Some(0), 0, false),
            (Some(0), 14_999, false),
            (Some(0), 15_000, true),
            (Some(100), 15_099, false),
            (Some(100), 15_100, true),
        ] {
            let lease = Lease { heard_at_listened: heard.map(Millis), ..Lease::default() };
            assert_eq!(has_run_out(&lease, length, Millis(listened)), expected, "{heard:?}");
        }
    }
}
