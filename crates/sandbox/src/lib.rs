//! Stand-ins for the outside world, for development, demo and tests: Stripe's API and hosted pages, an OpenID issuer, a
//! demo studio that spends tokens. Never linked into the service or the app.

mod settings;

pub use settings::Settings;
use std::net::SocketAddr;

/// A sandbox that accepts connections.
#[derive(Debug)]
pub struct Running {
    /// Where it listens; the port is the one that was picked if port 0 was asked for.
    pub addr: SocketAddr,
}

/// Why the sandbox could not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Nothing could listen on the address.
    #[error("--listen {addr}: {source}; is another program using the port? Choose another, or 0 for a free one")]
    Listen {
        /// The address.
        addr: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
}

/// Starts the sandbox; it accepts connections once this returns.
pub async fn start(settings: Settings) -> Result<Running, StartError> {
    let _ = settings;
    unreachable!("being written")
}

impl Running {
    /// `http://` and the address: the base of Stripe's API; the issuer is this plus `/identity`.
    pub fn origin(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// From now on events are posted to `url`, signed with `secret`: for a service that starts after the sandbox.
    pub fn send_webhooks_to(&self, url: &str, secret: &str) {
        let _ = (url, secret);
    }

    /// Stops accepting, finishes what is under way and writes everything out.
    pub async fn shutdown(self) {}
}
