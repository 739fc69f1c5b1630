//! `--format`: a line with fields in braces.

use std::{fmt, str::FromStr};
use strum::{EnumString, VariantNames};

/// What can stand in braces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumString, VariantNames)]
#[strum(serialize_all = "snake_case")]
pub(crate) enum Field {
    Spendable,
    Total,
    Rollover,
    Fast,
    TopUp,
    Locked,
    Allowance,
    RolloverCap,
    Plan,
    Next,
    Resets,
    AsOf,
    Low,
    Stale,
}

/// The parts of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Template(Vec<Part>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Field(Field),
}

/// Why a template cannot be used.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TemplateError {
    #[error("there is no field {{{0}}}; the fields are {known}", known = known())]
    Unknown(String),
    #[error("the `{{` before “{0}” has no `}}`; write `{{{{` for a brace")]
    Open(String),
    #[error("a `}}` has no `{{`; write `}}}}` for a brace")]
    Closed,
}

/// The names of the fields in braces.
pub(crate) fn known() -> String {
    Field::VARIANTS.iter().map(|name| format!("{{{name}}}")).collect::<Vec<_>>().join(" ")
}

impl FromStr for Template {
    type Err = TemplateError;

    fn from_str(text: &str) -> Result<Self, TemplateError> {
        let mut parts = Vec::new();
        let mut literal = String::new();
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            let (before, brace) = rest.split_at(at);
            literal.push_str(before);
            let (brace, after) = brace.split_at(1);
            if let Some(after) = after.strip_prefix(brace) {
                literal.push_str(brace);
                rest = after;
            } else if brace == "{" {
                let (name, after) =
                    after.split_once('}').ok_or_else(|| TemplateError::Open(after.to_owned()))?;
                let field = name.parse().map_err(|_| TemplateError::Unknown(name.to_owned()))?;
                parts.push(Part::Text(std::mem::take(&mut literal)));
                parts.push(Part::Field(field));
                rest = after;
            } else {
                return Err(TemplateError::Closed);
            }
        }
        literal.push_str(rest);
        parts.push(Part::Text(literal));
        Ok(Self(parts))
    }
}

impl Template {
    /// The line with the values of its fields.
    pub(crate) fn fill<V: fmt::Display>(&self, value: impl Fn(Field) -> V) -> String {
        let written = self.0.iter().map(|part| match part {
            Part::Text(text) => text.clone(),
            Part::Field(field) => value(*field).to_string(),
        });
        written.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(template: &str) -> Result<String, String> {
        let template: Template = template.parse().map_err(|error: TemplateError| error.to_string())?;
        Ok(template.fill(|field| format!("<{field:?}>")))
    }

    #[test]
    fn fields_are_replaced_and_doubled_braces_are_braces() {
        for (template, line) in [
            ("", ""),
            ("no field", "no field"),
            ("{spendable} {fast}", "<Spendable> <Fast>"),
            ("{top_up}{rollover_cap}·", "<TopUp><RolloverCap>·"),
            ("{{{fast}}} }} {{", "{<Fast>} } {"),
        ] {
            assert_eq!(filled(template).as_deref(), Ok(line), "{template}");
        }
    }

    #[test]
    fn an_unknown_field_is_refused_with_the_known_ones() {
        let error = filled("{spendable} {sepndable}").unwrap_err();
        assert!(
            error.starts_with("there is no field {sepndable}; the fields are {spendable} {total} {rollover}"),
            "{error}"
        );
        for name in Field::VARIANTS {
            assert!(error.contains(&format!("{{{name}}}")), "{name}");
            assert!(filled(&format!("{{{name}}}")).is_ok(), "{name}");
        }
        for (template, start) in [("{}", "there is no field {}"), ("{ fast }", "there is no field { fast }")]
        {
            assert!(filled(template).unwrap_err().starts_with(start), "{template}");
        }
    }

    #[test]
    fn a_brace_without_its_partner_is_refused() {
        assert_eq!(
            filled("a {fast").unwrap_err(),
            "the `{` before “fast” has no `}`; write `{{` for a brace"
        );
        assert_eq!(filled("fast} b").unwrap_err(), "a `}` has no `{`; write `}}` for a brace");
    }
}
