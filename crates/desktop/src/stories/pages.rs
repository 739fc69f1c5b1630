use super::run::*;
use crate::{
    command::{Command, PageCommand, PanelEntry},
    event::{Effect, Event, Timer},
    failure::Failure,
    page_request::{Fetch, ListPage, PageRequest, PageResponse},
    testing::{at, balance},
    view::{ActivityFilter, Deleting, Export, PanelPage, Portal, Session},
};
use jiff::ToSpan as _;
use jiff::civil::date;
use tokenwell_wire::{Bucket, DayUsage, Entry, HostedPage, PurchaseStatus, ServerEvent, Tokens};

const PORTAL: &str = "https://billing.stripe.com/p/session/1";

fn page_command(run: &mut Run, command: PageCommand) -> Option<PageRequest> {
    run.user(Command::Page(command));
    requested(run)
}

fn visit(run: &mut Run, page: PanelPage) -> Option<PageRequest> {
    page_command(run, PageCommand::Visit { page })
}

/// The request that the last event sent.
fn requested(run: &Run) -> Option<PageRequest> {
    run.effects.iter().find_map(|effect| match effect {
        Effect::RequestPage(request) => Some(request.clone()),
        _ => None,
    })
}

fn respond(run: &mut Run, response: PageResponse) -> Option<PageRequest> {
    run.on(Event::PageResponse(Box::new(response)));
    requested(run)
}

fn entry(id: &str) -> Entry {
    Entry {
        id: id.into(),
        at: at("2026-11-22T11:00:00Z"),
        kind: "spend".into(),
        bucket: Bucket::Rollover,
        amount: -500,
        balance_after: Tokens(1_200),
        reason: Some("Storyboard".into()),
        reference: None,
        service_key: None,
    }
}

fn entries(ids: &[&str]) -> ListPage<Entry> {
    ListPage { items: ids.iter().map(|id| entry(id)).collect(), next: None }
}

/// The last 30 days, each with the same use of the bank.
fn month(daily: u64) -> ListPage<DayUsage> {
    let day = |ago: i32| DayUsage {
        date: date(2026, 11, 22) - ago.days(),
        rollover: Tokens(daily),
        fast: Tokens(0),
        top_up: Tokens(0),
    };
    ListPage { items: (0..30).rev().map(day).collect(), next: None }
}

fn activity(request: Option<PageRequest>) -> (ActivityFilter, Fetch) {
    let Some(PageRequest::Activity { filter, fetch }) = request else { panic!("{request:?}") };
    (filter, fetch)
}

/// Activity is open with these entries.
fn reading(ids: &[&str]) -> Run {
    let mut run = Run::online();
    let (_, fetch) = activity(visit(&mut run, PanelPage::Activity));
    respond(&mut run, PageResponse::Activity(fetch, Ok(entries(ids))));
    run
}

fn shown(run: &Run) -> Vec<String> {
    run.view().pages.activity.items.into_iter().map(|entry| entry.id).collect()
}

#[test]
fn a_pages_data_is_fetched_when_it_is_opened() {
    let mut run = Run::online();
    assert_eq!(requested(&run), None);
    assert!(matches!(visit(&mut run, PanelPage::Home), Some(PageRequest::DailyUsage(_))));
    assert!(matches!(visit(&mut run, PanelPage::Purchases), Some(PageRequest::Purchases(_))));
    assert!(matches!(visit(&mut run, PanelPage::Activity), Some(PageRequest::Activity { .. })));
    assert_eq!(visit(&mut run, PanelPage::Billing), None);
    assert_eq!(visit(&mut run, PanelPage::Settings), None);
}

#[test]
fn a_reopened_page_shows_its_data_at_once_and_fetches_it_again() {
    let mut run = reading(&["b", "a"]);
    visit(&mut run, PanelPage::Settings);
    assert!(visit(&mut run, PanelPage::Activity).is_some());
    assert_eq!(shown(&run), ["b", "a"]);
}

#[test]
fn a_push_refreshes_the_shown_page() {
    let mut run = reading(&["a"]);
    run.push(ServerEvent::Balance(balance(11, [700, 22_920, 10_000, 0])));
    let (_, fetch) = activity(requested(&run));
    respond(&mut run, PageResponse::Activity(fetch, Ok(entries(&["b", "a"]))));
    assert_eq!(shown(&run), ["b", "a"]);

    visit(&mut run, PanelPage::Settings);
    run.push(ServerEvent::Balance(balance(12, [600, 22_920, 10_000, 0])));
    assert_eq!(requested(&run), None, "Settings needs nothing");
}

#[test]
fn a_filter_applies_to_the_list_and_to_the_export() {
    let mut run = reading(&["b", "a"]);
    let spends = ActivityFilter { bucket: Some(Bucket::TopUp), kinds: vec!["spend".into()] };
    let (filter, fetch) =
        activity(page_command(&mut run, PageCommand::FilterActivity { filter: spends.clone() }));
    assert_eq!((&filter, shown(&run)), (&spends, vec![]));
    respond(&mut run, PageResponse::Activity(fetch, Ok(entries(&["b"]))));
    assert_eq!(shown(&run), ["b"]);

    let name = "tokenwell-activity-2026-11-22".to_owned();
    let request = page_command(&mut run, PageCommand::SaveActivity);
    assert_eq!(request, Some(PageRequest::SaveActivity { filter: spends, name }));
    assert_eq!(run.view().pages.export, Some(Export::Saving));
    assert_eq!(page_command(&mut run, PageCommand::SaveActivity), None, "a save is in progress");

    let path = "/home/ada/Downloads/tokenwell-activity-2026-11-22.csv".to_owned();
    respond(&mut run, PageResponse::ActivitySaved(Ok(path.clone())));
    assert_eq!(run.view().pages.export, Some(Export::Saved { path: path.clone() }));
    run.user(Command::Page(PageCommand::ShowSaved));
    assert_eq!(run.effects, [Effect::ShowFile(path)]);
}

#[test]
fn a_failed_export_shows_a_problem_and_can_be_retried() {
    let mut run = reading(&["a"]);
    page_command(&mut run, PageCommand::SaveActivity);
    respond(&mut run, PageResponse::ActivitySaved(Err(Failure::FileUnwritable)));
    let Some(Export::Failed { problem }) = run.view().pages.export else { panic!() };
    assert_eq!(problem.code, "file_unwritable");
    assert!(page_command(&mut run, PageCommand::SaveActivity).is_some());
}

#[test]
fn a_list_stays_visible_offline_and_is_refreshed_when_the_connection_returns() {
    let mut run = reading(&["a"]);
    run.later(15).on(Event::StreamEnded(Failure::Offline));
    visit(&mut run, PanelPage::Home);
    let (_, fetch) = activity(visit(&mut run, PanelPage::Activity));
    respond(&mut run, PageResponse::Activity(fetch, Err(Failure::Offline)));
    let list = run.view().pages.activity;
    assert_eq!((list.items.len(), list.problem.unwrap().code.as_str()), (1, "offline"));
    assert_eq!(list.fetched_at, Some(at("2026-11-22T12:00:00Z")));

    run.on(Event::TimerEnded(Timer::Reconnect));
    run.on(refreshed(fresh()));
    let (_, fetch) = activity(requested(&run));
    respond(&mut run, PageResponse::Activity(fetch, Ok(entries(&["b", "a"]))));
    let list = run.view().pages.activity;
    assert_eq!((list.items.len(), list.problem), (2, None));
}

#[test]
fn a_page_is_requested_only_after_there_is_an_access_token() {
    let mut run = Run::online().restart(60);
    run.open(PanelEntry::Home);
    assert_eq!(visit(&mut run, PanelPage::Purchases), None);
    run.on(Event::Renewed(Ok(renewed())));
    run.on(refreshed(fresh()));
    assert!(matches!(requested(&run), Some(PageRequest::Purchases(_))));
}

#[test]
fn a_request_is_repeated_after_an_expired_access_token_was_renewed() {
    let mut run = Run::online();
    visit(&mut run, PanelPage::Billing);
    assert_eq!(page_command(&mut run, PageCommand::ManageSubscription), Some(PageRequest::Portal));
    respond(&mut run, PageResponse::Portal(Err(Failure::Unauthorized)));
    assert!(matches!(run.effects[0], Effect::Renew));
    assert_eq!(run.view().pages.portal, Some(Portal::Opening));
    run.on(Event::Renewed(Ok(renewed())));
    assert_eq!(requested(&run), Some(PageRequest::Portal));
    respond(&mut run, PageResponse::Portal(Ok(HostedPage { url: PORTAL.into() })));
    assert_eq!(run.opened(), [PORTAL]);
}

#[test]
fn closing_the_panel_clears_its_data() {
    let mut run = reading(&["a"]);
    run.user(Command::ClosePanel);
    assert_eq!(run.view().pages.activity.items, []);
    run.push(ServerEvent::Balance(balance(11, [700, 22_920, 10_000, 0])));
    assert_eq!(requested(&run), None, "no page is shown");
}

// Home.

#[test]
fn home_forecasts_from_the_last_30_days_and_again_with_each_balance() {
    let mut run = Run::online();
    assert_eq!(run.view().pages.forecast, None);
    let Some(PageRequest::DailyUsage(fetch)) = visit(&mut run, PanelPage::Home) else { panic!() };
    respond(&mut run, PageResponse::DailyUsage(fetch, Ok(month(2_412))));
    let forecast = run.view().pages.forecast.unwrap();
    assert_eq!(forecast.daily, Tokens(2_412));
    assert_eq!(
        forecast.top_up_from,
        Some(at("2026-12-02T12:00:00Z")),
        "the plan's 24,120 tokens last ten days"
    );

    run.push(ServerEvent::Balance(balance(11, [0, 12_060, 10_000, 0])));
    let forecast = run.view().pages.forecast.unwrap();
    assert_eq!(forecast.top_up_from, Some(at("2026-11-27T12:00:00Z")));
}

#[test]
fn without_usage_there_is_no_forecast() {
    let mut run = Run::online();
    let Some(PageRequest::DailyUsage(fetch)) = visit(&mut run, PanelPage::Home) else { panic!() };
    respond(&mut run, PageResponse::DailyUsage(fetch, Ok(month(0))));
    let pages = run.view().pages;
    assert_eq!((pages.usage.items.len(), pages.forecast), (30, None));
}

// Purchases.

/// Purchases is open with one purchase.
fn viewing_purchase(status: PurchaseStatus) -> Run {
    let mut run = Run::online();
    let Some(PageRequest::Purchases(fetch)) = visit(&mut run, PanelPage::Purchases) else { panic!() };
    respond(
        &mut run,
        PageResponse::Purchases(fetch, Ok(ListPage { items: vec![purchase(status)], next: None })),
    );
    run
}

#[test]
fn an_open_purchase_can_be_reopened_and_a_paid_one_has_a_receipt() {
    let mut run = viewing_purchase(PurchaseStatus::Open);
    run.user(Command::Page(PageCommand::ReopenCheckoutOf { purchase: "p1".into() }));
    assert_eq!(run.opened(), [CHECKOUT]);
    run.on(Event::BrowserFailed);
    assert_eq!(run.view().pages.browser.unwrap().code, "browser");

    let mut run = viewing_purchase(PurchaseStatus::Paid);
    run.user(Command::Page(PageCommand::OpenReceiptOf { purchase: "p1".into() }));
    assert_eq!(run.opened(), ["https://billing.stripe.com/receipts/1"]);
    run.user(Command::Page(PageCommand::OpenReceiptOf { purchase: "another".into() }));
    assert_eq!(run.effects, []);
}

#[test]
fn a_page_on_an_unlisted_host_is_neither_offered_nor_opened() {
    let mut run = Run::online();
    let Some(PageRequest::Purchases(fetch)) = visit(&mut run, PanelPage::Purchases) else { panic!() };
    let mut foreign = purchase(PurchaseStatus::Open);
    foreign.checkout_url = Some("https://evil.example/c/pay/cs_1".into());
    respond(&mut run, PageResponse::Purchases(fetch, Ok(ListPage { items: vec![foreign], next: None })));
    assert_eq!(run.view().pages.purchases.items[0].checkout_url, None);
    run.user(Command::Page(PageCommand::ReopenCheckoutOf { purchase: "p1".into() }));
    assert_eq!(run.effects, []);
}

#[test]
fn a_pushed_purchase_updates_the_list_at_once() {
    let mut run = viewing_purchase(PurchaseStatus::Open);
    run.push(ServerEvent::Purchase(purchase(PurchaseStatus::Paid)));
    assert_eq!(run.view().pages.purchases.items[0].status, PurchaseStatus::Paid);
    assert!(matches!(requested(&run), Some(PageRequest::Purchases(_))));
}

// Subscription and Billing.

#[test]
fn managing_the_subscription_opens_the_portal_and_polls_the_account() {
    let mut run = Run::online();
    visit(&mut run, PanelPage::Billing);
    assert_eq!(page_command(&mut run, PageCommand::ManageSubscription), Some(PageRequest::Portal));
    assert_eq!(page_command(&mut run, PageCommand::ManageSubscription), None, "a request is in flight");
    respond(&mut run, PageResponse::Portal(Ok(HostedPage { url: PORTAL.into() })));
    assert_eq!(run.opened(), [PORTAL]);
    assert_eq!(run.view().pages.portal, Some(Portal::Open { url: PORTAL.into(), problem: None }));
    assert_eq!(run.pause(Timer::Portal).unwrap().after.as_secs(), 15);

    run.on(Event::BrowserFailed);
    assert!(matches!(run.view().pages.portal, Some(Portal::Open { problem: Some(_), .. })));
    run.user(Command::Page(PageCommand::ManageSubscription));
    assert_eq!(run.opened(), [PORTAL], "pressed again, the same page opens again");

    run.on(Event::TimerEnded(Timer::Portal));
    assert!(run.does(&Effect::Refresh) && run.pause(Timer::Portal).is_some());
    visit(&mut run, PanelPage::Settings);
    assert_eq!(run.view().pages.portal, None);
    assert_eq!(run.on(Event::TimerEnded(Timer::Portal)), []);
}

#[test]
fn a_portal_that_cannot_be_opened_shows_the_reason() {
    let foreign = HostedPage { url: "https://evil.example/p/session/1".into() };
    for (page, code) in
        [(Ok(foreign), "page_not_allowed"), (Err(refusal(409, "no_subscription")), "no_subscription")]
    {
        let mut run = Run::online();
        visit(&mut run, PanelPage::Billing);
        page_command(&mut run, PageCommand::ManageSubscription);
        respond(&mut run, PageResponse::Portal(page));
        let Some(Portal::Refused { problem }) = run.view().pages.portal else { panic!() };
        assert_eq!((problem.code.as_str(), run.opened()), (code, vec![]));
        assert_eq!(
            page_command(&mut run, PageCommand::ManageSubscription),
            Some(PageRequest::Portal),
            "it can be tried again"
        );
    }
}

// Deleting the account (rule 18).

fn delete(run: &mut Run) {
    visit(run, PanelPage::DeleteAccount);
    let confirm = "DELETE".to_owned();
    let request = page_command(run, PageCommand::DeleteAccount { confirm: confirm.clone() });
    assert_eq!(request, Some(PageRequest::DeleteAccount { confirm }));
    assert_eq!(run.view().pages.deleting, Some(Deleting::Asked));
}

fn signed_out_problem(run: &Run) -> Option<String> {
    match run.view().session {
        Session::SignedOut { problem, .. } => problem.map(|problem| problem.code),
        _ => None,
    }
}

#[test]
fn deleting_the_account_clears_its_cache_and_signs_out() {
    let mut run = Run::online();
    delete(&mut run);
    respond(&mut run, PageResponse::AccountDeleted(Ok(())));
    assert!(run.effects.iter().any(|effect| matches!(effect, Effect::SignOut(_))));
    assert_eq!(run.cached.accounts, []);
    assert_eq!(signed_out_problem(&run).as_deref(), Some("account_deleted"));
}

#[test]
fn the_push_of_the_deletion_may_arrive_before_the_response() {
    let mut run = Run::online();
    delete(&mut run);
    run.push(ServerEvent::AccountDeleted);
    assert_eq!(signed_out_problem(&run).as_deref(), Some("account_deleted"));
    assert_eq!(run.on(Event::PageResponse(Box::new(PageResponse::AccountDeleted(Ok(()))))), []);
}

#[test]
fn a_failed_deletion_changes_nothing_and_shows_the_reason() {
    let mut run = Run::online();
    let before = run.cached.clone();
    delete(&mut run);
    respond(&mut run, PageResponse::AccountDeleted(Err(Failure::Offline)));
    let Some(Deleting::Failed { problem }) = run.view().pages.deleting else { panic!() };
    assert_eq!((problem.code.as_str(), run.spendable()), ("offline", Some(34_120)));
    assert_eq!(run.cached, before);
    visit(&mut run, PanelPage::Settings);
    assert_eq!(run.view().pages.deleting, None);
}
