//! `/notices`: what whoever runs the server should know now. Empty when all is well.

use hyper::Method;
use serde::Serialize;

use crate::http::api::call::{Call, no_such_path, not_allowed};
use crate::http::api::list::whole_list;
use crate::http::reply::{HttpError, Reply};
use crate::http::rfc3339::Rfc3339;

/// One thing to know.
#[derive(Serialize)]
struct Notice {
    /// `error`: something is refused or wrong until it is mended; `warning`: it waits.
    severity: &'static str,
    message: String,
    since: Option<Rfc3339>,
}

pub(super) fn route(call: &Call, path: &[&str]) -> Result<Reply, HttpError> {
    match (&call.method, path) {
        (&Method::GET, []) => {
            call.viewer()?;
            Ok(whole_list(notices(call)))
        }
        (_, []) => not_allowed(&[Method::GET]),
        _ => no_such_path(),
    }
}

fn notices(call: &Call) -> Vec<Notice> {
    let journal = call.app.ingress.journal();
    let unwritable = journal.failure().map(|failure| Notice {
        severity: "error",
        message: format!(
            "The journal cannot be written ({}). Heartbeats are refused until it can; they are \
             accepted again by themselves. Make room on the disk of the data directory.",
            failure.why
        ),
        since: Some(Rfc3339(failure.since)),
    });
    let unstored = journal.store_failure().map(|failure| Notice {
        severity: "warning",
        message: format!(
            "The database does not take rows ({}). They wait in memory and in the journal; of \
             history, as many as --backlog-rows says.",
            failure.why
        ),
        since: Some(Rfc3339(failure.since)),
    });
    let differing = journal.mismatch().map(|what| Notice {
        severity: "error",
        message: format!(
            "The journal does not replay as it was recorded: {what}. Its files are kept as they \
             are and none is removed any more: watch the disk, keep the files, and report this."
        ),
        since: None,
    });
    [unwritable, unstored, differing].into_iter().flatten().collect()
}
