//! Brings an account to what Stripe says of it now. The same functions are called for events, for the page that the
//! buyer returns to, and for open checkouts that are looked up: they look at Stripe's present state and are safe to
//! call at any time, any number of times, and several at once.

mod invoice;
mod subscription;

pub use subscription::subscription;

use crate::App;
use crate::draft::{Draft, Stop, attempts};
use crate::problem::{Answer, Failure, Kind};
use crate::reconcile::{PurchaseFigures, conclude, list_refund_due};
use crate::store::{AccountRecord, PurchaseRecord, PurchaseStatus, RefundDueRecord};
use crate::stripe::{
    Charge, CheckoutSession, Customer, Dispute, Expandable, List, PaymentIntent, StripeError, fields,
};
use crate::translate;
use axum::http::StatusCode;
use jiff::Timestamp;
use std::fmt;
use tokenwell_ledger::{self as ledger, Command, DisputeState, Minor};

/// What looking something up showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Looked {
    /// It can still change: a checkout that is open or whose payment is on its way, a subscription that is live.
    Waiting,
    /// A checkout that was paid.
    Done,
    /// It ended, without payment if it is a checkout.
    Gone,
}

/// Why an account could not be brought to what Stripe says.
#[derive(Debug)]
pub enum WorkError {
    /// Stripe gave nothing.
    Stripe(StripeError),
    /// The change was not made here.
    Here(Failure),
    /// What Stripe says makes no sense here.
    Nonsense(String),
}

impl WorkError {
    /// Whether trying again may help.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Stripe(error) => error.is_passing(),
            Self::Here(failure) => failure.status().is_server_error(),
            Self::Nonsense(_) => false,
        }
    }
}

impl fmt::Display for WorkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stripe(error) => error.fmt(f),
            Self::Here(failure) => failure.fmt(f),
            Self::Nonsense(why) => f.write_str(why),
        }
    }
}

impl From<StripeError> for WorkError {
    fn from(error: StripeError) -> Self {
        Self::Stripe(error)
    }
}

impl From<Failure> for WorkError {
    fn from(failure: Failure) -> Self {
        Self::Here(failure)
    }
}

impl From<crate::store::StoreError> for WorkError {
    fn from(error: crate::store::StoreError) -> Self {
        Self::Here(error.into())
    }
}

impl From<serde_json::Error> for WorkError {
    fn from(error: serde_json::Error) -> Self {
        Self::Nonsense(format!("the event cannot be read: {error}"))
    }
}

impl From<WorkError> for Failure {
    fn from(error: WorkError) -> Self {
        match error {
            WorkError::Stripe(error) => error.into(),
            WorkError::Here(failure) => failure,
            WorkError::Nonsense(why) => Self::internal(why),
        }
    }
}

/// The account's customer at Stripe; made by its first checkout.
pub async fn customer(app: &App, account: &AccountRecord) -> Answer<String> {
    if let Some(customer) = &account.customer {
        return Ok(customer.clone());
    }
    let mut fields = Vec::from(fields!["metadata[account_id]" => account.id]);
    if let Some(email) = &account.email {
        fields.extend(fields!["email" => email]);
    }
    let made: Customer =
        app.stripe.post("/v1/customers", &fields, &format!("account-{}", account.id)).await?;
    Ok(app.store.claim_customer(&account.id, &made.id).await?)
}

/// Looks up a Checkout session, and does what has come of it.
pub async fn checkout(app: &App, session: &str) -> Result<Looked, WorkError> {
    let looked_at = Timestamp::now();
    let path = format!("/v1/checkout/sessions/{session}");
    let session: CheckoutSession =
        app.stripe.get(&path, &fields!["expand[]" => "payment_intent.latest_charge"]).await?;
    if session.mode == "subscription" {
        if let Some(started) = &session.subscription {
            subscription(app, started.id()).await?;
        }
        return Ok(looked(&session));
    }
    let purchase = match session.metadata.get("purchase_id") {
        Some(id) => app.store.purchase(id).await?,
        None => app.store.purchase_of_session(&session.id).await?,
    };
    match purchase {
        Some(purchase) => purchase_of(app, purchase, &session, looked_at).await?,
        // It was sold here, by a service whose database is gone.
        None if session.metadata.contains_key("purchase_id") && is_paid(&session) => {
            let refund = refund_due(app, &session, None, "the purchase that was paid for is not known here");
            list_refund_due(app, refund).await?;
        }
        // Something else is sold through the same account at Stripe.
        None => {}
    }
    Ok(looked(&session))
}

/// Looks up what a payment was for.
pub async fn payment(app: &App, payment: &str) -> Result<(), WorkError> {
    if let Some(session) = session_of(app.store.purchase_of_payment(payment).await?) {
        return checkout(app, &session).await.map(drop);
    }
    let query = fields!["expand[]" => "latest_charge"];
    let intent: PaymentIntent = app.stripe.get(&format!("/v1/payment_intents/{payment}"), &query).await?;
    let Some(id) = intent.metadata.get("purchase_id") else { return invoice::payment(app, &intent).await };
    match session_of(app.store.purchase(id).await?) {
        Some(session) => checkout(app, &session).await.map(drop),
        None => Ok(()),
    }
}

fn session_of(purchase: Option<PurchaseRecord>) -> Option<String> {
    purchase?.session
}

/// Looks up the payment of a charge.
pub async fn charge(app: &App, charge: &str) -> Result<(), WorkError> {
    let charge: Charge = app.stripe.get(&format!("/v1/charges/{charge}"), &[]).await?;
    match charge.payment_intent {
        Some(intent) => payment(app, intent.id()).await,
        None => Ok(()),
    }
}

fn is_paid(session: &CheckoutSession) -> bool {
    session.status.as_deref() == Some("complete") && session.payment_status == "paid"
}

fn looked(session: &CheckoutSession) -> Looked {
    match (session.status.as_deref(), session.payment_status.as_str()) {
        (Some("open"), _) => Looked::Waiting,
        (Some("complete"), "unpaid") if !payment_failed(session) => Looked::Waiting,
        (Some("complete"), "paid" | "no_payment_required") => Looked::Done,
        _ => Looked::Gone,
    }
}

/// Whether a payment that was on its way after the checkout came to nothing.
fn payment_failed(session: &CheckoutSession) -> bool {
    let intent = session.payment_intent.as_ref().and_then(Expandable::object);
    intent.is_some_and(|intent| matches!(intent.status.as_str(), "canceled" | "requires_payment_method"))
}

fn refund_due(
    app: &App,
    session: &CheckoutSession,
    purchase: Option<&PurchaseRecord>,
    why: &str,
) -> RefundDueRecord {
    RefundDueRecord {
        // One paid session is listed once.
        id: session.id.clone(),
        account: purchase.map(|purchase| purchase.account.clone()),
        purchase: purchase.map(|purchase| purchase.id.clone()),
        session: Some(session.id.clone()),
        payment: session.payment_intent.as_ref().map(|intent| intent_id(intent).to_owned()),
        amount: session.amount_total.unwrap_or_default(),
        currency: session.currency.clone().unwrap_or_default(),
        why: why.to_owned(),
        created_at: app.clock.now(),
        resolved: None,
    }
}

fn intent_id(intent: &Expandable<PaymentIntent>) -> &str {
    match intent {
        Expandable::Id(id) => id,
        Expandable::Object(intent) => &intent.id,
    }
}

/// What Stripe says of the payment of a purchase.
struct Paid<'a> {
    charge: Option<&'a Charge>,
    disputes: Vec<Dispute>,
    looked_at: Timestamp,
}

async fn purchase_of(
    app: &App,
    purchase: PurchaseRecord,
    session: &CheckoutSession,
    looked_at: Timestamp,
) -> Result<(), WorkError> {
    let intent = session.payment_intent.as_ref().and_then(Expandable::object);
    let charge = intent.and_then(|intent| intent.latest_charge.as_ref()).and_then(Expandable::object);
    let disputes = match (intent, charge) {
        (Some(intent), Some(Charge { disputed: true, .. })) => disputes_of(app, &intent.id).await?,
        _ => Vec::new(),
    };
    let paid = Paid { charge, disputes, looked_at };
    let brought = attempts(|| bring(app, &purchase, session, &paid)).await;
    match brought {
        Err(failure) if failure.status() == StatusCode::GONE => {
            after_deletion(app, &purchase.id, session).await
        }
        brought => Ok(brought?),
    }
}

/// The disputes of a payment, oldest first.
async fn disputes_of(app: &App, intent: &str) -> Result<Vec<Dispute>, StripeError> {
    let query = fields!["payment_intent" => intent, "limit" => 100];
    let List { data: mut disputes, .. }: List<Dispute> = app.stripe.get("/v1/disputes", &query).await?;
    disputes.sort_by(|a, b| (a.created, &a.id).cmp(&(b.created, &b.id)));
    Ok(disputes)
}

/// A payment that arrives after the account was deleted grants nothing and is listed for refund (rule 18).
async fn after_deletion(app: &App, purchase: &str, session: &CheckoutSession) -> Result<(), WorkError> {
    let Some(purchase) = app.store.purchase(purchase).await? else { return Ok(()) };
    let granted_before = !matches!(
        purchase.status,
        PurchaseStatus::Open | PurchaseStatus::Processing | PurchaseStatus::Expired | PurchaseStatus::Failed
    );
    if is_paid(session) && !granted_before {
        let refund =
            refund_due(app, session, Some(&purchase), "the account was deleted before the payment arrived");
        list_refund_due(app, refund).await?;
    }
    Ok(())
}

/// Brings a purchase and its lot to what Stripe says.
async fn bring(
    app: &App,
    purchase: &PurchaseRecord,
    session: &CheckoutSession,
    paid: &Paid<'_>,
) -> Result<(), Stop> {
    let mut draft = Draft::open(app, &purchase.account).await?;
    let known = app.store.purchase(&purchase.id).await?.ok_or_else(|| Failure::not_found("purchase"))?;
    if let Some(why) = is_not_its_own(&known, session) {
        if is_paid(session) {
            draft.list_refund_due(refund_due(app, session, Some(&known), why));
        }
        return conclude(app, draft, None).await;
    }
    let figures_before = PurchaseFigures::of(&known, draft.state());
    let mut purchase = known.clone();
    let shown_before = translate::purchase(&known, draft.state());
    draft.catch_up()?;
    let status = if is_paid(session) {
        paid_status(app, &mut draft, &purchase, session, paid)?
    } else {
        unpaid_status(session, known.status)
    };
    purchase.status = status;
    purchase.session = Some(session.id.clone());
    purchase.checkout_url = if status == PurchaseStatus::Open { session.url.clone() } else { None };
    purchase.expires_at =
        if status == PurchaseStatus::Open { Timestamp::from_second(session.expires_at).ok() } else { None };
    purchase.payment_intent = session.payment_intent.as_ref().map(|intent| intent_id(intent).to_owned());
    if let Some(charge) = paid.charge {
        purchase.receipt_url.clone_from(&charge.receipt_url);
    }
    let differs = PurchaseFigures::of(&purchase, draft.state()).drift_from(&figures_before, &purchase);
    if purchase != known || translate::purchase(&purchase, draft.state()) != shown_before {
        draft.put_purchase(purchase);
    }
    conclude(app, draft, differs).await
}

/// Why a session that names a purchase is not the purchase's own: anybody with the secret key can write metadata.
fn is_not_its_own(purchase: &PurchaseRecord, session: &CheckoutSession) -> Option<&'static str> {
    match &purchase.session {
        Some(own) if *own == session.id => None,
        Some(_) => Some("it was paid on another checkout than the purchase's own"),
        // The answer that told of its session was lost.
        None if session.metadata.get("account_id") == Some(&purchase.account) => None,
        None => Some("it was paid on a checkout that was not made for the purchase's account"),
    }
}

/// Where a purchase stands whose session is not paid.
fn unpaid_status(session: &CheckoutSession, known: PurchaseStatus) -> PurchaseStatus {
    match (session.status.as_deref(), session.payment_status.as_str()) {
        (Some("open"), _) => PurchaseStatus::Open,
        (Some("expired"), _) => PurchaseStatus::Expired,
        (Some("complete"), "unpaid") if !payment_failed(session) => PurchaseStatus::Processing,
        (Some("complete"), _) => PurchaseStatus::Failed,
        _ => known,
    }
}

/// Grants what was paid for, once (rule 15), takes back what was paid back or lost (rules 16 and 17), and says where
/// the purchase stands.
fn paid_status(
    app: &App,
    draft: &mut Draft<'_>,
    purchase: &PurchaseRecord,
    session: &CheckoutSession,
    paid: &Paid<'_>,
) -> Answer<PurchaseStatus> {
    if session.amount_total != Some(purchase.amount)
        || session.currency.as_deref() != Some(&purchase.currency)
    {
        let (amount, currency) = (purchase.amount.0, &purchase.currency);
        let why =
            format!("the amount paid is not the purchase's, which is {amount} {currency} in minor units");
        draft.list_refund_due(refund_due(app, session, Some(purchase), &why));
        return Ok(PurchaseStatus::Failed);
    }
    let lot = ledger::LotId::from(purchase.id.as_str());
    let paid_at = paid.charge.and_then(|charge| Timestamp::from_second(charge.created).ok());
    let grant = Command::GrantPack {
        lot: lot.clone(),
        tokens: purchase.tokens,
        paid: translate::money(purchase.amount, &purchase.currency)?,
        paid_at: paid_at.unwrap_or(purchase.created_at),
    };
    must(draft, grant)?;
    let Some(charge) = paid.charge else { return Ok(PurchaseStatus::Paid) };
    let refunded = charge.amount_refunded;
    if draft.state().lot(&lot).is_some_and(|lot| lot.refunded() != refunded) {
        must(draft, Command::RefundTotal { lot: lot.clone(), refunded, seen_at: paid.looked_at })?;
    }
    for dispute in &paid.disputes {
        let id = ledger::DisputeId::from(dispute.id.as_str());
        must(
            draft,
            Command::Dispute { lot: lot.clone(), dispute: id, state: dispute_state(&dispute.status) },
        )?;
    }
    Ok(status_after_payment(charge, &paid.disputes))
}

fn status_after_payment(charge: &Charge, disputes: &[Dispute]) -> PurchaseStatus {
    let open_or_lost = disputes.iter().any(|dispute| dispute_state(&dispute.status) != DisputeState::Won);
    match charge.amount_refunded {
        _ if open_or_lost => PurchaseStatus::Disputed,
        Minor(0) => PurchaseStatus::Paid,
        refunded if refunded >= charge.amount => PurchaseStatus::Refunded,
        _ => PurchaseStatus::PartiallyRefunded,
    }
}

/// Stripe's status of a dispute. An inquiry that was closed took no money, as one that was won or prevented.
fn dispute_state(status: &str) -> DisputeState {
    match status {
        "won" | "warning_closed" | "prevented" => DisputeState::Won,
        "lost" => DisputeState::Lost,
        _ => DisputeState::Opened,
    }
}

/// The rules refuse a fact of Stripe only if it does not fit what is sold here: it is set aside for an operator.
fn must(draft: &mut Draft<'_>, fact: Command) -> Answer<ledger::Outcome> {
    draft.apply(fact)?.map_err(|refusal| Failure::new(Kind::FactRefused, format!("{refusal}.")))
}
