//! How far a long copy is.

use std::time::{Duration, Instant};

/// How often progress is reported.
const REPORT_EVERY: Duration = Duration::from_secs(5);

/// Reports now and then how far a copy is.
pub struct CopyProgress<'a> {
    report: &'a mut dyn FnMut(&str),
    reported: Instant,
}

impl<'a> CopyProgress<'a> {
    /// Progress of a copy that begins.
    pub fn new(report: &'a mut dyn FnMut(&str)) -> Self {
        Self { report, reported: Instant::now() }
    }

    /// So many rows of a table are done.
    pub fn report(&mut self, done: &str, table: &str, rows: u64) {
        if self.reported.elapsed() >= REPORT_EVERY {
            self.reported = Instant::now();
            (self.report)(&format!("{table}: {rows} {done} so far"));
        }
    }
}
