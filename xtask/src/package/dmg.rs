//! The disk image for macOS, by Tauri's bundler. `tokenwell-glance` is bundled as what Tauri calls a sidecar.

use super::FOLDER;
use crate::command::{announce, cargo, run};
use crate::setup;
use anyhow::{Context as _, Result, ensure};
use serde_json::json;
use std::process::Command;

pub fn build() -> Result<()> {
    setup::panel()?;
    announce("Building tokenwell-glance");
    run(&mut cargo(&["build", "--locked", "--release", "--package=tokenwell-glance"]))?;
    announce("Building the app and its disk image");
    let folder = setup::root().join(FOLDER);
    std::fs::create_dir_all(&folder)?;
    // Tauri finds a sidecar by the name of its target system. It is configured here and not in `tauri.conf.json`, where every
    // build of the app would need it.
    let sidecar = folder.join("tokenwell-glance");
    let named = format!("{}-{}", sidecar.display(), this_system()?);
    std::fs::copy(setup::root().join("target/release/tokenwell-glance"), named)
        .context("tokenwell-glance is not built")?;
    let config = folder.join("tauri.json");
    std::fs::write(&config, json!({"bundle": {"externalBin": [sidecar]}}).to_string())?;
    let mut tauri = Command::new(setup::root().join("ui/node_modules/.bin/tauri"));
    tauri.current_dir(setup::root()).args(["build", "--ci", "--bundles=dmg", "--config"]).arg(config);
    run(&mut tauri)?;
    for entry in std::fs::read_dir(setup::root().join("target/release/bundle/dmg"))? {
        let image = entry?.path();
        if image.extension().is_some_and(|extension| extension == "dmg") {
            let name = image.file_name().context("an image has a name")?;
            std::fs::copy(&image, folder.join(name))?;
        }
    }
    Ok(())
}

/// The target system of local builds, as the compiler names it.
fn this_system() -> Result<String> {
    let output =
        Command::new("rustc").args(["--print", "host-tuple"]).output().context("`rustc` is needed")?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}
