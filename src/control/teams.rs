//! Teams and who belongs to them.

use systole_systems::input::Input;

use crate::auth::secrets::new_id;
use crate::clock::wall_now;
use crate::control::{Control, gone};
use crate::http::reply::HttpError;
use crate::store::{Member, Team};

/// A team about to be created.
pub fn new_team(name: &str) -> Team {
    Team { id: new_id(), name: name.to_owned(), created_at: wall_now() }
}

impl Control {
    /// Creates a team. The core hears of it with its first member or environment.
    pub async fn create_team(&self, name: &str) -> Result<Team, HttpError> {
        let _turn = self.turn().await;
        let team = new_team(name);
        self.store.create_team(&team).await?;
        Ok(team)
    }

    /// Adds a member or changes the role.
    pub async fn set_member(&self, member: &Member) -> Result<(), HttpError> {
        let _turn = self.turn().await;
        self.store.set_member(member).await?;
        let Member { team, user, role } = member;
        self.announce(&Input::MemberSet { team, user, role: *role }).await
    }

    /// Takes a member out of a team.
    pub async fn remove_member(&self, team: &str, user: &str) -> Result<(), HttpError> {
        let _turn = self.turn().await;
        gone(self.store.remove_member(team, user).await)?;
        self.announce(&Input::MemberRemoved { team, user }).await
    }
}
