//! The surroundings of a test: an app that was never used, and the services.

use super::{App, sign_in, tray};
use anyhow::{Context as _, Result};
use std::{fs, path::PathBuf};
use tempfile::TempDir;
use tokenwell_stage::{Services, ServicesOptions, User};

/// An app that was never used, and the services.
pub struct World {
    pub services: Services,
    folder: TempDir,
}

impl World {
    /// Forgets what the app has stored, and starts the services.
    pub async fn new() -> Result<Self> {
        // The test before may have failed, and its app was killed.
        tray::icon_is_shown(false).await?;
        let stored = stored()?;
        if stored.exists() {
            fs::remove_dir_all(&stored).with_context(|| format!("cannot remove {}", stored.display()))?;
        }
        let folder = tempfile::tempdir()?;
        let services = Services::start(folder.path(), &ServicesOptions::default()).await?;
        Ok(Self { services, folder })
    }

    /// Starts the app.
    pub async fn app(&self) -> Result<App> {
        App::start(&self.app_log(), &["--service", &self.services.service_url()]).await
    }

    /// Creates a premium user, who is signed in when the app starts.
    pub async fn signed_in_user(&self) -> Result<User> {
        let user = self.services.user("Ada Moreau", "ada@example.com", "premium").await?;
        sign_in::keep(&self.services, &user).await?;
        Ok(user)
    }

    /// What the app has printed.
    pub fn app_log(&self) -> PathBuf {
        self.folder.path().join("app.log")
    }
}

/// The folder of what the app stores.
pub fn stored() -> Result<PathBuf> {
    tokenwell_cache::default_folder().context("the user has no folder for local data")
}
