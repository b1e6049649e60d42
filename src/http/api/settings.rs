//! `/settings`: how this server was started, as far as people who look at a fleet should know. Options set it, not the API.

use hyper::{Method, StatusCode};
use serde::Serialize;

use crate::http::api::call::{Call, no_such_path, not_allowed};
use crate::http::reply::{HttpError, Reply, json};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SettingsView {
    version: &'static str,
    heartbeat_interval_ms: u64,
    retention: RetentionView,
}

/// Days; null: for ever.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RetentionView {
    minutes_days: u32,
    hours_days: u32,
    days_days: u32,
    events_days: u32,
    logs_days: u32,
    audit_days: Option<u32>,
}

pub(super) fn route(call: &Call, path: &[&str]) -> Result<Reply, HttpError> {
    match (&call.method, path) {
        (&Method::GET, []) => show(call),
        (_, []) => not_allowed(&[Method::GET]),
        _ => no_such_path(),
    }
}

fn show(call: &Call) -> Result<Reply, HttpError> {
    call.viewer()?;
    let options = &call.app.options;
    let kept = options.retention;
    let view = SettingsView {
        version: env!("CARGO_PKG_VERSION"),
        heartbeat_interval_ms: options.heartbeat_interval_millis,
        retention: RetentionView {
            minutes_days: kept.minutes,
            hours_days: kept.hours,
            days_days: kept.days,
            events_days: kept.events,
            logs_days: kept.logs,
            audit_days: None,
        },
    };
    Ok(json(StatusCode::OK, &view))
}
