//! The core of Systole: the whole fleet as ECS entities, and every rule about it.
//!
//! No clock, no threads, no I/O, no randomness: what happens is an [`input::Input`], what must be
//! done is an [`effect::Effect`], and [`engine::Engine::tick`] is the only door between them.

pub mod effect;
pub mod ids;
pub mod input;
pub mod limits;
pub mod packed;
pub mod query;
pub mod report;
pub mod rows;
pub mod settings;
pub mod status;
pub mod time;
