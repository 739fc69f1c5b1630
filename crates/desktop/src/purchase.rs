//! A purchase from Buy Now to its end.
//!
//! The idempotency key is saved before the request is sent. After a crash at any point the app resumes the same
//! purchase and never creates a second one. The service's push reports the payment. Polling is the fallback.

use crate::{
    account_key::AccountKey,
    cached_state::CacheWrite,
    command::PanelEntry,
    event::{Effect, Notification, Opens, Timer},
    failure::Failure,
    hosted_page::{self, HostedPageUrl},
    order::{CachedPurchase, Checkout, Order},
    retry::{Backoff, Polling},
    text::Texts,
    view::{ChargeView, ProblemView, PurchaseStep, PurchaseView},
};
use tokenwell_wire::{Minor, Purchase, PurchaseStatus, ServiceDescription, Tokens};
use url::Url;
use uuid::Uuid;

/// A purchase, in flight or just ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PurchaseFlow {
    /// The account that buys.
    account: AccountKey,
    order: Order,
    step: Step,
    request: Option<Request>,
    /// Why it does not make progress at the moment.
    problem: Option<ProblemView>,
    /// Whether the checkout opens as soon as it exists. Only true in the run in which Buy Now was pressed.
    opens_by_itself: bool,
    backoff: Backoff,
    polling: Polling,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Creating,
    Waiting(Checkout),
    Processing(Checkout),
    Paid { receipt_url: Option<String>, charge: ChargeView },
    RefundDue { id: String, charge: ChargeView },
    Ended { status: PurchaseStatus, by_user: bool },
    Refused(ProblemView),
}

/// At most one request for a purchase is in flight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Request {
    Create,
    Fetch,
    Cancel,
}

/// What a purchase needs from the rest of the app.
#[derive(Debug, Clone, Copy)]
pub struct PurchaseContext<'a> {
    /// The texts.
    pub texts: &'a Texts,
    /// The service in use.
    pub service: Option<&'a Url>,
    /// The service's description of itself, which lists the pages that may be opened.
    pub description: Option<&'a ServiceDescription>,
}

impl PurchaseContext<'_> {
    /// The hosted page of a URL from the service, if it may be opened.
    pub fn page(self, url: &str) -> Option<HostedPageUrl> {
        hosted_page::checkout(url, self.service?, self.description?)
    }
}

impl PurchaseFlow {
    /// Starts a purchase, when Buy Now was pressed.
    pub fn begin(account: AccountKey, order: Order) -> (Self, Vec<Effect>) {
        let mut flow = Self::at(account, order, Step::Creating);
        flow.opens_by_itself = true;
        let effects = flow.advance();
        (flow, effects)
    }

    /// Restores a purchase in flight from the cache, after a restart or a switch of accounts.
    pub fn restore(account: AccountKey, saved: CachedPurchase) -> Self {
        let step = match saved.checkout {
            None => Step::Creating,
            Some(checkout) if checkout.url.is_none() => Step::Processing(checkout),
            Some(checkout) => Step::Waiting(checkout),
        };
        Self::at(account, saved.order, step)
    }

    fn at(account: AccountKey, order: Order, step: Step) -> Self {
        Self {
            account,
            order,
            step,
            request: None,
            problem: None,
            opens_by_itself: false,
            backoff: Backoff::default(),
            polling: Polling::default(),
        }
    }

    /// The idempotency key.
    pub fn key(&self) -> Uuid {
        self.order.key
    }

    /// Whether it has not ended.
    pub fn is_in_flight(&self) -> bool {
        matches!(self.step, Step::Creating | Step::Waiting(_) | Step::Processing(_))
    }

    /// Whether its tokens were granted.
    pub fn is_paid(&self) -> bool {
        matches!(self.step, Step::Paid { .. })
    }

    /// Whether the checkout is open for the buyer.
    pub fn is_waiting(&self) -> bool {
        matches!(self.step, Step::Waiting(_))
    }

    /// Why the service refused it.
    pub fn refusal(&self) -> Option<&ProblemView> {
        match &self.step {
            Step::Refused(problem) => Some(problem),
            _ => None,
        }
    }

    /// The tokens that are being paid for.
    pub fn pending(&self) -> Tokens {
        if self.is_in_flight() { self.order.tokens } else { Tokens(0) }
    }

    /// Sends the next request that is needed, unless one is in flight.
    pub fn advance(&mut self) -> Vec<Effect> {
        if self.request.is_some() {
            return vec![];
        }
        let key = self.order.key;
        let (request, effect) = match &self.step {
            Step::Creating => {
                let account = self.account.clone();
                (Request::Create, Effect::CreatePurchase(account, self.saved(None)))
            }
            Step::Waiting(Checkout { id, cancelling: true, .. }) => {
                (Request::Cancel, Effect::CancelPurchase { key, id: id.clone() })
            }
            Step::Waiting(Checkout { id, .. }) | Step::Processing(Checkout { id, .. }) => {
                (Request::Fetch, Effect::FetchPurchase { key, id: id.clone() })
            }
            Step::Paid { .. } | Step::RefundDue { .. } | Step::Ended { .. } | Step::Refused(_) => {
                return vec![];
            }
        };
        self.request = Some(request);
        vec![effect]
    }

    /// The request in flight will get no response.
    pub fn interrupted(&mut self) {
        self.request = None;
    }

    /// Handles the response to the request in flight.
    pub fn receive(
        &mut self,
        response: Result<Purchase, Failure>,
        context: PurchaseContext<'_>,
    ) -> Vec<Effect> {
        let Some(request) = self.request.take() else { return vec![] };
        match (request, response) {
            (_, Ok(purchase)) => {
                self.problem = None;
                self.backoff.reset();
                let first = matches!(self.step, Step::Creating);
                let mut effects = self.update(&purchase, context);
                if first && self.opens_by_itself {
                    effects.extend(self.reopen(context));
                }
                if matches!(&self.step, Step::Waiting(checkout) if checkout.cancelling) {
                    effects.extend(self.advance());
                }
                effects
            }
            (Request::Create, Err(failure)) if failure.is_refusal() => {
                self.step = Step::Refused(failure.problem(context.texts));
                vec![self.save()]
            }
            // The purchase was already paid or had already ended. Its state at the service replaces the cancellation.
            (Request::Cancel, Err(failure)) if failure.is_refusal() => {
                if let Step::Waiting(checkout) = &mut self.step {
                    checkout.cancelling = false;
                }
                self.advance()
            }
            (Request::Create | Request::Cancel, Err(failure)) => {
                self.problem = Some(failure.problem(context.texts));
                vec![Effect::StartTimer(Timer::Purchase, self.backoff.pause(failure.retry_after()))]
            }
            (Request::Fetch, Err(_)) => self.poll_later(),
        }
    }

    /// Handles a pushed purchase, if it is this one.
    pub fn pushed(&mut self, purchase: &Purchase, context: PurchaseContext<'_>) -> Vec<Effect> {
        match &self.step {
            Step::Waiting(Checkout { id, .. })
            | Step::Processing(Checkout { id, .. })
            | Step::RefundDue { id, .. }
                if *id == purchase.id =>
            {
                self.update(purchase, context)
            }
            _ => vec![],
        }
    }

    fn update(&mut self, purchase: &Purchase, context: PurchaseContext<'_>) -> Vec<Effect> {
        // The push of a cancelled purchase may arrive before the response to the cancellation.
        let cancelling = matches!(
            &self.step,
            Step::Waiting(Checkout { cancelling: true, .. }) | Step::Ended { by_user: true, .. }
        );
        let checkout = Checkout { id: purchase.id.clone(), url: purchase.checkout_url.clone(), cancelling };
        let step = match purchase.status {
            // A completed checkout does not open again, so this state is outdated.
            PurchaseStatus::Open if matches!(self.step, Step::Processing(_)) => return self.poll_later(),
            PurchaseStatus::Open | PurchaseStatus::Processing
                if matches!(self.step, Step::RefundDue { .. }) =>
            {
                return vec![];
            }
            PurchaseStatus::Open => Step::Waiting(checkout),
            PurchaseStatus::Processing => Step::Processing(checkout),
            // A partial refund takes back a part of what was granted.
            PurchaseStatus::Paid | PurchaseStatus::PartiallyRefunded => {
                Step::Paid { receipt_url: purchase.receipt_url.clone(), charge: ChargeView::of(purchase) }
            }
            PurchaseStatus::RefundDue => {
                Step::RefundDue { id: purchase.id.clone(), charge: ChargeView::of(purchase) }
            }
            status @ (PurchaseStatus::Expired
            | PurchaseStatus::Failed
            | PurchaseStatus::Refunded
            | PurchaseStatus::Disputed) => {
                Step::Ended { status, by_user: cancelling && status == PurchaseStatus::Expired }
            }
            PurchaseStatus::Unknown => return self.poll_later(),
        };
        if step == self.step {
            return if self.is_in_flight() { self.poll_later() } else { vec![] };
        }
        self.step = step;
        // The service decides the price.
        self.order.tokens = purchase.tokens;
        self.order.amount = purchase.amount;
        self.order.currency.clone_from(&purchase.currency);

        let mut effects = vec![self.save()];
        effects.extend(self.notification(context.texts).map(Effect::Notify));
        if self.is_in_flight() {
            effects.extend(self.poll_later());
        } else {
            self.problem = None;
        }
        effects
    }

    fn poll_later(&mut self) -> Vec<Effect> {
        vec![Effect::StartTimer(Timer::Purchase, self.polling.pause())]
    }

    fn notification(&self, texts: &Texts) -> Option<Notification> {
        let (title, body) = match &self.step {
            Step::Paid { charge, .. } => (
                texts.say_with("notify-paid-title", [("tokens", texts.tokens(self.order.tokens))]),
                if charge.total == Minor(0) { "notify-free" } else { "notify-paid" },
            ),
            Step::RefundDue { .. } => (texts.say("notify-refund-due-title"), "notify-refund-due"),
            Step::Ended { status: PurchaseStatus::Expired, by_user: false } => {
                (texts.say("notify-ended-title"), "notify-expired")
            }
            Step::Ended { status: PurchaseStatus::Failed, .. } => {
                (texts.say("notify-ended-title"), "notify-failed")
            }
            _ => return None,
        };
        Some(Notification { title, body: texts.say(body), opens: Opens::Page(PanelEntry::Home) })
    }

    fn save(&self) -> Effect {
        Effect::WriteCache(CacheWrite::Purchase(self.account.clone(), self.in_flight()))
    }

    /// What the cache stores. `None` after the end.
    fn in_flight(&self) -> Option<CachedPurchase> {
        match &self.step {
            Step::Creating => Some(self.saved(None)),
            Step::Waiting(checkout) | Step::Processing(checkout) => Some(self.saved(Some(checkout.clone()))),
            Step::Paid { .. } | Step::RefundDue { .. } | Step::Ended { .. } | Step::Refused(_) => None,
        }
    }

    fn saved(&self, checkout: Option<Checkout>) -> CachedPurchase {
        CachedPurchase { order: self.order.clone(), checkout }
    }

    /// Opens the checkout in the system browser.
    pub fn reopen(&mut self, context: PurchaseContext<'_>) -> Vec<Effect> {
        let Step::Waiting(Checkout { url: Some(url), .. }) = &self.step else { return vec![] };
        if let Some(page) = context.page(url) {
            self.problem = None;
            vec![Effect::Browse(page)]
        } else {
            self.problem = Some(Failure::PageNotAllowed.problem(context.texts));
            vec![]
        }
    }

    /// The browser could not be started.
    pub fn browser_failed(&mut self, texts: &Texts) {
        if self.is_waiting() {
            self.problem = Some(Failure::Browser.problem(texts));
        }
    }

    /// Cancels the purchase, when Cancel purchase was pressed. Without a response from the service it ends at once: its
    /// checkout was never shown, so it cannot be paid.
    pub fn cancel(&mut self) -> Vec<Effect> {
        match &mut self.step {
            Step::Creating => {
                self.step = Step::Ended { status: PurchaseStatus::Expired, by_user: true };
                self.problem = None;
                self.request = None;
                vec![self.save()]
            }
            Step::Waiting(checkout) if !checkout.cancelling => {
                checkout.cancelling = true;
                let mut effects = vec![self.save()];
                effects.extend(self.advance());
                effects
            }
            _ => vec![],
        }
    }

    /// The receipt's page, if it exists and may be opened.
    pub fn receipt(&self, context: PurchaseContext<'_>) -> Option<HostedPageUrl> {
        match &self.step {
            Step::Paid { receipt_url: Some(url), .. } => context.page(url),
            _ => None,
        }
    }

    /// The view of the purchase.
    pub fn view(&self, context: PurchaseContext<'_>) -> PurchaseView {
        let order = self.order.clone();
        let problem = self.problem.clone();
        let step = match &self.step {
            Step::Creating => PurchaseStep::Creating { problem },
            Step::Waiting(checkout) => PurchaseStep::Waiting {
                checkout_url: checkout
                    .url
                    .clone()
                    .filter(|url| context.page(url).is_some())
                    .unwrap_or_default(),
                problem,
                cancelling: checkout.cancelling,
            },
            Step::Processing(_) => PurchaseStep::Processing,
            Step::Paid { charge, .. } => PurchaseStep::Paid {
                receipt_url: self.receipt(context).map(|page| page.as_str().to_owned()),
                charge: charge.clone(),
            },
            Step::RefundDue { charge, .. } => PurchaseStep::RefundDue { charge: charge.clone() },
            Step::Ended { status, by_user } => PurchaseStep::Ended { status: *status, by_user: *by_user },
            Step::Refused(problem) => PurchaseStep::Refused { problem: problem.clone() },
        };
        PurchaseView {
            pack_id: order.pack_id,
            quantity: order.quantity,
            tokens: order.tokens,
            amount: order.amount,
            currency: order.currency,
            started_at: order.started_at,
            step,
        }
    }
}
