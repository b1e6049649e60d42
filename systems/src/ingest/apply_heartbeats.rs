//! Heartbeats renew leases, replace reports and queue measurements. They never touch `NodeStatus`.

use std::borrow::Cow;
use std::hash::{Hash as _, Hasher as _};

use bevy_ecs::prelude::{Query, Res, ResMut};
use bevy_ecs::system::SystemParam;
use rustc_hash::FxHasher;

use crate::arrivals::Arrivals;
use crate::changes::{Changes, Unsaved};
use crate::component_rows::{ComponentRow, ComponentRows};
use crate::desired::{ChangeReason, Undecided};
use crate::effect::Counters;
use crate::fleet::process_word;
use crate::inbox::Inbox;
use crate::ingest::apply_control::labels_of;
use crate::instance::ProcessStatus;
use crate::lease_order::LeaseOrder;
use crate::limits::{COMPONENTS_PER_PIPELINE_MAX, LATENCY_SECONDS_MAX, UTILIZATION_MAX};
use crate::node::{Failing, Labels, Lease, NodeIdentity, NodeReport};
use crate::observations::{ComponentObservation, Observation, Observations, ObservedProcess};
use crate::packed::Packed;
use crate::report::{Counts, HostMetrics};
use crate::resolved::{
    ResolvedHeartbeat, ResolvedHeartbeats, ResolvedInstance, ResolvedNode, ResolvedReport,
};
use crate::status::ProcessClass;
use crate::time::{Millis, Tick};
use crate::transitions::{Subject, Transition, Transitions};
use crate::wire::{ComponentForm, HeartbeatForm, Reader, ReportForm, Span};
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
    arrivals: ResMut<'w, Arrivals>,
    undecided: ResMut<'w, Undecided>,
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
    let bytes = inbox.bytes();
    let mut rest = resolved.reports.as_slice();
    let (mut ahead, mut fetched) = (rest, 0);
    for ResolvedHeartbeat { node, form, reports: count } in &resolved.heartbeats {
        let (identity, mut lease, mut report, mut failing) =
            nodes.get_mut(node.entity).expect("resolved nodes are in the fleet");

        lease.heard_at_listened = Some(tick.listened);
        lease.heard_at = Some(tick.now);
        lease.expired = false;
        reported.lease_order.touch(node.key);
        reported.note_heard(node);
        if replace_report(&mut report, form, bytes) {
            let entry = reported.undecided.nodes.entry(node.key);
            entry.or_insert(Some(ChangeReason::Labels));
        }
        if let Some(host) = form.host {
            reported.replace_host(identity, &mut report, host, tick.now);
        }
        reported.counters.pipelines_reported += u64::from(*count);
        let (reports, others) = rest.split_at(*count as usize);
        rest = others;
        for ResolvedReport { form, instance } in reports {
            if fetched == 0 {
                fetched = reported.fetch(ahead);
                ahead = &ahead[fetched..];
            }
            fetched -= 1;
            let Some(instance) = instance else { continue };
            let failing_change = reported.apply_pipeline(node, instance, (form, bytes), tick.now);
            failing.0 = failing.0.checked_add_signed(failing_change).expect("crashes balance");
        }
    }
}

/// Fields that are absent keep what is known; `update_error` is told as long as it lasts. Answers whether
/// the labels are others now.
fn replace_report(report: &mut NodeReport, form: &HeartbeatForm, bytes: &[u8]) -> bool {
    let told = hash_of(
        &[
            form.agent_version,
            form.vector_version,
            form.deployment_mode,
            form.running_as,
            form.update_error,
            form.labels,
        ],
        bytes,
    );
    if report.told == told {
        return false;
    }
    report.told = told;
    replace_text(&mut report.agent_version, form.agent_version, bytes);
    replace_text(&mut report.vector_version, form.vector_version, bytes);
    replace_text(&mut report.deployment_mode, form.deployment_mode, bytes);
    replace_text(&mut report.running_as, form.running_as, bytes);
    if !is_text(&report.update_error, form.update_error, bytes) {
        report.update_error = form.update_error.map(|error| error.text(bytes).into());
    }
    if let Some(labels) = form.labels
        && !are_labels(&report.labels, labels, bytes)
    {
        report.labels = labels_of(&Packed::of(labels.of(bytes)));
        return true;
    }
    false
}

/// Hash of what a heartbeat tells. Whoever could make two texts hash alike can tell lies as well.
fn hash_of(texts: &[Option<Span>], bytes: &[u8]) -> u64 {
    let mut hasher = FxHasher::default();
    for text in texts {
        text.map(|text| text.of(bytes)).hash(&mut hasher);
    }
    hasher.finish() | 1 // zero is nothing told yet
}

fn replace_text(known: &mut Option<Box<str>>, told: Option<Span>, bytes: &[u8]) {
    if told.is_some() && !is_text(known, told, bytes) {
        *known = told.map(|told| told.text(bytes).into());
    }
}

fn is_text(known: &Option<Box<str>>, told: Option<Span>, bytes: &[u8]) -> bool {
    known.as_deref().map(str::as_bytes) == told.map(|told| told.of(bytes))
}

/// Whether the labels sent are the labels known, in whatever order.
fn are_labels(known: &Labels, sent: Span, bytes: &[u8]) -> bool {
    let mut reader = Reader::new(bytes, sent);
    let mut count = 0;
    while !reader.is_done() {
        let (key, value) = (reader.span().of(bytes), reader.span().of(bytes));
        let is_same =
            |label: &(Box<str>, Box<str>)| label.0.as_bytes() == key && label.1.as_bytes() == value;
        if !known.get(count).is_some_and(is_same) && !known.iter().any(is_same) {
            return false;
        }
        count += 1;
    }
    count == known.len()
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
        report.cpu_percent = report.host.and_then(|(_, old)| host.cpu_percent_since(&old));
        report.host = Some((now, host));
        self.unsaved.hosts.insert(identity.key);
    }

    /// Looks at the components of the next instances. They lie apart in memory: asked for with nothing in
    /// between they come together, one by one they are waited for in turn. Answers how many.
    fn fetch(&self, reports: &[ResolvedReport]) -> usize {
        // Enough to keep memory busy, few enough that the first are still near when the last have come.
        const TOGETHER: usize = 40;
        let mut lists: [&[ComponentRow]; TOGETHER] = [&[]; TOGETHER];
        for (list, report) in lists.iter_mut().zip(reports) {
            let Some(instance) = report.instance else { continue };
            let (_, rows) = self.instances.get(instance.entity).expect("it was just resolved");
            *list = &rows.rows;
        }
        let mut seen = 0;
        for row in lists.iter().copied().flatten() {
            seen ^= row.touch();
        }
        std::hint::black_box(seen);
        reports.len().min(TOGETHER)
    }

    /// Replaces what is known of an instance and queues its measurements. Answers the change of the
    /// node's crashed instances.
    fn apply_pipeline(
        &mut self,
        node: &ResolvedNode,
        instance: &ResolvedInstance,
        (form, bytes): (&ReportForm, &[u8]),
        now: Millis,
    ) -> i32 {
        let (mut process, mut rows) =
            self.instances.get_mut(instance.entity).expect("resolved instances are in the fleet");
        let process = &mut *process;
        let old_class = process.class;
        if process.word.as_bytes() != form.status.of(bytes) {
            let word = process_word(form.status.text(bytes));
            process.class = ProcessClass::of(&word);
            if !instance.is_new {
                self.transitions.list.push(Transition {
                    environment: node.environment,
                    node: node.key,
                    subject: Subject::Instance(instance.key),
                    from: Some(process.word.clone()),
                    to: word.clone(),
                    reason: Cow::Borrowed("heartbeat status transition"),
                });
            }
            process.word = word;
            process.since = now;
        }
        if instance.is_new || process.revision != form.revision || process.class != old_class {
            self.arrivals.list.push((node.key, instance.pipeline, instance.key));
        }
        if process.class != old_class {
            self.changes.instances_counted.insert(instance.key);
        }
        process.revision = form.revision;
        process.pid = form.pid;
        process.uptime_seconds = form.uptime_seconds;
        let checksum_told = hash_of(&[form.config_checksum], bytes);
        if process.checksum_told != checksum_told {
            process.checksum_told = checksum_told;
            process.config_checksum = form.config_checksum.map(|sum| sum.text(bytes).into());
        }
        process.updated_at = now;

        let first = self.observations.components.len() as u32;
        let rows = &mut *rows;
        let mut reader = Reader::new(bytes, form.components);
        let mut position = 0;
        while !reader.is_done() {
            let component = reader.component();
            if let Some(observation) = observe(rows, &component, bytes, position) {
                self.observations.components.push(observation);
            }
            position += 1;
        }
        let last = self.observations.components.len() as u32;
        self.counters.components_reported += u64::from(last - first);
        self.observations.instances.push(Observation {
            entity: instance.entity,
            key: instance.key,
            process: ObservedProcess {
                class: process.class,
                pid: form.pid,
                uptime_seconds: uptime(process.class, form.uptime_seconds),
                counts: form.counters.or((first < last).then(Counts::default)),
            },
            utilization: form.utilization.filter(|share| (0.0..=UTILIZATION_MAX).contains(share)),
            components: first..last,
        });
        i32::from(process.class == ProcessClass::Crashed)
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

fn observe(
    rows: &mut ComponentRows,
    form: &ComponentForm,
    bytes: &[u8],
    position: usize,
) -> Option<ComponentObservation> {
    let row = match rows.find_near(form.component.of(bytes), position) {
        Some(row) => row,
        None => rows.enter(form.component.text(bytes), COMPONENTS_PER_PIPELINE_MAX)?,
    };
    rows.rows[usize::from(row)].kind = form.kind;
    Some(ComponentObservation {
        row,
        counts: form.counts,
        latency_mean_millis: form
            .latency_mean_seconds
            .filter(|seconds| (0.0..=LATENCY_SECONDS_MAX).contains(seconds))
            .map(|seconds| seconds * 1_000.0),
    })
}
