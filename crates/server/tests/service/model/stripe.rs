//! The steps at Stripe: checkouts, refunds, disputes, subscriptions.

use super::billing::Billing;
use super::steps::{CODES, How, Step};
use super::{CHECKOUT_HOURS, Checkout, Pair, Refund};
use crate::naive::{Plan, pick};
use crate::support::{STRIPE_KEY, card, pay, send, text};
use serde_json::{Value, json};

/// A card, and a promotion code that is entered first.
fn payment(code: Option<usize>) -> Value {
    let mut payment = card();
    if let Some(code) = code {
        payment["promotion_code"] = CODES[code].0.into();
    }
    payment
}

impl Pair<'_> {
    pub(super) async fn checkout_step(&mut self, step: &Step) {
        match *step {
            Step::Open { pack, quantity } => {
                let (pack, tokens, price) = [("odd", 13, 97), ("even", 40, 250)][pack];
                self.purchase_requests += 1;
                let key = format!("checkout-{}", self.purchase_requests);
                let count = i64::try_from(quantity).unwrap();
                let response = self.user.request_purchase(pack, count, &key).await;
                let again = self.user.request_purchase(pack, count, &key).await;
                assert_eq!(
                    (again.status, &again.bytes),
                    (response.status, &response.bytes),
                    "a replay returns the same bytes"
                );
                if !self.model.entitled {
                    let remedy = if self.model.top_up() == 0 { "upgrade" } else { "resubscribe" };
                    assert_eq!(response.refused(403, "subscription_required", "")["remedy"], remedy);
                } else if !self.model.can_buy() {
                    response.refused(403, "dispute_open", "");
                } else {
                    let purchase = response.ok();
                    assert_eq!(purchase["tokens"], tokens * quantity);
                    assert_eq!(purchase["amount"], price * quantity);
                    self.open.push(Checkout { purchase, expires: self.model.hour + CHECKOUT_HOURS });
                }
            }
            Step::Pay { checkout, code } => {
                let Some(index) = pick(checkout, self.open.len()) else { return };
                let Checkout { purchase, .. } = self.open.remove(index);
                let session = self.world().sandbox(&pay(&purchase), payment(code)).await;
                let [tokens, total] =
                    [&purchase["tokens"], &session["amount_total"]].map(|it| it.as_u64().unwrap());
                self.model.grant(text(&purchase["id"]), tokens, total, self.model.hour);
            }
            Step::CancelCheckout { checkout } => {
                let Some(index) = pick(checkout, self.open.len()) else { return };
                let Checkout { purchase, .. } = self.open.remove(index);
                let path = format!("/v1/purchases/{}/cancel", text(&purchase["id"]));
                assert_eq!(self.user.post(&path, json!({})).await.ok()["status"], "expired");
            }
            _ => unreachable!("{step:?} is not a step of a checkout"),
        }
    }

    pub(super) async fn payment_step(&mut self, step: &Step) {
        match *step {
            Step::Refund { lot, cents } => {
                let Some(index) = self.model.bought(lot) else { return };
                let lot = &self.model.lots[index];
                let left = lot.price - lot.refunded;
                // Stripe refunds at most the rest of the payment, and nothing that is disputed or lost.
                if left > 0 && matches!(lot.disputes[0], None | Some(1)) {
                    let (cents, path) =
                        (cents.min(left), format!("/sandbox/charges/{}/refund", self.charge(index).await));
                    let refund = self.world().sandbox(&path, json!({ "amount": cents })).await;
                    self.refunds.push(Refund { id: text(&refund["id"]), lot: index, cents });
                    self.model.refund(index, self.model.lots[index].refunded + cents);
                }
            }
            Step::RefundFails { refund } => {
                let Some(index) = pick(refund, self.refunds.len()) else { return };
                let Refund { id, lot, cents } = self.refunds.remove(index);
                self.world().sandbox(&format!("/sandbox/refunds/{id}/fail"), json!({})).await;
                self.model.refund(lot, self.model.lots[lot].refunded - cents);
            }
            Step::Dispute { lot, state } => {
                let Some(index) = self.model.bought(lot) else { return };
                let lot = &self.model.lots[index];
                let possible = match lot.disputes[0] {
                    None => state == 0 && lot.refunded < lot.price,
                    // A dispute that was decided can be decided the other way.
                    Some(known) => known != state && state > 0,
                };
                if possible {
                    let path = format!("/sandbox/charges/{}/dispute", self.charge(index).await);
                    let name = ["opened", "won", "lost"][state];
                    self.world().sandbox(&path, json!({ "state": name })).await;
                    self.model.dispute(index, 0, state);
                }
            }
            _ => unreachable!("{step:?} is not a step of a payment"),
        }
    }

    async fn charge(&self, lot: usize) -> String {
        self.user.charge_of(&json!({ "id": self.model.lots[lot].id })).await
    }

    pub(super) async fn subscription_step(&mut self, step: &Step) {
        match (self.billing.as_ref(), step) {
            (None, Step::Subscribe { plan, by_the_year, code }) => {
                self.subscribe(*plan, *by_the_year, *code).await;
            }
            (Some(_), Step::Subscribe { plan, .. }) if self.model.entitled => {
                let body = json!({ "plan_id": plan.id() });
                let response = self.user.post("/v1/subscription/checkout", body).await;
                response.refused(409, "already_subscribed", "");
            }
            (Some(_), Step::Change { plan, count, by_the_year, how }) => {
                self.change(*plan, *count, *by_the_year, *how).await;
            }
            (Some(billing), Step::CancelAtPeriodEnd { cancel, in_portal }) => {
                let change = json!({ "cancel_at_period_end": cancel, "in_portal": in_portal });
                self.world().sandbox(&format!("/sandbox/subscriptions/{}", billing.id), change).await;
                self.follow().await;
            }
            (Some(billing), Step::EndWithCredit) => {
                let origin = self.world().sandbox.origin();
                let url = format!("{origin}/v1/subscriptions/{}?prorate=true&invoice_now=true", billing.id);
                send(self.world().http.delete(url).bearer_auth(STRIPE_KEY)).await.ok();
                self.follow().await;
            }
            // The months of a year that begin while it is not entitled are not in the model.
            (Some(billing), Step::Status("unpaid")) if billing.was_yearly => {}
            (Some(billing), Step::Status(status)) => {
                let change = json!({ "status": status });
                self.world().sandbox(&format!("/sandbox/subscriptions/{}", billing.id), change).await;
                self.follow().await;
            }
            _ => {}
        }
    }

    async fn subscribe(&mut self, plan: Plan, by_the_year: bool, code: Option<usize>) {
        let body = json!({ "plan_id": plan.id(), "interval": if by_the_year { "year" } else { "month" } });
        let page = self.user.post("/v1/subscription/checkout", body).await.ok();
        let paid = self.world().sandbox(&pay(&page), payment(code)).await;
        self.billing = Some(Billing::new(text(&paid["subscription"])));
        self.follow().await;
    }

    /// Changes plan, quantity and interval, in the portal or through the API.
    async fn change(&mut self, plan: Plan, count: u64, by_the_year: bool, how: How) {
        let billing = self.billing.as_ref().unwrap();
        // The model does not know which of several open invoices a change credits, and tells periods apart by their start.
        if self.owes || billing.status == "unpaid" || billing.has_period_from(self.model.hour) {
            return;
        }
        let How { proration, anchor, waits, in_portal } = how;
        let interval = if by_the_year { "year" } else { "month" };
        let mut change = json!({ "plan": plan.id(), "interval": interval, "quantity": count });
        if in_portal {
            let conditions =
                [json!({ "type": "decreasing_item_amount" }), json!({ "type": "shortening_interval" })];
            let settings = json!({
                "enabled": true,
                "default_allowed_updates": ["price", "quantity"],
                "proration_behavior": proration,
                "billing_cycle_anchor": anchor,
                "schedule_at_period_end": { "conditions": if waits { &conditions[..] } else { &[] } },
            });
            self.world().sandbox_set("/sandbox/portal", settings).await;
            change["in_portal"] = true.into();
        } else {
            change["proration_behavior"] = proration.into();
            change["billing_cycle_anchor"] = anchor.into();
            change["at_period_end"] = waits.into();
            change["payment_behavior"] = "allow_incomplete".into();
        }
        let url = format!("{}/sandbox/subscriptions/{}", self.world().sandbox.origin(), billing.id);
        let response = send(self.world().http.post(url).json(&change)).await;
        // What cannot be collected undoes a change in the portal.
        let is_undone = in_portal && billing.status == "past_due" && response.status >= 400;
        assert!(response.status == 200 || is_undone, "{change}: {}", response.body);
        self.follow().await;
    }
}
