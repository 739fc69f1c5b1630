# The panel's texts. Token amounts are passed as numbers; money, dates and ages are passed as formatted text.

app-name = Tokenwell

## Actions
add-tokens = Add Tokens
back = Back
cancel = Cancel
close = Close
hide = Hide
learn-more = Learn more: how tokens are spent
show-less = Show less
try-again = Try again
copy-link = Copy link
link-copied = Link copied
quit = Quit Tokenwell
keys = Ctrl+{ $key }

## Signing in
welcome-title = Your tokens, at a glance
welcome-text = Tokenwell lives in your tray. It shows how many tokens you can spend, which are spent next, and when they reset. When you run low, you add more without leaving your work.
service = Service
service-change = Change service
service-hint = The address that your studio gave you.
service-invalid = Enter an address that starts with https://, such as https://tokens.example.com.
sign-in = Sign in
sign-in-hint = You sign in in your browser. Tokenwell never sees your password.
lesson = How your tokens are spent
lesson-example = An example
lesson-rollover = left from earlier months, spent first
lesson-fast = new every month, spent next
lesson-top-up = bought, never expire, spent last
signing-in-title = Finish in your browser
signing-in-text = Sign in on the page that opened. This window continues by itself.
signing-in-reopen = Open the page again

## Several accounts
accounts = Accounts
account-nameless = Account without a name
as-of = updated { $ago }
add-account = Add account…
add-account-title = Add an account
add-account-text = You stay signed in as { $name }. You can switch between your accounts at any time.
sign-in-again = Sign in again
other-accounts = Accounts on this computer
remove-account = Remove from this computer

## Balance
balance-open = Balance: { $figure } { $spendable ->
    [one] token
   *[other] tokens
} to spend
breakdown = Balance breakdown
tokens-to-spend = { $spendable ->
    [one] token to spend
   *[other] tokens to spend
}
and-frozen = { NUMBER($locked) } frozen
rollover = Rollover Bank
fast = Fast tokens
top-up = Top-up
spent-first = spent first
of-cap = of { $cap }
of-daily = of { $cap } a day
from-earlier = left from earlier months
bucket-activity = Show in Activity
pace-by = expected { $on }
pace = At this pace, the level is here at the reset on { $on }
used-since = { NUMBER($used) } spent since { $on }
used-today = { NUMBER($used) } spent today
nothing-left = Nothing left to spend
nothing-left-until = Nothing left · new tokens { $on }
low-below = Running low: below { NUMBER($threshold) }
resets = resets { $at }
resets-today = resets { $at }
ends = until { $at }
never-expires = never expires
on-hold = { NUMBER($held) } on hold
locked = { NUMBER($locked) } locked until you resubscribe
locked-all = locked until you resubscribe
frozen = { NUMBER($locked) } frozen: payment disputed
frozen-all = frozen: payment disputed
locked-unknown = { NUMBER($locked) } unavailable right now
locked-unknown-all = unavailable right now
owed = { $tokens ->
    [one] { NUMBER($tokens) } token is owed and is taken from the next plan tokens
   *[other] { NUMBER($tokens) } tokens are owed and are taken from the next plan tokens
}

## The rules, in short
rules-order = Your Rollover Bank is spent first, then fast tokens, then top-up tokens.
rules-order-fast-first = Fast tokens are spent first, then your Rollover Bank, then top-up tokens.
rules-renewal = You get { NUMBER($allowance) } fast tokens each month, next on { $at }.
rules-daily = You get { NUMBER($allowance) } fast tokens a day.
rules-daily-at = They reset at { $at }.
rules-rollover = Fast tokens that are left at a reset roll over into your Rollover Bank, up to { NUMBER($cap) }. Anything above that is lost.
rules-rollover-none = On the free plan, nothing rolls over. On a paid plan, fast tokens that are left at a reset roll over into a Rollover Bank.
rules-top-up = Top-up tokens never expire and are spent last. Resets and the limit of the Rollover Bank do not affect them. You need an active plan to use them.
key = In the well
key-solid = can be spent
key-empty = spent since the last reset
key-locked = locked or frozen: cannot be spent now
key-pending = being paid for, not counted yet
key-stale = last known, not confirmed yet

## Age of the balance
offline-since = Offline · last updated { $ago }
figures-from = Last updated { $ago }
figures-updating = Updating · last updated { $ago }
refresh = Refresh
moments-ago = moments ago
no-figures = Your balance hasn’t loaded yet.
loading = Loading your balance

## Notices
notice-keyring_waiting = Waiting for your keyring. Unlock it in the window that asks for its password.
notice-clock_wrong = This computer’s clock and the service’s clock differ by more than 5 minutes, so times here may be wrong. Check your date and time settings.
notice-keyring_locked = Your keyring is locked, so you stay signed in only until Tokenwell quits. Unlock it, then choose Refresh.
notice-keyring_refused = Your keyring refused to store the sign-in, so you stay signed in only until Tokenwell quits.
notice-keyring_missing = No keyring was found, so you stay signed in only until Tokenwell quits.
notice-no_tray = This desktop has no tray. Tokenwell runs in a window; closing the window quits Tokenwell.
notice-cache_rebuilt = The data saved on this computer was damaged. It was set aside and loaded again from the service.
notice-cache_unwritable = Tokenwell cannot save data on this computer. Check free disk space and permissions.
notice-app_too_old = This version of Tokenwell is too old for the service.
update-look = Look for an update
update-looking = Looking for an update…
update-downloading = Version { $version } is being downloaded.
update-ready = Version { $version } of Tokenwell is ready.
update-restart = Restart to update
update-waits = You can restart once your purchase has ended.
update-managed = Whoever manages this computer updates Tokenwell.
update-command = Update it in a terminal:
update-command-hint = If that finds nothing newer, get the newest package from the downloads.
update-page = Get the newest version where you got this one, or from the downloads.
update-downloads = Open downloads
update-failed-unreachable = The update could not be reached. Check your connection.
update-failed-not_genuine = The update is not signed by Tokenwell’s publisher, so it was not installed.
update-failed-unreadable = No update for this computer could be read.
update-failed-too_large = The update is larger than it can be, so it was not kept.
update-failed-incomplete = The download of the update was interrupted.
update-failed-not_stored = The update could not be saved. Check free disk space and permissions.
update-failed-not_started = The update could not be started. Tokenwell is unchanged.

## Settings
settings = Settings
subscription-and-billing = Subscription and Billing
sign-out = Sign out
sign-out-hint = Removes your data from this computer. Your tokens stay in your account.
sign-out-hint-others = Removes this account’s data from this computer; your other accounts stay. Your tokens stay in your account.
signed-in-somebody = Signed in
email = E-mail
alerts = Alerts
alerts-on = Alert me when tokens run low
alerts-usual = Below { NUMBER($below) } tokens to spend ({ $percent }% of your plan)
alerts-below = Alert me below
alerts-threshold = { $threshold ->
    [one] Fewer than { $threshold } token
   *[other] Fewer than { $threshold } tokens
}
alerts-add = Add a threshold
alerts-example = Tokens, for example { NUMBER($example) }.
alerts-replaces = Tokens, for example { NUMBER($example) }. It replaces the usual one.
alerts-remove = Remove the alert below { NUMBER($threshold) }
alerts-meters = Set a threshold below each figure.
remind = Remind me before tokens are forfeited
remind-hint = Two days before your plan ends, or before a reset that your Rollover Bank has no room for.
this-computer = This computer
start-at-login = Start at login
start-at-login-hint = Tokenwell then waits in your tray.
figure = Tokens beside the menu bar icon
shortcut = Open from anywhere
shortcut-hint = A keyboard shortcut opens and closes this window.
shortcut-keys = { $keys } opens and closes this window.
locked-setting = Whoever manages this computer has set this.
locked-by = { $name } has set this.
appearance = Appearance
appearance-light = Light
appearance-dark = Dark
as-system = System
language = Language
diagnostics = Diagnostics
diagnostics-text = One file with logs and settings that you can send to whoever helps you. It does not contain passwords, keys, your name or your e-mail address.
diagnostics-save = Save diagnostics file
diagnostics-saved = Saved to { $file }
plan = Plan
plan-fast-month = { NUMBER($allowance) } fast tokens a month
plan-fast-day = { NUMBER($allowance) } fast tokens a day
plan-bank = Unused tokens roll over, up to { NUMBER($cap) }
plan-renews = Renews { $on }
plan-ends = Ends { $on } and does not renew
plan-ends-undated = Ends with the paid period and does not renew
plan-ended = Ended { $on }
plan-none = No subscription
plan-next-tokens = Next fast tokens on { $at }
plan-past-due = The last payment did not go through. Stripe will try again; nothing renews until it is paid.
plan-unpaid = Your subscription is unpaid and not active. Pay the open invoice to continue.
plan-incomplete = The first payment was not completed, so your subscription is not active yet.
plan-inactive = Your subscription is not active.
top-up-tokens = Top-up tokens
top-up-tokens-text = They never expire and are spent last, after your Rollover Bank and fast tokens.
top-up-tokens-locked = Locked until you have an active plan again.
choose-plan = Choose a plan
account-pages = Your account
plans = Plans
price-a-month = { $price } a month
price-a-year = { $price } a year
manage-subscription = Manage subscription
pay-open-invoice = Pay the open invoice
portal-opening = Opening
portal-open = Your billing page is open in your browser. Changes that you make there appear here.
portal-reopen = Open the page again
cancelling-title = What happens if I cancel
cancelling-text = Everything stays usable until { $on }. With today’s balance, this happens then:
cancelling-text-undated = Everything stays usable until the paid period ends. With today’s balance, this happens then:
cancelling-lose = You lose then
cancelling-keep = You keep, locked until you resubscribe
cancelling-hint = You cancel on Stripe’s page, which Manage subscription opens in your browser.
ending-title = When your plan ends
ending-hint = Until it ends, you can resume your plan on Stripe’s page, which Manage subscription opens in your browser.

## Home: the last 30 days and the forecast
usage-title = Last 30 days
usage-spent = { NUMBER($spent) } spent
usage-of-day = { $on } · { NUMBER($spent) }
usage-day-none = Nothing spent
usage-by-day = Tokens spent by day
usage-table = Tokens spent in the last 30 days, by day and bucket: { NUMBER($spent) } in all
usage-reset = Reset
usage-reset-on = Reset on { $on }
usage-unknown = Your spending hasn’t loaded yet.
day = Day
today = Today
yesterday = Yesterday
forecast-none = You spent nothing in the last 30 days.
forecast-unknown = The forecast hasn’t loaded yet.
forecast-pace = About { $daily } a day.
forecast-leaves = That leaves about { $left } on { $on }, which roll over.
forecast-leaves-untouched = That leaves about { $left } on { $on }, which roll over; top-up stays untouched.
forecast-leaves-over = That leaves about { $left } on { $on }: { NUMBER($cap) } roll over, and the rest is lost.
forecast-untouched = Your plan’s tokens last until each reset. Your top-up tokens stay untouched.
forecast-enough = Your plan’s tokens last until each reset.
forecast-top-up = Top-up tokens are spent from { $from } on and last until { $until }.
forecast-top-up-used = Top-up tokens are spent from { $from } on.
forecast-top-up-lasts = Top-up tokens are spent from { $from } on and last for more than a year.
forecast-empty = Your tokens last until { $until }.
forecast-empty-today = That is gone today.
forecast-refilled = You get { NUMBER($allowance) } fast tokens on { $on }.
forecast-ends = Your plan ends on { $on }. { $forfeited ->
    [one] { NUMBER($forfeited) } token of the plan is left then and lost.
   *[other] { NUMBER($forfeited) } tokens of the plan are left then and lost.
}
forecast-ends-locked = { $locked ->
    [one] { NUMBER($locked) } top-up token stays, but is locked.
   *[other] { NUMBER($locked) } top-up tokens stay, but are locked.
}
forecast-day = Your { NUMBER($allowance) } tokens a day are enough.
forecast-day-short = Your { NUMBER($allowance) } tokens a day last until about { $until }.
forecast-today = Today’s tokens last until about { $until }.

## Lists
show-more = Show more
show-newest = Back to the newest
loading-more = Loading more
list-offline = Offline · last updated { $ago }
list-as-of = Last updated { $ago }.

## Activity
activity = Activity
activity-unknown = Your activity hasn’t loaded yet.
activity-loading = Loading your activity
activity-none = There is no activity yet.
activity-none-fits = No entry matches this filter.
filter-bucket = Tokens
filter-kind = Changes
filter-every-bucket = All tokens
filter-every-kind = All changes
filter-spent = Spent
filter-plan = Plan
filter-bought = Top-up
filter-lost = Lost
filter-clear = Show everything
day-sum = What came in on this day, less what was lost or taken back; and what was spent
balance-after-of = { $bucket } after this entry
no-change = no change
set-aside-before = set aside before
export = Export CSV
export-saving = Exporting
export-saved = Saved as
show-in-folder = Show in folder
kind-spend = Spent
kind-hold = Set aside for a job
kind-hold_committed = Spent by a job
kind-hold_released = Returned by a job
kind-hold_expired = Returned: the job took too long
kind-renewal = Renewal
kind-prorated = Plan tokens for a part of the period
kind-taken_back = Taken back: the plan was credited
kind-daily_reset = Daily tokens
kind-rollover = Rolled over
kind-plan_changed = Plan changed
kind-grant = Top-up bought
kind-claw_back = Taken back after a refund
kind-claw_back_reversed = Given back: the refund failed
kind-imported = Brought over from before
kind-freeze = Frozen: payment disputed
kind-thaw = Usable again: dispute won
kind-adjustment = Correction
kind-forfeit = Lost: did not roll over
kind-burn = Lost with the account
kind-other = Other change

## Purchases
purchases = Purchases
purchases-unknown = Your purchases haven’t loaded yet.
purchases-loading = Loading your purchases
purchases-none = You have not bought any top-up tokens yet.
details = Details
purchase-expires = until { $at }
purchase-left = { NUMBER($remaining) } left
purchase-all-left = all left
purchase-none-left = all spent
purchase-unrecovered = { $tokens ->
    [one] { NUMBER($tokens) } of the refunded tokens was spent already
   *[other] { NUMBER($tokens) } of the refunded tokens were spent already
}
purchase-price = Price { $amount }
purchase-discount = discount { $amount }
purchase-tax = tax { $amount }
purchase-tax-included = of which tax { $amount }
status-open = Waiting for payment
status-processing = Your bank is confirming the payment
status-paid = Paid
status-expired = Expired; nothing was charged
status-failed = Payment failed; nothing was charged
status-refund_due = No tokens added; your money comes back
status-refunded = Refunded
status-partially_refunded = Partly refunded
status-disputed = Payment disputed
status-unknown = Status unknown to this version

## Deleting the account
delete-account = Delete account
delete-text = This deletes your account for good. This can’t be undone.
delete-lost = You lose
delete-plan = Your { $plan } plan is cancelled at once.
delete-checkouts = Open checkouts are closed.
delete-money = Nothing is refunded: neither tokens nor the rest of the paid month.
delete-processing = A payment that is still under way adds no tokens; it is listed for a refund.
delete-again = If you sign in later, you start with a new, empty account.
delete-type = Type { $word } to confirm
delete-word = DELETE
delete-keep = Keep account
deleting = Deleting
delete-unchanged = Your account has not changed.
deleted-title = Your account is deleted
deleted-text = Its tokens are gone for good, and you are signed out. If you sign in again, you start with a new account.

## Buying
add-title = Add top-up tokens
add-text = They never expire and are spent last, after your Rollover Bank and fast tokens.
pack = Pack
pack-tokens = { $tokens ->
    [one] { $tokens } token
   *[other] { $tokens } tokens
}
per-thousand = { $price } per { NUMBER(1000) }
pack-saves = { $percent }% less
cheaper-one = { NUMBER($tokens) } in one pack is { $less } less ·
cheaper-several = { $quantity } × { NUMBER($tokens) } is { $less } less ·
cheaper-use = Use it
quantity = Quantity
quantity-fewer = One fewer
quantity-more = One more
quantity-limits = Choose a number from { $min } to { $max }.
balance-after = Balance after
total = Total
tax-included = tax included
paid-amount = Paid
subtotal = Subtotal, before tax
buy-now = Buy Now
pay-hint = You pay on Stripe in your browser: card, Apple Pay, Google Pay or PayPal.
packs-unknown = The packs haven’t loaded yet.
no-packs = There are no packs on sale right now.
cannot-buy = One of your payments is disputed. You can buy again once that is settled.

## A purchase
purchase = Purchase
subscription = Subscription
creating-title = Opening checkout
creating-text = Your browser opens in a moment.
waiting-title = { $tokens ->
    [one] { $tokens } token on its way
   *[other] { $tokens } tokens on their way
}
on-their-way-short = { $tokens ->
    [one] { $tokens } on its way
   *[other] { $tokens } on their way
}
waiting-text = Finish paying { $amount } in your browser. You can hide this; the tokens arrive on their own.
waiting-for = Waiting { $time }
reopen-checkout = Reopen
cancel-purchase = Cancel purchase
cancelling = Cancelling
processing-title = { $tokens ->
    [one] { $tokens } token on its way
   *[other] { $tokens } tokens on their way
}
processing-text = Your bank is confirming the payment, which can take a few days. The tokens arrive once it has.
paid-title = { $tokens ->
    [one] { $tokens } token added
   *[other] { $tokens } tokens added
}
receipt = Receipt
expired-title = This checkout has expired
failed-title = The payment failed
cancelled-title = Purchase cancelled
ended-text = Nothing was charged, and your balance has not changed.
refunded-title = This payment was refunded
refunded-text = You got your money back, and its tokens were taken back.
disputed-title = This payment is disputed
disputed-text = Its tokens cannot be used while your bank looks into the payment.
price = Price
discount = Discount
tax = Tax
tax-of-which = of which tax
refund-due-title = You get your money back
refund-due-text = The amount charged did not match your order, so no tokens were added.
refund-due-amount = Charged
refund-due-next = You’ll get all of it back the way you paid. There is nothing to do; do not pay for this order again.
refund-due-contact = If you have a question, contact { $contact }.
refund-due-operator = the operator of { $host }
refused-title = That did not work
refused-needs-plan = You need a plan for this
choose-pack = Choose another pack
show-purchases = Show purchases

## Plans
upgrade-title = Choose a plan to add tokens
upgrade-text = You need a plan to buy and use top-up tokens. Every plan includes fast tokens each month and a Rollover Bank.
resubscribe-title = Your plan ended on { $on }
resubscribe-title-undated = Your plan is not active
resubscribe-text = { $locked ->
    [one] Your { $locked } top-up token never expires. It unlocks
   *[other] Your { $locked } top-up tokens never expire. They unlock
} as soon as you have an active plan again.
resubscribe-text-none = You are on the free plan, with { NUMBER($allowance) } tokens a day. Resubscribe to add tokens again.
resubscribe = Resubscribe
subscribe = Subscribe
billing-interval = Billing interval
monthly = Monthly
yearly = Yearly
yearly-saves = Yearly · save up to { $percent }%
per-month = a month
per-year = a year
prices-with-tax = Tax included
prices-without-tax = Tax is added at checkout
year-saves = saves { $amount } a year
your-former-plan = your former plan
plans-unknown = The plans haven’t loaded yet.
no-plans = There are no plans on offer right now.
subscribe-hint = You pay on Stripe in your browser. You can cancel at any time: then plan tokens are lost, and top-up tokens are locked.
subscribing-title = Finish subscribing in your browser
subscribing-text = Your { $plan } plan starts as soon as it is paid. You can hide this.
subscribing-cancel = Not now

## A refused spend
spend-refused = { NUMBER($needed) } tokens were needed just now. You have { NUMBER($spendable) } to spend.
spend-refused-locked = { NUMBER($needed) } tokens were needed just now. You have { NUMBER($spendable) } to spend and { NUMBER($locked) } locked.
spend-refused-frozen = { NUMBER($needed) } tokens were needed just now. You have { NUMBER($spendable) } to spend and { NUMBER($locked) } frozen.

## Platforms that are read with an API key
add-what = What do you want to see here?
add-service = My studio’s service
new-key = Add a new key
add-key = An API key
key-text = For platforms that report your balance but do not run Tokenwell. Tokenwell only reads it.
key-platform = Platform
key-goes-to = Your key will be sent to
api-key = API key
key-hint = It is stored in this computer’s keyring and nowhere else.
key-save = Save key
key-sent-to = Key is sent to
key-refused = Key no longer works
platform-mistakes = These files of platforms have mistakes:
meter-unreported = not reported
meter-left-of = { $left } of { $limit }
meter-low = Less than { $threshold }
meter-renews = Renews { $on }
meter-alert = Warn me below
meters-honest = As { $host } reports it. Tokenwell asks every few minutes.
buy = Buy
opens-page = Opens { $host } in your browser
remove-key-hint = The key is deleted from this computer’s keyring. At the platform it stays valid.
