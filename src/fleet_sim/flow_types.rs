//! What components of a type do with events: how much of it passes, how long it takes, how large it becomes.
//! Plausible figures, in thousandths; types that are not here pass everything on.

use crate::vector_config::component::{Component, ComponentKind};

/// What a transform or a sink does with what it receives.
#[derive(Clone, Copy, Debug)]
pub struct Passing {
    /// Thousandths of the events that pass.
    pub share: u64,
    /// Whether those that do not pass count as discarded; merged ones do not.
    pub discards: bool,
    /// Whether each event goes to one of several outputs.
    pub splits: bool,
    /// Thousandths of an event's size on its way out.
    pub bytes: u64,
    /// Mean seconds an event spends there.
    pub latency: f64,
}

/// What a component does with what it receives.
pub fn passing(component: &Component) -> Passing {
    let all =
        Passing { share: 1_000, discards: false, splits: false, bytes: 1_000, latency: 0.0004 };
    let type_name = component.type_name.as_deref().unwrap_or_default();
    match (component.kind, type_name) {
        (ComponentKind::Source, _) => all,
        (ComponentKind::Transform, "filter") => Passing { share: 600, discards: true, ..all },
        (ComponentKind::Transform, "sample") => Passing { share: 100, discards: true, ..all },
        (ComponentKind::Transform, "dedupe") => {
            Passing { share: 850, discards: true, latency: 0.0009, ..all }
        }
        (ComponentKind::Transform, "throttle") => Passing { share: 950, discards: true, ..all },
        (ComponentKind::Transform, "reduce") => {
            Passing { share: 200, bytes: 2_400, latency: 0.9, ..all }
        }
        (ComponentKind::Transform, "aggregate") => Passing { share: 100, latency: 5.0, ..all },
        (ComponentKind::Transform, "remap" | "lua") => {
            Passing { bytes: 1_250, latency: 0.0017, ..all }
        }
        (ComponentKind::Transform, "log_to_metric") => Passing { bytes: 300, ..all },
        (ComponentKind::Transform, "route" | "exclusive_route" | "swimlanes") => {
            Passing { splits: true, latency: 0.0006, ..all }
        }
        (ComponentKind::Transform, _) => all,
        // What goes to archives is compressed.
        (ComponentKind::Sink, "aws_s3" | "gcp_cloud_storage" | "azure_blob" | "file") => {
            Passing { bytes: 180, latency: 0.085, ..all }
        }
        (ComponentKind::Sink, "elasticsearch" | "clickhouse" | "splunk_hec_logs") => {
            Passing { bytes: 1_150, latency: 0.024, ..all }
        }
        (ComponentKind::Sink, "http" | "datadog_logs" | "loki") => {
            Passing { bytes: 700, latency: 0.041, ..all }
        }
        (ComponentKind::Sink, "blackhole" | "console") => Passing { latency: 0.0002, ..all },
        (ComponentKind::Sink, _) => Passing { latency: 0.008, ..all },
    }
}

/// A source's part of what its process produces.
pub fn source_share(type_name: &str) -> u64 {
    match type_name {
        "kafka" => 1_800,
        "host_metrics" | "internal_metrics" | "prometheus_scrape" | "statsd" => 300,
        "internal_logs" => 10,
        _ => 1_000,
    }
}

/// Bytes of an event at a source.
pub fn source_bytes(type_name: &str) -> u64 {
    match type_name {
        "kafka" | "kubernetes_logs" => 720,
        "syslog" | "socket" | "journald" => 230,
        "host_metrics" | "internal_metrics" | "prometheus_scrape" | "statsd" => 140,
        _ => 410,
    }
}

/// So many thousandths of a count.
pub fn kilo_share(count: u64, share: u64) -> u64 {
    count * share / 1_000
}
