//! An import from beginning to end.

use super::checks::mistakes;
use super::duplicates::Seen;
use super::error::ImportError;
use super::lines::{Lines, Numbered};
use super::summary::{ImportSummary, Outcome};
use super::write::{Destination, Standing, WriteError};
use crate::store::StoreResult;
use futures_util::{StreamExt, TryStreamExt, stream};
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// How many lines are under way at once. SQLite writes as many in one transaction.
const AT_ONCE: usize = 128;
/// The same where each of them needs a connection, of which there are sixteen by default.
const AT_ONCE_IF_SHARED: usize = 8;
/// How often progress is reported.
const REPORT_EVERY: Duration = Duration::from_secs(5);

/// What an import tells while it runs.
#[derive(Debug, PartialEq, Eq)]
pub enum ImportReport<'a> {
    /// A line that cannot be imported.
    BadLine {
        /// The line's number.
        line: u64,
        /// Why.
        why: &'a str,
    },
    /// How far it is.
    Progress(&'a str),
}

/// An import to be made.
pub struct ImportJob {
    /// The file.
    pub file: PathBuf,
    /// Whether nothing is written.
    pub dry_run: bool,
}

/// A line after its checks.
enum Checked {
    Settled(Outcome),
    Bad(u64, String),
}

impl ImportJob {
    /// Checks every line, then writes each unless one is bad or nothing is to be written.
    ///
    /// # Errors
    /// Why nothing was written, or not everything.
    pub async fn run(
        &self,
        to: &Destination,
        mut report: impl FnMut(ImportReport<'_>),
    ) -> Result<ImportSummary, ImportError> {
        let checked = self.check(to, &mut report).await?;
        if self.dry_run {
            return Ok(ImportSummary { dry_run: true, ..checked });
        }
        let mut written = ImportSummary { imported: 0, known: 0, deleted: 0, ..checked };
        let mut progress = Progress::of(&mut report);
        let lines = self.lines()?;
        let results = lines.map(|read| async move {
            let (number, line) = read?;
            let why = |why| ImportError::Interrupted { line: number, why };
            let line = line.map_err(why)?;
            match to.import(number, &line).await {
                Ok(outcome) => Ok(outcome),
                Err(WriteError::Refused(reason)) => Err(why(reason)),
                Err(WriteError::Store(error)) => Err(ImportError::Store(error)),
            }
        });
        let mut results = std::pin::pin!(results.buffer_unordered(at_once(to)));
        while let Some(outcome) = results.try_next().await? {
            written.settle(outcome);
            progress.report(|| format!("{} of {} lines are imported", written.lines(), checked.lines()));
        }
        Ok(written)
    }

    /// Reads the whole file. Every bad line is reported.
    async fn check(
        &self,
        to: &Destination,
        report: &mut dyn FnMut(ImportReport<'_>),
    ) -> Result<ImportSummary, ImportError> {
        let (mut summary, mut bad) = (ImportSummary::default(), 0);
        let seen = Seen::nothing()?;
        let read = self.lines()?.map(|read| {
            let (number, line) = read?;
            let checked = match line {
                Err(why) => Err((number, why)),
                Ok(line) => {
                    let mut found = mistakes(&line, &to.catalogue, to.now);
                    found.extend(seen.note(number, &line)?);
                    if found.is_empty() {
                        summary.count(&line);
                        Ok((number, line))
                    } else {
                        Err((number, found.join("; ")))
                    }
                }
            };
            Ok::<_, ImportError>(checked)
        });
        let standings = read.map(|checked| async move {
            match checked? {
                Err((number, why)) => Ok::<_, ImportError>(Checked::Bad(number, why)),
                Ok((number, line)) => Ok(match standing(to, &line).await? {
                    Standing::New => Checked::Settled(Outcome::Imported),
                    Standing::Settled(outcome) => Checked::Settled(outcome),
                    Standing::Refused(why) => Checked::Bad(number, why),
                }),
            }
        });
        let mut settled = ImportSummary::default();
        {
            let mut progress = Progress::of(report);
            // In the order of the file, so that its mistakes are reported in this order.
            let mut standings = std::pin::pin!(standings.buffered(at_once(to)));
            while let Some(checked) = standings.try_next().await? {
                match checked {
                    Checked::Settled(outcome) => settled.settle(outcome),
                    Checked::Bad(line, why) => {
                        bad += 1;
                        (progress.report)(ImportReport::BadLine { line, why: &why });
                    }
                }
                progress.report(|| format!("{} lines are checked", settled.lines() + bad));
            }
        }
        if bad > 0 {
            return Err(ImportError::BadLines { count: bad });
        }
        let ImportSummary { imported, known, deleted, .. } = settled;
        Ok(ImportSummary { imported, known, deleted, ..summary })
    }

    fn lines(&self) -> Result<impl futures_util::Stream<Item = Result<Numbered, ImportError>>, ImportError> {
        let unreadable = |source| ImportError::File { file: self.file.clone(), source };
        let mut lines = Lines::of(&self.file).map_err(unreadable)?;
        let file = self.file.clone();
        Ok(stream::iter(std::iter::from_fn(move || lines.next().transpose()))
            .map(move |read| read.map_err(|source| ImportError::File { file: file.clone(), source })))
    }
}

fn at_once(to: &Destination) -> usize {
    if to.store.is_shared() { AT_ONCE_IF_SHARED } else { AT_ONCE }
}

async fn standing(to: &Destination, line: &super::line::Line) -> StoreResult<Standing> {
    let digest = line.digest()?;
    to.standing(line, digest).await
}

/// Reports now and then how far an import is.
struct Progress<'a> {
    report: &'a mut dyn FnMut(ImportReport<'_>),
    reported: Instant,
}

impl<'a> Progress<'a> {
    fn of(report: &'a mut dyn FnMut(ImportReport<'_>)) -> Self {
        Self { report, reported: Instant::now() }
    }

    fn report(&mut self, line: impl FnOnce() -> String) {
        if self.reported.elapsed() >= REPORT_EVERY {
            self.reported = Instant::now();
            (self.report)(ImportReport::Progress(&line()));
        }
    }
}
