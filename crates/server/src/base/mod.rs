//! What every layer of the service uses: the clock, metrics, outgoing HTTP and randomness.

pub mod batch_queue;
pub mod clock;
pub mod metrics;
pub mod outgoing;
