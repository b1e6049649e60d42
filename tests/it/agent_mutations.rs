//! Bodies of real agents, damaged: nothing panics, and what is whole stays.

use serde::Deserialize;
use serde_json::value::RawValue;
use systole::event_samples::result::Outcome;
use systole::http::agent::wire::{
    Decoded, decode_enrollment, decode_heartbeat, decode_logs, decode_samples, decode_tap_report,
};
use systole::taps::frames;
use systole_systems::input::{Input, Inputs};
use systole_systems::report::PipelineReport;

use crate::captures::bodies;

#[test]
fn a_body_cut_anywhere_is_refused_whole() {
    for body in bodies("/api/agent/heartbeat").iter().filter(|body| body.len() < 4_000) {
        for end in (0..body.len()).step_by(3) {
            assert!(decode_heartbeat("n1", &body.as_bytes()[..end]).is_err(), "{end}");
        }
    }
    for body in bodies("/api/agent/logs").iter().filter(|body| body.len() < 4_000) {
        for end in (0..body.len()).step_by(3) {
            assert!(decode_logs("n1", &body.as_bytes()[..end]).is_err(), "{end}");
        }
    }
    for body in bodies("/api/agent/enroll") {
        for end in 0..body.len() {
            assert!(decode_enrollment(&body.as_bytes()[..end]).is_err(), "{end}");
        }
    }
}

#[test]
fn a_damaged_pipeline_costs_no_other_pipeline() {
    let mut random = Random(0x5eed);
    let (mut kept, mut refused) = (0, 0);
    for body in bodies("/api/agent/heartbeat") {
        let whole = decode_heartbeat("n1", body.as_bytes()).unwrap();
        let outline: Outline<'_> = serde_json::from_str(&body).unwrap();
        for _ in 0..40 {
            let at = random.below(outline.pipelines.len());
            let damaged = damage(outline.pipelines[at].get(), &mut random);
            let mut entries: Vec<&str> = outline.pipelines.iter().map(|raw| raw.get()).collect();
            entries[at] = &damaged;
            let body = format!(r#"{{"pipelines":[{}]}}"#, entries.join(","));
            let decoded = decode_heartbeat("n1", body.as_bytes());
            if serde_json::from_str::<&RawValue>(&damaged).is_err() {
                refused += usize::from(decoded.is_err());
                continue;
            }
            check_others(&decoded.unwrap(), &whole.inputs, at, &damaged);
            kept += 1;
        }
    }
    assert!(500 < kept && 100 < refused, "both happen: {kept} kept, {refused} refused");
}

#[test]
fn damaged_log_requests_and_enrollments_never_panic() {
    let mut random = Random(0x10c5);
    let mut understood = 0;
    for body in bodies("/api/agent/logs") {
        for _ in 0..20 {
            understood +=
                usize::from(decode_logs("n1", damage(&body, &mut random).as_bytes()).is_ok());
        }
    }
    for body in bodies("/api/agent/enroll") {
        for _ in 0..200 {
            understood +=
                usize::from(decode_enrollment(damage(&body, &mut random).as_bytes()).is_ok());
        }
    }
    assert!(100 < understood, "{understood}");
}

#[test]
fn events_of_damaged_bodies_are_json_on_one_line_or_are_not_taken() {
    let mut random = Random(0x7a95);
    let (mut taken, mut refused) = (0, 0);
    for body in bodies("/api/agent/samples") {
        for _ in 0..200 {
            let damaged = damage(&body, &mut random);
            // The same events, as a report of a tap.
            let report =
                damaged.replacen(r#"{"results":[{"#, r#"{"pipelineId":"p","componentId":"c","#, 1);
            let report = report.strip_suffix("]}").unwrap_or(&report);
            if let Ok((report, _)) = decode_tap_report(report.as_bytes()) {
                let frame = frames::events("r", "c", "n", &report.events);
                let frame = std::str::from_utf8(&frame).unwrap();
                assert_eq!(frame.matches(['\n', '\r']).count(), 3, "{frame}");
                taken += report.events.len();
            }
            let Ok((results, _)) = decode_samples(damaged.as_bytes()) else {
                refused += 1;
                continue;
            };
            for result in results {
                let Outcome::Sampled { events, schema } = result.outcome else { continue };
                for list in [events, schema] {
                    let json = list.to_json();
                    assert!(serde_json::from_str::<Vec<&RawValue>>(&json).is_ok(), "{json}");
                    assert!(!json.contains(['\n', '\r']), "{json}");
                    taken += list.len();
                }
            }
        }
    }
    assert!(500 < taken && 100 < refused, "both happen: {taken} taken, {refused} refused");
}

#[derive(Deserialize)]
struct Outline<'a> {
    #[serde(borrow)]
    pipelines: Vec<&'a RawValue>,
}

fn check_others(decoded: &Decoded, whole: &Inputs, at: usize, damaged: &str) {
    let mut expected = pipelines(whole);
    let mut actual = pipelines(&decoded.inputs);
    if actual.len() == expected.len() {
        actual.remove(at);
    }
    expected.remove(at);
    assert!(actual == expected, "{damaged}");
}

fn pipelines(inputs: &Inputs) -> Vec<PipelineReport<'_>> {
    let Input::Heartbeat(heartbeat) = inputs.get(0) else { panic!("a heartbeat") };
    heartbeat.pipelines.iter().collect()
}

/// One to three odd changes to a text.
fn damage(text: &str, random: &mut Random) -> String {
    const ODD: [&str; 14] = [
        "1e999",
        "-1",
        "-9223372036854775808",
        "18446744073709551616",
        "0.5",
        "null",
        "true",
        r#""\ud800""#,
        r#""\u0000\n\u001b[31m""#,
        r#""x""#,
        "[]",
        "{}",
        "[[[1e999]]]",
        r#"{"a":1}"#,
    ];
    let mut text = text.to_owned();
    for _ in 0..=random.below(3) {
        let at = text.floor_char_boundary(random.below(text.len()));
        match random.below(4) {
            // Another value in the place of a number.
            0 | 1 => {
                let Some(from) = text[at..].find("\":").map(|found| at + found + 2) else {
                    continue;
                };
                let length = text[from..].find([',', '}', ']']).unwrap_or(0);
                text.replace_range(from..from + length, ODD[random.below(ODD.len())]);
            }
            // Another character.
            2 => {
                let end = at + text[at..].chars().next().map_or(0, char::len_utf8);
                let other = char::from(u8::try_from(random.below(128)).unwrap());
                text.replace_range(at..end, other.encode_utf8(&mut [0; 4]));
            }
            // A piece missing.
            _ => {
                let end = text.floor_char_boundary((at + random.below(8)).min(text.len()));
                text.replace_range(at..end.max(at), "");
            }
        }
    }
    text
}

/// xorshift: the same damage on every run.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % bound.max(1) as u64).unwrap()
    }
}
