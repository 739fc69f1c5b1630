//! A purchase from Buy Now to its end.
//!
//! The key is saved before the request is sent, so a crash at any point leads to the same purchase again, never to a
//! second one. The way back from the browser is the service's push; looking now and then is the fallback.

use crate::{
    account_key::AccountKey,
    cached_state::CacheWrite,
    command::PanelEntry,
    event::{Effect, Notification, Timer},
    failure::Failure,
    hosted_page::{self, HostedPageUrl},
    order::{CachedPurchase, Checkout, Order},
    retry::{Backoff, Polling},
    text::Texts,
    view::{ProblemView, PurchaseStep, PurchaseView},
};
use tokenwell_wire::{Purchase, PurchaseStatus, ServiceDescription};
use url::Url;
use uuid::Uuid;

/// A purchase, in flight or just ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PurchaseFlow {
    /// Whose it is.
    account: AccountKey,
    order: Order,
    step: Step,
    request: Option<Request>,
    /// Why it does not move on, while it does not.
    problem: Option<ProblemView>,
    /// Whether the checkout opens by itself once it is made: only in the run in which Buy Now was pressed.
    opens_by_itself: bool,
    backoff: Backoff,
    polling: Polling,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Creating,
    Waiting(Checkout),
    Processing(Checkout),
    Paid { receipt_url: Option<String> },
    Ended { status: PurchaseStatus, by_user: bool },
    Refused(ProblemView),
}

/// At most one request for a purchase is under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Request {
    Create,
    Fetch,
    Cancel,
}

/// What a purchase needs of the app around it.
#[derive(Debug, Clone, Copy)]
pub struct PurchaseContext<'a> {
    /// The words.
    pub texts: &'a Texts,
    /// The service in use.
    pub service: Option<&'a Url>,
    /// What it says of itself: which pages may be opened.
    pub description: Option<&'a ServiceDescription>,
}

impl PurchaseContext<'_> {
    /// The page of a URL that the service named, if it may be opened.
    pub fn page(self, url: &str) -> Option<HostedPageUrl> {
        hosted_page::checkout(url, self.service?, self.description?)
    }
}

impl PurchaseFlow {
    /// Buy Now was pressed.
    pub fn begin(account: AccountKey, order: Order) -> (Self, Vec<Effect>) {
        let mut flow = Self::at(account, order, Step::Creating);
        flow.opens_by_itself = true;
        let effects = flow.go_on();
        (flow, effects)
    }

    /// A purchase that was left in flight: by an earlier run, or when another account was switched to.
    pub fn take_up(account: AccountKey, saved: CachedPurchase) -> Self {
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

    /// The key of the order.
    pub fn key(&self) -> Uuid {
        self.order.key
    }

    /// Whether it still has a way to go.
    pub fn is_in_flight(&self) -> bool {
        matches!(self.step, Step::Creating | Step::Waiting(_) | Step::Processing(_))
    }

    /// Whether its tokens are there.
    pub fn is_paid(&self) -> bool {
        matches!(self.step, Step::Paid { .. })
    }

    /// Whether it waits for the buyer in the browser.
    pub fn is_waiting(&self) -> bool {
        matches!(self.step, Step::Waiting(_))
    }

    /// The next request that it needs: at the start of a run, when a pause is over, when the connection is back.
    pub fn go_on(&mut self) -> Vec<Effect> {
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
            Step::Paid { .. } | Step::Ended { .. } | Step::Refused(_) => return vec![],
        };
        self.request = Some(request);
        vec![effect]
    }

    /// Its request, if one was under way, will not be answered.
    pub fn interrupted(&mut self) {
        self.request = None;
    }

    /// The answer to its request.
    pub fn answered(
        &mut self,
        answer: Result<Purchase, Failure>,
        context: PurchaseContext<'_>,
    ) -> Vec<Effect> {
        let Some(request) = self.request.take() else { return vec![] };
        match (request, answer) {
            (_, Ok(purchase)) => {
                self.problem = None;
                self.backoff.reset();
                let first = matches!(self.step, Step::Creating);
                let mut effects = self.is_now(&purchase, context);
                if first && self.opens_by_itself {
                    effects.extend(self.reopen(context));
                }
                if matches!(&self.step, Step::Waiting(checkout) if checkout.cancelling) {
                    effects.extend(self.go_on());
                }
                effects
            }
            (Request::Create, Err(failure)) if failure.is_refusal() => {
                self.step = Step::Refused(failure.problem(context.texts));
                vec![self.save()]
            }
            // Already paid, or already over: what the service has to say instead of cancelling.
            (Request::Cancel, Err(failure)) if failure.is_refusal() => {
                if let Step::Waiting(checkout) = &mut self.step {
                    checkout.cancelling = false;
                }
                self.go_on()
            }
            (Request::Create | Request::Cancel, Err(failure)) => {
                self.problem = Some(failure.problem(context.texts));
                vec![Effect::StartTimer(Timer::Purchase, self.backoff.pause(failure.retry_after()))]
            }
            (Request::Fetch, Err(_)) => self.look_again(),
        }
    }

    /// The service pushed a purchase: this one, or another.
    pub fn pushed(&mut self, purchase: &Purchase, context: PurchaseContext<'_>) -> Vec<Effect> {
        match &self.step {
            Step::Waiting(checkout) | Step::Processing(checkout) if checkout.id == purchase.id => {
                self.is_now(purchase, context)
            }
            _ => vec![],
        }
    }

    fn is_now(&mut self, purchase: &Purchase, context: PurchaseContext<'_>) -> Vec<Effect> {
        let cancelling = matches!(&self.step, Step::Waiting(Checkout { cancelling: true, .. }));
        let checkout = Checkout { id: purchase.id.clone(), url: purchase.checkout_url.clone(), cancelling };
        let step = match purchase.status {
            // An open checkout that was seen completed is old news.
            PurchaseStatus::Open if matches!(self.step, Step::Processing(_)) => return self.look_again(),
            PurchaseStatus::Open => Step::Waiting(checkout),
            PurchaseStatus::Processing => Step::Processing(checkout),
            // What was granted and partly taken back was granted.
            PurchaseStatus::Paid | PurchaseStatus::PartiallyRefunded => {
                Step::Paid { receipt_url: purchase.receipt_url.clone() }
            }
            status @ (PurchaseStatus::Expired
            | PurchaseStatus::Failed
            | PurchaseStatus::Refunded
            | PurchaseStatus::Disputed) => {
                Step::Ended { status, by_user: cancelling && status == PurchaseStatus::Expired }
            }
            PurchaseStatus::Unknown => return self.look_again(),
        };
        if step == self.step {
            return if self.is_in_flight() { self.look_again() } else { vec![] };
        }
        self.step = step;
        // What the service says it costs is what it costs.
        self.order.tokens = purchase.tokens;
        self.order.amount = purchase.amount;
        self.order.currency.clone_from(&purchase.currency);

        let mut effects = vec![self.save()];
        effects.extend(self.notification(context.texts).map(Effect::Notify));
        if self.is_in_flight() {
            effects.extend(self.look_again());
        } else {
            self.problem = None;
        }
        effects
    }

    fn look_again(&mut self) -> Vec<Effect> {
        vec![Effect::StartTimer(Timer::Purchase, self.polling.pause())]
    }

    fn notification(&self, texts: &Texts) -> Option<Notification> {
        let opens = PanelEntry::Home;
        let ended =
            |body| Notification { title: texts.say("notify-ended-title"), body: texts.say(body), opens };
        match &self.step {
            Step::Paid { .. } => Some(Notification {
                title: texts.say_with("notify-paid-title", [("tokens", texts.tokens(self.order.tokens))]),
                body: texts.say("notify-paid"),
                opens,
            }),
            Step::Ended { status: PurchaseStatus::Expired, by_user: false } => Some(ended("notify-expired")),
            Step::Ended { status: PurchaseStatus::Failed, .. } => Some(ended("notify-failed")),
            _ => None,
        }
    }

    fn save(&self) -> Effect {
        Effect::WriteCache(CacheWrite::Purchase(self.account.clone(), self.in_flight()))
    }

    /// What is kept of it: nothing, once it ended.
    fn in_flight(&self) -> Option<CachedPurchase> {
        match &self.step {
            Step::Creating => Some(self.saved(None)),
            Step::Waiting(checkout) | Step::Processing(checkout) => Some(self.saved(Some(checkout.clone()))),
            Step::Paid { .. } | Step::Ended { .. } | Step::Refused(_) => None,
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

    /// Cancel purchase was pressed. A purchase that the service has not answered for yet just ends: its checkout was
    /// never shown to anybody, so nobody can pay it.
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
                effects.extend(self.go_on());
                effects
            }
            _ => vec![],
        }
    }

    /// The receipt's page, if there is one that may be opened.
    pub fn receipt(&self, context: PurchaseContext<'_>) -> Option<HostedPageUrl> {
        match &self.step {
            Step::Paid { receipt_url: Some(url) } => context.page(url),
            _ => None,
        }
    }

    /// What the panel shows of it.
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
            Step::Paid { .. } => {
                PurchaseStep::Paid { receipt_url: self.receipt(context).map(|page| page.as_str().to_owned()) }
            }
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
