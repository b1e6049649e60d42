//! `/users`: people, managed by super-admins.

use hyper::{Method, StatusCode};
use serde::{Deserialize, Serialize};

use crate::control::names;
use crate::http::api::call::{Call, no_such_path, not_allowed};
use crate::http::api::list::whole_list;
use crate::http::reply::{HttpError, Reply, json, no_content};
use crate::http::rfc3339::Rfc3339;
use crate::store::User;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NewUser {
    email: String,
    password: String,
    #[serde(default)]
    super_admin: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct UserView<'a> {
    id: &'a str,
    email: &'a str,
    super_admin: bool,
    created_at: Rfc3339,
}

impl UserView<'_> {
    pub(super) fn of(user: &User) -> UserView<'_> {
        UserView {
            id: &user.id,
            email: &user.email,
            super_admin: user.super_admin,
            created_at: Rfc3339(user.created_at),
        }
    }
}

pub(super) async fn route(call: &Call, path: &[&str]) -> Result<Reply, HttpError> {
    match (&call.method, path) {
        (&Method::GET, []) => {
            call.require_super_admin()?;
            let users = call.app.store.list_users().await?;
            Ok(whole_list(users.iter().map(UserView::of).collect()))
        }
        (&Method::POST, []) => create(call).await,
        (_, []) => not_allowed(&[Method::GET, Method::POST]),
        (&Method::DELETE, [user]) => delete(call, user).await,
        (_, [_]) => not_allowed(&[Method::DELETE]),
        _ => no_such_path(),
    }
}

async fn create(call: &Call) -> Result<Reply, HttpError> {
    call.require_super_admin()?;
    let NewUser { email, password, super_admin } = call.json()?;
    let email = names::email(&email).map_err(HttpError::BadRequest)?;
    names::password(&password).map_err(HttpError::BadRequest)?;
    let hash = call.app.passwords.hash(password).await?;
    let user = call.app.control.create_user(email, &hash, super_admin).await?;
    call.note_subject(&user.id);
    call.note("email", email);
    call.note("superAdmin", super_admin);
    Ok(json(StatusCode::CREATED, &UserView::of(&user)))
}

async fn delete(call: &Call, user: &str) -> Result<Reply, HttpError> {
    call.require_super_admin()?;
    if let Some(email) = call.app.caches.credentials.email(user) {
        call.note("email", &*email);
    }
    call.app.control.delete_user(user).await?;
    Ok(no_content())
}
