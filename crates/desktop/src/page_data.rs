//! The places of the panel and what they need: fetched when they are gone to, refreshed while they are shown, kept
//! while the panel is open.

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

/// What is known for the places.
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
    /// The page that was last handed to the browser was not opened.
    browser_failed: bool,
    /// What was asked for once and is not answered yet.
    asked: Vec<PageRequest>,
    /// What of that is to be asked again as soon as there is an access token.
    interrupted: Vec<PageRequest>,
}

impl PageData {
    /// The user wants something; `online` is whether the service can be asked.
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
                    self.left(page);
                }
                self.refresh(online)
            }
            PageCommand::FilterActivity { filter } => {
                let other = self.filter != filter;
                self.filter = filter;
                if other && online { vec![self.ask_activity_anew()] } else { vec![] }
            }
            PageCommand::ShowOlder => self.page(List::more, List::more),
            PageCommand::ShowNewest => self.page(List::newest, List::newest),
            PageCommand::Refetch => self.refresh(online),
            PageCommand::SaveActivity if self.export != Some(Export::Saving) => {
                self.export = Some(Export::Saving);
                let name = format!("tokenwell-activity-{}", context.texts.date(now));
                self.ask(PageRequest::SaveActivity { filter: self.filter.clone(), name })
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
                    self.ask(PageRequest::Portal)
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
                self.ask(PageRequest::DeleteAccount { confirm })
            }
            PageCommand::SaveActivity | PageCommand::DeleteAccount { .. } => vec![],
        }
    }

    /// What a place said that is not shown any more is not said again when one comes back to it.
    fn left(&mut self, opened: PanelPage) {
        if opened != PanelPage::Billing {
            self.portal = None;
        }
        self.deleting.take_if(|deleting| *deleting != Deleting::Asked);
        self.export.take_if(|export| *export != Export::Saving);
    }

    /// Fetches what the shown place needs; what is known stays until the answer comes.
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

    /// Asks for something that happens once.
    fn ask(&mut self, request: PageRequest) -> Vec<Effect> {
        self.asked.push(request.clone());
        vec![Effect::RequestPage(request)]
    }

    fn ask_activity_anew(&mut self) -> Effect {
        let fetch = self.activity.restart();
        Effect::RequestPage(PageRequest::Activity { filter: self.filter.clone(), fetch })
    }

    /// Another part of the list that is shown.
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

    /// Takes an answer that says nothing about the session.
    pub(crate) fn responded(
        &mut self,
        response: PageResponse,
        context: PurchaseContext<'_>,
        now: Timestamp,
    ) -> Vec<Effect> {
        let texts = context.texts;
        self.asked.retain(|request| !answers(&response, request));
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
            PageResponse::Portal(page) => return self.portal_answered(page, context),
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

    fn portal_answered(
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
                vec![Effect::Browse(allowed), self.look_at_subscription()]
            }
            Err(failure) => {
                self.portal = Some(Portal::Refused { problem: failure.problem(context.texts) });
                vec![]
            }
        }
    }

    /// Whether the subscription may change in the browser.
    pub(crate) fn portal_is_open(&self) -> bool {
        matches!(self.portal, Some(Portal::Open { .. }))
    }

    /// Looks at the account after a while: the push is the way back from the portal, this the fallback.
    pub(crate) fn look_at_subscription(&mut self) -> Effect {
        Effect::StartTimer(Timer::Portal, self.portal_polling.pause())
    }

    /// A purchase changed.
    pub(crate) fn purchase_pushed(&mut self, pushed: &Purchase, online: bool) -> Vec<Effect> {
        self.purchases.replace(pushed.clone(), |known| known.id == pushed.id);
        if self.shown == Some(PanelPage::Purchases) { self.refresh(online) } else { vec![] }
    }

    /// The page that was handed to the browser was not opened.
    pub(crate) fn browser_failed(&mut self, texts: &Texts) {
        match &mut self.portal {
            Some(Portal::Open { problem, .. }) => *problem = Some(Failure::Browser.problem(texts)),
            _ => self.browser_failed = self.shown == Some(PanelPage::Purchases),
        }
    }

    /// The access token was refused: what was under way is asked for again with the next one.
    pub(crate) fn interrupted(&mut self, response: &PageResponse) {
        match response {
            PageResponse::Activity(..) => self.activity.interrupted(),
            PageResponse::Purchases(..) => self.purchases.interrupted(),
            PageResponse::DailyUsage(..) => self.usage.interrupted(),
            PageResponse::Portal(_) | PageResponse::ActivitySaved(_) | PageResponse::AccountDeleted(_) => {
                self.interrupted.extend(self.asked.extract_if(.., |asked| answers(response, asked)));
            }
        }
    }

    /// There is an access token again.
    pub(crate) fn take_up(&mut self) -> Vec<Effect> {
        let again = std::mem::take(&mut self.interrupted);
        again.into_iter().flat_map(|request| self.ask(request)).collect()
    }

    /// The panel was closed: nothing is kept for it. What was asked for goes on.
    pub(crate) fn closed(&mut self) {
        self.usage.forget();
        self.activity.forget();
        self.purchases.forget();
        self.filter = ActivityFilter::default();
        (self.shown, self.forecast, self.portal, self.browser_failed) = (None, None, None, false);
        self.export.take_if(|export| *export != Export::Saving);
        self.deleting.take_if(|deleting| *deleting != Deleting::Asked);
    }

    /// Reckons the forecast anew: something that it is made of has changed, or time has passed.
    pub(crate) fn reckon(&mut self, data: &AccountData, now: Timestamp) {
        let account = data.profile.as_ref().map(|known| &known.account);
        let balance = data.balance.as_ref().map(|kept| &kept.balance);
        let outlook = account.zip(balance).and_then(|(account, balance)| forecast::outlook(account, balance));
        let pace = Pace::of(self.usage.items());
        self.forecast = outlook.zip(pace).map(|(outlook, pace)| forecast::forecast(outlook, pace, now));
    }

    /// What the panel shows. Pages that may not be opened are not offered.
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

/// Whether an answer is to this question, which is asked once at a time.
fn answers(response: &PageResponse, request: &PageRequest) -> bool {
    matches!(
        (response, request),
        (PageResponse::Portal(_), PageRequest::Portal)
            | (PageResponse::ActivitySaved(_), PageRequest::SaveActivity { .. })
            | (PageResponse::AccountDeleted(_), PageRequest::DeleteAccount { .. })
    )
}
