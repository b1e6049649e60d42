//! Bodies as agents write them: zeros are left out, and a failed scrape leaves everything out.

use std::collections::BTreeMap;

use fastrand::Rng;
use serde_json::{Map, Value, json};

use crate::agents::process::Process;

const COUNTERS: [&str; 6] =
    ["eventsIn", "eventsOut", "errorsTotal", "eventsDiscarded", "bytesIn", "bytesOut"];

/// A heartbeat.
pub fn heartbeat(
    version: u32,
    processes: &BTreeMap<String, Process>,
    now: u64,
    rng: &mut Rng,
) -> Vec<u8> {
    let mut pipelines: Vec<Value> =
        processes.iter().map(|(id, process)| pipeline(id, process, now, rng)).collect();
    // An older agent may tell one twice; the last counts.
    if !pipelines.is_empty() && rng.u32(0..25) == 0 {
        let mut again = pipelines[rng.usize(0..pipelines.len())].clone();
        again["eventsIn"] = json!(rng.u32(0..50));
        pipelines.insert(0, again);
    }
    let mut body = Map::new();
    body.insert("pipelines".into(), pipelines.into());
    if rng.bool() {
        body.insert("agentVersion".into(), json!(format!("1.{version}")));
    }
    if rng.u32(0..4) == 0 {
        body.insert("labels".into(), json!({"zone": format!("z{}", rng.u32(0..3)), "rack": "7"}));
    }
    if rng.u32(0..10) == 0 {
        body.insert("updateError".into(), json!("no space left on device"));
    }
    if rng.u32(0..3) > 0 {
        let used = rng.u64(0..3) * 1_000;
        let total = if used == 0 { 0 } else { 8_000 };
        let host = json!({"memoryTotalBytes": total, "memoryUsedBytes": used, "loadAvg1": 0});
        body.insert("hostMetrics".into(), host);
    }
    Value::Object(body).to_string().into_bytes()
}

fn pipeline(id: &str, process: &Process, now: u64, rng: &mut Rng) -> Value {
    let mut report = Map::new();
    report.insert("pipelineId".into(), json!(id));
    report.insert("version".into(), json!(1 + rng.u32(0..10) / 9));
    report.insert("status".into(), json!(process.word));
    if let Some(pid) = process.pid {
        report.insert("pid".into(), json!(pid));
    }
    let uptime = (now - process.started_at) / 1_000;
    let uptime = if process.uptime_falls { uptime / 2 } else { uptime };
    if uptime > 0 {
        report.insert("uptimeSeconds".into(), json!(uptime));
    }
    if rng.u32(0..8) == 0 {
        report.insert("recentLogs".into(), lines(rng));
    }
    let counts = matches!(process.word, "RUNNING" | "STARTING");
    if !counts || !process.is_scraped {
        return report.into();
    }
    for (name, count) in COUNTERS.iter().zip(process.counts).filter(|(_, count)| *count > 0) {
        report.insert((*name).into(), json!(count));
    }
    if rng.bool() {
        report.insert("utilization".into(), json!(f64::from(rng.u32(0..100)) / 100.0));
    }
    let components = process.components.iter().filter(|component| component.received > 0);
    let components: Vec<Value> = components
        .map(|component| {
            let mut told = json!({"componentId": component.id, "componentKind": component.kind,
                "receivedEvents": component.received, "sentEvents": component.sent});
            if rng.bool() {
                told["latencyMeanSeconds"] = json!(f64::from(rng.u32(1..1_000)) / 1_000_000.0);
            }
            told
        })
        .collect();
    if !components.is_empty() {
        report.insert("componentMetrics".into(), components.into());
    }
    report.into()
}

/// A request with log lines of a few pipelines, some of them of another environment.
pub fn log_request<'a>(pipelines: impl Iterator<Item = &'a String>, rng: &mut Rng) -> Vec<u8> {
    let mut batches = Vec::new();
    for id in pipelines {
        if rng.u32(0..3) == 0 {
            batches.push(json!({"pipelineId": id, "lines": lines(rng)}));
        }
    }
    Value::from(batches).to_string().into_bytes()
}

fn lines(rng: &mut Rng) -> Value {
    let line = |at| format!("{} line {at}", ["INFO", "WARN", "ERROR"][at % 3]);
    (0..rng.usize(0..4)).map(line).collect::<Vec<_>>().into()
}

/// One or two odd changes to a body.
pub fn damage(body: &[u8], rng: &mut Rng) -> Vec<u8> {
    const ODD: [&str; 9] = ["-1", "1e999", "null", "\"x\"", "[]", "{}", "0.5", "\"\\ud800\"", "7"];
    let mut body = body.to_vec();
    for _ in 0..=rng.usize(0..2) {
        let at = rng.usize(0..body.len());
        match rng.u32(0..3) {
            0 => {
                let Some(colon) = body[at..].iter().position(|byte| *byte == b':') else {
                    continue;
                };
                let from = at + colon + 1;
                let ends = |byte: &u8| matches!(byte, b',' | b'}' | b']');
                let length = body[from..].iter().position(ends).unwrap_or(0);
                let odd = ODD[rng.usize(0..ODD.len())];
                body.splice(from..from + length, odd.bytes());
            }
            1 => body[at] = rng.u8(..),
            _ => {
                let end = (at + rng.usize(1..12)).min(body.len());
                body.drain(at..end);
            }
        }
        if body.is_empty() {
            break;
        }
    }
    body
}
