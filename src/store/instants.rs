//! Finds the tick of an instant. Rows of history are in order of ticks and of time alike, and have an index
//! by tick alone: a search by halves takes some thirty looks at it.

use systole_systems::time::{Millis, TickNumber};

use crate::store::dialect::Dialect;
use crate::store::history::{Moment, TickBounds, Timed, first_from, last};
use crate::store::value::Statement;
use crate::store::{HistoryQuery, StoreResult};

/// The ticks that the instants of a query stand for.
pub(crate) async fn tick_bounds<D: Dialect>(
    database: &D,
    table: Timed,
    query: &HistoryQuery,
) -> StoreResult<TickBounds> {
    let mut bounds = TickBounds::default();
    if let Some(since) = query.since {
        bounds.since = first_tick_at(database, table, since).await?;
    }
    if let Some(until) = query.until {
        bounds.until = first_tick_at(database, table, until).await?;
    }
    Ok(bounds)
}

/// The first tick whose rows are of `at` or later; one after the last when there is none. `None`: no rows.
async fn first_tick_at<D: Dialect>(
    database: &D,
    table: Timed,
    at: Millis,
) -> StoreResult<Option<TickNumber>> {
    let Some(first) = moment(database, first_from(table, TickNumber(0))).await? else {
        return Ok(None);
    };
    let Some(newest) = moment(database, last(table)).await? else { return Ok(None) };
    if at <= first.1 {
        return Ok(Some(first.0));
    }
    if newest.1 < at {
        return Ok(Some(TickNumber(newest.0.0 + 1)));
    }
    let (mut low, mut high) = (first.0.0, newest.0.0);
    while low < high {
        let middle = low + (high - low) / 2;
        match moment(database, first_from(table, TickNumber(middle))).await? {
            Some((tick, found)) if found < at => low = tick.0 + 1,
            // Rows that were there are deleted meanwhile.
            Some(_) | None => high = middle,
        }
    }
    Ok(Some(TickNumber(low)))
}

async fn moment<D: Dialect>(database: &D, statement: Statement<'_>) -> StoreResult<Option<Moment>> {
    let rows = database.read(statement, |row| Ok((row.read()?, row.read()?))).await?;
    Ok(rows.into_iter().next())
}
