//! The service under load: spends on both databases, event streams, and balances of a long ledger.

use crate::measurement::{Measurement, print};
use crate::{reads, spends, streams};
use anyhow::Result;
use std::path::{Path, PathBuf};

/// Makes all measurements. The data is written to `folder`, which must be on a disk.
pub async fn measure(folder: &Path) -> Result<Vec<Measurement>> {
    let mut measurements = print(spends::sqlite::measure(&empty(folder, "sqlite")?).await?);
    #[cfg(unix)]
    measurements.extend(print(spends::postgres::measure(&empty(folder, "postgres")?).await?));
    measurements.extend(print(streams::measure(&empty(folder, "streams")?).await?));
    measurements.extend(print(reads::measure(&empty(folder, "reads")?).await?));
    Ok(measurements)
}

/// Creates an empty folder for the data of one measurement.
pub fn empty(folder: &Path, name: &str) -> Result<PathBuf> {
    let folder = folder.join(name);
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    std::fs::create_dir_all(&folder)?;
    Ok(folder)
}
