//! HTTP: agents on one side, people and scripts on the other. Knows the ports into the driver, never the engine.

pub mod accept;
pub mod agent;
pub mod api;
pub mod audit;
pub mod body;
pub mod caller;
pub mod client_address;
pub mod dashboard;
pub mod etag;
pub mod events;
pub mod metrics;
pub mod openapi;
pub mod params;
pub mod reply;
pub mod rfc3339;
pub mod router;
pub mod server;
pub mod stream_body;
pub mod waiting_room;
