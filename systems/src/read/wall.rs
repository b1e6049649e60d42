//! Nodes as a wall shows them: very many at once, and of each only what its cell needs.

use std::cell::RefCell;
use std::collections::BTreeMap;

use bevy_ecs::prelude::{Entity, World};

use crate::answer::{AnswerBody, ScanProgress, WallNode, WallPage};
use crate::ids::EnvironmentKey;
use crate::limits::WALL_NODES_MAX;
use crate::node::{Labels, NodeIdentity, NodeReport, label};
use crate::query::{NodeFilter, Page, Query};
use crate::read::WHOLE;
use crate::read::nodes::{Pick, scan};
use crate::status::NodeStatus;

/// Different keys of labels counted on one page.
const LABEL_KEYS_MAX: usize = 1_024;

/// A page of cells, each with its value of the label `group`.
pub(crate) fn page(
    world: &World,
    query: &Query,
    scope: &[EnvironmentKey],
    (filter, page): (&NodeFilter, &Page),
    group: Option<&str>,
    progress: ScanProgress,
) -> AnswerBody {
    let keys = RefCell::new(BTreeMap::new());
    let item = |entity: Entity| {
        let identity = world.get::<NodeIdentity>(entity).expect(WHOLE);
        let report = world.get::<NodeReport>(entity).expect(WHOLE);
        count_keys(&mut keys.borrow_mut(), &report.labels);
        count_keys(&mut keys.borrow_mut(), &identity.operator_labels);
        let group = group.and_then(|key| label(&identity.operator_labels, &report.labels, key));
        WallNode {
            id: identity.id.to_string(),
            name: identity.name.to_string(),
            status: *world.get::<NodeStatus>(entity).expect(WHOLE),
            group: group.map(str::to_owned),
        }
    };
    let wrap = |nodes| {
        let label_keys = keys.take().into_iter().map(|(key, count)| (key.to_owned(), count));
        AnswerBody::Wall(Box::new(WallPage { nodes, label_keys: label_keys.collect() }))
    };
    let pick = Pick { query, scope, filter, page, items_max: WALL_NODES_MAX, is_counted: false };
    scan(world, &pick, progress, item, wrap)
}

fn count_keys<'a>(counts: &mut BTreeMap<&'a str, u32>, labels: &'a Labels) {
    for (key, _) in labels {
        if let Some(count) = counts.get_mut(&**key) {
            *count += 1;
        } else if counts.len() < LABEL_KEYS_MAX {
            counts.insert(key, 1);
        }
    }
}
