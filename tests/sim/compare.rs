//! The engine against the model: after every tick, everything that can be seen of it.

mod deliveries;
mod snapshot;
mod state;
mod streams;

pub use state::{check_state, check_view};
pub use streams::{Follow, Seen};
