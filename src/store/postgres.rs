//! Postgres: the production store. A pool serves reads and the control plane; flushes go through the
//! one session that holds the lock of the server.

mod bind;
mod days;
mod flush;
mod session;

use std::str::FromStr as _;
use std::time::Duration;

use async_trait::async_trait;
use sqlx::PgPool;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use systole_systems::rows::Batch;
use tokio::sync::Mutex;

use crate::store::StoreResult;
use crate::store::dialect::{Dialect, ReadRow};
use crate::store::failure::classify;
use crate::store::row::Row;
use crate::store::value::Statement;

use bind::query;
use session::Session;

/// Time after which a call that finds no connection fails.
const PATIENCE: Duration = Duration::from_secs(3);
/// Calls of the control plane and reads of history at one time.
const CONNECTIONS: u32 = 6;

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
            .connect_lazy_with(options.clone());
        Ok(Postgres { options, pool, session: Mutex::new(Some(session)) })
    }
}

#[async_trait]
impl Dialect for Postgres {
    const KIND: &'static str = "postgres";
    const LIKE: &'static str = "ilike";

    fn is_among(column: &str, position: usize) -> String {
        format!("{column} = any(${position})")
    }

    async fn read<T: Send>(
        &self,
        statement: Statement<'_>,
        read: ReadRow<T>,
    ) -> StoreResult<Vec<T>> {
        let rows = query(statement).fetch_all(&self.pool).await.map_err(classify)?;
        rows.iter().map(|row| read(&mut Row::new(row))).collect()
    }

    async fn write<T: Send>(
        &self,
        statements: Vec<Statement<'_>>,
        read: ReadRow<T>,
    ) -> StoreResult<Vec<T>> {
        let mut transaction = self.pool.begin().await.map_err(classify)?;
        let mut rows = Vec::new();
        for statement in statements {
            rows = query(statement).fetch_all(&mut *transaction).await.map_err(classify)?;
        }
        transaction.commit().await.map_err(classify)?;
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

    async fn close(&self) {
        self.pool.close().await;
        if let Some(session) = self.session.lock().await.take() {
            session.close().await;
        }
    }
}
