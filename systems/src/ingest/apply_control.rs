//! Control-plane inputs: people and their rights, environments, pipelines, nodes coming and going.

use std::borrow::Cow;
use std::collections::BTreeMap;

use bevy_ecs::prelude::{Mut, World};

use crate::access::Access;
use crate::changes::{Changes, Unsaved};
use crate::desired::{ChangeCause, ChangeReason, Undecided};
use crate::effect::{CloseCause, Effect};
use crate::fleet::{
    NewNode, enter_node, evict_node, evict_pipeline, set_environment, set_pipeline,
};
use crate::history::History;
use crate::ids::EnvironmentKey;
use crate::inbox::Inbox;
use crate::index::{Environments, Nodes, Pipelines};
use crate::ingest::settle_batch::stage_again;
use crate::input::{DeployCause, Input, NodeEdited, NodeEnrolled, PipelineDeployed};
use crate::lease_order::LeaseOrder;
use crate::node::{Labels, Lease, NodeIdentity, NodeReport};
use crate::orderings::{Orderings, folded};
use crate::outbox::Outbox;
use crate::packed::Packed;
use crate::pipeline::{Deployed, Deployment, PipelineIdentity, Rollout};
use crate::report::Label;
use crate::settings::Settings;
use crate::status::NodeStatus;
use crate::stream_epoch::StreamEpoch;
use crate::streams::{close_all_subscribers, close_subscribers};
use crate::time::Tick;
use crate::transitions::{Subject, Transition, Transitions};
use crate::write_behind::WriteBehind;

const WHOLE: &str = "whatever has a key was entered with its whole bundle";

/// Applies control-plane inputs in order of arrival.
pub fn apply_control(world: &mut World) {
    world.resource_scope(|world, inbox: Mut<Inbox>| {
        for input in inbox.read(&inbox.control) {
            apply(world, &input);
        }
    });
}

fn apply(world: &mut World, input: &Input<'_>) {
    match *input {
        Input::Started { epoch, settings } => start(world, epoch, settings),
        Input::SettingsChanged { settings } => set_settings(world, settings),
        Input::UserSet { user, super_admin } => {
            world.resource_mut::<Access>().set_user(user, super_admin);
            world.resource_mut::<Changes>().directory = true;
        }
        Input::UserRemoved { user } => {
            world.resource_mut::<Access>().remove_user(user);
            close_subscribers(world, CloseCause::Revoked, |subscriber| &*subscriber.user == user);
        }
        Input::MemberSet { team, user, role } => {
            world.resource_mut::<Access>().set_member(team, user, role);
            world.resource_mut::<Changes>().directory = true;
        }
        Input::MemberRemoved { team, user } => {
            world.resource_mut::<Access>().remove_member(team, user);
            world.resource_mut::<Changes>().directory = true;
        }
        Input::EnvironmentSet { environment, name, team } => {
            set_environment(world, environment, name, team);
        }
        Input::PipelineSet { pipeline, environment, name, revision } => {
            set_pipeline(world, pipeline, environment, name, revision);
        }
        Input::PipelineRemoved { pipeline } => {
            if let Some(environment) = evict_pipeline(world, pipeline) {
                undecide(world, environment, pipeline, ChangeReason::Undeploy);
            }
        }
        Input::PipelineDeployed(deployed) => deploy(world, &deployed),
        Input::PipelineUndeployed { pipeline } => undeploy(world, pipeline),
        Input::NodeEnrolled(node) => enroll(world, &node),
        Input::NodeEdited(edited) => edit_node(world, &edited),
        Input::NodeRevoked { node } => revoke(world, node),
        Input::NodeRemoved { node } => {
            evict_node(world, node);
            let effect = Effect::Disconnect { node: node.to_owned() };
            world.resource_mut::<Outbox>().effects.push(effect);
        }
        Input::NodeLoaded(_)
        | Input::InstanceLoaded(_)
        | Input::MinuteLoaded(_)
        | Input::Heartbeat(_)
        | Input::LogsReceived { .. }
        | Input::CredentialRevoked { .. }
        | Input::Subscribed(_)
        | Input::FilterMoved { .. }
        | Input::SubscriberLagged { .. }
        | Input::SubscriberDrained { .. }
        | Input::SubscriberLost { .. }
        | Input::BatchSettled { .. }
        | Input::FlushRequested => unreachable!("the inbox sorts inputs by their reader"),
    }
}

/// A process began: nobody listens yet, nothing is in flight, every lease lasts in full from now.
fn start(world: &mut World, epoch: u64, settings: Settings) {
    set_settings(world, settings);
    world.resource_mut::<StreamEpoch>().0 = epoch;
    close_all_subscribers(world);
    if let Some(failed) = world.resource_mut::<WriteBehind>().fail_in_flight() {
        stage_again(world, failed);
    }
    world.resource_mut::<Undecided>().everybody = true;
    let listened = world.resource::<Tick>().listened;
    let mut next = world.resource::<LeaseOrder>().first();
    while let Some(key) = next {
        let entity = world.resource::<Nodes>().0.slots.entity(key);
        let mut lease = world.get_mut::<Lease>(entity).expect("nodes have a lease");
        lease.heard_at_listened = Some(listened);
        world.resource_mut::<Changes>().touched.nodes.insert(key);
        next = world.resource::<LeaseOrder>().after(key);
    }
}

fn set_settings(world: &mut World, settings: Settings) {
    world.resource_mut::<History>().set_bytes_max(settings.history_bytes_max);
    world.insert_resource(settings);
}

/// A pipeline that is not there has been removed meanwhile; so has its environment's wish to run it.
fn deploy(world: &mut World, deployed: &PipelineDeployed<'_>) {
    let PipelineDeployed { pipeline, revision, checksum, selector, cause } = *deployed;
    let Some(entity) = world.resource::<Pipelines>().0.find(pipeline) else { return };
    let began_at = world.resource::<Tick>().now;
    let rollout =
        (cause != DeployCause::Loaded).then(|| Rollout { began_at, ..Rollout::default() });
    let selector = labels_of(&selector);
    let deployed = Some(Deployed { revision, checksum: checksum.into(), selector });
    *world.get_mut::<Deployment>(entity).expect(WHOLE) = Deployment { deployed, rollout };
    let mut identity = world.get_mut::<PipelineIdentity>(entity).expect(WHOLE);
    identity.revision = identity.revision.max(revision);
    let (key, environment) = (identity.key, identity.environment);
    world.resource_mut::<Changes>().rollouts.insert(key);
    let reason = match cause {
        DeployCause::Deploy | DeployCause::Loaded => ChangeReason::Deploy,
        DeployCause::Rollback => ChangeReason::Rollback,
    };
    undecide(world, environment, pipeline, reason);
}

fn undeploy(world: &mut World, pipeline: &str) {
    let Some(entity) = world.resource::<Pipelines>().0.find(pipeline) else { return };
    *world.get_mut::<Deployment>(entity).expect(WHOLE) = Deployment::default();
    let identity = world.get::<PipelineIdentity>(entity).expect(WHOLE);
    let (key, environment) = (identity.key, identity.environment);
    world.resource_mut::<Changes>().touched.pipelines.insert(key);
    undecide(world, environment, pipeline, ChangeReason::Undeploy);
}

/// What the nodes of an environment run is to be decided again.
fn undecide(world: &mut World, environment: EnvironmentKey, pipeline: &str, reason: ChangeReason) {
    let mut undecided = world.resource_mut::<Undecided>();
    let known = undecided.environments.get(&environment);
    let is_alone = known.is_none_or(|known| known.pipeline.as_deref() == Some(pipeline));
    let cause = ChangeCause { pipeline: is_alone.then(|| pipeline.into()), reason };
    undecided.environments.insert(environment, cause);
}

fn edit_node(world: &mut World, edited: &NodeEdited<'_>) {
    let Some(entity) = world.resource::<Nodes>().0.find(edited.node) else { return };
    let old = world.get::<NodeIdentity>(entity).expect(WHOLE).clone();
    let new = NodeIdentity {
        name: edited.name.into(),
        operator_labels: labels_of(&edited.operator_labels),
        maintenance: edited.maintenance,
        ..old.clone()
    };
    let reason = match (old.maintenance, new.maintenance) {
        (false, true) => ChangeReason::MaintenanceOn,
        (true, false) => ChangeReason::MaintenanceOff,
        (false, false) | (true, true) => ChangeReason::Labels,
    };
    let (key, place) = (old.key, (old.environment, folded(&old.name), old.key));
    let mut orderings = world.resource_mut::<Orderings>();
    orderings.nodes_by_name.remove(&place);
    orderings.nodes_by_name.insert((old.environment, folded(&new.name), key));
    world.entity_mut(entity).insert(new);
    let mut changes = world.resource_mut::<Changes>();
    changes.directory = true;
    changes.nodes_edited.insert(key);
    changes.touched.nodes.insert(key);
    let mut undecided = world.resource_mut::<Undecided>();
    let known = undecided.nodes.entry(key).or_insert(Some(reason));
    if reason != ChangeReason::Labels {
        *known = Some(reason);
    }
}

fn enroll(world: &mut World, node: &NodeEnrolled<'_>) {
    let Some(environment) = world.resource::<Environments>().0.key(node.environment) else {
        return;
    };
    if world.resource::<Nodes>().0.key(node.node).is_some() {
        return;
    }
    let now = world.resource::<Tick>().now;
    let (key, _) = enter_node(
        world,
        NewNode {
            environment,
            id: node.node.into(),
            name: node.name.into(),
            host: node.host.into(),
            operator_labels: Labels::default(),
            maintenance: false,
            lease: Lease::default(),
            report: report_of(node),
            status: NodeStatus::Unknown,
            since: now,
        },
    );
    world.resource_mut::<Unsaved>().nodes.insert(key);
    world.resource_mut::<Transitions>().list.push(Transition {
        environment,
        node: key,
        subject: Subject::Node,
        from: None,
        to: Cow::Borrowed(NodeStatus::Unknown.as_str()),
        reason: Cow::Borrowed("enrolled"),
    });
}

/// What enrollment tells about a node.
pub(crate) fn report_of(node: &NodeEnrolled<'_>) -> NodeReport {
    NodeReport {
        agent_version: node.agent_version.map(Box::from),
        vector_version: node.vector_version.map(Box::from),
        os: node.os.map(Box::from),
        labels: labels_of(&node.labels),
        ..NodeReport::default()
    }
}

/// Labels by key; of two with one key the last counts.
pub(crate) fn labels_of<'a>(labels: &Packed<'a, Label<'a>>) -> Labels {
    let sorted: BTreeMap<&str, &str> =
        labels.iter().map(|label| (label.key, label.value)).collect();
    sorted.into_iter().map(|(key, value)| (key.into(), value.into())).collect()
}

fn revoke(world: &mut World, id: &str) {
    let Some(entity) = world.resource::<Nodes>().0.find(id) else { return };
    world.get_mut::<Lease>(entity).expect("nodes have a lease").revoked = true;
    let key = world.get::<NodeIdentity>(entity).expect("nodes have an identity").key;
    world.resource_mut::<Changes>().nodes_suspect.insert(key);
    world.resource_mut::<Undecided>().nodes.insert(key, None);
    let effect = Effect::Disconnect { node: id.to_owned() };
    world.resource_mut::<Outbox>().effects.push(effect);
}
