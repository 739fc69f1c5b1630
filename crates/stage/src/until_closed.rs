//! Servers that are started by a shell script and end with the process that started them.

use anyhow::{Context as _, Result, ensure};
use std::io::{BufRead as _, BufReader};
use std::process::{Child, ChildStdin, Command, Stdio};

/// A running shell script: it prints `ready`, and cleans up when its standard input ends. Standard input ends when this
/// process ends for any reason.
#[derive(Debug)]
pub struct UntilClosed {
    input: Option<ChildStdin>,
    script: Child,
}

impl UntilClosed {
    /// Runs the script in a shell and waits until it prints `ready`.
    ///
    /// # Errors
    /// What it printed instead.
    pub fn start(mut shell: Command, script: &str) -> Result<Self> {
        shell.args(["-c", script]).current_dir("/").stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut script = shell.spawn().with_context(|| format!("cannot start {shell:?}"))?;
        let input = script.stdin.take();
        let mut stdout = BufReader::new(script.stdout.take().context("stdout is piped")?);
        let mut lines = String::new();
        while !lines.ends_with("ready\n") {
            ensure!(stdout.read_line(&mut lines)? > 0, "a server for tests does not start: {lines}");
        }
        Ok(Self { input, script })
    }
}

impl Drop for UntilClosed {
    fn drop(&mut self) {
        drop(self.input.take());
        // The script has cleaned up when it ends.
        let _ = self.script.wait();
    }
}
