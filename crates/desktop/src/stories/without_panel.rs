//! Where no panel can open: the tray, notifications and dialogs of the system do what they can.

use super::run::*;
use crate::{
    command::{Command, PanelEntry},
    dialog::Dialog,
    event::{Effect, Event, PanelFailure, SignIn, Timer},
    failure::Failure,
    view::{Session, Subscribing},
};
use tokenwell_wire::{Interval, Minor, PlanPrice, PurchaseStatus, ServerEvent, Tax};

/// The dialog that the last event showed.
fn dialog(run: &Run) -> Option<Dialog> {
    run.effects.iter().find_map(|effect| match effect {
        Effect::Ask(dialog) => Some(dialog.clone()),
        _ => None,
    })
}

/// Signed in, in the tray, on a computer without a web view.
fn without_web_view() -> Run {
    let mut run = Run::online();
    run.user(Command::ClosePanel);
    run.on(Event::TimerEnded(Timer::Panel));
    run.on(Event::PanelGone);
    run.open(PanelEntry::Home);
    run.on(Event::PanelFailed(PanelFailure::NotInstalled));
    run
}

#[test]
fn a_missing_web_view_is_told_in_a_dialog_and_looked_for_again_each_time() {
    let mut run = without_web_view();
    let told = dialog(&run).unwrap();
    assert!(told.text.contains("WebView2, which is not installed") && told.text.contains("tray"), "{told:?}");
    assert_eq!((told.decline, told.command), (None, None));
    assert!(!run.view().open);

    assert_eq!(run.open(PanelEntry::Home), [Effect::OpenPanel], "it may have been installed meanwhile");
    run.on(Event::PanelFailed(PanelFailure::NotCreated));
    assert!(dialog(&run).unwrap().text.contains("WebKitGTK"));
    run.open(PanelEntry::Home);
    run.on(Event::PanelLoaded);
    assert!(run.menu().contains(&"Add Tokens…".to_owned()), "the panel works now: {:?}", run.menu());
}

#[test]
fn a_web_view_that_ends_before_it_has_shown_the_page_does_not_work() {
    let mut run = Run::online();
    run.on(Event::PanelFailed(PanelFailure::Ended));
    assert!(run.does(&Effect::RemovePanel) && dialog(&run).is_some());
    assert_eq!(run.on(Event::PanelGone), [], "the app stays in the tray");
    assert!(!run.menu().contains(&"Add Tokens…".to_owned()), "{:?}", run.menu());
}

#[test]
fn a_panel_whose_web_view_ends_is_opened_once_more() {
    let mut run = Run::online();
    run.on(Event::PanelLoaded);
    assert_eq!(run.on(Event::PanelFailed(PanelFailure::Ended)), [Effect::RemovePanel]);
    assert_eq!(run.on(Event::PanelGone), [Effect::OpenPanel]);
    run.on(Event::PanelLoaded);
    run.on(Event::PanelFailed(PanelFailure::Ended));
    assert!(run.does(&Effect::RemovePanel) && dialog(&run).is_some(), "not for ever");
    run.on(Event::PanelGone);

    run.open(PanelEntry::Home);
    run.on(Event::PanelLoaded);
    run.user(Command::ClosePanel);
    assert_eq!(
        run.on(Event::PanelFailed(PanelFailure::Ended)),
        [Effect::RemovePanel],
        "a warm one just goes"
    );
    assert_eq!(run.on(Event::PanelGone), []);
}

#[test]
fn without_a_panel_and_without_a_tray_the_app_says_why_it_ends() {
    let mut run = Run::online();
    run.on(Event::Tray { shown: false });
    run.on(Event::TimerEnded(Timer::TrayHost));
    run.on(Event::PanelFailed(PanelFailure::NotCreated));
    let told = dialog(&run).unwrap();
    assert_eq!((told.agree.as_str(), told.decline, told.command), ("Quit", None, Some(Command::Quit)));
    assert!(!told.text.contains("tray"), "{}", told.text);

    let mut run = without_web_view();
    run.on(Event::Tray { shown: false });
    run.on(Event::TimerEnded(Timer::TrayHost));
    assert_eq!(dialog(&run).unwrap().command, Some(Command::Quit));
}

#[test]
fn a_pack_is_bought_from_the_menu_after_one_question() {
    let mut run = without_web_view();
    assert!(run.menu().contains(&"Add Tokens".to_owned()), "{:?}", run.menu());
    run.user(Command::AskToBuy { pack_id: "medium".into() });
    let asked = dialog(&run).unwrap();
    assert_eq!(
        (asked.title.as_str(), asked.text.as_str()),
        (
            "Add 15,000 tokens?",
            "Medium for 24.00 USD. The checkout opens in your browser. Nothing is charged before you pay there."
        )
    );
    assert_eq!((asked.agree.as_str(), asked.decline.as_deref()), ("Open checkout", Some("Cancel")));
    assert_eq!(run.created(), None, "nothing happens before the user agrees");

    let buy = asked.command.unwrap();
    assert_eq!(buy, Command::Buy { pack_id: "medium".into(), quantity: 1 });
    run.user(buy.clone());
    assert_eq!(run.created().unwrap().order.quantity, 1);
    run.respond(PurchaseStatus::Open);
    assert_eq!(run.opened(), [CHECKOUT]);
    assert!(run.menu().contains(&"Cancel purchase".to_owned()), "{:?}", run.menu());
    assert_eq!(run.user(Command::AskToBuy { pack_id: "medium".into() }), [], "one purchase at a time");
    run.push(ServerEvent::Purchase(purchase(PurchaseStatus::Paid)));
    assert_eq!(run.notified(), ["30,000 tokens added"]);
    assert_eq!(run.user(Command::AskToBuy { pack_id: "of yesterday".into() }), []);

    run.user(buy);
    run.fail(refusal(403, "dispute_open"));
    assert_eq!(run.notified(), ["No tokens were added"], "no panel shows the reason");
}

#[test]
fn who_may_not_buy_packs_is_offered_plans() {
    let mut fresh = noor();
    let mut plan = tokenwell_wire::Plan {
        id: "premium".into(),
        name: "Premium".into(),
        allowance: fresh.account.plan.allowance,
        allowance_period: fresh.account.plan.allowance_period,
        rollover_cap: fresh.account.plan.rollover_cap,
        prices: vec![],
    };
    plan.prices.push(PlanPrice {
        interval: Interval::Month,
        amount: Minor(2_900),
        currency: "usd".into(),
        tax_included: false,
        tax: Tax::None,
    });
    fresh.plans = vec![plan];
    let shows = |fresh, line: &str| {
        let mut run = Run::online_with(fresh);
        run.on(Event::PanelFailed(PanelFailure::NotCreated));
        assert!(run.menu().contains(&line.to_owned()), "{line}: {:?}", run.menu());
        run
    };
    let mut lapsed = fresh.clone();
    lapsed.account.subscription.plan_id = Some("premium".into());
    shows(lapsed, "Resubscribe");
    let mut run = shows(fresh, "Choose a plan");

    let ask = Command::AskToSubscribe { plan_id: "premium".into(), interval: Interval::Month };
    run.user(ask);
    let asked = dialog(&run).unwrap();
    assert_eq!(asked.title, "Subscribe to Premium?");
    assert!(asked.text.starts_with("25,000 fast tokens a month for 29.00 USD a month. "), "{}", asked.text);
    run.user(asked.command.unwrap());
    assert!(matches!(run.view().subscribing, Some(Subscribing::Creating { .. })));
    run.on(Event::SubscriptionPage(Err(refusal(409, "already_subscribed"))));
    assert_eq!(run.notified(), ["You have no new plan"]);
    for (plan_id, interval) in [("premium", Interval::Year), ("gold", Interval::Month)] {
        assert_eq!(run.user(Command::AskToSubscribe { plan_id: plan_id.into(), interval }), []);
    }
}

#[test]
fn sign_in_from_the_menu_opens_the_browser_at_once_if_the_service_is_known() {
    let mut run = Run::online();
    run.user(Command::SignOut);
    run.user(Command::ClosePanel);
    run.user(Command::SignInAtKnownService);
    assert!(matches!(run.effects[..], [Effect::SignIn { .. }]), "no panel opens: {:?}", run.effects);
    run.on(Event::SignIn(SignIn::Page("https://id.example/authorize?state=s".into())));
    assert_eq!(run.opened(), ["https://id.example/authorize?state=s"]);
    run.user(Command::SignInAtKnownService);
    assert_eq!(run.opened(), ["https://id.example/authorize?state=s"], "the page was lost");

    run.on(Event::SignIn(SignIn::Failed(Failure::SignInDenied)));
    assert_eq!(run.notified(), ["You are not signed in"], "no panel shows why");
    run.user(Command::SignInAtKnownService);
    run.signed_in("Ada Moreau");
    assert!(matches!(run.view().session, Session::SignedIn { .. }));
}

#[test]
fn sign_in_from_the_menu_opens_the_panel_if_the_service_is_unknown() {
    let mut run = Run::without_service();
    run.user(Command::ClosePanel);
    assert_eq!(run.user(Command::SignInAtKnownService), [Effect::OpenPanel]);
}

#[test]
fn a_sign_in_whose_browser_does_not_start_is_continued_in_the_panel_or_told() {
    let signing_in = |mut run: Run| {
        run.user(Command::SignOut);
        run.user(Command::ClosePanel);
        run.user(Command::SignInAtKnownService);
        run.on(Event::SignIn(SignIn::Page("https://id.example/authorize?state=s".into())));
        run.on(Event::BrowserFailed);
        run
    };
    let run = signing_in(Run::online());
    assert_eq!(run.effects, [Effect::OpenPanel], "it has the address of the page");
    let run = signing_in(without_web_view());
    assert_eq!(run.notified(), ["Your browser did not open"]);
}

#[test]
fn where_no_panel_can_open_none_is_tried_unasked() {
    let mut run = without_web_view();
    run.add("Noor Haddad", noor());
    assert!(!run.does(&Effect::OpenPanel));
    run.user(Command::SignOut);
    run.on(Event::Refreshed(Err(Failure::SessionEnded)));
    run.user(Command::SwitchAccount { account: key("ada") });
    assert!(matches!(run.effects[..], [Effect::SignIn { .. }]), "it signs in at once: {:?}", run.effects);
}
