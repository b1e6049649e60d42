//! What heartbeat number `beat` of a node says. Every counter, word and line follows from the number,
//! so that rows tell how far the server has come, and anything lost or counted twice shows.

use bytes::Bytes;
use systole::fleet_sim::messages::{ComponentMetric, HeartbeatBody, LogBatch, PipelineStatus};
use systole_systems::report::Counts;

/// What every node runs.
pub(super) const PIPELINES: [&str; 3] = ["p1", "p2", "p3"];
/// Events passed each component twice, in and out, and each took this long.
pub(super) const LATENCY_MILLIS: f64 = 2.0;
/// As said by every heartbeat.
pub(super) const UTILIZATION: f64 = 0.5;

/// Beats with one word for the process of the first pipeline.
const PHASE_BEATS: u64 = 25;
/// Beats for which the second pipeline runs, and then is crashed.
const CRASH_BEATS: u64 = 40;
/// Every such beat carries log lines, or is followed by a request with some.
const LINES_EVERY: u64 = 5;
const POST_EVERY: u64 = 9;

/// The counters of a pipeline. No two beats add the same number of events, so that a beat that is
/// lost cannot make up for another that counts twice.
pub(super) fn counts(pipeline: usize, beat: u64) -> Counts {
    let factor = pipeline as u64 + 1;
    let sum = beat * (beat + 1) / 2;
    Counts {
        events_in: factor * sum,
        events_out: factor * 3 * beat,
        errors: beat / 7,
        discarded: beat / 3,
        bytes_in: factor * 1_000 * sum,
        bytes_out: factor * 500 * beat,
    }
}

/// What passed a component, in and out alike.
pub(super) fn passed(component: &str, counts: &Counts) -> u64 {
    if component == "in" { counts.events_in } else { counts.events_out }
}

/// The components of every pipeline.
pub(super) const COMPONENTS: [&str; 2] = ["in", "out"];

/// The word for the process of a pipeline: always a new one, in turns, or always the same.
pub(super) fn word(pipeline: usize, beat: u64) -> String {
    match pipeline {
        0 => format!("PHASE_{}", beat / PHASE_BEATS),
        1 if beat / CRASH_BEATS % 2 == 1 => "CRASHED".to_owned(),
        _ => "RUNNING".to_owned(),
    }
}

/// Log lines within a heartbeat; no two are the same.
pub(super) fn lines(node: &str, beat: u64) -> Vec<String> {
    if !beat.is_multiple_of(LINES_EVERY) {
        return Vec::new();
    }
    (0..2).map(|line| format!("{node} at {beat}, line {line}")).collect()
}

/// Log lines of a request after the heartbeat.
pub(super) fn posted(node: &str, beat: u64) -> Vec<String> {
    if !beat.is_multiple_of(POST_EVERY) {
        return Vec::new();
    }
    (0..3).map(|line| format!("{node} after {beat}, line {line}")).collect()
}

/// The body of a heartbeat. Lines are of the last pipeline.
pub(super) fn heartbeat(node: &str, beat: u64) -> Bytes {
    let pipelines = PIPELINES.iter().enumerate().map(|(index, id)| {
        let counts = counts(index, beat);
        let component = |id: &'static str| ComponentMetric {
            component_id: id.into(),
            component_kind: if id == "in" { "source" } else { "sink" },
            received_events: passed(id, &counts),
            sent_events: passed(id, &counts),
            latency_mean_seconds: Some(LATENCY_MILLIS / 1_000.0),
            ..ComponentMetric::default()
        };
        PipelineStatus {
            pipeline_id: (*id).to_owned(),
            version: 1,
            status: word(index, beat),
            pid: 7,
            uptime_seconds: beat,
            events_in: counts.events_in,
            events_out: counts.events_out,
            errors_total: counts.errors,
            events_discarded: counts.discarded,
            bytes_in: counts.bytes_in,
            bytes_out: counts.bytes_out,
            component_metrics: COMPONENTS.map(component).into(),
            utilization: Some(UTILIZATION),
            recent_logs: if index == 2 { lines(node, beat) } else { Vec::new() },
            ..PipelineStatus::default()
        }
    });
    let body = HeartbeatBody { pipelines: pipelines.collect(), ..HeartbeatBody::default() };
    serde_json::to_vec(&body).unwrap().into()
}

/// The body of a request with log lines.
pub(super) fn log_request(lines: &[String]) -> Bytes {
    let batch = LogBatch { pipeline_id: PIPELINES[0].to_owned(), lines: lines.to_vec() };
    serde_json::to_vec(&[batch]).unwrap().into()
}
