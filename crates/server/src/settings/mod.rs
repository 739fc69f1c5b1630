//! The settings: flags, or environment variables named `TOKENWELL_` and the flag in capitals. A wrong or
//! missing setting is reported in one line that names the flag and the fix.

mod error;
mod flags;
mod oidc;
mod secrets;
mod test_clock;
mod values;

pub use error::SettingsError;
pub use flags::LogFormat;

use crate::http::auth::oidc::OidcSettings;
use crate::http::auth::service_keys::ServiceKey;
use crate::http::limits::Limits;
use crate::import::ImportJob;
use crate::store::{CopyJob, Database};
use clap::Parser;
use error::in_one_line;
use flags::{Flags, TaskFlags};
use secrecy::SecretString;
use std::ffi::OsString;
use std::net::SocketAddr;
use std::time::Duration;
use tokenwell_ledger::Catalogue;
use url::Url;
use values::{
    A_FILE, catalogue, checkout_host, copying, database, default_checkout_hosts, listen, public_url,
    support_contact, version, web_address,
};

/// The settings of the service.
pub struct Settings {
    /// The address to listen on; port 0 picks a free port.
    pub listen: SocketAddr,
    /// The database.
    pub database: Database,
    /// The address at which browsers reach this service; `None` if it is the address it listens on.
    pub public_url: Option<Url>,
    /// Plans, packs and the order of spending.
    pub catalogue: Catalogue,
    /// How users sign in.
    pub oidc: OidcSettings,
    /// Stripe's secret key.
    pub stripe_secret_key: SecretString,
    /// The secrets that webhooks may be signed with; several while one is being rotated.
    pub stripe_webhook_secrets: Vec<SecretString>,
    /// The base URL of Stripe's API.
    pub stripe_api_base: Url,
    /// The only hosts (`host` or `host:port`) that the app opens for paying and billing.
    pub checkout_hosts: Vec<String>,
    /// The oldest app version that is still served, if there is such a limit.
    pub min_app_version: Option<String>,
    /// How users reach the operator: an e-mail address or the address of a page.
    pub support_contact: Option<String>,
    /// The keys of the platform's own back ends.
    pub service_keys: Vec<ServiceKey>,
    /// Whether the time of the token rules changes only with `PUT /v1/test-clock`.
    pub test_clock: bool,
    /// Whether the running service checks its setup at its start and daily.
    pub regular_checks: bool,
    /// The limits of concurrency and rates.
    pub limits: Limits,
    /// The time for which the service continues after a stop signal, so that load balancers notice.
    pub drain_delay: Duration,
    /// The format of the log.
    pub log_format: LogFormat,
}

/// What the program does.
pub enum Task {
    /// Run the service.
    Serve(Settings),
    /// Repair drift between the ledger and Stripe, or report it in a dry run.
    Reconcile {
        /// The settings of the service.
        settings: Settings,
        /// Whether nothing is written.
        dry_run: bool,
    },
    /// Check how Stripe, the database and the issuer are set up.
    Check {
        /// The settings of the service.
        settings: Settings,
        /// Whether the findings are printed as JSON.
        json: bool,
    },
    /// Ask the service of this machine whether it is alive.
    Healthcheck {
        /// The address that it listens on.
        listen: SocketAddr,
    },
    /// Import users with their tokens from a file.
    Import {
        /// The settings of the service.
        settings: Settings,
        /// What to import.
        job: ImportJob,
    },
    /// Migrate the schema of a database.
    Migrate {
        /// The database.
        database: Database,
    },
    /// Copy a SQLite file into a PostgreSQL database.
    Copy(CopyJob),
}

/// The definition of the command line, from which man page and completions are made.
pub fn command_line() -> clap::Command {
    <Flags as clap::CommandFactory>::command()
}

impl Task {
    /// Reads the arguments (the first is the program) and the environment.
    pub fn from_args<I, T>(args: I) -> Result<Self, SettingsError>
    where
        I: IntoIterator<Item = T>,
        T: Into<OsString> + Clone,
    {
        let mut flags = Flags::try_parse_from(args).map_err(|error| in_one_line(&error))?;
        let task = flags.task.take();
        Ok(match task {
            None => Self::Serve(Settings::from_flags(flags)?),
            Some(TaskFlags::Reconcile { dry_run }) => {
                Self::Reconcile { settings: Settings::from_flags(flags)?, dry_run }
            }
            Some(TaskFlags::Check { json }) => Self::Check { settings: Settings::from_flags(flags)?, json },
            Some(TaskFlags::Healthcheck) => Self::Healthcheck { listen: listen(&flags.listen)? },
            Some(TaskFlags::Import { file, dry_run }) => {
                Self::Import { settings: Settings::from_flags(flags)?, job: ImportJob { file, dry_run } }
            }
            Some(TaskFlags::Migrate) => {
                Self::Migrate { database: database("--database", flags.database, A_FILE)? }
            }
            Some(TaskFlags::Copy { from, to }) => Self::Copy(copying(from, to)?),
        })
    }
}

impl Settings {
    fn from_flags(flags: Flags) -> Result<Self, SettingsError> {
        let stripe_api_base =
            web_address("--stripe-api-base", &flags.stripe_api_base, "https://api.stripe.com")?;
        let checkout_hosts = match flags.checkout_host {
            hosts if hosts.is_empty() => default_checkout_hosts(&stripe_api_base),
            hosts => hosts.into_iter().map(checkout_host).collect::<Result<_, _>>()?,
        };
        let listen = listen(&flags.listen)?;
        let public_url = flags.public_url.as_deref().map(public_url).transpose()?;
        let stripe_secret_key = secrets::stripe_secret_key(flags.stripe_secret_key)?;
        let test_clock =
            test_clock::test_clock(flags.test_clock, &stripe_secret_key, listen, public_url.as_ref())?;
        Ok(Self {
            listen,
            database: database("--database", flags.database, A_FILE)?,
            public_url,
            catalogue: catalogue(flags.catalogue)?,
            oidc: flags.oidc.settings()?,
            stripe_secret_key,
            stripe_webhook_secrets: secrets::stripe_webhook_secrets(&flags.stripe_webhook_secret)?,
            stripe_api_base,
            checkout_hosts,
            min_app_version: flags.min_app_version.map(version).transpose()?,
            support_contact: flags.support_contact.map(support_contact).transpose()?,
            service_keys: secrets::service_keys(&flags.service_key)?,
            test_clock,
            regular_checks: true,
            limits: flags.limits,
            drain_delay: Duration::from_secs(flags.drain_delay.into()),
            log_format: flags.log_format,
        })
    }
}
