//! Cost of a heartbeat's way from JSON into the core's input, by size, and of the borrowed parse that
//! is its lower bound with this parser.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use serde::Deserialize;
use systole::http::agent::wire::decode_heartbeat;

#[path = "shared/allocator.rs"]
mod allocator;

fn decode(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("heartbeat");
    for (name, pipelines, components) in [("b1", 1, 0), ("b10", 10, 2), ("b100", 100, 2)] {
        let body = body(pipelines, components);
        group.throughput(Throughput::Bytes(body.len() as u64));
        group.bench_function(BenchmarkId::new("decode_and_pack", name), |bencher| {
            bencher
                .iter(|| decode_heartbeat("n1", black_box(body.as_bytes())).expect("well formed"));
        });
        group.bench_function(BenchmarkId::new("borrowed_parse", name), |bencher| {
            bencher.iter(|| {
                let text = std::str::from_utf8(black_box(body.as_bytes())).expect("text");
                black_box(serde_json::from_str::<Borrowed<'_>>(text).expect("well formed"));
            });
        });
    }
    group.finish();
}

/// A heartbeat as the newer agents send it.
fn body(pipelines: usize, components: usize) -> String {
    let mut body = String::from(r#"{"pipelines":["#);
    for p in 0..pipelines {
        let comma = if p == 0 { "" } else { "," };
        write!(
            body,
            r#"{comma}{{"pipelineId":"cappipeline{p:04}","version":3,"status":"RUNNING","pid":20804,
            "uptimeSeconds":86399,"eventsIn":39551234,"eventsOut":37221234,"bytesIn":16215501234,
            "bytesOut":18796101234,"eventsDiscarded":233,"componentMetrics":["#
        )
        .expect("a string takes all");
        for c in 0..components {
            let comma = if c == 0 { "" } else { "," };
            write!(
                body,
                r#"{comma}{{"componentId":"parse_{c}","componentKind":"transform",
                "receivedEvents":39551234,"sentEvents":38371234,"receivedBytes":16215501234,
                "latencyMeanSeconds":0.0016352953120820216}}"#
            )
            .expect("a string takes all");
        }
        body += r#"],"utilization":0.32303138218002675,"configChecksum":
            "edfba9f6f3d4f4755e03bea24efa32116ad95f25c01a84656de1ed766b108505"}"#;
    }
    body += r#"],"hostMetrics":{"memoryTotalBytes":25769803776,"memoryUsedBytes":4047602589,
        "memoryFreeBytes":20000000000,"cpuSecondsTotal":8009.914557642001,"cpuSecondsIdle":4008.03,
        "loadAvg1":0.3,"loadAvg5":0.4,"loadAvg15":0.5,"fsTotalBytes":100000000000,
        "fsUsedBytes":40000000000,"fsFreeBytes":60000000000,"diskReadBytes":1000495727,
        "diskWrittenBytes":2001487183,"netRxBytes":1002478639,"netTxBytes":1001982911},
        "agentVersion":"1.4.0","vectorVersion":"vector 0.53.0 (x86_64-unknown-linux-gnu)",
        "deploymentMode":"DOCKER","runningAs":"root","labels":{"role":"edge","zone":"a"}}"#;
    // As agents send it: without whitespace between values.
    body.lines().map(str::trim_start).collect()
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "parsing is what is measured")]
struct Borrowed<'a> {
    #[serde(borrow)]
    pipelines: Vec<BorrowedPipeline<'a>>,
    host_metrics: Host,
    #[serde(borrow)]
    labels: BTreeMap<&'a str, &'a str>,
    #[serde(borrow)]
    agent_version: Cow<'a, str>,
    #[serde(borrow)]
    vector_version: Cow<'a, str>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "parsing is what is measured")]
struct Host {
    memory_total_bytes: u64,
    memory_used_bytes: u64,
    memory_free_bytes: u64,
    cpu_seconds_total: f64,
    cpu_seconds_idle: f64,
    #[serde(rename = "loadAvg1")]
    load_avg_1: f64,
    #[serde(rename = "loadAvg5")]
    load_avg_5: f64,
    #[serde(rename = "loadAvg15")]
    load_avg_15: f64,
    fs_total_bytes: u64,
    fs_used_bytes: u64,
    fs_free_bytes: u64,
    disk_read_bytes: u64,
    disk_written_bytes: u64,
    net_rx_bytes: u64,
    net_tx_bytes: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "parsing is what is measured")]
struct BorrowedPipeline<'a> {
    #[serde(borrow)]
    pipeline_id: Cow<'a, str>,
    version: u32,
    #[serde(borrow)]
    status: Cow<'a, str>,
    pid: u32,
    uptime_seconds: u64,
    events_in: u64,
    events_out: u64,
    bytes_in: u64,
    bytes_out: u64,
    events_discarded: u64,
    utilization: f64,
    #[serde(borrow)]
    config_checksum: Cow<'a, str>,
    #[serde(borrow)]
    component_metrics: Vec<BorrowedComponent<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "parsing is what is measured")]
struct BorrowedComponent<'a> {
    #[serde(borrow)]
    component_id: Cow<'a, str>,
    #[serde(borrow)]
    component_kind: Cow<'a, str>,
    received_events: u64,
    sent_events: u64,
    received_bytes: u64,
    latency_mean_seconds: f64,
}

criterion_group!(benches, decode);
criterion_main!(benches);
