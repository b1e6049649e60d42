//! What the two databases do differently. Everything else about the store is written once, above it.

use async_trait::async_trait;
use systole_systems::rows::Batch;

use crate::store::history::TickBounds;
use crate::store::row::Row;
use crate::store::value::Statement;
use crate::store::{Forgotten, HistoryKind, HistoryQuery, StoreResult, StoredLog};

/// Reads one row.
pub(crate) type ReadRow<T> = fn(&mut Row<'_>) -> StoreResult<T>;

/// One of the databases, reached through its connections.
#[async_trait]
pub(crate) trait Dialect: Send + Sync + 'static {
    /// Its name, for people.
    const KIND: &'static str;

    /// The condition that `column` is in the set that is value number `position`.
    fn is_among(column: &str, position: usize) -> String;

    /// The sum of a column of whole numbers, or the largest number there is.
    fn sum(column: &str) -> String;

    /// Answers all rows of a statement that changes nothing.
    async fn read<T: Send>(
        &self,
        statement: Statement<'_>,
        read: ReadRow<T>,
    ) -> StoreResult<Vec<T>>;

    /// Runs statements in one transaction and answers the rows of the last.
    async fn write<T: Send>(
        &self,
        statements: Vec<Statement<'_>>,
        read: ReadRow<T>,
    ) -> StoreResult<Vec<T>>;

    /// Writes a batch in one transaction; refuses one that is older than what was flushed last.
    async fn flush(&self, batch: &Batch) -> StoreResult<()>;

    /// Log lines that hold the words of `query`, newest first.
    async fn search(&self, query: &HistoryQuery, bounds: TickBounds)
    -> StoreResult<Vec<StoredLog>>;

    /// Makes room for what a day is rolled up to.
    async fn prepare_rollup(&self, day: u64) -> StoreResult<()>;

    /// Deletes history of days before `before_day`, without keeping flushes waiting for long.
    async fn forget(&self, kind: HistoryKind, before_day: u64) -> StoreResult<Forgotten>;

    /// Ends all connections.
    async fn close(&self);
}
