//! Newer versions of the app.

use super::App;
use crate::{
    command::Command,
    event::Effect,
    hosted_page,
    purchase::PurchaseFlow,
    subscribing::SubscriptionFlow,
    update::{Installation, UpdateStep},
    updating::Updates,
    view::{PanelNotice, UpdateView},
};

impl App {
    /// Plans the first look for a newer version, where the app installs it itself.
    pub(super) fn start_updates(&mut self, installation: Installation, can_verify: bool) -> Option<Effect> {
        self.updates = Updates::new(installation, can_verify, self.preset.updates, self.version.clone());
        self.updates.start()
    }

    pub(super) fn update_command(&mut self, command: &Command) -> Vec<Effect> {
        match command {
            Command::LookForUpdate => self.updates.look(),
            Command::RestartToUpdate => self.updates.restart(self.is_buying()).into_iter().collect(),
            Command::OpenDownloads
                if matches!(self.update_view(), Some(UpdateView::Page | UpdateView::Command { .. })) =>
            {
                hosted_page::downloads().map(Effect::Browse).into_iter().collect()
            }
            _ => vec![],
        }
    }

    pub(super) fn update_step(&mut self, step: UpdateStep) -> Vec<Effect> {
        self.updates.step(step)
    }

    pub(super) fn update_view(&self) -> Option<UpdateView> {
        let too_old = self.notices.contains(&PanelNotice::AppTooOld);
        self.updates.view(too_old, self.is_buying())
    }

    /// Whether the tray offers the restart.
    pub(super) fn offers_restart(&self) -> bool {
        self.updates.is_ready() && !self.is_buying()
    }

    /// Whether a purchase or a subscription is under way.
    fn is_buying(&self) -> bool {
        self.purchase.as_ref().is_some_and(PurchaseFlow::is_in_flight)
            || self.subscribing.as_ref().is_some_and(SubscriptionFlow::is_in_flight)
    }
}
