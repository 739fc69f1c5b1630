//! A list of the service's, shown a stretch at a time: fetched in pages, refreshed as it stands, never growing beyond
//! what one answer can bring.

use crate::{
    failure::Failure,
    page_request::{Fetch, ListPage},
    text::Texts,
    view::{ListView, ProblemView},
};
use jiff::Timestamp;

/// How many items come at once.
pub const PAGE: usize = 50;
/// The most that is shown, and that the service answers at once: to go on from there, a new stretch starts.
const STRETCH: usize = 200;

/// The stretch that is shown.
#[derive(Debug)]
pub(crate) struct List<T> {
    /// Where it starts; at the newest without it.
    start: Option<String>,
    items: Vec<T>,
    next: Option<String>,
    fetched_at: Option<Timestamp>,
    loading: Option<Load>,
    /// Something changed since the request under way was sent.
    again: bool,
    problem: Option<ProblemView>,
    fetches: u64,
}

#[derive(Debug)]
struct Load {
    fetch: Fetch,
    what: What,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    /// The stretch as it stands.
    Refresh,
    /// More at its end.
    More,
    /// Another stretch in its place.
    Turn,
}

impl<T> Default for List<T> {
    fn default() -> Self {
        Self {
            start: None,
            items: Vec::new(),
            next: None,
            fetched_at: None,
            loading: None,
            again: false,
            problem: None,
            fetches: 0,
        }
    }
}

impl<T: Clone> List<T> {
    /// Fetches what is shown once more. One request is under way at a time.
    pub(crate) fn refresh(&mut self) -> Option<Fetch> {
        if self.loading.is_some() {
            self.again = true;
            return None;
        }
        let limit = self.items.len().next_multiple_of(PAGE).clamp(PAGE, STRETCH);
        Some(self.load(What::Refresh, self.start.clone(), limit))
    }

    /// Fetches what comes next: it is added, or if that were too much, takes the place of what is shown.
    pub(crate) fn more(&mut self) -> Option<Fetch> {
        let next = self.next.clone()?;
        let what = if self.items.len() + PAGE <= STRETCH { What::More } else { What::Turn };
        self.ask(what, Some(next))
    }

    /// Goes back to the newest.
    pub(crate) fn newest(&mut self) -> Option<Fetch> {
        self.ask(What::Turn, None)
    }

    /// Forgets everything: what is wanted is another list now. An answer on its way is not for it.
    pub(crate) fn restart(&mut self) -> Fetch {
        self.forget();
        self.load(What::Refresh, None, PAGE)
    }

    /// Keeps nothing. An answer on its way comes too late.
    pub(crate) fn forget(&mut self) {
        *self = Self { fetches: self.fetches, ..Self::default() };
    }

    /// The user asked for something: it takes the place of a refresh under way, which comes after it.
    fn ask(&mut self, what: What, cursor: Option<String>) -> Option<Fetch> {
        match &self.loading {
            Some(Load { what: What::More | What::Turn, .. }) => return None,
            Some(Load { what: What::Refresh, .. }) => self.again = true,
            None => {}
        }
        Some(self.load(what, cursor, PAGE))
    }

    fn load(&mut self, what: What, cursor: Option<String>, limit: usize) -> Fetch {
        self.fetches += 1;
        let fetch = Fetch { number: self.fetches, cursor, limit };
        self.loading = Some(Load { fetch: fetch.clone(), what });
        fetch
    }

    /// Takes an answer; gives what is to be fetched now. A failed fetch leaves what is shown.
    pub(crate) fn answered(
        &mut self,
        fetch: &Fetch,
        answer: Result<ListPage<T>, Failure>,
        texts: &Texts,
        now: Timestamp,
    ) -> Option<Fetch> {
        let load = self.loading.take_if(|load| load.fetch == *fetch)?;
        match answer {
            Ok(page) => {
                self.problem = None;
                self.fetched_at = Some(now);
                self.next = page.next;
                match load.what {
                    What::More => self.items.extend(page.items),
                    What::Refresh | What::Turn => {
                        self.start = load.fetch.cursor;
                        self.items = page.items;
                    }
                }
                if std::mem::take(&mut self.again) { self.refresh() } else { None }
            }
            Err(failure) => {
                self.again = false;
                self.problem = Some(failure.problem(texts));
                None
            }
        }
    }

    /// What was under way will not be answered, and is to be asked for again.
    pub(crate) fn interrupted(&mut self) {
        self.loading = None;
        self.again = false;
    }

    pub(crate) fn items(&self) -> &[T] {
        &self.items
    }

    /// Puts an item in the place of the one that it is the news of.
    pub(crate) fn replace(&mut self, item: T, same: impl Fn(&T) -> bool) {
        if let Some(old) = self.items.iter_mut().find(|old| same(old)) {
            *old = item;
        }
    }

    pub(crate) fn view(&self) -> ListView<T> {
        let asked = self.loading.as_ref().is_some_and(|load| load.what != What::Refresh);
        ListView {
            items: self.items.clone(),
            fetched_at: self.fetched_at,
            loading: asked || self.loading.is_some() && self.fetched_at.is_none(),
            newer: self.start.is_some(),
            older: self.next.is_some(),
            problem: self.problem.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{at, texts};

    /// A service with the items 1 to `count`, the highest number being the newest.
    struct Service {
        count: u64,
    }

    impl Service {
        fn answer(&self, fetch: &Fetch) -> ListPage<u64> {
            let before: u64 = fetch.cursor.as_ref().map_or(u64::MAX, |cursor| cursor.parse().unwrap());
            let all: Vec<u64> = (1..=self.count).rev().filter(|item| *item < before).collect();
            let items: Vec<u64> = all.iter().copied().take(fetch.limit).collect();
            let next = (all.len() > items.len()).then(|| items.last().unwrap().to_string());
            ListPage { items, next }
        }
    }

    fn answer(list: &mut List<u64>, service: &Service, fetch: &Fetch) -> Option<Fetch> {
        list.answered(fetch, Ok(service.answer(fetch)), &texts(), at("2026-11-22T12:00:00Z"))
    }

    fn shown(list: &List<u64>) -> (Option<u64>, Option<u64>, usize) {
        let items = list.view().items;
        (items.first().copied(), items.last().copied(), items.len())
    }

    fn opened(service: &Service) -> List<u64> {
        let mut list = List::default();
        let fetch = list.refresh().unwrap();
        assert!(list.view().loading);
        assert_eq!(answer(&mut list, service, &fetch), None);
        assert!(!list.view().loading);
        list
    }

    #[test]
    fn more_is_added_until_a_stretch_is_full_and_then_the_next_stretch_takes_its_place() {
        let service = Service { count: 230 };
        let mut list = opened(&service);
        assert_eq!(shown(&list), (Some(230), Some(181), 50));
        for last in [131, 81, 31] {
            let fetch = list.more().unwrap();
            answer(&mut list, &service, &fetch);
            assert_eq!(shown(&list), (Some(230), Some(last), 231 - usize::try_from(last).unwrap()));
        }
        let fetch = list.more().unwrap();
        assert_eq!(shown(&list).2, 200, "what was shown stays until the next is there");
        answer(&mut list, &service, &fetch);
        assert_eq!(shown(&list), (Some(30), Some(1), 30));
        assert!(list.view().newer && !list.view().older);
        assert_eq!(list.more(), None);

        let fetch = list.newest().unwrap();
        answer(&mut list, &service, &fetch);
        assert_eq!(shown(&list), (Some(230), Some(181), 50));
        assert!(!list.view().newer && list.view().older);
    }

    #[test]
    fn a_refresh_brings_what_is_new_and_keeps_as_much_in_sight() {
        let mut service = Service { count: 120 };
        let mut list = opened(&service);
        let fetch = list.more().unwrap();
        answer(&mut list, &service, &fetch);
        service.count += 3;
        let fetch = list.refresh().unwrap();
        assert!(!list.view().loading, "it comes quietly");
        answer(&mut list, &service, &fetch);
        assert_eq!(shown(&list), (Some(123), Some(24), 100));
    }

    #[test]
    fn what_changes_during_a_request_is_asked_for_once_more() {
        let mut service = Service { count: 1 };
        let mut list = opened(&service);
        let fetch = list.refresh().unwrap();
        let early = service.answer(&fetch);
        service.count = 2;
        assert_eq!((list.refresh(), list.refresh()), (None, None));
        let again = list.answered(&fetch, Ok(early), &texts(), at("2026-11-22T12:00:00Z")).unwrap();
        assert_eq!(answer(&mut list, &service, &again), None);
        assert_eq!(shown(&list).0, Some(2));
    }

    #[test]
    fn what_the_user_asks_for_does_not_wait_for_a_refresh_and_the_refresh_is_not_lost() {
        let service = Service { count: 120 };
        let mut list = opened(&service);
        let refresh = list.refresh().unwrap();
        let more = list.more().unwrap();
        assert_eq!(list.more(), None, "it is on its way");
        assert_eq!(answer(&mut list, &service, &refresh), None, "too late");
        let again = answer(&mut list, &service, &more).unwrap();
        assert_eq!((shown(&list).2, again.limit), (100, 100));
    }

    #[test]
    fn another_list_takes_no_answer_of_the_one_before() {
        let service = Service { count: 10 };
        let mut list = opened(&service);
        let late = list.refresh().unwrap();
        let fetch = list.restart();
        assert_eq!(shown(&list).2, 0);
        answer(&mut list, &service, &late);
        assert_eq!(shown(&list).2, 0);
        answer(&mut list, &service, &fetch);
        assert_eq!(shown(&list).2, 10);
    }

    #[test]
    fn a_failure_leaves_what_is_shown_and_says_what_went_wrong_until_it_works_again() {
        let service = Service { count: 10 };
        let mut list = opened(&service);
        let fetch = list.refresh().unwrap();
        list.answered(&fetch, Err(Failure::Offline), &texts(), at("2026-11-22T12:05:00Z"));
        let view = list.view();
        assert_eq!((view.items.len(), view.problem.unwrap().code.as_str()), (10, "offline"));
        assert_eq!(view.fetched_at, Some(at("2026-11-22T12:00:00Z")));
        let fetch = list.refresh().unwrap();
        answer(&mut list, &service, &fetch);
        assert_eq!(list.view().problem, None);
    }
}
