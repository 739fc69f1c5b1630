//! Form fields and query parameters.

/// A field, in Stripe's bracket notation.
pub type Field = (String, String);

/// Writes fields: `fields![ "mode" => "payment", … ]`.
macro_rules! fields {
    ($($name:expr => $value:expr),* $(,)?) => {
        [$(($name.to_string(), $value.to_string())),*] as [(String, String); _]
    };
}
pub(crate) use fields;
