//! History as people look at it: a range of time in buckets, from the store as far as it goes and from the
//! core's minutes on their way there. Each minute of each key counts once; what was not measured is absent.
//!
//! Whoever reads asks the core first and the store after it: a row that is flushed in between is in both,
//! never in neither.

pub mod hosts;
pub mod minutes;
pub mod past;
pub mod range;
pub mod volume;
