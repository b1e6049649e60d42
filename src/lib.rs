//! Systole: a real-time fleet engine. This crate is the shell: everything that blocks, fails or surprises.
//!
//! The rules about the fleet are in `systole_systems`; nothing here decides about a node.

pub mod app;
pub mod auth;
pub mod banner;
pub mod cli;
pub mod config;
pub mod control;
pub mod http;
pub mod ports;
pub mod store;
