//! Packages of stand-ins for the programs. The packages of the programs themselves are tested by the stories in `installed.rs`.

use super::files::{self, Format, Inputs};
use super::tree::Tree;
use super::{Part, Release, deb, tarball};
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

struct Packaging {
    folder: TempDir,
    release: Release,
}

impl Packaging {
    /// With a small program in the place of each, and short man pages and completions.
    fn new(version: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["programs", "man", "bash", "fish", "zsh"] {
            std::fs::create_dir(folder.path().join(name)).unwrap();
        }
        for program in ["tokenwell", "tokenwell-glance", "tokenwell-server"] {
            std::fs::copy("/bin/true", folder.path().join("programs").join(program)).unwrap();
            for file in [
                format!("man/{program}.1"),
                format!("bash/{program}.bash"),
                format!("fish/{program}.fish"),
                format!("zsh/_{program}"),
            ] {
                std::fs::write(folder.path().join(file), program).unwrap();
            }
        }
        Self { folder, release: Release { version: version.into(), date: "2026-11-28".parse().unwrap() } }
    }

    fn build(&self, part: Part, format: Format) -> PathBuf {
        let output = tempfile::tempdir_in(self.folder.path()).unwrap().keep();
        let inputs = Inputs {
            part,
            programs: &self.folder.path().join("programs"),
            manual: self.folder.path(),
            release: &self.release,
            licences: "The licences of others.\n",
        };
        let tree = Tree::new(&output.join("staged")).unwrap();
        files::stage(&tree, &inputs, format).unwrap();
        match format {
            Format::Tarball => tarball::build(&tree, &inputs, &output).unwrap(),
            Format::Deb | Format::Rpm => deb::build(&tree, &inputs, &output).unwrap(),
        }
    }
}

fn output(program: &str, arguments: &[&str], file: &Path) -> String {
    let output = Command::new(program).args(arguments).arg(file).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_package_of_the_app_has_programs_desktop_entry_icons_metadata_man_pages_and_completions() {
    let packaging = Packaging::new("1.2.3");
    let package = packaging.build(Part::App, Format::Deb);
    assert_eq!(
        package.file_name().unwrap().to_string_lossy().split('_').take(2).collect::<Vec<_>>(),
        ["tokenwell", "1.2.3"]
    );
    let contents = output("dpkg-deb", &["--contents"], &package);
    for file in [
        "usr/bin/tokenwell",
        "usr/bin/tokenwell-glance",
        "usr/share/applications/tokenwell.desktop",
        "usr/share/metainfo/app.tokenwell.Tokenwell.metainfo.xml",
        "usr/share/icons/hicolor/scalable/apps/tokenwell.svg",
        "usr/share/icons/hicolor/256x256/apps/tokenwell.png",
        "usr/share/man/man1/tokenwell.1.gz",
        "usr/share/man/man1/tokenwell-glance.1.gz",
        "usr/share/bash-completion/completions/tokenwell-glance",
        "usr/share/fish/vendor_completions.d/tokenwell.fish",
        "usr/share/zsh/vendor-completions/_tokenwell",
        "usr/share/doc/tokenwell/copyright",
        "usr/share/doc/tokenwell/changelog.gz",
        "usr/share/doc/tokenwell/THIRD-PARTY-LICENCES.gz",
    ] {
        assert!(contents.contains(&format!(" ./{file}\n")), "{file} is missing: {contents}");
    }
    assert!(!contents.contains("tokenwell-server"), "{contents}");
    let foreign: Vec<_> = contents.lines().filter(|line| !line.contains(" root/root ")).collect();
    assert!(foreign.is_empty(), "everything belongs to root: {foreign:?}");
}

#[test]
fn the_control_file_names_maintainer_page_dependencies_and_a_long_description() {
    for part in [Part::App, Part::Service] {
        let packaging = Packaging::new("1.2.3-beta.1");
        let package = packaging.build(part, Format::Deb);
        let control = output("dpkg-deb", &["--field"], &package);
        for line in [
            format!("Package: {}", part.name()),
            // Older than 1.2.3.
            "Version: 1.2.3~beta.1".to_owned(),
            format!("Homepage: {}", super::REPOSITORY),
        ] {
            assert!(control.lines().any(|there| there == line), "{line} is missing: {control}");
        }
        let depends = control.lines().find(|line| line.starts_with("Depends: ")).unwrap();
        assert!(depends.contains("libc6 (>= ") && depends.contains("ca-certificates"), "{depends}");
        assert!(control.contains("\nMaintainer: ") && control.contains('@'), "{control}");
        let (_, description) = control.split_once("\nDescription: ").unwrap();
        assert!(description.lines().count() > 5, "{description}");
    }
}

#[test]
fn the_package_of_the_service_has_unit_user_folders_rules_and_scripts() {
    let packaging = Packaging::new("1.2.3");
    let package = packaging.build(Part::Service, Format::Deb);
    let contents = output("dpkg-deb", &["--contents"], &package);
    for file in [
        "usr/bin/tokenwell-server",
        "usr/lib/systemd/system/tokenwell-server.service",
        "usr/lib/sysusers.d/tokenwell-server.conf",
        "usr/lib/tmpfiles.d/tokenwell-server.conf",
        "usr/share/doc/tokenwell-server/examples/server.env",
        "usr/share/doc/tokenwell-server/examples/tokenwell.rules.yml",
        "usr/share/man/man1/tokenwell-server.1.gz",
    ] {
        assert!(contents.contains(&format!(" ./{file}\n")), "{file} is missing: {contents}");
    }
    let unpacked = packaging.folder.path().join("control");
    Command::new("dpkg-deb").arg("--control").arg(&package).arg(&unpacked).status().unwrap();
    for script in ["postinst", "prerm", "postrm"] {
        output("sh", &["-n"], &unpacked.join(script));
    }
}

#[test]
fn the_tarball_of_the_service_lies_in_one_folder_and_its_unit_starts_the_program_in_usr_local() {
    let packaging = Packaging::new("1.2.3");
    let tarball = packaging.build(Part::Service, Format::Tarball);
    let contents = output("tar", &["--list", "--file"], &tarball);
    let folder = format!("tokenwell-server-1.2.3-linux-{}", std::env::consts::ARCH);
    assert!(contents.lines().all(|file| file.starts_with(&format!("{folder}/"))), "{contents}");
    for file in ["bin/tokenwell-server", "README", "LICENSE-MIT", "share/tokenwell-server/server.env"] {
        assert!(contents.lines().any(|there| there == format!("{folder}/{file}")), "{file}: {contents}");
    }
    let unit = format!("{folder}/lib/systemd/system/tokenwell-server.service");
    let unit = output("tar", &["--extract", "--to-stdout", &unit, "--file"], &tarball);
    assert!(unit.contains("ExecStart=/usr/local/bin/tokenwell-server "), "{unit}");
}

#[test]
fn a_second_build_of_the_same_programs_is_equal_byte_by_byte() {
    for (part, format) in [(Part::App, Format::Deb), (Part::Service, Format::Tarball)] {
        let packaging = Packaging::new("1.2.3");
        let [first, second] = [(); 2].map(|()| std::fs::read(packaging.build(part, format)).unwrap());
        assert!(first == second, "two packages of {} differ", part.name());
    }
}

#[test]
fn a_package_with_another_version_differs_in_nothing_else() {
    let packaging = Packaging::new("1.2.3");
    let package = packaging.build(Part::App, Format::Deb);
    let next = deb::with_version(&package, "2.0.0", packaging.folder.path()).unwrap();
    let control = |file: &Path| output("dpkg-deb", &["--field"], file);
    assert_eq!(control(&next), control(&package).replace("Version: 1.2.3", "Version: 2.0.0"));
    let files = |file: &Path| output("dpkg-deb", &["--contents"], file);
    assert_eq!(files(&next), files(&package));
}
