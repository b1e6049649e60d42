//! Makes a core that came out of the journal equal to the store. The control plane commits before it
//! tells the core, so after a crash the store may know of changes that never became an input.
//!
//! Compares and answers inputs; reads no store and asks no core itself.

use std::collections::BTreeMap;
use std::iter::Peekable;
use std::vec::IntoIter;

use systole_systems::directory::{Directory, NodeEntry};
use systole_systems::input::{Input, Inputs, NodeEdited};

use crate::boot::{pack, push_deployed, push_node};
use crate::config_answers::VersionText;
use crate::store::{self, StoredNode};

/// A comparison under way: people, rights, environments and pipelines at once, then the nodes of the
/// store in pages, in the order of ids. Whatever an input names has come before it.
#[derive(Debug)]
pub struct Reconciliation {
    /// Nodes of the core that no page has come to yet.
    nodes: Peekable<IntoIter<NodeEntry>>,
}

impl Reconciliation {
    /// Compares all but the nodes. Environments are never deleted, so none leaves.
    pub fn begin(known: Directory, stored: &store::Directory) -> (Reconciliation, Inputs) {
        let mut inputs = Inputs::default();
        push_people(&mut inputs, &known, stored);
        push_environments(&mut inputs, &known, stored);
        push_pipelines(&mut inputs, &known, stored);
        push_deployments(&mut inputs, &known, stored);
        (Reconciliation { nodes: known.nodes.into_iter().peekable() }, inputs)
    }

    /// Compares the next nodes of the store.
    pub fn page(&mut self, stored: &[StoredNode]) -> Inputs {
        let is_sorted = stored.is_sorted_by(|a, b| a.state.node < b.state.node);
        assert!(is_sorted, "the store gives nodes in the order of their ids");
        let mut inputs = Inputs::default();
        for node in stored {
            let id = &node.state.node;
            while let Some(gone) = self.nodes.next_if(|known| known.id < *id) {
                inputs.push(&Input::NodeRemoved { node: &gone.id });
            }
            match self.nodes.next_if(|known| known.id == *id) {
                Some(known) => push_changed(&mut inputs, &known, node),
                None => push_node(&mut inputs, node),
            }
        }
        inputs
    }

    /// Ends the comparison after the last page: nodes that did not come are gone.
    pub fn finish(self) -> Inputs {
        let mut inputs = Inputs::default();
        for gone in self.nodes {
            inputs.push(&Input::NodeRemoved { node: &gone.id });
        }
        inputs
    }
}

fn push_people(inputs: &mut Inputs, known: &Directory, stored: &store::Directory) {
    let known_users: BTreeMap<_, _> =
        known.users.iter().map(|user| (&user.id, user.super_admin)).collect();
    let users: BTreeMap<_, _> =
        stored.users.iter().map(|user| (&user.id, user.super_admin)).collect();
    let known_members: BTreeMap<_, _> =
        known.members.iter().map(|member| ((&member.team, &member.user), member.role)).collect();
    let members: BTreeMap<_, _> =
        stored.members.iter().map(|member| ((&member.team, &member.user), member.role)).collect();

    for user in gone(&known_users, &users) {
        inputs.push(&Input::UserRemoved { user });
    }
    // Memberships of a user who is gone went with them.
    for (team, user) in gone(&known_members, &members).filter(|key| users.contains_key(key.1)) {
        inputs.push(&Input::MemberRemoved { team, user });
    }
    for (user, &super_admin) in changed(&known_users, &users) {
        inputs.push(&Input::UserSet { user, super_admin });
    }
    for ((team, user), &role) in changed(&known_members, &members) {
        inputs.push(&Input::MemberSet { team, user, role });
    }
}

fn push_environments(inputs: &mut Inputs, known: &Directory, stored: &store::Directory) {
    let known: BTreeMap<_, _> =
        known.environments.iter().map(|entry| (&entry.id, (&entry.name, &entry.team))).collect();
    let environments: BTreeMap<_, _> =
        stored.environments.iter().map(|row| (&row.id, (&row.name, &row.team))).collect();
    for (environment, (name, team)) in changed(&known, &environments) {
        inputs.push(&Input::EnvironmentSet { environment, name, team });
    }
}

fn push_pipelines(inputs: &mut Inputs, known: &Directory, stored: &store::Directory) {
    let known: BTreeMap<_, _> = known
        .pipelines
        .iter()
        .map(|entry| (&entry.id, (&entry.environment, &entry.name, entry.revision)))
        .collect();
    let pipelines: BTreeMap<_, _> = stored
        .pipelines
        .iter()
        .map(|row| (&row.id, (&row.environment, &row.name, row.revision)))
        .collect();
    // No input moves a pipeline to another environment: it leaves, and enters there.
    let moved = changed(&known, &pipelines)
        .filter(|(id, row)| known.get(id).is_some_and(|entry| entry.0 != row.0))
        .map(|(id, _)| id);
    for pipeline in gone(&known, &pipelines).chain(moved) {
        inputs.push(&Input::PipelineRemoved { pipeline });
    }
    for (pipeline, &(environment, name, revision)) in changed(&known, &pipelines) {
        inputs.push(&Input::PipelineSet { pipeline, environment, name, revision });
    }
}

/// What nodes are to run, after the pipelines themselves: one that is new runs nowhere yet.
fn push_deployments(inputs: &mut Inputs, known: &Directory, stored: &store::Directory) {
    let known: BTreeMap<_, _> = known
        .pipelines
        .iter()
        .filter_map(|entry| Some(((&entry.id, &entry.environment), entry.deployed.as_ref()?)))
        .collect();
    for pipeline in &stored.pipelines {
        let running = known.get(&(&pipeline.id, &pipeline.environment));
        match (running, &pipeline.deployed) {
            (Some(_), None) => {
                inputs.push(&Input::PipelineUndeployed { pipeline: &pipeline.id });
            }
            (Some(running), Some(deployed))
                if running.revision == deployed.version
                    && running.checksum == VersionText::of(&deployed.config).checksum
                    && running.selector == sorted(&deployed.selector) => {}
            (_, Some(_)) => push_deployed(inputs, pipeline),
            (None, None) => (),
        }
    }
}

fn sorted(labels: &[(String, String)]) -> Vec<(String, String)> {
    let labels: BTreeMap<_, _> = labels.iter().cloned().collect();
    labels.into_iter().collect()
}

/// What both have: no input moves a node or makes its token valid again, so it leaves and enters.
fn push_changed(inputs: &mut Inputs, known: &NodeEntry, stored: &StoredNode) {
    let node = &known.id;
    let revoked = stored.token_digest.is_none();
    if known.environment != stored.environment || (known.revoked && !revoked) {
        inputs.push(&Input::NodeRemoved { node });
        push_node(inputs, stored);
        return;
    }
    if known.revoked != revoked {
        inputs.push(&Input::NodeRevoked { node });
    }
    let maintenance = stored.maintenance_since.is_some();
    let is_same = known.name == stored.name
        && known.operator_labels == sorted(&stored.operator_labels)
        && known.maintenance == maintenance;
    if !is_same {
        let labels = pack(&stored.operator_labels);
        inputs.push(&Input::NodeEdited(NodeEdited {
            node,
            name: &stored.name,
            operator_labels: labels.packed(),
            maintenance,
        }));
    }
}

/// What the core knows and the store does not.
fn gone<'a, K: Ord + Copy, V>(
    known: &'a BTreeMap<K, V>,
    stored: &'a BTreeMap<K, V>,
) -> impl Iterator<Item = K> + 'a {
    known.keys().copied().filter(|id| !stored.contains_key(id))
}

/// What the store knows and the core does not, or not so.
fn changed<'a, K: Ord + Copy, V: PartialEq>(
    known: &'a BTreeMap<K, V>,
    stored: &'a BTreeMap<K, V>,
) -> impl Iterator<Item = (K, &'a V)> {
    let changed = stored.iter().filter(|(id, value)| known.get(id) != Some(value));
    changed.map(|(id, value)| (*id, value))
}

#[cfg(test)]
mod tests;
