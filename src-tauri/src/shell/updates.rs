//! Newer versions of the app.

use super::controller::Controller;
use crate::updates::Updater;
use std::sync::Arc;
use tauri::async_runtime;
use tokenwell_desktop::{
    event::Event,
    update::{Channel, UpdateFailure, UpdateStep},
};

impl Controller {
    pub(super) fn look_for_update(&self, channel: Channel) {
        self.update(async move |updater| UpdateStep::Offered(updater.look(channel).await));
    }

    pub(super) fn download_update(&self) {
        self.update(async |updater| UpdateStep::Downloaded(updater.download().await));
    }

    /// Starts what was downloaded, and ends the app, which it replaces.
    pub(super) fn install_update(&mut self) {
        match self.updater.as_ref().map_or(Err(UpdateFailure::NotStarted), |updater| updater.install()) {
            Ok(()) => self.quit(),
            Err(failure) => self.events.send(Event::Update(UpdateStep::NotInstalled(failure))),
        }
    }

    /// Reports a step. Without the publisher's key, the core asks for none.
    fn update<F>(&self, step: impl FnOnce(Arc<Updater>) -> F)
    where
        F: Future<Output = UpdateStep> + Send + 'static,
    {
        let Some(updater) = &self.updater else { return };
        let (step, events) = (step(Arc::clone(updater)), self.events.clone());
        async_runtime::spawn(async move { events.send(Event::Update(step.await)) });
    }
}
