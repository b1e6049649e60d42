//! Situations of events on their way along edges.

use super::*;

/// What passes each component as `received>sent`, with `-discarded`, when each source has produced so much.
fn check(text: &str, produced: u64, expected: &[&str]) {
    let flow = Flow::read(text).unwrap_or_else(|why| panic!("{why}: {text}"));
    let passed = flow.passed(&vec![produced; flow.parts.len()]);
    let told: Vec<String> = flow
        .parts
        .iter()
        .zip(passed)
        .map(|(part, Passed { received, sent, discarded })| match discarded {
            0 => format!("{} {received}>{sent}", part.id),
            _ => format!("{} {received}>{sent}-{discarded}", part.id),
        })
        .collect();
    assert_eq!(told, expected, "{text}");
}

/// One source, one transform of this type, one sink.
fn through(transform: &str) -> String {
    format!(
        "sources: {{in: {{type: stdin}}}}\ntransforms: {{t: {{inputs: [in], {transform}}}}}\n\
         sinks: {{out: {{type: console, inputs: [t]}}}}"
    )
}

#[test]
fn transforms_pass_what_their_type_passes() {
    for (transform, sent, discarded) in [
        ("type: remap", 1_000, 0),
        ("type: lua", 1_000, 0),
        ("type: log_to_metric", 1_000, 0),
        ("type: of_tomorrow", 1_000, 0),
        ("type: filter", 600, 400),
        ("type: sample", 100, 900),
        ("type: dedupe", 850, 150),
        ("type: throttle", 950, 50),
        ("type: reduce", 200, 0),
        ("type: aggregate", 100, 0),
    ] {
        let minus = if discarded == 0 { String::new() } else { format!("-{discarded}") };
        let (t, out) = (format!("t 1000>{sent}{minus}"), format!("out {sent}>{sent}"));
        check(&through(transform), 1_000, &["in 1000>1000", &t, &out]);
    }
}

#[test]
fn every_reader_gets_all_and_a_reader_of_several_gets_their_sum() {
    check(
        "sources: {a: {type: stdin}, b: {type: file}}\n\
         transforms: {f: {type: filter, inputs: [a]}}\n\
         sinks:\n  one: {type: console, inputs: [a]}\n  all: {type: http, inputs: [a, b, f]}",
        100,
        &["a 100>100", "b 100>100", "f 100>60-40", "one 100>100", "all 260>260"],
    );
}

#[test]
fn routes_split_and_discard_what_nothing_reads() {
    let routes = "sources: {in: {type: stdin}}\n\
                  transforms: {r: {type: route, inputs: [in], route: {x: a, y: b}}}\nsinks:\n  \
                  x: {type: console, inputs: [r.x]}\n  y: {type: console, inputs: [r.y]}\n";
    check(routes, 9_000, &["in 9000>9000", "r 9000>8001-999", "x 5004>5004", "y 2997>2997"]);
    let rest = format!("{routes}  z: {{type: console, inputs: [r._unmatched, r.y]}}\n");
    check(
        &rest,
        9_000,
        &["in 9000>9000", "r 9000>9000", "x 5004>5004", "y 2997>2997", "z 3996>3996"],
    );
}

#[test]
fn named_outputs_beside_the_plain_one_take_a_little() {
    let dropped = "type: remap, reroute_dropped: true";
    let text =
        through(dropped).replace("sinks: {", "sinks: {bad: {type: file, inputs: [t.dropped]}, ");
    check(&text, 1_000, &["in 1000>1000", "t 1000>1000", "bad 10>10", "out 990>990"]);
    let text = text.replace("type: remap, reroute_dropped", "type: throttle, reroute_dropped");
    check(&text, 1_000, &["in 1000>1000", "t 1000>1000", "bad 50>50", "out 950>950"]);
}

#[test]
fn a_source_with_named_outputs_splits() {
    check(
        "sources: {in: {type: opentelemetry}}\n\
         sinks: {l: {type: console, inputs: [in.logs]}, m: {type: console, inputs: [in.metrics]}}",
        8_000,
        &["in 8000>8000", "l 5000>5000", "m 3000>3000"],
    );
}

#[test]
fn sources_that_are_read_by_wildcard_and_components_that_nothing_reads_count() {
    check(
        "sources: {web_a: {type: stdin}, web_b: {type: stdin}, idle: {type: stdin}}\n\
         sinks: {out: {type: console, inputs: ['web_*']}}",
        10,
        &["web_a 10>10", "web_b 10>10", "idle 10>10", "out 20>20"],
    );
}

#[test]
fn counters_never_go_down() {
    let text = "sources: {in: {type: stdin}}\n\
                transforms: {r: {type: route, inputs: [in], route: {x: a, y: b, z: c}}}\n\
                sinks: {x: {type: console, inputs: [r.x, r.y]}, y: {type: console, inputs: [r.z]}}";
    let flow = Flow::read(text).unwrap();
    let at = |produced| flow.passed(&vec![produced; flow.parts.len()]);
    for produced in 0..3_000 {
        for (before, after) in at(produced).into_iter().zip(at(produced + 1)) {
            assert!(before.received <= after.received, "{produced}");
            assert!(before.sent <= after.sent && before.discarded <= after.discarded);
        }
    }
}

#[test]
fn events_become_fields_and_metrics_and_change_their_size_on_their_way() {
    let flow = Flow::read(
        "sources: {in: {type: kubernetes_logs}, host: {type: host_metrics}}\n\
         transforms:\n  parse: {type: remap, inputs: [in]}\n  count: {type: log_to_metric, inputs: [parse]}\n\
         sinks:\n  raw: {type: aws_s3, inputs: [in]}\n  parsed: {type: http, inputs: [parse]}\n  \
         metrics: {type: prometheus_exporter, inputs: [count, host]}",
    )
    .unwrap();
    for (id, subject, is_line, bytes) in [
        ("in", Subject::Kubernetes, true, 720),
        ("parse", Subject::Kubernetes, false, 900),
        ("count", Subject::Metric, false, 270),
        ("raw", Subject::Kubernetes, true, 129),
        ("parsed", Subject::Kubernetes, false, 630),
        ("metrics", Subject::Metric, false, 270),
    ] {
        let part = flow.part(id).unwrap();
        let found = (part.events.subject, part.events.is_line, part.event_bytes);
        assert_eq!(found, (subject, is_line, bytes), "{id}");
    }
    assert!(flow.part("host").unwrap().produces < flow.part("in").unwrap().produces);
    assert!(flow.part("other").is_none());
}

#[test]
fn events_stay_within_bounds_in_a_row_of_any_length() {
    for (type_name, count, expected) in [
        ("remap", 1, 512),
        ("remap", 3, 800),
        ("remap", 22, 55_462),
        ("remap", 23, EVENT_BYTES_MAX),
        ("remap", 400, EVENT_BYTES_MAX),
        ("reduce", 60, EVENT_BYTES_MAX),
        ("log_to_metric", 60, 1),
        ("filter", 400, 410),
    ] {
        let mut text = "sources: {t0: {type: stdin}}\ntransforms:\n".to_owned();
        for step in 1..=count {
            text += &format!("  t{step}: {{type: {type_name}, inputs: [t{}]}}\n", step - 1);
        }
        text += &format!("sinks: {{out: {{type: console, inputs: [t{count}]}}}}");
        let flow = Flow::read(&text).unwrap();
        assert_eq!(flow.part("out").unwrap().event_bytes, expected, "{count} of {type_name}");
    }
}

#[test]
fn what_vector_would_refuse_is_refused_with_its_line() {
    for (text, expected) in [
        ("", "line 1: the configuration is empty"),
        ("sources: {a: {type: stdin}}", "line 1: there is no sink"),
        ("sources:\n  in: [\n", "line 3: this is not YAML"),
    ] {
        let why = Flow::read(text).unwrap_err();
        assert!(why.starts_with(expected), "{text}: {why}");
    }
}
