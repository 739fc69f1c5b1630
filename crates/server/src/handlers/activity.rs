//! What happened to the tokens: the entries of the ledger, and what was spent by day.

use crate::App;
use crate::auth::User;
use crate::problem::{Answer, Failure, Kind};
use crate::request::{PageOf, Parameters};
use crate::store::EntryRecord;
use axum::extract::State;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokenwell_ledger::{self as ledger, Bucket};
use tokenwell_wire::{Activity, DailyUsage, DayUsage, Entry, Problem, Tokens};

/// The most days that one answer tells of.
const DAYS_MAX: i64 = 400;

/// The caller's entries, newest first.
#[utoipa::path(get, path = "/v1/activity", tag = "user", security(("user" = [])),
    params(("limit" = Option<u32>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = Activity), (status = 401, body = Problem)))]
pub async fn list(State(app): State<Arc<App>>, user: User, page: PageOf) -> Answer<axum::Json<Activity>> {
    super::balance::current(&app, &user.account.id).await?;
    let page = app.store.entries(&user.account.id, page.before, page.limit).await?;
    Ok(axum::Json(Activity {
        items: page.items.into_iter().map(shown).collect(),
        next_cursor: page.next.map(|seq| seq.to_string()),
    }))
}

fn shown(entry: EntryRecord) -> Entry {
    let EntryRecord { id, at, kind, bucket, amount, balance_after, reason, reference, .. } = entry;
    Entry { id, at, kind, bucket, amount, balance_after, reason, reference }
}

/// Which days.
#[derive(Debug, Deserialize)]
pub struct Range {
    from: Option<Date>,
    to: Option<Date>,
}

/// Tokens spent per day (UTC) and bucket, from one day to another, both included; the last 30 days unless asked.
#[utoipa::path(get, path = "/v1/usage/daily", tag = "user", security(("user" = [])),
    params(("from" = Option<String>, Query, description = "The first day, `YYYY-MM-DD`"),
        ("to" = Option<String>, Query, description = "The last day, `YYYY-MM-DD`")),
    responses((status = 200, body = DailyUsage), (status = 400, body = Problem)))]
pub async fn daily(
    State(app): State<Arc<App>>,
    user: User,
    Parameters(range): Parameters<Range>,
) -> Answer<axum::Json<DailyUsage>> {
    let unfit = || {
        Failure::new(
            Kind::InvalidParameter,
            format!(
                "`from` and `to` must be days in order, such as 2026-11-01, at most {DAYS_MAX} days apart."
            ),
        )
    };
    let to = range.to.unwrap_or_else(|| day(app.clock.now()));
    let from = match range.from {
        Some(from) => from,
        None => to.checked_sub(Span::new().days(29)).map_err(|_| unfit())?,
    };
    let last_day = i64::from((to - from).get_days());
    if !(0..DAYS_MAX).contains(&last_day) {
        return Err(unfit());
    }
    let until = to.tomorrow().map_err(|_| unfit())?;
    let mut days: BTreeMap<Date, [u64; 3]> =
        from.series(Span::new().days(1)).take_while(|day| *day <= to).map(|day| (day, [0; 3])).collect();
    for entry in app.store.entries_between(&user.account.id, midnight(from)?, midnight(until)?).await? {
        let entry: ledger::Entry = serde_json::from_str(&entry).map_err(Failure::internal)?;
        if let Some(spent) = days.get_mut(&day(entry.at)) {
            spent[place(entry.bucket)] += entry.spent().0;
        }
    }
    let days = days
        .into_iter()
        .map(|(date, [rollover, fast, top_up])| DayUsage {
            date,
            rollover: Tokens(rollover),
            fast: Tokens(fast),
            top_up: Tokens(top_up),
        })
        .collect();
    Ok(axum::Json(DailyUsage { days }))
}

fn place(bucket: Bucket) -> usize {
    match bucket {
        Bucket::Rollover => 0,
        Bucket::Fast => 1,
        Bucket::TopUp => 2,
    }
}

fn day(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::UTC).date()
}

fn midnight(day: Date) -> Answer<Timestamp> {
    day.to_zoned(TimeZone::UTC).map(|start| start.timestamp()).map_err(Failure::internal)
}
