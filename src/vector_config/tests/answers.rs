//! What the rest of the server is told: the graph, its order, and its JSON.

use crate::vector_config::VectorConfig;
use crate::vector_config::tests::edges;

#[test]
fn inputs_become_edges() {
    let check = |text: &str, expected: &[&str]| assert_eq!(edges(text), expected, "{text}");
    check(
        "\
sources:
  app_1: {type: file}
  app_2: {type: file}
  dd: {type: datadog_agent, multiple_outputs: true, disable_traces: true}
  otel: {type: opentelemetry}
transforms:
  app_all: {type: filter, inputs: ['app_*']}
  parse: {type: remap, inputs: [app_all], reroute_dropped: true}
  split: {type: route, inputs: [parse], route: {a: 'true', b: 'true'}, reroute_unmatched: false}
  first: {type: exclusive_route, inputs: [parse], routes: [{name: c}, {name: d}]}
sinks:
  all: {type: blackhole, inputs: ['*']}
  some: {type: blackhole, inputs: [split.a, '*.dropped', app_1.odd]}
",
        &[
            "app_1 > app_all",
            "app_2 > app_all",
            "app_all > parse",
            "parse > split",
            "parse > first",
            "app_1 > all",
            "app_2 > all",
            "dd.logs > all",
            "dd.metrics > all",
            "otel.logs > all",
            "otel.metrics > all",
            "otel.traces > all",
            "app_all > all",
            "parse > all",
            "parse.dropped > all",
            "split.a > all",
            "split.b > all",
            "first.c > all",
            "first.d > all",
            "first._unmatched > all",
            "split.a > some",
            "parse.dropped > some",
            "app_1.odd > some",
        ],
    );
    // What the node decides has any output.
    check(
        "\
sources:
  dd: {type: datadog_agent, multiple_outputs: '${MANY}'}
  x: {type: '${TYPE}'}
transforms:
  split: {type: route, inputs: [dd, x], route: {'${A}': 'true'}}
sinks:
  out: {type: console, inputs: [dd.logs, x.y, split.z, '${IN}']}
",
        &["dd > split", "x > split", "dd.logs > out", "x.y > out", "split.z > out"],
    );
    check(
        "\
[sources.in]
type = 'stdin'
[transforms.lanes]
type = 'swimlanes'
inputs = 'in'
lanes.one = {}
[sinks.out]
type = 'console'
inputs = ['lanes.*']
",
        &["in > lanes", "lanes.one > out"],
    );
}

#[test]
fn components_are_ordered_as_events_pass_them() {
    let check = |text: &str, expected: &str| {
        let config = VectorConfig::parse(text);
        let ids: Vec<&str> =
            config.in_stream_order().iter().map(|component| component.id.as_str()).collect();
        assert_eq!(ids.join(" "), expected, "{text}");
    };
    check(
        "\
sinks:
  out: {type: console, inputs: [b, a]}
transforms:
  b: {type: filter, inputs: [a]}
  a: {type: filter, inputs: [in2, in1]}
sources:
  in2: {type: stdin}
  in1: {type: stdin}
  in0: {type: stdin}
",
        "in2 in1 a b out in0",
    );
    check(
        "\
sources: {in: {type: stdin}}
transforms:
  a: {type: filter, inputs: [b, in]}
  b: {type: filter, inputs: [a]}
  c: {type: filter, inputs: [in]}
sinks: {out: {type: console, inputs: [b]}, end: {type: console, inputs: [c]}}
",
        "in c end a b out",
    );
    check("", "");
}

#[test]
fn the_answer_is_json_for_an_interface() {
    let check = |text: &str, expected: serde_json::Value| {
        let answer = serde_json::to_value(VectorConfig::parse(text)).expect("it is JSON");
        assert_eq!(answer, expected, "{text}");
    };
    check(
        "\
sources:
  in: {type: stdin}
sinks:
  out: {type: console, inputs: [in, in.x]}
  odd: {inputs: [im]}
",
        serde_json::json!({
            "format": "yaml",
            "components": [
                {"id": "in", "kind": "source", "type": "stdin", "line": 2, "column": 3},
                {"id": "out", "kind": "sink", "type": "console", "line": 4, "column": 3},
                {"id": "odd", "kind": "sink", "type": null, "line": 5, "column": 3},
            ],
            "edges": [
                {"from": "in", "output": null, "to": "out"},
                {"from": "in", "output": "x", "to": "out"},
            ],
            "problems": [
                {
                    "severity": "error", "line": 5, "column": 3, "component": "odd",
                    "message": "sink `odd` has no `type`; add one",
                },
                {
                    "severity": "error", "line": 5, "column": 18, "component": "odd",
                    "message":
                        "sink `odd` reads from `im`, which does not exist; did you mean `in`?",
                },
            ],
        }),
    );
    check(
        "a = ",
        serde_json::json!({
            "format": "toml",
            "components": [],
            "edges": [],
            "problems": [{
                "severity": "error", "line": 1, "column": 5, "component": null,
                "message": "this is not TOML: string values must be quoted, expected literal string; mend it here",
            }],
        }),
    );
}

#[test]
fn only_errors_keep_a_configuration_back() {
    let first = |text: &str| VectorConfig::parse(text).first_error().map(|error| error.at.line);
    let good = "sources: {in: {type: stdin}}\nsinks: {out: {type: console, inputs: [in]}}\n";
    assert_eq!(first(good), None);
    assert_eq!(first(&good.replace("{in:", "{idle: {type: stdin}, in:")), None);
    assert_eq!(first(&good.replace("[in]", "[im]")), Some(2));
}
