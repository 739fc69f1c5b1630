//! Request parameters: form fields with brackets.

use super::error::StripeError;
use serde_json::{Map, Value};

#[derive(Debug, Clone, PartialEq)]
enum Node {
    Text(String),
    Branch(Vec<(String, Node)>),
}

/// The parameters of a call, or the part of them under one name.
///
/// Reading a parameter removes it. [`Params::finish`] refuses the parameters that were not read.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Params {
    path: String,
    fields: Vec<(String, Node)>,
}

impl Params {
    /// Decodes `a=1&b[c][0]=2&d[]=3`.
    pub fn decode(encoded: &[u8]) -> Result<Self, StripeError> {
        let mut params = Self::default();
        for (name, value) in url::form_urlencoded::parse(encoded) {
            insert(&mut params.fields, &steps(&name)?, &name, value.into_owned())?;
        }
        Ok(params)
    }

    /// The text under a name; an empty text counts as not given, since Stripe's clients send it to unset a field.
    pub fn text(&mut self, name: &str) -> Result<Option<String>, StripeError> {
        match self.take(name) {
            None => Ok(None),
            Some(Node::Text(text)) => Ok(Some(text).filter(|text| !text.is_empty())),
            Some(Node::Branch(_)) => Err(StripeError::invalid_param(&self.full_name(name), "Invalid string")),
        }
    }

    /// The text under a name; refused if it is missing.
    pub fn required(&mut self, name: &str) -> Result<String, StripeError> {
        self.text(name)?.ok_or_else(|| StripeError::missing(&self.full_name(name)))
    }

    /// The text under a name, which has to be one of `words`.
    pub fn one_of<'a>(&mut self, name: &str, words: &[&'a str]) -> Result<Option<&'a str>, StripeError> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        words.iter().find(|word| **word == text).copied().map(Some).ok_or_else(|| {
            let param = self.full_name(name);
            StripeError::invalid_param(
                &param,
                format!("Invalid {param}: must be one of {}", words.join(", ")),
            )
        })
    }

    /// A whole number.
    pub fn integer(&mut self, name: &str) -> Result<Option<i64>, StripeError> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        text.parse().map(Some).map_err(|_| {
            StripeError::invalid_code(
                "parameter_invalid_integer",
                &self.full_name(name),
                format!("Invalid integer: {text}"),
            )
        })
    }

    /// A whole number that is at least `least`.
    pub fn at_least(&mut self, name: &str, least: i64) -> Result<Option<i64>, StripeError> {
        match self.integer(name)? {
            Some(number) if number < least => Err(StripeError::invalid_code(
                "parameter_invalid_integer",
                &self.full_name(name),
                format!("This value must be greater than or equal to {least}."),
            )),
            number => Ok(number),
        }
    }

    /// `true` or `false`.
    pub fn flag(&mut self, name: &str) -> Result<Option<bool>, StripeError> {
        match self.text(name)?.as_deref() {
            None => Ok(None),
            Some("true" | "1") => Ok(Some(true)),
            Some("false" | "0") => Ok(Some(false)),
            Some(other) => {
                Err(StripeError::invalid_param(&self.full_name(name), format!("Invalid boolean: {other}")))
            }
        }
    }

    /// The parameters below a name; empty if there are none.
    pub fn nested(&mut self, name: &str) -> Result<Self, StripeError> {
        let path = self.full_name(name);
        match self.take(name) {
            None => Ok(Self { path, fields: Vec::new() }),
            Some(Node::Branch(fields)) => Ok(Self { path, fields }),
            Some(Node::Text(text)) if text.is_empty() => Ok(Self { path, fields: Vec::new() }),
            Some(Node::Text(_)) => Err(StripeError::invalid_param(&path, "Invalid object")),
        }
    }

    /// The parameters of each object in a list.
    pub fn objects(&mut self, name: &str) -> Result<Vec<Self>, StripeError> {
        Ok(self.named_objects(name)?.into_iter().map(|(_, object)| object).collect())
    }

    /// The parameters of each object below a name, with the object's own name.
    pub fn named_objects(&mut self, name: &str) -> Result<Vec<(String, Self)>, StripeError> {
        let list = self.nested(name)?;
        let path = list.path;
        list.fields
            .into_iter()
            .map(|(index, node)| match node {
                Node::Branch(fields) => {
                    let path = format!("{path}[{index}]");
                    Ok((index, Self { path, fields }))
                }
                Node::Text(_) => {
                    Err(StripeError::invalid_param(&format!("{path}[{index}]"), "Invalid object"))
                }
            })
            .collect()
    }

    /// The texts of a list.
    pub fn texts(&mut self, name: &str) -> Result<Vec<String>, StripeError> {
        let list = self.nested(name)?;
        let path = list.path;
        list.fields
            .into_iter()
            .map(|(index, node)| match node {
                Node::Text(text) => Ok(text),
                Node::Branch(_) => {
                    Err(StripeError::invalid_param(&format!("{path}[{index}]"), "Invalid string"))
                }
            })
            .collect()
    }

    /// Sets the metadata keys that are given; an empty value removes its key.
    pub fn metadata(&mut self, metadata: &mut Value) -> Result<(), StripeError> {
        let given = self.nested("metadata")?;
        if !metadata.is_object() {
            *metadata = Value::Object(Map::new());
        }
        for (key, node) in given.fields {
            let param = format!("{}[{key}]", given.path);
            match node {
                Node::Branch(_) => {
                    return Err(StripeError::invalid_param(&param, "Metadata values must be strings"));
                }
                Node::Text(text) if text.len() > 500 => {
                    return Err(StripeError::invalid_param(
                        &param,
                        "Metadata values can have up to 500 characters",
                    ));
                }
                Node::Text(text) => {
                    if let Value::Object(map) = &mut *metadata {
                        if text.is_empty() {
                            map.remove(&key);
                        } else {
                            map.insert(key, text.into());
                        }
                    }
                }
            }
        }
        Ok(())
    }

    /// Removes parameters that Stripe has and that make no difference in the sandbox.
    pub fn ignore(&mut self, names: &[&str]) {
        self.fields.retain(|(name, _)| !names.contains(&name.as_str()));
    }

    /// Whether a parameter is given, also as an empty text.
    pub fn has(&self, name: &str) -> bool {
        self.fields.iter().any(|(field, _)| field == name)
    }

    /// Whether nothing is left.
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// Refuses the first parameter that was not read.
    pub fn finish(self) -> Result<(), StripeError> {
        self.fields.first().map_or(Ok(()), |(name, _)| Err(StripeError::unknown(&self.full_name(name))))
    }

    fn take(&mut self, name: &str) -> Option<Node> {
        let index = self.fields.iter().position(|(field, _)| field == name)?;
        Some(self.fields.remove(index).1)
    }

    /// The name as the caller wrote it, such as `line_items[0][price]`.
    pub fn full_name(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}[{name}]", self.path) }
    }
}

/// Splits `a[b][]` into `["a", "b", ""]`.
fn steps(name: &str) -> Result<Vec<&str>, StripeError> {
    let malformed = || StripeError::invalid_param(name, format!("Invalid parameter name: {name}"));
    let Some(open) = name.find('[') else {
        return if name.contains(']') { Err(malformed()) } else { Ok(vec![name]) };
    };
    let (first, rest) = name.split_at(open);
    let inner = rest.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).ok_or_else(malformed)?;
    let mut steps = vec![first];
    steps.extend(inner.split("]["));
    let plain = |step: &&str| !step.contains(['[', ']']);
    if first.is_empty() || steps.len() > 12 || !steps.iter().all(plain) {
        return Err(malformed());
    }
    Ok(steps)
}

fn insert(
    fields: &mut Vec<(String, Node)>,
    steps: &[&str],
    name: &str,
    value: String,
) -> Result<(), StripeError> {
    let Some((step, rest)) = steps.split_first() else { return Ok(()) };
    // `list[]=` appends; `list[][key]=` starts a new element only when the last one has the key already.
    let key = match *step {
        "" => match (fields.last(), rest.first()) {
            (Some((last, Node::Branch(inner))), Some(next)) if inner.iter().all(|(key, _)| key != next) => {
                last.clone()
            }
            _ => fields.len().to_string(),
        },
        step => step.to_owned(),
    };
    let index = fields.iter().position(|(field, _)| *field == key);
    if rest.is_empty() {
        match index {
            Some(index) => fields[index].1 = Node::Text(value),
            None => fields.push((key, Node::Text(value))),
        }
        return Ok(());
    }
    let index = index.unwrap_or_else(|| {
        fields.push((key, Node::Branch(Vec::new())));
        fields.len() - 1
    });
    match &mut fields[index].1 {
        Node::Branch(inner) => insert(inner, rest, name, value),
        Node::Text(_) => {
            Err(StripeError::invalid_param(name, format!("Invalid object: {name} is also given as text")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(text: &str) -> Params {
        Params::decode(text.as_bytes()).unwrap()
    }

    #[test]
    fn brackets_nest_and_lists_may_be_numbered_or_not() {
        let mut params = decode(
            "items[0][price]=p1&items[0][quantity]=2&items[1][price]=p2&expand[]=a&expand[]=b.c&x=%C3%A9+1",
        );
        let items = params.objects("items").unwrap();
        assert_eq!(items.len(), 2);
        assert_eq!(items[0].clone().integer("quantity"), Ok(Some(2)));
        assert_eq!(items[1].clone().text("price"), Ok(Some("p2".to_owned())));
        assert_eq!(params.texts("expand").unwrap(), ["a", "b.c"]);
        assert_eq!(params.text("x"), Ok(Some("é 1".to_owned())));
        assert_eq!(params.finish(), Ok(()));
    }

    #[test]
    fn an_unknown_parameter_is_named_in_the_error() {
        let mut params = decode("items[0][price]=p1&items[0][colour]=red");
        let mut item = params.objects("items").unwrap().remove(0);
        item.text("price").unwrap();
        let error = item.finish().unwrap_err();
        assert_eq!(error.error["code"], "parameter_unknown");
        assert_eq!(error.error["param"], "items[0][colour]");
    }

    #[test]
    fn an_invalid_value_is_refused_with_its_full_name() {
        let mut params = decode("items[0][quantity]=two");
        let error = params.objects("items").unwrap()[0].integer("quantity").unwrap_err();
        assert_eq!(error.error["param"], "items[0][quantity]");
        assert_eq!(error.message(), "Invalid integer: two");
    }

    #[test]
    fn names_with_unbalanced_brackets_are_refused() {
        for name in ["a[b", "a]b", "[a]", "a[[b]]"] {
            assert!(Params::decode(format!("{name}=1").as_bytes()).is_err(), "{name}");
        }
        assert!(Params::decode(b"a=1&a[b]=2").is_err());
    }

    #[test]
    fn an_empty_metadata_value_removes_its_key() {
        let mut metadata = serde_json::json!({ "kept": "1", "gone": "2" });
        decode("metadata[gone]=&metadata[new]=3").metadata(&mut metadata).unwrap();
        assert_eq!(metadata, serde_json::json!({ "kept": "1", "new": "3" }));
    }
}
