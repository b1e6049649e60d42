//! The session of this server in the database: it holds the lock that keeps a second server out, and
//! every flush goes through it, so that nobody flushes without the lock.

use std::io;
use std::time::Duration;

use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection as _, Error, PgConnection};
use systole_systems::rows::Batch;
use tokio::time::{sleep, timeout};

use super::partitions::Days;
use super::{PATIENCE, flush};
use crate::store::failure::classify;
use crate::store::migrations::{self, pending};
use crate::store::{StoreError, StoreResult};

/// The advisory lock of a server: "systole" in ASCII.
const LOCK: &str = "select pg_try_advisory_lock(x'00737973746f6c65'::bigint)";

/// How often, and how far apart, a server that starts asks for the lock.
const LOCK_ATTEMPTS: u32 = 10;
const LOCK_PAUSE: Duration = Duration::from_millis(200);

/// A connection that holds the lock.
pub(super) struct Session {
    connection: PgConnection,
    days: Days,
}

impl Session {
    /// Takes the lock and brings the schema up to date. A server that has just stopped may still
    /// hold the lock for a moment, so it is asked for a few times.
    pub(super) async fn open(options: &PgConnectOptions) -> StoreResult<Session> {
        for _ in 0..LOCK_ATTEMPTS {
            let (mut session, is_locked) = Session::connect(options).await?;
            if is_locked {
                migrate(&mut session.connection).await?;
                return Ok(session);
            }
            session.close().await;
            sleep(LOCK_PAUSE).await;
        }
        Err(StoreError::Refused(
            "another server is running on this database; it takes one at a time".into(),
        ))
    }

    /// Takes the lock again after the connection was lost. The database may not have noticed the
    /// loss yet, so finding the lock taken says little: the next flush asks again.
    pub(super) async fn reopen(options: &PgConnectOptions) -> StoreResult<Session> {
        let (session, is_locked) = Session::connect(options).await?;
        if !is_locked {
            return Err(StoreError::Unavailable(
                "the lock of this server was lost and is held by another session".into(),
            ));
        }
        Ok(session)
    }

    async fn connect(options: &PgConnectOptions) -> StoreResult<(Session, bool)> {
        let connecting = async {
            let mut connection = PgConnection::connect_with(options).await?;
            let is_locked = sqlx::query_scalar(LOCK).fetch_one(&mut connection).await?;
            Ok((Session { connection, days: Days::default() }, is_locked))
        };
        match timeout(PATIENCE, connecting).await {
            Ok(connected) => connected.map_err(classify),
            Err(_) => Err(classify(Error::Io(io::ErrorKind::TimedOut.into()))),
        }
    }

    pub(super) async fn flush(&mut self, batch: &Batch) -> StoreResult<()> {
        self.days.prepare(&mut self.connection, batch).await?;
        flush::write(&mut self.connection, batch).await
    }

    /// True when the connection still works, with an unfinished transaction rolled back.
    pub(super) async fn is_usable(&mut self) -> bool {
        matches!(timeout(PATIENCE, self.connection.ping()).await, Ok(Ok(())))
    }

    pub(super) async fn close(self) {
        // Nothing is lost when the good-bye is: the lock ends with the connection.
        self.connection.close().await.ok();
    }
}

async fn migrate(connection: &mut PgConnection) -> StoreResult<()> {
    let mut transaction = connection.begin().await.map_err(classify)?;
    sqlx::raw_sql(migrations::CREATE_TABLE).execute(&mut *transaction).await.map_err(classify)?;
    let applied: Vec<(i64, String)> =
        sqlx::query_as(migrations::APPLIED).fetch_all(&mut *transaction).await.map_err(classify)?;
    for migration in pending(migrations::POSTGRES, &applied)? {
        sqlx::raw_sql(migration.sql).execute(&mut *transaction).await.map_err(classify)?;
        sqlx::query(migrations::RECORD)
            .bind(i64::from(migration.number))
            .bind(migration.checksum())
            .execute(&mut *transaction)
            .await
            .map_err(classify)?;
    }
    transaction.commit().await.map_err(classify)
}
