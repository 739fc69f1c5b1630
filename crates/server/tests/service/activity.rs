//! The activity list, its filters and its CSV file, daily usage, and past balances.

use crate::support::{User, World, text};
use serde_json::{Value, json};

/// Makes one spend for each reason, in this order.
async fn spend(user: &User<'_>, reasons: &[&str]) {
    let spends = format!("/v1/accounts/{}/spends", user.account_id().await);
    for reason in reasons {
        let body = json!({ "amount": 10, "reason": reason });
        user.world.platform_post(&spends, &hex::encode(reason), body).await.ok();
    }
}

async fn items(user: &User<'_>, query: &str) -> Vec<Value> {
    user.get(&format!("/v1/activity?{query}")).await.ok()["items"].as_array().unwrap().clone()
}

fn column<'a>(items: &'a [Value], name: &str) -> Vec<&'a str> {
    items.iter().map(|item| item[name].as_str().unwrap()).collect()
}

async fn csv(user: &User<'_>, query: &str) -> String {
    let response = user.get(&format!("/v1/activity.csv?{query}")).await;
    assert_eq!(response.status, 200);
    assert_eq!(response.header("content-type"), "text/csv; charset=utf-8; header=present");
    assert!(response.header("content-disposition").starts_with("attachment; filename="));
    String::from_utf8(response.bytes).unwrap()
}

/// Converts the records of a CSV file to the JSON form of entries.
fn records(file: &str) -> Vec<Value> {
    let mut reader = csv::Reader::from_reader(file.as_bytes());
    let header = reader.headers().unwrap().clone();
    let cell = |name: &str, cell: &str| match name {
        "amount" | "balance_after" => json!(cell.parse::<i64>().unwrap()),
        _ if cell.is_empty() => Value::Null,
        _ => json!(cell),
    };
    let record = |record: csv::StringRecord| {
        header.iter().zip(record.iter()).map(|(name, text)| (name.to_owned(), cell(name, text))).collect()
    };
    reader.records().map(|read| record(read.unwrap())).collect()
}

#[tokio::test]
async fn the_csv_file_has_every_entry_with_the_fields_of_the_list() {
    let world = World::start().await;
    let ada = world.user("ada@example.com", "essential").await;
    // More entries than the service reads from the database at once.
    let reasons: Vec<String> = (0..520).map(|n| format!("Image, \"{n}\" – größer")).collect();
    spend(&ada, &reasons.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let mut listed = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = ada.get(&format!("/v1/activity?limit=200{cursor}")).await.ok();
        listed.extend(page["items"].as_array().unwrap().clone());
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert!(listed.len() > 520);
    let file = csv(&ada, "").await;
    assert!(file.starts_with("id,at,kind,bucket,amount,balance_after,reason,reference\r\n"));
    assert_eq!(records(&file), listed);
}

#[tokio::test]
async fn a_reason_that_looks_like_a_formula_is_exported_as_text() {
    let world = World::start().await;
    let ada = world.user("ada@example.com", "essential").await;
    spend(&ada, &["=1+1", "+1", "-1", "@SUM(A1)", "a=b, \"c\""]).await;
    let file = csv(&ada, "kind=spend").await;
    let reasons: Vec<_> = records(&file).iter().map(|record| text(&record["reason"])).collect();
    assert_eq!(reasons, ["a=b, \"c\"", "'@SUM(A1)", "'-1", "'+1", "'=1+1"]);
    assert!(file.contains(",-10,"), "numbers are exported as numbers");
    assert!(file.contains(r#","a=b, ""c""","#), "quoted as in RFC 4180: {file}");
}

#[tokio::test]
async fn the_list_and_the_csv_file_are_filtered_by_time_bucket_and_kind() {
    let world = World::with_test_clock().await;
    let ada = world.user("ada@example.com", "essential").await;
    ada.buy("small", 1).await;
    world.set_clock("2027-01-01T10:00:00Z").await;
    spend(&ada, &["first"]).await;
    world.set_clock("2027-01-02T10:00:00Z").await;
    spend(&ada, &["second"]).await;
    world.set_clock("2027-01-03T10:00:00Z").await;
    spend(&ada, &["third"]).await;
    let all = items(&ada, "").await;
    assert_eq!(column(&items(&ada, "bucket=top_up").await, "kind"), ["grant"]);
    let of = async |query: &str| {
        let items = items(&ada, query).await;
        assert_eq!(records(&csv(&ada, query).await), items, "{query}");
        items
    };
    assert_eq!(of("kind=spend,grant&bucket=fast,top_up").await.len(), 4);
    assert_eq!(of("").await, all);
    // `from` is inclusive, `to` is exclusive.
    let reasons = async |query: &str| -> Vec<String> {
        of(query).await.iter().map(|item| text(&item["reason"])).collect()
    };
    let (second, third) = ("2027-01-02T10:00:00Z", "2027-01-03T10:00:00Z");
    assert_eq!(reasons(&format!("from={second}&to={third}")).await, ["second"]);
    assert_eq!(reasons(&format!("from={second}")).await, ["third", "second"]);
    assert_eq!(reasons(&format!("kind=spend&to={third}")).await, ["second", "first"]);
    assert_eq!(of(&format!("from={second}&to={second}")).await, [] as [Value; 0]);
    assert_eq!(of("from=2030-01-01T00:00:00Z").await, [] as [Value; 0]);
    assert_eq!(of("to=2000-01-01T00:00:00Z").await, [] as [Value; 0]);
    // A filter applies to every page.
    let page = ada.get("/v1/activity?kind=spend&limit=2").await.ok();
    let next = format!("kind=spend&limit=2&cursor={}", text(&page["next_cursor"]));
    assert_eq!(items(&ada, &next).await.len(), 1);

    for (query, words) in [
        ("from=yesterday", "`from` must be an instant"),
        ("to=2027-01-01", "`to` must be an instant"),
        (&format!("from={third}&to={second}"), "later"),
        ("kind=spent", "unknown variant `spent`"),
        ("bucket=gold", "expected one of `rollover`, `fast`, `top_up`"),
        ("bucket=", "`bucket` does not fit"),
    ] {
        for path in ["/v1/activity", "/v1/activity.csv"] {
            ada.get(&format!("{path}?{query}")).await.refused(400, "invalid_parameter", words);
        }
    }
}

#[tokio::test]
async fn daily_usage_counts_spent_tokens_by_day_in_utc_or_the_time_zone_that_is_asked_for() {
    let world = World::with_test_clock().await;
    let ada = world.user("ada@example.com", "essential").await;
    world.set_clock("2028-02-28T23:59:59Z").await;
    spend(&ada, &["before midnight"]).await;
    world.set_clock("2028-02-29T00:00:00Z").await;
    spend(&ada, &["after midnight", "again"]).await;
    let id = ada.account_id().await;
    let hold = json!({ "amount": 100, "reason": "A job" });
    let hold = world.platform_post(&format!("/v1/accounts/{id}/holds"), "h", hold).await.ok();
    let daily = async |query: &str| {
        let days = ada.get(&format!("/v1/usage/daily?{query}")).await.ok()["days"].clone();
        days.as_array()
            .unwrap()
            .iter()
            .map(|day| (text(&day["date"]), day["fast"].clone()))
            .collect::<Vec<_>>()
    };
    let day = |date: &str, fast: u64| (date.to_owned(), json!(fast));
    let three_days = "from=2028-02-28&to=2028-03-01";
    let meanwhile = [day("2028-02-28", 10), day("2028-02-29", 20), day("2028-03-01", 0)];
    assert_eq!(daily(three_days).await, meanwhile, "tokens on hold are not counted as spent");
    let in_berlin = [day("2028-02-28", 0), day("2028-02-29", 30), day("2028-03-01", 0)];
    assert_eq!(daily(&format!("{three_days}&time_zone=Europe/Berlin")).await, in_berlin);
    let in_new_york = daily("time_zone=America/New_York").await;
    assert_eq!(in_new_york.last(), Some(&day("2028-02-28", 30)), "there it is still yesterday");
    let commit = format!("/v1/holds/{}/commit", text(&hold["id"]));
    world.platform_post(&commit, "c", json!({ "amount": 60 })).await.ok();
    assert_eq!(daily("from=2028-02-29&to=2028-02-29").await, [day("2028-02-29", 80)]);
    // Without parameters: the last thirty days, including today.
    let month = daily("").await;
    assert_eq!((month.len(), &month[0].0[..], &month[29]), (30, "2028-01-31", &day("2028-02-29", 80)));
    assert_eq!(daily("from=2028-02-27").await.len(), 3);
    assert_eq!(daily("from=2027-01-01&to=2028-02-04").await.len(), 400);
    for zone in ["Mars/Olympus", "", "../etc/passwd"] {
        let query = format!("/v1/usage/daily?time_zone={zone}");
        ada.get(&query).await.refused(400, "invalid_parameter", "IANA name");
    }
    for query in [
        "from=2027-01-01&to=2028-02-05",
        "from=2028-02-29&to=2028-02-28",
        "from=2029-01-01",
        "from=2027-02-29",
        "from=2028-02-28T00:00:00Z",
        "to=tomorrow",
        "to=9999-12-31",
    ] {
        let words = "days in order, such as 2026-11-01, 400 days at most";
        ada.get(&format!("/v1/usage/daily?{query}")).await.refused(400, "invalid_parameter", words);
    }
}

#[tokio::test]
async fn a_past_balance_equals_the_balance_returned_at_that_time() {
    let world = World::with_test_clock().await;
    world.set_clock("2026-12-01T10:00:00Z").await;
    let ada = world.user("ada@example.com", "free").await;
    let id = ada.account_id().await;
    let mut balances = Vec::new();
    for n in 2..6 {
        let now = format!("2026-12-0{n}T10:00:00Z");
        world.set_clock(&now).await;
        let hold = json!({ "amount": 20, "reason": "A job", "ttl_s": 3600 });
        world.platform_post(&format!("/v1/accounts/{id}/holds"), &now, hold).await.ok();
        spend(&ada, &[&now]).await;
        balances.push((now, ada.balance().await));
    }
    let at = |at: &str| format!("/v1/accounts/{id}/balance?at={at}");
    for (now, balance) in &balances {
        assert_eq!(world.platform(&at(now)).await.ok(), *balance);
    }
    // Two hours later the hold has expired. After midnight the daily allowance is granted again.
    let later = world.platform(&at("2026-12-04T12:00:00Z")).await.ok();
    assert_eq!((&later["fast"]["available"], &later["fast"]["held"]), (&json!(140), &json!(0)));
    let next_day = world.platform(&at("2026-12-04T00:00:00Z")).await.ok();
    assert_eq!(next_day["fast"]["available"], 150);
    world.platform(&at("2026-11-01T00:00:00Z")).await.refused(400, "invalid_parameter", "before the account");
    world.platform(&at("2026-12-05T10:00:01Z")).await.refused(400, "invalid_parameter", "in the future");
    world.platform(&at("noon")).await.refused(400, "invalid_parameter", "an instant such as");
}
