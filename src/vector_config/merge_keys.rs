//! `<<`, which takes the keys of other maps into this one, as Vector has done since its version 0.43.
//!
//! The map's own keys win, then those of the first map merged.

use rustc_hash::FxHashSet;

use crate::vector_config::problem::Problems;
use crate::vector_config::value::{Entry, Node, Value};

const MERGE_KEY: &str = "<<";

/// Merges throughout a tree, innermost first, so that merged maps may merge others.
pub(super) fn apply_merge_keys(node: &mut Node, problems: &mut Problems) {
    match &mut node.value {
        Value::Null
        | Value::Bool(_)
        | Value::Integer(_)
        | Value::Float(_)
        | Value::Text(_)
        | Value::Placeholder(_) => (),
        Value::List(items) => {
            for item in items {
                apply_merge_keys(item, problems);
            }
        }
        Value::Map(entries) => {
            for entry in entries.iter_mut() {
                apply_merge_keys(&mut entry.node, problems);
            }
            if let Some(index) = entries.iter().position(|entry| entry.key == MERGE_KEY) {
                let merge = entries.remove(index);
                merge_into(entries, merge, problems);
            }
        }
    }
}

fn merge_into(entries: &mut Vec<Entry>, merge: Entry, problems: &mut Problems) {
    let at = merge.key_at;
    let Some(maps) = merged_maps(merge.node) else {
        problems
            .error(at, "`<<` takes a map or a list of maps; write an alias such as `*name`".into());
        return;
    };
    let mut known: FxHashSet<String> = entries.iter().map(|entry| entry.key.clone()).collect();
    for entry in maps.into_iter().flatten() {
        if known.insert(entry.key.clone()) {
            entries.push(entry);
        }
    }
}

/// The maps to merge, the strongest first; `None` when something else stands there.
fn merged_maps(node: Node) -> Option<Vec<Vec<Entry>>> {
    match node.value {
        Value::Map(entries) => Some(vec![entries]),
        Value::List(items) => items.into_iter().map(only_map).collect(),
        Value::Null
        | Value::Bool(_)
        | Value::Integer(_)
        | Value::Float(_)
        | Value::Text(_)
        | Value::Placeholder(_) => None,
    }
}

fn only_map(node: Node) -> Option<Vec<Entry>> {
    match node.value {
        Value::Map(entries) => Some(entries),
        Value::Null
        | Value::Bool(_)
        | Value::Integer(_)
        | Value::Float(_)
        | Value::Text(_)
        | Value::Placeholder(_)
        | Value::List(_) => None,
    }
}
