//! What the events of a pipeline are about, told from the types of its sources, and examples of them.

use std::sync::Arc;

use fastrand::Rng;
use serde_json::{Value, json};

/// The events that pass a component.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventKind {
    pub subject: Subject,
    /// Lines as they come; fields behind what parses them.
    pub is_line: bool,
    /// The type of the source they come from.
    pub source_type: Arc<str>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// Requests that a web server answered.
    Web,
    /// What happened to the pods of a cluster.
    Kubernetes,
    Payment,
    Metric,
    /// Who signed in, and who could not.
    SignIn,
    /// Statements that took a database long.
    Query,
    /// Packets that a firewall let pass or not.
    Packet,
    Mail,
}

impl EventKind {
    /// The events of a source of this type.
    pub fn of_source(source_type: &str) -> EventKind {
        let subject = match source_type {
            "kubernetes_logs" => Subject::Kubernetes,
            "kafka" => Subject::Payment,
            "host_metrics" | "internal_metrics" | "prometheus_scrape" | "statsd" => Subject::Metric,
            "syslog" => Subject::SignIn,
            "docker_logs" => Subject::Query,
            "socket" => Subject::Packet,
            "journald" => Subject::Mail,
            _ => Subject::Web,
        };
        EventKind { subject, is_line: true, source_type: source_type.into() }
    }
}

/// An example: the line, and the fields that are read from it.
pub struct Example {
    pub line: String,
    pub fields: Value,
}

impl Subject {
    /// Makes up an event.
    pub fn example(self, rng: &mut Rng) -> Example {
        match self {
            Subject::Web => of_fields(request(rng)),
            Subject::Kubernetes => of_fields(pod(rng)),
            Subject::Payment => of_fields(payment(rng)),
            Subject::Metric => of_fields(metric(rng)),
            Subject::SignIn => sign_in(rng),
            Subject::Query => query(rng),
            Subject::Packet => packet(rng),
            Subject::Mail => mail(rng),
        }
    }
}

/// An example whose line is its fields as JSON.
fn of_fields(fields: Value) -> Example {
    Example { line: fields.to_string(), fields }
}

fn request(rng: &mut Rng) -> Value {
    json!({
        "client": address(rng),
        "duration_ms": f64::from(rng.u32(100..9_000)) / 100.0,
        "method": pick(rng, &["GET", "GET", "POST"]),
        "path": pick(rng, &["/", "/login", "/api/v1/items", "/api/v1/cart", "/assets/app.js"]),
        "status": *pick(rng, &[200, 200, 200, 200, 304, 404, 503]),
    })
}

fn pod(rng: &mut Rng) -> Value {
    let (reason, level, message) = *pick(
        rng,
        &[
            ("Started", "info", "Started container app"),
            ("Pulled", "info", "Container image is already present on machine"),
            ("ScalingReplicaSet", "info", "Scaled up replica set to 4"),
            ("Unhealthy", "warn", "Readiness probe failed: connection refused"),
            ("BackOff", "error", "Back-off restarting failed container"),
        ],
    );
    let app = *pick(rng, &["checkout", "catalog", "search", "cart"]);
    json!({
        "kubernetes": {
            "container_name": "app",
            "pod_name": format!("{app}-{:04x}", rng.u16(..)),
            "pod_namespace": pick(rng, &["shop", "shop", "platform"]),
        },
        "level": level,
        "message": message,
        "reason": reason,
    })
}

fn payment(rng: &mut Rng) -> Value {
    json!({
        "amount": f64::from(rng.u32(199..90_000)) / 100.0,
        "card": format!("**** **** **** {:04}", rng.u32(..10_000)),
        "country": pick(rng, &["DE", "FR", "US", "JP"]),
        "currency": pick(rng, &["EUR", "USD", "JPY"]),
        "id": format!("pay_{:08x}", rng.u32(..)),
        "state": pick(rng, &["captured", "captured", "captured", "authorized", "declined"]),
    })
}

fn metric(rng: &mut Rng) -> Value {
    let name = *pick(rng, &["load1", "memory_used_bytes", "filesystem_used_ratio"]);
    let value = match name {
        "memory_used_bytes" => f64::from(rng.u32(2_000..6_000)) * 1_048_576.0,
        "filesystem_used_ratio" => f64::from(rng.u32(200..900)) / 1_000.0,
        _ => f64::from(rng.u32(10..400)) / 100.0,
    };
    json!({
        "gauge": { "value": value },
        "kind": "absolute",
        "name": name,
        "namespace": "host",
        "tags": { "collector": name.split('_').next(), "environment": "production" },
    })
}

fn sign_in(rng: &mut Rng) -> Example {
    let (user, client) = (*pick(rng, &["ada", "grace", "deploy", "root"]), address(rng));
    let (outcome, word) = *pick(rng, &[("accepted", "Accepted"), ("failed", "Failed")]);
    let port = rng.u32(1_024..65_535);
    let line = format!("{word} publickey for {user} from {client} port {port} ssh2");
    let fields = json!({
        "appname": "sshd", "client": client, "facility": "auth", "outcome": outcome,
        "severity": if outcome == "failed" { "warning" } else { "info" }, "user": user,
    });
    Example { line, fields }
}

fn query(rng: &mut Rng) -> Example {
    let statement = *pick(
        rng,
        &[
            "select * from orders where customer_id = $1 order by created_at desc",
            "update stock set reserved = reserved + $1 where sku = $2",
            "select count(*) from sessions where seen_at > now() - interval '5 minutes'",
        ],
    );
    let duration_ms = f64::from(rng.u32(25_000..900_000)) / 1_000.0;
    let line = format!("LOG:  duration: {duration_ms:.3} ms  statement: {statement}");
    let fields = json!({
        "container_name": "postgres", "database": pick(rng, &["shop", "accounts"]),
        "duration_ms": duration_ms, "statement": statement,
    });
    Example { line, fields }
}

fn packet(rng: &mut Rng) -> Example {
    let (source, port) = (address(rng), *pick(rng, &[22, 443, 443, 3_389, 5_432]));
    let action = if matches!(port, 443) { "accept" } else { "drop" };
    let (target, bytes) = (format!("10.0.{}.{}", rng.u8(..4), rng.u8(1..250)), rng.u32(40..1_500));
    let line =
        format!("action={action} src={source} dst={target} dpt={port} proto=tcp len={bytes}");
    let fields = json!({
        "action": action, "dpt": port, "dst": target, "len": bytes, "proto": "tcp", "src": source,
    });
    Example { line, fields }
}

fn mail(rng: &mut Rng) -> Example {
    let status = *pick(rng, &["sent", "sent", "sent", "deferred", "bounced"]);
    let (id, delay) = (format!("{:010X}", rng.u32(..)), f64::from(rng.u32(10..900)) / 100.0);
    let recipient = format!(
        "{}@{}",
        pick(rng, &["ada", "grace", "alan"]),
        pick(rng, &["example.org", "example.com"])
    );
    let line = format!("{id}: to=<{recipient}>, delay={delay}, status={status}");
    let fields = json!({
        "delay_seconds": delay, "queue_id": id, "status": status, "to": recipient,
        "unit": "postfix.service",
    });
    Example { line, fields }
}

/// One of the addresses that are for examples.
fn address(rng: &mut Rng) -> String {
    format!("192.0.2.{}", rng.u32(1..255))
}

fn pick<'a, T>(rng: &mut Rng, choices: &'a [T]) -> &'a T {
    &choices[rng.usize(..choices.len())]
}
