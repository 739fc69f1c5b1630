//! Starts and stops the service.

use crate::accounts::follow_other_instances;
use crate::errors::StartError;
use crate::http::{connections, routes, state};
use crate::payments::run_worker;
use crate::settings::Settings;
use crate::wiring::{Environment, Service};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// How long the requests under way may take to end when the service stops.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(15);

/// A service that accepts connections.
pub struct Running {
    /// The address that it listens on.
    pub addr: SocketAddr,
    service: Service,
    drain_delay: Duration,
    server: JoinHandle<()>,
    background: Vec<JoinHandle<()>>,
}

/// Starts the service; it accepts connections when this returns.
///
/// # Errors
/// If the service cannot listen on the address or write to the database. Stripe and the issuer may be away.
pub async fn start(settings: Settings) -> Result<Running, StartError> {
    let (listener, addr) = listen(settings.listen).await?;
    let drain_delay = settings.drain_delay;
    let regular_checks = settings.regular_checks;
    let service = Service::assemble(settings, addr, Environment::system()?).await?;
    let (router, http) = (routes::router(service.state()), &service.http);
    let stopping = || http.stopping.clone();
    let permits = http.admission.connections.clone();
    let (store, streams) = (Arc::clone(&service.store), service.accounts.streams().clone());
    let mut background = vec![
        tokio::spawn(run_worker(Arc::clone(&service.payments), stopping())),
        tokio::spawn(follow_other_instances(store, streams, stopping())),
        tokio::spawn(state::forget_idle_callers(Arc::clone(http))),
    ];
    if regular_checks {
        background.push(tokio::spawn(service.regular_checks().run(stopping())));
    }
    let server = tokio::spawn(connections::serve(listener, router, permits, stopping()));
    Ok(Running { addr, service, drain_delay, server, background })
}

impl Running {
    /// Reports that it is not ready and waits for balancers to notice. Then it stops accepting, ends event streams, lets the
    /// requests under way finish, and closes the database.
    pub async fn shutdown(self) {
        self.service.http.is_draining.store(true, Ordering::Relaxed);
        tokio::time::sleep(self.drain_delay).await;
        self.service.http.stopping.cancel();
        let drained = async {
            let _ = self.server.await;
            for task in self.background {
                let _ = task.await;
            }
        };
        if tokio::time::timeout(DRAIN_TIMEOUT, drained).await.is_err() {
            tracing::warn!("requests were still under way when the service stopped");
        }
        self.service.store.close().await;
    }

    /// Returns when the service has ended without being asked to.
    pub async fn failed(&mut self) {
        let ended = (&mut self.server).await;
        tracing::error!(?ended, "the service stopped accepting connections");
    }
}

async fn listen(address: SocketAddr) -> Result<(TcpListener, SocketAddr), StartError> {
    let refused = |error| StartError::Listen { address, error };
    let listener = TcpListener::bind(address).await.map_err(refused)?;
    let addr = listener.local_addr().map_err(refused)?;
    Ok((listener, addr))
}
