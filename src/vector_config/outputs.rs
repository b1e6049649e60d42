//! The outputs of components, by type, as Vector's `outputs()` of each type gives them.
//!
//! Types that are not here have one output without a name, and whatever others their readers name:
//! Vector grows faster than this table.

use crate::vector_config::component::{Component, ComponentKind};
use crate::vector_config::placeholders::has_placeholder;
use crate::vector_config::value::{Node, Value};

/// The outputs of a component.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Outputs {
    /// A sink.
    None,
    /// All of them are known.
    Known {
        has_default: bool,
        names: Vec<String>,
        /// The option that would give it an output it does not have.
        option: Option<&'static str>,
    },
    /// The one without a name, and any that is named.
    Any,
}

impl Outputs {
    pub(super) fn of(component: &Component) -> Self {
        let options = &component.options;
        match (component.kind, component.type_name.as_deref()) {
            (ComponentKind::Sink, _) => Self::None,
            (ComponentKind::Source, Some("datadog_agent")) => datadog_agent(options),
            (ComponentKind::Source, Some("opentelemetry")) => {
                named_only(["logs", "metrics", "traces"].map(str::to_owned).to_vec())
            }
            // Only `reroute_dropped` opens the output; `drop_on_error` and `drop_on_abort` alone lose
            // the events.
            (ComponentKind::Transform, Some("remap" | "throttle")) => {
                rerouting(options, "dropped", "reroute_dropped")
            }
            (ComponentKind::Transform, Some("route")) => route(options),
            (ComponentKind::Transform, Some("exclusive_route")) => exclusive_route(options),
            (ComponentKind::Transform, Some("swimlanes")) => match keys(options.get("lanes")) {
                Some(names) => named_only(names),
                None => Self::Any,
            },
            (ComponentKind::Source | ComponentKind::Transform, Some(_) | None) => Self::Any,
        }
    }
}

/// One output for each of its routes, and one for what takes none. It has none without a name.
fn route(options: &Node) -> Outputs {
    let (Some(mut names), Some(reroutes)) =
        (keys(options.get("route")), flag(options, "reroute_unmatched", true))
    else {
        return Outputs::Any;
    };
    if reroutes {
        names.push("_unmatched".into());
    }
    named_only(names)
}

fn exclusive_route(options: &Node) -> Outputs {
    let routes = options.get("routes").and_then(Node::items).unwrap_or_default();
    let names = routes.iter().map(|route| route.get("name").and_then(Node::text));
    let names: Option<Vec<String>> =
        names.map(|name| name.filter(|name| !has_placeholder(name)).map(str::to_owned)).collect();
    match names {
        Some(mut names) => {
            names.push("_unmatched".into());
            named_only(names)
        }
        None => Outputs::Any,
    }
}

fn rerouting(options: &Node, name: &str, option: &'static str) -> Outputs {
    match flag(options, option, false) {
        Some(true) => {
            Outputs::Known { has_default: true, names: vec![name.to_owned()], option: None }
        }
        Some(false) => {
            Outputs::Known { has_default: true, names: Vec::new(), option: Some(option) }
        }
        None => Outputs::Any,
    }
}

fn datadog_agent(options: &Node) -> Outputs {
    const KINDS: [(&str, &str); 3] =
        [("logs", "disable_logs"), ("metrics", "disable_metrics"), ("traces", "disable_traces")];
    match flag(options, "multiple_outputs", false) {
        Some(true) => {
            let kinds = KINDS.into_iter();
            let on = kinds.filter(|(_, off)| flag(options, off, false) != Some(true));
            named_only(on.map(|(name, _)| name.to_owned()).collect())
        }
        Some(false) => Outputs::Known {
            has_default: true,
            names: Vec::new(),
            option: Some("multiple_outputs"),
        },
        None => Outputs::Any,
    }
}

fn named_only(names: Vec<String>) -> Outputs {
    Outputs::Known { has_default: false, names, option: None }
}

/// The keys of a map; `None` when there is no map, or the node decides what they are.
fn keys(node: Option<&Node>) -> Option<Vec<String>> {
    let keys = node?.entries()?.iter().map(|entry| &entry.key);
    keys.map(|key| (!has_placeholder(key)).then(|| key.clone())).collect()
}

/// A boolean option; `None` when the node decides what it is.
fn flag(options: &Node, key: &str, default: bool) -> Option<bool> {
    let Some(node) = options.get(key) else { return Some(default) };
    match &node.value {
        Value::Bool(value) => Some(*value),
        Value::Null
        | Value::Integer(_)
        | Value::Float(_)
        | Value::Text(_)
        | Value::Placeholder(_)
        | Value::List(_)
        | Value::Map(_) => None,
    }
}
