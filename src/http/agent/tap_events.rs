//! `POST tap-events`: events of live taps. This server starts none, so it keeps none.

use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::app::App;
use crate::edge_counters::Reason;
use crate::http::agent::authorize::authorize;
use crate::http::agent::filled::Filled;
use crate::http::body;
use crate::http::reply::{HttpError, Reply, ok_empty};
use crate::http::router::Request;

pub(super) async fn tap_events(app: &App, request: Request) -> Result<Reply, HttpError> {
    authorize(app, request.headers())?;
    let body = body::read(app, request.into_body(), app.options.body_bytes_max).await?;
    body::from_json::<TapEvents>(&body).inspect_err(|_| app.counters.count(Reason::BodyInvalid))?;
    app.counters.count(Reason::TapUnrequested);
    Ok(ok_empty())
}

/// The shape that is asked of a body; what it holds goes no further.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "the fields state what is required, nobody reads them")]
struct TapEvents {
    request_id: Filled,
    pipeline_id: Filled,
    component_id: Filled,
    events: Option<Vec<IgnoredAny>>,
    status: Option<TapStatus>,
    reason: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
enum TapStatus {
    Stopped,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes() {
        let cases = [
            (r#"{"requestId":"r","pipelineId":"p","componentId":"c","events":[1,"x"]}"#, None),
            (
                r#"{"requestId":"r","pipelineId":"p","componentId":"c","status":"stopped","reason":"x"}"#,
                None,
            ),
            (r#"{"requestId":"r","pipelineId":"","componentId":"c"}"#, Some("pipelineId")),
            (r#"{"requestId":"r","pipelineId":"p"}"#, Some("componentId")),
            (
                r#"{"requestId":"r","pipelineId":"p","componentId":"c","status":"paused"}"#,
                Some("status"),
            ),
            (
                r#"{"requestId":"r","pipelineId":"p","componentId":"c","events":"x"}"#,
                Some("events"),
            ),
            ("[]", Some("the body does not fit")),
        ];
        for (body, field) in cases {
            let read = body::from_json::<TapEvents>(body.as_bytes());
            match (read, field) {
                (Ok(_), None) => (),
                (Err(HttpError::BadRequest(why)), Some(field)) => {
                    assert!(why.contains(field), "{why}");
                }
                (read, _) => panic!("{body}: {:?}", read.err()),
            }
        }
    }
}
