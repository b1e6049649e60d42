//! `/teams`: super-admins create teams, team admins choose who belongs to them.

use hyper::{Method, StatusCode};
use serde::{Deserialize, Serialize};
use systole_systems::query::Subject;
use systole_systems::status::Role;

use crate::control::names;
use crate::http::api::call::{Call, no_such_path, not_allowed};
use crate::http::api::list::whole_list;
use crate::http::reply::{HttpError, Reply, json, no_content};
use crate::http::rfc3339::Rfc3339;
use crate::store::{Member, Team};

#[derive(Deserialize)]
struct NewTeam {
    name: String,
}

#[derive(Deserialize)]
struct NewRole {
    role: Role,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TeamView<'a> {
    id: &'a str,
    name: &'a str,
    created_at: Rfc3339,
    /// Of whoever asks.
    role: Role,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct MemberView<'a> {
    user_id: &'a str,
    email: &'a str,
    role: Role,
}

pub(super) async fn route(call: &Call, path: &[&str]) -> Result<Reply, HttpError> {
    match (&call.method, path) {
        (&Method::GET, []) => {
            let teams = teams_of(call).await?;
            Ok(whole_list(teams.iter().map(|(team, role)| view(team, *role)).collect()))
        }
        (&Method::POST, []) => create(call).await,
        (_, []) => not_allowed(&[Method::GET, Method::POST]),
        (&Method::GET, [team, "members"]) => members(call, team).await,
        (_, [_, "members"]) => not_allowed(&[Method::GET]),
        (&Method::PUT, [team, "members", user]) => set_member(call, team, user).await,
        (&Method::DELETE, [team, "members", user]) => {
            call.require(Subject::Team((*team).to_owned()), Role::Admin).await?;
            call.note("userId", *user);
            if let Some(email) = call.app.caches.credentials.email(user) {
                call.note("email", &*email);
            }
            call.app.control.remove_member(team, user).await?;
            Ok(no_content())
        }
        (_, [_, "members", _]) => not_allowed(&[Method::PUT, Method::DELETE]),
        _ => no_such_path(),
    }
}

/// The teams the caller belongs to, with their role; super-admins are admins of all.
pub(super) async fn teams_of(call: &Call) -> Result<Vec<(Team, Role)>, HttpError> {
    let principal = call.principal()?;
    let teams = call.app.store.list_teams().await?;
    if principal.super_admin {
        return Ok(teams.into_iter().map(|team| (team, Role::Admin)).collect());
    }
    let memberships = call.app.store.list_memberships(&principal.user).await?;
    let with_role = teams.into_iter().filter_map(|team| {
        let membership = memberships.iter().find(|member| member.team == team.id)?;
        Some((team, membership.role))
    });
    Ok(with_role.collect())
}

fn view(team: &Team, role: Role) -> TeamView<'_> {
    TeamView { id: &team.id, name: &team.name, created_at: Rfc3339(team.created_at), role }
}

async fn create(call: &Call) -> Result<Reply, HttpError> {
    call.require_super_admin()?;
    let NewTeam { name } = call.json()?;
    let name = names::name("name", &name).map_err(HttpError::BadRequest)?;
    let team = call.app.control.create_team(name).await?;
    call.note_subject(&team.id);
    call.note("name", name);
    Ok(json(StatusCode::CREATED, &view(&team, Role::Admin)))
}

async fn members(call: &Call, team: &str) -> Result<Reply, HttpError> {
    if !teams_of(call).await?.iter().any(|(known, _)| known.id == team) {
        return Err(HttpError::NotFound("team"));
    }
    let members = call.app.store.list_members(team).await?;
    let emails: Vec<_> =
        members.iter().map(|member| call.app.caches.credentials.email(&member.user)).collect();
    let views = members.iter().zip(&emails).filter_map(|(member, email)| {
        // Without an address the person has just been deleted.
        Some(MemberView { user_id: &member.user, email: email.as_deref()?, role: member.role })
    });
    Ok(whole_list(views.collect()))
}

async fn set_member(call: &Call, team: &str, user: &str) -> Result<Reply, HttpError> {
    call.require(Subject::Team(team.to_owned()), Role::Admin).await?;
    let NewRole { role } = call.json()?;
    let email = call.app.caches.credentials.email(user).ok_or(HttpError::NotFound("user"))?;
    let member = Member { team: team.to_owned(), user: user.to_owned(), role };
    call.app.control.set_member(&member).await?;
    call.note("userId", user);
    call.note("email", &*email);
    call.note("role", role.as_str());
    Ok(json(StatusCode::OK, &MemberView { user_id: user, email: &email, role }))
}
