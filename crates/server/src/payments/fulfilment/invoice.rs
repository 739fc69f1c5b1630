//! Refunds and disputes of a plan's invoices. The period's tokens end with the period (rule 9), so neither takes tokens
//! back: whoever refunds a plan ends it at Stripe too, or corrects the balance. An open dispute stops buying, as one of
//! a purchase does (rule 13).

use super::{WorkError, dispute_state, disputes_of, must};
use crate::App;
use crate::accounts::unit_of_work::{Draft, attempts};
use crate::payments::reconcile::{Drift, conclude};
use crate::payments::stripe::{Expandable, PaymentIntent};
use axum::http::StatusCode;
use tokenwell_ledger::{Account, Command, DisputeId, DisputeState, Lot, LotId};

/// Brings the account of a payment that is for no purchase to what Stripe says of its disputes.
pub async fn payment(app: &App, intent: &PaymentIntent) -> Result<(), WorkError> {
    // Something else is sold through the same account at Stripe, to others.
    let Some(customer) = &intent.customer else { return Ok(()) };
    let Some(account) = app.store.account_of_customer(customer.id()).await? else { return Ok(()) };
    let Some(charge) = intent.latest_charge.as_ref().and_then(Expandable::object) else { return Ok(()) };
    if charge.amount_refunded.0 > 0 {
        let refunded = charge.amount_refunded.0;
        tracing::warn!(payment = intent.id, account, refunded, "an invoice was refunded; its tokens stay");
    }
    if !charge.disputed {
        return Ok(());
    }
    let disputes = disputes_of(app, &intent.id).await?;
    // A lot of its own that nothing is ever granted into: it only bears the disputes.
    let lot = LotId::from(intent.id.as_str());
    let brought = attempts(|| async {
        let mut draft = Draft::open(app, &account).await?;
        let before = shown(draft.state(), &lot);
        for dispute in &disputes {
            let (dispute, state) = (DisputeId::from(dispute.id.as_str()), dispute_state(&dispute.status));
            must(&mut draft, Command::Dispute { lot: lot.clone(), dispute, state })?;
        }
        let after = shown(draft.state(), &lot);
        let differs = (before != after).then(|| Drift {
            what: "dispute",
            ids: vec![("payment", intent.id.clone()), ("account", account.clone())],
            ledger: before.to_owned(),
            stripe: after.to_owned(),
        });
        conclude(app, draft, differs).await
    })
    .await;
    match brought {
        // Nobody is left to stop from buying.
        Err(failure) if failure.status() == StatusCode::GONE => Ok(()),
        brought => Ok(brought?),
    }
}

fn shown(account: &Account, lot: &LotId) -> &'static str {
    match account.lot(lot).and_then(Lot::dispute) {
        None => "nothing",
        Some(DisputeState::Opened) => "that it is open",
        Some(DisputeState::Won) => "that it was won",
        Some(DisputeState::Lost) => "that it was lost",
    }
}
