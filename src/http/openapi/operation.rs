//! One operation: a method on a path, what it takes, what it answers, and what it does.

/// What a call changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Nothing that people have a say in.
    Reads,
    /// This, and the audit records it.
    Does(&'static str),
}

/// Who may call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caller {
    Anybody,
    /// With a session or an API token; what their role allows is told by the server.
    Person,
    /// With its node token.
    Agent,
}

/// A row of the table of operations.
#[derive(Clone, Copy, Debug)]
pub struct Operation {
    pub method: &'static str,
    /// From the root; names in braces stand for ids.
    pub path: &'static str,
    pub summary: &'static str,
    pub caller: Caller,
    /// Keys of parameters, separated by blanks; `!` behind one: it must be given.
    pub query: &'static str,
    /// The shape of the body; empty: none is read.
    pub body: &'static str,
    pub is_body_required: bool,
    pub status: u16,
    /// The shape of the answer, or the media type of one that is no JSON; empty: it has no body.
    pub answer: &'static str,
    pub effect: Effect,
}

const fn operation(method: &'static str, path: &'static str, summary: &'static str) -> Operation {
    Operation {
        method,
        path,
        summary,
        caller: Caller::Person,
        query: "",
        body: "",
        is_body_required: false,
        status: 200,
        answer: "",
        effect: Effect::Reads,
    }
}

pub(super) const fn get(path: &'static str, summary: &'static str) -> Operation {
    operation("GET", path, summary)
}

pub(super) const fn post(path: &'static str, summary: &'static str) -> Operation {
    operation("POST", path, summary)
}

pub(super) const fn put(path: &'static str, summary: &'static str) -> Operation {
    operation("PUT", path, summary)
}

/// Deletions answer 204.
pub(super) const fn delete(path: &'static str, summary: &'static str) -> Operation {
    operation("DELETE", path, summary).status(204)
}

impl Operation {
    pub(super) const fn by(self, caller: Caller) -> Operation {
        Operation { caller, ..self }
    }

    pub(super) const fn query(self, query: &'static str) -> Operation {
        Operation { query, ..self }
    }

    pub(super) const fn takes(self, body: &'static str) -> Operation {
        Operation { body, is_body_required: true, ..self }
    }

    pub(super) const fn may_take(self, body: &'static str) -> Operation {
        Operation { body, is_body_required: false, ..self }
    }

    pub(super) const fn status(self, status: u16) -> Operation {
        Operation { status, ..self }
    }

    pub(super) const fn answers(self, answer: &'static str) -> Operation {
        Operation { answer, ..self }
    }

    pub(super) const fn does(self, action: &'static str) -> Operation {
        Operation { effect: Effect::Does(action), ..self }
    }

    /// Whether the path after `/api/v1` is this one's.
    pub(super) fn is_at(&self, path: &[&str]) -> bool {
        let Some(own) = self.path.strip_prefix("/api/v1/") else { return false };
        let fits = |(own, given): (&str, &&str)| own.starts_with('{') || own == *given;
        own.split('/').count() == path.len() && own.split('/').zip(path).all(fits)
    }

    /// The id in the path after `/api/v1` of what the action is done to.
    pub fn subject<'a>(&self, path: &[&'a str]) -> Option<&'a str> {
        let Effect::Does(action) = self.effect else { return None };
        let parameter = match super::operations::subject_kind(action) {
            "node" => "{nodeId}",
            "pipeline" => "{pipelineId}",
            "team" => "{teamId}",
            "user" => "{userId}",
            "tap" => "{tapId}",
            "environment" => "{environmentId}",
            "token" | "enrollment_token" => "{tokenId}",
            _ => return None,
        };
        let own = self.path.strip_prefix("/api/v1/")?;
        own.split('/').zip(path).find(|(own, _)| *own == parameter).map(|(_, given)| *given)
    }
}
