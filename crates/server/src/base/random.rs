//! Randomness as a value that is passed in, so that a simulation can repeat it.

/// A source of random numbers.
pub trait RandomSource: Send + Sync {
    /// A random number.
    fn random_u32(&self) -> u32;
}

/// The operating system's randomness.
#[derive(Debug, Clone, Copy)]
pub struct SystemRandom;

impl RandomSource for SystemRandom {
    fn random_u32(&self) -> u32 {
        getrandom::u32().unwrap_or_default()
    }
}

/// A random share between 0 and 1, for pauses that must not all end at once.
pub fn random_share(random: &dyn RandomSource) -> f64 {
    f64::from(random.random_u32()) / f64::from(u32::MAX)
}
