//! A PostgreSQL server for tests and measurements: on a socket in a temporary folder. It ends with the process that started
//! it.

use crate::until_closed::UntilClosed;
use anyhow::{Context as _, Result, ensure};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// Starts the server, and stops it and cleans up when its standard input ends.
const SCRIPT: &str = r#"
trap '' INT HUP TERM
stop() { "$BIN/pg_ctl" -D "$DIR/data" -m immediate stop >/dev/null 2>&1; rm -rf "$DIR"; }
"$BIN/initdb" -D "$DIR/data" -U postgres --auth=trust --encoding=UTF8 --no-locale --no-sync >"$DIR/log" 2>&1 &&
"$BIN/pg_ctl" -D "$DIR/data" -w -l "$DIR/log" -o "-k '$DIR' -c listen_addresses='' $SETTINGS" start >/dev/null || { cat "$DIR/log"; stop; exit 1; }
echo ready
read -r _
stop
"#;

/// The data of tests need not survive a crash of the machine, so commits do not wait for the disk.
const FOR_TESTS: &str =
    "-c max_connections=300 -c fsync=off -c synchronous_commit=off -c full_page_writes=off";
/// A server for measurements is as durable as in production.
const DURABLE: &str = "-c max_connections=300 -c fsync=on -c synchronous_commit=on -c full_page_writes=on \
    -c shared_buffers=1GB -c max_wal_size=8GB -c checkpoint_timeout=1h";

/// A PostgreSQL server.
pub struct Postgres {
    folder: PathBuf,
    binaries: PathBuf,
    databases: AtomicU32,
    _script: UntilClosed,
}

impl Postgres {
    /// The server of this process. The first call starts it.
    ///
    /// # Panics
    /// If it cannot be started. The error says how to correct that.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Postgres> = OnceLock::new();
        SHARED.get_or_init(|| {
            Self::start(&std::env::temp_dir(), FOR_TESTS).unwrap_or_else(|error| panic!("{error:#}"))
        })
    }

    /// Starts a server for measurements, which writes to a disk before it acknowledges a commit.
    ///
    /// # Errors
    /// If it cannot be started. The error says how to correct that.
    pub fn durable() -> Result<Self> {
        // `/tmp` may be memory; `/var/tmp` never is.
        Self::start(Path::new("/var/tmp"), DURABLE)
    }

    fn start(parent: &Path, settings: &str) -> Result<Self> {
        let binaries = binaries()?;
        let folder = tempfile::Builder::new().prefix("tokenwell-postgres-").tempdir_in(parent)?.keep();
        give_to_postgres(&folder)?;
        let mut shell = as_postgres("sh")?;
        shell.env("BIN", &binaries).env("DIR", &folder).env("SETTINGS", settings);
        let script = UntilClosed::start(shell, SCRIPT)?;
        let databases = AtomicU32::new(0);
        Ok(Self { folder, binaries, databases, _script: script })
    }

    /// A command of one of PostgreSQL's programs, connected to this server.
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.binaries.join(program));
        command.arg("-h").arg(&self.folder).args(["-U", "postgres"]);
        command
    }

    /// Creates an empty database and returns its address.
    ///
    /// # Panics
    /// If the server has ended.
    pub fn database(&self) -> String {
        let name = format!("test_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        output(self.command("createdb").args(["-T", "template0", &name]))
            .unwrap_or_else(|error| panic!("{error:#}"));
        self.address(&name)
    }

    /// The folder of its socket.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The address of a database of this server.
    pub fn address(&self, name: &str) -> String {
        let folder = self.folder.display().to_string().replace('/', "%2F");
        format!("postgres://postgres@{folder}/{name}")
    }
}

/// A command that runs as a user who may run PostgreSQL. PostgreSQL refuses to run as root; root uses Debian's user
/// `postgres`.
pub fn as_postgres(program: &str) -> Result<Command> {
    if !is_root()? {
        return Ok(Command::new(program));
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=postgres", "--regid=postgres", "--init-groups", program]);
    Ok(command)
}

/// Makes that user the owner of a folder and its contents.
pub fn give_to_postgres(folder: &Path) -> Result<()> {
    if is_root()? {
        output(Command::new("chown").arg("-R").arg("postgres").arg(folder))?;
    }
    Ok(())
}

fn is_root() -> Result<bool> {
    Ok(output(Command::new("id").arg("-u"))?.trim() == "0")
}

/// The folder of PostgreSQL's programs: Debian's newest version, or the one in the path.
pub fn binaries() -> Result<PathBuf> {
    let debian = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let debian = debian.map(|version| version.path().join("bin"));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let in_path = std::env::split_paths(&path).collect::<Vec<_>>();
    let has_it = |folder: &PathBuf| Path::new(folder).join("initdb").exists();
    debian.filter(has_it).max().or_else(|| in_path.into_iter().find(has_it)).context(
        "PostgreSQL is not installed: these tests need its server (Debian: apt-get install postgresql)",
    )
}

pub fn output(command: &mut Command) -> Result<String> {
    let output = command.output().with_context(|| format!("cannot start {command:?}"))?;
    ensure!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8(output.stdout)?)
}
