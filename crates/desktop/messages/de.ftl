# The texts of the tray, the notifications, the sign-in page and the problems. The panel's own texts are in ui/src/messages.

## Tray
app = Tokenwell
tray-starting = Startet…
tray-signed-out = Abgemeldet
tray-signing-in = Anmeldung: weiter im Browser
tray-loading = Guthaben wird geladen…
tray-spendable = { $tokens } Token verfügbar
tray-locked = { $tokens } gesperrt
tray-frozen = { $tokens } eingefroren
tray-unusable = { $tokens } zurzeit nicht nutzbar
tray-low = wenig übrig
tray-rollover = Rollover-Bank { $tokens } von { $cap }
tray-fast = Schnell { $tokens } von { $allowance }
tray-fast-resets = Schnell { $tokens } von { $allowance } · neu ab { $when }
tray-top-up = Top-up { $tokens }
tray-top-up-locked = Top-up { $tokens } · { $locked } gesperrt, bis Sie wieder einen aktiven Tarif haben
tray-top-up-frozen = Top-up { $tokens } · { $locked } eingefroren, solange eine Zahlung strittig ist
tray-top-up-unusable = Top-up { $tokens } · { $locked } zurzeit nicht nutzbar
tray-next = Als Nächstes verbraucht: { $bucket }
tray-next-none = Nichts zum Ausgeben
tray-current = Auf dem neuesten Stand
tray-offline = Offline · Stand: { $age }
tray-stale = Stand: { $age }
tray-resets = schnelle Token ab { $when } neu
tray-paying = Wartet auf Zahlung: Bezahlseite wieder öffnen…
tray-add-tokens = Token hinzufügen…
tray-open = Öffnen
tray-refresh = Aktualisieren
tray-accounts = Konten
tray-account-signed-out = { $name } · neu anmelden
tray-settings = Einstellungen…
tray-sign-in = Anmelden…
tray-quit = Beenden
bucket-rollover = Rollover-Bank
bucket-fast = schnelle Token
bucket-top-up = Top-up

## tokenwell-glance
glance-as-of = Stand: { $when }

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
notify-paid-title = { $tokens } Token hinzugefügt
notify-paid = Ihre Zahlung ist eingegangen. Top-up-Token verfallen nie.
notify-ended-title = Es wurden keine Token hinzugefügt
notify-expired = Die Bezahlseite ist ohne Zahlung abgelaufen. Es wurde nichts berechnet.
notify-failed = Die Zahlung ist fehlgeschlagen. Es wurde nichts berechnet.
notify-refused-title = Nicht genug Token
notify-refused-upgrade = { $needed } gebraucht, { $spendable } verfügbar. Mit einem Tarif haben Sie mehr.
notify-refused-resubscribe = { $needed } gebraucht, { $spendable } verfügbar, { $locked } gesperrt. Mit einem neuen Abo werden sie frei.
notify-refused-add-tokens = { $needed } gebraucht, { $spendable } verfügbar. Fügen Sie Token hinzu, um weiterzumachen.
notify-low-title = Noch { $tokens } Token
notify-low = Das sind weniger als { $threshold }.
notify-low-resets = Das sind weniger als { $threshold }. Schnelle Token gibt es neu ab { $when }.

## The page in the browser after signing in
signed-in-title = Sie sind angemeldet
signed-in-text = Sie können diese Seite schließen und zu Tokenwell zurückkehren.
sign-in-ended-title = Sie sind nicht angemeldet
sign-in-ended-text = Schließen Sie diese Seite und kehren Sie zu Tokenwell zurück. Dort steht, was geschehen ist.

## Problems: what happened and what to do
problem-offline = Der Dienst ist nicht erreichbar. Prüfen Sie Ihr Netzwerk; Tokenwell versucht es weiter.
problem-timeout = Der Dienst hat zu lange nicht geantwortet. Tokenwell versucht es weiter.
problem-certificate = Das Zertifikat des Dienstes ist nicht gültig. Prüfen Sie die Uhr dieses Computers und die Adresse; es wurde nichts gesendet.
problem-clock = Nach der Uhr dieses Computers ist das Zertifikat des Dienstes jetzt nicht gültig. Prüfen Sie Datum und Zeit; stimmen sie, sagen Sie es dem Betreiber des Dienstes. Es wurde nichts gesendet.
problem-not_a_service = Unter dieser Adresse gibt es keinen Token-Dienst. Prüfen Sie die Adresse.
problem-service_too_new = Dieser Dienst verwendet ein neueres Protokoll als diese Version von Tokenwell. Aktualisieren Sie Tokenwell.
problem-service_too_old = Dieser Dienst verwendet ein älteres Protokoll als diese Version von Tokenwell. Bitten Sie seinen Betreiber, ihn zu aktualisieren.
problem-service_error = Der Dienst meldet einen internen Fehler (Status { $status }). Tokenwell versucht es weiter.
problem-refused = Der Dienst hat die Anfrage abgelehnt (Status { $status }).
problem-unauthorized = Der Dienst nimmt diese Anmeldung nicht mehr an. Melden Sie sich neu an.
problem-session_ended = Ihre Anmeldung ist abgelaufen. Melden Sie sich neu an.
problem-account_deleted = Dieses Konto wurde gelöscht, und seine Token sind verloren. Wenn Sie sich neu anmelden, entsteht ein neues Konto.
problem-keyring_locked = Ihr Schlüsselbund ist gesperrt. Entsperren Sie ihn und wählen Sie dann „Aktualisieren“.
problem-keyring = Ihr Schlüsselbund kann nicht gelesen werden. Melden Sie sich neu an.
problem-bad_address = Das ist keine Adresse eines Dienstes. Sie beginnt mit https:// und einem Namen.
problem-not_encrypted = Diese Adresse ist nicht verschlüsselt. Verwenden Sie https:// (http:// ist nur für diesen Computer selbst).
problem-sign_in_denied = Die Anmeldeseite hat Sie nicht angemeldet. Versuchen Sie es noch einmal.
problem-sign_in_timeout = 10 Minuten lang hat sich niemand angemeldet. Versuchen Sie es noch einmal.
problem-sign_in_unverified = Die Antwort der Anmeldeseite ließ sich nicht prüfen und wurde nicht verwendet. Versuchen Sie es noch einmal. Wenn es wieder geschieht, sagen Sie es dem Betreiber des Dienstes.
problem-sign_in_unavailable = Die Anmeldeseite des Dienstes ist nicht erreichbar. Versuchen Sie es später noch einmal.
problem-local_port = Es ließ sich kein Port öffnen, über den der Browser zurückkehren kann. Prüfen Sie die Firewall dieses Computers und versuchen Sie es noch einmal.
problem-browser = Der Browser ließ sich nicht öffnen. Kopieren Sie den Link und öffnen Sie ihn selbst.
problem-page_not_allowed = Der Dienst hat eine Seite auf einem Host genannt, den er nicht für Zahlungen aufführt. Sie wurde darum nicht geöffnet. Sagen Sie es dem Betreiber des Dienstes.
problem-cache_unwritable = Der Kauf ließ sich auf diesem Computer nicht speichern, darum wurde nichts gesendet. Schaffen Sie Platz auf dem Datenträger und versuchen Sie es noch einmal.
problem-start_at_login = Der Start bei der Anmeldung ließ sich nicht ändern. Ihr System erlaubt es hier nicht.
problem-file_unwritable = Die Datei ließ sich nicht in Ihrem Ordner für Downloads speichern. Prüfen Sie freien Platz und Rechte und versuchen Sie es dann noch einmal.
