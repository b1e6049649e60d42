//! Heartbeats whose every value moves as those of a real host do, for benches of the journal: what changes
//! from one heartbeat to the next is what it has to write.

use serde_json::{Value, json};
use systole_systems::input::{Input, Inputs};
use systole_systems::packed::PackedBuf;
use systole_systems::report::{
    ComponentCounts, ComponentKind, ComponentReport, Counts, Heartbeat, HostMetrics, PipelineReport,
};

use crate::fleet::{VECTOR_VERSION, labels, node_id, pipeline_id};

const CHECKSUM: &str = "edfba9f6f3d4f4755e03bea24efa32116ad95f25c01a84656de1ed766b108505";
const SECONDS: u64 = 5;

/// Appends the `beat`th heartbeat of a node.
pub(crate) fn push_lively(
    inputs: &mut Inputs,
    node: usize,
    beat: u64,
    (pipelines, components): (usize, usize),
) {
    let mut reports = PackedBuf::default();
    for pipeline in 0..pipelines {
        let of_pipeline = (node * 1_000 + pipeline) as u64;
        // Events a second of this instance; what it has counted so far only grows.
        let rate = 20 + fastrand::Rng::with_seed(of_pipeline).u64(..3_000);
        let mut rng = fastrand::Rng::with_seed(of_pipeline << 24 | beat);
        let events = beat * SECONDS * rate + rng.u64(..rate);
        let components: PackedBuf = (0..components)
            .map(|index| ComponentReport {
                component: ["in", "parse", "filter", "out"][index % 4],
                kind: ComponentKind::Transform,
                counts: ComponentCounts {
                    received_events: events,
                    sent_events: events - events / 50,
                    received_bytes: events * 410 + rng.u64(..410 * rate),
                    sent_bytes: events * 475 + rng.u64(..475 * rate),
                    ..ComponentCounts::default()
                },
                latency_mean_seconds: Some(0.001 + rng.f64() / 1_000.0),
            })
            .collect();
        reports.push(&PipelineReport {
            pipeline: &pipeline_id(pipeline),
            revision: 1,
            status: "RUNNING",
            pid: Some(811 + pipeline as u32),
            uptime_seconds: Some(100 + beat * SECONDS),
            config_checksum: Some(CHECKSUM),
            counters: Some(Counts {
                events_in: events,
                events_out: events - events / 50,
                errors: beat / 40,
                discarded: events / 5_000,
                bytes_in: events * 410 + rng.u64(..410 * rate),
                bytes_out: events * 475 + rng.u64(..475 * rate),
            }),
            utilization: Some(rng.f64()),
            components: components.packed(),
            ..PipelineReport::default()
        });
    }
    inputs.push(&Input::Heartbeat(Heartbeat {
        node: &node_id(node),
        agent_version: Some("v1.4.2"),
        vector_version: Some(VECTOR_VERSION),
        deployment_mode: Some("DOCKER"),
        running_as: Some("root"),
        labels: Some(labels().packed()),
        host: Some(host(node, beat)),
        pipelines: reports.packed(),
        ..Heartbeat::default()
    }));
}

fn host(node: usize, beat: u64) -> HostMetrics {
    let mut rng = fastrand::Rng::with_seed((node as u64) << 24 | beat | 1 << 63);
    let mut hundredths = |of: u64| rng.u64(..of) as f64 / 100.0;
    let (busy, load_avg_1, load_avg_5) = (hundredths(400), hundredths(300), hundredths(200));
    let seconds = (beat * SECONDS * 8) as f64;
    let used = (4 << 30) + rng.u64(..1 << 28);
    let disk = beat * (1 << 20) + rng.u64(..1 << 20);
    HostMetrics {
        memory_total_bytes: 1 << 33,
        memory_used_bytes: used,
        memory_free_bytes: (1 << 33) - used,
        cpu_seconds_total: seconds + 8_000.0,
        cpu_seconds_idle: seconds / 2.0 + 4_000.0 - busy,
        load_avg_1,
        load_avg_5,
        load_avg_15: 0.7,
        fs_total_bytes: 100 << 30,
        fs_used_bytes: (40 << 30) + disk,
        fs_free_bytes: (60 << 30) - disk,
        disk_read_bytes: disk * 3,
        disk_written_bytes: disk * 7,
        net_rx_bytes: disk * 9 + rng.u64(..1 << 20),
        net_tx_bytes: disk * 11 + rng.u64(..1 << 20),
    }
}

/// The bytes an agent sends for a heartbeat.
pub(crate) fn json_bytes(heartbeat: &Heartbeat<'_>) -> usize {
    let pipelines: Vec<Value> =
        heartbeat.pipelines.iter().map(|pipeline| report(&pipeline)).collect();
    let labels = heartbeat.labels.iter().flat_map(|labels| labels.iter());
    let labels: serde_json::Map<String, Value> =
        labels.map(|label| (label.key.to_owned(), label.value.into())).collect();
    let host = heartbeat.host.unwrap_or_default();
    let body = json!({
        "pipelines": pipelines,
        "hostMetrics": {
            "memoryTotalBytes": host.memory_total_bytes, "memoryUsedBytes": host.memory_used_bytes,
            "memoryFreeBytes": host.memory_free_bytes, "cpuSecondsTotal": host.cpu_seconds_total,
            "cpuSecondsIdle": host.cpu_seconds_idle, "loadAvg1": host.load_avg_1,
            "loadAvg5": host.load_avg_5, "loadAvg15": host.load_avg_15,
            "fsTotalBytes": host.fs_total_bytes, "fsUsedBytes": host.fs_used_bytes,
            "fsFreeBytes": host.fs_free_bytes, "diskReadBytes": host.disk_read_bytes,
            "diskWrittenBytes": host.disk_written_bytes, "netRxBytes": host.net_rx_bytes,
            "netTxBytes": host.net_tx_bytes,
        },
        "agentVersion": heartbeat.agent_version, "vectorVersion": heartbeat.vector_version,
        "deploymentMode": heartbeat.deployment_mode, "runningAs": heartbeat.running_as,
        "labels": labels,
    });
    body.to_string().len()
}

fn report(pipeline: &PipelineReport<'_>) -> Value {
    let counters = pipeline.counters.unwrap_or_default();
    let components = pipeline.components.iter().map(|component| {
        let counts = component.counts;
        json!({
            "componentId": component.component, "componentKind": component.kind.as_str(),
            "receivedEvents": counts.received_events, "sentEvents": counts.sent_events,
            "receivedBytes": counts.received_bytes, "sentBytes": counts.sent_bytes,
            "latencyMeanSeconds": component.latency_mean_seconds,
        })
    });
    json!({
        "pipelineId": pipeline.pipeline, "version": pipeline.revision, "status": pipeline.status,
        "pid": pipeline.pid, "uptimeSeconds": pipeline.uptime_seconds,
        "eventsIn": counters.events_in, "eventsOut": counters.events_out,
        "errorsTotal": counters.errors, "eventsDiscarded": counters.discarded,
        "bytesIn": counters.bytes_in, "bytesOut": counters.bytes_out,
        "utilization": pipeline.utilization, "configChecksum": pipeline.config_checksum,
        "componentMetrics": components.collect::<Vec<_>>(),
    })
}
