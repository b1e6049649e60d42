//! Enrichment tables: no components, and yet some are fed by `inputs` and read like a source.

use crate::vector_config::component::{ComponentInput, listed_inputs};
use crate::vector_config::problem::{Problems, shown};
use crate::vector_config::value::Node;

/// A table as far as it takes part in the flow of events.
pub(super) struct Table {
    pub id: String,
    pub inputs: Vec<ComponentInput>,
    /// The id under which components read from it.
    pub source_id: Option<String>,
}

pub(super) fn collect_tables(root: &Node, problems: &mut Problems) -> Vec<Table> {
    let entries = root.get("enrichment_tables").and_then(Node::entries).unwrap_or_default();
    let mut tables = Vec::with_capacity(entries.len());
    for entry in entries {
        let title = format!("enrichment table `{}`", shown(&entry.key));
        let inputs = match entry.node.entry("inputs") {
            Some(inputs) => listed_inputs(&title, &entry.key, inputs, problems),
            None => Vec::new(),
        };
        let source = entry.node.get("source_config").and_then(|source| source.get("source_key"));
        let source_id = source.and_then(Node::text).map(str::to_owned);
        tables.push(Table { id: entry.key.clone(), inputs, source_id });
    }
    tables
}
