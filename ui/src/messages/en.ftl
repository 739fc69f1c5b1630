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
rules-rollover = What is left of your fast tokens at a reset moves to the bank, up to { NUMBER($cap) }. Anything above that is forfeited.
rules-rollover-none = On a paid plan, what is left of your fast tokens at a reset moves to a Rollover Bank. On the free plan nothing rolls over.
rules-top-up = Top-up tokens never expire and are spent last. You need an active plan to use them.

## Freshness
offline-since = Offline · figures from { $ago }
figures-from = Figures from { $ago }
moments-ago = moments ago
no-figures = Your balance has not come yet.
loading = Fetching your balance

## Notices
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
plan-ended = Ended on { $on }
plan-none = No subscription
plan-past-due = The last payment did not go through. Stripe tries again; nothing renews until then.
plan-inactive = Not active: the subscription is unpaid or paused.
top-up-tokens = Top-up tokens
top-up-tokens-text = Never expire. Used last, after your bank and fast tokens.
top-up-tokens-locked = Locked until you have an active plan again.
choose-plan = Choose a plan

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
