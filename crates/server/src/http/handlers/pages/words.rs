//! What the pages say, in the language of the browser.

use crate::base::grouping::grouped;
use axum::extract::FromRequestParts;
use axum::http::header::ACCEPT_LANGUAGE;
use axum::http::request::Parts;
use std::convert::Infallible;
use tokenwell_ledger::Tokens;

/// A language of the pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    #[default]
    English,
    German,
}

impl Language {
    /// Its BCP 47 tag.
    pub fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
        }
    }

    /// The most preferred one of an `Accept-Language` header that the pages are written in. English without one.
    fn preferred(header: &str) -> Self {
        let weight = |parameters: Option<&str>| {
            let quality = parameters.and_then(|text| text.trim().strip_prefix("q="));
            quality.map_or(Some(1.0), |quality| quality.trim().parse::<f32>().ok()).unwrap_or(0.0)
        };
        let mut best = (0.0, Self::English);
        for range in header.split(',') {
            let (tag, parameters) = match range.split_once(';') {
                Some((tag, parameters)) => (tag, Some(parameters)),
                None => (range, None),
            };
            let primary = tag.trim().split('-').next().unwrap_or_default();
            let language = match primary.to_ascii_lowercase().as_str() {
                "en" => Self::English,
                "de" => Self::German,
                _ => continue,
            };
            if weight(parameters) > best.0 {
                best = (weight(parameters), language);
            }
        }
        best.1
    }

    /// A number of tokens: `15,000`, `15.000`.
    fn grouped(self, tokens: Tokens) -> String {
        let separator = match self {
            Self::English => ",",
            Self::German => ".",
        };
        grouped(tokens.0, separator)
    }
}

impl<S: Sync> FromRequestParts<S> for Language {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let header = parts.headers.get(ACCEPT_LANGUAGE).and_then(|header| header.to_str().ok());
        Ok(header.map(Self::preferred).unwrap_or_default())
    }
}

/// What a page is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    Paid(Tokens),
    Processing(Tokens),
    Open,
    Expired,
    Failed,
    /// What was charged, and whom to contact.
    RefundDue {
        charged: Option<String>,
        contact: Option<String>,
    },
    Refunded,
    Disputed,
    PlanPaid,
    PlanPending,
    PlanExpired,
    /// Whom to contact.
    PlanRefundDue {
        contact: Option<String>,
    },
    /// The purchase could not be looked up yet.
    PurchaseUnseen,
    /// The subscription could not be looked up yet.
    PlanUnseen,
    Cancelled,
    /// Back from the portal; the changes show already.
    Managed,
    /// Back from the portal; the changes show soon.
    ManagedSoon,
    Unknown,
}

/// The links of a page.
#[derive(Debug, Clone, Copy)]
pub struct Links {
    /// The name of the list of links.
    pub label: &'static str,
    /// Leads to the open checkout.
    pub checkout: &'static str,
    /// Leads to the app.
    pub app: &'static str,
}

/// The links, in a language.
pub fn links(language: Language) -> Links {
    match language {
        Language::English => Links {
            label: "Where to go from here",
            checkout: "Back to the checkout",
            app: "Back to Tokenwell",
        },
        Language::German => Links {
            label: "Wie es weitergeht",
            checkout: "Zurück zur Bezahlseite",
            app: "Zurück zu Tokenwell",
        },
    }
}

/// The title and text of a page.
pub fn title_and_text(subject: &Subject, language: Language) -> (String, String) {
    match language {
        Language::English => english(subject),
        Language::German => german(subject),
    }
}

#[expect(clippy::too_many_lines, reason = "every text of one language, one arm for each subject")]
fn english(subject: &Subject) -> (String, String) {
    let say = |title: &str, text: &str| (title.to_owned(), text.to_owned());
    let tokens = |tokens| Language::English.grouped(tokens);
    match subject {
        Subject::Paid(amount) => (
            format!("{} tokens added", tokens(*amount)),
            "The payment went through, and your tokens are in Tokenwell. You can close this page.".to_owned(),
        ),
        Subject::Processing(amount) => (
            "Your payment is on its way".to_owned(),
            format!(
                "Your bank has not confirmed it yet. Your {} tokens arrive in Tokenwell as soon as it does. You can close this page.",
                tokens(*amount)
            ),
        ),
        Subject::Open => {
            say("The checkout is still open", "Nothing was charged. You can continue where you left off.")
        }
        Subject::Expired => {
            say("The checkout has expired", "Nothing was charged. Choose a pack in Tokenwell to start again.")
        }
        Subject::Failed => {
            say("The payment failed", "Nothing was charged. Choose a pack in Tokenwell to start again.")
        }
        Subject::RefundDue { charged, contact } => {
            let charged = charged
                .as_ref()
                .map_or("You were charged".to_owned(), |amount| format!("You were charged {amount}"));
            let contact = contact.as_deref().unwrap_or("the operator of this service");
            (
                "Your payment is refunded".to_owned(),
                format!(
                    "{charged}, but the amount does not fit the order, so no tokens were added. You get the whole amount back. Do not pay again for the same order. If you have a question, contact {contact}."
                ),
            )
        }
        Subject::PlanRefundDue { contact } => {
            let contact = contact.as_deref().unwrap_or("the operator of this service");
            (
                "Your payment is refunded".to_owned(),
                format!(
                    "This payment brought you no plan, because you have another one or the account was deleted. You get the whole amount back. If you have a question, contact {contact}."
                ),
            )
        }
        Subject::Refunded => {
            say("This payment was refunded", "Tokenwell shows which of its tokens are left.")
        }
        Subject::Disputed => say("This payment is disputed", "Tokenwell shows what became of its tokens."),
        Subject::PlanPaid => {
            say("Your plan is active", "Its tokens are in Tokenwell. You can close this page.")
        }
        Subject::PlanPending => say(
            "Your plan is not paid yet",
            "It starts, and its tokens arrive in Tokenwell, as soon as the payment is confirmed.",
        ),
        Subject::PlanExpired => {
            say("The checkout has expired", "Nothing was charged. Choose a plan in Tokenwell to start again.")
        }
        Subject::PurchaseUnseen => say(
            "Thank you",
            "We cannot see your payment yet. Nothing is lost: your tokens arrive in Tokenwell as soon as we can. This page looks again by itself; you can also close it.",
        ),
        Subject::PlanUnseen => say(
            "Thank you",
            "We cannot see your payment yet. Nothing is lost: your plan starts as soon as we can. This page looks again by itself; you can also close it.",
        ),
        Subject::Cancelled => say(
            "Nothing was charged",
            "You left the checkout. You can close this page and return to Tokenwell.",
        ),
        Subject::Managed => say(
            "Back to Tokenwell",
            "Tokenwell already shows the changes to your plan. You can close this page.",
        ),
        Subject::ManagedSoon => say(
            "Back to Tokenwell",
            "Tokenwell shows the changes to your plan in a moment. You can close this page.",
        ),
        Subject::Unknown => say(
            "Thank you",
            "If you paid, your tokens arrive in Tokenwell in a moment. You can close this page.",
        ),
    }
}

#[expect(clippy::too_many_lines, reason = "every text of one language, one arm for each subject")]
fn german(subject: &Subject) -> (String, String) {
    let say = |title: &str, text: &str| (title.to_owned(), text.to_owned());
    let tokens = |tokens| Language::German.grouped(tokens);
    match subject {
        Subject::Paid(amount) => (
            format!("{} Token gutgeschrieben", tokens(*amount)),
            "Die Zahlung ist eingegangen, und Ihre Token sind in Tokenwell. Sie können diese Seite schließen."
                .to_owned(),
        ),
        Subject::Processing(amount) => (
            "Ihre Zahlung ist unterwegs".to_owned(),
            format!(
                "Ihre Bank hat sie noch nicht bestätigt. Sobald sie das tut, kommen Ihre {} Token in Tokenwell an. Sie können diese Seite schließen.",
                tokens(*amount)
            ),
        ),
        Subject::Open => {
            say("Die Bezahlseite ist noch offen", "Es wurde nichts berechnet. Sie können dort weitermachen.")
        }
        Subject::Expired => say(
            "Die Bezahlseite ist abgelaufen",
            "Es wurde nichts berechnet. Wählen Sie in Tokenwell ein Paket, um neu zu beginnen.",
        ),
        Subject::Failed => say(
            "Die Zahlung ist fehlgeschlagen",
            "Es wurde nichts berechnet. Wählen Sie in Tokenwell ein Paket, um neu zu beginnen.",
        ),
        Subject::RefundDue { charged, contact } => {
            let charged = charged
                .as_ref()
                .map_or("Ihre Zahlung wurde abgebucht".to_owned(), |amount| format!("Es wurden {amount} abgebucht"));
            let contact = contact.as_deref().unwrap_or("den Betreiber dieses Dienstes");
            (
                "Sie erhalten Ihr Geld zurück".to_owned(),
                format!(
                    "{charged}, aber der Betrag passt nicht zur Bestellung. Deshalb wurden keine Token gutgeschrieben. Sie erhalten den ganzen Betrag zurück. Bezahlen Sie diese Bestellung nicht noch einmal. Bei Fragen wenden Sie sich an {contact}."
                ),
            )
        }
        Subject::PlanRefundDue { contact } => {
            let contact = contact.as_deref().unwrap_or("den Betreiber dieses Dienstes");
            (
                "Sie erhalten Ihr Geld zurück".to_owned(),
                format!(
                    "Mit dieser Zahlung begann kein Tarif, weil Sie schon einen haben oder das Konto gelöscht wurde. Sie erhalten den ganzen Betrag zurück. Bei Fragen wenden Sie sich an {contact}."
                ),
            )
        }
        Subject::Refunded => {
            say("Diese Zahlung wurde erstattet", "In Tokenwell sehen Sie, welche der Token noch da sind.")
        }
        Subject::Disputed => {
            say("Diese Zahlung ist angefochten", "In Tokenwell sehen Sie, was mit den Token geschehen ist.")
        }
        Subject::PlanPaid => {
            say("Ihr Tarif ist aktiv", "Die Token sind in Tokenwell. Sie können diese Seite schließen.")
        }
        Subject::PlanPending => say(
            "Ihr Tarif ist noch nicht bezahlt",
            "Er beginnt, sobald die Zahlung bestätigt ist. Dann kommen auch die Token in Tokenwell an.",
        ),
        Subject::PlanExpired => say(
            "Die Bezahlseite ist abgelaufen",
            "Es wurde nichts berechnet. Wählen Sie in Tokenwell einen Tarif, um neu zu beginnen.",
        ),
        Subject::PurchaseUnseen => say(
            "Vielen Dank",
            "Wir sehen Ihre Zahlung noch nicht. Nichts geht verloren: Sobald sie da ist, kommen Ihre Token in Tokenwell an. Diese Seite sieht von selbst wieder nach; Sie können sie auch schließen.",
        ),
        Subject::PlanUnseen => say(
            "Vielen Dank",
            "Wir sehen Ihre Zahlung noch nicht. Nichts geht verloren: Sobald sie da ist, beginnt Ihr Tarif. Diese Seite sieht von selbst wieder nach; Sie können sie auch schließen.",
        ),
        Subject::Cancelled => say(
            "Es wurde nichts berechnet",
            "Sie haben die Bezahlseite verlassen. Schließen Sie diese Seite, und kehren Sie zu Tokenwell zurück.",
        ),
        Subject::Managed => say(
            "Zurück zu Tokenwell",
            "Tokenwell zeigt die Änderungen an Ihrem Tarif bereits. Sie können diese Seite schließen.",
        ),
        Subject::ManagedSoon => say(
            "Zurück zu Tokenwell",
            "Tokenwell zeigt die Änderungen an Ihrem Tarif gleich. Sie können diese Seite schließen.",
        ),
        Subject::Unknown => say(
            "Vielen Dank",
            "Wenn Sie bezahlt haben, kommen Ihre Token gleich in Tokenwell an. Sie können diese Seite schließen.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_preferred_language_that_there_is_wins() {
        for (header, language) in [
            ("de-DE,de;q=0.9,en;q=0.8", Language::German),
            ("fr-FR, de;q=0.5, en;q=0.7", Language::English),
            ("fr, DE;q=0.2", Language::German),
            ("en-GB", Language::English),
            ("fr", Language::English),
            ("de;q=0", Language::English),
            ("de;q=much, ;;, en", Language::English),
            ("", Language::English),
        ] {
            assert_eq!(Language::preferred(header), language, "{header}");
        }
    }
}
