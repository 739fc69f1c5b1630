//! A `WebDriver` session and the program that serves it.

use anyhow::{Context as _, Result};
use fantoccini::elements::Element;
use fantoccini::error::CmdError;
use fantoccini::wd::Capabilities;
use fantoccini::{Client, ClientBuilder, Locator};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;
use tokenwell_stage::{Desktop, Program, eventually};
use tokio::process::Command;

/// Starts `program` as a `WebDriver` server on `desktop` and opens a session with `capabilities`.
pub async fn open(
    desktop: &Desktop,
    program: &str,
    environment: &[(&str, &str)],
    capabilities: Capabilities,
) -> Result<(Client, Program)> {
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let mut command = desktop.run(Command::new(program));
    command.arg(format!("--port={port}")).envs(environment.iter().copied());
    let log = desktop.home().join(format!("{program}.log"));
    command.stdout(std::fs::OpenOptions::new().create(true).append(true).open(&log)?);
    let driver = Program::start(command, &log)?;
    eventually(&format!("{program} accepts connections"), async || {
        Ok(TcpStream::connect(("127.0.0.1", port)).is_ok().then_some(()))
    })
    .await?;
    let client = ClientBuilder::new(hyper_util::client::legacy::connect::HttpConnector::new())
        .capabilities(capabilities)
        .connect(&format!("http://127.0.0.1:{port}"))
        .await
        .with_context(|| format!("{program} opened no session; its log is {}", log.display()))?;
    Ok((client, driver))
}

/// Waits for an element. The library's default interval of 250 ms would add up to seconds in a story.
pub async fn wait_for(client: &Client, element: Locator<'_>) -> Result<Element, CmdError> {
    client.wait().every(Duration::from_millis(40)).for_element(element).await
}
