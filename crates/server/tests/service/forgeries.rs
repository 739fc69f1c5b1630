//! No tokens without a payment: forged events are refused, false content grants nothing, and a replayed event grants once.

use crate::support::{
    User, WEBHOOK_SECRET, World, WorldOptions, card, deliver, event, eventually, metric, paid_without_events,
    send, session, signature, text,
};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The number of events in the inbox.
async fn stored(world: &World) -> i64 {
    world.count("SELECT count(*) FROM inbox").await
}

#[tokio::test]
async fn a_forged_event_is_refused_and_nothing_of_it_is_stored() {
    let world =
        World::with(WorldOptions { webhook_secrets: vec!["whsec_old"], ..WorldOptions::default() }).await;
    let ada = world.user("ada@example.com", "premium").await;
    let (purchase, session) = paid_without_events(&ada).await;
    let body = event("evt_1", "checkout.session.completed", &json!({ "id": session }));
    let valid = signature(&body, WEBHOOK_SECRET, 0);
    let (time, v1) = valid.split_once(',').unwrap();
    let zeros = "00".repeat(32);
    let earlier = signature(&body, WEBHOOK_SECRET, 9);
    let (earlier, _) = earlier.split_once(',').unwrap();
    let mut one_byte_off = body.clone();
    *one_byte_off.last_mut().unwrap() = b' ';
    let huge = vec![b' '; 1024 * 1024 + 1];
    let signed = |secret, age_s| Some(signature(&body, secret, age_s));

    let refused: [(&str, &[u8], Option<String>, &str); 16] = [
        ("no signature", &body, None, "missing"),
        ("an empty signature", &body, Some(String::new()), "t=…,v1=…"),
        ("nonsense", &body, Some("nonsense".to_owned()), "t=…,v1=…"),
        ("a time alone", &body, Some(time.to_owned()), "t=…,v1=…"),
        ("a signature without its time", &body, Some(v1.to_owned()), "t=…,v1=…"),
        ("another secret", &body, signed("whsec_another", 0), "No signature fits"),
        ("no secret", &body, signed("", 0), "No signature fits"),
        ("an old time", &body, signed(WEBHOOK_SECRET, 301), "300 seconds"),
        ("a future time", &body, signed(WEBHOOK_SECRET, -3600), "300 seconds"),
        ("a time other than the signed one", &body, Some(format!("{earlier},{v1}")), "No signature fits"),
        ("one byte changed", &one_byte_off, Some(valid.clone()), "No signature fits"),
        ("the scheme v0", &body, Some(valid.replace("v1=", "v0=")), "t=…,v1=…"),
        ("two wrong signatures", &body, Some(format!("{time},v1={zeros},v1={zeros}")), "No signature fits"),
        ("two short signatures", &body, Some(format!("{time},v1=00,v1=ff")), "t=…,v1=…"),
        (
            "eleven signatures",
            &body,
            Some(format!("{valid}{}", format!(",v1={zeros}").repeat(10))),
            "t=…,v1=…",
        ),
        ("more than 1 MiB", &huge, Some(signature(&huge, WEBHOOK_SECRET, 0)), "1 MiB"),
    ];
    let before = stored(&world).await;
    for (what, body, signature, words) in refused {
        let response = deliver(&world, body, signature.as_deref()).await;
        assert_eq!((response.status, stored(&world).await), (400, before), "{what}");
        response.refused(400, "invalid_signature", words);
    }
    let not_an_event = b"{\"object\": \"list\"}";
    let response = deliver(&world, not_an_event, Some(&signature(not_an_event, WEBHOOK_SECRET, 0))).await;
    response.refused(400, "malformed_json", "not an event");
    assert_eq!(stored(&world).await, before);
    assert_eq!(ada.purchase(&purchase).await["status"], "open");

    let accepted = [
        ("one right signature among others", format!("{time},v1={zeros},{v1},v0=aa")),
        ("the secret that is being rotated out", signature(&body, "whsec_old", 299)),
    ];
    for (what, signature) in accepted {
        assert_eq!(deliver(&world, &body, Some(&signature)).await.status, 200, "{what}");
    }
    assert_eq!(stored(&world).await, before + 1, "both deliveries are one event");
    ada.until(&purchase, "paid").await;
}

#[tokio::test]
async fn a_webhook_that_stripe_cannot_have_signed_is_refused_before_its_body_arrives() {
    let world = World::start().await;
    let signature = format!("t={}{}", jiff::Timestamp::now().as_second(), ",v1=".repeat(2000));
    for signature in [signature, format!("t=1,v1={}", "00".repeat(32))] {
        let mut connection = TcpStream::connect(world.origin.trim_start_matches("http://")).await.unwrap();
        let head = format!(
            "POST /webhooks/stripe HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\nStripe-Signature: {signature}\r\n\r\n"
        );
        connection.write_all(head.as_bytes()).await.unwrap();
        let mut response = [0; 12];
        connection.read_exact(&mut response).await.unwrap();
        assert_eq!(String::from_utf8_lossy(&response), "HTTP/1.1 400", "{signature:.60}");
    }
}

#[tokio::test]
async fn a_genuine_event_delivered_a_thousand_times_grants_once() {
    let world = World::start().await;
    let ada = world.user("ada@example.com", "premium").await;
    let (purchase, session) = paid_without_events(&ada).await;
    let body = event("evt_1", "checkout.session.completed", &json!({ "id": session }));
    let signature = signature(&body, WEBHOOK_SECRET, 0);
    let before = stored(&world).await;
    for _ in 0..20 {
        let at_once = (0..50).map(|_| deliver(&world, &body, Some(&signature)));
        let responses = futures_util::future::join_all(at_once).await;
        assert!(responses.iter().all(|response| response.status == 200));
    }
    ada.until(&purchase, "paid").await;
    assert_eq!(stored(&world).await, before + 1);
    all_events_worked_off(&world).await;
    let activity = ada.get("/v1/activity?kind=grant").await.ok();
    assert_eq!(activity["items"].as_array().unwrap().len(), 1, "{activity}");
    assert_eq!(ada.balance().await["top_up"]["available"], 5000);
}

async fn all_events_worked_off(world: &World) {
    let waiting = async || metric(world, r#"tokenwell_stripe_events{state="waiting"}"#).await;
    eventually("every event to be worked off", async || waiting().await == 0).await;
}

#[tokio::test]
async fn an_event_of_another_accounts_session_grants_to_that_account_only() {
    let world = World::start().await;
    let (ada, eve) =
        (world.user("ada@example.com", "premium").await, world.user("eve@example.com", "premium").await);
    let (purchase, session) = paid_without_events(&ada).await;
    // The event says that the session is Eve's. Stripe's session says that it is Ada's.
    let forged = json!({
        "id": session, "payment_status": "paid", "amount_total": 900, "customer": "cus_eve",
        "client_reference_id": eve.account_id().await,
        "metadata": { "tokenwell_account_id": eve.account_id().await, "tokenwell_purchase_id": "hers" },
    });
    let body = event("evt_1", "checkout.session.completed", &forged);
    assert_eq!(deliver(&world, &body, Some(&signature(&body, WEBHOOK_SECRET, 0))).await.status, 200);
    ada.until(&purchase, "paid").await;
    assert_eq!(eve.balance().await["top_up"]["available"], 0);
    // An event that says that an unpaid session is paid grants nothing.
    let open = eve.open("large", 20).await;
    let forged =
        json!({ "id": crate::support::session(&open), "status": "complete", "payment_status": "paid" });
    let body = event("evt_2", "checkout.session.completed", &forged);
    assert_eq!(deliver(&world, &body, Some(&signature(&body, WEBHOOK_SECRET, 0))).await.status, 200);
    all_events_worked_off(&world).await;
    assert_eq!(
        (eve.purchase(&open).await["status"].clone(), eve.balance().await["top_up"]["available"].clone()),
        (json!("open"), json!(0))
    );
}

/// A purchase without a session, because Stripe failed. A foreign session that names it must not be accepted.
async fn purchase_without_session(user: &User<'_>, key: &str) -> String {
    user.world.sandbox_set("/sandbox/faults", json!({ "errors": 1000 })).await;
    user.request_purchase("small", 1, key).await.refused(
        503,
        "payment_provider_unavailable",
        "Nothing was charged",
    );
    user.world.sandbox_set("/sandbox/faults", json!({ "errors": 0 })).await;
    text(&user.get("/v1/purchases").await.ok()["items"][0]["id"])
}

/// Creates a session with the secret key, as an attacker could, and pays it. Returns its id.
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
        ("metadata[tokenwell_account_id]", account),
        ("line_items[0][quantity]", "1"),
        ("line_items[0][price_data][currency]", currency),
        ("line_items[0][price_data][unit_amount]", amount),
        ("line_items[0][price_data][product_data][name]", "Not what it seems"),
    ];
    form.extend(purchase.map(|purchase| ("metadata[tokenwell_purchase_id]", purchase)));
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
    let without_session = [
        purchase_without_session(&ada, "a").await,
        purchase_without_session(&ada, "b").await,
        purchase_without_session(&ada, "c").await,
    ];
    let (amount, unknown) = ("the amount paid is not the purchase's", "none".to_owned());
    // Case, purchase, account, amount, currency, and the reason on the list of refunds due, if it is listed.
    let rows = [
        ("a second session, cheaper", Some(&id), &hers, "100", "usd", Some("another checkout")),
        ("a second session, paid in full", Some(&id), &hers, "900", "usd", Some("another checkout")),
        (
            "another account's purchase",
            Some(&without_session[0]),
            &his,
            "900",
            "usd",
            Some("not made for the purchase's account"),
        ),
        ("another amount", Some(&without_session[1]), &hers, "899", "usd", Some(amount)),
        ("another currency", Some(&without_session[2]), &hers, "900", "eur", Some(amount)),
        ("a purchase that does not exist", Some(&unknown), &hers, "900", "usd", Some("not known here")),
        ("a session of another product", None, &hers, "900", "usd", None),
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
            all_events_worked_off(&world).await;
            assert_eq!(due(&session).await, None, "{what}");
        }
        for user in [&ada, &eve] {
            assert_eq!(user.balance().await["top_up"]["available"], 0, "{what}");
        }
    }
    // The purchase's own session still grants.
    world.sandbox(&format!("/sandbox/checkout/{}/pay", session(&own)), card()).await;
    ada.until(&own, "paid").await;
    assert_eq!(ada.balance().await["top_up"]["available"], 5000);
}
