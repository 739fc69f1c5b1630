//! A platform as a value: the request, how to read the answer, and where to buy.

use crate::{
    ApiKey, Meter, Unit,
    answer::Answer,
    pointer::Pointer,
    unreadable::{Unreadable, Why},
};
use secrecy::SecretString;
use url::Url;

/// A platform that reports a user's balance by API key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Platform {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) address: Url,
    pub(crate) buy: Url,
    /// The names of the headers and the templates of their values. One of them has the key's placeholder.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) meters: Vec<Rule>,
}

/// How one meter is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rule {
    pub(crate) name: String,
    pub(crate) figure: Figure,
    pub(crate) unit: Unit,
    pub(crate) limit: Option<Pointer>,
    pub(crate) renews: Option<Pointer>,
}

/// What the platform counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Figure {
    /// What is left.
    Left(Pointer),
    /// What was used of the limit.
    Used(Pointer),
}

impl Platform {
    /// The name that the app knows it by, such as `leonardo`.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The name that the user knows it by.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The address that is asked.
    pub fn address(&self) -> &Url {
        &self.address
    }

    /// The platform's own page for buying.
    pub fn buy(&self) -> &Url {
        &self.buy
    }

    /// The host that receives the key, with its port unless that is the usual one.
    pub fn host(&self) -> String {
        let host = self.address.host_str().unwrap_or_default();
        self.address.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
    }

    /// Scheme, host and port. A key is sent to the origin that it was saved for, and to no other.
    pub fn origin(&self) -> String {
        self.address.origin().ascii_serialization()
    }

    /// The headers of the request, with the key.
    pub fn headers(&self, key: &ApiKey) -> impl Iterator<Item = (&str, SecretString)> {
        self.headers.iter().map(|(name, template)| (name.as_str(), key.fill(template)))
    }

    /// Reads the body of an answer. A figure that is missing or `null` is not reported; one of another type makes the answer
    /// unreadable.
    pub fn read(&self, body: &[u8]) -> Result<Vec<Meter>, Unreadable> {
        let answer = Answer::read(body)?;
        let meters = self.meters.iter().map(|rule| rule.read(&answer));
        let meters = meters.collect::<Result<Vec<Meter>, Unreadable>>()?;
        if meters.iter().any(|meter| meter.amount.is_some()) {
            Ok(meters)
        } else {
            Err(Why::NothingReported.into())
        }
    }
}

impl Rule {
    fn read(&self, answer: &Answer<'_>) -> Result<Meter, Unreadable> {
        let optional = |pointer: &Option<Pointer>| match pointer {
            Some(pointer) => answer.amount(pointer),
            None => Ok(None),
        };
        let limit = optional(&self.limit)?;
        let (id, amount) = match &self.figure {
            Figure::Left(pointer) => (pointer, answer.amount(pointer)?),
            Figure::Used(pointer) => match (limit, answer.amount(pointer)?) {
                (Some(limit), Some(used)) => {
                    let left = limit.minus(used).ok_or(Unreadable::at(pointer, Why::Inexact))?;
                    (pointer, Some(left))
                }
                // What is left of an unknown limit is unknown.
                _ => (pointer, None),
            },
        };
        let renews_at = self.renews.as_ref().map_or(Ok(None), |pointer| answer.time(pointer))?;
        let (id, name, unit) = (id.as_str().to_owned(), self.name.clone(), self.unit.clone());
        Ok(Meter { id, name, amount, unit, limit, renews_at })
    }
}
