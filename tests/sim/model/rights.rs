//! Who may see what.

use std::collections::{BTreeMap, BTreeSet};

use systole_systems::input::Input;

/// People, their teams, and whose each environment is.
#[derive(Clone, Debug, Default)]
pub struct Rights {
    pub users: BTreeMap<String, User>,
    pub environments: BTreeMap<String, Environment>,
}

/// A person.
#[derive(Clone, Debug, Default)]
pub struct User {
    pub super_admin: bool,
    pub teams: BTreeSet<String>,
}

/// An environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Environment {
    pub name: String,
    pub team: String,
}

impl Rights {
    /// Takes what is said about people and environments; everything else is nothing to it.
    #[expect(clippy::wildcard_enum_match_arm, reason = "the other inputs are not about rights")]
    pub fn hear(&mut self, input: &Input<'_>) {
        match *input {
            Input::UserSet { user, super_admin } => {
                self.users.entry(user.to_owned()).or_default().super_admin = super_admin;
            }
            Input::UserRemoved { user } => {
                self.users.remove(user);
            }
            Input::MemberSet { team, user, .. } => {
                self.users.entry(user.to_owned()).or_default().teams.insert(team.to_owned());
            }
            Input::MemberRemoved { team, user } => {
                if let Some(user) = self.users.get_mut(user) {
                    user.teams.remove(team);
                }
            }
            Input::EnvironmentSet { environment, name, team } => {
                let known = Environment { name: name.to_owned(), team: team.to_owned() };
                self.environments.insert(environment.to_owned(), known);
            }
            _ => (),
        }
    }

    /// The environments a user may see.
    pub fn scope(&self, user: &str) -> BTreeSet<String> {
        let Some(user) = self.users.get(user) else { return BTreeSet::new() };
        let visible = self
            .environments
            .iter()
            .filter(|(_, environment)| user.super_admin || user.teams.contains(&environment.team));
        visible.map(|(id, _)| id.clone()).collect()
    }
}
