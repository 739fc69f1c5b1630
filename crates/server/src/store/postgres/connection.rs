//! How the database is reached: its address, TLS, the pool, and when something is tried again.

use super::statement::Statement;
use crate::store::StoreError;
use deadpool_postgres::{
    Connect, Manager, ManagerConfig, Object, Pool, PoolError, RecyclingMethod, Runtime, TimeoutType,
};
use futures_util::future::join_all;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio_postgres::config::{Host, SslMode, TargetSessionAttrs};
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Config, Row};
use tokio_postgres_rustls::MakeRustlsConnect;

/// How many connections are held at most, unless the address says otherwise.
const CONNECTIONS: usize = 16;
/// How long connecting may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long one host of several is waited for before the next one is tried.
const HOST_TIMEOUT: Duration = Duration::from_secs(2);
/// How long a connection of the pool is waited for before a request is told to come back.
const POOL_WAIT_MAX: Duration = Duration::from_secs(2);
/// How long an answer of the database is waited for: then the connection is given up.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(15);
/// Pauses before something is tried again; after the last of them it has failed.
const PAUSES: [Duration; 4] = [
    Duration::from_millis(5),
    Duration::from_millis(25),
    Duration::from_millis(100),
    Duration::from_millis(400),
];

/// The address of a PostgreSQL database.
#[derive(Clone)]
pub struct Address {
    /// One for each host that may be the primary, in the order that they were named.
    hosts: Vec<Config>,
    root_certificate: Option<PathBuf>,
    connections: usize,
}

impl std::fmt::Debug for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.shown())
    }
}

impl Address {
    /// Reads `postgres://user:password@host/name?…`, as libpq does. Besides, `connections` says how many connections
    /// are held at most.
    ///
    /// # Errors
    /// In words that do not repeat the address, which may carry a password.
    pub fn parse(text: &str) -> Result<Self, String> {
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
                    let wrong = |_| "connections is the most connections at once, such as 16".to_owned();
                    connections = value.parse::<std::num::NonZeroUsize>().map_err(wrong)?.get();
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

    /// Without user and password.
    pub fn shown(&self) -> String {
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
        format!("postgres://{}/{name}", hosts.join(","))
    }

    /// The connections that the store works with.
    pub fn pool(&self) -> Result<Pool, String> {
        let recycling_method = RecyclingMethod::Fast;
        let config = self.hosts.first().cloned().unwrap_or_default();
        let manager = Manager::from_connect(config, self.in_turn()?, ManagerConfig { recycling_method });
        Pool::builder(manager)
            .max_size(self.connections)
            .runtime(Runtime::Tokio1)
            .wait_timeout(Some(POOL_WAIT_MAX))
            .create_timeout(Some(self.connect_timeout()))
            .build()
            .map_err(|error| error.to_string())
    }

    /// One connection outside of every pool; what drives it ends with it.
    pub async fn connect(&self) -> Result<(Client, JoinHandle<()>), Failed> {
        let in_turn = self.in_turn().map_err(Failed::Away)?;
        match tokio::time::timeout(self.connect_timeout(), in_turn.connect()).await {
            Ok(connected) => Ok(connected?),
            Err(_) => Err(Failed::Away("it did not answer in time".to_owned())),
        }
    }

    /// Long enough to try them all.
    fn connect_timeout(&self) -> Duration {
        self.hosts.iter().skip(1).fold(CONNECT_TIMEOUT, |sum, _| sum + HOST_TIMEOUT)
    }

    fn in_turn(&self) -> Result<InTurn, String> {
        Ok(InTurn { hosts: self.hosts.clone(), tls: self.tls()?, right: AtomicUsize::new(0) })
    }

    fn tls(&self) -> Result<MakeRustlsConnect, String> {
        let mut roots = RootCertStore::empty();
        if self.hosts.iter().any(|host| host.get_ssl_mode() != SslMode::Disable) {
            self.root_certificates(&mut roots)?;
        }
        let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(MakeRustlsConnect::new(config))
    }

    fn root_certificates(&self, roots: &mut RootCertStore) -> Result<(), String> {
        let Some(file) = &self.root_certificate else {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            return Ok(());
        };
        let unreadable = |error: &dyn std::fmt::Display| format!("sslrootcert {}: {error}", file.display());
        for certificate in CertificateDer::pem_file_iter(file).map_err(|error| unreadable(&error))? {
            let certificate = certificate.map_err(|error| unreadable(&error))?;
            roots.add(certificate).map_err(|error| unreadable(&error))?;
        }
        if roots.is_empty() { Err(unreadable(&"there is no certificate in it")) } else { Ok(()) }
    }
}

/// The same address for each of its hosts alone. One that does not answer must not keep the next from being tried, and
/// one address of several hosts is tried as a whole.
fn each_host(address: &str) -> Vec<String> {
    let Some((scheme, rest)) = address.split_once("://") else { return vec![address.to_owned()] };
    let (authority, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let (user, hosts) = authority.split_at(authority.find('@').map_or(0, |at| at + 1));
    hosts.split(',').map(|host| format!("{scheme}://{user}{host}{path}")).collect()
}

/// The address of one host; of several, only that is the right one which can be written to.
fn host(address: &str, mode: Option<&str>, of_several: bool) -> Result<Config, String> {
    let mut config: Config = address.parse().map_err(|error| plainly(&error))?;
    if config.get_hosts().is_empty() {
        return Err("it names no host".to_owned());
    }
    let remote = config.get_hosts().iter().any(|host| !is_this_machine(host));
    let mode = match mode.unwrap_or(if remote { "require" } else { "disable" }) {
        "disable" => SslMode::Disable,
        // A certificate that is not checked protects from nobody, so every mode with TLS checks it.
        "require" | "verify-ca" | "verify-full" => SslMode::Require,
        _ => return Err("sslmode is disable, require or verify-full".to_owned()),
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
        config.tcp_user_timeout(ANSWER_TIMEOUT);
    }
    Ok(config)
}

/// Connects to the hosts one after the other, first to the one that was right the last time.
struct InTurn {
    hosts: Vec<Config>,
    tls: MakeRustlsConnect,
    right: AtomicUsize,
}

/// A connection, and what drives it.
type Connected = Result<(Client, JoinHandle<()>), tokio_postgres::Error>;

impl InTurn {
    async fn connect(&self) -> Connected {
        let first = self.right.load(Ordering::Relaxed);
        let mut turns: Vec<usize> = (first..self.hosts.len()).chain(0..first).collect();
        let last = turns.pop().unwrap_or_default();
        for turn in turns {
            let connecting = self.hosts[turn].connect(self.tls.clone());
            if let Ok(Ok(connected)) = tokio::time::timeout(HOST_TIMEOUT, connecting).await {
                return Ok(self.found(turn, connected));
            }
        }
        // Whoever asked sees to it that this ends.
        Ok(self.found(last, self.hosts[last].connect(self.tls.clone()).await?))
    }

    fn found<D: Future<Output: Send> + Send + 'static>(
        &self,
        host: usize,
        (client, driver): (Client, D),
    ) -> (Client, JoinHandle<()>) {
        self.right.store(host, Ordering::Relaxed);
        // Why it ended is told to whoever uses it.
        (client, tokio::spawn(async { drop(driver.await) }))
    }
}

impl Connect for InTurn {
    fn connect(&self, _: &Config) -> Pin<Box<dyn Future<Output = Connected> + Send + '_>> {
        Box::pin(self.connect())
    }
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

/// Why the database did not do it.
#[derive(Debug)]
pub enum Failed {
    /// Another change came first.
    Conflict,
    /// It was undone because of what others did at the same time: the same again may well succeed.
    Undone(String),
    /// The database cannot be reached, or not be written right now; whether it did it is not known.
    Away(String),
    /// Every connection was busy for too long: nothing was begun.
    Busy,
    /// A text holds the character that no text of PostgreSQL can.
    NoSuchText,
    /// It refused.
    Refused(String),
}

impl From<tokio_postgres::Error> for Failed {
    fn from(error: tokio_postgres::Error) -> Self {
        let told = plainly(&error);
        let Some(code) = error.code() else {
            // Without a word of the database the connection is what failed, or a value that could not be sent.
            let sent =
                std::error::Error::source(&error).is_none_or(<dyn std::error::Error>::is::<std::io::Error>);
            return if error.is_closed() || sent { Self::Away(told) } else { Self::Refused(told) };
        };
        match *code {
            SqlState::T_R_SERIALIZATION_FAILURE | SqlState::T_R_DEADLOCK_DETECTED => Self::Undone(told),
            SqlState::CHARACTER_NOT_IN_REPERTOIRE => Self::NoSuchText,
            SqlState::ADMIN_SHUTDOWN
            | SqlState::CRASH_SHUTDOWN
            | SqlState::CANNOT_CONNECT_NOW
            | SqlState::TOO_MANY_CONNECTIONS
            // A primary that became a standby.
            | SqlState::READ_ONLY_SQL_TRANSACTION => Self::Away(told),
            _ if code.code().starts_with("08") => Self::Away(told),
            _ => Self::Refused(told),
        }
    }
}

impl From<PoolError> for Failed {
    fn from(error: PoolError) -> Self {
        match error {
            // A wrong password or name does not pass by waiting, but nor does it tell what was done.
            PoolError::Backend(error) => Self::Away(plainly(&error)),
            PoolError::Timeout(TimeoutType::Wait) => Self::Busy,
            PoolError::Closed => Self::Refused("the store is closed".to_owned()),
            other => Self::Away(other.to_string()),
        }
    }
}

impl From<Failed> for StoreError {
    fn from(failed: Failed) -> Self {
        match failed {
            Failed::Conflict => Self::Conflict,
            Failed::Busy => Self::Overloaded,
            Failed::Undone(why) | Failed::Away(why) => Self::Unavailable(why),
            Failed::NoSuchText => Self::Failed("a text holds a NUL, which PostgreSQL cannot keep".to_owned()),
            Failed::Refused(why) => Self::Failed(why),
        }
    }
}

/// What the database said, with its code, or what kept it from saying something.
pub fn plainly(error: &tokio_postgres::Error) -> String {
    if let Some(told) = error.as_db_error() {
        return format!("{} (SQLSTATE {})", told.message(), told.code().code());
    }
    match std::error::Error::source(error) {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}

/// Counts how often something was tried.
#[derive(Default)]
pub struct Tries(usize);

impl Tries {
    /// Whether to try again, after a pause. Everything that the store does may be done twice: it either says what to be,
    /// or is decided on a revision, which then is another.
    pub async fn again(&mut self, failed: &Failed) -> bool {
        let (Failed::Undone(_) | Failed::Away(_)) = failed else { return false };
        let Some(pause) = PAUSES.get(self.0) else { return false };
        self.0 += 1;
        tokio::time::sleep(*pause).await;
        true
    }
}

/// Tries an attempt until it succeeds or trying again does not help.
macro_rules! retrying {
    ($attempt:expr) => {{
        let mut tries = $crate::store::postgres::connection::Tries::default();
        loop {
            match $attempt {
                Ok(done) => break Ok(done),
                Err(failed) if tries.again(&failed).await => {}
                Err(failed) => break Err($crate::store::StoreError::from(failed)),
            }
        }
    }};
}
pub(super) use retrying;

/// A connection that goes back to the pool only if nothing is under way on it.
pub struct Lent {
    connection: Option<Object>,
    pool: Pool,
}

impl Lent {
    pub async fn from(pool: &Pool) -> Result<Self, Failed> {
        Ok(Self { connection: Some(pool.get().await?), pool: pool.clone() })
    }

    /// Sends these at once, one after the other; they are done in this order. Each returns its rows.
    pub async fn send(&self, statements: &[Statement]) -> Vec<Result<Vec<Row>, Failed>> {
        let Some(connection) = &self.connection else { return Vec::new() };
        let values: Vec<_> = statements.iter().map(Statement::values).collect();
        let sent = statements.iter().zip(&values);
        let answers = join_all(sent.map(|(statement, values)| connection.query_typed(statement.sql, values)));
        let Ok(answers) = tokio::time::timeout(ANSWER_TIMEOUT, answers).await else {
            // Nor would it answer on the others: whatever is asked next connects anew, maybe to another host.
            drop(self.pool.retain(|_, _| false));
            return vec![Err(Failed::Away("it did not answer in time".to_owned()))];
        };
        answers.into_iter().map(|answer| answer.map_err(Failed::from)).collect()
    }

    /// Nothing is under way any more.
    pub fn give_back(mut self) {
        drop(self.connection.take());
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        // Whoever waited for it went away in the middle: the database undoes what was not committed.
        if let Some(connection) = self.connection.take() {
            drop(Object::take(connection));
        }
    }
}

/// Does one statement in a transaction of its own.
pub async fn once(pool: &Pool, statement: &Statement) -> Result<Vec<Row>, Failed> {
    Ok(at_once(pool, std::slice::from_ref(statement)).await?.pop().unwrap_or_default())
}

/// Does statements in one round trip, each in a transaction of its own.
pub async fn at_once(pool: &Pool, statements: &[Statement]) -> Result<Vec<Vec<Row>>, Failed> {
    let lent = Lent::from(pool).await?;
    let answers = lent.send(statements).await.into_iter().collect();
    if !matches!(answers, Err(Failed::Away(_))) {
        lent.give_back();
    }
    answers
}

/// A transaction. Dropped without [`Transaction::commit`], it never was.
pub struct Transaction(Lent);

impl Transaction {
    /// Begins with these statements, in one round trip; returns what they answered.
    pub async fn begin(pool: &Pool, mut first: Vec<Statement>) -> Result<(Self, Vec<Vec<Row>>), Failed> {
        let lent = Lent::from(pool).await?;
        first.insert(0, Statement::new("BEGIN"));
        let mut answers = lent.send(&first).await.into_iter().collect::<Result<Vec<_>, _>>()?;
        answers.remove(0);
        Ok((Self(lent), answers))
    }

    /// Does the rest and commits, in one round trip.
    pub async fn commit(self, mut rest: Vec<Statement>) -> Result<(), Failed> {
        rest.push(Statement::new("COMMIT"));
        // A statement that fails makes the rest fail, and the commit undo them.
        self.0.send(&rest).await.into_iter().collect::<Result<Vec<_>, _>>()?;
        self.0.give_back();
        Ok(())
    }

    pub async fn roll_back(self) -> Result<(), Failed> {
        for answer in self.0.send(&[Statement::new("ROLLBACK")]).await {
            answer?;
        }
        self.0.give_back();
        Ok(())
    }
}
