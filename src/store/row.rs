//! Rows on their way out of the store: read from left to right, checked on the way.

use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{Error, Row as _};
use systole_systems::report::{Counts, HostMetrics, LogLevel};
use systole_systems::status::{NodeStatus, Role};
use systole_systems::time::{Millis, Minute, TickNumber};

use crate::store::failure::classify;
use crate::store::{Digest, StoreError, StoreResult};

/// A row of either database.
pub(crate) trait Columns {
    fn text(&self, column: usize) -> Result<Option<String>, Error>;
    fn integer(&self, column: usize) -> Result<Option<i64>, Error>;
    fn real(&self, column: usize) -> Result<f64, Error>;
    fn boolean(&self, column: usize) -> Result<bool, Error>;
    fn bytes(&self, column: usize) -> Result<Option<Vec<u8>>, Error>;
}

macro_rules! columns_of {
    ($row:ty) => {
        impl Columns for $row {
            fn text(&self, column: usize) -> Result<Option<String>, Error> {
                self.try_get(column)
            }

            fn integer(&self, column: usize) -> Result<Option<i64>, Error> {
                self.try_get(column)
            }

            fn real(&self, column: usize) -> Result<f64, Error> {
                self.try_get(column)
            }

            fn boolean(&self, column: usize) -> Result<bool, Error> {
                self.try_get(column)
            }

            fn bytes(&self, column: usize) -> Result<Option<Vec<u8>>, Error> {
                self.try_get(column)
            }
        }
    };
}

columns_of!(PgRow);
columns_of!(SqliteRow);

/// A row and how far it has been read.
pub(crate) struct Row<'r> {
    columns: &'r dyn Columns,
    next: usize,
}

impl<'r> Row<'r> {
    pub(crate) fn new(columns: &'r dyn Columns) -> Row<'r> {
        Row { columns, next: 0 }
    }

    /// Reads the next column, or the next few.
    pub(crate) fn read<T: Readable>(&mut self) -> StoreResult<T> {
        T::read(self)
    }

    fn take<T>(&mut self, get: fn(&dyn Columns, usize) -> Result<T, Error>) -> StoreResult<T> {
        let column = self.next;
        self.next += 1;
        get(self.columns, column).map_err(classify)
    }
}

/// What a row can be read as.
pub(crate) trait Readable: Sized {
    fn read(row: &mut Row<'_>) -> StoreResult<Self>;
}

impl Readable for Option<String> {
    fn read(row: &mut Row<'_>) -> StoreResult<Self> {
        row.take(|columns, at| columns.text(at))
    }
}

impl Readable for String {
    fn read(row: &mut Row<'_>) -> StoreResult<Self> {
        present(row.read()?)
    }
}

impl Readable for Option<u64> {
    fn read(row: &mut Row<'_>) -> StoreResult<Self> {
        let value = row.take(|columns, at| columns.integer(at))?;
        value.map(|value| u64::try_from(value).map_err(|_| unknown("number", &value))).transpose()
    }
}

impl Readable for u64 {
    fn read(row: &mut Row<'_>) -> StoreResult<Self> {
        present(row.read()?)
    }
}

impl Readable for Option<u32> {
    fn read(row: &mut Row<'_>) -> StoreResult<Self> {
        let value: Option<u64> = row.read()?;
        value.map(|value| u32::try_from(value).map_err(|_| unknown("number", &value))).transpose()
    }
}

impl Readable for u32 {
    fn read(row: &mut Row<'_>) -> StoreResult<Self> {
        present(row.read()?)
    }
}

impl Readable for f64 {
    fn read(row: &mut Row<'_>) -> StoreResult<Self> {
        row.take(|columns, at| columns.real(at))
    }
}

impl Readable for bool {
    fn read(row: &mut Row<'_>) -> StoreResult<Self> {
        row.take(|columns, at| columns.boolean(at))
    }
}

impl Readable for Millis {
    fn read(row: &mut Row<'_>) -> StoreResult<Self> {
        Ok(Millis(row.read()?))
    }
}

impl Readable for Option<Millis> {
    fn read(row: &mut Row<'_>) -> StoreResult<Self> {
        Ok(row.read::<Option<u64>>()?.map(Millis))
    }
}

impl Readable for Minute {
    fn read(row: &mut Row<'_>) -> StoreResult<Self> {
        Ok(Minute(row.read()?))
    }
}

impl Readable for TickNumber {
    fn read(row: &mut Row<'_>) -> StoreResult<Self> {
        Ok(TickNumber(row.read()?))
    }
}

impl Readable for Option<Digest> {
    fn read(row: &mut Row<'_>) -> StoreResult<Self> {
        let bytes = row.take(|columns, at| columns.bytes(at))?;
        bytes.map(|bytes| bytes.try_into().map_err(|bytes| unknown("digest", &bytes))).transpose()
    }
}

impl Readable for Digest {
    fn read(row: &mut Row<'_>) -> StoreResult<Self> {
        present(row.read()?)
    }
}

impl Readable for Vec<(String, String)> {
    fn read(row: &mut Row<'_>) -> StoreResult<Self> {
        let text: String = row.read()?;
        serde_json::from_str(&text).map_err(|_| unknown("set of labels", &text))
    }
}

impl Readable for NodeStatus {
    fn read(row: &mut Row<'_>) -> StoreResult<Self> {
        let word: String = row.read()?;
        NodeStatus::parse(&word).ok_or_else(|| unknown("node status", &word))
    }
}

impl Readable for Role {
    fn read(row: &mut Row<'_>) -> StoreResult<Self> {
        let word: String = row.read()?;
        Role::parse(&word).ok_or_else(|| unknown("role", &word))
    }
}

impl Readable for LogLevel {
    fn read(row: &mut Row<'_>) -> StoreResult<Self> {
        let word: String = row.read()?;
        LogLevel::parse(&word).ok_or_else(|| unknown("log level", &word))
    }
}

impl Readable for Counts {
    fn read(row: &mut Row<'_>) -> StoreResult<Self> {
        present(row.read()?)
    }
}

/// Counts are there as a whole or not at all.
impl Readable for Option<Counts> {
    fn read(row: &mut Row<'_>) -> StoreResult<Self> {
        let mut counts = [None; 6];
        for count in &mut counts {
            *count = row.read::<Option<u64>>()?;
        }
        let [events_in, events_out, errors, discarded, bytes_in, bytes_out] = counts;
        Ok(events_in.zip(events_out).zip(errors).zip(discarded).zip(bytes_in).zip(bytes_out).map(
            |(((((events_in, events_out), errors), discarded), bytes_in), bytes_out)| Counts {
                events_in,
                events_out,
                errors,
                discarded,
                bytes_in,
                bytes_out,
            },
        ))
    }
}

impl Readable for HostMetrics {
    fn read(row: &mut Row<'_>) -> StoreResult<Self> {
        Ok(HostMetrics {
            memory_total_bytes: row.read()?,
            memory_used_bytes: row.read()?,
            memory_free_bytes: row.read()?,
            cpu_seconds_total: row.read()?,
            cpu_seconds_idle: row.read()?,
            load_avg_1: row.read()?,
            load_avg_5: row.read()?,
            load_avg_15: row.read()?,
            fs_total_bytes: row.read()?,
            fs_used_bytes: row.read()?,
            fs_free_bytes: row.read()?,
            disk_read_bytes: row.read()?,
            disk_written_bytes: row.read()?,
            net_rx_bytes: row.read()?,
            net_tx_bytes: row.read()?,
        })
    }
}

fn present<T>(value: Option<T>) -> StoreResult<T> {
    value.ok_or_else(|| StoreError::Refused("the store misses a value it must have".into()))
}

fn unknown(what: &str, value: &dyn std::fmt::Debug) -> StoreError {
    StoreError::Refused(format!("the store holds an unknown {what}: {value:?}"))
}
