//! Measures the real programs, built for release, and says each figure against a limit of this very machine. `cargo
//! xtask bench` builds and runs it.

mod figure;
mod payments;

use anyhow::Result;
use std::path::PathBuf;

#[tokio::main]
async fn main() -> Result<()> {
    // Fails only if it was installed before, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let folder = PathBuf::from(std::env::args_os().nth(1).unwrap_or_else(|| "target/bench".into()));
    std::fs::create_dir_all(&folder)?;
    let payments = payments::measure(&folder).await?;
    figure::write(&folder.join("payments.json"), &payments)?;
    figure::print(&[("payments", payments)]);
    Ok(())
}
