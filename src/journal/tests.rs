//! Segments as they are written and read, whole, torn and damaged; inputs of every kind there and back.

mod moody;
mod thread;
mod whole;

use std::sync::Arc;

use systole_systems::effect::Topics;
use systole_systems::ids::{BatchId, SubscriberId};
use systole_systems::input::{
    Filter, FlushOutcome, Input, Inputs, MinuteLoaded, MinuteTotals, NodeEnrolled, Subscribed,
};
use systole_systems::packed::PackedBuf;
use systole_systems::report::{
    ComponentKind, ComponentReport, Counts, Heartbeat, HostMetrics, Label, LogBatch, LogLevel,
    LogLine, PipelineReport,
};
use systole_systems::settings::Settings;
use systole_systems::time::{Millis, Minute, Tick, TickNumber};

use super::JournalError;
use super::codec::{Decoder, Encoder};
use super::disk::{Directory, Disk};
use super::record::{Check, Head};
use super::segment::{End, FORMAT, Next, Segment, sealed, segment_name};
use super::writer::Writer;

fn tick(number: u64) -> Tick {
    Tick {
        number: TickNumber(number),
        now: Millis(1_800_000_000_000 + number * 50),
        listened: Millis(number * 49),
    }
}

/// A heartbeat whose every value depends on `beat`, in another way for each kind of value.
fn push_heartbeat(inputs: &mut Inputs, node: &str, beat: u64, pipelines: u64) {
    let labels: PackedBuf = [Label { key: "zone", value: "a" }].into_iter().collect();
    let mut reports = PackedBuf::default();
    for pipeline in 0..pipelines {
        let components: PackedBuf = ["in", "out"]
            .into_iter()
            .map(|component| ComponentReport {
                component,
                kind: ComponentKind::Sink,
                counts: Default::default(),
                latency_mean_seconds: (!beat.is_multiple_of(3)).then_some(beat as f64 / 7.0),
            })
            .collect();
        let text = format!("line {beat} of {pipeline}");
        let logs: PackedBuf =
            (0..beat % 3).map(|_| LogLine { level: LogLevel::Warn, text: &text }).collect();
        reports.push(&PipelineReport {
            pipeline: &format!("p{pipeline}"),
            revision: 3,
            status: if beat % 5 == 4 { "CRASHED" } else { "RUNNING" },
            pid: Some(10 + (beat / 4) as u32),
            uptime_seconds: Some(beat * 5),
            config_checksum: Some(
                "edfba9f6f3d4f4755e03bea24efa32116ad95f25c01a84656de1ed766b108505",
            ),
            counters: Some(Counts {
                events_in: beat * 1_000,
                events_out: u64::MAX - beat,
                errors: 100u64.saturating_sub(beat),
                ..Counts::default()
            }),
            utilization: Some(0.1 * beat as f64),
            components: components.packed(),
            logs: logs.packed(),
        });
    }
    inputs.push(&Input::Heartbeat(Heartbeat {
        node,
        agent_version: Some("v1.4.2"),
        labels: Some(labels.packed()),
        host: Some(HostMetrics {
            cpu_seconds_total: beat as f64 * 1.5,
            memory_used_bytes: 1 << (beat % 60),
            ..HostMetrics::default()
        }),
        pipelines: reports.packed(),
        ..Heartbeat::default()
    }));
}

/// One of each kind of input that has anything in it.
fn every_kind() -> Inputs {
    let mut inputs = Inputs::default();
    let labels: PackedBuf = [Label { key: "k", value: "v" }].into_iter().collect();
    let ids: PackedBuf = ["n1", "n2", "ü"].into_iter().collect();
    let lines: PackedBuf = ["first", "", "first"]
        .map(|text| LogLine { level: LogLevel::Info, text })
        .into_iter()
        .collect();
    let batches: PackedBuf =
        [LogBatch { pipeline: "p1", lines: lines.packed() }].into_iter().collect();
    let long = "x".repeat(300);
    let filter =
        Filter { nodes: Some(ids.packed()), topics: Some(Topics::ALL), ..Filter::default() };
    let subscriber = SubscriberId(7);
    for input in [
        Input::Started { epoch: 1_800_000_000_123, settings: Settings::default() },
        Input::UserSet { user: "u1", super_admin: true },
        Input::UserRemoved { user: "u1" },
        Input::EnvironmentSet { environment: "e1", name: &long, team: "t1" },
        Input::NodeEnrolled(NodeEnrolled {
            node: "n1",
            environment: "e1",
            name: "",
            host: "host",
            os: None,
            agent_version: Some("n1"),
            vector_version: None,
            labels: labels.packed(),
        }),
        Input::MinuteLoaded(MinuteLoaded {
            pipeline: "p1",
            node: None,
            component: Some("in"),
            minute: Minute(30_000_000),
            totals: MinuteTotals { latency_weighted_sum: -0.0, ..MinuteTotals::default() },
        }),
        Input::LogsReceived { node: "n1", batches: batches.packed() },
        Input::Subscribed(Subscribed {
            subscriber,
            stream: "s",
            user: "u1",
            credential: "c",
            filter,
            resume: None,
        }),
        Input::FilterMoved { subscriber, filter },
        Input::SubscriberLagged { subscriber, skipped_events: u32::MAX },
        Input::BatchSettled { batch: BatchId(3), outcome: FlushOutcome::Failed },
        Input::FlushRequested,
    ] {
        inputs.push(&input);
    }
    push_heartbeat(&mut inputs, "n1", 0, 0);
    inputs
}

#[test]
fn inputs_come_back_byte_for_byte() {
    let (mut encoder, mut decoder) = (Encoder::default(), Decoder::default());
    for round in 0..40 {
        let mut inputs = every_kind();
        for node in ["n1", "n2", "n3"] {
            push_heartbeat(&mut inputs, node, round, round % 4 + 1);
            push_heartbeat(&mut inputs, node, round * 3 % 7, 2);
        }
        let mut coded = Vec::new();
        encoder.encode(&inputs, &mut coded);
        let (mut rest, mut read) = (coded.as_slice(), Inputs::default());
        decoder.decode(&mut rest, &mut read).unwrap();
        assert!(rest.is_empty());
        assert_eq!(read, inputs, "round {round}");
    }
}

#[test]
fn heartbeats_of_nodes_that_are_alike_come_back_byte_for_byte() {
    let (mut encoder, mut decoder) = (Encoder::default(), Decoder::default());
    for beat in 1..30 {
        let mut inputs = Inputs::default();
        for node in 10..40 {
            let pipelines = if node % 10 == beat % 10 { beat % 4 } else { 3 };
            push_heartbeat(&mut inputs, &format!("n{node}"), beat + node / 4, pipelines);
        }
        let mut coded = Vec::new();
        encoder.encode(&inputs, &mut coded);
        let (mut rest, mut read) = (coded.as_slice(), Inputs::default());
        decoder.decode(&mut rest, &mut read).unwrap();
        assert!(rest.is_empty());
        assert_eq!(read, inputs, "beat {beat}");
    }
}

#[test]
fn whatever_bytes_say_decoding_answers_an_error_or_valid_inputs() {
    let mut encoder = Encoder::default();
    let [first, second] = [5, 6].map(|beat| {
        let mut inputs = every_kind();
        push_heartbeat(&mut inputs, "n1", beat, 3);
        push_heartbeat(&mut inputs, &format!("n{beat}"), beat, 3);
        let mut coded = Vec::new();
        encoder.encode(&inputs, &mut coded);
        coded
    });
    let mut rng = fastrand::Rng::with_seed(11);
    for round in 0..20_000 {
        let mut decoder = Decoder::default();
        // By turns the first tick of a segment, and one that is compared with another.
        let is_later = round % 2 == 1;
        if is_later {
            decoder.decode(&mut first.as_slice(), &mut Inputs::default()).unwrap();
        }
        let coded = if is_later { &second } else { &first };
        let mut wrong = coded.clone();
        for _ in 0..rng.usize(1..4) {
            let at = rng.usize(..wrong.len());
            wrong[at] = rng.u8(..);
        }
        wrong.truncate(rng.usize(..=coded.len()));
        let mut read = Inputs::default();
        if decoder.decode(&mut wrong.as_slice(), &mut read).is_ok() {
            for input in read.iter() {
                assert!(!format!("{input:?}").is_empty());
            }
        }
    }
}

struct Written {
    disk: Arc<dyn Disk>,
    name: String,
    _directory: tempfile::TempDir,
}

fn head() -> Head {
    Head::continuing("db", tick(4))
}

/// Ticks 5 to 24; synced after each up to 14, then once after 19, then not.
fn written(seal: bool) -> Written {
    let directory = tempfile::tempdir().unwrap();
    let disk: Arc<dyn Disk> = Arc::new(Directory::open(&directory.path().join("j")).unwrap());
    let mut writer = Writer::begin(disk.clone(), &head(), None).unwrap();
    for number in 5..25 {
        let mut inputs = Inputs::default();
        push_heartbeat(&mut inputs, "n1", number, 2);
        writer.append(&tick(number), &inputs);
        writer.check(Check {
            fingerprint: number / 2,
            marks: vec![number as u16; number as usize % 2],
        });
        if number < 15 || number == 19 {
            assert_eq!(writer.sync().unwrap(), TickNumber(number));
        }
    }
    writer.write().unwrap();
    if seal {
        writer.seal().unwrap();
    }
    Written { disk, name: segment_name(TickNumber(4)), _directory: directory }
}

/// Reads a segment to its end: the ticks, the checks with the tick they are of, and how it ends.
fn read_all(disk: &dyn Disk, name: &str) -> Result<(Vec<u64>, Vec<(u64, u64)>, End), JournalError> {
    let mut segment = Segment::open(disk, name)?;
    let (mut ticks, mut checks) = (Vec::new(), Vec::new());
    loop {
        let mut inputs = Inputs::default();
        match segment.next(&mut inputs)? {
            Next::Tick { tick, last_check } => {
                if let (Some(check), Some(&last)) = (last_check, ticks.last()) {
                    checks.push((last, check.fingerprint));
                }
                ticks.push(tick.number.0);
            }
            Next::Check(check) => checks.push((*ticks.last().unwrap(), check.fingerprint)),
            Next::End(end) => return Ok((ticks, checks, end)),
        }
    }
}

/// Where each frame of a tick begins.
fn offsets(written: &Written) -> Vec<u64> {
    let mut segment = Segment::open(&*written.disk, &written.name).unwrap();
    let mut offsets = vec![segment.offset()];
    while let Ok(Next::Tick { .. }) = segment.next(&mut Inputs::default()) {
        offsets.push(segment.offset());
    }
    offsets
}

fn overwrite(written: &Written, name: &str, bytes: &[u8]) {
    let mut file = written.disk.create(name).unwrap();
    file.append(bytes).unwrap();
}

#[test]
fn a_sealed_segment_has_every_tick_and_what_each_came_out_as() {
    let written = written(true);
    let (ticks, checks, end) = read_all(&*written.disk, &written.name).unwrap();
    assert!(ticks.iter().copied().eq(5..25));
    assert!(checks.iter().copied().eq((5..25).map(|number| (number, number / 2))));
    assert_eq!(end, End::Sealed);

    let bytes = written.disk.read(&written.name).unwrap();
    overwrite(&written, "z.journal.zst", &zstd::encode_all(bytes.as_slice(), 3).unwrap());
    assert_eq!(read_all(&*written.disk, "z.journal.zst").unwrap().0, ticks);
    assert_eq!(Segment::read_head(&*written.disk, "z.journal.zst").unwrap(), head());
}

#[test]
fn a_torn_end_is_cut_off_wherever_it_is_torn() {
    let written = written(false);
    let bytes = written.disk.read(&written.name).unwrap();
    let offsets = offsets(&written);
    // Tick 19 was the last to be synced.
    for length in offsets[15] as usize..bytes.len() {
        overwrite(&written, &written.name, &bytes[..length]);
        let (ticks, _, end) = read_all(&*written.disk, &written.name).unwrap();
        let whole = offsets.iter().rposition(|&offset| offset <= length as u64).unwrap();
        assert_eq!(ticks.len(), whole);
        let torn_bytes = length as u64 - offsets[whole];
        assert_eq!(end, End::Open { length: offsets[whole], torn_bytes });
    }
}

#[test]
fn sectors_that_were_written_out_of_order_after_the_last_sync_are_a_torn_end() {
    let written = written(false);
    let mut bytes = written.disk.read(&written.name).unwrap();
    let offsets = offsets(&written);
    let (start, end) = (offsets[16] as usize, offsets[17] as usize);
    bytes[start..end].fill(0);
    overwrite(&written, &written.name, &bytes);
    let (ticks, ..) = read_all(&*written.disk, &written.name).unwrap();
    assert_eq!(ticks.last(), Some(&20), "21 is lost, and so is all after it");
}

#[test]
fn damage_in_the_middle_is_reported_with_its_place_and_nothing_is_skipped() {
    for seal in [true, false] {
        let written = written(seal);
        let bytes = written.disk.read(&written.name).unwrap();
        let offsets = offsets(&written);
        for tick in 0..14 {
            let mut damaged = bytes.clone();
            damaged[offsets[tick] as usize + 11] ^= 4;
            overwrite(&written, &written.name, &damaged);
            match read_all(&*written.disk, &written.name) {
                Err(JournalError::Damaged { offset, .. }) => assert_eq!(offset, offsets[tick]),
                other => panic!("tick {tick}: {other:?}"),
            }
        }
    }
}

#[test]
fn a_file_is_sealed_without_its_torn_end_and_not_at_all_when_it_is_damaged() {
    let whole = written(true);
    let bytes = whole.disk.read(&whole.name).unwrap();
    assert_eq!(sealed(bytes.clone()), Some(bytes.clone()), "it is sealed already");
    let followed = [&bytes[..], b"more"].concat();
    assert_eq!(sealed(followed), None, "nothing is written after a seal");

    let open = written(false);
    let bytes = open.disk.read(&open.name).unwrap();
    let offsets = offsets(&open);
    for length in offsets[15] as usize..=bytes.len() {
        let made = sealed(bytes[..length].to_vec()).expect("what is torn was never durable");
        overwrite(&open, "sealed.journal", &made);
        let (ticks, _, end) = read_all(&*open.disk, "sealed.journal").unwrap();
        let kept = offsets.iter().rposition(|&offset| offset <= length as u64).unwrap();
        assert_eq!((ticks.len(), end), (kept, End::Sealed), "{length}");
    }
    // Up to tick 18 all was durable before something was written after it.
    for (tick, &offset) in offsets[..20].iter().enumerate() {
        let mut damaged = bytes.clone();
        damaged[offset as usize + 11] ^= 4;
        assert_eq!(sealed(damaged).is_none(), tick < 15, "{tick}");
    }
}

#[test]
fn what_is_no_journal_or_of_another_version_is_told() {
    let written = written(true);
    let mut bytes = written.disk.read(&written.name).unwrap();
    bytes[8] = FORMAT as u8 + 1;
    overwrite(&written, &written.name, &bytes);
    let error = Segment::open(&*written.disk, &written.name).unwrap_err().to_string();
    let told = format!("has format {}, this version reads format {FORMAT}", FORMAT + 1);
    assert!(error.contains(&told), "{error}");
    overwrite(&written, &written.name, b"hello");
    let error = Segment::open(&*written.disk, &written.name).unwrap_err().to_string();
    assert!(error.contains("is not a file of a Systole journal"), "{error}");
}
