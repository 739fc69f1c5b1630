//! Measures the real programs, built for release, and compares each value with a limit of the same machine. `cargo xtask
//! bench` builds and runs it: `tokenwell-bench FOLDER GROUP…`.

mod connection;
#[cfg(target_os = "linux")]
mod desktop;
mod herd;
mod load;
mod measurement;
mod overload;
mod payments;
mod reads;
mod server;
mod spends;
mod streams;

use anyhow::{Result, bail};
use std::path::PathBuf;

#[tokio::main]
async fn main() -> Result<()> {
    // Fails only if a provider is installed already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().unwrap_or_else(|| "target/bench".to_owned()));
    std::fs::create_dir_all(&folder)?;
    for group in arguments {
        measurement::print_head(&group);
        let measurements = match group.as_str() {
            "payments" => measurement::print(payments::measure(&folder).await?),
            "overload" => measurement::print(overload::measure(&folder).await?),
            "server" => server::measure(&folder).await?,
            #[cfg(target_os = "linux")]
            "desktop" => desktop::measure(&server::empty(&folder, "desktop")?).await?,
            other => bail!("there is no group `{other}`"),
        };
        measurement::write(&folder.join(format!("{group}.json")), &measurements)?;
    }
    Ok(())
}
