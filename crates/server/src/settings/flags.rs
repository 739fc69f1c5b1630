//! The flags of the program.

use super::oidc::OidcFlags;
use crate::http::limits::{self, Limits};
use clap::{Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// The Tokenwell token service: balances, purchases through Stripe Checkout, and spends.
#[derive(Parser)]
#[command(name = "tokenwell-server", version)]
pub struct Flags {
    #[command(subcommand)]
    pub task: Option<TaskFlags>,
    /// Address and port to listen on; port 0 picks a free one
    #[arg(
        long,
        global = true,
        env = "TOKENWELL_LISTEN",
        value_name = "ADDR",
        default_value = "127.0.0.1:8787"
    )]
    pub listen: String,
    /// The database of accounts and ledger: sqlite:PATH, or postgres://… for any number of instances
    #[arg(long, global = true, env = "TOKENWELL_DATABASE", value_name = "URL", hide_env_values = true)]
    pub database: Option<String>,
    /// The address to which browsers return from the checkout [default: the listen address]
    #[arg(long, global = true, env = "TOKENWELL_PUBLIC_URL", value_name = "URL")]
    pub public_url: Option<String>,
    /// Plans and packs, as TOML [default: built in]
    #[arg(long, global = true, env = "TOKENWELL_CATALOGUE", value_name = "FILE")]
    pub catalogue: Option<PathBuf>,
    #[command(flatten)]
    pub oidc: OidcFlags,
    /// Stripe's secret key
    #[arg(
        long,
        global = true,
        env = "TOKENWELL_STRIPE_SECRET_KEY",
        value_name = "KEY",
        hide_env_values = true
    )]
    pub stripe_secret_key: Option<String>,
    /// The secret that Stripe signs webhooks with; several while one is being rotated
    #[arg(
        long,
        global = true,
        env = "TOKENWELL_STRIPE_WEBHOOK_SECRET",
        value_name = "SECRET",
        value_delimiter = ',',
        hide_env_values = true
    )]
    pub stripe_webhook_secret: Vec<String>,
    /// Where Stripe's API is
    #[arg(
        long,
        global = true,
        env = "TOKENWELL_STRIPE_API_BASE",
        value_name = "URL",
        default_value = "https://api.stripe.com"
    )]
    pub stripe_api_base: String,
    /// A host that the app may open for paying and billing; repeatable [default: Stripe's two]
    #[arg(long, global = true, env = "TOKENWELL_CHECKOUT_HOST", value_name = "HOST", value_delimiter = ',')]
    pub checkout_host: Vec<String>,
    /// The oldest app version that is still served
    #[arg(long, global = true, env = "TOKENWELL_MIN_APP_VERSION", value_name = "VERSION")]
    pub min_app_version: Option<String>,
    /// How users reach you, shown where they are owed money: an e-mail address or the address of a page
    #[arg(long, global = true, env = "TOKENWELL_SUPPORT_CONTACT", value_name = "ADDRESS")]
    pub support_contact: Option<String>,
    /// A key for the platform's own back ends; repeatable
    #[arg(
        long,
        global = true,
        env = "TOKENWELL_SERVICE_KEY",
        value_name = "KEY",
        value_delimiter = ',',
        hide_env_values = true
    )]
    pub service_key: Vec<String>,
    /// Stop the clock of the token rules, and set it with PUT /v1/test-clock: for tests only
    #[arg(long, global = true, env = "TOKENWELL_TEST_CLOCK", value_parser = clap::builder::BoolishValueParser::new())]
    pub test_clock: bool,
    #[command(flatten)]
    pub limits: Limits,
    /// How many seconds the service continues after SIGTERM while /readyz returns 503, so that load balancers notice
    #[arg(
        long,
        global = true,
        env = "TOKENWELL_DRAIN_DELAY",
        value_name = "SECONDS",
        value_parser = limits::whole,
        default_value_t = 0
    )]
    pub drain_delay: u32,
    /// The format of the log on stderr; `TOKENWELL_LOG` sets its level, such as debug
    #[arg(
        long,
        global = true,
        env = "TOKENWELL_LOG_FORMAT",
        value_name = "FORMAT",
        value_enum,
        default_value_t
    )]
    pub log_format: LogFormat,
}

/// The other tasks of the program. They use the settings of the service.
#[derive(Subcommand)]
pub enum TaskFlags {
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
    /// Ask the service that listens on --listen of this machine whether it is alive, and exit: 0 if it is, 1 if not
    Healthcheck,
    /// Import users with their tokens from a file of JSON Lines or CSV, print totals, and exit: 0 if every line is imported, 1 if
    /// some cannot be right (nothing is imported then), 3 if it could not be finished (run it again)
    Import {
        /// The file, one user per line; CSV if its name ends in .csv
        file: PathBuf,
        /// Only check every line, and print what would be imported
        #[arg(long)]
        dry_run: bool,
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

/// The format of the log.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// Lines for people.
    #[default]
    Text,
    /// One JSON object per line.
    Json,
}
