use super::run::*;
use crate::{
    command::{Command, PanelEntry},
    event::{Effect, Notification, Opens},
    testing::balance,
    view::Prompt,
};
use tokenwell_wire::{Remedy, ServerEvent, SpendRefused, Tokens};

fn refused(needed: u64, remedy: Remedy) -> ServerEvent {
    ServerEvent::SpendRefused(SpendRefused {
        needed: Tokens(needed),
        spendable: Tokens(150),
        locked: Tokens(5_000),
        remedy,
    })
}

#[test]
fn a_refused_spend_shows_a_notification_and_a_prompt() {
    for (remedy, body) in [
        (Remedy::Upgrade, "900 needed, 150 to spend. A plan gives you more."),
        (Remedy::Resubscribe, "900 needed, 150 to spend, 5,000 locked. Resubscribe to unlock them."),
        (Remedy::AddTokens, "900 needed, 150 to spend. Add tokens to continue."),
    ] {
        let mut run = Run::online();
        run.push(refused(900, remedy));
        let title = "Not enough tokens".into();
        assert_eq!(
            run.effects,
            [Effect::Notify(Notification {
                title,
                body: body.into(),
                opens: Opens::Page(PanelEntry::AddTokens)
            })]
        );
        assert!(matches!(run.view().prompt, Some(Prompt::Refused { remedy: shown, .. }) if shown == remedy));
    }
}

#[test]
fn a_refused_spend_notifies_once_per_remedy_and_not_per_attempt() {
    let mut run = Run::online();
    run.push(refused(900, Remedy::Upgrade));
    run.user(Command::DismissPrompt);
    run.push(refused(900, Remedy::Upgrade));
    run.push(refused(700, Remedy::Upgrade));
    assert_eq!((run.notified(), run.view().prompt), (vec![], None));

    run.push(refused(900, Remedy::AddTokens));
    assert_eq!(run.notified(), ["Not enough tokens"], "another remedy notifies again");
    run.push(ServerEvent::Balance(balance(11, [1_200, 22_920, 15_000, 0])));
    run.push(refused(90_000, Remedy::AddTokens));
    assert_eq!(run.notified(), ["Not enough tokens"], "the balance rose, but not enough");
}

#[test]
fn the_prompt_closes_when_there_are_enough_tokens() {
    let mut run = Run::online();
    run.push(refused(50_000, Remedy::AddTokens));
    run.push(ServerEvent::Balance(balance(11, [1_200, 22_920, 20_000, 0])));
    assert!(run.view().prompt.is_some());
    run.push(ServerEvent::Balance(balance(12, [1_200, 22_920, 40_000, 0])));
    assert_eq!(run.view().prompt, None);
}
