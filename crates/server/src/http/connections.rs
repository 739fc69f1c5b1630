//! Accepts connections and serves HTTP/1.1 on them. `axum::serve` leaves every wait of it unbounded; here slow and idle
//! connections end, and there are never more of them than there are open files for.

use crate::App;
use crate::http::admission::Places;
use axum::Router;
use axum::body::Body;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use std::io::{Error, ErrorKind};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::OwnedSemaphorePermit;
use tower::ServiceExt;

/// How long the head of a request may take, and how long a connection may idle between two: longer than the minute that
/// reverse proxies keep theirs, so that it is they who close.
const HEAD_TIMEOUT: Duration = Duration::from_secs(75);
/// The most headers of a request, and their most bytes.
const HEADERS_MAX: usize = 100;
const HEAD_BYTES_MAX: usize = 32 * 1024;
/// How long nothing is accepted when the system has nothing left to accept with.
const PAUSE: Duration = Duration::from_millis(250);
/// Open files that are not connections: the database's, and the ways out to Stripe and the issuer.
#[cfg(unix)]
const OTHER_FILES: u64 = 512;

/// Whom a connection comes from.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub IpAddr);

/// Serves until the service stops; then ends what idles, and returns when what was under way has ended.
pub async fn serve(listener: TcpListener, router: Router, app: Arc<App>) {
    let http = http(HEAD_TIMEOUT);
    let open = GracefulShutdown::new();
    loop {
        let (stream, peer, place) = tokio::select! {
            () = app.stopping.cancelled() => break,
            accepted = accept(&listener, &app.admission.connections) => accepted,
        };
        // Answers and events are written whole; none of them waits for more to come.
        let _ = stream.set_nodelay(true);
        let router = router.clone();
        let service = service_fn(move |request: Request<Incoming>| {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(Peer(peer.ip()));
            router.clone().oneshot(request)
        });
        let connection = open.watch(http.serve_connection(TokioIo::new(stream), service));
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection broke off");
            }
            drop(place);
        });
    }
    // Whoever comes now is refused, and finds another instance.
    drop(listener);
    open.shutdown().await;
}

fn http(head_timeout: Duration) -> http1::Builder {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(head_timeout)
        .max_headers(HEADERS_MAX)
        .max_header_size(HEAD_BYTES_MAX);
    http
}

/// The next connection. While every place is taken, those who come wait in the system's queue.
async fn accept(
    listener: &TcpListener,
    places: &Places,
) -> (TcpStream, SocketAddr, Option<OwnedSemaphorePermit>) {
    let place = if let Some(place) = places.take() {
        Some(place)
    } else {
        tracing::warn!(
            open = places.taken(),
            "there are as many connections as there may be (--connections-max)"
        );
        places.wait().await
    };
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => return (stream, peer, place),
            Err(error) if is_of_one_connection(&error) => {}
            Err(error) => {
                tracing::error!(%error, "no connection can be accepted for now");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

fn is_of_one_connection(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::ConnectionRefused | ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset
    )
}

/// Has the system allow as many open files as `wanted` connections need. Returns for how many connections that is.
#[cfg(unix)]
pub fn room_for(wanted: u32) -> u32 {
    use nix::sys::resource::{Resource, getrlimit, setrlimit};
    let Ok((soft, hard)) = getrlimit(Resource::RLIMIT_NOFILE) else { return wanted };
    let needed = (u64::from(wanted) + OTHER_FILES).min(hard).max(soft);
    let allowed = if setrlimit(Resource::RLIMIT_NOFILE, needed, hard).is_ok() { needed } else { soft };
    let room = allowed.saturating_sub(OTHER_FILES).max(allowed / 2);
    u32::try_from(room).unwrap_or(u32::MAX).min(wanted)
}

/// There is no such limit.
#[cfg(not(unix))]
pub fn room_for(wanted: u32) -> u32 {
    wanted
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::convert::Infallible;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};

    /// A client of one connection, whose head has to come within `head_timeout`.
    fn connection(head_timeout: Duration) -> DuplexStream {
        let (client, server) = tokio::io::duplex(64 * 1024);
        let service = service_fn(async |_: Request<Incoming>| {
            Ok::<_, Infallible>(hyper::Response::new("ok".to_owned()))
        });
        tokio::spawn(http(head_timeout).serve_connection(TokioIo::new(server), service));
        client
    }

    async fn said(mut client: DuplexStream, request: &str) -> String {
        client.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        client.read_to_string(&mut answer).await.unwrap();
        answer
    }

    #[tokio::test(start_paused = true)]
    async fn a_head_that_does_not_come_ends_the_connection_and_so_does_idling() {
        let begun = tokio::time::Instant::now();
        assert_eq!(said(connection(HEAD_TIMEOUT), "GET / HTTP/1.1\r\nHost: he").await, "");
        assert_eq!(said(connection(HEAD_TIMEOUT), "").await, "");
        let answer = said(connection(HEAD_TIMEOUT), "GET / HTTP/1.1\r\nHost: here\r\n\r\n").await;
        assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
        assert_eq!(begun.elapsed().as_secs(), 3 * HEAD_TIMEOUT.as_secs());
    }

    #[tokio::test]
    async fn a_head_that_is_too_large_is_refused() {
        for headers in ["X: y\r\n".repeat(HEADERS_MAX + 1), format!("X: {}\r\n", "y".repeat(HEAD_BYTES_MAX))]
        {
            let request = format!("GET / HTTP/1.1\r\n{headers}\r\n");
            let answer = said(connection(HEAD_TIMEOUT), &request).await;
            assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn there_are_never_more_connections_than_the_system_has_open_files_for() {
        let (_, hard) = nix::sys::resource::getrlimit(nix::sys::resource::Resource::RLIMIT_NOFILE).unwrap();
        assert_eq!(room_for(10), 10);
        assert!(u64::from(room_for(u32::MAX)) <= hard);
    }
}
