//! Rollout: what nodes are to run, and how far each deploy has got.

pub mod derive_desired;
pub mod follow_rollouts;
pub mod progress;
