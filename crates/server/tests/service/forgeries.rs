//! Nobody gets tokens without paying: what is not believed, what is believed and grants nothing, and that a true event
//! counts once however often it comes.

use crate::support::{
    User, WEBHOOK_SECRET, Wish, World, card, deliver, event, eventually, metric, paid_in_secret, send,
    session, signature, text,
};
use serde_json::{Value, json};

/// The events that the service has stored.
async fn stored(world: &World) -> i64 {
    world.count("SELECT count(*) FROM inbox").await
}

#[tokio::test]
async fn a_forged_event_is_refused_and_nothing_of_it_is_stored() {
    let world = World::with(Wish { webhook_secrets: vec!["whsec_old"], ..Wish::default() }).await;
    let ada = world.user("ada@example.com", "premium").await;
    let (purchase, session) = paid_in_secret(&ada).await;
    let body = event("evt_1", "checkout.session.completed", &json!({ "id": session }));
    let true_one = signature(&body, WEBHOOK_SECRET, 0);
    let (time, v1) = true_one.split_once(',').unwrap();
    let mut one_byte_off = body.clone();
    *one_byte_off.last_mut().unwrap() = b' ';
    let huge = vec![b' '; 1024 * 1024 + 1];
    let signed = |secret, age_s| Some(signature(&body, secret, age_s));

    let refused: [(&str, &[u8], Option<String>, &str); 14] = [
        ("no signature", &body, None, "missing"),
        ("an empty one", &body, Some(String::new()), "t=…,v1=…"),
        ("nonsense", &body, Some("nonsense".to_owned()), "t=…,v1=…"),
        ("a time alone", &body, Some(time.to_owned()), "t=…,v1=…"),
        ("a signature without its time", &body, Some(v1.to_owned()), "t=…,v1=…"),
        ("another secret", &body, signed("whsec_another", 0), "No signature fits"),
        ("no secret", &body, signed("", 0), "No signature fits"),
        ("an old time", &body, signed(WEBHOOK_SECRET, 301), "300 seconds"),
        ("a time to come", &body, signed(WEBHOOK_SECRET, -3600), "300 seconds"),
        ("another time than was signed", &body, Some(format!("t=1,{v1}")), "No signature fits"),
        ("one byte changed", &one_byte_off, Some(true_one.clone()), "No signature fits"),
        ("the scheme v0", &body, Some(true_one.replace("v1=", "v0=")), "t=…,v1=…"),
        ("two that are wrong", &body, Some(format!("{time},v1=00,v1=ff")), "No signature fits"),
        ("more than 1 MiB", &huge, Some(signature(&huge, WEBHOOK_SECRET, 0)), "1 MiB"),
    ];
    let before = stored(&world).await;
    for (what, body, signature, words) in refused {
        let answer = deliver(&world, body, signature.as_deref()).await;
        assert_eq!((answer.status, stored(&world).await), (400, before), "{what}");
        answer.refused(400, "invalid_signature", words);
    }
    let no_event = b"{\"object\": \"list\"}";
    let answer = deliver(&world, no_event, Some(&signature(no_event, WEBHOOK_SECRET, 0))).await;
    answer.refused(400, "malformed_json", "not an event");
    assert_eq!(stored(&world).await, before);
    assert_eq!(ada.purchase(&purchase).await["status"], "open");

    let accepted = [
        ("two of which one is right", format!("{time},v1={},{v1},v0=aa", "00".repeat(32))),
        ("the secret that is being rotated out", signature(&body, "whsec_old", 299)),
    ];
    for (what, signature) in accepted {
        assert_eq!(deliver(&world, &body, Some(&signature)).await.status, 200, "{what}");
    }
    assert_eq!(stored(&world).await, before + 1, "it was one event");
    ada.until(&purchase, "paid").await;
}

#[tokio::test]
async fn a_true_event_sent_again_a_thousand_times_counts_once() {
    let world = World::start().await;
    let ada = world.user("ada@example.com", "premium").await;
    let (purchase, session) = paid_in_secret(&ada).await;
    let body = event("evt_1", "checkout.session.completed", &json!({ "id": session }));
    let signature = signature(&body, WEBHOOK_SECRET, 0);
    let before = stored(&world).await;
    for _ in 0..20 {
        let at_once = (0..50).map(|_| deliver(&world, &body, Some(&signature)));
        let answers = futures_util::future::join_all(at_once).await;
        assert!(answers.iter().all(|answer| answer.status == 200));
    }
    ada.until(&purchase, "paid").await;
    assert_eq!(stored(&world).await, before + 1);
    at_rest(&world).await;
    let activity = ada.get("/v1/activity?kind=grant").await.ok();
    assert_eq!(activity["items"].as_array().unwrap().len(), 1, "{activity}");
    assert_eq!(ada.balance().await["top_up"]["available"], 5000);
}

async fn at_rest(world: &World) {
    let waiting = async || metric(world, r#"tokenwell_stripe_events{state="waiting"}"#).await;
    eventually("every event to be worked off", async || waiting().await == 0).await;
}

#[tokio::test]
async fn an_event_of_another_accounts_session_grants_to_that_account_only() {
    let world = World::start().await;
    let (ada, eve) =
        (world.user("ada@example.com", "premium").await, world.user("eve@example.com", "premium").await);
    let (purchase, session) = paid_in_secret(&ada).await;
    // As if it were Eve's: the session that Stripe has says whose it is.
    let forged = json!({
        "id": session, "payment_status": "paid", "amount_total": 900, "customer": "cus_eve",
        "client_reference_id": eve.account_id().await,
        "metadata": { "account_id": eve.account_id().await, "purchase_id": "hers" },
    });
    let body = event("evt_1", "checkout.session.completed", &forged);
    assert_eq!(deliver(&world, &body, Some(&signature(&body, WEBHOOK_SECRET, 0))).await.status, 200);
    ada.until(&purchase, "paid").await;
    assert_eq!(eve.balance().await["top_up"]["available"], 0);
    // An unpaid one is unpaid, whatever the event says.
    let open = eve.open("large", 20).await;
    let forged =
        json!({ "id": crate::support::session(&open), "status": "complete", "payment_status": "paid" });
    let body = event("evt_2", "checkout.session.completed", &forged);
    assert_eq!(deliver(&world, &body, Some(&signature(&body, WEBHOOK_SECRET, 0))).await.status, 200);
    at_rest(&world).await;
    assert_eq!(
        (eve.purchase(&open).await["status"].clone(), eve.balance().await["top_up"]["available"].clone()),
        (json!("open"), json!(0))
    );
}

/// A purchase that Stripe kept from getting its session: whoever brings one might be believed.
async fn without_session(user: &User<'_>, key: &str) -> String {
    user.world.sandbox_set("/sandbox/faults", json!({ "errors": 1000 })).await;
    user.ask_for("small", 1, key).await.refused(503, "payment_provider_unavailable", "Nothing was charged");
    user.world.sandbox_set("/sandbox/faults", json!({ "errors": 0 })).await;
    text(&user.get("/v1/purchases").await.ok()["items"][0]["id"])
}

/// Someone with the secret key makes a session, and pays it.
async fn paid_session(
    world: &World,
    purchase: Option<&str>,
    account: &str,
    amount: &str,
    currency: &str,
) -> String {
    let mut form = vec![
        ("mode", "payment"),
        ("success_url", "https://example.com/"),
        ("metadata[account_id]", account),
        ("line_items[0][quantity]", "1"),
        ("line_items[0][price_data][currency]", currency),
        ("line_items[0][price_data][unit_amount]", amount),
        ("line_items[0][price_data][product_data][name]", "Not what it seems"),
    ];
    form.extend(purchase.map(|purchase| ("metadata[purchase_id]", purchase)));
    let url = format!("{}/v1/checkout/sessions", world.sandbox.origin());
    let made = send(world.http.post(url).bearer_auth(crate::support::STRIPE_KEY).form(&form)).await.ok();
    world.sandbox(&format!("/sandbox/checkout/{}/pay", text(&made["id"])), card()).await;
    text(&made["id"])
}

#[tokio::test]
async fn a_paid_session_that_is_not_the_purchases_own_grants_nothing_and_is_listed_for_refund() {
    let world = World::start().await;
    let (ada, eve) =
        (world.user("ada@example.com", "premium").await, world.user("eve@example.com", "premium").await);
    let (hers, his) = (ada.account_id().await, eve.account_id().await);
    let own = ada.open("small", 1).await;
    let id = text(&own["id"]);
    let bare = [
        without_session(&ada, "a").await,
        without_session(&ada, "b").await,
        without_session(&ada, "c").await,
    ];
    let (amount, nothing) = ("the amount paid is not the purchase's", "none".to_owned());
    // What, of which purchase, for whom, how much, in which currency; and why it is listed, if it is.
    let rows = [
        ("a second one, cheaper", Some(&id), &hers, "100", "usd", Some("another checkout")),
        ("a second one, paid in full", Some(&id), &hers, "900", "usd", Some("another checkout")),
        (
            "another account's purchase",
            Some(&bare[0]),
            &his,
            "900",
            "usd",
            Some("not made for the purchase's account"),
        ),
        ("another amount", Some(&bare[1]), &hers, "899", "usd", Some(amount)),
        ("another currency", Some(&bare[2]), &hers, "900", "eur", Some(amount)),
        ("a purchase that never was", Some(&nothing), &hers, "900", "usd", Some("not known here")),
        ("something else that is sold through Stripe", None, &hers, "900", "usd", None),
    ];
    let due = async |session: &str| -> Option<Value> {
        let page = world.platform("/v1/refunds-due").await.ok();
        page["items"].as_array().unwrap().iter().find(|due| due["checkout_session"] == session).cloned()
    };
    for (what, purchase, account, amount, currency, why) in rows {
        let session = paid_session(&world, purchase.map(String::as_str), account, amount, currency).await;
        if let Some(why) = why {
            eventually(what, async || due(&session).await.is_some()).await;
            let due = due(&session).await.unwrap();
            assert!(text(&due["why"]).contains(why), "{what}: {due}");
            assert_eq!(
                (due["amount"].to_string(), text(&due["currency"])),
                (amount.to_owned(), currency.to_owned())
            );
        } else {
            at_rest(&world).await;
            assert_eq!(due(&session).await, None, "{what}");
        }
        for user in [&ada, &eve] {
            assert_eq!(user.balance().await["top_up"]["available"], 0, "{what}");
        }
    }
    // The purchase's own session is as good as before.
    world.sandbox(&format!("/sandbox/checkout/{}/pay", session(&own)), card()).await;
    ada.until(&own, "paid").await;
    assert_eq!(ada.balance().await["top_up"]["available"], 5000);
}
