//! Tests against the real world: real databases, real sockets, real bytes.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on ends")]

mod agent_captures;
mod agent_decode;
mod agent_edge;
mod agent_event_bodies;
mod agent_mutations;
mod agent_streams;
mod api;
mod captures;
mod captures_served;
mod crashes;
mod demo;
mod edge;
mod enrollments_only;
mod fleet_runs;
mod fleet_shows_events;
mod journals;
mod load_runs;
mod postgres_cluster;
mod process;
mod replays;
mod restarts;
mod server;
mod simulated_fleet;
mod store;
mod streams_served;
