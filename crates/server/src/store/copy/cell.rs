//! Rows in values that both databases have, and a tally that says whether two tables hold the same rows.

use crate::store::error::Cause;
use bytes::BytesMut;
use rusqlite::types::{FromSqlError, FromSqlResult, ValueRef};
use sha2::{Digest, Sha256};
use std::fmt;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};

/// What a column holds in a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    Null,
    /// A number; a truth value is 1 or 0.
    Int(i64),
    Text(String),
    Bytes(Vec<u8>),
}

/// A row: its cells in the order of the columns that were read.
pub type Row = Vec<Cell>;

impl Cell {
    /// About how much memory it takes.
    pub fn size(&self) -> usize {
        size_of::<Self>()
            + match self {
                Self::Null | Self::Int(_) => 0,
                Self::Text(text) => text.len(),
                Self::Bytes(bytes) => bytes.len(),
            }
    }

    fn digest_into(&self, digest: &mut Sha256) {
        let (kind, bytes): (u8, &[u8]) = match self {
            Self::Null => (0, &[]),
            Self::Int(number) => (1, &number.to_be_bytes()),
            Self::Text(text) => (2, text.as_bytes()),
            Self::Bytes(bytes) => (3, bytes),
        };
        digest.update([kind]);
        digest.update(bytes.len().to_be_bytes());
        digest.update(bytes);
    }
}

impl rusqlite::types::FromSql for Cell {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        Ok(match value {
            ValueRef::Null => Self::Null,
            ValueRef::Integer(number) => Self::Int(number),
            ValueRef::Text(_) => Self::Text(value.as_str()?.to_owned()),
            ValueRef::Blob(bytes) => Self::Bytes(bytes.to_owned()),
            ValueRef::Real(_) => return Err(FromSqlError::InvalidType),
        })
    }
}

impl ToSql for Cell {
    fn to_sql(&self, kind: &Type, out: &mut BytesMut) -> Result<IsNull, Cause> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Int(number) if *kind == Type::BOOL => (*number != 0).to_sql(kind, out),
            Self::Int(number) if *kind == Type::INT8 => number.to_sql(kind, out),
            Self::Text(text) if *kind == Type::TEXT => text.to_sql(kind, out),
            Self::Bytes(bytes) if *kind == Type::BYTEA => bytes.to_sql(kind, out),
            other => Err(format!("{other:?} does not fit a column of the kind {kind}").into()),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

impl<'r> FromSql<'r> for Cell {
    fn from_sql(kind: &Type, raw: &'r [u8]) -> Result<Self, Cause> {
        Ok(match *kind {
            Type::BOOL => Self::Int(bool::from_sql(kind, raw)?.into()),
            Type::INT8 => Self::Int(i64::from_sql(kind, raw)?),
            Type::TEXT => Self::Text(String::from_sql(kind, raw)?),
            _ => Self::Bytes(Vec::from_sql(kind, raw)?),
        })
    }

    fn from_sql_null(_: &Type) -> Result<Self, Cause> {
        Ok(Self::Null)
    }

    fn accepts(kind: &Type) -> bool {
        [Type::BOOL, Type::INT8, Type::TEXT, Type::BYTEA].contains(kind)
    }
}

/// What a table holds: how many rows, and the sum of their digests, which does not depend on their order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// How many rows.
    pub rows: u64,
    sum: [u64; 4],
}

impl Tally {
    /// Adds a row.
    pub fn count(&mut self, row: &[Cell]) {
        let mut digest = Sha256::new();
        for cell in row {
            cell.digest_into(&mut digest);
        }
        let digest = digest.finalize();
        for (sum, part) in self.sum.iter_mut().zip(digest.chunks_exact(8)) {
            *sum = part.iter().fold(0, |number, byte| (number << 8) | u64::from(*byte)).wrapping_add(*sum);
        }
        self.rows += 1;
    }
}

/// Rows and digest.
impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows = if self.rows == 1 { "row" } else { "rows" };
        write!(f, "{} {rows}, digest ", self.rows)?;
        self.sum.iter().try_for_each(|part| write!(f, "{part:016x}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(rows: &[&[Cell]]) -> Tally {
        let mut tally = Tally::default();
        for row in rows {
            tally.count(row);
        }
        tally
    }

    #[test]
    fn tables_are_equal_in_any_order_of_rows_and_never_with_other_rows() {
        let text = |text: &str| Cell::Text(text.to_owned());
        let (one, two) = ([Cell::Int(1), text("ab")], [Cell::Null, text("")]);
        assert_eq!(tally(&[&one, &two]), tally(&[&two, &one]));
        for other in [
            [Cell::Int(1), text("abc")],
            [Cell::Int(2), text("ab")],
            [Cell::Int(1), Cell::Bytes(b"ab".to_vec())],
            [text(""), Cell::Null],
        ] {
            assert_ne!(tally(&[&one, &two]), tally(&[&other, &two]), "{other:?}");
        }
        assert_ne!(tally(&[&one]), tally(&[&one, &one]));
        assert_ne!(tally(&[&[text("a"), text("bc")]]), tally(&[&[text("ab"), text("c")]]));
    }
}
