//! Secrets among the settings. A message never repeats one.

use super::{SettingsError, missing, wrong};
use secrecy::SecretString;

/// The shortest service key, in characters: 16 random bytes in hexadecimal digits are longer.
const KEY_CHARS_MIN: usize = 24;

/// Stripe's secret key.
pub fn stripe_secret_key(value: Option<String>) -> Result<SecretString, SettingsError> {
    let Some(value) = value else {
        return missing("--stripe-secret-key", "the secret key from Stripe's dashboard (sk_… or rk_…)");
    };
    let key = plain("--stripe-secret-key", &value)?;
    if key.starts_with("sk_") || key.starts_with("rk_") {
        Ok(key.into())
    } else {
        wrong("--stripe-secret-key is not a secret key: give the one that starts with sk_ or rk_")
    }
}

/// The secrets that Stripe signs webhooks with.
pub fn stripe_webhook_secrets(values: &[String]) -> Result<Vec<SecretString>, SettingsError> {
    if values.is_empty() {
        return missing(
            "--stripe-webhook-secret",
            "the signing secret of the webhook endpoint (whsec_…)",
        );
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
pub fn service_keys(values: &[String]) -> Result<Vec<SecretString>, SettingsError> {
    let key = |value: &String| match plain("--service-key", value)? {
        key if key.len() >= KEY_CHARS_MIN => Ok(key.into()),
        _ => wrong(format!(
            "--service-key is easy to guess: give {KEY_CHARS_MIN} random characters or more, such as `openssl rand -hex 24` prints"
        )),
    };
    values.iter().map(key).collect()
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
    use secrecy::ExposeSecret;

    fn texts(values: &[&str]) -> Vec<String> {
        values.iter().map(|value| (*value).to_owned()).collect()
    }

    #[test]
    fn blanks_around_a_secret_do_not_belong_to_it() {
        let key = "0123456789abcdef01234567";
        let keys = service_keys(&texts(&[&format!(" {key}\n")])).unwrap();
        assert_eq!(keys[0].expose_secret(), key);
        let secrets = stripe_webhook_secrets(&texts(&["whsec_1 ", " whsec_2"])).unwrap();
        assert_eq!(secrets.iter().map(ExposeSecret::expose_secret).collect::<Vec<_>>(), ["whsec_1", "whsec_2"]);
        assert_eq!(stripe_secret_key(Some("sk_test_1\r\n".to_owned())).unwrap().expose_secret(), "sk_test_1");
    }
}
