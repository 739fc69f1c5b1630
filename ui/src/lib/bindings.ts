// Generated from crates/desktop/src/view.rs and command.rs, and from crates/currencies; do not edit. UPDATE=1 cargo test -p tokenwell-desktop regenerates it.

/**
 * `GET /v1/account`.
 */
export type Account = { 
/**
 * The account's id.
 */
id: string, 
/**
 * The e-mail address, if the issuer provides one.
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
 * Identifies an account. An id is only unique within its service.
 */
export type AccountKey = { 
/**
 * The service's address in its normal form.
 */
service: string, 
/**
 * The account's id at the service.
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
 * Whether it is to end instead of renewing for ever (rule 9).
 */
cancel_at_period_end: boolean, 
/**
 * When it is to end. `None` if it is not, or if the end is not known yet.
 */
ends_at: string | null, 
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
plan_id: string | null, 
/**
 * How often it is billed. `None` if there never was a subscription, or if the service does not report it.
 */
interval: Interval | null, };

/**
 * An account that is stored on this computer.
 */
export type AccountView = { 
/**
 * The account's key.
 */
key: AccountKey, 
/**
 * The person's name, if the issuer gives one.
 */
name: string | null, 
/**
 * The e-mail address, if the service has one.
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
 * The last good figure, if the account is read with an API key.
 */
meter: LastMeter | null, 
/**
 * Whether it is the current one.
 */
current: boolean, 
/**
 * Whether it has to sign in again.
 */
signed_out: boolean, };

/**
 * The filter of the activity. It also applies to the export.
 */
export type ActivityFilter = { 
/**
 * Only entries of this bucket.
 */
bucket: Bucket | null, 
/**
 * Only entries of these kinds, such as `spend`. Empty means every kind.
 */
kinds: Array<string>, };

/**
 * The progress of signing in to another account. The current account stays signed in meanwhile.
 */
export type AddingAccount = { 
/**
 * The address that is proposed or in use.
 */
service: string, 
/**
 * The stored account that has to sign in again, if this sign-in is for one.
 */
again: AccountKey | null, 
/**
 * The progress.
 */
step: AddingAccountStep, };

/**
 * The progress of signing in to another account.
 */
export type AddingAccountStep = { "step": "asking", 
/**
 * The problem to show.
 */
problem: ProblemView | null, } | { "step": "signing_in", 
/**
 * The page's address, in case the browser did not open.
 */
url: string | null, };

/**
 * When the user is notified of a low balance.
 */
export type Alerts = { 
/**
 * Whether a notification is shown. The tray icon is marked in either case.
 */
on: boolean, 
/**
 * The user's own thresholds, highest first. If there are none, the service's apply; they are shares of the plan's
 * allowance.
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
 * Plan tokens that were spent before a credit gave them back. The next plan tokens are taken for them (rule 11).
 */
owed: Tokens, 
/**
 * The bucket that the next spend takes from first. `None` if nothing is spendable.
 */
next_spent_from: Bucket | null, 
/**
 * All three buckets in the order in which spends use them up, the first one first (rule 1).
 */
spend_order: Array<Bucket>, 
/**
 * What was used since the last reset (rule 8a). `None` if the service does not report it.
 */
used: Used | null, 
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
 * When it was received, by this computer's clock.
 */
received_at: string, 
/**
 * Whether it may be out of date: it was not confirmed after the start, or the connection broke.
 */
stale: boolean, 
/**
 * What a full well holds: the tokens that are here or on hold, and those used since the last reset.
 */
full: Tokens, 
/**
 * The alert threshold that the spendable tokens are below.
 */
low_below: Tokens | null, 
/**
 * Why top-up tokens are locked, if some are.
 */
locked_reason: LockedReason | null, };

/**
 * One of the three buckets that hold an account's tokens.
 */
export type Bucket = "rollover" | "fast" | "top_up";

/**
 * What was charged for a purchase. The amounts are in minor units.
 */
export type ChargeView = { 
/**
 * ISO 4217 code in lower case.
 */
currency: string, 
/**
 * What a coupon or promotion code took off.
 */
discount: Minor, 
/**
 * The tax, which is part of the total.
 */
tax: Minor, 
/**
 * The total.
 */
total: Minor, };

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
account: AccountKey, } | { "kind": "sign_out" } | { "kind": "buy_at_platform" } | { "kind": "set_meter_alert", 
/**
 * Which account.
 */
account: AccountKey, 
/**
 * The meter's id.
 */
meter: string, 
/**
 * The amount as a number with a point; `None` for the usual threshold.
 */
below: string | null, } | { "kind": "refresh" } | { "kind": "buy", 
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
entry: PanelEntry, } | { "kind": "connect", 
/**
 * The address.
 */
service: string, } | { "kind": "look_for_update" } | { "kind": "restart_to_update" } | { "kind": "open_downloads" } | { "kind": "close_panel" } | { "kind": "quit" } | PageCommand;

/**
 * Whether the service is reachable.
 */
export type Connection = { "state": "connecting" } | { "state": "online" } | { "state": "offline", 
/**
 * Since when.
 */
since: string, 
/**
 * The problem to show.
 */
problem: ProblemView, };

/**
 * What was spent on a day.
 */
export type DayUsage = { 
/**
 * The day, as `YYYY-MM-DD` in the time zone that was asked for.
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
 * The deletion of the account (rule 18). After it, no account is signed in.
 */
export type Deleting = { "step": "asked" } | { "step": "failed", 
/**
 * The problem to show.
 */
problem: ProblemView, };

/**
 * The progress of the diagnostics file.
 */
export type DiagnosticsView = { "state": "saving" } | { "state": "saved", 
/**
 * The file's path.
 */
file: string, } | { "state": "failed", 
/**
 * The problem to show.
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
 * The file's path.
 */
path: string, } | { "step": "failed", 
/**
 * The problem to show.
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
 * What this period was granted: the plan's allowance, unless the plan changed within the period (rule 11).
 */
allowance: Tokens, 
/**
 * When the next period starts. `None` if none will.
 */
resets_at: string | null, };

/**
 * The forecast if tokens are spent at the recent rate. It covers one year.
 */
export type Forecast = { 
/**
 * The tokens spent per day.
 */
daily: Tokens, 
/**
 * When top-up tokens start to be spent.
 */
top_up_from: string | null, 
/**
 * When no spendable tokens remain.
 */
empty_at: string | null, 
/**
 * When the next fast tokens arrive after that.
 */
refilled_at: string | null, 
/**
 * What is left at the next reset. `None` if tokens run out before it, or if no reset is known.
 */
at_reset: LeftAtReset | null, 
/**
 * The end of a cancelled plan, if tokens remain until then.
 */
plan_ends: PlanEnd | null, };

/**
 * The locales and the time zone of numbers, dates and times.
 */
export type Formats = { 
/**
 * The locale of dates and times as a BCP 47 tag, if it is not that of the texts. It may say how hours are written
 * (`-u-hc-h23`).
 */
dates: string | null, 
/**
 * The locale of numbers as a BCP 47 tag, if it is not that of the texts.
 */
numbers: string | null, 
/**
 * The time zone's name, such as `Europe/Berlin`, if it has one.
 */
time_zone: string | null, };

/**
 * How often a subscription is billed.
 */
export type Interval = "month" | "year";

/**
 * The account that is shown, if it is read with an API key.
 */
export type KeyAccountView = { 
/**
 * Its key.
 */
key: AccountKey, 
/**
 * The platform's name.
 */
name: string, 
/**
 * The host that the key is sent to.
 */
host: string, 
/**
 * The host of the platform's page for buying; `None` if the platform is not known any more.
 */
buy_host: string | null, 
/**
 * The meters in the platform's order; `None` before the first answer.
 */
meters: Array<MeterView> | null, 
/**
 * When they were received, by this computer's clock.
 */
received_at: string | null, 
/**
 * Whether they may be out of date.
 */
stale: boolean, 
/**
 * Whether the platform has refused the key.
 */
refused: boolean, 
/**
 * Why the last request failed, if it did.
 */
problem: ProblemView | null, };

/**
 * The form for another key.
 */
export type KeyForm = { 
/**
 * The platforms that can be chosen.
 */
platforms: Array<KeyPlatform>, 
/**
 * What is wrong in the user's own files of platforms, one text for each.
 */
mistakes: Array<string>, 
/**
 * Whether the key is being saved.
 */
saving: boolean, 
/**
 * Why the key was not saved.
 */
problem: ProblemView | null, };

/**
 * A platform that can be chosen.
 */
export type KeyPlatform = { 
/**
 * Its id.
 */
id: string, 
/**
 * Its name.
 */
name: string, 
/**
 * The host that will receive the key.
 */
host: string, };

/**
 * The language of every text.
 */
export type Language = "system" | "english" | "german";

/**
 * An account's last good balance.
 */
export type LastBalance = { 
/**
 * The spendable tokens.
 */
spendable: Tokens, 
/**
 * The whole balance.
 */
balance: Balance, 
/**
 * What a full well holds.
 */
full: Tokens, 
/**
 * When it was received, by this computer's clock.
 */
received_at: string, };

/**
 * The figure of an account in the list of accounts.
 */
export type LastMeter = { 
/**
 * What is left; `None` if nothing is reported.
 */
left: string | null, 
/**
 * How full its well is, in percent; `None` if the platform reports no limit.
 */
percent: number | null, 
/**
 * Whether something is left.
 */
any: boolean, 
/**
 * When it was received, by this computer's clock.
 */
received_at: string | null, 
/**
 * Whether it may be out of date.
 */
stale: boolean, 
/**
 * Whether the platform has refused the key.
 */
refused: boolean, };

/**
 * What is left of today's tokens at the next reset.
 */
export type LeftAtReset = { 
/**
 * The time.
 */
at: string, 
/**
 * Bank and fast tokens.
 */
plan: Tokens, 
/**
 * Usable top-up tokens.
 */
top_up: Tokens, };

/**
 * A window of a list.
 */
export type ListView<T> = { 
/**
 * The items that were fetched.
 */
items: Array<T>, 
/**
 * When they were last fetched. `None` before the first time.
 */
fetched_at: string | null, 
/**
 * The first or the next items are being fetched.
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
 * Why the last fetch failed.
 */
problem: ProblemView | null, };

/**
 * Why top-up tokens cannot be used.
 */
export type LockedReason = "not_entitled" | "dispute" | "unknown";

/**
 * A setting that whoever manages the computer has set.
 */
export type LockedSetting = "start_at_login" | "appearance" | "language";

/**
 * One meter of a platform.
 */
export type MeterView = { 
/**
 * Which meter.
 */
id: string, 
/**
 * The platform's own name.
 */
name: string, 
/**
 * What is left, with its unit; `None` if the platform does not report it.
 */
left: string | null, 
/**
 * What was there at the last renewal, without its unit.
 */
limit: string | null, 
/**
 * How full its well is, in percent; `None` if the platform reports no limit.
 */
percent: number | null, 
/**
 * Whether something is left.
 */
any: boolean, 
/**
 * When the platform fills it again.
 */
renews_at: string | null, 
/**
 * Whether it is below its alert threshold.
 */
low: boolean, 
/**
 * The alert threshold that the user set, as a number with a point.
 */
alert: string | null, 
/**
 * The alert threshold that applies, as it is written in the user's language.
 */
threshold: string | null, };

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
tax_included: boolean, 
/**
 * Who calculates and collects tax.
 */
tax: Tax, };

/**
 * A command of one page of the panel. It is ignored unless the panel is open and an account is signed in.
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
 * The data of the pages.
 */
export type PagesView = { 
/**
 * The tokens spent in the last 30 days, by day and bucket.
 */
usage: ListView<DayUsage>, 
/**
 * The forecast. `None` if the usage is unknown or zero.
 */
forecast: Forecast | null, 
/**
 * The entries of the ledger, newest first.
 */
activity: ListView<Entry>, 
/**
 * The filter of the activity.
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
 * Set if the browser could not open a page of a purchase.
 */
browser: ProblemView | null, };

/**
 * What can be opened in the panel from outside of it.
 */
export type PanelEntry = "home" | "add_tokens" | "settings" | "checkout";

/**
 * A notice about a condition that lasts. The most important one comes first.
 */
export type PanelNotice = "keyring_waiting" | "app_too_old" | "cache_unwritable" | "keyring_missing" | "keyring_locked" | "keyring_refused" | "clock_wrong" | "cache_rebuilt" | "no_tray";

/**
 * A page of the panel. Its data is fetched when it is opened.
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
 * What the account loses at the end of its plan (rule 9).
 */
export type PlanEnd = { 
/**
 * The time.
 */
at: string, 
/**
 * The bank and fast tokens that are forfeited.
 */
forfeited: Tokens, 
/**
 * The top-up tokens that are locked.
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
tax_included: boolean, 
/**
 * Who calculates and collects tax.
 */
tax: Tax, };

/**
 * Stripe's page for managing the subscription.
 */
export type Portal = { "step": "opening" } | { "step": "open", 
/**
 * Its address.
 */
url: string, 
/**
 * Set if the browser could not be opened. The panel then offers Copy link.
 */
problem: ProblemView | null, } | { "step": "refused", 
/**
 * The problem to show.
 */
problem: ProblemView, };

/**
 * What whoever manages this computer has set.
 */
export type PresetView = { 
/**
 * The service's address.
 */
service: string | null, 
/**
 * What the users know that service as.
 */
name: string | null, 
/**
 * Whether there is no other service.
 */
service_locked: boolean, };

/**
 * A problem and what to do about it. The text comes from the message file or from the service.
 */
export type ProblemView = { 
/**
 * A stable code for programs and tests, such as `offline`, `subscription_required`, `certificate`.
 */
code: string, 
/**
 * The text for the user.
 */
text: string, };

/**
 * What the panel should open by itself.
 */
export type Prompt = { "prompt": "add_tokens" } | { "prompt": "settings" } | { "prompt": "refused", 
/**
 * The tokens that it needed.
 */
needed: Tokens, 
/**
 * The tokens that were spendable.
 */
spendable: Tokens, 
/**
 * The tokens that were locked.
 */
locked: Tokens, 
/**
 * What the user can do about it.
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
 * The price before discount and tax, as Stripe charged it. Like the next three amounts in minor units, and `None` until
 * the checkout is completed.
 */
subtotal: Minor | null, 
/**
 * What a coupon or promotion code took off.
 */
discount: Minor | null, 
/**
 * The tax. It is part of the total, also if the price includes it.
 */
tax: Minor | null, 
/**
 * What was charged.
 */
total: Minor | null, 
/**
 * The currency of these four amounts. It differs from `currency` only if the purchase is `refund_due`.
 */
charged_currency: string | null, 
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
export type PurchaseStatus = "open" | "processing" | "paid" | "expired" | "failed" | "refund_due" | "refunded" | "partially_refunded" | "disputed" | "unknown";

/**
 * The progress of a purchase.
 */
export type PurchaseStep = { "step": "creating", 
/**
 * Why it could not be created yet.
 */
problem: ProblemView | null, } | { "step": "waiting", 
/**
 * The checkout's address.
 */
checkout_url: string, 
/**
 * Set if the browser could not be opened. The panel then offers Copy link.
 */
problem: ProblemView | null, 
/**
 * Cancel purchase was pressed, and the request is in flight.
 */
cancelling: boolean, } | { "step": "processing" } | { "step": "paid", 
/**
 * The receipt's address, if it may be opened.
 */
receipt_url: string | null, 
/**
 * What was charged.
 */
charge: ChargeView, } | { "step": "refund_due", 
/**
 * What was charged.
 */
charge: ChargeView, } | { "step": "ended", 
/**
 * `expired`, `failed`, `refunded` or `disputed`. A cancelled one is `expired` with `by_user`.
 */
status: PurchaseStatus, 
/**
 * The user cancelled it.
 */
by_user: boolean, } | { "step": "refused", 
/**
 * The problem to show.
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
 * The quantity.
 */
quantity: number, 
/**
 * The total number of tokens.
 */
tokens: Tokens, 
/**
 * The total price, in minor units.
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
 * The progress.
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
 * The problem to show.
 */
problem: ProblemView | null, 
/**
 * The stored account that has to sign in again, if there is one.
 */
again: AccountKey | null, } | { "state": "signing_in", 
/**
 * The page's address, in case the browser did not open.
 */
url: string | null, } | { "state": "signed_in", 
/**
 * The account. `None` until the first refresh.
 */
account: Account | null, 
/**
 * The person's name, if the issuer gives one.
 */
name: string | null, } | { "state": "key" };

/**
 * A change of one setting.
 */
export type SettingChange = { "setting": "alerts", "value": Alerts } | { "setting": "start_at_login", "value": boolean } | { "setting": "appearance", "value": Appearance } | { "setting": "language", "value": Language } | { "setting": "remind", "value": boolean } | { "setting": "shortcut", "value": boolean } | { "setting": "figure", "value": boolean };

/**
 * The user's settings.
 */
export type SettingsView = { 
/**
 * When the user is notified of a low balance.
 */
alerts: Alerts, 
/**
 * The service's thresholds, which apply unless the user has own ones. Empty until the balance is known.
 */
usual_alerts: Array<UsualAlert>, 
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
 * Whether the user is reminded before plan tokens are forfeited.
 */
remind: boolean, 
/**
 * The keys that open the panel from anywhere, as the system names them. `None` if none do.
 */
shortcut: string | null, 
/**
 * Whether the spendable tokens stand beside the tray icon. `None` on a system without room for them.
 */
figure: boolean | null, 
/**
 * Those that the user cannot change.
 */
locked: Array<LockedSetting>, 
/**
 * Why the last change failed.
 */
problem: ProblemView | null, 
/**
 * The diagnostics file, if the user asked for it.
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
 * The checkout's address.
 */
checkout_url: string, } | { "step": "refused", 
/**
 * Which plan.
 */
plan_id: string, 
/**
 * The problem to show.
 */
problem: ProblemView, };

/**
 * Stripe's status of a subscription.
 */
export type SubscriptionStatus = "trialing" | "active" | "past_due" | "unpaid" | "canceled" | "incomplete" | "incomplete_expired" | "paused" | "unknown";

/**
 * Who calculates and collects tax.
 */
export type Tax = "none" | "stripe" | "unknown";

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
 * Why there is no update.
 */
export type UpdateFailure = "unreachable" | "not_genuine" | "unreadable" | "too_large" | "incomplete" | "not_stored" | "not_started";

/**
 * How the user gets the next version of the app.
 */
export type UpdateView = { "state": "current" } | { "state": "looking" } | { "state": "downloading", 
/**
 * Its version.
 */
version: string, } | { "state": "ready", 
/**
 * Its version.
 */
version: string, 
/**
 * Whether something is being bought, which a restart must not interrupt.
 */
waits: boolean, } | { "state": "failed", 
/**
 * Why.
 */
why: UpdateFailure, } | { "state": "command", 
/**
 * The command for it.
 */
command: string, } | { "state": "page" } | { "state": "managed" };

/**
 * What spends and committed holds used up since the last reset, of every bucket.
 */
export type Used = { 
/**
 * The tokens.
 */
tokens: Tokens, 
/**
 * When the period that they are counted for started.
 */
since: string, };

/**
 * An alert threshold of the service.
 */
export type UsualAlert = { 
/**
 * Its share of the plan's allowance.
 */
percent: number, 
/**
 * The threshold in tokens.
 */
below: Tokens, };

/**
 * Everything that the panel shows.
 */
export type View = { 
/**
 * Whether the panel is open. A warm one draws nothing.
 */
open: boolean, 
/**
 * The locale of texts, as a BCP 47 tag.
 */
locale: string, 
/**
 * How numbers, dates and times are written.
 */
formats: Formats, 
/**
 * Who is signed in, or the progress of signing in.
 */
session: Session, 
/**
 * The sign-in to another account, while an account is signed in.
 */
adding: AddingAccount | null, 
/**
 * Every account that is stored on this computer, in the order in which they were added.
 */
accounts: Array<AccountView>, 
/**
 * The form for another API key.
 */
key_form: KeyForm, 
/**
 * The account that is shown, if it is read with an API key.
 */
key_account: KeyAccountView | null, 
/**
 * The address of the token service that is in use, or that the sign-in form proposes.
 */
service: string, 
/**
 * What whoever manages this computer has set.
 */
preset: PresetView, 
/**
 * Whether the service is reachable; if not, since when.
 */
connection: Connection, 
/**
 * The last good balance. `None` before the first one.
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
 * How the user reaches the service's operator: an e-mail address or the address of a page.
 */
support_contact: string | null, 
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
 * The data of the panel's pages.
 */
pages: PagesView, 
/**
 * What the panel should open by itself, after a tray command, a link or a refused spend.
 */
prompt: Prompt | null, 
/**
 * The notices about conditions that last, most important first.
 */
notices: Array<PanelNotice>, 
/**
 * The next version of the app, if the user has to know of it.
 */
update: UpdateView | null, 
/**
 * The user's settings.
 */
settings: SettingsView, };

/** How an amount of a currency is counted: its decimals, and of how many minor units it is a multiple. */
export type MinorUnit = { digits: number, step: number };

/** The minor unit of most currencies. */
export const USUAL_MINOR_UNIT: MinorUnit = { digits: 2, step: 1 }

/** The minor units of all other currencies, by code. */
export const MINOR_UNITS: Readonly<Record<string, MinorUnit>> = {
    bhd: { digits: 3, step: 10 },
    bif: { digits: 0, step: 1 },
    clp: { digits: 0, step: 1 },
    djf: { digits: 0, step: 1 },
    gnf: { digits: 0, step: 1 },
    isk: { digits: 2, step: 100 },
    jod: { digits: 3, step: 10 },
    jpy: { digits: 0, step: 1 },
    kmf: { digits: 0, step: 1 },
    krw: { digits: 0, step: 1 },
    kwd: { digits: 3, step: 10 },
    mga: { digits: 0, step: 1 },
    omr: { digits: 3, step: 10 },
    pyg: { digits: 0, step: 1 },
    rwf: { digits: 0, step: 1 },
    tnd: { digits: 3, step: 10 },
    ugx: { digits: 2, step: 100 },
    vnd: { digits: 0, step: 1 },
    vuv: { digits: 0, step: 1 },
    xaf: { digits: 0, step: 1 },
    xof: { digits: 0, step: 1 },
    xpf: { digits: 0, step: 1 },
}
