//! The real program at its capacity and well past it. Requests come when they come, whether or not those before them were
//! answered: nothing that was acknowledged is lost, nothing else happened, those who are sent away are told so, and
//! neither waits nor memory grow with what is asked.
//!
//! `TOKENWELL_LOAD_SECONDS` makes it longer, `TOKENWELL_LOAD_PROGRAM` asks another build of the program.

#![cfg(unix)]
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a story that cannot go on has failed")]
#![expect(clippy::cast_precision_loss, reason = "counts of seconds, far below 2^52")]

mod arrivals;
mod program;

use arrivals::{Answers, Arrivals, Pace};
use program::Program;
use std::collections::BTreeSet;
use std::time::Duration;

/// How long each stretch lasts, unless `TOKENWELL_LOAD_SECONDS` says otherwise.
const SECONDS: u64 = 3;
/// How many requests the program answers at once.
const PLACES: usize = 64;
/// How many connections there are to send requests on; far more than places.
const CONNECTIONS: usize = 400;
/// What memory may grow by from the first stretch to the end of the last: what one stretch past capacity may leave.
const GROWTH_MAX_KIB: u64 = 48 * 1024;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn past_its_capacity_nothing_is_lost_waits_stay_short_and_whoever_is_sent_away_is_told_so() {
    let seconds = std::env::var("TOKENWELL_LOAD_SECONDS").map_or(SECONDS, |text| text.parse().unwrap());
    let stretch = Duration::from_secs(seconds);
    let program = Program::start(PLACES).await;
    let mut arrivals = Arrivals::at(&program, CONNECTIONS).await;

    // As many at once as are answered: what comes of that is the capacity.
    let warm = arrivals.send(Pace::AtOnce(PLACES), stretch).await;
    let capacity = warm.spends.len() as f64 / stretch.as_secs_f64();
    let memory = program.memory_kib();
    let at = arrivals.send(Pace::PerSecond(capacity), stretch).await;
    let past = arrivals.send(Pace::PerSecond(3.0 * capacity), stretch).await;
    let rush = arrivals.send(Pace::AtOnce(CONNECTIONS), stretch).await;
    let grown = program.memory_kib().saturating_sub(memory);
    println!("capacity: {capacity:.0} spends/s, {PLACES} at once; memory: {memory} KiB and {grown} KiB more");
    for (name, answers) in [("that", &at), ("three times that", &past), ("as many at once as can be", &rush)]
    {
        println!(
            "{name}: {} came, {} spent, {} sent away; p50 {:.0} ms, p99 {:.0} ms, of those sent away p99 {:.0} ms",
            answers.came(),
            answers.spends.len(),
            answers.sent_away.len(),
            answers.percentile(50),
            answers.percentile(99),
            answers.sent_away_percentile(99),
        );
    }

    assert!(!rush.sent_away.is_empty(), "{CONNECTIONS} at once are more than {PLACES}");
    assert!(past.spends.len() as f64 > 0.2 * capacity * stretch.as_secs_f64(), "it goes on working");
    assert!(grown < GROWTH_MAX_KIB, "memory grew by {grown} KiB");
    for answers in [&at, &past, &rush] {
        // Who is let in waits for those who were let in before: this long on average, as Little's law has it.
        let average_ms = 1000.0 * stretch.as_secs_f64() * PLACES as f64 / answers.spends.len() as f64;
        let bound = 1000.0 + 10.0 * average_ms;
        assert!(
            answers.percentile(99) < bound,
            "p99 is {:.0} ms, over {bound:.0} ms",
            answers.percentile(99)
        );
    }

    let answered: Vec<String> = [warm, at, past, rush].into_iter().flat_map(Answers::into_ids).collect();
    let acknowledged: BTreeSet<String> = answered.iter().cloned().collect();
    assert_eq!(answered.len(), acknowledged.len(), "no two spends are one");
    let written = program.stop_and_read_spends().await;
    assert_eq!(written.len(), acknowledged.len(), "as many as were acknowledged");
    assert_eq!(written.into_iter().collect::<BTreeSet<_>>(), acknowledged, "and the same");
}
