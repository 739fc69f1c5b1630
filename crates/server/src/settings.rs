//! The settings: flags, or environment variables named `TOKENWELL_` and the flag in capitals. A wrong or
//! missing setting is reported in one line that names the flag and the fix.

mod error;
mod secrets;
mod test_clock;

pub use error::SettingsError;

use self::error::{missing, wrong};
use crate::http::auth::service_keys::ServiceKey;
use crate::http::limits::{self, Limits};
use crate::store::{CopyJob, Database};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Parser, Subcommand, ValueEnum};
use secrecy::SecretString;
use std::ffi::OsString;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;
use tokenwell_ledger::Catalogue;
use url::{Host, Url};

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
    /// The OpenID Connect issuer, as tokens name it in `iss`.
    pub oidc_issuer: Url,
    /// The audience, as tokens name it in `aud`.
    pub oidc_audience: String,
    /// The app's client id at the issuer.
    pub oidc_client_id: String,
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

/// The format of the log.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// Lines for people.
    #[default]
    Text,
    /// One JSON object per line.
    Json,
}

/// The Tokenwell token service: balances, purchases through Stripe Checkout, and spends.
#[derive(Parser)]
#[command(name = "tokenwell-server", version)]
struct Flags {
    #[command(subcommand)]
    task: Option<TaskFlags>,
    /// Address and port to listen on; port 0 picks a free one
    #[arg(
        long,
        global = true,
        env = "TOKENWELL_LISTEN",
        value_name = "ADDR",
        default_value = "127.0.0.1:8787"
    )]
    listen: String,
    /// The database of accounts and ledger: sqlite:PATH, or postgres://… for any number of instances
    #[arg(long, global = true, env = "TOKENWELL_DATABASE", value_name = "URL", hide_env_values = true)]
    database: Option<String>,
    /// The address to which browsers return from the checkout [default: the listen address]
    #[arg(long, global = true, env = "TOKENWELL_PUBLIC_URL", value_name = "URL")]
    public_url: Option<String>,
    /// Plans and packs, as TOML [default: built in]
    #[arg(long, global = true, env = "TOKENWELL_CATALOGUE", value_name = "FILE")]
    catalogue: Option<PathBuf>,
    /// The OpenID Connect issuer that users sign in at
    #[arg(long, global = true, env = "TOKENWELL_OIDC_ISSUER", value_name = "URL")]
    oidc_issuer: Option<String>,
    /// The audience that access tokens must name
    #[arg(
        long,
        global = true,
        env = "TOKENWELL_OIDC_AUDIENCE",
        value_name = "NAME",
        default_value = "tokenwell"
    )]
    oidc_audience: String,
    /// The app's client id at the issuer
    #[arg(
        long,
        global = true,
        env = "TOKENWELL_OIDC_CLIENT_ID",
        value_name = "ID",
        default_value = "tokenwell-desktop"
    )]
    oidc_client_id: String,
    /// Stripe's secret key
    #[arg(
        long,
        global = true,
        env = "TOKENWELL_STRIPE_SECRET_KEY",
        value_name = "KEY",
        hide_env_values = true
    )]
    stripe_secret_key: Option<String>,
    /// The secret that Stripe signs webhooks with; several while one is being rotated
    #[arg(
        long,
        global = true,
        env = "TOKENWELL_STRIPE_WEBHOOK_SECRET",
        value_name = "SECRET",
        value_delimiter = ',',
        hide_env_values = true
    )]
    stripe_webhook_secret: Vec<String>,
    /// Where Stripe's API is
    #[arg(
        long,
        global = true,
        env = "TOKENWELL_STRIPE_API_BASE",
        value_name = "URL",
        default_value = "https://api.stripe.com"
    )]
    stripe_api_base: String,
    /// A host that the app may open for paying and billing; repeatable [default: Stripe's two]
    #[arg(long, global = true, env = "TOKENWELL_CHECKOUT_HOST", value_name = "HOST", value_delimiter = ',')]
    checkout_host: Vec<String>,
    /// The oldest app version that is still served
    #[arg(long, global = true, env = "TOKENWELL_MIN_APP_VERSION", value_name = "VERSION")]
    min_app_version: Option<String>,
    /// How users reach you, shown where they are owed money: an e-mail address or the address of a page
    #[arg(long, global = true, env = "TOKENWELL_SUPPORT_CONTACT", value_name = "ADDRESS")]
    support_contact: Option<String>,
    /// A key for the platform's own back ends; repeatable
    #[arg(
        long,
        global = true,
        env = "TOKENWELL_SERVICE_KEY",
        value_name = "KEY",
        value_delimiter = ',',
        hide_env_values = true
    )]
    service_key: Vec<String>,
    /// Stop the clock of the token rules, and set it with PUT /v1/test-clock: for tests only
    #[arg(long, global = true, env = "TOKENWELL_TEST_CLOCK", value_parser = clap::builder::BoolishValueParser::new())]
    test_clock: bool,
    #[command(flatten)]
    limits: Limits,
    /// How many seconds the service continues after SIGTERM while /readyz returns 503, so that load balancers notice
    #[arg(
        long,
        global = true,
        env = "TOKENWELL_DRAIN_DELAY",
        value_name = "SECONDS",
        value_parser = limits::whole,
        default_value_t = 0
    )]
    drain_delay: u32,
    /// The format of the log on stderr; `TOKENWELL_LOG` sets its level, such as debug
    #[arg(
        long,
        global = true,
        env = "TOKENWELL_LOG_FORMAT",
        value_name = "FORMAT",
        value_enum,
        default_value_t
    )]
    log_format: LogFormat,
}

/// The other tasks of the program. They use the settings of the service.
#[derive(Subcommand)]
enum TaskFlags {
    /// Repair drift between the ledger and Stripe, print one line for each, and exit: 0 if none is left, 1 if some is, 3 if
    /// it could not be finished
    Reconcile {
        /// Only report drift, and exit: 0 if there is none, 1 if there is some
        #[arg(long)]
        dry_run: bool,
    },
    /// Check Stripe, the database and the issuer, print one line for each finding, and exit: 0 if everything is fine, 1 if
    /// tokens or money are at risk, 2 if something could not be checked. It creates nothing
    Check {
        /// Print the findings as JSON
        #[arg(long)]
        json: bool,
    },
    /// Migrate the schema of the database, and exit; instances of the previous version may run meanwhile
    Migrate,
    /// Copy a SQLite file that no service uses to an empty PostgreSQL database, completely or not at all, and exit: 0 if the
    /// copy was compared and is equal, 1 if the file is damaged, 3 if it could not be finished
    Copy {
        /// The file to copy, as sqlite:PATH; it is not changed
        #[arg(long, env = "TOKENWELL_FROM", value_name = "URL")]
        from: Option<String>,
        /// The database to copy into, as postgres://…
        #[arg(long, env = "TOKENWELL_TO", value_name = "URL", hide_env_values = true)]
        to: Option<String>,
    },
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
    /// Migrate the schema of a database.
    Migrate {
        /// The database.
        database: Database,
    },
    /// Copy a SQLite file into a PostgreSQL database.
    Copy(CopyJob),
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
            oidc_issuer: match flags.oidc_issuer {
                None => return missing("--oidc-issuer", "the address of the OpenID Connect issuer"),
                Some(url) => web_address("--oidc-issuer", &url, "https://login.example.com")?,
            },
            oidc_audience: not_empty("--oidc-audience", flags.oidc_audience)?,
            oidc_client_id: not_empty("--oidc-client-id", flags.oidc_client_id)?,
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

fn not_empty(flag: &str, value: String) -> Result<String, SettingsError> {
    if value.trim().is_empty() {
        wrong(format!("{flag} is empty: give a value or leave it out"))
    } else {
        Ok(value)
    }
}

fn support_contact(value: String) -> Result<String, SettingsError> {
    let is_email = value.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.'));
    let is_page = value.starts_with("https://") && value.parse::<Url>().is_ok();
    if (is_email || is_page) && !value.contains(char::is_whitespace) {
        return Ok(value);
    }
    wrong(format!(
        "--support-contact {value:?} is no address: give one such as help@example.com or https://example.com/help"
    ))
}

fn listen(value: &str) -> Result<SocketAddr, SettingsError> {
    value.parse().or_else(|_| {
        wrong(format!("--listen {value:?} is not an address and port: give one such as 127.0.0.1:8787"))
    })
}

/// What to give for a database.
const A_FILE: &str = "where to keep the data, such as sqlite:tokenwell.db";

fn database(flag: &str, value: Option<String>, what: &str) -> Result<Database, SettingsError> {
    let Some(value) = value else { return missing(flag, what) };
    Database::parse(&value).or_else(|why| wrong(format!("{flag} {why}")))
}

fn copying(from: Option<String>, to: Option<String>) -> Result<CopyJob, SettingsError> {
    let from = database("--from", from, "the file to copy, such as sqlite:tokenwell.db")?;
    let to = database("--to", to, "an empty database, such as postgres://user:password@host/tokenwell")?;
    CopyJob::between(from, to).or_else(|refused| wrong(refused.to_string()))
}

fn catalogue(file: Option<PathBuf>) -> Result<Catalogue, SettingsError> {
    let Some(file) = file else { return Ok(Catalogue::built_in()) };
    let shown = file.display();
    let text = std::fs::read_to_string(&file).or_else(|error| {
        wrong(format!(
            "--catalogue {shown} cannot be read ({error}): give a readable TOML file, or leave it out"
        ))
    })?;
    Catalogue::parse(&text)
        .or_else(|error| wrong(format!("--catalogue {shown}: {}", one_line(&error.to_string()))))
}

/// The address serves only web pages, so the operator may choose `http`.
fn public_url(value: &str) -> Result<Url, SettingsError> {
    match Url::parse(value) {
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.query().is_none() => Ok(url),
        _ => wrong(format!(
            "--public-url {value:?} is not a web address: give one such as https://tokens.example.com"
        )),
    }
}

/// An `https` address; `http` only on this machine, since tokens and keys travel over it.
fn web_address(flag: &str, value: &str, example: &str) -> Result<Url, SettingsError> {
    let Ok(url) = Url::parse(value) else {
        return wrong(format!("{flag} {value:?} is not a web address: give one such as {example}"));
    };
    match url.scheme() {
        "https" if url.host().is_some() => Ok(url),
        "http" if is_loopback(&url) => Ok(url),
        "http" => {
            wrong(format!("{flag} {value:?} is not encrypted: give an https address, such as {example}"))
        }
        _ => wrong(format!("{flag} {value:?} is not a web address: give one such as {example}")),
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => IpAddr::from(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::from(address).is_loopback(),
        None => false,
    }
}

/// Stripe's two hosts, or the sandbox's own if the API is on this machine.
fn default_checkout_hosts(stripe_api_base: &Url) -> Vec<String> {
    if is_loopback(stripe_api_base) {
        vec![stripe_api_base.authority().to_owned()]
    } else {
        vec!["checkout.stripe.com".to_owned(), "billing.stripe.com".to_owned()]
    }
}

fn checkout_host(value: String) -> Result<String, SettingsError> {
    let fits = Url::parse(&format!("https://{value}/"))
        .is_ok_and(|url| url.authority() == value.trim_end_matches(":443") && url.path() == "/");
    if fits {
        Ok(value)
    } else {
        wrong(format!(
            "--checkout-host {value:?} is not a host: give one such as checkout.stripe.com, without https://"
        ))
    }
}

fn version(value: String) -> Result<String, SettingsError> {
    let parts: Vec<_> = value.split('.').collect();
    if parts.len() == 3 && parts.iter().all(|part| part.parse::<u32>().is_ok()) {
        Ok(value)
    } else {
        wrong(format!("--min-app-version {value:?} is not a version: give one such as 1.2.3"))
    }
}

/// The error of clap, in one line.
fn in_one_line(error: &clap::Error) -> SettingsError {
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => text.clone(),
        Some(ContextValue::Strings(texts)) => texts.join(", "),
        _ => String::new(),
    };
    let flag = text(ContextKind::InvalidArg);
    let flag = flag.split(' ').next().unwrap_or_default();
    SettingsError::Wrong(match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => return SettingsError::Shown(error.to_string()),
        ErrorKind::UnknownArgument => {
            format!("{flag} is not a setting: see tokenwell-server --help for those that are")
        }
        ErrorKind::InvalidValue | ErrorKind::ValueValidation
            if text(ContextKind::InvalidValue).is_empty() =>
        {
            format!("{flag} has no value: write it as {flag} VALUE")
        }
        ErrorKind::InvalidValue | ErrorKind::ValueValidation if flag == "--test-clock" => {
            "--test-clock is neither true nor false: set TOKENWELL_TEST_CLOCK to one of them, or leave it out"
                .to_owned()
        }
        ErrorKind::ArgumentConflict => format!("{flag} is given twice: give it once"),
        _ => {
            one_line(error.to_string().trim_start_matches("error: ").split("\n\n").next().unwrap_or_default())
        }
    })
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
