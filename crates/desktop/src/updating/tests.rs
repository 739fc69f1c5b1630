use super::*;

fn version(text: &str) -> Version {
    text.parse().unwrap()
}

fn installer(policy: Option<UpdatePolicy>, own: &str) -> Updates {
    Updates::new(Installation::WindowsInstaller, true, policy, version(own))
}

/// The installed app has been offered this version.
fn offered(policy: Option<UpdatePolicy>, own: &str, offered: &str) -> (Updates, Vec<Effect>) {
    let mut updates = installer(policy, own);
    updates.look();
    let effects = updates.step(UpdateStep::Offered(Ok(version(offered))));
    (updates, effects)
}

/// A version that is ready for the restart.
fn ready() -> Updates {
    let (mut updates, _) = offered(None, "0.1.0", "0.2.0");
    updates.step(UpdateStep::Downloaded(Ok(())));
    updates
}

fn ready_view(waits: bool) -> UpdateView {
    UpdateView::Ready { version: "0.2.0".into(), waits }
}

#[test]
fn only_what_the_installer_wrote_updates_itself_and_only_with_a_key_and_where_no_policy_forbids_it() {
    use Installation as I;
    let all = [
        I::Deb,
        I::Dnf,
        I::Zypper,
        I::Flatpak,
        I::AppImage,
        I::Homebrew,
        I::MacBundle,
        I::WindowsInstaller,
        I::Unknown,
    ];
    let policies = [None, Some(UpdatePolicy::Off), Some(UpdatePolicy::Stable), Some(UpdatePolicy::Beta)];
    for installation in all {
        for can_verify in [true, false] {
            for policy in policies {
                let mut updates = Updates::new(installation, can_verify, policy, version("0.1.0"));
                let itself =
                    installation == I::WindowsInstaller && can_verify && policy != Some(UpdatePolicy::Off);
                let case = format!("{installation:?}, {can_verify}, {policy:?}");
                assert_eq!(updates.start().is_some(), itself, "{case}");
                assert_eq!(!updates.look().is_empty(), itself, "{case}");
                assert_eq!(updates.view(false, false), None, "{case}");
                let shown = updates.view(true, false);
                match (policy, installation.command()) {
                    (Some(UpdatePolicy::Off), _) => assert_eq!(shown, Some(UpdateView::Managed), "{case}"),
                    (_, Some(command)) => {
                        assert_eq!(shown, Some(UpdateView::Command { command: command.into() }), "{case}");
                    }
                    (_, None) if itself => assert_eq!(shown, Some(UpdateView::Looking), "{case}"),
                    (_, None) => assert_eq!(shown, Some(UpdateView::Page), "{case}"),
                }
            }
        }
    }
}

#[test]
fn only_a_newer_version_is_downloaded() {
    for (own, other, wanted) in [
        ("0.1.0", "0.2.0", true),
        ("0.1.0", "0.1.1", true),
        ("0.9.0", "0.10.0", true),
        ("0.1.0", "0.1.0", false),
        ("0.1.0", "0.1.0+rebuilt", false),
        ("0.2.0", "0.1.0", false),
        ("0.2.0-beta.1", "0.2.0", true),
        ("0.2.0-beta.2", "0.2.0-beta.10", true),
        ("0.2.0-beta.2", "0.2.0-beta.1", false),
        ("0.2.0", "0.2.0-beta.1", false),
        // A release does not become a pre-release by itself.
        ("0.1.0", "0.2.0-beta.1", false),
    ] {
        let (updates, effects) = offered(None, own, other);
        assert_eq!(effects == [Effect::DownloadUpdate], wanted, "{own}, offered {other}");
        assert!(!updates.is_ready());
    }
}

#[test]
fn the_channel_is_that_of_the_policy_or_of_the_installed_version() {
    for (policy, own, channel) in [
        (None, "0.1.0", Channel::Stable),
        (None, "0.2.0-beta.1", Channel::Beta),
        (Some(UpdatePolicy::Beta), "0.1.0", Channel::Beta),
        (Some(UpdatePolicy::Stable), "0.2.0-beta.1", Channel::Stable),
    ] {
        let effects = installer(policy, own).look();
        assert_eq!(effects[0], Effect::LookForUpdate(channel), "{policy:?}, {own}");
    }
    let (_, effects) = offered(Some(UpdatePolicy::Beta), "0.1.0", "0.2.0-beta.1");
    assert_eq!(effects, [Effect::DownloadUpdate]);
    let (_, effects) = offered(Some(UpdatePolicy::Stable), "0.2.0-beta.1", "0.2.0-beta.2");
    assert_eq!(effects, []);
}

#[test]
fn one_look_is_under_way_at_a_time_and_each_plans_the_next_a_day_later() {
    let again = Effect::StartTimer(Timer::Update, DAILY);
    let mut updates = installer(None, "0.1.0");
    assert_eq!(updates.start(), Some(Effect::StartTimer(Timer::Update, FIRST)));
    assert_eq!(updates.look(), [Effect::LookForUpdate(Channel::Stable), again.clone()]);
    assert_eq!(updates.look(), std::slice::from_ref(&again));
    updates.step(UpdateStep::Offered(Ok(version("0.2.0"))));
    assert_eq!(updates.look(), [again]);
    updates.step(UpdateStep::Downloaded(Ok(())));
    assert_eq!(updates.look(), [], "one that is ready is enough");
}

#[test]
fn every_failure_is_shown_where_the_app_is_too_old_and_the_next_look_starts_anew() {
    use UpdateFailure as F;
    for why in [
        F::Unreachable,
        F::NotGenuine,
        F::Unreadable,
        F::TooLarge,
        F::Incomplete,
        F::NotStored,
        F::NotStarted,
    ] {
        let mut looking = installer(None, "0.1.0");
        looking.look();
        looking.step(UpdateStep::Offered(Err(why)));
        let (mut downloading, _) = offered(None, "0.1.0", "0.2.0");
        downloading.step(UpdateStep::Downloaded(Err(why)));
        let mut installing = ready();
        installing.restart(false);
        installing.step(UpdateStep::NotInstalled(why));
        for mut failed in [looking, downloading, installing] {
            assert!(!failed.is_ready());
            assert_eq!(failed.view(false, false), None);
            assert_eq!(failed.view(true, false), Some(UpdateView::Failed { why }));
            assert_eq!(failed.look()[0], Effect::LookForUpdate(Channel::Stable));
        }
    }
}

#[test]
fn nothing_is_installed_before_the_user_asks_or_while_something_is_bought() {
    let mut updates = installer(None, "0.1.0");
    assert_eq!(updates.restart(false), None, "nothing is there");
    let (mut updates, _) = offered(None, "0.1.0", "0.2.0");
    assert_eq!(updates.restart(false), None, "it is being downloaded");
    assert_eq!(updates.step(UpdateStep::Downloaded(Ok(()))), []);
    assert_eq!(updates.view(false, true), Some(ready_view(true)));
    assert_eq!(updates.restart(true), None);
    assert_eq!(updates.view(false, false), Some(ready_view(false)));
    assert_eq!(updates.restart(false), Some(Effect::InstallUpdate));
    assert_eq!(updates.restart(false), None, "once");
}

#[test]
fn a_step_that_nobody_waits_for_changes_nothing() {
    let steps = [
        UpdateStep::Offered(Ok(version("0.3.0"))),
        UpdateStep::Offered(Err(UpdateFailure::Unreachable)),
        UpdateStep::Downloaded(Err(UpdateFailure::Incomplete)),
        UpdateStep::NotInstalled(UpdateFailure::NotStarted),
    ];
    for step in steps {
        let mut updates = ready();
        assert_eq!(updates.step(step.clone()), [], "{step:?}");
        assert_eq!(updates.view(false, false), Some(ready_view(false)), "{step:?}");
    }
    let mut updates = installer(None, "0.1.0");
    updates.step(UpdateStep::Downloaded(Ok(())));
    assert!(!updates.is_ready());
}
