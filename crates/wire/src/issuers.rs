//! Issuers at which the app cannot sign in, whatever is set. The app refuses them, and the service's check says so before.

/// Why the app cannot sign in at an issuer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnsupportedIssuer {
    /// It sends browsers only to `https` addresses of a domain, and the app is on the user's computer.
    LoopbackRedirect,
    /// It does not check PKCE with S256.
    Pkce,
    /// It knows only clients that have a key or a certificate of their own.
    PublicClient,
}

impl UnsupportedIssuer {
    /// Whether the issuer with this name is known not to be supported.
    pub fn of_name(issuer: &str) -> Option<Self> {
        let host = issuer.strip_prefix("https://")?.split(['/', ':']).next()?;
        host.eq_ignore_ascii_case("appleid.apple.com").then_some(Self::LoopbackRedirect)
    }

    /// What the lists of a discovery document say. A list that is missing says nothing.
    pub fn of_lists(list: impl Fn(&str) -> Option<Vec<String>>) -> Option<Self> {
        let lacks = |name: &str, words: &[&str]| {
            list(name).is_some_and(|known| !known.iter().any(|word| words.contains(&word.as_str())))
        };
        if lacks("code_challenge_methods_supported", &["S256"]) {
            return Some(Self::Pkce);
        }
        let by_a_public_client = ["none", "client_secret_basic", "client_secret_post"];
        lacks("token_endpoint_auth_methods_supported", &by_a_public_client).then_some(Self::PublicClient)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issuer_is_unsupported_if_it_is_known_to_be_or_its_lists_say_so() {
        for issuer in
            ["https://appleid.apple.com", "https://AppleID.apple.com/", "https://appleid.apple.com:443/"]
        {
            assert_eq!(
                UnsupportedIssuer::of_name(issuer),
                Some(UnsupportedIssuer::LoopbackRedirect),
                "{issuer}"
            );
        }
        for issuer in
            ["https://id.example", "https://appleid.apple.com.id.example", "http://127.0.0.1:1/identity", ""]
        {
            assert_eq!(UnsupportedIssuer::of_name(issuer), None, "{issuer}");
        }
        let of = |name: &'static str, words: &'static [&'static str]| {
            let list = move |asked: &str| {
                (asked == name).then(|| words.iter().map(|word| (*word).to_owned()).collect())
            };
            UnsupportedIssuer::of_lists(list)
        };
        let (pkce, authentication) =
            ("code_challenge_methods_supported", "token_endpoint_auth_methods_supported");
        for (list, words, expected) in [
            (pkce, &["plain", "S256"][..], None),
            (pkce, &["plain"], Some(UnsupportedIssuer::Pkce)),
            (pkce, &[], Some(UnsupportedIssuer::Pkce)),
            (authentication, &["client_secret_post", "private_key_jwt"], None),
            (authentication, &["none"], None),
            (authentication, &["private_key_jwt", "tls_client_auth"], Some(UnsupportedIssuer::PublicClient)),
            ("scopes_supported", &[], None),
        ] {
            assert_eq!(of(list, words), expected, "{list} {words:?}");
        }
    }
}
