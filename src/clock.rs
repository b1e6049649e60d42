//! The wall clock of the edge: when something was created, when a session ends. The fleet's time comes with each tick.

use std::time::{SystemTime, UNIX_EPOCH};

use systole_systems::time::Millis;

/// Milliseconds since the Unix epoch, now.
pub fn wall_now() -> Millis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("the clock is set after 1970");
    Millis(u64::try_from(since.as_millis()).expect("the clock is set before the year 500,000,000"))
}
