//! Heartbeats renew leases, replace reports and queue measurements. They never touch `NodeStatus`.

use std::borrow::Cow;

use bevy_ecs::prelude::{Query, Res, ResMut};
use bevy_ecs::system::SystemParam;

use crate::changes::{Changes, Unsaved};
use crate::effect::Counters;
use crate::fleet::process_word;
use crate::inbox::Inbox;
use crate::ingest::apply_control::labels_of;
use crate::input::Input;
use crate::instance::{ComponentRows, ProcessStatus};
use crate::lease_order::LeaseOrder;
use crate::limits::{COMPONENTS_PER_PIPELINE_MAX, LATENCY_SECONDS_MAX, UTILIZATION_MAX};
use crate::node::{Failing, Lease, NodeIdentity, NodeReport};
use crate::observations::{ComponentObservation, Observation, Observations, ObservedProcess};
use crate::report::{ComponentReport, Counts, Heartbeat, HostMetrics, PipelineReport};
use crate::resolved::{ResolvedHeartbeats, ResolvedNode, ResolvedReport};
use crate::status::ProcessClass;
use crate::time::{Millis, Tick};
use crate::transitions::{Transition, Transitions};
use crate::write_behind::WriteBehind;

/// Everything a heartbeat changes besides its node.
#[derive(SystemParam)]
pub struct Reported<'w, 's> {
    instances: Query<'w, 's, (&'static mut ProcessStatus, &'static mut ComponentRows)>,
    observations: ResMut<'w, Observations>,
    transitions: ResMut<'w, Transitions>,
    changes: ResMut<'w, Changes>,
    unsaved: ResMut<'w, Unsaved>,
    write_behind: ResMut<'w, WriteBehind>,
    lease_order: ResMut<'w, LeaseOrder>,
    counters: ResMut<'w, Counters>,
}

/// Applies the heartbeats of this tick in order of arrival.
pub fn apply_heartbeats(
    tick: Res<Tick>,
    inbox: Res<Inbox>,
    resolved: Res<ResolvedHeartbeats>,
    mut nodes: Query<(&NodeIdentity, &mut Lease, &mut NodeReport, &mut Failing)>,
    mut reported: Reported,
) {
    let mut reports = resolved.reports.iter();
    for (input, node) in inbox.read(&inbox.heartbeats).zip(&resolved.nodes) {
        let Input::Heartbeat(heartbeat) = input else {
            unreachable!("the inbox sorts inputs by their reader")
        };
        let Some(node) = node else { continue };
        let (identity, mut lease, mut report, mut failing) =
            nodes.get_mut(node.entity).expect("resolved nodes are in the fleet");

        lease.heard_at_listened = Some(tick.listened);
        lease.heard_at = Some(tick.now);
        lease.expired = false;
        reported.lease_order.touch(node.key);
        reported.note_heard(node);
        replace_report(&mut report, &heartbeat);
        if let Some(host) = heartbeat.host {
            reported.replace_host(identity, &mut report, host, tick.now);
        }
        for pipeline in heartbeat.pipelines.iter() {
            let resolved = reports.next().expect("each pipeline report is resolved");
            reported.counters.pipelines_reported += 1;
            if let Some(resolved) = resolved {
                let failing_change = reported.apply_pipeline(node, resolved, &pipeline, tick.now);
                failing.0 = failing.0.checked_add_signed(failing_change).expect("crashes balance");
            }
        }
    }
}

/// Fields that are absent keep what is known; `update_error` is told as long as it lasts.
fn replace_report(report: &mut NodeReport, heartbeat: &Heartbeat<'_>) {
    replace_text(&mut report.agent_version, heartbeat.agent_version);
    replace_text(&mut report.vector_version, heartbeat.vector_version);
    replace_text(&mut report.deployment_mode, heartbeat.deployment_mode);
    replace_text(&mut report.running_as, heartbeat.running_as);
    if report.update_error.as_deref() != heartbeat.update_error {
        report.update_error = heartbeat.update_error.map(Box::from);
    }
    if let Some(labels) = &heartbeat.labels {
        let same = labels.iter().count() == report.labels.len()
            && labels.iter().all(|sent| {
                report
                    .labels
                    .binary_search_by(|(key, _)| (**key).cmp(sent.key))
                    .is_ok_and(|at| &*report.labels[at].1 == sent.value)
            });
        if !same {
            report.labels = labels_of(labels);
        }
    }
}

fn replace_text(known: &mut Option<Box<str>>, told: Option<&str>) {
    if told.is_some() && known.as_deref() != told {
        *known = told.map(Box::from);
    }
}

impl Reported<'_, '_> {
    fn note_heard(&mut self, node: &ResolvedNode) {
        self.counters.heartbeats += 1;
        self.changes.nodes_heard.insert(node.key);
        self.changes.nodes_suspect.insert(node.key);
        self.unsaved.nodes.insert(node.key);
    }

    fn replace_host(
        &mut self,
        identity: &NodeIdentity,
        report: &mut NodeReport,
        host: HostMetrics,
        now: Millis,
    ) {
        // All zeros is what an agent sends when its scrape failed: no measurement.
        if host == HostMetrics::default() {
            return;
        }
        if let Some((at, old)) = report.host
            && at.minute() != now.minute()
        {
            let unsaved = self.unsaved.hosts.contains(identity.key);
            if let Some(place) = self.write_behind.end_node_minute(identity.key, unsaved) {
                place.add_node_minute(&identity.id, at.minute(), old);
            }
        }
        report.host = Some((now, host));
        self.unsaved.hosts.insert(identity.key);
    }

    /// Replaces what is known of an instance and queues its measurements. Answers the change of the
    /// node's crashed instances.
    fn apply_pipeline(
        &mut self,
        node: &ResolvedNode,
        resolved: &ResolvedReport,
        report: &PipelineReport<'_>,
        now: Millis,
    ) -> i32 {
        let (mut process, mut rows) =
            self.instances.get_mut(resolved.entity).expect("resolved instances are in the fleet");
        let old_class = process.class;
        let new_class = ProcessClass::of(report.status);
        if process.word != report.status {
            let word = process_word(report.status);
            if !resolved.is_new {
                self.transitions.list.push(Transition {
                    environment: node.environment,
                    node: node.key,
                    instance: Some(resolved.key),
                    from: Some(process.word.clone()),
                    to: word.clone(),
                    reason: Cow::Borrowed("heartbeat status transition"),
                });
            }
            process.word = word;
            process.class = new_class;
            process.since = now;
        }
        process.revision = report.revision;
        process.pid = report.pid;
        process.uptime_seconds = report.uptime_seconds;
        if process.config_checksum.as_deref() != report.config_checksum {
            process.config_checksum = report.config_checksum.map(Box::from);
        }
        process.updated_at = now;

        let first = self.observations.components.len() as u32;
        for component in report.components.iter() {
            let Some(observation) = observe(&mut rows, &component) else { continue };
            self.counters.components_reported += 1;
            self.observations.components.push(observation);
        }
        let last = self.observations.components.len() as u32;
        self.observations.instances.push(Observation {
            entity: resolved.entity,
            key: resolved.key,
            process: ObservedProcess {
                class: new_class,
                pid: report.pid,
                uptime_seconds: uptime(new_class, report.uptime_seconds),
                counts: report.counters.or((first < last).then(Counts::default)),
            },
            utilization: report.utilization.filter(|share| (0.0..=UTILIZATION_MAX).contains(share)),
            components: first..last,
        });
        i32::from(new_class == ProcessClass::Crashed)
            - i32::from(old_class == ProcessClass::Crashed)
    }
}

/// A running process without an uptime has run for less than a second: agents leave out zeros.
fn uptime(class: ProcessClass, told: Option<u64>) -> Option<u64> {
    match class {
        ProcessClass::Running => Some(told.unwrap_or(0)),
        ProcessClass::Starting
        | ProcessClass::Stopped
        | ProcessClass::Crashed
        | ProcessClass::Other => told,
    }
}

fn observe(rows: &mut ComponentRows, report: &ComponentReport<'_>) -> Option<ComponentObservation> {
    let row = rows.resolve(report.component, report.kind, COMPONENTS_PER_PIPELINE_MAX)?;
    Some(ComponentObservation {
        row,
        counts: report.counts,
        latency_mean_millis: report
            .latency_mean_seconds
            .filter(|seconds| (0.0..=LATENCY_SECONDS_MAX).contains(seconds))
            .map(|seconds| seconds * 1_000.0),
    })
}
