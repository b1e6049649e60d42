//! Writes batches to the store, one at a time, and tells the core how each ended.

use std::sync::Arc;
use std::time::Duration;

use systole_systems::input::{FlushOutcome, Input};
use systole_systems::rows::Batch;
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::clock::wall_now;
use crate::journal::status::JournalStatus;
use crate::ports::Ingress;
use crate::store::{Store, StoreError};

/// Pause after the first failure; doubles with each up to the longest.
const PAUSE_FIRST: Duration = Duration::from_millis(250);
const PAUSE_LONGEST: Duration = Duration::from_secs(5);

/// Time a flush may take. One that is given up may still commit: writing its rows again changes nothing.
const FLUSH_LONGEST: Duration = Duration::from_secs(30);

/// Writes until the driver is gone. A failed batch is given back to the core after a pause, so that
/// the next attempt writes the newest rows.
pub async fn write_batches(
    store: Arc<dyn Store>,
    ingress: Ingress,
    journal: JournalStatus,
    mut batches: mpsc::Receiver<Arc<Batch>>,
) {
    let mut pause = PAUSE_FIRST;
    while let Some(batch) = batches.recv().await {
        let flushed = match timeout(FLUSH_LONGEST, store.flush(&batch)).await {
            Ok(flushed) => flushed,
            Err(_) => Err(StoreError::Unavailable("it does not answer".into())),
        };
        let outcome = match flushed {
            Ok(()) => {
                if pause > PAUSE_FIRST {
                    tracing::info!(rows = batch.rows(), "the store is back, rows are written");
                }
                pause = PAUSE_FIRST;
                journal.note_stored(batch.tick);
                FlushOutcome::Committed
            }
            Err(StoreError::Refused(why)) => {
                tracing::error!(rows = batch.rows(), %why, "the store refused rows, they are lost");
                journal.note_store_answered();
                FlushOutcome::Refused
            }
            Err(error) => {
                tracing::warn!(rows = batch.rows(), %error, "rows wait for the store");
                journal.note_store_failure(error.to_string(), wall_now());
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(PAUSE_LONGEST);
                FlushOutcome::Failed
            }
        };
        let settled = Input::BatchSettled { batch: batch.id, outcome };
        if ingress.tell(&settled).is_err() {
            return;
        }
    }
}
