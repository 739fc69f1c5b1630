//! `cargo xtask windows`: builds the programs for Windows, and runs their tests under Wine with a screen of its own.

use crate::command::{announce, run};
use crate::package_windows;
use crate::platforms::{self, System};
use crate::setup;
use crate::test_programs::{self, TestProgram};
use anyhow::{Context as _, Result, ensure};
use clap::Args;
use std::path::{Path, PathBuf};
use std::process::Command;
use tokenwell_stage::Program;

#[derive(Args, Default)]
pub struct Options {
    /// Runs only tests whose name contains this.
    filter: Option<String>,
    /// Builds the installer that users run, and no tests.
    #[arg(long, conflicts_with = "filter")]
    package: bool,
}

const PROGRAMS: [&str; 4] = ["tokenwell", "tokenwell-glance", "tokenwell-server", "tokenwell-sandbox"];
/// The tests that delete what the app has stored, and use the one tray. They are ignored elsewhere.
const DESKTOP: (&str, &str) = ("tokenwell", "windows");
/// Tests of a program that run unchanged on every system.
const GLANCE: (&str, &str) = ("tokenwell-glance", "program");

pub fn windows(options: &Options) -> Result<()> {
    if options.package {
        return package_windows::package().map(drop);
    }
    let programs = build()?;
    let wine = Wine::start()?;
    announce("Packaging the installer");
    // It is small enough when it is compressed quickly.
    let folder = platforms::folder().join("package");
    let installer = package_windows::installer(&platforms::programs(System::Windows), &folder, "zlib")?;
    package_windows::sign_for_a_test(&installer, &folder)?;
    let mut passed = 0;
    for (package, target) in [DESKTOP, GLANCE] {
        let of_test =
            |program: &&TestProgram| program.package == package && program.target.as_deref() == Some(target);
        let program = programs.iter().find(of_test).with_context(|| format!("no test {target}"))?;
        let mut command = wine.command(&program.file);
        command.args(&options.filter).env("TOKENWELL_INSTALLER", on_windows(&installer));
        if (package, target) == DESKTOP {
            command.args(["--ignored", "--test-threads=1"]);
        }
        passed += test_programs::run_command(program, command)?;
    }
    ensure!(passed > 0, "no test ran: is {:?} part of a test's name?", options.filter);
    Ok(())
}

/// Builds the programs, and the tests that run here. One selection of packages, as everywhere: it decides about features.
fn build() -> Result<Vec<TestProgram>> {
    let mut command = platforms::cargo_for(System::Windows, "build")?;
    announce("Building for Windows");
    command.args(["--workspace", "--message-format=json-render-diagnostics"]);
    command.args(PROGRAMS.map(|program| format!("--bin={program}")));
    command.args([DESKTOP, GLANCE].map(|(_, target)| format!("--test={target}")));
    test_programs::build_with(&mut command)
}

/// A new Windows on a screen of its own. What runs there ends with it.
struct Wine {
    runtime: tokio::runtime::Runtime,
    screen: Option<Program>,
    display: String,
    folder: PathBuf,
}

impl Wine {
    fn start() -> Result<Self> {
        setup::debian_packages(&["imagemagick", "wine", "wine64", "xvfb"])?;
        let folder = platforms::folder().join("wine");
        if folder.exists() {
            std::fs::remove_dir_all(&folder)?;
        }
        std::fs::create_dir_all(&folder)?;
        std::fs::create_dir_all(screenshots())?;
        fill_gaps(&platforms::programs(System::Windows))?;
        announce("Setting Wine up");
        let runtime = tokio::runtime::Runtime::new()?;
        let mut screen = tokio::process::Command::new("Xvfb");
        screen.args(["-displayfd", "1", "-nolisten", "tcp", "-screen", "0", "1024x768x24"]);
        let log = folder.join("screen.log");
        let (screen, display) = runtime.block_on(Program::start_and_read_line(screen, &log))?;
        let wine = Self { runtime, screen: Some(screen), display: format!(":{display}"), folder };
        run(wine.command(Path::new("wineboot")).arg("--init"))?;
        Ok(wine)
    }

    /// Runs a program for Windows.
    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new("wine");
        command.arg(program).envs(self.environment());
        command
            // Wine would offer to install them.
            .env("WINEDLLOVERRIDES", "mscoree,mshtml=")
            // Where libraries are looked for, beside the program's own folder.
            .env("WINEPATH", on_windows(&platforms::programs(System::Windows)))
            .env("TOKENWELL_SCREENSHOTS", screenshots())
            .env("LC_ALL", "C.UTF-8")
            // A zone with summer time, which tests of dates expect.
            .env("TZ", "Europe/Berlin");
        command
    }

    fn environment(&self) -> [(&'static str, PathBuf); 4] {
        [
            ("DISPLAY", self.display.clone().into()),
            ("HOME", self.folder.clone()),
            ("WINEPREFIX", self.folder.join("prefix")),
            // Wine logs what it lacks.
            ("WINEDEBUG", "-all".into()),
        ]
    }
}

impl Drop for Wine {
    fn drop(&mut self) {
        // If that fails, the programs end with their screen.
        drop(Command::new("wineserver").arg("--kill").envs(self.environment()).status());
        if let Some(screen) = self.screen.take() {
            drop(self.runtime.block_on(screen.stop()));
        }
    }
}

/// A path as Wine names it.
fn on_windows(path: &Path) -> String {
    format!("Z:{}", path.display())
}

fn screenshots() -> PathBuf {
    setup::root().join("target/screenshots")
}

/// Builds the library with what Wine lacks, beside the programs.
fn fill_gaps(programs: &Path) -> Result<()> {
    let source = setup::root().join("xtask/src/windows/wine-gaps.c");
    let mut compiler = Command::new("x86_64-w64-mingw32-gcc");
    compiler.args(["-Wall", "-Werror", "-O2", "-shared", "-o"]);
    compiler.arg(programs.join("bcryptprimitives.dll")).arg(source).args(["-ladvapi32", "-luser32"]);
    run(&mut compiler)
}
