//! A simulated machine: its name, which agent is installed there, its labels, and who it is to the server.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::fleet_sim::messages::Labels;

/// Which agent program is simulated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Generation {
    /// Sends its log lines within heartbeats; knows no labels.
    M002,
    /// Sends logs apart every two seconds, labels and its own health with each heartbeat.
    Head,
}

/// A machine before its agent starts.
#[derive(Clone, Debug)]
pub struct Host {
    pub name: String,
    pub generation: Generation,
    /// What a newer agent there tells.
    pub labels: Labels,
    /// What its agent was given when it enrolled, in an earlier run.
    pub identity: Option<Identity>,
}

/// What an agent keeps of its enrollment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Identity {
    pub host: String,
    pub node_id: String,
    pub node_token: String,
}

impl Host {
    /// Machines with numbers for names, alike but for their zones.
    pub fn numbered(prefix: &str, count: usize) -> Vec<Host> {
        let zones = ["a", "b", "c"].map(|zone| labels(&[("zone", zone)]));
        let host = |index: usize| Host {
            name: format!("{prefix}-{index:05}"),
            generation: Generation::of(index),
            labels: zones[index % zones.len()].clone(),
            identity: None,
        };
        (0..count).map(host).collect()
    }
}

impl Generation {
    /// The agent of a machine: every fourth has an older one.
    pub fn of(index: usize) -> Generation {
        if index % 4 == 3 { Generation::M002 } else { Generation::Head }
    }
}

/// These labels, and those that agents find by themselves.
pub fn labels(given: &[(&str, &str)]) -> Labels {
    let found = [("vf.io/os", "linux"), ("vf.io/arch", "amd64")];
    let all = found.iter().chain(given);
    let all: BTreeMap<String, String> =
        all.map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    Labels(Arc::new(all))
}
