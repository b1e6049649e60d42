//! `POST samples`: results of event samples. This server asks for none, so it keeps none.

use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::app::App;
use crate::edge_counters::Reason;
use crate::http::agent::authorize::authorize;
use crate::http::agent::filled::Filled;
use crate::http::body;
use crate::http::reply::{HttpError, Reply, ok_empty};
use crate::http::router::Request;

pub(super) async fn samples(app: &App, request: Request) -> Result<Reply, HttpError> {
    authorize(app, request.headers())?;
    let body = body::read(app, request.into_body(), app.options.body_bytes_max).await?;
    let samples: Samples =
        body::from_json(&body).inspect_err(|_| app.counters.count(Reason::BodyInvalid))?;
    for _ in &samples.results {
        app.counters.count(Reason::SampleUnrequested);
    }
    Ok(ok_empty())
}

/// The shape that is asked of a body; what it holds goes no further.
#[derive(Deserialize)]
struct Samples {
    results: Vec<Sample>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "the fields state what is required, nobody reads them")]
struct Sample {
    request_id: Filled,
    component_key: Filled,
    events: Option<Vec<IgnoredAny>>,
    schema: Option<Vec<IgnoredAny>>,
    error: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes() {
        let cases = [
            (r#"{"results":[]}"#, None),
            (
                r#"{"results":[{"requestId":"r","componentKey":"c","events":[{"a":1}],"schema":[],"x":1}]}"#,
                None,
            ),
            (
                r#"{"results":[{"requestId":"r","componentKey":"c","events":null,"error":"gone"}]}"#,
                None,
            ),
            (r#"{"results":[{"requestId":"","componentKey":"c"}]}"#, Some("results[0].requestId")),
            (
                r#"{"results":[{"requestId":"r","componentKey":7}]}"#,
                Some("results[0].componentKey"),
            ),
            (r#"{"results":[{"requestId":"r"}]}"#, Some("componentKey")),
            (
                r#"{"results":[{"requestId":"r","componentKey":"c","events":{}}]}"#,
                Some("results[0].events"),
            ),
            (r#"{}"#, Some("results")),
        ];
        for (body, field) in cases {
            let read = body::from_json::<Samples>(body.as_bytes());
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
