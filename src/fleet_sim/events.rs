//! Events as they might pass a component of a simulated pipeline, and what an agent finds in them.

use fastrand::Rng;
use serde_json::{Value, json};
use systole_systems::time::Millis;

use crate::fleet_sim::messages::SchemaField;
use crate::fleet_sim::subjects::{EventKind, Example, Subject};
use crate::http::rfc3339::Rfc3339;

/// Longest example in a schema.
const EXAMPLE_CHARS_MAX: usize = 64;
/// Age of an event when it is shown.
const AGE_MILLIS_MAX: u64 = 1_000;

/// An event of this kind and of the last second: a line with what its source says of it, or fields.
pub fn event(kind: &EventKind, host: &str, now: Millis, rng: &mut Rng) -> Value {
    let timestamp = Rfc3339(Millis(now.0.saturating_sub(rng.u64(..AGE_MILLIS_MAX)))).to_string();
    let Example { line, fields } = kind.subject.example(rng);
    // Metrics are never lines.
    if kind.is_line && kind.subject != Subject::Metric {
        return json!({
            "host": host, "message": line, "source_type": *kind.source_type,
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

    /// 2026-01-01T01:01:02Z.
    const AT: Millis = Millis(1_767_229_262_000);

    fn event_of(source_type: &str, is_line: bool) -> Value {
        let kind = EventKind { is_line, ..EventKind::of_source(source_type) };
        event(&kind, "web-1", AT, &mut Rng::with_seed(1))
    }

    #[test]
    fn lines_are_what_the_source_gives_and_fields_are_what_is_read_from_them() {
        let line = event_of("demo_logs", true);
        let inner: Value = serde_json::from_str(line["message"].as_str().unwrap()).unwrap();
        assert!(inner["status"].is_u64() && inner["path"].is_string());
        assert!(line["timestamp"].as_str().unwrap().starts_with("2026-01-01T01:01:01."));
        assert_eq!(line["source_type"], "demo_logs");
        let fields = schema(&[event_of("demo_logs", false)]);
        let paths: Vec<&str> = fields.iter().map(|field| field.path.as_str()).collect();
        let expected =
            [".client", ".duration_ms", ".host", ".method", ".path", ".status", ".timestamp"];
        assert_eq!(paths, expected);
        assert_eq!((fields[1].kind, fields[5].kind), ("float", "integer"));
        assert!(schema(&[line]).iter().all(|field| field.sample.len() <= EXAMPLE_CHARS_MAX + 3));
        assert!(schema(&[]).is_empty());
    }

    #[test]
    fn events_fit_their_source() {
        for (source_type, field) in [
            ("file", "path"),
            ("kubernetes_logs", "kubernetes"),
            ("kafka", "amount"),
            ("host_metrics", "gauge"),
            ("syslog", "outcome"),
            ("docker_logs", "statement"),
            ("socket", "dpt"),
            ("journald", "queue_id"),
        ] {
            assert!(!event_of(source_type, false)[field].is_null(), "{source_type}");
            let is_metric = source_type == "host_metrics";
            assert_eq!(event_of(source_type, true)["message"].is_string(), !is_metric);
        }
    }
}
