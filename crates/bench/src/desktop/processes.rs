//! What the system reports of a program and of all programs that it has started.

use anyhow::{Context as _, Result};
use std::collections::HashMap;
use std::fs;
use std::path::PathBuf;

/// A program with its descendants, such as the processes of its web view.
#[derive(Clone, Copy)]
pub struct Processes(pub u32);

/// What programs have used.
#[derive(Clone, Copy, Default)]
pub struct Used {
    /// The time on a processor, in milliseconds.
    pub cpu_ms: f64,
    /// How often a thread that had been waiting got a processor.
    pub wake_ups: f64,
}

/// What each thread has used since it began.
pub struct Threads(HashMap<PathBuf, Used>);

impl Threads {
    /// What has been used since an earlier look. A thread that has ended meanwhile is left out, as the system forgets it.
    pub fn since(&self, earlier: &Self) -> Used {
        let mut sum = Used::default();
        for (thread, now) in &self.0 {
            let before = earlier.0.get(thread).copied().unwrap_or_default();
            sum.cpu_ms += now.cpu_ms - before.cpu_ms;
            sum.wake_ups += now.wake_ups - before.wake_ups;
        }
        sum
    }
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

    /// What every thread has used.
    pub fn threads(self) -> Result<Threads> {
        let mut threads = HashMap::new();
        for process in self.list()? {
            for thread in folders(&format!("/proc/{process}/task"))? {
                let read = |name: &str| fs::read_to_string(thread.join(name)).unwrap_or_default();
                let on_cpu = read("schedstat");
                let nanoseconds = on_cpu.split_whitespace().next().unwrap_or("0").parse::<f64>()?;
                let status = read("status");
                let switches = status.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"));
                let wake_ups = switches.unwrap_or("0").trim().parse::<f64>()?;
                threads.insert(thread, Used { cpu_ms: nanoseconds / 1e6, wake_ups });
            }
        }
        Ok(Threads(threads))
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
