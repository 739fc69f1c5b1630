//! Statements and their values. Each is sent whole, unnamed and with the types of its values: a connection keeps nothing of
//! it, so any connection will do, also one that a transaction pooler hands out for one transaction.

use crate::store::rows::ms;
use bytes::BytesMut;
use jiff::Timestamp;
use tokenwell_ledger::{Minor, Tokens};
use tokio_postgres::types::{IsNull, ToSql, Type, accepts, to_sql_checked};

/// SQL with its values.
#[derive(Debug)]
pub struct Statement {
    pub sql: &'static str,
    values: Vec<(Box<dyn ToSql + Sync + Send>, Type)>,
}

impl Statement {
    pub fn new(sql: &'static str) -> Self {
        Self { sql, values: Vec::new() }
    }

    /// Adds the next value.
    #[must_use]
    pub fn bind<T: Bind>(mut self, value: T) -> Self {
        self.values.push((Box::new(value.into_sql()), T::TYPE));
        self
    }

    pub fn values(&self) -> Vec<(&(dyn ToSql + Sync), Type)> {
        self.values.iter().map(|(value, kind)| (&**value as &(dyn ToSql + Sync), kind.clone())).collect()
    }
}

/// SQL with its values.
macro_rules! sql {
    ($sql:expr $(, $value:expr)* $(,)?) => {
        $crate::store::postgres::statement::Statement::new($sql)$(.bind($value))*
    };
}
pub(super) use sql;

/// A value of a statement.
pub trait Bind {
    const TYPE: Type;
    const ARRAY: Type;
    type Sql: ToSql + Sync + Send + 'static;
    fn into_sql(self) -> Self::Sql;
}

macro_rules! bind {
    ($($rust:ty as $type:ident, $array:ident: $sql:ty = |$value:ident| $into:expr;)+) => {$(
        impl Bind for $rust {
            const TYPE: Type = Type::$type;
            const ARRAY: Type = Type::$array;
            type Sql = $sql;
            fn into_sql(self) -> $sql {
                let $value = self;
                $into
            }
        }
    )+};
}

bind! {
    i64 as INT8, INT8_ARRAY: i64 = |value| value;
    u16 as INT8, INT8_ARRAY: i64 = |value| value.into();
    u32 as INT8, INT8_ARRAY: i64 = |value| value.into();
    u64 as INT8, INT8_ARRAY: Whole = |value| Whole(value);
    Tokens as INT8, INT8_ARRAY: Whole = |value| Whole(value.0);
    Minor as INT8, INT8_ARRAY: Whole = |value| Whole(value.0);
    Timestamp as INT8, INT8_ARRAY: i64 = |value| ms(value);
    bool as BOOL, BOOL_ARRAY: bool = |value| value;
    String as TEXT, TEXT_ARRAY: String = |value| value;
    &String as TEXT, TEXT_ARRAY: String = |value| value.clone();
    &str as TEXT, TEXT_ARRAY: String = |value| value.to_owned();
    Vec<u8> as BYTEA, BYTEA_ARRAY: Vec<u8> = |value| value;
    [u8; 32] as BYTEA, BYTEA_ARRAY: Vec<u8> = |value| value.to_vec();
}

impl<T: Bind> Bind for Option<T> {
    const TYPE: Type = T::TYPE;
    const ARRAY: Type = T::ARRAY;
    type Sql = Option<T::Sql>;
    fn into_sql(self) -> Self::Sql {
        self.map(T::into_sql)
    }
}

/// A column of values, one for each row that a statement writes.
pub struct Column<T>(pub Vec<T>);

impl<T: Bind> Bind for Column<T> {
    const TYPE: Type = T::ARRAY;
    const ARRAY: Type = T::ARRAY;
    type Sql = Vec<T::Sql>;
    fn into_sql(self) -> Self::Sql {
        self.0.into_iter().map(T::into_sql).collect()
    }
}

impl<T> FromIterator<T> for Column<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        Self(items.into_iter().collect())
    }
}

/// A number that is never negative; one that the column cannot hold is an error.
#[derive(Debug)]
pub struct Whole(u64);

impl ToSql for Whole {
    fn to_sql(
        &self,
        kind: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        i64::try_from(self.0)?.to_sql(kind, out)
    }
    accepts!(INT8);
    to_sql_checked!();
}
