//! One test file per group of rules, and the checks that hold after every command.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

mod audit;
mod buying;
mod calendar;
mod catalogue;
mod deleting;
mod every_order;
mod free_plan;
mod holds;
mod importing;
#[expect(
    clippy::disallowed_methods,
    reason = "the number of commands and the seed come from the environment"
)]
mod lives;
mod model;
mod model_plans;
mod naive;
mod orders;
mod past;
mod plan_changes;
mod plan_money;
mod promises;
mod refusals;
mod renewal;
mod spending;
mod story;
mod subscription;
mod used;
