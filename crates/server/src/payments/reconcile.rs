//! `tokenwell-server reconcile`: looks up every object that is stored by the service or listed by Stripe, page by page.

use super::drift::{Drift, DriftReport, purchase_ids, status_text};
use super::error::PaymentError;
use super::fulfilment::Fulfilment;
use super::state::Payments;
use super::stripe::{CheckoutSession, Dispute, Pages, StripeError, Subscription, fields};
use super::writer::Writer;
use crate::base::error_chain::Chain;
use crate::store::PurchaseRecord;
use futures_util::StreamExt as _;
use futures_util::stream;

/// How many objects are looked up at once.
const AT_ONCE: usize = 8;
/// How many stored records are read at once.
const READ_AT_ONCE: u32 = 100;

/// How much drift a reconciliation found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DriftCount {
    /// The number of drifts that the writer reported.
    pub reported: u64,
    /// The number of drifts that no writer can repair.
    pub unrepairable: u64,
}

/// An object to look up.
enum Target {
    Purchase(Box<PurchaseRecord>),
    Checkout(String),
    Subscription(String),
    Payment(String),
}

/// A reconciliation under way.
struct Reconciliation<'a, F> {
    payments: &'a Payments,
    fulfilment: Fulfilment<'a>,
    report: &'a DriftReport,
    on_drift: F,
    count: DriftCount,
}

impl Payments {
    /// Looks up every stored purchase and live subscription, and every other session, subscription and dispute that Stripe
    /// lists. `writer` receives the decisions and reports drift to `report`; each drift is passed to `on_drift`.
    ///
    /// # Errors
    /// The first failure of Stripe or of the store. The drift that was reported before is valid.
    pub async fn reconcile(
        &self,
        writer: &dyn Writer,
        report: &DriftReport,
        on_drift: impl FnMut(&Drift),
    ) -> Result<DriftCount, PaymentError> {
        let fulfilment = self.fulfilment_by(writer);
        let count = DriftCount::default();
        let mut run = Reconciliation { payments: self, fulfilment, report, on_drift, count };
        run.stored_purchases().await?;
        run.stored_subscriptions().await?;
        run.listed_sessions().await?;
        run.listed_subscriptions().await?;
        run.listed_disputes().await?;
        Ok(run.count)
    }
}

impl<F: FnMut(&Drift)> Reconciliation<'_, F> {
    async fn stored_purchases(&mut self) -> Result<(), PaymentError> {
        let mut seq = 0;
        loop {
            let page = self.payments.store.purchases_after(seq, READ_AT_ONCE).await?;
            let Some((last, _)) = page.last() else { return Ok(()) };
            seq = *last;
            self.look_up(page.into_iter().map(|(_, purchase)| Target::Purchase(purchase.into()))).await?;
        }
    }

    async fn stored_subscriptions(&mut self) -> Result<(), PaymentError> {
        let mut id = String::new();
        loop {
            let page = self.payments.store.subscriptions_after(&id, READ_AT_ONCE).await?;
            let Some(last) = page.last() else { return Ok(()) };
            id.clone_from(last);
            self.look_up(page.into_iter().map(Target::Subscription)).await?;
        }
    }

    async fn listed_sessions(&mut self) -> Result<(), PaymentError> {
        let mut pages = Pages::of("/v1/checkout/sessions", Vec::new());
        while let Some(page) = pages.next::<CheckoutSession>(&self.payments.stripe).await? {
            let mut unknown = Vec::new();
            for session in page {
                let is_sold_here =
                    session.mode == "payment" && session.metadata.purchase(&self.payments.database).is_some();
                if is_sold_here && self.payments.store.purchase_of_session(&session.id).await?.is_none() {
                    unknown.push(Target::Checkout(session.id));
                }
            }
            self.look_up(unknown).await?;
        }
        Ok(())
    }

    async fn listed_subscriptions(&mut self) -> Result<(), PaymentError> {
        let mut pages = Pages::of("/v1/subscriptions", Vec::from(fields!["status" => "all"]));
        while let Some(page) = pages.next::<Subscription>(&self.payments.stripe).await? {
            let mut unknown = Vec::new();
            for subscription in page {
                if self.payments.store.account_of_subscription(&subscription.id).await?.is_none() {
                    unknown.push(Target::Subscription(subscription.id));
                }
            }
            self.look_up(unknown).await?;
        }
        Ok(())
    }

    /// Disputes of purchases were looked up with the purchases; invoices can be disputed too.
    async fn listed_disputes(&mut self) -> Result<(), PaymentError> {
        let mut pages = Pages::of("/v1/disputes", Vec::new());
        while let Some(page) = pages.next::<Dispute>(&self.payments.stripe).await? {
            let mut invoices = Vec::new();
            for intent in page.into_iter().filter_map(|dispute| dispute.payment_intent) {
                let payment = intent.id().to_owned();
                if self.payments.store.purchase_of_payment(&payment).await?.is_none() {
                    invoices.push(Target::Payment(payment));
                }
            }
            self.look_up(invoices).await?;
        }
        Ok(())
    }

    async fn look_up(&mut self, targets: impl IntoIterator<Item = Target>) -> Result<(), PaymentError> {
        let fulfilment = self.fulfilment;
        let targets: Vec<Target> = targets.into_iter().collect();
        let mut lookups =
            stream::iter(targets).map(|target| look_up(fulfilment, target)).buffer_unordered(AT_ONCE);
        while let Some(looked_up) = lookups.next().await {
            let reported = self.report.take();
            let unrepairable = looked_up?;
            reported.iter().chain(&unrepairable).for_each(&mut self.on_drift);
            self.count.reported += reported.len() as u64;
            self.count.unrepairable += u64::from(unrepairable.is_some());
        }
        Ok(())
    }
}

/// Updates one account to the object's state at Stripe. Returns the drift that this cannot repair.
async fn look_up(fulfilment: Fulfilment<'_>, target: Target) -> Result<Option<Drift>, PaymentError> {
    let looked_up = match &target {
        Target::Purchase(purchase) => {
            let session = purchase.session.as_deref().unwrap_or_default();
            fulfilment.checkout(session).await.map(drop)
        }
        Target::Checkout(session) => fulfilment.checkout(session).await.map(drop),
        Target::Subscription(id) => fulfilment.subscription(id).await.map(drop),
        Target::Payment(id) => fulfilment.payment(id).await,
    };
    let stripe = match looked_up {
        Ok(()) => return Ok(None),
        Err(PaymentError::Stripe(StripeError::NotFound(_))) => "that there is no such object".to_owned(),
        Err(error @ PaymentError::Stripe(_)) => return Err(error),
        Err(error) if error.is_retryable() => return Err(error),
        Err(error) => format!("what does not fit here: {}", Chain(&error)),
    };
    let (what, ids, ledger) = match target {
        Target::Purchase(purchase) => {
            ("purchase", purchase_ids(&purchase), status_text(purchase.status).to_owned())
        }
        Target::Checkout(session) => ("payment", vec![("session", session)], "nothing".to_owned()),
        Target::Subscription(id) => ("subscription", vec![("id", id)], "that it is live".to_owned()),
        Target::Payment(id) => ("dispute", vec![("payment", id)], "nothing".to_owned()),
    };
    Ok(Some(Drift { what, ids, ledger, stripe }))
}
