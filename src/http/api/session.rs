//! `/session`: sign in, who am I, sign out.

use hyper::header::{HeaderValue, SET_COOKIE};
use hyper::{Method, StatusCode};
use serde::{Deserialize, Serialize};
use systole_systems::status::Role;

use crate::auth::passwords::PASSWORD_BYTES_MAX;
use crate::clock::wall_now;
use crate::control::names;
use crate::http::api::call::{Call, no_such_path, not_allowed};
use crate::http::api::environments::EnvironmentView;
use crate::http::api::teams::teams_of;
use crate::http::api::users::UserView;
use crate::http::caller::{no_session_cookie, session_cookie};
use crate::http::reply::{HttpError, Reply, json, no_content};

#[derive(Deserialize)]
struct SignIn {
    email: String,
    password: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SessionView<'a> {
    user: ViewerView<'a>,
    teams: Vec<TeamRoleView<'a>>,
    environments: Vec<EnvironmentView<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ViewerView<'a> {
    id: &'a str,
    email: &'a str,
    super_admin: bool,
}

#[derive(Serialize)]
struct TeamRoleView<'a> {
    id: &'a str,
    name: &'a str,
    role: Role,
}

pub(super) async fn route(call: &Call, path: &[&str]) -> Result<Reply, HttpError> {
    match (&call.method, path) {
        (&Method::GET, []) => show(call).await,
        (&Method::POST, []) => sign_in(call).await,
        (&Method::DELETE, []) => sign_out(call).await,
        (_, []) => not_allowed(&[Method::GET, Method::POST, Method::DELETE]),
        _ => no_such_path(),
    }
}

async fn show(call: &Call) -> Result<Reply, HttpError> {
    let principal = call.principal()?;
    let email = call.app.caches.credentials.email(&principal.user);
    let email = email.ok_or(HttpError::Unauthorized)?;
    let teams = teams_of(call).await?;
    let environments = call.environments().await?;
    let view = SessionView {
        user: ViewerView { id: &principal.user, email: &email, super_admin: principal.super_admin },
        teams: teams
            .iter()
            .map(|(team, role)| TeamRoleView { id: &team.id, name: &team.name, role: *role })
            .collect(),
        environments: environments.iter().map(EnvironmentView::of).collect(),
    };
    Ok(json(StatusCode::OK, &view))
}

async fn sign_in(call: &Call) -> Result<Reply, HttpError> {
    let SignIn { email, password } = call.json()?;
    let email = names::email(&email).map_err(HttpError::BadRequest)?;
    if PASSWORD_BYTES_MAX < password.len() {
        return Err(HttpError::WrongPassword); // nobody has such a password
    }
    let attempts = &call.app.login_attempts;
    let attempt = attempts.admit(email, call.peer, wall_now()).map_err(|wait| {
        HttpError::TooManyRequests {
            why: "too many attempts to sign in",
            retry_after_seconds: u32::try_from(wait.0.div_ceil(1_000)).unwrap_or(u32::MAX),
        }
    })?;
    let (user, hash) = call.app.store.user_by_email(email).await?.unzip();
    let matches = call.app.passwords.verify(password, hash).await?;
    let Some(user) = user.filter(|_| matches) else {
        return Err(HttpError::WrongPassword);
    };
    attempts.forgive(attempt);
    let (session, secret) = call.app.control.start_session(&user.id).await?;
    call.note_session(&user, &session);
    call.note_subject(&session.id);
    let cookie = session_cookie(&secret, call.app.options.public_url.as_deref());
    Ok(with_cookie(json(StatusCode::OK, &UserView::of(&user)), &cookie))
}

/// A session that is over already is signed out of as well.
async fn sign_out(call: &Call) -> Result<Reply, HttpError> {
    if let Some(caller) = &call.caller {
        if !caller.by_cookie {
            let why = "this request carries no session; delete a token by its id";
            return Err(HttpError::BadRequest(why.into()));
        }
        call.note_subject(&caller.principal.credential);
        call.app.control.end_credential(&caller.principal.credential).await?;
    }
    let cookie = no_session_cookie(call.app.options.public_url.as_deref());
    Ok(with_cookie(no_content(), &cookie))
}

pub(super) fn with_cookie(mut reply: Reply, cookie: &str) -> Reply {
    let value = HeaderValue::from_str(cookie).expect("secrets are hexadecimal");
    reply.headers_mut().insert(SET_COOKIE, value);
    reply
}
