//! The command line of the token service beside a sandbox.

use std::ffi::OsStr;
use tokio::process::Command;

/// The key that the platform's back ends call the service with.
pub const SERVICE_KEY: &str = "demo-service-key-that-guards-nothing";
/// The secret key that the service calls Stripe with; the sandbox accepts every key of this form.
pub const STRIPE_KEY: &str = "sk_test_demo";
/// The secret that the sandbox signs its events with.
pub const WEBHOOK_SECRET: &str = "whsec_demo";

/// Whom users of the demo contact.
const SUPPORT: &str = "help@example.com";

/// The service `program` on `database`, with the sandbox at `sandbox_url` as Stripe and as the issuer. The caller adds
/// `--listen` and other flags.
///
/// Rates are unlimited: tests and measurements send requests faster than people do.
pub fn server_command(program: impl AsRef<OsStr>, sandbox_url: &str, database: &str) -> Command {
    let mut command = Command::new(program);
    command
        .args(["--database", database])
        .args(["--oidc-issuer", &format!("{sandbox_url}/identity")])
        .args(["--oidc-client-id", "tokenwell-desktop"])
        .args(["--stripe-api-base", sandbox_url])
        .args(["--stripe-secret-key", STRIPE_KEY])
        .args(["--stripe-webhook-secret", WEBHOOK_SECRET])
        .args(["--service-key", &format!("platform:spend+read+adjust+accounts+operate:{SERVICE_KEY}")])
        .args(["--support-contact", SUPPORT])
        .args(["--user-rate", "0", "--checkout-rate", "0", "--open-checkouts", "0"]);
    command
}
