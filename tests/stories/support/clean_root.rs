//! A Debian without anything else, which `cargo xtask package --test` prepares beside the packages.

use anyhow::{Context as _, Result, bail, ensure};
use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use tokio::process::Command;

/// The root with what is installed in it.
pub struct CleanRoot {
    /// The folder of the packages.
    packages: PathBuf,
    root: PathBuf,
}

/// Which package of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edition {
    /// The one that was built.
    Built,
    /// The same with a higher version.
    Next,
}

/// Runs a program in the root. It shares the machine's devices, network and `/tmp`, where desktops have their homes. The mounts
/// end with the program.
const ENTER: &str = r#"
mount --rbind /dev "$0/dev" && mount -t proc proc "$0/proc" && mount --bind /tmp "$0/tmp" || exit 126
[ ! -e /etc/resolv.conf ] || mount --bind /etc/resolv.conf "$0/etc/resolv.conf" || exit 126
exec chroot "$0" "$@"
"#;

impl CleanRoot {
    /// The root that was prepared.
    pub fn prepared() -> Result<Self> {
        let packages = std::env::var_os("TOKENWELL_PACKAGES")
            .context("`cargo xtask package --test` prepares packages and a root, and runs this story")?;
        let packages = PathBuf::from(packages);
        let root = packages.join("root");
        ensure!(root.join("usr").exists(), "{} is not prepared", root.display());
        let resolver = root.join("etc/resolv.conf");
        if !resolver.exists() {
            std::fs::write(resolver, "")?;
        }
        Ok(Self { packages, root })
    }

    /// A command that runs in the root.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("unshare");
        command.args(["--mount", "--propagation=private", "sh", "-c", ENTER]).arg(&self.root).args(arguments);
        command
    }

    /// A program for the machine outside that starts `program` in the root.
    pub fn starter(&self, program: &str, folder: &Path) -> Result<PathBuf> {
        let starter = folder.join("start-in-the-clean-root");
        let script = format!(
            "#!/bin/sh\nexec unshare --mount --propagation=private sh -c '{ENTER}' '{}' {program} \"$@\"\n",
            self.root.display()
        );
        std::fs::write(&starter, script)?;
        std::fs::set_permissions(&starter, std::fs::Permissions::from_mode(0o755))?;
        Ok(starter)
    }

    /// Runs a program in the root and returns what it prints.
    pub async fn run(&self, arguments: &[&str]) -> Result<String> {
        let mut command = self.command(arguments);
        let output = command.env("DEBIAN_FRONTEND", "noninteractive").output().await?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
        if !output.status.success() {
            bail!("{arguments:?}: {}\n{}\n{}", output.status, text(&output.stdout), text(&output.stderr));
        }
        Ok(text(&output.stdout))
    }

    /// What a package depends on.
    pub async fn dependencies_of(&self, name: &str) -> Result<String> {
        let package = self.package(name, Edition::Built)?;
        let field = Command::new("dpkg-deb").arg("--field").arg(package).arg("Depends").output().await?;
        Ok(String::from_utf8(field.stdout)?)
    }

    /// Installs what a package depends on, and not what it recommends.
    pub async fn install_dependencies_of(&self, name: &str) -> Result<()> {
        let depends = self.dependencies_of(name).await?;
        self.run(&["apt-get", "update", "-qq"]).await?;
        let satisfy = ["apt-get", "satisfy", "-y", "-qq", "--no-install-recommends", depends.trim()];
        self.run(&satisfy).await.map(drop)
    }

    /// Installs a package, or upgrades to it, whose dependencies are there.
    pub async fn install(&self, name: &str, edition: Edition) -> Result<()> {
        let package = self.package(name, edition)?;
        let inside = self.root.join("package.deb");
        std::fs::copy(package, &inside)?;
        let installed = self.run(&["dpkg", "--install", "/package.deb"]).await;
        std::fs::remove_file(inside)?;
        installed.map(drop)
    }

    /// The version of an installed package.
    pub async fn version_of(&self, name: &str) -> Result<String> {
        self.run(&["dpkg-query", "--show", "--showformat=${Version}", name]).await
    }

    fn package(&self, name: &str, edition: Edition) -> Result<PathBuf> {
        let folder = match edition {
            Edition::Built => self.packages.clone(),
            Edition::Next => self.packages.join("next"),
        };
        let version = match edition {
            Edition::Built => env!("CARGO_PKG_VERSION").replacen('-', "~", 1) + "_",
            Edition::Next => String::new(),
        };
        let start = format!("{name}_{version}");
        for entry in std::fs::read_dir(&folder)? {
            let path = entry?.path();
            let file = path.file_name().unwrap_or_default().to_string_lossy();
            if file.starts_with(&start) && file.ends_with(".deb") {
                return Ok(path);
            }
        }
        bail!("{} has no package {name}", folder.display())
    }

    /// Every file and folder in the root, without the caches and logs of the system.
    pub async fn files(&self) -> Result<BTreeSet<String>> {
        const OF_THE_SYSTEM: [&str; 6] =
            ["root/", "run/", "var/cache/", "var/lib/apt/", "var/lib/dpkg/", "var/log/"];
        let list = Command::new("find").arg(&self.root).args(["-xdev", "-printf", "%P\\n"]).output().await?;
        ensure!(list.status.success(), "{}", String::from_utf8_lossy(&list.stderr));
        let list = String::from_utf8_lossy(&list.stdout).into_owned();
        let of_packages = |file: &&str| !OF_THE_SYSTEM.iter().any(|folder| file.starts_with(folder));
        Ok(list.lines().filter(of_packages).map(str::to_owned).collect())
    }

    /// Whether there is a file in the root.
    pub fn has(&self, file: &str) -> bool {
        self.root.join(file).exists()
    }
}
