//! Systole: a real-time fleet engine. This crate is the shell: everything that blocks, fails or surprises.
//!
//! The rules about the fleet are in `systole_systems`; nothing here decides about a node.

pub mod admin;
pub mod app;
pub mod auth;
pub mod banner;
pub mod boot;
pub mod cli;
pub mod clock;
pub mod config;
pub mod config_answers;
pub mod control;
pub mod data_dir;
pub mod demo;
pub mod dispatch;
pub mod driver;
pub mod edge_counters;
pub mod event_samples;
pub mod fanout;
pub mod fleet_sim;
pub mod history;
pub mod http;
pub mod journal;
pub mod journal_tools;
pub mod json_list;
pub mod load;
pub mod log_level;
pub mod maintenance;
pub mod pending_actions;
pub mod ports;
pub mod push;
pub mod replay;
pub mod serve;
pub mod store;
pub mod store_writer;
pub mod streams;
pub mod taps;
pub mod telemetry;
pub mod vector_config;
