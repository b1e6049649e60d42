//! Real agents' requests against the whole server, on both stores: rows and events, value by value.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use hyper::Method;
use serde_json::Value;
use systole::store::{HistoryQuery, Store};
use systole_systems::report::Counts;
use systole_systems::rows::InstanceRow;
use systole_systems::time::{Millis, Minute};

use crate::captures::{Captured, FILES, requests};
use crate::server::{BOTH, Kind, Place, eventually};

/// What the requests of one capture add up to, read from their JSON alone.
#[derive(Default)]
struct Expected {
    pipelines: BTreeMap<String, PipelineExpected>,
    log_lines: usize,
    heartbeats: usize,
}

#[derive(Default)]
struct PipelineExpected {
    status: String,
    pid: Option<u64>,
    totals: Option<Counts>,
    /// Counters of each heartbeat that measured, by component.
    components: Vec<BTreeMap<String, Value>>,
    latency_weight: u64,
    latency_weighted_sum: f64,
}

fn count(value: &Value, field: &str) -> u64 {
    value[field].as_u64().unwrap_or(0)
}

impl Expected {
    fn of(requests: &[Captured]) -> Expected {
        let mut expected = Expected::default();
        for request in requests {
            let body: Value = serde_json::from_str(&request.body).unwrap_or(Value::Null);
            match request.path.as_str() {
                "/api/agent/heartbeat" => expected.heartbeat(&body),
                "/api/agent/logs" => {
                    for batch in body.as_array().unwrap() {
                        expected.log_lines += batch["lines"].as_array().unwrap().len();
                    }
                }
                _ => (),
            }
        }
        expected
    }

    fn heartbeat(&mut self, body: &Value) {
        self.heartbeats += 1;
        for report in body["pipelines"].as_array().unwrap() {
            let pipeline = self.pipelines.entry(report["pipelineId"].as_str().unwrap().into());
            let pipeline = pipeline.or_default();
            pipeline.status = report["status"].as_str().unwrap().to_owned();
            pipeline.pid = report["pid"].as_u64();
            self.log_lines += report["recentLogs"].as_array().map_or(0, Vec::len);
            let Some(components) = report["componentMetrics"].as_array() else { continue };
            pipeline.totals = Some(Counts {
                events_in: count(report, "eventsIn"),
                events_out: count(report, "eventsOut"),
                errors: count(report, "errorsTotal"),
                discarded: count(report, "eventsDiscarded"),
                bytes_in: count(report, "bytesIn"),
                bytes_out: count(report, "bytesOut"),
            });
            let previous = pipeline.components.last().cloned().unwrap_or_default();
            for component in components {
                let id = component["componentId"].as_str().unwrap();
                let before = previous.get(id).cloned().unwrap_or(Value::Null);
                let passed = |field| count(component, field) - count(&before, field);
                let weight = passed("receivedEvents") + passed("sentEvents");
                if let Some(latency) = component["latencyMeanSeconds"].as_f64() {
                    pipeline.latency_weight += weight;
                    pipeline.latency_weighted_sum += latency * 1_000.0 * weight as f64;
                }
            }
            let by_id = components.iter().map(|component| {
                (component["componentId"].as_str().unwrap().to_owned(), component.clone())
            });
            pipeline.components.push(by_id.collect());
        }
    }
}

fn node_token(requests: &[Captured]) -> String {
    let headers = requests.iter().flat_map(|request| &request.headers);
    let authorization = headers.into_iter().find(|header| header.0 == "Authorization").unwrap();
    authorization.1.strip_prefix("Bearer ").unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_capture_on_sqlite() {
    for file in FILES {
        serve_capture(file, Kind::Sqlite).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_capture_on_postgres() {
    for file in FILES {
        serve_capture(file, Kind::Postgres).await;
    }
}

#[test]
fn both_stores_are_covered() {
    assert_eq!(BOTH, [Kind::Sqlite, Kind::Postgres]);
}

async fn serve_capture(file: &str, kind: Kind) {
    let requests = requests(file);
    let expected = Expected::of(&requests);
    let token = node_token(&requests);
    let place = Place::new(kind).await;
    let ids: Vec<&str> = expected.pipelines.keys().map(String::as_str).collect();
    place.seed(&ids, &token).await;
    let running = place.serve(&["--flush-interval-ms=50"]).await;
    let api_token = running.root_token().await;
    let mut stream = running.stream("?nodeIds=n1", &api_token).await;

    for request in &requests {
        // Enrolling makes another node, and the push stream has no end.
        if request.path.ends_with("/enroll") || request.path.ends_with("/push") {
            continue;
        }
        let method: Method = request.method.parse().unwrap();
        let answer = running.call(method, &request.path, Some(&token), &request.body).await;
        assert_eq!(answer.status, 200, "{file}: {}", request.path);
        if request.path.ends_with("/heartbeat") {
            assert!(answer.body.is_empty());
            // Rates need time between two heartbeats.
            tokio::time::sleep(Duration::from_millis(60)).await;
        }
    }

    let store = &*running.server.app.store;
    eventually("the last counters", || async {
        let rows = store.load_instances(("", ""), 1_000).await.unwrap();
        rows.len() == expected.pipelines.len()
            && rows
                .iter()
                .all(|row| row.totals == expected.pipelines[&row.instance.pipeline].totals)
    })
    .await;
    eventually("every log line", || async { logs(store).await == expected.log_lines }).await;
    check_rows(file, store, &expected).await;
    let measured: usize = expected
        .pipelines
        .values()
        .map(|p| p.components.iter().map(BTreeMap::len).sum::<usize>())
        .sum();
    stream.until(|text| text.matches("event: metric_update").count() >= measured).await;
    check_events(file, &stream.events_of("metric_update"), &expected);
    let transitions: BTreeSet<String> = stream
        .events_of("status_change")
        .iter()
        .filter(|event| event["pipelineId"].is_null())
        .map(|event| format!("{} {}", event["fromStatus"], event["toStatus"]))
        .collect();
    assert_eq!(transitions.into_iter().collect::<Vec<_>>(), ["\"UNKNOWN\" \"HEALTHY\""]);
    assert_eq!(stream.events_of("fleet_status").len(), expected.heartbeats);
    running.stop().await;
}

async fn logs(store: &dyn Store) -> usize {
    let query =
        HistoryQuery { environments: vec!["e1".into()], limit: 10_000, ..HistoryQuery::default() };
    store.logs(&query).await.unwrap().len()
}

async fn check_rows(file: &str, store: &dyn Store, expected: &Expected) {
    let rows: Vec<InstanceRow> = store.load_instances(("", ""), 1_000).await.unwrap();
    for row in rows {
        let id = &row.instance.pipeline;
        let pipeline = &expected.pipelines[id];
        assert_eq!(row.status, pipeline.status, "{file} {id}");
        assert_eq!(row.pid.map(u64::from), pipeline.pid, "{file} {id}");
        // The process was seen starting: all it ever counted was counted while we looked.
        for node in [None, Some("n1")] {
            let minutes = store.pipeline_minutes(id, node, Minute(0)).await.unwrap();
            let mut sum = Counts::default();
            let (mut weight, mut weighted) = (0, 0.0);
            for (_, totals) in minutes {
                sum.events_in += totals.counts.events_in;
                sum.events_out += totals.counts.events_out;
                sum.errors += totals.counts.errors;
                sum.discarded += totals.counts.discarded;
                sum.bytes_in += totals.counts.bytes_in;
                sum.bytes_out += totals.counts.bytes_out;
                weight += totals.latency_weight;
                weighted += totals.latency_weighted_sum;
            }
            assert_eq!(Some(sum), pipeline.totals, "{file} {id} {node:?}");
            assert_eq!(weight, pipeline.latency_weight, "{file} {id}");
            let off = (weighted - pipeline.latency_weighted_sum).abs();
            assert!(off < 1e-6 * pipeline.latency_weighted_sum.max(1.0), "{file} {id} {off}");
        }
    }
    let nodes = store.load_nodes("", 10).await.unwrap();
    assert_eq!(nodes.len(), 1);
    assert!(nodes[0].state.heard_at > Some(Millis(0)));
}

/// Each measuring heartbeat gives each component one event, whose rates are the difference of the
/// counters over the time between the two heartbeats, as the events themselves tell it.
fn check_events(file: &str, events: &[Value], expected: &Expected) {
    for (id, pipeline) in &expected.pipelines {
        let ids: BTreeSet<&String> = pipeline.components.iter().flat_map(BTreeMap::keys).collect();
        for component in ids {
            let mine: Vec<&Value> = events
                .iter()
                .filter(|e| e["pipelineId"] == **id && e["componentId"] == **component)
                .map(|event| &event["sample"])
                .collect();
            assert_eq!(mine.len(), pipeline.components.len(), "{file} {id} {component}");
            let beats = pipeline.components.iter().map(|beat| &beat[component]);
            for (index, (sample, beat)) in mine.iter().zip(beats).enumerate() {
                assert_eq!(count(sample, "errorCount"), count(beat, "errorsTotal"));
                let Some(before) = index.checked_sub(1) else { continue };
                let seconds = (count(sample, "timestamp") - count(mine[before], "timestamp"))
                    as f64
                    / 1_000.0;
                for (rate, counter) in [
                    ("receivedEventsRate", "receivedEvents"),
                    ("sentEventsRate", "sentEvents"),
                    ("receivedBytesRate", "receivedBytes"),
                    ("sentBytesRate", "sentBytes"),
                    ("discardedRate", "discardedEvents"),
                    ("errorsRate", "errorsTotal"),
                ] {
                    let before = &pipeline.components[before][component];
                    let passed = (count(beat, counter) - count(before, counter)) as f64;
                    let told = sample[rate].as_f64().unwrap();
                    let off = (told - passed / seconds).abs();
                    assert!(off <= 1e-4 * told.max(1.0), "{file} {id} {component} {rate} {told}");
                }
                let latency = beat["latencyMeanSeconds"].as_f64().map(|seconds| seconds * 1_000.0);
                match (latency, sample["latencyMeanMs"].as_f64()) {
                    (None, None) => (),
                    (Some(sent), Some(told)) => assert!((sent - told).abs() < 1e-4 * sent),
                    other => panic!("{file} {id} {component} {other:?}"),
                }
            }
        }
    }
}
