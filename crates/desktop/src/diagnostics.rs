//! The diagnostics file: the app's state and its logs, without secrets and personal data. The logs are written without
//! secrets already; this is a second check.

use crate::{
    settings::Settings,
    view::{Connection, Session, View},
};
use semver::Version;
use serde_json::json;

/// The content of a diagnostics file before the logs are added, and the personal data to remove.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    state: String,
    personal: Vec<String>,
}

/// The app's state. It contains no token amounts, because an operator can see them in the service.
pub(crate) fn report(view: &View, version: &Version, settings: &Settings) -> Report {
    let mut personal = Vec::new();
    let session = match &view.session {
        Session::Starting => "starting",
        Session::SignedOut { .. } => "signed_out",
        Session::SigningIn { .. } => "signing_in",
        Session::SignedIn { account, name } => {
            personal.extend(name.clone());
            personal.extend(account.as_ref().and_then(|account| account.email.clone()));
            "signed_in"
        }
        Session::Key => "key",
    };
    for account in &view.accounts {
        personal.extend([&account.name, &account.email].into_iter().flatten().cloned());
    }
    let connection = match &view.connection {
        Connection::Connecting => json!("connecting"),
        Connection::Online => json!("online"),
        Connection::Offline { since, problem } => json!({"offline_since": since, "because": problem.code}),
    };
    let balance = view.balance.as_ref().map(
        |view| json!({"version": view.balance.version, "received_at": view.received_at, "stale": view.stale}),
    );
    let state = json!({
        "app": version.to_string(),
        "locale": view.locale,
        "service": view.service,
        "session": session,
        "accounts": view.accounts.len(),
        "connection": connection,
        "key_account": view.key_account.as_ref().map(|account| json!({
            "host": account.host, "received_at": account.received_at, "stale": account.stale,
            "because": account.problem.as_ref().map(|problem| &problem.code),
        })),
        "balance": balance,
        "purchase": view.purchase.as_ref().map(|purchase| json!({"started_at": purchase.started_at})),
        "notices": view.notices,
        "settings": settings,
        "starts_at_login": view.settings.start_at_login,
    });
    Report { state: format!("{state:#}"), personal }
}

impl Report {
    /// The whole file: the app's state, the system and the logs, with secrets and personal data removed.
    pub fn file(&self, system: &str, home: &str, logs: &str) -> String {
        let whole = format!("{}\n\nSystem: {system}\n\nLogs:\n{logs}", self.state);
        let mut clean = without_secrets(&whole);
        // Longest first. Otherwise a name inside an e-mail address would be replaced first, and the rest of the address
        // would remain.
        let mut personal: Vec<&str> = self.personal.iter().map(String::as_str).collect();
        personal.sort_by_key(|text| std::cmp::Reverse(text.len()));
        for text in personal.into_iter().filter(|text| text.chars().count() > 2) {
            clean = clean.replace(text, "[personal]");
        }
        if home.len() > 1 { clean.replace(home, "~") } else { clean }
    }
}

/// Removes e-mail addresses, tokens, keys, and the query and fragment of URLs.
fn without_secrets(text: &str) -> String {
    let ends = |c: char| {
        c.is_whitespace()
            || matches!(c, '"' | '\'' | '<' | '>' | '(' | ')' | '[' | ']' | '{' | '}' | ',' | ';')
    };
    let mut clean = String::with_capacity(text.len());
    for part in text.split_inclusive(ends) {
        let word = part.trim_end_matches(ends);
        clean.push_str(&without_secret(word));
        clean.push_str(&part[word.len()..]);
    }
    clean
}

fn without_secret(word: &str) -> String {
    const KEYS: [&str; 6] = ["sk_", "rk_", "whsec_", "cs_", "eyJ", "Bearer"];
    let (address, tail) = match word.find(['?', '#']) {
        Some(at) if word.contains("://") => (&word[..at], "?[removed]"),
        _ => (word, ""),
    };
    if address.contains('@') {
        return format!("[e-mail]{tail}");
    }
    let secret = |piece: &str| {
        let letters = piece.chars().filter(char::is_ascii_alphanumeric).count();
        let digits = piece.chars().filter(char::is_ascii_digit).count();
        KEYS.iter().any(|key| piece.starts_with(key)) || letters >= 24 && digits >= 3
    };
    let mut clean = String::new();
    for part in address.split_inclusive(['/', '=', ':', '|']) {
        let piece = part.trim_end_matches(['/', '=', ':', '|']);
        clean.push_str(if secret(piece) { "[secret]" } else { piece });
        clean.push_str(&part[piece.len()..]);
    }
    clean + tail
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cleaned(personal: &[&str], logs: &str) -> String {
        let personal = personal.iter().map(|&text| text.to_owned()).collect();
        let file = Report { state: "{}".into(), personal }.file("Linux", "/home/ada", logs);
        file.split_once("Logs:\n").unwrap().1.to_owned()
    }

    #[test]
    fn secrets_and_personal_data_are_removed_and_nothing_else() {
        for (logged, cleaned_log) in [
            (
                "2026-11-22T12:00:00.123456Z  INFO tokenwell_app::shell: no tray on this desktop",
                "2026-11-22T12:00:00.123456Z  INFO tokenwell_app::shell: no tray on this desktop",
            ),
            ("mail to ada@example.com, please", "mail to [e-mail], please"),
            ("name=\"Ada Moreau\"", "name=\"[personal]\""),
            (
                "Authorization: Bearer eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln",
                "Authorization: [secret] [secret]",
            ),
            ("key=sk_live_51H and whsec_abc", "key=[secret] and [secret]"),
            (
                "https://id.example/authorize?state=abc&code=def failed",
                "https://id.example/authorize?[removed] failed",
            ),
            (
                "https://checkout.stripe.com/c/pay/cs_test_a1b2c3#fid",
                "https://checkout.stripe.com/c/pay/[secret]?[removed]",
            ),
            ("refresh_token=8f14e45fceea167a5a36dedd4bea2543 refused", "refresh_token=[secret] refused"),
            ("cannot open /home/ada/data/cache.sqlite3", "cannot open ~/data/cache.sqlite3"),
        ] {
            assert_eq!(cleaned(&["Ada Moreau", "ada@example.com"], logged), cleaned_log);
        }
    }

    proptest! {
        #[test]
        fn no_token_and_no_address_survives_in_any_position(
            before in "[ a-z=:\"]{0,12}",
            token in "[A-Za-z0-9_-]{20,40}[0-9]{4}[A-Za-z0-9]{4,8}",
            after in "[ ,\"]{1,4}[a-z ]{0,12}",
        ) {
            prop_assume!(token.chars().filter(char::is_ascii_alphanumeric).count() >= 24);
            let logged = format!("{before} {token}{after}{token}@example.com");
            prop_assert!(!cleaned(&[], &logged).contains(&token));
        }
    }
}
