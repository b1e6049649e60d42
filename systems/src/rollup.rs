//! Rollup: measurements become deltas, rates, minutes and sums.

pub mod apply_observations;
pub mod delta;
pub mod derive_totals;
pub mod evict_departed;
