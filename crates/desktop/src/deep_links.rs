//! Links into the app, from a browser or another program. A link opens a page and does nothing else: it cannot buy, and
//! it cannot sign in. Its query is ignored.

use crate::command::PanelEntry;
use url::Url;

/// The scheme of links into the app, as the desktop knows it.
pub const SCHEME: &str = "tokenwell";

/// The page that a link opens. `None` for links that the app does not know.
pub fn opens(link: &str) -> Option<PanelEntry> {
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
    match (url.host_str()?, url.query()) {
        ("open", None) => Some(PanelEntry::Home),
        ("add-tokens", None) => Some(PanelEntry::AddTokens),
        // The query of the return page names a checkout. The app ignores it and asks the service about its own
        // purchase.
        ("checkout", _) => Some(PanelEntry::Checkout),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_these_exact_links_do_anything() {
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
            assert_eq!(opens(link), page, "{link:?}");
        }
    }
}
