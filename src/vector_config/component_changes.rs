//! What a new revision changes, component by component: comments and the order of keys do not count.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::vector_config::VectorConfig;
use crate::vector_config::component::{Component, ComponentKind};

/// The components that differ, each list in the order of sources, transforms, sinks, and then of ids.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ComponentChanges {
    pub added: Vec<ComponentName>,
    pub removed: Vec<ComponentName>,
    pub changed: Vec<ComponentName>,
}

/// What tells a component from all others of a configuration.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct ComponentName {
    pub kind: ComponentKind,
    pub id: String,
}

impl ComponentChanges {
    /// Compares what the components are. `None` when one of the texts cannot be read.
    pub fn between(old: &VectorConfig, new: &VectorConfig) -> Option<Self> {
        if !old.is_readable || !new.is_readable {
            return None;
        }
        let (old, new) = (by_name(old), by_name(new));
        let mut changes = Self::default();
        for (name, component) in &old {
            match new.get(name) {
                None => changes.removed.push(name.clone()),
                Some(now) if now.options != component.options => changes.changed.push(name.clone()),
                Some(_) => (),
            }
        }
        changes.added = new.keys().filter(|name| !old.contains_key(name)).cloned().collect();
        Some(changes)
    }
}

fn by_name(config: &VectorConfig) -> BTreeMap<ComponentName, &Component> {
    let components = config.components.iter();
    components
        .map(|component| {
            (ComponentName { kind: component.kind, id: component.id.clone() }, component)
        })
        .collect()
}
