//! Reading a platform's answer. Values keep the text that the platform wrote, so that no number goes through a float.

use crate::{
    Amount,
    pointer::Pointer,
    unreadable::{Kind, Unreadable, Why},
};
use jiff::{Timestamp, civil, tz::TimeZone};
use serde::{
    Deserialize, Deserializer,
    de::{Error as _, MapAccess, Visitor},
};
use serde_json::value::RawValue;
use std::{collections::BTreeMap, fmt};

/// The longest answer that is read. The longest published example is a hundredth of it.
pub(crate) const BYTES_MAX: usize = 256 * 1024;

/// An answer in JSON.
pub(crate) struct Answer<'a>(&'a RawValue);

impl<'a> Answer<'a> {
    pub(crate) fn read(body: &'a [u8]) -> Result<Self, Unreadable> {
        if body.len() > BYTES_MAX {
            return Err(Why::TooLong.into());
        }
        serde_json::from_slice(body).map(Self).map_err(|_| Why::NotJson.into())
    }

    /// The number at a pointer, written as a number or as text. `None` if it is missing or `null`.
    pub(crate) fn amount(&self, pointer: &Pointer) -> Result<Option<Amount>, Unreadable> {
        let Some(value) = self.value(pointer)? else { return Ok(None) };
        let amount = match kind(value) {
            Kind::Number => value.get().parse(),
            Kind::Text => text(value).ok_or(Unreadable::at(pointer, Why::NotJson))?.trim().parse(),
            other => return Err(Unreadable::at(pointer, Why::NoNumber(other))),
        };
        amount.map(Some).map_err(|why| Unreadable::at(pointer, why))
    }

    /// The time at a pointer: a date and time as in RFC 3339, which is UTC unless it says otherwise, or seconds since 1970.
    pub(crate) fn time(&self, pointer: &Pointer) -> Result<Option<Timestamp>, Unreadable> {
        let Some(value) = self.value(pointer)? else { return Ok(None) };
        let time = match kind(value) {
            Kind::Text => text(value).and_then(|text| read_time(text.trim())),
            Kind::Number => value.get().parse().ok().and_then(|seconds| Timestamp::from_second(seconds).ok()),
            Kind::Bool | Kind::Array | Kind::Object => None,
        };
        time.map(Some).ok_or_else(|| Unreadable::at(pointer, Why::NoTime))
    }

    fn value(&self, pointer: &Pointer) -> Result<Option<&'a RawValue>, Unreadable> {
        let mut value = self.0;
        for step in pointer.steps() {
            let part = match kind(value) {
                Kind::Object => members(value, pointer)?.get(step.as_str()).copied(),
                Kind::Array => {
                    let items: Vec<&RawValue> =
                        serde_json::from_str(value.get()).map_err(|_| Why::NotJson)?;
                    step.parse::<usize>().ok().and_then(|index| items.get(index).copied())
                }
                _ if is_null(value) => None,
                other => return Err(Unreadable::at(pointer, Why::NoParts(other))),
            };
            let Some(part) = part else { return Ok(None) };
            value = part;
        }
        Ok((!is_null(value)).then_some(value))
    }
}

fn members<'a>(value: &'a RawValue, pointer: &Pointer) -> Result<BTreeMap<String, &'a RawValue>, Unreadable> {
    let Members(members) = serde_json::from_str(value.get()).map_err(|error| {
        let why = if error.is_data() { Why::Duplicate } else { Why::NotJson };
        Unreadable::at(pointer, why)
    })?;
    Ok(members)
}

fn read_time(text: &str) -> Option<Timestamp> {
    if let Ok(time) = text.parse::<Timestamp>() {
        return Some(time);
    }
    let without_zone = text.parse::<civil::DateTime>().ok()?;
    Some(without_zone.to_zoned(TimeZone::UTC).ok()?.timestamp())
}

fn is_null(value: &RawValue) -> bool {
    value.get() == "null"
}

/// The type of a value. `null` counts as a number, and is sorted out before.
fn kind(value: &RawValue) -> Kind {
    match value.get().bytes().next() {
        Some(b'{') => Kind::Object,
        Some(b'[') => Kind::Array,
        Some(b'"') => Kind::Text,
        Some(b't' | b'f') => Kind::Bool,
        _ => Kind::Number,
    }
}

fn text(value: &RawValue) -> Option<String> {
    serde_json::from_str(value.get()).ok()
}

/// The members of an object, none of them twice.
struct Members<'a>(BTreeMap<String, &'a RawValue>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;

        impl<'de> Visitor<'de> for Read {
            type Value = BTreeMap<String, &'de RawValue>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = BTreeMap::new();
                while let Some((name, value)) = map.next_entry::<String, &RawValue>()? {
                    if members.insert(name, value).is_some() {
                        return Err(A::Error::custom("twice"));
                    }
                }
                Ok(members)
            }
        }

        deserializer.deserialize_map(Read).map(Self)
    }
}
