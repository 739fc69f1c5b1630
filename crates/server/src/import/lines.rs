//! The lines of a file, one after the other: JSON Lines, or CSV with a line of names first.

use super::line::Line;
use serde_json::{Map, Value};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

/// The longest line, in bytes.
const LINE_MAX: u64 = 1 << 20;

/// The most lines in a batch, and the most lots beside one line of it: a batch is one transaction, and is in memory as a whole.
const BATCH_LINES: usize = 128;
const BATCH_LOTS: usize = 512;

/// A line with its number in the file, or why it is none.
pub type Numbered = (u64, Result<Line, String>);

/// The lines of a file.
pub enum Lines {
    /// One JSON object per line.
    Json {
        /// The file.
        file: BufReader<File>,
        /// The number of the last line.
        number: u64,
    },
    /// One record per line.
    Csv {
        /// The file.
        records: Box<csv::Reader<File>>,
        /// The names of the columns.
        names: csv::StringRecord,
    },
}

impl Lines {
    /// Opens a file. Its name says which form it has.
    pub fn of(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        if !path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("csv")) {
            return Ok(Self::Json { file: BufReader::new(file), number: 0 });
        }
        let mut records = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(file);
        let names = records.headers()?.clone();
        Ok(Self::Csv { records: Box::new(records), names })
    }

    /// The next lines, which are written together; `None` at the end.
    pub fn next_batch(&mut self) -> io::Result<Option<Vec<Numbered>>> {
        let (mut batch, mut lots) = (Vec::new(), 0);
        while batch.len() < BATCH_LINES
            && lots < BATCH_LOTS
            && let Some((number, line)) = self.next()?
        {
            lots += line.as_ref().map_or(0, |line| line.lots.len());
            batch.push((number, line));
        }
        Ok((!batch.is_empty()).then_some(batch))
    }

    /// The next line that is not empty.
    fn next(&mut self) -> io::Result<Option<Numbered>> {
        match self {
            Self::Json { file, number } => next_json(file, number),
            Self::Csv { records, names } => next_csv(records, names),
        }
    }
}

fn next_json(file: &mut BufReader<File>, number: &mut u64) -> io::Result<Option<Numbered>> {
    let mut text = Vec::new();
    loop {
        text.clear();
        *number += 1;
        if file.take(LINE_MAX).read_until(b'\n', &mut text)? == 0 {
            return Ok(None);
        }
        if text.len() as u64 == LINE_MAX && !text.ends_with(b"\n") {
            file.skip_until(b'\n')?;
            return Ok(Some((*number, Err("it is longer than a megabyte".to_owned()))));
        }
        if !text.trim_ascii().is_empty() {
            let line = serde_json::from_slice(&text).map_err(|error| without_position(&error));
            return Ok(Some((*number, line)));
        }
    }
}

fn next_csv(records: &mut csv::Reader<File>, names: &csv::StringRecord) -> io::Result<Option<Numbered>> {
    let mut record = csv::StringRecord::new();
    let begins = records.position().line();
    match records.read_record(&mut record) {
        Ok(false) => Ok(None),
        Ok(true) => {
            let number = record.position().map_or(begins, csv::Position::line);
            Ok(Some((number, from_record(names, &record))))
        }
        Err(error) if error.is_io_error() => Err(error.into()),
        Err(error) => {
            let number = error.position().map_or(begins, csv::Position::line);
            Ok(Some((number, Err(error.to_string()))))
        }
    }
}

/// A record as the object that JSON Lines would have. An empty cell says nothing.
fn from_record(names: &csv::StringRecord, record: &csv::StringRecord) -> Result<Line, String> {
    let mut object = Map::new();
    for (name, cell) in names.iter().zip(record).filter(|(_, cell)| !cell.is_empty()) {
        let value = match name {
            "fast" | "rollover" => cell.parse::<u64>().ok().map(Value::from),
            "lots" => {
                Some(serde_json::from_str(cell).map_err(|error| format!("`lots` is no JSON: {error}"))?)
            }
            _ => None,
        };
        object.insert(name.to_owned(), value.unwrap_or_else(|| Value::from(cell)));
    }
    serde_json::from_value(Value::Object(object)).map_err(|error| error.to_string())
}

/// The number of the line says where it is.
fn without_position(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let column = error.column();
    text.strip_suffix(&format!(" at line {} column {column}", error.line()))
        .map_or_else(|| text.clone(), |what| format!("{what} at column {column}"))
}
