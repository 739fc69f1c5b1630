//! The steps at Stripe: checkouts, refunds, disputes, subscriptions.

use super::billing::Billing;
use super::{CHECKOUT_HOURS, Checkout, Pair, Refund, Step};
use crate::naive::{Model, Plan, Year, pick};
use crate::support::{card, pay, text};
use serde_json::json;

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
            Step::Pay { checkout } => {
                let Some(index) = pick(checkout, self.open.len()) else { return };
                let Checkout { purchase, .. } = self.open.remove(index);
                self.world().sandbox(&pay(&purchase), card()).await;
                let [tokens, price] = ["tokens", "amount"].map(|name| purchase[name].as_u64().unwrap());
                self.model.grant(text(&purchase["id"]), tokens, price, self.model.hour);
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
        let now = self.model.hour;
        let Some(billing) = &mut self.billing else {
            if let Step::Subscribe { plan, by_the_year } = *step {
                self.subscribe(plan, by_the_year).await;
            }
            return;
        };
        let path = format!("/sandbox/subscriptions/{}", billing.id);
        let change = match *step {
            Step::Subscribe { plan, .. } if self.model.entitled => {
                let body = json!({ "plan_id": plan.id() });
                let response = self.user.post("/v1/subscription/checkout", body).await;
                response.refused(409, "already_subscribed", "");
                return;
            }
            // An upgrade is billed at once, and refused while a payment has failed. A downgrade starts with the next period.
            Step::ChangePlan(Plan::Premium)
                if billing.plan == Plan::Essential && billing.status != "active" =>
            {
                return;
            }
            Step::ChangePlan(plan) => {
                billing.next_plan = (billing.plan != plan).then_some(plan);
                if billing.plan == Plan::Essential && plan == Plan::Premium {
                    let credit = billing.credit(now);
                    (billing.plan, billing.next_plan, billing.anchor, billing.renewals) =
                        (plan, None, now, 0);
                    self.model.wanted = Some((plan, 1));
                    self.model.settle(&[credit]);
                    if billing.months == 12 {
                        self.model.start_year(Year { plan, count: 1, anchor: now });
                    } else {
                        self.model.renew(billing.period());
                    }
                }
                json!({ "plan": plan.id() })
            }
            Step::CancelAtPeriodEnd(cancelled) => {
                billing.cancelled = cancelled;
                json!({ "cancel_at_period_end": cancelled })
            }
            Step::Status("canceled") => {
                self.model.end();
                self.billing = None;
                json!({ "status": "canceled" })
            }
            // Lives are too short for a yearly payment to fail.
            Step::Status(_) if billing.months == 12 => return,
            Step::Status(status) => {
                set_status(billing, &mut self.model, status);
                json!({ "status": status })
            }
            _ => return,
        };
        self.world().sandbox(&path, change).await;
    }

    async fn subscribe(&mut self, plan: Plan, by_the_year: bool) {
        let body = json!({ "plan_id": plan.id(), "interval": if by_the_year { "year" } else { "month" } });
        let page = self.user.post("/v1/subscription/checkout", body).await.ok();
        let paid = self.world().sandbox(&pay(&page), card()).await;
        let months = if by_the_year { 12 } else { 1 };
        let billing = Billing::new(text(&paid["subscription"]), plan, months, self.model.hour);
        if by_the_year {
            self.model.enter();
            self.model.start_year(Year { plan, count: 1, anchor: self.model.hour });
        } else {
            self.model.subscribe(billing.period());
        }
        self.billing = Some(billing);
    }
}

/// Changes the payment status of a subscription. Unpaid periods are paid when it is active again.
fn set_status(billing: &mut Billing, model: &mut Model, status: &'static str) {
    let was_entitled = billing.status != "unpaid";
    billing.status = status;
    match (was_entitled, status != "unpaid") {
        (true, false) => model.lapse(),
        (false, true) => model.enter(),
        _ => {}
    }
    if status == "active" {
        billing.unpaid.drain(..).for_each(|paid| model.renew(paid));
    }
}
