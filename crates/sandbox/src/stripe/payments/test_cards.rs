//! Stripe's test cards: how the payer's bank responds to each, and their names in the API.

use super::instrument::{Instrument, Means};
use crate::stripe::api::StripeError;
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// The card that is accepted without anything special.
pub const PLAIN_CARD: &str = "4242424242424242";

/// The test cards that are accepted.
const ACCEPTED_CARDS: [&str; 12] = [
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
    (DECLINED_CARD, "card_declined", Some("generic_decline"), "Your card was declined."),
    (
        INSUFFICIENT_FUNDS_CARD,
        "card_declined",
        Some("insufficient_funds"),
        "Your card has insufficient funds.",
    ),
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
    (DECLINED_LATER_CARD, "card_declined", Some("generic_decline"), "Your card was declined."),
];

const DECLINED_CARD: &str = "4000000000000002";
const INSUFFICIENT_FUNDS_CARD: &str = "4000000000009995";
/// Stripe accepts it as a customer's card and declines its charges.
const DECLINED_LATER_CARD: &str = "4000000000000341";
const DISPUTED_CARD: &str = "4000000000000259";
const INQUIRED_CARD: &str = "4000000000001976";
const AUTHENTICATED_CARD: &str = "4000002760003184";

/// How the payer's bank responds to a payment.
#[derive(Debug, Clone, PartialEq)]
pub enum BankResponse {
    /// The payment is accepted.
    Accepted,
    /// The payment is accepted and disputed afterwards.
    AcceptedThenDisputed(DisputeKind),
    /// The payment takes days and can still fail.
    Processing,
    /// The payer has to authenticate with the bank first.
    AuthenticationRequired,
    /// The payment is declined.
    Declined(StripeError),
}

/// What the payer's bank does in a dispute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DisputeKind {
    /// It takes the money back until the dispute is settled.
    Chargeback,
    /// It asks the merchant and takes no money.
    Inquiry,
}

/// The card with one of Stripe's test names: `tok_…` or `pm_card_…`.
pub fn by_name(name: &str) -> Option<Instrument> {
    let number = match name {
        "tok_visa" | "pm_card_visa" => PLAIN_CARD,
        "tok_mastercard" | "pm_card_mastercard" => "5555555555554444",
        "tok_amex" | "pm_card_amex" => "378282246310005",
        "tok_chargeDeclined" | "pm_card_chargeDeclined" | "pm_card_visa_chargeDeclined" => DECLINED_CARD,
        "tok_chargeDeclinedInsufficientFunds" | "pm_card_chargeDeclinedInsufficientFunds" => {
            INSUFFICIENT_FUNDS_CARD
        }
        "tok_chargeCustomerFail" | "pm_card_chargeCustomerFail" => DECLINED_LATER_CARD,
        "tok_createDispute" | "pm_card_createDispute" => DISPUTED_CARD,
        "tok_createDisputeInquiry" | "pm_card_createDisputeInquiry" => INQUIRED_CARD,
        "pm_card_authenticationRequired" => AUTHENTICATED_CARD,
        _ => return None,
    };
    Some(Instrument::card(number, None))
}

/// A card that is declined.
pub fn declined() -> Instrument {
    Instrument::card(DECLINED_CARD, None)
}

/// How the payer's bank responds to a payment at `now`.
pub fn bank_response(instrument: &Instrument, now: Timestamp) -> BankResponse {
    match &instrument.means {
        Means::Card { number, exp_month, exp_year, .. } => {
            card_response(number, (*exp_year, *exp_month), now)
        }
        Means::Paypal => BankResponse::Accepted,
        Means::BankDebit => BankResponse::Processing,
    }
}

fn card_response(number: &str, expiry: (i16, i8), now: Timestamp) -> BankResponse {
    let declined = |code: &str, decline_code: Option<&str>, message: &str| {
        BankResponse::Declined(StripeError::card(code, decline_code, message))
    };
    let today = now.to_zoned(TimeZone::UTC).date();
    if !passes_luhn(number) {
        return declined("incorrect_number", None, "Your card number is incorrect.");
    }
    if !(1..=12).contains(&expiry.1) || expiry < (today.year(), today.month()) {
        return declined("expired_card", None, "Your card has expired.");
    }
    match number {
        DISPUTED_CARD => BankResponse::AcceptedThenDisputed(DisputeKind::Chargeback),
        INQUIRED_CARD => BankResponse::AcceptedThenDisputed(DisputeKind::Inquiry),
        AUTHENTICATED_CARD => BankResponse::AuthenticationRequired,
        accepted if ACCEPTED_CARDS.contains(&accepted) => BankResponse::Accepted,
        other => match DECLINED_CARDS.iter().find(|(number, ..)| *number == other) {
            Some((_, code, decline_code, message)) => declined(code, *decline_code, message),
            None => declined(
                "card_declined",
                Some("live_mode_test_card"),
                "Your card was declined. Only test cards work here, such as 4242 4242 4242 4242.",
            ),
        },
    }
}

/// Whether the check digit of a card number is correct.
fn passes_luhn(number: &str) -> bool {
    let digits: Option<Vec<u32>> = number.chars().map(|digit| digit.to_digit(10)).collect();
    let Some(digits) = digits.filter(|digits| (12..=19).contains(&digits.len())) else { return false };
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(index, digit)| if index % 2 == 0 { *digit } else { digit * 2 / 10 + digit * 2 % 10 })
        .sum();
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "2026-11-22T12:00:00Z".parse().unwrap()
    }

    fn response(number: &str) -> BankResponse {
        bank_response(&Instrument::card(number, None), now())
    }

    #[test]
    fn every_listed_test_card_has_a_valid_number() {
        let declined = DECLINED_CARDS.iter().map(|(number, ..)| *number);
        let special = [DISPUTED_CARD, INQUIRED_CARD, AUTHENTICATED_CARD];
        for number in ACCEPTED_CARDS.into_iter().chain(declined).chain(special) {
            assert!(passes_luhn(number), "{number}");
        }
    }

    #[test]
    fn banks_respond_to_test_cards_as_stripe_documents() {
        assert_eq!(response("4242 4242 4242 4242"), BankResponse::Accepted);
        let disputed = BankResponse::AcceptedThenDisputed;
        assert_eq!(response("4000000000000259"), disputed(DisputeKind::Chargeback));
        assert_eq!(response("4000000000001976"), disputed(DisputeKind::Inquiry));
        assert_eq!(response("4000002760003184"), BankResponse::AuthenticationRequired);
        let BankResponse::Declined(error) = response("4000000000009995") else { panic!("not declined") };
        assert_eq!(error.error["decline_code"], "insufficient_funds");
    }

    #[test]
    fn a_card_that_may_be_real_is_declined() {
        let BankResponse::Declined(error) = response("4111111111111111") else { panic!("not declined") };
        assert_eq!(error.error["decline_code"], "live_mode_test_card");
    }

    #[test]
    fn a_mistyped_number_and_an_expired_card_are_declined() {
        let BankResponse::Declined(error) = response("4242424242424241") else { panic!("not declined") };
        assert_eq!(error.error["code"], "incorrect_number");
        let mut card = Instrument::card(PLAIN_CARD, None);
        if let Means::Card { exp_month, exp_year, .. } = &mut card.means {
            (*exp_month, *exp_year) = (10, 2026);
        }
        let BankResponse::Declined(error) = bank_response(&card, now()) else { panic!("not declined") };
        assert_eq!(error.error["code"], "expired_card");
    }
}
