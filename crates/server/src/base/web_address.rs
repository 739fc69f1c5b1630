//! Whether what is sent to a web address stays secret.

use std::net::IpAddr;
use url::{Host, Url};

/// Whether the address is on this machine.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => IpAddr::from(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::from(address).is_loopback(),
        None => false,
    }
}

/// Whether nobody on the way can read or change what is sent: `https`, or `http` on this machine.
pub fn is_protected(url: &Url) -> bool {
    match url.scheme() {
        "https" => url.host().is_some(),
        "http" => is_loopback(url),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_reached_without_https_and_its_imitations_are_not() {
        for (address, protected) in [
            ("https://id.example.com", true),
            ("http://localhost:8787", true),
            ("http://tokens.localhost", true),
            ("http://127.0.0.1", true),
            ("http://127.1", true),
            ("http://[::1]:80", true),
            ("http://id.example.com", false),
            ("http://localhost.example.com", false),
            ("http://127.0.0.1.example.com", false),
            ("http://127.0.0.1@id.example.com", false),
            ("http://id.example.com/#@127.0.0.1", false),
            ("http://0.0.0.0", false),
            ("http://2130706433.example.com", false),
            ("ws://localhost", false),
            ("file:///etc/passwd", false),
            ("data:application/json,{}", false),
        ] {
            assert_eq!(is_protected(&address.parse().unwrap()), protected, "{address}");
        }
    }
}
