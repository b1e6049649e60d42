//! Ingest: inputs become component writes. Text ids end here; everything after works with keys.

pub mod apply_control;
pub mod apply_heartbeats;
pub mod apply_loaded;
pub mod apply_logs;
pub mod apply_subscriptions;
pub mod note_departures;
pub mod resolve_heartbeats;
pub mod settle_batch;
