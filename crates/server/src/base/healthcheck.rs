//! Whether the service of this machine responds, asked from outside of its process: for containers that have no other program.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// How long a service that is alive takes at most.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(5);
const REQUEST: &[u8] = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
const ALIVE: &[u8] = b"HTTP/1.1 200 ";

/// Why a service does not count as alive.
#[derive(Debug, thiserror::Error)]
pub enum NotAlive {
    /// No connection, or a broken one.
    #[error("nothing answers at {address}")]
    Unreachable {
        /// Where it was asked.
        address: SocketAddr,
        /// What the system said.
        #[source]
        error: io::Error,
    },
    /// No answer in time.
    #[error("what listens at {address} has not answered for {} s", ANSWER_TIMEOUT.as_secs())]
    Silent {
        /// Where it was asked.
        address: SocketAddr,
    },
    /// Another answer than that of a service that is alive.
    #[error("what listens at {address} is no healthy tokenwell-server")]
    OtherAnswer {
        /// Where it was asked.
        address: SocketAddr,
    },
}

/// Asks the service that listens on this address whether it is alive (`GET /healthz`).
///
/// # Errors
/// If it is not.
pub async fn healthcheck(listen: SocketAddr) -> Result<(), NotAlive> {
    let address = reachable(listen);
    match timeout(ANSWER_TIMEOUT, ask(address)).await {
        Ok(Ok(true)) => Ok(()),
        Ok(Ok(false)) => Err(NotAlive::OtherAnswer { address }),
        Ok(Err(error)) => Err(NotAlive::Unreachable { address, error }),
        Err(_) => Err(NotAlive::Silent { address }),
    }
}

/// Whether the answer begins as that of a service that is alive.
async fn ask(address: SocketAddr) -> io::Result<bool> {
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(REQUEST).await?;
    let mut answer = Vec::new();
    let begun = u64::try_from(ALIVE.len()).unwrap_or(u64::MAX);
    stream.take(begun).read_to_end(&mut answer).await?;
    Ok(answer == ALIVE)
}

/// Where a service that listens on an address is reached from this machine.
fn reachable(listen: SocketAddr) -> SocketAddr {
    let mut address = listen;
    match listen {
        SocketAddr::V4(_) if listen.ip().is_unspecified() => address.set_ip(Ipv4Addr::LOCALHOST.into()),
        SocketAddr::V6(_) if listen.ip().is_unspecified() => address.set_ip(Ipv6Addr::LOCALHOST.into()),
        _ => {}
    }
    address
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::TcpListener;

    #[test]
    fn a_service_that_listens_everywhere_is_asked_on_this_machine() {
        for (listen, asked) in [
            ("0.0.0.0:8787", "127.0.0.1:8787"),
            ("[::]:8787", "[::1]:8787"),
            ("127.0.0.1:80", "127.0.0.1:80"),
            ("192.0.2.7:80", "192.0.2.7:80"),
        ] {
            assert_eq!(reachable(listen.parse().unwrap()), asked.parse().unwrap());
        }
    }

    #[tokio::test]
    async fn only_the_answer_of_a_service_that_is_alive_counts() {
        for (answer, is_alive) in [
            ("HTTP/1.1 200 OK\r\n\r\nok\n", true),
            ("HTTP/1.1 503 Service Unavailable\r\n\r\n", false),
            ("SSH-2.0-OpenSSH_9.9\r\n", false),
            ("", false),
        ] {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = listener.local_addr().unwrap();
            let other = async {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut request = vec![0; REQUEST.len()];
                stream.read_exact(&mut request).await.unwrap();
                stream.write_all(answer.as_bytes()).await.unwrap();
            };
            let (checked, ()) = tokio::join!(healthcheck(address), other);
            assert_eq!(checked.is_ok(), is_alive, "{answer:?}: {checked:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_service_that_hangs_is_not_waited_for_for_ever() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let checked = healthcheck(listener.local_addr().unwrap()).await;
        assert!(matches!(checked, Err(NotAlive::Silent { .. })), "{checked:?}");
    }
}
