//! A simulated fleet: agents that behave as real ones do, over real HTTP. One piece of code for the
//! demo, the tests and the load rig.

pub mod agent;
pub mod connection;
pub mod events;
pub mod flow;
pub mod flow_types;
pub mod flows;
pub mod host;
pub mod host_usage;
pub mod messages;
pub mod process;
pub mod pushed;
pub mod run;
pub mod scenario;
pub mod setup;
pub mod subjects;
pub mod taps;
