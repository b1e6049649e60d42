//! HTTP: agents on one side, people and scripts on the other. Knows the ports into the driver, never the engine.

pub mod page;
pub mod reply;
pub mod stream_body;
