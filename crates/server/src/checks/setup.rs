//! What is checked, from top to bottom.

use super::database;
use crate::base::finding::Finding;
use crate::base::outgoing::HttpClient;
use crate::http::auth::issuer_check;
use crate::http::auth::oidc::OidcSettings;
use crate::payments::{PlanPrices, StripeChecks, StripeClient, StripeFindings};
use crate::store::Database;
use std::sync::Arc;
use tokenwell_ledger::{Catalogue, Tax};

/// What is checked.
pub struct Checks {
    /// Stripe's API, with the key that is checked.
    pub stripe: Arc<StripeClient>,
    /// Plans, packs and their prices.
    pub catalogue: Catalogue,
    /// The address at which browsers and Stripe reach the service, without a slash at the end.
    pub public_url: String,
    /// Whether the time of the token rules stands still.
    pub test_clock: bool,
    /// The database.
    pub database: Database,
    /// How users sign in.
    pub oidc: OidcSettings,
    /// Outgoing HTTP.
    pub http: HttpClient,
}

/// What was found.
pub struct Found {
    /// The findings, in the order of the lines.
    pub findings: Vec<Finding>,
    /// The prices of plans at Stripe; `None` if they could not be read.
    pub prices: Option<PlanPrices>,
}

impl Checks {
    /// Checks everything.
    pub async fn run(&self) -> Found {
        let StripeFindings { mut findings, prices } = self.stripe_checks().run().await;
        findings.extend(database::findings(&self.database).await);
        findings.extend(issuer_check::findings(&self.oidc, &self.http).await);
        Found { findings, prices }
    }

    /// Reads the prices of plans at Stripe.
    pub async fn plan_prices(&self) -> Option<PlanPrices> {
        self.stripe_checks().plan_prices().await
    }

    fn stripe_checks(&self) -> StripeChecks<'_> {
        StripeChecks {
            stripe: &self.stripe,
            catalogue: &self.catalogue,
            public_url: &self.public_url,
            test_clock: self.test_clock,
            asks_for_tax: self.catalogue.tax() == Tax::Stripe,
        }
    }
}
