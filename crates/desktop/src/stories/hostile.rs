//! The app in a hostile environment, as one table: the fault, what the user sees, and what is kept. What the network can do is
//! in `src-tauri/src/session/tests/hostile.rs`, and what the cache's file can contain in `crates/cache/src/tests/hostile.rs`.

use super::run::*;
use crate::{
    cached_state::CachedState,
    command::{Command, PageCommand},
    deep_links,
    event::{AccountSnapshot, Effect, Event, SignIn, Timer},
    failure::{ErrorResponse, Failure},
    page_request::{ListPage, PageRequest, PageResponse},
    testing::{at, balance},
    view::{Connection, PanelPage, Portal, PurchaseStep, Session, Subscribing, View},
};
use std::time::Duration;
use tokenwell_wire::{DayUsage, HostedPage, Interval, PurchaseStatus, ServerEvent, Tokens};

/// One fault. `sees` names what the panel shows because of it; `keeps` says what is left of the user's data.
struct Row {
    fault: &'static str,
    happens: fn() -> Run,
    sees: &'static str,
    keeps: &'static str,
}

/// What the panel shows besides the account: problems, by where they are, and notices.
fn sees(run: &Run) -> String {
    let View { session, connection, purchase, subscribing, pages, notices, .. } = run.view();
    let mut seen = Vec::new();
    if let Session::SignedOut { problem: Some(problem), .. } = session {
        seen.push(format!("sign-in: {}", problem.code));
    }
    if let Connection::Offline { problem, .. } = connection {
        seen.push(format!("connection: {}", problem.code));
    }
    if let Some(
        PurchaseStep::Creating { problem: Some(problem) }
        | PurchaseStep::Waiting { problem: Some(problem), .. }
        | PurchaseStep::Refused { problem },
    ) = purchase.map(|purchase| purchase.step)
    {
        seen.push(format!("purchase: {}", problem.code));
    }
    if let Some(Subscribing::Refused { problem, .. }) = subscribing {
        seen.push(format!("subscription: {}", problem.code));
    }
    if let Some(Portal::Refused { problem }) = pages.portal {
        seen.push(format!("portal: {}", problem.code));
    }
    if let Some(problem) = pages.usage.problem {
        seen.push(format!("usage: {}", problem.code));
    }
    seen.extend(notices.iter().map(|notice| format!("notice: {notice:?}")));
    seen.extend(run.opened().iter().map(|page| format!("opened: {page}")));
    if seen.is_empty() { "nothing".to_owned() } else { seen.join(", ") }
}

/// What is left of Ada's data.
fn keeps(run: &Run) -> String {
    let session = match run.view().session {
        Session::SignedIn { .. } => "session",
        _ => "no session",
    };
    let tokens = run.cached_account("ada").and_then(|account| account.balance.clone());
    let tokens =
        tokens.map_or("no balance".to_owned(), |cached| format!("{} tokens", cached.balance.spendable.0));
    let purchase = if run.cached_purchase().is_some() { ", purchase" } else { "" };
    format!("{session}, {tokens}{purchase}")
}

/// Ada's app is online, and the next refresh ends like this.
fn refresh_ends(response: Result<AccountSnapshot, Failure>) -> Run {
    let mut run = Run::online();
    run.later(60).on(Event::Refreshed(response.map(Box::new)));
    run
}

fn refresh_brings(change: fn(&mut AccountSnapshot)) -> Run {
    let mut changed = fresh_with(balance(11, [1_200, 22_920, 10_000, 0]));
    change(&mut changed);
    refresh_ends(Ok(changed))
}

/// Two packs are ordered, and the checkout is at this address.
fn checkout_at(url: &str) -> Run {
    let mut run = Run::creating();
    let mut open = purchase(PurchaseStatus::Open);
    open.checkout_url = Some(url.to_owned());
    run.on(Event::Purchase { key: KEY, response: Ok(Box::new(open)) });
    run
}

/// The next response about the purchase has this many tokens.
fn purchase_of(tokens: u64) -> Run {
    let mut run = Run::creating();
    let mut open = purchase(PurchaseStatus::Open);
    open.tokens = Tokens(tokens);
    run.on(Event::Purchase { key: KEY, response: Ok(Box::new(open)) });
    run
}

fn response(status: u16, retry_after: Option<Duration>) -> Failure {
    Failure::Response(ErrorResponse { status, problem: None, retry_after })
}

/// The app is started again with this cache.
fn started_with(change: fn(&mut CachedState)) -> Run {
    let waiting = Run::waiting();
    let (mut cached, now) = (waiting.cached.clone(), waiting.now);
    change(&mut cached);
    Run::start(cached, now)
}

/// The panel shows Home, with what was used every day.
fn at_home(daily: u64) -> Run {
    let mut run = Run::online();
    run.user(Command::Open { entry: crate::command::PanelEntry::Home });
    run.user(Command::Page(PageCommand::Visit { page: PanelPage::Home }));
    let fetch = run.effects.iter().find_map(|effect| match effect {
        Effect::RequestPage(PageRequest::DailyUsage(fetch)) => Some(fetch.clone()),
        _ => None,
    });
    let day = |date: i8| DayUsage {
        date: jiff::civil::date(2026, 11, date),
        rollover: Tokens(0),
        fast: Tokens(daily),
        top_up: Tokens(0),
    };
    let days = ListPage { items: (1..=22).map(day).collect(), next: None };
    run.on(Event::PageResponse(Box::new(PageResponse::DailyUsage(fetch.unwrap(), Ok(days)))));
    run
}

/// The computer's clock jumps, and the panel is used on.
fn clock_jumps_to(time: &str) -> Run {
    let mut run = at_home(800);
    run.now = at(time);
    run.on(refreshed(fresh_with(balance(11, [1_200, 22_920, 10_000, 0]))));
    run.user(Command::Page(PageCommand::Visit { page: PanelPage::Home }));
    run.on(Event::Refreshed(Err(Failure::Offline)));
    run.on(Event::TimerEnded(Timer::Age));
    run.on(refreshed(fresh_with(balance(12, [1_200, 22_920, 10_000, 0]))));
    run
}

fn link(link: &str) -> Run {
    let mut run = Run::online();
    run.effects.clear();
    if let Some(command) = deep_links::command(link) {
        run.user(command);
    }
    run
}

fn issuers_page(url: &str) -> Run {
    let mut run = Run::first();
    run.user(Command::SignIn { service: SERVICE.into() });
    run.on(Event::SignIn(SignIn::Page(url.to_owned())));
    run
}

const EVIL: &str = "https://checkout.stripe.com.evil.example/c/pay/cs_1";
const KEPT: &str = "session, 34120 tokens";

const ANSWERS: [Row; 17] = [
    Row {
        fault: "the answer is no answer of a token service, or has no end",
        happens: || refresh_ends(Err(Failure::NotAService)),
        sees: "connection: not_a_service",
        keeps: KEPT,
    },
    Row {
        fault: "the answer does not come",
        happens: || refresh_ends(Err(Failure::Timeout)),
        sees: "connection: timeout",
        keeps: KEPT,
    },
    Row {
        fault: "a future version of the contract",
        happens: || refresh_brings(|fresh| fresh.description.api_version = 2),
        sees: "connection: service_too_new",
        keeps: KEPT,
    },
    Row {
        fault: "a version before the first",
        happens: || refresh_brings(|fresh| fresh.description.api_version = 0),
        sees: "connection: service_too_old",
        keeps: KEPT,
    },
    Row {
        fault: "more tokens than JSON carries exactly",
        happens: || refresh_brings(|fresh| fresh.balance.spendable = Tokens(u64::MAX)),
        sees: "connection: not_a_service",
        keeps: KEPT,
    },
    Row {
        fault: "a version of the balance after which none can follow",
        happens: || refresh_brings(|fresh| fresh.balance.version = u64::MAX),
        sees: "connection: not_a_service",
        keeps: KEPT,
    },
    Row {
        fault: "a pack of absurdly many tokens",
        happens: || refresh_brings(|fresh| fresh.packs[0].tokens = Tokens(1 << 53)),
        sees: "connection: not_a_service",
        keeps: KEPT,
    },
    Row {
        fault: "an absurd balance is pushed",
        happens: || {
            let mut run = Run::online();
            run.push(ServerEvent::Balance(balance(11, [u64::MAX >> 2, 0, 0, 0])));
            assert!(run.does(&Effect::Refresh), "the app asks what is right");
            run
        },
        sees: "nothing",
        keeps: KEPT,
    },
    Row {
        fault: "times from before the calendar begins",
        happens: || {
            let mut run = at_home(800);
            let mut ancient = fresh_with(balance(11, [1_200, 22_920, 10_000, 0]));
            ancient.account.plan.allowance_period = tokenwell_wire::AllowancePeriod::Day;
            ancient.balance.fast.resets_at = Some(jiff::Timestamp::MIN);
            run.on(refreshed(ancient));
            run
        },
        sees: "nothing",
        keeps: KEPT,
    },
    Row {
        fault: "times from the end of the calendar",
        happens: || {
            refresh_brings(|fresh| {
                fresh.balance.as_of = jiff::Timestamp::MAX;
                fresh.balance.fast.resets_at = Some(jiff::Timestamp::MAX);
            })
        },
        sees: "notice: ClockWrong",
        keeps: KEPT,
    },
    Row {
        fault: "use of absurdly many tokens a day",
        happens: || at_home(u64::MAX),
        sees: "usage: not_a_service",
        keeps: KEPT,
    },
    Row {
        fault: "the account of another user",
        happens: || refresh_brings(|fresh| fresh.account.id = "noor".into()),
        sees: "sign-in: session_ended",
        keeps: "no session, 34120 tokens",
    },
    Row {
        fault: "a pause of a century",
        happens: || {
            let century = Duration::from_hours(24 * 365 * 100);
            let run = refresh_ends(Err(response(503, Some(century))));
            assert!(run.pause(Timer::Reconnect).unwrap().after <= Duration::from_mins(15));
            run
        },
        sees: "connection: service_error",
        keeps: KEPT,
    },
    Row {
        fault: "every token is refused",
        happens: || {
            let mut run = refresh_ends(Err(Failure::Unauthorized));
            run.on(Event::Renewed(Ok(renewed())));
            run.on(Event::Refreshed(Err(Failure::Unauthorized)));
            run
        },
        sees: "sign-in: unauthorized",
        keeps: "no session, 34120 tokens",
    },
    Row {
        fault: "an oldest version of the app that is none",
        happens: || refresh_brings(|fresh| fresh.description.min_app_version = Some("newest".into())),
        sees: "nothing",
        keeps: KEPT,
    },
    Row {
        fault: "an oldest version of the app that will never be",
        happens: || refresh_brings(|fresh| fresh.description.min_app_version = Some("999.0.0".into())),
        sees: "notice: AppTooOld",
        keeps: KEPT,
    },
    Row {
        fault: "a purchase of absurdly many tokens",
        happens: || purchase_of(u64::MAX),
        sees: "purchase: not_a_service",
        keeps: "session, 34120 tokens, purchase",
    },
];

const PAGES: [Row; 10] = [
    Row {
        fault: "a checkout on a host that looks like Stripe's",
        happens: || checkout_at(EVIL),
        sees: "purchase: page_not_allowed",
        keeps: "session, 34120 tokens, purchase",
    },
    Row {
        fault: "a checkout that is a program",
        happens: || checkout_at("javascript:alert(1)"),
        sees: "purchase: page_not_allowed",
        keeps: "session, 34120 tokens, purchase",
    },
    Row {
        fault: "a checkout that is a file",
        happens: || checkout_at("file:///etc/passwd"),
        sees: "purchase: page_not_allowed",
        keeps: "session, 34120 tokens, purchase",
    },
    Row {
        fault: "a service that lists every host, or none",
        happens: || {
            let mut run = Run::online();
            let mut any = fresh_with(balance(11, [1_200, 22_920, 10_000, 0]));
            any.description.checkout_hosts = vec!["*".into(), String::new(), ".example".into()];
            run.on(refreshed(any));
            run.buy();
            run.respond(PurchaseStatus::Open);
            run
        },
        sees: "purchase: page_not_allowed",
        keeps: "session, 34120 tokens, purchase",
    },
    Row {
        fault: "a checkout of a plan elsewhere",
        happens: || {
            let mut run = Run::online();
            run.user(Command::Subscribe { plan_id: "premium".into(), interval: Interval::Month });
            run.on(Event::SubscriptionPage(Ok(HostedPage { url: EVIL.into() })));
            run
        },
        sees: "subscription: page_not_allowed",
        keeps: KEPT,
    },
    Row {
        fault: "a portal elsewhere",
        happens: || {
            let mut run = Run::online();
            run.user(Command::Open { entry: crate::command::PanelEntry::Home });
            run.user(Command::Page(PageCommand::Visit { page: PanelPage::Billing }));
            run.user(Command::Page(PageCommand::ManageSubscription));
            let portal =
                PageResponse::Portal(Ok(HostedPage { url: "https://user@billing.stripe.com/".into() }));
            run.on(Event::PageResponse(Box::new(portal)));
            run
        },
        sees: "portal: page_not_allowed",
        keeps: KEPT,
    },
    Row {
        fault: "a sign-in page that is not encrypted",
        happens: || issuers_page("http://id.example/authorize"),
        sees: "sign-in: sign_in_unavailable",
        keeps: "no session, no balance",
    },
    Row {
        fault: "a sign-in page that is a program",
        happens: || issuers_page("javascript:fetch('https://evil.example')"),
        sees: "sign-in: sign_in_unavailable",
        keeps: "no session, no balance",
    },
    Row {
        fault: "a link that buys",
        happens: || link("tokenwell://add-tokens?pack=large&quantity=20"),
        sees: "nothing",
        keeps: KEPT,
    },
    Row {
        fault: "a link back from a checkout that was never opened",
        happens: || link("tokenwell://checkout?purchase=https%3A%2F%2Fevil.example"),
        sees: "nothing",
        keeps: KEPT,
    },
];

const CACHES_AND_CLOCKS: [Row; 8] = [
    Row {
        fault: "a cached purchase whose checkout is elsewhere",
        happens: || {
            let mut run = started_with(|cached| {
                let purchase = cached.accounts[0].purchase.as_mut().unwrap();
                purchase.checkout.as_mut().unwrap().url = Some(EVIL.into());
            });
            run.user(Command::ReopenCheckout);
            run
        },
        sees: "purchase: page_not_allowed",
        keeps: "session, 34120 tokens, purchase",
    },
    Row {
        fault: "a cached balance that no service has sent",
        happens: || {
            let run = started_with(|cached| {
                cached.accounts[0].balance.as_mut().unwrap().balance.total = Tokens(u64::MAX);
            });
            assert_eq!(run.view().balance, None, "it is not shown");
            run
        },
        sees: "nothing",
        keeps: "session, 34120 tokens, purchase",
    },
    Row {
        fault: "a cached account of a service that is a file",
        happens: || {
            started_with(|cached| {
                cached.accounts[0].service = "file:///etc/passwd".into();
                cached.current = Some(cached.accounts[0].key());
            })
        },
        sees: "sign-in: bad_address",
        keeps: "no session, no balance",
    },
    Row {
        fault: "a cached account of a service that is not encrypted",
        happens: || {
            started_with(|cached| {
                cached.accounts[0].service = "http://tokens.example".into();
                cached.current = Some(cached.accounts[0].key());
            })
        },
        sees: "sign-in: not_encrypted",
        keeps: "no session, no balance",
    },
    Row {
        fault: "a current account that is not there",
        happens: || started_with(|cached| cached.current = Some(key("nobody"))),
        sees: "nothing",
        keeps: "session, 34120 tokens, purchase",
    },
    Row {
        fault: "the clock jumps back by ten years",
        happens: || clock_jumps_to("2016-11-22T12:00:00Z"),
        sees: "notice: ClockWrong",
        keeps: KEPT,
    },
    Row {
        fault: "the clock jumps to the end of the calendar",
        happens: || clock_jumps_to("9999-12-30T21:00:00Z"),
        sees: "notice: ClockWrong",
        keeps: KEPT,
    },
    Row {
        fault: "the clock jumps to the beginning of the calendar and back",
        happens: || {
            let mut run = clock_jumps_to("-009999-01-02T02:00:00Z");
            run.now = at("2026-11-22T12:00:00Z");
            run.on(refreshed(fresh_with(balance(13, [1_200, 22_920, 10_000, 0]))));
            run
        },
        sees: "nothing",
        keeps: KEPT,
    },
];

#[test]
fn in_a_hostile_environment_the_user_sees_what_is_wrong_and_keeps_what_was_theirs() {
    let mut wrong = Vec::new();
    for Row { fault, happens, sees: expected, keeps: kept } in
        ANSWERS.iter().chain(&PAGES).chain(&CACHES_AND_CLOCKS)
    {
        let run = happens();
        let outcome = (sees(&run), keeps(&run));
        if outcome != ((*expected).to_owned(), (*kept).to_owned()) {
            wrong.push(format!("{fault}: {outcome:?}"));
        }
        // Whatever was taken can be drawn.
        let drawn = (serde_json::to_string(&run.view()), run.tray());
        assert!(drawn.0.is_ok(), "{fault}");
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
