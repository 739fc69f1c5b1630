//! The client with servers that do what no platform should.

use super::*;
use axum::{
    Router,
    body::Body,
    http::{HeaderMap as Received, StatusCode as Status, header::LOCATION},
    response::{IntoResponse as _, Response as Answer},
    routing::get,
};
use futures_util::stream;
use tokio::{net::TcpListener, sync::mpsc};

fn account() -> AccountKey {
    AccountKey { service: "http://127.0.0.1".into(), id: "k1".into() }
}

/// A server with one answer, and the keys that it receives.
async fn server(
    answer: impl Fn() -> Answer + Clone + Send + Sync + 'static,
) -> (String, mpsc::UnboundedReceiver<String>) {
    let (sender, keys) = mpsc::unbounded_channel();
    let handler = move |headers: Received| async move {
        let key = headers.get("x-key").and_then(|key| key.to_str().ok()).unwrap_or_default();
        sender.send(key.to_owned()).unwrap();
        answer()
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new().route("/balance", get(handler));
    tokio::spawn(async move { axum::serve(listener, router).await });
    (address, keys)
}

fn platform(address: &str) -> Platform {
    let text = format!(
        "id = \"p\"\nname = \"P\"\naddress = \"{address}/balance\"\nbuy = \"{address}\"\n[headers]\nX-Key = \"{{key}}\"\n\
         [[meters]]\nname = \"Credits\"\nleft = \"/credits\"\nunit = \"credits\"\n"
    );
    Platform::declared(&text).unwrap()
}

/// What a platform with this answer leads to.
async fn ask(
    answer: impl Fn() -> Answer + Clone + Send + Sync + 'static,
) -> Result<Vec<Meter>, MeterFailure> {
    drop(rustls::crypto::ring::default_provider().install_default());
    let (address, _keys) = server(answer).await;
    client().ask(&account(), &platform(&address)).await
}

fn client() -> PlatformClient {
    let client = PlatformClient::new(Keyring::unusable()).unwrap();
    client.remember(&account(), ApiKey::new("key_1").unwrap());
    client
}

#[tokio::test]
async fn the_key_is_sent_in_its_header() {
    drop(rustls::crypto::ring::default_provider().install_default());
    let (address, mut keys) = server(|| "{\"credits\": 12.4567}".into_response()).await;
    let meters = client().ask(&account(), &platform(&address)).await.unwrap();
    assert_eq!(meters[0].amount.unwrap().to_string(), "12.4567");
    assert_eq!(keys.recv().await.as_deref(), Some("key_1"));
}

#[tokio::test]
async fn a_redirect_is_refused_so_that_the_key_goes_nowhere_else() {
    drop(rustls::crypto::ring::default_provider().install_default());
    let (other, mut stolen) = server(|| "{\"credits\": 1}".into_response()).await;
    for status in [Status::FOUND, Status::TEMPORARY_REDIRECT] {
        let location = format!("{other}/balance");
        let redirected = ask(move || (status, [(LOCATION, location.clone())]).into_response()).await;
        assert_eq!(redirected, Err(MeterFailure::Redirected));
    }
    assert!(stolen.try_recv().is_err());
}

#[tokio::test]
async fn each_refusal_is_told_apart() {
    let answered = |status: u16, retry_after: &'static str| {
        ask(move || (Status::from_u16(status).unwrap(), [("retry-after", retry_after)], "{}").into_response())
    };
    let seconds = |seconds| Some(Duration::from_secs(seconds));
    assert_eq!(answered(401, "").await, Err(MeterFailure::Refused));
    assert_eq!(answered(403, "").await, Err(MeterFailure::Forbidden));
    assert_eq!(answered(429, "7200").await, Err(MeterFailure::TooMany(seconds(7_200))));
    assert_eq!(answered(429, "").await, Err(MeterFailure::TooMany(None)));
    assert_eq!(answered(500, "").await, Err(MeterFailure::Status(500, None)));
    assert_eq!(answered(503, "60").await, Err(MeterFailure::Status(503, seconds(60))));
}

#[tokio::test]
async fn an_answer_without_end_is_cut_off_and_html_is_no_answer() {
    let endless = || {
        let parts = stream::repeat_with(|| Ok::<_, std::io::Error>("[".repeat(4_096)));
        Answer::new(Body::from_stream(parts))
    };
    assert_eq!(ask(endless).await, Err(MeterFailure::Unreadable(Why::TooLong.into())));
    let html = || "<!doctype html><h1>Hello</h1>".into_response();
    assert_eq!(ask(html).await, Err(MeterFailure::Unreadable(Why::NotJson.into())));
}

#[tokio::test]
async fn nobody_there_is_offline_and_a_missing_keyring_sends_nothing() {
    drop(rustls::crypto::ring::default_provider().install_default());
    let nobody = platform("http://127.0.0.1:1");
    assert_eq!(client().ask(&account(), &nobody).await, Err(MeterFailure::Offline));
    let without_key = PlatformClient::new(Keyring::unusable()).unwrap();
    assert_eq!(without_key.ask(&account(), &nobody).await, Err(MeterFailure::NoKeyring));
    let saved = without_key.save(&account(), ApiKey::new("key_1").unwrap()).await;
    assert_eq!(saved, Err(MeterFailure::NoKeyring));
    assert_eq!(
        without_key.ask(&account(), &nobody).await,
        Err(MeterFailure::NoKeyring),
        "a key that was not stored is not kept in memory either"
    );
}
