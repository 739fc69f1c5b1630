//! Subscriptions: their state and the periods that were paid for.

use super::{Looked, WorkError, must};
use crate::App;
use crate::accounts::unit_of_work::{Draft, Stop, attempts};
use crate::http::problem::{Answer, Failure};
use crate::http::wire_types;
use crate::payments::reconcile::{Drift, FIRST_CHECK, SubscriptionFigures, conclude, list_refund_due};
use crate::payments::stripe::{self, Invoice, InvoiceLine, List, Price, fields};
use crate::store::{ChoreKind, RefundDueRecord};
use axum::http::StatusCode;
use jiff::Timestamp;
use tokenwell_ledger::{
    Command, Interval, Outcome, PaidPeriod, PlanId, SubscriptionId, SubscriptionSnapshot,
};

/// What a lookup key of a plan's price starts with: `tokenwell_{plan}_{interval}`.
const LOOKUP_PREFIX: &str = "tokenwell_";

/// What Stripe says of a subscription.
struct Facts {
    account: String,
    snapshot: SubscriptionSnapshot,
    paid: Vec<PaidPeriod>,
    /// The invoices that were paid: what would have to be refunded.
    invoices: Vec<Invoice>,
}

/// Brings the account of a subscription to what Stripe says of it.
pub async fn subscription(app: &App, id: &str) -> Result<Looked, WorkError> {
    let Some(facts) = look_up(app, id).await? else { return Ok(Looked::Gone) };
    if let Some(current) = note(app, &facts, false).await? {
        // Rule 10: a second one beside a live one. Is the first one still live?
        if let Some(current) = look_up(app, current.as_str()).await? {
            note(app, &current, false).await?;
        }
        note(app, &facts, true).await?;
    }
    Ok(if is_live(&facts.snapshot) { Looked::Waiting } else { Looked::Gone })
}

async fn look_up(app: &App, id: &str) -> Result<Option<Facts>, WorkError> {
    let seen_at = Timestamp::now();
    let subscription: stripe::Subscription = app.stripe.get(&format!("/v1/subscriptions/{id}"), &[]).await?;
    let account = match subscription.metadata.get("account_id") {
        Some(account) => Some(account.clone()),
        None => app.store.account_of_customer(subscription.customer.id()).await?,
    };
    // Something else is sold through the same account at Stripe.
    let Some(account) = account else { return Ok(None) };
    let Some(item) = subscription.items.data.first() else { return Ok(None) };
    let Some((plan, interval)) = item.price.lookup_key.as_deref().and_then(plan_of) else {
        return Err(WorkError::Nonsense(format!(
            "the price {} of subscription {id} has no lookup key of a plan (tokenwell_PLAN_INTERVAL)",
            item.price.id
        )));
    };
    let query = fields!["subscription" => id, "status" => "paid", "limit" => 100];
    let invoices: List<Invoice> = app.stripe.get("/v1/invoices", &query).await?;
    let snapshot = SubscriptionSnapshot {
        id: SubscriptionId::from(id),
        status: wire_types::subscription_status(&subscription.status),
        plan: plan.clone(),
        interval,
        started_at: time(subscription.start_date.unwrap_or(subscription.created))?,
        anchor: time(subscription.billing_cycle_anchor)?,
        cancel_at_period_end: subscription.cancel_at_period_end,
        ended_at: subscription.ended_at.map(time).transpose()?,
        seen_at,
    };
    let mut paid = Vec::new();
    for invoice in &invoices.data {
        if let Some(line) = billed(invoice)
            && let Some((plan, interval)) = plan_of_line(app, line, &item.price).await?
        {
            paid.push(PaidPeriod {
                subscription: SubscriptionId::from(id),
                plan,
                interval,
                start: time(line.period.start)?,
                end: time(line.period.end)?,
                paid_at: time(invoice.status_transitions.paid_at.unwrap_or(invoice.created))?,
            });
        }
    }
    paid.sort_by_key(|period| (period.start, period.paid_at));
    Ok(Some(Facts { account, snapshot, paid, invoices: invoices.data }))
}

/// Applies the facts. Returns the subscription beside which this one is a second; with `cancel_second`, that is ended.
async fn note(app: &App, facts: &Facts, cancel_second: bool) -> Result<Option<SubscriptionId>, WorkError> {
    let noted = attempts(|| async {
        let mut draft = Draft::open(app, &facts.account).await?;
        let id = &facts.snapshot.id;
        let before = SubscriptionFigures::of(draft.state(), id);
        let mut beside = None;
        let commands = std::iter::once(Command::SubscriptionState(facts.snapshot.clone()))
            .chain(facts.paid.iter().cloned().map(Command::PeriodPaid));
        for command in commands {
            beside = match must(&mut draft, command)? {
                Outcome::SecondSubscription { id: second, current } if second == *id => Some(current),
                _ => None,
            };
        }
        if cancel_second && beside.is_some() {
            cancel(app, &mut draft, facts, "a second subscription was bought beside a live one");
        }
        let first_check = is_live(&facts.snapshot).then(|| Timestamp::now() + FIRST_CHECK);
        draft.watch_subscription(id.to_string(), first_check);
        let differs = SubscriptionFigures::of(draft.state(), id).drift_from(&before, id, &facts.account);
        conclude(app, draft, differs).await?;
        Ok::<_, Stop>(beside)
    })
    .await;
    match noted {
        Err(failure) if failure.status() == StatusCode::GONE || failure.status() == StatusCode::NOT_FOUND => {
            without_account(app, facts).await.map(|()| None)
        }
        noted => Ok(noted?),
    }
}

fn cancel(app: &App, draft: &mut Draft<'_>, facts: &Facts, why: &str) {
    if is_live(&facts.snapshot) {
        draft.leave_chore(ChoreKind::CancelSubscription, facts.snapshot.id.as_str().to_owned());
    }
    for invoice in paid_invoices(&facts.invoices) {
        draft.list_refund_due(refund_due(app, facts, invoice, why));
    }
}

/// Rule 18: what is paid after the deletion grants nothing and is listed for refund; the subscription is ended. One of
/// an account that was never here is listed too, and left alone: another database may know it.
async fn without_account(app: &App, facts: &Facts) -> Result<(), WorkError> {
    let account = app.store.account(&facts.account).await?;
    // By the rules' time, which is Stripe's, also where both are moved by hand.
    let deleted_at = account.as_ref().and_then(|account| account.state.deleted_at());
    let why = match account {
        Some(_) => "the account was deleted before the subscription was paid",
        None => "the account whose subscription was paid is not known here",
    };
    for invoice in paid_invoices(&facts.invoices) {
        let paid_at = time(invoice.status_transitions.paid_at.unwrap_or(invoice.created))?;
        if deleted_at.is_none_or(|deleted_at| paid_at > deleted_at) {
            list_refund_due(app, refund_due(app, facts, invoice, why)).await?;
        }
    }
    if account.is_some() && is_live(&facts.snapshot) { end(app, facts).await } else { Ok(()) }
}

/// Ends the subscription of an account that was deleted.
async fn end(app: &App, facts: &Facts) -> Result<(), WorkError> {
    let id = &facts.snapshot.id;
    if let Some(telling) = &app.telling {
        telling.tell(Drift {
            what: "subscription",
            ids: vec![("id", id.to_string()), ("account", facts.account.clone())],
            ledger: "that its account was deleted".to_owned(),
            stripe: "that it is live".to_owned(),
        });
        if telling.is_dry_run() {
            return Ok(());
        }
    }
    let _: stripe::Subscription = app.stripe.delete(&format!("/v1/subscriptions/{id}")).await?;
    Ok(())
}

fn is_live(snapshot: &SubscriptionSnapshot) -> bool {
    snapshot.ended_at.is_none()
}

fn paid_invoices(invoices: &[Invoice]) -> impl Iterator<Item = &Invoice> {
    invoices.iter().filter(|invoice| invoice.amount_paid.0 > 0)
}

fn refund_due(app: &App, facts: &Facts, invoice: &Invoice, why: &str) -> RefundDueRecord {
    RefundDueRecord {
        id: invoice.id.clone(),
        account: Some(facts.account.clone()),
        purchase: None,
        session: None,
        payment: Some(invoice.id.clone()),
        amount: invoice.amount_paid,
        currency: invoice.currency.clone(),
        why: why.to_owned(),
        created_at: app.clock.now(),
        resolved: None,
    }
}

/// The line that bills a period: not one that settles a change in the middle of it, if there is another.
fn billed(invoice: &Invoice) -> Option<&InvoiceLine> {
    invoice
        .lines
        .data
        .iter()
        .filter(|line| line.price().is_some() && line.amount >= 0)
        .max_by_key(|line| (!line.is_proration(), line.period.end))
}

/// The plan comes from the price's lookup key, never from metadata.
async fn plan_of_line(
    app: &App,
    line: &InvoiceLine,
    item_price: &Price,
) -> Result<Option<(PlanId, Interval)>, WorkError> {
    let Some(id) = line.price() else { return Ok(None) };
    if id == item_price.id {
        return Ok(item_price.lookup_key.as_deref().and_then(plan_of));
    }
    let price: Price = app.stripe.get(&format!("/v1/prices/{id}"), &[]).await?;
    Ok(price.lookup_key.as_deref().and_then(plan_of))
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

fn time(seconds: i64) -> Answer<Timestamp> {
    Timestamp::from_second(seconds).map_err(Failure::internal)
}
