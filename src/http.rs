//! HTTP: agents on one side, people and scripts on the other. Knows the ports into the driver, never the engine.

pub mod agent;
pub mod body;
pub mod reply;
pub mod router;
pub mod server;
pub mod stream_body;
pub mod waiting_room;
