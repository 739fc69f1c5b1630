//! Stripe's facts about a subscription: its state, the paid lines of its plan, and the invoices.

use super::context::Fulfilment;
use super::plan_lines::{PlanLine, SortedLines, sort_lines};
use super::plan_prices::{PlanPrices, PlanTerm, PriceMeaning};
use crate::payments::error::PaymentError;
use crate::payments::stripe::{Invoice, Subscription};
use crate::payments::unclear::Unclear;
use jiff::Timestamp;
use tokenwell_ledger::{
    LineKind, PaidInvoice, PaidLine, SubscriptionId, SubscriptionSnapshot, SubscriptionStatus,
};

/// Stripe's facts about a subscription.
pub struct SubscriptionFacts {
    /// The account's id.
    pub account: String,
    /// The id of the customer at Stripe.
    pub customer: String,
    /// Its state.
    pub snapshot: SubscriptionSnapshot,
    /// The paid lines of plans, invoice by invoice, in the order of payment.
    pub paid: Vec<PaidInvoice>,
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

    /// The lines of plans on an invoice.
    pub fn lines_of(&self, invoice: &Invoice) -> impl Iterator<Item = &PaidLine> {
        let is_on = |line: &&PaidLine| invoice.lines.data.iter().any(|other| other.id == line.id.as_str());
        self.paid.iter().flat_map(|paid| &paid.lines).filter(is_on)
    }
}

/// When an invoice was paid.
pub fn paid_at(invoice: &Invoice) -> Result<Timestamp, PaymentError> {
    time(invoice.status_transitions.paid_at.unwrap_or(invoice.created))
}

/// What the items of a subscription are for.
struct Items {
    /// The plan, by the first item that is one.
    term: Option<PlanTerm>,
    /// How many of the plan.
    quantity: u64,
    /// The ids of the items that are plans.
    plans: Vec<String>,
    /// Why an item that is marked as a plan is none.
    unclear: Option<String>,
}

impl Fulfilment<'_> {
    /// Looks a subscription up; `None` if it is not of a plan and an account of this service.
    pub(super) async fn subscription_facts(
        &self,
        id: &str,
    ) -> Result<Option<SubscriptionFacts>, PaymentError> {
        let seen_at = Timestamp::now();
        let subscription = self.stripe.subscription(id).await?;
        if subscription.metadata.is_of_another_database(self.database) {
            return Ok(None);
        }
        let account = self.account_of(&subscription).await?;
        let mut prices = PlanPrices::of(self);
        let items = items(&mut prices, &subscription).await?;
        let is_marked = items.term.is_some() || items.unclear.is_some();
        if !is_marked && !self.is_ours(&subscription).await? {
            // Another product in the same account at Stripe, perhaps sold to a customer who is known here.
            return Ok(None);
        }
        let invoices = self.stripe.paid_invoices_of(id).await?;
        let sorted = sort_lines(&mut prices, &items.plans, &invoices).await?;
        self.list_unplaced(id, account.as_deref(), &sorted.unplaced).await?;
        self.remember_prices(prices, &sorted.placed).await?;
        self.list_unclear_parts(&subscription, &items, account.as_deref()).await?;
        let Some(account) = account else { return Ok(None) };
        let term = match items.term {
            Some(term) => Some(term),
            // The end of a subscription whose plan cannot be recognised any more has to be seen all the same.
            None => self.last_term(&account, id).await?,
        };
        let Some(term) = term else { return Ok(None) };
        let paid = paid_invoices(id, &sorted)?;
        let snapshot =
            SubscriptionSnapshot { quantity: items.quantity, ..snapshot(id, &subscription, term, seen_at)? };
        let customer = subscription.customer.id().to_owned();
        Ok(Some(SubscriptionFacts { account, customer, snapshot, paid, invoices }))
    }

    /// The account that a subscription is for: by its metadata, else as it is known here, else by its customer. The customer
    /// comes last because Stripe's customers can be deleted.
    async fn account_of(&self, subscription: &Subscription) -> Result<Option<String>, PaymentError> {
        if let Some(account) = subscription.metadata.account(self.database) {
            return Ok(Some(account.to_owned()));
        }
        match self.store.account_of_subscription(&subscription.id).await? {
            Some(account) => Ok(Some(account)),
            None => Ok(self.store.account_of_customer(subscription.customer.id()).await?),
        }
    }

    /// Whether this service sold a subscription, or followed it up before.
    async fn is_ours(&self, subscription: &Subscription) -> Result<bool, PaymentError> {
        Ok(subscription.metadata.account(self.database).is_some()
            || self.store.account_of_subscription(&subscription.id).await?.is_some())
    }

    /// The plan of a subscription as the account knows it.
    async fn last_term(&self, account: &str, subscription: &str) -> Result<Option<PlanTerm>, PaymentError> {
        let account = self.store.account(account).await?;
        let view =
            account.and_then(|account| account.state.subscription_of(&SubscriptionId::from(subscription)));
        Ok(view.map(|view| PlanTerm { plan: view.plan, interval: view.interval }))
    }

    /// Lists what nobody but an operator can decide.
    async fn list_unclear_parts(
        &self,
        subscription: &Subscription,
        items: &Items,
        account: Option<&str>,
    ) -> Result<(), PaymentError> {
        let mut parts = Vec::new();
        match (&items.term, &items.unclear) {
            (None, Some(why)) => parts.push(("subscription_plan", format!("its plan is not known: {why}"))),
            (None, None) => parts.push((
                "subscription_plan",
                "none of its items is of a plan: give the price or product of the plan the metadata tokenwell_plan, \
                 and retry"
                    .to_owned(),
            )),
            (Some(term), _) if items.plans.len() > 1 => {
                let plan = &term.plan;
                let why = format!("several of its items are plans; the first one counts, which is {plan}");
                parts.push(("subscription_plan", why));
            }
            (Some(_), _) => {}
        }
        if account.is_none() {
            let remedy =
                "give it the metadata tokenwell_account_id with the account's id and retry, or cancel it";
            let why = format!("it is of a plan and names no account: {remedy}");
            parts.push(("subscription_account", why));
        }
        if status(&subscription.status) == SubscriptionStatus::Unknown {
            let status = &subscription.status;
            let why = format!(
                "it has the status `{status}`, which this version does not know: it counts as not entitled; update the \
                 service, then retry"
            );
            parts.push(("subscription_status", why));
        }
        for (what, why) in parts {
            let object = subscription.id.clone();
            self.list_unclear(Unclear { what, kind: "subscription", object, why }).await?;
        }
        Ok(())
    }
}

async fn items(prices: &mut PlanPrices<'_>, subscription: &Subscription) -> Result<Items, PaymentError> {
    let mut items = Items { term: None, quantity: 1, plans: Vec::new(), unclear: None };
    for item in &subscription.items.data {
        match prices.meaning(&item.price).await? {
            PriceMeaning::Plan(term) => {
                items.plans.push(item.id.clone());
                if items.term.is_none() {
                    (items.term, items.quantity) = (Some(term), item.quantity.unwrap_or(1));
                }
            }
            PriceMeaning::Unclear(why) => items.unclear = items.unclear.or(Some(why)),
            PriceMeaning::Pack(_) | PriceMeaning::Other => {}
        }
    }
    Ok(items)
}

/// The lines of plans, invoice by invoice, in the order of payment.
fn paid_invoices(subscription: &str, sorted: &SortedLines<'_>) -> Result<Vec<PaidInvoice>, PaymentError> {
    let mut paid = Vec::new();
    for lines in sorted.placed.chunk_by(|one, next| one.invoice.id == next.invoice.id) {
        // A change at the very end of a period leaves nothing to settle.
        let settles = |placed: &&PlanLine<'_>| {
            !placed.line.is_proration() || placed.line.period.start < placed.line.period.end
        };
        paid.push(PaidInvoice {
            subscription: SubscriptionId::from(subscription),
            paid_at: paid_at(lines[0].invoice)?,
            lines: lines.iter().filter(settles).map(paid_line).collect::<Result<_, _>>()?,
        });
    }
    // Stripe lists the newest first. Of those of one second, the older one comes first.
    paid.reverse();
    paid.sort_by_key(|invoice| (invoice.paid_at, invoice.lines.iter().map(|line| line.start).min()));
    Ok(paid)
}

fn paid_line(PlanLine { line, term, .. }: &PlanLine<'_>) -> Result<PaidLine, PaymentError> {
    Ok(PaidLine {
        id: line.id.as_str().into(),
        plan: term.plan.clone(),
        interval: term.interval,
        quantity: line.quantity.unwrap_or(1),
        kind: match (line.is_credit(), line.is_proration()) {
            (true, _) => LineKind::Credit,
            (false, true) => LineKind::Charge,
            (false, false) => LineKind::Period,
        },
        start: time(line.period.start)?,
        end: time(line.period.end)?,
    })
}

fn snapshot(
    id: &str,
    subscription: &Subscription,
    PlanTerm { plan, interval }: PlanTerm,
    seen_at: Timestamp,
) -> Result<SubscriptionSnapshot, PaymentError> {
    Ok(SubscriptionSnapshot {
        id: SubscriptionId::from(id),
        status: status(&subscription.status),
        plan,
        interval,
        quantity: 1,
        started_at: time(subscription.start_date.unwrap_or(subscription.created))?,
        anchor: time(subscription.billing_cycle_anchor)?,
        cancel_at_period_end: subscription.cancel_at_period_end,
        cancel_at: subscription.cancel_at.map(time).transpose()?,
        trial_end: subscription.trial_end.map(time).transpose()?,
        ended_at: subscription.ended_at.map(time).transpose()?,
        seen_at,
    })
}

/// Stripe's status of a subscription. An unknown status does not entitle.
fn status(status: &str) -> SubscriptionStatus {
    serde_json::from_value(status.into()).unwrap_or(SubscriptionStatus::Unknown)
}

fn time(seconds: i64) -> Result<Timestamp, PaymentError> {
    Timestamp::from_second(seconds).map_err(|error| PaymentError::Unexpected(error.to_string()))
}
