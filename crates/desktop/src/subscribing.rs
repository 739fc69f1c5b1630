//! A subscription checkout, from choosing a plan until the account is entitled.

use crate::{
    event::{Effect, Timer},
    failure::Failure,
    purchase::PurchaseContext,
    retry::Polling,
    view::{ProblemView, Subscribing},
};
use tokenwell_wire::{HostedPage, SubscriptionCheckout};

/// A subscription checkout. It is not stored: a payment after the end of the app still counts, and the account becomes
/// entitled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubscriptionFlow {
    checkout: SubscriptionCheckout,
    step: Step,
    polling: Polling,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Creating,
    Waiting { url: String },
    Refused(ProblemView),
}

impl SubscriptionFlow {
    /// Starts the checkout, when Subscribe was pressed.
    pub fn begin(checkout: SubscriptionCheckout) -> (Self, Vec<Effect>) {
        let effects = vec![Effect::Subscribe(checkout.clone())];
        (Self { checkout, step: Step::Creating, polling: Polling::default() }, effects)
    }

    /// Sends the request again after the access token was renewed.
    pub fn resume(&mut self) -> Vec<Effect> {
        match self.step {
            Step::Creating => vec![Effect::Subscribe(self.checkout.clone())],
            Step::Waiting { .. } | Step::Refused(_) => vec![],
        }
    }

    /// Whether the checkout is being created or open.
    pub fn is_in_flight(&self) -> bool {
        !matches!(self.step, Step::Refused(_))
    }

    /// Whether the checkout is open in the browser.
    pub fn is_waiting(&self) -> bool {
        matches!(self.step, Step::Waiting { .. })
    }

    /// Why the service refused it.
    pub fn refusal(&self) -> Option<&ProblemView> {
        match &self.step {
            Step::Refused(problem) => Some(problem),
            Step::Creating | Step::Waiting { .. } => None,
        }
    }

    /// Handles the response: the checkout, or a failure.
    pub fn receive(
        &mut self,
        response: Result<HostedPage, Failure>,
        context: PurchaseContext<'_>,
    ) -> Vec<Effect> {
        if self.step != Step::Creating {
            return vec![];
        }
        let page = response.and_then(|page| match context.page(&page.url) {
            Some(allowed) => Ok((page.url, allowed)),
            None => Err(Failure::PageNotAllowed),
        });
        match page {
            Ok((url, allowed)) => {
                self.step = Step::Waiting { url };
                vec![Effect::Browse(allowed), self.poll_later()]
            }
            Err(failure) => {
                self.step = Step::Refused(failure.problem(context.texts));
                vec![]
            }
        }
    }

    /// Starts the timer for the next refresh of the account. The push is the normal path, this is the fallback.
    pub fn poll_later(&mut self) -> Effect {
        Effect::StartTimer(Timer::Subscription, self.polling.pause())
    }

    /// Opens the checkout in the system browser again.
    pub fn reopen(&self, context: PurchaseContext<'_>) -> Vec<Effect> {
        match &self.step {
            Step::Waiting { url } => context.page(url).map(Effect::Browse).into_iter().collect(),
            Step::Creating | Step::Refused(_) => vec![],
        }
    }

    /// The view of the checkout.
    pub fn view(&self) -> Subscribing {
        let plan_id = self.checkout.plan_id.clone();
        match &self.step {
            Step::Creating => Subscribing::Creating { plan_id },
            Step::Waiting { url } => Subscribing::Waiting { plan_id, checkout_url: url.clone() },
            Step::Refused(problem) => Subscribing::Refused { plan_id, problem: problem.clone() },
        }
    }
}
