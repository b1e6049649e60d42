//! Nodes as a wall shows them: very many at once, and of each only what its cell needs.

use std::cell::RefCell;

use bevy_ecs::prelude::{Entity, World};

use crate::ids::EnvironmentKey;
use crate::limits::WALL_NODES_MAX;
use crate::node::{Labels, NodeIdentity, NodeReport};
use crate::query::{AnswerBody, NodeFilter, Page, Query, ScanProgress, WallNode, WallPage};
use crate::read::WHOLE;
use crate::read::nodes::scan;
use crate::status::NodeStatus;

/// Label keys told of one page; more is no choice for people.
const LABEL_KEYS_MAX: usize = 64;

/// A page of cells, grouped by the value of a label.
pub(crate) fn page(
    world: &World,
    query: &Query,
    scope: &[EnvironmentKey],
    picked: (&NodeFilter, &Page),
    group: Option<&str>,
    progress: ScanProgress,
) -> AnswerBody {
    let keys = RefCell::new(Vec::new());
    let item = |entity: Entity| {
        let identity = world.get::<NodeIdentity>(entity).expect(WHOLE);
        let report = world.get::<NodeReport>(entity).expect(WHOLE);
        note_keys(&mut keys.borrow_mut(), &report.labels);
        note_keys(&mut keys.borrow_mut(), &identity.operator_labels);
        let value = |labels: &Labels, group: &str| {
            let at = labels.binary_search_by(|(key, _)| (**key).cmp(group)).ok()?;
            Some(labels[at].1.to_string())
        };
        // People's labels win over the agent's.
        let group = group.and_then(|group| {
            value(&identity.operator_labels, group).or_else(|| value(&report.labels, group))
        });
        WallNode {
            id: identity.id.to_string(),
            name: identity.name.to_string(),
            status: *world.get::<NodeStatus>(entity).expect(WHOLE),
            group,
        }
    };
    let wrap = |nodes| AnswerBody::Wall(Box::new(WallPage { nodes, label_keys: keys.take() }));
    scan(world, query, scope, picked, WALL_NODES_MAX, progress, (item, wrap))
}

/// Adds what is not there yet. There are few keys, so looking through them is cheapest.
fn note_keys(keys: &mut Vec<String>, labels: &Labels) {
    for (key, _) in labels {
        if !keys.iter().any(|known| **known == **key) && keys.len() < LABEL_KEYS_MAX {
            keys.push(key.to_string());
        }
    }
}
