//! Bodies of real agents, decoded, against an independent reading of the same JSON.

use serde_json::Value;
use systole::edge_counters::Tally;
use systole::event_samples::result::{Outcome, SampleResult};
use systole::http::agent::wire::{
    decode_enrollment, decode_heartbeat, decode_logs, decode_samples,
};
use systole_systems::input::Input;
use systole_systems::report::{Heartbeat, LogLevel, LogLine, PipelineReport};

use crate::captures::bodies;

#[test]
fn heartbeats_keep_every_value() {
    let (mut pipelines, mut results) = (0, 0);
    for body in bodies("/api/agent/heartbeat") {
        let json: Value = serde_json::from_str(&body).unwrap();
        let decoded = decode_heartbeat("n1", body.as_bytes()).unwrap();
        let samples = json["sampleResults"].as_array().map_or(0, Vec::len);
        assert_eq!(decoded.tally, Tally::default());
        assert_eq!(decoded.inputs.len(), 1);
        assert_eq!(decoded.sample_results.len(), samples);
        for (result, json) in decoded
            .sample_results
            .iter()
            .zip(json["sampleResults"].as_array().into_iter().flatten())
        {
            check_result(result, json);
            results += 1;
        }
        let Input::Heartbeat(heartbeat) = decoded.inputs.get(0) else { panic!("a heartbeat") };
        check_heartbeat(&heartbeat, &json);
        pipelines += heartbeat.pipelines.iter().count();
    }
    assert_eq!(pipelines, 516, "every pipeline of every capture");
    assert_eq!(results, 4, "every result of every capture");
}

#[test]
fn results_of_samples_keep_every_event() {
    let mut results = 0;
    for body in bodies("/api/agent/samples") {
        let json: Value = serde_json::from_str(&body).unwrap();
        let (decoded, tally) = decode_samples(body.as_bytes()).unwrap();
        assert_eq!(tally, Tally::default());
        let expected = json["results"].as_array().unwrap();
        assert_eq!(decoded.len(), expected.len());
        decoded.iter().zip(expected).for_each(|(result, json)| check_result(result, json));
        results += decoded.len();
    }
    assert_eq!(results, 6, "every result of every capture");
}

fn check_result(result: &SampleResult, json: &Value) {
    assert_eq!(json["requestId"], *result.request);
    assert_eq!(json["componentKey"], *result.component);
    match &result.outcome {
        Outcome::Failed(why) => assert_eq!(json["error"], **why),
        Outcome::Sampled { events, schema } => {
            assert!(json.get("error").is_none());
            for (list, field) in [(events, "events"), (schema, "schema")] {
                let kept: Value = serde_json::from_str(&list.to_json()).unwrap();
                assert_eq!(kept, json.get(field).cloned().unwrap_or_else(|| Value::Array(vec![])));
            }
        }
    }
}

#[test]
fn log_requests_keep_every_line() {
    let mut lines = 0;
    for body in bodies("/api/agent/logs") {
        let json: Value = serde_json::from_str(&body).unwrap();
        let decoded = decode_logs("n1", body.as_bytes()).unwrap();
        assert_eq!(decoded.tally, Tally::default());
        let Input::LogsReceived { node: "n1", batches } = decoded.inputs.get(0) else {
            panic!("log lines of n1")
        };
        let expected = json.as_array().unwrap();
        assert_eq!(batches.iter().count(), expected.len());
        for (batch, json) in batches.iter().zip(expected) {
            assert_eq!(batch.pipeline, json["pipelineId"]);
            lines += check_lines(batch.lines.iter(), &json["lines"]);
        }
    }
    assert!(500 < lines, "{lines} lines");
}

#[test]
fn enrollments_keep_every_value() {
    for body in bodies("/api/agent/enroll") {
        let json: Value = serde_json::from_str(&body).unwrap();
        let (request, tally) = decode_enrollment(body.as_bytes()).unwrap();
        assert_eq!(tally, Tally::default());
        assert_eq!(request.token, json["token"]);
        assert_eq!(request.host, json["hostname"]);
        assert_eq!(request.os.as_deref(), json["os"].as_str());
        assert_eq!(request.agent_version.as_deref(), json["agentVersion"].as_str());
        assert_eq!(request.vector_version.as_deref(), json["vectorVersion"].as_str());
        let labels = json["labels"].as_object().cloned().unwrap_or_default();
        let expected: Vec<_> =
            labels.into_iter().map(|(k, v)| (k, v.as_str().unwrap().to_owned())).collect();
        assert_eq!(sorted(request.labels), sorted(expected));
    }
}

fn check_heartbeat(heartbeat: &Heartbeat<'_>, json: &Value) {
    assert_eq!(heartbeat.node, "n1");
    assert_eq!(heartbeat.agent_version, json["agentVersion"].as_str());
    assert_eq!(heartbeat.vector_version, json["vectorVersion"].as_str());
    assert_eq!(heartbeat.deployment_mode, json["deploymentMode"].as_str());
    assert_eq!(heartbeat.running_as, json["runningAs"].as_str());
    assert_eq!(heartbeat.update_error, json["updateError"].as_str());

    let labels = heartbeat.labels.map(|labels| {
        sorted(labels.iter().map(|l| (l.key.to_owned(), l.value.to_owned())).collect())
    });
    let expected = json["labels"].as_object().map(|labels| {
        sorted(labels.iter().map(|(k, v)| (k.clone(), v.as_str().unwrap().to_owned())).collect())
    });
    assert_eq!(labels, expected);

    let host = &json["hostMetrics"];
    assert_eq!(heartbeat.host.is_some(), host.is_object());
    if let Some(metrics) = heartbeat.host {
        let counts = [
            ("memoryTotalBytes", metrics.memory_total_bytes),
            ("memoryUsedBytes", metrics.memory_used_bytes),
            ("memoryFreeBytes", metrics.memory_free_bytes),
            ("fsTotalBytes", metrics.fs_total_bytes),
            ("fsUsedBytes", metrics.fs_used_bytes),
            ("fsFreeBytes", metrics.fs_free_bytes),
            ("diskReadBytes", metrics.disk_read_bytes),
            ("diskWrittenBytes", metrics.disk_written_bytes),
            ("netRxBytes", metrics.net_rx_bytes),
            ("netTxBytes", metrics.net_tx_bytes),
        ];
        for (name, value) in counts {
            assert_eq!(Some(value), host[name].as_u64(), "{name}");
        }
        let measures = [
            ("cpuSecondsTotal", metrics.cpu_seconds_total),
            ("cpuSecondsIdle", metrics.cpu_seconds_idle),
            ("loadAvg1", metrics.load_avg_1),
            ("loadAvg5", metrics.load_avg_5),
            ("loadAvg15", metrics.load_avg_15),
        ];
        for (name, value) in measures {
            assert_eq!(Some(value), host[name].as_f64(), "{name}");
        }
    }

    let expected = json["pipelines"].as_array().unwrap();
    assert_eq!(heartbeat.pipelines.iter().count(), expected.len());
    for (report, json) in heartbeat.pipelines.iter().zip(expected) {
        check_pipeline(&report, json);
    }
}

fn check_pipeline(report: &PipelineReport<'_>, json: &Value) {
    assert_eq!(report.pipeline, json["pipelineId"]);
    assert_eq!(report.revision, json["version"]);
    assert_eq!(report.status, json["status"]);
    assert_eq!(report.pid.map(u64::from), json["pid"].as_u64());
    assert_eq!(report.uptime_seconds, json["uptimeSeconds"].as_u64());
    assert_eq!(report.config_checksum, json["configChecksum"].as_str());
    assert_eq!(report.utilization, json["utilization"].as_f64());

    let names = ["eventsIn", "eventsOut", "errorsTotal", "eventsDiscarded", "bytesIn", "bytesOut"];
    let present = names.iter().any(|name| !json[*name].is_null());
    assert_eq!(report.counters.is_some(), present);
    if let Some(c) = report.counters {
        let values = [c.events_in, c.events_out, c.errors, c.discarded, c.bytes_in, c.bytes_out];
        assert_eq!(values, names.map(|name| json[name].as_u64().unwrap_or(0)));
    }

    let none = Vec::new();
    let expected = json["componentMetrics"].as_array().unwrap_or(&none);
    assert_eq!(report.components.iter().count(), expected.len());
    for (component, json) in report.components.iter().zip(expected) {
        assert_eq!(component.component, json["componentId"]);
        assert_eq!(component.kind.as_str(), json["componentKind"]);
        assert_eq!(component.latency_mean_seconds, json["latencyMeanSeconds"].as_f64());
        let c = component.counts;
        let values = [
            c.received_events,
            c.sent_events,
            c.received_bytes,
            c.sent_bytes,
            c.errors,
            c.discarded,
        ];
        let names = [
            "receivedEvents",
            "sentEvents",
            "receivedBytes",
            "sentBytes",
            "errorsTotal",
            "discardedEvents",
        ];
        assert_eq!(values, names.map(|name| json[name].as_u64().unwrap_or(0)));
    }
    check_lines(report.logs.iter(), &json["recentLogs"]);
}

/// Checks lines whose level is the word after the timestamp; answers how many.
fn check_lines<'a>(lines: impl Iterator<Item = LogLine<'a>>, json: &Value) -> usize {
    let none = Vec::new();
    let expected = json.as_array().unwrap_or(&none);
    let lines: Vec<_> = lines.collect();
    assert_eq!(lines.len(), expected.len());
    for (line, json) in lines.iter().zip(expected) {
        assert_eq!(line.text, json);
        let word = line.text.split_whitespace().nth(1);
        let is_level = |level: &LogLevel| Some(level.as_str()) == word;
        let levels =
            [LogLevel::Error, LogLevel::Warn, LogLevel::Info, LogLevel::Debug, LogLevel::Trace];
        let expected = levels.into_iter().find(is_level).unwrap_or_default();
        assert_eq!(line.level, expected, "{}", line.text);
    }
    lines.len()
}

fn sorted(mut labels: Vec<(String, String)>) -> Vec<(String, String)> {
    labels.sort();
    labels
}
