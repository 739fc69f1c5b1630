//! Accepts connections and serves HTTP/1.1 on them. `axum::serve` does not limit any wait. This module closes connections
//! that are slow, idle or not read, and never accepts more connections than the system allows open files.

use super::permits::Permits;
use crate::base::error_chain::Chain;
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
use std::pin::Pin;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::OwnedSemaphorePermit;
use tokio_io_timeout::TimeoutWriter;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

/// The maximum time for the head of a request, and the maximum idle time between two requests. It is longer than the minute
/// after which reverse proxies close idle connections, so that the proxy closes first.
const HEAD_TIMEOUT: Duration = Duration::from_secs(75);
/// The maximum time for which a client accepts nothing of a response. A client that does not read keeps no place.
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);
/// The maximum number of headers of a request, and of their bytes.
const HEADERS_MAX: usize = 100;
const HEAD_BYTES_MAX: usize = 32 * 1024;
/// The pause after the system could not accept a connection.
const PAUSE: Duration = Duration::from_millis(250);

/// The address of a connection's client.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub IpAddr);

/// Serves until the service stops. Then it closes idle connections, and returns when the requests under way have ended.
pub async fn serve(listener: TcpListener, router: Router, permits: Permits, stopping: CancellationToken) {
    let http = http(HEAD_TIMEOUT);
    let open = GracefulShutdown::new();
    loop {
        let (stream, peer, permit) = tokio::select! {
            () = stopping.cancelled() => break,
            accepted = accept(&listener, &permits) => accepted,
        };
        // Responses and events are written completely, so no packet needs to wait for more data.
        let _ = stream.set_nodelay(true);
        let router = router.clone();
        let service = service_fn(move |request: Request<Incoming>| {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(Peer(peer.ip()));
            router.clone().oneshot(request)
        });
        let connection = open.watch(http.serve_connection(io(stream), service));
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(error = %Chain(&error), "a connection broke off");
            }
            drop(permit);
        });
    }
    // The listener is closed, so new connections are refused and can use another instance.
    drop(listener);
    open.shutdown().await;
}

/// A connection whose client has to accept what is written.
fn io<S: AsyncRead + AsyncWrite>(stream: S) -> TokioIo<Pin<Box<TimeoutWriter<S>>>> {
    let mut stream = TimeoutWriter::new(stream);
    stream.set_timeout(Some(WRITE_TIMEOUT));
    TokioIo::new(Box::pin(stream))
}

fn http(head_timeout: Duration) -> http1::Builder {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(head_timeout)
        .max_headers(HEADERS_MAX)
        .max_header_size(HEAD_BYTES_MAX);
    http
}

/// Accepts the next connection. While every permit is taken, new connections wait in the system's queue.
async fn accept(
    listener: &TcpListener,
    permits: &Permits,
) -> (TcpStream, SocketAddr, Option<OwnedSemaphorePermit>) {
    let permit = if let Some(permit) = permits.take() {
        Some(permit)
    } else {
        tracing::warn!(
            open = permits.taken(),
            "there are as many connections as there may be (--connections-max)"
        );
        permits.wait().await
    };
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => return (stream, peer, permit),
            Err(error) if is_of_one_connection(&error) => {}
            Err(error) => {
                tracing::error!(error = %Chain(&error), "no connection can be accepted for now");
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::convert::Infallible;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};

    /// The client of a connection on which a head has to arrive within `head_timeout`.
    fn connection(head_timeout: Duration) -> DuplexStream {
        let (client, server) = tokio::io::duplex(64 * 1024);
        let service = service_fn(async |_: Request<Incoming>| {
            Ok::<_, Infallible>(hyper::Response::new("ok".to_owned()))
        });
        tokio::spawn(http(head_timeout).serve_connection(io(server), service));
        client
    }

    async fn response_to(mut client: DuplexStream, request: &str) -> String {
        client.write_all(request.as_bytes()).await.unwrap();
        let mut response = String::new();
        client.read_to_string(&mut response).await.unwrap();
        response
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_is_closed_when_no_head_arrives_or_it_idles() {
        let begun = tokio::time::Instant::now();
        assert_eq!(response_to(connection(HEAD_TIMEOUT), "GET / HTTP/1.1\r\nHost: he").await, "");
        assert_eq!(response_to(connection(HEAD_TIMEOUT), "").await, "");
        let response = response_to(connection(HEAD_TIMEOUT), "GET / HTTP/1.1\r\nHost: here\r\n\r\n").await;
        assert!(response.starts_with("HTTP/1.1 200 OK"), "{response}");
        assert_eq!(begun.elapsed().as_secs(), 3 * HEAD_TIMEOUT.as_secs());
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_whose_client_does_not_read_the_response_is_closed() {
        let (mut client, server) = tokio::io::duplex(1024);
        let service = service_fn(async |_: Request<Incoming>| {
            let endless = futures_util::stream::repeat_with(|| Ok::<_, Infallible>("x".repeat(1024)));
            Ok::<_, Infallible>(hyper::Response::new(Body::from_stream(endless)))
        });
        let begun = tokio::time::Instant::now();
        let connection = tokio::spawn(http(HEAD_TIMEOUT).serve_connection(io(server), service));
        client.write_all(b"GET / HTTP/1.1\r\nHost: here\r\n\r\n").await.unwrap();
        let broken = connection.await.unwrap().unwrap_err();
        assert!(broken.to_string().contains("error"), "{broken}");
        assert_eq!(begun.elapsed(), WRITE_TIMEOUT);
    }

    #[tokio::test]
    async fn a_head_that_is_too_large_is_refused() {
        for headers in ["X: y\r\n".repeat(HEADERS_MAX + 1), format!("X: {}\r\n", "y".repeat(HEAD_BYTES_MAX))]
        {
            let request = format!("GET / HTTP/1.1\r\n{headers}\r\n");
            let response = response_to(connection(HEAD_TIMEOUT), &request).await;
            assert!(response.starts_with("HTTP/1.1 431 "), "{response}");
        }
    }
}
