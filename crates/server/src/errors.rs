//! Why the program did not do what it was started for.

use crate::payments::PaymentError;
use crate::store::{Database, OpenError, StoreError};
use std::io;
use std::net::SocketAddr;

/// Why the service did not start: one line that names the flag and the fix.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The service cannot listen on the address.
    #[error("--listen {address}: {}; choose another port, or 0 for a free one", reason(error))]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        #[source]
        error: io::Error,
    },
    /// The database cannot be used.
    #[error("--database {shown}: {error}; {remedy}")]
    Database {
        /// Its address, without a password.
        shown: String,
        /// Why.
        #[source]
        error: OpenError,
        /// What to do.
        remedy: &'static str,
    },
    /// The database failed after it was opened.
    #[error("--database: the settings of the service cannot be read or written")]
    Store(#[from] StoreError),
    /// Outgoing HTTP cannot be set up.
    #[error("this system does not work: outgoing HTTP cannot be set up")]
    OutgoingHttp(#[from] reqwest::Error),
    /// The system has no randomness.
    #[error("this system does not work: it has no randomness")]
    Randomness(#[source] getrandom::Error),
    /// The address that browsers are sent to cannot be written as a URL.
    #[error("this system does not work: its own address is not a URL")]
    OwnAddress(#[from] url::ParseError),
    /// The OpenAPI description cannot be written as JSON.
    #[error("the OpenAPI description cannot be written")]
    OpenApi(#[from] serde_json::Error),
}

impl StartError {
    /// A database that cannot be used.
    pub(crate) fn database(database: &Database, error: OpenError) -> Self {
        Self::Database { shown: database.to_string(), error, remedy: database.remedy() }
    }
}

fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::AddrInUse => "the port is taken".to_owned(),
        io::ErrorKind::PermissionDenied => "this port is not allowed".to_owned(),
        io::ErrorKind::AddrNotAvailable => "this machine has no such address".to_owned(),
        _ => error.to_string(),
    }
}

/// Why a reconciliation was not finished.
#[derive(Debug, thiserror::Error)]
pub enum ReconcileError {
    /// It could not begin.
    #[error(transparent)]
    Start(#[from] StartError),
    /// Stripe or the database failed in the middle.
    #[error("not everything was looked up: run it again; what was reported so far holds")]
    Unfinished(#[source] PaymentFailure),
}

/// A failure of Stripe or of the database.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct PaymentFailure(PaymentError);

impl From<PaymentError> for ReconcileError {
    fn from(error: PaymentError) -> Self {
        Self::Unfinished(PaymentFailure(error))
    }
}

impl From<StoreError> for ReconcileError {
    fn from(error: StoreError) -> Self {
        PaymentError::from(error).into()
    }
}
