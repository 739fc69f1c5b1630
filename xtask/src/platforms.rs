//! `cargo xtask platforms`: type-checks the workspace for other systems. Also what else is built for them.
//!
//! Uses rustup's standard library for the other system if rustup can install it. Otherwise a toolchain from Debian's
//! packages compiles the standard library. A type check links nothing, so for macOS a stand-in replaces the C compiler.

use crate::command::{announce, cargo, run};
use crate::setup;
use anyhow::Result;
use clap::{Args, ValueEnum};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

#[derive(Args)]
pub struct Options {
    /// The systems; all of them if none is named.
    systems: Vec<System>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum System {
    Windows,
    Macos,
}

impl System {
    fn target(self) -> &'static str {
        match self {
            Self::Windows => "x86_64-pc-windows-gnu",
            Self::Macos => "aarch64-apple-darwin",
        }
    }
}

pub fn platforms(options: &Options) -> Result<()> {
    let systems = if options.systems.is_empty() { System::value_variants() } else { &options.systems };
    systems.iter().try_for_each(|system| check(*system))
}

/// Type-checks libraries, programs and tests for a system.
pub fn check(system: System) -> Result<()> {
    let mut command = cargo_for(system, "check")?;
    announce(&format!("Type-checking for {}", system.target()));
    run(command.args(["--workspace", "--all-targets"]))
}

/// The folder of what is made for other systems.
pub fn folder() -> PathBuf {
    setup::root().join("target/platforms")
}

/// The folder of the programs that are built for a system.
pub fn programs(system: System) -> PathBuf {
    folder().join("target").join(system.target()).join("debug")
}

/// A command of cargo for another system, with all that it needs.
pub fn cargo_for(system: System, subcommand: &str) -> Result<Command> {
    let folder = folder();
    std::fs::create_dir_all(&folder)?;
    setup::panel()?;
    if system == System::Windows && !cfg!(windows) {
        setup::debian_packages(&["gcc-mingw-w64-x86-64"])?;
    }
    let mut command =
        if rustup_has(system) { cargo(&[subcommand]) } else { debian_cargo(subcommand, &folder)? };
    if system == System::Macos && !cfg!(target_os = "macos") {
        stand_in_for_c(&mut command, &folder)?;
    }
    command.args(["--target", system.target(), "--target-dir"]).arg(folder.join("target"));
    Ok(command)
}

/// Whether rustup has the standard library for a system, or can install it.
fn rustup_has(system: System) -> bool {
    let mut install = Command::new("rustup");
    install.args(["target", "add", system.target()]).stderr(Stdio::null());
    install.status().is_ok_and(|status| status.success())
}

/// The cargo of a toolchain that is unpacked from Debian's packages.
fn debian_cargo(subcommand: &str, folder: &Path) -> Result<Command> {
    let toolchain = folder.join("toolchain");
    let ready = toolchain.join("ready");
    if !ready.exists() {
        announce("Unpacking a toolchain from Debian's packages, since rustup has none for this system");
        let script = setup::root().join("xtask/src/cross-toolchain.sh");
        run(Command::new("sh").arg(script).arg(&toolchain))?;
        std::fs::write(&ready, "")?;
    }
    let programs = toolchain.join("root/usr/bin");
    let mut command = Command::new(programs.join("cargo"));
    command
        .args([subcommand, "-Zbuild-std=std,panic_abort"])
        .env("RUSTC", programs.join("rustc"))
        // `-Zbuild-std` is unstable; this variable allows it on stable.
        .env("RUSTC_BOOTSTRAP", "1")
        .env("LD_LIBRARY_PATH", toolchain.join("root/usr/lib/x86_64-linux-gnu"));
    for variable in ["RUSTC_WRAPPER", "RUSTFLAGS", "RUSTUP_TOOLCHAIN"] {
        command.env_remove(variable);
    }
    Ok(command)
}

/// A C compiler and an archiver that write empty files.
#[cfg(unix)]
fn stand_in_for_c(command: &mut Command, folder: &Path) -> Result<()> {
    const COMPILER: &str = r#"#!/bin/sh
case " $* " in *" --version "*) echo "Apple clang version 16.0.0"; exit 0 ;; esac
previous=
for word in "$@"; do [ "$previous" = -o ] && : >"$word"; previous=$word; done
"#;
    const ARCHIVER: &str =
        "#!/bin/sh\nfor word in \"$@\"; do case $word in *.a) : >\"$word\" ;; esac; done\n";
    let compiler = write_script(&folder.join("cc"), COMPILER)?;
    let archiver = write_script(&folder.join("ar"), ARCHIVER)?;
    command
        .env("CC_aarch64_apple_darwin", &compiler)
        .env("CXX_aarch64_apple_darwin", &compiler)
        .env("AR_aarch64_apple_darwin", &archiver)
        .env("SDKROOT", folder);
    Ok(())
}

#[cfg(unix)]
fn write_script(path: &Path, text: &str) -> Result<PathBuf> {
    use anyhow::Context as _;
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755))?;
    Ok(path.to_owned())
}

#[cfg(not(unix))]
fn stand_in_for_c(_: &mut Command, _: &Path) -> Result<()> {
    anyhow::bail!("macOS can be checked on Linux and macOS only")
}
