//! The tables of the fake store: what a batch writes and what is left out.

use std::collections::BTreeMap;
use std::fmt::Debug;

use systole_systems::rows::{Batch, StatusEventRow};

use crate::Verdict;
use crate::directory::Directory;
use crate::model::{Event, View};

/// Rows, by natural key.
#[derive(Clone, Default)]
pub struct Tables {
    /// Tick of the newest batch.
    pub tick: u64,
    view: View,
    /// Tick and place in it.
    events: BTreeMap<(u64, u32), StatusEventRow>,
    lines: BTreeMap<(u64, u32), (u64, String, String, crate::model::Line)>,
}

impl Tables {
    /// Writes a batch in one transaction. A batch that is older than the store writes nothing: false.
    pub fn apply(&mut self, batch: &Batch, directory: &Directory) -> bool {
        if batch.tick.0 < self.tick {
            return false;
        }
        self.tick = batch.tick.0;
        let has_node = |node: &str| directory.nodes.contains_key(node);
        let has_pipeline = |pipeline: &str| directory.pipelines.contains_key(pipeline);
        let has = |node: &str, pipeline: &str| has_node(node) && has_pipeline(pipeline);
        let view = &mut self.view;

        for row in batch.nodes.iter().filter(|row| has_node(&row.node)) {
            view.nodes.insert(row.node.clone(), row.clone());
        }
        for row in batch.node_minutes.iter().filter(|row| has_node(&row.node)) {
            view.node_minutes.insert((row.node.clone(), row.minute.0), row.host);
        }
        for row in &batch.instances {
            let key = (row.instance.node.clone(), row.instance.pipeline.clone());
            if has(&key.0, &key.1) {
                view.instances.insert(key, row.clone());
            }
        }
        for gone in &batch.instances_removed {
            view.instances.remove(&(gone.node.clone(), gone.pipeline.clone()));
        }
        for row in &batch.instance_minutes {
            let (node, pipeline) = (row.instance.node.clone(), row.instance.pipeline.clone());
            if has(&node, &pipeline) {
                view.instance_minutes.insert((pipeline, node, row.minute.0), row.totals);
            }
        }
        for row in batch.pipeline_minutes.iter().filter(|row| has_pipeline(&row.pipeline)) {
            view.pipeline_minutes.insert((row.pipeline.clone(), row.minute.0), row.totals);
        }
        for row in &batch.component_minutes {
            let (node, pipeline) = (row.instance.node.clone(), row.instance.pipeline.clone());
            if has(&node, &pipeline) {
                let key = (pipeline, node, row.component.clone(), row.minute.0);
                let latency = (row.latency_weighted_sum, row.latency_weight);
                view.component_minutes.insert(key, latency);
            }
        }
        for row in &batch.status_events {
            if has_node(&row.node) && row.pipeline.as_deref().is_none_or(has_pipeline) {
                self.events.entry((row.tick.0, row.ordinal)).or_insert_with(|| row.clone());
            }
        }
        for row in &batch.logs {
            let (node, pipeline) = (row.instance.node.clone(), row.instance.pipeline.clone());
            if has(&node, &pipeline) {
                let line = (row.level, row.message.clone());
                let kept = (row.at.0, node, pipeline, line);
                self.lines.entry((row.tick.0, row.ordinal)).or_insert(kept);
            }
        }
        true
    }

    /// Deletes a node with all history of it.
    pub fn delete_node(&mut self, node: &str) {
        self.view.nodes.remove(node);
        self.view.node_minutes.retain(|key, _| key.0 != node);
        self.view.instances.retain(|key, _| key.0 != node);
        self.view.instance_minutes.retain(|key, _| key.1 != node);
        self.view.component_minutes.retain(|key, _| key.1 != node);
        self.events.retain(|_, row| row.node != node);
        self.lines.retain(|_, line| line.1 != node);
    }

    /// Deletes a pipeline with all history of it.
    pub fn delete_pipeline(&mut self, pipeline: &str) {
        self.view.instances.retain(|key, _| key.1 != pipeline);
        self.view.pipeline_minutes.retain(|key, _| key.0 != pipeline);
        self.view.instance_minutes.retain(|key, _| key.0 != pipeline);
        self.view.component_minutes.retain(|key, _| key.0 != pipeline);
        self.events.retain(|_, row| row.pipeline.as_deref() != Some(pipeline));
        self.lines.retain(|_, line| line.2 != pipeline);
    }

    /// Deletes the history of all that is gone by now.
    pub fn forget_gone(&mut self, directory: &Directory) {
        let has_node = |node: &str| directory.nodes.contains_key(node);
        let has_pipeline = |pipeline: &str| directory.pipelines.contains_key(pipeline);
        self.view.nodes.retain(|node, _| has_node(node));
        self.view.node_minutes.retain(|key, _| has_node(&key.0));
        self.view.instances.retain(|key, _| has_node(&key.0) && has_pipeline(&key.1));
        self.view.pipeline_minutes.retain(|key, _| has_pipeline(&key.0));
        self.view.instance_minutes.retain(|key, _| has_pipeline(&key.0) && has_node(&key.1));
        self.view.component_minutes.retain(|key, _| has_pipeline(&key.0) && has_node(&key.1));
        self.events.retain(|_, row| {
            has_node(&row.node) && row.pipeline.as_deref().is_none_or(has_pipeline)
        });
        self.lines.retain(|_, line| has_node(&line.1) && has_pipeline(&line.2));
    }

    /// The tables hold exactly what is expected of nodes and pipelines that exist.
    pub fn check(&self, expected: &View, directory: &Directory) -> Verdict {
        let has_node = |node: &str| directory.nodes.contains_key(node);
        let has_pipeline = |pipeline: &str| directory.pipelines.contains_key(pipeline);
        let has = |node: &str, pipeline: &str| has_node(node) && has_pipeline(pipeline);
        let (held, view) = (&self.view, expected);

        same("node", &held.nodes, &view.nodes, |key| has_node(key))?;
        same("instance", &held.instances, &view.instances, |key| has(&key.0, &key.1))?;
        same("minute of a pipeline", &held.pipeline_minutes, &view.pipeline_minutes, |key| {
            has_pipeline(&key.0)
        })?;
        same("minute of an instance", &held.instance_minutes, &view.instance_minutes, |key| {
            has(&key.1, &key.0)
        })?;
        same("minute of a component", &held.component_minutes, &view.component_minutes, |key| {
            has(&key.1, &key.0)
        })?;
        same("minute of a host", &held.node_minutes, &view.node_minutes, |key| has_node(&key.0))?;

        let exists = |event: &Event| {
            has_node(&event.node) && event.pipeline.as_deref().is_none_or(has_pipeline)
        };
        let mut events: Vec<_> = self.events.values().map(event_of).collect();
        events.sort_by(|a, b| (a.0, &a.2.node).cmp(&(b.0, &b.2.node)));
        same_list("event", events.iter(), view.events.iter().filter(|event| exists(&event.2)))?;

        let lines = self.lines.iter().map(|((tick, ordinal), (at, node, pipeline, line))| {
            (*tick, *ordinal, *at, node.clone(), pipeline.clone(), line.clone())
        });
        let kept = view.lines.iter().filter(|line| has(&line.3, &line.4)).cloned();
        same_list("line", lines, kept)
    }
}

fn event_of(row: &StatusEventRow) -> (u64, u64, Event) {
    let event = Event {
        environment: row.environment.clone(),
        node: row.node.clone(),
        pipeline: row.pipeline.clone(),
        from: row.from_status.clone(),
        to: row.to_status.clone(),
        reason: row.reason.clone(),
    };
    (row.tick.0, row.at.0, event)
}

fn same<K: Ord + Debug, V: PartialEq + Debug>(
    what: &str,
    held: &BTreeMap<K, V>,
    expected: &BTreeMap<K, V>,
    exists: impl Fn(&K) -> bool,
) -> Verdict {
    let expected: BTreeMap<&K, &V> = expected.iter().filter(|(key, _)| exists(key)).collect();
    for (key, row) in held {
        if expected.get(key) != Some(&row) {
            let wanted = expected.get(key);
            return Err(format!("the {what} {key:?} is\n  {row:?} and should be\n  {wanted:?}"));
        }
    }
    match expected.iter().find(|(key, _)| !held.contains_key(*key)) {
        Some((key, row)) => Err(format!("the {what} {key:?} is missing: {row:?}")),
        None => Ok(()),
    }
}

fn same_list<T: PartialEq + Debug>(
    what: &str,
    mut held: impl Iterator<Item = T>,
    mut expected: impl Iterator<Item = T>,
) -> Verdict {
    loop {
        match (held.next(), expected.next()) {
            (None, None) => return Ok(()),
            (held, expected) if held != expected => {
                return Err(format!(
                    "the next {what} is\n  {held:?} and should be\n  {expected:?}"
                ));
            }
            _ => (),
        }
    }
}
