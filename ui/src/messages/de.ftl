# Alle Texte des Fensters. Mengen von Token kommen als Zahlen; Geld, Zeiten und Alter kommen ausgeschrieben.

app-name = Tokenwell

## Actions
add-tokens = Token hinzufügen
back = Zurück
cancel = Abbrechen
close = Schließen
done = Fertig
learn-more = Mehr erfahren
show-less = Weniger anzeigen
try-again = Noch einmal versuchen
copy-link = Link kopieren
link-copied = Link kopiert
quit = Tokenwell beenden

## Signing in
welcome-title = Ihre Token auf einen Blick
welcome-text = Tokenwell sitzt in Ihrer Leiste und zeigt, was Sie ausgeben können, was als Nächstes verbraucht wird und wann es neue Token gibt. Wird es knapp, fügen Sie Token hinzu, ohne Ihre Arbeit zu verlassen.
service = Dienst
service-hint = Die Adresse, die Sie von Ihrem Studio haben.
service-invalid = Geben Sie eine Adresse ein, die mit https:// beginnt, etwa https://tokens.example.com.
sign-in = Anmelden
sign-in-hint = Zum Anmelden öffnet sich Ihr Browser. Tokenwell sieht Ihr Passwort nie.
signing-in-title = Weiter im Browser
signing-in-text = Melden Sie sich auf der Seite an, die sich geöffnet hat. Dieses Fenster macht von selbst weiter.
signing-in-reopen = Seite noch einmal öffnen

## Several accounts
accounts = Konten
account-nameless = Ein Konto ohne Namen
account-tokens = { $spendable ->
    [one] { NUMBER($spendable) } Token
   *[other] { NUMBER($spendable) } Token
}
add-account = Konto hinzufügen…
add-account-title = Ein Konto hinzufügen
add-account-text = Sie bleiben dabei als { $name } angemeldet und können jederzeit zwischen Ihren Konten wechseln.
sign-in-again = Neu anmelden
other-accounts = Konten auf diesem Computer
remove-account = Von diesem Computer entfernen

## Balance
balance-open = Guthaben: { $figure } { $spendable ->
    [one] Token
   *[other] Token
} verfügbar
breakdown = Guthaben im Einzelnen
tokens-to-spend = { $spendable ->
    [one] Token verfügbar
   *[other] Token verfügbar
}
and-locked = { NUMBER($locked) } gesperrt
and-frozen = { NUMBER($locked) } eingefroren
and-unusable = { NUMBER($locked) } zurzeit nicht nutzbar
rollover = Rollover-Bank
fast = Schnelle Token
top-up = Top-up
next = zuerst
next-hint = Ihre nächste Ausgabe beginnt hier
of-cap = von { NUMBER($cap) }
a-day = { NUMBER($allowance) } am Tag
resets = neu ab { $at }
ends = bis { $at }
no-bank = gehört zu bezahlten Tarifen
never-expires = verfällt nie
on-hold = { NUMBER($held) } zurückgelegt
locked = { NUMBER($locked) } gesperrt, bis Sie wieder ein Abo haben
frozen = { NUMBER($locked) } eingefroren, solange eine Zahlung strittig ist
locked-unknown = { NUMBER($locked) } zurzeit nicht nutzbar

## The rules, in short
rules-order = Ausgaben nehmen zuerst aus der Rollover-Bank, dann von den schnellen Token, dann vom Top-up.
rules-order-fast-first = Ausgaben nehmen zuerst von den schnellen Token, dann aus der Rollover-Bank, dann vom Top-up.
rules-renewal = Sie bekommen jeden Monat { NUMBER($allowance) } schnelle Token, das nächste Mal am { $at }.
rules-daily = Sie bekommen { NUMBER($allowance) } schnelle Token am Tag.
rules-daily-at = Neue gibt es um { $at }.
rules-rollover = Was von Ihren schnellen Token übrig ist, wenn es neue gibt, geht in die Bank, bis zu { NUMBER($cap) }. Was darüber liegt, verfällt.
rules-rollover-none = Im kostenlosen Tarif wird nichts übertragen. In einem bezahlten Tarif geht in eine Rollover-Bank, was von den schnellen Token übrig ist, wenn es neue gibt.
rules-top-up = Top-up-Token verfallen nie, kein Monatswechsel und keine Grenze der Bank berührt sie, und sie werden zuletzt verbraucht. Um sie zu nutzen, brauchen Sie einen aktiven Tarif.

## Freshness
offline-since = Offline · Stand { $ago }
figures-from = Stand { $ago }
moments-ago = gerade eben
no-figures = Ihr Guthaben ist noch nicht da.
loading = Ihr Guthaben wird geholt

## Notices
notice-keyring_waiting = Wartet auf Ihren Schlüsselbund. Entsperren Sie ihn in dem Fenster, das nach dem Passwort fragt.
notice-clock_wrong = Die Uhren dieses Computers und des Dienstes weichen um mehr als 5 Minuten voneinander ab. Zeiten können hier falsch sein: Prüfen Sie Datum und Zeit.
notice-keyring_missing = Es gibt hier keinen Schlüsselbund; Sie bleiben nur angemeldet, bis Tokenwell beendet wird.
notice-no_tray = Dieser Desktop hat keinen Bereich für Symbole. Tokenwell läuft als Fenster; es zu schließen beendet Tokenwell.
notice-cache_rebuilt = Die gespeicherten Zahlen waren beschädigt. Sie wurden beiseitegelegt und neu geholt.
notice-cache_unwritable = Zahlen lassen sich nicht speichern. Prüfen Sie freien Platz und Rechte.
notice-app_too_old = Diese Version ist zu alt für den Dienst. Bitte aktualisieren Sie Tokenwell.

## Settings
settings = Einstellungen
subscription-and-billing = Abo und Zahlung
sign-out = Abmelden
sign-out-hint = Entfernt Ihre Zahlen von diesem Computer. Ihre Token bleiben auf Ihrem Konto.
sign-out-hint-others = Entfernt die Zahlen dieses Kontos von diesem Computer; Ihre anderen Konten bleiben. Ihre Token bleiben auf Ihrem Konto.
signed-in-somebody = Angemeldet
email = E-Mail
alerts = Hinweise
alerts-on = Sagen, wenn Token knapp werden
alerts-default = Einmal, wenn von der Menge Ihres Tarifs nur noch wenig verfügbar ist.
alerts-below = Sagen bei weniger als
alerts-threshold = { $threshold ->
    [one] Weniger als { $threshold } Token
   *[other] Weniger als { $threshold } Token
}
alerts-add = Sagen bei weniger als
alerts-remove = Nicht mehr bei { NUMBER($threshold) } sagen
this-computer = Dieser Computer
start-at-login = Mit der Anmeldung starten
start-at-login-hint = Tokenwell wartet dann in Ihrer Leiste.
appearance = Darstellung
appearance-light = Hell
appearance-dark = Dunkel
as-system = Wie das System
language = Sprache
diagnostics = Diagnose
diagnostics-text = Eine Datei mit Protokollen und Einstellungen für die, die Ihnen helfen. Passwörter, Schlüssel, Ihr Name und Ihre E-Mail-Adresse sind nicht darin.
diagnostics-save = Diagnosedatei speichern
diagnostics-saved = Gespeichert unter { $file }
plan = Tarif
plan-fast-month = { NUMBER($allowance) } schnelle Token im Monat
plan-fast-day = { NUMBER($allowance) } schnelle Token am Tag
plan-bank = Rollover-Bank bis { NUMBER($cap) }
plan-renews = Verlängert sich am { $on }
plan-ends = Endet am { $on } und verlängert sich nicht
plan-ends-undated = Endet mit dem bezahlten Zeitraum und verlängert sich nicht
plan-ended = Endete am { $on }
plan-none = Kein Abo
plan-next-tokens = Neue schnelle Token am { $at }
plan-past-due = Die letzte Zahlung ist nicht durchgegangen. Stripe versucht es noch einmal; bis sie bezahlt ist, verlängert sich nichts.
plan-unpaid = Das Abo ist unbezahlt und deshalb nicht aktiv. Bezahlen Sie die offene Rechnung, dann geht es weiter.
plan-incomplete = Die erste Zahlung wurde nicht abgeschlossen; das Abo ist noch nicht aktiv.
plan-inactive = Das Abo ist nicht aktiv.
top-up-tokens = Top-up-Token
top-up-tokens-text = Verfallen nie. Zuletzt verbraucht, nach der Bank und den schnellen Token.
top-up-tokens-locked = Gesperrt, bis Sie wieder einen aktiven Tarif haben.
choose-plan = Tarif wählen
account-pages = Ihr Konto
plans = Tarife
price-a-month = { $price } im Monat
price-a-year = { $price } im Jahr
manage-subscription = Abo verwalten
pay-open-invoice = Offene Rechnung bezahlen
portal-opening = Wird geöffnet
portal-open = Ihre Abo-Seite ist im Browser geöffnet. Was Sie dort ändern, erscheint hier von selbst.
portal-reopen = Seite noch einmal öffnen
cancelling-title = Wenn Sie kündigen
cancelling-text = Bis zum { $on } bleibt alles nutzbar. Was dann übrig ist, mit den Zahlen von heute:
cancelling-text-undated = Bis zum Ende des bezahlten Zeitraums bleibt alles nutzbar. Was dann übrig ist, mit den Zahlen von heute:
cancelling-forfeited = verfällt
cancelling-locked = gesperrt und weiter sichtbar, wieder nutzbar mit einem neuen Abo
cancelling-hint = Kündigen können Sie auf der Abo-Seite unter „Abo verwalten“.
ending-title = Wenn Ihr Tarif endet
ending-hint = Bis dahin können Sie den Tarif auf der Abo-Seite unter „Abo verwalten“ fortsetzen.

## Home: the last 30 days and where they lead
usage-title = Letzte 30 Tage
usage-spent = { NUMBER($spent) } verbraucht
usage-of-day = { $on } · { NUMBER($spent) }
usage-table = In den letzten 30 Tagen verbrauchte Token, nach Tag und Herkunft: { NUMBER($spent) } zusammen
usage-unknown = Ihr Verbrauch ist noch nicht da.
day = Tag
today = Heute
yesterday = Gestern
forecast-title = Wenn es so weitergeht
forecast-none = Sie haben in den letzten 30 Tagen nichts verbraucht; es gibt keine Grundlage für eine Vorhersage.
forecast-untouched = Die Token Ihres Tarifs reichen bis zu jeder Erneuerung. Ihr Top-up bleibt unberührt.
forecast-enough = Die Token Ihres Tarifs reichen bis zu jeder Erneuerung.
forecast-top-up = Das Top-up wird ab { $from } verbraucht und reicht bis { $until }.
forecast-top-up-used = Das Top-up wird ab { $from } verbraucht.
forecast-top-up-lasts = Das Top-up wird ab { $from } verbraucht und reicht länger als ein Jahr.
forecast-empty = Ihre Token reichen bis { $until }.
forecast-refilled = { NUMBER($allowance) } schnelle Token kommen am { $on }.
forecast-refilled-at = { NUMBER($allowance) } neue kommen um { $at }.
forecast-ends = Ihr Tarif endet am { $on }; { NUMBER($forfeited) } seiner Token sind dann übrig und verfallen.
forecast-ends-locked = { $locked ->
    [one] { NUMBER($locked) } Top-up-Token bleibt, gesperrt.
   *[other] { NUMBER($locked) } Top-up-Token bleiben, gesperrt.
}
forecast-day = Die { NUMBER($allowance) } Token eines Tages reichen.
forecast-day-short = Die { NUMBER($allowance) } Token eines Tages reichen bis etwa { $until }.
forecast-today = Die Token von heute reichen bis etwa { $until }.

## Lists
show-more = Mehr anzeigen
show-newest = Zurück zum Neuesten
loading-more = Mehr wird geholt
list-offline = Offline · Liste { $ago }
list-as-of = Liste { $ago }.

## Activity
activity = Verlauf
activity-unknown = Ihr Verlauf ist noch nicht da.
activity-loading = Ihr Verlauf wird geholt
activity-none = Mit Ihren Token ist noch nichts geschehen.
activity-none-fits = Kein Eintrag passt zu diesem Filter.
filter-bucket = Herkunft
filter-kind = Art
filter-every-bucket = Alle Token
filter-every-kind = Alles
filter-spent = Verbraucht
filter-plan = Tarif
filter-bought = Top-up
filter-lost = Verfallen
filter-clear = Alles anzeigen
balance-after-of = { $bucket } danach
export = CSV speichern
export-saving = Wird gespeichert
export-saved = Gespeichert als
show-in-folder = Im Ordner zeigen
kind-spend = Ausgabe
kind-hold = Für einen Auftrag zurückgelegt
kind-hold_committed = Von einem Auftrag verbraucht
kind-hold_released = Von einem Auftrag zurückgegeben
kind-hold_expired = Zurückgegeben: der Auftrag dauerte zu lange
kind-renewal = Erneuerung
kind-daily_reset = Token des Tages
kind-rollover = In die Rollover-Bank übertragen
kind-plan_changed = Tarif geändert
kind-grant = Top-up gekauft
kind-claw_back = Mit einer Erstattung zurückgenommen
kind-claw_back_reversed = Wieder gegeben: eine Erstattung schlug fehl
kind-freeze = Eingefroren: Zahlung strittig
kind-thaw = Wieder nutzbar: Streit gewonnen
kind-adjustment = Korrektur
kind-forfeit = Verfallen
kind-burn = Mit dem Konto verloren
kind-other = Andere Änderung

## Purchases
purchases = Käufe
purchases-unknown = Ihre Käufe sind noch nicht da.
purchases-loading = Ihre Käufe werden geholt
purchases-none = Sie haben noch keine Top-up-Token gekauft.
purchase-of = { $quantity ->
    [one] { $pack }
   *[other] { $quantity } × { $pack }
}
purchase-expires = bis { $at }
purchase-left = { NUMBER($remaining) } von { NUMBER($granted) } übrig
purchase-unrecovered = { NUMBER($tokens) } waren verbraucht, bevor sie zurückgenommen werden konnten
status-open = Wartet auf Zahlung
status-processing = Zahlung unterwegs
status-paid = Bezahlt
status-expired = Abgelaufen; es wurde nichts berechnet
status-failed = Zahlung fehlgeschlagen; es wurde nichts berechnet
status-refunded = Erstattet
status-partially_refunded = Teilweise erstattet
status-disputed = Zahlung strittig
status-unknown = In einem Zustand, den diese Version nicht kennt

## Deleting the account
delete-account = Konto löschen
delete-text = Damit löschen Sie Ihr Konto endgültig. Niemand kann es zurückholen.
delete-lost = Sie verlieren
delete-plan = Ihr Tarif { $plan } wird sofort gekündigt.
delete-checkouts = Offene Bezahlseiten werden geschlossen.
delete-again = Wer sich später anmeldet, beginnt mit einem neuen, leeren Konto.
delete-type = Geben Sie { $word } ein, um fortzufahren
delete-keep = Konto behalten
deleting = Wird gelöscht
delete-unchanged = Ihr Konto ist wie zuvor.
deleted-title = Ihr Konto ist gelöscht
deleted-text = Seine Token sind endgültig verloren, und Sie sind abgemeldet. Eine neue Anmeldung beginnt ein neues Konto.

## Buying
add-title = Top-up-Token hinzufügen
add-text = Verfallen nie. Zuletzt verbraucht, nach der Bank und den schnellen Token.
pack = Paket
pack-tokens = { $tokens ->
    [one] { $tokens } Token
   *[other] { $tokens } Token
}
per-thousand = { $price } je { NUMBER(1000) }
quantity = Anzahl
quantity-fewer = Eins weniger
quantity-more = Eins mehr
quantity-limits = Wählen Sie { $min } bis { $max }.
you-get = Sie bekommen
balance-after = Guthaben danach
total = Summe
tax-included = inklusive Steuer
tax-added = Steuer kommt an der Kasse hinzu
buy-now = Jetzt kaufen
pay-hint = Sie bezahlen bei Stripe im Browser: Karte, Apple Pay, Google Pay, PayPal.
packs-unknown = Die Pakete sind noch nicht da.
no-packs = Zurzeit gibt es keine Pakete.
cannot-buy = Eine Ihrer Zahlungen ist strittig. Sie können wieder kaufen, sobald das geklärt ist.

## A purchase
creating-title = Bezahlseite wird geöffnet
creating-text = Ihr Browser öffnet sich gleich.
waiting-title = Im Browser bezahlen
waiting-text = { $tokens ->
    [one] { $tokens } Token
   *[other] { $tokens } Token
} für { $amount }. Ihre Token kommen von selbst hier an; Sie können dieses Fenster schließen.
waiting-for-payment = Wartet auf Zahlung
reopen-checkout = Bezahlseite wieder öffnen
cancel-purchase = Kauf abbrechen
cancelling = Wird abgebrochen
processing-title = Zahlung unterwegs
processing-text = Ihre Bank braucht für diese Art der Zahlung etwas Zeit. { $tokens ->
    [one] { $tokens } Token kommt
   *[other] { $tokens } Token kommen
} hier an, sobald sie durch ist; Sie können dieses Fenster schließen.
paid-title = { $tokens ->
    [one] { $tokens } Token hinzugefügt
   *[other] { $tokens } Token hinzugefügt
}
paid-text = Ihre Top-up-Token verfallen nie.
new-balance = Neues Guthaben
paid-amount = Bezahlt
receipt = Beleg
expired-title = Diese Bezahlseite ist abgelaufen
failed-title = Die Zahlung ist fehlgeschlagen
cancelled-title = Kauf abgebrochen
ended-text = Es wurde nichts berechnet, und Ihr Guthaben ist wie zuvor.
refused-title = Das hat nicht geklappt

## Plans
upgrade-title = Wählen Sie einen Tarif, um Token hinzuzufügen
upgrade-text = Top-up-Token ergänzen einen Tarif. Jeder Tarif bringt jeden Monat schnelle Token und eine Rollover-Bank.
resubscribe-title = Ihr Tarif endete am { $on }
resubscribe-title-undated = Ihr Tarif ist nicht aktiv
resubscribe-text = { $locked ->
    [one] Ihr { $locked } Top-up-Token verfällt nie. Es wird frei,
   *[other] Ihre { $locked } Top-up-Token verfallen nie. Sie werden frei,
} sobald Sie wieder einen aktiven Tarif haben.
resubscribe-text-none = Sie haben den kostenlosen Tarif mit { NUMBER($allowance) } Token am Tag. Mit einem neuen Abo können Sie wieder Token hinzufügen.
resubscribe = Neu abonnieren
subscribe = Abonnieren
billing-interval = Wie oft Sie bezahlen
monthly = Monatlich
yearly = Jährlich
per-month = im Monat
per-year = im Jahr
prices-with-tax = Inklusive Steuer
prices-without-tax = Steuer kommt an der Kasse hinzu
year-saves = spart { $amount } im Jahr
plan-detail-month = { NUMBER($allowance) } Token im Monat · Bank bis { NUMBER($cap) }
plan-detail-day = { NUMBER($allowance) } Token am Tag
your-former-plan = Ihr früherer Tarif
plans-unknown = Die Tarife sind noch nicht da.
no-plans = Zurzeit gibt es keine Tarife.
subscribe-hint = Sie bezahlen bei Stripe im Browser und können jederzeit kündigen.
subscribing-title = Abo im Browser abschließen
subscribing-text = { $plan }. Ihr Tarif beginnt, sobald er bezahlt ist; Sie können dieses Fenster schließen.
subscribing-cancel = Nicht jetzt

## A refused spend
spend-refused = Eine Ausgabe von { NUMBER($needed) } Token wurde abgelehnt: Sie haben { NUMBER($spendable) } verfügbar.
spend-refused-locked = Eine Ausgabe von { NUMBER($needed) } Token wurde abgelehnt: Sie haben { NUMBER($spendable) } verfügbar und { NUMBER($locked) } gesperrt.
spend-refused-frozen = Eine Ausgabe von { NUMBER($needed) } Token wurde abgelehnt: Sie haben { NUMBER($spendable) } verfügbar und { NUMBER($locked) } eingefroren.
