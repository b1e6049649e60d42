//! The engine a server begins with: out of its journal, or out of the store's rows when there is none.

use std::sync::Arc;
use std::time::Duration;

use systole_systems::answer::AnswerBody;
use systole_systems::engine::Engine;
use systole_systems::input::Inputs;
use systole_systems::query::Query;
use systole_systems::time::{Tick, TickNumber};

use crate::app::Caches;
use crate::boot::reconcile::Reconciliation;
use crate::boot::{Identities, load, read_identities};
use crate::clock::{Clock, wall_now};
use crate::journal::JournalError;
use crate::journal::disk::Disk;
use crate::journal::record::Head;
use crate::journal::recovery::{Recovered, recover};
use crate::journal::snapshot;
use crate::journal::writer::Writer;
use crate::store::{Store, StoreError};

/// Where a server goes on from.
pub struct Beginning {
    pub engine: Engine,
    pub clock: Clock,
    pub writer: Writer,
    /// The last tick whose batch the store has.
    pub stored: TickNumber,
    pub identity: String,
    /// What the store knows and the engine does not; to be run after `Input::Started`.
    pub news: Vec<Inputs>,
}

/// Why there is nothing to go on from.
#[derive(Debug)]
pub enum BeginningError {
    Store(StoreError),
    Journal(JournalError),
}

impl From<StoreError> for BeginningError {
    fn from(error: StoreError) -> BeginningError {
        BeginningError::Store(error)
    }
}

impl From<JournalError> for BeginningError {
    fn from(error: JournalError) -> BeginningError {
        BeginningError::Journal(error)
    }
}

/// Brings an engine up to date and begins a new segment of the journal; fills the caches.
pub async fn begin(
    store: &Arc<dyn Store>,
    caches: &Caches,
    disk: Arc<dyn Disk>,
    tick_max: Duration,
) -> Result<Beginning, BeginningError> {
    let identity = store.identity().await?;
    let stored = store.last_tick().await?;
    let recovering = {
        let (disk, identity) = (disk.clone(), identity.clone());
        tokio::task::spawn_blocking(move || recover(&disk, &identity, stored))
    };
    let identities = read_identities(&**store, caches).await?;
    let recovered = recovering.await.unwrap_or_else(|_| Err(JournalError::Breaks))?;
    match recovered {
        Some(recovered) => Ok(go_on(recovered, &identities, disk, identity, stored, tick_max)?),
        None => {
            if stored > TickNumber(0) {
                tracing::warn!(
                    tick = stored.0,
                    "there is no journal; going on from the rows of the database alone"
                );
            }
            let mut chunks = Vec::new();
            let minute = wall_now().minute();
            load(&**store, &identities, minute, |inputs| chunks.push(inputs)).await?;
            let last = Tick { number: stored, ..Tick::default() };
            let clock = Clock::new(last, tick_max);
            let starting = tokio::task::spawn_blocking(move || {
                start_anew(&chunks, clock, disk, (identity, stored))
            });
            let (engine, clock, writer, identity) =
                starting.await.expect("rows of the store are valid inputs")?;
            Ok(Beginning { engine, clock, writer, stored, identity, news: Vec::new() })
        }
    }
}

/// Goes on where the journal ends.
fn go_on(
    recovered: Recovered,
    identities: &Identities,
    disk: Arc<dyn Disk>,
    identity: String,
    stored: TickNumber,
    tick_max: Duration,
) -> Result<Beginning, JournalError> {
    let writer = next_segment(&recovered, &identity, disk)?;
    let Recovered { engine, ticks, torn_bytes, is_rebased, .. } = recovered;
    let last = engine.last_tick();
    tracing::info!(ticks, last = last.number.0, torn_bytes, "recovered from the journal");
    if is_rebased {
        tracing::warn!(
            stored = stored.0,
            "the database has lost what it had committed; the journal writes it again"
        );
    }
    let clock = Clock::new(last, tick_max);

    let AnswerBody::Directory(known) = engine.read(&Query::Directory).body else {
        unreachable!("each question has one kind of answer")
    };
    let (mut comparison, people) = Reconciliation::begin(*known, &identities.directory);
    let mut news = vec![people];
    news.extend(identities.nodes.iter().map(|page| comparison.page(page)));
    news.push(comparison.finish());
    news.retain(|inputs| !inputs.is_empty());
    Ok(Beginning { engine, clock, writer, stored, identity, news })
}

/// Begins with the rows of the store; the journal, with a snapshot of what they come to.
fn start_anew(
    chunks: &[Inputs],
    mut clock: Clock,
    disk: Arc<dyn Disk>,
    (identity, stored): (String, TickNumber),
) -> Result<(Engine, Clock, Writer, String), JournalError> {
    let mut engine = Engine::default();
    for chunk in chunks {
        // Nobody has been heard yet.
        engine.tick(clock.stamp(true), chunk);
    }
    engine.note_committed(stored);
    let writer = begin_with_state(&engine, &identity, disk)?;
    Ok((engine, clock, writer, identity))
}

/// Begins the segment that comes after what was recovered.
pub fn next_segment(
    recovered: &Recovered,
    identity: &str,
    disk: Arc<dyn Disk>,
) -> Result<Writer, JournalError> {
    if recovered.is_rebased || recovered.replaces_state {
        return begin_with_state(&recovered.engine, identity, disk);
    }
    Writer::begin(disk, &Head::continuing(identity, recovered.engine.last_tick()), None)
}

/// Begins a segment that holds the state to begin with.
pub fn begin_with_state(
    engine: &Engine,
    identity: &str,
    disk: Arc<dyn Disk>,
) -> Result<Writer, JournalError> {
    let image = engine.image();
    Writer::begin(disk, &Head::beginning(identity, &image), Some(&snapshot::pack(&image)))
}
