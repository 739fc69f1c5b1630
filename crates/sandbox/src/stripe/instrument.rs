//! What a customer pays with, and how Stripe's test cards turn out.

use super::disputes;
use super::refusal::Refusal;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Stripe's plain test card.
pub const PLAIN_CARD: &str = "4242424242424242";

/// The test cards that succeed, whatever else is special about them.
const GOOD_CARDS: [&str; 12] = [
    PLAIN_CARD,
    "4000056655665556",
    "5555555555554444",
    "2223003122003222",
    "5200828282828210",
    "378282246310005",
    "371449635398431",
    "6011111111111117",
    "3056930009020004",
    "3566002020360505",
    "6200000000000005",
    "4000003800000446",
];

/// The test cards that are declined: number, error code, decline code, message.
const DECLINED_CARDS: [(&str, &str, Option<&str>, &str); 8] = [
    ("4000000000000002", "card_declined", Some("generic_decline"), "Your card was declined."),
    ("4000000000009995", "card_declined", Some("insufficient_funds"), "Your card has insufficient funds."),
    ("4000000000009987", "card_declined", Some("lost_card"), "Your card was declined."),
    ("4000000000009979", "card_declined", Some("stolen_card"), "Your card was declined."),
    ("4000000000000069", "expired_card", None, "Your card has expired."),
    ("4000000000000127", "incorrect_cvc", None, "Your card's security code is incorrect."),
    (
        "4000000000000119",
        "processing_error",
        None,
        "An error occurred while processing your card. Try again in a little bit.",
    ),
    ("4000000000000341", "card_declined", Some("generic_decline"), "Your card was declined."),
];

const DISPUTED_CARD: &str = "4000000000000259";
const INQUIRED_CARD: &str = "4000000000001976";
const AUTHENTICATED_CARD: &str = "4000002760003184";

/// What a customer pays with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instrument {
    /// The means.
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
    /// A card, by itself or through a wallet.
    Card {
        /// The number's digits.
        number: String,
        /// The month that it expires after, 1 to 12.
        exp_month: i8,
        /// The year that it expires in.
        exp_year: i16,
        /// The wallet that it is in.
        wallet: Option<Wallet>,
    },
    /// A `PayPal` account.
    Paypal,
    /// A debit from a bank account, known to have gone through only days later.
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

/// How a payment turns out.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// The money is there.
    Succeeds,
    /// The money is there; the payer's bank will take it back, or ask about it.
    SucceedsThenDisputed(disputes::Form),
    /// The money is on its way and may still not come.
    Processing,
    /// The payer's bank wants to know that it is them.
    NeedsAuthentication,
    /// The bank says no.
    Declined(Refusal),
}

impl Instrument {
    /// A card with nothing special but its number.
    pub fn card(number: &str, wallet: Option<Wallet>) -> Self {
        let number = number.chars().filter(|letter| !matches!(letter, ' ' | '-')).collect();
        let means = Means::Card { number, exp_month: 12, exp_year: 2040, wallet };
        Self { means, name: None, email: None }
    }

    /// What Stripe's `tok_…` and `pm_card_…` test names stand for.
    pub fn test_name(name: &str) -> Option<Self> {
        let number = match name {
            "tok_visa" | "pm_card_visa" => PLAIN_CARD,
            "tok_mastercard" | "pm_card_mastercard" => "5555555555554444",
            "tok_amex" | "pm_card_amex" => "378282246310005",
            "tok_chargeDeclined" | "pm_card_chargeDeclined" | "pm_card_visa_chargeDeclined" => {
                DECLINED_CARDS[0].0
            }
            "tok_chargeDeclinedInsufficientFunds" | "pm_card_chargeDeclinedInsufficientFunds" => {
                DECLINED_CARDS[1].0
            }
            "tok_chargeCustomerFail" | "pm_card_chargeCustomerFail" => DECLINED_CARDS[7].0,
            "tok_createDispute" | "pm_card_createDispute" => DISPUTED_CARD,
            "tok_createDisputeInquiry" | "pm_card_createDisputeInquiry" => INQUIRED_CARD,
            "pm_card_authenticationRequired" => AUTHENTICATED_CARD,
            _ => return None,
        };
        Some(Self::card(number, None))
    }

    /// A card that the bank declines.
    pub fn declined() -> Self {
        Self::card(DECLINED_CARDS[0].0, None)
    }

    /// How a payment with it turns out at `now`.
    pub fn verdict(&self, now: Timestamp) -> Verdict {
        let Means::Card { number, exp_month, exp_year, .. } = &self.means else {
            return if self.means == Means::BankDebit { Verdict::Processing } else { Verdict::Succeeds };
        };
        let today = now.to_zoned(TimeZone::UTC).date();
        if !passes_luhn(number) {
            return Verdict::Declined(Refusal::card(
                "incorrect_number",
                None,
                "Your card number is incorrect.",
            ));
        }
        if !(1..=12).contains(exp_month) || (*exp_year, *exp_month) < (today.year(), today.month()) {
            return Verdict::Declined(Refusal::card("expired_card", None, "Your card has expired."));
        }
        match number.as_str() {
            DISPUTED_CARD => Verdict::SucceedsThenDisputed(disputes::Form::Chargeback),
            INQUIRED_CARD => Verdict::SucceedsThenDisputed(disputes::Form::Inquiry),
            AUTHENTICATED_CARD => Verdict::NeedsAuthentication,
            good if GOOD_CARDS.contains(&good) => Verdict::Succeeds,
            other => match DECLINED_CARDS.iter().find(|(number, ..)| *number == other) {
                Some((_, code, decline_code, message)) => {
                    Verdict::Declined(Refusal::card(code, *decline_code, message))
                }
                None => Verdict::Declined(Refusal::card(
                    "card_declined",
                    Some("live_mode_test_card"),
                    "Your card was declined. Only test cards work here, such as 4242 4242 4242 4242.",
                )),
            },
        }
    }

    /// Stripe's `type` of it.
    pub fn kind(&self) -> &'static str {
        match self.means {
            Means::Card { .. } => "card",
            Means::Paypal => "paypal",
            Means::BankDebit => "us_bank_account",
        }
    }

    /// Stripe's details of it, as they stand under [`Instrument::kind`].
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
    use sha2::{Digest, Sha256};
    hex::encode(Sha256::digest(number)).chars().take(16).collect()
}

/// The check digit of card numbers.
pub fn passes_luhn(number: &str) -> bool {
    let digits: Option<Vec<u32>> = number.chars().map(|digit| digit.to_digit(10)).collect();
    let Some(digits) = digits.filter(|digits| (12..=19).contains(&digits.len())) else { return false };
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, digit)| if place % 2 == 0 { *digit } else { digit * 2 / 10 + digit * 2 % 10 })
        .sum();
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "2026-11-22T12:00:00Z".parse().unwrap()
    }

    fn verdict(number: &str) -> Verdict {
        Instrument::card(number, None).verdict(now())
    }

    #[test]
    fn every_listed_test_card_has_a_valid_number() {
        let declined = DECLINED_CARDS.iter().map(|(number, ..)| *number);
        for number in GOOD_CARDS.into_iter().chain(declined).chain([DISPUTED_CARD, AUTHENTICATED_CARD]) {
            assert!(passes_luhn(number), "{number}");
        }
    }

    #[test]
    fn test_cards_turn_out_as_stripe_documents_them() {
        assert_eq!(verdict("4242 4242 4242 4242"), Verdict::Succeeds);
        assert_eq!(verdict("4000000000000259"), Verdict::SucceedsThenDisputed(disputes::Form::Chargeback));
        assert_eq!(verdict("4000000000001976"), Verdict::SucceedsThenDisputed(disputes::Form::Inquiry));
        assert_eq!(verdict("4000002760003184"), Verdict::NeedsAuthentication);
        let Verdict::Declined(refusal) = verdict("4000000000009995") else { panic!("not declined") };
        assert_eq!(refusal.error["decline_code"], "insufficient_funds");
    }

    #[test]
    fn a_number_that_may_be_a_real_card_is_declined() {
        let Verdict::Declined(refusal) = verdict("4111111111111111") else { panic!("not declined") };
        assert_eq!(refusal.error["decline_code"], "live_mode_test_card");
    }

    #[test]
    fn a_mistyped_number_and_a_card_past_its_date_are_declined() {
        let Verdict::Declined(refusal) = verdict("4242424242424241") else { panic!("not declined") };
        assert_eq!(refusal.error["code"], "incorrect_number");
        let mut card = Instrument::card(PLAIN_CARD, None);
        if let Means::Card { exp_month, exp_year, .. } = &mut card.means {
            (*exp_month, *exp_year) = (10, 2026);
        }
        let Verdict::Declined(refusal) = card.verdict(now()) else { panic!("not declined") };
        assert_eq!(refusal.error["code"], "expired_card");
    }
}
