//! Stripe's API: keys, errors, idempotency, and the shapes of objects.

use crate::support::{PACK, Sandbox, id, send};
use reqwest::header::AUTHORIZATION;
use serde_json::{Value, json};

#[tokio::test]
async fn any_test_key_is_accepted_as_bearer_or_basic_and_no_other_key() {
    let sandbox = Sandbox::start().await;
    let url = sandbox.url("/v1/customers");
    send(sandbox.client.get(&url).bearer_auth("sk_test_whatever")).await.ok();
    send(sandbox.client.get(&url).basic_auth("sk_test_whatever", None::<&str>)).await.ok();
    let error = send(sandbox.client.get(&url)).await.refused(401);
    assert_eq!(error["type"], "invalid_request_error");
    assert!(error["message"].as_str().unwrap().starts_with("You did not provide an API key."));
    let response = send(sandbox.client.get(&url).header(AUTHORIZATION, "Bearer sk_live_secretsecret")).await;
    let error = response.refused(401);
    assert!(!error["message"].as_str().unwrap().contains("secretsecret"), "{error}");
}

#[tokio::test]
async fn a_checkout_session_has_the_shape_of_the_pinned_version() {
    let sandbox = Sandbox::start().await;
    let session = sandbox.pack_session().await;
    assert!(id(&session).starts_with("cs_test_"));
    let expected = json!({
        "object": "checkout.session", "status": "open", "payment_status": "unpaid", "mode": "payment",
        "amount_total": 4800, "currency": "usd", "client_reference_id": "acc_1", "ui_mode": "hosted_page",
        "metadata": { "purchase_id": "pur_1" }, "payment_intent": null, "customer": null, "livemode": false,
    });
    for (field, value) in expected.as_object().unwrap() {
        assert_eq!(&session[field], value, "{field}");
    }
    assert_eq!(session["url"], sandbox.url(&format!("/c/pay/{}", id(&session))));
    let life = session["expires_at"].as_i64().unwrap() - session["created"].as_i64().unwrap();
    assert_eq!(life, 24 * 3600);

    let items = sandbox.get(&format!("/v1/checkout/sessions/{}/line_items", id(&session))).await.ok();
    assert_eq!(items["data"][0]["description"], "15,000 top-up tokens");
    assert_eq!(items["data"][0]["amount_total"], 4800);
    assert_eq!(items["data"][0]["quantity"], 2);
}

#[tokio::test]
async fn parameters_that_the_pinned_version_removed_are_refused() {
    let sandbox = Sandbox::start().await;
    let create = async |more: &str| {
        sandbox.post("/v1/checkout/sessions", &format!("{PACK}&{more}")).await.refused(400)
    };

    let error = create("payment_method_types[0]=card").await;
    assert_eq!(
        (error["code"].as_str(), error["param"].as_str()),
        (Some("parameter_unknown"), Some("payment_method_types"))
    );
    let error = create("ui_mode=hosted").await;
    assert_eq!(error["param"], "ui_mode");
    let error = create("line_items[0][colour]=red").await;
    assert_eq!(
        (error["code"].as_str(), error["param"].as_str()),
        (Some("parameter_unknown"), Some("line_items[0][colour]"))
    );
    let error = create("expires_at=12").await;
    assert_eq!(error["param"], "expires_at");
    assert_eq!(sandbox.get("/v1/checkout/sessions").await.ok()["data"], json!([]));
}

#[tokio::test]
async fn a_missing_parameter_or_object_is_named_in_the_error() {
    let sandbox = Sandbox::start().await;
    for (form, param) in [
        ("", "mode"),
        ("mode=payment", "success_url"),
        ("mode=payment&success_url=http://localhost/", "line_items"),
        (
            "mode=payment&success_url=http://localhost/&line_items[0][price]=price_tokenwell_premium_month",
            "line_items[0][quantity]",
        ),
    ] {
        let error = sandbox.post("/v1/checkout/sessions", form).await.refused(400);
        assert_eq!(
            (error["code"].as_str(), error["param"].as_str()),
            (Some("parameter_missing"), Some(param))
        );
    }
    let error = sandbox.get("/v1/checkout/sessions/cs_test_nothing").await.refused(404);
    assert_eq!(error["code"], "resource_missing");
    assert_eq!(error["message"], "No such checkout.session: 'cs_test_nothing'");
    let error =
        sandbox.post("/v1/checkout/sessions", &format!("{PACK}&customer=cus_nobody")).await.refused(400);
    assert_eq!(
        (error["code"].as_str(), error["param"].as_str()),
        (Some("resource_missing"), Some("customer"))
    );
    let error = sandbox.post("/v1/quotes", "").await.refused(404);
    assert!(error["message"].as_str().unwrap().contains("POST: /v1/quotes"));
}

#[tokio::test]
async fn the_same_idempotency_key_and_parameters_get_the_same_bytes_and_other_parameters_are_refused() {
    let sandbox = Sandbox::start().await;
    let first = sandbox.post_with_key("/v1/customers", "email=ada@example.com", "key-1").await;
    let again = sandbox.post_with_key("/v1/customers", "email=ada@example.com", "key-1").await;
    assert_eq!(again.headers["Idempotent-Replayed"], "true");
    assert_eq!(first.ok(), again.ok());
    let error = sandbox.post_with_key("/v1/customers", "email=eve@example.com", "key-1").await.refused(400);
    assert_eq!(error["type"], "idempotency_error");
    let customers = sandbox.get("/v1/customers").await.ok();
    assert_eq!(customers["data"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_refused_call_does_not_use_its_idempotency_key() {
    let sandbox = Sandbox::start().await;
    sandbox.post_with_key("/v1/checkout/sessions", "mode=payment", "key-1").await.refused(400);
    sandbox.post_with_key("/v1/checkout/sessions", PACK, "key-1").await.ok();
    sandbox.post_with_key("/v1/customers", "", &"k".repeat(256)).await.refused(400);
}

#[tokio::test]
async fn lists_are_newest_first_and_their_pages_are_complete() {
    let sandbox = Sandbox::start().await;
    for number in 0..5 {
        sandbox.post("/v1/customers", &format!("email=user{number}@example.com")).await.ok();
    }
    let mut seen = Vec::new();
    let mut path = "/v1/customers?limit=2".to_owned();
    loop {
        let page = sandbox.get(&path).await.ok();
        let customers = page["data"].as_array().unwrap();
        seen.extend(customers.iter().map(|customer| customer["email"].as_str().unwrap().to_owned()));
        if page["has_more"] == false {
            break;
        }
        path = format!("/v1/customers?limit=2&starting_after={}", id(customers.last().unwrap()));
    }
    assert_eq!(seen, [4, 3, 2, 1, 0].map(|number| format!("user{number}@example.com")));
    sandbox.get("/v1/customers?limit=101").await.refused(400);
}

#[tokio::test]
async fn prices_of_the_plans_are_found_by_their_lookup_keys() {
    let sandbox = Sandbox::start().await;
    let query =
        "lookup_keys[]=tokenwell_premium_year&lookup_keys[]=tokenwell_essential_month&expand[]=data.product";
    let prices = sandbox.get(&format!("/v1/prices?{query}")).await.ok();
    let mut found: Vec<_> = prices["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|price| (price["product"]["name"].as_str().unwrap(), price["unit_amount"].as_i64().unwrap()))
        .collect();
    found.sort_unstable();
    assert_eq!(found, [("Tokenwell Essential", 1_200), ("Tokenwell Premium", 28_800)]);
}

#[tokio::test]
async fn expand_follows_ids_through_lists_and_refuses_other_fields() {
    let sandbox = Sandbox::start().await;
    let session = sandbox.paid_pack_session().await;
    let path = format!("/v1/checkout/sessions/{}", id(&session));
    let expanded =
        sandbox.get(&format!("{path}?expand[]=line_items&expand[]=payment_intent.latest_charge")).await.ok();
    assert_eq!(expanded["line_items"]["data"][0]["quantity"], 2);
    let charge = &expanded["payment_intent"]["latest_charge"];
    assert_eq!((charge["amount"].as_i64(), charge["paid"].as_bool()), (Some(4800), Some(true)));
    assert_eq!(charge["metadata"]["purchase_id"], "pur_1");
    let list = sandbox.get("/v1/checkout/sessions?expand[]=data.payment_intent").await.ok();
    assert_eq!(list["data"][0]["payment_intent"]["status"], "succeeded");
    sandbox.get(&format!("{path}?expand[]=currency")).await.refused(400);
    sandbox.get(&format!("{path}?expand[]=nonsense")).await.refused(400);
}

#[tokio::test]
async fn refunds_add_up_to_the_paid_amount_and_not_more() {
    let sandbox = Sandbox::start().await;
    let session = sandbox.paid_pack_session().await;
    let intent = session["payment_intent"].as_str().unwrap();
    let refund = sandbox.post("/v1/refunds", &format!("payment_intent={intent}&amount=1800")).await.ok();
    let charge = refund["charge"].as_str().unwrap().to_owned();
    assert_eq!((refund["status"].as_str(), refund["amount"].as_i64()), (Some("succeeded"), Some(1800)));
    let error =
        sandbox.control(&format!("charges/{charge}/refund"), json!({ "amount": 3001 })).await.refused(400);
    assert_eq!(error["param"], "amount");
    let rest = sandbox.control(&format!("charges/{charge}/refund"), json!({})).await.ok();
    assert_eq!(rest["amount"], 3000);
    let charge_now = sandbox.get(&format!("/v1/charges/{charge}?expand[]=refunds")).await.ok();
    assert_eq!(
        (charge_now["refunded"].as_bool(), charge_now["amount_refunded"].as_i64()),
        (Some(true), Some(4800))
    );
    assert_eq!(charge_now["refunds"]["data"].as_array().unwrap().len(), 2);

    sandbox.control(&format!("refunds/{}/fail", id(&rest)), json!({})).await.ok();
    let charge_now = sandbox.get(&format!("/v1/charges/{charge}")).await.ok();
    assert_eq!(
        (charge_now["refunded"].as_bool(), charge_now["amount_refunded"].as_i64()),
        (Some(false), Some(1800))
    );
    let types = sandbox.event_types().await;
    assert_eq!(types.iter().filter(|kind| *kind == "charge.refunded").count(), 2);
    assert!(types.contains(&"refund.failed".to_owned()));
}

#[tokio::test]
async fn a_dispute_is_opened_and_then_won_or_lost_and_can_be_decided_the_other_way() {
    let sandbox = Sandbox::start().await;
    for (state, closing) in [("won", "charge.dispute.funds_reinstated"), ("lost", "charge.dispute.closed")] {
        let session = sandbox.paid_pack_session().await;
        let intent = sandbox
            .get(&format!("/v1/payment_intents/{}", session["payment_intent"].as_str().unwrap()))
            .await
            .ok();
        let path = format!("charges/{}/dispute", intent["latest_charge"].as_str().unwrap());
        sandbox.control(&path, json!({ "state": state })).await.refused(400);
        let dispute = sandbox.control(&path, json!({ "state": "opened" })).await.ok();
        assert_eq!(
            (dispute["status"].as_str(), dispute["amount"].as_i64()),
            (Some("needs_response"), Some(4800))
        );
        sandbox.control(&path, json!({ "state": "opened" })).await.refused(400);
        let closed = sandbox.control(&path, json!({ "state": state })).await.ok();
        assert_eq!(closed["status"], state);
        assert_eq!(sandbox.event_types().await.last().unwrap(), closing);
        sandbox.control(&path, json!({ "state": state })).await.refused(400);
        let close = format!("/v1/disputes/{}/close", id(&closed));
        sandbox.post(&close, "").await.refused(400);
        let (other, moved) = match state {
            "won" => ("lost", "charge.dispute.funds_withdrawn"),
            _ => ("won", "charge.dispute.funds_reinstated"),
        };
        sandbox.control(&path, json!({ "state": other })).await.ok();
        assert_eq!(sandbox.event_types().await.last().unwrap(), moved);
    }
}

#[tokio::test]
async fn injected_faults_affect_only_as_many_calls_as_requested() {
    let sandbox = Sandbox::start().await;
    sandbox.set("faults", json!({ "errors": 1, "rate_limited": 1 })).await;
    assert_eq!(sandbox.post("/v1/customers", "").await.refused(429)["code"], "rate_limit");
    assert_eq!(sandbox.post("/v1/customers", "").await.refused(500)["type"], "api_error");
    assert_eq!(sandbox.get("/v1/customers").await.ok()["data"], json!([]));
}

#[tokio::test]
async fn a_failure_at_stripes_end_is_replayed_under_its_key() {
    let sandbox = Sandbox::start().await;
    sandbox.set("faults", json!({ "errors": 1 })).await;
    sandbox.post_with_key("/v1/customers", "", "key-1").await.refused(500);
    sandbox.post_with_key("/v1/customers", "", "key-1").await.refused(500);
    sandbox.post_with_key("/v1/customers", "", "key-2").await.ok();
}

#[tokio::test]
async fn a_timeout_after_the_work_closes_the_connection_and_the_result_is_replayed_under_its_key() {
    let sandbox = Sandbox::start().await;
    sandbox.set("faults", json!({ "timeouts_after_work": 1 })).await;
    let lost = sandbox
        .stripe("/v1/customers", "email=ada@example.com")
        .header("Idempotency-Key", "key-1")
        .send()
        .await;
    assert!(lost.is_err(), "{lost:?}");
    let found = sandbox.post_with_key("/v1/customers", "email=ada@example.com", "key-1").await;
    assert_eq!(found.headers["Idempotent-Replayed"], "true");
    let customer = found.ok();
    assert_eq!(sandbox.get("/v1/customers").await.ok()["data"][0]["id"], customer["id"]);
}

#[tokio::test]
async fn an_invalid_body_is_refused_with_the_reason() {
    let sandbox = Sandbox::start().await;
    let session = sandbox.pack_session().await;
    for (path, body, word) in [
        ("users".to_owned(), json!({ "email": "nobody" }), "e-mail"),
        ("users".to_owned(), json!({ "email": "a@b.c", "plan": "gold" }), "gold"),
        ("users".to_owned(), json!({ "email": "a@b.c", "plan": "premium" }), "--webhook-url"),
        (format!("checkout/{}/pay", id(&session)), json!({ "method": "cash" }), "cash"),
        (format!("checkout/{}/pay", id(&session)), json!({ "metod": "card" }), "metod"),
        (format!("checkout/{}/settle", id(&session)), json!({ "outcome": "succeeded" }), "bank debit"),
        ("charges/ch_none/dispute".to_owned(), json!({ "state": "open" }), "open"),
        ("subscriptions/sub_none".to_owned(), json!({}), "Nothing to change"),
    ] {
        let error = sandbox.control(&path, body).await.refused(400);
        assert!(error["message"].as_str().unwrap().contains(word), "{path}: {error}");
    }
    sandbox.control("charges/ch_none/refund", json!({})).await.refused(404);
}

#[tokio::test]
async fn the_list_of_events_is_paged_in_both_directions_and_filtered_by_type_and_time() {
    let sandbox = Sandbox::start().await;
    for name in ["a", "b", "c", "d", "e"] {
        sandbox.post("/v1/customers", &format!("name={name}")).await.ok();
    }
    sandbox.pack_session().await;
    let all = sandbox.get("/v1/events?limit=100&types[]=customer.created&types[]=charge.*").await.ok();
    let ids = |page: &Value| -> Vec<String> {
        page["data"].as_array().unwrap().iter().map(|event| id(event).to_owned()).collect()
    };
    let newest_first = ids(&all);
    assert_eq!((newest_first.len(), &all["has_more"]), (5, &json!(false)));
    assert_eq!(all["data"][0]["data"]["object"]["name"], "e");
    let get =
        async |query: String| sandbox.get(&format!("/v1/events?type=customer.created&{query}")).await.ok();
    let older = get(format!("limit=2&starting_after={}", newest_first[1])).await;
    assert_eq!((ids(&older).as_slice(), &older["has_more"]), (&newest_first[2..4], &json!(true)));
    let newer = get(format!("limit=2&ending_before={}", newest_first[3])).await;
    assert_eq!((ids(&newer).as_slice(), &newer["has_more"]), (&newest_first[1..3], &json!(true)));
    let created = all["data"][0]["created"].as_i64().unwrap();
    assert_eq!(ids(&get(format!("created[gte]={}", created + 1)).await), [""; 0]);
    assert_eq!(ids(&get(format!("created[gte]={}", created - 3600)).await), newest_first);
    let many = "types[]=customer.created&".repeat(21);
    assert_eq!(sandbox.get(&format!("/v1/events?{many}")).await.refused(400)["param"], "types");
}
