//! What is wrong with a configuration whose components and edges are known.

use rustc_hash::FxHashMap;

use crate::vector_config::component::{
    COMPONENT_ID_BYTES_MAX, Component, ComponentKind, RESERVED_PREFIX,
};
use crate::vector_config::edges::Resolved;
use crate::vector_config::place::Place;
use crate::vector_config::placeholders::has_placeholder;
use crate::vector_config::problem::{Problems, shown};
use crate::vector_config::tables::Table;
use crate::vector_config::value::{Node, Value};

pub(super) fn check_ids(components: &[Component], problems: &mut Problems) {
    let mut known: FxHashMap<&str, &Component> = FxHashMap::default();
    for component in components {
        if let Some(wrong) = wrong_id(&component.id) {
            let message = format!("the id of {} {wrong}", component.title());
            problems.error_of(&component.id, component.at, message);
        }
        let Some(first) = known.get(component.id.as_str()) else {
            known.insert(&component.id, component);
            continue;
        };
        let message = format!(
            "{} has the id of a {} at line {}; give one of them another",
            component.title(),
            first.kind.name(),
            first.at.line
        );
        problems.error_of(&component.id, component.at, message);
    }
}

fn wrong_id(id: &str) -> Option<String> {
    if id.is_empty() {
        return Some("is empty; give it one".into());
    }
    // What a placeholder stands for may have a dot, and the node's Vector will say so.
    if id.contains('.') && !has_placeholder(id) {
        return Some("has a dot, which separates a component from its output; use `_`".into());
    }
    if id.chars().any(char::is_control) {
        return Some("has a control character; remove it".into());
    }
    if COMPONENT_ID_BYTES_MAX < id.len() {
        return Some(format!("is longer than {COMPONENT_ID_BYTES_MAX} bytes; shorten it"));
    }
    id.starts_with(RESERVED_PREFIX)
        .then(|| format!("begins with `{RESERVED_PREFIX}`, which is reserved; choose another"))
}

/// Vector starts with a source and a sink at least.
pub(super) fn check_ends(root: &Node, components: &[Component], problems: &mut Problems) {
    for kind in [ComponentKind::Source, ComponentKind::Sink] {
        let (section, name) = (kind.section(), kind.name());
        let entry = root.entry(section);
        // What is no map has been told already.
        let is_map = entry.is_none_or(|entry| entry.node.entries().is_some());
        if is_map && !components.iter().any(|component| component.kind == kind) {
            let at = entry.map_or(Place::START, |entry| entry.key_at);
            problems.error(at, format!("there is no {name}; add one under `{section}`"));
        }
    }
}

/// Components whose events go nowhere.
pub(super) fn check_unused(components: &[Component], resolved: &Resolved, problems: &mut Problems) {
    if resolved.has_unknown {
        return;
    }
    for component in components {
        let has_outputs = match component.kind {
            ComponentKind::Source | ComponentKind::Transform => true,
            ComponentKind::Sink => false,
        };
        if has_outputs && !resolved.read_ids.contains(&component.id) {
            let message = format!(
                "nothing reads from {}; add it to the `inputs` of a sink or remove it",
                component.title()
            );
            problems.warning_of(&component.id, component.at, message);
        }
    }
}

/// Tables that feed a source share the ids of components.
pub(super) fn check_tables(components: &[Component], tables: &[Table], problems: &mut Problems) {
    for component in components {
        let is_taken = |table: &&Table| table.source_id.as_ref() == Some(&component.id);
        if let Some(table) = tables.iter().find(is_taken) {
            let message = format!(
                "{} has the id of the source of enrichment table `{}`; give one of them another",
                component.title(),
                shown(&table.id)
            );
            problems.error_of(&component.id, component.at, message);
        }
    }
}

/// Keys without a value, which Vector refuses wherever they are.
pub(super) fn check_empty_values(root: &Node, problems: &mut Problems) {
    for section in root.entries().unwrap_or_default() {
        let kind = ComponentKind::ALL.into_iter().find(|kind| kind.section() == section.key);
        let Some(kind) = kind else {
            empty_values(&section.node, &section.key, section.key_at, None, problems);
            continue;
        };
        for component in section.node.entries().unwrap_or_default() {
            for option in component.node.entries().unwrap_or_default() {
                let is_told = option.key == "type"
                    || (option.key == "inputs" && kind != ComponentKind::Source);
                if !is_told {
                    let id = Some(component.key.as_str());
                    empty_values(&option.node, &option.key, option.key_at, id, problems);
                }
            }
        }
    }
}

fn empty_values(
    node: &Node,
    key: &str,
    key_at: Place,
    component: Option<&str>,
    problems: &mut Problems,
) {
    match &node.value {
        Value::Null => {
            let key = shown(key);
            let message =
                format!("`{key}` has no value, which Vector refuses; give it one or remove it");
            match component {
                Some(component) => problems.warning_of(component, key_at, message),
                None => problems.warning(key_at, message),
            }
        }
        Value::Bool(_)
        | Value::Integer(_)
        | Value::Float(_)
        | Value::Text(_)
        | Value::Placeholder(_) => (),
        Value::List(items) => {
            for item in items {
                empty_values(item, key, item.at, component, problems);
            }
        }
        Value::Map(entries) => {
            for entry in entries {
                empty_values(&entry.node, &entry.key, entry.key_at, component, problems);
            }
        }
    }
}
