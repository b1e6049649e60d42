//! Journals of real servers, run again: verified, cut, redacted, tampered with, asked what if.

mod commands;
mod recording;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use systole::cli::{Invocation, journal_options::JournalCommand, parse};
use systole::journal::disk::{Directory, Disk};
use systole::journal::record::Head;
use systole::journal::segment::{Next, Segment, segment_name};
use systole::journal::writer::Writer;
use systole::journal_tools::{cut, redact};
use systole::replay;
use systole::replay::report::ReplayReport;
use systole_systems::input::{Input, Inputs};
use systole_systems::packed::PackedBuf;
use systole_systems::report::{Counts, Heartbeat, PipelineReport};

use recording::{LABEL, LINE, Recording, UPDATE_ERROR, record};

static GO_ON: AtomicBool = AtomicBool::new(false);

/// Runs `systole replay` within this process.
fn replay(journal: &Path, options: &[&str]) -> ReplayReport {
    let mut arguments = vec!["systole".into(), "replay".into(), journal.as_os_str().to_owned()];
    arguments.extend(options.iter().map(Into::into));
    let Invocation::Replay(options) = parse(&arguments, |_| None).unwrap() else { unreachable!() };
    replay::run(&options, &GO_ON).unwrap()
}

/// Runs `systole journal` within this process.
fn journal(arguments: &[&str]) {
    let arguments = ["systole", "journal"].iter().chain(arguments).map(Into::into);
    let arguments: Vec<_> = arguments.collect();
    let Invocation::Journal(command) = parse(&arguments, |_| None).unwrap() else { unreachable!() };
    match command {
        JournalCommand::Cut(options) => assert!(cut::run(&options, &GO_ON).unwrap().ticks > 0),
        JournalCommand::Redact(options) => {
            assert!(redact::run(&options, &GO_ON).unwrap().status_events > 0);
        }
        JournalCommand::Inspect(_) => unreachable!("it prints, and is run as a program"),
    }
}

/// The state that a replay ends with.
fn state(journal: &Path, options: &[&str]) -> Vec<u8> {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("state.json");
    let options = [options, &["--state", file.to_str().unwrap()]].concat();
    assert_eq!(replay(journal, &options).complaint(), None);
    std::fs::read(file).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recorded_server_runs_again_and_every_state_on_the_way_is_the_same() {
    let recording = record().await;
    let data = recording.data_dir();
    let report = replay(&data, &[]);
    assert_eq!(report.complaint(), None);
    assert_eq!((report.not_verified, report.heartbeats), (0, recording.heartbeats));
    assert_eq!(report.pipelines, recording.heartbeats);
    let started = report.inputs.iter().find(|kind| kind.kind == "started").unwrap();
    assert_eq!(started.count, 2);
    assert!((3.0..60.0).contains(&report.fleet_seconds), "{report}");
    assert!(report.times_real_time > 1.0, "{report}");

    let last = report.last_tick;
    let (whole, again) = (state(&data, &[]), state(&data.join("journal"), &[]));
    assert_eq!(whole, again);
    let later = ["--from", &last.to_string()];
    let from_later = replay(&data, &later);
    assert!(from_later.began_after > report.began_after, "there is a later snapshot");
    assert_eq!(from_later.fingerprint, report.fingerprint);
    assert!(state(&data, &later) == whole, "whatever it begins with, it ends the same");

    let half = (report.began_after + last) / 2;
    let until = replay(&data, &["--until", &half.to_string()]);
    assert!(until.last_tick <= half && until.not_verified == 0, "{until}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cut_stands_on_its_own_and_ends_as_the_journal_does() {
    let recording = record().await;
    let data = recording.data_dir();
    let whole = replay(&data, &[]);
    let (first, last) = (whole.first_tick.unwrap(), whole.last_tick);
    let file = recording.path("part.journal");
    let (from, to) = ((first + last) / 2, last - 1);
    let (path, output) = (data.to_str().unwrap(), file.to_str().unwrap());
    let (from, to) = (from.to_string(), to.to_string());
    journal(&["cut", path, "--from", &from, "--to", &to, "--output", output]);
    let part = replay(&file, &[]);
    assert_eq!(part.complaint(), None);
    assert_eq!((part.first_tick, part.last_tick), (Some(from.parse().unwrap()), last - 1));
    assert_eq!(part.not_verified, 0);
    assert!(state(&file, &[]) == state(&data, &["--until", &to]));

    // In times, compressed, from the cut, over the restart.
    let packed = recording.path("all.journal.zst");
    let begins = whole.first_time.unwrap().to_string();
    let output = packed.to_str().unwrap();
    journal(&["cut", path, "--from", &begins, "--output", output]);
    let all = replay(&packed, &[]);
    assert_eq!((all.complaint(), all.ticks, all.not_verified), (None, whole.ticks, 0));
    assert!(state(&packed, &[]) == state(&data, &[]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redacted_journal_does_the_same_and_tells_nothing_private() {
    let recording = record().await;
    let data = recording.data_dir();
    let file = recording.path("redacted.journal");
    let output = file.to_str().unwrap();
    journal(&["redact", data.to_str().unwrap(), "--output", output]);
    let (original, redacted) = (replay(&data, &[]), replay(&file, &[]));
    assert_eq!(redacted.complaint(), None);
    assert_eq!((redacted.ticks, redacted.not_verified), (original.ticks, 0));
    assert_eq!(redacted.inputs, original.inputs, "kinds, counts and sizes");
    assert_ne!(redacted.fingerprint, original.fingerprint);

    // Whatever is in it: its bytes, its state before and after, and each of its inputs.
    let disk = Directory::existing(file.parent().unwrap()).unwrap();
    let mut texts = vec![std::fs::read(&file).unwrap(), state(&file, &[])];
    texts.push(state(&file, &["--until", "0"]));
    let mut segment = Segment::open(&disk, "redacted.journal").unwrap();
    texts.push(zstd::decode_all(segment.base().unwrap()).unwrap());
    let mut inputs = Inputs::default();
    while !matches!(segment.next(&mut inputs).unwrap(), Next::End(_)) {}
    texts.push(inputs.iter().flat_map(|input| format!("{input:?}").into_bytes()).collect());

    let private = [LABEL, LINE, UPDATE_ERROR, "environment-of-the-north", "pipeline-one"];
    let told = |text: &str| texts.iter().any(|bytes| holds(bytes, text));
    for text in private.into_iter().chain(recording.hosts()) {
        assert!(!told(text), "{text}");
    }
    assert!(told(&recording.north.node), "ids stay");
    // What is searched for would be found.
    let originals = [state(&data, &[])];
    assert!(originals.iter().any(|bytes| holds(bytes, LABEL)));
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

#[tokio::test(flavor = "multi_thread")]
async fn another_setting_lists_who_would_have_been_unreachable() {
    let recording = record().await;
    let report = replay(&recording.data_dir(), &["--set", "unreachable-after=2"]);
    assert_eq!(report.complaint(), None, "the engine that is verified knows nothing of it");
    let differences = report.differences.as_ref().unwrap();
    let unreachable = |node: &str| {
        let mut events = differences.only_as_set.iter();
        events.any(|event| event.node == node && event.to_status == "UNREACHABLE")
    };
    assert!(unreachable(&recording.north.node), "{report}");
    assert!(differences.in_both > 0, "{report}");
    let text = report.to_string();
    assert!(text.contains("with unreachable-after=2"), "{text}");
    assert!(text.contains(&format!("HEALTHY -> UNREACHABLE  node {}", recording.north.node)));

    let same = replay(&recording.data_dir(), &["--set", "unreachable-after=3"]);
    let differences = same.differences.as_ref().unwrap();
    assert!(differences.only_as_set.is_empty() && differences.only_as_recorded.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_is_written_down_with_the_rights_of_its_owner() {
    let recording = record().await;
    let events = |name: &str, options: &[&str]| {
        let file = recording.path(name);
        let options = [&["--events", file.to_str().unwrap()], options].concat();
        assert_eq!(replay(&recording.data_dir(), &options).complaint(), None);
        std::fs::read_to_string(file).unwrap()
    };
    let Recording { north, south, viewer, .. } = &recording;
    let all = events("all", &[]);
    assert_eq!(all.matches("event: hello\n").count(), 2, "a stream for each life of the server");
    for part in ["event: metric_update\n", "event: status_change\n", &north.node, &south.node] {
        assert!(all.contains(part), "{part}");
    }
    let mine = events("mine", &["--user", viewer]);
    assert!(mine.contains("event: metric_update\n") && mine.contains(&north.node));
    assert!(!mine.contains(&south.node) && !mine.contains(&south.environment), "{mine}");
    let narrow = events("narrow", &["--node", &south.node]);
    assert!(narrow.contains(&south.node) && !narrow.contains(&north.node));
    let elsewhere = events("none", &["--user", viewer, "--environment", &south.environment]);
    assert!(elsewhere.contains("event: hello\n") && !elsewhere.contains(&south.node));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tick_that_was_tampered_with_is_named_with_its_first_entity() {
    let recording = record().await;
    let file = recording.path("whole.journal");
    let output = file.to_str().unwrap();
    journal(&["cut", recording.data_dir().to_str().unwrap(), "--output", output]);
    let (path, tick) = tamper(&recording, &file);
    let report = replay(&path, &[]);
    let complaint = report.complaint().unwrap();
    let expected = format!("tick {tick} did not come out as recorded: first to differ: ");
    assert!(complaint.starts_with(&expected), "{complaint}");
    assert!(complaint.contains(&recording.south.pipeline), "{complaint}");
    assert!(complaint.contains(&recording.south.node), "{complaint}");
    // Sums over it differ too: those of its pipeline always, others when its rates do.
    let differing = ["2", "3", "4"].map(|count| format!("; {count} differ in all"));
    assert!(differing.iter().any(|told| complaint.contains(told)), "{complaint}");
    assert_eq!(report.last_tick, tick);
}

/// Writes the segment again with another value in its last heartbeat of the southern node, and all that
/// was recorded of how its ticks came out.
fn tamper(recording: &Recording, file: &Path) -> (std::path::PathBuf, u64) {
    let name = file.file_name().unwrap().to_str().unwrap();
    let disk = Directory::existing(file.parent().unwrap()).unwrap();
    let read = || Segment::open(&disk, name).unwrap();
    let is_chosen = |input: &Input<'_>| matches!(input, Input::Heartbeat(heartbeat) if heartbeat.node == recording.south.node);
    let mut chosen = 0;
    let (mut segment, mut inputs) = (read(), Inputs::default());
    loop {
        inputs.clear();
        match segment.next(&mut inputs).unwrap() {
            Next::Tick { tick, .. } if inputs.iter().any(|input| is_chosen(&input)) => {
                chosen = tick.number.0;
            }
            Next::Tick { .. } | Next::Check(_) => (),
            Next::End(_) => break,
        }
    }
    let path = recording.path("tampered");
    let written: Arc<dyn Disk> = Arc::new(Directory::open(&path).unwrap());
    let mut segment = read();
    let head = Head { continues: false, ..segment.head.clone() };
    let base = segment.base().map(<[u8]>::to_vec);
    let mut writer = Writer::begin(written, &head, base.as_deref()).unwrap();
    loop {
        inputs.clear();
        match segment.next(&mut inputs).unwrap() {
            Next::Tick { tick, last_check } => {
                if let Some(check) = last_check {
                    writer.check(check);
                }
                let mut other = Inputs::default();
                for input in inputs.iter() {
                    if let Input::Heartbeat(heartbeat) = &input
                        && tick.number.0 == chosen
                        && is_chosen(&input)
                    {
                        push_with_more_errors(heartbeat, &mut other);
                    } else {
                        other.push(&input);
                    }
                }
                writer.append(&tick, &other);
            }
            Next::Check(check) => writer.check(check),
            Next::End(_) => break,
        }
    }
    writer.seal().unwrap();
    (path.join(segment_name(head.follows.number)), chosen)
}

fn push_with_more_errors(heartbeat: &Heartbeat<'_>, out: &mut Inputs) {
    let reports: PackedBuf = heartbeat
        .pipelines
        .iter()
        .map(|report| PipelineReport {
            counters: report.counters.map(|counts| Counts { errors: counts.errors + 1, ..counts }),
            ..report
        })
        .collect();
    out.push(&Input::Heartbeat(Heartbeat { pipelines: reports.packed(), ..*heartbeat }));
}
