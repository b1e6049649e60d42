//! `GET push`: the event stream from the server to a node.

use hyper::Response;
use hyper::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue};

use crate::app::App;
use crate::http::agent::authorize::authorize;
use crate::http::reply::{HttpError, Reply, ReplyBody};
use crate::http::router::Request;

pub(super) fn push(app: &App, request: &Request) -> Result<Reply, HttpError> {
    let identity = authorize(app, request.headers())?;
    let mut reply = Response::new(ReplyBody::Stream(app.caches.push.open(&identity)));
    let headers = reply.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache, no-transform"));
    // Asks nginx to pass events on as they come.
    let buffering = HeaderName::from_static("x-accel-buffering");
    headers.insert(buffering, HeaderValue::from_static("no"));
    Ok(reply)
}
