# Every text of the panel. Amounts of tokens come as numbers; money, dates and ages come written out.

app-name = Tokenwell

## Actions
add-tokens = Add Tokens
back = Back
cancel = Cancel
close = Close
done = Done
learn-more = Learn more
show-less = Show less
try-again = Try again
copy-link = Copy link
link-copied = Link copied
quit = Quit Tokenwell

## Signing in
welcome-title = Your tokens, at a glance
welcome-text = Tokenwell stands in your tray and shows what you can spend, what is spent next, and when it resets. When you run low, you add tokens without leaving your work.
service = Service
service-hint = The address your studio gave you.
service-invalid = Enter an address that starts with https://, such as https://tokens.example.com.
sign-in = Sign in
sign-in-hint = Your browser opens to sign you in. Tokenwell never sees your password.
signing-in-title = Finish in your browser
signing-in-text = Sign in on the page that opened. This window goes on by itself.
signing-in-reopen = Open the page again

## Several accounts
accounts = Accounts
account-nameless = An account without a name
account-tokens = { $spendable ->
    [one] { NUMBER($spendable) } token
   *[other] { NUMBER($spendable) } tokens
}
add-account = Add account…
add-account-title = Add an account
add-account-text = You stay signed in as { $name } meanwhile, and can switch between your accounts at any time.
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
and-locked = { NUMBER($locked) } locked
and-frozen = { NUMBER($locked) } frozen
and-unusable = { NUMBER($locked) } not usable right now
rollover = Rollover Bank
fast = Fast tokens
top-up = Top-up
next = next
next-hint = Your next spend takes from here first
of-cap = of { NUMBER($cap) }
a-day = { NUMBER($allowance) } a day
resets = resets { $at }
ends = until { $at }
no-bank = comes with a paid plan
never-expires = never expires
on-hold = { NUMBER($held) } on hold
locked = { NUMBER($locked) } locked until you resubscribe
frozen = { NUMBER($locked) } frozen while a payment is disputed
locked-unknown = { NUMBER($locked) } not usable right now

## The rules, in short
rules-order = Spends take from the Rollover Bank first, then from fast tokens, then from top-up.
rules-order-fast-first = Spends take from fast tokens first, then from the Rollover Bank, then from top-up.
rules-renewal = You get { NUMBER($allowance) } fast tokens each month, next on { $at }.
rules-daily = You get { NUMBER($allowance) } fast tokens a day.
rules-daily-at = They reset at { $at }.
rules-rollover = What is left of your fast tokens at a reset moves to the bank, up to { NUMBER($cap) }. Anything above that is forfeited.
rules-rollover-none = On the free plan nothing rolls over. On a paid plan, what is left of your fast tokens at a reset moves to a Rollover Bank.
rules-top-up = Top-up tokens never expire, no reset or limit of the bank touches them, and they are spent last. You need an active plan to use them.

## Freshness
offline-since = Offline · figures from { $ago }
figures-from = Figures from { $ago }
moments-ago = moments ago
no-figures = Your balance has not come yet.
loading = Fetching your balance

## Notices
notice-keyring_waiting = Waiting for your keyring. Unlock it in the window that asks for its password.
notice-clock_wrong = This computer’s clock and the service’s differ by more than 5 minutes. Ages and times here may be wrong: check date and time.
notice-keyring_missing = No keyring was found, so you stay signed in only until Tokenwell quits.
notice-no_tray = This desktop has no tray. Tokenwell runs as a window, and closing it quits.
notice-cache_rebuilt = The saved figures were damaged. They were set aside and fetched anew.
notice-cache_unwritable = Figures cannot be saved. Check free disk space and permissions.
notice-app_too_old = This version is too old for the service. Please update Tokenwell.

## Settings
settings = Settings
subscription-and-billing = Subscription and Billing
sign-out = Sign out
sign-out-hint = Removes your figures from this computer. Your tokens stay on your account.
sign-out-hint-others = Removes the figures of this account from this computer; your other accounts stay. Your tokens stay on your account.
signed-in-somebody = Signed in
email = E-mail
alerts = Alerts
alerts-on = Tell me when tokens run low
alerts-default = Once, when little of your plan’s allowance is left to spend.
alerts-below = Tell me below
alerts-threshold = { $threshold ->
    [one] Fewer than { $threshold } token
   *[other] Fewer than { $threshold } tokens
}
alerts-add = Tell me below
alerts-remove = Do not tell me below { NUMBER($threshold) } any more
this-computer = This computer
start-at-login = Start at login
start-at-login-hint = Tokenwell then waits in your tray.
appearance = Appearance
appearance-light = Light
appearance-dark = Dark
as-system = As the system
language = Language
diagnostics = Diagnostics
diagnostics-text = One file with logs and settings, for whoever helps you. Passwords, keys, your name and your e-mail address are not in it.
diagnostics-save = Save diagnostics file
diagnostics-saved = Saved to { $file }
plan = Plan
plan-fast-month = { NUMBER($allowance) } fast tokens a month
plan-fast-day = { NUMBER($allowance) } fast tokens a day
plan-bank = Rollover Bank up to { NUMBER($cap) }
plan-renews = Renews on { $on }
plan-ends = Ends on { $on } and does not renew
plan-ends-undated = Ends with the paid period and does not renew
plan-ended = Ended on { $on }
plan-none = No subscription
plan-next-tokens = Next fast tokens { $at }
plan-past-due = The last payment did not go through. Stripe tries again; nothing renews until it is paid.
plan-unpaid = The subscription is unpaid, so it is not active. Pay the open invoice to go on.
plan-incomplete = The first payment was not finished, so the subscription is not active yet.
plan-inactive = The subscription is not active.
top-up-tokens = Top-up tokens
top-up-tokens-text = Never expire. Used last, after your bank and fast tokens.
top-up-tokens-locked = Locked until you have an active plan again.
choose-plan = Choose a plan
account-pages = Your account
plans = Plans
price-a-month = { $price } a month
price-a-year = { $price } a year
manage-subscription = Manage subscription
pay-open-invoice = Pay the open invoice
portal-opening = Opening
portal-open = Your billing page is open in the browser. What you change there shows here by itself.
portal-reopen = Open the page again
cancelling-title = If you cancel
cancelling-text = Everything stays usable until { $on }. What is left then, with today’s figures:
cancelling-text-undated = Everything stays usable until the paid period ends. What is left then, with today’s figures:
cancelling-forfeited = forfeited
cancelling-locked = locked and still visible, usable again when you resubscribe
cancelling-hint = You cancel on the billing page, under Manage subscription.
ending-title = When your plan ends
ending-hint = You can resume your plan on the billing page, under Manage subscription, until it ends.

## Home: the last 30 days and where they lead
usage-title = Last 30 days
usage-spent = { NUMBER($spent) } spent
usage-of-day = { $on } · { NUMBER($spent) }
usage-table = Tokens spent in the last 30 days, by day and bucket: { NUMBER($spent) } in all
usage-unknown = What you spent is not here yet.
day = Day
today = Today
yesterday = Yesterday
forecast-title = At this pace
forecast-none = You spent nothing in the last 30 days, so there is no pace to go by.
forecast-untouched = Your plan’s tokens last through every reset. Your top-up stays untouched.
forecast-enough = Your plan’s tokens last through every reset.
forecast-top-up = Top-up starts on { $from } and lasts until { $until }.
forecast-top-up-used = Top-up starts on { $from }.
forecast-top-up-lasts = Top-up starts on { $from } and lasts for more than a year.
forecast-empty = Your tokens last until { $until }.
forecast-refilled = { NUMBER($allowance) } fast tokens come on { $on }.
forecast-refilled-at = { NUMBER($allowance) } more come at { $at }.
forecast-ends = Your plan ends on { $on }; { NUMBER($forfeited) } of its tokens are then left and forfeited.
forecast-ends-locked = { $locked ->
    [one] { NUMBER($locked) } top-up token stays, locked.
   *[other] { NUMBER($locked) } top-up tokens stay, locked.
}
forecast-day = The { NUMBER($allowance) } tokens of a day are enough.
forecast-day-short = The { NUMBER($allowance) } tokens of a day last until about { $until }.
forecast-today = Today’s tokens last until about { $until }.

## Lists
show-more = Show more
show-newest = Back to the newest
loading-more = Fetching more
list-offline = Offline · list from { $ago }
list-as-of = List from { $ago }.

## Activity
activity = Activity
activity-unknown = Your activity is not here yet.
activity-loading = Fetching your activity
activity-none = Nothing has happened to your tokens yet.
activity-none-fits = No entry fits this filter.
filter-bucket = Bucket
filter-kind = Kind
filter-every-bucket = Every bucket
filter-every-kind = Everything
filter-spent = Spent
filter-plan = Plan
filter-bought = Top-up
filter-lost = Forfeited
filter-clear = Show everything
balance-after-of = { $bucket } after it
export = Export CSV
export-saving = Exporting
export-saved = Saved as
show-in-folder = Show in folder
kind-spend = Spend
kind-hold = Set aside for a job
kind-hold_committed = Used by a job
kind-hold_released = Given back by a job
kind-hold_expired = Given back: the job took too long
kind-renewal = Renewal
kind-daily_reset = Tokens of the day
kind-rollover = Moved to the Rollover Bank
kind-plan_changed = Plan changed
kind-grant = Top-up bought
kind-claw_back = Taken back with a refund
kind-claw_back_reversed = Given again: a refund failed
kind-freeze = Frozen: payment disputed
kind-thaw = Usable again: dispute won
kind-adjustment = Adjustment
kind-forfeit = Forfeited
kind-burn = Lost with the account
kind-other = Another change

## Purchases
purchases = Purchases
purchases-unknown = Your purchases are not here yet.
purchases-loading = Fetching your purchases
purchases-none = You have not bought any top-up tokens yet.
purchase-of = { $quantity ->
    [one] { $pack }
   *[other] { $quantity } × { $pack }
}
purchase-expires = until { $at }
purchase-left = { NUMBER($remaining) } of { NUMBER($granted) } left
purchase-unrecovered = { NUMBER($tokens) } were spent before they could be taken back
status-open = Waiting for payment
status-processing = Payment on its way
status-paid = Paid
status-expired = Expired; nothing was charged
status-failed = Payment failed; nothing was charged
status-refunded = Refunded
status-partially_refunded = Refunded in part
status-disputed = Payment disputed
status-unknown = In a state that this version does not know

## Deleting the account
delete-account = Delete account
delete-text = This deletes your account for good. Nobody can bring it back.
delete-lost = You lose
delete-plan = Your { $plan } plan is cancelled at once.
delete-checkouts = Checkouts that are open are closed.
delete-again = Signing in later starts a new account with nothing in it.
delete-type = Type { $word } to go on
delete-keep = Keep account
deleting = Deleting
delete-unchanged = Your account is as it was.
deleted-title = Your account is deleted
deleted-text = Its tokens are gone for good, and you are signed out. Signing in again starts a new account.

## Buying
add-title = Add top-up tokens
add-text = Never expire. Used last, after your bank and fast tokens.
pack = Pack
pack-tokens = { $tokens ->
    [one] { $tokens } token
   *[other] { $tokens } tokens
}
per-thousand = { $price } per { NUMBER(1000) }
quantity = Quantity
quantity-fewer = One fewer
quantity-more = One more
quantity-limits = Choose from { $min } to { $max }.
you-get = You get
balance-after = Balance after
total = Total
tax-included = tax included
tax-added = tax is added at checkout
buy-now = Buy Now
pay-hint = You pay on Stripe in your browser: card, Apple Pay, Google Pay, PayPal.
packs-unknown = The packs are not here yet.
no-packs = There are no packs on sale right now.
cannot-buy = A payment of yours is disputed. You can buy again once that is settled.

## A purchase
creating-title = Opening checkout
creating-text = Your browser opens in a moment.
waiting-title = Finish paying in your browser
waiting-text = { $tokens ->
    [one] { $tokens } token
   *[other] { $tokens } tokens
} for { $amount }. Your tokens arrive here by themselves; you may close this window.
waiting-for-payment = Waiting for payment
reopen-checkout = Reopen checkout
cancel-purchase = Cancel purchase
cancelling = Cancelling
processing-title = Payment on its way
processing-text = Your bank takes a while with this kind of payment. { $tokens ->
    [one] { $tokens } token arrives
   *[other] { $tokens } tokens arrive
} here once it is through; you may close this window.
paid-title = { $tokens ->
    [one] { $tokens } token added
   *[other] { $tokens } tokens added
}
paid-text = Your top-up tokens never expire.
new-balance = New balance
paid-amount = Paid
receipt = Receipt
expired-title = This checkout has expired
failed-title = The payment failed
cancelled-title = Purchase cancelled
ended-text = Nothing was charged and your balance is as it was.
refused-title = That did not work

## Plans
upgrade-title = Choose a plan to add tokens
upgrade-text = Top-up tokens work alongside a plan. Every plan brings fast tokens each month and a Rollover Bank.
resubscribe-title = Your plan ended on { $on }
resubscribe-title-undated = Your plan is not active
resubscribe-text = { $locked ->
    [one] Your { $locked } top-up token never expires. It unlocks
   *[other] Your { $locked } top-up tokens never expire. They unlock
} the moment you have an active plan again.
resubscribe-text-none = You are on the free plan, with { NUMBER($allowance) } tokens a day. Resubscribe to add tokens again.
resubscribe = Resubscribe
subscribe = Subscribe
billing-interval = How often you pay
monthly = Monthly
yearly = Yearly
per-month = a month
per-year = a year
prices-with-tax = Tax included
prices-without-tax = Tax is added at checkout
year-saves = saves { $amount } a year
plan-detail-month = { NUMBER($allowance) } tokens a month · bank up to { NUMBER($cap) }
plan-detail-day = { NUMBER($allowance) } tokens a day
your-former-plan = your former plan
plans-unknown = The plans are not here yet.
no-plans = There are no plans on offer right now.
subscribe-hint = You pay on Stripe in your browser, and can cancel at any time.
subscribing-title = Finish subscribing in your browser
subscribing-text = { $plan }. Your plan starts as soon as it is paid; you may close this window.
subscribing-cancel = Not now

## A refused spend
spend-refused = A spend of { NUMBER($needed) } tokens was refused: you have { NUMBER($spendable) } to spend.
spend-refused-locked = A spend of { NUMBER($needed) } tokens was refused: you have { NUMBER($spendable) } to spend and { NUMBER($locked) } locked.
spend-refused-frozen = A spend of { NUMBER($needed) } tokens was refused: you have { NUMBER($spendable) } to spend and { NUMBER($locked) } frozen.
