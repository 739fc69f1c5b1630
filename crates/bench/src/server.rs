//! The service under load: spends on both databases, event streams, and balances of a long ledger.

use crate::figure::{Figure, told};
use crate::{reads, spends, streams};
use anyhow::Result;
use std::path::{Path, PathBuf};

/// All figures; the data stays in `folder`, which has to be on a real disk.
pub async fn measure(folder: &Path) -> Result<Vec<Figure>> {
    let mut figures = told(spends::sqlite::measure(&empty(folder, "sqlite")?).await?);
    #[cfg(unix)]
    figures.extend(told(spends::postgres::measure(&empty(folder, "postgres")?).await?));
    figures.extend(told(streams::measure(&empty(folder, "streams")?).await?));
    figures.extend(told(reads::measure(&empty(folder, "reads")?).await?));
    Ok(figures)
}

/// An empty folder for what one of them keeps.
pub fn empty(folder: &Path, name: &str) -> Result<PathBuf> {
    let folder = folder.join(name);
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    std::fs::create_dir_all(&folder)?;
    Ok(folder)
}
