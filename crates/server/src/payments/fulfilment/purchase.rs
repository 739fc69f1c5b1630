//! Purchases of packs: granted once they are paid, clawed back when they are refunded or lost in a dispute.

use super::charged::{charged, is_charged, is_paid, is_price_of, is_unpaid_for_good, unknown_status};
use super::context::{Fulfilment, apply_fact};
use super::dispute::{apply_disputes, is_open_or_lost};
use crate::accounts::{AttemptError, UnitOfWork, attempts};
use crate::payments::drift::PurchaseSummary;
use crate::payments::error::PaymentError;
use crate::payments::stripe::{Charge, CheckoutSession, Dispute, Expandable, PaymentIntent};
use crate::payments::unclear::Unclear;
use crate::store::{PurchaseRecord, PurchaseStatus, RefundDueRecord};
use jiff::Timestamp;
use tokenwell_currencies::amount_rules;
use tokenwell_ledger::{Account, Command, Currency, LotId, Money, Tokens};

/// Why a paid session grants nothing.
#[derive(Debug, Clone, Copy)]
pub enum RefundReason<'a> {
    /// The purchase is not stored.
    UnknownPurchase,
    /// The account was deleted (rule 18).
    AccountDeleted,
    /// The session names a purchase that has another session.
    OtherSession,
    /// The session names a purchase of another account.
    OtherAccount,
    /// Rule 15: the currency or subtotal is not the purchase's, or discount and tax do not explain the total.
    OtherAmount(&'a PurchaseRecord),
}

impl RefundReason<'_> {
    /// The text in `GET /v1/refunds-due`.
    fn text(self) -> String {
        match self {
            Self::UnknownPurchase => "the purchase that was paid for is not known here".to_owned(),
            Self::AccountDeleted => "the account was deleted before the payment arrived".to_owned(),
            Self::OtherSession => "it was paid on another checkout than the purchase's own".to_owned(),
            Self::OtherAccount => {
                "it was paid on a checkout that was not made for the purchase's account".to_owned()
            }
            Self::OtherAmount(PurchaseRecord { amount, currency, .. }) => format!(
                "the amount paid is not the purchase's, which is {} {currency} before discount and tax",
                amount_rules(currency).decimal(amount.0)
            ),
        }
    }
}

/// Stripe's facts about the payment of a purchase.
struct PaymentFacts<'a> {
    charge: Option<&'a Charge>,
    disputes: Vec<Dispute>,
    looked_up_at: Timestamp,
}

impl Fulfilment<'_> {
    /// Updates a purchase and its lot to the state of its session.
    pub(super) async fn purchase(
        &self,
        purchase: PurchaseRecord,
        session: &CheckoutSession,
        looked_up_at: Timestamp,
    ) -> Result<(), PaymentError> {
        let intent = session.payment_intent.as_ref().and_then(Expandable::object);
        let charge = intent.and_then(|intent| intent.latest_charge.as_ref()).and_then(Expandable::object);
        let disputes = match (intent, charge) {
            (Some(intent), Some(Charge { disputed: true, .. })) => {
                self.stripe.disputes_of(&intent.id).await?
            }
            _ => Vec::new(),
        };
        let facts = PaymentFacts { charge, disputes, looked_up_at };
        match attempts(|| self.converge(&purchase, session, &facts)).await {
            Err(error) if error.is_of_deleted_account() => {
                self.after_deletion(&purchase.id, session).await?;
                self.note_former_disputes(&facts.disputes, looked_up_at).await?;
            }
            converged => converged?,
        }
        self.list_unknown_session(session).await?;
        match intent {
            Some(intent) => self.list_unknown_disputes(&intent.id, &facts.disputes).await,
            None => Ok(()),
        }
    }

    /// Lists a session whose status this version does not know.
    async fn list_unknown_session(&self, session: &CheckoutSession) -> Result<(), PaymentError> {
        let Some(status) = unknown_status(session) else { return Ok(()) };
        let why = format!(
            "the session has the status `{status}`, which this version does not know: its purchase stays as it is; \
             update the service, then retry"
        );
        let object = session.id.clone();
        self.list_unclear(Unclear { what: "session_status", kind: "checkout.session", object, why }).await
    }

    /// A payment that arrives after the account was deleted grants nothing and is listed for refund (rule 18).
    async fn after_deletion(&self, purchase: &str, session: &CheckoutSession) -> Result<(), PaymentError> {
        let Some(purchase) = self.store.purchase(purchase).await? else { return Ok(()) };
        let was_granted = !matches!(
            purchase.status,
            PurchaseStatus::Open
                | PurchaseStatus::Processing
                | PurchaseStatus::Expired
                | PurchaseStatus::Failed
                | PurchaseStatus::RefundDue
        );
        if is_charged(session) && !was_granted {
            let now = self.accounts.now();
            let refund = refund_due(session, Some(&purchase), RefundReason::AccountDeleted, now);
            self.writer.list_refund_due(refund).await?;
        }
        Ok(())
    }

    async fn converge(
        &self,
        purchase: &PurchaseRecord,
        session: &CheckoutSession,
        facts: &PaymentFacts<'_>,
    ) -> Result<(), AttemptError<PaymentError>> {
        let mut unit = self.accounts.load(&purchase.account).await?;
        let known = self.store.purchase(&purchase.id).await?.ok_or(PaymentError::UnknownPurchase)?;
        if let Some(reason) = foreign_session(&known, session, self.database) {
            if is_charged(session) {
                unit.list_refund_due(refund_due(session, Some(&known), reason, unit.now()));
            }
            return Ok(self.writer.commit(unit, None).await?);
        }
        let summary_before = PurchaseSummary::of(&known, unit.state());
        let lot_before = lot_amounts(&known, unit.state());
        unit.catch_up()?;
        let status = if is_paid(session) {
            settle(&mut unit, &known, session, facts)?
        } else {
            unpaid_status(session, known.status)
        };
        let purchase = with_session(known.clone(), status, session, facts.charge);
        let drift = PurchaseSummary::of(&purchase, unit.state()).drift_from(&summary_before, &purchase);
        if purchase != known || lot_amounts(&purchase, unit.state()) != lot_before {
            unit.put_purchase(purchase);
        }
        Ok(self.writer.commit(unit, drift).await?)
    }
}

/// The amounts of the lot that the buyer sees: granted, remaining and unrecovered tokens.
fn lot_amounts(purchase: &PurchaseRecord, account: &Account) -> Option<[Tokens; 3]> {
    let lot = account.lot(&LotId::from(purchase.id.as_str()))?;
    Some([lot.granted(), lot.remaining(), lot.unrecovered()])
}

fn with_session(
    purchase: PurchaseRecord,
    status: PurchaseStatus,
    session: &CheckoutSession,
    charge: Option<&Charge>,
) -> PurchaseRecord {
    let is_open = status == PurchaseStatus::Open;
    let charged = if is_paid(session) { charged(session) } else { purchase.charged };
    PurchaseRecord {
        status,
        charged,
        session: Some(session.id.clone()),
        checkout_url: session.url.clone().filter(|_| is_open),
        expires_at: Timestamp::from_second(session.expires_at).ok().filter(|_| is_open),
        payment_intent: session.payment_intent.as_ref().map(|intent| intent_id(intent).to_owned()),
        receipt_url: charge.map_or(purchase.receipt_url, |charge| charge.receipt_url.clone()),
        ..purchase
    }
}

/// Why a session that names a purchase is not the purchase's own. The check is needed because everyone with the secret key
/// can write metadata.
fn foreign_session(
    purchase: &PurchaseRecord,
    session: &CheckoutSession,
    database: &str,
) -> Option<RefundReason<'static>> {
    match &purchase.session {
        Some(own) if *own == session.id => None,
        Some(_) => Some(RefundReason::OtherSession),
        // Stripe's response with the session's id was lost.
        None if session.metadata.account(database) == Some(&purchase.account) => None,
        None => Some(RefundReason::OtherAccount),
    }
}

/// The status of a purchase whose session is not paid. A status of Stripe that this version does not know changes nothing.
fn unpaid_status(session: &CheckoutSession, known: PurchaseStatus) -> PurchaseStatus {
    match session.status.as_deref() {
        Some("open") => PurchaseStatus::Open,
        Some("expired") => PurchaseStatus::Expired,
        Some("complete") if is_unpaid_for_good(session) => PurchaseStatus::Failed,
        Some("complete") if session.payment_status == "unpaid" => PurchaseStatus::Processing,
        _ => known,
    }
}

/// Grants a paid purchase once (rule 15), claws back refunded or lost tokens (rules 16 and 17), and returns the status of
/// the purchase. One that was charged what it does not cost grants nothing and is owed back (rule 15a).
fn settle(
    unit: &mut UnitOfWork<'_>,
    purchase: &PurchaseRecord,
    session: &CheckoutSession,
    facts: &PaymentFacts<'_>,
) -> Result<PurchaseStatus, PaymentError> {
    let lot = LotId::from(purchase.id.as_str());
    let fits = is_price_of(purchase, session);
    let status = paid_status(fits, session, facts);
    if fits {
        let paid_at = facts.charge.and_then(|charge| Timestamp::from_second(charge.created).ok());
        let grant = Command::GrantPack {
            lot: lot.clone(),
            tokens: purchase.tokens,
            paid: money(purchase, session)?,
            paid_at: paid_at.unwrap_or(purchase.created_at),
        };
        apply_fact(unit, grant)?;
        let refunded = facts.charge.map(|charge| charge.amount_refunded).unwrap_or_default();
        if unit.state().lot(&lot).is_some_and(|lot| lot.refunded() != refunded) {
            let seen_at = facts.looked_up_at;
            apply_fact(unit, Command::RefundTotal { lot: lot.clone(), refunded, seen_at })?;
        }
    } else if status == PurchaseStatus::RefundDue {
        let reason = RefundReason::OtherAmount(purchase);
        unit.list_refund_due(refund_due(session, Some(purchase), reason, unit.now()));
    }
    apply_disputes(unit, &lot, &facts.disputes, facts.looked_up_at)?;
    Ok(status)
}

/// Rule 16: what was paid, with tax, is what refunds are a share of.
fn money(purchase: &PurchaseRecord, session: &CheckoutSession) -> Result<Money, PaymentError> {
    let currency = Currency::try_from(purchase.currency.clone())
        .map_err(|error| PaymentError::Unexpected(error.to_string()))?;
    Ok(Money { amount: session.amount_total.unwrap_or(purchase.amount), currency })
}

/// The status of a paid purchase. `fits` says whether it was charged what it costs.
fn paid_status(fits: bool, session: &CheckoutSession, facts: &PaymentFacts<'_>) -> PurchaseStatus {
    let (refunded, charged) =
        facts.charge.map(|charge| (charge.amount_refunded, charge.amount)).unwrap_or_default();
    let wholly_refunded = !refunded.is_zero() && refunded >= charged;
    if facts.disputes.iter().any(is_open_or_lost) {
        PurchaseStatus::Disputed
    } else if wholly_refunded {
        PurchaseStatus::Refunded
    } else if fits && refunded.is_zero() {
        PurchaseStatus::Paid
    } else if fits {
        PurchaseStatus::PartiallyRefunded
    } else if is_charged(session) {
        PurchaseStatus::RefundDue
    } else {
        PurchaseStatus::Failed
    }
}

/// A paid session to be refunded. Its id is the record's, so that it is listed once.
pub fn refund_due(
    session: &CheckoutSession,
    purchase: Option<&PurchaseRecord>,
    reason: RefundReason<'_>,
    now: Timestamp,
) -> RefundDueRecord {
    RefundDueRecord {
        id: session.id.clone(),
        account: purchase.map(|purchase| purchase.account.clone()),
        purchase: purchase.map(|purchase| purchase.id.clone()),
        session: Some(session.id.clone()),
        payment: session.payment_intent.as_ref().map(|intent| intent_id(intent).to_owned()),
        amount: session.amount_total.unwrap_or_default(),
        currency: session.currency.clone().unwrap_or_default(),
        why: reason.text(),
        created_at: now,
        resolved: None,
    }
}

fn intent_id(intent: &Expandable<PaymentIntent>) -> &str {
    match intent {
        Expandable::Id(id) => id,
        Expandable::Object(intent) => &intent.id,
    }
}
