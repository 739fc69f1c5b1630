//! An import from beginning to end.

use super::checks::mistakes;
use super::duplicates::Seen;
use super::error::ImportError;
use super::line::Line;
use super::lines::{Lines, Numbered};
use super::summary::{ImportSummary, Outcome};
use super::write::{Destination, Standing, WriteError};
use futures_util::{StreamExt, TryStreamExt, stream};
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// How many batches are under way at once: while one is written, the next is decided.
const AT_ONCE: usize = 2;
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
        let batches = stream::iter(self.batches()?).map(|batch| async move {
            let right = |(number, line): Numbered| match line {
                Ok(line) => Ok((number, line)),
                Err(why) => Err(ImportError::Interrupted { line: number, why }),
            };
            let lines = batch?.into_iter().map(right).collect::<Result<Vec<_>, _>>()?;
            to.import(&lines).await.map_err(|error| match error {
                WriteError::Refused { line, why } => ImportError::Interrupted { line, why },
                WriteError::Store(error) => ImportError::Store(error),
            })
        });
        let mut outcomes = std::pin::pin!(batches.buffered(AT_ONCE));
        while let Some(batch) = outcomes.try_next().await? {
            for outcome in batch {
                written.settle(outcome);
            }
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
        let mut progress = Progress::of(report);
        for batch in self.batches()? {
            let (mut right, mut wrong) = (Vec::new(), Vec::new());
            for (number, line) in batch? {
                match line {
                    Ok(line) => match faults(number, &line, &seen, to)? {
                        none if none.is_empty() => right.push((number, line)),
                        found => wrong.push((number, found.join("; "))),
                    },
                    Err(why) => wrong.push((number, why)),
                }
            }
            for ((number, line), standing) in right.iter().zip(to.standings(&right).await?) {
                summary.count(line);
                match standing {
                    Standing::New(_) => summary.settle(Outcome::Imported),
                    Standing::Settled(outcome) => summary.settle(outcome),
                    Standing::Refused(why) => wrong.push((*number, why)),
                }
            }
            // In the order of the file.
            wrong.sort_unstable_by_key(|(number, _)| *number);
            for (line, why) in &wrong {
                bad += 1;
                (progress.report)(ImportReport::BadLine { line: *line, why });
            }
            progress.report(|| format!("{} lines are checked", summary.lines() + bad));
        }
        if bad > 0 { Err(ImportError::BadLines { count: bad }) } else { Ok(summary) }
    }

    fn batches(&self) -> Result<impl Iterator<Item = Result<Vec<Numbered>, ImportError>>, ImportError> {
        let unreadable = |source| ImportError::File { file: self.file.clone(), source };
        let mut lines = Lines::of(&self.file).map_err(unreadable)?;
        let file = self.file.clone();
        Ok(std::iter::from_fn(move || lines.next_batch().transpose())
            .map(move |read| read.map_err(|source| ImportError::File { file: file.clone(), source })))
    }
}

/// What is wrong with a line by itself and beside those before it.
fn faults(number: u64, line: &Line, seen: &Seen, to: &Destination) -> Result<Vec<String>, ImportError> {
    let mut found = mistakes(line, &to.catalogue, to.now);
    found.extend(seen.note(number, line)?);
    Ok(found)
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
