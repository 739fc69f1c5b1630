//! A look at a file that creates and changes nothing.

use super::schema;
use crate::store::error::{Cause, OpenError};
use crate::store::inspection::{Inspection, NoFolder, Schema};
use rusqlite::{Connection, OpenFlags};
use std::path::Path;
use std::time::Duration;

/// Looks at a file. Waits this long for a write of another process.
pub fn inspect(path: &Path, busy_timeout: Duration) -> Result<Inspection, OpenError> {
    if !path.exists() {
        return Ok(Inspection { schema: Schema::Missing, writable: may_create(path), clock_ahead: None });
    }
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    connection.busy_timeout(busy_timeout)?;
    let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let newest = i64::try_from(schema::newest()).unwrap_or(i64::MAX);
    let schema = match version {
        0 => Schema::Missing,
        older if older < newest => Schema::Older(older),
        current if current == newest => Schema::Fits(current),
        newer => Schema::Newer(newer),
    };
    // A change that changes nothing, and is undone.
    let write = match schema {
        Schema::Missing => connection.execute_batch("BEGIN IMMEDIATE; ROLLBACK"),
        _ => connection
            .execute_batch("BEGIN IMMEDIATE; UPDATE settings SET value = value WHERE name = ''; ROLLBACK"),
    };
    Ok(Inspection { schema, writable: write.map_err(Cause::from), clock_ahead: None })
}

fn may_create(path: &Path) -> Result<(), Cause> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    match std::fs::metadata(folder) {
        Ok(found) if found.is_dir() && !found.permissions().readonly() => Ok(()),
        _ => Err(NoFolder(folder.display().to_string()).into()),
    }
}
