//! People and their rights: users, teams and memberships, fed by the control plane. Data and lookups only.

use std::collections::BTreeMap;

use bevy_ecs::prelude::{Resource, World};
use serde::{Deserialize, Serialize};

use crate::directory::{MemberEntry, UserEntry};
use crate::environment::EnvironmentIdentity;
use crate::ids::EnvironmentKey;
use crate::index::Environments;
use crate::status::Role;

/// Who may see what. Written by `apply_control`.
#[derive(Resource, Clone, Debug, Default, Serialize, Deserialize)]
pub struct Access {
    users: BTreeMap<Box<str>, UserRights>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct UserRights {
    super_admin: bool,
    roles: BTreeMap<Box<str>, Role>,
}

impl Access {
    pub(crate) fn set_user(&mut self, user: &str, super_admin: bool) {
        self.users.entry(user.into()).or_default().super_admin = super_admin;
    }

    pub(crate) fn remove_user(&mut self, user: &str) {
        self.users.remove(user);
    }

    pub(crate) fn set_member(&mut self, team: &str, user: &str, role: Role) {
        self.users.entry(user.into()).or_default().roles.insert(team.into(), role);
    }

    pub(crate) fn remove_member(&mut self, team: &str, user: &str) {
        if let Some(rights) = self.users.get_mut(user) {
            rights.roles.remove(team);
        }
    }

    /// Whether the user exists.
    pub fn knows(&self, user: &str) -> bool {
        self.users.contains_key(user)
    }

    /// Whether the user exists and sees everything.
    pub fn is_super_admin(&self, user: &str) -> bool {
        self.users.get(user).is_some_and(|rights| rights.super_admin)
    }

    /// The user's role over what a team owns; super-admins are admins everywhere.
    pub fn role(&self, user: &str, team: &str) -> Option<Role> {
        let rights = self.users.get(user)?;
        if rights.super_admin {
            return Some(Role::Admin);
        }
        rights.roles.get(team).copied()
    }

    /// Users by id, and members by team and user.
    pub(crate) fn entries(&self) -> (Vec<UserEntry>, Vec<MemberEntry>) {
        let users = self.users.iter().map(|(user, rights)| UserEntry {
            id: user.to_string(),
            super_admin: rights.super_admin,
        });
        let mut members: Vec<MemberEntry> = Vec::new();
        for (user, rights) in &self.users {
            members.extend(rights.roles.iter().map(|(team, role)| MemberEntry {
                team: team.to_string(),
                user: user.to_string(),
                role: *role,
            }));
        }
        members.sort_unstable_by(|a, b| (&a.team, &a.user).cmp(&(&b.team, &b.user)));
        (users.collect(), members)
    }
}

/// The environments a user may see, sorted.
pub fn scope_of(world: &World, user: &str) -> Vec<EnvironmentKey> {
    let access = world.resource::<Access>();
    let environments = world.resource::<Environments>().0.slots.iter();
    let visible = environments.filter(|(_, entity)| {
        let identity = world.get::<EnvironmentIdentity>(*entity).expect("it has an identity");
        access.role(user, &identity.team).is_some()
    });
    visible.map(|(key, _)| key).collect()
}
