//! The core of Systole: the whole fleet as ECS entities, and every rule about it.
//!
//! No clock, no threads, no I/O, no randomness: what happens is an [`input::Input`], what must be
//! done is an [`effect::Effect`], and [`engine::Engine`] is the only door between them.

pub mod access;
pub mod broadcast;
pub mod changes;
pub mod check;
pub mod directory;
pub mod dirty;
pub mod effect;
pub mod engine;
pub mod environment;
pub mod fingerprint;
pub mod fixed;
mod fleet;
pub mod history;
pub mod ids;
pub mod image;
pub mod inbox;
pub mod index;
pub mod ingest;
pub mod input;
pub mod instance;
pub mod lane;
pub mod lease_order;
pub mod limits;
pub mod liveness;
pub mod log_arrivals;
pub mod log_budget;
pub mod node;
pub mod observations;
pub mod orderings;
pub mod outbox;
pub mod packed;
pub mod persist;
pub mod pipeline;
pub mod query;
mod read;
pub mod report;
pub mod resolved;
pub mod resume_window;
pub mod rollup;
pub mod rows;
pub mod schedule;
pub mod set_aside;
pub mod settings;
pub mod short_text;
pub mod status;
pub mod stream_epoch;
mod streams;
pub mod subscriber;
pub mod time;
pub mod transitions;
pub mod varint;
pub mod watch;
pub mod wire;
pub mod write_behind;
