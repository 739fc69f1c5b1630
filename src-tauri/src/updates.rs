//! Newer versions of the app. A channel is one signed text that names version, address, size and hash of the files; what
//! is not exactly that is not installed. The core decides whether a version is wanted.

use futures_util::StreamExt as _;
use minisign_verify::{PublicKey, Signature};
use reqwest::{Client, Response, redirect};
use ring::digest;
use semver::Version;
use serde::Deserialize;
use std::{
    collections::HashMap,
    env,
    error::Error,
    fmt::Write as _,
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
    process::Command,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tempfile::NamedTempFile;
use tokenwell_desktop::update::{Channel, Installation, UpdateFailure};
use tokio::task::block_in_place;
use url::Url;

/// The publisher's key, if the app was built with one (`docs/decisions/desktop.md`).
pub(crate) const PUBLIC_KEY: Option<&str> = match option_env!("TOKENWELL_UPDATE_KEY") {
    Some(key) if !key.is_empty() => Some(key),
    _ => None,
};

/// Where the channels are: files of a release that is there for them.
const ADDRESS: &str = concat!(env!("CARGO_PKG_REPOSITORY"), "/releases/download/updates/");

/// A channel's text is a kilobyte.
const CHANNEL_BYTES_MAX: u64 = 64 * 1024;
/// The installer is below 10 MB.
const FILE_BYTES_MAX: u64 = 200 * 1024 * 1024;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const CHANNEL_TIMEOUT: Duration = Duration::from_secs(30);
/// For a download that does not move.
const STALLED: Duration = Duration::from_mins(1);
const FILE_TIMEOUT: Duration = Duration::from_mins(30);
/// A release's files are on another host than its page.
const REDIRECTS_MAX: usize = 5;

/// Without a window, and the app is started afterwards (`packaging/windows/tokenwell.nsi`).
const INSTALLER_ARGUMENTS: [&str; 2] = ["/S", "/RESTART"];

/// How the app came onto this computer.
pub(crate) fn installation() -> Installation {
    let program = env::current_exe().unwrap_or_default();
    Installation::found(
        env::consts::OS,
        &program.to_string_lossy(),
        |name| env::var(name).ok(),
        |path| Path::new(path).exists(),
        |file, line| fs::read_to_string(file).is_ok_and(|text| text.lines().any(|of_file| of_file == line)),
    )
}

/// Looks for newer versions, downloads and starts them.
pub(crate) struct Updater {
    http: Client,
    address: Url,
    key: PublicKey,
    folder: PathBuf,
    /// What the channel offered last.
    offer: Mutex<Option<Offer>>,
}

/// A version with its file for this system.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Offer {
    version: Version,
    file: OfferedFile,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct OfferedFile {
    url: Url,
    size: u64,
    /// In lower-case hexadecimal digits.
    sha256: String,
}

/// A channel's text as it is served, in one piece: text and signature cannot be of two releases.
#[derive(Deserialize)]
struct Signed {
    /// A [`Manifest`].
    manifest: String,
    /// minisign's signature of it.
    signature: String,
}

#[derive(Deserialize)]
struct Manifest {
    version: String,
    /// By system, such as `windows-x86_64`.
    files: HashMap<String, OfferedFile>,
}

impl Updater {
    /// The updater of an app that was built with the publisher's key. What an earlier run has left in `folder` is removed.
    pub(crate) fn of_publisher(folder: &Path) -> anyhow::Result<Option<Self>> {
        let Some(key) = PUBLIC_KEY else { return Ok(None) };
        let updater = Self::new(ADDRESS.parse()?, key, folder.join("updates"))?;
        updater.clear();
        Ok(Some(updater))
    }

    fn new(address: Url, key: &str, folder: PathBuf) -> anyhow::Result<Self> {
        let http = Client::builder()
            .user_agent(concat!("tokenwell/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT_TIMEOUT)
            .read_timeout(STALLED)
            .https_only(address.scheme() == "https")
            .redirect(redirect::Policy::limited(REDIRECTS_MAX))
            .build()?;
        let key = PublicKey::from_base64(key)?;
        Ok(Self { http, address, key, folder, offer: Mutex::default() })
    }

    /// The version that a channel offers.
    pub(crate) async fn look(&self, channel: Channel) -> Result<Version, UpdateFailure> {
        let name = format!("{}.json", channel.as_str());
        let address = self.address.join(&name).map_err(|_| UpdateFailure::Unreadable)?;
        let response = self.get(address, CHANNEL_TIMEOUT).await?;
        let mut text = Vec::new();
        receive(response, CHANNEL_BYTES_MAX, |part| {
            text.extend_from_slice(part);
            Ok(())
        })
        .await?;
        let offer = verified(&text, &self.key, &system())?;
        let version = offer.version.clone();
        *self.offer() = Some(offer);
        Ok(version)
    }

    /// Downloads the version that was offered. The file appears only if it is whole and genuine.
    pub(crate) async fn download(&self) -> Result<(), UpdateFailure> {
        let Some(offer) = self.offer().clone() else { return Err(UpdateFailure::Unreadable) };
        block_in_place(|| self.clear());
        let mut file = block_in_place(|| self.begin()).map_err(|error| not_stored(&error))?;
        let mut hash = digest::Context::new(&digest::SHA256);
        let response = self.get(offer.file.url.clone(), FILE_TIMEOUT).await?;
        let received = receive(response, offer.file.size, |part| {
            hash.update(part);
            block_in_place(|| file.write_all(part)).map_err(|error| not_stored(&error))
        })
        .await?;
        if received < offer.file.size {
            return Err(UpdateFailure::Incomplete);
        }
        if hex(hash.finish().as_ref()) != offer.file.sha256 {
            return Err(UpdateFailure::NotGenuine);
        }
        let store = || file.as_file().sync_all().and_then(|()| Ok(file.persist(self.file(&offer))?));
        block_in_place(store).map_err(|error| not_stored(&error))?;
        tracing::info!("version {} was downloaded", offer.version);
        Ok(())
    }

    /// Starts the installer that was downloaded, if nobody has changed it since.
    pub(crate) fn install(&self) -> Result<(), UpdateFailure> {
        let Some(offer) = self.offer().clone() else { return Err(UpdateFailure::NotStored) };
        let file = self.file(&offer);
        let content = block_in_place(|| fs::read(&file)).map_err(|error| not_stored(&error))?;
        if hex(digest::digest(&digest::SHA256, &content).as_ref()) != offer.file.sha256 {
            return Err(UpdateFailure::NotGenuine);
        }
        tracing::info!("version {} is installed", offer.version);
        Command::new(&file).args(INSTALLER_ARGUMENTS).spawn().map(drop).map_err(|error| {
            tracing::warn!(error = &error as &dyn Error, "{} cannot be started", file.display());
            UpdateFailure::NotStarted
        })
    }

    async fn get(&self, address: Url, timeout: Duration) -> Result<Response, UpdateFailure> {
        let response = self.http.get(address).timeout(timeout).send().await;
        response.and_then(Response::error_for_status).map_err(|error| {
            tracing::info!(error = &error as &dyn Error, "no update is to be had");
            UpdateFailure::Unreachable
        })
    }

    fn begin(&self) -> io::Result<NamedTempFile> {
        fs::create_dir_all(&self.folder)?;
        NamedTempFile::new_in(&self.folder)
    }

    /// Removes what was downloaded. What cannot be removed, such as an installer that still runs, stays until the next time.
    fn clear(&self) {
        if self.folder.exists()
            && let Err(error) = fs::remove_dir_all(&self.folder)
        {
            tracing::info!(error = &error as &dyn Error, "{} cannot be removed", self.folder.display());
        }
    }

    fn file(&self, offer: &Offer) -> PathBuf {
        self.folder.join(format!("tokenwell-{}.exe", offer.version))
    }

    fn offer(&self) -> MutexGuard<'_, Option<Offer>> {
        self.offer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// This system's name in a manifest.
fn system() -> String {
    format!("{}-{}", env::consts::OS, env::consts::ARCH)
}

/// What a channel's text offers this system, if the publisher has signed it.
fn verified(text: &[u8], key: &PublicKey, system: &str) -> Result<Offer, UpdateFailure> {
    let unreadable = |why: &(dyn Error + 'static)| {
        tracing::warn!(error = why, "the update channel cannot be read");
        UpdateFailure::Unreadable
    };
    let signed: Signed = serde_json::from_slice(text).map_err(|error| unreadable(&error))?;
    let is_genuine = Signature::decode(&signed.signature)
        .and_then(|signature| key.verify(signed.manifest.as_bytes(), &signature, false));
    if let Err(error) = is_genuine {
        tracing::warn!(error = &error as &dyn Error, "the update channel is not the publisher's");
        return Err(UpdateFailure::NotGenuine);
    }
    let Manifest { version, mut files } =
        serde_json::from_str(&signed.manifest).map_err(|error| unreadable(&error))?;
    let version = Version::parse(&version).map_err(|error| unreadable(&error))?;
    let file = files.remove(system).ok_or(UpdateFailure::Unreadable)?;
    if file.size > FILE_BYTES_MAX {
        return Err(UpdateFailure::TooLarge);
    }
    Ok(Offer { version, file })
}

/// Hands over the parts of a body, and returns its length. More bytes than `bytes_max` are an error.
async fn receive(
    response: Response,
    bytes_max: u64,
    mut part_received: impl FnMut(&[u8]) -> Result<(), UpdateFailure>,
) -> Result<u64, UpdateFailure> {
    let mut parts = Box::pin(response.bytes_stream());
    let mut received = 0_u64;
    while let Some(part) = parts.next().await {
        let part = part.map_err(|error| {
            tracing::info!(error = &error as &dyn Error, "the download was interrupted");
            UpdateFailure::Incomplete
        })?;
        received += part.len() as u64;
        if received > bytes_max {
            return Err(UpdateFailure::TooLarge);
        }
        part_received(&part)?;
    }
    Ok(received)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a text does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn not_stored(error: &io::Error) -> UpdateFailure {
    tracing::warn!(error = error as &dyn Error, "the update cannot be stored");
    UpdateFailure::NotStored
}

#[cfg(test)]
mod tests;
