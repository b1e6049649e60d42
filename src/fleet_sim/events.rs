//! Events as they might pass a component of a simulated pipeline, and what an agent finds in them.

use std::time::Duration;

use fastrand::Rng;
use serde_json::{Value, json};

use crate::fleet_sim::messages::SchemaField;

/// Longest example in a schema.
const EXAMPLE_CHARS_MAX: usize = 64;

/// A request that somebody made of a web server: a line at a source, fields behind it.
pub fn event(is_source: bool, host: &str, now: Duration, rng: &mut Rng) -> Value {
    const PATHS: [&str; 5] = ["/", "/login", "/api/v1/items", "/api/v1/cart", "/assets/app.js"];
    const METHODS: [&str; 3] = ["GET", "GET", "POST"];
    let path = PATHS[rng.usize(..PATHS.len())];
    let method = METHODS[rng.usize(..METHODS.len())];
    let status = if rng.u32(..20) == 0 { 503 } else { 200 };
    let duration_ms = f64::from(rng.u32(100..9_000)) / 100.0;
    let client = format!("192.0.2.{}", rng.u32(1..255));
    let seconds = now.as_secs();
    let (hours, minutes, seconds) = (seconds / 3_600 % 24, seconds / 60 % 60, seconds % 60);
    let millis = rng.u32(..1_000);
    let timestamp = format!("2026-01-01T{hours:02}:{minutes:02}:{seconds:02}.{millis:03}Z");
    let fields = json!({
        "client": client, "duration_ms": duration_ms, "method": method, "path": path,
        "status": status,
    });
    if is_source {
        return json!({
            "host": host, "message": fields.to_string(), "source_type": "demo_logs",
            "timestamp": timestamp,
        });
    }
    let mut event = fields;
    event["host"] = host.into();
    event["timestamp"] = timestamp.into();
    event
}

/// The fields of events, sorted by path.
pub fn schema(events: &[Value]) -> Vec<SchemaField> {
    let Some(Value::Object(fields)) = events.first() else { return Vec::new() };
    let field = |(name, value): (&String, &Value)| {
        let (kind, text) = match value {
            Value::String(text) => ("string", text.clone()),
            Value::Number(number) if number.is_f64() => ("float", number.to_string()),
            Value::Number(number) => ("integer", number.to_string()),
            Value::Bool(value) => ("boolean", value.to_string()),
            Value::Array(_) => ("array", value.to_string()),
            Value::Object(_) => ("object", value.to_string()),
            Value::Null => ("null", "null".to_owned()),
        };
        let mut sample: String = text.chars().take(EXAMPLE_CHARS_MAX).collect();
        if sample.len() < text.len() {
            sample.push_str("...");
        }
        SchemaField { path: format!(".{name}"), kind, sample }
    };
    fields.iter().map(field).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_has_lines_and_what_is_behind_it_has_fields() {
        let mut rng = Rng::with_seed(1);
        let at = Duration::from_secs(3_661);
        let line = event(true, "web-1", at, &mut rng);
        let inner: Value = serde_json::from_str(line["message"].as_str().unwrap()).unwrap();
        assert!(inner["status"].is_u64() && inner["path"].is_string());
        assert!(line["timestamp"].as_str().unwrap().starts_with("2026-01-01T01:01:01."));
        let parsed = event(false, "web-1", at, &mut rng);
        let fields = schema(&[parsed]);
        let paths: Vec<&str> = fields.iter().map(|field| field.path.as_str()).collect();
        let expected =
            [".client", ".duration_ms", ".host", ".method", ".path", ".status", ".timestamp"];
        assert_eq!(paths, expected);
        assert_eq!((fields[1].kind, fields[5].kind), ("float", "integer"));
        assert!(schema(&[line]).iter().all(|field| field.sample.len() <= EXAMPLE_CHARS_MAX + 3));
        assert!(schema(&[]).is_empty());
    }
}
