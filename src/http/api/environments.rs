//! `/environments`, and the enrollment tokens of each.

use hyper::{Method, StatusCode};
use serde::{Deserialize, Serialize};
use systole_systems::answer::EnvironmentItem;
use systole_systems::query::Subject;
use systole_systems::status::Role;

use crate::control::names;
use crate::http::api::call::{Call, no_such_path, not_allowed};
use crate::http::api::list::whole_list;
use crate::http::reply::{HttpError, Reply, json, no_content};
use crate::http::rfc3339::Rfc3339;
use crate::store::EnrollmentToken;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NewEnvironment {
    name: String,
    team_id: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct EnvironmentView<'a> {
    id: &'a str,
    name: &'a str,
    team_id: &'a str,
    /// Of whoever asks.
    role: Role,
}

impl EnvironmentView<'_> {
    pub(super) fn of(item: &EnvironmentItem) -> EnvironmentView<'_> {
        EnvironmentView { id: &item.id, name: &item.name, team_id: &item.team, role: item.role }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct EnrollmentTokenView<'a> {
    id: &'a str,
    /// The end of the token's text.
    hint: &'a str,
    created_at: Rfc3339,
    /// The text itself, shown once.
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<&'a str>,
}

pub(super) async fn route(call: &Call, path: &[&str]) -> Result<Reply, HttpError> {
    match (&call.method, path) {
        (&Method::GET, []) => {
            let items = call.environments().await?;
            Ok(whole_list(items.iter().map(EnvironmentView::of).collect()))
        }
        (&Method::POST, []) => create(call).await,
        (_, []) => not_allowed(&[Method::GET, Method::POST]),
        (&Method::POST, [environment, "enrollment-token"]) => {
            require_admin(call, environment).await?;
            let (token, text) = call.app.control.create_enrollment_token(environment).await?;
            call.note_subject(&token.id);
            call.note("hint", token.hint.as_str());
            Ok(json(StatusCode::CREATED, &token_view(&token, Some(&text))))
        }
        (_, [_, "enrollment-token"]) => not_allowed(&[Method::POST]),
        (&Method::GET, [environment, "enrollment-tokens"]) => {
            require_admin(call, environment).await?;
            let tokens = call.app.store.list_enrollment_tokens(environment).await?;
            Ok(whole_list(tokens.iter().map(|token| token_view(token, None)).collect()))
        }
        (_, [_, "enrollment-tokens"]) => not_allowed(&[Method::GET]),
        (&Method::DELETE, [environment, "enrollment-tokens", token]) => {
            require_admin(call, environment).await?;
            call.app.control.delete_enrollment_token(environment, token).await?;
            Ok(no_content())
        }
        (_, [_, "enrollment-tokens", _]) => not_allowed(&[Method::DELETE]),
        _ => no_such_path(),
    }
}

async fn require_admin(call: &Call, environment: &str) -> Result<(), HttpError> {
    call.require(Subject::Environment(environment.to_owned()), Role::Admin).await
}

async fn create(call: &Call) -> Result<Reply, HttpError> {
    call.require_super_admin()?;
    let NewEnvironment { name, team_id } = call.json()?;
    let name = names::name("name", &name).map_err(HttpError::BadRequest)?;
    if !call.app.store.list_teams().await?.iter().any(|team| team.id == team_id) {
        return Err(HttpError::BadRequest("teamId is not the id of a team".into()));
    }
    let environment = call.app.control.create_environment(name, &team_id).await?;
    call.note_subject(&environment.id);
    call.note_environment(&environment.id);
    call.note("name", name);
    call.note("teamId", team_id);
    let view = EnvironmentView {
        id: &environment.id,
        name: &environment.name,
        team_id: &environment.team,
        role: Role::Admin,
    };
    Ok(json(StatusCode::CREATED, &view))
}

fn token_view<'a>(token: &'a EnrollmentToken, text: Option<&'a str>) -> EnrollmentTokenView<'a> {
    EnrollmentTokenView {
        id: &token.id,
        hint: &token.hint,
        created_at: Rfc3339(token.created_at),
        token: text,
    }
}
