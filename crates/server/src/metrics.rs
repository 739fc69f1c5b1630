//! Figures for Prometheus, in its text format.

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Upper bounds of the latency histogram, in milliseconds.
const BOUNDS_MS: [u64; 10] = [1, 2, 5, 10, 25, 50, 100, 250, 1000, 5000];

/// What is counted.
#[derive(Debug, Default)]
pub struct Metrics {
    requests: Mutex<BTreeMap<(String, String, u16), u64>>,
    latency: Mutex<Latency>,
    walks: Mutex<WalkFigures>,
}

#[derive(Debug, Default)]
struct WalkFigures {
    found: u64,
    last: Option<Timestamp>,
}

#[derive(Debug, Default)]
struct Latency {
    up_to: [u64; BOUNDS_MS.len()],
    count: u64,
    sum: Duration,
}

impl Metrics {
    fn record(&self, method: &str, route: &str, status: u16, took: Duration) {
        let key = (method.to_owned(), route.to_owned(), status);
        *self.requests.lock().unwrap_or_else(PoisonError::into_inner).entry(key).or_default() += 1;
        let mut latency = self.latency.lock().unwrap_or_else(PoisonError::into_inner);
        latency.count += 1;
        latency.sum += took;
        for (bound, up_to) in BOUNDS_MS.into_iter().zip(&mut latency.up_to) {
            *up_to += u64::from(took <= Duration::from_millis(bound));
        }
    }

    /// Stripe's list of events was walked to its end.
    pub fn events_walked(&self, found: u32, at: Timestamp) {
        let mut walks = self.walks.lock().unwrap_or_else(PoisonError::into_inner);
        walks.found += u64::from(found);
        walks.last = Some(at);
    }

    /// All figures as text; the inbox is counted by the store.
    pub fn render(&self, events_waiting: u64, events_set_aside: u64) -> String {
        let mut text = String::new();
        let mut line = |args: std::fmt::Arguments<'_>| {
            // Writing to a string does not fail.
            let _ = writeln!(text, "{args}");
        };
        line(format_args!("# HELP tokenwell_requests_total Requests answered."));
        line(format_args!("# TYPE tokenwell_requests_total counter"));
        for ((method, route, status), count) in &*self.requests.lock().unwrap_or_else(PoisonError::into_inner)
        {
            line(format_args!(
                "tokenwell_requests_total{{method=\"{method}\",route=\"{route}\",status=\"{status}\"}} {count}"
            ));
        }
        let latency = self.latency.lock().unwrap_or_else(PoisonError::into_inner);
        line(format_args!("# HELP tokenwell_request_seconds Time until the answer began."));
        line(format_args!("# TYPE tokenwell_request_seconds histogram"));
        for (bound, up_to) in BOUNDS_MS.into_iter().zip(latency.up_to) {
            let seconds = Duration::from_millis(bound).as_secs_f64();
            line(format_args!("tokenwell_request_seconds_bucket{{le=\"{seconds}\"}} {up_to}"));
        }
        line(format_args!("tokenwell_request_seconds_bucket{{le=\"+Inf\"}} {}", latency.count));
        line(format_args!("tokenwell_request_seconds_sum {}", latency.sum.as_secs_f64()));
        line(format_args!("tokenwell_request_seconds_count {}", latency.count));
        line(format_args!("# HELP tokenwell_stripe_events Events of Stripe that are not worked off."));
        line(format_args!("# TYPE tokenwell_stripe_events gauge"));
        line(format_args!("tokenwell_stripe_events{{state=\"waiting\"}} {events_waiting}"));
        line(format_args!("tokenwell_stripe_events{{state=\"set_aside\"}} {events_set_aside}"));
        let walks = self.walks.lock().unwrap_or_else(PoisonError::into_inner);
        line(format_args!(
            "# HELP tokenwell_stripe_events_found_total Events found in Stripe's list that were not delivered."
        ));
        line(format_args!("# TYPE tokenwell_stripe_events_found_total counter"));
        line(format_args!("tokenwell_stripe_events_found_total {}", walks.found));
        if let Some(last) = walks.last {
            line(format_args!(
                "# HELP tokenwell_stripe_walked_timestamp_seconds When Stripe's list of events was last walked."
            ));
            line(format_args!("# TYPE tokenwell_stripe_walked_timestamp_seconds gauge"));
            line(format_args!("tokenwell_stripe_walked_timestamp_seconds {}", last.as_second()));
        }
        text
    }
}

/// Counts a request by its route, never by its path: ids would make endless series.
pub async fn count(State(app): State<Arc<crate::App>>, request: Request, next: Next) -> Response {
    let method = request.method().as_str().to_owned();
    let route = request.extensions().get::<MatchedPath>().map_or("none", |path| path.as_str()).to_owned();
    let started = Instant::now();
    let response = next.run(request).await;
    app.metrics.record(&method, &route, response.status().as_u16(), started.elapsed());
    response
}
