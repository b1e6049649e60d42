//! Opens the store that a URL names and brings its schema up to date.

use std::sync::Arc;

use crate::store::postgres::Postgres;
use crate::store::sql_store::SqlStore;
use crate::store::sqlite::Sqlite;
use crate::store::{Store, StoreError, StoreResult};

/// Opens `postgres://...` or `sqlite:PATH`; the file is created when it is missing.
pub async fn open(url: &str) -> StoreResult<Arc<dyn Store>> {
    if let Some(path) = url.strip_prefix("sqlite:") {
        let database = Sqlite::open(path.strip_prefix("//").unwrap_or(path)).await?;
        return Ok(Arc::new(SqlStore { database }));
    }
    if url.starts_with("postgres://") || url.starts_with("postgresql://") {
        let database = Postgres::open(url).await?;
        return Ok(Arc::new(SqlStore { database }));
    }
    Err(StoreError::Refused("a database URL starts with postgres:// or sqlite:".into()))
}
