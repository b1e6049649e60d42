//! Persist: what changed becomes the newest row per key; batches are cut when due.

pub mod cut_batch;
pub mod stage_events;
