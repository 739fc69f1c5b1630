//! A transaction pooler (`PgBouncer`) in front of a PostgreSQL server: a client has a connection of the server only
//! during a transaction.

use crate::Postgres;
use crate::postgres::{as_postgres, give_to_postgres};
use crate::until_closed::UntilClosed;
use anyhow::Result;
use std::path::PathBuf;

/// Starts the pooler, and stops it and cleans up when its standard input ends.
const SCRIPT: &str = r#"
trap '' INT HUP TERM
PATH="$PATH:/usr/sbin" pgbouncer -q "$DIR/pgbouncer.ini" >"$DIR/log" 2>&1 &
stop() { kill -KILL $! 2>/dev/null; rm -rf "$DIR"; }
until [ -S "$DIR/.s.PGSQL.5432" ]; do
    kill -0 $! 2>/dev/null || { cat "$DIR/log"; echo '(Debian: apt-get install pgbouncer)'; stop; exit 1; }
    sleep 0.05
done
echo ready
read -r _
stop
"#;

/// A transaction pooler.
pub struct Pooler {
    folder: PathBuf,
    _script: UntilClosed,
}

impl Pooler {
    /// Starts a pooler with three connections to the server, for any number of clients.
    ///
    /// # Errors
    /// If it cannot be started. The error says how to correct that.
    pub fn start(before: &Postgres) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("tokenwell-pooler-").tempdir()?.keep();
        let settings = format!(
            "[databases]\n* = host={} user=postgres\n[pgbouncer]\nunix_socket_dir = {}\nlisten_port = 5432\n\
             auth_type = any\npool_mode = transaction\ndefault_pool_size = 3\nmax_client_conn = 100\n",
            before.folder().display(),
            folder.display()
        );
        std::fs::write(folder.join("pgbouncer.ini"), settings)?;
        give_to_postgres(&folder)?;
        let mut shell = as_postgres("sh")?;
        shell.env("DIR", &folder);
        Ok(Self { _script: UntilClosed::start(shell, SCRIPT)?, folder })
    }

    /// The address through the pooler of a database with this address at the server.
    pub fn address(&self, database: &str) -> String {
        let folder = self.folder.display().to_string().replace('/', "%2F");
        let name = database.rsplit('/').next().unwrap_or_default();
        format!("postgres://postgres@{folder}/{name}")
    }
}
