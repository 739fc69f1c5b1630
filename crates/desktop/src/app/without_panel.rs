//! What the app does where no panel can open: without a web view, or with one that does not work. The tray's menu,
//! notifications and dialogs of the system then do what they can.

use super::{App, Session};
use crate::{
    command::{Command, PanelEntry},
    dialog::Dialog,
    event::{Effect, Notification, Opens, PanelFailure},
    failure::Failure,
    hosted_page,
    purchase::PurchaseFlow,
    subscribing::SubscriptionFlow,
    tray::{Shop, Standing, per_interval, price},
    view::ProblemView,
};
use tokenwell_wire::Interval;

impl App {
    /// Says what is missing, in a dialog of the system.
    pub(super) fn panel_failed(&mut self, why: PanelFailure) -> Vec<Effect> {
        let mut effects = Vec::new();
        match why {
            PanelFailure::NotInstalled | PanelFailure::NotCreated => self.panel.not_created(),
            PanelFailure::Ended => effects.extend(self.panel.web_view_ended()),
        }
        if self.panel.fails() {
            self.reset_panel();
            effects.push(self.no_panel(why));
        }
        effects
    }

    /// The dialog about a panel that cannot open. Without a tray nothing else is left, and the app ends.
    pub(super) fn no_panel(&self, why: PanelFailure) -> Effect {
        let texts = &self.texts;
        let text = texts.say(match why {
            PanelFailure::NotInstalled => "no-panel-not-installed",
            PanelFailure::NotCreated | PanelFailure::Ended => "no-panel-broken",
        });
        let has_tray = self.tray_shown != Some(false);
        let text = if has_tray { format!("{text}\n\n{}", texts.say("no-panel-meanwhile")) } else { text };
        Effect::Ask(Dialog {
            title: texts.say("no-panel-title"),
            text,
            agree: texts.say(if has_tray { "dialog-ok" } else { "tray-quit" }),
            decline: None,
            command: (!has_tray).then_some(Command::Quit),
        })
    }

    /// Opens the panel without the user's wish. Where none can open, nobody is disturbed with a dialog.
    pub(super) fn open_unasked(&mut self) -> Option<Effect> {
        if self.panel.fails() { None } else { self.panel.open() }
    }

    /// Signs in from the tray. A service that is not known yet is asked for in the panel.
    pub(super) fn sign_in_at_known_service(&mut self) -> Vec<Effect> {
        match self.session.proposed() {
            Some(service) if hosted_page::service_address(&service).is_ok() => self.sign_in(&service),
            _ => self.open(PanelEntry::Home),
        }
    }

    /// Tells of a failure that only the panel would show, unless it is open.
    pub(super) fn tell_without_panel(&self, title: &str, problem: &ProblemView) -> Option<Effect> {
        (!self.panel.is_open()).then(|| {
            let title = self.texts.say(title);
            Effect::Notify(Notification {
                title,
                body: problem.text.clone(),
                opens: Opens::Page(PanelEntry::Home),
            })
        })
    }

    /// The browser did not start, which the panel would show with the page's address.
    pub(super) fn browser_failed(&mut self) -> Vec<Effect> {
        if let Some(purchase) = &mut self.purchase {
            purchase.browser_failed(&self.texts);
        }
        self.pages.browser_failed(&self.texts);
        if self.session.is_signing_in() && !self.panel.is_open() && !self.panel.fails() {
            return self.panel.open().into_iter().collect();
        }
        let problem = Failure::Browser.problem(&self.texts);
        self.tell_without_panel("notify-browser-title", &problem).into_iter().collect()
    }

    /// What the menu sells, where no panel can open.
    pub(super) fn shop(&self) -> Option<Shop<'_>> {
        let busy = self.purchase.as_ref().is_some_and(PurchaseFlow::is_in_flight);
        self.panel.fails().then(|| Shop {
            standing: self.standing(),
            packs: self.data.offer.as_ref().map_or(&[], |offer| &offer.packs),
            plans: self.data.offer.as_ref().map_or(&[], |offer| &offer.plans),
            busy,
        })
    }

    fn standing(&self) -> Standing {
        let subscription = self.data.profile.as_ref().map(|known| &known.account.subscription);
        let locked = self.data.balance.as_ref().is_some_and(|known| known.balance.top_up.locked.0 > 0);
        match subscription {
            Some(subscription) if subscription.entitled => Standing::Entitled,
            Some(subscription) if subscription.plan_id.is_some() || locked => Standing::Lapsed,
            _ => Standing::Free,
        }
    }

    /// Asks whether to buy a pack. Nothing is charged before the checkout, so one question is enough.
    pub(super) fn ask_to_buy(&self, pack_id: String) -> Vec<Effect> {
        let busy = self.purchase.as_ref().is_some_and(PurchaseFlow::is_in_flight);
        let Some(pack) = self.data.pack(&pack_id).filter(|_| !busy) else { return vec![] };
        let texts = &self.texts;
        let price = price(pack.amount, &pack.currency, pack.tax_included, pack.tax, texts);
        let title = texts.say_with("ask-buy-title", [("tokens", texts.tokens(pack.tokens))]);
        let text = texts.say_with("ask-buy", [("name", pack.name.clone()), ("price", price)]);
        vec![self.ask(title, text, Command::Buy { pack_id, quantity: 1 })]
    }

    /// Asks whether to subscribe to a plan.
    pub(super) fn ask_to_subscribe(&self, plan_id: String, interval: Interval) -> Vec<Effect> {
        let busy = self.subscribing.as_ref().is_some_and(|flow| flow.is_in_flight() && !flow.is_waiting());
        let plan = self.data.plan(&plan_id).filter(|_| !busy);
        let Some((plan, terms)) =
            plan.and_then(|plan| Some((plan, plan.prices.iter().find(|terms| terms.interval == interval)?)))
        else {
            return vec![];
        };
        let texts = &self.texts;
        let price = price(terms.amount, &terms.currency, terms.tax_included, terms.tax, texts);
        let facts =
            [("allowance", texts.tokens(plan.allowance)), ("price", per_interval(price, interval, texts))];
        let title = texts.say_with("ask-plan-title", [("name", plan.name.clone())]);
        let text = texts.say_with("ask-plan", facts);
        vec![self.ask(title, text, Command::Subscribe { plan_id, interval })]
    }

    fn ask(&self, title: String, text: String, command: Command) -> Effect {
        Effect::Ask(Dialog {
            title,
            text,
            agree: self.texts.say("dialog-checkout"),
            decline: Some(self.texts.say("dialog-cancel")),
            command: Some(command),
        })
    }

    /// Tells why the service refused a purchase, which only the panel would show.
    pub(super) fn tell_refused_purchase(&self, was_refused: bool) -> Option<Effect> {
        let refusal = self.purchase.as_ref().and_then(PurchaseFlow::refusal).filter(|_| !was_refused)?;
        self.tell_without_panel("notify-ended-title", refusal)
    }

    /// Tells why the service refused a subscription.
    pub(super) fn tell_refused_subscription(&self) -> Option<Effect> {
        let refusal = self.subscribing.as_ref().and_then(SubscriptionFlow::refusal)?;
        self.tell_without_panel("notify-no-plan-title", refusal)
    }
}

impl Session {
    /// The service's address that is in use or proposed for a sign-in, while nobody is signed in.
    fn proposed(&self) -> Option<String> {
        matches!(self, Self::SignedOut(_)).then(|| self.service_shown(""))
    }
}
