//! The events on the wire: one function each, writing `event:` and `data:` lines and the empty line after them.

use crate::answer::Sample;
use crate::broadcast::json::{Object, write_array, write_integer, write_text};
use crate::effect::Topic;
use crate::report::LogLevel;
use crate::status::NodeStatus;
use crate::time::{Millis, TickNumber};

/// Writes one event with `fields` in its object, `type` first.
pub fn write_event(out: &mut Vec<u8>, name: &str, fields: impl FnOnce(&mut Object<'_>)) {
    out.extend_from_slice(b"event: ");
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b"\ndata: ");
    let mut object = Object::begin(out);
    object.text("type", name);
    fields(&mut object);
    object.end();
    out.extend_from_slice(b"\n\n");
}

/// The block that says: everything up to here is received.
pub fn write_position(out: &mut Vec<u8>, epoch: u64, tick: TickNumber) {
    out.extend_from_slice(b"id: ");
    write_integer(out, epoch);
    out.push(b'.');
    write_integer(out, tick.0);
    out.extend_from_slice(b"\n\n");
}

/// A node was heard, or its status changed.
pub fn write_fleet_status(out: &mut Vec<u8>, node: &str, status: NodeStatus, now: Millis) {
    write_event(out, Topic::FleetStatus.as_str(), |object| {
        object.text("nodeId", node).text("status", status.as_str()).integer("timestamp", now.0);
    });
}

/// A change of status, of a node or of a pipeline on it.
pub struct StatusChange<'a> {
    pub node: &'a str,
    pub environment: &'a str,
    pub from: Option<&'a str>,
    pub to: &'a str,
    pub reason: &'a str,
    /// Id and name.
    pub pipeline: Option<(&'a str, &'a str)>,
    pub at: Millis,
}

/// Writes a change of status.
pub fn write_status_change(out: &mut Vec<u8>, change: &StatusChange<'_>) {
    write_event(out, Topic::StatusChange.as_str(), |object| {
        object.text("nodeId", change.node).text_or_null("fromStatus", change.from);
        object.text("toStatus", change.to).text("reason", change.reason);
        if let Some((id, name)) = change.pipeline {
            object.text("pipelineId", id).text("pipelineName", name);
        }
        object.text("environmentId", change.environment).integer("timestamp", change.at.0);
    });
}

/// Which component on which node a sample is of.
#[derive(Clone, Copy)]
pub struct ComponentPlace<'a> {
    pub node: &'a str,
    pub pipeline: &'a str,
    pub component: &'a str,
}

/// Rates of a component over its last interval.
pub fn write_metric_update(
    out: &mut Vec<u8>,
    place: &ComponentPlace<'_>,
    sample: &Sample,
    error_count: u64,
) {
    write_event(out, Topic::MetricUpdate.as_str(), |object| {
        write_place(object, place);
        object.value("sample", |out| write_sample(out, sample, error_count));
    });
}

/// The fields that name a component.
pub fn write_place(object: &mut Object<'_>, place: &ComponentPlace<'_>) {
    object.text("nodeId", place.node).text("pipelineId", place.pipeline);
    object.text("componentId", place.component);
}

/// A sample as an object; `error_count` is cumulative.
pub fn write_sample(out: &mut Vec<u8>, sample: &Sample, error_count: u64) {
    let mut object = Object::begin(out);
    object
        .integer("timestamp", sample.at.0)
        .number("receivedEventsRate", sample.received_events)
        .number("sentEventsRate", sample.sent_events)
        .number("receivedBytesRate", sample.received_bytes)
        .number("sentBytesRate", sample.sent_bytes)
        .integer("errorCount", error_count)
        .number("errorsRate", sample.errors)
        .number("discardedRate", sample.discarded)
        .number("latencyMeanMs", sample.latency_mean_millis);
    object.end();
}

/// Log lines of a pipeline on a node, with the level of each.
pub fn write_log_entry(
    out: &mut Vec<u8>,
    node: &str,
    pipeline: &str,
    lines: &[(LogLevel, Box<str>)],
    now: Millis,
) {
    write_event(out, Topic::LogEntry.as_str(), |object| {
        object.text("nodeId", node).text("pipelineId", pipeline);
        object.value("lines", |out| write_array(out, lines, |out, line| write_text(out, &line.1)));
        object.value("levels", |out| {
            write_array(out, lines, |out, line| write_text(out, line.0.as_str()));
        });
        object.integer("timestamp", now.0);
    });
}
