//! Links into the app, from a browser or another program. A link opens a page and does nothing else: it cannot buy, and
//! it cannot sign in. One fills in the address of a service.

use crate::{
    command::{Command, PanelEntry},
    hosted_page,
};
use url::Url;

/// The scheme of links into the app, as the desktop knows it.
pub const SCHEME: &str = "tokenwell";

/// What a link does. `None` for links that the app does not know.
pub fn command(link: &str) -> Option<Command> {
    let url = Url::parse(link).ok()?;
    let plain = url.scheme() == SCHEME
        && matches!(url.path(), "" | "/")
        && url.username().is_empty()
        && url.password().is_none()
        && url.port().is_none()
        && url.fragment().is_none();
    if !plain {
        return None;
    }
    let entry = match (url.host_str()?, url.query()) {
        ("open", None) => PanelEntry::Home,
        ("add-tokens", None) => PanelEntry::AddTokens,
        // The query of the return page names a checkout. The app ignores it and asks the service about its own
        // purchase.
        ("checkout", _) => PanelEntry::Checkout,
        ("connect", Some(_)) => return service(&url).map(|service| Command::Connect { service }),
        _ => return None,
    };
    Some(Command::Open { entry })
}

/// The address that a link proposes: its only parameter, and nothing but an address.
fn service(link: &Url) -> Option<String> {
    let parameters: Vec<_> = link.query_pairs().collect();
    let [(name, service)] = parameters.as_slice() else { return None };
    let address = hosted_page::service_address(service).ok().filter(|_| name == "service")?;
    let is_whole = service.trim_end_matches('/') == address.as_str().trim_end_matches('/');
    is_whole.then(|| service.clone().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_these_exact_links_open_a_page() {
        for (link, page) in [
            ("tokenwell://open", Some(PanelEntry::Home)),
            ("tokenwell://open/", Some(PanelEntry::Home)),
            ("tokenwell://add-tokens", Some(PanelEntry::AddTokens)),
            ("tokenwell://checkout", Some(PanelEntry::Checkout)),
            ("tokenwell://checkout/?purchase=p1", Some(PanelEntry::Checkout)),
            ("TOKENWELL://open", Some(PanelEntry::Home)),
            ("tokenwell:open", None),
            ("tokenwell:///open", None),
            ("tokenwell://", None),
            ("tokenwell://settings", None),
            ("tokenwell://OPEN", None),
            ("tokenwell://open/settings", None),
            ("tokenwell://open?page=settings", None),
            ("tokenwell://open#settings", None),
            ("tokenwell://me@open", None),
            ("tokenwell://open:1", None),
            ("tokenwell://add-tokens?pack=large&quantity=20", None),
            ("tokenwell://buy", None),
            ("https://open", None),
            ("tokenwells://open", None),
            ("--service=http://evil.example", None),
            ("open", None),
            ("", None),
        ] {
            assert_eq!(command(link), page.map(|entry| Command::Open { entry }), "{link:?}");
        }
    }

    #[test]
    fn a_link_fills_in_an_address_that_it_says_whole() {
        for (link, service) in [
            (
                "tokenwell://connect?service=https%3A%2F%2Ftokens.example.com",
                Some("https://tokens.example.com"),
            ),
            ("tokenwell://connect/?service=https://tokens.example.com/", Some("https://tokens.example.com/")),
            (
                "tokenwell://connect?service=https://a.example:8443/tokens",
                Some("https://a.example:8443/tokens"),
            ),
            ("tokenwell://connect?service=http://127.0.0.1:8787", Some("http://127.0.0.1:8787")),
            ("tokenwell://connect", None),
            ("tokenwell://connect?", None),
            ("tokenwell://connect?service=", None),
            ("tokenwell://connect?service=tokens.example.com", None),
            ("tokenwell://connect?service=http://tokens.example.com", None),
            ("tokenwell://connect?service=https://tokens.example.com@evil.example", None),
            ("tokenwell://connect?service=https://evil.example%23tokens.example.com", None),
            ("tokenwell://connect?service=https://evil.example%3Ftokens.example.com", None),
            ("tokenwell://connect?service=https://t%D0%BEkens.example.com", None),
            ("tokenwell://connect?service=https://a.example&service=https://b.example", None),
            ("tokenwell://connect?service=https://a.example&signin=1", None),
            ("tokenwell://connect?Service=https://a.example", None),
        ] {
            let expected = service.map(|service| Command::Connect { service: service.to_owned() });
            assert_eq!(command(link), expected, "{link:?}");
        }
    }
}
