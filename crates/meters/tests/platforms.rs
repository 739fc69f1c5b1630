//! What is read from the platforms' published examples, from hostile answers, and from declarations with mistakes.

use proptest::prelude::*;
use tokenwell_meters::{ApiKey, BUILT_IN, Catalogue, Meter, Platform, Unit, Unreadable};

const LEONARDO: &str = r#"{"user_details": [{
    "user": {"id": "11111111-2222-3333-4444-555555555555", "username": "example-user"},
    "tokenRenewalDate": "2026-06-01T00:00:00.000Z", "paidTokens": 12.4567, "subscriptionTokens": 0,
    "subscriptionGptTokens": 0, "subscriptionModelTokens": 0, "apiConcurrencySlots": 5,
    "apiSubscriptionTokens": 0, "apiPaidTokens": 12.4567, "apiPlanTokenRenewalDate": null, "usedAPIBoosters": 0
}]}"#;
const ELEVENLABS: &str = r#"{"tier": "starter", "character_count": 1000, "character_limit": 10000,
    "max_character_limit_extension": 10000, "can_extend_character_limit": true, "status": "active",
    "current_overage": {"amount": "0", "currency": "usd"}, "next_character_count_reset_unix": 1738356858}"#;
const STABILITY: &str = r#"{"credits": 0.6336833840314097}"#;
const RUNWAY: &str = r#"{"tier": {"maxMonthlyCreditSpend": 10000, "models": {"gen4.5": {"maxConcurrentGenerations": 2,
    "maxDailyGenerations": 200}}}, "creditBalance": 5000, "usage": {"models": {"gen4.5": {"dailyGenerations": 12}}}}"#;

fn built_in(id: &str) -> Platform {
    Catalogue::with([]).platform(id).unwrap_or_else(|| panic!("no {id}")).clone()
}

fn read(id: &str, answer: &str) -> Result<Vec<Meter>, Unreadable> {
    built_in(id).read(answer.as_bytes())
}

/// One line a meter, as a person would read it.
fn lines(meters: &[Meter]) -> String {
    let line = |meter: &Meter| {
        let or_nothing = |value: Option<String>| value.unwrap_or_else(|| "not reported".to_owned());
        let amount = or_nothing(meter.amount.map(|amount| amount.to_string()));
        let limit = or_nothing(meter.limit.map(|limit| limit.to_string()));
        let renews = or_nothing(meter.renews_at.map(|at| at.to_string()));
        format!("{}: {amount} / {limit} / {renews}\n", meter.name)
    };
    meters.iter().map(line).collect()
}

#[test]
fn the_published_example_of_leonardo_is_read_with_its_decimals_and_without_its_slots() {
    assert_eq!(
        lines(&read("leonardo", LEONARDO).unwrap()),
        "Subscription tokens: 0 / not reported / 2026-06-01T00:00:00Z\n\
         Paid tokens: 12.4567 / not reported / not reported\n\
         API subscription tokens: 0 / not reported / not reported\n\
         API paid tokens: 12.4567 / not reported / not reported\n\
         GPT tokens: 0 / not reported / 2026-06-01T00:00:00Z\n\
         Model training tokens: 0 / not reported / 2026-06-01T00:00:00Z\n"
    );
}

#[test]
fn the_published_examples_of_the_others_are_read_exactly() {
    assert_eq!(
        lines(&read("elevenlabs", ELEVENLABS).unwrap()),
        "Characters: 9000 / 10000 / 2025-01-31T20:54:18Z\n"
    );
    assert_eq!(
        lines(&read("stability", STABILITY).unwrap()),
        "Credits: 0.6336833840314097 / not reported / not reported\n"
    );
    assert_eq!(
        lines(&read("runway", RUNWAY).unwrap()),
        "Credit balance: 5000 / not reported / not reported\n"
    );
}

#[test]
fn what_is_missing_or_null_is_not_reported_and_never_zero() {
    let answer = r#"{"user_details": [{"subscriptionTokens": 150, "paidTokens": null}]}"#;
    assert_eq!(
        lines(&read("leonardo", answer).unwrap()).lines().take(3).collect::<Vec<_>>(),
        [
            "Subscription tokens: 150 / not reported / not reported",
            "Paid tokens: not reported / not reported / not reported",
            "API subscription tokens: not reported / not reported / not reported",
        ]
    );
    let without_limit = r#"{"character_count": 1000}"#;
    assert_eq!(
        read("elevenlabs", without_limit).unwrap_err().to_string(),
        "the answer has none of the figures"
    );
    for nothing in
        ["{}", "[]", r#"{"user_details": []}"#, r#"{"user_details": null}"#, r#"{"user_details": [null]}"#]
    {
        let error = read("leonardo", nothing).unwrap_err().to_string();
        assert_eq!(error, "the answer has none of the figures", "{nothing}");
    }
}

#[test]
fn more_than_the_limit_was_used_is_a_negative_amount() {
    let answer = r#"{"character_count": 12000, "character_limit": 10000}"#;
    assert!(lines(&read("elevenlabs", answer).unwrap()).starts_with("Characters: -2000 / 10000"));
}

#[test]
fn a_hostile_answer_is_an_error_that_names_the_line_and_the_pointer() {
    let deep = format!(r#"{{"credits": {}"#, "[".repeat(100_000));
    let deep_and_closed = format!(r#"{{"credits": {}{}}}"#, "[".repeat(100_000), "]".repeat(100_000));
    let huge = format!(r#"{{"credits": 1, "more": "{}"}}"#, "x".repeat(300_000));
    for (answer, error) in [
        ("", "the answer is no JSON"),
        ("<!doctype html><h1>Bad gateway</h1>", "the answer is no JSON"),
        (r#"{"credits": 1"#, "the answer is no JSON"),
        (r#"{"credits": 01}"#, "the answer is no JSON"),
        (r#"{"credits": NaN}"#, "the answer is no JSON"),
        (deep.as_str(), "the answer is no JSON"),
        (huge.as_str(), "the answer is too long"),
        (deep_and_closed.as_str(), "line 12: `/credits`: a number is expected, and it is an array"),
        (r#"{"credits": true}"#, "line 12: `/credits`: a number is expected, and it is true or false"),
        (r#"{"credits": {}}"#, "line 12: `/credits`: a number is expected, and it is an object"),
        (r#"{"credits": "many"}"#, "line 12: `/credits`: it is no number"),
        (r#"{"credits": "<b>5</b>"}"#, "line 12: `/credits`: it is no number"),
        (r#"{"credits": 1e400}"#, "line 12: `/credits`: the number has more than 38 digits"),
        (r#"{"credits": 1, "credits": 2}"#, "line 12: `/credits`: a name is in an object twice"),
        (r#""credits""#, "line 12: `/credits`: the pointer leads through text"),
    ] {
        let found = read("stability", answer).unwrap_err().to_string();
        assert_eq!(found, error, "{}", &answer[..answer.len().min(60)]);
    }
    let renewal =
        r#"{"character_count": 1, "character_limit": 2, "next_character_count_reset_unix": "soon"}"#;
    assert_eq!(
        read("elevenlabs", renewal).unwrap_err().to_string(),
        "line 15: `/next_character_count_reset_unix`: a time is expected: as in RFC 3339, or in seconds since 1970"
    );
}

#[test]
fn amounts_as_text_and_times_without_a_zone_are_read_too() {
    let answer = r#"{"character_count": "1.5", "character_limit": " 10 ", "next_character_count_reset_unix": "2026-06-01T00:00:00"}"#;
    assert_eq!(lines(&read("elevenlabs", answer).unwrap()), "Characters: 8.5 / 10 / 2026-06-01T00:00:00Z\n");
}

#[test]
fn every_built_in_platform_sends_its_key_in_one_header_over_https() {
    let key = ApiKey::new("key_1").unwrap();
    let catalogue = Catalogue::with([]);
    assert_eq!(catalogue.mistakes(), []);
    assert_eq!(catalogue.platforms().len(), BUILT_IN.len());
    for platform in catalogue.platforms() {
        assert!(platform.origin().starts_with("https://"), "{platform:?}");
        assert_eq!(platform.origin(), format!("https://{}", platform.host()));
        assert_eq!(platform.buy().scheme(), "https");
        assert!(!format!("{:?}", platform.headers(&key).collect::<Vec<_>>()).contains("key_1"));
    }
    let ids: Vec<&str> = catalogue.platforms().iter().map(Platform::id).collect();
    assert_eq!(ids, BUILT_IN.map(|platform| platform.id));
}

const DECLARED: &str = r#"id = "mine"
name = "My platform"
address = "https://api.mine.example:8443/balance?of=me"
buy = "https://mine.example/buy"

[headers]
X-Key = "{key}"
Accept = "application/json"

[[meters]]
name = "Wallet"
left = "/wallet/a~1b/0"
unit = "EUR"
renews = "/renews"
"#;

#[test]
fn a_declared_platform_is_read_like_a_built_in_one() {
    let platform = Platform::declared(DECLARED).unwrap();
    assert_eq!((platform.host(), platform.name()), ("api.mine.example:8443".to_owned(), "My platform"));
    let answer = r#"{"wallet": {"a/b": ["3.50"]}, "renews": 1738356858}"#;
    let meters = platform.read(answer.as_bytes()).unwrap();
    assert_eq!(meters[0].unit, Unit::Money("EUR".into()));
    assert_eq!(lines(&meters), "Wallet: 3.5 / not reported / 2025-01-31T20:54:18Z\n");
    let error = platform.read(br#"{"wallet": {"a/b": [false]}}"#).unwrap_err().to_string();
    assert_eq!(error, "line 12: `/wallet/a~1b/0`: a number is expected, and it is true or false");
}

#[test]
fn a_mistake_in_a_declared_platform_names_the_line_and_the_pointer() {
    for (good, bad, mistake) in [
        (
            r#""/wallet/a~1b/0""#,
            r#""wallet""#,
            "line 12: `wallet`: a JSON pointer starts with `/`, such as `/data/0/credits`",
        ),
        (
            r#""/wallet/a~1b/0""#,
            r#""/wallet/a~b""#,
            "line 12: `/wallet/a~b`: in a JSON pointer, `~` is written as `~0`",
        ),
        (r#""/renews""#, r#""""#, "line 14: ``: a JSON pointer starts with `/`"),
        ("left", "used", "line 12: `/wallet/a~1b/0`: a meter with `used` needs `limit`"),
        (r#"left = "/wallet/a~1b/0""#, "", "line 11: `Wallet`: this meter needs `left` or `used`"),
        ("EUR", "euros", "line 13: `euros`: a unit is `tokens`"),
        (
            "https://api.mine",
            "http://api.mine",
            "line 3: `http://api.mine.example:8443/balance?of=me`: use https://",
        ),
        (
            "of=me",
            "of={key}",
            "line 3: `https://api.mine.example:8443/balance?of={key}`: the key belongs in a header",
        ),
        (
            "https://mine.example/buy",
            "javascript:alert(1)",
            "line 4: `javascript:alert(1)`: an address starts with",
        ),
        (r#"X-Key = "{key}""#, r#"X-Key = "key""#, "line 6: one of the headers has to have `{key}` once"),
        ("application/json", "{key}", "line 6: one of the headers has to have `{key}` once"),
        ("Accept", "Host", "line 8: `application/json`: the header `Host` cannot be set"),
        (r#"id = "mine""#, r#"id = "My id""#, "line 1: `My id`: an id has up to 40 small letters"),
        ("renews =", "renewed =", "line 14: unknown field `renewed`"),
        ("unit =", "unit", "line 13: "),
        ("[[meters]]", "[meters]", "line 10: "),
    ] {
        let text = DECLARED.replacen(good, bad, 1);
        let found = Platform::declared(&text).expect_err(bad).to_string();
        assert!(found.starts_with(mistake), "{bad}: {found}");
    }
}

#[test]
fn http_is_for_this_computer_only() {
    for host in ["127.0.0.1:8788", "[::1]:1", "localhost"] {
        let text = DECLARED.replace("https://api.mine.example:8443", &format!("http://{host}"));
        assert!(Platform::declared(&text).is_ok(), "{host}");
    }
}

#[test]
fn a_file_with_a_mistake_leaves_the_others_as_they_are() {
    let taken = DECLARED.replace(r#""mine""#, r#""leonardo""#);
    let catalogue =
        Catalogue::with([("bad.toml", "id = 5"), ("taken.toml", &taken), ("mine.toml", DECLARED)]);
    assert!(catalogue.platform("mine").is_some());
    assert_eq!(catalogue.platform("leonardo"), Some(&built_in("leonardo")));
    let mistakes: Vec<String> = catalogue.mistakes().iter().map(ToString::to_string).collect();
    assert!(mistakes[0].starts_with("bad.toml: line 1: "), "{mistakes:?}");
    assert_eq!(mistakes[1], "taken.toml: line 1: `leonardo`: another platform has this id already");
}

proptest! {
    /// Some members of an object, of the types that a platform may send. What is absent or `null` has no amount; what has one
    /// has exactly the digits that were sent.
    #[test]
    fn absence_never_becomes_zero_and_amounts_are_exact(
        sent in proptest::collection::vec(
            proptest::option::of(proptest::option::of((-10_i64.pow(12)..10_i64.pow(12), 0_u32..10))), 4,
        ),
    ) {
        let names = ["subscriptionTokens", "paidTokens", "apiSubscriptionTokens", "apiPaidTokens"];
        let written = |digits: i64, scale: u32| format!("{digits}e-{scale}");
        let members: Vec<String> = names.iter().zip(&sent).filter_map(|(name, value)| {
            let value = value.as_ref()?.map_or("null".to_owned(), |(digits, scale)| written(digits, scale));
            Some(format!(r#""{name}": {value}"#))
        }).collect();
        let answer = format!(r#"{{"user_details": [{{{}}}]}}"#, members.join(", "));
        match read("leonardo", &answer) {
            Ok(meters) => for (meter, value) in meters.iter().zip(&sent) {
                let amount = value.flatten().map(|(digits, scale)| written(digits, scale).parse().unwrap());
                prop_assert_eq!(meter.amount, amount, "{}", meter.name);
            },
            Err(_) => prop_assert!(sent.iter().all(|value| value.flatten().is_none())),
        }
    }

    #[test]
    fn no_answer_makes_reading_panic(answer in r#"[\[\]{}":,0-9a-z.\-]{0,80}"#) {
        for platform in Catalogue::with([]).platforms() {
            let _ = platform.read(answer.as_bytes());
        }
    }

    #[test]
    fn no_file_makes_reading_panic(line in "[a-z\\[\\]=\"/~{} ]{0,60}", at in 0_usize..16) {
        let mut lines: Vec<&str> = DECLARED.lines().collect();
        lines.insert(at.min(lines.len()), &line);
        let _ = Platform::declared(&lines.join("\n"));
    }
}
