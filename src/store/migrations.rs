//! The steps that make the schema, and which of them a database still needs.

use sha2::{Digest as _, Sha256};

use crate::auth::secrets::hex;
use crate::store::{StoreError, StoreResult};

/// One step; its number is its place in the list, from 1.
pub(crate) struct Migration {
    pub(crate) number: u32,
    pub(crate) sql: &'static str,
}

pub(crate) const POSTGRES: &[Migration] = &[
    Migration { number: 1, sql: include_str!("../../migrations/postgres/0001_fleet.sql") },
    Migration { number: 2, sql: include_str!("../../migrations/postgres/0002_store_identity.sql") },
    Migration { number: 3, sql: include_str!("../../migrations/postgres/0003_history.sql") },
    Migration { number: 4, sql: include_str!("../../migrations/postgres/0004_deploys.sql") },
    Migration { number: 5, sql: include_str!("../../migrations/postgres/0005_audit.sql") },
];
pub(crate) const SQLITE: &[Migration] = &[
    Migration { number: 1, sql: include_str!("../../migrations/sqlite/0001_fleet.sql") },
    Migration { number: 2, sql: include_str!("../../migrations/sqlite/0002_store_identity.sql") },
    Migration { number: 3, sql: include_str!("../../migrations/sqlite/0003_history.sql") },
    Migration { number: 4, sql: include_str!("../../migrations/sqlite/0004_deploys.sql") },
    Migration { number: 5, sql: include_str!("../../migrations/sqlite/0005_audit.sql") },
];

pub(crate) const CREATE_TABLE: &str = "\
create table if not exists schema_migration (number bigint primary key, checksum text not null)";
pub(crate) const APPLIED: &str = "select number, checksum from schema_migration order by number";
pub(crate) const RECORD: &str = "insert into schema_migration (number, checksum) values ($1, $2)";

impl Migration {
    /// Tells an edited step from the one that was applied.
    pub(crate) fn checksum(&self) -> String {
        hex(&Sha256::digest(self.sql.as_bytes()))
    }
}

/// The steps that a database which has `applied` still needs.
pub(crate) fn pending(
    known: &'static [Migration],
    applied: &[(i64, String)],
) -> StoreResult<&'static [Migration]> {
    for (position, (number, checksum)) in applied.iter().enumerate() {
        let Some(migration) = known.get(position).filter(|m| i64::from(m.number) == *number) else {
            return Err(StoreError::Refused(format!(
                "the database has schema {number} and this version knows schemas up to {}; \
                 use the version that made it, or a newer one",
                known.len(),
            )));
        };
        if migration.checksum() != *checksum {
            return Err(StoreError::Refused(format!(
                "schema {number} of the database was made by another text than this version's",
            )));
        }
    }
    Ok(&known[applied.len()..])
}
