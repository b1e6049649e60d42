//! Postgres: the production store. A pool serves reads and the control plane; flushes go through the
//! one session that holds the lock of the server.

mod bind;
mod flush;
mod partitions;
mod search;
mod session;

use std::str::FromStr as _;
use std::time::Duration;

use async_trait::async_trait;
use sqlx::PgPool;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use systole_systems::rows::Batch;
use tokio::sync::Mutex;
use tokio::time::timeout;

use crate::store::dialect::{Dialect, ReadRow};
use crate::store::failure::classify;
use crate::store::history::TickBounds;
use crate::store::row::Row;
use crate::store::value::Statement;
use crate::store::{Forgotten, HistoryKind, HistoryQuery, StoreError, StoreResult, StoredLog};

use bind::query;
use session::Session;

/// Time after which a call that finds no connection fails.
const PATIENCE: Duration = Duration::from_secs(3);
/// Time a call may take, finding a connection included.
const CALL_LONGEST: Duration = Duration::from_secs(30);
/// Calls of the control plane and reads of history at one time.
const CONNECTIONS: u32 = 6;

/// A plan for the values of a call finds the partitions they are in, and the words that are rare;
/// compiling plans takes longer than running them.
const OF_READS: [(&str, &str); 2] = [("plan_cache_mode", "force_custom_plan"), ("jit", "off")];

/// A Postgres database.
pub(crate) struct Postgres {
    options: PgConnectOptions,
    pool: PgPool,
    /// Held for the length of a flush: there is one session, and one flush at a time. Empty after
    /// the connection was lost.
    session: Mutex<Option<Session>>,
}

impl Postgres {
    pub(crate) async fn open(url: &str) -> StoreResult<Postgres> {
        let options = PgConnectOptions::from_str(url).map_err(classify)?;
        let options = options.application_name("systole");
        let session = Session::open(&options).await?;
        let pool = PgPoolOptions::new()
            .max_connections(CONNECTIONS)
            .acquire_timeout(PATIENCE)
            .connect_lazy_with(options.clone().options(OF_READS));
        Ok(Postgres { options, pool, session: Mutex::new(Some(session)) })
    }
}

/// Runs a call within its time: a database that took it and says nothing more must not hold up the
/// control plane for ever.
async fn within<T>(call: impl Future<Output = Result<T, sqlx::Error>>) -> StoreResult<T> {
    match timeout(CALL_LONGEST, call).await {
        Ok(outcome) => outcome.map_err(classify),
        Err(_) => Err(StoreError::Unavailable("it does not answer".into())),
    }
}

#[async_trait]
impl Dialect for Postgres {
    const KIND: &'static str = "postgres";

    fn is_among(column: &str, position: usize) -> String {
        format!("{column} = any(${position})")
    }

    fn sum(column: &str) -> String {
        format!("cast(least(sum({column}), 9223372036854775807) as bigint)")
    }

    async fn read<T: Send>(
        &self,
        statement: Statement<'_>,
        read: ReadRow<T>,
    ) -> StoreResult<Vec<T>> {
        let rows = within(query(statement).fetch_all(&self.pool)).await?;
        rows.iter().map(|row| read(&mut Row::new(row))).collect()
    }

    async fn write<T: Send>(
        &self,
        statements: Vec<Statement<'_>>,
        read: ReadRow<T>,
    ) -> StoreResult<Vec<T>> {
        let writing = async {
            let mut transaction = self.pool.begin().await?;
            let mut rows = Vec::new();
            for statement in statements {
                rows = query(statement).fetch_all(&mut *transaction).await?;
            }
            transaction.commit().await?;
            Ok(rows)
        };
        let rows = within(writing).await?;
        rows.iter().map(|row| read(&mut Row::new(row))).collect()
    }

    async fn flush(&self, batch: &Batch) -> StoreResult<()> {
        let mut place = self.session.lock().await;
        // Taken out for the time of the flush: one that is given up half-way loses the session,
        // and with it the unfinished transaction.
        let mut session = match place.take() {
            Some(session) => session,
            None => Session::reopen(&self.options).await?,
        };
        let flushed = session.flush(batch).await;
        if flushed.is_ok() || session.is_usable().await {
            *place = Some(session);
        }
        flushed
    }

    async fn search(
        &self,
        query: &HistoryQuery,
        bounds: TickBounds,
    ) -> StoreResult<Vec<StoredLog>> {
        search::search(self, query, bounds).await
    }

    async fn prepare_rollup(&self, day: u64) -> StoreResult<()> {
        partitions::prepare_rollup(&self.pool, day).await
    }

    async fn forget(&self, kind: HistoryKind, before_day: u64) -> StoreResult<Forgotten> {
        partitions::drop_old(&self.pool, kind, before_day).await
    }

    async fn close(&self) {
        self.pool.close().await;
        if let Some(session) = self.session.lock().await.take() {
            session.close().await;
        }
    }
}
