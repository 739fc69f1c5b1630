//! Which file lies where in each kind of package.

use super::tree::{FILE, PROGRAM, Tree};
use super::{Part, REPOSITORY, Release};
use crate::setup;
use anyhow::{Context as _, Result};
use std::path::Path;

/// A kind of package.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Deb,
    Rpm,
    /// Unpacked by hand; its unit starts the program in `/usr/local`.
    Tarball,
}

/// What a package is made of.
pub struct Inputs<'a> {
    pub part: Part,
    /// The folder of the built programs.
    pub programs: &'a Path,
    /// What `tokenwell-manual` has written.
    pub manual: &'a Path,
    pub release: &'a Release,
    /// The licences of third parties.
    pub licences: &'a str,
}

const ICONS: [(&str, &str); 4] = [
    ("icons/32x32.png", "32x32/apps/tokenwell.png"),
    ("icons/128x128.png", "128x128/apps/tokenwell.png"),
    ("icons/128x128@2x.png", "256x256/apps/tokenwell.png"),
    ("icons/tokenwell.svg", "scalable/apps/tokenwell.svg"),
];
const SYSTEMD: &str = "crates/server/packaging";

/// Puts every file of a package in its place.
pub fn stage(tree: &Tree, inputs: &Inputs<'_>, format: Format) -> Result<()> {
    for program in inputs.part.programs() {
        let folder = if format == Format::Tarball { "bin" } else { "usr/bin" };
        tree.copy(&inputs.programs.join(program), &format!("{folder}/{program}"), PROGRAM)?;
        stage_manual(tree, inputs.manual, program, format)?;
    }
    match inputs.part {
        Part::App => stage_desktop(tree, inputs.release)?,
        Part::Service => stage_service(tree, format)?,
    }
    stage_licences(tree, inputs, format)
}

/// Man pages and completions.
fn stage_manual(tree: &Tree, manual: &Path, program: &str, format: Format) -> Result<()> {
    let share = if format == Format::Tarball { "share" } else { "usr/share" };
    let zsh = if format == Format::Deb { "vendor-completions" } else { "site-functions" };
    let mut pages: Vec<_> = std::fs::read_dir(manual.join("man"))?.collect::<Result<_, _>>()?;
    pages.sort_by_key(std::fs::DirEntry::file_name);
    for page in pages {
        let name = page.file_name().into_string().ok().context("the name of a man page is UTF-8")?;
        if belongs_to(&name, program) {
            tree.write_compressed(&format!("{share}/man/man1/{name}.gz"), std::fs::read(page.path())?)?;
        }
    }
    for (from, to) in [
        (format!("bash/{program}.bash"), format!("bash-completion/completions/{program}")),
        (format!("fish/{program}.fish"), format!("fish/vendor_completions.d/{program}.fish")),
        (format!("zsh/_{program}"), format!("zsh/{zsh}/_{program}")),
    ] {
        tree.copy(&manual.join(from), &format!("{share}/{to}"), FILE)?;
    }
    Ok(())
}

/// Whether a page describes a program or one of its tasks, such as `tokenwell-server-check.1`.
fn belongs_to(page: &str, program: &str) -> bool {
    let name = page.strip_suffix(".1").unwrap_or(page);
    name == program || (program == "tokenwell-server" && name.starts_with("tokenwell-server-"))
}

/// What makes a program an app of the desktop: entry, icons, metadata.
fn stage_desktop(tree: &Tree, release: &Release) -> Result<()> {
    let root = setup::root();
    tree.copy(
        &root.join("packaging/linux/tokenwell.desktop"),
        "usr/share/applications/tokenwell.desktop",
        FILE,
    )?;
    for (from, to) in ICONS {
        tree.copy(&root.join(from), &format!("usr/share/icons/hicolor/{to}"), FILE)?;
    }
    let id = "app.tokenwell.Tokenwell.metainfo.xml";
    let metadata = metadata(&std::fs::read_to_string(root.join("packaging/linux").join(id))?, release);
    tree.write(&format!("usr/share/metainfo/{id}"), metadata, FILE)
}

/// AppStream's metadata of a release.
fn metadata(template: &str, release: &Release) -> String {
    let host = REPOSITORY.replacen("https://github.com", "https://raw.githubusercontent.com", 1);
    template
        .replace("@REPOSITORY@", REPOSITORY)
        .replace("@SCREENSHOTS@", &format!("{host}/v{}/docs/images", release.version))
        .replace("@VERSION@", &release.package_version())
        .replace("@DATE@", &release.date.to_string())
}

/// Unit, user, folders, alert rules and example settings.
fn stage_service(tree: &Tree, format: Format) -> Result<()> {
    let from = setup::root().join(SYSTEMD);
    let read = |file: &str| {
        let path = from.join(file);
        std::fs::read_to_string(&path).with_context(|| format!("{} is missing", path.display()))
    };
    let (lib, examples) = match format {
        Format::Tarball => ("lib", "share/tokenwell-server"),
        Format::Deb | Format::Rpm => ("usr/lib", "usr/share/doc/tokenwell-server/examples"),
    };
    for (file, folder, name) in [
        ("tokenwell-server.service", "systemd/system", "tokenwell-server.service"),
        ("tokenwell.sysusers.conf", "sysusers.d", "tokenwell-server.conf"),
        ("tokenwell.tmpfiles.conf", "tmpfiles.d", "tokenwell-server.conf"),
    ] {
        let text = read(file)?;
        let text = if format == Format::Tarball { text } else { packaged(&text) };
        tree.write(&format!("{lib}/{folder}/{name}"), text, FILE)?;
    }
    for file in ["server.env", "tokenwell.rules.yml"] {
        tree.write(&format!("{examples}/{file}"), read(file)?, FILE)?;
    }
    Ok(())
}

/// A file of systemd without the line that names its place in `/etc`, and with the program's place in a package.
fn packaged(text: &str) -> String {
    let lines = text.lines().filter(|line| !line.starts_with("# /etc/"));
    lines.fold(String::new(), |text, line| text + &line.replace("/usr/local/bin/", "/usr/bin/") + "\n")
}

fn stage_licences(tree: &Tree, inputs: &Inputs<'_>, format: Format) -> Result<()> {
    let name = inputs.part.name();
    let root = setup::root();
    if format == Format::Deb {
        let folder = format!("usr/share/doc/{name}");
        tree.write(&format!("{folder}/copyright"), copyright()?, FILE)?;
        return tree.write_compressed(&format!("{folder}/THIRD-PARTY-LICENCES.gz"), inputs.licences);
    }
    let folder = if format == Format::Rpm { format!("usr/share/licenses/{name}/") } else { String::new() };
    for file in ["LICENSE-APACHE", "LICENSE-MIT"] {
        tree.copy(&root.join(file), &format!("{folder}{file}"), FILE)?;
    }
    tree.write(&format!("{folder}THIRD-PARTY-LICENCES"), inputs.licences, FILE)
}

/// Debian's file about the licence.
fn copyright() -> Result<String> {
    let root = setup::root();
    let template = std::fs::read_to_string(root.join("packaging/linux/copyright"))?;
    let mit = std::fs::read_to_string(root.join("LICENSE-MIT"))?;
    let mut indented = String::new();
    for line in mit.lines().skip_while(|line| !line.starts_with("Permission")) {
        indented.push(' ');
        indented.push_str(if line.is_empty() { "." } else { line });
        indented.push('\n');
    }
    Ok(template.replace("@REPOSITORY@", REPOSITORY).replace("@MIT@\n", &indented))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_of_a_task_of_the_service_belongs_to_the_service() {
        assert!(belongs_to("tokenwell-server-check.1", "tokenwell-server"));
        assert!(belongs_to("tokenwell-glance.1", "tokenwell-glance"));
        assert!(!belongs_to("tokenwell-glance.1", "tokenwell"));
        assert!(!belongs_to("tokenwell-server.1", "tokenwell"));
    }

    #[test]
    fn a_packaged_unit_starts_the_program_of_the_package() {
        let unit =
            std::fs::read_to_string(setup::root().join(SYSTEMD).join("tokenwell-server.service")).unwrap();
        let packaged = packaged(&unit);
        assert!(packaged.contains("ExecStart=/usr/bin/tokenwell-server "), "{packaged}");
        assert!(!packaged.contains("/usr/local") && !packaged.contains("# /etc/systemd"), "{packaged}");
        assert_eq!(packaged.lines().count() + 1, unit.lines().count());
    }
}
