//! One API call: what was sent, by whom, and what they may do.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use hyper::Method;
use serde::de::DeserializeOwned;
use serde_json::Value;
use systole_systems::answer::{Answer, AnswerBody, EnvironmentItem};
use systole_systems::query::{Query, Subject};
use systole_systems::status::Role;

use crate::app::App;
use crate::auth::credentials::Principal;
use crate::http::audit::{Actor, Note};
use crate::http::body::from_json_object;
use crate::http::caller::Caller;
use crate::http::params::Params;
use crate::http::reply::{HttpError, Reply};
use crate::store::{Credential, User};

/// A request, read in full.
pub(super) struct Call {
    pub(super) app: Arc<App>,
    pub(super) method: Method,
    pub(super) params: Params,
    pub(super) body: Bytes,
    pub(super) caller: Option<Caller>,
    pub(super) peer: IpAddr,
    /// What is recorded of it beside its path, when it is a write that succeeds.
    pub(super) note: Mutex<Note>,
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
        let query = Query::Access { viewer: self.viewer()?, subject: subject.clone() };
        let answer = self.ask(query, what).await?;
        let AnswerBody::Access { role, super_admin: _ } = answer.body else { mismatched() };
        match role {
            None => Err(HttpError::NotFound(what)),
            Some(role) if role < least => {
                Err(HttpError::Forbidden("your role in the team does not allow this"))
            }
            Some(_) if self.method == Method::GET => Ok(()),
            Some(_) => self.note_environment_of(subject).await,
        }
    }

    /// Notes where a write is about to happen, while what it is about still exists.
    async fn note_environment_of(&self, subject: Subject) -> Result<(), HttpError> {
        let (environment, name) = match subject {
            Subject::Team(_) => return Ok(()),
            Subject::Environment(id) => (Some(id), None),
            Subject::Node(id) => self
                .app
                .store
                .node_edit(&id)
                .await?
                .map(|node| (node.environment, node.name))
                .unzip(),
            Subject::Pipeline(id) => self
                .app
                .store
                .pipeline(&id)
                .await?
                .map(|pipeline| (pipeline.environment, pipeline.name))
                .unzip(),
        };
        self.with_note(|note| {
            note.environment = environment;
            note.detail.extend(name.map(|name| ("name".to_owned(), name.into())));
        });
        Ok(())
    }

    /// Notes a part of the detail of the action.
    pub(super) fn note(&self, name: &str, value: impl Into<Value>) {
        self.with_note(|note| note.detail.insert(name.to_owned(), value.into()));
    }

    /// Notes what a call has made.
    pub(super) fn note_subject(&self, id: &str) {
        self.with_note(|note| note.subject = Some(id.to_owned()));
    }

    /// Notes that the call made an environment.
    pub(super) fn note_environment(&self, id: &str) {
        self.with_note(|note| note.environment = Some(id.to_owned()));
    }

    /// Notes who somebody is that came without a session and has one now.
    pub(super) fn note_session(&self, user: &User, session: &Credential) {
        let actor = Actor {
            user: Some(user.id.clone()),
            email: Some(user.email.clone()),
            proof: "session",
            credential: Some(session.id.clone()),
        };
        self.with_note(|note| note.actor = Some(actor));
    }

    fn with_note<T>(&self, change: impl FnOnce(&mut Note) -> T) -> T {
        change(&mut self.note.lock().unwrap_or_else(PoisonError::into_inner))
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
        from_json_object(&self.body)
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
    Err(HttpError::NotFound("this path was"))
}
