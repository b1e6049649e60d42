//! What the decoder makes of bodies that no capture holds: odd values, too much of something, forgeries.

use systole::edge_counters::Reason;
use systole::http::agent::wire::{Decoded, decode_enrollment, decode_heartbeat, decode_logs};
use systole_systems::input::Input;
use systole_systems::report::{Counts, Heartbeat, LogLevel};

#[test]
fn counters_are_exact_or_not_taken() {
    let cases = [
        // Present, absent, null.
        (r#""eventsIn":7"#, Some(7), None),
        (r#""bytesIn":0"#, Some(0), None),
        (r#""uptimeSeconds":7"#, None, None),
        (r#""eventsIn":null"#, None, None),
        // Beyond 2^53, and to the end.
        (r#""eventsIn":9007199254740993"#, Some(9_007_199_254_740_993), None),
        (r#""eventsIn":9223372036854775807"#, Some(i64::MAX as u64), None),
        // Fractions are rounded down.
        (r#""eventsIn":7.9"#, Some(7), None),
        (r#""eventsIn":1e3"#, Some(1_000), None),
        // No counts: then nothing was measured, rather than a restart from 0.
        (r#""eventsIn":9223372036854775808"#, None, Some(Reason::CountersInvalid)),
        (r#""eventsIn":18446744073709551616"#, None, Some(Reason::CountersInvalid)),
        (r#""eventsIn":-9223372036854775808"#, None, Some(Reason::CountersInvalid)),
        (r#""eventsIn":-1"#, None, Some(Reason::CountersInvalid)),
        (r#""eventsIn":1e999"#, None, Some(Reason::CountersInvalid)),
        (r#""eventsIn":"7""#, None, Some(Reason::CountersInvalid)),
        (r#""eventsIn":7,"eventsOut":{}"#, None, Some(Reason::CountersInvalid)),
    ];
    for (field, events_in, reason) in cases {
        let component = r#"{"componentId":"c","componentKind":"sink","receivedEvents":1}"#;
        let body = pipeline(&format!(r#"{field},"componentMetrics":[{component}]"#));
        let decoded = decode_heartbeat("n1", body.as_bytes()).unwrap();
        check_tally(&decoded, reason.map(|reason| (reason, 1)).as_slice(), field);
        with_heartbeat(&decoded, |heartbeat| {
            let report = heartbeat.pipelines.iter().next().unwrap();
            assert_eq!(report.counters.map(|counts| counts.events_in), events_in, "{field}");
            let components = usize::from(reason.is_none());
            assert_eq!(report.components.iter().count(), components, "{field}");
        });
    }
}

#[test]
fn an_absent_counter_of_a_measured_report_is_zero() {
    let body = pipeline(r#""errorsTotal":3,"eventsDiscarded":4,"bytesOut":5"#);
    let decoded = decode_heartbeat("n1", body.as_bytes()).unwrap();
    with_heartbeat(&decoded, |heartbeat| {
        let expected = Counts { errors: 3, discarded: 4, bytes_out: 5, ..Counts::default() };
        assert_eq!(heartbeat.pipelines.iter().next().unwrap().counters, Some(expected));
    });
}

#[test]
fn odd_fields_are_left_out_alone() {
    let odd = r#""version":-3,"pid":4294967296,"uptimeSeconds":"long","utilization":1e999,
        "configChecksum":[1],"componentMetrics":"none","recentLogs":{},"eventsIn":5,"new":{"a":[1]}"#;
    let decoded = decode_heartbeat("n1", pipeline(odd).as_bytes()).unwrap();
    check_tally(&decoded, &[(Reason::FieldInvalid, 7)], "fields");
    with_heartbeat(&decoded, |heartbeat| {
        let report = heartbeat.pipelines.iter().next().unwrap();
        assert_eq!((report.pipeline, report.status), ("p1", "RUNNING"));
        assert_eq!((report.revision, report.pid, report.uptime_seconds), (0, None, None));
        assert_eq!((report.utilization, report.config_checksum), (None, None));
        assert_eq!(report.counters.map(|counts| counts.events_in), Some(5));
        assert!(report.components.is_empty() && report.logs.is_empty());
    });
}

#[test]
fn odd_entries_are_dropped_alone() {
    let body = r#"{"pipelines":[
        {"pipelineId":"p1","status":"CRASH_LOOP"},
        5, null, "p", [], 1e999, {},
        {"pipelineId":"","status":"RUNNING"},
        {"pipelineId":7,"status":"RUNNING"},
        {"pipelineId":"p3"},
        {"pipelineId":"p2","status":"HIBERNATING","componentMetrics":[
            {"componentId":"c1","componentKind":"source","sentEvents":1},
            null, 3, {"componentKind":"sink"}, {"componentId":"c2","sentEvents":-1},
            {"componentId":"c3","componentKind":"portal","latencyMeanSeconds":"slow"},
            {"componentId":"c4","componentKind":"sink","latencyMeanSeconds":0.25}]},
        {"pipelineId":"p1","status":"RUNNING"}
    ],"labels":{"good":"1","odd":2,"none":null,"":"x","half":"\ud800","also":"3","good":"4"},
    "hostMetrics":{"memoryTotalBytes":8,"loadAvg1":-1,"loadAvg5":[],"netRxBytes":1.5},
    "agentVersion":{},"sampleResults":null,"agentHealth":{"deep":[[[[[[{}]]]]]]}}"#;
    let decoded = decode_heartbeat("n1", body.as_bytes()).unwrap();
    let counted = [
        (Reason::PipelineInvalid, 9),
        (Reason::ComponentInvalid, 4),
        (Reason::LabelInvalid, 4),
        (Reason::FieldInvalid, 4),
    ];
    check_tally(&decoded, &counted, "entries");
    with_heartbeat(&decoded, |heartbeat| {
        let reports: Vec<_> = heartbeat.pipelines.iter().collect();
        let statuses: Vec<_> = reports.iter().map(|r| (r.pipeline, r.status)).collect();
        assert_eq!(statuses, [("p1", "CRASH_LOOP"), ("p2", "HIBERNATING"), ("p1", "RUNNING")]);
        let components: Vec<_> = reports[1]
            .components
            .iter()
            .map(|c| (c.component, c.kind.as_str(), c.latency_mean_seconds))
            .collect();
        let expected = [("c1", "source", None), ("c3", "other", None), ("c4", "sink", Some(0.25))];
        assert_eq!(components, expected);
        assert_eq!(labels(heartbeat), Some(vec![("good", "4"), ("also", "3")]));
        let host = heartbeat.host.unwrap();
        assert_eq!((host.memory_total_bytes, host.net_rx_bytes, host.load_avg_1), (8, 1, 0.0));
        assert_eq!(heartbeat.agent_version, None);
    });
}

#[test]
fn bodies_that_are_no_heartbeat_name_what_is_wrong() {
    let cases = [
        (r#"{"pipelines":null}"#, Ok(())),
        (r#"{"pipelines":[]}"#, Ok(())),
        (r#"{"pipelines":"none"}"#, Err("pipelines must be an array")),
        (r#"{"pipelines":{}}"#, Err("pipelines must be an array")),
        (r#"{"pipelines":1e999}"#, Err("pipelines must be an array")),
        (r#"{"agentVersion":"1"}"#, Err("pipelines is missing")),
        ("{}", Err("pipelines is missing")),
        ("[]", Err("the body must be an object")),
        ("null", Err("the body must be an object")),
        ("7", Err("the body must be an object")),
        ("", Err("the body is not JSON")),
        (r#"{"pipelines":[]} x"#, Err("the body is not JSON")),
        (r#"{"pipelines":[}"#, Err("the body is not JSON")),
    ];
    for (body, expected) in cases {
        let read = decode_heartbeat("n1", body.as_bytes()).map(|_| ()).map_err(|e| e.to_string());
        match (&read, expected) {
            (Ok(()), Ok(())) => (),
            (Err(why), Err(start)) if why.starts_with(start) => (),
            _ => panic!("{body}: {read:?}"),
        }
    }
    let deep = |end: &str| format!("{}{}", "[".repeat(100_000), end.repeat(100_000));
    assert!(
        decode_heartbeat("n1", pipeline(&format!(r#""pid":{}"#, deep("]"))).as_bytes()).is_ok()
    );
    assert!(
        decode_heartbeat("n1", pipeline(&format!(r#""pid":{}"#, deep(""))).as_bytes()).is_err()
    );
    assert!(decode_logs("n1", b"{}").is_err());
    assert!(decode_logs("n1", b"null").is_err());
}

#[test]
fn absent_empty_and_unmeasured_differ() {
    let decoded = |body: &str| decode_heartbeat("n1", body.as_bytes()).unwrap();
    with_heartbeat(&decoded(r#"{"pipelines":[],"labels":{},"updateError":""}"#), |heartbeat| {
        assert_eq!(labels(heartbeat), Some(vec![]), "no labels any more");
        assert_eq!(heartbeat.update_error, None);
        assert_eq!(heartbeat.host, None);
    });
    let body =
        r#"{"pipelines":[],"labels":null,"hostMetrics":{"memoryTotalBytes":0,"loadAvg1":0}}"#;
    with_heartbeat(&decoded(body), |heartbeat| {
        assert_eq!(labels(heartbeat), None, "the known labels stay");
        assert_eq!(heartbeat.host, None, "all zeros: nothing was measured");
    });
}

#[test]
fn more_than_the_limits_is_cut_or_dropped() {
    let long_id = "i".repeat(129);
    let entries: Vec<String> =
        (0..1_003).map(|n| format!(r#"{{"pipelineId":"p{n}","status":"RUNNING"}}"#)).collect();
    let labels_sent: Vec<String> = (0..66).map(|n| format!(r#""k{n}":"v""#)).collect();
    let body = format!(
        r#"{{"pipelines":[{{"pipelineId":"{long_id}","status":"RUNNING"}},{}],"labels":{{{}}},
        "agentVersion":"{}"}}"#,
        entries.join(","),
        labels_sent.join(","),
        "é".repeat(300),
    );
    let decoded = decode_heartbeat("n1", body.as_bytes()).unwrap();
    let counted = [
        (Reason::PipelineInvalid, 1),
        (Reason::PipelineOverLimit, 4),
        (Reason::LabelOverLimit, 2),
        (Reason::TextCut, 1),
    ];
    check_tally(&decoded, &counted, "heartbeat");
    with_heartbeat(&decoded, |heartbeat| {
        assert_eq!(heartbeat.pipelines.iter().count(), 999);
        assert_eq!(labels(heartbeat).unwrap().len(), 64);
        assert_eq!(heartbeat.agent_version, Some("é".repeat(250).as_str()));
    });

    let components: Vec<String> =
        (0..258).map(|n| format!(r#"{{"componentId":"c{n}","componentKind":"sink"}}"#)).collect();
    let body = pipeline(&format!(r#""componentMetrics":[{}]"#, components.join(",")));
    let decoded = decode_heartbeat("n1", body.as_bytes()).unwrap();
    check_tally(&decoded, &[(Reason::ComponentOverLimit, 2)], "components");

    let (key, value) = ("k".repeat(63), "v".repeat(253));
    let body =
        format!(r#"{{"pipelines":[],"labels":{{"{key}":"{value}","{key}k":"v","l":"{value}v"}}}}"#);
    let decoded = decode_heartbeat("n1", body.as_bytes()).unwrap();
    check_tally(&decoded, &[(Reason::LabelInvalid, 2)], "label sizes");
    with_heartbeat(&decoded, |heartbeat| {
        assert_eq!(labels(heartbeat), Some(vec![(key.as_str(), value.as_str())]));
    });
}

#[test]
fn of_too_many_lines_the_newest_stay() {
    let lines: Vec<String> = (0..1_002).map(|n| format!("line {n}")).collect();
    let body = serde_json::json!([
        {"pipelineId": "p1", "lines": lines},
        {"pipelineId": "p2", "lines": ["ä".repeat(8_193), 7, null, "ok"]},
        {"pipelineId": "p3", "lines": []},
        {"pipelineId": "p4", "lines": "none"},
        {"lines": ["of nobody"]},
        "p5",
        {"pipelineId": "p6", "lines": null},
    ]);
    let decoded = decode_logs("n1", body.to_string().as_bytes()).unwrap();
    let counted = [
        (Reason::LogBatchInvalid, 3),
        (Reason::LogLineInvalid, 2),
        (Reason::LogLineOverLimit, 2),
        (Reason::LogLineCut, 1),
    ];
    check_tally(&decoded, &counted, "logs");
    let batches = texts(&decoded);
    assert_eq!(batches.len(), 2, "a batch without lines is none");
    assert_eq!((batches[0].0.as_str(), batches[0].1.len()), ("p1", 1_000));
    assert_eq!(batches[0].1.first().unwrap().1, "line 2");
    assert_eq!(batches[0].1.last().unwrap().1, "line 1001");
    assert_eq!(batches[1].1[0].1, "ä".repeat(8_192));
    assert_eq!(batches[1].1[1].1, "ok");
}

#[test]
fn a_request_without_a_line_is_no_input() {
    for body in ["[]", r#"[{"pipelineId":"p1","lines":[]}]"#] {
        assert!(decode_logs("n1", body.as_bytes()).unwrap().inputs.is_empty());
    }
}

#[test]
fn a_line_that_cannot_be_read_costs_only_itself() {
    let body = r#"[{"pipelineId":"p1","lines":["ERROR a","\ud800","WARN b"]},{"pipelineId":"p2","lines":["c"]}]"#;
    let decoded = decode_logs("n1", body.as_bytes()).unwrap();
    check_tally(&decoded, &[(Reason::LogLineInvalid, 1)], body);
    let expected = [
        (
            "p1".to_owned(),
            vec![(LogLevel::Error, "ERROR a".into()), (LogLevel::Warn, "WARN b".into())],
        ),
        ("p2".to_owned(), vec![(LogLevel::Info, "c".into())]),
    ];
    assert_eq!(texts(&decoded), expected);
}

#[test]
fn bytes_that_are_no_text_stay_readable() {
    let body = b"[{\"pipelineId\":\"p1\",\"lines\":[\"caf\xe9 open\"]}]";
    let decoded = decode_logs("n1", body).unwrap();
    assert_eq!(texts(&decoded)[0].1[0].1, "caf\u{fffd} open");
}

#[test]
fn nothing_forges_a_line_or_a_field() {
    let body = r#"{"pipelines":[
        {"pipelineId":"p1\ndata: x","status":"RUNNING"},
        {"pipelineId":"p2","status":"RUN\r\nNING","recentLogs":
            ["\u001b[31mERROR\u001b[0m\tgone\r\ndata: {}","a\u2028b\u0000c"]}
    ],"agentVersion":"1\u001b[2J","labels":{"a\n":"1","b":"\u2029","c":"3"}}"#;
    let decoded = decode_heartbeat("n1", body.as_bytes()).unwrap();
    let counted =
        [(Reason::PipelineInvalid, 1), (Reason::LabelInvalid, 2), (Reason::TextCleaned, 4)];
    check_tally(&decoded, &counted, "forgeries");
    with_heartbeat(&decoded, |heartbeat| {
        let report = heartbeat.pipelines.iter().next().unwrap();
        assert_eq!((report.pipeline, report.status), ("p2", "RUN  NING"));
        let logs: Vec<_> = report.logs.iter().map(|line| (line.level, line.text)).collect();
        assert_eq!(logs, [(LogLevel::Error, "ERROR\tgone  data: {}"), (LogLevel::Info, "a b c")]);
        assert_eq!(heartbeat.agent_version, Some("1 [2J"));
        assert_eq!(labels(heartbeat), Some(vec![("c", "3")]));
    });
}

#[test]
fn enrollments_need_a_token_and_a_host() {
    let host = "h".repeat(253);
    let cases = [
        (r#"{"token":"t","hostname":"h","os":7,"labels":[],"new":1}"#.to_owned(), None),
        (format!(r#"{{"token":"t","hostname":"{host}"}}"#), None),
        (format!(r#"{{"token":"t","hostname":"{host}h"}}"#), Some("hostname must be")),
        (r#"{"token":"t","hostname":""}"#.to_owned(), Some("hostname must be")),
        (r#"{"token":"t","hostname":"a\nb"}"#.to_owned(), Some("hostname must be")),
        (r#"{"token":"t"}"#.to_owned(), Some("hostname must be")),
        (r#"{"token":"","hostname":"h"}"#.to_owned(), Some("token must be")),
        (r#"{"token":5,"hostname":"h"}"#.to_owned(), Some("token must be")),
        (r#"{"hostname":"h"}"#.to_owned(), Some("token must be")),
        ("[]".to_owned(), Some("the body must be")),
        ("{".to_owned(), Some("the body is not JSON")),
    ];
    for (body, expected) in cases {
        let read = decode_enrollment(body.as_bytes()).map_err(|error| error.to_string());
        match (&read, expected) {
            (Ok(_), None) => (),
            (Err(why), Some(start)) if why.starts_with(start) => (),
            _ => panic!("{body}: {read:?}"),
        }
    }
}

/// A heartbeat with one pipeline with these fields.
fn pipeline(fields: &str) -> String {
    format!(r#"{{"pipelines":[{{"pipelineId":"p1","status":"RUNNING",{fields}}}]}}"#)
}

fn check_tally(decoded: &Decoded, expected: &[(Reason, u32)], what: &str) {
    assert_eq!(decoded.tally.iter().collect::<Vec<_>>(), expected, "{what}");
}

fn with_heartbeat(decoded: &Decoded, check: impl FnOnce(&Heartbeat<'_>)) {
    let Input::Heartbeat(heartbeat) = decoded.inputs.get(0) else { panic!("a heartbeat") };
    check(&heartbeat);
}

fn labels<'a>(heartbeat: &Heartbeat<'a>) -> Option<Vec<(&'a str, &'a str)>> {
    heartbeat.labels.map(|labels| labels.iter().map(|l| (l.key, l.value)).collect())
}

/// Batches of a log request: pipeline, and level and text of each line.
fn texts(decoded: &Decoded) -> Vec<(String, Vec<(LogLevel, String)>)> {
    let Input::LogsReceived { batches, .. } = decoded.inputs.get(0) else { panic!("log lines") };
    let batches = batches.iter().map(|batch| {
        let lines = batch.lines.iter().map(|line| (line.level, line.text.to_owned()));
        (batch.pipeline.to_owned(), lines.collect())
    });
    batches.collect()
}
