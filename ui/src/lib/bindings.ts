// Generated from crates/desktop/src/view.rs and command.rs; do not edit. UPDATE=1 cargo test -p tokenwell-desktop writes it anew.

/**
 * `GET /v1/account`.
 */
export type Account = { 
/**
 * The account's id.
 */
id: string, 
/**
 * The e-mail address that the issuer has verified, if it provides one.
 */
email: string | null, 
/**
 * The plan in effect. It is the free plan without an active subscription.
 */
plan: AccountPlan, 
/**
 * The subscription of the plan.
 */
subscription: AccountSubscription, };

/**
 * Which account: an id means something only at the service that gave it.
 */
export type AccountKey = { 
/**
 * The service's address, as it is shown.
 */
service: string, 
/**
 * The account's id there.
 */
id: string, };

/**
 * The plan of an account.
 */
export type AccountPlan = { 
/**
 * The plan's id in the catalogue, such as `premium`.
 */
id: string, 
/**
 * The plan's name on screen.
 */
name: string, 
/**
 * Fast tokens per allowance period.
 */
allowance: Tokens, 
/**
 * How often the allowance is granted.
 */
allowance_period: AllowancePeriod, 
/**
 * The most that the Rollover Bank may hold. It is 0 on a plan without a bank.
 */
rollover_cap: Tokens, };

/**
 * The subscription of an account.
 */
export type AccountSubscription = { 
/**
 * Stripe's status of the subscription. `None` if there never was one.
 */
status: SubscriptionStatus | null, 
/**
 * Whether the account can use and buy top-up tokens (rule 12).
 */
entitled: boolean, 
/**
 * When the next token period starts. `None` without a live subscription.
 */
renews_at: string | null, 
/**
 * Whether it ends with the paid period instead of renewing (rule 9).
 */
cancel_at_period_end: boolean, 
/**
 * When the paid period ends. A plan that is billed yearly renews its tokens monthly until then. `None` without a
 * live subscription.
 */
paid_until: string | null, 
/**
 * When the subscription ended.
 */
ended_at: string | null, 
/**
 * The plan that was subscribed to, also after the subscription ended. Resubscribe offers it first.
 */
plan_id: string | null, };

/**
 * An account that is kept on this computer.
 */
export type AccountView = { 
/**
 * Which account it is.
 */
key: AccountKey, 
/**
 * The person's name as the issuer gives it, if it does.
 */
name: string | null, 
/**
 * The e-mail address, if the service knows it.
 */
email: string | null, 
/**
 * The plan's name.
 */
plan: string, 
/**
 * The last good balance.
 */
balance: LastBalance | null, 
/**
 * Whether it is the one that is shown.
 */
current: boolean, 
/**
 * Whether its sign-in has ended, so that it has to sign in again.
 */
signed_out: boolean, };

/**
 * Which entries are shown and exported.
 */
export type ActivityFilter = { 
/**
 * Only this bucket's.
 */
bucket: Bucket | null, 
/**
 * Only of these kinds, such as `spend`; of every kind if there are none.
 */
kinds: Array<string>, };

/**
 * How far signing in to one more account is. The account that is signed in stays so meanwhile.
 */
export type AddingAccount = { 
/**
 * The address that is proposed, or in use for it.
 */
service: string, 
/**
 * The kept account that has to sign in again, if this is for one.
 */
again: AccountKey | null, 
/**
 * How far it is.
 */
step: AddingAccountStep, };

/**
 * How far signing in to one more account is.
 */
export type AddingAccountStep = { "step": "asking", 
/**
 * What went wrong, for a person.
 */
problem: ProblemView | null, } | { "step": "signing_in", 
/**
 * The page, in case the browser did not open.
 */
url: string | null, };

/**
 * When to tell that tokens run low.
 */
export type Alerts = { 
/**
 * Whether a notification is shown. The mark on the tray icon is there either way.
 */
on: boolean, 
/**
 * Thresholds of one's own, highest first; without any, the service's, which are shares of the plan's allowance.
 */
below: Array<Tokens>, };

/**
 * How often a plan's allowance is granted.
 */
export type AllowancePeriod = "month" | "day";

/**
 * Light or dark.
 */
export type Appearance = "system" | "light" | "dark";

/**
 * `GET /v1/balance`. The `available` amounts do not include tokens on hold.
 */
export type Balance = { 
/**
 * Grows by one with every change of the account's balance.
 */
version: number, 
/**
 * The instant of this balance, by the service's clock.
 */
as_of: string, 
/**
 * This period's plan allowance.
 */
fast: Fast, 
/**
 * The Rollover Bank.
 */
rollover: Rollover, 
/**
 * Top-up tokens.
 */
top_up: TopUp, 
/**
 * What a spend could use at that instant.
 */
spendable: Tokens, 
/**
 * `spendable` plus the locked and frozen tokens.
 */
total: Tokens, 
/**
 * The bucket that the next spend takes from first. `None` if nothing is spendable.
 */
next_spent_from: Bucket | null, 
/**
 * All three buckets in the order in which spends use them up, the first one first (rule 1).
 */
spend_order: Array<Bucket>, 
/**
 * Whether the account can buy packs now (rule 13).
 */
can_buy: boolean, };

/**
 * The last good balance.
 */
export type BalanceView = { 
/**
 * As the service sent it.
 */
balance: Balance, 
/**
 * When it came, by this machine's clock.
 */
received_at: string, 
/**
 * Whether it may be out of date: not confirmed since the app started or the connection broke.
 */
stale: boolean, 
/**
 * The most that stood in the well since the last renewal, locked tokens included: a full well.
 */
full: Tokens, 
/**
 * Why top-up tokens are locked, if some are.
 */
locked_reason: LockedReason | null, };

/**
 * One of the three buckets that hold an account's tokens.
 */
export type Bucket = "rollover" | "fast" | "top_up";

/**
 * One command of the user. A command has no result: the next view shows what it led to.
 */
export type Command = { "kind": "sign_in", 
/**
 * The address as it was typed.
 */
service: string, } | { "kind": "cancel_sign_in" } | { "kind": "add_account" } | { "kind": "switch_account", 
/**
 * Which account.
 */
account: AccountKey, } | { "kind": "remove_account", 
/**
 * Which account.
 */
account: AccountKey, } | { "kind": "sign_out" } | { "kind": "refresh" } | { "kind": "buy", 
/**
 * Which pack.
 */
pack_id: string, 
/**
 * How many.
 */
quantity: number, } | { "kind": "reopen_checkout" } | { "kind": "cancel_purchase" } | { "kind": "dismiss_purchase" } | { "kind": "subscribe", 
/**
 * Which plan.
 */
plan_id: string, 
/**
 * How often it is billed.
 */
interval: Interval, } | { "kind": "reopen_subscription_checkout" } | { "kind": "dismiss_subscribing" } | { "kind": "open_receipt" } | { "kind": "dismiss_prompt" } | { "kind": "change_setting", 
/**
 * Which setting, and its value.
 */
change: SettingChange, } | { "kind": "save_diagnostics" } | { "kind": "open", 
/**
 * What to show in it.
 */
entry: PanelEntry, } | { "kind": "close_panel" } | { "kind": "quit" } | PageCommand;

/**
 * Whether the service is reached.
 */
export type Connection = { "state": "connecting" } | { "state": "online" } | { "state": "offline", 
/**
 * Since when.
 */
since: string, 
/**
 * What went wrong and what to do.
 */
problem: ProblemView, };

/**
 * What was spent on a day.
 */
export type DayUsage = { 
/**
 * The day, as `YYYY-MM-DD` in UTC.
 */
date: string, 
/**
 * From the Rollover Bank.
 */
rollover: Tokens, 
/**
 * From the fast tokens.
 */
fast: Tokens, 
/**
 * From the top-up tokens.
 */
top_up: Tokens, };

/**
 * Deleting the account (rule 18). Once it is done, nobody is signed in.
 */
export type Deleting = { "step": "asked" } | { "step": "failed", 
/**
 * Why and what to do.
 */
problem: ProblemView, };

/**
 * How far the diagnostics file is.
 */
export type DiagnosticsView = { "state": "saving" } | { "state": "saved", 
/**
 * Where.
 */
file: string, } | { "state": "failed", 
/**
 * Why and what to do.
 */
problem: ProblemView, };

/**
 * One line of the append-only ledger: a change of one bucket.
 */
export type Entry = { 
/**
 * The entry's id.
 */
id: string, 
/**
 * When it took effect.
 */
at: string, 
/**
 * What happened, such as `spend`, `grant`, `renewal`, `forfeit`.
 */
kind: string, 
/**
 * The bucket that changed.
 */
bucket: Bucket, 
/**
 * The change. It is negative if tokens left the bucket.
 */
amount: number, 
/**
 * What the bucket held after this entry.
 */
balance_after: Tokens, 
/**
 * The reason that came with the spend, hold or adjustment.
 */
reason: string | null, 
/**
 * The spend, purchase or period that caused it.
 */
reference: string | null, };

/**
 * An export of the activity.
 */
export type Export = { "step": "saving" } | { "step": "saved", 
/**
 * Where.
 */
path: string, } | { "step": "failed", 
/**
 * Why and what to do.
 */
problem: ProblemView, };

/**
 * Fast tokens.
 */
export type Fast = { 
/**
 * Unspent in this period.
 */
available: Tokens, 
/**
 * On hold for running jobs.
 */
held: Tokens, 
/**
 * What the plan grants per period.
 */
allowance: Tokens, 
/**
 * When the next period starts. `None` if none will.
 */
resets_at: string | null, };

/**
 * What happens if tokens go on being spent as they were. It looks a year ahead.
 */
export type Forecast = { 
/**
 * What was spent a day.
 */
daily: Tokens, 
/**
 * When top-up starts being spent.
 */
top_up_from: string | null, 
/**
 * When there is nothing left to spend.
 */
empty_at: string | null, 
/**
 * When fast tokens come after that.
 */
refilled_at: string | null, 
/**
 * The end of a cancelled plan, if there is something to spend until then.
 */
plan_ends: PlanEnd | null, };

/**
 * How often a subscription is billed.
 */
export type Interval = "month" | "year";

/**
 * The language of every text.
 */
export type Language = "system" | "english" | "german";

/**
 * The last good balance of an account, in short.
 */
export type LastBalance = { 
/**
 * What could be spent.
 */
spendable: Tokens, 
/**
 * When it came, by this machine's clock.
 */
received_at: string, };

/**
 * A stretch of a list.
 */
export type ListView<T> = { 
/**
 * What is known of it.
 */
items: Array<T>, 
/**
 * When it was last fetched; `None` if it never was.
 */
fetched_at: string | null, 
/**
 * The first or the next items are on their way.
 */
loading: boolean, 
/**
 * There are newer items before these.
 */
newer: boolean, 
/**
 * There are older items after these.
 */
older: boolean, 
/**
 * Why the last fetch did not work.
 */
problem: ProblemView | null, };

/**
 * Why top-up tokens cannot be used.
 */
export type LockedReason = "not_entitled" | "dispute" | "unknown";

/**
 * An amount of money in the currency's minor unit, as Stripe counts it: cents for USD.
 */
export type Minor = number;

/**
 * A fixed amount of top-up tokens for a fixed price.
 */
export type Pack = { 
/**
 * The pack's id, such as `medium`.
 */
id: string, 
/**
 * The pack's name on screen.
 */
name: string, 
/**
 * Tokens per pack.
 */
tokens: Tokens, 
/**
 * The price of one, in minor units.
 */
amount: Minor, 
/**
 * ISO 4217 code in lower case, as Stripe writes it.
 */
currency: string, 
/**
 * Whether the price includes tax.
 */
tax_included: boolean, };

/**
 * A command of one page of the panel. It needs an open panel and somebody who is signed in.
 */
export type PageCommand = { "kind": "visit", 
/**
 * Which page.
 */
page: PanelPage, } | { "kind": "filter_activity", 
/**
 * Which entries.
 */
filter: ActivityFilter, } | { "kind": "show_older" } | { "kind": "show_newest" } | { "kind": "refetch" } | { "kind": "save_activity" } | { "kind": "show_saved" } | { "kind": "manage_subscription" } | { "kind": "reopen_checkout_of", 
/**
 * The purchase's id.
 */
purchase: string, } | { "kind": "open_receipt_of", 
/**
 * The purchase's id.
 */
purchase: string, } | { "kind": "delete_account", 
/**
 * The word that was typed as confirmation.
 */
confirm: string, };

/**
 * What the places show.
 */
export type PagesView = { 
/**
 * What was spent in the last 30 days, by day (UTC) and bucket.
 */
usage: ListView<DayUsage>, 
/**
 * Where that leads; `None` if it is not known, or nothing was spent.
 */
forecast: Forecast | null, 
/**
 * The entries of the ledger, newest first.
 */
activity: ListView<Entry>, 
/**
 * Which entries.
 */
filter: ActivityFilter, 
/**
 * The export of the activity.
 */
export: Export | null, 
/**
 * The purchases, newest first.
 */
purchases: ListView<Purchase>, 
/**
 * Stripe's page for managing the subscription.
 */
portal: Portal | null, 
/**
 * Deleting the account.
 */
deleting: Deleting | null, 
/**
 * Set if a page of a purchase could not be opened in the browser.
 */
browser: ProblemView | null, };

/**
 * What can be opened in the panel from outside of it.
 */
export type PanelEntry = "home" | "add_tokens" | "settings" | "checkout";

/**
 * A notice about a condition that lasts. The most important one comes first.
 */
export type PanelNotice = "keyring_waiting" | "app_too_old" | "cache_unwritable" | "keyring_missing" | "clock_wrong" | "cache_rebuilt" | "no_tray";

/**
 * A place in the panel. Its data is fetched when it is gone to.
 */
export type PanelPage = "home" | "activity" | "purchases" | "settings" | "billing" | "delete_account";

/**
 * A plan of the catalogue.
 */
export type Plan = { 
/**
 * The plan's id, such as `premium`.
 */
id: string, 
/**
 * The plan's name on screen.
 */
name: string, 
/**
 * Fast tokens per allowance period.
 */
allowance: Tokens, 
/**
 * How often the allowance is granted.
 */
allowance_period: AllowancePeriod, 
/**
 * The most that the Rollover Bank may hold. It is 0 on a plan without a bank.
 */
rollover_cap: Tokens, 
/**
 * Its prices. Empty for the free plan.
 */
prices: Array<PlanPrice>, };

/**
 * What the end of a plan takes along (rule 9).
 */
export type PlanEnd = { 
/**
 * When.
 */
at: string, 
/**
 * Bank and fast tokens that are left then.
 */
forfeited: Tokens, 
/**
 * Top-up tokens that are left then.
 */
locked: Tokens, };

/**
 * One price of a plan.
 */
export type PlanPrice = { 
/**
 * How often it is billed.
 */
interval: Interval, 
/**
 * The price per interval, in minor units.
 */
amount: Minor, 
/**
 * ISO 4217 code in lower case, as Stripe writes it.
 */
currency: string, 
/**
 * Whether the price includes tax.
 */
tax_included: boolean, };

/**
 * Stripe's page for managing the subscription.
 */
export type Portal = { "step": "opening" } | { "step": "open", 
/**
 * Its address.
 */
url: string, 
/**
 * Set if the browser could not be opened: Copy link is the way then.
 */
problem: ProblemView | null, } | { "step": "refused", 
/**
 * Why and what to do.
 */
problem: ProblemView, };

/**
 * What went wrong and what to do, ready to show. The text comes from the message file, or from the service.
 */
export type ProblemView = { 
/**
 * For programs and tests, such as `offline`, `subscription_required`, `certificate`.
 */
code: string, 
/**
 * For a person.
 */
text: string, };

/**
 * What the panel should open by itself.
 */
export type Prompt = { "prompt": "add_tokens" } | { "prompt": "settings" } | { "prompt": "refused", 
/**
 * What it asked for.
 */
needed: Tokens, 
/**
 * What there was.
 */
spendable: Tokens, 
/**
 * What is there but locked.
 */
locked: Tokens, 
/**
 * What would help.
 */
remedy: Remedy, };

/**
 * A purchase of one pack, `quantity` times.
 */
export type Purchase = { 
/**
 * The purchase's id.
 */
id: string, 
/**
 * Its state.
 */
status: PurchaseStatus, 
/**
 * The pack's id.
 */
pack_id: string, 
/**
 * How many packs.
 */
quantity: number, 
/**
 * Tokens of all packs together.
 */
tokens: Tokens, 
/**
 * The price of all packs together, in minor units.
 */
amount: Minor, 
/**
 * ISO 4217 code in lower case.
 */
currency: string, 
/**
 * The address of the checkout. `None` once it is no longer open.
 */
checkout_url: string | null, 
/**
 * When the open checkout expires.
 */
expires_at: string | null, 
/**
 * When the purchase was made.
 */
created_at: string, 
/**
 * What its lot was granted. It is 0 until the purchase is paid.
 */
granted_tokens: Tokens, 
/**
 * What is left in its lot.
 */
remaining_tokens: Tokens, 
/**
 * What a refund or lost dispute should have taken back but was already spent (rule 16).
 */
unrecovered_tokens: Tokens, 
/**
 * The address of Stripe's receipt, once there is one.
 */
receipt_url: string | null, };

/**
 * The state of a purchase.
 */
export type PurchaseStatus = "open" | "processing" | "paid" | "expired" | "failed" | "refunded" | "partially_refunded" | "disputed" | "unknown";

/**
 * How far a purchase is.
 */
export type PurchaseStep = { "step": "creating", 
/**
 * Why it is not made yet.
 */
problem: ProblemView | null, } | { "step": "waiting", 
/**
 * Where to pay.
 */
checkout_url: string, 
/**
 * Set if the browser could not be opened: Copy link is the way then.
 */
problem: ProblemView | null, 
/**
 * Cancel purchase was pressed and is on its way.
 */
cancelling: boolean, } | { "step": "processing" } | { "step": "paid", 
/**
 * Stripe's receipt, if it may be opened.
 */
receipt_url: string | null, } | { "step": "ended", 
/**
 * `expired` or `failed`; a cancelled one is `expired` with `by_user`.
 */
status: PurchaseStatus, 
/**
 * The user cancelled it.
 */
by_user: boolean, } | { "step": "refused", 
/**
 * Why and what to do.
 */
problem: ProblemView, };

/**
 * A purchase from Buy Now to its end.
 */
export type PurchaseView = { 
/**
 * Which pack.
 */
pack_id: string, 
/**
 * How many.
 */
quantity: number, 
/**
 * What it gives.
 */
tokens: Tokens, 
/**
 * What it costs, in minor units.
 */
amount: Minor, 
/**
 * ISO 4217 code in lower case.
 */
currency: string, 
/**
 * When Buy Now was pressed.
 */
started_at: string, 
/**
 * How far it is.
 */
step: PurchaseStep, };

/**
 * What would make a refused spend or purchase possible (rule 3).
 */
export type Remedy = "upgrade" | "resubscribe" | "add_tokens";

/**
 * The Rollover Bank.
 */
export type Rollover = { 
/**
 * In the bank.
 */
available: Tokens, 
/**
 * On hold for running jobs.
 */
held: Tokens, 
/**
 * The most that the plan's bank may hold. It is 0 on a plan without a bank.
 */
cap: Tokens, };

/**
 * Who is signed in.
 */
export type Session = { "state": "starting" } | { "state": "signed_out", 
/**
 * What went wrong, for a person.
 */
problem: ProblemView | null, 
/**
 * The kept account that has to sign in again, if there is one.
 */
again: AccountKey | null, } | { "state": "signing_in", 
/**
 * The page, in case the browser did not open.
 */
url: string | null, } | { "state": "signed_in", 
/**
 * The account; `None` until it came for the first time.
 */
account: Account | null, 
/**
 * The person's name as the issuer gives it, if it does.
 */
name: string | null, };

/**
 * One setting, changed.
 */
export type SettingChange = { "setting": "alerts", "value": Alerts } | { "setting": "start_at_login", "value": boolean } | { "setting": "appearance", "value": Appearance } | { "setting": "language", "value": Language };

/**
 * What the user has set.
 */
export type SettingsView = { 
/**
 * When to tell that tokens run low.
 */
alerts: Alerts, 
/**
 * Light or dark.
 */
appearance: Appearance, 
/**
 * The language of every text.
 */
language: Language, 
/**
 * Whether the system starts the app at login.
 */
start_at_login: boolean, 
/**
 * Why the last change did not work.
 */
problem: ProblemView | null, 
/**
 * The diagnostics file, once it was asked for.
 */
diagnostics: DiagnosticsView | null, };

/**
 * A subscription checkout that is open in the browser.
 */
export type Subscribing = { "step": "creating", 
/**
 * Which plan.
 */
plan_id: string, } | { "step": "waiting", 
/**
 * Which plan.
 */
plan_id: string, 
/**
 * Where to pay.
 */
checkout_url: string, } | { "step": "refused", 
/**
 * Which plan.
 */
plan_id: string, 
/**
 * Why and what to do.
 */
problem: ProblemView, };

/**
 * Stripe's status of a subscription.
 */
export type SubscriptionStatus = "trialing" | "active" | "past_due" | "unpaid" | "canceled" | "incomplete" | "incomplete_expired" | "paused" | "unknown";

/**
 * An amount of tokens. It is whole and never negative.
 */
export type Tokens = number;

/**
 * Top-up tokens.
 */
export type TopUp = { 
/**
 * All of them, including locked and frozen ones.
 */
available: Tokens, 
/**
 * On hold for running jobs.
 */
held: Tokens, 
/**
 * How many of `available` cannot be used.
 */
locked: Tokens, 
/**
 * Why they cannot be used. `None` if none are locked.
 */
locked_reason: LockedReason | null, };

/**
 * Everything that the panel shows.
 */
export type View = { 
/**
 * Whether the panel is open; one that is kept warm draws nothing.
 */
open: boolean, 
/**
 * The locale of words and figures, as a BCP 47 tag.
 */
locale: string, 
/**
 * Who is signed in, or how far signing in has come.
 */
session: Session, 
/**
 * The sign-in to one more account, while somebody is signed in.
 */
adding: AddingAccount | null, 
/**
 * Every account that is kept on this computer, in the order in which they were added.
 */
accounts: Array<AccountView>, 
/**
 * The address of the token service: the one in use, or the one that is proposed for signing in.
 */
service: string, 
/**
 * Whether the service is reached, and since when not.
 */
connection: Connection, 
/**
 * The last good figures; `None` only before the first ever came.
 */
balance: BalanceView | null, 
/**
 * The packs on sale; `None` until they are known.
 */
packs: Array<Pack> | null, 
/**
 * The highest quantity of a purchase; `None` until it is known.
 */
quantity_max: number | null, 
/**
 * The plans on offer; `None` until they are known.
 */
plans: Array<Plan> | null, 
/**
 * The purchase in flight, or the one that just ended.
 */
purchase: PurchaseView | null, 
/**
 * The subscription checkout that is open in the browser.
 */
subscribing: Subscribing | null, 
/**
 * What the pages of the panel show besides the balance.
 */
pages: PagesView, 
/**
 * What the panel should open by itself: asked for from the tray, a link, or by a refused spend.
 */
prompt: Prompt | null, 
/**
 * The conditions that last, most important first.
 */
notices: Array<PanelNotice>, 
/**
 * What the user has set.
 */
settings: SettingsView, };
