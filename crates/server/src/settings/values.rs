//! The values of the flags: each is checked, and a wrong one is reported with its flag and the fix.

use super::error::{SettingsError, one_line, wrong};
use crate::base::web_address::{is_loopback, is_protected};
use crate::store::{CopyJob, Database};
use std::net::SocketAddr;
use std::path::PathBuf;
use tokenwell_ledger::Catalogue;
use url::Url;

pub fn missing<T>(flag: &str, what: &str) -> Result<T, SettingsError> {
    let variable = flag.trim_start_matches("--").replace('-', "_").to_uppercase();
    wrong(format!("{flag} is missing: give {what}, or set TOKENWELL_{variable}"))
}

pub fn support_contact(value: String) -> Result<String, SettingsError> {
    let is_email = value.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.'));
    let is_page = value.starts_with("https://") && value.parse::<Url>().is_ok();
    if (is_email || is_page) && !value.contains(char::is_whitespace) {
        return Ok(value);
    }
    wrong(format!(
        "--support-contact {value:?} is no address: give one such as help@example.com or https://example.com/help"
    ))
}

pub fn listen(value: &str) -> Result<SocketAddr, SettingsError> {
    value.parse().or_else(|_| {
        wrong(format!("--listen {value:?} is not an address and port: give one such as 127.0.0.1:8787"))
    })
}

/// What to give for a database.
pub const A_FILE: &str = "where to keep the data, such as sqlite:tokenwell.db";

pub fn database(flag: &str, value: Option<String>, what: &str) -> Result<Database, SettingsError> {
    let Some(value) = value else { return missing(flag, what) };
    Database::parse(&value).or_else(|why| wrong(format!("{flag} {why}")))
}

pub fn copying(from: Option<String>, to: Option<String>) -> Result<CopyJob, SettingsError> {
    let from = database("--from", from, "the file to copy, such as sqlite:tokenwell.db")?;
    let to = database("--to", to, "an empty database, such as postgres://user:password@host/tokenwell")?;
    CopyJob::between(from, to).or_else(|refused| wrong(refused.to_string()))
}

pub fn catalogue(file: Option<PathBuf>) -> Result<Catalogue, SettingsError> {
    let Some(file) = file else { return Ok(Catalogue::built_in()) };
    let shown = file.display();
    let text = std::fs::read_to_string(&file).or_else(|error| {
        wrong(format!(
            "--catalogue {shown} cannot be read ({error}): give a readable TOML file, or leave it out"
        ))
    })?;
    Catalogue::parse(&text)
        .or_else(|error| wrong(format!("--catalogue {shown}: {}", one_line(&error.to_string()))))
}

/// The address serves only web pages, so the operator may choose `http`.
pub fn public_url(value: &str) -> Result<Url, SettingsError> {
    match Url::parse(value) {
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.query().is_none() => Ok(url),
        _ => wrong(format!(
            "--public-url {value:?} is not a web address: give one such as https://tokens.example.com"
        )),
    }
}

/// An `https` address; `http` only on this machine, since tokens and keys travel over it.
pub fn web_address(flag: &str, value: &str, example: &str) -> Result<Url, SettingsError> {
    let Ok(url) = Url::parse(value) else {
        return wrong(format!("{flag} {value:?} is not a web address: give one such as {example}"));
    };
    if is_protected(&url) {
        return Ok(url);
    }
    match url.scheme() {
        "http" => {
            wrong(format!("{flag} {value:?} is not encrypted: give an https address, such as {example}"))
        }
        _ => wrong(format!("{flag} {value:?} is not a web address: give one such as {example}")),
    }
}

/// Stripe's two hosts, or the sandbox's own if the API is on this machine.
pub fn default_checkout_hosts(stripe_api_base: &Url) -> Vec<String> {
    if is_loopback(stripe_api_base) {
        vec![stripe_api_base.authority().to_owned()]
    } else {
        vec!["checkout.stripe.com".to_owned(), "billing.stripe.com".to_owned()]
    }
}

pub fn checkout_host(value: String) -> Result<String, SettingsError> {
    let fits = Url::parse(&format!("https://{value}/"))
        .is_ok_and(|url| url.authority() == value.trim_end_matches(":443") && url.path() == "/");
    if fits {
        Ok(value)
    } else {
        wrong(format!(
            "--checkout-host {value:?} is not a host: give one such as checkout.stripe.com, without https://"
        ))
    }
}

pub fn version(value: String) -> Result<String, SettingsError> {
    let parts: Vec<_> = value.split('.').collect();
    if parts.len() == 3 && parts.iter().all(|part| part.parse::<u32>().is_ok()) {
        Ok(value)
    } else {
        wrong(format!("--min-app-version {value:?} is not a version: give one such as 1.2.3"))
    }
}
