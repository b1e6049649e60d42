//! `/nodes/{id}/uptime` and `/timeline`: what a node was through a range of time.

use hyper::StatusCode;
use serde::Serialize;
use systole_systems::answer::AnswerBody;
use systole_systems::query::Query;
use systole_systems::time::Millis;

use crate::clock::wall_now;
use crate::history::past::{Present, Segment, Uptime, is_incident, segments};
use crate::http::api::call::{Call, mismatched};
use crate::http::api::range::range;
use crate::http::reply::{HttpError, Reply, json};
use crate::http::rfc3339::Rfc3339;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct UptimeView {
    from: Rfc3339,
    to: Rfc3339,
    /// Null: the node was never heard in this time.
    uptime_percent: Option<f64>,
    total_seconds: f64,
    healthy_seconds: f64,
    degraded_seconds: f64,
    unreachable_seconds: f64,
    unknown_seconds: f64,
    incidents: Vec<IncidentView>,
}

#[derive(Serialize)]
struct IncidentView {
    status: String,
    /// Null: it began before.
    reason: Option<String>,
    from: Rfc3339,
    /// Null: it goes on.
    to: Option<Rfc3339>,
    seconds: f64,
}

#[derive(Serialize)]
struct TimelineView {
    from: Rfc3339,
    to: Rfc3339,
    segments: Vec<SegmentView>,
}

#[derive(Serialize)]
struct SegmentView {
    status: String,
    reason: Option<String>,
    from: Rfc3339,
    to: Rfc3339,
}

pub(super) async fn uptime(call: &Call, node: &str) -> Result<Reply, HttpError> {
    let (segments, from, to) = past(call, node).await?;
    let uptime = Uptime::of(&segments);
    let incidents = segments.iter().filter(|segment| is_incident(segment));
    let view = UptimeView {
        from: Rfc3339(from),
        to: Rfc3339(to),
        uptime_percent: uptime.percent(),
        total_seconds: seconds(segments.iter().map(Segment::millis).sum()),
        healthy_seconds: seconds(uptime.healthy_millis),
        degraded_seconds: seconds(uptime.degraded_millis),
        unreachable_seconds: seconds(uptime.unreachable_millis),
        unknown_seconds: seconds(uptime.unknown_millis),
        incidents: incidents
            .map(|segment| IncidentView {
                status: segment.status.clone(),
                reason: segment.reason.clone(),
                from: Rfc3339(segment.from),
                to: (segment.until < to).then_some(Rfc3339(segment.until)),
                seconds: seconds(segment.millis()),
            })
            .collect(),
    };
    Ok(json(StatusCode::OK, &view))
}

pub(super) async fn timeline(call: &Call, node: &str) -> Result<Reply, HttpError> {
    let (segments, from, to) = past(call, node).await?;
    let segments = segments.into_iter().map(|Segment { status, reason, from, until }| {
        SegmentView { status, reason, from: Rfc3339(from), to: Rfc3339(until) }
    });
    let view = TimelineView { from: Rfc3339(from), to: Rfc3339(to), segments: segments.collect() };
    Ok(json(StatusCode::OK, &view))
}

/// The segments of the range that the call names, and where it begins and ends: now, not later.
async fn past(call: &Call, node: &str) -> Result<(Vec<Segment>, Millis, Millis), HttpError> {
    let query = Query::Node { viewer: call.viewer()?, node: node.to_owned() };
    let answer = call.ask(query, "node").await?;
    let AnswerBody::Node(detail) = answer.body else { mismatched() };
    let present = Present { status: detail.node.status, since: detail.node.status_since };
    let now = wall_now();
    let range = range(call, now)?;
    let (from, to) = (range.from.start(), range.until.start().min(now));
    let past = call.app.store.node_past(node, from, to).await?;
    Ok((segments(past, present, (from, to)), from, to))
}

fn seconds(millis: u64) -> f64 {
    millis as f64 / 1_000.0
}
