//! Keeps the store's history in shape: rolls minutes up, and lets what is old go. Never the reason for a
//! flush to wait long: every step is a short transaction, and between two of them flushes get their turn.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use systole_systems::time::{MINUTE_MILLIS, Millis};
use tokio::time::sleep;

use crate::clock::wall_now;
use crate::store::resolution::MINUTES_PER_HOUR;
use crate::store::retention::Retention;
use crate::store::{Forgotten, HistoryKind, Hour, RolledUp, Store, StoreError};

/// Minutes into the hour at which the one before is rolled up: its last minutes have been flushed.
const MINUTES_PAST_HOUR: u64 = 3;
/// Late batches that may get in the way of one hour; then it waits for the next run.
const OVERTAKEN_MAX: u32 = 3;

/// What was done since the process started. Cheap to clone; clones share the counts.
#[derive(Clone, Debug, Default)]
pub struct MaintenanceCounts {
    shared: Arc<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    runs: AtomicU64,
    failures: AtomicU64,
    hours: AtomicU64,
    rows: AtomicU64,
    partitions: AtomicU64,
}

/// The counts as of now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MaintenanceReport {
    pub runs: u64,
    pub failures: u64,
    pub hours_rolled_up: u64,
    pub rows_deleted: u64,
    pub partitions_dropped: u64,
}

impl MaintenanceCounts {
    /// The counts as of now.
    pub fn report(&self) -> MaintenanceReport {
        let Counts { runs, failures, hours, rows, partitions } = &*self.shared;
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        MaintenanceReport {
            runs: read(runs),
            failures: read(failures),
            hours_rolled_up: read(hours),
            rows_deleted: read(rows),
            partitions_dropped: read(partitions),
        }
    }

    fn add(count: &AtomicU64, more: u64) {
        count.fetch_add(more, Ordering::Relaxed);
    }
}

/// Maintains the store at once and then every hour, for as long as the process lives.
pub async fn maintain(store: Arc<dyn Store>, retention: Retention, counts: MaintenanceCounts) {
    let mut maintenance = Maintenance { store, retention, counts, first_days: [0; 5] };
    loop {
        maintenance.run(wall_now()).await;
        sleep(until_next_run(wall_now())).await;
    }
}

fn until_next_run(now: Millis) -> Duration {
    let hour = u64::from(MINUTES_PER_HOUR) * MINUTE_MILLIS;
    let into_hour = now.0 % hour;
    let due = MINUTES_PAST_HOUR * MINUTE_MILLIS;
    let wait = if into_hour < due { due - into_hour } else { hour + due - into_hour };
    Duration::from_millis(wait)
}

/// What maintenance needs, and how far it is.
pub struct Maintenance {
    pub store: Arc<dyn Store>,
    pub retention: Retention,
    pub counts: MaintenanceCounts,
    /// By kind: nothing from before this day is left. Looking for it costs SQLite a walk over all rows.
    pub first_days: [u32; HistoryKind::ALL.len()],
}

impl Maintenance {
    /// Does what is due; a failure is counted and tried again with the next run.
    pub async fn run(&mut self, now: Millis) {
        MaintenanceCounts::add(&self.counts.shared.runs, 1);
        let is_rolled_up = match self.roll_up(now).await {
            Ok(is_rolled_up) => is_rolled_up,
            Err(error) => {
                self.failed(&error, "minutes could not be rolled up, trying again in an hour");
                false
            }
        };
        for (kind, position) in HistoryKind::ALL.into_iter().zip(0..) {
            let first_day = self.retention.first_day(kind, now);
            // Minutes stay until they are in an hour.
            let must_stay = kind == HistoryKind::Minutes && !is_rolled_up;
            if must_stay || first_day <= self.first_days[position] {
                continue;
            }
            match self.store.forget(kind, first_day).await {
                Ok(forgotten) => {
                    self.first_days[position] = first_day;
                    self.note(kind, forgotten);
                }
                Err(error) => {
                    self.failed(
                        &error,
                        "old history could not be deleted, trying again in an hour",
                    );
                }
            }
        }
    }

    /// Rolls up all hours that are over; false when late batches kept one from being finished.
    async fn roll_up(&self, now: Millis) -> Result<bool, StoreError> {
        let running = Hour(now.minute().0 / MINUTES_PER_HOUR);
        let (mut hours, mut overtaken) = (0, 0);
        let is_rolled_up = loop {
            match self.store.roll_up_hour(running).await? {
                RolledUp::Nothing => break true,
                RolledUp::Done(_) => {
                    (hours, overtaken) = (hours + 1, 0);
                    MaintenanceCounts::add(&self.counts.shared.hours, 1);
                }
                RolledUp::Overtaken(hour) => {
                    overtaken += 1;
                    if overtaken == OVERTAKEN_MAX {
                        tracing::warn!(hour = hour.0, "minutes of this hour keep coming late");
                        break false;
                    }
                }
            }
        };
        if hours > 0 {
            tracing::info!(hours, "minutes are rolled up");
        }
        Ok(is_rolled_up)
    }

    fn note(&self, kind: HistoryKind, forgotten: Forgotten) {
        let Forgotten { partitions, rows } = forgotten;
        MaintenanceCounts::add(&self.counts.shared.partitions, partitions);
        MaintenanceCounts::add(&self.counts.shared.rows, rows);
        if forgotten != Forgotten::default() {
            tracing::info!(kind = kind.as_str(), partitions, rows, "old history is deleted");
        }
    }

    fn failed(&self, error: &StoreError, what: &'static str) {
        MaintenanceCounts::add(&self.counts.shared.failures, 1);
        tracing::warn!(%error, what);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_runs_shortly_after_each_hour() {
        let check = |minute: u64, wait_minutes: u64| {
            let now = Millis(minute * MINUTE_MILLIS);
            assert_eq!(until_next_run(now), Duration::from_secs(60 * wait_minutes), "{minute}");
        };
        check(0, 3);
        check(2, 1);
        check(3, 60);
        check(59, 4);
        check(60 * 500_000 + 30, 33);
    }
}
