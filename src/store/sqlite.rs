//! SQLite: the embedded store. One connection writes, so that writers queue here and never find the
//! file busy; a few more read beside it.

mod bind;
mod flush;
mod retention;
mod search;

use std::time::Duration;

use async_trait::async_trait;
use sqlx::pool::PoolConnection;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteRow, SqliteSynchronous,
};
use sqlx::{Connection as _, SqliteConnection, SqlitePool};
use systole_systems::rows::Batch;

use crate::store::dialect::{Dialect, ReadRow};
use crate::store::failure::classify;
use crate::store::history::TickBounds;
use crate::store::migrations::{self, pending};
use crate::store::row::{Readable as _, Row};
use crate::store::value::Statement;
use crate::store::{Forgotten, HistoryKind, HistoryQuery, StoreError, StoreResult, StoredLog};

use bind::query;

/// Time after which a call that finds no connection, or the file held by another process, fails.
const PATIENCE: Duration = Duration::from_secs(3);
/// Reads at one time.
const READERS: u32 = 4;
/// What the writer keeps of the file in memory, at most. A flush of a large fleet touches a page
/// for nearly every row: with the 2 MiB that SQLite takes by itself it writes and reads most of them many times.
const WRITER_CACHE_KIB: u32 = 128 << 10;
/// Waiting for the one who writes at the moment: a flush of a large fleet takes some seconds, and that is no
/// reason to refuse somebody who signs in.
const WRITER_PATIENCE: Duration = Duration::from_secs(15);
/// Takes the right to write at once; asking for it later could find it gone.
const BEGIN: &str = "begin immediate";

/// A SQLite file.
pub(crate) struct Sqlite {
    writer: SqlitePool,
    readers: SqlitePool,
}

impl Sqlite {
    pub(crate) async fn open(path: &str) -> StoreResult<Sqlite> {
        if path.is_empty() || path.starts_with(":memory:") {
            return Err(StoreError::Refused("a SQLite store is a file: sqlite:PATH".into()));
        }
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(PATIENCE);
        let pool = SqlitePoolOptions::new().acquire_timeout(PATIENCE);
        let writing = options.clone().pragma("cache_size", format!("-{WRITER_CACHE_KIB}"));
        let writer = pool.clone().max_connections(1);
        let patient =
            writer.acquire_timeout(WRITER_PATIENCE).acquire_slow_threshold(WRITER_PATIENCE);
        let writer = patient.connect_with(writing).await;
        let writer = writer.map_err(classify)?;
        migrate(&writer).await?;
        let readers = pool.max_connections(READERS).connect_lazy_with(options);
        Ok(Sqlite { writer, readers })
    }
}

async fn migrate(writer: &SqlitePool) -> StoreResult<()> {
    let mut transaction = writer.begin_with(BEGIN).await.map_err(classify)?;
    sqlx::raw_sql(migrations::CREATE_TABLE).execute(&mut *transaction).await.map_err(classify)?;
    let applied: Vec<(i64, String)> =
        sqlx::query_as(migrations::APPLIED).fetch_all(&mut *transaction).await.map_err(classify)?;
    for migration in pending(migrations::SQLITE, &applied)? {
        sqlx::raw_sql(migration.sql).execute(&mut *transaction).await.map_err(classify)?;
        sqlx::query(migrations::RECORD)
            .bind(migration.number)
            .bind(migration.checksum())
            .execute(&mut *transaction)
            .await
            .map_err(classify)?;
    }
    transaction.commit().await.map_err(classify)
}

/// Runs statements in one transaction and answers the rows of the last.
async fn run(
    connection: &mut SqliteConnection,
    statements: Vec<Statement<'_>>,
) -> StoreResult<Vec<SqliteRow>> {
    let mut transaction = connection.begin_with(BEGIN).await.map_err(classify)?;
    let mut rows = Vec::new();
    for statement in statements {
        rows = query(statement).fetch_all(&mut *transaction).await.map_err(classify)?;
    }
    transaction.commit().await.map_err(classify)?;
    Ok(rows)
}

async fn run_flush(connection: &mut SqliteConnection, batch: &Batch) -> StoreResult<()> {
    let mut transaction = connection.begin_with(BEGIN).await.map_err(classify)?;
    flush::write(&mut transaction, batch).await?;
    transaction.commit().await.map_err(classify)
}

/// When the disk is full or fails, SQLite ends the transaction by itself. The driver takes it for
/// open and begins no other on this connection, so the next call gets a new one.
fn close_if_broken<T>(connection: &mut PoolConnection<sqlx::Sqlite>, outcome: &StoreResult<T>) {
    match outcome {
        Err(StoreError::Unavailable(_) | StoreError::Refused(_)) => connection.close_on_drop(),
        Ok(_) | Err(StoreError::Conflict(_) | StoreError::NotFound) => (),
    }
}

#[async_trait]
impl Dialect for Sqlite {
    const KIND: &'static str = "sqlite";

    fn is_among(column: &str, position: usize) -> String {
        format!("{column} in (select value from json_each(${position}))")
    }

    fn sum(column: &str) -> String {
        // As a floating point number it cannot overflow; the cast stops at the largest integer.
        format!("cast(total({column}) as integer)")
    }

    async fn read<T: Send>(
        &self,
        statement: Statement<'_>,
        read: ReadRow<T>,
    ) -> StoreResult<Vec<T>> {
        let rows = query(statement).fetch_all(&self.readers).await.map_err(classify)?;
        rows.iter().map(|row| read(&mut Row::new(row))).collect()
    }

    async fn write<T: Send>(
        &self,
        statements: Vec<Statement<'_>>,
        read: ReadRow<T>,
    ) -> StoreResult<Vec<T>> {
        let mut connection = self.writer.acquire().await.map_err(classify)?;
        let rows = run(&mut connection, statements).await;
        close_if_broken(&mut connection, &rows);
        rows?.iter().map(|row| read(&mut Row::new(row))).collect()
    }

    async fn flush(&self, batch: &Batch) -> StoreResult<()> {
        let mut connection = self.writer.acquire().await.map_err(classify)?;
        let flushed = run_flush(&mut connection, batch).await;
        close_if_broken(&mut connection, &flushed);
        flushed
    }

    async fn search(
        &self,
        query: &HistoryQuery,
        bounds: TickBounds,
    ) -> StoreResult<Vec<StoredLog>> {
        self.read(search::search(query, bounds), StoredLog::read).await
    }

    async fn prepare_rollup(&self, _: u64) -> StoreResult<()> {
        Ok(())
    }

    async fn forget(&self, kind: HistoryKind, before_day: u64) -> StoreResult<Forgotten> {
        retention::delete_old(self, kind, before_day).await
    }

    async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}
