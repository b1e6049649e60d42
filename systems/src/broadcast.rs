//! Broadcast: changes become frames, encoded once; subscribers get ranges of one buffer.

pub mod deliver_frames;
pub mod encode_frames;
pub mod end_slow_streams;
pub mod events;
pub mod json;
pub mod outgoing;
pub mod resolve_routes;
pub mod send_snapshots;
