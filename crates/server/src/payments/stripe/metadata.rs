//! The metadata of objects at Stripe. Other applications in the same account at Stripe write theirs beside it, so every key of
//! this service begins with `tokenwell_`, and the objects say which database their ids are of.

use super::fields::Field;
use serde::{Deserialize, Deserializer};
use std::collections::HashMap;

/// The id of the account.
const ACCOUNT: &str = "tokenwell_account_id";
/// The id of the purchase.
const PURCHASE: &str = "tokenwell_purchase_id";
/// The database that has the account and the purchase.
const DATABASE: &str = "tokenwell_database_id";
/// On a price or product: the id of the plan that it is of. Operators write it.
const PLAN: &str = "tokenwell_plan";

/// The metadata of an object. Stripe may return null for none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Metadata(HashMap<String, String>);

impl<'de> Deserialize<'de> for Metadata {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Option::deserialize(deserializer).map(|values| Self(values.unwrap_or_default()))
    }
}

impl Metadata {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str)
    }

    /// Whether the ids in it are those of another database.
    pub fn is_of_another_database(&self, database: &str) -> bool {
        self.get(DATABASE).is_some_and(|other| other != database)
    }

    /// The account that it names, unless another database has it.
    pub fn account(&self, database: &str) -> Option<&str> {
        self.get(ACCOUNT).filter(|_| !self.is_of_another_database(database))
    }

    /// The purchase that it names, unless another database has it.
    pub fn purchase(&self, database: &str) -> Option<&str> {
        self.get(PURCHASE).filter(|_| !self.is_of_another_database(database))
    }

    /// The plan that a price or product is of.
    pub fn plan(&self) -> Option<&str> {
        self.get(PLAN)
    }
}

/// Whose an object is.
#[derive(Debug, Clone, Copy)]
pub struct Owner<'a> {
    /// The database's id.
    pub database: &'a str,
    /// The account's id.
    pub account: &'a str,
    /// The purchase's id, if the object is for one.
    pub purchase: Option<&'a str>,
}

impl Owner<'_> {
    /// The fields that write this as metadata. `parameter` is `metadata`, or that of an object which the call creates too.
    pub fn fields(&self, parameter: &str) -> Vec<Field> {
        let field = |key: &str, value: &str| (format!("{parameter}[{key}]"), value.to_owned());
        let mut fields = vec![field(DATABASE, self.database), field(ACCOUNT, self.account)];
        fields.extend(self.purchase.map(|purchase| field(PURCHASE, purchase)));
        fields
    }

    /// The fields that remove every key of this service. Stripe removes a key whose value is empty.
    pub fn removal_fields(parameter: &str) -> Vec<Field> {
        [DATABASE, ACCOUNT, PURCHASE].map(|key| (format!("{parameter}[{key}]"), String::new())).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_keys_of_this_service_and_ids_of_this_database_count() {
        let read = |json: &str| serde_json::from_str::<Metadata>(json).unwrap();
        let own = read(
            r#"{"tokenwell_account_id": "a", "tokenwell_purchase_id": "p", "tokenwell_database_id": "here"}"#,
        );
        assert_eq!((own.account("here"), own.purchase("here")), (Some("a"), Some("p")));
        assert_eq!((own.account("there"), own.purchase("there")), (None, None));
        let unsaid = read(r#"{"tokenwell_account_id": "a", "tokenwell_plan": "premium"}"#);
        assert_eq!((unsaid.account("here"), unsaid.plan()), (Some("a"), Some("premium")));
        for none in ["null", "{}", r#"{"account_id": "a", "purchase_id": "p", "plan": "premium"}"#] {
            let none = read(none);
            assert_eq!((none.account("here"), none.purchase("here"), none.plan()), (None, None, None));
        }
    }

    #[test]
    fn an_owner_is_written_as_it_is_read() {
        let owner = Owner { database: "d", account: "a", purchase: Some("p") };
        let values = owner.fields("metadata").into_iter().map(|(name, value)| {
            (name.trim_start_matches("metadata[").trim_end_matches(']').to_owned(), value)
        });
        let metadata = Metadata(values.collect());
        assert_eq!((metadata.account("d"), metadata.purchase("d")), (Some("a"), Some("p")));
    }
}
