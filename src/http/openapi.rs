//! `GET /api/openapi.json`: what this server takes and answers, from the tables that also route and record
//! calls. Names no node and no person, and so asks for no sign-in.

mod document;
pub mod operation;
pub mod operations;
mod parameters;
mod schema;
mod shapes;

use std::sync::LazyLock;

use bytes::Bytes;
use hyper::StatusCode;
use hyper::header::{CACHE_CONTROL, ETAG, HeaderMap, HeaderValue};
use sha2::{Digest as _, Sha256};

use crate::auth::secrets::hex;
use crate::http::etag::{is_known, not_modified};
use crate::http::reply::{Reply, bytes_of};

/// The document and its tag, made once.
static DOCUMENT: LazyLock<(Bytes, HeaderValue)> = LazyLock::new(|| {
    let text = document::document().to_string();
    let tag = format!("\"{}\"", hex(&Sha256::digest(&text)[..12]));
    (text.into(), HeaderValue::from_str(&tag).expect("hexadecimal is header-safe"))
});

/// Answers with the document, or with nothing when the asker has it.
pub fn reply(asked: &HeaderMap) -> Reply {
    let (document, tag) = &*DOCUMENT;
    let mut reply = bytes_of(StatusCode::OK, "application/json", document.clone());
    reply.headers_mut().insert(ETAG, tag.clone());
    reply.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    if is_known(asked, tag) { not_modified(reply) } else { reply }
}
