//! Subscriptions: their state and paid lines become the account's plan and allowance.

use super::context::{CheckoutLookup, Fulfilment, apply_fact};
use super::subscription_facts::{SubscriptionFacts, paid_at};
use crate::accounts::{AttemptError, UnitOfWork, attempts};
use crate::payments::back_off::FIRST_CHECK;
use crate::payments::drift::{Drift, SubscriptionSummary};
use crate::payments::error::PaymentError;
use crate::payments::stripe::Invoice;
use crate::store::{ChoreKind, CustomerRecord, RefundDueRecord};
use jiff::Timestamp;
use std::collections::HashSet;
use tokenwell_ledger::{Command, LineId, LineKind, Outcome, SubscriptionId};

impl Fulfilment<'_> {
    /// Looks up a subscription, and updates its account to the state at Stripe.
    pub async fn subscription(&self, id: &str) -> Result<CheckoutLookup, PaymentError> {
        let Some(facts) = self.subscription_facts(id).await? else { return Ok(CheckoutLookup::Ended) };
        if let Some(current) = self.note(&facts, false).await? {
            // Rule 10: the account has another subscription. This one is a second one if the other is still live.
            if let Some(current) = self.subscription_facts(current.as_str()).await? {
                self.note(&current, false).await?;
            }
            self.note(&facts, true).await?;
        }
        Ok(if facts.is_live() { CheckoutLookup::Pending } else { CheckoutLookup::Ended })
    }

    /// Applies the facts. Returns the live subscription to which this one is a second; with `cancel_second`, the second is
    /// cancelled.
    async fn note(
        &self,
        facts: &SubscriptionFacts,
        cancel_second: bool,
    ) -> Result<Option<SubscriptionId>, PaymentError> {
        match attempts(|| self.apply_subscription(facts, cancel_second)).await {
            Err(error) if error.is_of_deleted_account() || error.is_of_unknown_account() => {
                self.without_account(facts).await.map(|()| None)
            }
            noted => noted,
        }
    }

    async fn apply_subscription(
        &self,
        facts: &SubscriptionFacts,
        cancel_second: bool,
    ) -> Result<Option<SubscriptionId>, AttemptError<PaymentError>> {
        let mut unit = self.accounts.load(&facts.account).await?;
        let id = &facts.snapshot.id;
        let before = SubscriptionSummary::of(unit.state(), id);
        // The account forgets all but the last of its subscriptions, and what they were granted.
        let was_dropped =
            before.is_none() && self.store.account_of_subscription(id.as_str()).await?.is_some();
        let mut beside = None;
        let commands = std::iter::once(Command::SubscriptionState(facts.snapshot.clone()))
            .chain(facts.paid.iter().cloned().map(Command::InvoicePaid));
        for command in commands {
            beside = match apply_fact(&mut unit, command)? {
                Outcome::SecondSubscription { id: second, current } if second == *id => Some(current),
                _ => None,
            };
        }
        if cancel_second && beside.is_some() {
            cancel(&mut unit, facts)?;
        }
        list_lost_invoices(&mut unit, facts, was_dropped)?;
        if facts.is_live() && unit.customer().is_none() {
            // It may have been sold without this service. Its customer manages it in the portal.
            unit.bring_customer(CustomerRecord { id: facts.customer.clone(), made_here: false });
        }
        let first_check = facts.is_live().then(|| Timestamp::now() + FIRST_CHECK);
        unit.poll_subscription(id.to_string(), first_check);
        let drift = SubscriptionSummary::of(unit.state(), id).drift_from(&before, id, &facts.account);
        self.writer.commit(unit, drift).await?;
        Ok(beside)
    }

    /// Rule 18: a payment after the deletion grants nothing and is listed for refund, and the subscription is cancelled. The
    /// payment for an unknown account is listed and its subscription is not cancelled, because another database may have
    /// the account.
    async fn without_account(&self, facts: &SubscriptionFacts) -> Result<(), PaymentError> {
        let account = self.store.account(&facts.account).await?;
        // By the ledger's clock, which is Stripe's, also where tests move both.
        let deleted_at = account.as_ref().and_then(|account| account.state.deleted_at());
        let why = match account {
            Some(_) => "the account was deleted before the subscription was paid",
            None => "the account whose subscription was paid is not known here",
        };
        for invoice in facts.charged_invoices() {
            let paid_at = paid_at(invoice)?;
            if deleted_at.is_none_or(|deleted_at| paid_at > deleted_at) {
                let refund = refund_due(facts, invoice, why, self.accounts.now());
                self.writer.list_refund_due(refund).await?;
            }
        }
        if account.is_none() || !facts.is_live() {
            return Ok(());
        }
        let id = &facts.snapshot.id;
        let drift = Drift {
            what: "subscription",
            ids: vec![("id", id.to_string()), ("account", facts.account.clone())],
            ledger: "that its account was deleted".to_owned(),
            stripe: "that it is live".to_owned(),
        };
        self.writer.cancel_subscription(id.as_str(), drift).await
    }
}

/// Why the invoices of a second subscription are listed for refund.
pub const SECOND: &str = "a second subscription was bought beside a live one";

fn cancel(unit: &mut UnitOfWork<'_>, facts: &SubscriptionFacts) -> Result<(), PaymentError> {
    if facts.is_live() {
        unit.enqueue_chore(ChoreKind::CancelSubscription, facts.snapshot.id.as_str().to_owned());
    }
    list_idle_invoices(unit, facts, SECOND)
}

/// Rule 15a: an invoice of a subscription that has ended is listed for refund if it was paid after the end, or if the plan did
/// not entitle any more when it was paid and never did again.
fn list_lost_invoices(
    unit: &mut UnitOfWork<'_>,
    facts: &SubscriptionFacts,
    was_dropped: bool,
) -> Result<(), PaymentError> {
    let Some(ended_at) = facts.snapshot.ended_at else { return Ok(()) };
    for invoice in facts.charged_invoices() {
        if paid_at(invoice)? > ended_at {
            let why = "the subscription had ended before the invoice was paid";
            unit.list_refund_due(refund_due(facts, invoice, why, unit.now()));
        }
    }
    if was_dropped {
        return Ok(());
    }
    list_idle_invoices(
        unit,
        facts,
        "the subscription ended before the tokens of the invoice could be granted",
    )
}

/// Lists the invoices that were charged since the account was opened, and whose lines of plans brought nothing.
fn list_idle_invoices(
    unit: &mut UnitOfWork<'_>,
    facts: &SubscriptionFacts,
    why: &str,
) -> Result<(), PaymentError> {
    let idle: HashSet<LineId> = unit.state().idle_lines(&facts.snapshot.id, unit.now()).cloned().collect();
    for invoice in facts.charged_invoices() {
        let mut of_plans = facts.lines_of(invoice).filter(|line| line.kind != LineKind::Credit).peekable();
        let is_idle = of_plans.peek().is_some() && of_plans.all(|line| idle.contains(&line.id));
        if is_idle && paid_at(invoice)?.as_second() >= unit.opened_at().as_second() {
            unit.list_refund_due(refund_due(facts, invoice, why, unit.now()));
        }
    }
    Ok(())
}

fn refund_due(facts: &SubscriptionFacts, invoice: &Invoice, why: &str, now: Timestamp) -> RefundDueRecord {
    RefundDueRecord {
        id: invoice.id.clone(),
        account: Some(facts.account.clone()),
        purchase: None,
        session: None,
        payment: Some(invoice.id.clone()),
        amount: invoice.amount_paid,
        currency: invoice.currency.clone(),
        why: why.to_owned(),
        created_at: now,
        resolved: None,
    }
}
