//! `/configurations/check`: what is in a configuration and what is wrong with it, before it is stored anywhere.

use hyper::{Method, StatusCode};
use serde::Deserialize;

use crate::http::api::call::{Call, no_such_path, not_allowed};
use crate::http::reply::{HttpError, Reply, json};
use crate::vector_config::VectorConfig;

#[derive(Deserialize)]
struct Text {
    config: String,
}

pub(super) fn route(call: &Call, path: &[&str]) -> Result<Reply, HttpError> {
    match (&call.method, path) {
        (&Method::POST, ["check"]) => {
            call.principal()?;
            let Text { config } = call.json()?;
            Ok(json(StatusCode::OK, &VectorConfig::parse(&config)))
        }
        (_, ["check"]) => not_allowed(&[Method::POST]),
        _ => no_such_path(),
    }
}
