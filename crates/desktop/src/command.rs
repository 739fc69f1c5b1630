//! What the user can ask the app to do, from the panel, the tray, a notification or the command line.
//!
//! The panel sends these values as they are: `ui/src/lib/bindings.ts` is generated from them.

use crate::{
    account_key::AccountKey,
    settings::SettingChange,
    view::{ActivityFilter, PanelPage},
};
use serde::{Deserialize, Serialize};
use tokenwell_wire::Interval;
use ts_rs::TS;

/// One command of the user. A command has no result: the next view shows what it led to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Command {
    /// Sign in at the service of this address.
    SignIn {
        /// The address as it was typed.
        service: String,
    },
    /// Sign in at the service that is known, without showing its address first. From the tray.
    #[serde(skip)]
    SignInAtKnownService,
    /// Cancel the sign-in that is open in the browser, or adding an account.
    CancelSignIn,
    /// Sign in to another account; the current one stays signed in until then.
    AddAccount,
    /// Show another account.
    SwitchAccount {
        /// Which account.
        account: AccountKey,
    },
    /// Remove an account from this computer.
    RemoveAccount {
        /// Which account.
        account: AccountKey,
    },
    /// Sign the current account out.
    SignOut,
    /// Open the page for buying of the platform whose account is shown.
    BuyAtPlatform,
    /// Set below which amount a meter of a platform is low.
    SetMeterAlert {
        /// Which account.
        account: AccountKey,
        /// The meter's id.
        meter: String,
        /// The amount as a number with a point; `None` for the usual threshold.
        below: Option<String>,
    },
    /// Fetch the balance and everything else that is shown.
    Refresh,
    /// Buy a pack.
    Buy {
        /// Which pack.
        pack_id: String,
        /// How many.
        quantity: u32,
    },
    /// Ask in a dialog whether to buy a pack. From the tray, where no panel can open.
    #[serde(skip)]
    AskToBuy {
        /// Which pack.
        pack_id: String,
    },
    /// Ask in a dialog whether to subscribe to a plan. From the tray, where no panel can open.
    #[serde(skip)]
    AskToSubscribe {
        /// Which plan.
        plan_id: String,
        /// How often it is billed.
        interval: Interval,
    },
    /// Open the checkout of the purchase in flight in the browser again.
    ReopenCheckout,
    /// Cancel the purchase in flight.
    CancelPurchase,
    /// Remove the purchase that has ended from the panel.
    DismissPurchase,
    /// Subscribe to a plan.
    Subscribe {
        /// Which plan.
        plan_id: String,
        /// How often it is billed.
        interval: Interval,
    },
    /// Open the subscription checkout in the browser again.
    ReopenSubscriptionCheckout,
    /// Remove the subscription checkout from the panel.
    DismissSubscribing,
    /// Open the receipt of the purchase that has just been paid.
    OpenReceipt,
    /// Close what the panel opened by itself.
    DismissPrompt,
    /// Change a setting.
    ChangeSetting {
        /// Which setting, and its value.
        change: SettingChange,
    },
    /// Write the diagnostics file.
    SaveDiagnostics,
    /// Open the panel.
    Open {
        /// What to show in it.
        entry: PanelEntry,
    },
    /// Show Home of an account that is read with an API key. From a notification about it.
    #[serde(skip)]
    OpenKeyAccount {
        /// Which account.
        account: AccountKey,
    },
    /// Fill the address of a service into the sign-in form, for a link.
    Connect {
        /// The address.
        service: String,
    },
    /// Look for a newer version now.
    LookForUpdate,
    /// Install the version that is ready, and start it.
    RestartToUpdate,
    /// Open the page of releases.
    OpenDownloads,
    /// Close the panel.
    ClosePanel,
    /// End the program.
    Quit,
    /// A command of one page of the panel.
    #[serde(untagged)]
    Page(PageCommand),
}

/// A command of one page of the panel. It is ignored unless the panel is open and an account is signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum PageCommand {
    /// Show a page.
    Visit {
        /// Which page.
        page: PanelPage,
    },
    /// Show only some entries of the activity.
    FilterActivity {
        /// Which entries.
        filter: ActivityFilter,
    },
    /// Show the next older items of the list.
    ShowOlder,
    /// Show the newest items of the list.
    ShowNewest,
    /// Fetch the page's data again after a failure.
    Refetch,
    /// Save the entries that pass the filter as a file.
    SaveActivity,
    /// Show the saved file in its folder.
    ShowSaved,
    /// Open Stripe's page for managing the subscription, for the first time or again.
    ManageSubscription,
    /// Open the checkout of an open purchase of the list.
    ReopenCheckoutOf {
        /// The purchase's id.
        purchase: String,
    },
    /// Open the receipt of a purchase of the list.
    OpenReceiptOf {
        /// The purchase's id.
        purchase: String,
    },
    /// Delete the account.
    DeleteAccount {
        /// The word that was typed as confirmation.
        confirm: String,
    },
}

/// What can be opened in the panel from outside of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum PanelEntry {
    /// Home, or whatever needs attention.
    Home,
    /// The Add Tokens dialog.
    AddTokens,
    /// Settings.
    Settings,
    /// The purchase whose checkout the browser returns from.
    Checkout,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use tokenwell_wire::Bucket;

    #[test]
    fn a_command_is_parsed_as_the_panel_sends_it() {
        let account = AccountKey { service: "https://tokens.example".into(), id: "a1".into() };
        let filter = ActivityFilter { bucket: Some(Bucket::TopUp), kinds: vec!["spend".into()] };
        for (sent, command) in [
            (json!({"kind": "refresh"}), Command::Refresh),
            (
                json!({"kind": "switch_account", "account": {"service": "https://tokens.example", "id": "a1"}}),
                Command::SwitchAccount { account },
            ),
            (
                json!({"kind": "buy", "pack_id": "medium", "quantity": 2}),
                Command::Buy { pack_id: "medium".into(), quantity: 2 },
            ),
            (
                json!({"kind": "change_setting", "change": {"setting": "start_at_login", "value": true}}),
                Command::ChangeSetting { change: SettingChange::StartAtLogin(true) },
            ),
            (
                json!({"kind": "visit", "page": "delete_account"}),
                Command::Page(PageCommand::Visit { page: PanelPage::DeleteAccount }),
            ),
            (
                json!({"kind": "filter_activity", "filter": {"bucket": "top_up", "kinds": ["spend"]}}),
                Command::Page(PageCommand::FilterActivity { filter }),
            ),
            (
                json!({"kind": "reopen_checkout_of", "purchase": "p1"}),
                Command::Page(PageCommand::ReopenCheckoutOf { purchase: "p1".into() }),
            ),
        ] {
            assert_eq!(serde_json::from_value::<Command>(sent.clone()).ok(), Some(command), "{sent}");
        }
    }

    #[test]
    fn unknown_commands_are_refused() {
        for sent in [
            json!({"kind": "refresh_all"}),
            json!({"kind": "buy", "pack_id": "medium"}),
            json!({"kind": "visit", "page": "elsewhere"}),
            json!({}),
        ] {
            assert!(serde_json::from_value::<Command>(sent.clone()).is_err(), "{sent}");
        }
    }
}
