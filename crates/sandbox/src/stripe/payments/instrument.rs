//! What a customer pays with: a card, a wallet, `PayPal` or a bank account.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// What a customer pays with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instrument {
    /// The means of payment.
    pub means: Means,
    /// The payer's name.
    pub name: Option<String>,
    /// The payer's e-mail address.
    pub email: Option<String>,
}

/// A means of payment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Means {
    /// A card, used directly or through a wallet.
    Card {
        /// The digits of the number.
        number: String,
        /// The last month in which it is valid, 1 to 12.
        exp_month: i8,
        /// The year of that month.
        exp_year: i16,
        /// The wallet that it is used through.
        wallet: Option<Wallet>,
    },
    /// A `PayPal` account.
    Paypal,
    /// A debit from a bank account. It takes days until it succeeds or fails.
    BankDebit,
}

/// A wallet on the payer's device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wallet {
    /// Apple Pay.
    ApplePay,
    /// Google Pay.
    GooglePay,
}

impl Instrument {
    /// A card with this number that is valid for years.
    pub fn card(number: &str, wallet: Option<Wallet>) -> Self {
        let number = number.chars().filter(|letter| !matches!(letter, ' ' | '-')).collect();
        let means = Means::Card { number, exp_month: 12, exp_year: 2040, wallet };
        Self { means, name: None, email: None }
    }

    /// The `type` of its payment method.
    pub fn method_type(&self) -> &'static str {
        match self.means {
            Means::Card { .. } => "card",
            Means::Paypal => "paypal",
            Means::BankDebit => "us_bank_account",
        }
    }

    /// The details that a payment method has under its type.
    pub fn details(&self) -> Value {
        match &self.means {
            Means::Card { number, exp_month, exp_year, wallet } => json!({
                "brand": brand(number),
                "checks": { "address_line1_check": null, "address_postal_code_check": null, "cvc_check": "pass" },
                "country": "US",
                "exp_month": exp_month,
                "exp_year": exp_year,
                "fingerprint": fingerprint(number),
                "funding": "credit",
                "last4": last4(number),
                "network": brand(number),
                "wallet": wallet.map(|wallet| match wallet {
                    Wallet::ApplePay => json!({ "type": "apple_pay", "apple_pay": { "type": "apple_pay" } }),
                    Wallet::GooglePay => json!({ "type": "google_pay", "google_pay": {} }),
                }),
            }),
            Means::Paypal => json!({
                "country": "US",
                "payer_email": self.email,
                "payer_id": "SANDBOXPAYER1",
                "payer_name": self.name,
            }),
            Means::BankDebit => json!({
                "account_holder_type": "individual",
                "account_type": "checking",
                "bank_name": "STRIPE TEST BANK",
                "last4": "6789",
                "routing_number": "110000000",
            }),
        }
    }
}

fn last4(number: &str) -> &str {
    number.get(number.len().saturating_sub(4)..).unwrap_or(number)
}

fn brand(number: &str) -> &'static str {
    match number.as_bytes() {
        [b'4', ..] => "visa",
        [b'5' | b'2', ..] => "mastercard",
        [b'3', b'4' | b'7', ..] => "amex",
        [b'3', b'5', ..] => "jcb",
        [b'3', ..] => "diners",
        [b'6', b'0', ..] => "discover",
        [b'6', ..] => "unionpay",
        _ => "unknown",
    }
}

fn fingerprint(number: &str) -> String {
    hex::encode(Sha256::digest(number)).chars().take(16).collect()
}
