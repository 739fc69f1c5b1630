//! Everything that is checked at Stripe, in the order of the lines.

use super::prices::PlanPrices;
use super::setup::StripeChecks;
use super::{clock, key, permissions, portal, prices, tax, webhook};
use crate::base::finding::Finding;

/// What was found at Stripe.
#[derive(Debug)]
pub struct StripeFindings {
    /// The findings, in the order of the lines.
    pub findings: Vec<Finding>,
    /// The prices of plans; `None` if they could not be read.
    pub prices: Option<PlanPrices>,
}

impl StripeChecks<'_> {
    /// Checks everything at Stripe.
    pub async fn run(&self) -> StripeFindings {
        let mut findings = vec![key::accepted(self.stripe).await, key::mode(self)];
        // What a key may not do at all is not asked thirty times, and neither is a Stripe that does not answer.
        if !findings[0].is_fine() {
            return StripeFindings { findings, prices: None };
        }
        findings.extend(permissions::held(self.stripe).await);
        let (of_plans, prices) = prices::of_plans(self).await;
        findings.extend(of_plans);
        findings.extend(prices::of_packs(self).await);
        findings.extend(portal::configured(self.stripe).await);
        findings.extend(webhook::configured(self).await);
        findings.extend(tax::configured(self).await);
        findings.push(clock::compared(self.stripe));
        // Permissions that are missing are findings now.
        self.stripe.missing_permissions().forget();
        StripeFindings { findings, prices }
    }

    /// Reads the prices of plans at Stripe.
    pub async fn plan_prices(&self) -> Option<PlanPrices> {
        prices::of_plans(self).await.1
    }
}
