//! Maintenance of the store: what it does in a run, and what it leaves alone.

use systole::maintenance::{Maintenance, MaintenanceCounts, MaintenanceReport};
use systole::store::resolution::MINUTES_PER_DAY;
use systole::store::retention::Retention;
use systole_systems::rows::Batch;
use systole_systems::time::{Millis, Minute, TickNumber};

use super::fixtures::*;
use super::{TestStore, on_both_stores};

on_both_stores!(
    a_run_rolls_up_what_is_over_and_deletes_what_is_old,
    minutes_stay_while_they_cannot_be_rolled_up,
);

fn maintenance(test: &TestStore) -> Maintenance {
    let retention = Retention { minutes: 1, logs: 2, ..Retention::default() };
    let counts = MaintenanceCounts::default();
    Maintenance { store: test.store.clone(), retention, counts, first_days: [0; 5] }
}

/// The start of the day of `MINUTE`, so many days later.
fn day(later: u32) -> Millis {
    Minute((MINUTE.0 / MINUTES_PER_DAY + later) * MINUTES_PER_DAY).start()
}

async fn a_run_rolls_up_what_is_over_and_deletes_what_is_old(test: TestStore) {
    seed(&*test.store).await;
    test.store.flush(&full_batch(1)).await.unwrap();
    let mut maintenance = maintenance(&test);
    maintenance.run(Minute(MINUTE.0).start()).await;
    let first = MaintenanceReport { runs: 1, ..MaintenanceReport::default() };
    assert_eq!(maintenance.counts.report(), first, "its hour is not over");
    // A day back is still kept.
    maintenance.run(day(1)).await;
    let hours = u64::from(MINUTES_PER_DAY / 60 - MINUTE.0 % MINUTES_PER_DAY / 60);
    let rolled = MaintenanceReport { runs: 2, hours_rolled_up: hours, ..first };
    assert_eq!(maintenance.counts.report(), rolled);
    maintenance.run(day(2)).await;
    assert_eq!(test.store.node_minutes("n1", Minute(0)).await.unwrap(), []);
    assert_eq!(test.store.logs(&history_of("e1")).await.unwrap().len(), 1);
    maintenance.run(day(3)).await;
    assert_eq!(test.store.logs(&history_of("e1")).await.unwrap(), []);
    assert_eq!(test.store.status_events(&history_of("e1")).await.unwrap().len(), 1);
    let MaintenanceReport { failures, rows_deleted, partitions_dropped, .. } =
        maintenance.counts.report();
    // The four tables of minutes and the lines; on Postgres also the days made ahead of their rows.
    let expected = if test.store.kind() == "sqlite" { (5, 0) } else { (0, 9) };
    assert_eq!((failures, (rows_deleted, partitions_dropped)), (0, expected));
}

async fn minutes_stay_while_they_cannot_be_rolled_up(test: TestStore) {
    seed(&*test.store).await;
    let batch = Batch { status_events: Vec::new(), logs: Vec::new(), ..full_batch(1) };
    test.store.flush(&batch).await.unwrap();
    let mut maintenance = maintenance(&test);
    test.store.close().await;
    maintenance.run(day(30)).await;
    let report = maintenance.counts.report();
    // The rollup, and each kind but minutes.
    assert_eq!((report.failures, report.hours_rolled_up), (5, 0));

    let store = systole::store::open(&test.url).await.unwrap();
    assert_eq!(store.node_minutes("n1", Minute(0)).await.unwrap().len(), 1);
    store.flush(&Batch { tick: TickNumber(2), ..Batch::default() }).await.unwrap();
    maintenance.store = store.clone();
    maintenance.run(day(30)).await;
    assert_eq!(store.node_minutes("n1", Minute(0)).await.unwrap(), []);
    assert_eq!(maintenance.counts.report().failures, 5);
}
