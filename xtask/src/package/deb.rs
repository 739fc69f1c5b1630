//! Debian packages, by `dpkg-deb`.

use super::files::Inputs;
use super::tree::{FILE, PROGRAM, Tree};
use super::{Part, REPOSITORY, Release};
use crate::command::{announce, run};
use crate::setup;
use anyhow::{Context as _, Result, ensure};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What a package needs besides the libraries that its programs name.
struct Needs {
    depends: &'static str,
    recommends: &'static str,
    section: &'static str,
}

fn needs(part: Part) -> Needs {
    match part {
        Part::App => Needs {
            // The browser is opened for the sign-in and for payments; TLS uses the system's certificates.
            depends: "ca-certificates, xdg-utils",
            recommends: "default-dbus-session-bus | dbus-session-bus, desktop-file-utils, \
                         gnome-keyring | kwalletmanager | keepassxc",
            section: "utils",
        },
        Part::Service => Needs { depends: "ca-certificates, systemd", recommends: "", section: "net" },
    }
}

/// Builds the package of a tree with the version of the release, and returns its file.
pub fn build(tree: &Tree, inputs: &Inputs<'_>, folder: &Path) -> Result<PathBuf> {
    let part = inputs.part;
    let name = part.name();
    let version = inputs.release.package_version();
    tree.write_compressed(&format!("usr/share/doc/{name}/changelog.gz"), changelog(name, inputs.release))?;
    let overrides = std::fs::read_to_string(setup::root().join("packaging/linux/lintian-overrides"))?;
    tree.write(&format!("usr/share/lintian/overrides/{name}"), overrides.replace("@PACKAGE@", name), FILE)?;

    let libraries = libraries(tree, part, folder)?;
    let sums = md5sums(tree)?;
    let size = installed_size(tree)?;
    tree.write("DEBIAN/control", control(part, &version, &architecture()?, &libraries, size)?, FILE)?;
    tree.write("DEBIAN/md5sums", sums, FILE)?;
    if part == Part::Service {
        for script in ["postinst", "prerm", "postrm"] {
            let from = setup::root().join("crates/server/packaging/debian").join(script);
            tree.copy(&from, &format!("DEBIAN/{script}"), PROGRAM)?;
        }
    }
    let package = folder.join(format!("{name}_{version}_{}.deb", architecture()?));
    pack(tree.root(), inputs.release, &package, ["-Zxz", "-z9"])
}

/// Packs a tree whose control files are written.
fn pack(tree: &Path, release: &Release, package: &Path, compressor: [&str; 2]) -> Result<PathBuf> {
    let mut pack = Command::new("dpkg-deb");
    pack.arg("--root-owner-group").args(compressor).arg("--build").arg(tree).arg(package);
    run(pack.env("SOURCE_DATE_EPOCH", release.seconds()?.to_string()).stdout(std::process::Stdio::null()))?;
    Ok(package.to_owned())
}

/// The same package with another version, as the next release would be. It is for tests, and packed in a second.
pub fn with_version(package: &Path, version: &str, folder: &Path) -> Result<PathBuf> {
    let unpacked = folder.join("unpacked");
    if unpacked.exists() {
        std::fs::remove_dir_all(&unpacked)?;
    }
    run(Command::new("dpkg-deb").arg("--raw-extract").arg(package).arg(&unpacked))?;
    let control = unpacked.join("DEBIAN/control");
    let text = std::fs::read_to_string(&control)?;
    let (before, after) = text.split_once("\nVersion: ").context("a package has a version")?;
    let (_, after) = after.split_once('\n').context("the version is not the last field")?;
    std::fs::write(&control, format!("{before}\nVersion: {version}\n{after}"))?;
    let name = package.file_name().context("a package has a name")?.to_string_lossy();
    let (name, rest) = name.split_once('_').context("a package is named NAME_VERSION_ARCHITECTURE")?;
    let (_, rest) = rest.split_once('_').context("a package is named NAME_VERSION_ARCHITECTURE")?;
    let release = Release::newest(&setup::root())?;
    pack(&unpacked, &release, &folder.join(format!("{name}_{version}_{rest}")), ["-Zgzip", "-z1"])
}

fn control(part: Part, version: &str, architecture: &str, libraries: &str, kib: u64) -> Result<String> {
    let Needs { depends, recommends, section } = needs(part);
    let mut control = format!(
        "Package: {}\nVersion: {version}\nArchitecture: {architecture}\nMaintainer: {}\nInstalled-Size: {kib}\n\
         Depends: {libraries}, {depends}\n",
        part.name(),
        env!("CARGO_PKG_AUTHORS"),
    );
    if !recommends.is_empty() {
        writeln!(control, "Recommends: {recommends}")?;
    }
    writeln!(control, "Section: {section}\nPriority: optional\nHomepage: {REPOSITORY}")?;
    let (synopsis, text) = description(part)?;
    writeln!(control, "Description: {synopsis}")?;
    for line in text.lines() {
        writeln!(control, " {}", if line.is_empty() { "." } else { line })?;
    }
    Ok(control)
}

/// The synopsis and the text about a package.
pub fn description(part: Part) -> Result<(String, String)> {
    let file = match part {
        Part::App => "app-description.txt",
        Part::Service => "service-description.txt",
    };
    let text = std::fs::read_to_string(setup::root().join("packaging/linux").join(file))?;
    let (synopsis, text) =
        text.split_once('\n').context("the first line of a description is its synopsis")?;
    Ok((synopsis.to_owned(), text.to_owned()))
}

/// Debian's form of the changelog. The texts are in `CHANGELOG.md`.
fn changelog(name: &str, release: &Release) -> String {
    format!(
        "{name} ({}) stable; urgency=medium\n\n  * What changed is described in\n    {REPOSITORY}/blob/v{}/CHANGELOG.md\n\n -- {}  {}\n",
        release.package_version(),
        release.version,
        env!("CARGO_PKG_AUTHORS"),
        release.date.strftime("%a, %d %b %Y 00:00:00 +0000"),
    )
}

/// Debian's name of this kind of processor, such as amd64.
fn architecture() -> Result<String> {
    output(Command::new("dpkg").arg("--print-architecture"))
}

/// The packages of the libraries that the programs are linked with, in the versions whose symbols they use.
fn libraries(tree: &Tree, part: Part, folder: &Path) -> Result<String> {
    // `dpkg-shlibdeps` runs in a source package.
    let source = folder.join("shlibdeps");
    std::fs::create_dir_all(source.join("debian"))?;
    let name = part.name();
    std::fs::write(
        source.join("debian/control"),
        format!("Source: {name}\n\nPackage: {name}\nArchitecture: any\n"),
    )?;
    let mut command = Command::new("dpkg-shlibdeps");
    command.current_dir(&source).arg("-O");
    command.args(part.programs().iter().map(|program| tree.root().join("usr/bin").join(program)));
    let found = output(&mut command)?;
    let libraries = found.strip_prefix("shlibs:Depends=").context("dpkg-shlibdeps found no libraries")?;
    Ok(libraries.to_owned())
}

fn md5sums(tree: &Tree) -> Result<String> {
    output(Command::new("md5sum").current_dir(tree.root()).args(tree.files()?)).map(|sums| sums + "\n")
}

/// In KiB, each file rounded up.
fn installed_size(tree: &Tree) -> Result<u64> {
    let sizes = tree.files()?.into_iter().map(|file| Ok(std::fs::metadata(tree.root().join(file))?.len()));
    sizes.map(|size: Result<u64>| size.map(|bytes| bytes.div_ceil(1024))).sum()
}

fn output(command: &mut Command) -> Result<String> {
    let output = command.output().with_context(|| format!("cannot start {command:?}"))?;
    ensure!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8(output.stdout)?.trim_end().to_owned())
}

/// Debian's own checks of a package, of its desktop entry and of its metadata.
pub fn lint(package: &Path) -> Result<()> {
    announce(&format!("Checking {}", package.display()));
    run(Command::new("lintian").args(["--fail-on=error", "--tag-display-limit=0"]).arg(package))
}

/// Checks the desktop entry and AppStream's metadata of a staged app.
pub fn lint_desktop_files(tree: &Path) -> Result<()> {
    run(Command::new("desktop-file-validate").arg(tree.join("usr/share/applications/tokenwell.desktop")))?;
    let metadata = tree.join("usr/share/metainfo/app.tokenwell.Tokenwell.metainfo.xml");
    run(Command::new("appstreamcli").args(["validate", "--no-net", "--pedantic"]).arg(metadata))
}
