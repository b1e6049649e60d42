//! The components of a configuration: what each is, where it stands, and what it reads from.

use serde::Serialize;

use crate::vector_config::place::Place;
use crate::vector_config::problem::{Problems, shown};
use crate::vector_config::value::{Entry, Node, Value};

/// Most components of one configuration. Vector itself takes seconds to start with so many.
pub const COMPONENTS_MAX: usize = 1_000;

/// Longest id, in bytes: ids are labels of every metric of their component.
pub const COMPONENT_ID_BYTES_MAX: usize = 128;

/// Ids that begin so belong to the agents, which leave such components out of what they report.
pub const RESERVED_PREFIX: &str = "vf_";

/// A source, transform or sink.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Component {
    pub id: String,
    pub kind: ComponentKind,
    /// Null where the text has none, which is an error.
    #[serde(rename = "type")]
    pub type_name: Option<String>,
    #[serde(flatten)]
    pub at: Place,
    /// What it reads from, as written.
    #[serde(skip)]
    pub inputs: Vec<ComponentInput>,
    /// All of its options, for its outputs and for comparing revisions.
    #[serde(skip)]
    pub(super) options: Node,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ComponentKind {
    Source,
    Transform,
    Sink,
}

/// One entry of `inputs`: an id, an id with an output, or a wildcard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ComponentInput {
    pub text: String,
    pub at: Place,
    /// What it stands for; empty when it stands for nothing, or only the node knows.
    pub reads: Vec<Output>,
}

/// An output of a component.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Output {
    pub component: String,
    /// `None` is the output that has no name.
    pub name: Option<String>,
}

impl ComponentKind {
    pub(super) const ALL: [Self; 3] = [Self::Source, Self::Transform, Self::Sink];

    /// The key of the text that holds them.
    pub(super) fn section(self) -> &'static str {
        match self {
            Self::Source => "sources",
            Self::Transform => "transforms",
            Self::Sink => "sinks",
        }
    }

    /// The word for one.
    pub fn name(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Transform => "transform",
            Self::Sink => "sink",
        }
    }
}

impl Component {
    /// How messages name it.
    pub(super) fn title(&self) -> String {
        format!("{} `{}`", self.kind.name(), shown(&self.id))
    }
}

/// The components in the order of the text; what is wrong with their shape is among the problems. `None`
/// when there is no going on: no map, or too many.
pub(super) fn collect_components(root: &Node, problems: &mut Problems) -> Option<Vec<Component>> {
    let Some(top) = root.entries() else {
        let what = root.what();
        let message =
            format!("the configuration is {what}, and must be a map with `sources` and `sinks`");
        problems.error(root.at, message);
        return None;
    };
    let mut components = Vec::new();
    for section in top {
        let kind = ComponentKind::ALL.into_iter().find(|kind| kind.section() == section.key);
        let Some(kind) = kind else { continue };
        let Some(entries) = section.node.entries() else {
            let (key, what) = (&section.key, section.node.what());
            let message = format!("`{key}` is {what}, and must be a map of ids to {key}");
            problems.error(section.key_at, message);
            continue;
        };
        for entry in entries {
            if components.len() == COMPONENTS_MAX {
                let message = format!(
                    "this is more than {COMPONENTS_MAX} components; split the pipeline in two"
                );
                problems.error(entry.key_at, message);
                return None;
            }
            components.push(component(kind, entry, problems));
        }
    }
    Some(components)
}

/// A component as far as it is one: others may read from it whatever is wrong with it.
fn component(kind: ComponentKind, entry: &Entry, problems: &mut Problems) -> Component {
    let mut component = Component {
        id: entry.key.clone(),
        kind,
        type_name: None,
        at: entry.key_at,
        inputs: Vec::new(),
        options: entry.node.clone(),
    };
    if entry.node.entries().is_none() {
        let (title, what) = (component.title(), entry.node.what());
        let message = format!("{title} is {what}, and must be a map with a `type`");
        problems.error_of(&component.id, component.at, message);
        return component;
    }
    component.type_name = type_name(&component, problems);
    component.inputs = inputs(&component, problems);
    component
}

fn type_name(component: &Component, problems: &mut Problems) -> Option<String> {
    let title = component.title();
    let Some(entry) = component.options.entry("type") else {
        let message = format!("{title} has no `type`; add one");
        problems.error_of(&component.id, component.at, message);
        return None;
    };
    match &entry.node.value {
        Value::Text(text) | Value::Placeholder(text) if !text.is_empty() => Some(text.clone()),
        Value::Text(_) | Value::Placeholder(_) => {
            let message = format!("{title} has an empty `type`; name one");
            problems.error_of(&component.id, entry.key_at, message);
            None
        }
        Value::Null
        | Value::Bool(_)
        | Value::Integer(_)
        | Value::Float(_)
        | Value::List(_)
        | Value::Map(_) => {
            let what = entry.node.what();
            let message = format!("the `type` of {title} is {what}, and must be a text");
            problems.error_of(&component.id, entry.key_at, message);
            None
        }
    }
}

fn inputs(component: &Component, problems: &mut Problems) -> Vec<ComponentInput> {
    let title = component.title();
    let entry = component.options.entry("inputs");
    match (component.kind, entry) {
        (ComponentKind::Source, None) => Vec::new(),
        (ComponentKind::Source, Some(entry)) => {
            let message =
                format!("{title} has `inputs`, and a source reads from no component; remove them");
            problems.error_of(&component.id, entry.key_at, message);
            Vec::new()
        }
        (ComponentKind::Transform | ComponentKind::Sink, None) => {
            let message = format!("{title} has no `inputs`; name what it reads from");
            problems.error_of(&component.id, component.at, message);
            Vec::new()
        }
        (ComponentKind::Transform | ComponentKind::Sink, Some(entry)) => {
            listed_inputs(&title, &component.id, entry, problems)
        }
    }
}

/// The inputs under a key: a list of texts, or one text.
pub(super) fn listed_inputs(
    title: &str,
    id: &str,
    entry: &Entry,
    problems: &mut Problems,
) -> Vec<ComponentInput> {
    let single = std::slice::from_ref(&entry.node);
    let items = match &entry.node.value {
        Value::List(items) => items.as_slice(),
        Value::Text(_) | Value::Placeholder(_) => single,
        Value::Null => &[],
        Value::Bool(_) | Value::Integer(_) | Value::Float(_) | Value::Map(_) => {
            let what = entry.node.what();
            let message = format!("`inputs` of {title} is {what}, and must be a list of ids");
            problems.error_of(id, entry.key_at, message);
            return Vec::new();
        }
    };
    if items.is_empty() {
        let message = format!("{title} has empty `inputs`; name what it reads from");
        problems.error_of(id, entry.key_at, message);
    }
    let mut inputs = Vec::with_capacity(items.len());
    for item in items {
        match item.text() {
            Some("") => {
                let message =
                    format!("an input of {title} is empty; name a component or remove it");
                problems.error_of(id, item.at, message);
            }
            Some(text) => {
                inputs.push(ComponentInput {
                    text: text.to_owned(),
                    at: item.at,
                    reads: Vec::new(),
                });
            }
            None => {
                let what = item.what();
                let message =
                    format!("an input of {title} is {what}, and must be the id of a component");
                problems.error_of(id, item.at, message);
            }
        }
    }
    inputs
}
