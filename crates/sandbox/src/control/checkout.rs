//! Paying checkout sessions without their page.

use super::state::{Control, ControlResult, json_body};
use crate::store::Store;
use crate::stripe::api::StripeError;
use crate::stripe::checkout::payment::{self, PaymentResult};
use crate::stripe::checkout::totals;
use crate::stripe::payments::instrument::{Instrument, Means, Wallet};
use crate::stripe::payments::payment_intents::Authentication;
use crate::stripe::payments::test_cards::PLAIN_CARD;
use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PayRequest {
    #[serde(default)]
    method: PayMethod,
    card: Option<String>,
    name: Option<String>,
    email: Option<String>,
    /// Whether the payer authenticates with the bank, if the card requires it.
    authenticate: Option<bool>,
    /// The promotion code that the payer enters first.
    promotion_code: Option<String>,
    /// Costs of shipping that the session adds, in minor units.
    shipping: Option<u32>,
}

#[derive(Default, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum PayMethod {
    #[default]
    Card,
    ApplePay,
    GooglePay,
    Paypal,
    BankDebit,
}

impl PayRequest {
    fn instrument(self) -> Result<Instrument, StripeError> {
        let number = self.card.as_deref();
        let card = |wallet| Instrument::card(number.unwrap_or(PLAIN_CARD), wallet).means;
        let means = match self.method {
            PayMethod::Card => card(None),
            PayMethod::ApplePay => card(Some(Wallet::ApplePay)),
            PayMethod::GooglePay => card(Some(Wallet::GooglePay)),
            PayMethod::Paypal | PayMethod::BankDebit if number.is_some() => {
                return Err(StripeError::invalid_param("card", "PayPal and bank debit take no card."));
            }
            PayMethod::Paypal => Means::Paypal,
            PayMethod::BankDebit => Means::BankDebit,
        };
        let email = self.email.or_else(|| Some("payer@sandbox.example".to_owned()));
        Ok(Instrument { means, name: self.name, email })
    }
}

/// `POST /sandbox/checkout/{id}/pay`.
pub async fn pay(State(control): State<Control>, Path(id): Path<String>, bytes: Bytes) -> ControlResult {
    let request: PayRequest = json_body(&bytes)?;
    let passes = request.authenticate.unwrap_or(true);
    let authentication = if passes { Authentication::Passed } else { Authentication::Failed };
    let (code, shipping) = (request.promotion_code.clone(), request.shipping);
    let instrument = request.instrument()?;
    let change = |store: &mut Store| {
        if let Some(code) = &code {
            totals::enter_code(store, &id, code)?;
        }
        if let Some(shipping) = shipping {
            totals::add_shipping(store, &id, shipping.into())?;
        }
        payment::pay(store, &id, &instrument, authentication)
    };
    match control.change(change).await? {
        PaymentResult::Complete(session) => Ok(Json(session)),
        PaymentResult::Declined(error) => Err(error),
        PaymentResult::AuthenticationRequired => Err(StripeError::internal()),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SettleRequest {
    outcome: SettleOutcome,
}

#[derive(PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum SettleOutcome {
    Succeeded,
    Failed,
}

/// `POST /sandbox/checkout/{id}/settle`.
pub async fn settle(State(control): State<Control>, Path(id): Path<String>, bytes: Bytes) -> ControlResult {
    let request: SettleRequest = json_body(&bytes)?;
    let succeeds = request.outcome == SettleOutcome::Succeeded;
    control.change(|store| payment::settle(store, &id, succeeds)).await.map(Json)
}
