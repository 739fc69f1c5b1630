# The texts of the tray, the notifications, the sign-in page and the problems. The panel's texts are in ui/src/messages.

## Tray
app = Tokenwell
tray-starting = Starting…
tray-signed-out = Signed out
tray-signing-in = Signing in: continue in your browser
tray-loading = Loading your balance
tray-spendable = { $tokens } tokens to spend
tray-locked = { $tokens } locked
tray-frozen = { $tokens } frozen
tray-unusable = { $tokens } unavailable
tray-low = running low
tray-rollover = Rollover Bank { $tokens } of { $cap }
tray-fast = Fast { $tokens } of { $allowance }
tray-fast-resets = Fast { $tokens } of { $allowance } · resets { $when }
tray-top-up = Top-up { $tokens }
tray-top-up-locked = Top-up { $tokens } · { $locked } locked until you have an active plan
tray-top-up-frozen = Top-up { $tokens } · { $locked } frozen while a payment is disputed
tray-top-up-unusable = Top-up { $tokens } · { $locked } unavailable right now
tray-next = Next spent from { $bucket }
tray-next-none = Nothing to spend
tray-total = { $tokens } tokens
tray-total-low = { $tokens } tokens, running low
tray-tip-rollover = Rollover Bank { $tokens }
tray-tip-fast = Fast { $tokens }
tray-tip-top-up = Top-up { $tokens }
tray-offline = Offline · last updated { $age }
tray-stale = Last updated { $age }
tray-current = Up to date
tray-resets = fast tokens reset { $when }
tray-tip-resets = Resets { $when }
tray-tip-offline = Offline
tray-tip-stale = { $age }
tray-paying = Waiting for payment: reopen checkout…
tray-cancel-purchase = Cancel purchase
tray-add-tokens = Add Tokens…
tray-packs = Add Tokens
tray-pack = { $name } · { $tokens } tokens · { $price }
tray-upgrade = Choose a plan
tray-resubscribe = Resubscribe
tray-plan = { $name } · { $price }
tray-nothing-on-sale = Nothing on sale right now
tray-open = Open Tokenwell
tray-refresh = Refresh
tray-accounts = Accounts
tray-account-signed-out = { $name } · sign in again
tray-settings = Settings…
tray-restart-to-update = Restart to update
tray-sign-in = Sign in…
tray-sign-in-again = Open the sign-in page again
tray-cancel-sign-in = Cancel sign-in
tray-quit = Quit
tray-keys = Ctrl+{ $key }
shortcut-purpose = Open or close Tokenwell
bucket-rollover = Rollover Bank
bucket-fast = Fast
bucket-top-up = Top-up

## tokenwell-glance
glance-as-of = as of { $when }
glance-stale = may be out of date

## Short numbers
short-million = { $number }M
short-billion = { $number }B
short-trillion = { $number }T

## Money
money = { $amount } { $currency }
price-plus-tax = { $price } plus tax
price-month = { $price } a month
price-year = { $price } a year

## Times
moment = { $date } { $zone }
zone-CET = CET
zone-CEST = CEST
age-now = just now
age-minutes = { $count ->
    [one] 1 minute ago
   *[other] { $number } minutes ago
}
age-hours = { $count ->
    [one] 1 hour ago
   *[other] { $number } hours ago
}
age-days = { $count ->
    [one] 1 day ago
   *[other] { $number } days ago
}

## Notifications
notify-open = Open
notify-paid-title = { $tokens } tokens added
notify-paid = Your payment arrived. Top-up tokens never expire.
notify-free = There was nothing to pay. Top-up tokens never expire.
notify-refund-due-title = You get your money back
notify-refund-due = You were charged, but no tokens were added. Do not pay again; Tokenwell shows what happens next.
notify-ended-title = No tokens were added
notify-expired = The checkout ended without a payment. Nothing was charged.
notify-failed = The payment failed. Nothing was charged.
notify-refused-title = Not enough tokens
notify-refused-upgrade = { $needed } needed, { $spendable } to spend. A plan gives you more.
notify-refused-resubscribe = { $needed } needed, { $spendable } to spend, { $locked } locked. Resubscribe to unlock them.
notify-refused-add-tokens = { $needed } needed, { $spendable } to spend. Add tokens to continue.
notify-low-title = { $tokens } tokens left
notify-low = That is fewer than { $threshold }.
notify-low-resets = That is fewer than { $threshold }. Fast tokens reset { $when }.

notify-forfeit-title = { $tokens } tokens will be forfeited
notify-forfeit-bank = Fast tokens reset { $when }, and your Rollover Bank has no room for them. Spend them before.
notify-forfeit-end = Your plan ends { $when }. Spend them before.
notify-forfeit-end-locked = Your plan ends { $when }. Spend them before. You keep { $locked } top-up tokens, locked until you have an active plan.
notify-browser-title = Your browser did not open
notify-no-plan-title = You have no new plan

## Dialogs, where no panel can open
dialog-ok = OK
dialog-cancel = Cancel
dialog-checkout = Open checkout
no-panel-title = Tokenwell cannot open its window
no-panel-not-installed = The window needs Microsoft Edge WebView2, which is not installed. Get it from https://go.microsoft.com/fwlink/p/?LinkId=2124703, then choose Open Tokenwell.
no-panel-broken = The system’s web view does not work. On Linux, install or repair WebKitGTK (the package libwebkit2gtk-4.1-0, webkit2gtk4.1 or webkit2gtk-4.1), then choose Open Tokenwell.
no-panel-meanwhile = Until then, the menu of the tray icon signs you in, adds tokens and refreshes your balance. Notifications appear as usual.
ask-buy-title = Add { $tokens } tokens?
ask-buy = { $name } for { $price }. The checkout opens in your browser. Nothing is charged before you pay there.
ask-plan-title = Subscribe to { $name }?
ask-plan = { $allowance } fast tokens a month for { $price }. The checkout opens in your browser. Nothing is charged before you pay there.

## The page in the browser after signing in
signed-in-title = You are signed in
signed-in-text = You can close this page and go back to Tokenwell.
sign-in-ended-title = You are not signed in
sign-in-ended-text = Close this page and go back to Tokenwell to see what happened.

## Problems: what happened and what to do
problem-offline = The service cannot be reached. Check your network; Tokenwell keeps trying.
problem-timeout = The service took too long to answer. Tokenwell keeps trying.
problem-certificate = The service’s certificate is not valid. Check this computer’s clock and the address; nothing was sent.
problem-clock = According to this computer’s clock, the service’s certificate is not valid now. Check the date and time; if they are right, contact the service’s operator. Nothing was sent.
problem-not_a_service = There is no token service at this address. Check the address.
problem-service_too_new = The service is too new for this version of Tokenwell. Update Tokenwell.
problem-service_too_old = The service is too old for this version of Tokenwell. Ask its operator to update it.
problem-service_error = The service reported an error (status { $status }). Tokenwell keeps trying.
problem-refused = The service refused the request (status { $status }).
problem-unauthorized = The service no longer accepts this sign-in. Sign in again.
problem-session_ended = Your sign-in has ended. Sign in again.
problem-account_deleted = This account was deleted. Its tokens are gone for good; signing in again starts a new account.
problem-keyring_locked = Your keyring is locked. Unlock it, then choose Refresh.
problem-keyring_unavailable = No keyring responds on this computer yet. Tokenwell keeps trying.
problem-keyring = Your keyring cannot be read. Sign in again.
problem-bad_address = This is not the address of a service. An address starts with https:// and a name.
problem-not_encrypted = This address is not encrypted. Use https:// (http:// is only for a service on this computer).
problem-sign_in_denied = The sign-in page did not sign you in. Try again.
problem-sign_in_timeout = The sign-in was not completed within 10 minutes. Try again.
problem-sign_in_unverified = The response of the sign-in page could not be verified and was not used. Try again; if it happens again, contact the service’s operator.
problem-sign_in_unavailable = The service’s sign-in page cannot be reached. Try again later.
problem-sign_in_unsupported = Tokenwell cannot sign you in here: the sign-in provider of this service does not support { $lacks }. Contact the service’s operator.
sign-in-lacks-loopback = apps that are installed on a computer
sign-in-lacks-pkce = PKCE with S256
sign-in-lacks-public-client = apps that keep no secret
problem-local_port = Tokenwell could not open a port for the browser to return to. Check this computer’s firewall, then try again.
problem-browser = The browser could not be opened. Copy the link and open it yourself.
problem-page_not_allowed = The service sent a page on a host that it does not list for payments, so it was not opened. Contact the service’s operator.
problem-cache_unwritable = The purchase could not be saved on this computer, so nothing was sent. Free some disk space, then try again.
problem-file_unwritable = The file could not be saved in your Downloads folder. Check free disk space and permissions, then try again.
problem-shortcut = The shortcut could not be set: your system does not offer it, or another program uses its keys.
problem-start_at_login = Start at login could not be changed: your system does not allow it.

## Refusals of the service
service-already_paid = This purchase is paid already, so there is nothing to cancel.
service-already_subscribed = You have an active plan already. You can change it under Settings, Subscription and Billing.
service-body_too_slow = Your connection was too slow, and the service gave up waiting. Try again.
service-dispute_open = One of your payments is disputed. You can buy again once that is settled.
service-internal_error = The service failed to do this. Nothing was changed; try again in a moment.
service-invalid_quantity = So many packs cannot be bought at once. Choose fewer.
service-issuer_unreachable = The sign-in service does not answer, so your sign-in cannot be checked. Tokenwell keeps trying.
service-no_subscription = You have no plan to manage yet.
service-not_found = The service does not know this purchase.
service-not_understood = The service does not understand this version of Tokenwell. Update Tokenwell; if that does not help, contact the service’s operator.
service-overloaded = The service has too much to do right now. Nothing was begun; try again in a moment.
service-payment_provider_refused = Stripe refused this. Nothing was charged. If it happens again, contact the service’s operator.
service-payment_provider_unavailable = Stripe does not answer right now. Nothing was charged; try again in a moment.
service-rate_limited = Tokenwell has asked the service too often. Wait a moment, then try again.
service-subscription_required = Top-up tokens can be bought with an active plan. Nothing was charged.
service-subscription_required-again = Top-up tokens can be bought with an active plan, which also unlocks those you have. Nothing was charged.
service-timed_out = This took the service too long. Try again: nothing is done twice.
service-too_many_checkouts = Too many checkouts are open. Pay or cancel one of them, or wait a day: then they have expired.
service-too_many_checkouts-counted = Too many checkouts are open: { $open }. Pay or cancel one of them, or wait a day: then they have expired.
service-unavailable = The service is not ready right now. Try again in a moment: nothing is done twice.
service-unknown_pack = This pack is no longer on sale. Choose another one.
service-unknown_plan = This plan is no longer on offer. Choose another one.

## Platforms that are read with an API key
meter-line = { $name }: { $amount }
meter-line-of = { $name }: { $amount } of { $limit }
meter-unreported = { $name }: not reported
meter-tokens = { $count ->
    [one] { $amount } token
   *[other] { $amount } tokens
}
meter-credits = { $count ->
    [one] { $amount } credit
   *[other] { $amount } credits
}
meter-characters = { $count ->
    [one] { $amount } character
   *[other] { $amount } characters
}
meter-money = { $amount } { $currency }
key-account-plan = API key
tray-buy = Buy…
tray-key-refused = This key no longer works
notify-key-refused-title = Your key for { $platform } no longer works
notify-key-refused = The platform does not accept it any more, so Tokenwell has stopped asking. Add a new key.
notify-meter-low-title = { $left } left
notify-meter-low = { $platform }, { $meter }: that is less than { $threshold }.
notify-meter-low-renews = { $platform }, { $meter }: that is less than { $threshold }. It renews { $when }.
problem-no_key_typed = Paste the key for { $platform }.
problem-not_a_key = This is not a key for { $platform }: a key is one line of letters, digits and signs.
problem-unknown_platform = Tokenwell no longer knows { $platform }. Check its file, then start Tokenwell again.
problem-other_address = { $platform } now has another address than the one you gave your key for, so nothing was sent. Add the key again if that is right.
problem-platform_offline = { $platform } cannot be reached. Tokenwell tries again in a few minutes.
problem-platform_timeout = { $platform } took too long to answer. Tokenwell tries again in a few minutes.
problem-platform_certificate = The certificate of { $platform } is not valid, so your key was not sent. Check this computer’s clock.
problem-key_refused = { $platform } no longer accepts this key. Add a new one, and remove this account.
problem-key_forbidden = { $platform } does not let this key read your balance. Give the key that permission at { $platform }.
problem-platform_too_many = { $platform } has received too many requests. Tokenwell waits before it asks again.
problem-platform_redirected = { $platform } answered with another address, to which your key was not sent.
problem-platform_status = { $platform } reported an error (status { $status }). Tokenwell tries again in a few minutes.
problem-platform_unreadable = The answer of { $platform } could not be read ({ $why }). Your last figures are kept.
problem-key_locked = Your keyring with the key for { $platform } is locked. Unlock it, then choose Refresh.
problem-key_no_keyring = There is no keyring on this computer that can store the key for { $platform }, so it was not saved. Tokenwell stores keys nowhere else.
problem-key_gone = The key for { $platform } is not in your keyring any more. Add it again.
