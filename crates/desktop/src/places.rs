//! The places of the panel and what they need: fetched when they are gone to, refreshed while they are shown, kept
//! while the panel is open.

use crate::{
    event::{Effect, Timer},
    failure::Failure,
    figures::Figures,
    forecast::{self, Pace},
    list::{Fetch, List, Page},
    purchase::Around,
    retry::Polling,
    text::Texts,
    view::{ActivityFilter, Deleting, Export, Forecast, Place, PlacesView, Portal},
};
use jiff::Timestamp;
use tokenwell_wire::{DayUsage, Entry, HostedPage, Purchase};

/// What the user wants of a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wish {
    /// Show it.
    Visit(Place),
    /// Show these entries only.
    Filter(ActivityFilter),
    /// Show what comes after what the place shows.
    Older,
    /// Go back to the newest.
    Newest,
    /// Try once more what did not work.
    Refetch,
    /// Save the entries that the filter lets through as a file.
    SaveActivity,
    /// Show the saved file in its folder.
    ShowSaved,
    /// Open Stripe's page for managing the subscription, for the first time or again.
    ManageSubscription,
    /// Go on paying an open purchase of the list.
    ReopenCheckout {
        /// Its id.
        purchase: String,
    },
    /// Open a purchase's receipt.
    OpenReceipt {
        /// Its id.
        purchase: String,
    },
    /// Delete the account.
    DeleteAccount {
        /// The word that was typed.
        confirm: String,
    },
}

/// What the service is asked for a place; the shell tells the [`Answer`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is the call or file of the same name")]
pub enum Question {
    Activity {
        filter: ActivityFilter,
        fetch: Fetch,
    },
    Purchases(Fetch),
    DailyUsage(Fetch),
    Portal,
    /// Writes the activity into the user's folder for downloads, never over another file.
    SaveActivity {
        filter: ActivityFilter,
        /// The file's name, without its ending.
        name: String,
    },
    DeleteAccount {
        confirm: String,
    },
}

/// The answer to a [`Question`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "each answers the question of the same name")]
pub enum Answer {
    Activity(Fetch, Result<Page<Entry>, Failure>),
    Purchases(Fetch, Result<Page<Purchase>, Failure>),
    DailyUsage(Fetch, Result<Page<DayUsage>, Failure>),
    Portal(Result<HostedPage, Failure>),
    /// Where the file is.
    ActivitySaved(Result<String, Failure>),
    AccountDeleted(Result<(), Failure>),
}

impl Answer {
    /// What went wrong, if something did.
    pub fn failure(&self) -> Option<&Failure> {
        match self {
            Self::Activity(_, answer) => answer.as_ref().err(),
            Self::Purchases(_, answer) => answer.as_ref().err(),
            Self::DailyUsage(_, answer) => answer.as_ref().err(),
            Self::Portal(answer) => answer.as_ref().err(),
            Self::ActivitySaved(answer) => answer.as_ref().err(),
            Self::AccountDeleted(answer) => answer.as_ref().err(),
        }
    }
}

/// What is known for the places.
#[derive(Debug, Default)]
pub(crate) struct Places {
    shown: Option<Place>,
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
    asked: Vec<Question>,
    /// What of that is to be asked again as soon as there is an access token.
    interrupted: Vec<Question>,
}

impl Places {
    /// The user wants something; `online` is whether the service can be asked.
    pub(crate) fn wish(
        &mut self,
        wish: Wish,
        online: bool,
        around: Around<'_>,
        now: Timestamp,
    ) -> Vec<Effect> {
        self.browser_failed = false;
        match wish {
            Wish::Visit(place) => {
                if self.shown.replace(place) != Some(place) {
                    self.left(place);
                }
                self.refresh(online)
            }
            Wish::Filter(filter) => {
                let other = self.filter != filter;
                self.filter = filter;
                if other && online { vec![self.ask_activity_anew()] } else { vec![] }
            }
            Wish::Older => self.page(List::more, List::more),
            Wish::Newest => self.page(List::newest, List::newest),
            Wish::Refetch => self.refresh(online),
            Wish::SaveActivity if self.export != Some(Export::Saving) => {
                self.export = Some(Export::Saving);
                let name = format!("tokenwell-activity-{}", around.texts.date(now));
                self.ask(Question::SaveActivity { filter: self.filter.clone(), name })
            }
            Wish::ShowSaved => match &self.export {
                Some(Export::Saved { path }) => vec![Effect::ShowFile(path.clone())],
                _ => vec![],
            },
            Wish::ManageSubscription => match &mut self.portal {
                Some(Portal::Opening) => vec![],
                Some(Portal::Open { url, problem }) => {
                    *problem = None;
                    around.page(url).map(Effect::Browse).into_iter().collect()
                }
                None | Some(Portal::Refused { .. }) => {
                    self.portal = Some(Portal::Opening);
                    self.ask(Question::Portal)
                }
            },
            Wish::ReopenCheckout { purchase } => {
                self.browse(&purchase, around, |it| it.checkout_url.as_ref())
            }
            Wish::OpenReceipt { purchase } => self.browse(&purchase, around, |it| it.receipt_url.as_ref()),
            Wish::DeleteAccount { confirm } if self.deleting != Some(Deleting::Asked) => {
                self.deleting = Some(Deleting::Asked);
                self.ask(Question::DeleteAccount { confirm })
            }
            Wish::SaveActivity | Wish::DeleteAccount { .. } => vec![],
        }
    }

    /// What a place said that is not shown any more is not said again when one comes back to it.
    fn left(&mut self, for_place: Place) {
        if for_place != Place::Billing {
            self.portal = None;
        }
        self.deleting.take_if(|deleting| *deleting != Deleting::Asked);
        self.export.take_if(|export| *export != Export::Saving);
    }

    /// Fetches what the shown place needs; what is known stays until the answer comes.
    pub(crate) fn refresh(&mut self, online: bool) -> Vec<Effect> {
        let fetch = match self.shown {
            _ if !online => None,
            Some(Place::Home) => self.usage.refresh().map(Question::DailyUsage),
            Some(Place::Activity) => {
                let filter = self.filter.clone();
                self.activity.refresh().map(|fetch| Question::Activity { filter, fetch })
            }
            Some(Place::Purchases) => self.purchases.refresh().map(Question::Purchases),
            Some(Place::Settings | Place::Billing | Place::DeleteAccount) | None => None,
        };
        fetch.map(Effect::Ask).into_iter().collect()
    }

    /// Asks for something that happens once.
    fn ask(&mut self, question: Question) -> Vec<Effect> {
        self.asked.push(question.clone());
        vec![Effect::Ask(question)]
    }

    fn ask_activity_anew(&mut self) -> Effect {
        let fetch = self.activity.restart();
        Effect::Ask(Question::Activity { filter: self.filter.clone(), fetch })
    }

    /// Another part of the list that is shown.
    fn page(
        &mut self,
        of_activity: impl FnOnce(&mut List<Entry>) -> Option<Fetch>,
        of_purchases: impl FnOnce(&mut List<Purchase>) -> Option<Fetch>,
    ) -> Vec<Effect> {
        let question = match self.shown {
            Some(Place::Activity) => {
                let filter = self.filter.clone();
                of_activity(&mut self.activity).map(|fetch| Question::Activity { filter, fetch })
            }
            Some(Place::Purchases) => of_purchases(&mut self.purchases).map(Question::Purchases),
            _ => None,
        };
        question.map(Effect::Ask).into_iter().collect()
    }

    fn browse(
        &self,
        purchase: &str,
        around: Around<'_>,
        url: impl FnOnce(&Purchase) -> Option<&String>,
    ) -> Vec<Effect> {
        let purchase = self.purchases.items().iter().find(|known| known.id == purchase);
        let page = purchase.and_then(url).and_then(|url| around.page(url));
        page.map(Effect::Browse).into_iter().collect()
    }

    /// Takes an answer that says nothing about the session.
    pub(crate) fn answered(&mut self, answer: Answer, around: Around<'_>, now: Timestamp) -> Vec<Effect> {
        let texts = around.texts;
        self.asked.retain(|question| !answers(&answer, question));
        let next = match answer {
            Answer::Activity(fetch, page) => {
                let filter = self.filter.clone();
                let next = self.activity.answered(&fetch, page, texts, now);
                next.map(|fetch| Question::Activity { filter, fetch })
            }
            Answer::Purchases(fetch, page) => {
                self.purchases.answered(&fetch, page, texts, now).map(Question::Purchases)
            }
            Answer::DailyUsage(fetch, page) => {
                self.usage.answered(&fetch, page, texts, now).map(Question::DailyUsage)
            }
            Answer::Portal(page) => return self.portal_answered(page, around),
            Answer::ActivitySaved(saved) => {
                self.export = Some(match saved {
                    Ok(path) => Export::Saved { path },
                    Err(failure) => Export::Failed { problem: failure.problem(texts) },
                });
                None
            }
            Answer::AccountDeleted(deleted) => {
                let failed = |failure: Failure| Deleting::Failed { problem: failure.problem(texts) };
                self.deleting = deleted.err().map(failed);
                None
            }
        };
        next.map(Effect::Ask).into_iter().collect()
    }

    fn portal_answered(&mut self, page: Result<HostedPage, Failure>, around: Around<'_>) -> Vec<Effect> {
        if self.portal != Some(Portal::Opening) {
            return vec![];
        }
        let page = page.and_then(|page| match around.page(&page.url) {
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
                self.portal = Some(Portal::Refused { problem: failure.problem(around.texts) });
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
        Effect::Wake(Timer::Portal, self.portal_polling.pause())
    }

    /// A purchase changed.
    pub(crate) fn purchase_pushed(&mut self, pushed: &Purchase, online: bool) -> Vec<Effect> {
        self.purchases.replace(pushed.clone(), |known| known.id == pushed.id);
        if self.shown == Some(Place::Purchases) { self.refresh(online) } else { vec![] }
    }

    /// The page that was handed to the browser was not opened.
    pub(crate) fn browser_failed(&mut self, texts: &Texts) {
        match &mut self.portal {
            Some(Portal::Open { problem, .. }) => *problem = Some(Failure::Browser.problem(texts)),
            _ => self.browser_failed = self.shown == Some(Place::Purchases),
        }
    }

    /// The access token was refused: what was under way is asked for again with the next one.
    pub(crate) fn interrupted(&mut self, answer: &Answer) {
        match answer {
            Answer::Activity(..) => self.activity.interrupted(),
            Answer::Purchases(..) => self.purchases.interrupted(),
            Answer::DailyUsage(..) => self.usage.interrupted(),
            Answer::Portal(_) | Answer::ActivitySaved(_) | Answer::AccountDeleted(_) => {
                self.interrupted.extend(self.asked.extract_if(.., |asked| answers(answer, asked)));
            }
        }
    }

    /// There is an access token again.
    pub(crate) fn take_up(&mut self) -> Vec<Effect> {
        let again = std::mem::take(&mut self.interrupted);
        again.into_iter().flat_map(|question| self.ask(question)).collect()
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
    pub(crate) fn reckon(&mut self, figures: &Figures, now: Timestamp) {
        let account = figures.profile.as_ref().map(|known| &known.account);
        let balance = figures.balance.as_ref().map(|kept| &kept.balance);
        let outlook = account.zip(balance).and_then(|(account, balance)| forecast::outlook(account, balance));
        let pace = Pace::of(self.usage.items());
        self.forecast = outlook.zip(pace).map(|(outlook, pace)| forecast::forecast(outlook, pace, now));
    }

    /// What the panel shows. Pages that may not be opened are not offered.
    pub(crate) fn view(&self, around: Around<'_>) -> PlacesView {
        let mut purchases = self.purchases.view();
        for purchase in &mut purchases.items {
            for url in [&mut purchase.checkout_url, &mut purchase.receipt_url] {
                url.take_if(|url| around.page(url).is_none());
            }
        }
        PlacesView {
            usage: self.usage.view(),
            forecast: self.forecast.clone(),
            activity: self.activity.view(),
            filter: self.filter.clone(),
            export: self.export.clone(),
            purchases,
            portal: self.portal.clone(),
            deleting: self.deleting.clone(),
            browser: self.browser_failed.then(|| Failure::Browser.problem(around.texts)),
        }
    }
}

/// Whether an answer is to this question, which is asked once at a time.
fn answers(answer: &Answer, question: &Question) -> bool {
    matches!(
        (answer, question),
        (Answer::Portal(_), Question::Portal)
            | (Answer::ActivitySaved(_), Question::SaveActivity { .. })
            | (Answer::AccountDeleted(_), Question::DeleteAccount { .. })
    )
}
