//! A PostgreSQL cluster for tests: three nodes under Patroni, which elect the primary through etcd. The cluster runs on one
//! machine, in a temporary folder, and ends with the process that started it.
//!
//! A node consists of all processes in the node's folder: Patroni, PostgreSQL, and their child processes. They are killed
//! together, as when a machine fails.

use crate::Http;
use crate::postgres::{as_postgres, binaries, give_to_postgres, output};
use crate::until_closed::UntilClosed;
use crate::wait::eventually_within;
use anyhow::{Context as _, Result, bail, ensure};
use nix::errno::Errno;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::{Value, json};
use std::fs::{self, File};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Kills every process in the cluster's folder and removes the folder when its standard input ends.
const SCRIPT: &str = r#"
trap '' INT HUP TERM
echo ready
read -r _
for again in 1 2 3; do
    for process in /proc/[0-9]*; do
        case "$(readlink "$process/cwd")" in "$DIR"/*) kill -KILL "${process#/proc/}" 2>/dev/null;; esac
    done
done
rm -rf "$DIR"
"#;

/// Two of three nodes have every acknowledged commit: the primary, and the standby that replaces it.
const NODES: usize = 3;
/// The maximum time in which the nodes elect a primary and become up to date.
const READY_MAX: Duration = Duration::from_mins(2);
/// The name of the database.
const DATABASE: &str = "tokenwell";

/// Three nodes. One of them is the primary.
#[derive(Debug)]
pub struct Cluster {
    nodes: Vec<Node>,
    etcd: Child,
    /// Ends with this process, and ends the cluster.
    guard: Option<UntilClosed>,
}

#[derive(Debug)]
struct Node {
    folder: PathBuf,
    port: u16,
    api: Http,
    patroni: Child,
}

impl Cluster {
    /// Starts the cluster with an empty database. Returns when commits are replicated to a second node.
    ///
    /// # Errors
    /// If a program is not installed or does not start.
    pub async fn start() -> Result<Self> {
        let binaries = binaries()?;
        let folder = tempfile::Builder::new().prefix("tokenwell-cluster-").tempdir()?.keep();
        let mut shell = Command::new("sh");
        shell.env("DIR", &folder);
        let guard = UntilClosed::start(shell, SCRIPT)?;

        let ports = free_ports(2 + 2 * NODES)?;
        let (client, peer) = (local(ports[0]), local(ports[1]));
        let folder_of = |n: usize| folder.join(format!("node{n}"));
        fs::create_dir(folder.join("etcd"))?;
        for (n, ports) in ports[2..].chunks_exact(2).enumerate() {
            let node = folder_of(n);
            fs::create_dir(&node)?;
            let settings = settings(n, &node, &local(ports[0]), &local(ports[1]), &client, &binaries);
            fs::write(node.join("patroni.yml"), settings.to_string())?;
        }
        give_to_postgres(&folder)?;
        let etcd = start(&folder.join("etcd"), "etcd", |etcd| {
            etcd.args(["--data-dir", "data", "--name", "etcd"])
                .args(["--listen-client-urls", &url(&client), "--advertise-client-urls", &url(&client)])
                .args(["--listen-peer-urls", &url(&peer), "--initial-advertise-peer-urls", &url(&peer)])
                .args(["--initial-cluster", &format!("etcd={}", url(&peer))])
        })?;
        let mut nodes = Vec::new();
        for (n, ports) in ports[2..].chunks_exact(2).enumerate() {
            let (folder, api) = (folder_of(n), Http::new(&url(&local(ports[1])))?);
            let patroni = start_patroni(&folder)?;
            nodes.push(Node { folder, port: ports[0], api, patroni });
        }
        let cluster = Self { nodes, etcd, guard: Some(guard) };
        cluster.wait_until_healthy().await?;
        let primary = &cluster.nodes[cluster.primary().await?.context("no primary")?];
        let mut create = Command::new(binaries.join("createdb"));
        create.args(["-h", "127.0.0.1", "-p", &primary.port.to_string(), "-U", "postgres", DATABASE]);
        output(&mut create)?;
        Ok(cluster)
    }

    /// The address of the database. It is valid whichever node is the primary.
    pub fn address(&self) -> String {
        let hosts: Vec<_> = self.nodes.iter().map(|node| local(node.port)).collect();
        format!("postgres://postgres@{}/{DATABASE}?target_session_attrs=read-write", hosts.join(","))
    }

    /// The primary; `None` if there is none.
    ///
    /// # Errors
    /// If no node responds.
    pub async fn primary(&self) -> Result<Option<usize>> {
        let members = self.members().await?;
        Ok(members.iter().find(|member| member["role"] == "leader" && is_running(member)).and_then(number))
    }

    /// Waits until there is a primary with a synchronous standby, and every node is up to date.
    ///
    /// # Errors
    /// If that takes too long. The error has the state of the nodes.
    pub async fn wait_until_healthy(&self) -> Result<()> {
        eventually_within(READY_MAX, "the cluster is healthy", async || {
            let members = self.members().await?;
            let of_role = |role: &str| members.iter().filter(|member| member["role"] == role).count();
            let up_to_date = |member: &Value| member["role"] == "leader" || member["lag"] == 0;
            let whole = members.len() == NODES
                && members.iter().all(|member| is_running(member) && up_to_date(member))
                && (of_role("leader"), of_role("sync_standby")) == (1, 1);
            if whole { Ok(Some(())) } else { bail!("{}", json!(members)) }
        })
        .await
    }

    /// Kills all processes of a node at once, like a power failure.
    ///
    /// # Errors
    /// If a process cannot be killed.
    pub fn kill(&mut self, node: usize) -> Result<()> {
        let node = self.nodes.get_mut(node).context("no such node")?;
        // A process that was just being started is killed in the next round.
        while signal_all_in(&node.folder, Signal::SIGKILL)? > 0 {}
        node.patroni.wait()?;
        Ok(())
    }

    /// Makes a node hang: its connections stay open and it does not respond, until it is killed.
    ///
    /// # Errors
    /// If a process cannot be stopped.
    pub fn freeze(&self, node: usize) -> Result<()> {
        let node = self.nodes.get(node).context("no such node")?;
        signal_all_in(&node.folder, Signal::SIGSTOP).map(drop)
    }

    /// Starts a node that was killed. It becomes a standby.
    ///
    /// # Errors
    /// If the node cannot be started.
    pub fn restart(&mut self, node: usize) -> Result<()> {
        let node = self.nodes.get_mut(node).context("no such node")?;
        node.patroni = start_patroni(&node.folder)?;
        Ok(())
    }

    /// The state of all nodes, as the first node that responds reports it.
    async fn members(&self) -> Result<Vec<Value>> {
        let mut failed = None;
        for node in &self.nodes {
            match node.api.get("/cluster").await {
                Ok(cluster) => return Ok(cluster["members"].as_array().cloned().unwrap_or_default()),
                Err(error) => failed = Some(error),
            }
        }
        Err(failed.context("there are no nodes")?)
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.guard.take());
        // The processes were killed before.
        let _ = self.etcd.wait();
        for node in &mut self.nodes {
            let _ = node.patroni.wait();
        }
    }
}

/// Patroni's settings of a node. Patroni reads YAML, and JSON is valid YAML.
fn settings(n: usize, folder: &Path, postgres: &str, api: &str, etcd: &str, binaries: &Path) -> Value {
    let postgres_user = json!({ "username": "postgres" });
    json!({
        "scope": "tokenwell",
        "name": format!("node{n}"),
        "restapi": { "listen": api, "connect_address": api },
        "etcd3": { "host": etcd },
        "bootstrap": {
            "dcs": {
                // The primary's lease expires after 8 s. A standby notices that within one or two seconds.
                "ttl": 8,
                "loop_wait": 1,
                "retry_timeout": 3,
                "master_start_timeout": 0,
                // Every acknowledged commit is on a second node, and only that node can become the primary. Without
                // a second node no commit is acknowledged.
                "synchronous_mode": true,
                "synchronous_mode_strict": true,
                "postgresql": {
                    "use_pg_rewind": true,
                    "parameters": {
                        "synchronous_commit": "on",
                        "wal_log_hints": "on",
                        "max_connections": 100,
                        "shared_buffers": "16MB",
                        // Only nodes are killed, not the machine, so commits need not wait for its disk.
                        "fsync": "off",
                    },
                },
            },
            "initdb": [{ "encoding": "UTF8" }, "no-locale", "no-sync"],
            "pg_hba": ["host all all 127.0.0.1/32 trust", "host replication all 127.0.0.1/32 trust"],
        },
        "postgresql": {
            "listen": postgres,
            "connect_address": postgres,
            "data_dir": folder.join("data"),
            "bin_dir": binaries,
            "pgpass": folder.join("pgpass"),
            "parameters": { "unix_socket_directories": folder },
            "authentication": {
                "superuser": postgres_user,
                "replication": postgres_user,
                "rewind": postgres_user,
            },
        },
    })
}

fn start_patroni(folder: &Path) -> Result<Child> {
    start(folder, "patroni", |patroni| patroni.arg("patroni.yml"))
}

/// Starts a program in a folder, as a user who may run PostgreSQL. Its output is written to `log` in the folder.
fn start(folder: &Path, program: &str, with: impl FnOnce(&mut Command) -> &mut Command) -> Result<Child> {
    let mut command = as_postgres(program)?;
    with(&mut command);
    let log = File::options().create(true).append(true).open(folder.join("log"))?;
    command.current_dir(folder).stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
    command.spawn().with_context(|| {
        format!(
            "{program} is not installed: a cluster needs it (Debian: apt-get install patroni etcd-server)"
        )
    })
}

/// Sends a signal to every process whose working directory is in this folder. Returns the number of processes.
fn signal_all_in(folder: &Path, signal: Signal) -> Result<usize> {
    let mut signalled = 0;
    for process in fs::read_dir("/proc")?.flatten() {
        let id = process.file_name().to_str().and_then(|id| id.parse().ok());
        // The process may have ended meanwhile.
        let works_in = fs::read_link(process.path().join("cwd"));
        if let (Some(id), Ok(works_in)) = (id, works_in)
            && works_in.starts_with(folder)
        {
            match kill(Pid::from_raw(id), signal) {
                Ok(()) | Err(Errno::ESRCH) => signalled += 1,
                Err(error) => bail!("the process {id} cannot be signalled: {error}"),
            }
        }
    }
    Ok(signalled)
}

fn is_running(member: &Value) -> bool {
    member["state"] == "running" || member["state"] == "streaming"
}

fn number(member: &Value) -> Option<usize> {
    member["name"].as_str()?.strip_prefix("node")?.parse().ok()
}

fn local(port: u16) -> String {
    format!("127.0.0.1:{port}")
}

fn url(address: &str) -> String {
    format!("http://{address}")
}

/// Free ports. They are below the system's ephemeral ports, so that the ports of a killed node are still free when it is
/// started again.
fn free_ports(count: usize) -> Result<Vec<u16>> {
    let first = 20_000 + u16::try_from(std::process::id() % 600)? * 20;
    let free = |port: &u16| TcpListener::bind(("127.0.0.1", *port)).is_ok();
    let ports: Vec<_> = (first..32_768).filter(free).take(count).collect();
    ensure!(ports.len() == count, "there are no {count} free ports");
    Ok(ports)
}
