//! Child processes that report when they are ready and end with their owner.

use anyhow::{Context as _, Result, bail};
use std::ffi::OsStr;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

/// The maximum time for a program to start or to end. It ends a test that hangs, so it is far longer than the slowest machine
/// needs.
const LIMIT: Duration = Duration::from_mins(2);

/// A running program. It is killed when it is dropped; [`Program::stop`] terminates it before. If it had ended by itself and
/// nobody had waited for it, the end of its log is printed.
#[derive(Debug)]
pub struct Program {
    name: String,
    child: Child,
    log: PathBuf,
}

impl Program {
    /// Starts `command`. Its stderr is written to `log`.
    pub fn start(mut command: Command, log: &Path) -> Result<Self> {
        let name = name_of(command.as_std().get_program());
        let log_file = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(log)
            .with_context(|| format!("cannot write {}", log.display()))?;
        let child = command
            .stderr(log_file)
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("cannot start {name}; is it installed and built?"))?;
        Ok(Self { name, child, log: log.to_owned() })
    }

    /// Starts `command`, whose stdin must be piped, writes `input` to stdin and closes it.
    pub async fn start_with_input(command: Command, log: &Path, input: &[u8]) -> Result<Self> {
        let mut program = Self::start(command, log)?;
        let mut stdin = program.child.stdin.take().context("stdin is piped")?;
        stdin.write_all(input).await?;
        Ok(program)
    }

    /// Starts `command` and waits for its first line on stdout. What follows on stdout is written to `log`, too.
    pub async fn start_and_read_line(mut command: Command, log: &Path) -> Result<(Self, String)> {
        command.stdout(Stdio::piped());
        let mut program = Self::start(command, log)?;
        let stdout = program.child.stdout.take().context("stdout is piped")?;
        let mut lines = BufReader::new(stdout).lines();
        let line = timeout(LIMIT, lines.next_line())
            .await
            .with_context(|| format!("{} printed nothing for {LIMIT:?}", program.name))??;
        let Some(line) = line else {
            let status = program.child.wait().await?;
            let log = std::fs::read_to_string(log).unwrap_or_default();
            bail!("{} ended ({status}) before it was ready: {}", program.name, log.trim_end());
        };
        // Reads the pipe for as long as the program writes to it, so that it does not fill up or close.
        let mut copy = std::fs::OpenOptions::new().append(true).open(log)?;
        tokio::spawn(async move {
            while let Ok(Some(line)) = lines.next_line().await {
                // A test that has ended has removed the log.
                let _ = writeln!(copy, "{line}");
            }
        });
        Ok((program, line))
    }

    /// Starts a server and waits for its line `listening on http://ADDR`. Returns it and its URL.
    pub async fn start_server(command: Command, log: &Path) -> Result<(Self, String)> {
        let (program, line) = Self::start_and_read_line(command, log).await?;
        let Some(url) = line.strip_prefix("listening on ") else {
            bail!("{} printed `{line}` instead of its address", program.name);
        };
        Ok((program, url.to_owned()))
    }

    /// The process id while it runs.
    pub fn id(&self) -> Option<u32> {
        self.child.id()
    }

    /// Waits until the program ends by itself.
    pub async fn wait(&mut self) -> Result<ExitStatus> {
        Ok(self.child.wait().await?)
    }

    /// Sends SIGTERM and waits until the program ends. Kills it if it does not end in time.
    pub async fn stop(mut self) -> Result<ExitStatus> {
        self.terminate()?;
        if let Ok(status) = timeout(LIMIT, self.child.wait()).await {
            return Ok(status?);
        }
        self.child.kill().await?;
        bail!("{} did not end within {LIMIT:?} of SIGTERM", self.name)
    }

    /// Kills the program at once, like a crash.
    pub async fn kill(mut self) -> Result<()> {
        Ok(self.child.kill().await?)
    }

    /// Sends SIGTERM and does not wait.
    #[cfg(unix)]
    pub fn terminate(&mut self) -> Result<()> {
        use nix::sys::signal::{Signal, kill};
        use nix::unistd::Pid;
        if let Some(id) = self.child.id() {
            kill(Pid::from_raw(i32::try_from(id)?), Signal::SIGTERM)?;
        }
        Ok(())
    }

    /// Kills the program, because this system has no SIGTERM.
    #[cfg(not(unix))]
    pub fn terminate(&mut self) -> Result<()> {
        Ok(self.child.start_kill()?)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // A program without an id has ended and was waited for.
        if self.child.id().is_some()
            && let Ok(Some(status)) = self.child.try_wait()
        {
            let log = std::fs::read_to_string(&self.log).unwrap_or_default();
            let lines: Vec<_> = log.lines().collect();
            let last = &lines[lines.len().saturating_sub(20)..];
            eprintln!("{} had ended ({status}); the end of its log:\n{}", self.name, last.join("\n"));
        }
    }
}

/// The path of a program of this workspace, in the folder of the current one.
pub fn binary(name: &str) -> Result<PathBuf> {
    let this = std::env::current_exe()?;
    let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    this.ancestors()
        .skip(1)
        .take(2)
        .map(|folder| folder.join(&file))
        .find(|path| path.is_file())
        .with_context(|| format!("{name} is not built: `cargo build --workspace` makes it"))
}

fn name_of(program: &OsStr) -> String {
    Path::new(program).file_name().unwrap_or(program).to_string_lossy().into_owned()
}
