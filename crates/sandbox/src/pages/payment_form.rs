//! The fields of the checkout page, and the instrument they describe.

use crate::stripe::payments::instrument::{Instrument, Means, Wallet};
use crate::stripe::payments::payment_intents::Authentication;
use crate::stripe::payments::test_cards::PLAIN_CARD;
use serde::Deserialize;

/// The form as it is submitted.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct PaymentForm {
    /// How to pay.
    pub method: String,
    /// The card number.
    pub number: String,
    /// The card's expiry date.
    pub expiry: String,
    /// The card's security code.
    pub cvc: String,
    /// The payer's name.
    pub name: String,
    /// The payer's e-mail address.
    pub email: String,
    /// The promotion code that the payer enters.
    pub promotion_code: String,
    /// Whether the payer authenticated: `passed`, `failed`, or empty before the bank asked.
    pub authentication: String,
}

/// What is wrong with the form. The message is shown on the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FormError {
    /// No method was chosen.
    #[error("Choose how you want to pay.")]
    Method,
    /// The e-mail address is missing.
    #[error("Your e-mail address is missing.")]
    Email,
    /// The card number is missing.
    #[error("Your card number is missing.")]
    Number,
    /// The expiry date is not a date.
    #[error("Your card's expiration date is incomplete: write it as MM/YY.")]
    Expiry,
    /// The security code has the wrong length.
    #[error("Your card's security code is incomplete: it has three or four digits.")]
    Cvc,
}

impl PaymentForm {
    /// The instrument that the fields describe.
    pub fn instrument(&self, needs_email: bool) -> Result<Instrument, FormError> {
        let text = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let wallet = |wallet| Instrument::card(PLAIN_CARD, Some(wallet)).means;
        let means = match self.method.as_str() {
            "card" => self.card()?,
            "apple_pay" => wallet(Wallet::ApplePay),
            "google_pay" => wallet(Wallet::GooglePay),
            "paypal" => Means::Paypal,
            "bank_debit" => Means::BankDebit,
            _ => return Err(FormError::Method),
        };
        let mut instrument = Instrument { means, name: text(&self.name), email: text(&self.email) };
        if needs_email && instrument.email.is_none() {
            if self.method == "card" {
                return Err(FormError::Email);
            }
            // Wallets and PayPal share their owner's address with the merchant.
            instrument.email = Some("payer@sandbox.example".to_owned());
        }
        Ok(instrument)
    }

    /// The card. The bank's response depends on the number only, so the other fields may be empty.
    fn card(&self) -> Result<Means, FormError> {
        let Means::Card { number, exp_month, exp_year, .. } = Instrument::card(&self.number, None).means
        else {
            unreachable!("a card has the means of a card")
        };
        if number.is_empty() {
            return Err(FormError::Number);
        }
        let (exp_month, exp_year) = match self.expiry.trim() {
            "" => (exp_month, exp_year),
            text => expiry(text).ok_or(FormError::Expiry)?,
        };
        let cvc = self.cvc.trim();
        if !matches!(cvc.len(), 0 | 3 | 4) || !cvc.bytes().all(|digit| digit.is_ascii_digit()) {
            return Err(FormError::Cvc);
        }
        Ok(Means::Card { number, exp_month, exp_year, wallet: None })
    }

    /// The payer's authentication with the bank.
    pub fn authentication(&self) -> Authentication {
        match self.authentication.as_str() {
            "passed" => Authentication::Passed,
            "failed" => Authentication::Failed,
            _ => Authentication::NotAsked,
        }
    }

    /// The fields that the authentication page repeats.
    pub fn hidden_fields(&self) -> [(&'static str, &str); 6] {
        [
            ("method", &self.method),
            ("number", &self.number),
            ("expiry", &self.expiry),
            ("cvc", &self.cvc),
            ("name", &self.name),
            ("email", &self.email),
        ]
    }
}

/// Month and year of `12/34`, `12 / 2034` or `1234`.
fn expiry(text: &str) -> Option<(i8, i16)> {
    let digits: String = text.chars().filter(|letter| !letter.is_whitespace() && *letter != '/').collect();
    if !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let (month, year) = digits.split_at_checked(2)?;
    let year: i16 = match year.len() {
        2 => 2000 + year.parse::<i16>().ok()?,
        4 => year.parse().ok()?,
        _ => return None,
    };
    month.parse().ok().filter(|month| (1..=12).contains(month)).map(|month| (month, year))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expiry_dates_are_read_in_all_usual_spellings() {
        for text in ["12/34", "12 / 34", "1234", "12/2034"] {
            assert_eq!(expiry(text), Some((12, 2034)), "{text}");
        }
        for text in ["", "13/34", "1/34", "12/3", "ab/cd"] {
            assert_eq!(expiry(text), None, "{text}");
        }
    }
}
