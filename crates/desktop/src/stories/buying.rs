use super::run::*;
use crate::{
    cached_state::CacheWrite,
    command::Command,
    event::{Effect, Event, Kept, RenewedTokens, Timer},
    failure::Failure,
    settings::{Language, SettingChange},
    view::{ChargeView, PurchaseStep, Subscribing},
};
use std::time::Duration;
use tokenwell_wire::{
    HostedPage, Interval, Minor, Purchase, PurchaseStatus, ServerEvent, SubscriptionCheckout, Tokens,
};

fn waiting_for(run: &Run) -> Option<(String, bool)> {
    match run.step() {
        Some(PurchaseStep::Waiting { checkout_url, cancelling, .. }) => Some((checkout_url, cancelling)),
        _ => None,
    }
}

fn ended(status: PurchaseStatus, by_user: bool) -> PurchaseStep {
    PurchaseStep::Ended { status, by_user }
}

/// The connection returns, and a refresh succeeds.
fn back_online(run: &mut Run) {
    run.on(Event::Renewed(Ok(RenewedTokens { name: None, kept: Kept::InKeyring })));
    run.on(refreshed(fresh()));
}

#[test]
fn a_purchase_goes_from_buy_now_through_the_browser_to_paid_tokens() {
    let mut run = Run::creating();
    let sent = run.created().unwrap();
    assert_eq!((sent.order.key, sent.order.quantity), (KEY, 2));
    let view = run.view().purchase.unwrap();
    assert_eq!((view.tokens, view.amount), (Tokens(30_000), Minor(4_800)));
    assert_eq!(view.step, PurchaseStep::Creating { problem: None });

    run.respond(PurchaseStatus::Open);
    assert_eq!(run.opened(), [CHECKOUT]);
    assert_eq!(waiting_for(&run), Some((CHECKOUT.into(), false)));
    assert!(run.menu().contains(&"Waiting for payment: reopen checkout…".to_owned()));

    run.push(ServerEvent::Purchase(purchase(PurchaseStatus::Paid)));
    let receipt_url = Some("https://billing.stripe.com/receipts/1".to_owned());
    assert_eq!(run.step(), Some(PurchaseStep::Paid { receipt_url, charge: charge(5_141, 480, 821) }));
    assert_eq!(run.notified(), ["30,000 tokens added"]);
    assert_eq!(run.cached_purchase(), None);
    assert!(run.does(&Effect::Refresh), "the balance's push may have been lost");

    run.user(Command::OpenReceipt);
    assert_eq!(run.opened(), ["https://billing.stripe.com/receipts/1"]);
    run.user(Command::DismissPurchase);
    assert_eq!(run.step(), None);
}

#[test]
fn a_repeated_push_notifies_once() {
    let mut run = Run::waiting();
    run.push(ServerEvent::Purchase(purchase(PurchaseStatus::Paid)));
    run.push(ServerEvent::Purchase(purchase(PurchaseStatus::Paid)));
    assert_eq!(run.effects, []);
    run.push(ServerEvent::Purchase(purchase(PurchaseStatus::Open)));
    assert!(matches!(run.step(), Some(PurchaseStep::Paid { .. })));
}

fn charge(total: u64, discount: u64, tax: u64) -> ChargeView {
    ChargeView { currency: "usd".into(), discount: Minor(discount), tax: Minor(tax), total: Minor(total) }
}

#[test]
fn a_paid_purchase_shows_what_was_charged_with_discount_and_tax() {
    let mut run = Run::waiting();
    run.push(ServerEvent::Purchase(purchase(PurchaseStatus::Paid)));
    let Some(PurchaseStep::Paid { charge: shown, .. }) = run.step() else { panic!() };
    assert_eq!(shown, charge(5_141, 480, 821));
    assert!(run.notified_text().contains("Your payment arrived"));

    let mut free = Run::waiting();
    let nothing = Purchase { total: Some(Minor(0)), ..purchase(PurchaseStatus::Paid) };
    free.push(ServerEvent::Purchase(nothing));
    assert!(free.notified_text().contains("nothing to pay"), "{}", free.notified_text());
}

#[test]
fn a_refund_due_is_told_in_words_that_keep_the_buyer_from_paying_again_until_it_is_refunded() {
    let mut run = Run::waiting();
    run.push(ServerEvent::Purchase(purchase(PurchaseStatus::RefundDue)));
    assert!(run.notified_text().contains("Do not pay again"), "{}", run.notified_text());
    assert_eq!(run.view().support_contact.as_deref(), Some("help@example.com"));
    run.push(ServerEvent::Purchase(purchase(PurchaseStatus::Processing)));
    assert!(matches!(run.step(), Some(PurchaseStep::RefundDue { .. })), "a late push changes nothing");
    run.push(ServerEvent::Purchase(purchase(PurchaseStatus::Refunded)));
    assert_eq!(run.step(), Some(ended(PurchaseStatus::Refunded, false)));
}

#[test]
fn each_state_at_the_service_leads_to_its_step() {
    use PurchaseStatus as S;
    let paid = || PurchaseStep::Paid { receipt_url: None, charge: charge(4_800, 0, 0) };
    let refund_due = PurchaseStep::RefundDue { charge: charge(5_141, 480, 821) };
    for (status, step, in_cache, notified) in [
        (S::Processing, Some(PurchaseStep::Processing), true, None),
        (S::PartiallyRefunded, Some(paid()), false, Some("30,000 tokens added")),
        (S::Expired, Some(ended(S::Expired, false)), false, Some("No tokens were added")),
        (S::Failed, Some(ended(S::Failed, false)), false, Some("No tokens were added")),
        (S::RefundDue, Some(refund_due), false, Some("You get your money back")),
        (S::Refunded, Some(ended(S::Refunded, false)), false, None),
        (S::Disputed, Some(ended(S::Disputed, false)), false, None),
    ] {
        let mut run = Run::waiting();
        run.push(ServerEvent::Purchase(purchase(status)));
        assert_eq!(run.step(), step, "{status:?}");
        assert_eq!(run.cached_purchase().is_some(), in_cache, "{status:?}");
        assert_eq!(run.notified().first().copied(), notified, "{status:?}");
    }
    let mut run = Run::waiting();
    run.push(ServerEvent::Purchase(purchase(S::Unknown)));
    assert!(waiting_for(&run).is_some(), "an unknown status of a newer service changes nothing");
}

#[test]
fn a_bank_debit_is_processed_and_then_paid_or_failed() {
    for (outcome, paid) in [(PurchaseStatus::Paid, true), (PurchaseStatus::Failed, false)] {
        let mut run = Run::waiting();
        run.push(ServerEvent::Purchase(purchase(PurchaseStatus::Processing)));
        run.push(ServerEvent::Purchase(purchase(PurchaseStatus::Open)));
        assert_eq!(run.step(), Some(PurchaseStep::Processing), "a late push changes nothing");
        run.push(ServerEvent::Purchase(purchase(outcome)));
        assert_eq!(matches!(run.step(), Some(PurchaseStep::Paid { .. })), paid);
    }
}

#[test]
fn without_a_push_the_purchase_is_polled_with_growing_pauses() {
    let mut run = Run::waiting();
    let mut pauses = Vec::new();
    for _ in 0..3 {
        pauses.push(run.pause(Timer::Purchase).unwrap().after.as_secs());
        run.on(Event::TimerEnded(Timer::Purchase));
        assert_eq!(run.effects, [Effect::FetchPurchase { key: KEY, id: "p1".into() }]);
        run.fail(Failure::Offline);
    }
    assert_eq!(pauses, [15, 30, 60]);
    run.on(Event::TimerEnded(Timer::Purchase));
    run.respond(PurchaseStatus::Paid);
    assert_eq!(run.notified(), ["30,000 tokens added"]);
}

#[test]
fn a_refused_purchase_shows_the_reason_and_is_not_cached() {
    let mut run = Run::creating();
    run.fail(refusal(403, "subscription_required"));
    let Some(PurchaseStep::Refused { problem }) = run.step() else { panic!() };
    assert_eq!(problem.code, "subscription_required");
    assert_eq!(problem.text, "Top-up tokens can be bought with an active plan. Nothing was charged.");
    assert_eq!(run.cached_purchase(), None);
    run.buy();
    assert!(run.created().is_some(), "it can be retried");
}

#[test]
fn a_refused_purchase_shows_the_reason_in_the_users_language() {
    let mut run = Run::creating();
    run.user(Command::ChangeSetting { change: SettingChange::Language(Language::German) });
    run.fail(refusal(403, "dispute_open"));
    let Some(PurchaseStep::Refused { problem }) = run.step() else { panic!() };
    assert_eq!(
        problem.text,
        "Eine Ihrer Zahlungen ist angefochten. Sie können wieder kaufen, sobald das geklärt ist."
    );
}

#[test]
fn a_refusal_that_this_version_does_not_know_is_shown_as_the_service_words_it() {
    let mut run = Run::creating();
    run.fail(refusal(403, "sold_out_until_monday"));
    let Some(PurchaseStep::Refused { problem }) = run.step() else { panic!() };
    assert_eq!(
        (problem.code.as_str(), problem.text.as_str()),
        ("sold_out_until_monday", "The service says sold_out_until_monday.")
    );
}

#[test]
fn a_purchase_that_cannot_be_saved_is_not_sent() {
    let mut run = Run::creating();
    run.fail(Failure::CacheUnwritable);
    assert!(
        matches!(run.step(), Some(PurchaseStep::Refused { problem }) if problem.code == "cache_unwritable")
    );
}

#[test]
fn a_lost_response_is_requested_again_with_the_same_key() {
    let mut run = Run::creating();
    run.fail(Failure::Timeout);
    assert!(matches!(run.step(), Some(PurchaseStep::Creating { problem: Some(p) }) if p.code == "timeout"));
    assert_eq!(run.pause(Timer::Purchase).unwrap().after, Duration::from_millis(500));
    run.on(Event::TimerEnded(Timer::Purchase));
    assert_eq!(run.created().unwrap().order.key, KEY);
    run.respond(PurchaseStatus::Open);
    assert_eq!(run.opened(), [CHECKOUT]);
}

#[test]
fn one_purchase_is_in_flight_at_a_time() {
    let mut run = Run::waiting();
    assert_eq!(run.buy(), []);
    run.user(Command::DismissPurchase);
    assert!(waiting_for(&run).is_some(), "only an ended purchase can be dismissed");
}

#[test]
fn after_a_crash_before_the_response_the_same_purchase_is_resumed_without_a_browser() {
    let mut run = Run::creating().restart(60);
    assert_eq!(run.step(), Some(PurchaseStep::Creating { problem: None }));
    run.on(Event::Renewed(Ok(renewed())));
    assert_eq!(run.created().unwrap().order.key, KEY);
    run.respond(PurchaseStatus::Open);
    assert_eq!(run.opened(), Vec::<&str>::new());
    run.user(Command::ReopenCheckout);
    assert_eq!(run.opened(), [CHECKOUT]);
}

#[test]
fn a_restart_while_waiting_or_processing_resumes_the_purchase() {
    let mut processing = Run::waiting();
    processing.push(ServerEvent::Purchase(purchase(PurchaseStatus::Processing)));
    for run in [Run::waiting(), processing] {
        let step = run.step();
        let mut run = run.restart(3_600);
        assert_eq!(run.step(), step);
        run.on(Event::Renewed(Ok(renewed())));
        assert!(run.does(&Effect::FetchPurchase { key: KEY, id: "p1".into() }));
        run.respond(PurchaseStatus::Paid);
        assert_eq!(run.notified(), ["30,000 tokens added"], "it was paid while the app was closed");
        assert!(run.restart(1).view().purchase.is_none());
    }
}

#[test]
fn a_restart_without_a_network_resumes_the_purchase_when_it_returns() {
    let mut run = Run::waiting().restart(60);
    run.on(Event::Renewed(Err(Failure::Offline)));
    assert_eq!(waiting_for(&run), Some((CHECKOUT.into(), false)));
    run.on(Event::TimerEnded(Timer::Purchase));
    assert_eq!(run.effects, [], "no request is sent without an access token");
    run.on(Event::TimerEnded(Timer::Reconnect));
    back_online(&mut run);
    run.respond(PurchaseStatus::Paid);
    assert!(matches!(run.step(), Some(PurchaseStep::Paid { .. })));
}

#[test]
fn an_access_token_that_expires_during_a_purchase_loses_nothing() {
    let mut run = Run::creating();
    run.fail(Failure::Unauthorized);
    assert!(matches!(&run.effects[..], [Effect::Renew]));
    run.on(Event::Renewed(Ok(renewed())));
    assert_eq!(run.created().unwrap().order.key, KEY);
}

#[test]
fn cancelling_expires_the_checkout_at_the_service() {
    let mut run = Run::waiting();
    run.user(Command::CancelPurchase);
    assert!(run.does(&Effect::CancelPurchase { key: KEY, id: "p1".into() }));
    assert_eq!(waiting_for(&run), Some((CHECKOUT.into(), true)));
    assert_eq!(run.user(Command::CancelPurchase), []);
    run.respond(PurchaseStatus::Expired);
    assert_eq!(run.step(), Some(ended(PurchaseStatus::Expired, true)));
    assert_eq!(run.notified(), Vec::<&str>::new(), "the user cancelled it and needs no notification");
}

#[test]
fn a_cancelled_purchase_stays_cancelled_if_its_push_arrives_before_the_response() {
    let mut run = Run::waiting();
    run.user(Command::CancelPurchase);
    run.push(ServerEvent::Purchase(purchase(PurchaseStatus::Expired)));
    assert_eq!(run.step(), Some(ended(PurchaseStatus::Expired, true)));
    run.respond(PurchaseStatus::Expired);
    assert_eq!(run.step(), Some(ended(PurchaseStatus::Expired, true)));
}

#[test]
fn cancelling_survives_a_lost_network_and_a_restart() {
    let mut run = Run::waiting();
    run.user(Command::CancelPurchase);
    run.fail(Failure::Offline);
    assert_eq!(waiting_for(&run), Some((CHECKOUT.into(), true)));
    let mut run = run.restart(60);
    run.on(Event::Renewed(Ok(renewed())));
    assert!(run.does(&Effect::CancelPurchase { key: KEY, id: "p1".into() }));
}

#[test]
fn cancelling_a_purchase_that_was_just_paid_ends_as_paid() {
    let mut run = Run::waiting();
    run.user(Command::CancelPurchase);
    run.fail(refusal(409, "already_paid"));
    assert!(run.does(&Effect::FetchPurchase { key: KEY, id: "p1".into() }));
    run.respond(PurchaseStatus::Paid);
    assert!(matches!(run.step(), Some(PurchaseStep::Paid { .. })));
}

#[test]
fn cancelling_while_the_purchase_is_polled_is_sent_afterwards() {
    let mut run = Run::waiting();
    run.on(Event::TimerEnded(Timer::Purchase));
    run.user(Command::CancelPurchase);
    assert_eq!(run.effects.len(), 1, "it is only saved, because a request is in flight");
    run.respond(PurchaseStatus::Open);
    assert!(run.does(&Effect::CancelPurchase { key: KEY, id: "p1".into() }));
}

#[test]
fn cancelling_before_the_checkout_exists_ends_the_purchase_at_once() {
    let mut run = Run::creating();
    run.fail(Failure::Offline);
    run.user(Command::CancelPurchase);
    assert_eq!(run.effects, [Effect::WriteCache(CacheWrite::Purchase(key("ada"), None))]);
    assert_eq!(run.step(), Some(ended(PurchaseStatus::Expired, true)));
    run.respond(PurchaseStatus::Open);
    assert_eq!(run.opened(), Vec::<&str>::new());
}

#[test]
fn a_checkout_on_an_unlisted_host_is_not_opened() {
    let mut run = Run::creating();
    let mut unlisted = purchase(PurchaseStatus::Open);
    unlisted.checkout_url = Some("https://checkout.stripe.com.evil.example/c/pay/cs_1".into());
    run.on(Event::Purchase { key: KEY, response: Ok(Box::new(unlisted)) });
    assert_eq!(run.opened(), Vec::<&str>::new());
    let Some(PurchaseStep::Waiting { checkout_url, problem, .. }) = run.step() else { panic!() };
    assert_eq!((checkout_url.as_str(), problem.unwrap().code.as_str()), ("", "page_not_allowed"));
}

#[test]
fn the_link_can_be_copied_if_the_browser_does_not_start() {
    let mut run = Run::waiting();
    run.on(Event::BrowserFailed);
    let Some(PurchaseStep::Waiting { checkout_url, problem, .. }) = run.step() else { panic!() };
    assert_eq!((checkout_url.as_str(), problem.unwrap().code.as_str()), (CHECKOUT, "browser"));
}

fn subscribe(run: &mut Run) {
    run.user(Command::Subscribe { plan_id: "premium".into(), interval: Interval::Year });
}

fn page() -> Event {
    Event::SubscriptionPage(Ok(HostedPage { url: CHECKOUT.into() }))
}

#[test]
fn subscribing_ends_when_the_account_is_entitled() {
    let mut run = Run::online();
    let lapsed = || {
        let mut fresh = fresh();
        fresh.account = account("ada", false);
        fresh
    };
    run.on(refreshed(lapsed()));
    subscribe(&mut run);
    let checkout = SubscriptionCheckout { plan_id: "premium".into(), interval: Interval::Year };
    assert_eq!(run.effects, [Effect::Subscribe(checkout)]);
    run.on(page());
    assert_eq!(run.opened(), [CHECKOUT]);
    assert!(matches!(run.view().subscribing, Some(Subscribing::Waiting { .. })));

    run.on(Event::TimerEnded(Timer::Subscription));
    assert!(run.does(&Effect::Refresh) && run.pause(Timer::Subscription).is_some());
    run.on(refreshed(lapsed()));
    assert!(run.view().subscribing.is_some());
    run.on(refreshed(fresh()));
    assert_eq!(run.view().subscribing, None);
}

#[test]
fn a_refused_subscription_shows_the_reason_and_can_be_dismissed() {
    let mut run = Run::online();
    subscribe(&mut run);
    run.on(Event::SubscriptionPage(Err(refusal(409, "already_subscribed"))));
    let Some(Subscribing::Refused { problem, .. }) = run.view().subscribing else { panic!() };
    assert_eq!(problem.code, "already_subscribed");
    run.user(Command::DismissSubscribing);
    assert_eq!(run.view().subscribing, None);
}

#[test]
fn a_dismissed_subscription_checkout_opens_nothing_when_it_arrives() {
    let mut run = Run::online();
    subscribe(&mut run);
    run.user(Command::DismissSubscribing);
    assert_eq!(run.on(page()), []);
}
