//! What a Vector configuration says, read from the text a person wrote: its components, who reads from
//! whom, and what is wrong with it.
//!
//! Nothing here waits, reads a file, or knows the node it is for. Vector itself has the last word: this
//! tells what can be told without it, and with a line and a column.

use serde::Serialize;

use crate::vector_config::component::{Component, collect_components};
use crate::vector_config::edges::{Edge, resolve_inputs};
use crate::vector_config::format::Format;
use crate::vector_config::place::{Lines, Place};
use crate::vector_config::problem::{Problem, Problems, Severity};
use crate::vector_config::value::Node;

pub mod agent_text;
mod check;
pub mod component;
pub mod component_changes;
pub mod edges;
pub mod format;
mod hint;
pub mod line_changes;
mod merge_keys;
mod order;
mod outputs;
pub mod place;
mod placeholders;
mod plain_scalar;
pub mod problem;
mod read_toml;
mod read_yaml;
mod tables;
mod toml_placeholders;
mod value;
mod wildcard;
mod write_yaml;

#[cfg(test)]
mod tests;

/// Longest text: every poll of every node of the environment carries it.
pub const CONFIG_BYTES_MAX: usize = 1 << 20;

/// A configuration as far as it could be read.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct VectorConfig {
    pub format: Format,
    /// In the order of the text.
    pub components: Vec<Component>,
    /// In the order of the text of those who read.
    pub edges: Vec<Edge>,
    /// From the top of the text to its end.
    pub problems: Vec<Problem>,
    /// False when the text could not be read at all; the problems say why.
    #[serde(skip)]
    pub is_readable: bool,
}

impl VectorConfig {
    /// Reads and checks a text. Whatever is wrong with it is among the problems.
    pub fn parse(text: &str) -> Self {
        let format = Format::of(text);
        let mut problems = Problems::default();
        let root = read(text, format, &mut problems);
        let is_readable = root.is_some();
        let (components, edges) = match root {
            Some(root) => connect(&root, &mut problems),
            None => (Vec::new(), Vec::new()),
        };
        Self { format, components, edges, problems: problems.in_order(), is_readable }
    }

    /// The first of what keeps the configuration from being deployed.
    pub fn first_error(&self) -> Option<&Problem> {
        self.problems.iter().find(|problem| problem.severity == Severity::Error)
    }

    /// The components, each after those it reads from, and otherwise as in the text. Those in a circle, or
    /// behind one, come last.
    pub fn in_stream_order(&self) -> Vec<&Component> {
        let order = order::stream_order(&self.components, &self.edges);
        order.into_iter().map(|at| &self.components[at]).collect()
    }
}

/// The tree of a text; `None` when it cannot be read, and a problem says why.
fn read(text: &str, format: Format, problems: &mut Problems) -> Option<Node> {
    if CONFIG_BYTES_MAX < text.len() {
        let message = format!(
            "the configuration is {} bytes long, and {CONFIG_BYTES_MAX} is the most; shorten it",
            text.len()
        );
        problems.error(Place::START, message);
        return None;
    }
    if text.trim().is_empty() {
        problems.error(Place::START, "the configuration is empty; add a source and a sink".into());
        return None;
    }
    if format == Format::Yaml
        && let Some((byte, c)) = text.char_indices().find(|(_, c)| is_forbidden(*c))
    {
        let message = format!("character U+{:04X} is not allowed in YAML; remove it", u32::from(c));
        problems.error(Lines::of(text).place(byte), message);
        return None;
    }
    match format {
        Format::Yaml => read_yaml::read_yaml(text, problems),
        Format::Toml => read_toml::read_toml(text, problems),
    }
}

/// Characters that the reader inside Vector refuses, and ours would take for the end of the text.
fn is_forbidden(c: char) -> bool {
    (c.is_control() && !matches!(c, '\t' | '\n' | '\r' | '\u{85}'))
        || matches!(c, '\u{fffe}' | '\u{ffff}')
}

fn connect(root: &Node, problems: &mut Problems) -> (Vec<Component>, Vec<Edge>) {
    let Some(mut components) = collect_components(root, problems) else {
        return (Vec::new(), Vec::new());
    };
    let tables = tables::collect_tables(root, problems);
    let is_relaxed = root.get("wildcard_matching").and_then(Node::text) == Some("relaxed");
    let resolved = resolve_inputs(&mut components, &tables, is_relaxed, problems);
    check::check_ids(&components, problems);
    check::check_tables(&components, &tables, problems);
    check::check_empty_values(root, problems);
    check::check_ends(root, &components, problems);
    order::check_circles(&components, &resolved.edges, problems);
    check::check_unused(&components, &resolved, problems);
    (components, resolved.edges)
}
