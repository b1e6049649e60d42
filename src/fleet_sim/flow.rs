//! How events flow through a simulated pipeline: its components and edges as its configuration has them.
//!
//! Counters are functions of what the sources have produced, so nothing but that is kept of a process,
//! and no counter ever goes down.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::fleet_sim::flow_types::{Passing, kilo_share, passing, source_bytes, source_share};
use crate::fleet_sim::subjects::{EventKind, Subject};
use crate::vector_config::VectorConfig;
use crate::vector_config::component::{Component, ComponentKind};

/// Thousandths that an output beside the one without a name carries at least.
const APART_MIN: u64 = 10;
/// Bytes an event has at most: in a long row of parts that each make it larger it would outgrow any number.
const EVENT_BYTES_MAX: u64 = 64 << 10;
/// The output of a route for what takes none of its routes.
const UNMATCHED: &str = "_unmatched";

/// A pipeline as its processes run it, in the order of the stream.
#[derive(Debug)]
pub struct Flow {
    pub parts: Vec<Part>,
}

/// A component, and where its events go.
#[derive(Debug)]
pub struct Part {
    pub id: Arc<str>,
    pub kind: ComponentKind,
    /// What its events are about.
    pub events: EventKind,
    /// Of a source: its part of what the process produces, in thousandths.
    pub produces: u64,
    /// Bytes of an event that leaves it, or of one that a source receives.
    pub event_bytes: u64,
    /// Mean seconds an event spends in it; sources have none.
    pub latency: Option<f64>,
    outputs: Vec<Branch>,
    /// Thousandths of what it receives that it throws away on purpose.
    discards: u64,
}

/// An output: its share in thousandths, and who reads it.
#[derive(Debug)]
struct Branch {
    share: u64,
    readers: Vec<usize>,
}

/// What passed a component since its process started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Passed {
    pub received: u64,
    pub sent: u64,
    pub discarded: u64,
}

impl Flow {
    /// Reads a configuration. Fails, as Vector does, with the first thing that is wrong with it.
    pub fn read(text: &str) -> Result<Flow, String> {
        let config = VectorConfig::parse(text);
        if let Some(problem) = config.first_error() {
            return Err(format!("line {}: {}", problem.at.line, problem.message));
        }
        let ordered = config.in_stream_order();
        let places: FxHashMap<&str, usize> =
            ordered.iter().enumerate().map(|(at, component)| (component.id.as_str(), at)).collect();
        let mut parts: Vec<Part> = Vec::with_capacity(ordered.len());
        for component in ordered {
            let inputs = config.edges.iter().filter(|edge| edge.to == component.id);
            let first = inputs.map(|edge| &parts[places[edge.from.as_str()]]).next();
            let passing = passing(component);
            let mut part = part(component, passing, first);
            let mut named: Vec<(&str, Vec<usize>)> = Vec::new();
            let mut plain = Vec::new();
            for edge in config.edges.iter().filter(|edge| edge.from == component.id) {
                let reader = places[edge.to.as_str()];
                let Some(output) = edge.output.as_deref() else {
                    plain.push(reader);
                    continue;
                };
                match named.iter_mut().find(|(name, _)| *name == output) {
                    Some((_, readers)) => readers.push(reader),
                    None => named.push((output, vec![reader])),
                }
            }
            part.connect(passing, plain, named);
            parts.push(part);
        }
        Ok(Flow { parts })
    }

    /// What passed each component when the sources have produced so much, by the order of `parts`.
    pub fn passed(&self, produced: &[u64]) -> Vec<Passed> {
        let mut all = vec![Passed::default(); self.parts.len()];
        for (at, part) in self.parts.iter().enumerate() {
            if part.kind == ComponentKind::Source {
                all[at].received = produced[at];
            }
            let received = all[at].received;
            if part.kind == ComponentKind::Sink {
                all[at].sent = received;
                continue;
            }
            for branch in &part.outputs {
                let passing = kilo_share(received, branch.share);
                all[at].sent += passing;
                for &reader in &branch.readers {
                    all[reader].received += passing;
                }
            }
            all[at].discarded = kilo_share(received, part.discards);
        }
        all
    }

    /// The component with this id.
    pub fn part(&self, id: &str) -> Option<&Part> {
        self.parts.iter().find(|part| &*part.id == id)
    }
}

/// A component that is not connected yet, behind the first of those it reads from.
fn part(component: &Component, passing: Passing, first: Option<&Part>) -> Part {
    let type_name = component.type_name.as_deref().unwrap_or_default();
    let id = component.id.as_str().into();
    let part = Part {
        id,
        kind: component.kind,
        events: EventKind::of_source(type_name),
        produces: 0,
        event_bytes: source_bytes(type_name),
        latency: None,
        outputs: Vec::new(),
        discards: 0,
    };
    match component.kind {
        ComponentKind::Source => Part { produces: source_share(type_name), ..part },
        ComponentKind::Transform | ComponentKind::Sink => {
            let (before, bytes) = first.map_or((part.events.clone(), part.event_bytes), |first| {
                (first.events.clone(), first.event_bytes)
            });
            let events = match type_name {
                "log_to_metric" | "aggregate" => EventKind { subject: Subject::Metric, ..before },
                "remap" | "lua" => EventKind { is_line: false, ..before },
                _ => before,
            };
            Part {
                events,
                event_bytes: kilo_share(bytes, passing.bytes).clamp(1, EVENT_BYTES_MAX),
                latency: Some(passing.latency),
                ..part
            }
        }
    }
}

impl Part {
    /// Says where its events go: readers of the output without a name, and of those that have one.
    fn connect(&mut self, passing: Passing, plain: Vec<usize>, named: Vec<(&str, Vec<usize>)>) {
        let is_split_source = self.kind == ComponentKind::Source && !named.is_empty();
        if passing.splits || is_split_source {
            self.split(named);
            return;
        }
        // What an output like `dropped` carries is missing from the one without a name.
        let apart = if named.is_empty() { 0 } else { (1_000 - passing.share).max(APART_MIN) };
        let share = passing.share.min(1_000 - apart);
        self.discards = if passing.discards && named.is_empty() { 1_000 - share } else { 0 };
        self.outputs.push(Branch { share, readers: plain });
        let count = named.len() as u64;
        let apart = named.into_iter().map(|(_, readers)| Branch { share: apart / count, readers });
        self.outputs.extend(apart);
    }

    /// Each event goes to one output, the first ones take most.
    fn split(&mut self, named: Vec<(&str, Vec<usize>)>) {
        const WEIGHTS: [u64; 3] = [5, 3, 2];
        let takes_all =
            self.kind == ComponentKind::Source || named.iter().any(|(name, _)| *name == UNMATCHED);
        let mut next = WEIGHTS.into_iter();
        let weights: Vec<u64> = named
            .iter()
            .map(|(name, _)| if *name == UNMATCHED { 1 } else { next.next().unwrap_or(1) })
            .collect();
        let total = weights.iter().sum::<u64>() + u64::from(!takes_all);
        self.discards = if takes_all { 0 } else { 1_000 / total };
        for ((_, readers), weight) in named.into_iter().zip(weights) {
            self.outputs.push(Branch { share: weight * 1_000 / total, readers });
        }
        let shared: u64 = self.outputs.iter().map(|branch| branch.share).sum();
        if let Some(first) = self.outputs.first_mut() {
            first.share += 1_000 - self.discards - shared;
        }
    }
}

#[cfg(test)]
mod tests;
