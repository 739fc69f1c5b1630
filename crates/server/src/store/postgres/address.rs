//! The address of a PostgreSQL database, and how it is reached: TLS, and the host of several that can be written to.

use super::error::PostgresError;
use super::query_error::{QueryError, TimedOut};
use crate::store::error::{Cause, OpenError};
use deadpool_postgres::{Connect, Manager, ManagerConfig, Pool, RecyclingMethod, Runtime};
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use std::num::{NonZeroUsize, ParseIntError};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio_postgres::config::{Host, SslMode, TargetSessionAttrs};
use tokio_postgres::{Client, Config};
use tokio_postgres_rustls::MakeRustlsConnect;

/// The most connections at once, unless the address says otherwise.
const CONNECTIONS: usize = 16;
/// How long connecting may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long one host of several is waited for before the next one is tried.
const HOST_TIMEOUT: Duration = Duration::from_secs(2);
/// How long a call waits for a connection of the pool before it is refused.
const POOL_WAIT_MAX: Duration = Duration::from_secs(2);
/// How long a machine may leave what was sent to it unacknowledged, and the database a statement unanswered.
pub const RESPONSE_TIMEOUT: Duration = Duration::from_secs(15);

/// What is wrong with an address. The address is not repeated, since it may carry a password.
#[derive(Debug, thiserror::Error)]
pub enum AddressError {
    /// The parameter `connections`.
    #[error("connections is the most connections at once, such as 16")]
    Connections(#[source] ParseIntError),
    /// The parameter `sslmode`.
    #[error("sslmode is disable, require or verify-full")]
    SslMode,
    /// There is no host in it.
    #[error("it names no host")]
    NoHost,
    /// What the client library says.
    #[error(transparent)]
    Unreadable(PostgresError),
}

/// The address of a PostgreSQL database.
#[derive(Clone)]
pub struct Address {
    /// One for each host that may be the primary, in the order that the address names them.
    hosts: Vec<Config>,
    root_certificate: Option<PathBuf>,
    connections: usize,
}

/// Without user and password.
impl std::fmt::Debug for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, f)
    }
}

/// Without user and password.
impl std::fmt::Display for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let hosts: Vec<String> = self
            .hosts
            .iter()
            .flat_map(Config::get_hosts)
            .map(|host| match host {
                Host::Tcp(host) => host.clone(),
                #[cfg(unix)]
                Host::Unix(path) => path.display().to_string(),
            })
            .collect();
        let name = self.hosts.first().and_then(Config::get_dbname).unwrap_or_default();
        write!(f, "postgres://{}/{name}", hosts.join(","))
    }
}

impl Address {
    /// Reads `postgres://user:password@host/name?…`, as libpq does. The parameter `connections` is this program's own: the
    /// most connections at once.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let (address, query) = text.split_once('?').unwrap_or((text, ""));
        let (mut mode, mut root_certificate, mut rest) = (None, None, Vec::new());
        let mut connections = CONNECTIONS;
        for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
            match parameter.split_once('=') {
                Some(("sslmode", value)) => mode = Some(value),
                Some(("sslrootcert", value)) => {
                    root_certificate = Some(PathBuf::from(percent_decoded(value)));
                }
                Some(("connections", value)) => {
                    connections = value.parse::<NonZeroUsize>().map_err(AddressError::Connections)?.get();
                }
                _ => rest.push(parameter),
            }
        }
        let address =
            if rest.is_empty() { address.to_owned() } else { format!("{address}?{}", rest.join("&")) };
        let hosts = each_host(&address);
        let several = hosts.len() > 1;
        let hosts = hosts.iter().map(|address| host(address, mode, several)).collect::<Result<_, _>>()?;
        Ok(Self { hosts, root_certificate, connections })
    }

    /// The pool of connections that the store works with.
    pub fn pool(&self) -> Result<Pool, OpenError> {
        let recycling_method = RecyclingMethod::Fast;
        let config = self.hosts.first().cloned().unwrap_or_default();
        let manager =
            Manager::from_connect(config, self.host_connector()?, ManagerConfig { recycling_method });
        Pool::builder(manager)
            .max_size(self.connections)
            .runtime(Runtime::Tokio1)
            .wait_timeout(Some(POOL_WAIT_MAX))
            .create_timeout(Some(self.connect_timeout()))
            .build()
            .map_err(OpenError::failed)
    }

    /// One connection outside of every pool. The task that drives it ends when the client is dropped.
    pub async fn connect(&self) -> Result<(Client, JoinHandle<()>), OpenError> {
        let connector = self.host_connector()?;
        match tokio::time::timeout(self.connect_timeout(), connector.connect()).await {
            Ok(connected) => Ok(connected.map_err(QueryError::from)?),
            Err(_) => Err(OpenError::failed(TimedOut)),
        }
    }

    /// Long enough to try every host.
    fn connect_timeout(&self) -> Duration {
        self.hosts.iter().skip(1).fold(CONNECT_TIMEOUT, |sum, _| sum + HOST_TIMEOUT)
    }

    fn host_connector(&self) -> Result<HostConnector, OpenError> {
        Ok(HostConnector { hosts: self.hosts.clone(), tls: self.tls()?, last: AtomicUsize::new(0) })
    }

    fn tls(&self) -> Result<MakeRustlsConnect, OpenError> {
        let mut roots = RootCertStore::empty();
        if self.hosts.iter().any(|host| host.get_ssl_mode() != SslMode::Disable) {
            match &self.root_certificate {
                Some(file) => add_certificates(file, &mut roots)
                    .map_err(|source| OpenError::RootCertificate { file: file.clone(), source })?,
                None => {
                    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
                }
            }
        }
        let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(OpenError::failed)?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(MakeRustlsConnect::new(config))
    }
}

/// There is no certificate in a file of certificates.
#[derive(Debug, thiserror::Error)]
#[error("there is no certificate in it")]
struct NoCertificate;

fn add_certificates(file: &Path, roots: &mut RootCertStore) -> Result<(), Cause> {
    for certificate in CertificateDer::pem_file_iter(file)? {
        roots.add(certificate?)?;
    }
    if roots.is_empty() { Err(NoCertificate.into()) } else { Ok(()) }
}

/// Splits an address of several hosts into one for each of them. `tokio-postgres` would wait for a host that does not answer
/// as long as for all of them, and never try the next.
fn each_host(address: &str) -> Vec<String> {
    let Some((scheme, rest)) = address.split_once("://") else { return vec![address.to_owned()] };
    let (authority, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let (user, hosts) = authority.split_at(authority.find('@').map_or(0, |at| at + 1));
    hosts.split(',').map(|host| format!("{scheme}://{user}{host}{path}")).collect()
}

/// Reads the address of one host. One of several has to accept writes.
fn host(address: &str, mode: Option<&str>, of_several: bool) -> Result<Config, AddressError> {
    let mut config: Config =
        address.parse().map_err(|error: tokio_postgres::Error| AddressError::Unreadable(error.into()))?;
    if config.get_hosts().is_empty() {
        return Err(AddressError::NoHost);
    }
    let remote = config.get_hosts().iter().any(|host| !is_this_machine(host));
    let mode = match mode.unwrap_or(if remote { "require" } else { "disable" }) {
        "disable" => SslMode::Disable,
        // A certificate that is not checked protects nobody, so every mode with TLS checks it.
        "require" | "verify-ca" | "verify-full" => SslMode::Require,
        _ => return Err(AddressError::SslMode),
    };
    config.ssl_mode(mode);
    if of_several {
        config.target_session_attrs(TargetSessionAttrs::ReadWrite);
    }
    if config.get_application_name().is_none() {
        config.application_name("tokenwell-server");
    }
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(CONNECT_TIMEOUT);
    }
    // A machine that vanished is noticed by what it does not acknowledge.
    if config.get_tcp_user_timeout().is_none() {
        config.tcp_user_timeout(RESPONSE_TIMEOUT);
    }
    Ok(config)
}

fn percent_decoded(text: &str) -> String {
    url::form_urlencoded::parse(format!("x={}", text.replace('+', "%2B")).as_bytes())
        .next()
        .map_or_else(String::new, |(_, value)| value.into_owned())
}

fn is_this_machine(host: &Host) -> bool {
    match host {
        Host::Tcp(name) => {
            name == "localhost" || name.parse().is_ok_and(|address: std::net::IpAddr| address.is_loopback())
        }
        #[cfg(unix)]
        Host::Unix(_) => true,
    }
}

/// Tries the hosts one after the other, first the one that it connected to last.
struct HostConnector {
    hosts: Vec<Config>,
    tls: MakeRustlsConnect,
    last: AtomicUsize,
}

/// A connection, and the task that drives it.
type Connected = Result<(Client, JoinHandle<()>), tokio_postgres::Error>;

impl HostConnector {
    async fn connect(&self) -> Connected {
        let first = self.last.load(Ordering::Relaxed);
        let mut order: Vec<usize> = (first..self.hosts.len()).chain(0..first).collect();
        let last = order.pop().unwrap_or_default();
        for host in order {
            let connecting = self.hosts[host].connect(self.tls.clone());
            if let Ok(Ok(connected)) = tokio::time::timeout(HOST_TIMEOUT, connecting).await {
                return Ok(self.connected(host, connected));
            }
        }
        // The caller limits how long the last one may take.
        Ok(self.connected(last, self.hosts[last].connect(self.tls.clone()).await?))
    }

    fn connected<D: Future<Output: Send> + Send + 'static>(
        &self,
        host: usize,
        (client, driver): (Client, D),
    ) -> (Client, JoinHandle<()>) {
        self.last.store(host, Ordering::Relaxed);
        // Whoever uses the connection learns why it ended.
        (client, tokio::spawn(async { drop(driver.await) }))
    }
}

impl Connect for HostConnector {
    fn connect(&self, _: &Config) -> Pin<Box<dyn Future<Output = Connected> + Send + '_>> {
        Box::pin(self.connect())
    }
}
