# Die Texte des Fensters. Token-Mengen kommen als Zahlen; Geldbeträge, Zeiten und Alter kommen als fertiger Text.

app-name = Tokenwell

## Actions
add-tokens = Token aufladen
back = Zurück
cancel = Abbrechen
close = Schließen
hide = Ausblenden
learn-more = Mehr erfahren: So werden Token verbraucht
show-less = Weniger anzeigen
try-again = Erneut versuchen
copy-link = Link kopieren
link-copied = Link kopiert
quit = Tokenwell beenden
keys = Strg+{ $key }

## Signing in
welcome-title = Ihre Token auf einen Blick
welcome-text = Tokenwell sitzt im Infobereich und zeigt, wie viele Token Sie haben, welche als Nächstes verbraucht werden und wann es neue gibt. Wird es knapp, laden Sie nach, ohne Ihre Arbeit zu unterbrechen.
service = Dienst
service-change = Dienst ändern
service-hint = Die Adresse, die Sie von Ihrem Studio bekommen haben.
service-invalid = Geben Sie eine Adresse ein, die mit https:// beginnt, zum Beispiel https://tokens.example.com.
sign-in = Anmelden
sign-in-hint = Sie melden sich im Browser an. Tokenwell sieht Ihr Passwort nie.
lesson = So werden Ihre Token verbraucht
lesson-example = Ein Beispiel
lesson-rollover = aus früheren Monaten, zuerst verbraucht
lesson-fast = jeden Monat neu, danach verbraucht
lesson-top-up = gekauft, verfallen nie, zuletzt verbraucht
signing-in-title = Weiter im Browser
signing-in-text = Melden Sie sich auf der geöffneten Seite an. Danach geht es hier automatisch weiter.
signing-in-reopen = Seite erneut öffnen

## Several accounts
accounts = Konten
account-nameless = Konto ohne Namen
as-of = Stand: { $ago }
add-account = Konto hinzufügen…
add-account-title = Konto hinzufügen
add-account-text = Sie bleiben als { $name } angemeldet und können jederzeit zwischen Ihren Konten wechseln.
sign-in-again = Erneut anmelden
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
and-frozen = { NUMBER($locked) } eingefroren
rollover = Rollover-Bank
fast = Fast-Token
top-up = Top-up
spent-first = zuerst
of-cap = von { $cap }
of-daily = von { $cap } pro Tag
from-earlier = aus früheren Monaten
bucket-activity = Im Verlauf zeigen
pace-by = erwartet { $on }
pace = Bei diesem Tempo steht der Pegel am { $on } hier
used-since = { NUMBER($used) } verbraucht seit { $on }
used-today = { NUMBER($used) } heute verbraucht
nothing-left = Aufgebraucht
nothing-left-until = Aufgebraucht · neue Token: { $on }
low-below = Wird knapp: unter { NUMBER($threshold) }
resets = neu am { $at }
resets-today = neu um { $at }
ends = bis { $at }
never-expires = verfällt nie
on-hold = { NUMBER($held) } reserviert
locked = { NUMBER($locked) } ohne Tarif gesperrt
locked-all = ohne Tarif gesperrt
frozen = { NUMBER($locked) } eingefroren: angefochten
frozen-all = eingefroren: angefochten
locked-unknown = { NUMBER($locked) } zurzeit nicht nutzbar
locked-unknown-all = zurzeit nicht nutzbar
owed = { $tokens ->
    [one] { NUMBER($tokens) } Token steht noch aus und wird von den nächsten Tarif-Token abgezogen
   *[other] { NUMBER($tokens) } Token stehen noch aus und werden von den nächsten Tarif-Token abgezogen
}

## The rules, in short
rules-order = Zuerst wird die Rollover-Bank verbraucht, dann die Fast-Token, zuletzt die Top-up-Token.
rules-order-fast-first = Zuerst werden die Fast-Token verbraucht, dann die Rollover-Bank, zuletzt die Top-up-Token.
rules-renewal = Sie erhalten jeden Monat { NUMBER($allowance) } Fast-Token, das nächste Mal am { $at }.
rules-daily = Sie erhalten jeden Tag { NUMBER($allowance) } Fast-Token.
rules-daily-at = Neue gibt es um { $at }.
rules-rollover = Was am Ende eines Monats von Ihren Fast-Token übrig ist, kommt in die Rollover-Bank, bis zu { NUMBER($cap) }. Was darüber hinausgeht, verfällt.
rules-rollover-none = Im kostenlosen Tarif wird nichts übertragen. In einem bezahlten Tarif kommen übrige Fast-Token am Ende eines Monats in eine Rollover-Bank.
rules-top-up = Top-up-Token verfallen nie und werden zuletzt verbraucht. Monatswechsel und die Grenze der Rollover-Bank gelten für sie nicht. Sie brauchen einen aktiven Tarif, um sie zu nutzen.
key = Im Gefäß
key-solid = verfügbar
key-empty = seit dem letzten Monatswechsel verbraucht
key-locked = gesperrt oder eingefroren, jetzt nicht nutzbar
key-pending = wird gerade bezahlt, zählt noch nicht
key-stale = letzter bekannter Stand, noch nicht bestätigt

## Age of the balance
offline-since = Offline · Stand: { $ago }
figures-from = Stand: { $ago }
figures-updating = Wird aktualisiert · Stand: { $ago }
refresh = Aktualisieren
moments-ago = gerade eben
no-figures = Ihr Guthaben ist noch nicht geladen.
loading = Ihr Guthaben wird geladen

## Notices
notice-keyring_waiting = Tokenwell wartet auf Ihren Schlüsselbund. Entsperren Sie ihn in dem Fenster, das nach dem Passwort fragt.
notice-clock_wrong = Die Uhr dieses Computers weicht um mehr als 5 Minuten von der Uhr des Dienstes ab. Zeitangaben können hier falsch sein. Prüfen Sie Datum und Uhrzeit.
notice-keyring_locked = Ihr Schlüsselbund ist gesperrt. Sie bleiben nur angemeldet, bis Sie Tokenwell beenden. Entsperren Sie ihn und wählen Sie dann „Aktualisieren“.
notice-keyring_refused = Ihr Schlüsselbund hat die Anmeldung nicht gespeichert. Sie bleiben nur angemeldet, bis Sie Tokenwell beenden.
notice-keyring_missing = Es wurde kein Schlüsselbund gefunden. Sie bleiben nur angemeldet, bis Sie Tokenwell beenden.
notice-no_tray = Dieser Desktop hat keinen Infobereich. Tokenwell läuft in einem Fenster; wenn Sie es schließen, wird Tokenwell beendet.
notice-cache_rebuilt = Die auf diesem Computer gespeicherten Daten waren beschädigt. Sie wurden beiseitegelegt und neu vom Dienst geladen.
notice-cache_unwritable = Tokenwell kann auf diesem Computer keine Daten speichern. Prüfen Sie Speicherplatz und Zugriffsrechte.
notice-app_too_old = Diese Version von Tokenwell ist zu alt für den Dienst.
update-look = Nach einem Update suchen
update-looking = Update wird gesucht…
update-downloading = Version { $version } wird heruntergeladen.
update-ready = Version { $version } von Tokenwell liegt bereit.
update-restart = Neu starten und aktualisieren
update-waits = Der Neustart geht, sobald Ihr Kauf abgeschlossen ist.
update-managed = Tokenwell wird von denen aktualisiert, die diesen Computer verwalten.
update-command = So geht es im Terminal:
update-command-hint = Findet sich so nichts Neueres, gibt es das neueste Paket bei den Downloads.
update-page = Die neueste Version bekommen Sie dort, woher Sie diese haben, oder bei den Downloads.
update-downloads = Downloads öffnen
update-failed-unreachable = Das Update ist nicht erreichbar. Prüfen Sie Ihre Verbindung.
update-failed-not_genuine = Das Update ist nicht vom Herausgeber von Tokenwell signiert und wurde deshalb nicht installiert.
update-failed-unreadable = Für diesen Computer war kein lesbares Update zu finden.
update-failed-too_large = Das Update ist größer, als es sein kann. Es wurde verworfen.
update-failed-incomplete = Das Herunterladen des Updates wurde unterbrochen.
update-failed-not_stored = Das Update ließ sich nicht speichern. Prüfen Sie freien Speicherplatz und Zugriffsrechte.
update-failed-not_started = Das Update ließ sich nicht starten. Tokenwell ist unverändert.

## Settings
settings = Einstellungen
subscription-and-billing = Abo und Abrechnung
sign-out = Abmelden
sign-out-hint = Entfernt Ihre Daten von diesem Computer. Ihre Token bleiben in Ihrem Konto.
sign-out-hint-others = Entfernt die Daten dieses Kontos von diesem Computer; Ihre anderen Konten bleiben. Ihre Token bleiben in Ihrem Konto.
signed-in-somebody = Angemeldet
email = E-Mail
alerts = Hinweise
alerts-on = Bei wenig Token Bescheid geben
alerts-usual = Unter { NUMBER($below) } verfügbaren Token ({ $percent } % Ihres Tarifs)
alerts-below = Bescheid geben bei weniger als
alerts-threshold = Weniger als { $threshold } Token
alerts-add = Schwelle hinzufügen
alerts-example = Token, zum Beispiel { NUMBER($example) }.
alerts-replaces = Token, zum Beispiel { NUMBER($example) }. Sie ersetzt die übliche.
alerts-remove = Schwelle { NUMBER($threshold) } entfernen
alerts-meters = Die Schwelle legen Sie unter jeder Anzeige fest.
remind = Erinnern, bevor Token verfallen
remind-hint = Zwei Tage bevor Ihr Tarif endet oder Fast-Token erneuert werden, für deren Rest die Rollover-Bank keinen Platz hat.
this-computer = Dieser Computer
start-at-login = Beim Anmelden starten
start-at-login-hint = Tokenwell wartet dann im Infobereich.
figure = Guthaben neben dem Symbol in der Menüleiste
shortcut = Von überall öffnen
shortcut-hint = Ein Tastenkürzel öffnet und schließt dieses Fenster.
shortcut-keys = { $keys } öffnet und schließt dieses Fenster.
locked-setting = Das legt die Verwaltung dieses Computers fest.
locked-by = Das legt { $name } fest.
appearance = Darstellung
appearance-light = Hell
appearance-dark = Dunkel
as-system = System
language = Sprache
diagnostics = Diagnose
diagnostics-text = Eine Datei mit Protokollen und Einstellungen, die Sie weitergeben können, wenn Sie Hilfe brauchen. Passwörter, Schlüssel, Ihr Name und Ihre E-Mail-Adresse stehen nicht darin.
diagnostics-save = Diagnosedatei speichern
diagnostics-saved = Gespeichert unter { $file }
plan = Tarif
plan-fast-month = { NUMBER($allowance) } Fast-Token pro Monat
plan-fast-day = { NUMBER($allowance) } Fast-Token pro Tag
plan-bank = Ungenutzte Token sammeln sich an, bis { NUMBER($cap) }
plan-renews = Verlängert sich am { $on }
plan-ends = Endet am { $on } und verlängert sich nicht
plan-ends-undated = Endet mit dem bezahlten Zeitraum und verlängert sich nicht
plan-ended = Beendet am { $on }
plan-none = Kein Abo
plan-next-tokens = Nächste Fast-Token am { $at }
plan-past-due = Die letzte Zahlung ist fehlgeschlagen. Stripe versucht es erneut; bis sie bezahlt ist, verlängert sich nichts.
plan-unpaid = Ihr Abo ist nicht bezahlt und daher nicht aktiv. Bezahlen Sie die offene Rechnung, um fortzufahren.
plan-incomplete = Die erste Zahlung wurde nicht abgeschlossen. Ihr Abo ist daher noch nicht aktiv.
plan-inactive = Ihr Abo ist nicht aktiv.
top-up-tokens = Top-up-Token
top-up-tokens-text = Sie verfallen nie und werden zuletzt verbraucht, nach der Rollover-Bank und den Fast-Token.
top-up-tokens-locked = Gesperrt, bis Sie wieder einen aktiven Tarif haben.
choose-plan = Tarif wählen
account-pages = Ihr Konto
plans = Tarife
price-a-month = { $price } pro Monat
price-a-year = { $price } pro Jahr
manage-subscription = Abo verwalten
pay-open-invoice = Offene Rechnung bezahlen
portal-opening = Wird geöffnet
portal-open = Ihre Abrechnungsseite ist im Browser geöffnet. Was Sie dort ändern, erscheint hier automatisch.
portal-reopen = Seite erneut öffnen
cancelling-title = Was passiert, wenn ich kündige?
cancelling-text = Bis zum { $on } bleibt alles nutzbar. Danach gilt für Ihr heutiges Guthaben:
cancelling-text-undated = Bis zum Ende des bezahlten Zeitraums bleibt alles nutzbar. Danach gilt für Ihr heutiges Guthaben:
cancelling-lose = Das verlieren Sie dann
cancelling-keep = Das behalten Sie, ohne Tarif gesperrt
cancelling-hint = Kündigen können Sie bei Stripe: „Abo verwalten“ öffnet die Seite im Browser.
ending-title = Wenn Ihr Tarif endet
ending-hint = Bis dahin können Sie Ihren Tarif bei Stripe fortsetzen: „Abo verwalten“ öffnet die Seite im Browser.

## Home: the last 30 days and the forecast
usage-title = Letzte 30 Tage
usage-spent = { NUMBER($spent) } verbraucht
usage-of-day = { $on } · { NUMBER($spent) }
usage-day-none = Nichts verbraucht
usage-by-day = Verbrauch pro Tag
usage-table = In den letzten 30 Tagen verbrauchte Token nach Tag und Art: insgesamt { NUMBER($spent) }
usage-reset = Neu
usage-reset-on = Neue Token am { $on }
usage-unknown = Ihr Verbrauch ist noch nicht geladen.
day = Tag
today = Heute
yesterday = Gestern
forecast-none = In den letzten 30 Tagen haben Sie nichts verbraucht.
forecast-unknown = Die Prognose ist noch nicht geladen.
forecast-pace = Etwa { $daily } am Tag.
forecast-leaves = Am { $on } sind so etwa { $left } in der Rollover-Bank.
forecast-leaves-untouched = Am { $on } sind so etwa { $left } in der Rollover-Bank, Ihr Top-up bleibt unangetastet.
forecast-leaves-over = Am { $on } bleiben so etwa { $left } übrig: { NUMBER($cap) } kommen in die Rollover-Bank, der Rest verfällt.
forecast-untouched = Die Token Ihres Tarifs reichen jeweils bis zur Verlängerung. Ihre Top-up-Token bleiben unangetastet.
forecast-enough = Die Token Ihres Tarifs reichen jeweils bis zur Verlängerung.
forecast-top-up = Ab { $from } werden Top‑up‑Token verbraucht; sie reichen bis { $until }.
forecast-top-up-used = Ab { $from } werden Top‑up‑Token verbraucht.
forecast-top-up-lasts = Ab { $from } werden Top‑up‑Token verbraucht; sie reichen länger als ein Jahr.
forecast-empty = Ihre Token reichen bis { $until }.
forecast-empty-today = Das ist heute aufgebraucht.
forecast-refilled = Am { $on } erhalten Sie { NUMBER($allowance) } Fast-Token.
forecast-ends = Ihr Tarif endet am { $on }. { $forfeited ->
    [one] { NUMBER($forfeited) } Token des Tarifs ist dann noch übrig und verfällt.
   *[other] { NUMBER($forfeited) } Token des Tarifs sind dann noch übrig und verfallen.
}
forecast-ends-locked = { $locked ->
    [one] { NUMBER($locked) } Top-up-Token bleibt erhalten, ist aber gesperrt.
   *[other] { NUMBER($locked) } Top-up-Token bleiben erhalten, sind aber gesperrt.
}
forecast-day = Die { NUMBER($allowance) } Token pro Tag reichen Ihnen.
forecast-day-short = Ihre { NUMBER($allowance) } Token pro Tag reichen bis etwa { $until }.
forecast-today = Die Token von heute reichen bis etwa { $until }.

## Lists
show-more = Mehr anzeigen
show-newest = Zurück zum Anfang
loading-more = Weitere werden geladen
list-offline = Offline · Stand: { $ago }
list-as-of = Stand: { $ago }.

## Activity
activity = Verlauf
activity-unknown = Ihr Verlauf ist noch nicht geladen.
activity-loading = Ihr Verlauf wird geladen
activity-none = Es gibt noch keine Einträge.
activity-none-fits = Kein Eintrag passt zu diesem Filter.
filter-bucket = Token-Art
filter-kind = Vorgang
filter-every-bucket = Alle Token
filter-every-kind = Alle Vorgänge
filter-spent = Verbraucht
filter-plan = Tarif
filter-bought = Top-up
filter-lost = Verfallen
filter-clear = Alles anzeigen
day-sum = Was an diesem Tag dazukam, abzüglich dessen, was verfiel oder zurückgenommen wurde; und was verbraucht wurde
balance-after-of = { $bucket } nach diesem Eintrag
no-change = unverändert
set-aside-before = war reserviert
export = CSV exportieren
export-saving = Wird exportiert
export-saved = Gespeichert als
show-in-folder = Im Ordner zeigen
kind-spend = Verbrauch
kind-hold = Für einen Auftrag reserviert
kind-hold_committed = Auftrag
kind-hold_released = Vom Auftrag zurückgegeben
kind-hold_expired = Zurückgegeben: Der Auftrag dauerte zu lange
kind-renewal = Verlängerung
kind-prorated = Tarif-Token für einen Teil des Zeitraums
kind-taken_back = Zurückgenommen: Der Tarif wurde gutgeschrieben
kind-daily_reset = Tägliche Token
kind-rollover = In die Rollover-Bank
kind-plan_changed = Tarif geändert
kind-grant = Top-up gekauft
kind-claw_back = Nach einer Erstattung zurückgenommen
kind-claw_back_reversed = Wieder gutgeschrieben: Die Erstattung schlug fehl
kind-imported = Von früher übernommen
kind-freeze = Eingefroren: Zahlung angefochten
kind-thaw = Wieder nutzbar: Anfechtung abgewiesen
kind-adjustment = Korrektur
kind-forfeit = Verfallen
kind-burn = Mit dem Konto gelöscht
kind-other = Andere Änderung

## Purchases
purchases = Käufe
purchases-unknown = Ihre Käufe sind noch nicht geladen.
purchases-loading = Ihre Käufe werden geladen
purchases-none = Sie haben noch keine Top-up-Token gekauft.
details = Details
purchase-expires = bis { $at }
purchase-left = noch { NUMBER($remaining) }
purchase-all-left = noch alle da
purchase-none-left = aufgebraucht
purchase-unrecovered = { $tokens ->
    [one] { NUMBER($tokens) } der erstatteten Token war schon verbraucht
   *[other] { NUMBER($tokens) } der erstatteten Token waren schon verbraucht
}
purchase-price = Preis { $amount }
purchase-discount = Rabatt { $amount }
purchase-tax = Steuer { $amount }
purchase-tax-included = davon Steuer { $amount }
status-open = Wartet auf Zahlung
status-processing = Ihre Bank bestätigt die Zahlung
status-paid = Bezahlt
status-expired = Abgelaufen; nichts wurde berechnet
status-failed = Zahlung fehlgeschlagen; nichts wurde berechnet
status-refund_due = Keine Token erhalten; Geld kommt zurück
status-refunded = Erstattet
status-partially_refunded = Teilweise erstattet
status-disputed = Zahlung angefochten
status-unknown = Diese Version kennt den Status nicht

## Deleting the account
delete-account = Konto löschen
delete-text = Damit löschen Sie Ihr Konto endgültig. Das lässt sich nicht rückgängig machen.
delete-lost = Sie verlieren
delete-plan = Ihr Tarif { $plan } wird sofort gekündigt.
delete-checkouts = Offene Bezahlseiten werden geschlossen.
delete-money = Nichts wird erstattet: weder Token noch der Rest des bezahlten Monats.
delete-processing = Eine Zahlung, die noch läuft, bringt keine Token mehr; sie wird zur Erstattung vorgemerkt.
delete-again = Wenn Sie sich später anmelden, beginnen Sie mit einem neuen, leeren Konto.
delete-type = Geben Sie zur Bestätigung { $word } ein
delete-word = LÖSCHEN
delete-keep = Konto behalten
deleting = Wird gelöscht
delete-unchanged = Ihr Konto ist unverändert.
deleted-title = Ihr Konto ist gelöscht
deleted-text = Die Token des Kontos sind endgültig verloren, und Sie sind abgemeldet. Wenn Sie sich erneut anmelden, beginnen Sie mit einem neuen Konto.

## Buying
add-title = Top-up-Token kaufen
add-text = Sie verfallen nie und werden zuletzt verbraucht, nach der Rollover-Bank und den Fast-Token.
pack = Paket
pack-tokens = { $tokens } Token
per-thousand = { $price } je { NUMBER(1000) }
pack-saves = { $percent } % günstiger
cheaper-one = { NUMBER($tokens) } in einem Paket kosten { $less } weniger ·
cheaper-several = { $quantity } × { NUMBER($tokens) } kosten { $less } weniger ·
cheaper-use = Übernehmen
quantity = Anzahl
quantity-fewer = Eins weniger
quantity-more = Eins mehr
quantity-limits = Wählen Sie eine Zahl von { $min } bis { $max }.
balance-after = Guthaben danach
total = Summe
tax-included = inklusive Steuer
paid-amount = Bezahlt
subtotal = Zwischensumme, zzgl. Steuern
buy-now = Jetzt kaufen
pay-hint = Sie bezahlen bei Stripe im Browser: Karte, Apple Pay, Google Pay oder PayPal.
packs-unknown = Die Pakete sind noch nicht geladen.
no-packs = Zurzeit gibt es keine Pakete.
cannot-buy = Eine Ihrer Zahlungen ist angefochten. Sie können wieder kaufen, sobald das geklärt ist.

## A purchase
purchase = Kauf
subscription = Abo
creating-title = Bezahlseite wird geöffnet
creating-text = Ihr Browser öffnet sich gleich.
waiting-title = { $tokens } Token unterwegs
on-their-way-short = { $tokens } unterwegs
waiting-text = Bezahlen Sie { $amount } im Browser. Sie können das hier ausblenden: Die Token kommen von selbst.
waiting-for = Wartet seit { $time }
reopen-checkout = Erneut öffnen
cancel-purchase = Kauf abbrechen
cancelling = Wird abgebrochen
processing-title = { $tokens } Token unterwegs
processing-text = Ihre Bank bestätigt die Zahlung; das kann einige Tage dauern. Danach kommen die Token von selbst.
paid-title = { $tokens } Token sind da
receipt = Beleg
expired-title = Diese Bezahlseite ist abgelaufen
failed-title = Die Zahlung ist fehlgeschlagen
cancelled-title = Kauf abgebrochen
ended-text = Nichts wurde berechnet, und Ihr Guthaben ist unverändert.
refunded-title = Diese Zahlung wurde erstattet
refunded-text = Sie haben Ihr Geld zurückerhalten, und die Token wurden zurückgenommen.
disputed-title = Diese Zahlung ist angefochten
disputed-text = Solange Ihre Bank die Zahlung prüft, sind ihre Token nicht nutzbar.
price = Preis
discount = Rabatt
tax = Steuer
tax-of-which = davon Steuer
refund-due-title = Sie erhalten Ihr Geld zurück
refund-due-text = Der abgebuchte Betrag passt nicht zur Bestellung. Deshalb wurden keine Token gutgeschrieben.
refund-due-amount = Abgebucht
refund-due-next = Sie bekommen alles auf dem Weg zurück, auf dem Sie bezahlt haben. Sie müssen nichts tun; bezahlen Sie diese Bestellung nicht noch einmal.
refund-due-contact = Bei Fragen wenden Sie sich an { $contact }.
refund-due-operator = den Betreiber von { $host }
refused-title = Das hat nicht geklappt
refused-needs-plan = Dafür brauchen Sie einen Tarif
choose-pack = Anderes Paket wählen
show-purchases = Käufe anzeigen

## Plans
upgrade-title = Tarif wählen, um aufzuladen
upgrade-text = Zum Kaufen und Nutzen von Top-up-Token brauchen Sie einen Tarif. Jeder Tarif enthält Fast-Token für jeden Monat und eine Rollover-Bank.
resubscribe-title = Ihr Tarif endete am { $on }
resubscribe-title-undated = Ihr Tarif ist nicht aktiv
resubscribe-text = { $locked ->
    [one] Ihr { $locked } Top-up-Token verfällt nie. Es wird entsperrt,
   *[other] Ihre { $locked } Top-up-Token verfallen nie. Sie werden entsperrt,
} sobald Sie wieder einen aktiven Tarif haben.
resubscribe-text-none = Sie haben den kostenlosen Tarif mit { NUMBER($allowance) } Token pro Tag. Mit einem neuen Tarif können Sie wieder Token aufladen.
resubscribe = Tarif erneuern
subscribe = Abonnieren
billing-interval = Abrechnungszeitraum
monthly = Monatlich
yearly = Jährlich
yearly-saves = Jährlich · bis zu { $percent } % sparen
per-month = pro Monat
per-year = pro Jahr
prices-with-tax = Inklusive Steuer
prices-without-tax = Steuer kommt an der Kasse hinzu
year-saves = spart { $amount } pro Jahr
your-former-plan = Ihr früherer Tarif
plans-unknown = Die Tarife sind noch nicht geladen.
no-plans = Zurzeit gibt es keine Tarife.
subscribe-hint = Sie bezahlen bei Stripe im Browser und können jederzeit kündigen: Dann verfallen Tarif-Token, und Top-up-Token werden gesperrt.
subscribing-title = Abo im Browser abschließen
subscribing-text = Ihr Tarif { $plan } beginnt, sobald er bezahlt ist. Sie können das hier ausblenden.
subscribing-cancel = Nicht jetzt

## A refused spend
spend-refused = Gerade wurden { NUMBER($needed) } Token gebraucht. Verfügbar sind { NUMBER($spendable) }.
spend-refused-locked = Gerade wurden { NUMBER($needed) } Token gebraucht. Verfügbar sind { NUMBER($spendable) }, gesperrt { NUMBER($locked) }.
spend-refused-frozen = Gerade wurden { NUMBER($needed) } Token gebraucht. Verfügbar sind { NUMBER($spendable) }, eingefroren { NUMBER($locked) }.

## Platforms that are read with an API key
add-what = Was möchten Sie hier sehen?
add-service = Dienst meines Studios
new-key = Neuen Schlüssel hinzufügen
add-key = Ein API-Schlüssel
key-text = Für Plattformen, die Ihr Guthaben nennen, aber Tokenwell nicht betreiben. Tokenwell liest es nur.
key-platform = Plattform
key-goes-to = Ihr Schlüssel wird gesendet an
api-key = API-Schlüssel
key-hint = Er wird im Schlüsselbund dieses Computers abgelegt und sonst nirgends.
key-save = Schlüssel speichern
key-sent-to = Schlüssel geht an
key-refused = Schlüssel gilt nicht mehr
platform-mistakes = Diese Dateien von Plattformen enthalten Fehler:
meter-unreported = keine Angabe
meter-left-of = { $left } von { $limit }
meter-low = Weniger als { $threshold }
meter-renews = Neu: { $on }
meter-alert = Warnen unter
meters-honest = So meldet es { $host }. Tokenwell fragt alle paar Minuten nach.
buy = Kaufen
opens-page = Öffnet { $host } im Browser
remove-key-hint = Der Schlüssel wird aus dem Schlüsselbund dieses Computers gelöscht. Bei der Plattform gilt er weiter.
