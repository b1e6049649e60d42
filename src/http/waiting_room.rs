//! Answers 503 while the server starts: whoever comes early is told to come back, not left hanging.

use std::convert::Infallible;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::http::reply::{HttpError, Reply, bytes_of};

/// Visitors at once; more wait in the kernel's queue.
const VISITORS_MAX: usize = 256;
/// Time a visitor may take.
const VISIT_MAX: Duration = Duration::from_secs(5);

/// Answers everybody with 503 until `ready`; `/healthz` is well.
pub async fn receive_until<T>(listener: &TcpListener, ready: impl Future<Output = T>) -> T {
    let mut ready = std::pin::pin!(ready);
    let mut visitors = JoinSet::new();
    loop {
        tokio::select! {
            value = &mut ready => return value,
            Some(_) = visitors.join_next() => (),
            accepted = listener.accept(), if visitors.len() < VISITORS_MAX => {
                let Ok((stream, _)) = accepted else { continue };
                visitors.spawn(tokio::time::timeout(VISIT_MAX, async move {
                    let mut http = http1::Builder::new();
                    http.keep_alive(false);
                    http.serve_connection(TokioIo::new(stream), service_fn(answer)).await.is_ok()
                }));
            }
        }
    }
}

async fn answer(request: Request<Incoming>) -> Result<Reply, Infallible> {
    if request.uri().path() == "/healthz" {
        return Ok(bytes_of(StatusCode::OK, "text/plain", "ok\n".into()));
    }
    let why = "the server is starting";
    Ok(HttpError::Unavailable { why, retry_after_seconds: 1 }.reply())
}
