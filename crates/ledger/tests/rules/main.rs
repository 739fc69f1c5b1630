//! The rules, each as a story; and the proof that nothing breaks them.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

mod audit;
mod buying;
mod calendar;
mod catalogue;
mod deleting;
mod every_order;
mod free_plan;
mod holds;
mod lives;
mod model;
mod naive;
mod orders;
mod past;
mod promises;
mod refusals;
mod renewal;
mod spending;
mod story;
mod subscription;
