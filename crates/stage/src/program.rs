//! Child processes that say when they are ready and never outlive their owner.

use anyhow::{Context as _, Result, bail};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

/// How long a program may take to start or to end. Far longer than the slowest machine needs: it ends a test that hangs.
const LIMIT: Duration = Duration::from_mins(2);

/// A running program. Dropped, it is killed; [`Program::stop`] asks it to end first. One that had ended by itself by then,
/// which nobody waited for, has its last words printed.
#[derive(Debug)]
pub struct Program {
    name: String,
    child: Child,
    log: PathBuf,
}

impl Program {
    /// Starts `command`; what it prints on stderr goes to `log`.
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

    /// Starts `command`, which has to take a piped stdin, and gives it `input` and then the end of it.
    pub async fn start_with_input(command: Command, log: &Path, input: &[u8]) -> Result<Self> {
        let mut program = Self::start(command, log)?;
        let mut stdin = program.child.stdin.take().context("stdin is piped")?;
        stdin.write_all(input).await?;
        Ok(program)
    }

    /// Starts `command` and waits for its first line on stdout.
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
            let said = std::fs::read_to_string(log).unwrap_or_default();
            bail!("{} ended ({status}) before it was ready: {}", program.name, said.trim_end());
        };
        // Keeps the pipe open and empty for as long as the program writes to it.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Ok((program, line))
    }

    /// Starts one of our servers and waits for `listening on http://ADDR`; answers the address.
    pub async fn start_server(command: Command, log: &Path) -> Result<(Self, String)> {
        let (program, line) = Self::start_and_read_line(command, log).await?;
        let Some(url) = line.strip_prefix("listening on ") else {
            bail!("{} said `{line}` instead of where it listens", program.name);
        };
        Ok((program, url.to_owned()))
    }

    /// The process id, while it runs.
    pub fn id(&self) -> Option<u32> {
        self.child.id()
    }

    /// Waits until it ends by itself.
    pub async fn wait(&mut self) -> Result<ExitStatus> {
        Ok(self.child.wait().await?)
    }

    /// Asks it to end (SIGTERM) and waits for that; kills it if it does not.
    pub async fn stop(mut self) -> Result<ExitStatus> {
        self.terminate()?;
        if let Ok(status) = timeout(LIMIT, self.child.wait()).await {
            return Ok(status?);
        }
        self.child.kill().await?;
        bail!("{} did not end within {LIMIT:?} of SIGTERM", self.name)
    }

    /// Kills it on the spot, as a crash or a power cut would.
    pub async fn kill(mut self) -> Result<()> {
        Ok(self.child.kill().await?)
    }

    /// Asks it to end (SIGTERM) and does not wait for that.
    #[cfg(unix)]
    pub fn terminate(&mut self) -> Result<()> {
        use nix::sys::signal::{Signal, kill};
        use nix::unistd::Pid;
        if let Some(id) = self.child.id() {
            kill(Pid::from_raw(i32::try_from(id)?), Signal::SIGTERM)?;
        }
        Ok(())
    }

    /// Ends it: this system has no signal that asks.
    #[cfg(not(unix))]
    pub fn terminate(&mut self) -> Result<()> {
        Ok(self.child.start_kill()?)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // Without an id its end was waited for.
        if self.child.id().is_some()
            && let Ok(Some(status)) = self.child.try_wait()
        {
            let said = std::fs::read_to_string(&self.log).unwrap_or_default();
            let lines: Vec<_> = said.lines().collect();
            let last = &lines[lines.len().saturating_sub(20)..];
            eprintln!("{} had ended ({status}); its last words:\n{}", self.name, last.join("\n"));
        }
    }
}

/// Where a program of this workspace was built, beside the one that asks.
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
