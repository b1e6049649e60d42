//! What the decoder makes of results of samples and reports of taps: odd values, too much of something.

use systole::edge_counters::{Reason, Tally};
use systole::event_samples::result::{EVENTS_MAX, Outcome, RESULTS_PER_BODY_MAX, SampleResult};
use systole::http::agent::wire::{decode_heartbeat, decode_samples, decode_tap_report};

#[test]
fn results_are_the_same_in_a_body_of_their_own_and_within_a_heartbeat() {
    let lists = [
        "null",
        "[]",
        r#"[{"requestId":"r","componentKey":"a","events":[{"n":1.50}],"schema":[{"path":".n"}]}]"#,
        r#"[{"requestId":"r","componentKey":"a","error":"pipeline not\nrunning","events":[1]}]"#,
        r#"[{"requestId":"r","componentKey":"a","events":null,"schema":null,"error":""}]"#,
        r#"[{"requestId":"r","componentKey":"a"},null,7,{"requestId":"r"},{"componentKey":"a"},
            {"requestId":"","componentKey":"a"},{"requestId":"r","componentKey":7},
            {"requestId":"r","componentKey":"b","events":{},"schema":"x","error":[]}]"#,
        r#"[{"requestId":"r","componentKey":"a","events":["\ud800",1e999]}]"#,
    ];
    for list in lists {
        let (results, tally) =
            decode_samples(format!(r#"{{"results":{list}}}"#).as_bytes()).unwrap();
        let body = format!(r#"{{"pipelines":[],"sampleResults":{list},"odd":1e999}}"#);
        for body in [body.replace(r#","odd":1e999"#, ""), body] {
            let decoded = decode_heartbeat("n1", body.as_bytes()).unwrap();
            assert_eq!((&decoded.sample_results, &decoded.tally), (&results, &tally), "{body}");
            assert_eq!(decoded.inputs.len(), 1);
        }
    }
}

#[test]
fn a_result_is_events_or_an_error() {
    let check = |fields: &str, expected: Result<&str, &str>, counted: &[(Reason, u32)]| {
        let (result, tally) = one_result(fields);
        let outcome = match &result.outcome {
            Outcome::Sampled { events, .. } => Ok(events.to_json()),
            Outcome::Failed(why) => Err(why.as_str()),
        };
        assert_eq!(outcome.as_deref().map_err(|why| *why), expected, "{fields}");
        assert_eq!(tally.iter().collect::<Vec<_>>(), counted, "{fields}");
    };
    check("", Ok("[]"), &[]);
    check(r#","events":[1,"<b>",{"a":null}]"#, Ok(r#"[1,"<b>",{"a":null}]"#), &[]);
    check(r#","error":"pipeline not running""#, Err("pipeline not running"), &[]);
    check(r#","events":[1],"error":"late""#, Err("late"), &[]);
    check(r#","error":"a\nb""#, Err("a b"), &[(Reason::TextCleaned, 1)]);
    check(r#","events":7,"error":{}"#, Ok("[]"), &[(Reason::FieldInvalid, 2)]);
    check(",\"events\":[ {\n\"a\" :\r\n1 } ]", Ok(r#"[{"a":1}]"#), &[]);
}

#[test]
fn results_events_and_bytes_are_bounded() {
    let many = vec!["1"; EVENTS_MAX as usize + 7].join(",");
    let (result, tally) = one_result(&format!(r#","events":[{many}]"#));
    let Outcome::Sampled { events, .. } = &result.outcome else { panic!("it has events") };
    assert_eq!((events.len(), events.left_out()), (EVENTS_MAX as usize, 7));
    assert_eq!(tally.iter().collect::<Vec<_>>(), [(Reason::SampleOverLimit, 7)]);

    let large = format!(r#""{}""#, "x".repeat(100 << 10));
    let (result, _) = one_result(&format!(r#","events":[{large},{large},{large},1]"#));
    let Outcome::Sampled { events, .. } = &result.outcome else { panic!("it has events") };
    assert_eq!((events.len(), events.left_out()), (3, 1));

    let results = vec![r#"{"requestId":"r","componentKey":"a"}"#; RESULTS_PER_BODY_MAX + 3];
    let body = format!(r#"{{"results":[{}]}}"#, results.join(","));
    let (results, tally) = decode_samples(body.as_bytes()).unwrap();
    assert_eq!(results.len(), RESULTS_PER_BODY_MAX);
    assert_eq!(tally.iter().collect::<Vec<_>>(), [(Reason::SampleOverLimit, 3)]);
}

#[test]
fn bodies_that_are_no_results_name_what_is_wrong() {
    for (body, why) in [
        ("{}", "results is missing"),
        (r#"{"results":{}}"#, "results must be an array"),
        ("[]", "the body must be an object"),
        (r#"{"results":["#, "the body is not JSON"),
    ] {
        let read = decode_samples(body.as_bytes()).unwrap_err().to_string();
        assert!(read.starts_with(why), "{body}: {read}");
    }
}

#[test]
fn a_report_names_its_tap_and_holds_events_or_its_end() {
    let ids = r#""requestId":"r","pipelineId":"p","componentId":"c""#;
    let read = |fields: &str| decode_tap_report(format!("{{{ids}{fields}}}").as_bytes()).unwrap();
    let (report, tally) = read(r#","events":[{"a":1},"x"],"status":null"#);
    assert_eq!((&*report.request, &*report.pipeline, &*report.component), ("r", "p", "c"));
    assert_eq!((report.events.to_json().as_str(), report.stopped), (r#"[{"a":1},"x"]"#, None));
    assert_eq!(tally, Tally::default());
    let (report, _) = read(r#","events":[1],"status":"stopped","reason":"process exited""#);
    assert_eq!((report.events.len(), report.stopped.as_deref()), (1, Some("process exited")));
    assert_eq!(read(r#","status":"stopped""#).0.stopped.as_deref(), Some(""));
    assert_eq!(read(r#","reason":"no status""#).0.stopped, None);
    let (report, tally) = read(&format!(r#","events":[{}]"#, vec!["1"; 130].join(",")));
    assert_eq!(report.events.len(), 100);
    assert_eq!(tally.iter().collect::<Vec<_>>(), [(Reason::TapEventOverLimit, 30)]);
    for (body, why) in [
        ("[]", "the body must be an object"),
        ("{}", "requestId is missing"),
        (r#"{"requestId":"r","pipelineId":"","componentId":"c"}"#, "pipelineId is missing"),
        (r#"{"requestId":"r","pipelineId":"p","componentId":7}"#, "componentId is missing"),
        (&*format!(r#"{{{ids},"status":"paused"}}"#), "status must be stopped"),
        ("{", "the body is not JSON"),
    ] {
        let read = decode_tap_report(body.as_bytes()).unwrap_err().to_string();
        assert!(read.starts_with(why), "{body}: {read}");
    }
}

/// The result with these fields besides its ids.
fn one_result(fields: &str) -> (SampleResult, Tally) {
    let body = format!(r#"{{"results":[{{"requestId":"r","componentKey":"a"{fields}}}]}}"#);
    let (mut results, tally) = decode_samples(body.as_bytes()).unwrap();
    assert_eq!(results.len(), 1);
    (results.remove(0), tally)
}
