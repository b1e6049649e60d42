//! `/tokens`: API tokens of whoever asks; super-admins create them for others too.

use hyper::{Method, StatusCode};
use serde::{Deserialize, Serialize};

use crate::control::names;
use crate::http::api::call::{Call, no_such_path, not_allowed};
use crate::http::api::list::whole_list;
use crate::http::reply::{HttpError, Reply, json, no_content};
use crate::http::rfc3339::Rfc3339;
use crate::store::Credential;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NewToken {
    name: String,
    /// Whom the token is for, when a super-admin makes it for another.
    user_id: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TokenView<'a> {
    id: &'a str,
    name: &'a str,
    created_at: Rfc3339,
    /// The text itself, shown once.
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<&'a str>,
}

pub(super) async fn route(call: &Call, path: &[&str]) -> Result<Reply, HttpError> {
    match (&call.method, path) {
        (&Method::GET, []) => {
            let tokens = call.app.store.list_api_tokens(&call.principal()?.user).await?;
            Ok(whole_list(tokens.iter().map(|token| view(token, None)).collect()))
        }
        (&Method::POST, []) => create(call).await,
        (_, []) => not_allowed(&[Method::GET, Method::POST]),
        (&Method::DELETE, [token]) => delete(call, token).await,
        (_, [_]) => not_allowed(&[Method::DELETE]),
        _ => no_such_path(),
    }
}

async fn create(call: &Call) -> Result<Reply, HttpError> {
    let NewToken { name, user_id } = call.json()?;
    let user = match &user_id {
        Some(user) => {
            call.require_super_admin()?;
            call.app.caches.credentials.email(user).ok_or(HttpError::NotFound("user"))?;
            user.as_str()
        }
        None => &call.principal()?.user,
    };
    let name = names::name("name", &name).map_err(HttpError::BadRequest)?;
    let (token, text) = call.app.control.create_api_token(user, name).await?;
    call.note_subject(&token.id);
    call.note("name", name);
    call.note("userId", user);
    Ok(json(StatusCode::CREATED, &view(&token, Some(&text))))
}

async fn delete(call: &Call, token: &str) -> Result<Reply, HttpError> {
    let own = call.app.store.list_api_tokens(&call.principal()?.user).await?;
    let known = own.iter().find(|known| known.id == token).ok_or(HttpError::NotFound("token"))?;
    call.note("name", known.name.as_str());
    call.app.control.end_credential(token).await?;
    Ok(no_content())
}

fn view<'a>(token: &'a Credential, text: Option<&'a str>) -> TokenView<'a> {
    TokenView {
        id: &token.id,
        name: &token.name,
        created_at: Rfc3339(token.created_at),
        token: text,
    }
}
