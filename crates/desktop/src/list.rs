//! One of the service's lists. The panel shows a window of it, which grows page by page up to the most that one
//! response can hold.

use crate::{
    failure::Failure,
    page_request::{Fetch, ListPage},
    text::Texts,
    view::{ListView, ProblemView},
};
use jiff::Timestamp;

/// How many items one page has.
pub const PAGE: usize = 50;
/// The most items that are shown, and the most that one response holds. Older items are shown in a new window.
const WINDOW: usize = 200;

/// The items that are shown.
#[derive(Debug)]
pub(crate) struct List<T> {
    /// The cursor at which the window starts. `None` means at the newest item.
    start: Option<String>,
    items: Vec<T>,
    next: Option<String>,
    fetched_at: Option<Timestamp>,
    loading: Option<Load>,
    /// Something changed after the current request was sent, so the list is fetched again when the response arrives.
    refresh_again: bool,
    problem: Option<ProblemView>,
    fetches: u64,
}

#[derive(Debug)]
struct Load {
    fetch: Fetch,
    kind: LoadKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum LoadKind {
    /// The same window again.
    Refresh,
    /// More items at its end.
    More,
    /// A window that starts elsewhere.
    Replace,
}

impl<T> Default for List<T> {
    fn default() -> Self {
        Self {
            start: None,
            items: Vec::new(),
            next: None,
            fetched_at: None,
            loading: None,
            refresh_again: false,
            problem: None,
            fetches: 0,
        }
    }
}

impl<T: Clone> List<T> {
    /// Fetches the window again. Only one refresh is in flight at a time.
    pub(crate) fn refresh(&mut self) -> Option<Fetch> {
        if self.loading.is_some() {
            self.refresh_again = true;
            return None;
        }
        let limit = self.items.len().next_multiple_of(PAGE).clamp(PAGE, WINDOW);
        Some(self.load(LoadKind::Refresh, self.start.clone(), limit))
    }

    /// Fetches the next page. It extends the window, or replaces it if the window is full.
    pub(crate) fn more(&mut self) -> Option<Fetch> {
        let next = self.next.clone()?;
        let kind = if self.items.len() + PAGE <= WINDOW { LoadKind::More } else { LoadKind::Replace };
        self.request(kind, Some(next))
    }

    /// Goes back to the newest items.
    pub(crate) fn newest(&mut self) -> Option<Fetch> {
        self.request(LoadKind::Replace, None)
    }

    /// Empties the list and fetches its first page. A response that arrives for an earlier request is ignored.
    pub(crate) fn restart(&mut self) -> Fetch {
        self.forget();
        self.load(LoadKind::Refresh, None, PAGE)
    }

    /// Empties the list. A response that arrives for an earlier request is ignored.
    pub(crate) fn forget(&mut self) {
        *self = Self { fetches: self.fetches, ..Self::default() };
    }

    /// Sends a request of the user. It replaces a refresh in flight, which is repeated afterwards.
    fn request(&mut self, kind: LoadKind, cursor: Option<String>) -> Option<Fetch> {
        match &self.loading {
            Some(Load { kind: LoadKind::More | LoadKind::Replace, .. }) => return None,
            Some(Load { kind: LoadKind::Refresh, .. }) => self.refresh_again = true,
            None => {}
        }
        Some(self.load(kind, cursor, PAGE))
    }

    fn load(&mut self, kind: LoadKind, cursor: Option<String>, limit: usize) -> Fetch {
        self.fetches += 1;
        let fetch = Fetch { number: self.fetches, cursor, limit };
        self.loading = Some(Load { fetch: fetch.clone(), kind });
        fetch
    }

    /// Takes a response and returns the next request, if one is due. A failed fetch does not change the items.
    pub(crate) fn receive(
        &mut self,
        fetch: &Fetch,
        response: Result<ListPage<T>, Failure>,
        texts: &Texts,
        now: Timestamp,
    ) -> Option<Fetch> {
        let load = self.loading.take_if(|load| load.fetch == *fetch)?;
        match response {
            Ok(page) => {
                self.problem = None;
                self.fetched_at = Some(now);
                self.next = page.next;
                match load.kind {
                    LoadKind::More => self.items.extend(page.items),
                    LoadKind::Refresh | LoadKind::Replace => {
                        self.start = load.fetch.cursor;
                        self.items = page.items;
                    }
                }
                if std::mem::take(&mut self.refresh_again) { self.refresh() } else { None }
            }
            Err(failure) => {
                self.refresh_again = false;
                self.problem = Some(failure.problem(texts));
                None
            }
        }
    }

    /// The request in flight will get no response. It has to be sent again.
    pub(crate) fn interrupted(&mut self) {
        self.loading = None;
        self.refresh_again = false;
    }

    pub(crate) fn items(&self) -> &[T] {
        &self.items
    }

    /// Replaces an item by its new version.
    pub(crate) fn replace(&mut self, item: T, same: impl Fn(&T) -> bool) {
        if let Some(old) = self.items.iter_mut().find(|old| same(old)) {
            *old = item;
        }
    }

    pub(crate) fn view(&self) -> ListView<T> {
        let by_user = self.loading.as_ref().is_some_and(|load| load.kind != LoadKind::Refresh);
        ListView {
            items: self.items.clone(),
            fetched_at: self.fetched_at,
            loading: by_user || self.loading.is_some() && self.fetched_at.is_none(),
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

    /// A service with the items 1 to `count`. The highest number is the newest.
    struct Service {
        count: u64,
    }

    impl Service {
        fn respond(&self, fetch: &Fetch) -> ListPage<u64> {
            let before: u64 = fetch.cursor.as_ref().map_or(u64::MAX, |cursor| cursor.parse().unwrap());
            let all: Vec<u64> = (1..=self.count).rev().filter(|item| *item < before).collect();
            let items: Vec<u64> = all.iter().copied().take(fetch.limit).collect();
            let next = (all.len() > items.len()).then(|| items.last().unwrap().to_string());
            ListPage { items, next }
        }
    }

    fn respond(list: &mut List<u64>, service: &Service, fetch: &Fetch) -> Option<Fetch> {
        list.receive(fetch, Ok(service.respond(fetch)), &texts(), at("2026-11-22T12:00:00Z"))
    }

    fn shown(list: &List<u64>) -> (Option<u64>, Option<u64>, usize) {
        let items = list.view().items;
        (items.first().copied(), items.last().copied(), items.len())
    }

    fn opened(service: &Service) -> List<u64> {
        let mut list = List::default();
        let fetch = list.refresh().unwrap();
        assert!(list.view().loading);
        assert_eq!(respond(&mut list, service, &fetch), None);
        assert!(!list.view().loading);
        list
    }

    #[test]
    fn pages_are_added_until_the_window_is_full_and_then_the_next_window_replaces_it() {
        let service = Service { count: 230 };
        let mut list = opened(&service);
        assert_eq!(shown(&list), (Some(230), Some(181), 50));
        for last in [131, 81, 31] {
            let fetch = list.more().unwrap();
            respond(&mut list, &service, &fetch);
            assert_eq!(shown(&list), (Some(230), Some(last), 231 - usize::try_from(last).unwrap()));
        }
        let fetch = list.more().unwrap();
        assert_eq!(shown(&list).2, 200, "the window stays until the next one has arrived");
        respond(&mut list, &service, &fetch);
        assert_eq!(shown(&list), (Some(30), Some(1), 30));
        assert!(list.view().newer && !list.view().older);
        assert_eq!(list.more(), None);

        let fetch = list.newest().unwrap();
        respond(&mut list, &service, &fetch);
        assert_eq!(shown(&list), (Some(230), Some(181), 50));
        assert!(!list.view().newer && list.view().older);
    }

    #[test]
    fn a_refresh_adds_new_items_and_shows_as_many_as_before() {
        let mut service = Service { count: 120 };
        let mut list = opened(&service);
        let fetch = list.more().unwrap();
        respond(&mut list, &service, &fetch);
        service.count += 3;
        let fetch = list.refresh().unwrap();
        assert!(!list.view().loading, "a refresh is not shown as loading");
        respond(&mut list, &service, &fetch);
        assert_eq!(shown(&list), (Some(123), Some(24), 100));
    }

    #[test]
    fn a_change_during_a_request_causes_one_more_refresh() {
        let mut service = Service { count: 1 };
        let mut list = opened(&service);
        let fetch = list.refresh().unwrap();
        let early = service.respond(&fetch);
        service.count = 2;
        assert_eq!((list.refresh(), list.refresh()), (None, None));
        let refresh_again = list.receive(&fetch, Ok(early), &texts(), at("2026-11-22T12:00:00Z")).unwrap();
        assert_eq!(respond(&mut list, &service, &refresh_again), None);
        assert_eq!(shown(&list).0, Some(2));
    }

    #[test]
    fn a_request_of_the_user_replaces_a_refresh_in_flight_and_the_refresh_is_repeated() {
        let service = Service { count: 120 };
        let mut list = opened(&service);
        let refresh = list.refresh().unwrap();
        let more = list.more().unwrap();
        assert_eq!(list.more(), None, "it is in flight");
        assert_eq!(respond(&mut list, &service, &refresh), None, "it was replaced");
        let refresh_again = respond(&mut list, &service, &more).unwrap();
        assert_eq!((shown(&list).2, refresh_again.limit), (100, 100));
    }

    #[test]
    fn a_restarted_list_ignores_responses_to_earlier_requests() {
        let service = Service { count: 10 };
        let mut list = opened(&service);
        let late = list.refresh().unwrap();
        let fetch = list.restart();
        assert_eq!(shown(&list).2, 0);
        respond(&mut list, &service, &late);
        assert_eq!(shown(&list).2, 0);
        respond(&mut list, &service, &fetch);
        assert_eq!(shown(&list).2, 10);
    }

    #[test]
    fn a_failure_keeps_the_items_and_shows_a_problem_until_the_next_success() {
        let service = Service { count: 10 };
        let mut list = opened(&service);
        let fetch = list.refresh().unwrap();
        list.receive(&fetch, Err(Failure::Offline), &texts(), at("2026-11-22T12:05:00Z"));
        let view = list.view();
        assert_eq!((view.items.len(), view.problem.unwrap().code.as_str()), (10, "offline"));
        assert_eq!(view.fetched_at, Some(at("2026-11-22T12:00:00Z")));
        let fetch = list.refresh().unwrap();
        respond(&mut list, &service, &fetch);
        assert_eq!(list.view().problem, None);
    }
}
