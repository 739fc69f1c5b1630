//! What the system reports of a program and of all programs that it has started.

use anyhow::{Context as _, Result};
use std::collections::HashMap;
use std::fs;
use std::path::PathBuf;

/// A program with its descendants, such as the processes of its web view.
#[derive(Clone, Copy)]
pub struct Processes(pub u32);

/// What has been used since the programs were started.
pub struct Used {
    /// The time on a processor, in milliseconds.
    pub cpu_ms: f64,
    /// How often a thread that had been waiting got a processor.
    pub wake_ups: f64,
}

impl Processes {
    /// The memory of all, in MiB. What several programs share counts in parts.
    pub fn memory_mib(self) -> Result<f64> {
        let mut kibibytes = 0.0;
        for process in self.list()? {
            // A process may end meanwhile.
            let rollup = fs::read_to_string(format!("/proc/{process}/smaps_rollup")).unwrap_or_default();
            let line = rollup.lines().find_map(|line| line.strip_prefix("Pss:")).unwrap_or("0 kB");
            kibibytes += line.trim().trim_end_matches(" kB").parse::<f64>()?;
        }
        Ok(kibibytes / 1024.0)
    }

    /// What all threads have used.
    pub fn used(self) -> Result<Used> {
        let mut used = Used { cpu_ms: 0.0, wake_ups: 0.0 };
        for process in self.list()? {
            for thread in folders(&format!("/proc/{process}/task"))? {
                let read = |name: &str| fs::read_to_string(thread.join(name)).unwrap_or_default();
                let on_cpu = read("schedstat");
                let nanoseconds = on_cpu.split_whitespace().next().unwrap_or("0").parse::<f64>()?;
                used.cpu_ms += nanoseconds / 1e6;
                let status = read("status");
                let switches = status.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"));
                used.wake_ups += switches.unwrap_or("0").trim().parse::<f64>()?;
            }
        }
        Ok(used)
    }

    /// The bytes that the open connections of the program have sent and received.
    pub async fn transferred(self) -> Result<f64> {
        let list = tokio::process::Command::new("ss").args(["-tinpHO"]).output().await;
        let list = String::from_utf8(list.context("`ss` is needed")?.stdout)?;
        let owner = format!("pid={},", self.0);
        let counts = list.lines().filter(|line| line.contains(&owner)).flat_map(str::split_whitespace);
        let counts = counts.filter_map(|word| {
            word.strip_prefix("bytes_sent:").or_else(|| word.strip_prefix("bytes_received:"))
        });
        Ok(counts.map(str::parse::<f64>).sum::<Result<f64, _>>()?)
    }

    fn list(self) -> Result<Vec<u32>> {
        let mut children: HashMap<u32, Vec<u32>> = HashMap::new();
        for process in folders("/proc")? {
            let Some(id) = process.file_name().and_then(|name| name.to_str()?.parse().ok()) else { continue };
            let stat = fs::read_to_string(process.join("stat")).unwrap_or_default();
            // The name, in parentheses, may contain anything.
            let parent =
                stat.rsplit(')').next().and_then(|rest| rest.split_whitespace().nth(1)?.parse().ok());
            children.entry(parent.unwrap_or(0)).or_default().push(id);
        }
        let mut list = vec![self.0];
        let mut next = 0;
        while let Some(process) = list.get(next) {
            list.extend(children.remove(process).unwrap_or_default());
            next += 1;
        }
        Ok(list)
    }
}

fn folders(path: &str) -> Result<Vec<PathBuf>> {
    Ok(fs::read_dir(path)?.flatten().map(|entry| entry.path()).collect())
}
