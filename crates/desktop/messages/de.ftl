# Die Texte von Infobereich, Mitteilungen, Anmeldeseite und Problemen. Die Texte des Fensters stehen in ui/src/messages.

## Tray
app = Tokenwell
tray-starting = Wird gestartet…
tray-signed-out = Abgemeldet
tray-signing-in = Anmeldung: weiter im Browser
tray-loading = Ihr Guthaben wird geladen
tray-spendable = { $tokens } Token verfügbar
tray-locked = { $tokens } gesperrt
tray-frozen = { $tokens } eingefroren
tray-unusable = { $tokens } nicht nutzbar
tray-low = nur noch wenig
tray-rollover = Rollover-Bank { $tokens } von { $cap }
tray-fast = Fast { $tokens } von { $allowance }
tray-fast-resets = Fast { $tokens } von { $allowance } · neu am { $when }
tray-top-up = Top-up { $tokens }
tray-top-up-locked = Top-up { $tokens } · { $locked } gesperrt, bis Sie wieder einen aktiven Tarif haben
tray-top-up-frozen = Top-up { $tokens } · { $locked } eingefroren, solange eine Zahlung angefochten ist
tray-top-up-unusable = Top-up { $tokens } · { $locked } zurzeit nicht nutzbar
tray-next = Als Nächstes verbraucht: { $bucket }
tray-next-none = Kein Guthaben verfügbar
tray-total = { $tokens } Token
tray-total-low = { $tokens } Token, nur noch wenig
tray-tip-rollover = Rollover-Bank { $tokens }
tray-tip-fast = Fast { $tokens }
tray-tip-top-up = Top-up { $tokens }
tray-offline = Offline · Stand: { $age }
tray-stale = Stand: { $age }
tray-current = Aktuell
tray-resets = neue Fast-Token am { $when }
tray-tip-resets = Neue Fast-Token: { $when }
tray-tip-offline = Offline
tray-tip-stale = { $age }
tray-paying = Wartet auf Zahlung: Bezahlseite erneut öffnen…
tray-cancel-purchase = Kauf abbrechen
tray-add-tokens = Token aufladen…
tray-packs = Token aufladen
tray-pack = { $name } · { $tokens } Token · { $price }
tray-upgrade = Tarif wählen
tray-resubscribe = Abo erneuern
tray-plan = { $name } · { $price }
tray-nothing-on-sale = Zurzeit gibt es nichts zu kaufen
tray-open = Tokenwell öffnen
tray-refresh = Aktualisieren
tray-accounts = Konten
tray-account-signed-out = { $name } · erneut anmelden
tray-settings = Einstellungen…
tray-restart-to-update = Neu starten und aktualisieren
tray-sign-in = Anmelden…
tray-sign-in-again = Anmeldeseite erneut öffnen
tray-cancel-sign-in = Anmeldung abbrechen
tray-quit = Beenden
tray-keys = Strg+{ $key }
shortcut-purpose = Tokenwell öffnen oder schließen
bucket-rollover = Rollover-Bank
bucket-fast = Fast-Token
bucket-top-up = Top-up

## tokenwell-glance
glance-as-of = Stand: { $when }
glance-stale = möglicherweise veraltet

## Short numbers
short-million = { $number } Mio.
short-billion = { $number } Mrd.
short-trillion = { $number } Bio.

## Money
money = { $amount } { $currency }
price-plus-tax = { $price } zuzüglich Steuern
price-month = { $price } pro Monat
price-year = { $price } pro Jahr

## Times
moment = { $date } { $zone }
zone-CET = MEZ
zone-CEST = MESZ
age-now = gerade eben
age-minutes = { $count ->
    [one] vor 1 Minute
   *[other] vor { $number } Minuten
}
age-hours = { $count ->
    [one] vor 1 Stunde
   *[other] vor { $number } Stunden
}
age-days = { $count ->
    [one] vor 1 Tag
   *[other] vor { $number } Tagen
}

## Notifications
notify-open = Öffnen
notify-paid-title = { $tokens } Token gutgeschrieben
notify-paid = Ihre Zahlung ist eingegangen. Top-up-Token verfallen nie.
notify-free = Sie mussten nichts bezahlen. Top-up-Token verfallen nie.
notify-refund-due-title = Sie erhalten Ihr Geld zurück
notify-refund-due = Ihre Zahlung wurde abgebucht, aber es wurden keine Token gutgeschrieben. Bezahlen Sie nicht noch einmal; Tokenwell zeigt, wie es weitergeht.
notify-ended-title = Es wurden keine Token gutgeschrieben
notify-expired = Die Bezahlseite ist ohne Zahlung abgelaufen. Nichts wurde berechnet.
notify-failed = Die Zahlung ist fehlgeschlagen. Nichts wurde berechnet.
notify-refused-title = Nicht genug Token
notify-refused-upgrade = { $needed } benötigt, { $spendable } verfügbar. Mit einem Tarif erhalten Sie mehr.
notify-refused-resubscribe = { $needed } benötigt, { $spendable } verfügbar, { $locked } gesperrt. Mit einem neuen Abo werden sie entsperrt.
notify-refused-add-tokens = { $needed } benötigt, { $spendable } verfügbar. Laden Sie Token auf, um weiterzumachen.
notify-low-title = Noch { $tokens } Token
notify-low = Das sind weniger als { $threshold }.
notify-low-resets = Das sind weniger als { $threshold }. Neue Fast-Token gibt es am { $when }.

notify-forfeit-title = { $tokens } Token verfallen bald
notify-forfeit-bank = Am { $when } kommen neue Fast-Token, und in der Rollover-Bank ist dafür kein Platz mehr. Verbrauchen Sie die alten vorher.
notify-forfeit-end = Ihr Tarif endet am { $when }. Verbrauchen Sie die Token bis dahin.
notify-forfeit-end-locked = Ihr Tarif endet am { $when }. Verbrauchen Sie die Token bis dahin. { $locked } Top-up-Token bleiben Ihnen, sind dann aber gesperrt, bis Sie wieder einen aktiven Tarif haben.
notify-browser-title = Ihr Browser wurde nicht geöffnet
notify-no-plan-title = Es wurde kein Abo abgeschlossen

## Dialogs, where no panel can open
dialog-ok = OK
dialog-cancel = Abbrechen
dialog-checkout = Zur Bezahlseite
no-panel-title = Tokenwell kann sein Fenster nicht öffnen
no-panel-not-installed = Für das Fenster fehlt Microsoft Edge WebView2. Laden Sie es von https://go.microsoft.com/fwlink/p/?LinkId=2124703 und wählen Sie dann „Tokenwell öffnen“.
no-panel-broken = Die Webansicht des Systems funktioniert nicht. Installieren oder reparieren Sie unter Linux WebKitGTK (das Paket libwebkit2gtk-4.1-0, webkit2gtk4.1 oder webkit2gtk-4.1) und wählen Sie dann „Tokenwell öffnen“.
no-panel-meanwhile = Bis dahin können Sie sich über das Menü im Infobereich anmelden, Token aufladen und Ihr Guthaben aktualisieren. Mitteilungen erscheinen wie gewohnt.
ask-buy-title = { $tokens } Token aufladen?
ask-buy = { $name } für { $price }. Die Bezahlseite öffnet sich in Ihrem Browser. Berechnet wird erst, was Sie dort bezahlen.
ask-plan-title = { $name } abonnieren?
ask-plan = { $allowance } Fast-Token im Monat für { $price }. Die Bezahlseite öffnet sich in Ihrem Browser. Berechnet wird erst, was Sie dort bezahlen.

## The page in the browser after signing in
signed-in-title = Sie sind angemeldet
signed-in-text = Sie können diese Seite schließen und zu Tokenwell zurückkehren.
sign-in-ended-title = Sie sind nicht angemeldet
sign-in-ended-text = Schließen Sie diese Seite und kehren Sie zu Tokenwell zurück. Dort sehen Sie, was passiert ist.

## Problems: what happened and what to do
problem-offline = Der Dienst ist nicht erreichbar. Prüfen Sie Ihr Netzwerk; Tokenwell versucht es weiter.
problem-timeout = Der Dienst hat nicht rechtzeitig geantwortet. Tokenwell versucht es weiter.
problem-certificate = Das Zertifikat des Dienstes ist ungültig. Prüfen Sie die Uhr dieses Computers und die Adresse; es wurde nichts gesendet.
problem-clock = Laut der Uhr dieses Computers ist das Zertifikat des Dienstes zurzeit ungültig. Prüfen Sie Datum und Uhrzeit; wenn beides stimmt, wenden Sie sich an den Betreiber des Dienstes. Es wurde nichts gesendet.
problem-not_a_service = Unter dieser Adresse gibt es keinen Token-Dienst. Prüfen Sie die Adresse.
problem-service_too_new = Der Dienst ist zu neu für diese Version von Tokenwell. Aktualisieren Sie Tokenwell.
problem-service_too_old = Der Dienst ist zu alt für diese Version von Tokenwell. Bitten Sie den Betreiber, ihn zu aktualisieren.
problem-service_error = Der Dienst meldet einen Fehler (Status { $status }). Tokenwell versucht es weiter.
problem-refused = Der Dienst hat die Anfrage abgelehnt (Status { $status }).
problem-unauthorized = Der Dienst akzeptiert diese Anmeldung nicht mehr. Melden Sie sich erneut an.
problem-session_ended = Ihre Anmeldung ist abgelaufen. Melden Sie sich erneut an.
problem-account_deleted = Dieses Konto wurde gelöscht. Seine Token sind endgültig verloren; bei einer neuen Anmeldung beginnen Sie mit einem neuen Konto.
problem-keyring_locked = Ihr Schlüsselbund ist gesperrt. Entsperren Sie ihn und wählen Sie dann „Aktualisieren“.
problem-keyring_unavailable = Auf diesem Computer antwortet noch kein Schlüsselbund. Tokenwell versucht es weiter.
problem-keyring = Ihr Schlüsselbund kann nicht gelesen werden. Melden Sie sich erneut an.
problem-bad_address = Das ist nicht die Adresse eines Dienstes. Eine Adresse beginnt mit https:// und einem Namen.
problem-not_encrypted = Diese Adresse ist nicht verschlüsselt. Verwenden Sie https:// (http:// ist nur für einen Dienst auf diesem Computer).
problem-sign_in_denied = Die Anmeldeseite hat Sie nicht angemeldet. Versuchen Sie es erneut.
problem-sign_in_timeout = Die Anmeldung wurde nicht innerhalb von 10 Minuten abgeschlossen. Versuchen Sie es erneut.
problem-sign_in_unverified = Die Antwort der Anmeldeseite konnte nicht geprüft werden und wurde nicht verwendet. Versuchen Sie es erneut; wenn es wieder passiert, wenden Sie sich an den Betreiber des Dienstes.
problem-sign_in_unavailable = Die Anmeldeseite des Dienstes ist nicht erreichbar. Versuchen Sie es später erneut.
problem-sign_in_unsupported = Hier kann Tokenwell Sie nicht anmelden: Der Anmeldedienst, den dieser Dienst verwendet, unterstützt { $lacks } nicht. Wenden Sie sich an den Betreiber des Dienstes.
sign-in-lacks-loopback = Apps, die auf einem Computer installiert sind,
sign-in-lacks-pkce = PKCE mit S256
sign-in-lacks-public-client = Apps, die kein Geheimnis hüten,
problem-local_port = Tokenwell konnte keinen Port für die Rückkehr aus dem Browser öffnen. Prüfen Sie die Firewall dieses Computers und versuchen Sie es erneut.
problem-browser = Der Browser konnte nicht geöffnet werden. Kopieren Sie den Link und öffnen Sie ihn selbst.
problem-page_not_allowed = Der Dienst hat eine Seite auf einem Host gesendet, den er nicht für Zahlungen aufführt. Sie wurde daher nicht geöffnet. Wenden Sie sich an den Betreiber des Dienstes.
problem-cache_unwritable = Der Kauf konnte auf diesem Computer nicht gespeichert werden, daher wurde nichts gesendet. Geben Sie Speicherplatz frei und versuchen Sie es erneut.
problem-shortcut = Das Tastenkürzel konnte nicht eingerichtet werden: Ihr System bietet es nicht an, oder ein anderes Programm verwendet die Tasten.
problem-start_at_login = Das Starten beim Anmelden konnte nicht geändert werden: Ihr System lässt es nicht zu.
problem-file_unwritable = Die Datei konnte nicht in Ihrem Ordner „Downloads“ gespeichert werden. Prüfen Sie Speicherplatz und Zugriffsrechte und versuchen Sie es erneut.

## Refusals of the service
service-already_paid = Dieser Kauf ist schon bezahlt. Es gibt nichts mehr abzubrechen.
service-already_subscribed = Sie haben schon einen aktiven Tarif. Ändern können Sie ihn in den Einstellungen unter „Abo und Abrechnung“.
service-body_too_slow = Ihre Verbindung war zu langsam, und der Dienst hat nicht länger gewartet. Versuchen Sie es erneut.
service-dispute_open = Eine Ihrer Zahlungen ist angefochten. Sie können wieder kaufen, sobald das geklärt ist.
service-internal_error = Beim Dienst ist etwas schiefgegangen. Nichts wurde geändert; versuchen Sie es gleich noch einmal.
service-invalid_quantity = So viele Pakete gibt es nicht auf einmal. Wählen Sie weniger.
service-issuer_unreachable = Der Anmeldedienst antwortet nicht, deshalb lässt sich Ihre Anmeldung nicht prüfen. Tokenwell versucht es weiter.
service-no_subscription = Sie haben noch keinen Tarif, den Sie verwalten könnten.
service-not_found = Diesen Kauf kennt der Dienst nicht.
service-not_understood = Der Dienst versteht diese Version von Tokenwell nicht. Aktualisieren Sie Tokenwell; hilft das nicht, wenden Sie sich an den Betreiber des Dienstes.
service-overloaded = Der Dienst hat gerade zu viel zu tun und hat nicht angefangen. Versuchen Sie es gleich noch einmal.
service-payment_provider_refused = Stripe hat das abgelehnt. Nichts wurde berechnet. Wenn es wieder passiert, wenden Sie sich an den Betreiber des Dienstes.
service-payment_provider_unavailable = Stripe antwortet gerade nicht. Nichts wurde berechnet; versuchen Sie es gleich noch einmal.
service-rate_limited = Tokenwell hat den Dienst zu oft gefragt. Warten Sie einen Moment und versuchen Sie es dann erneut.
service-subscription_required = Top-up-Token gibt es nur mit einem aktiven Tarif. Nichts wurde berechnet.
service-subscription_required-again = Top-up-Token gibt es nur mit einem aktiven Tarif. Er entsperrt auch die, die Sie schon haben. Nichts wurde berechnet.
service-timed_out = Das hat beim Dienst zu lange gedauert. Versuchen Sie es erneut; nichts geschieht doppelt.
service-too_many_checkouts = Zu viele Bezahlseiten sind offen. Bezahlen Sie eine davon oder brechen Sie eine ab. Nach einem Tag laufen sie von selbst ab.
service-too_many_checkouts-counted = Zu viele Bezahlseiten sind offen: { $open }. Bezahlen Sie eine davon oder brechen Sie eine ab. Nach einem Tag laufen sie von selbst ab.
service-unavailable = Der Dienst ist gerade nicht bereit. Versuchen Sie es gleich noch einmal; nichts geschieht doppelt.
service-unknown_pack = Dieses Paket gibt es nicht mehr. Wählen Sie ein anderes.
service-unknown_plan = Diesen Tarif gibt es nicht mehr. Wählen Sie einen anderen.

## Platforms that are read with an API key
meter-line = { $name }: { $amount }
meter-line-of = { $name }: { $amount } von { $limit }
meter-unreported = { $name }: keine Angabe
meter-tokens = { $count ->
   *[other] { $amount } Token
}
meter-credits = { $count ->
    [one] { $amount } Credit
   *[other] { $amount } Credits
}
meter-characters = { $count ->
   *[other] { $amount } Zeichen
}
meter-money = { $amount } { $currency }
key-account-plan = API-Schlüssel
tray-buy = Kaufen…
tray-key-refused = Dieser Schlüssel gilt nicht mehr
notify-key-refused-title = Ihr Schlüssel für { $platform } gilt nicht mehr
notify-key-refused = Die Plattform nimmt ihn nicht mehr an, deshalb fragt Tokenwell nicht weiter nach. Fügen Sie einen neuen Schlüssel hinzu.
notify-meter-low-title = Noch { $left }
notify-meter-low = { $platform }, { $meter }: weniger als { $threshold }.
notify-meter-low-renews = { $platform }, { $meter }: weniger als { $threshold }. Wieder aufgefüllt am { $when }.
problem-no_key_typed = Fügen Sie den Schlüssel für { $platform } ein.
problem-not_a_key = Das ist kein Schlüssel für { $platform }: Ein Schlüssel ist eine einzige Zeile aus Buchstaben, Ziffern und Zeichen.
problem-unknown_platform = Tokenwell kennt { $platform } nicht mehr. Prüfen Sie die Datei der Plattform und starten Sie Tokenwell dann neu.
problem-other_address = { $platform } hat jetzt eine andere Adresse als die, für die Sie den Schlüssel eingetragen haben. Deshalb wurde nichts gesendet. Wenn das stimmt, fügen Sie den Schlüssel neu hinzu.
problem-platform_offline = { $platform } ist nicht erreichbar. Tokenwell versucht es in einigen Minuten wieder.
problem-platform_timeout = { $platform } hat zu lange nicht geantwortet. Tokenwell versucht es in einigen Minuten wieder.
problem-platform_certificate = Das Zertifikat von { $platform } ist ungültig, deshalb wurde Ihr Schlüssel nicht gesendet. Prüfen Sie die Uhr dieses Computers.
problem-key_refused = { $platform } nimmt diesen Schlüssel nicht mehr an. Fügen Sie einen neuen hinzu und entfernen Sie dieses Konto.
problem-key_forbidden = Mit diesem Schlüssel darf Ihr Guthaben bei { $platform } nicht gelesen werden. Geben Sie dem Schlüssel bei { $platform } dieses Recht.
problem-platform_too_many = { $platform } hat zu viele Anfragen erhalten. Tokenwell wartet, bevor es wieder fragt.
problem-platform_redirected = { $platform } hat auf eine andere Adresse verwiesen. Dorthin wurde Ihr Schlüssel nicht gesendet.
problem-platform_status = { $platform } hat einen Fehler gemeldet (Status { $status }). Tokenwell versucht es in einigen Minuten wieder.
problem-platform_unreadable = Die Antwort von { $platform } ist nicht lesbar ({ $why }). Die letzten Zahlen bleiben stehen.
problem-key_locked = Ihr Schlüsselbund mit dem Schlüssel für { $platform } ist gesperrt. Entsperren Sie ihn und wählen Sie dann „Aktualisieren“.
problem-key_no_keyring = Auf diesem Computer gibt es keinen Schlüsselbund, der den Schlüssel für { $platform } aufnimmt. Er wurde deshalb nicht gespeichert: Anderswo legt Tokenwell keine Schlüssel ab.
problem-key_gone = Der Schlüssel für { $platform } ist nicht mehr in Ihrem Schlüsselbund. Fügen Sie ihn neu hinzu.
