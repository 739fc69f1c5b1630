//! The demo accounts, created once and copied for each story.
//!
//! Creating the accounts takes about fifty requests and several seconds, because plans and packs are bought and a month
//! of spends is recorded. A template is a folder with these accounts. A story starts its services on a copy. The
//! service identifies an account by the issuer's address, so the sandbox of a copy has to listen on the template's
//! port. Stories that run at the same time therefore use different templates, and a story that ends frees its template
//! for the next one.

use anyhow::{Context as _, Result};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use tokenwell_stage::{Services, ServicesOptions, demo, eventually};

static UNUSED: Mutex<Vec<Template>> = Mutex::new(Vec::new());

struct Template {
    folder: PathBuf,
    sandbox_port: u16,
}

/// The right to run a sandbox on a template's port. Dropping it frees the template for another story.
pub struct TemplateInUse(Option<Template>);

impl Drop for TemplateInUse {
    fn drop(&mut self) {
        if let Some(template) = self.0.take() {
            UNUSED.lock().unwrap_or_else(PoisonError::into_inner).push(template);
        }
    }
}

/// Starts the services in `folder` with the demo accounts.
pub async fn start(folder: &Path) -> Result<(Services, TemplateInUse)> {
    let template = match unused().await {
        Some(template) => template,
        None => Template::make().await.context("the demo accounts cannot be made")?,
    };
    copy(&template.folder, folder).context("the demo accounts cannot be copied")?;
    let services = demo::start(folder, &template.options()).await?;
    Ok((services, TemplateInUse(Some(template))))
}

/// A template whose port is free. The sandbox of the previous story takes a moment to end.
async fn unused() -> Option<Template> {
    loop {
        let template = UNUSED.lock().unwrap_or_else(PoisonError::into_inner).pop()?;
        let is_free = async || Ok(TcpListener::bind(("127.0.0.1", template.sandbox_port)).ok());
        if eventually("the template's port is free", is_free).await.is_ok() {
            return Some(template);
        }
        // Another program uses the port, so this template is useless.
    }
}

impl Template {
    async fn make() -> Result<Self> {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
        remove_templates_of_ended_runs(folder)?;
        let run = folder.join(format!("demo-accounts-{}", std::process::id()));
        std::fs::create_dir_all(&run)?;
        let sandbox_port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let template = Self { folder: tempfile::tempdir_in(run)?.keep(), sandbox_port };
        demo::start(&template.folder, &template.options()).await?.stop().await?;
        Ok(template)
    }

    fn options(&self) -> ServicesOptions {
        ServicesOptions { sandbox_port: self.sandbox_port, ..Default::default() }
    }
}

/// Static values are never dropped, so each run removes the templates of earlier runs.
fn remove_templates_of_ended_runs(folder: &Path) -> Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let Some(process) = name.strip_prefix("demo-accounts-") else { continue };
        if !Path::new("/proc").join(process).exists() {
            // Another story may remove the same folder at this moment.
            let _ = std::fs::remove_dir_all(&path);
        }
    }
    Ok(())
}

fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
