//! A PostgreSQL cluster of one's own, for tests: three nodes under Patroni, which agree through etcd on who is the
//! primary. All of it is on this machine, in a temporary folder, and gone with the process that started it.
//!
//! A node is whatever runs in the node's folder: Patroni, PostgreSQL, and what both have started. So it dies as a machine
//! does, all at once.

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

/// Ends whatever runs in the cluster's folder, and the folder, when its standard input ends, however that comes.
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

/// Two of three nodes hold whatever was acknowledged: the primary, and the one that takes its place.
const NODES: usize = 3;
/// How long three nodes may take to agree and to copy what they lack.
const PATIENCE: Duration = Duration::from_mins(2);
/// The name of the database.
const DATABASE: &str = "tokenwell";

/// Three nodes, one of which is the primary.
#[derive(Debug)]
pub struct Cluster {
    nodes: Vec<Node>,
    etcd: Child,
    /// It ends with this process, and the cluster with it.
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
    /// Starts the cluster, with an empty database; returns when what is committed is on two nodes.
    ///
    /// # Errors
    /// If something of it is not installed, or does not start.
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
        cluster.is_whole().await?;
        let primary = &cluster.nodes[cluster.primary().await?.context("no primary")?];
        let mut create = Command::new(binaries.join("createdb"));
        create.args(["-h", "127.0.0.1", "-p", &primary.port.to_string(), "-U", "postgres", DATABASE]);
        output(&mut create)?;
        Ok(cluster)
    }

    /// The address of its database, whichever node is the primary.
    pub fn address(&self) -> String {
        let hosts: Vec<_> = self.nodes.iter().map(|node| local(node.port)).collect();
        format!("postgres://postgres@{}/{DATABASE}?target_session_attrs=read-write", hosts.join(","))
    }

    /// Which node is the primary, if one is.
    ///
    /// # Errors
    /// If no node answers.
    pub async fn primary(&self) -> Result<Option<usize>> {
        let members = self.members().await?;
        Ok(members.iter().find(|member| member["role"] == "leader" && is_running(member)).and_then(number))
    }

    /// Waits until one is the primary, and what it commits is on another before it says so, and all are up to date.
    ///
    /// # Errors
    /// If that takes too long, with how the nodes stand.
    pub async fn is_whole(&self) -> Result<()> {
        eventually_within(PATIENCE, "the cluster is whole", async || {
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

    /// Kills a node as a power cut would: all of it, at once.
    ///
    /// # Errors
    /// If something of it cannot be killed.
    pub fn kill(&mut self, node: usize) -> Result<()> {
        let node = self.nodes.get_mut(node).context("no such node")?;
        // What was just being started is met the next time.
        while signal_all_in(&node.folder, Signal::SIGKILL)? > 0 {}
        node.patroni.wait()?;
        Ok(())
    }

    /// Has a node hang, with all of its connections open: it neither answers nor goes away, until it is killed.
    ///
    /// # Errors
    /// If something of it cannot be stopped.
    pub fn freeze(&self, node: usize) -> Result<()> {
        let node = self.nodes.get(node).context("no such node")?;
        signal_all_in(&node.folder, Signal::SIGSTOP).map(drop)
    }

    /// Starts a node that was killed; it comes back as a standby.
    ///
    /// # Errors
    /// If it cannot be started.
    pub fn restart(&mut self, node: usize) -> Result<()> {
        let node = self.nodes.get_mut(node).context("no such node")?;
        node.patroni = start_patroni(&node.folder)?;
        Ok(())
    }

    /// What the first node that answers says of all of them.
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
        // They are killed by now.
        let _ = self.etcd.wait();
        for node in &mut self.nodes {
            let _ = node.patroni.wait();
        }
    }
}

/// What Patroni is told of a node. It reads YAML, which JSON is.
fn settings(n: usize, folder: &Path, postgres: &str, api: &str, etcd: &str, binaries: &Path) -> Value {
    let postgres_user = json!({ "username": "postgres" });
    json!({
        "scope": "tokenwell",
        "name": format!("node{n}"),
        "restapi": { "listen": api, "connect_address": api },
        "etcd3": { "host": etcd },
        "bootstrap": {
            "dcs": {
                // A primary that is not heard of for 8 s is no more. A standby needs a second or two to notice.
                "ttl": 8,
                "loop_wait": 1,
                "retry_timeout": 3,
                "master_start_timeout": 0,
                // What is acknowledged is on a second node, and only that one takes over. Without one, nothing is
                // acknowledged.
                "synchronous_mode": true,
                "synchronous_mode_strict": true,
                "postgresql": {
                    "use_pg_rewind": true,
                    "parameters": {
                        "synchronous_commit": "on",
                        "wal_log_hints": "on",
                        "max_connections": 100,
                        "shared_buffers": "16MB",
                        // Nodes die here, the machine does not: nothing needs to wait for its disk.
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

/// Starts a program in a folder, as a user who may run PostgreSQL; what it says goes to `log` there.
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

/// Sends a signal to every process whose working folder is this one or in it. Returns to how many.
fn signal_all_in(folder: &Path, signal: Signal) -> Result<usize> {
    let mut signalled = 0;
    for process in fs::read_dir("/proc")?.flatten() {
        let id = process.file_name().to_str().and_then(|id| id.parse().ok());
        // It may have ended since.
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

/// Ports that nobody listens on. They are below those that the system gives to connections by itself: a node that was
/// killed finds its own free when it comes back.
fn free_ports(count: usize) -> Result<Vec<u16>> {
    let first = 20_000 + u16::try_from(std::process::id() % 600)? * 20;
    let free = |port: &u16| TcpListener::bind(("127.0.0.1", *port)).is_ok();
    let ports: Vec<_> = (first..32_768).filter(free).take(count).collect();
    ensure!(ports.len() == count, "there are no {count} free ports");
    Ok(ports)
}
