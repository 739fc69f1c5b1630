//! The activity of an account: the entries of the ledger, as pages and as a CSV file, and daily usage.

use crate::accounts::Accounts;
use crate::http::api_error::{ApiError, HttpResult};
use crate::http::auth::User;
use crate::http::middleware::Place;
use crate::http::problem::ProblemKind;
use crate::http::request_query::{PageRequest, Parameters};
use crate::http::wire_types;
use crate::store::{EntryFilter, EntryRecord, Store, StoreResult};
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use futures_util::{Stream, StreamExt, TryStreamExt, stream};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Timestamp};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::sync::Arc;
use std::time::Duration;
use tokenwell_ledger::{Bucket, Buckets};
use tokenwell_wire::{Activity, DailyUsage, DayUsage, Entry, Problem};
use tokio::time::Instant;

/// The most days in one response.
const DAYS_MAX: i64 = 400;
/// The maximum time of an export.
const EXPORT_TIMEOUT: Duration = Duration::from_mins(10);
/// The number of entries that are read at once.
const READ_AT_ONCE: u32 = 500;

/// The filter of entries.
#[derive(Debug, Deserialize)]
pub struct EntryParameters {
    from: Option<String>,
    to: Option<String>,
    bucket: Option<String>,
    kind: Option<String>,
}

impl EntryParameters {
    fn filter(self) -> HttpResult<EntryFilter> {
        let from = self.from.map(|from| instant("from", &from)).transpose()?;
        let until = self.to.map(|to| instant("to", &to)).transpose()?;
        if from.zip(until).is_some_and(|(from, until)| from > until) {
            return Err(ApiError::new(ProblemKind::InvalidParameter, "`from` must not be later than `to`."));
        }
        let buckets = words("bucket", self.bucket.as_deref())?;
        let kinds = words("kind", self.kind.as_deref())?;
        Ok(EntryFilter { from, until, buckets, kinds })
    }
}

fn instant(name: &str, text: &str) -> HttpResult<Timestamp> {
    text.parse().map_err(|_| {
        let detail = format!("`{name}` must be an instant such as 2026-11-01T00:00:00Z.");
        ApiError::new(ProblemKind::InvalidParameter, detail)
    })
}

/// Reads one or several values with commas between them.
fn words<T: DeserializeOwned>(name: &str, text: Option<&str>) -> HttpResult<Vec<T>> {
    let word = |word: &str| {
        serde_json::from_value(word.trim().into()).map_err(|error| {
            ApiError::new(ProblemKind::InvalidParameter, format!("`{name}` does not fit: {error}."))
        })
    };
    text.into_iter().flat_map(|text| text.split(',')).map(word).collect()
}

/// The caller's entries, newest first.
#[utoipa::path(get, path = "/v1/activity", tag = "user", operation_id = "list_activity", security(("user" = [])),
    params(("limit" = Option<u32>, Query), ("cursor" = Option<String>, Query),
        ("from" = Option<String>, Query, description = "The first instant, RFC 3339"),
        ("to" = Option<String>, Query, description = "The first instant that is left out, RFC 3339"),
        ("bucket" = Option<String>, Query, description = "One or several, with commas between them"),
        ("kind" = Option<String>, Query, description = "One or several, with commas between them")),
    responses((status = 200, body = Activity), (status = 400, body = Problem), (status = 401, body = Problem)))]
pub async fn list(
    State(accounts): State<Arc<Accounts>>,
    State(store): State<Arc<dyn Store>>,
    user: User,
    page: PageRequest,
    Parameters(which): Parameters<EntryParameters>,
) -> HttpResult<axum::Json<Activity>> {
    let filter = which.filter()?;
    let account = accounts.catch_up(user.account).await?.record.id;
    let page = store.entries(&account, &filter, page.before, page.limit).await?;
    Ok(axum::Json(Activity {
        items: page.items.into_iter().map(wire_types::entry).collect(),
        next_cursor: page.next.map(|seq| seq.to_string()),
    }))
}

/// The caller's entries as CSV (RFC 4180, UTF-8, with a header), newest first: every entry that matches.
#[utoipa::path(get, path = "/v1/activity.csv", tag = "user", security(("user" = [])),
    params(("from" = Option<String>, Query, description = "The first instant, RFC 3339"),
        ("to" = Option<String>, Query, description = "The first instant that is left out, RFC 3339"),
        ("bucket" = Option<String>, Query, description = "One or several, with commas between them"),
        ("kind" = Option<String>, Query, description = "One or several, with commas between them")),
    responses((status = 200, body = String, content_type = "text/csv"), (status = 400, body = Problem),
        (status = 401, body = Problem)))]
pub async fn export(
    State(accounts): State<Arc<Accounts>>,
    State(store): State<Arc<dyn Store>>,
    user: User,
    place: Place,
    Parameters(which): Parameters<EntryParameters>,
) -> HttpResult<Response> {
    let filter = which.filter()?;
    let account = accounts.catch_up(user.account).await?.record.id;
    let mut pages = Box::pin(pages(store, account, filter));
    // The first page is read before the response starts, so that an outage still gets an error response.
    let first = pages.try_next().await?.unwrap_or_default();
    let rows = stream::once(async { Ok(first) }).chain(pages).map(|page| csv_rows(page?));
    let body = stream::once(async { csv_header() }).chain(rows);
    let body = in_place(body, place).inspect_err(ApiError::log).map_err(|error| error.to_string());
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8; header=present"),
        (header::CONTENT_DISPOSITION, r#"attachment; filename="tokenwell-activity.csv""#),
        (header::CACHE_CONTROL, "private, no-store"),
    ];
    Ok((headers, Body::from_stream(body)).into_response())
}

/// The parts of a file, whose request keeps its place until the last one was sent. It breaks off after a time.
fn in_place<T>(parts: impl Stream<Item = HttpResult<T>>, place: Place) -> impl Stream<Item = HttpResult<T>> {
    let end = Instant::now() + EXPORT_TIMEOUT;
    parts.map(move |part| {
        let _ = &place;
        if Instant::now() < end { part } else { Err(ApiError::timed_out()) }
    })
}

/// The matching entries, newest first, page by page.
fn pages(
    store: Arc<dyn Store>,
    account: String,
    filter: EntryFilter,
) -> impl Stream<Item = StoreResult<Vec<EntryRecord>>> + Send {
    stream::try_unfold(Some(i64::MAX), move |before| {
        let (store, account, filter) = (Arc::clone(&store), account.clone(), filter.clone());
        async move {
            let Some(before) = before else { return Ok(None) };
            let page = store.entries(&account, &filter, Some(before), READ_AT_ONCE).await?;
            Ok(Some((page.items, page.next)))
        }
    })
}

/// The fields of an entry as `GET /v1/activity` names them.
const COLUMNS: [&str; 8] = ["id", "at", "kind", "bucket", "amount", "balance_after", "reason", "reference"];

fn csv_header() -> HttpResult<Bytes> {
    csv(|file| file.write_record(COLUMNS))
}

fn csv_rows(page: Vec<EntryRecord>) -> HttpResult<Bytes> {
    csv(|file| {
        page.into_iter().map(wire_types::entry).try_for_each(|entry| {
            let (reason, reference) = (entry.reason.map(guarded), entry.reference.map(guarded));
            file.serialize(Entry { reason, reference, service_key: None, ..entry })
        })
    })
}

fn csv(write: impl FnOnce(&mut csv::Writer<Vec<u8>>) -> csv::Result<()>) -> HttpResult<Bytes> {
    let crlf = csv::Terminator::CRLF;
    let mut file = csv::WriterBuilder::new().has_headers(false).terminator(crlf).from_writer(Vec::new());
    write(&mut file).map_err(ApiError::internal)?;
    file.into_inner().map(Bytes::from).map_err(ApiError::internal)
}

/// Puts an apostrophe before a text that a spreadsheet would evaluate as a formula.
fn guarded(text: String) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) { format!("'{text}") } else { text }
}

/// The requested days.
#[derive(Debug, Deserialize)]
pub struct DayParameters {
    from: Option<String>,
    to: Option<String>,
    time_zone: Option<String>,
}

/// Tokens spent per day and bucket, from one day to another, both included; by default the last 30 days. Days are those of
/// a time zone, by default UTC.
#[utoipa::path(get, path = "/v1/usage/daily", tag = "user", security(("user" = [])),
    params(("from" = Option<String>, Query, description = "The first day, `YYYY-MM-DD`"),
        ("to" = Option<String>, Query, description = "The last day, `YYYY-MM-DD`"),
        ("time_zone" = Option<String>, Query, description = "An IANA name, such as `Europe/Berlin`")),
    responses((status = 200, body = DailyUsage), (status = 400, body = Problem), (status = 401, body = Problem)))]
pub async fn daily(
    State(accounts): State<Arc<Accounts>>,
    State(store): State<Arc<dyn Store>>,
    user: User,
    Parameters(range): Parameters<DayParameters>,
) -> HttpResult<axum::Json<DailyUsage>> {
    let zone = range.time_zone()?;
    let day = |at: Timestamp| at.to_zoned(zone.clone()).date();
    let midnight =
        |day: Date| day.to_zoned(zone.clone()).map(|start| start.timestamp()).map_err(|_| unfit_days());
    let (from, to) = range.days(day(accounts.now()))?;
    let days: Vec<Date> = from.series(Span::new().days(1)).take_while(|day| *day <= to).collect();
    let after = to.tomorrow().map_err(|_| unfit_days())?;
    let starts = days.iter().copied().chain([after]).map(midnight).collect::<HttpResult<Vec<_>>>()?;
    let sums = used_before(&*store, &user.account.id, &starts).await?;
    let days = days.into_iter().zip(sums.windows(2)).map(|(date, sums)| {
        let of_day = |bucket| {
            let [at_start, at_end] = [0, 1].map(|index| sums[index].get(bucket).used);
            wire_types::tokens(at_end.less(at_start))
        };
        DayUsage {
            date,
            rollover: of_day(Bucket::Rollover),
            fast: of_day(Bucket::Fast),
            top_up: of_day(Bucket::TopUp),
        }
    });
    Ok(axum::Json(DailyUsage { days: days.collect() }))
}

/// What was used of each bucket before each of these instants, since the account was opened.
async fn used_before(store: &dyn Store, account: &str, instants: &[Timestamp]) -> HttpResult<Vec<Buckets>> {
    let until = |at: &Timestamp| at.checked_sub(SignedDuration::from_millis(1)).map_err(|_| unfit_days());
    let until = instants.iter().map(until).collect::<HttpResult<Vec<_>>>()?;
    let entries = store.last_entries(account, &until).await?;
    let buckets = |entry: Option<EntryRecord>| match entry {
        Some(entry) => Ok(entry.ledger_entry()?.buckets),
        None => Ok(Buckets::default()),
    };
    entries.into_iter().map(buckets).collect()
}

impl DayParameters {
    fn time_zone(&self) -> HttpResult<TimeZone> {
        let name = self.time_zone.as_deref().unwrap_or("UTC");
        TimeZone::get(name).map_err(|_| {
            let detail = "`time_zone` must be an IANA name, such as Europe/Berlin.".to_owned();
            ApiError::new(ProblemKind::InvalidParameter, detail)
        })
    }

    fn days(self, today: Date) -> HttpResult<(Date, Date)> {
        let parsed = |day: Option<String>| day.map(|day| strict_day(&day)).transpose();
        let to = parsed(self.to)?.unwrap_or(today);
        let month_before = || to.checked_sub(Span::new().days(29)).map_err(|_| unfit_days());
        let from = parsed(self.from)?.map_or_else(month_before, Ok)?;
        let days_after = i64::from((to - from).get_days());
        if (0..DAYS_MAX).contains(&days_after) { Ok((from, to)) } else { Err(unfit_days()) }
    }
}

fn unfit_days() -> ApiError {
    let detail =
        format!("`from` and `to` must be days in order, such as 2026-11-01, {DAYS_MAX} days at most.");
    ApiError::new(ProblemKind::InvalidParameter, detail)
}

/// Reads `YYYY-MM-DD` and nothing else: the day of an instant would depend on a time zone.
fn strict_day(text: &str) -> HttpResult<Date> {
    Date::strptime("%Y-%m-%d", text).map_err(|_| unfit_days())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::permits::Permits;

    #[tokio::test(start_paused = true)]
    async fn an_export_keeps_its_place_until_it_is_sent_and_breaks_off_after_ten_minutes() {
        let permits = Permits::new(1);
        let export = |parts: u32| {
            let parts = stream::iter(0..parts).then(|part| async move {
                tokio::time::sleep(Duration::from_mins(1)).await;
                Ok(part)
            });
            Box::pin(in_place(parts, Place::holding(permits.take().unwrap())))
        };
        let mut short = export(1);
        assert!(permits.take().is_none(), "it counts among the requests under way");
        assert_eq!(short.try_next().await.unwrap(), Some(0));
        drop(short);
        let sent: Vec<bool> = export(12).map(|part| part.is_ok()).collect().await;
        assert_eq!(sent.iter().filter(|sent| **sent).count(), 9);
        assert!(permits.take().is_some());
    }
}
