//! What users install: the app with `tokenwell-glance` beside it, bundled by Tauri.

use anyhow::{Context as _, Result, ensure};
use serde_json::json;
use std::path::Path;
use std::process::Command;

/// A `tauri` command of the repository at `root` that puts the program `glance` beside the app in every kind of bundle.
/// `folder` is for what it needs besides.
pub fn tauri(root: &Path, verb: &str, glance: &Path, folder: &Path) -> Result<Command> {
    std::fs::create_dir_all(folder)?;
    // Tauri calls such a program a sidecar and finds it by the system that it is for. It is named here and not in
    // `tauri.conf.json`, where every build of the app would ask for it.
    let sidecar = folder.join("tokenwell-glance");
    let named = format!("{}-{}{}", sidecar.display(), this_system()?, std::env::consts::EXE_SUFFIX);
    std::fs::copy(glance, named).with_context(|| format!("{} is not built", glance.display()))?;
    let config = folder.join("tauri.json");
    std::fs::write(&config, json!({"bundle": {"externalBin": [sidecar]}}).to_string())?;

    let bin = root.join("ui/node_modules/.bin");
    let mut tauri = Command::new(bin.join(if cfg!(windows) { "tauri.cmd" } else { "tauri" }));
    tauri.current_dir(root).args([verb, "--ci", "--config"]).arg(config);
    if cfg!(target_os = "linux") {
        // The bundler wants to know where the library of Tauri's usual tray is, which this app does not use.
        let unused = "Name: ayatana-appindicator3-0.1\nDescription: not used\nVersion: 0\nLibs: -L/usr/lib\n";
        std::fs::write(folder.join("ayatana-appindicator3-0.1.pc"), unused)?;
        tauri.env("PKG_CONFIG_PATH", folder);
    }
    Ok(tauri)
}

/// The system that programs are built for here, as the compiler names it.
fn this_system() -> Result<String> {
    let asked =
        Command::new("rustc").args(["--print", "host-tuple"]).output().context("`rustc` is needed")?;
    ensure!(asked.status.success(), "{}", String::from_utf8_lossy(&asked.stderr));
    Ok(String::from_utf8(asked.stdout)?.trim().to_owned())
}
