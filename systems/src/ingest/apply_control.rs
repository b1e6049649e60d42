//! Control-plane inputs: people and their rights, environments, pipelines, nodes coming and going.

use std::borrow::Cow;
use std::collections::BTreeMap;

use bevy_ecs::prelude::{Mut, World};

use crate::access::Access;
use crate::changes::{Changes, Unsaved};
use crate::effect::{CloseCause, Effect};
use crate::environment::EnvironmentIdentity;
use crate::fleet::{
    NewNode, enter_node, evict_node, evict_pipeline, set_environment, set_pipeline,
};
use crate::history::History;
use crate::ids::EnvironmentKey;
use crate::inbox::Inbox;
use crate::index::{Environments, Nodes, Pipelines};
use crate::ingest::settle_batch::stage_again;
use crate::input::{Input, NodeEnrolled};
use crate::lease_order::LeaseOrder;
use crate::node::{Labels, Lease, NodeIdentity, NodeReport};
use crate::outbox::Outbox;
use crate::packed::Packed;
use crate::pipeline::PipelineIdentity;
use crate::report::Label;
use crate::settings::Settings;
use crate::status::NodeStatus;
use crate::stream_epoch::StreamEpoch;
use crate::streams::{close_all_subscribers, close_subscribers};
use crate::time::Tick;
use crate::transitions::{Transition, Transitions};
use crate::write_behind::WriteBehind;

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
            change_pipeline(world, pipeline, environment, name, revision);
        }
        Input::PipelineRemoved { pipeline } => {
            if let Some(environment) = evict_pipeline(world, pipeline) {
                tell_config_changed(world, environment, pipeline);
            }
        }
        Input::NodeEnrolled(node) => enroll(world, &node),
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

fn change_pipeline(world: &mut World, id: &str, environment: &str, name: &str, revision: u32) {
    let known = world.resource::<Pipelines>().0.find(id).map(|entity| {
        world.get::<PipelineIdentity>(entity).expect("pipelines have an identity").revision
    });
    if set_pipeline(world, id, environment, name, revision) && known != Some(revision) {
        let key = world.resource::<Environments>().0.key(environment).expect("it was just found");
        tell_config_changed(world, key, id);
    }
}

fn tell_config_changed(world: &mut World, environment: EnvironmentKey, pipeline: &str) {
    let entity = world.resource::<Environments>().0.slots.entity(environment);
    let identity = world.get::<EnvironmentIdentity>(entity);
    let environment = identity.expect("environments have an identity").id.to_string();
    let effect = Effect::ConfigChanged { environment, pipeline: pipeline.to_owned() };
    world.resource_mut::<Outbox>().effects.push(effect);
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
        instance: None,
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
    let effect = Effect::Disconnect { node: id.to_owned() };
    world.resource_mut::<Outbox>().effects.push(effect);
}
