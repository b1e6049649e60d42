//! A keep-alive connection of a client: one request at a time, reconnecting when the server closed it.

use std::fmt;
use std::io::Read as _;
use std::time::Duration;

use bytes::Bytes;
use flate2::read::GzDecoder;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1::{Builder, SendRequest};
use hyper::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, HOST, HeaderMap, RETRY_AFTER};
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// Longest time for one call, as in real agents.
const CALL_MAX: Duration = Duration::from_secs(30);
/// Bytes a connection buffers: fleets have many connections.
const BUFFER_BYTES: usize = 8 << 10;

/// Where the server is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// `host:port`.
    authority: String,
}

impl Target {
    /// Reads `http://host:port`.
    pub fn parse(url: &str) -> Result<Target, String> {
        let authority =
            url.strip_prefix("http://").ok_or(format!("{url:?} is not an http:// URL"))?;
        let authority = authority.trim_end_matches('/');
        let has_port =
            authority.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
        if authority.contains('/') || authority.is_empty() {
            return Err(format!("{url:?}: expected http://host:port"));
        }
        let port = if has_port { "" } else { ":80" };
        Ok(Target { authority: format!("{authority}{port}") })
    }

    /// The URL this was read from, without a path.
    pub fn url(&self) -> String {
        format!("http://{}", self.authority)
    }
}

/// One call.
#[derive(Clone, Debug, Default)]
pub struct Call<'a> {
    pub method: Method,
    pub path: &'a str,
    /// Sent as `Authorization: Bearer`.
    pub token: Option<&'a str>,
    pub headers: &'a [(&'static str, &'a str)],
    /// JSON.
    pub body: Bytes,
}

/// The answer to a call.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub retry_after: Option<Duration>,
    pub body: Bytes,
}

/// Why a call got no answer.
#[derive(Debug)]
pub struct CallError(String);

impl CallError {
    /// An answer that could not be used.
    pub fn new(why: &impl fmt::Display) -> CallError {
        CallError(why.to_string())
    }
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for CallError {}

/// A client's connection. Connects when it is first used.
#[derive(Debug)]
pub struct Connection {
    target: Target,
    sender: Option<SendRequest<Full<Bytes>>>,
}

impl Connection {
    /// A connection to be made when needed.
    pub fn new(target: Target) -> Connection {
        Connection { target, sender: None }
    }

    /// Sends a request and reads the whole answer.
    pub async fn call(&mut self, call: &Call<'_>) -> Result<Answer, CallError> {
        let exchange = async {
            let response = self.send(call).await?;
            let status = response.status().as_u16();
            let headers = response.headers().clone();
            let retry_after = headers
                .get(RETRY_AFTER)
                .and_then(|value| value.to_str().ok()?.parse().ok())
                .map(Duration::from_secs);
            let mut body = response.into_body().collect().await.map_err(error)?.to_bytes();
            if headers.get(CONTENT_ENCODING).is_some_and(|coding| coding == "gzip") {
                let mut plain = Vec::new();
                GzDecoder::new(&body[..]).read_to_end(&mut plain).map_err(error)?;
                body = plain.into();
            }
            Ok(Answer { status, headers, retry_after, body })
        };
        match tokio::time::timeout(CALL_MAX, exchange).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => {
                self.sender = None;
                Err(error)
            }
            Err(_) => {
                self.sender = None;
                Err(CallError("no answer in time".into()))
            }
        }
    }

    /// Sends a request and hands over the answer with its body still to come.
    pub async fn open(&mut self, call: &Call<'_>) -> Result<Response<Incoming>, CallError> {
        self.send(call).await
    }

    async fn send(&mut self, call: &Call<'_>) -> Result<Response<Incoming>, CallError> {
        let was_open = self.sender.as_ref().is_some_and(|sender| !sender.is_closed());
        match self.try_send(call).await {
            // A connection that was kept may have been closed by the server just now.
            Err(_) if was_open => {
                self.sender = None;
                self.try_send(call).await
            }
            outcome => outcome,
        }
    }

    async fn try_send(&mut self, call: &Call<'_>) -> Result<Response<Incoming>, CallError> {
        if self.sender.as_ref().is_none_or(SendRequest::is_closed) {
            let stream = TcpStream::connect(&self.target.authority).await.map_err(error)?;
            stream.set_nodelay(true).map_err(error)?;
            let (sender, connection) = Builder::new()
                .max_buf_size(BUFFER_BYTES)
                .handshake(TokioIo::new(stream))
                .await
                .map_err(error)?;
            // An error of the connection is an error of the call that is under way.
            tokio::spawn(async move { connection.await.is_ok() });
            self.sender = Some(sender);
        }
        let sender = self.sender.as_mut().expect("it was just made");
        sender.ready().await.map_err(error)?;
        let request = request(&self.target, call).map_err(error)?;
        sender.send_request(request).await.map_err(error)
    }
}

fn request(target: &Target, call: &Call<'_>) -> Result<Request<Full<Bytes>>, hyper::http::Error> {
    let mut request = Request::builder()
        .method(call.method.clone())
        .uri(call.path)
        .header(HOST, &target.authority);
    if let Some(token) = call.token {
        request = request.header(AUTHORIZATION, format!("Bearer {token}"));
    }
    for (name, value) in call.headers {
        request = request.header(*name, *value);
    }
    if !call.body.is_empty() {
        request = request.header(CONTENT_TYPE, "application/json");
    }
    request.body(Full::new(call.body.clone()))
}

fn error(error: impl fmt::Display) -> CallError {
    CallError::new(&error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_http_urls_without_a_path() {
        for (url, expected) in [
            ("http://127.0.0.1:7300", Some("127.0.0.1:7300")),
            ("http://localhost:7300/", Some("localhost:7300")),
            ("http://fleet", Some("fleet:80")),
            ("https://fleet", None),
            ("http://fleet/path", None),
            ("fleet:7300", None),
            ("http://", None),
        ] {
            let target = Target::parse(url).ok().map(|target| target.authority);
            assert_eq!(target.as_deref(), expected, "{url}");
        }
    }
}
