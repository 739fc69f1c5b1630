//! A purchase from Buy Now to its end.
//!
//! The key is saved before the request is sent, so a crash at any point leads to the same purchase again, never to a
//! second one. The way back from the browser is the service's push; looking now and then is the fallback.

use crate::{
    accounts::AccountKey,
    event::{Effect, Notification, PanelPage, Timer},
    failure::Failure,
    kept::Save,
    pages::{self, Page},
    retry::{Backoff, Polling},
    text::Texts,
    view::{ProblemView, PurchaseStep, PurchaseView},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokenwell_wire::{Minor, Pack, Purchase, PurchaseStatus, ServiceDescription, Tokens};
use url::Url;
use uuid::Uuid;

/// What was ordered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// The idempotency key of the request.
    pub key: Uuid,
    /// Which pack.
    pub pack_id: String,
    /// How many, 1 to 20 (rule 14).
    pub quantity: u32,
    /// Tokens in all.
    pub tokens: Tokens,
    /// The price in all, in minor units.
    pub amount: Minor,
    /// ISO 4217 code in lower case.
    pub currency: String,
    /// When Buy Now was pressed.
    pub started_at: Timestamp,
}

impl Order {
    /// An order of a pack, `quantity` times. Whether it can be had is the service's to say.
    pub fn new(pack: &Pack, quantity: u32, key: Uuid, now: Timestamp) -> Self {
        let times = |one: u64| one.saturating_mul(quantity.into());
        Self {
            key,
            pack_id: pack.id.clone(),
            quantity,
            tokens: Tokens(times(pack.tokens.0)),
            amount: Minor(times(pack.amount.0)),
            currency: pack.currency.clone(),
            started_at: now,
        }
    }
}

/// A purchase in flight, as the cache keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedPurchase {
    /// What was ordered.
    pub order: Order,
    /// The service's side of it; `None` until its first answer.
    pub checkout: Option<Checkout>,
}

/// The service's side of a purchase in flight.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkout {
    /// The purchase's id.
    pub id: String,
    /// Where to pay, while that is open.
    pub url: Option<String>,
    /// Cancel purchase was pressed.
    pub cancelling: bool,
}

/// A purchase, in flight or just ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flow {
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
pub struct Around<'a> {
    /// The words.
    pub texts: &'a Texts,
    /// The service in use.
    pub service: Option<&'a Url>,
    /// What it says of itself: which pages may be opened.
    pub description: Option<&'a ServiceDescription>,
}

impl Around<'_> {
    /// The page of a URL that the service named, if it may be opened.
    pub fn page(self, url: &str) -> Option<Page> {
        pages::checkout(url, self.service?, self.description?)
    }
}

impl Flow {
    /// Buy Now was pressed.
    pub fn begin(account: AccountKey, order: Order) -> (Self, Vec<Effect>) {
        let mut flow = Self::at(account, order, Step::Creating);
        flow.opens_by_itself = true;
        let effects = flow.go_on();
        (flow, effects)
    }

    /// A purchase that was left in flight: by an earlier run, or when another account was switched to.
    pub fn take_up(account: AccountKey, saved: SavedPurchase) -> Self {
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
    pub fn answered(&mut self, answer: Result<Purchase, Failure>, around: Around<'_>) -> Vec<Effect> {
        let Some(request) = self.request.take() else { return vec![] };
        match (request, answer) {
            (_, Ok(purchase)) => {
                self.problem = None;
                self.backoff.reset();
                let first = matches!(self.step, Step::Creating);
                let mut effects = self.is_now(&purchase, around);
                if first && self.opens_by_itself {
                    effects.extend(self.reopen(around));
                }
                if matches!(&self.step, Step::Waiting(checkout) if checkout.cancelling) {
                    effects.extend(self.go_on());
                }
                effects
            }
            (Request::Create, Err(failure)) if failure.is_refusal() => {
                self.step = Step::Refused(failure.problem(around.texts));
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
                self.problem = Some(failure.problem(around.texts));
                vec![Effect::Wake(Timer::Purchase, self.backoff.pause(failure.retry_after()))]
            }
            (Request::Fetch, Err(_)) => self.look_again(),
        }
    }

    /// The service pushed a purchase: this one, or another.
    pub fn pushed(&mut self, purchase: &Purchase, around: Around<'_>) -> Vec<Effect> {
        match &self.step {
            Step::Waiting(checkout) | Step::Processing(checkout) if checkout.id == purchase.id => {
                self.is_now(purchase, around)
            }
            _ => vec![],
        }
    }

    fn is_now(&mut self, purchase: &Purchase, around: Around<'_>) -> Vec<Effect> {
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
        effects.extend(self.notification(around.texts).map(Effect::Notify));
        if self.is_in_flight() {
            effects.extend(self.look_again());
        } else {
            self.problem = None;
        }
        effects
    }

    fn look_again(&mut self) -> Vec<Effect> {
        vec![Effect::Wake(Timer::Purchase, self.polling.pause())]
    }

    fn notification(&self, texts: &Texts) -> Option<Notification> {
        let opens = PanelPage::Home;
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
        Effect::Save(Save::Purchase(self.account.clone(), self.in_flight()))
    }

    /// What is kept of it: nothing, once it ended.
    fn in_flight(&self) -> Option<SavedPurchase> {
        match &self.step {
            Step::Creating => Some(self.saved(None)),
            Step::Waiting(checkout) | Step::Processing(checkout) => Some(self.saved(Some(checkout.clone()))),
            Step::Paid { .. } | Step::Ended { .. } | Step::Refused(_) => None,
        }
    }

    fn saved(&self, checkout: Option<Checkout>) -> SavedPurchase {
        SavedPurchase { order: self.order.clone(), checkout }
    }

    /// Opens the checkout in the system browser.
    pub fn reopen(&mut self, around: Around<'_>) -> Vec<Effect> {
        let Step::Waiting(Checkout { url: Some(url), .. }) = &self.step else { return vec![] };
        if let Some(page) = around.page(url) {
            self.problem = None;
            vec![Effect::Browse(page)]
        } else {
            self.problem = Some(Failure::PageNotAllowed.problem(around.texts));
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
    pub fn receipt(&self, around: Around<'_>) -> Option<Page> {
        match &self.step {
            Step::Paid { receipt_url: Some(url) } => around.page(url),
            _ => None,
        }
    }

    /// What the panel shows of it.
    pub fn view(&self, around: Around<'_>) -> PurchaseView {
        let order = self.order.clone();
        let problem = self.problem.clone();
        let step = match &self.step {
            Step::Creating => PurchaseStep::Creating { problem },
            Step::Waiting(checkout) => PurchaseStep::Waiting {
                checkout_url: checkout
                    .url
                    .clone()
                    .filter(|url| around.page(url).is_some())
                    .unwrap_or_default(),
                problem,
                cancelling: checkout.cancelling,
            },
            Step::Processing(_) => PurchaseStep::Processing,
            Step::Paid { .. } => {
                PurchaseStep::Paid { receipt_url: self.receipt(around).map(|page| page.as_str().to_owned()) }
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
