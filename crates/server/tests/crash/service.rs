//! The service from one life to the next.

use crate::client::Answer;
use crate::program::Outside;
use std::sync::atomic::{AtomicU32, Ordering};
use tempfile::TempDir;
use tokio::process::Child;
use tokio::sync::watch;

/// What the service logs: nothing ought to fail.
pub const LOG: &str = "error";
/// How often one and the same life may answer that it is not able to.
const EXCUSES: u32 = 20;

/// The service between two kills.
#[derive(Debug, Clone)]
struct Life {
    number: u32,
    origin: String,
}

pub struct Service {
    pub outside: Outside,
    life: watch::Sender<Life>,
    program: Child,
    folder: TempDir,
}

impl Service {
    pub async fn start() -> Self {
        let outside = Outside::start().await;
        let folder = tempfile::tempdir().unwrap();
        let (program, origin) = outside.launch(&database(&folder)).await;
        let life = watch::Sender::new(Life { number: 0, origin });
        Self { outside, life, program, folder }
    }

    /// A way to reach it.
    pub fn line(&self) -> Line {
        Line { lives: self.life.subscribe(), asked: AtomicU32::new(0), excuses: 0 }
    }

    /// SIGKILL, and another start on the same file.
    pub async fn kill_and_restart(&mut self) {
        self.program.kill().await.unwrap();
        let (program, origin) = self.outside.launch(&database(&self.folder)).await;
        self.program = program;
        self.life.send_modify(|life| *life = Life { number: life.number + 1, origin });
    }

    /// Waits until everything that Stripe told was worked off.
    pub async fn settles(&self) {
        let origin = self.life.borrow().origin.clone();
        self.outside.settles(&origin).await;
    }
}

fn database(folder: &TempDir) -> String {
    format!("sqlite:{}", folder.path().join("service.sqlite").display())
}

/// How somebody reaches the service, whichever life it is in.
pub struct Line {
    lives: watch::Receiver<Life>,
    /// The life that was asked last.
    asked: AtomicU32,
    excuses: u32,
}

impl Line {
    /// Where it is now.
    pub fn origin(&self) -> String {
        let life = self.lives.borrow();
        self.asked.store(life.number, Ordering::Relaxed);
        life.origin.clone()
    }

    /// It answered.
    pub fn answered(&mut self) {
        self.excuses = 0;
    }

    /// It said that it is not able to, or nothing at all. Returns when to ask again.
    pub async fn failed(&mut self, answer: Option<&Answer>) {
        if let Some(answer) = answer {
            self.excuses += 1;
            assert!(self.excuses < EXCUSES, "answered {}: {}", answer.status, answer.json());
        } else {
            // It was killed: the next life is asked.
            let asked = self.asked.load(Ordering::Relaxed);
            drop(self.lives.wait_for(|next| next.number > asked).await.unwrap());
        }
    }
}
