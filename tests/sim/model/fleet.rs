//! Nodes and what they report: coming and going, leases, statuses.

use std::collections::BTreeMap;

use systole_systems::input::{Input, NodeEnrolled};
use systole_systems::packed::Packed;
use systole_systems::report::{Heartbeat, HostMetrics, Label, LogLine, PipelineReport};
use systole_systems::rows::NodeRow;
use systole_systems::status::NodeStatus;
use systole_systems::time::Millis;

use crate::model::instances::{Instance, Place};
use crate::model::{Event, Flaw, Line, Lines, Model};

/// A node.
#[derive(Clone, Debug, Default)]
pub struct Node {
    pub environment: String,
    pub name: String,
    pub host: String,
    pub os: Option<String>,
    pub agent_version: Option<String>,
    pub vector_version: Option<String>,
    pub deployment_mode: Option<String>,
    pub running_as: Option<String>,
    pub update_error: Option<String>,
    pub labels: BTreeMap<String, String>,
    /// Bytes used, and bytes there are, when last measured.
    pub memory: Option<(u64, u64)>,
    pub heard_at: Option<u64>,
    /// Time listened when its lease began; `None`: never heard.
    pub lease_from: Option<u64>,
    pub lease_is_over: bool,
    pub is_revoked: bool,
    pub status: NodeStatus,
    pub since: u64,
}

/// A pipeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pipeline {
    pub environment: String,
    pub name: String,
    pub revision: u32,
}

impl Node {
    /// Its row in the store.
    pub fn row(&self, id: &str) -> NodeRow {
        NodeRow {
            node: id.to_owned(),
            status: self.status,
            status_since: Millis(self.since),
            heard_at: self.heard_at.map(Millis),
            agent_version: self.agent_version.clone(),
            vector_version: self.vector_version.clone(),
            os: self.os.clone(),
            deployment_mode: self.deployment_mode.clone(),
            running_as: self.running_as.clone(),
            update_error: self.update_error.clone(),
            labels: self.labels.clone().into_iter().collect(),
        }
    }
}

impl Model {
    /// People, environments, pipelines, nodes, settings.
    #[expect(clippy::wildcard_enum_match_arm, reason = "the other inputs have other readers")]
    pub(super) fn hear_control(&mut self, input: &Input<'_>) {
        self.rights.hear(input);
        self.streams.hear_control(input);
        match *input {
            Input::Started { settings, .. } => {
                self.settings = settings;
                let listened = self.tick.listened.0;
                let alive = self.nodes.values_mut().filter(|node| !node.lease_is_over);
                alive.for_each(|node| node.lease_from = node.lease_from.and(Some(listened)));
            }
            Input::SettingsChanged { settings } => self.settings = settings,
            Input::PipelineSet { pipeline, environment, name, revision }
                if self.rights.environments.contains_key(environment) =>
            {
                let (environment, name) = (environment.to_owned(), name.to_owned());
                let known = Pipeline { environment, name, revision };
                self.pipelines.insert(pipeline.to_owned(), known);
            }
            Input::PipelineRemoved { pipeline } => {
                self.pipelines.remove(pipeline);
                self.instances.retain(|(_, of), _| of != pipeline);
            }
            Input::NodeEnrolled(node) => self.enroll(&node),
            Input::NodeRevoked { node } => {
                if let Some(node) = self.nodes.get_mut(node) {
                    node.is_revoked = true;
                }
            }
            Input::NodeRemoved { node } => {
                self.nodes.remove(node);
                self.instances.retain(|(on, _), _| on != node);
            }
            _ => (),
        }
    }

    fn enroll(&mut self, node: &NodeEnrolled<'_>) {
        let is_new = !self.nodes.contains_key(node.node);
        if !is_new || !self.rights.environments.contains_key(node.environment) {
            return;
        }
        let entered = Node {
            environment: node.environment.to_owned(),
            name: node.name.to_owned(),
            host: node.host.to_owned(),
            os: node.os.map(str::to_owned),
            agent_version: node.agent_version.map(str::to_owned),
            vector_version: node.vector_version.map(str::to_owned),
            labels: labels(&node.labels),
            since: self.tick.now.0,
            ..Node::default()
        };
        self.homes.insert(node.node.to_owned(), node.environment.to_owned());
        self.nodes.insert(node.node.to_owned(), entered);
        self.happened.events.push(Event {
            environment: node.environment.to_owned(),
            node: node.node.to_owned(),
            pipeline: None,
            from: None,
            to: "UNKNOWN".into(),
            reason: "enrolled".into(),
        });
    }

    pub(super) fn hear_heartbeat(&mut self, input: &Input<'_>) {
        let Input::Heartbeat(heartbeat) = input else { return };
        let (now, listened) = (self.tick.now.0, self.tick.listened.0);
        let Some(node) = self.nodes.get_mut(heartbeat.node) else { return };
        node.heard_at = Some(now);
        node.lease_from = Some(listened);
        node.lease_is_over = false;
        replace_report(node, heartbeat);
        // All zeros is a failed scrape.
        if let Some(host) = heartbeat.host.filter(|host| *host != HostMetrics::default()) {
            node.memory = Some((host.memory_used_bytes, host.memory_total_bytes));
            self.kept.take_host(heartbeat.node, now, host);
        }
        let environment = node.environment.clone();
        self.happened.heard.insert(heartbeat.node.to_owned());
        let reports = self.accepted(heartbeat);
        let reported = reports.iter().map(|report| report.pipeline.to_owned()).collect();
        self.happened.reported.insert(heartbeat.node.to_owned(), reported);
        for report in &reports {
            self.hear_pipeline(&environment, heartbeat.node, report);
        }
    }

    /// Reports of pipelines of the node's environment; of two of one pipeline the last.
    fn accepted<'a>(&self, heartbeat: &Heartbeat<'a>) -> Vec<PipelineReport<'a>> {
        let Some(node) = self.nodes.get(heartbeat.node) else { return Vec::new() };
        let reports: Vec<PipelineReport<'a>> = heartbeat.pipelines.iter().collect();
        let is_last =
            |at: usize| reports[at + 1..].iter().all(|r| r.pipeline != reports[at].pipeline);
        let is_own = |pipeline: &str| {
            self.pipelines.get(pipeline).is_some_and(|known| known.environment == node.environment)
        };
        let accepted = (0..reports.len()).filter(|&at| is_last(at) && is_own(reports[at].pipeline));
        accepted.map(|at| reports[at]).collect()
    }

    fn hear_pipeline(&mut self, environment: &str, node: &str, report: &PipelineReport<'_>) {
        let now = self.tick.now.0;
        let key = (node.to_owned(), report.pipeline.to_owned());
        let instance = self.instances.entry(key).or_insert_with(|| Instance::new(report, now));
        if let Some(word) = instance.tell(report, now) {
            self.happened.events.push(Event {
                environment: environment.to_owned(),
                node: node.to_owned(),
                pipeline: Some(report.pipeline.to_owned()),
                from: Some(word),
                to: report.status.to_owned(),
                reason: "heartbeat status transition".into(),
            });
        }
        let place = Place { node, pipeline: report.pipeline, now, flaw: self.flaw };
        instance.measure(report, &place, &mut self.kept);
    }

    pub(super) fn hear_lines_of_heartbeat(&mut self, input: &Input<'_>) {
        let Input::Heartbeat(heartbeat) = input else { return };
        for report in self.accepted(heartbeat) {
            self.hear_lines(heartbeat.node, report.pipeline, &report.logs);
        }
    }

    pub(super) fn hear_log_request(&mut self, input: &Input<'_>) {
        let Input::LogsReceived { node, batches } = input else { return };
        for batch in batches.iter() {
            self.hear_lines(node, batch.pipeline, &batch.lines);
        }
    }

    fn hear_lines(&mut self, node: &str, pipeline: &str, lines: &Packed<'_, LogLine<'_>>) {
        let Some(owner) = self.nodes.get(node) else { return };
        let known = self.pipelines.get(pipeline);
        if lines.is_empty() || known.is_none_or(|known| known.environment != owner.environment) {
            return;
        }
        let lines: Vec<Line> =
            lines.iter().map(|line| (line.level, line.text.to_owned())).collect();
        self.happened.lines.push(Lines {
            environment: owner.environment.clone(),
            node: node.to_owned(),
            pipeline: pipeline.to_owned(),
            lines,
        });
    }

    /// What the last heartbeat of a node does not tell is not there any more.
    pub(super) fn let_instances_leave(&mut self) {
        let reported = &self.happened.reported;
        self.instances.retain(|(node, pipeline), _| {
            reported.get(node).is_none_or(|reported| reported.contains(pipeline))
        });
    }

    pub(super) fn end_leases(&mut self) {
        let shorter = if self.flaw == Some(Flaw::LeaseTooShort) { 50 } else { 0 };
        let interval = self.settings.heartbeat_interval.0;
        let lease = interval * u64::from(self.settings.unreachable_after) - shorter;
        let listened = self.tick.listened.0;
        for node in self.nodes.values_mut() {
            if node.lease_from.is_some_and(|from| lease <= listened - from) {
                node.lease_is_over = true;
            }
        }
    }

    /// The status of every node is the first line of the table that holds.
    pub(super) fn derive_statuses(&mut self) {
        for (id, node) in &mut self.nodes {
            let crashed =
                self.instances.iter().filter(|((on, _), i)| on == id && i.is_crashed()).count();
            let (status, reason) = if node.is_revoked {
                (NodeStatus::Unreachable, "node token revoked".to_owned())
            } else if node.lease_from.is_none() {
                (NodeStatus::Unknown, String::new())
            } else if node.lease_is_over {
                (NodeStatus::Unreachable, "heartbeat timeout".to_owned())
            } else if crashed > 0 {
                let plural = if crashed == 1 { "" } else { "s" };
                (NodeStatus::Degraded, format!("{crashed} pipeline{plural} crashed"))
            } else if node.status == NodeStatus::Degraded {
                (NodeStatus::Healthy, "no pipeline is crashed any more".to_owned())
            } else {
                (NodeStatus::Healthy, "heartbeat received".to_owned())
            };
            if status == node.status {
                continue;
            }
            let from = std::mem::replace(&mut node.status, status);
            node.since = self.tick.now.0;
            self.happened.events.push(Event {
                environment: node.environment.clone(),
                node: id.clone(),
                pipeline: None,
                from: Some(from.as_str().to_owned()),
                to: status.as_str().to_owned(),
                reason,
            });
        }
    }

    /// Who left in the tick of its event takes the event along.
    pub(super) fn forget_events_of_the_gone(&mut self) {
        let (nodes, instances) = (&self.nodes, &self.instances);
        self.happened.events.retain(|event| match &event.pipeline {
            None => nodes.contains_key(&event.node),
            Some(pipeline) => instances.contains_key(&(event.node.clone(), pipeline.clone())),
        });
    }
}

/// Fields that are absent keep what is known; an error of updating is told as long as it lasts.
fn replace_report(node: &mut Node, heartbeat: &Heartbeat<'_>) {
    let replace = |known: &mut Option<String>, told: Option<&str>| {
        *known = told.map(str::to_owned).or(known.take());
    };
    replace(&mut node.agent_version, heartbeat.agent_version);
    replace(&mut node.vector_version, heartbeat.vector_version);
    replace(&mut node.deployment_mode, heartbeat.deployment_mode);
    replace(&mut node.running_as, heartbeat.running_as);
    node.update_error = heartbeat.update_error.map(str::to_owned);
    if let Some(told) = &heartbeat.labels {
        node.labels = labels(told);
    }
}

fn labels<'a>(told: &Packed<'a, Label<'a>>) -> BTreeMap<String, String> {
    told.iter().map(|label| (label.key.to_owned(), label.value.to_owned())).collect()
}
