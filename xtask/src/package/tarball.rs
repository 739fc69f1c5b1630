//! The tarball of the service, for systems without a package of it.

use super::files::Inputs;
use super::tree::{FILE, Tree};
use crate::command::run;
use anyhow::Result;
use std::path::{Path, PathBuf};
use std::process::Command;

const README: &str = "\
The Tokenwell token service, to be installed in /usr/local:

    install -m 0755 bin/tokenwell-server /usr/local/bin/
    cp -R share/. /usr/local/share/
    install -m 0644 lib/systemd/system/tokenwell-server.service /etc/systemd/system/
    install -m 0644 lib/sysusers.d/tokenwell-server.conf /etc/sysusers.d/
    install -m 0644 lib/tmpfiles.d/tokenwell-server.conf /etc/tmpfiles.d/
    systemd-sysusers && systemd-tmpfiles --create
    install -m 0600 share/tokenwell-server/server.env /etc/tokenwell/server.env

Write your settings into /etc/tokenwell/server.env, then:

    systemctl daemon-reload && systemctl enable --now tokenwell-server

share/tokenwell-server has alert rules for Prometheus. The rest is in docs/operating.md of the repository.
";

/// Packs a tree into one folder of a `.tar.gz`, and returns its file.
pub fn build(tree: &Tree, inputs: &Inputs<'_>, folder: &Path) -> Result<PathBuf> {
    tree.write("README", README, FILE)?;
    let name = format!("{}-{}-linux-{}", inputs.part.name(), inputs.release.version, std::env::consts::ARCH);
    let file = folder.join(format!("{name}.tar.gz"));
    let mut pack = Command::new("tar");
    pack.args(["--create", "--sort=name", "--owner=0", "--group=0", "--numeric-owner", "--format=gnu"])
        .arg(format!("--mtime=@{}", inputs.release.seconds()?))
        // `--no-name` keeps the time of packing out.
        .arg("--use-compress-program=gzip --best --no-name")
        .arg(format!("--transform=s,^\\./,{name}/,;s,^\\.$,{name},"))
        .arg(format!("--file={}", file.display()))
        .arg(format!("--directory={}", tree.root().display()))
        .arg(".");
    run(&mut pack)?;
    Ok(file)
}
