//! The core as a whole: inputs in, events and rows out, on made-up time.

#![expect(unreachable_pub, reason = "the harness is shared by the scenario modules")]

#[path = "scenarios/fleet.rs"]
mod fleet;
#[path = "scenarios/images.rs"]
mod images;
#[path = "scenarios/liveness.rs"]
mod liveness;
#[path = "scenarios/metrics.rs"]
mod metrics;
#[path = "scenarios/orders.rs"]
mod orders;
#[path = "scenarios/persistence.rs"]
mod persistence;
#[path = "scenarios/reads.rs"]
mod reads;
#[path = "scenarios/rollouts.rs"]
mod rollouts;
#[path = "scenarios/streams.rs"]
mod streams;
#[path = "scenarios/unflushed.rs"]
mod unflushed;
