//! The Debian package of the built programs: built, unpacked and started.

use anyhow::{Context as _, Result, ensure};
use std::path::Path;
use tokenwell_stage::{binary, bundle};
use tokio::process::Command;

async fn run(mut command: Command) -> Result<String> {
    let output = command.kill_on_drop(true).output().await.with_context(|| format!("{command:?}"))?;
    ensure!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8(output.stdout)?)
}

#[tokio::test]
async fn the_debian_package_contains_both_programs_their_icons_and_the_link_handler() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let glance = binary("tokenwell-glance")?;
    let mut bundle = bundle::tauri(root, "bundle", &glance, &folder.path().join("needs"))?;
    // The bundler writes to the program that it packs, so it gets a copy: other stories run the original.
    let built = folder.path().join("target/debug");
    std::fs::create_dir_all(&built)?;
    std::fs::copy(binary("tokenwell")?, built.join("tokenwell"))?;
    bundle.env("CARGO_TARGET_DIR", folder.path().join("target"));
    bundle.args(["--debug", "--no-sign", "--no-binary-patching", "--bundles", "deb"]);
    run(bundle.into()).await?;

    let package = std::fs::read_dir(built.join("bundle/deb"))?.next().context("there is a package")??.path();
    let unpacked = folder.path().join("unpacked");
    let mut unpack = Command::new("dpkg-deb");
    unpack.arg("--extract").arg(package).arg(&unpacked);
    run(unpack).await?;

    let entry = std::fs::read_to_string(unpacked.join("usr/share/applications/Tokenwell.desktop"))?;
    for line in ["Exec=tokenwell %u", "Icon=tokenwell", "MimeType=x-scheme-handler/tokenwell;"] {
        assert!(entry.lines().any(|there| there == line), "{line} is missing in {entry}");
    }
    for size in ["32x32", "128x128", "256x256@2"] {
        let icon = unpacked.join("usr/share/icons/hicolor").join(size).join("apps/tokenwell.png");
        assert!(icon.exists(), "{}", icon.display());
    }
    for program in ["tokenwell", "tokenwell-glance"] {
        let mut start = Command::new(unpacked.join("usr/bin").join(program));
        start.arg("--version");
        assert_eq!(run(start).await?.trim(), format!("{program} {}", env!("CARGO_PKG_VERSION")));
    }
    Ok(())
}
