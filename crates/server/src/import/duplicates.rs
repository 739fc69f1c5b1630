//! What was seen in the file. Each id may stand in one line only. The list is in a temporary file, so that memory does not grow
//! with the import.

use super::line::Line;
use rusqlite::{Connection, OptionalExtension, params};

/// What the lines read so far name.
pub struct Seen(Connection);

impl Seen {
    /// Nothing yet.
    pub fn nothing() -> rusqlite::Result<Self> {
        // A database without a name is a temporary file, which SQLite deletes.
        let connection = Connection::open("")?;
        connection.execute_batch(
            "PRAGMA journal_mode = OFF; PRAGMA cache_size = -8192;
             CREATE TABLE seen (kind TEXT, id TEXT, line INTEGER, PRIMARY KEY (kind, id)) WITHOUT ROWID; BEGIN",
        )?;
        Ok(Self(connection))
    }

    /// Notes what a line names. Returns what an earlier line has named.
    pub fn note(&self, number: u64, line: &Line) -> rusqlite::Result<Vec<String>> {
        let payments = line.lots.iter().filter_map(|lot| lot.payment.as_deref());
        let ids = [
            ("external_id", Some(line.external_id.as_str())),
            ("subject", line.subject.as_deref()),
            ("customer", line.customer.as_deref()),
            ("subscription", line.subscription.as_deref()),
        ];
        let ids = ids.into_iter().filter_map(|(kind, id)| Some((kind, id?)));
        let mut twice = Vec::new();
        for (kind, id) in ids.chain(payments.map(|payment| ("payment", payment))) {
            if let Some(earlier) = self.first(kind, id, number)? {
                twice.push(format!("its `{kind}` stands in line {earlier} already"));
            }
        }
        Ok(twice)
    }

    /// The line that named this first; `None` if it is this one.
    fn first(&self, kind: &str, id: &str, number: u64) -> rusqlite::Result<Option<u64>> {
        let sql = "INSERT INTO seen (kind, id, line) VALUES (?, ?, ?) ON CONFLICT DO NOTHING";
        if self.0.prepare_cached(sql)?.execute(params![kind, id, number])? > 0 {
            return Ok(None);
        }
        let sql = "SELECT line FROM seen WHERE kind = ? AND id = ?";
        self.0.prepare_cached(sql)?.query_row([kind, id], |row| row.get(0)).optional()
    }
}
