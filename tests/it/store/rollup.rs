//! Hours and days made of minutes, and the end of what is old.

use systole::store::resolution::{MINUTES_PER_DAY, MINUTES_PER_HOUR, Resolution, Span};
use systole::store::{
    Breakdown, Forgotten, HistoryKind, Hour, LatencySum, RolledUp, SpanTotals, Store, VolumeOf,
};
use systole_systems::input::MinuteTotals;
use systole_systems::report::{Counts, HostMetrics};
use systole_systems::rows::{
    Batch, ComponentMinuteRow, InstanceMinuteRow, NodeMinuteRow, PipelineMinuteRow,
};
use systole_systems::time::{Minute, TickNumber};

use super::fixtures::*;
use super::{TestStore, on_both_stores};

on_both_stores!(
    an_hour_is_the_sum_of_its_minutes_and_a_day_of_its_hours,
    a_rollup_that_runs_twice_writes_the_same_rows,
    minutes_that_come_late_are_rolled_up_again,
    a_store_without_minutes_has_nothing_to_roll_up,
    sums_over_the_largest_number_stay_at_it,
    two_nodes_in_one_minute_count_both_and_once,
    a_host_hour_leaves_out_what_cannot_be_compared,
    old_history_goes_and_the_boundary_day_stays,
    late_minutes_of_days_that_are_gone_change_no_hour,
    what_is_rolled_up_goes_with_its_node_and_pipeline,
);

/// A day of 2026, in the middle of the days that share a partition, and its first minute.
const DAY: u32 = 20_555;
const START: u32 = DAY * MINUTES_PER_DAY;

fn counted(events_in: u64) -> MinuteTotals {
    let counts = Counts { events_in, ..Counts::default() };
    MinuteTotals { counts, latency_weighted_sum: 3.0, latency_weight: 2, ..MinuteTotals::default() }
}

/// A minute in which this many events came to p1 on n1.
fn batch(tick: u64, minute: u32, events_in: u64) -> Batch {
    let minute = Minute(minute);
    let totals = counted(events_in);
    let component = ComponentMinuteRow { minute, ..component_row("n1", 3.0, 2) };
    Batch {
        tick: TickNumber(tick),
        node_minutes: vec![NodeMinuteRow { node: "n1".into(), minute, host: host() }],
        instance_minutes: vec![InstanceMinuteRow {
            instance: instance("n1", "p1"),
            minute,
            totals,
        }],
        pipeline_minutes: vec![PipelineMinuteRow { pipeline: "p1".into(), minute, totals }],
        component_minutes: vec![component],
        ..Batch::default()
    }
}

async fn write(store: &dyn Store, minutes: &[(u32, u64)]) {
    let first = store.last_tick().await.unwrap().0;
    for (tick, (minute, events_in)) in (first + 1..).zip(minutes) {
        store.flush(&batch(tick, *minute, *events_in)).await.unwrap();
    }
}

/// Rolls up all hours before this minute and answers which.
async fn roll_up(store: &dyn Store, until: u32) -> Vec<u32> {
    let mut hours = Vec::new();
    loop {
        match store.roll_up_hour(Hour(until / MINUTES_PER_HOUR)).await.unwrap() {
            RolledUp::Nothing => return hours,
            RolledUp::Done(hour) => hours.push(hour.0),
            RolledUp::Overtaken(hour) => panic!("nobody else writes: {hour:?}"),
        }
    }
}

fn span(resolution: Resolution) -> Span {
    let day = MINUTES_PER_DAY;
    Span { resolution, from: Minute(START - 10 * day), until: Minute(START + 10 * day) }
}

/// Events that came to p1, by the start of the row in minutes after `START`.
async fn rows(store: &dyn Store, resolution: Resolution) -> Vec<(i64, u64)> {
    let of = VolumeOf::Pipeline("p1".into());
    let rows = store.volume_series(&of, span(resolution), resolution.minutes()).await.unwrap();
    let row = |(start, totals): &(Minute, SpanTotals)| {
        (i64::from(start.0) - i64::from(START), totals.counts.events_in)
    };
    rows.iter().map(row).collect()
}

async fn an_hour_is_the_sum_of_its_minutes_and_a_day_of_its_hours(test: TestStore) {
    let store = test.store;
    seed(&*store).await;
    write(&*store, &[(START + 5, 1), (START + 59, 10), (START + 60, 100), (START + 1_500, 1_000)])
        .await;
    let first = START / MINUTES_PER_HOUR;
    assert_eq!(store.next_hour().await.unwrap(), Hour(first));
    // The last hour is not over.
    let hours = roll_up(&*store, START + 1_500).await;
    assert_eq!(hours, (first..first + 25).collect::<Vec<_>>());
    assert_eq!(store.next_hour().await.unwrap(), Hour(first + 25));
    assert_eq!(rows(&*store, Resolution::Hour).await, [(0, 11), (60, 100)]);
    assert_eq!(rows(&*store, Resolution::Day).await, [(0, 111)]);
    let hours = roll_up(&*store, START + 1_560).await;
    assert_eq!(hours, [first + 25]);
    assert_eq!(rows(&*store, Resolution::Hour).await, [(0, 11), (60, 100), (1_500, 1_000)]);
    assert_eq!(rows(&*store, Resolution::Day).await, [(0, 111), (1_440, 1_000)]);

    let latencies = store.latency_series("p1", span(Resolution::Day), MINUTES_PER_DAY).await;
    let sum = |weighted_sum, weight| LatencySum { weighted_sum, weight };
    let parse = |day: u32| ("parse".to_owned(), Minute(START + day * MINUTES_PER_DAY));
    let expected = [(parse(0), sum(9.0, 6.0)), (parse(1), sum(3.0, 2.0))];
    let expected = expected.map(|((component, start), sum)| (component, start, sum));
    assert_eq!(latencies.unwrap(), expected);
}

async fn a_rollup_that_runs_twice_writes_the_same_rows(test: TestStore) {
    let store = test.store;
    seed(&*store).await;
    write(&*store, &[(START, 1), (START + 1, 2)]).await;
    roll_up(&*store, START + 60).await;
    let once = rows(&*store, Resolution::Hour).await;
    // The same batch again: its hour is rolled up again.
    write(&*store, &[(START, 1)]).await;
    assert_eq!(roll_up(&*store, START + 60).await.len(), 1);
    assert_eq!(rows(&*store, Resolution::Hour).await, once);
    assert_eq!(once, [(0, 3)]);
}

async fn minutes_that_come_late_are_rolled_up_again(test: TestStore) {
    let store = test.store;
    seed(&*store).await;
    write(&*store, &[(START, 1), (START + 300, 5)]).await;
    assert_eq!(roll_up(&*store, START + 360).await.len(), 6);
    // The database was away for an hour, and the minutes of then come now.
    write(&*store, &[(START + 70, 7), (START + 361, 9)]).await;
    assert_eq!(store.next_hour().await.unwrap(), Hour(START / MINUTES_PER_HOUR + 1));
    assert_eq!(roll_up(&*store, START + 360).await.len(), 5);
    assert_eq!(rows(&*store, Resolution::Hour).await, [(0, 1), (60, 7), (300, 5)]);
    assert_eq!(rows(&*store, Resolution::Day).await, [(0, 13)]);
}

async fn a_store_without_minutes_has_nothing_to_roll_up(test: TestStore) {
    let store = test.store;
    assert_eq!(roll_up(&*store, START).await, [0; 0]);
    seed(&*store).await;
    store.flush(&Batch { tick: TickNumber(1), ..Batch::default() }).await.unwrap();
    assert_eq!(roll_up(&*store, START).await, [0; 0]);
}

async fn sums_over_the_largest_number_stay_at_it(test: TestStore) {
    const LARGEST: u64 = i64::MAX as u64;
    let store = test.store;
    seed(&*store).await;
    write(&*store, &[(START, LARGEST), (START + 1, LARGEST), (START + 60, LARGEST)]).await;
    roll_up(&*store, START + 120).await;
    assert_eq!(rows(&*store, Resolution::Hour).await, [(0, LARGEST), (60, LARGEST)]);
    assert_eq!(rows(&*store, Resolution::Day).await, [(0, LARGEST)]);
}

async fn two_nodes_in_one_minute_count_both_and_once(test: TestStore) {
    let store = test.store;
    seed(&*store).await;
    let mut both = batch(1, START, 30);
    both.instance_minutes[0].totals = counted(10);
    let mut other = both.instance_minutes[0].clone();
    other.instance = instance("n2", "p1");
    other.totals = counted(20);
    both.instance_minutes.push(other);
    store.flush(&both).await.unwrap();
    for resolution in [Resolution::Minute, Resolution::Hour, Resolution::Day] {
        assert_eq!(rows(&*store, resolution).await, [(0, 30)], "{resolution:?}");
        let by = |by| store.volume_totals("e1", by, span(resolution));
        let events = |rows: Vec<(String, SpanTotals)>| {
            rows.into_iter().map(|(id, totals)| (id, totals.counts.events_in)).collect::<Vec<_>>()
        };
        let of_pipelines = events(by(Breakdown::Pipelines).await.unwrap());
        assert_eq!(of_pipelines, [("p1".to_owned(), 30)]);
        let of_nodes = events(by(Breakdown::Nodes).await.unwrap());
        assert_eq!(of_nodes, [("n1".to_owned(), 10), ("n2".to_owned(), 20)]);
        let of = VolumeOf::Instance { pipeline: "p1".into(), node: "n2".into() };
        let on_node = store.volume_series(&of, span(resolution), 1_440).await.unwrap();
        assert_eq!(on_node[0].1.counts.events_in, 20);
        let of = VolumeOf::Environment("e1".into());
        let in_all = store.volume_series(&of, span(resolution), 1_440).await.unwrap();
        assert_eq!(in_all[0].1.counts.events_in, 30);
        let elsewhere = VolumeOf::Environment("e2".into());
        assert_eq!(store.volume_series(&elsewhere, span(resolution), 60).await.unwrap(), []);
        roll_up(&*store, START + 60).await;
    }
}

async fn a_host_hour_leaves_out_what_cannot_be_compared(test: TestStore) {
    let store = test.store;
    seed(&*store).await;
    // Minute, seconds of CPU, bytes read, bytes received.
    let samples = [
        (START - 2, 100.0, 1_000, 10),
        (START, 110.0, 1_600, 20),
        (START + 1, 120.0, 2_200, 5), // the network's counters began anew
        (START + 20, 900.0, 9_000, 90), // a gap
        (START + 21, 3.0, 10, 91),    // a reboot, which the network hides
        (START + 22, 9.0, 70, 100),
    ];
    for (tick, (minute, cpu, read, received)) in (1..).zip(samples) {
        let host = HostMetrics {
            memory_used_bytes: u64::from(minute - (START - 2)),
            cpu_seconds_total: cpu,
            cpu_seconds_idle: cpu / 2.0,
            disk_read_bytes: read,
            net_rx_bytes: received,
            ..host()
        };
        let row = NodeMinuteRow { node: "n1".into(), minute: Minute(minute), host };
        let tick = TickNumber(tick);
        store.flush(&Batch { tick, node_minutes: vec![row], ..Batch::default() }).await.unwrap();
    }
    roll_up(&*store, START + 60).await;
    let hours = store.host_series("n1", span(Resolution::Hour), MINUTES_PER_HOUR).await.unwrap();
    let (start, sums) = hours[1];
    assert_eq!((start, sums.samples), (Minute(START), 5));
    assert_eq!(sums.memory_used_bytes, (2.0 + 3.0 + 22.0 + 23.0 + 24.0) / 5.0);
    assert_eq!((sums.cpu_seconds, sums.cpu_idle_seconds), (26.0, 13.0));
    assert_eq!((sums.disk_seconds, sums.disk_read_bytes), (240.0, 1_260.0));
    assert_eq!((sums.net_seconds, sums.net_rx_bytes), (240.0, 20.0));
    let days = store.host_series("n1", span(Resolution::Day), MINUTES_PER_DAY).await.unwrap();
    assert_eq!(days.len(), 2);
    assert_eq!(days[1], (Minute(START), sums));
}

async fn old_history_goes_and_the_boundary_day_stays(test: TestStore) {
    let store = test.store;
    seed(&*store).await;
    let minutes = [(START - 1, 1), (START, 10), (START + MINUTES_PER_DAY, 100)];
    write(&*store, &minutes).await;
    let mut batch = Batch { tick: TickNumber(9), ..Batch::default() };
    for (ordinal, (minute, _)) in minutes.iter().enumerate() {
        let at = Minute(*minute).start();
        let ordinal = ordinal as u32;
        let mut event = event_row(9, ordinal, "n1", None);
        let mut line = log_row(9, ordinal + 10, "n1", "p1", "line");
        (event.at, line.at) = (at, at);
        batch.status_events.push(event);
        batch.logs.push(line);
    }
    store.flush(&batch).await.unwrap();
    roll_up(&*store, START + 2 * MINUTES_PER_DAY).await;

    for kind in HistoryKind::ALL {
        let forgotten = store.forget(kind, DAY).await.unwrap();
        let expected = match (store.kind(), kind) {
            // Ten days and a hundred share a partition, and some of them are to be kept.
            ("postgres", HistoryKind::Hours | HistoryKind::Days) => (0, 0),
            ("postgres", HistoryKind::Minutes) => (4, 0),
            ("postgres", HistoryKind::Events | HistoryKind::Logs) => (1, 0),
            (_, HistoryKind::Minutes | HistoryKind::Hours | HistoryKind::Days) => (0, 4),
            (_, HistoryKind::Events | HistoryKind::Logs) => (0, 1),
        };
        // The fixture's own day, on which p1 was made, is long after.
        assert_eq!((forgotten.partitions, forgotten.rows), expected, "{kind:?}");
        assert_eq!(store.forget(kind, DAY).await.unwrap(), Forgotten::default());
    }
    let left = [(0, 10), (i64::from(MINUTES_PER_DAY), 100)];
    assert_eq!(rows(&*store, Resolution::Minute).await, left);
    assert_eq!(store.status_events(&history_of("e1")).await.unwrap().len(), 2);
    assert_eq!(store.logs(&history_of("e1")).await.unwrap().len(), 2);
    store.forget(HistoryKind::Hours, DAY + 200).await.unwrap();
    assert_eq!(rows(&*store, Resolution::Hour).await, []);
    // What is dropped can be written again.
    write(&*store, &[(START - 1, 1)]).await;
}

async fn late_minutes_of_days_that_are_gone_change_no_hour(test: TestStore) {
    let store = test.store;
    seed(&*store).await;
    let old = START - 1 - MINUTES_PER_DAY;
    write(&*store, &[(old - 1, 1), (old, 10), (START + 60, 100)]).await;
    roll_up(&*store, START + 120).await;
    let before = rows(&*store, Resolution::Hour).await;
    store.forget(HistoryKind::Minutes, DAY - 1).await.unwrap();
    write(&*store, &[(old, 10)]).await;
    let first = (START - MINUTES_PER_DAY) / MINUTES_PER_HOUR;
    assert_eq!(store.next_hour().await.unwrap(), Hour(first));
    roll_up(&*store, START + 120).await;
    assert_eq!(rows(&*store, Resolution::Hour).await, before);
}

async fn what_is_rolled_up_goes_with_its_node_and_pipeline(test: TestStore) {
    let store = test.store;
    seed(&*store).await;
    write(&*store, &[(START, 1)]).await;
    roll_up(&*store, START + 60).await;
    let hours = span(Resolution::Hour);
    let by_node = || store.volume_totals("e1", Breakdown::Nodes, hours);
    assert_eq!(by_node().await.unwrap().len(), 1);
    store.delete_node("n1").await.unwrap();
    assert_eq!(by_node().await.unwrap(), []);
    assert_eq!(store.host_series("n1", hours, 60).await.unwrap(), []);
    assert_eq!(rows(&*store, Resolution::Day).await, [(0, 1)]);
    store.delete_pipeline("p1").await.unwrap();
    assert_eq!(rows(&*store, Resolution::Day).await, []);
    assert_eq!(store.latency_series("p1", hours, 60).await.unwrap(), []);
}

#[tokio::test]
async fn a_retention_of_many_chunks_deletes_all_that_is_old() {
    let test = TestStore::on_sqlite().await;
    seed(&*test.store).await;
    for tick in 1..=3 {
        let mut batch = Batch { tick: TickNumber(tick), ..Batch::default() };
        let at = Minute(START + tick as u32 * MINUTES_PER_DAY).start();
        for ordinal in 0..6_000 {
            let mut line = log_row(tick, ordinal, "n1", "p1", "line");
            line.at = at;
            batch.logs.push(line);
            let minute = Minute(START + tick as u32 * MINUTES_PER_DAY - ordinal % 1_000);
            let node = if ordinal % 2 == 0 { "n1" } else { "n2" };
            batch.node_minutes.push(NodeMinuteRow { node: node.into(), minute, host: host() });
        }
        test.store.flush(&batch).await.unwrap();
    }
    let gone = test.store.forget(HistoryKind::Logs, DAY + 3).await.unwrap();
    assert_eq!(gone, Forgotten { partitions: 0, rows: 12_000 });
    let lines = test.store.logs(&history_of("e1")).await.unwrap();
    let day = Minute(START + 3 * MINUTES_PER_DAY).start();
    assert!(lines.iter().all(|line| line.at == day), "the day that is kept");
}
