//! What the sandbox remembers: JSON records by kind and id, in memory, written through to SQLite.
//!
//! A change is all or nothing: [`Records::commit`] writes what changed since the last one in a single SQLite transaction,
//! [`Records::roll_back`] forgets it.

use rusqlite::types::Type;
use rusqlite::{Connection, params};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};
use std::path::Path;

/// The kind of a record: for an object of Stripe's, its `object`.
pub type Kind = &'static str;

#[derive(Debug, Default)]
struct Table {
    number_of: HashMap<String, i64>,
    rows: BTreeMap<i64, (String, Value)>,
}

#[derive(Debug)]
struct Before {
    kind: String,
    id: String,
    row: Option<(i64, Value)>,
}

/// The records, newest last within a kind.
#[derive(Debug)]
pub struct Records {
    tables: HashMap<String, Table>,
    next_number: i64,
    journal: Vec<Before>,
    database: Option<Connection>,
}

impl Records {
    /// Records that live in memory only.
    pub fn in_memory() -> Self {
        Self { tables: HashMap::new(), next_number: 1, journal: Vec::new(), database: None }
    }

    /// Records kept in the SQLite file at `path`, with what is in it already.
    pub fn open(path: &Path) -> rusqlite::Result<Self> {
        let database = Connection::open(path)?;
        // What is in memory is the truth while the sandbox runs: a second one on the same file would undo it.
        database.pragma_update(None, "locking_mode", "exclusive")?;
        database.pragma_update(None, "journal_mode", "wal")?;
        database.execute_batch(
            "create table if not exists record (
                 number integer primary key,
                 kind text not null,
                 id text not null,
                 body text not null,
                 unique (kind, id)
             ) strict",
        )?;
        let mut records = Self::in_memory();
        {
            let mut statement =
                database.prepare("select number, kind, id, body from record order by number")?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                let number = row.get::<_, i64>(0)?;
                let body = serde_json::from_str(&row.get::<_, String>(3)?).map_err(|error| {
                    rusqlite::Error::FromSqlConversionFailure(3, Type::Text, error.into())
                })?;
                records.set(&row.get::<_, String>(1)?, &row.get::<_, String>(2)?, Some((number, body)));
                records.next_number = number + 1;
            }
        }
        records.database = Some(database);
        Ok(records)
    }

    /// The record, if there is one.
    pub fn get(&self, kind: &str, id: &str) -> Option<&Value> {
        let table = self.tables.get(kind)?;
        table.rows.get(table.number_of.get(id)?).map(|(_, body)| body)
    }

    /// The record as a type of ours; a body of another shape counts as none.
    pub fn read<T: DeserializeOwned>(&self, kind: Kind, id: &str) -> Option<T> {
        T::deserialize(self.get(kind, id)?).ok()
    }

    /// Every record of a kind, oldest first.
    pub fn all(&self, kind: &str) -> impl DoubleEndedIterator<Item = (&str, &Value)> {
        self.tables
            .get(kind)
            .into_iter()
            .flat_map(|table| table.rows.values())
            .map(|(id, body)| (id.as_str(), body))
    }

    /// Every record of a kind as a type of ours, oldest first.
    pub fn read_all<T: DeserializeOwned>(&self, kind: Kind) -> impl DoubleEndedIterator<Item = (&str, T)> {
        self.all(kind).filter_map(|(id, body)| Some((id, T::deserialize(body).ok()?)))
    }

    /// Adds the record or replaces it in its place.
    pub fn put(&mut self, kind: &str, id: &str, body: Value) {
        let number = self.tables.get(kind).and_then(|table| table.number_of.get(id)).copied();
        let number = number.unwrap_or_else(|| {
            self.next_number += 1;
            self.next_number - 1
        });
        self.change(kind, id, Some((number, body)));
    }

    /// As [`Records::put`], for a type of ours.
    pub fn write<T: Serialize>(&mut self, kind: Kind, id: &str, record: &T) {
        match serde_json::to_value(record) {
            Ok(body) => self.put(kind, id, body),
            Err(error) => unreachable!("a record has text keys only: {error}"),
        }
    }

    /// Removes the record, if there is one.
    pub fn remove(&mut self, kind: Kind, id: &str) {
        self.change(kind, id, None);
    }

    /// Makes the changes since the last commit durable; if that fails, undoes them.
    pub fn commit(&mut self) -> rusqlite::Result<()> {
        let result = self.write_out();
        if result.is_ok() {
            self.journal.clear();
        } else {
            self.roll_back();
        }
        result
    }

    /// Undoes the changes since the last commit.
    pub fn roll_back(&mut self) {
        while let Some(Before { kind, id, row }) = self.journal.pop() {
            self.set(&kind, &id, row);
        }
    }

    fn write_out(&mut self) -> rusqlite::Result<()> {
        let Some(database) = &mut self.database else { return Ok(()) };
        let transaction = database.transaction()?;
        for Before { kind, id, .. } in &self.journal {
            let row = self.tables.get(kind).and_then(|table| {
                let number = table.number_of.get(id)?;
                table.rows.get(number).map(|(_, body)| (number, body))
            });
            match row {
                Some((number, body)) => transaction.execute(
                    "insert or replace into record (number, kind, id, body) values (?1, ?2, ?3, ?4)",
                    params![number, kind, id, body.to_string()],
                )?,
                None => transaction
                    .execute("delete from record where kind = ?1 and id = ?2", params![kind, id])?,
            };
        }
        transaction.commit()
    }

    fn change(&mut self, kind: &str, id: &str, row: Option<(i64, Value)>) {
        let row = self.set(kind, id, row);
        self.journal.push(Before { kind: kind.to_owned(), id: id.to_owned(), row });
    }

    /// Sets or clears a row and gives what was there.
    fn set(&mut self, kind: &str, id: &str, row: Option<(i64, Value)>) -> Option<(i64, Value)> {
        let table = self.tables.entry(kind.to_owned()).or_default();
        let before = table
            .number_of
            .remove(id)
            .and_then(|number| table.rows.remove(&number).map(|(_, body)| (number, body)));
        if let Some((number, body)) = row {
            table.number_of.insert(id.to_owned(), number);
            table.rows.insert(number, (id.to_owned(), body));
        }
        before
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn ids(records: &Records) -> Vec<&str> {
        records.all("user").map(|(id, _)| id).collect()
    }

    #[test]
    fn what_was_committed_is_there_after_a_restart_in_the_same_order() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sandbox.sqlite");
        let mut records = Records::open(&path).unwrap();
        for id in ["b", "a", "c"] {
            records.put("user", id, json!({ "name": id }));
        }
        records.put("user", "b", json!({ "name": "B" }));
        records.remove("user", "c");
        records.commit().unwrap();
        records.put("user", "lost", json!({}));
        drop(records);

        let records = Records::open(&path).unwrap();
        assert_eq!(ids(&records), ["b", "a"]);
        assert_eq!(records.get("user", "b"), Some(&json!({ "name": "B" })));
    }

    #[test]
    fn a_rolled_back_change_leaves_no_trace() {
        let mut records = Records::in_memory();
        records.put("user", "a", json!(1));
        records.commit().unwrap();
        records.put("user", "a", json!(2));
        records.put("user", "b", json!(3));
        records.remove("user", "a");
        records.roll_back();
        assert_eq!(ids(&records), ["a"]);
        assert_eq!(records.get("user", "a"), Some(&json!(1)));
    }
}
