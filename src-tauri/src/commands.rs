//! Every command that the panel can call. Each sends one event to the one controller; the answer is the next view.

#![expect(clippy::needless_pass_by_value, reason = "a command takes what the caller sent by value")]

use crate::shell;
use tauri::{AppHandle, Wry, ipc::Invoke};
use tokenwell_desktop::{
    accounts::AccountKey,
    event::{Event, User},
    places::Wish,
    settings::Change,
    view::{ActivityFilter, Place, View},
};
use tokenwell_wire::Interval;
use uuid::Uuid;

/// The commands, by name.
pub(crate) fn handler() -> impl Fn(Invoke<Wry>) -> bool + Send + Sync + 'static {
    tauri::generate_handler![
        view,
        sign_in,
        cancel_sign_in,
        add_account,
        switch_account,
        remove_account,
        sign_out,
        refresh,
        buy,
        reopen_checkout,
        cancel_purchase,
        dismiss_purchase,
        subscribe,
        reopen_subscription_checkout,
        dismiss_subscribing,
        open_receipt,
        visit,
        filter_activity,
        show_older,
        show_newest,
        refetch,
        save_activity,
        show_saved,
        manage_subscription,
        reopen_checkout_of,
        open_receipt_of,
        delete_account,
        dismiss_ask,
        change_setting,
        save_diagnostics,
        close_panel,
        quit,
    ]
}

/// What the panel shows at first; later views are pushed.
#[tauri::command]
fn view(app: AppHandle) -> View {
    shell::view(&app)
}

#[tauri::command]
fn sign_in(app: AppHandle, service: String) {
    user(&app, User::SignIn { service });
}

#[tauri::command]
fn cancel_sign_in(app: AppHandle) {
    user(&app, User::CancelSignIn);
}

#[tauri::command]
fn add_account(app: AppHandle) {
    user(&app, User::AddAccount);
}

#[tauri::command]
fn switch_account(app: AppHandle, account: AccountKey) {
    user(&app, User::SwitchAccount(account));
}

#[tauri::command]
fn remove_account(app: AppHandle, account: AccountKey) {
    user(&app, User::RemoveAccount(account));
}

#[tauri::command]
fn sign_out(app: AppHandle) {
    user(&app, User::SignOut);
}

#[tauri::command]
fn refresh(app: AppHandle) {
    user(&app, User::Refresh);
}

#[tauri::command]
fn buy(app: AppHandle, pack_id: String, quantity: u32) {
    user(&app, User::Buy { pack_id, quantity, key: Uuid::new_v4() });
}

#[tauri::command]
fn reopen_checkout(app: AppHandle) {
    user(&app, User::ReopenCheckout);
}

#[tauri::command]
fn cancel_purchase(app: AppHandle) {
    user(&app, User::CancelPurchase);
}

#[tauri::command]
fn dismiss_purchase(app: AppHandle) {
    user(&app, User::DismissPurchase);
}

#[tauri::command]
fn subscribe(app: AppHandle, plan_id: String, interval: Interval) {
    user(&app, User::Subscribe { plan_id, interval });
}

#[tauri::command]
fn reopen_subscription_checkout(app: AppHandle) {
    user(&app, User::ReopenSubscriptionCheckout);
}

#[tauri::command]
fn dismiss_subscribing(app: AppHandle) {
    user(&app, User::DismissSubscribing);
}

#[tauri::command]
fn open_receipt(app: AppHandle) {
    user(&app, User::OpenReceipt);
}

#[tauri::command]
fn visit(app: AppHandle, place: Place) {
    user(&app, User::Place(Wish::Visit(place)));
}

#[tauri::command]
fn filter_activity(app: AppHandle, filter: ActivityFilter) {
    user(&app, User::Place(Wish::Filter(filter)));
}

#[tauri::command]
fn show_older(app: AppHandle) {
    user(&app, User::Place(Wish::Older));
}

#[tauri::command]
fn show_newest(app: AppHandle) {
    user(&app, User::Place(Wish::Newest));
}

#[tauri::command]
fn refetch(app: AppHandle) {
    user(&app, User::Place(Wish::Refetch));
}

#[tauri::command]
fn save_activity(app: AppHandle) {
    user(&app, User::Place(Wish::SaveActivity));
}

#[tauri::command]
fn show_saved(app: AppHandle) {
    user(&app, User::Place(Wish::ShowSaved));
}

#[tauri::command]
fn manage_subscription(app: AppHandle) {
    user(&app, User::Place(Wish::ManageSubscription));
}

#[tauri::command]
fn reopen_checkout_of(app: AppHandle, purchase: String) {
    user(&app, User::Place(Wish::ReopenCheckout { purchase }));
}

#[tauri::command]
fn open_receipt_of(app: AppHandle, purchase: String) {
    user(&app, User::Place(Wish::OpenReceipt { purchase }));
}

#[tauri::command]
fn delete_account(app: AppHandle, confirm: String) {
    user(&app, User::Place(Wish::DeleteAccount { confirm }));
}

#[tauri::command]
fn dismiss_ask(app: AppHandle) {
    user(&app, User::DismissAsk);
}

#[tauri::command]
fn change_setting(app: AppHandle, change: Change) {
    user(&app, User::Change(change));
}

#[tauri::command]
fn save_diagnostics(app: AppHandle) {
    user(&app, User::SaveDiagnostics);
}

#[tauri::command]
fn close_panel(app: AppHandle) {
    user(&app, User::ClosePanel);
}

#[tauri::command]
fn quit(app: AppHandle) {
    user(&app, User::Quit);
}

fn user(app: &AppHandle, user: User) {
    shell::tell(app, Event::User(user));
}
