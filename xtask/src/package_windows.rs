//! The installer of the app for Windows. Tauri's bundler downloads its parts, so the script for NSIS is our own
//! (`packaging/windows/tokenwell.nsi`).

use crate::command::{announce, run};
use crate::platforms::{self, System};
use crate::setup;
use anyhow::{Context as _, Result};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Builds the programs as they are shipped, and their installer. It is signed if `TOKENWELL_SIGNING_CERTIFICATE` and
/// `TOKENWELL_SIGNING_KEY` name files in PEM form.
pub fn package() -> Result<PathBuf> {
    let mut build = platforms::cargo_for(System::Windows, "build")?;
    announce("Building the app for Windows");
    run(build.args(["--release", "--package=tokenwell", "--package=tokenwell-glance"]))?;
    let programs = platforms::programs(System::Windows).with_file_name("release");
    let installer = installer(&programs, &setup::root().join("target/package"), "lzma")?;
    let file = |variable| std::env::var_os(variable).map(PathBuf::from);
    match (file("TOKENWELL_SIGNING_CERTIFICATE"), file("TOKENWELL_SIGNING_KEY")) {
        (Some(certificate), Some(key)) => sign(&installer, &certificate, &key)?,
        _ => announce("The installer is not signed: no certificate is given"),
    }
    announce(&format!("{}", installer.display()));
    Ok(installer)
}

/// Writes the installer of the programs in a folder.
pub fn installer(programs: &Path, folder: &Path, compressor: &str) -> Result<PathBuf> {
    setup::debian_packages(&["gcc-mingw-w64-x86-64", "nsis", "osslsigncode"])?;
    let stripped = folder.join("windows");
    std::fs::create_dir_all(&stripped)?;
    for program in ["tokenwell.exe", "tokenwell-glance.exe", "WebView2Loader.dll"] {
        let mut strip = Command::new("x86_64-w64-mingw32-strip");
        run(strip.arg("-o").arg(stripped.join(program)).arg(programs.join(program)))?;
    }
    let version = env!("CARGO_PKG_VERSION");
    // Windows has four numbers for a version, and no word for what comes before a release.
    let numbers = version.split(['-', '+']).next().unwrap_or(version);
    let file = folder.join(format!("tokenwell-{version}-x64.exe"));
    let define = |name: &str, value: &Path| format!("-D{name}={}", value.display());
    let mut makensis = Command::new("makensis");
    makensis
        .args(["-V2", "-WX"])
        .args([
            format!("-DVERSION={version}"),
            format!("-DNUMBERS={numbers}"),
            format!("-DCOMPRESSOR={compressor}"),
        ])
        .arg(define("PROGRAMS", &stripped))
        .arg(define("REPOSITORY", &setup::root()))
        .arg(define("OUTPUT", &file))
        .arg(setup::root().join("packaging/windows/tokenwell.nsi"));
    run(&mut makensis)?;
    Ok(file)
}

/// Signs a program in place.
pub fn sign(program: &Path, certificate: &Path, key: &Path) -> Result<()> {
    let signed = program.with_extension("signed");
    let mut command = Command::new("osslsigncode");
    command.args(["sign", "-h", "sha256", "-n", "Tokenwell", "-certs"]).arg(certificate).arg("-key").arg(key);
    run(command.arg("-in").arg(program).arg("-out").arg(&signed))?;
    std::fs::rename(signed, program).with_context(|| format!("cannot replace {}", program.display()))
}

/// Signs a program with a certificate that is made for a test, and checks the signature.
pub fn sign_for_a_test(program: &Path, folder: &Path) -> Result<()> {
    setup::debian_packages(&["openssl"])?;
    let (certificate, key) = (folder.join("certificate.pem"), folder.join("key.pem"));
    let mut openssl = Command::new("openssl");
    openssl.args([
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=Tokenwell test",
    ]);
    openssl
        .args(["-addext", "extendedKeyUsage=codeSigning", "-out"])
        .arg(&certificate)
        .arg("-keyout")
        .arg(&key);
    run(&mut openssl)?;
    sign(program, &certificate, &key)?;
    let mut verify = Command::new("osslsigncode");
    run(verify.args(["verify", "-CAfile"]).arg(&certificate).arg("-in").arg(program))
}
