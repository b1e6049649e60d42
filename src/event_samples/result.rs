//! What a node answers for one component, within its bounds.

use crate::json_list::{JsonList, ListBounds};

/// Events of one component; more are not asked for.
pub const EVENTS_MAX: u32 = 50;

/// What is kept of the events of one component: as much as a page can show.
pub const EVENTS_BOUNDS: ListBounds =
    ListBounds { items_max: EVENTS_MAX as usize, bytes_max: 256 << 10 };

/// What is kept of the fields an agent found in them.
pub const SCHEMA_BOUNDS: ListBounds = ListBounds { items_max: 500, bytes_max: 64 << 10 };

/// Most bytes of one result: its lists, its error, and what is around them.
pub const RESULT_BYTES_MAX: usize =
    EVENTS_BOUNDS.bytes_max + SCHEMA_BOUNDS.bytes_max + RESULT_BYTES_BESIDES;

/// What a result costs besides its lists.
const RESULT_BYTES_BESIDES: usize = 1 << 10;

/// Results that are read of one body; an agent has one for each component it was asked for.
pub const RESULTS_PER_BODY_MAX: usize = 64;

/// One component's answer to a request, as a node sent it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SampleResult {
    pub request: String,
    pub component: String,
    pub outcome: Outcome,
}

/// What came of asking for events of a component.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Sampled {
        events: JsonList,
        /// Paths, types and examples, as the agent found them.
        schema: JsonList,
    },
    /// The agent's own word for why there are none.
    Failed(String),
}

impl Outcome {
    /// Memory it takes.
    pub fn byte_len(&self) -> usize {
        RESULT_BYTES_BESIDES
            + match self {
                Outcome::Sampled { events, schema } => events.byte_len() + schema.byte_len(),
                Outcome::Failed(why) => why.len(),
            }
    }
}
