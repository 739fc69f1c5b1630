//! What is copied.

use tokio_postgres::types::Type;

/// Every table, in an order in which each comes after the tables that it refers to.
pub const TABLES: [&str; 17] = [
    "settings",
    "accounts",
    "subjects",
    "former_disputes",
    "former_external_ids",
    "refused_claims",
    "entries",
    "purchases",
    "checkouts",
    "subscriptions",
    "holds",
    "idempotency_records",
    "inbox",
    "plan_prices",
    "chores",
    "refunds_due",
    "notices",
];

/// A column of a table in PostgreSQL.
pub struct Column {
    /// Its name, in both databases.
    pub name: String,
    /// Its type.
    pub kind: Type,
}
