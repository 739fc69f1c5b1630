//! How the database is reached: its address, TLS, the pool, and when something is tried again.

use super::statement::Statement;
use crate::store::StoreError;
use deadpool_postgres::{
    Manager, ManagerConfig, Object, Pool, PoolError, RecyclingMethod, Runtime, TimeoutType,
};
use futures_util::future::join_all;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use std::path::PathBuf;
use std::time::Duration;
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres::error::SqlState;
use tokio_postgres::{Config, Row};
use tokio_postgres_rustls::MakeRustlsConnect;

/// How many connections are held at most, unless the address says otherwise.
const CONNECTIONS: usize = 16;
/// How long connecting may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
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
    config: Config,
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
        Ok(Self { config, root_certificate, connections })
    }

    /// Without user and password.
    pub fn shown(&self) -> String {
        let hosts: Vec<String> = self
            .config
            .get_hosts()
            .iter()
            .map(|host| match host {
                Host::Tcp(host) => host.clone(),
                #[cfg(unix)]
                Host::Unix(path) => path.display().to_string(),
            })
            .collect();
        format!("postgres://{}/{}", hosts.join(","), self.config.get_dbname().unwrap_or_default())
    }

    /// The connections that the store works with.
    pub fn pool(&self) -> Result<Pool, String> {
        let recycling_method = RecyclingMethod::Fast;
        let manager =
            Manager::from_config(self.config.clone(), self.tls()?, ManagerConfig { recycling_method });
        Pool::builder(manager)
            .max_size(self.connections)
            .runtime(Runtime::Tokio1)
            .wait_timeout(Some(POOL_WAIT_MAX))
            .create_timeout(Some(CONNECT_TIMEOUT))
            .build()
            .map_err(|error| error.to_string())
    }

    /// One connection outside of every pool, and its messages.
    pub async fn connect(
        &self,
    ) -> Result<
        (
            tokio_postgres::Client,
            tokio_postgres::Connection<
                tokio_postgres::Socket,
                <MakeRustlsConnect as tokio_postgres::tls::MakeTlsConnect<tokio_postgres::Socket>>::Stream,
            >,
        ),
        Failed,
    > {
        let tls = self.tls().map_err(Failed::Away)?;
        Ok(self.config.connect(tls).await?)
    }

    fn tls(&self) -> Result<MakeRustlsConnect, String> {
        let mut roots = RootCertStore::empty();
        if self.config.get_ssl_mode() != SslMode::Disable {
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
pub struct Lent(Option<Object>);

impl Lent {
    pub async fn from(pool: &Pool) -> Result<Self, Failed> {
        Ok(Self(Some(pool.get().await?)))
    }

    /// Sends these at once, one after the other; they are done in this order. Each returns its rows.
    pub async fn send(&self, statements: &[Statement]) -> Vec<Result<Vec<Row>, Failed>> {
        let Some(connection) = &self.0 else { return Vec::new() };
        let values: Vec<_> = statements.iter().map(Statement::values).collect();
        let sent = statements.iter().zip(&values);
        let answers = join_all(sent.map(|(statement, values)| connection.query_typed(statement.sql, values)));
        match tokio::time::timeout(ANSWER_TIMEOUT, answers).await {
            Ok(answers) => answers.into_iter().map(|answer| answer.map_err(Failed::from)).collect(),
            Err(_) => vec![Err(Failed::Away("it did not answer in time".to_owned()))],
        }
    }

    /// Nothing is under way any more.
    pub fn give_back(mut self) {
        drop(self.0.take());
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        // Whoever waited for it went away in the middle: the database undoes what was not committed.
        if let Some(connection) = self.0.take() {
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
