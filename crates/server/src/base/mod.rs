//! What every layer of the service may use: the clock, randomness, outgoing HTTP, web addresses, metrics,
//! queues, findings, words of enums. It uses no layer.

pub mod batch_queue;
pub mod clock;
pub mod error_chain;
pub mod finding;
pub mod grouping;
pub mod healthcheck;
pub mod keyed_locks;
pub mod metrics;
pub mod outgoing;
pub mod pace;
pub mod public_host;
pub mod random;
pub mod spelling;
pub mod web_address;
