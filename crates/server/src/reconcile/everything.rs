//! `tokenwell-server reconcile`: goes through everything, one page at a time, and tells each drift.

use super::{Drift, Listed, Pages, drift};
use crate::fulfil::{self, WorkError};
use crate::store::{PurchaseRecord, StoreError};
use crate::stripe::{CheckoutSession, Dispute, StripeError, Subscription, fields};
use crate::{App, StartError};
use futures_util::StreamExt as _;
use futures_util::stream;

/// How many objects are looked up at once.
const AT_ONCE: usize = 8;
/// How many of our records are read at once.
const READ_AT_ONCE: u32 = 100;

/// Why not everything could be gone through.
#[derive(Debug, thiserror::Error)]
pub enum ReconcileError {
    /// It could not begin.
    #[error(transparent)]
    Start(#[from] StartError),
    /// Stripe does not answer, or not with this key.
    #[error("{0}; nothing is wrong with what was told so far, run it again")]
    Stripe(StripeError),
    /// The database failed.
    #[error("{0}; check the file that --database names and run it again")]
    Store(#[from] StoreError),
    /// A change was not made here.
    #[error("{0}; run it again")]
    Here(String),
}

/// Something to look at.
enum Subject {
    Purchase(Box<PurchaseRecord>),
    Checkout(String),
    Subscription(String),
    Payment(String),
}

/// Goes through every purchase and live subscription that is known here, and through every session, subscription and
/// dispute that Stripe lists and that is not. Hands each drift to `tell`; returns how many cannot be or were not repaired.
pub async fn everything(app: &App, mut tell: impl FnMut(&Drift)) -> Result<u64, ReconcileError> {
    let mut left = 0;
    let mut look = async |subjects: Vec<Subject>| -> Result<(), ReconcileError> {
        let mut looks = stream::iter(subjects).map(|subject| look_at(app, subject)).buffer_unordered(AT_ONCE);
        while let Some(stuck) = looks.next().await {
            let repaired = app.telling.as_ref().map(|telling| (telling.take(), telling.is_dry_run()));
            let (told, is_dry_run) = repaired.unwrap_or_default();
            let stuck = stuck?;
            told.iter().chain(&stuck).for_each(&mut tell);
            left += u64::from(stuck.is_some()) + if is_dry_run { told.len() as u64 } else { 0 };
        }
        Ok(())
    };
    let mut seq = 0;
    loop {
        let page = app.store.purchases_after(seq, READ_AT_ONCE).await?;
        let Some((last, _)) = page.last() else { break };
        seq = *last;
        look(page.into_iter().map(|(_, purchase)| Subject::Purchase(purchase.into())).collect()).await?;
    }
    let mut id = String::new();
    loop {
        let page = app.store.subscriptions_after(&id, READ_AT_ONCE).await?;
        let Some(last) = page.last() else { break };
        id.clone_from(last);
        look(page.into_iter().map(Subject::Subscription).collect()).await?;
    }
    let mut pages = Pages::of("/v1/checkout/sessions", Vec::new());
    while let Some(page) = pages.next::<CheckoutSession>(app).await.map_err(ReconcileError::Stripe)? {
        let mut unknown = Vec::new();
        for session in page {
            let sold_here = session.mode == "payment" && session.metadata.contains_key("purchase_id");
            if sold_here && app.store.purchase_of_session(&session.id).await?.is_none() {
                unknown.push(Subject::Checkout(session.id));
            }
        }
        look(unknown).await?;
    }
    let mut pages = Pages::of("/v1/subscriptions", Vec::from(fields!["status" => "all"]));
    while let Some(page) = pages.next::<Subscription>(app).await.map_err(ReconcileError::Stripe)? {
        let mut unknown = Vec::new();
        for subscription in page {
            if !app.store.subscription_is_known(&subscription.id).await? {
                unknown.push(Subject::Subscription(subscription.id));
            }
        }
        look(unknown).await?;
    }
    // Those of purchases were looked at with them; invoices can be disputed too.
    let mut pages = Pages::of("/v1/disputes", Vec::new());
    while let Some(page) = pages.next::<Dispute>(app).await.map_err(ReconcileError::Stripe)? {
        let mut invoices = Vec::new();
        for payment in page.into_iter().filter_map(|dispute| Some(dispute.payment_intent?.id().to_owned())) {
            if app.store.purchase_of_payment(&payment).await?.is_none() {
                invoices.push(Subject::Payment(payment));
            }
        }
        look(invoices).await?;
    }
    Ok(left)
}

/// Brings one to what Stripe says. Returns the drift that this cannot repair.
async fn look_at(app: &App, subject: Subject) -> Result<Option<Drift>, ReconcileError> {
    let done = match &subject {
        Subject::Purchase(purchase) => {
            let session = purchase.session.as_deref().unwrap_or_default();
            fulfil::checkout(app, session).await.map(drop)
        }
        Subject::Checkout(session) => fulfil::checkout(app, session).await.map(drop),
        Subject::Subscription(id) => fulfil::subscription(app, id).await.map(drop),
        Subject::Payment(id) => fulfil::payment(app, id).await,
    };
    let why = match done {
        Ok(()) => return Ok(None),
        Err(WorkError::Stripe(StripeError::NotFound(_))) => "that there is no such object".to_owned(),
        Err(WorkError::Stripe(error)) => return Err(ReconcileError::Stripe(error)),
        Err(WorkError::Here(failure)) if failure.status().is_server_error() => {
            return Err(ReconcileError::Here(failure.to_string()));
        }
        Err(error @ (WorkError::Here(_) | WorkError::Nonsense(_))) => {
            format!("what does not fit here: {error}")
        }
    };
    let (what, ids, ledger) = match subject {
        Subject::Purchase(purchase) => ("purchase", drift::purchase_ids(&purchase), shown(&purchase)),
        Subject::Checkout(session) => ("payment", vec![("session", session)], "nothing".to_owned()),
        Subject::Subscription(id) => ("subscription", vec![("id", id)], "that it is live".to_owned()),
        Subject::Payment(id) => ("dispute", vec![("payment", id)], "nothing".to_owned()),
    };
    Ok(Some(Drift { what, ids, ledger, stripe: why }))
}

fn shown(purchase: &PurchaseRecord) -> String {
    purchase.status.name().to_owned()
}

impl Listed for CheckoutSession {
    fn id(&self) -> &str {
        &self.id
    }
}

impl Listed for Dispute {
    fn id(&self) -> &str {
        &self.id
    }
}

impl Listed for Subscription {
    fn id(&self) -> &str {
        &self.id
    }
}
