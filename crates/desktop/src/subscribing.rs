//! A subscription checkout, from choosing a plan until the account is entitled.

use crate::{
    event::{Effect, Timer},
    failure::Failure,
    purchase::PurchaseContext,
    retry::Polling,
    view::{ProblemView, Subscribing},
};
use tokenwell_wire::{HostedPage, SubscriptionCheckout};

/// A subscription checkout that was asked for. Closing the app forgets it; the payment counts all the same, and the
/// account is entitled when it arrives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubscriptionFlow {
    asked: SubscriptionCheckout,
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
    /// Subscribe was pressed.
    pub fn begin(asked: SubscriptionCheckout) -> (Self, Vec<Effect>) {
        let effects = vec![Effect::Subscribe(asked.clone())];
        (Self { asked, step: Step::Creating, polling: Polling::default() }, effects)
    }

    /// Asks again for what was refused only because the access token was.
    pub fn take_up(&mut self) -> Vec<Effect> {
        match self.step {
            Step::Creating => vec![Effect::Subscribe(self.asked.clone())],
            Step::Waiting { .. } | Step::Refused(_) => vec![],
        }
    }

    /// Whether the page is being made or open.
    pub fn is_in_flight(&self) -> bool {
        !matches!(self.step, Step::Refused(_))
    }

    /// Whether the page is open in the browser.
    pub fn is_waiting(&self) -> bool {
        matches!(self.step, Step::Waiting { .. })
    }

    /// The page, or why there is none.
    pub fn answered(
        &mut self,
        answer: Result<HostedPage, Failure>,
        context: PurchaseContext<'_>,
    ) -> Vec<Effect> {
        if self.step != Step::Creating {
            return vec![];
        }
        let page = answer.and_then(|page| match context.page(&page.url) {
            Some(allowed) => Ok((page.url, allowed)),
            None => Err(Failure::PageNotAllowed),
        });
        match page {
            Ok((url, allowed)) => {
                self.step = Step::Waiting { url };
                vec![Effect::Browse(allowed), self.look_again()]
            }
            Err(failure) => {
                self.step = Step::Refused(failure.problem(context.texts));
                vec![]
            }
        }
    }

    /// Looks at the account after a while: the push is the way back, this the fallback.
    pub fn look_again(&mut self) -> Effect {
        Effect::StartTimer(Timer::Subscription, self.polling.pause())
    }

    /// Opens the page in the system browser again.
    pub fn reopen(&self, context: PurchaseContext<'_>) -> Vec<Effect> {
        match &self.step {
            Step::Waiting { url } => context.page(url).map(Effect::Browse).into_iter().collect(),
            Step::Creating | Step::Refused(_) => vec![],
        }
    }

    /// What the panel shows of it.
    pub fn view(&self) -> Subscribing {
        let plan_id = self.asked.plan_id.clone();
        match &self.step {
            Step::Creating => Subscribing::Creating { plan_id },
            Step::Waiting { url } => Subscribing::Waiting { plan_id, checkout_url: url.clone() },
            Step::Refused(problem) => Subscribing::Refused { plan_id, problem: problem.clone() },
        }
    }
}
