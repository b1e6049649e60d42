//! One API call: what was sent, by whom, and what they may do.

use std::net::IpAddr;
use std::sync::Arc;

use bytes::Bytes;
use hyper::Method;
use serde::de::DeserializeOwned;
use systole_systems::query::{Answer, AnswerBody, EnvironmentItem, Query, Subject};
use systole_systems::status::Role;

use crate::app::App;
use crate::auth::credentials::Principal;
use crate::http::body::from_json;
use crate::http::caller::Caller;
use crate::http::params::Params;
use crate::http::reply::{HttpError, Reply};

/// A request, read in full.
pub(super) struct Call {
    pub(super) app: Arc<App>,
    pub(super) method: Method,
    pub(super) params: Params,
    pub(super) body: Bytes,
    pub(super) caller: Option<Caller>,
    pub(super) peer: IpAddr,
}

impl Call {
    /// Who has signed in, or 401.
    pub(super) fn principal(&self) -> Result<&Principal, HttpError> {
        self.caller.as_ref().map(|caller| &caller.principal).ok_or(HttpError::Unauthorized)
    }

    /// The user id of whoever has signed in, or 401.
    pub(super) fn viewer(&self) -> Result<String, HttpError> {
        Ok(self.principal()?.user.to_string())
    }

    /// Lets super-admins pass, and nobody else.
    pub(super) fn require_super_admin(&self) -> Result<&Principal, HttpError> {
        let principal = self.principal()?;
        if !principal.super_admin {
            return Err(HttpError::Forbidden("only super-admins may do this"));
        }
        Ok(principal)
    }

    /// Lets those pass who have at least this role over the subject. Who may not see it is told
    /// that it does not exist.
    pub(super) async fn require(&self, subject: Subject, least: Role) -> Result<(), HttpError> {
        let what = match subject {
            Subject::Team(_) => "team",
            Subject::Environment(_) => "environment",
            Subject::Node(_) => "node",
            Subject::Pipeline(_) => "pipeline",
        };
        let answer = self.ask(Query::Access { viewer: self.viewer()?, subject }, what).await?;
        let AnswerBody::Access { role, super_admin: _ } = answer.body else { mismatched() };
        match role {
            None => Err(HttpError::NotFound(what)),
            Some(role) if role < least => {
                Err(HttpError::Forbidden("your role in the team does not allow this"))
            }
            Some(_) => Ok(()),
        }
    }

    /// Asks the core; `what` is missing when it finds nothing.
    pub(super) async fn ask(&self, query: Query, what: &'static str) -> Result<Answer, HttpError> {
        let answer = self.app.reader.ask(query).await?;
        if answer.body == AnswerBody::NotFound {
            return Err(HttpError::NotFound(what));
        }
        if answer.body == AnswerBody::BadCursor {
            return Err(HttpError::BadRequest("cursor is not one of this list".into()));
        }
        Ok(answer)
    }

    /// The environments the viewer may see.
    pub(super) async fn environments(&self) -> Result<Vec<EnvironmentItem>, HttpError> {
        let answer = self.ask(Query::Environments { viewer: self.viewer()? }, "user").await?;
        let AnswerBody::Environments(items) = answer.body else { mismatched() };
        Ok(items)
    }

    /// The body as JSON.
    pub(super) fn json<T: DeserializeOwned>(&self) -> Result<T, HttpError> {
        from_json(&self.body)
    }
}

/// The core answered another question than it was asked.
pub(super) fn mismatched() -> ! {
    unreachable!("each question has one kind of answer")
}

/// 405 with what would be allowed.
pub(super) fn not_allowed(allowed: &'static [Method]) -> Result<Reply, HttpError> {
    Err(HttpError::MethodNotAllowed(allowed))
}

/// 404 for a path that is no call.
pub(super) fn no_such_path() -> Result<Reply, HttpError> {
    Err(HttpError::NotFound("this path"))
}
