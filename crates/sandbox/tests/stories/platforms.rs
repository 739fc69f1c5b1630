//! Platforms that report a balance by API key: their published examples, and what goes wrong at them.

use crate::support::{JsonResponse, Sandbox, send};
use serde_json::{Value, json};
use tokenwell_meters::{ApiKey, BUILT_IN, Platform};

fn platform(id: &str) -> Platform {
    let built_in = BUILT_IN.iter().find(|built_in| built_in.id == id).unwrap();
    Platform::declared(built_in.text).unwrap()
}

/// Asks the stand-in of a platform as the app asks the platform.
async fn ask(sandbox: &Sandbox, id: &str, key: &str) -> JsonResponse {
    let platform = platform(id);
    let path = format!("/platforms/{id}{}", platform.address().path());
    let mut request = sandbox.client.get(sandbox.url(&path));
    for (name, value) in platform.headers(&ApiKey::new(key).unwrap()) {
        request = request.header(name, secrecy::ExposeSecret::expose_secret(&value));
    }
    send(request).await
}

async fn set(sandbox: &Sandbox, id: &str, switches: Value) {
    sandbox.set(&format!("platforms/{id}"), switches).await;
}

#[tokio::test]
async fn the_app_reads_the_published_example_of_every_platform() {
    let sandbox = Sandbox::start().await;
    for (id, figure) in [
        ("leonardo", "12.4567"),
        ("elevenlabs", "9000"),
        ("stability", "0.6336833840314097"),
        ("runway", "5000"),
    ] {
        let answer = ask(&sandbox, id, "key_1").await.ok();
        let meters = platform(id).read(answer.to_string().as_bytes()).unwrap();
        let shown = tokenwell_meters::shown(&meters).and_then(|meter| meter.amount).unwrap();
        assert_eq!(shown.to_string(), figure, "{id}");
    }
}

#[tokio::test]
async fn a_revoked_key_is_refused_and_another_is_not() {
    let sandbox = Sandbox::start().await;
    for id in BUILT_IN.map(|built_in| built_in.id) {
        set(&sandbox, id, json!({"revoked": ["key_1"]})).await;
        assert_eq!(ask(&sandbox, id, "key_1").await.status, 401, "{id}");
        assert_eq!(ask(&sandbox, id, "key_2").await.status, 200, "{id}");
        let path = format!("/platforms/{id}{}", platform(id).address().path());
        assert_eq!(send(sandbox.client.get(sandbox.url(&path))).await.status, 401, "{id} without a key");
    }
    let asked = sandbox.get("/sandbox/platforms/leonardo").await.ok()["asked"].clone();
    assert_eq!(asked, json!(3));
}

#[tokio::test]
async fn faults_have_their_status_and_retry_after() {
    let sandbox = Sandbox::start().await;
    for (fault, status) in
        [("unauthorized", 401), ("forbidden", 403), ("too_many_requests", 429), ("server_error", 500)]
    {
        set(&sandbox, "stability", json!({"fault": fault, "retry_after": "7200"})).await;
        let response = ask(&sandbox, "stability", "key_1").await;
        assert_eq!(response.status, status, "{fault}");
        assert_eq!(response.headers["retry-after"], "7200", "{fault}");
    }
    set(&sandbox, "stability", json!({"body": "{\"credits\": 999.5, \"undescribed\": null}"})).await;
    assert_eq!(ask(&sandbox, "stability", "key_1").await.ok()["credits"], json!(999.5));
    let unknown = sandbox.client.put(sandbox.url("/sandbox/platforms/nobody")).json(&json!({}));
    send(unknown).await.refused(400);
}

#[tokio::test]
async fn runway_asks_for_the_version_of_its_api() {
    let sandbox = Sandbox::start().await;
    let request = sandbox.client.get(sandbox.url("/platforms/runway/v1/organization")).bearer_auth("key_1");
    assert_eq!(send(request).await.status, 400);
}
