//! Answers: one body type for whole and streamed bodies, and errors as `{"error": ...}`.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use hyper::header::{
    ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE,
};
use hyper::{Method, Response, StatusCode};
use serde::Serialize;
use tokio::sync::mpsc;

use crate::http::stream_body::StreamBody;
use crate::ports::Refusal;
use crate::store::StoreError;
use crate::taps::feed::FeedBody;

/// An answer of this server.
pub type Reply = Response<ReplyBody>;

/// A body: nothing or bytes known in full, two pieces one after the other, an event stream, or pages.
#[derive(Debug)]
pub enum ReplyBody {
    Whole(Option<Bytes>),
    /// A piece that many answers share, and one of this answer.
    Joined(Bytes, Bytes),
    Stream(StreamBody),
    /// The events of a live tap.
    Tap(FeedBody),
    /// Pieces that are made as they are taken.
    Pages(mpsc::Receiver<Bytes>),
}

impl Body for ReplyBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match self.get_mut() {
            ReplyBody::Whole(bytes) => Poll::Ready(bytes.take().map(|b| Ok(Frame::data(b)))),
            ReplyBody::Joined(first, second) => {
                let piece = if first.is_empty() { second } else { first };
                let bytes = Some(std::mem::take(piece)).filter(|bytes| !bytes.is_empty());
                Poll::Ready(bytes.map(|b| Ok(Frame::data(b))))
            }
            ReplyBody::Stream(stream) => {
                stream.poll_next(cx).map(|b| b.map(|b| Ok(Frame::data(b))))
            }
            ReplyBody::Tap(feed) => feed.poll_next(cx).map(|b| b.map(|b| Ok(Frame::data(b)))),
            ReplyBody::Pages(pages) => pages.poll_recv(cx).map(|b| b.map(|b| Ok(Frame::data(b)))),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            ReplyBody::Whole(bytes) => bytes.is_none(),
            ReplyBody::Joined(first, second) => first.is_empty() && second.is_empty(),
            ReplyBody::Stream(_) | ReplyBody::Tap(_) | ReplyBody::Pages(_) => false,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            ReplyBody::Whole(bytes) => {
                SizeHint::with_exact(bytes.as_ref().map_or(0, |b| b.len() as u64))
            }
            ReplyBody::Joined(first, second) => {
                SizeHint::with_exact((first.len() + second.len()) as u64)
            }
            ReplyBody::Stream(_) | ReplyBody::Tap(_) | ReplyBody::Pages(_) => SizeHint::default(),
        }
    }
}

/// 200 without a body: all an agent wants to hear.
pub fn ok_empty() -> Reply {
    Response::new(ReplyBody::Whole(None))
}

/// 204.
pub fn no_content() -> Reply {
    let mut reply = Response::new(ReplyBody::Whole(None));
    *reply.status_mut() = StatusCode::NO_CONTENT;
    reply
}

/// An answer with JSON in it.
pub fn json<T: Serialize>(status: StatusCode, value: &T) -> Reply {
    let bytes = serde_json::to_vec(value).expect("answers are plain data with string keys");
    bytes_of(status, "application/json", bytes.into())
}

/// An answer with bytes in it.
pub fn bytes_of(status: StatusCode, content_type: &'static str, bytes: Bytes) -> Reply {
    let body = if bytes.is_empty() { None } else { Some(bytes) };
    let mut reply = Response::new(ReplyBody::Whole(body));
    *reply.status_mut() = status;
    reply.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    reply.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    reply
}

/// An answer with JSON in it, whose first piece is shared and not copied.
pub fn json_joined(first: Bytes, second: Bytes) -> Reply {
    let mut reply = bytes_of(StatusCode::OK, "application/json", Bytes::new());
    *reply.body_mut() = ReplyBody::Joined(first, second);
    reply
}

/// Why a request is not served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HttpError {
    /// 400: what is wrong, the field named.
    BadRequest(String),
    /// 401.
    Unauthorized,
    /// 401 at the sign-in itself.
    WrongPassword,
    /// 403.
    Forbidden(&'static str),
    /// 404: what was not found.
    NotFound(&'static str),
    /// 405: what would be allowed.
    MethodNotAllowed(&'static [Method]),
    /// 408: the body did not come in time.
    TooSlow,
    /// 409: what is in the way.
    Conflict(String),
    /// 413.
    TooLarge { bytes_max: usize },
    /// 429: try again after so many seconds.
    TooManyRequests { why: &'static str, retry_after_seconds: u32 },
    /// 503: try again after so many seconds.
    Unavailable { why: &'static str, retry_after_seconds: u32 },
    /// 500: a defect of ours; the details are in the log, not in the answer.
    Internal,
}

impl HttpError {
    /// What is wrong, as a sentence.
    pub fn message(&self) -> String {
        self.status_and_message().1
    }

    fn status_and_message(&self) -> (StatusCode, String) {
        match self {
            HttpError::BadRequest(why) => (StatusCode::BAD_REQUEST, why.clone()),
            HttpError::Unauthorized => {
                (StatusCode::UNAUTHORIZED, "sign in, or send a valid token".into())
            }
            HttpError::WrongPassword => {
                (StatusCode::UNAUTHORIZED, "email or password is wrong".into())
            }
            HttpError::Forbidden(why) => (StatusCode::FORBIDDEN, (*why).into()),
            HttpError::NotFound(what) => (StatusCode::NOT_FOUND, format!("{what} not found")),
            HttpError::MethodNotAllowed(_) => {
                (StatusCode::METHOD_NOT_ALLOWED, "this method is not allowed here".into())
            }
            HttpError::TooSlow => {
                (StatusCode::REQUEST_TIMEOUT, "the body did not come in time".into())
            }
            HttpError::Conflict(why) => (StatusCode::CONFLICT, why.clone()),
            HttpError::TooLarge { bytes_max } => (
                StatusCode::PAYLOAD_TOO_LARGE,
                format!("the body is larger than {bytes_max} bytes"),
            ),
            HttpError::TooManyRequests { why, .. } => {
                (StatusCode::TOO_MANY_REQUESTS, (*why).into())
            }
            HttpError::Unavailable { why, .. } => (StatusCode::SERVICE_UNAVAILABLE, (*why).into()),
            HttpError::Internal => (
                StatusCode::INTERNAL_SERVER_ERROR,
                "an internal error; see the server's log".into(),
            ),
        }
    }

    /// The error as an answer.
    pub fn reply(&self) -> Reply {
        let (status, message) = self.status_and_message();
        let mut reply = json(status, &ErrorBody { error: &message });
        match self {
            HttpError::TooManyRequests { retry_after_seconds, .. }
            | HttpError::Unavailable { retry_after_seconds, .. } => {
                reply.headers_mut().insert(RETRY_AFTER, HeaderValue::from(*retry_after_seconds));
            }
            HttpError::MethodNotAllowed(allowed) => {
                let names: Vec<&str> = allowed.iter().map(Method::as_str).collect();
                let value = HeaderValue::from_str(&names.join(", ")).expect("methods are tokens");
                reply.headers_mut().insert(ALLOW, value);
            }
            HttpError::Unauthorized => {
                reply.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            HttpError::BadRequest(_)
            | HttpError::WrongPassword
            | HttpError::Forbidden(_)
            | HttpError::NotFound(_)
            | HttpError::TooSlow
            | HttpError::Conflict(_)
            | HttpError::TooLarge { .. }
            | HttpError::Internal => (),
        }
        reply
    }
}

impl From<Refusal> for HttpError {
    fn from(refusal: Refusal) -> HttpError {
        let (why, retry_after_seconds) = match refusal {
            Refusal::Full => ("the server is busy", 1),
            Refusal::NotDurable => ("the journal cannot be written: is its disk full?", 5),
            Refusal::Stopping => ("the server is stopping", 1),
        };
        HttpError::Unavailable { why, retry_after_seconds }
    }
}

impl From<StoreError> for HttpError {
    fn from(error: StoreError) -> HttpError {
        match error {
            StoreError::Unavailable(why) => {
                tracing::warn!(%why, "the store is not available");
                HttpError::Unavailable { why: "the store is not available", retry_after_seconds: 5 }
            }
            StoreError::Conflict(field) => HttpError::Conflict(format!("this {field} is taken")),
            StoreError::NotFound => HttpError::NotFound("what this refers to was"),
            StoreError::Refused(why) => {
                tracing::error!(%why, "the store refused a call");
                HttpError::Internal
            }
        }
    }
}

#[derive(Serialize)]
struct ErrorBody<'a> {
    error: &'a str,
}
