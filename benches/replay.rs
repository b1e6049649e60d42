//! What a journal costs to write and to run again: a minute of a fleet of 10,000 nodes with 10 pipelines of 2
//! components, written to a temporary directory and replayed as `systole replay` does.

use std::collections::VecDeque;
use std::hint::black_box;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bevy_ecs::prelude::IntoScheduleConfigs as _;
use systole::cli::{Invocation, parse};
use systole::journal::disk::{Directory, Disk};
use systole::journal::record::{Check, Head};
use systole::journal::segment::{Next, Segment, segment_name};
use systole::journal::snapshot;
use systole::journal::writer::Writer;
use systole::replay;
use systole::replay::stopwatch::Stopwatch;
use systole_systems::engine::Engine;
use systole_systems::ids::BatchId;
use systole_systems::input::{FlushOutcome, Input, Inputs};
use systole_systems::schedule::{Stage, tick_schedule};
use systole_systems::settings::Settings;
use systole_systems::time::Millis;

#[path = "shared/allocator.rs"]
mod allocator;
#[path = "shared/fleet.rs"]
#[expect(dead_code, reason = "its heartbeats are for the benches of the engine")]
mod fleet;
#[path = "shared/lively.rs"]
mod lively;

use fleet::Fleet;

const NODES: usize = 10_000;
const PIPELINES: usize = 10;
const COMPONENTS: usize = 2;
const HEARTBEATS_IN_A_TICK: usize = 100;
const TICK_MILLIS: u64 = 50;
/// Each node is heard every five seconds.
const ROUNDS: u64 = 12;
/// Rounds for the cost of the fingerprint, after one to warm up.
const ROUNDS_TICKED: u64 = 4;
/// Ticks until the store answers for a batch.
const TICKS_OF_A_FLUSH: u64 = 2;

fn main() {
    let directory = tempfile::tempdir().expect("there is a place for temporary files");
    write_journal(directory.path());
    read_journal(directory.path());
    replay_journal(directory.path());
    fingerprint_share();
}

/// Ticks of a fleet that is heard node after node, and of a store that answers.
struct Minute {
    fleet: Fleet,
    in_flight: VecDeque<(u64, BatchId)>,
}

impl Minute {
    fn new(engine: Engine) -> Minute {
        let settings = Settings { flush_interval: Millis(10_000), ..Settings::default() };
        let fleet = Fleet::inside(engine, (NODES, PIPELINES, COMPONENTS), settings);
        Minute { fleet, in_flight: VecDeque::new() }
    }

    /// The next tick's inputs.
    fn inputs(&mut self, beat: u64, first: usize) -> Inputs {
        let mut inputs = Inputs::default();
        for node in first..first + HEARTBEATS_IN_A_TICK {
            lively::push_lively(&mut inputs, node, beat, (PIPELINES, COMPONENTS));
        }
        let number = self.fleet.tick.number.0;
        if let Some((_, batch)) = self.in_flight.pop_front_if(|(due, _)| *due <= number) {
            inputs.push(&Input::BatchSettled { batch, outcome: FlushOutcome::Committed });
        }
        self.fleet.advance(TICK_MILLIS);
        inputs
    }

    fn tick(&mut self, inputs: &Inputs) -> (Check, Duration) {
        let began = Stopwatch::start();
        let output = self.fleet.engine.tick(self.fleet.tick, inputs);
        let spent = began.spent().processor;
        let due = self.fleet.tick.number.0 + TICKS_OF_A_FLUSH;
        self.in_flight.extend(output.cut.map(|batch| (due, batch)));
        (Check::of(&output), spent)
    }
}

fn write_journal(path: &Path) {
    let disk: Arc<dyn Disk> = Arc::new(Directory::open(path).expect("it was just made"));
    let mut minute = Minute::new(Engine::for_replay());
    // A fleet that runs: every instance has been heard.
    for first in (0..NODES).step_by(HEARTBEATS_IN_A_TICK) {
        let inputs = minute.inputs(0, first);
        minute.tick(&inputs);
    }
    let image = minute.fleet.engine.image();
    let (head, base) = (Head::beginning("bench", &image), snapshot::pack(&image));
    let mut writer = Writer::begin(disk.clone(), &head, Some(&base)).expect("the disk takes it");
    let begins_with = writer.segment_bytes();
    let (mut encoding, mut json, mut sampled, mut encoded) = (Duration::ZERO, 0, 0, 0);
    for beat in 1..=ROUNDS {
        for first in (0..NODES).step_by(HEARTBEATS_IN_A_TICK) {
            let inputs = minute.inputs(beat, first);
            if let Input::Heartbeat(heartbeat) = inputs.get(0) {
                json += lively::json_bytes(&heartbeat);
                sampled += 1;
            }
            encoded += inputs.byte_len();
            let began = Stopwatch::start();
            writer.append(&minute.fleet.tick, &inputs);
            encoding += began.spent().processor;
            writer.check(minute.tick(&inputs).0);
            writer.sync().expect("the disk takes it");
        }
    }
    let written = writer.segment_bytes() - begins_with;
    writer.seal().expect("the disk takes it");
    let heartbeats = ROUNDS * NODES as u64;
    let each = written as f64 / heartbeats as f64;
    let json = json as f64 / f64::from(sampled);
    let file = disk.read(&segment_name(head.follows.number)).expect("it was just written");
    let packed = zstd::encode_all(&file[begins_with as usize..], 3).expect("memory is there");
    let packed = packed.len() as f64 / heartbeats as f64;
    show("heartbeats written", &heartbeats.to_string());
    show("bytes of a heartbeat as JSON", &format!("{json:.0}"));
    let in_memory = encoded as f64 / heartbeats as f64;
    show("bytes in memory", &format!("{in_memory:.0}"));
    show("bytes in the journal", &format!("{each:.0}, a {:.1}th of the JSON", json / each));
    show("bytes in a compressed segment", &format!("{packed:.0}, a {:.1}th", json / packed));
    show("to encode a heartbeat", &micros(encoding, heartbeats));
}

fn read_journal(path: &Path) {
    let disk = Directory::existing(path).expect("it was just made");
    let file = disk.list().expect("it can be listed").remove(0);
    let began = Stopwatch::start();
    let mut segment = Segment::open(&disk, &file).expect("it was just written");
    let mut inputs = Inputs::default();
    while !matches!(segment.next(&mut inputs).expect("it is whole"), Next::End(_)) {
        black_box(&inputs);
        inputs.clear();
    }
    show("to read and decode a heartbeat", &micros(began.spent().processor, ROUNDS * NODES as u64));
}

fn replay_journal(path: &Path) {
    let path = path.to_str().expect("temporary files have plain names");
    let arguments = ["systole", "replay", path].map(Into::into);
    let invocation = parse(&arguments, |_| None).expect("it is a command");
    let Invocation::Replay(options) = invocation else { unreachable!("it is this command") };
    let report = replay::run(&options, &AtomicBool::new(false)).expect("the journal is whole");
    assert_eq!(report.complaint(), None);
    assert_eq!(report.not_verified, 0);
    let running = Duration::from_secs_f64(report.processor_seconds);
    show("to replay a heartbeat", &micros(running, report.heartbeats));
    let factor = report.fleet_seconds / report.processor_seconds;
    show("replay", &format!("{factor:.0} x real time, {:.0} by the clock", report.times_real_time));
}

/// Time in the last stage of live ticks, which in this profile is the fingerprint alone.
fn fingerprint_share() {
    static IN_CHECK: Mutex<(Option<Stopwatch>, Duration)> = Mutex::new((None, Duration::ZERO));
    let in_check = || IN_CHECK.lock().expect("one thread runs the ticks");
    let mut schedule = tick_schedule();
    let begins = move || in_check().0 = Some(Stopwatch::start());
    schedule.add_systems(begins.after(Stage::Broadcast).after(Stage::Persist).before(Stage::Check));
    let ends = move || {
        let (stopwatch, spent) = &mut *in_check();
        *spent += stopwatch.take().expect("the stage has begun").spent().processor;
    };
    schedule.add_systems(ends.after(Stage::Check));

    let mut minute = Minute::new(Engine::with_schedule(schedule));
    let mut ticking = Duration::ZERO;
    for beat in 1..=1 + ROUNDS_TICKED {
        // The first round makes the instances.
        if beat == 2 {
            (ticking, in_check().1) = (Duration::ZERO, Duration::ZERO);
        }
        for first in (0..NODES).step_by(HEARTBEATS_IN_A_TICK) {
            let inputs = minute.inputs(beat, first);
            ticking += minute.tick(&inputs).1;
        }
    }
    let heartbeats = ROUNDS_TICKED * NODES as u64;
    let checking = in_check().1;
    show("a heartbeat in a live tick", &micros(ticking, heartbeats));
    show("of it the fingerprint", &micros(checking, heartbeats));
    let share = checking.as_secs_f64() / ticking.as_secs_f64();
    show("share of the fingerprint", &format!("{:.1} %", share * 100.0));
}

fn micros(spent: Duration, heartbeats: u64) -> String {
    format!("{:.2} us", spent.as_secs_f64() * 1e6 / heartbeats as f64)
}

#[expect(clippy::print_stdout, reason = "a bench shows what it measured")]
fn show(what: &str, value: &str) {
    println!("{what:<34} {value}");
}
