//! Secrets among the settings. A message never repeats one.

use super::error::{SettingsError, wrong};
use super::values::missing;
use crate::http::auth::scope::Scope;
use crate::http::auth::service_keys::ServiceKey;
use secrecy::SecretString;
use std::collections::BTreeSet;

/// The shortest service key, in characters: 16 random bytes in hexadecimal digits are longer.
const KEY_CHARS_MIN: usize = 24;

/// How many different characters it has at least: nobody draws fewer at random.
const DIFFERENT_CHARS_MIN: usize = 6;

/// The longest name of a service key, in characters.
const NAME_CHARS_MAX: usize = 64;

/// Stripe's secret key.
pub fn stripe_secret_key(value: Option<String>) -> Result<SecretString, SettingsError> {
    let Some(value) = value else {
        return missing("--stripe-secret-key", "the secret key from Stripe's dashboard (sk_… or rk_…)");
    };
    let key = plain("--stripe-secret-key", &value)?;
    let has_more_than = |prefix: &str| key.strip_prefix(prefix).is_some_and(|rest| !rest.is_empty());
    if has_more_than("sk_") || has_more_than("rk_") {
        Ok(key.into())
    } else {
        wrong("--stripe-secret-key is not a secret key: give the one that starts with sk_ or rk_")
    }
}

/// The secrets that Stripe signs webhooks with.
pub fn stripe_webhook_secrets(values: &[String]) -> Result<Vec<SecretString>, SettingsError> {
    if values.is_empty() {
        return missing("--stripe-webhook-secret", "the signing secret of the webhook endpoint (whsec_…)");
    }
    let secret = |value: &String| match plain("--stripe-webhook-secret", value)? {
        secret if secret.starts_with("whsec_") && secret.len() > "whsec_".len() => Ok(secret.into()),
        _ => wrong(
            "--stripe-webhook-secret is not a signing secret: give the one of the webhook endpoint, which starts with whsec_",
        ),
    };
    values.iter().map(secret).collect()
}

/// The keys of the platform's back ends.
pub fn service_keys(values: &[String]) -> Result<Vec<ServiceKey>, SettingsError> {
    let mut keys = BTreeSet::new();
    let mut read = Vec::new();
    for value in values {
        let value = plain("--service-key", value)?;
        read.push(service_key(value)?);
        if !keys.insert(named_parts(value).map_or(value, |(_, _, key)| key)) {
            return wrong("--service-key has the same key twice: give each back end a key of its own");
        }
    }
    Ok(read)
}

/// `NAME:scope+scope:KEY`, or else the key alone, which has every scope.
fn service_key(value: &str) -> Result<ServiceKey, SettingsError> {
    let named = named_parts(value);
    let key = named.as_ref().map_or(value, |(_, _, key)| *key);
    let different: BTreeSet<u8> = key.bytes().collect();
    if key.len() >= KEY_CHARS_MIN && different.len() >= DIFFERENT_CHARS_MIN {
        return match named {
            Some((name, scopes, key)) if is_name(name) => Ok(ServiceKey::named(name, scopes, key)),
            Some(_) => wrong(format!(
                "--service-key has no name that logs can carry: give {NAME_CHARS_MAX} letters, digits, - or _ at most before its scopes"
            )),
            None => Ok(ServiceKey::from(value.to_owned())),
        };
    }
    wrong(format!(
        "--service-key is easy to guess: give {KEY_CHARS_MIN} random characters or more, such as `openssl rand -hex 24` prints"
    ))
}

/// Name, scopes and key, if the value has these parts.
fn named_parts(value: &str) -> Option<(&str, Vec<Scope>, &str)> {
    let (name, rest) = value.split_once(':')?;
    let (scopes, key) = rest.split_once(':')?;
    Some((name, Scope::several(scopes)?, key))
}

fn is_name(name: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    (1..=NAME_CHARS_MAX).contains(&name.len()) && name.bytes().all(fits)
}

/// A value that a header can carry, without the blanks around it.
fn plain<'v>(flag: &str, value: &'v str) -> Result<&'v str, SettingsError> {
    let value = value.trim();
    if value.is_empty() {
        return wrong(format!("{flag} is empty: give a value or leave it out"));
    }
    if value.bytes().all(|byte| byte.is_ascii_graphic()) {
        Ok(value)
    } else {
        wrong(format!("{flag} has a blank or a character that is not ASCII: give it without"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::spelling::Spelled;
    use crate::http::auth::service_keys::ServiceKeys;
    use secrecy::ExposeSecret;

    fn texts(values: &[&str]) -> Vec<String> {
        values.iter().map(|value| (*value).to_owned()).collect()
    }

    #[test]
    fn blanks_around_a_secret_do_not_belong_to_it() {
        let key = "0123456789abcdef01234567";
        let caller = |value: &str| {
            let keys = ServiceKeys::new(service_keys(&texts(&[value])).unwrap());
            keys.caller(key).cloned()
        };
        assert!(caller(&format!(" {key}\n")).is_some());
        assert!(caller(&format!(" studio:spend:{key}\n")).is_some());
        let secrets = stripe_webhook_secrets(&texts(&["whsec_1 ", " whsec_2"])).unwrap();
        assert_eq!(
            secrets.iter().map(ExposeSecret::expose_secret).collect::<Vec<_>>(),
            ["whsec_1", "whsec_2"]
        );
        assert_eq!(stripe_secret_key(Some("sk_test_1\r\n".to_owned())).unwrap().expose_secret(), "sk_test_1");
    }

    #[test]
    fn a_key_with_a_name_has_the_scopes_that_it_names_and_any_other_form_has_all() {
        let key = "0123456789abcdef01234567";
        for (value, shown, name, scopes) in [
            (
                format!("studio:spend+read:{key}"),
                key.to_owned(),
                Some("studio"),
                &[Scope::Spend, Scope::Read][..],
            ),
            (key.to_owned(), key.to_owned(), None, Scope::ALL),
            (format!("studio:{key}"), format!("studio:{key}"), None, Scope::ALL),
            (format!("studio:spend+fly:{key}"), format!("studio:spend+fly:{key}"), None, Scope::ALL),
            (format!("studio::{key}"), format!("studio::{key}"), None, Scope::ALL),
        ] {
            let read = service_keys(std::slice::from_ref(&value)).unwrap();
            assert_eq!(read[0].is_plain(), name.is_none(), "{value}");
            let keys = ServiceKeys::new(read);
            let caller = keys.caller(&shown).unwrap();
            assert_eq!((caller.name.as_deref(), caller.scopes.as_slice()), (name, scopes), "{value}");
        }
        for refused in [
            &["studio:spend:short"][..],
            &[":spend:0123456789abcdef01234567"],
            &["a b:spend:0123456789abcdef01234567"],
            &["000000000000000000000000"],
            &["studio:spend:abcabcabcabcabcabcabcabcabc"],
            &["0123456789abcdef01234567", "studio:spend:0123456789abcdef01234567"],
        ] {
            assert!(service_keys(&texts(refused)).is_err(), "{refused:?}");
        }
    }
}
