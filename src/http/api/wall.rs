//! `/fleet/wall`: every node that a filter picks, grouped by a label; of each only what a cell needs.

use std::collections::{BTreeMap, BTreeSet};

use hyper::StatusCode;
use serde::Serialize;
use systole_systems::limits::WALL_NODES_MAX;
use systole_systems::query::{AnswerBody, Order, Page, Query, WallPage};
use systole_systems::status::NodeStatus;

use crate::http::api::call::{Call, mismatched};
use crate::http::api::list::position_text;
use crate::http::api::nodes::filter;
use crate::http::reply::{HttpError, Reply, json};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WallView {
    groups: Vec<GroupView>,
    label_keys: BTreeSet<String>,
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
    let mut label_keys = BTreeSet::new();
    let mut cursor = None;
    loop {
        let query = Query::Wall {
            viewer: viewer.clone(),
            filter: filter.clone(),
            group: group.clone(),
            page: Page { cursor, limit: WALL_NODES_MAX, order: Order::Name },
        };
        let answer = call.ask(query, "environment").await?;
        let AnswerBody::Wall(page) = answer.body else { mismatched() };
        let WallPage { nodes, label_keys: keys } = *page;
        label_keys.extend(keys);
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
                label_keys,
                position: position_text(answer.position),
            };
            return Ok(json(StatusCode::OK, &view));
        }
    }
}

fn letter(status: NodeStatus) -> char {
    match status {
        NodeStatus::Healthy => 'H',
        NodeStatus::Degraded => 'D',
        NodeStatus::Unreachable => 'U',
        NodeStatus::Unknown => 'N',
    }
}
