//! The journal's thread beside a disk that is slow or full: what waits, what is answered, how it ends.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use systole_systems::input::{Input, Inputs};
use systole_systems::rows::Batch;
use systole_systems::time::TickNumber;
use tokio::sync::{mpsc, oneshot};

use super::moody::Moody;
use super::{head, read_all, tick};
use crate::journal::disk::Disk;
use crate::journal::segment::{End, segment_name};
use crate::journal::status::JournalStatus;
use crate::journal::thread::{Journal, journal};
use crate::journal::writer::Writer;

const MIB: usize = 1 << 20;
/// Long enough for whatever does not wait to have happened.
const A_WHILE: Duration = Duration::from_millis(100);

/// A journal's thread that runs.
struct Running {
    moody: Arc<Moody>,
    journal: Journal,
    status: JournalStatus,
    thread: JoinHandle<()>,
    _batches: mpsc::Receiver<Arc<Batch>>,
}

fn start(sync_spacing: Duration) -> Running {
    let moody = Moody::new();
    let writer = Writer::begin(moody.clone(), &head(), None).unwrap();
    let status = JournalStatus::default();
    let (batches, kept) = mpsc::channel(1);
    let (sealed, _) = crossbeam_channel::bounded(1);
    let (journal, thread) =
        journal(writer, status.clone(), batches, sealed, u64::MAX, sync_spacing);
    let thread = named_thread(move || thread.run());
    Running { moody, journal, status, thread, _batches: kept }
}

fn named_thread(run: impl FnOnce() + Send + 'static) -> JoinHandle<()> {
    std::thread::Builder::new().name("of a test".into()).spawn(run).unwrap()
}

/// Inputs of this size, which no dictionary makes smaller.
fn large(bytes: usize) -> Arc<Inputs> {
    let name = "x".repeat(bytes);
    Arc::new(Inputs::of(&Input::EnvironmentSet { environment: "e1", name: &name, team: "t1" }))
}

/// A driver that hands over ticks from 5 on as fast as it can, and ends. Counts those it handed over.
fn drive(mut journal: Journal, ticks: Vec<Arc<Inputs>>) -> (JoinHandle<()>, Arc<AtomicU64>) {
    let handed = Arc::new(AtomicU64::new(0));
    let counted = handed.clone();
    let driver = named_thread(move || {
        for (number, inputs) in (5..).zip(ticks) {
            journal.append(tick(number), inputs, Vec::new());
            counted.fetch_add(1, Ordering::Relaxed);
        }
        journal.end();
    });
    (driver, handed)
}

/// Waits until this holds.
#[track_caller]
fn until(holds: impl Fn() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < Duration::from_secs(60), "it never comes to that");
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn a_driver_that_is_faster_than_the_disk_waits_and_a_tick_over_the_bound_goes_alone() {
    let running = start(Duration::ZERO);
    running.moody.moods.shut_gate();
    let tick_in_bound = large(40 * MIB);
    let ticks = vec![tick_in_bound.clone(), tick_in_bound, large(65 * MIB)];
    let (driver, handed) = drive(running.journal, ticks);
    // The thread has taken the first; there is room for the second, and for no other beside it.
    running.moody.moods.wait_for_write();
    until(|| handed.load(Ordering::Relaxed) == 2);
    std::thread::sleep(A_WHILE);
    assert_eq!(handed.load(Ordering::Relaxed), 2);
    assert!(running.status.queued_bytes() < 41 * MIB as u64);

    running.moody.moods.open_gate();
    driver.join().unwrap();
    running.thread.join().unwrap();
    assert_eq!(handed.load(Ordering::Relaxed), 3);
    let (ticks, _, end) = read_all(&*running.moody, &segment_name(TickNumber(4))).unwrap();
    assert_eq!((ticks, end), (vec![5, 6, 7], End::Sealed));
}

#[test]
fn a_stop_behind_a_full_disk_takes_what_is_left_and_ends() {
    let running = start(Duration::ZERO);
    running.moody.moods.is_full.store(true, Ordering::Relaxed);
    let mut ticks = vec![large(65 * MIB)];
    ticks.resize(300, Arc::new(Inputs::default()));
    let (driver, handed) = drive(running.journal, ticks);
    // The first is all that may be kept, 256 wait, and the driver with the next.
    until(|| running.status.is_failing() && handed.load(Ordering::Relaxed) == 257);
    std::thread::sleep(A_WHILE);
    assert_eq!(handed.load(Ordering::Relaxed), 257);

    running.status.stop();
    driver.join().unwrap();
    running.thread.join().unwrap();
    assert_eq!(handed.load(Ordering::Relaxed), 300);
    let (ticks, _, end) = read_all(&*running.moody, &segment_name(TickNumber(4))).unwrap();
    let length = running.moody.size(&segment_name(TickNumber(4))).unwrap();
    assert_eq!((ticks, end), (vec![], End::Open { length, torn_bytes: 0 }));
}

#[test]
fn a_lone_tick_is_synced_at_once_and_those_that_come_soon_after_it_together_later() {
    let spacing = Duration::from_secs(2);
    let mut running = start(spacing);
    let began = Instant::now();
    let mut append = |number| {
        let (done, answer) = oneshot::channel();
        running.journal.append(tick(number), Arc::default(), vec![done]);
        answer
    };
    append(5).blocking_recv().unwrap();
    let alone = began.elapsed();
    assert!(alone < spacing, "{alone:?}");
    assert_eq!(running.status.counts().syncs, 1);

    let [sixth, seventh] = [6, 7].map(&mut append);
    sixth.blocking_recv().unwrap();
    seventh.blocking_recv().unwrap();
    let together = began.elapsed();
    assert!(spacing <= together, "{together:?}");
    assert_eq!(running.status.counts().syncs, 2);

    running.journal.end();
    running.thread.join().unwrap();
}
