//! Which component reads which output of which other: `inputs` resolved as Vector resolves them.

use rustc_hash::{FxHashMap, FxHashSet};
use serde::Serialize;

use crate::vector_config::component::{Component, ComponentInput, ComponentKind, Output};
use crate::vector_config::hint::Hints;
use crate::vector_config::outputs::Outputs;
use crate::vector_config::placeholders::has_placeholder;
use crate::vector_config::problem::{Problems, shown};
use crate::vector_config::tables::Table;
use crate::vector_config::wildcard::Wildcard;

/// Most edges of one configuration: a few wildcards can ask for millions.
pub const EDGES_MAX: usize = 20_000;

/// Most comparisons of wildcards with names in one configuration, a part of a second.
const WILDCARD_STEPS_MAX: usize = 20_000_000;

/// A component that reads from another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Edge {
    pub from: String,
    /// Null is the output that has no name.
    pub output: Option<String>,
    pub to: String,
}

/// Who reads from whom, in the order of the text.
pub(super) struct Resolved {
    pub edges: Vec<Edge>,
    /// The ids that somebody reads from.
    pub read_ids: FxHashSet<String>,
    /// True when an input is known to the node alone, so that anything may be read.
    pub has_unknown: bool,
}

/// What an `inputs` belongs to.
struct Reader<'a> {
    title: String,
    id: &'a str,
    /// A table reads, and is no component to draw an edge to.
    is_component: bool,
}

/// Resolves the inputs of all components and tables, and fills in what each input reads.
pub(super) fn resolve_inputs(
    components: &mut [Component],
    tables: &[Table],
    is_relaxed: bool,
    problems: &mut Problems,
) -> Resolved {
    let known = Known::of(components, tables);
    let resolved =
        Resolved { edges: Vec::new(), read_ids: FxHashSet::default(), has_unknown: false };
    let mut resolver =
        Resolver { known, resolved, problems, is_relaxed, hints: Hints::default(), steps: 0 };
    for component in components {
        let mut inputs = std::mem::take(&mut component.inputs);
        let reader = Reader { title: component.title(), id: &component.id, is_component: true };
        resolver.resolve(&reader, &mut inputs);
        component.inputs = inputs;
    }
    for table in tables {
        let title = format!("enrichment table `{}`", shown(&table.id));
        let reader = Reader { title, id: &table.id, is_component: false };
        resolver.resolve(&reader, &mut table.inputs.clone());
    }
    resolver.resolved
}

/// All that may be read, by the name under which it is.
struct Known {
    /// In the order of Vector, which tries wildcards on sources first, then on transforms.
    names: Vec<(String, Output)>,
    by_name: FxHashMap<String, usize>,
    kinds: FxHashMap<String, (ComponentKind, Outputs)>,
    /// Sources that tables are, under names of their own.
    table_sources: FxHashSet<String>,
}

impl Known {
    fn of(components: &[Component], tables: &[Table]) -> Self {
        let mut known = Self {
            names: Vec::new(),
            by_name: FxHashMap::default(),
            kinds: FxHashMap::default(),
            table_sources: tables.iter().filter_map(|table| table.source_id.clone()).collect(),
        };
        for kind in ComponentKind::ALL {
            for component in components.iter().filter(|component| component.kind == kind) {
                // An id that is there twice is told elsewhere; the first one is read.
                if !known.kinds.contains_key(&component.id) {
                    known.add(component);
                }
            }
        }
        known
    }

    fn add(&mut self, component: &Component) {
        let outputs = Outputs::of(component);
        match &outputs {
            Outputs::None => (),
            Outputs::Any => self.add_name(&component.id, None),
            Outputs::Known { has_default, names, option: _ } => {
                if *has_default {
                    self.add_name(&component.id, None);
                }
                for name in names {
                    self.add_name(&component.id, Some(name));
                }
            }
        }
        self.kinds.insert(component.id.clone(), (component.kind, outputs));
    }

    fn add_name(&mut self, id: &str, output: Option<&str>) {
        let name = match output {
            Some(output) => format!("{id}.{output}"),
            None => id.to_owned(),
        };
        let output = Output { component: id.to_owned(), name: output.map(str::to_owned) };
        if !self.by_name.contains_key(&name) {
            self.by_name.insert(name.clone(), self.names.len());
            self.names.push((name, output));
        }
    }

    /// What a plain name reads. Components of unknown types have any output that is named.
    fn plain(&self, name: &str) -> Option<Output> {
        if let Some(index) = self.by_name.get(name) {
            return Some(self.names[*index].1.clone());
        }
        let (id, output) = name.split_once('.')?;
        let (_, outputs) = self.kinds.get(id)?;
        (*outputs == Outputs::Any && !output.is_empty())
            .then(|| Output { component: id.to_owned(), name: Some(output.to_owned()) })
    }
}

struct Resolver<'a> {
    known: Known,
    resolved: Resolved,
    problems: &'a mut Problems,
    /// `wildcard_matching: relaxed`.
    is_relaxed: bool,
    hints: Hints,
    steps: usize,
}

impl Resolver<'_> {
    fn resolve(&mut self, reader: &Reader<'_>, inputs: &mut [ComponentInput]) {
        let mut seen: FxHashSet<Output> = FxHashSet::default();
        for input in inputs {
            if has_placeholder(&input.text) {
                self.resolved.has_unknown = true;
                continue;
            }
            if self.problems.is_full() {
                return;
            }
            let Some(outputs) = self.outputs(reader, input) else { return };
            for output in &outputs {
                if !seen.insert(output.clone()) {
                    let message = format!(
                        "{} reads from `{}` twice; remove one",
                        reader.title,
                        shown(&written(output))
                    );
                    self.problems.error_of(reader.id, input.at, message);
                    continue;
                }
                if self.resolved.edges.len() == EDGES_MAX {
                    self.too_many(reader, input);
                    return;
                }
                self.resolved.read_ids.insert(output.component.clone());
                if reader.is_component {
                    self.resolved.edges.push(Edge {
                        from: output.component.clone(),
                        output: output.name.clone(),
                        to: reader.id.to_owned(),
                    });
                }
            }
            input.reads = outputs;
        }
    }

    /// What an input reads; empty when that is wrong, `None` when the bounds are reached.
    fn outputs(&mut self, reader: &Reader<'_>, input: &ComponentInput) -> Option<Vec<Output>> {
        let Some(wildcard) = Wildcard::of(&input.text) else {
            let output = self.known.plain(&input.text);
            if output.is_none() && !self.known.table_sources.contains(&input.text) {
                self.unknown(reader, input);
            }
            return Some(output.into_iter().collect());
        };
        let mut outputs = Vec::new();
        for (name, output) in &self.known.names {
            // A wildcard leaves out its own component. Its own named outputs it does match, in
            // Vector as here, and that is a cycle.
            if name != reader.id && wildcard.matches(name, &mut self.steps) {
                outputs.push(output.clone());
            }
            if self.steps > WILDCARD_STEPS_MAX {
                self.too_many(reader, input);
                return None;
            }
        }
        let is_source = |id: &String| wildcard.matches(id, &mut self.steps);
        if outputs.is_empty() && !self.known.table_sources.iter().any(is_source) {
            self.unmatched(reader, input);
        }
        Some(outputs)
    }

    /// Vector refuses a wildcard that matches nothing, unless it is told not to.
    fn unmatched(&mut self, reader: &Reader<'_>, input: &ComponentInput) {
        let (title, wildcard) = (&reader.title, shown(&input.text));
        let message =
            format!("{title} reads from `{wildcard}`, which matches no source or transform");
        if self.is_relaxed {
            self.problems.warning_of(reader.id, input.at, message);
        } else {
            let message = format!("{message}; correct it or remove it");
            self.problems.error_of(reader.id, input.at, message);
        }
    }

    fn unknown(&mut self, reader: &Reader<'_>, input: &ComponentInput) {
        let why = self.why_unknown(&input.text);
        let message = format!("{} reads from `{}`, {why}", reader.title, shown(&input.text));
        self.problems.error_of(reader.id, input.at, message);
    }

    fn why_unknown(&mut self, name: &str) -> String {
        let (id, output) = match name.split_once('.') {
            Some((id, output)) => (id, Some(output)),
            None => (name, None),
        };
        match (self.known.kinds.get(id), output) {
            (Some((ComponentKind::Sink, _)), _) => {
                "which is a sink and has no output; read from what the sink reads".into()
            }
            (Some((_, Outputs::Known { names, option: _, has_default: _ })), None) => {
                let outputs = several(id, names);
                format!("which has named outputs only; read from {outputs}")
            }
            (Some((_, Outputs::Known { option: Some(option), .. })), Some(_)) => {
                format!("which is no output of `{}`; set its `{option}: true` for more", shown(id))
            }
            (Some((_, Outputs::Known { names, has_default, option: None })), Some(_)) => {
                let outputs = match has_default {
                    true if names.is_empty() => format!("`{}`", shown(id)),
                    true => format!("`{}`, {}", shown(id), several(id, names)),
                    false => several(id, names),
                };
                format!("which is no output of `{}`; read from {outputs}", shown(id))
            }
            (Some((_, Outputs::None | Outputs::Any)) | None, _) => {
                let names = self.known.names.iter().map(|(name, _)| name.as_str());
                match self.hints.nearest(name, names) {
                    Some(near) => {
                        format!("which does not exist; did you mean `{}`?", shown(near))
                    }
                    None => "which does not exist; name a source or a transform".into(),
                }
            }
        }
    }

    fn too_many(&mut self, reader: &Reader<'_>, input: &ComponentInput) {
        let message = format!(
            "`{}` of {} makes this configuration too large to connect; use fewer wildcards",
            shown(&input.text),
            reader.title
        );
        self.problems.error_of(reader.id, input.at, message);
    }
}

/// The names of a component's outputs, the first few of them.
fn several(id: &str, names: &[String]) -> String {
    const SHOWN_MAX: usize = 5;
    let id = shown(id);
    let mut listed: Vec<String> =
        names.iter().take(SHOWN_MAX).map(|name| format!("`{id}.{}`", shown(name))).collect();
    if names.len() > SHOWN_MAX {
        listed.push("others".into());
    }
    match listed.split_last() {
        None => "another component".into(),
        Some((last, [])) => last.clone(),
        Some((last, before)) => format!("{} or {last}", before.join(", ")),
    }
}

fn written(output: &Output) -> String {
    match &output.name {
        Some(name) => format!("{}.{name}", output.component),
        None => output.component.clone(),
    }
}
