//! What agents are still to do, told at each poll until it is done.

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use rustc_hash::FxHashMap;
use serde_json::Value;

/// Actions by node. Cheap to clone; clones share the table.
#[derive(Clone, Debug, Default)]
pub struct PendingActions {
    table: Arc<RwLock<FxHashMap<String, Pending>>>,
}

#[derive(Debug)]
struct Pending {
    action: Value,
    /// Somebody is about to end it.
    is_ending: bool,
}

impl PendingActions {
    /// Gives a node something to do, in place of what it had.
    pub fn set(&self, node: &str, action: Value) {
        self.write().insert(node.to_owned(), Pending { action, is_ending: false });
    }

    /// The node has nothing to do.
    pub fn remove(&self, node: &str) {
        self.write().remove(node);
    }

    /// What the node is to do.
    pub fn of_node(&self, node: &str) -> Option<Value> {
        let table = self.read();
        if table.is_empty() { None } else { table.get(node).map(|pending| pending.action.clone()) }
    }

    /// Begins to end what the node was to do; false: it is something else, or somebody does already.
    pub fn begin_to_end(&self, node: &str, action: &Value) -> bool {
        let mut table = self.write();
        let known = table.get_mut(node).filter(|known| known.action == *action);
        known.is_some_and(|known| !std::mem::replace(&mut known.is_ending, true))
    }

    /// It could not be ended: the next heartbeat may try again.
    pub fn go_on(&self, node: &str) {
        if let Some(pending) = self.write().get_mut(node) {
            pending.is_ending = false;
        }
    }

    fn read(&self) -> RwLockReadGuard<'_, FxHashMap<String, Pending>> {
        self.table.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, FxHashMap<String, Pending>> {
        self.table.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether an agent of this version has become the target: it is the same or a later one. Numbers are
/// compared part by part; where they cannot be, the texts must be the same. A `v` before them says nothing.
pub fn has_become(version: &str, target: &str) -> bool {
    let numbers = |text: &str| -> Option<Vec<u64>> {
        let core = text.split(['-', '+']).next()?;
        core.split('.').map(|part| part.parse().ok()).collect()
    };
    let plain = |text: &'_ str| text.trim_start_matches('v').to_owned();
    let (version, target) = (&*plain(version), &*plain(target));
    if version == target {
        return true;
    }
    match (numbers(version), numbers(target)) {
        (Some(version), Some(target)) => version > target,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_agent_has_become_its_target_when_it_is_the_same_or_later() {
        for (version, target, expected) in [
            ("v1.4.2", "v1.4.2", true),
            ("1.4.2", "v1.4.2", true),
            ("v1.4.2", "1.4.2", true),
            ("1.4.3", "v1.4.2", true),
            ("v1.10.0", "v1.9.9", true),
            ("v1.4.1", "v1.4.2", false),
            ("v1.4.2-rc1", "v1.4.2", false),
            ("dev", "v1.4.2", false),
            ("dev-abc", "dev-abc", true),
            ("dev-abc", "dev-def", false),
        ] {
            assert_eq!(has_become(version, target), expected, "{version} for {target}");
        }
    }
}
