//! What the committed journals hold: real agents' requests, and an afternoon on which much goes wrong.

use std::path::Path;

use serde_json::Value;
use systole::http::agent::wire::{decode_heartbeat, decode_logs};
use systole_systems::ids::SubscriberId;
use systole_systems::input::{
    DeployCause, Filter, FlushOutcome, Input, NodeEdited, NodeEnrolled, PipelineDeployed,
    Subscribed,
};
use systole_systems::packed::{Packed, PackedBuf};
use systole_systems::report::{
    ComponentCounts, ComponentKind, ComponentReport, Counts, Heartbeat, LogLevel, LogLine,
    PipelineReport,
};
use systole_systems::settings::Settings;
use systole_systems::status::Role;

use crate::recording::Recording;

fn begin(recording: &mut Recording, pipelines: &[String], nodes: &[&str]) {
    for (user, super_admin) in [("root", true), ("ann", false)] {
        recording.input(&Input::UserSet { user, super_admin });
    }
    recording.input(&Input::MemberSet { team: "t1", user: "ann", role: Role::Viewer });
    recording.input(&Input::EnvironmentSet { environment: "e1", name: "prod", team: "t1" });
    for pipeline in pipelines {
        let (environment, name) = ("e1", pipeline.as_str());
        recording.input(&Input::PipelineSet { pipeline, environment, name, revision: 1 });
    }
    for node in nodes {
        recording.input(&Input::NodeEnrolled(NodeEnrolled {
            node,
            environment: "e1",
            name: node,
            host: "host",
            os: Some("linux/amd64"),
            agent_version: None,
            vector_version: None,
            labels: Packed::default(),
        }));
    }
    recording.input(&Input::Started { epoch: 7, settings: Settings::default() });
    recording.step(10);
}

fn subscribe(recording: &mut Recording, id: u64, user: &str) {
    recording.input(&Input::Subscribed(Subscribed {
        subscriber: SubscriberId(id),
        stream: "stream",
        user,
        credential: user,
        filter: Filter::default(),
        resume: None,
    }));
}

/// Every request of every capture, a node a file, two seconds apart.
pub(crate) fn captures(recording: &mut Recording) {
    const FILES: [&str; 6] =
        ["m002-p1", "m002-p10", "m002-p100", "head-p1", "head-p10", "head-p100"];
    let read = |file: &str| {
        let path =
            Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/captures/{file}.jsonl"));
        let text = std::fs::read_to_string(path).expect("captures are committed");
        let requests: Vec<Value> = text
            .lines()
            .map(|line| serde_json::from_str(line).expect("captures are JSON"))
            .collect();
        requests
    };
    let text = |request: &Value, field: &str| request[field].as_str().unwrap_or("").to_owned();
    let all: Vec<(&str, Vec<Value>)> = FILES.into_iter().map(|file| (file, read(file))).collect();
    let mut pipelines: Vec<String> = Vec::new();
    for request in all.iter().flat_map(|(_, requests)| requests) {
        let body: Value = serde_json::from_str(&text(request, "body_raw")).unwrap_or(Value::Null);
        let reports = body["pipelines"].as_array().into_iter().flatten();
        pipelines.extend(reports.filter_map(|report| Some(report["pipelineId"].as_str()?.into())));
    }
    pipelines.sort();
    pipelines.dedup();

    begin(recording, &pipelines, &FILES);
    subscribe(recording, 1, "root");
    let longest = all.iter().map(|(_, requests)| requests.len()).max().unwrap_or(0);
    for index in 0..longest {
        for (node, requests) in &all {
            let Some(request) = requests.get(index) else { continue };
            let body = text(request, "body_raw");
            let decoded = match request["path"].as_str() {
                Some("/api/agent/heartbeat") => decode_heartbeat(node, body.as_bytes()),
                Some("/api/agent/logs") => decode_logs(node, body.as_bytes()),
                _ => continue,
            };
            recording.inputs(&decoded.expect("real agents send valid bodies").inputs);
        }
        recording.run(2_000);
    }
    recording.run(20_000);
}

fn heartbeat(recording: &mut Recording, node: &str, beat: u64, status: &str, pid: u32) {
    let line = format!("beat {beat}");
    let lines: PackedBuf =
        (0..beat % 2).map(|_| LogLine { level: LogLevel::Error, text: &line }).collect();
    let mut pipelines = PackedBuf::default();
    for (index, pipeline) in ["p1", "p2"].into_iter().enumerate() {
        let events = beat * (100 + index as u64);
        let components: PackedBuf = ["in", "out"]
            .into_iter()
            .map(|component| ComponentReport {
                component,
                kind: ComponentKind::Transform,
                counts: ComponentCounts {
                    received_events: events,
                    sent_events: events,
                    ..ComponentCounts::default()
                },
                latency_mean_seconds: Some(0.001 * (beat % 7) as f64),
            })
            .collect();
        pipelines.push(&PipelineReport {
            pipeline,
            revision: 1,
            status: if index == 0 { status } else { "RUNNING" },
            pid: Some(pid),
            uptime_seconds: Some(beat * 5),
            counters: (!beat.is_multiple_of(11)).then_some(Counts {
                events_in: events,
                events_out: events,
                ..Counts::default()
            }),
            utilization: Some(0.01 * (beat % 90) as f64),
            components: components.packed(),
            logs: lines.packed(),
            ..PipelineReport::default()
        });
    }
    let pipelines = pipelines.packed();
    recording.input(&Input::Heartbeat(Heartbeat { node, pipelines, ..Heartbeat::default() }));
}

/// Crashes, restarts, silence, a store that is away, a stream that lags, a right that is taken away.
pub(crate) fn incident(recording: &mut Recording) {
    let pipelines = ["p1", "p2"].map(str::to_owned);
    begin(recording, &pipelines, &["n1", "n2", "n3", "n4"]);
    subscribe(recording, 1, "root");
    subscribe(recording, 2, "ann");
    for beat in 1..40 {
        heartbeat(recording, "n1", beat, if beat % 9 == 0 { "CRASHED" } else { "RUNNING" }, 7);
        heartbeat(recording, "n2", beat % 13, "RUNNING", 7 + (beat / 13) as u32);
        if !(10..16).contains(&beat) {
            heartbeat(recording, "n3", beat, "RUNNING", 7);
        }
        match beat {
            3 => deploy(recording, "p1", 1),
            5 => recording.settle = FlushOutcome::Failed,
            6 => deploy(recording, "p1", 2),
            18 => recording.input(&Input::NodeEdited(NodeEdited {
                node: "n3",
                name: "edge",
                operator_labels: Packed::default(),
                maintenance: true,
            })),
            8 => recording.settle = FlushOutcome::Committed,
            12 => recording
                .input(&Input::SubscriberLagged { subscriber: SubscriberId(1), skipped_events: 9 }),
            14 => recording.input(&Input::SubscriberDrained { subscriber: SubscriberId(1) }),
            20 => recording.input(&Input::NodeRevoked { node: "n4" }),
            22 => recording.input(&Input::MemberRemoved { team: "t1", user: "ann" }),
            25 => recording.input(&Input::PipelineRemoved { pipeline: "p2" }),
            30 => recording.input(&Input::Started { epoch: 8, settings: Settings::default() }),
            33 => recording.input(&Input::NodeRemoved { node: "n2" }),
            _ => (),
        }
        recording.run(5_000);
    }
    recording.run(30_000);
}

/// Has every node run a revision. That they report none but the first is what makes the second late.
fn deploy(recording: &mut Recording, pipeline: &str, revision: u32) {
    let (selector, cause) = (Packed::default(), DeployCause::Deploy);
    let deployed = PipelineDeployed { pipeline, revision, checksum: "sum", selector, cause };
    recording.input(&Input::PipelineDeployed(deployed));
}
