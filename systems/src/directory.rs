//! What the control plane has told the core, as boot compares it with the store. Data only.

use crate::status::Role;

/// People, rights and identities, each list by its id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Directory {
    pub users: Vec<UserEntry>,
    /// By team, then user.
    pub members: Vec<MemberEntry>,
    pub environments: Vec<EnvironmentEntry>,
    pub pipelines: Vec<PipelineEntry>,
    pub nodes: Vec<NodeEntry>,
}

/// A person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserEntry {
    pub id: String,
    pub super_admin: bool,
}

/// A person's role in a team.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberEntry {
    pub team: String,
    pub user: String,
    pub role: Role,
}

/// An environment and the team that owns it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnvironmentEntry {
    pub id: String,
    pub name: String,
    pub team: String,
}

/// A pipeline, its newest revision and the one that nodes are to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PipelineEntry {
    pub id: String,
    pub environment: String,
    pub name: String,
    pub revision: u32,
    pub deployed: Option<DeployedEntry>,
}

/// The revision that nodes are to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeployedEntry {
    pub revision: u32,
    pub checksum: String,
    pub selector: Vec<(String, String)>,
}

/// A node, what people say of it, and whether its token is not valid any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeEntry {
    pub id: String,
    pub environment: String,
    pub name: String,
    pub operator_labels: Vec<(String, String)>,
    pub maintenance: bool,
    pub revoked: bool,
}
