//! The token service: the ledger's rules behind HTTP, users known by their OpenID Connect sign-in, packs and plans sold
//! through Stripe.
//!
//! [`start`] runs it in this process; the program `tokenwell-server` is a thin shell around that. The layers import in one
//! direction, `http` → `payments` → `accounts` → `store` → `base`, and this file wires them together. A test
//! (`xtask/tests/modules.rs`) enforces this.

mod accounts;
mod base;
mod checks;
mod errors;
mod http;
mod import;
mod payments;
mod running;
mod settings;
#[cfg(test)]
mod simulation;
mod store;
mod wiring;

pub use base::error_chain::Chain;
pub use base::healthcheck::{NotAlive, healthcheck};
pub use checks::Report;
pub use errors::{ReconcileError, StartError};
pub use http::access::Access;
pub use http::admission::Lane;
pub use http::auth::oidc::{OidcSettings, RedirectHost, SignInToken};
pub use http::auth::scope::Scope;
pub use http::auth::service_keys::ServiceKey;
pub use http::body_limit::BodyLimit;
pub use http::limits::{Limits, NotALimit};
pub use http::openapi::document as openapi_document;
pub use http::routes::{Route, table as routes};
pub use import::{ImportError, ImportJob, ImportReport, ImportSummary};
pub use payments::Drift;
pub use running::{Running, start};
pub use settings::{LogFormat, Settings, SettingsError, Task, command_line};
pub use store::{CopyError, CopyJob, CopySummary, Database, DatabaseAddressError, OpenError};

use import::Destination;
use payments::{DriftReport, DryRunWriter, ReportingWriter};
use std::sync::Arc;
use wiring::{Environment, Service};

/// Brings the ledger to what Stripe says, or in a dry run reports where they differ, over every purchase and subscription.
/// The service may run meanwhile. Each drift is handed to `on_drift`. Returns how much drift is left.
///
/// # Errors
/// If the database cannot be used, or Stripe does not answer: what was reported until then holds.
pub async fn reconcile(
    settings: Settings,
    dry_run: bool,
    on_drift: impl FnMut(&Drift),
) -> Result<u64, ReconcileError> {
    let address = settings.listen;
    let service = Service::assemble(settings, address, Environment::system()?).await?;
    let left = reconcile_with(&service, dry_run, on_drift).await;
    service.store.close().await;
    left
}

async fn reconcile_with(
    service: &Service,
    dry_run: bool,
    on_drift: impl FnMut(&Drift),
) -> Result<u64, ReconcileError> {
    let (store, payments) = (&*service.store, &service.payments);
    let report = DriftReport::default();
    if dry_run {
        let writer = DryRunWriter::new(store, &report);
        let count = payments.reconcile(&writer, &report, on_drift).await?;
        return Ok(count.reported + count.unrepairable);
    }
    let writer = ReportingWriter::new(store, &report, payments.writer());
    let reconciled = payments.reconcile(&writer, &report, on_drift).await;
    // Chores of what was repaired are worked off even if the reconciliation broke off.
    payments.work_due_chores().await?;
    Ok(reconciled?.unrepairable)
}

/// Imports the users of a file with their tokens. What happens meanwhile is handed to `report`.
///
/// # Errors
/// Why nothing was imported, or not everything. What was imported stays, and is not imported again.
pub async fn import_users(
    settings: Settings,
    job: ImportJob,
    report: impl FnMut(ImportReport<'_>),
) -> Result<ImportSummary, ImportError> {
    let (address, oidc) = (settings.listen, settings.oidc.clone());
    let service = Service::assemble(settings, address, Environment::system()?).await?;
    let destination = Destination {
        store: Arc::clone(&service.store),
        catalogue: service.accounts.catalogue().clone(),
        secret: service.http.subject_secret.clone(),
        issuers: std::iter::once(oidc.issuer).chain(oidc.former_issuers).collect(),
        now: service.accounts.now(),
    };
    let imported = job.run(&destination, report).await;
    service.store.close().await;
    imported
}

/// Checks how Stripe, the database and the issuer are set up. Creates nothing.
///
/// # Errors
/// If this system does not work.
pub async fn check(settings: Settings) -> Result<Report, StartError> {
    let checked = wiring::checks(settings, Environment::system()?)?.run().await;
    Ok(Report::new(checked.findings))
}

/// Makes the steps that the schema of a database lacks.
///
/// # Errors
/// If the database cannot be used, or was left to a newer version.
pub async fn migrate(database: &Database) -> Result<(), StartError> {
    database.migrate().await.map_err(|error| StartError::database(database, error))
}
