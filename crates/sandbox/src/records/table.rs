//! JSON records by kind and id. They are held in memory and written to SQLite with each commit.
//!
//! [`Records::commit`] writes every change since the last commit in one SQLite transaction. [`Records::roll_back`] undoes
//! these changes.

use rusqlite::types::Type;
use rusqlite::{Connection, params};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};
use std::path::Path;

/// The kind of a record; Stripe's objects have their `object` field as kind.
pub type Kind = &'static str;

/// The records of one kind. A record's number gives its position among all records and stays the same when it changes.
#[derive(Debug, Default)]
struct Table {
    number_of: HashMap<String, i64>,
    rows: BTreeMap<i64, (String, Value)>,
}

/// What a record was before a change that is not committed.
#[derive(Debug)]
struct UndoEntry {
    kind: String,
    id: String,
    row: Option<(i64, Value)>,
}

/// The records of the sandbox, oldest first within a kind.
#[derive(Debug)]
pub struct Records {
    tables: HashMap<String, Table>,
    next_number: i64,
    undo_log: Vec<UndoEntry>,
    database: Option<Connection>,
}

impl Records {
    /// Records in memory only.
    pub fn in_memory() -> Self {
        Self { tables: HashMap::new(), next_number: 1, undo_log: Vec::new(), database: None }
    }

    /// The records of the SQLite file at `path`, which is created if there is none.
    pub fn open(path: &Path) -> rusqlite::Result<Self> {
        let database = Connection::open(path)?;
        // A second sandbox on the same file would not see the records in memory and would overwrite them.
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

    /// The record as a Rust type; `None` also if its body does not have that type's shape.
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

    /// Every record of a kind that has the shape of a Rust type, oldest first.
    pub fn read_all<T: DeserializeOwned>(&self, kind: Kind) -> impl DoubleEndedIterator<Item = (&str, T)> {
        self.all(kind).filter_map(|(id, body)| Some((id, T::deserialize(body).ok()?)))
    }

    /// Adds the record, or replaces it without changing its position.
    pub fn put(&mut self, kind: &str, id: &str, body: Value) {
        let number = self.tables.get(kind).and_then(|table| table.number_of.get(id)).copied();
        let number = number.unwrap_or_else(|| {
            self.next_number += 1;
            self.next_number - 1
        });
        self.change(kind, id, Some((number, body)));
    }

    /// As [`Records::put`], for a Rust type.
    pub fn write<T: Serialize>(&mut self, kind: Kind, id: &str, record: &T) {
        match serde_json::to_value(record) {
            Ok(body) => self.put(kind, id, body),
            Err(error) => unreachable!("records are structs, which always become JSON: {error}"),
        }
    }

    /// Removes the record, if there is one.
    pub fn remove(&mut self, kind: Kind, id: &str) {
        self.change(kind, id, None);
    }

    /// Writes the changes since the last commit to SQLite; undoes them if that fails.
    pub fn commit(&mut self) -> rusqlite::Result<()> {
        let result = self.write_out();
        if result.is_ok() {
            self.undo_log.clear();
        } else {
            self.roll_back();
        }
        result
    }

    /// Undoes the changes since the last commit.
    pub fn roll_back(&mut self) {
        while let Some(UndoEntry { kind, id, row }) = self.undo_log.pop() {
            self.set(&kind, &id, row);
        }
    }

    fn write_out(&mut self) -> rusqlite::Result<()> {
        let Some(database) = &mut self.database else { return Ok(()) };
        let transaction = database.transaction()?;
        for UndoEntry { kind, id, .. } in &self.undo_log {
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
        self.undo_log.push(UndoEntry { kind: kind.to_owned(), id: id.to_owned(), row });
    }

    /// Sets or clears a row and returns the previous one.
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
    fn committed_records_are_there_after_a_restart_in_the_same_order() {
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
    fn rolling_back_restores_every_record() {
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
