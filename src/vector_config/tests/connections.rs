//! What is wrong with what components read from, where, and in which words.

use crate::vector_config::tests::problems;

fn check(text: &str, expected: &[&str]) {
    assert_eq!(problems(text), expected, "{text}");
}

#[test]
fn inputs_that_lead_nowhere() {
    const SOURCES: &str = "\
sources:
  app: {type: file}
  otel: {type: opentelemetry}
  dd: {type: datadog_agent}
transforms:
  parser: {type: remap, inputs: [app, otel.logs, dd]}
  split: {type: route, inputs: [parser], route: {errors: 'true', rest: 'true'}}
sinks:
  all: {type: blackhole, inputs: [split.errors]}
";
    let check = |inputs: &str, expected: &[&str]| {
        check(&format!("{SOURCES}  out:\n    type: console\n    inputs: [{inputs}]\n"), expected);
    };
    check("parser, split.rest, split._unmatched, otel.traces, 'ap*'", &[]);
    check(
        "parse",
        &[
            "E 12:14 out: sink `out` reads from `parse`, which does not exist; did you mean `parser`?",
        ],
    );
    check(
        "nonsense",
        &[
            "E 12:14 out: sink `out` reads from `nonsense`, which does not exist; name a source or a transform",
        ],
    );
    check(
        "split",
        &[
            "E 12:14 out: sink `out` reads from `split`, which has named outputs only; read from `split.errors`, `split.rest` or `split._unmatched`",
        ],
    );
    check(
        "split.rst",
        &[
            "E 12:14 out: sink `out` reads from `split.rst`, which is no output of `split`; read from `split.errors`, `split.rest` or `split._unmatched`",
        ],
    );
    check(
        "otel",
        &[
            "E 12:14 out: sink `out` reads from `otel`, which has named outputs only; read from `otel.logs`, `otel.metrics` or `otel.traces`",
        ],
    );
    check(
        "dd.logs",
        &[
            "E 12:14 out: sink `out` reads from `dd.logs`, which is no output of `dd`; set its `multiple_outputs: true` for more",
        ],
    );
    check(
        "parser.dropped",
        &[
            "E 12:14 out: sink `out` reads from `parser.dropped`, which is no output of `parser`; set its `reroute_dropped: true` for more",
        ],
    );
    check("app.anything", &[]);
    check(
        "all, all.x",
        &[
            "E 12:14 out: sink `out` reads from `all`, which is a sink and has no output; read from what the sink reads",
            "E 12:19 out: sink `out` reads from `all.x`, which is a sink and has no output; read from what the sink reads",
        ],
    );
    check(
        "out",
        &[
            "E 12:14 out: sink `out` reads from `out`, which is a sink and has no output; read from what the sink reads",
        ],
    );
    check("app, app", &["E 12:19 out: sink `out` reads from `app` twice; remove one"]);
    check("'ap*', app", &["E 12:21 out: sink `out` reads from `app` twice; remove one"]);
    check(
        "'none_*'",
        &[
            "E 12:14 out: sink `out` reads from `none_*`, which matches no source or transform; correct it or remove it",
        ],
    );
    check(
        "'${ANY}', nonsense",
        &[
            "E 12:24 out: sink `out` reads from `nonsense`, which does not exist; name a source or a transform",
        ],
    );
    check("$ANY", &[]);
    check(
        "SECRET[x]",
        &[
            "E 12:20 -: this is not YAML: while parsing a flow sequence, expected ',' or ']'; mend it here",
        ],
    );
    check(
        "'a['",
        &[
            "E 12:14 out: sink `out` reads from `a[`, which does not exist; name a source or a transform",
        ],
    );
}

#[test]
fn events_that_run_in_circles() {
    check(
        "\
sources: {in: {type: stdin}}
transforms:
  c: {type: filter, inputs: [in, b]}
  a: {type: filter, inputs: [c]}
  b: {type: filter, inputs: [a]}
  lone: {type: filter, inputs: [lone, b]}
sinks: {out: {type: console, inputs: [lone]}}
",
        &[
            "E 3:3 c: events would run in a circle, c -> a -> b -> c; cut it at one of them",
            "E 6:3 lone: events would run in a circle, lone -> lone; cut it at one of them",
        ],
    );
    check(
        "\
sources: {in: {type: stdin}}
transforms:
  a: {type: remap, inputs: ['*'], reroute_dropped: true}
sinks: {out: {type: console, inputs: [a]}}
",
        &["E 3:3 a: events would run in a circle, a -> a; cut it at one of them"],
    );
}

#[test]
fn what_works_and_is_probably_not_meant() {
    check(
        "\
sources:
  in: {type: stdin}
  idle: {type: stdin}
transforms:
  idle2: {type: filter, inputs: [in]}
sinks: {out: {type: console, inputs: [in], buffer: {type: , list: [a, ~]}}}
api:
",
        &[
            "W 3:3 idle: nothing reads from source `idle`; add it to the `inputs` of a sink or remove it",
            "W 5:3 idle2: nothing reads from transform `idle2`; add it to the `inputs` of a sink or remove it",
            "W 6:53 out: `type` has no value, which Vector refuses; give it one or remove it",
            "W 6:71 out: `list` has no value, which Vector refuses; give it one or remove it",
            "W 7:1 -: `api` has no value, which Vector refuses; give it one or remove it",
        ],
    );
    check(
        "\
wildcard_matching: relaxed
sources: {in: {type: stdin}}
sinks: {out: {type: console, inputs: [in, 'x*']}}
",
        &["W 3:43 out: sink `out` reads from `x*`, which matches no source or transform"],
    );
}

#[test]
fn enrichment_tables_read_and_are_read() {
    const TABLES: &str = "\
enrichment_tables:
  memo: {type: memory, inputs: [in], source_config: {source_key: memo_source, export_interval: 5}}
  csv: {type: file}
sources: {in: {type: stdin}}
sinks: {out: {type: console, inputs: [memo_source]}}
";
    check(TABLES, &[]);
    check(
        &TABLES.replace("inputs: [in]", "inputs: [im]").replace("[memo_source]", "['memo_*', in]"),
        &[
            "E 2:33 memo: enrichment table `memo` reads from `im`, which does not exist; did you mean `in`?",
        ],
    );
    check(
        &TABLES.replace("sources: {in:", "sources: {memo_source: {type: x}, in:"),
        &[
            "E 4:11 memo_source: source `memo_source` has the id of the source of enrichment table `memo`; give one of them another",
        ],
    );
}

#[test]
fn merge_keys_take_what_is_missing() {
    check(
        "\
templates:
  sink: &sink {type: console, inputs: [none]}
sources: {in: {type: stdin}}
sinks:
  out:
    <<: *sink
    inputs: [in]
",
        &[],
    );
    check(
        "\
sources: {in: {type: stdin, <<: 5}}
sinks: {out: {<<: [{type: console}, {type: http, inputs: [in]}]}}
",
        &["E 1:29 -: `<<` takes a map or a list of maps; write an alias such as `*name`"],
    );
}
