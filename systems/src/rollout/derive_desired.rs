//! What each node is to run: the pipelines deployed in its environment whose selector its labels match, and
//! nothing while it is in maintenance. The only writer of `Desired`.

use std::collections::{BTreeMap, BTreeSet};

use bevy_ecs::prelude::{Local, Query, Res, ResMut};
use bevy_ecs::system::SystemParam;

use crate::arrivals::Arrivals;
use crate::changes::Changes;
use crate::desired::{ChangeCause, Desired, DesiredPipeline, DesiredSet, Undecided};
use crate::effect::Effect;
use crate::ids::{EnvironmentKey, NodeKey, PipelineKey};
use crate::index::{Instances, Nodes, Pipelines};
use crate::node::{Labels, Lease, NodeIdentity, NodeReport, label};
use crate::orderings::Orderings;
use crate::outbox::Outbox;
use crate::pipeline::{Deployment, PipelineIdentity};
use crate::rollout_deadlines::RolloutDeadlines;
use crate::settings::Settings;
use crate::shared::Shared;
use crate::time::{Millis, Tick};

/// The fleet as far as it decides what nodes run.
#[derive(SystemParam)]
pub struct Wishes<'w, 's> {
    node_index: Res<'w, Nodes>,
    pipeline_index: Res<'w, Pipelines>,
    instance_index: Res<'w, Instances>,
    tick: Res<'w, Tick>,
    settings: Res<'w, Settings>,
    orderings: Res<'w, Orderings>,
    nodes: Query<
        'w,
        's,
        (&'static NodeIdentity, &'static Lease, &'static NodeReport, &'static mut Desired),
    >,
    pipelines: Query<'w, 's, (&'static PipelineIdentity, &'static mut Deployment)>,
    outbox: ResMut<'w, Outbox>,
    changes: ResMut<'w, Changes>,
    arrivals: ResMut<'w, Arrivals>,
    deadlines: ResMut<'w, RolloutDeadlines>,
}

/// Decides again for every node for which something changed.
pub fn derive_desired(
    mut undecided: ResMut<Undecided>,
    mut wishes: Wishes,
    // Kept from tick to tick, so that nodes that come one by one share their sets too.
    mut offers: Local<Offers>,
) {
    if undecided.is_empty() {
        return;
    }
    let Undecided { everybody, environments, nodes } = std::mem::take(&mut *undecided);
    let mut decided = BTreeSet::new();
    for (environment, cause) in &environments {
        offers.environments.remove(environment);
        for node in wishes.nodes_of(*environment) {
            decided.insert(node);
            wishes.decide(node, Some(cause), everybody, &mut offers);
        }
    }
    let mut rest = nodes;
    if everybody {
        for (node, _) in wishes.node_index.0.slots.iter() {
            rest.entry(node).or_insert(None);
        }
    }
    for (node, reason) in rest.into_iter().filter(|(node, _)| !decided.contains(node)) {
        let cause = reason.map(|reason| ChangeCause { pipeline: None, reason });
        wishes.decide(node, cause.as_ref(), everybody, &mut offers);
    }
}

/// Decides for every node of a world that was filled by hand: nobody is told, no rollout moves.
pub(crate) fn decide_silently(mut wishes: Wishes) {
    let mut offers = Offers::default();
    let nodes: Vec<NodeKey> = wishes.node_index.0.slots.iter().map(|(node, _)| node).collect();
    for node in nodes {
        wishes.choose(node, &mut offers);
    }
}

/// What environments have to run, put together after each change of it.
#[derive(Debug, Default)]
pub struct Offers {
    environments: BTreeMap<EnvironmentKey, Offer>,
    empty: Shared<DesiredSet>,
}

/// The deployed pipelines of an environment, by id, and the sets that were picked from them.
#[derive(Debug, Default)]
struct Offer {
    pipelines: Vec<Offered>,
    sets: BTreeMap<Vec<bool>, Shared<DesiredSet>>,
}

#[derive(Debug)]
struct Offered {
    key: PipelineKey,
    id: Shared<str>,
    revision: u32,
    selector: Labels,
}

impl Offer {
    /// The set of all pipelines that `picks`.
    fn pick(&mut self, picks: impl Fn(&Labels) -> bool) -> Shared<DesiredSet> {
        let picked: Vec<bool> =
            self.pipelines.iter().map(|offered| picks(&offered.selector)).collect();
        if let Some(set) = self.sets.get(&picked) {
            return set.clone();
        }
        let chosen = self.pipelines.iter().zip(&picked).filter(|(_, picked)| **picked);
        let mut set = DesiredSet::default();
        for (Offered { key, id, revision, .. }, _) in chosen {
            set.keys.push((*key, *revision));
            set.pipelines.push(DesiredPipeline { id: id.clone(), revision: *revision });
        }
        set.keys.sort_unstable();
        self.sets.entry(picked).or_insert(Shared::new(set)).clone()
    }
}

impl Wishes<'_, '_> {
    fn nodes_of(&self, environment: EnvironmentKey) -> Vec<NodeKey> {
        let from = (environment, Box::<str>::default(), NodeKey(0));
        let rows = self.orderings.nodes_by_name.range(from..);
        rows.take_while(|row| row.0 == environment).map(|row| row.2).collect()
    }

    fn offer(&self, environment: EnvironmentKey) -> Offer {
        let from = (environment, Box::<str>::default(), PipelineKey(0));
        let rows = self.orderings.pipelines_by_name.range(from..);
        let mut pipelines: Vec<Offered> = rows
            .take_while(|row| row.0 == environment)
            .filter_map(|row| {
                let entity = self.pipeline_index.0.slots.entity(row.2);
                let (identity, deployment) =
                    self.pipelines.get(entity).expect("pipelines have a deployment");
                let deployed = deployment.deployed.as_ref()?;
                Some(Offered {
                    key: identity.key,
                    id: identity.id.clone(),
                    revision: deployed.revision,
                    selector: deployed.selector.clone(),
                })
            })
            .collect();
        pipelines.sort_by(|a, b| a.id.cmp(&b.id));
        Offer { pipelines, ..Offer::default() }
    }

    fn decide(
        &mut self,
        key: NodeKey,
        cause: Option<&ChangeCause>,
        is_told_anyway: bool,
        offers: &mut Offers,
    ) {
        let Some((before, set)) = self.choose(key, offers) else { return };
        let is_same = before.as_ref().is_some_and(|before| before.keys == set.keys);
        if !is_same || is_told_anyway {
            let entity = self.node_index.0.slots.entity(key);
            let node = self.nodes.get(entity).expect("nodes have an identity").0.id.to_string();
            self.outbox.effects.push(Effect::DesiredChanged {
                node,
                set: set.clone(),
                cause: cause.filter(|_| !is_same).cloned(),
            });
        }
        if !is_same {
            let before = before.as_ref().map_or(&[][..], |before| &before.keys);
            self.follow(key, before, &set.keys);
        }
    }

    /// Gives a node what it is to run. Answers what it was before, and what it is.
    fn choose(
        &mut self,
        key: NodeKey,
        offers: &mut Offers,
    ) -> Option<(Option<Shared<DesiredSet>>, Shared<DesiredSet>)> {
        let entity = self.node_index.0.slots.get(key)?;
        let (identity, lease, report, _) = self.nodes.get(entity).expect("nodes have a report");
        // A node without a valid token cannot come for anything.
        let set = if identity.maintenance || lease.revoked {
            offers.empty.clone()
        } else {
            let environment = identity.environment;
            let offer =
                offers.environments.entry(environment).or_insert_with(|| self.offer(environment));
            offer.pick(|selector| is_picked(selector, &identity.operator_labels, &report.labels))
        };
        let (.., mut desired) = self.nodes.get_mut(entity).expect("nodes have a wish");
        let before = desired.0.clone();
        // The set it has is shared with others already.
        let set = before.clone().filter(|before| before.keys == set.keys).unwrap_or(set);
        desired.0 = Some(set.clone());
        Some((before, set))
    }

    /// Enters a node in the rollouts of what it is to run now, and takes it out of the others.
    fn follow(&mut self, node: NodeKey, before: &[(PipelineKey, u32)], now: &[(PipelineKey, u32)]) {
        let has = |keys: &[(PipelineKey, u32)], pipeline: PipelineKey| {
            keys.binary_search_by_key(&pipeline, |(key, _)| *key).is_ok()
        };
        for &(pipeline, _) in before.iter().filter(|(key, _)| !has(now, *key)) {
            let Some(entity) = self.pipeline_index.0.slots.get(pipeline) else { continue };
            let (_, mut deployment) = self.pipelines.get_mut(entity).expect("it has a deployment");
            if let Some(rollout) = &mut deployment.rollout {
                rollout.leave(node);
                self.changes.rollouts.insert(pipeline);
            }
        }
        let deadline = Millis(self.tick.listened.0 + self.settings.deploy_timeout.0);
        for &(pipeline, _) in now.iter().filter(|entry| before.binary_search(entry).is_err()) {
            let entity = self.pipeline_index.0.slots.entity(pipeline);
            let (_, mut deployment) = self.pipelines.get_mut(entity).expect("it has a deployment");
            let Some(rollout) = &mut deployment.rollout else { continue };
            rollout.enter(node, deadline);
            self.deadlines.insert(deadline, pipeline);
            self.changes.rollouts.insert(pipeline);
            // It may run the revision already.
            if let Some(instance) = self.instance_index.find(node, pipeline) {
                self.arrivals.list.push((node, pipeline, instance));
            }
        }
    }
}

/// Whether a node has every label of a selector.
fn is_picked(selector: &Labels, operator: &Labels, reported: &Labels) -> bool {
    selector.iter().all(|(key, value)| label(operator, reported, key) == Some(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(text: &str) -> Labels {
        text.split_whitespace()
            .map(|label| label.split_once('=').unwrap())
            .map(|(key, value)| (key.into(), value.into()))
            .collect()
    }

    #[test]
    fn selectors_pick_nodes_by_every_label_and_people_have_the_last_word() {
        for (selector, operator, reported, expected) in [
            ("", "", "", true),
            ("", "a=1", "b=2", true),
            ("a=1", "", "", false),
            ("a=1", "", "a=1 b=2", true),
            ("a=1 b=2", "b=2", "a=1", true),
            ("a=1 b=2", "b=3", "a=1 b=2", false),
            ("a=1", "a=1", "a=2", true),
            ("a=", "", "a=", true),
        ] {
            let picked = is_picked(&labels(selector), &labels(operator), &labels(reported));
            assert_eq!(picked, expected, "{selector} by {operator} over {reported}");
        }
    }
}
