//! The data of the panel's pages. It is fetched when a page is opened, refreshed while the page is shown, and cleared
//! when the panel is closed.

use crate::{
    account_data::AccountData,
    command::PageCommand,
    event::{Effect, Timer},
    failure::Failure,
    forecast::{self, Pace},
    list::List,
    page_request::{Fetch, PageRequest, PageResponse},
    purchase::PurchaseContext,
    retry::Polling,
    text::Texts,
    view::{ActivityFilter, Deleting, Export, Forecast, PagesView, PanelPage, Portal},
};
use jiff::Timestamp;
use tokenwell_wire::{DayUsage, Entry, HostedPage, Purchase};

/// The data of the pages.
#[derive(Debug, Default)]
pub(crate) struct PageData {
    shown: Option<PanelPage>,
    usage: List<DayUsage>,
    forecast: Option<Forecast>,
    activity: List<Entry>,
    filter: ActivityFilter,
    export: Option<Export>,
    purchases: List<Purchase>,
    portal: Option<Portal>,
    portal_polling: Polling,
    deleting: Option<Deleting>,
    /// The browser did not open the last hosted page.
    browser_failed: bool,
    /// One-time requests in flight.
    in_flight: Vec<PageRequest>,
    /// One-time requests that failed because the access token was refused. They are sent again with the next one.
    interrupted: Vec<PageRequest>,
}

impl PageData {
    /// Handles a command of the user. `online` is whether requests can be sent.
    pub(crate) fn command(
        &mut self,
        command: PageCommand,
        online: bool,
        context: PurchaseContext<'_>,
        now: Timestamp,
    ) -> Vec<Effect> {
        self.browser_failed = false;
        match command {
            PageCommand::Visit { page } => {
                if self.shown.replace(page) != Some(page) {
                    self.page_opened(page);
                }
                self.refresh(online)
            }
            PageCommand::FilterActivity { filter } => {
                let other = self.filter != filter;
                self.filter = filter;
                if other && online { vec![self.restart_activity()] } else { vec![] }
            }
            PageCommand::ShowOlder => self.page(List::more, List::more),
            PageCommand::ShowNewest => self.page(List::newest, List::newest),
            PageCommand::Refetch => self.refresh(online),
            PageCommand::SaveActivity if self.export != Some(Export::Saving) => {
                self.export = Some(Export::Saving);
                let name = format!("tokenwell-activity-{}", context.texts.date(now));
                self.send(PageRequest::SaveActivity { filter: self.filter.clone(), name })
            }
            PageCommand::ShowSaved => match &self.export {
                Some(Export::Saved { path }) => vec![Effect::ShowFile(path.clone())],
                _ => vec![],
            },
            PageCommand::ManageSubscription => match &mut self.portal {
                Some(Portal::Opening) => vec![],
                Some(Portal::Open { url, problem }) => {
                    *problem = None;
                    context.page(url).map(Effect::Browse).into_iter().collect()
                }
                None | Some(Portal::Refused { .. }) => {
                    self.portal = Some(Portal::Opening);
                    self.send(PageRequest::Portal)
                }
            },
            PageCommand::ReopenCheckoutOf { purchase } => {
                self.browse(&purchase, context, |it| it.checkout_url.as_ref())
            }
            PageCommand::OpenReceiptOf { purchase } => {
                self.browse(&purchase, context, |it| it.receipt_url.as_ref())
            }
            PageCommand::DeleteAccount { confirm } if self.deleting != Some(Deleting::Asked) => {
                self.deleting = Some(Deleting::Asked);
                self.send(PageRequest::DeleteAccount { confirm })
            }
            PageCommand::SaveActivity | PageCommand::DeleteAccount { .. } => vec![],
        }
    }

    /// Clears outcomes that a newly opened page does not show.
    fn page_opened(&mut self, opened: PanelPage) {
        if opened != PanelPage::Billing {
            self.portal = None;
        }
        self.deleting.take_if(|deleting| *deleting != Deleting::Asked);
        self.export.take_if(|export| *export != Export::Saving);
    }

    /// Fetches the data of the shown page. The known data stays until the response arrives.
    pub(crate) fn refresh(&mut self, online: bool) -> Vec<Effect> {
        let fetch = match self.shown {
            _ if !online => None,
            Some(PanelPage::Home) => self.usage.refresh().map(PageRequest::DailyUsage),
            Some(PanelPage::Activity) => {
                let filter = self.filter.clone();
                self.activity.refresh().map(|fetch| PageRequest::Activity { filter, fetch })
            }
            Some(PanelPage::Purchases) => self.purchases.refresh().map(PageRequest::Purchases),
            Some(PanelPage::Settings | PanelPage::Billing | PanelPage::DeleteAccount) | None => None,
        };
        fetch.map(Effect::RequestPage).into_iter().collect()
    }

    /// Sends a one-time request.
    fn send(&mut self, request: PageRequest) -> Vec<Effect> {
        self.in_flight.push(request.clone());
        vec![Effect::RequestPage(request)]
    }

    fn restart_activity(&mut self) -> Effect {
        let fetch = self.activity.restart();
        Effect::RequestPage(PageRequest::Activity { filter: self.filter.clone(), fetch })
    }

    /// Fetches another part of the shown list.
    fn page(
        &mut self,
        of_activity: impl FnOnce(&mut List<Entry>) -> Option<Fetch>,
        of_purchases: impl FnOnce(&mut List<Purchase>) -> Option<Fetch>,
    ) -> Vec<Effect> {
        let request = match self.shown {
            Some(PanelPage::Activity) => {
                let filter = self.filter.clone();
                of_activity(&mut self.activity).map(|fetch| PageRequest::Activity { filter, fetch })
            }
            Some(PanelPage::Purchases) => of_purchases(&mut self.purchases).map(PageRequest::Purchases),
            _ => None,
        };
        request.map(Effect::RequestPage).into_iter().collect()
    }

    fn browse(
        &self,
        purchase: &str,
        context: PurchaseContext<'_>,
        url: impl FnOnce(&Purchase) -> Option<&String>,
    ) -> Vec<Effect> {
        let purchase = self.purchases.items().iter().find(|known| known.id == purchase);
        let page = purchase.and_then(url).and_then(|url| context.page(url));
        page.map(Effect::Browse).into_iter().collect()
    }

    /// Handles a response that does not concern the session.
    pub(crate) fn receive(
        &mut self,
        response: PageResponse,
        context: PurchaseContext<'_>,
        now: Timestamp,
    ) -> Vec<Effect> {
        let texts = context.texts;
        self.in_flight.retain(|request| !is_response_to(&response, request));
        let next = match response {
            PageResponse::Activity(fetch, page) => {
                let filter = self.filter.clone();
                let next = self.activity.receive(&fetch, page, texts, now);
                next.map(|fetch| PageRequest::Activity { filter, fetch })
            }
            PageResponse::Purchases(fetch, page) => {
                self.purchases.receive(&fetch, page, texts, now).map(PageRequest::Purchases)
            }
            PageResponse::DailyUsage(fetch, page) => {
                self.usage.receive(&fetch, page, texts, now).map(PageRequest::DailyUsage)
            }
            PageResponse::Portal(page) => return self.portal_received(page, context),
            PageResponse::ActivitySaved(saved) => {
                self.export = Some(match saved {
                    Ok(path) => Export::Saved { path },
                    Err(failure) => Export::Failed { problem: failure.problem(texts) },
                });
                None
            }
            PageResponse::AccountDeleted(deleted) => {
                let failed = |failure: Failure| Deleting::Failed { problem: failure.problem(texts) };
                self.deleting = deleted.err().map(failed);
                None
            }
        };
        next.map(Effect::RequestPage).into_iter().collect()
    }

    fn portal_received(
        &mut self,
        page: Result<HostedPage, Failure>,
        context: PurchaseContext<'_>,
    ) -> Vec<Effect> {
        if self.portal != Some(Portal::Opening) {
            return vec![];
        }
        let page = page.and_then(|page| match context.page(&page.url) {
            Some(allowed) => Ok((page.url, allowed)),
            None => Err(Failure::PageNotAllowed),
        });
        match page {
            Ok((url, allowed)) => {
                self.portal = Some(Portal::Open { url, problem: None });
                self.portal_polling = Polling::default();
                vec![Effect::Browse(allowed), self.poll_later()]
            }
            Err(failure) => {
                self.portal = Some(Portal::Refused { problem: failure.problem(context.texts) });
                vec![]
            }
        }
    }

    /// Whether the portal is open, so that the subscription may change.
    pub(crate) fn portal_is_open(&self) -> bool {
        matches!(self.portal, Some(Portal::Open { .. }))
    }

    /// Starts the timer for the next refresh of the account. The push is the normal path, this is the fallback.
    pub(crate) fn poll_later(&mut self) -> Effect {
        Effect::StartTimer(Timer::Portal, self.portal_polling.pause())
    }

    /// A purchase was pushed.
    pub(crate) fn purchase_pushed(&mut self, pushed: &Purchase, online: bool) -> Vec<Effect> {
        self.purchases.replace(pushed.clone(), |known| known.id == pushed.id);
        if self.shown == Some(PanelPage::Purchases) { self.refresh(online) } else { vec![] }
    }

    /// The browser did not open the hosted page.
    pub(crate) fn browser_failed(&mut self, texts: &Texts) {
        match &mut self.portal {
            Some(Portal::Open { problem, .. }) => *problem = Some(Failure::Browser.problem(texts)),
            _ => self.browser_failed = self.shown == Some(PanelPage::Purchases),
        }
    }

    /// The access token was refused. What was in flight is requested again with the next one.
    pub(crate) fn interrupted(&mut self, response: &PageResponse) {
        match response {
            PageResponse::Activity(..) => self.activity.interrupted(),
            PageResponse::Purchases(..) => self.purchases.interrupted(),
            PageResponse::DailyUsage(..) => self.usage.interrupted(),
            PageResponse::Portal(_) | PageResponse::ActivitySaved(_) | PageResponse::AccountDeleted(_) => {
                self.interrupted
                    .extend(self.in_flight.extract_if(.., |in_flight| is_response_to(response, in_flight)));
            }
        }
    }

    /// Sends the interrupted requests again with the new access token.
    pub(crate) fn resume(&mut self) -> Vec<Effect> {
        let again = std::mem::take(&mut self.interrupted);
        again.into_iter().flat_map(|request| self.send(request)).collect()
    }

    /// Clears the data of the closed panel. One-time requests continue.
    pub(crate) fn closed(&mut self) {
        self.usage.forget();
        self.activity.forget();
        self.purchases.forget();
        self.filter = ActivityFilter::default();
        (self.shown, self.forecast, self.portal, self.browser_failed) = (None, None, None, false);
        self.export.take_if(|export| *export != Export::Saving);
        self.deleting.take_if(|deleting| *deleting != Deleting::Asked);
    }

    /// Updates the forecast after a change of its inputs, or because time has passed.
    pub(crate) fn update_forecast(&mut self, data: &AccountData, now: Timestamp) {
        let account = data.profile.as_ref().map(|known| &known.account);
        let balance = data.balance.as_ref().map(|cached| &cached.balance);
        let outlook = account.zip(balance).and_then(|(account, balance)| forecast::outlook(account, balance));
        let pace = Pace::of(self.usage.items());
        self.forecast = outlook.zip(pace).map(|(outlook, pace)| forecast::forecast(outlook, pace, now));
    }

    /// The view of the pages. Addresses that may not be opened are removed.
    pub(crate) fn view(&self, context: PurchaseContext<'_>) -> PagesView {
        let mut purchases = self.purchases.view();
        for purchase in &mut purchases.items {
            for url in [&mut purchase.checkout_url, &mut purchase.receipt_url] {
                url.take_if(|url| context.page(url).is_none());
            }
        }
        PagesView {
            usage: self.usage.view(),
            forecast: self.forecast.clone(),
            activity: self.activity.view(),
            filter: self.filter.clone(),
            export: self.export.clone(),
            purchases,
            portal: self.portal.clone(),
            deleting: self.deleting.clone(),
            browser: self.browser_failed.then(|| Failure::Browser.problem(context.texts)),
        }
    }
}

/// Whether a response belongs to a one-time request. There is at most one request of each kind.
fn is_response_to(response: &PageResponse, request: &PageRequest) -> bool {
    matches!(
        (response, request),
        (PageResponse::Portal(_), PageRequest::Portal)
            | (PageResponse::ActivitySaved(_), PageRequest::SaveActivity { .. })
            | (PageResponse::AccountDeleted(_), PageRequest::DeleteAccount { .. })
    )
}
