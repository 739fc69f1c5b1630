//! Which hosts strangers can reach.

use std::net::{Ipv4Addr, Ipv6Addr};
use url::Host;

/// Whether strangers can reach this host.
pub fn is_public(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => is_public_name(name),
        Host::Ipv4(address) => is_public_v4(*address),
        Host::Ipv6(address) => is_public_v6(*address),
    }
}

fn is_public_name(name: &str) -> bool {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    // A name without a dot, and the names that are reserved for networks of one's own.
    let own = ["localhost", "local", "internal", "test", "lan", "home.arpa"];
    name.contains('.') && !own.iter().any(|own| name == *own || name.ends_with(&format!(".{own}")))
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    !(address.is_loopback() || address.is_private() || address.is_link_local() || address.is_unspecified())
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    match address.to_ipv4_mapped() {
        Some(mapped) => is_public_v4(mapped),
        None => {
            !(address.is_loopback()
                || address.is_unspecified()
                || address.is_unique_local()
                || address.is_unicast_link_local())
        }
    }
}
