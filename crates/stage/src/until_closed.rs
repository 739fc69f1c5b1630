//! Servers that are started by a shell script, and never outlive the process that asked for them.

use anyhow::{Context as _, Result, ensure};
use std::io::{BufRead as _, BufReader};
use std::process::{Child, ChildStdin, Command, Stdio};

/// A shell script that is running: it says `ready`, and cleans up when its standard input ends. That ends with this
/// process, however it comes to its end.
#[derive(Debug)]
pub struct UntilClosed {
    input: Option<ChildStdin>,
    script: Child,
}

impl UntilClosed {
    /// Has a shell do the script, and waits until it is ready.
    ///
    /// # Errors
    /// What it said instead.
    pub fn start(mut shell: Command, script: &str) -> Result<Self> {
        shell.args(["-c", script]).current_dir("/").stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut script = shell.spawn().with_context(|| format!("cannot start {shell:?}"))?;
        let input = script.stdin.take();
        let mut said = BufReader::new(script.stdout.take().context("stdout is piped")?);
        let mut lines = String::new();
        while !lines.ends_with("ready\n") {
            ensure!(said.read_line(&mut lines)? > 0, "a server for tests does not start: {lines}");
        }
        Ok(Self { input, script })
    }
}

impl Drop for UntilClosed {
    fn drop(&mut self) {
        drop(self.input.take());
        // It has cleaned up when it has ended.
        let _ = self.script.wait();
    }
}
