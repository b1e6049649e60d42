//! What an agent reports of a live tap, within its bounds.

use crate::json_list::{JsonList, ListBounds};

/// What is taken of one report; agents send twenty events at most.
pub const EVENTS_BOUNDS: ListBounds = ListBounds { items_max: 100, bytes_max: 128 << 10 };

/// Events that passed, or the end of the tap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TapReport {
    pub request: String,
    pub pipeline: String,
    pub component: String,
    pub events: JsonList,
    /// The agent has ended the tap: its word why, perhaps empty.
    pub stopped: Option<String>,
}
