//! Measures the real programs, built for release, and says each figure against a limit of this very machine. `cargo
//! xtask bench` builds and runs it: `tokenwell-bench FOLDER GROUP…`.

mod connection;
mod figure;
mod herd;
mod load;
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
    // Fails only if it was installed before, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().unwrap_or_else(|| "target/bench".to_owned()));
    std::fs::create_dir_all(&folder)?;
    for group in arguments {
        figure::print_head(&group);
        let figures = match group.as_str() {
            "payments" => figure::told(payments::measure(&folder).await?),
            "overload" => figure::told(overload::measure(&folder).await?),
            "server" => server::measure(&folder).await?,
            other => bail!("there is no group `{other}`"),
        };
        figure::write(&folder.join(format!("{group}.json")), &figures)?;
    }
    Ok(())
}
