//! The web pages that the app opens in the system browser. Only addresses that pass these checks are opened.

use std::fmt;
use tokenwell_wire::ServiceDescription;
use url::{Host, Url};

/// A page that may be opened in the system browser.
#[derive(Clone, PartialEq, Eq)]
pub struct HostedPageUrl(Url);

impl HostedPageUrl {
    /// The address, in its normal form.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl fmt::Debug for HostedPageUrl {
    /// Hides path and query in logs, because they are secrets: they open a checkout or a sign-in.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Page({}/…)", self.0.origin().ascii_serialization())
    }
}

/// Why a service's address cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadAddress {
    /// It is not an absolute `http` or `https` URL with a host.
    #[error("not an http(s) address")]
    Malformed,
    /// Plain `http` to another machine.
    #[error("not encrypted")]
    NotEncrypted,
}

/// Parses a service's address as the user typed it. Without a scheme it is `https`.
pub fn service_address(typed: &str) -> Result<Url, BadAddress> {
    let typed = typed.trim();
    let whole = if typed.contains("://") { typed.to_owned() } else { format!("https://{typed}") };
    let mut url = Url::parse(&whole).map_err(|_| BadAddress::Malformed)?;
    if !matches!(url.scheme(), "http" | "https") || url.host().is_none() || !url.username().is_empty() {
        return Err(BadAddress::Malformed);
    }
    if url.scheme() == "http" && !is_loopback(&url) {
        return Err(BadAddress::NotEncrypted);
    }
    url.set_query(None);
    url.set_fragment(None);
    if !url.path().ends_with('/') {
        url.set_path(&format!("{}/", url.path()));
    }
    Ok(url)
}

/// A page for payments or billing. It has to be `https` on a host that the service lists. Loopback `http` is allowed if
/// the service lists it and is itself on loopback.
pub fn checkout(url: &str, service: &Url, description: &ServiceDescription) -> Option<HostedPageUrl> {
    let page = safe(url, service)?;
    let host = page.0.host_str()?;
    let with_port = page.0.port_or_known_default().map(|port| format!("{host}:{port}"));
    let listed = |allowed: &String| {
        // A host without a port means the scheme's default port.
        allowed.eq_ignore_ascii_case(host) && page.0.port().is_none()
            || with_port.as_ref().is_some_and(|with_port| allowed.eq_ignore_ascii_case(with_port))
    };
    description.checkout_hosts.iter().any(listed).then_some(page)
}

/// The issuer's sign-in page from its discovery document: `https`, or loopback `http` if the service is on loopback.
pub fn sign_in(url: &str, service: &Url) -> Option<HostedPageUrl> {
    safe(url, service)
}

/// The page of releases.
const DOWNLOADS: &str = "https://github.com/tokenwell/tokenwell/releases";

/// The page of releases.
pub(crate) fn downloads() -> Option<HostedPageUrl> {
    Url::parse(DOWNLOADS).ok().map(HostedPageUrl)
}

/// The page for buying of a platform that is read with an API key: `https`, or loopback `http` if the platform is on loopback.
pub fn of_platform(page: &Url, platform: &Url) -> Option<HostedPageUrl> {
    safe(page.as_str(), platform)
}

fn safe(url: &str, service: &Url) -> Option<HostedPageUrl> {
    let url = Url::parse(url).ok()?;
    let encrypted = url.scheme() == "https";
    let local = url.scheme() == "http" && is_loopback(&url) && is_loopback(service);
    let credentials = !url.username().is_empty() || url.password().is_some();
    ((encrypted || local) && url.has_host() && !credentials).then_some(HostedPageUrl(url))
}

/// Whether the URL's host is this computer. Names are not resolved; only `localhost` counts.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opens(service: &str, hosts: &[&str], url: &str) -> bool {
        let description = ServiceDescription {
            api_version: 1,
            issuer: "https://id.example/".into(),
            client_id: "tokenwell-desktop".into(),
            checkout_hosts: hosts.iter().map(|&host| host.into()).collect(),
            min_app_version: None,
            support_contact: None,
            low_balance_percent: vec![10],
            quantity_max: 20,
            sign_in: tokenwell_wire::SignInDescription::default(),
        };
        checkout(url, &service_address(service).unwrap(), &description).is_some()
    }

    #[test]
    fn only_listed_hosts_are_opened_for_paying() {
        const STRIPE: &[&str] = &["checkout.stripe.com", "billing.stripe.com"];
        const LOCAL: &[&str] = &["127.0.0.1:4242"];
        let remote = "https://tokens.example";
        let local = "http://127.0.0.1:8787";
        for (expected, service, hosts, url) in [
            (true, remote, STRIPE, "https://checkout.stripe.com/c/pay/cs_1#fidkdWxOYHwnPyd1"),
            (true, remote, STRIPE, "https://CHECKOUT.stripe.com:443/c/pay/cs_1"),
            (false, remote, STRIPE, "http://checkout.stripe.com/c/pay/cs_1"),
            (false, remote, STRIPE, "https://checkout.stripe.com:8443/c/pay/cs_1"),
            (false, remote, STRIPE, "https://checkout.stripe.com.evil.example/"),
            (false, remote, STRIPE, "https://checkout.stripe.com@evil.example/"),
            (false, remote, STRIPE, "https://me@checkout.stripe.com/"),
            (false, remote, STRIPE, "https://evil.example/?checkout.stripe.com"),
            (false, remote, STRIPE, "file:///etc/passwd"),
            (false, remote, STRIPE, "javascript:alert(1)"),
            (false, remote, STRIPE, "checkout.stripe.com"),
            (true, local, LOCAL, "http://127.0.0.1:4242/c/pay/cs_1"),
            (false, local, LOCAL, "http://127.0.0.1:4243/c/pay/cs_1"),
            (false, local, LOCAL, "http://localhost:4242/c/pay/cs_1"),
            (false, remote, LOCAL, "http://127.0.0.1:4242/c/pay/cs_1"),
            (false, local, &["tokens.example"], "http://tokens.example/pay"),
        ] {
            assert_eq!(opens(service, hosts, url), expected, "{url} of {service} with {hosts:?}");
        }
    }

    #[test]
    fn an_address_is_accepted_as_the_user_types_it() {
        for (typed, read) in [
            ("tokens.example", Ok("https://tokens.example/")),
            (" https://tokens.example/base ", Ok("https://tokens.example/base/")),
            ("http://127.0.0.1:8787", Ok("http://127.0.0.1:8787/")),
            ("http://[::1]:8787/?x#y", Ok("http://[::1]:8787/")),
            ("http://localhost:1", Ok("http://localhost:1/")),
            ("http://tokens.example", Err(BadAddress::NotEncrypted)),
            ("ftp://tokens.example", Err(BadAddress::Malformed)),
            ("https://", Err(BadAddress::Malformed)),
            ("", Err(BadAddress::Malformed)),
            ("https://me:secret@tokens.example", Err(BadAddress::Malformed)),
        ] {
            assert_eq!(service_address(typed).as_ref().map(Url::as_str), read.as_ref().copied(), "{typed:?}");
        }
    }

    #[test]
    fn a_pages_secret_path_is_not_logged() {
        let service = service_address("https://tokens.example").unwrap();
        let page = sign_in("https://id.example/authorize?state=secret", &service).unwrap();
        assert_eq!(format!("{page:?}"), "Page(https://id.example/…)");
    }
}
