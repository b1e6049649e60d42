//! `/fleet/wall`: every node that a filter picks, grouped by a label; of each only what a cell needs.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use hyper::StatusCode;
use serde::Serialize;
use systole_systems::answer::{AnswerBody, WallPage};
use systole_systems::limits::WALL_NODES_MAX;
use systole_systems::query::{Order, Page, Query};
use systole_systems::status::NodeStatus;

use crate::http::api::call::{Call, mismatched};
use crate::http::api::list::position_text;
use crate::http::api::nodes::filter;
use crate::http::reply::{HttpError, Reply, json};

/// More keys are no choice for people.
const LABEL_KEYS_MAX: usize = 64;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WallView {
    groups: Vec<GroupView>,
    label_keys: Vec<String>,
    position: String,
}

#[derive(Serialize)]
struct GroupView {
    /// Null: nodes without the label, or no label was asked for.
    value: Option<String>,
    nodes: CellsView,
}

/// Cells as columns, by name: very many of them are small this way, and quick to read.
#[derive(Default, Serialize)]
struct CellsView {
    ids: Vec<String>,
    names: Vec<String>,
    /// A letter each.
    statuses: String,
}

pub(super) async fn wall(call: &Call) -> Result<Reply, HttpError> {
    let viewer = call.viewer()?;
    let (filter, group) = (filter(call)?, call.params.text("group")?);
    // Those with the label come first, by its value.
    let mut groups: BTreeMap<(bool, Option<String>), CellsView> = BTreeMap::new();
    let mut key_counts: BTreeMap<String, u32> = BTreeMap::new();
    let (mut cursor, mut position) = (None, None);
    loop {
        let query = Query::Wall {
            viewer: viewer.clone(),
            filter: filter.clone(),
            group: group.clone(),
            page: Page { cursor, limit: WALL_NODES_MAX, order: Order::Name },
        };
        let answer = call.ask(query, "environment").await?;
        let AnswerBody::Wall(page) = answer.body else { mismatched() };
        // A stream that goes on from the oldest page tells some changes twice and misses none.
        let position = *position.get_or_insert(answer.position);
        let WallPage { nodes, label_keys: keys } = *page;
        for (key, count) in keys {
            *key_counts.entry(key).or_default() += count;
        }
        for node in nodes.items {
            let cells = groups.entry((node.group.is_none(), node.group)).or_default();
            cells.ids.push(node.id);
            cells.names.push(node.name);
            cells.statuses.push(letter(node.status));
        }
        cursor = nodes.next_cursor;
        if cursor.is_none() {
            let groups = groups.into_iter().map(|((_, value), nodes)| GroupView { value, nodes });
            let view = WallView {
                groups: groups.collect(),
                label_keys: most_common(key_counts),
                position: position_text(position),
            };
            return Ok(json(StatusCode::OK, &view));
        }
    }
}

/// The keys that most nodes have, by name: those one node alone tells are no groups.
fn most_common(counts: BTreeMap<String, u32>) -> Vec<String> {
    let mut keys: Vec<(String, u32)> = counts.into_iter().collect();
    keys.sort_by_key(|(_, count)| Reverse(*count));
    keys.truncate(LABEL_KEYS_MAX);
    let mut keys: Vec<String> = keys.into_iter().map(|(key, _)| key).collect();
    keys.sort();
    keys
}

fn letter(status: NodeStatus) -> char {
    match status {
        NodeStatus::Healthy => 'H',
        NodeStatus::Degraded => 'D',
        NodeStatus::Unreachable => 'U',
        NodeStatus::Unknown => 'N',
    }
}
