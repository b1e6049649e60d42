//! Who the demo's agents are, kept beside the server's files, as real agents keep it on their hosts. Without
//! it every run on the same files would leave the nodes of the one before behind.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::fleet_sim::host::{Host, Identity};

/// The file of a data directory, and what it held.
#[derive(Clone, Debug)]
pub(super) struct Identities {
    path: PathBuf,
    kept: Kept,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Kept {
    /// Tokens are of one environment: the data directory may be given another database.
    environment: String,
    agents: Vec<Identity>,
}

impl Identities {
    /// Those that an earlier run left for this environment.
    pub(super) fn of(data_dir: &Path, environment: &str) -> Identities {
        let path = data_dir.join("demo-agents.json");
        let mut kept = read(&path).unwrap_or_else(|error| {
            tracing::warn!(%error, "who the demo's agents were cannot be read; they enroll anew");
            Kept::default()
        });
        if kept.environment != environment {
            kept = Kept { environment: environment.to_owned(), agents: Vec::new() };
        }
        Identities { path, kept }
    }

    /// The hosts, with what their agents were given.
    pub(super) fn told_to(&self, mut hosts: Vec<Host>) -> Vec<Host> {
        let mut by_host: BTreeMap<&str, &Identity> =
            self.kept.agents.iter().map(|agent| (&*agent.host, agent)).collect();
        for host in &mut hosts {
            host.identity = by_host.remove(&*host.name).cloned();
        }
        hosts
    }

    /// Keeps these, and of the others what was known.
    pub(super) fn keep(&self, nodes: &[Identity]) -> io::Result<()> {
        let all = self.kept.agents.iter().chain(nodes);
        let by_host: BTreeMap<&str, &Identity> = all.map(|agent| (&*agent.host, agent)).collect();
        let agents = by_host.into_values().cloned().collect();
        let kept = Kept { environment: self.kept.environment.clone(), agents };
        let bytes = serde_json::to_vec(&kept).expect("texts are JSON");
        let written = self.path.with_extension("new");
        let mut options = fs::OpenOptions::new();
        let mut file =
            options.write(true).create(true).truncate(true).mode(0o600).open(&written)?;
        file.write_all(&bytes)?;
        fs::rename(&written, &self.path)
    }
}

fn read(path: &Path) -> io::Result<Kept> {
    match fs::read(path) {
        Ok(bytes) => Ok(serde_json::from_slice(&bytes)?),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Kept::default()),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::hosts::demo_hosts;

    #[test]
    fn what_is_kept_is_told_again_in_the_same_environment_alone() {
        let directory = tempfile::tempdir().unwrap();
        let hosts = demo_hosts(3);
        let agent = |index: usize, node: &str| Identity {
            host: hosts[index].name.clone(),
            node_id: node.into(),
            node_token: "t".into(),
        };
        let told = |environment| -> Vec<Option<String>> {
            let identities = Identities::of(directory.path(), environment);
            let hosts = identities.told_to(hosts.clone()).into_iter();
            hosts.map(|host| host.identity.map(|agent| agent.node_id)).collect()
        };
        assert_eq!(told("e1"), [None, None, None]);
        let first = Identities::of(directory.path(), "e1");
        first.keep(&[agent(0, "n0"), agent(1, "n1")]).unwrap();
        let second = Identities::of(directory.path(), "e1");
        second.keep(&[agent(1, "n7")]).unwrap();
        assert_eq!(told("e1"), [Some("n0".to_owned()), Some("n7".to_owned()), None]);
        assert_eq!(told("e2"), [None, None, None]);
        fs::write(directory.path().join("demo-agents.json"), "{").unwrap();
        assert_eq!(told("e1"), [None, None, None]);
    }
}
