//! The updater with a server of its own, whose texts are signed with a key that is made for the test.

use super::*;
use axum::{
    Router,
    body::{Body, Bytes},
    extract::Path as Named,
    http::StatusCode,
    response::{IntoResponse as _, Response as Answer},
};
use futures_util::stream;
use minisign::KeyPair;
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    net::TcpListener,
};

type Serve = Arc<dyn Fn() -> Answer + Send + Sync>;
type Files = Arc<Mutex<HashMap<String, Serve>>>;

/// A publisher, its server and an updater that trusts it.
struct World {
    keys: KeyPair,
    address: Url,
    files: Files,
    updater: Updater,
    folder: tempfile::TempDir,
}

const INSTALLER: &[u8] = b"the installer of the next version";

impl World {
    async fn new() -> Self {
        drop(rustls::crypto::ring::default_provider().install_default());
        let files = Files::default();
        let served = Arc::clone(&files);
        let handler = move |Named(name): Named<String>| async move {
            let file = served.lock().unwrap().get(&name).cloned();
            file.map_or_else(|| StatusCode::NOT_FOUND.into_response(), |answer| answer())
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address: Url = format!("http://{}/", listener.local_addr().unwrap()).parse().unwrap();
        let router = Router::new().route("/{name}", axum::routing::get(handler));
        tokio::spawn(async move { axum::serve(listener, router).await });
        let keys = KeyPair::generate_unencrypted_keypair().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let downloads = folder.path().join("updates");
        let updater = Updater::new(address.clone(), &keys.pk.to_base64(), downloads).unwrap();
        Self { keys, address, files, updater, folder }
    }

    fn serve(&self, name: &str, answer: impl Fn() -> Answer + Send + Sync + 'static) {
        self.files.lock().unwrap().insert(name.to_owned(), Arc::new(answer));
    }

    fn serve_bytes(&self, name: &str, bytes: impl Into<Bytes>) {
        let bytes = bytes.into();
        self.serve(name, move || bytes.clone().into_response());
    }

    /// A manifest that offers the installer.
    fn manifest(&self, version: &str) -> Value {
        let sha256 = hex(digest::digest(&digest::SHA256, INSTALLER).as_ref());
        let url = self.address.join("installer.exe").unwrap();
        json!({ "version": version, "files": { system(): { "url": url, "size": INSTALLER.len(), "sha256": sha256 } } })
    }

    fn signed(keys: &KeyPair, manifest: &str) -> Value {
        let signature = minisign::sign(None, &keys.sk, manifest.as_bytes(), None, None).unwrap();
        json!({ "manifest": manifest, "signature": signature.to_string() })
    }

    /// Publishes a version on the stable channel.
    fn publish(&self, manifest: &Value) {
        self.serve_bytes("stable.json", Self::signed(&self.keys, &manifest.to_string()).to_string());
        self.serve_bytes("installer.exe", INSTALLER);
    }

    async fn look(&self) -> Result<Version, UpdateFailure> {
        self.updater.look(Channel::Stable).await
    }

    /// The names of the files that were downloaded.
    fn downloaded(&self) -> Vec<String> {
        let Ok(entries) = fs::read_dir(self.folder.path().join("updates")) else { return vec![] };
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    /// Downloads what the channel offers, and expects that nothing stays of it.
    async fn refuses_the_file(&self, failure: UpdateFailure) {
        self.look().await.unwrap();
        assert_eq!(self.updater.download().await, Err(failure));
        assert_eq!(self.downloaded(), [] as [String; 0]);
        assert!(self.updater.install().is_err());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signed_version_is_offered_and_downloaded_whole() {
    let world = World::new().await;
    for version in ["0.0.1", "0.1.0", "9.0.0-beta.1", "9.0.0"] {
        world.publish(&world.manifest(version));
        assert_eq!(world.look().await, Ok(version.parse().unwrap()), "the core decides which is wanted");
    }
    assert_eq!(world.updater.download().await, Ok(()));
    assert_eq!(world.downloaded(), ["tokenwell-9.0.0.exe"]);
    let file = world.folder.path().join("updates/tokenwell-9.0.0.exe");
    assert_eq!(fs::read(file).unwrap(), INSTALLER);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_channel_has_its_own_text() {
    let world = World::new().await;
    world.publish(&world.manifest("1.0.0"));
    let beta = world.manifest("1.1.0-beta.1").to_string();
    world.serve_bytes("beta.json", World::signed(&world.keys, &beta).to_string());
    assert_eq!(world.updater.look(Channel::Stable).await, Ok("1.0.0".parse().unwrap()));
    assert_eq!(world.updater.look(Channel::Beta).await, Ok("1.1.0-beta.1".parse().unwrap()));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_publisher_has_not_signed_is_not_offered() {
    let world = World::new().await;
    let manifest = world.manifest("9.0.0").to_string();
    let mut changed = World::signed(&world.keys, &manifest);
    changed["manifest"] = manifest.replace("9.0.0", "9.0.1").into();
    let strangers = World::signed(&KeyPair::generate_unencrypted_keypair().unwrap(), &manifest);
    let mut unsigned = World::signed(&world.keys, &manifest);
    unsigned["signature"] = "".into();
    for text in [changed, strangers, unsigned] {
        world.serve_bytes("stable.json", text.to_string());
        assert_eq!(world.look().await, Err(UpdateFailure::NotGenuine), "{text}");
    }
    assert_eq!(world.updater.download().await, Err(UpdateFailure::Unreadable), "nothing was offered");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_that_is_no_manifest_is_an_error_even_if_it_is_signed() {
    let world = World::new().await;
    for text in ["", "<html>", "[]", "{}", r#"{"manifest": 1, "signature": ""}"#] {
        world.serve_bytes("stable.json", text);
        assert_eq!(world.look().await, Err(UpdateFailure::Unreadable), "{text}");
    }
    let good = world.manifest("9.0.0");
    let with = |change: fn(&mut Value)| {
        let mut manifest = good.clone();
        change(&mut manifest);
        manifest
    };
    for manifest in [
        json!({}),
        with(|manifest| manifest["version"] = "newest".into()),
        with(|manifest| manifest["files"] = json!({})),
        with(|manifest| manifest["files"][system()]["url"] = "installer.exe".into()),
        with(|manifest| manifest["files"][system()]["size"] = json!(-1)),
    ] {
        world.publish(&manifest);
        assert_eq!(world.look().await, Err(UpdateFailure::Unreadable), "{manifest}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_gone_or_refuses_is_unreachable() {
    let world = World::new().await;
    assert_eq!(world.look().await, Err(UpdateFailure::Unreachable), "404");
    world.publish(&world.manifest("9.0.0"));
    world.serve("installer.exe", || StatusCode::FORBIDDEN.into_response());
    world.refuses_the_file(UpdateFailure::Unreachable).await;

    let gone = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/", gone.local_addr().unwrap()).parse().unwrap();
    drop(gone);
    let updater = Updater::new(address, &world.keys.pk.to_base64(), world.folder.path().to_owned()).unwrap();
    assert_eq!(updater.look(Channel::Stable).await, Err(UpdateFailure::Unreachable));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_ends_too_early_is_not_kept() {
    let world = World::new().await;
    world.publish(&world.manifest("9.0.0"));
    world.serve_bytes("installer.exe", &INSTALLER[1..]);
    world.refuses_the_file(UpdateFailure::Incomplete).await;

    let hangs_up = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut manifest = world.manifest("9.0.0");
    manifest["files"][system()]["url"] = format!("http://{}/", hangs_up.local_addr().unwrap()).into();
    world.publish(&manifest);
    tokio::spawn(async move {
        let (stream, _) = hangs_up.accept().await.unwrap();
        let mut stream = BufReader::new(stream);
        let mut line = String::new();
        while line != "\r\n" {
            line.clear();
            stream.read_line(&mut line).await.unwrap();
        }
        let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\nthe", INSTALLER.len());
        stream.write_all(head.as_bytes()).await.unwrap();
    });
    world.refuses_the_file(UpdateFailure::Incomplete).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_not_the_signed_one_is_not_kept() {
    let world = World::new().await;
    world.publish(&world.manifest("9.0.0"));
    world.serve_bytes("installer.exe", INSTALLER.to_ascii_uppercase());
    world.refuses_the_file(UpdateFailure::NotGenuine).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_without_end_and_sizes_beyond_reason_are_cut_off() {
    let world = World::new().await;
    let endless = || {
        let parts = stream::repeat_with(|| Ok::<_, io::Error>(vec![b' '; 4096]));
        Body::from_stream(parts).into_response()
    };
    world.publish(&world.manifest("9.0.0"));
    world.serve("installer.exe", endless);
    world.refuses_the_file(UpdateFailure::TooLarge).await;
    world.serve("stable.json", endless);
    assert_eq!(world.look().await, Err(UpdateFailure::TooLarge));
    let mut huge = world.manifest("9.0.0");
    huge["files"][system()]["size"] = json!(FILE_BYTES_MAX + 1);
    world.publish(&huge);
    assert_eq!(world.look().await, Err(UpdateFailure::TooLarge));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_installer_that_was_changed_after_the_download_is_not_started() {
    let world = World::new().await;
    world.publish(&world.manifest("9.0.0"));
    world.look().await.unwrap();
    world.updater.download().await.unwrap();
    let file = world.folder.path().join("updates/tokenwell-9.0.0.exe");
    fs::write(&file, "something else").unwrap();
    assert_eq!(world.updater.install(), Err(UpdateFailure::NotGenuine));
    fs::remove_file(&file).unwrap();
    assert_eq!(world.updater.install(), Err(UpdateFailure::NotStored));
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_fetched_without_encryption_from_a_channel_that_is_encrypted() {
    let world = World::new().await;
    let address = "https://updates.example/".parse().unwrap();
    let updater = Updater::new(address, &world.keys.pk.to_base64(), world.folder.path().to_owned()).unwrap();
    let plain = updater.get(world.address.join("installer.exe").unwrap(), CHANNEL_TIMEOUT).await;
    assert_eq!(plain.err(), Some(UpdateFailure::Unreachable));
}

/// `cargo xtask manifests` writes such a text.
#[test]
fn the_text_that_releases_publish_is_understood() {
    let manifest = include_str!("../../../packaging/windows/update.example.json");
    let keys = KeyPair::generate_unencrypted_keypair().unwrap();
    let text = World::signed(&keys, manifest).to_string();
    let key = PublicKey::from_base64(&keys.pk.to_base64()).unwrap();
    let offer = verified(text.as_bytes(), &key, "windows-x86_64").unwrap();
    assert_eq!(offer.version, "1.2.3".parse().unwrap());
    assert_eq!(offer.file.sha256, "c".repeat(64));
    assert!(offer.file.url.as_str().ends_with("/v1.2.3/tokenwell-1.2.3-x64.exe"), "{}", offer.file.url);
    assert_eq!(verified(text.as_bytes(), &key, "linux-x86_64"), Err(UpdateFailure::Unreadable));
}
