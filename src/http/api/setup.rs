//! `/setup`: the first super-admin of an empty store, with the token the server printed at its first start.

use hyper::{Method, StatusCode};
use serde::{Deserialize, Serialize};

use crate::control::names;
use crate::http::api::call::{Call, no_such_path, not_allowed};
use crate::http::api::session::with_cookie;
use crate::http::api::users::UserView;
use crate::http::caller::session_cookie;
use crate::http::reply::{HttpError, Reply, json};

#[derive(Serialize)]
struct SetupView {
    needed: bool,
}

#[derive(Deserialize)]
struct SetUp {
    token: String,
    email: String,
    password: String,
}

pub(super) async fn route(call: &Call, path: &[&str]) -> Result<Reply, HttpError> {
    match (&call.method, path) {
        (&Method::GET, []) => {
            Ok(json(StatusCode::OK, &SetupView { needed: call.app.caches.setup.is_issued() }))
        }
        (&Method::POST, []) => set_up(call).await,
        (_, []) => not_allowed(&[Method::GET, Method::POST]),
        _ => no_such_path(),
    }
}

/// Creates the super-admin and signs them in.
async fn set_up(call: &Call) -> Result<Reply, HttpError> {
    let SetUp { token, email, password } = call.json()?;
    let email = names::email(&email).map_err(HttpError::BadRequest)?;
    names::password(&password).map_err(HttpError::BadRequest)?;
    // Checked before the hash is made, which is slow, and once more in the write's turn.
    if !call.app.caches.setup.admits(&token) {
        return Err(HttpError::Forbidden("the set-up link is not valid (any more)"));
    }
    let hash = call.app.passwords.hash(password).await?;
    let user = call.app.control.set_up(&token, email, &hash).await?;
    let (session, secret) = call.app.control.start_session(&user.id).await?;
    call.note_session(&user, &session);
    call.note_subject(&user.id);
    let cookie = session_cookie(&secret, call.app.options.public_url.as_deref());
    Ok(with_cookie(json(StatusCode::CREATED, &UserView::of(&user)), &cookie))
}
