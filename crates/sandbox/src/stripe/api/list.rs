//! Lists: newest first, in pages by `limit`, `starting_after` and `ending_before`.

use super::error::StripeError;
use super::params::Params;
use crate::store::Store;
use serde_json::{Value, json};

/// The page of a list that a call requests.
#[derive(Debug)]
pub struct Page {
    limit: usize,
    starting_after: Option<String>,
    ending_before: Option<String>,
    created: Created,
}

/// The bounds on `created`.
#[derive(Debug)]
struct Created {
    least: i64,
    most: i64,
}

impl Page {
    /// Reads the parameters of every list call.
    pub fn of(params: &mut Params) -> Result<Self, StripeError> {
        let limit = params.at_least("limit", 1)?.unwrap_or(10);
        if limit > 100 {
            return Err(StripeError::invalid_code(
                "parameter_invalid_integer",
                "limit",
                "This value must be less than or equal to 100.",
            ));
        }
        Ok(Self {
            limit: usize::try_from(limit).unwrap_or(100),
            starting_after: params.text("starting_after")?,
            ending_before: params.text("ending_before")?,
            created: Created::of(params)?,
        })
    }

    /// The page of those objects of a kind that `matches` accepts.
    pub fn select(
        self,
        store: &Store,
        kind: &str,
        url: &str,
        matches: impl Fn(&Value) -> bool,
    ) -> Result<Value, StripeError> {
        let all = store.records.all(kind).rev().map(|(_, object)| object);
        let matching: Vec<&Value> =
            all.filter(|object| self.created.contains(object) && matches(object)).collect();
        self.slice(&matching, kind, url)
    }

    /// The page of these objects, which are newest first.
    pub fn slice(self, objects: &[&Value], kind: &str, url: &str) -> Result<Value, StripeError> {
        let position = |id: &str, param: &str| {
            let found = objects.iter().position(|object| object["id"] == id);
            found.ok_or_else(|| StripeError::no_such(kind, id, param))
        };
        let (range, has_more) = match (&self.starting_after, &self.ending_before) {
            (Some(_), Some(_)) => {
                return Err(StripeError::invalid(
                    "You may only specify one of these parameters: starting_after, ending_before.",
                ));
            }
            (None, Some(id)) => {
                let end = position(id, "ending_before")?;
                let start = end.saturating_sub(self.limit);
                (start..end, start > 0)
            }
            (after, None) => {
                let start =
                    after.as_ref().map_or(Ok(0), |id| position(id, "starting_after").map(|at| at + 1))?;
                let end = objects.len().min(start + self.limit);
                let has_more = end < objects.len();
                (start..end, has_more)
            }
        };
        let data = objects.get(range).unwrap_or_default();
        Ok(json!({ "object": "list", "data": data, "has_more": has_more, "url": url }))
    }
}

impl Created {
    fn of(params: &mut Params) -> Result<Self, StripeError> {
        if let Ok(Some(exactly)) = params.clone().integer("created") {
            params.ignore(&["created"]);
            return Ok(Self { least: exactly, most: exactly });
        }
        let mut range = params.nested("created")?;
        let bound = |number: Option<i64>, off: i64| number.map(|number| number.saturating_add(off));
        let least = [bound(range.integer("gte")?, 0), bound(range.integer("gt")?, 1)];
        let most = [bound(range.integer("lte")?, 0), bound(range.integer("lt")?, -1)];
        range.finish()?;
        Ok(Self {
            least: least.into_iter().flatten().max().unwrap_or(i64::MIN),
            most: most.into_iter().flatten().min().unwrap_or(i64::MAX),
        })
    }

    fn contains(&self, object: &Value) -> bool {
        object["created"].as_i64().is_none_or(|created| (self.least..=self.most).contains(&created))
    }
}

/// The most entries of a list inside an object that a response includes.
const EMBEDDED_MAX: usize = 10;

/// Shortens the lists inside an object, as Stripe does: the rest is read from the address of the list. The data of a listing
/// itself stays as it is.
pub fn shorten_embedded(value: &mut Value) {
    match value {
        Value::Array(values) => values.iter_mut().for_each(shorten_embedded),
        Value::Object(fields) => {
            for field in fields.values_mut() {
                if field["object"] == "list"
                    && let Some(data) = field["data"].as_array_mut()
                    && data.len() > EMBEDDED_MAX
                {
                    data.truncate(EMBEDDED_MAX);
                    field["has_more"] = true.into();
                }
                shorten_embedded(field);
            }
        }
        _ => {}
    }
}

/// A list inside an object, such as a subscription's items.
pub fn embedded(data: &[Value], url: &str) -> Value {
    json!({ "object": "list", "data": data, "has_more": false, "url": url })
}
