//! Stripe's facts about a subscription: its state, the paid periods, and the invoices.

use super::context::Fulfilment;
use crate::payments::error::PaymentError;
use crate::payments::stripe::{Invoice, InvoiceLine, Price, Subscription};
use jiff::Timestamp;
use tokenwell_ledger::{
    Interval, PaidPeriod, PlanId, SubscriptionId, SubscriptionSnapshot, SubscriptionStatus,
};

/// The prefix of the lookup key of a plan's price: `tokenwell_{plan}_{interval}`.
const LOOKUP_PREFIX: &str = "tokenwell_";

/// Stripe's facts about a subscription.
pub struct SubscriptionFacts {
    /// The account's id.
    pub account: String,
    /// Its state.
    pub snapshot: SubscriptionSnapshot,
    /// The paid periods, in order.
    pub paid: Vec<PaidPeriod>,
    /// The paid invoices, to be refunded if nothing can be granted.
    pub invoices: Vec<Invoice>,
}

impl SubscriptionFacts {
    /// Whether the subscription has not ended.
    pub fn is_live(&self) -> bool {
        self.snapshot.ended_at.is_none()
    }

    /// The invoices with an amount above zero.
    pub fn charged_invoices(&self) -> impl Iterator<Item = &Invoice> {
        self.invoices.iter().filter(|invoice| invoice.amount_paid.0 > 0)
    }
}

/// When an invoice was paid.
pub fn paid_at(invoice: &Invoice) -> Result<Timestamp, PaymentError> {
    time(invoice.status_transitions.paid_at.unwrap_or(invoice.created))
}

impl Fulfilment<'_> {
    /// Looks a subscription up; `None` if it is not of a plan of this service.
    pub(super) async fn subscription_facts(
        &self,
        id: &str,
    ) -> Result<Option<SubscriptionFacts>, PaymentError> {
        let seen_at = Timestamp::now();
        let subscription = self.stripe.subscription(id).await?;
        let account = match subscription.metadata.get("account_id") {
            Some(account) => Some(account.clone()),
            None => self.store.account_of_customer(subscription.customer.id()).await?,
        };
        // The subscription is for another product in the same account at Stripe.
        let Some(account) = account else { return Ok(None) };
        let Some(item) = subscription.items.data.first() else { return Ok(None) };
        let Some(plan) = item.price.lookup_key.as_deref().and_then(plan_of) else {
            return Err(PaymentError::Unexpected(format!(
                "the price {} of subscription {id} has no lookup key of a plan (tokenwell_PLAN_INTERVAL)",
                item.price.id
            )));
        };
        let invoices = self.stripe.paid_invoices_of(id).await?;
        let paid = self.paid_periods(id, &invoices, &item.price).await?;
        let snapshot = snapshot(id, &subscription, plan, seen_at)?;
        Ok(Some(SubscriptionFacts { account, snapshot, paid, invoices }))
    }

    async fn paid_periods(
        &self,
        subscription: &str,
        invoices: &[Invoice],
        price: &Price,
    ) -> Result<Vec<PaidPeriod>, PaymentError> {
        let mut paid = Vec::new();
        for invoice in invoices {
            if let Some(line) = period_line(invoice)
                && let Some((plan, interval)) = self.plan_of_line(line, price).await?
            {
                paid.push(PaidPeriod {
                    subscription: SubscriptionId::from(subscription),
                    plan,
                    interval,
                    start: time(line.period.start)?,
                    end: time(line.period.end)?,
                    paid_at: paid_at(invoice)?,
                });
            }
        }
        paid.sort_by_key(|period| (period.start, period.paid_at));
        Ok(paid)
    }

    /// The plan comes from the price's lookup key, never from metadata.
    async fn plan_of_line(
        &self,
        line: &InvoiceLine,
        item_price: &Price,
    ) -> Result<Option<(PlanId, Interval)>, PaymentError> {
        let Some(id) = line.price() else { return Ok(None) };
        if id == item_price.id {
            return Ok(item_price.lookup_key.as_deref().and_then(plan_of));
        }
        let price = self.stripe.price(id).await?;
        Ok(price.lookup_key.as_deref().and_then(plan_of))
    }
}

fn snapshot(
    id: &str,
    subscription: &Subscription,
    (plan, interval): (PlanId, Interval),
    seen_at: Timestamp,
) -> Result<SubscriptionSnapshot, PaymentError> {
    Ok(SubscriptionSnapshot {
        id: SubscriptionId::from(id),
        status: status(&subscription.status),
        plan,
        interval,
        started_at: time(subscription.start_date.unwrap_or(subscription.created))?,
        anchor: time(subscription.billing_cycle_anchor)?,
        cancel_at_period_end: subscription.cancel_at_period_end,
        cancel_at: subscription.cancel_at.map(time).transpose()?,
        ended_at: subscription.ended_at.map(time).transpose()?,
        seen_at,
    })
}

/// Stripe's status of a subscription. An unknown status does not entitle.
fn status(status: &str) -> SubscriptionStatus {
    serde_json::from_value(status.into()).unwrap_or(SubscriptionStatus::Unknown)
}

/// The line that bills a period. A line that settles a change within a period counts only if there is no other.
fn period_line(invoice: &Invoice) -> Option<&InvoiceLine> {
    invoice
        .lines
        .data
        .iter()
        .filter(|line| line.price().is_some() && line.amount >= 0)
        .max_by_key(|line| (!line.is_proration(), line.period.end))
}

fn plan_of(lookup_key: &str) -> Option<(PlanId, Interval)> {
    let (plan, interval) = lookup_key.strip_prefix(LOOKUP_PREFIX)?.rsplit_once('_')?;
    let interval = match interval {
        "month" => Interval::Month,
        "year" => Interval::Year,
        _ => return None,
    };
    Some((PlanId::from(plan), interval))
}

fn time(seconds: i64) -> Result<Timestamp, PaymentError> {
    Timestamp::from_second(seconds).map_err(|error| PaymentError::Unexpected(error.to_string()))
}
