//! The storm: the changes at Stripe, such as payments, refunds, disputes and changes of a subscription.

use super::buyers::Storm;
use super::world::{recommended_portal, text};
use jiff::SignedDuration;
use serde_json::{Value, json};

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;
const PLANS: [&str; 3] = ["essential", "premium", "ultimate"];

impl Storm {
    /// Changes something at Stripe: a payment, a refund, a dispute, a subscription, the clock or faults.
    pub(super) async fn change_at_stripe(&mut self) {
        self.new_events().await;
        let dice = &mut self.world.dice;
        match dice.below(100) {
            0..32 => self.pay().await,
            32..38 => self.settle_debit().await,
            38..52 => self.refund().await,
            52..56 => self.fail_refund().await,
            56..66 => self.dispute().await,
            66..76 => self.change_subscription().await,
            76..88 => {
                let elapsed_s = *dice.pick(&[HOUR, HOUR, 5 * HOUR, DAY, 9 * DAY, 33 * DAY]).unwrap();
                self.now += SignedDuration::from_secs(elapsed_s);
                self.call_sandbox("PUT", "/sandbox/clock", &json!({ "now": self.now })).await;
                // In half of the cases the service's clock is behind for a while.
                if self.world.dice.one_in(2) {
                    self.set_service_clock().await;
                }
            }
            _ => {
                let mut some = || if dice.one_in(2) { dice.below(4) } else { 0 };
                let faults =
                    json!({ "errors": some(), "timeouts_after_work": some(), "rate_limited": some() });
                self.world.set_faults(&faults).await;
                self.world.note(faults.to_string());
            }
        }
    }

    async fn call_sandbox(&mut self, method: &'static str, path: &str, body: &Value) {
        let response = self.world.sandbox(method, path, body).await;
        let what = path.split('/').next_back().unwrap_or_default();
        let what = if what.len() > 20 { "…" } else { what };
        self.world.note(format!("{what} {body} → {}", response.status));
    }

    async fn pay(&mut self) {
        // Mostly one of the newest: the others were paid or have expired.
        let newest =
            self.sessions.len().saturating_sub(if self.world.dice.one_in(4) { usize::MAX } else { 3 });
        let Some((_, session)) = self.world.dice.pick(&self.sessions[newest..]).cloned() else { return };
        let card = |number: &str| json!({ "method": "card", "card": number });
        let method = match self.world.dice.below(12) {
            0 => card("4000000000000002"),
            1 => card("4000000000000259"),
            2 => json!({ "method": "paypal", "promotion_code": "HALF" }),
            5 => json!({ "shipping": 100 }),
            3 => json!({ "method": "bank_debit" }),
            4 => json!({ "promotion_code": "FREE" }),
            _ => card("4242424242424242"),
        };
        self.call_sandbox("POST", &format!("/sandbox/checkout/{session}/pay"), &method).await;
    }

    async fn settle_debit(&mut self) {
        let Some((_, session)) = self.world.dice.pick(&self.sessions).cloned() else { return };
        self.settle_debit_of(&session).await;
    }

    /// The bank decides about a debit. The sandbox refuses it for a session that waits for no debit.
    pub(super) async fn settle_debit_of(&mut self, session: &str) {
        let body = json!({ "outcome": self.world.dice.pick(&["succeeded", "failed"]).unwrap() });
        self.call_sandbox("POST", &format!("/sandbox/checkout/{session}/settle"), &body).await;
    }

    /// The ids of the objects of all events of this kind.
    fn objects_of(&self, kind: &str) -> Vec<String> {
        let events = self.world.events.iter().filter(|event| event.kind == kind);
        events.map(|event| text(&event.object["id"])).collect()
    }

    async fn refund(&mut self) {
        let Some(charge) = self.world.dice.pick(&self.objects_of("charge.succeeded")).cloned() else {
            return;
        };
        let amount = *self.world.dice.pick(&[None, Some(1), Some(333), Some(700)]).unwrap();
        let body = json!({ "amount": amount });
        self.call_sandbox("POST", &format!("/sandbox/charges/{charge}/refund"), &body).await;
    }

    async fn fail_refund(&mut self) {
        let Some(refund) = self.world.dice.pick(&self.objects_of("refund.created")).cloned() else { return };
        self.call_sandbox("POST", &format!("/sandbox/refunds/{refund}/fail"), &json!({})).await;
    }

    async fn dispute(&mut self) {
        let disputed = self.world.events.iter().filter(|event| event.kind == "charge.dispute.created");
        let disputed: Vec<String> = disputed.map(|event| text(&event.object["charge"])).collect();
        let closes = !disputed.is_empty() && self.world.dice.one_in(2);
        let charges = if closes { disputed } else { self.objects_of("charge.succeeded") };
        let Some(charge) = self.world.dice.pick(&charges).cloned() else { return };
        let states = if closes { ["won", "lost"] } else { ["opened", "inquiry"] };
        let body = json!({ "state": self.world.dice.pick(&states).unwrap() });
        self.call_sandbox("POST", &format!("/sandbox/charges/{charge}/dispute"), &body).await;
    }

    async fn change_subscription(&mut self) {
        let subscriptions = self.objects_of("customer.subscription.created");
        let Some(subscription) = self.world.dice.pick(&subscriptions).cloned() else { return };
        let change = match self.world.dice.below(11) {
            0 | 1 => json!({ "cancel_at_period_end": true }),
            2 => json!({ "cancel_at_period_end": false }),
            3 => json!({ "status": "past_due" }),
            4 => json!({ "status": "unpaid" }),
            5 | 6 => json!({ "status": "active" }),
            7 => json!({ "status": "canceled" }),
            8 => json!({ "plan": self.world.dice.pick(&PLANS).unwrap() }),
            9 => return self.pay_open_invoice(&subscription).await,
            _ => return self.change_in_any_portal(&subscription).await,
        };
        self.call_sandbox("POST", &format!("/sandbox/subscriptions/{subscription}"), &change).await;
    }

    /// The customer pays an invoice on its page, whatever became of the subscription.
    async fn pay_open_invoice(&mut self, subscription: &str) {
        let open = self.world.list(&format!("/v1/invoices?subscription={subscription}&status=open&")).await;
        let open: Vec<String> = open.iter().map(|invoice| text(&invoice["id"])).collect();
        let Some(invoice) = self.world.dice.pick(&open).cloned() else { return };
        self.call_sandbox("POST", &format!("/sandbox/invoices/{invoice}/pay"), &json!({})).await;
    }

    /// Rule 11: a plan and a quantity are chosen in a portal that is set up in any way.
    async fn change_in_any_portal(&mut self, subscription: &str) {
        let dice = &mut self.world.dice;
        let proration = *dice.pick(&["always_invoice", "create_prorations", "none"]).unwrap();
        let anchor = *dice.pick(&["unchanged", "now"]).unwrap();
        let waits = [json!({ "type": "decreasing_item_amount" })];
        let conditions = if dice.one_in(2) { &waits[..] } else { &[] };
        let (plan, quantity) = (*dice.pick(&PLANS).unwrap(), 1 + dice.below(2));
        let portal = json!({
            "enabled": true,
            "default_allowed_updates": ["price", "quantity"],
            "proration_behavior": proration,
            "billing_cycle_anchor": anchor,
            "schedule_at_period_end": { "conditions": conditions },
        });
        self.call_sandbox("PUT", "/sandbox/portal", &portal).await;
        let change = json!({ "plan": plan, "quantity": quantity, "in_portal": true });
        self.call_sandbox("POST", &format!("/sandbox/subscriptions/{subscription}"), &change).await;
        self.call_sandbox("PUT", "/sandbox/portal", &recommended_portal()).await;
    }
}
