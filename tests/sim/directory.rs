//! What people have set up, as the store's tables hold it: committed here first, told to the core after.

use std::collections::{BTreeMap, BTreeSet};

use fastrand::Rng;
use systole_systems::input::{Input, Inputs, NodeEnrolled};
use systole_systems::packed::PackedBuf;
use systole_systems::report::Label;
use systole_systems::status::Role;

use crate::model::Model;

/// The super-admin who looks at everything; never removed.
pub const ROOT: &str = "root";
const TEAMS: [&str; 3] = ["t1", "t2", "t3"];
const ENVIRONMENTS: [&str; 3] = ["e1", "e2", "e3"];
const NODES_MAX: usize = 9;
const PIPELINES_MAX: usize = 9;
const USERS_MAX: usize = 6;

/// The control plane's tables.
#[derive(Default)]
pub struct Directory {
    pub users: BTreeMap<String, User>,
    environments: BTreeMap<String, String>,
    pub pipelines: BTreeMap<String, Pipeline>,
    pub nodes: BTreeMap<String, Node>,
    ids_issued: u32,
}

/// A person: rights, and sessions that are valid.
#[derive(Default)]
pub struct User {
    super_admin: bool,
    teams: BTreeSet<&'static str>,
    pub credentials: BTreeSet<String>,
}

/// A pipeline.
pub struct Pipeline {
    pub environment: String,
    name: String,
    revision: u32,
}

/// A node.
#[derive(Clone)]
pub struct Node {
    pub environment: String,
    pub is_revoked: bool,
}

/// What somebody did, for those who must know besides the core.
pub enum Act {
    None,
    NodeRemoved(String),
    PipelineRemoved(String),
}

impl Directory {
    /// A directory to begin with.
    pub fn draw(rng: &mut Rng) -> Directory {
        let mut directory = Directory::default();
        directory.users.insert(ROOT.to_owned(), User { super_admin: true, ..User::default() });
        for environment in ENVIRONMENTS {
            let team = TEAMS[rng.usize(0..TEAMS.len())];
            directory.environments.insert(environment.to_owned(), team.to_owned());
        }
        let mut nobody_listens = Inputs::default();
        for _ in 0..3 {
            directory.add_user(rng, &mut nobody_listens);
        }
        for _ in 0..6 {
            directory.add_pipeline(rng, &mut nobody_listens);
        }
        for _ in 0..5 {
            directory.enroll(rng, &mut nobody_listens);
        }
        directory
    }

    /// Somebody does something; `told` gets what the core hears of it.
    pub fn act(&mut self, rng: &mut Rng, told: &mut Inputs) -> Act {
        match rng.u32(0..15) {
            0 if self.users.len() < USERS_MAX => self.add_user(rng, told),
            1 => self.remove_user(rng, told),
            2 | 3 => self.turn_membership(rng, told),
            4 => self.turn_super_admin(rng, told),
            5 => self.revoke_credential(rng, told),
            6 => self.give_environment(rng, told),
            7 | 8 if self.pipelines.len() < PIPELINES_MAX => self.add_pipeline(rng, told),
            9 => return self.remove_pipeline(rng, told),
            10 => self.revise_pipeline(rng, told),
            11 | 12 if self.nodes.len() < NODES_MAX => self.enroll(rng, told),
            13 => self.revoke_node(rng, told),
            14 => return self.remove_node(rng, told),
            _ => (),
        }
        Act::None
    }

    /// Everything in which the core, as the model knows it, differs from these tables: all of it at
    /// the first start, what was lost on its way after a crash.
    pub fn restate(&self, model: &Model) -> Inputs {
        let mut told = Inputs::default();
        let rights = &model.rights;
        for user in rights.users.keys().filter(|user| !self.users.contains_key(*user)) {
            told.push(&Input::UserRemoved { user });
        }
        for (id, user) in &self.users {
            let known = rights.users.get(id).cloned().unwrap_or_default();
            if !rights.users.contains_key(id) || known.super_admin != user.super_admin {
                told.push(&Input::UserSet { user: id, super_admin: user.super_admin });
            }
            for team in known.teams.iter().filter(|team| !user.teams.contains(team.as_str())) {
                told.push(&Input::MemberRemoved { team, user: id });
            }
            for team in user.teams.iter().filter(|team| !known.teams.contains(**team)) {
                told.push(&Input::MemberSet { team, user: id, role: Role::Viewer });
            }
        }
        for (environment, team) in &self.environments {
            if rights.environments.get(environment).is_none_or(|known| known.team != *team) {
                told.push(&Input::EnvironmentSet { environment, name: environment, team });
            }
        }
        for pipeline in model.pipelines.keys().filter(|id| !self.pipelines.contains_key(*id)) {
            told.push(&Input::PipelineRemoved { pipeline });
        }
        for (id, pipeline) in &self.pipelines {
            let known = model.pipelines.get(id);
            if known.is_none_or(|k| (k.revision, &k.name) != (pipeline.revision, &pipeline.name)) {
                pipeline.tell(id, &mut told);
            }
        }
        for node in model.nodes.keys().filter(|id| !self.nodes.contains_key(*id)) {
            told.push(&Input::NodeRemoved { node });
        }
        for (id, node) in &self.nodes {
            if !model.nodes.contains_key(id) {
                node.tell(id, &mut told);
            }
            if node.is_revoked && !model.nodes.get(id).is_some_and(|known| known.is_revoked) {
                told.push(&Input::NodeRevoked { node: id });
            }
        }
        told
    }

    fn issue(&mut self, kind: &str) -> String {
        self.ids_issued += 1;
        format!("{kind}{}", self.ids_issued)
    }

    fn add_user(&mut self, rng: &mut Rng, told: &mut Inputs) {
        let id = self.issue("u");
        let super_admin = rng.u32(0..6) == 0;
        let credentials = BTreeSet::from([self.issue("k")]);
        let mut user = User { super_admin, credentials, ..User::default() };
        told.push(&Input::UserSet { user: &id, super_admin });
        let team = TEAMS[rng.usize(0..TEAMS.len())];
        user.teams.insert(team);
        told.push(&Input::MemberSet { team, user: &id, role: Role::Viewer });
        self.users.insert(id, user);
    }

    fn remove_user(&mut self, rng: &mut Rng, told: &mut Inputs) {
        let Some(user) = pick(rng, self.users.keys().filter(|id| *id != ROOT)) else { return };
        self.users.remove(&user);
        told.push(&Input::UserRemoved { user: &user });
    }

    fn turn_membership(&mut self, rng: &mut Rng, told: &mut Inputs) {
        let Some(id) = pick(rng, self.users.keys().filter(|id| *id != ROOT)) else { return };
        let team = TEAMS[rng.usize(0..TEAMS.len())];
        let user = self.users.get_mut(&id).expect("it was just picked");
        if user.teams.remove(team) {
            told.push(&Input::MemberRemoved { team, user: &id });
        } else {
            user.teams.insert(team);
            told.push(&Input::MemberSet { team, user: &id, role: Role::Editor });
        }
    }

    fn turn_super_admin(&mut self, rng: &mut Rng, told: &mut Inputs) {
        let Some(id) = pick(rng, self.users.keys().filter(|id| *id != ROOT)) else { return };
        let user = self.users.get_mut(&id).expect("it was just picked");
        user.super_admin = !user.super_admin;
        told.push(&Input::UserSet { user: &id, super_admin: user.super_admin });
    }

    /// A session ends, and the person signs in again.
    fn revoke_credential(&mut self, rng: &mut Rng, told: &mut Inputs) {
        let Some(id) = pick(rng, self.users.keys().filter(|id| *id != ROOT)) else { return };
        let renewed = self.issue("k");
        let user = self.users.get_mut(&id).expect("it was just picked");
        for credential in std::mem::replace(&mut user.credentials, BTreeSet::from([renewed])) {
            told.push(&Input::CredentialRevoked { credential: &credential });
        }
    }

    fn give_environment(&mut self, rng: &mut Rng, told: &mut Inputs) {
        let environment = ENVIRONMENTS[rng.usize(0..ENVIRONMENTS.len())];
        let team = TEAMS[rng.usize(0..TEAMS.len())];
        self.environments.insert(environment.to_owned(), team.to_owned());
        told.push(&Input::EnvironmentSet { environment, name: environment, team });
    }

    fn add_pipeline(&mut self, rng: &mut Rng, told: &mut Inputs) {
        let id = self.issue("p");
        let environment = ENVIRONMENTS[rng.usize(0..ENVIRONMENTS.len())].to_owned();
        let pipeline = Pipeline { environment, name: format!("name of {id}"), revision: 1 };
        pipeline.tell(&id, told);
        self.pipelines.insert(id, pipeline);
    }

    fn remove_pipeline(&mut self, rng: &mut Rng, told: &mut Inputs) -> Act {
        let Some(id) = pick(rng, self.pipelines.keys()) else { return Act::None };
        self.pipelines.remove(&id);
        told.push(&Input::PipelineRemoved { pipeline: &id });
        Act::PipelineRemoved(id)
    }

    fn revise_pipeline(&mut self, rng: &mut Rng, told: &mut Inputs) {
        let Some(id) = pick(rng, self.pipelines.keys()) else { return };
        let pipeline = self.pipelines.get_mut(&id).expect("it was just picked");
        pipeline.revision += 1;
        pipeline.name = format!("name {} of {id}", pipeline.revision);
        pipeline.tell(&id, told);
    }

    fn enroll(&mut self, rng: &mut Rng, told: &mut Inputs) {
        let id = self.issue("n");
        let environment = ENVIRONMENTS[rng.usize(0..ENVIRONMENTS.len())].to_owned();
        let node = Node { environment, is_revoked: false };
        node.tell(&id, told);
        self.nodes.insert(id, node);
    }

    fn revoke_node(&mut self, rng: &mut Rng, told: &mut Inputs) {
        let Some(id) = pick(rng, self.nodes.keys()) else { return };
        self.nodes.get_mut(&id).expect("it was just picked").is_revoked = true;
        told.push(&Input::NodeRevoked { node: &id });
    }

    fn remove_node(&mut self, rng: &mut Rng, told: &mut Inputs) -> Act {
        let Some(id) = pick(rng, self.nodes.keys()) else { return Act::None };
        self.nodes.remove(&id);
        told.push(&Input::NodeRemoved { node: &id });
        Act::NodeRemoved(id)
    }
}

impl Pipeline {
    fn tell(&self, id: &str, told: &mut Inputs) {
        told.push(&Input::PipelineSet {
            pipeline: id,
            environment: &self.environment,
            name: &self.name,
            revision: self.revision,
        });
    }
}

impl Node {
    fn tell(&self, id: &str, told: &mut Inputs) {
        let labels: PackedBuf = [Label { key: "site", value: id }].into_iter().collect();
        told.push(&Input::NodeEnrolled(NodeEnrolled {
            node: id,
            environment: &self.environment,
            name: id,
            host: "host",
            os: Some("linux/amd64"),
            agent_version: Some("1.0"),
            vector_version: None,
            labels: labels.packed(),
        }));
    }
}

/// One of several, by chance.
pub fn pick<'a>(rng: &mut Rng, among: impl Iterator<Item = &'a String>) -> Option<String> {
    let among: Vec<&String> = among.collect();
    (!among.is_empty()).then(|| among[rng.usize(0..among.len())].clone())
}
