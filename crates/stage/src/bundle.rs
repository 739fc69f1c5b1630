//! The bundle that users install: the app and `tokenwell-glance`, bundled by Tauri.

use anyhow::{Context as _, Result, ensure};
use serde_json::json;
use std::path::Path;
use std::process::Command;

/// A `tauri` command of the repository at `root` that puts the program `glance` beside the app in every kind of bundle.
/// Its temporary files are written to `folder`.
pub fn tauri(root: &Path, verb: &str, glance: &Path, folder: &Path) -> Result<Command> {
    std::fs::create_dir_all(folder)?;
    // Tauri calls such a program a sidecar and finds it by the name of its target system. It is configured here and not in
    // `tauri.conf.json`, where every build of the app would need it.
    let sidecar = folder.join("tokenwell-glance");
    let named = format!("{}-{}{}", sidecar.display(), this_system()?, std::env::consts::EXE_SUFFIX);
    std::fs::copy(glance, named).with_context(|| format!("{} is not built", glance.display()))?;
    let config = folder.join("tauri.json");
    std::fs::write(&config, json!({"bundle": {"externalBin": [sidecar]}}).to_string())?;

    let bin = root.join("ui/node_modules/.bin");
    let mut tauri = Command::new(bin.join(if cfg!(windows) { "tauri.cmd" } else { "tauri" }));
    tauri.current_dir(root).args([verb, "--ci", "--config"]).arg(config);
    if cfg!(target_os = "linux") {
        // The bundler requires the library of Tauri's default tray, which this app does not use.
        let unused = "Name: ayatana-appindicator3-0.1\nDescription: not used\nVersion: 0\nLibs: -L/usr/lib\n";
        std::fs::write(folder.join("ayatana-appindicator3-0.1.pc"), unused)?;
        tauri.env("PKG_CONFIG_PATH", folder);
    }
    Ok(tauri)
}

/// The target system of local builds, as the compiler names it.
fn this_system() -> Result<String> {
    let output =
        Command::new("rustc").args(["--print", "host-tuple"]).output().context("`rustc` is needed")?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}
