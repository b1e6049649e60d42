//! The accept loop: one listener, HTTP/1.1, a task a connection.

use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use rustix::net::sockopt::set_tcp_user_timeout;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinError, JoinSet};

use crate::app::App;
use crate::clock::steady_now;
use crate::edge_counters::Reason;
use crate::http::router::route;

/// Bounds of the server.
#[derive(Clone, Copy, Debug)]
pub struct ServerLimits {
    /// Connections held at once; more are closed as they come, and their agents try again.
    pub connections_max: usize,
    /// Time in which the head of a request must be here, counted from the end of the last one: how
    /// long a connection may idle, and all that sending a byte a minute gains. Longer than agents
    /// wait between two heartbeats, or each needs a new connection.
    pub head_time_max: Duration,
    /// Time that requests and streams get to end when the server stops.
    pub finish_time_max: Duration,
}

/// Bytes hyper buffers for a connection, and so the largest head. The least it allows: with its
/// default of 400 KiB, 18,000 connections took up to twice the memory and stalled while it grew.
const BUFFER_BYTES_MAX: usize = 8_192;

/// Time a connection may take nothing of what is sent to it.
const STUCK_MILLIS_MAX: u32 = 60_000;

/// Pause after a failed accept: without descriptors the next one would fail at once.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Serves until `stop`, then lets requests finish within their time and ends the rest.
pub async fn serve(
    listener: TcpListener,
    app: Arc<App>,
    limits: ServerLimits,
    stop: impl Future<Output = ()>,
) {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(limits.head_time_max)
        .max_buf_size(BUFFER_BYTES_MAX);
    let graceful = GracefulShutdown::new();
    let mut connections = JoinSet::new();
    let mut stop = pin!(stop);
    loop {
        tokio::select! {
            () = &mut stop => break,
            Some(ended) = connections.join_next() => note_end(ended),
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) if connections.len() < limits.connections_max => {
                    if let Err(error) = prepare(&stream) {
                        tracing::debug!(%error, "a connection broke as it came");
                    }
                    let app = app.clone();
                    let answer = service_fn(move |request| {
                        let app = app.clone();
                        async move { Ok::<_, Infallible>(route(app, request, peer.ip()).await) }
                    });
                    let connection = http.serve_connection(TokioIo::new(stream), answer);
                    connections.spawn(graceful.watch(connection));
                }
                Ok(_) => app.counters.count(Reason::ConnectionOverLimit),
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            },
        }
    }
    drop(listener);
    app.set_ready(false);
    let finish = tokio::time::timeout(limits.finish_time_max, graceful.shutdown());
    // Connections first learn that no request follows, so that an agent whose stream ends does not
    // open another one.
    let (finished, ()) = tokio::join!(biased; finish, async {
        app.caches.push.close_all();
        app.streams.close_all();
        app.taps.end_all(steady_now());
    });
    if finished.is_err() {
        tracing::warn!(connections = connections.len(), "connections did not end in time");
    }
    connections.shutdown().await;
}

/// Small writes go out at once; a reader that takes nothing for a while loses its connection, and
/// with it the memory its queue holds.
fn prepare(stream: &TcpStream) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    Ok(set_tcp_user_timeout(stream, STUCK_MILLIS_MAX)?)
}

fn note_end(ended: Result<hyper::Result<()>, JoinError>) {
    match ended {
        Ok(Ok(())) => (),
        Ok(Err(error)) => tracing::debug!(%error, "a connection broke"),
        Err(error) => tracing::error!(%error, "a connection panicked"),
    }
}
