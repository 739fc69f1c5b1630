//! Random sequences of commands, generated from a seed. One sequence is one life of an account.

use proptest::strategy::Strategy;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use std::cell::Cell;
use std::fmt::Debug;

pub struct Lives {
    /// The minimum number of commands. `TOKENWELL_MODEL_COMMANDS` overrides it.
    pub commands: u32,
    /// The average number of commands in a life.
    pub commands_a_life: u32,
    /// The maximum number of attempts to shorten a failing life.
    pub shrinks_max: u32,
}

impl Lives {
    /// Runs all lives. A failure is reported with its seed and the shortest life that still fails. The same
    /// `TOKENWELL_MODEL_SEED` generates the same lives.
    pub fn all<C: Debug>(&self, lives: &impl Strategy<Value = Vec<C>>, live: impl Fn(&[C])) {
        let (commands, seed) =
            (asked_for("TOKENWELL_MODEL_COMMANDS", self.commands), asked_for("TOKENWELL_MODEL_SEED", 1));
        let config = Config {
            cases: commands / self.commands_a_life / 10 + 1,
            max_shrink_iters: self.shrinks_max,
            // A failing life is printed, so that it can become a test of its own. Its seed is not stored.
            failure_persistence: None,
            ..Config::default()
        };
        let done = Cell::new(0);
        // Runs in tenths until the number of commands is reached.
        for part in 0_u32.. {
            if done.get() >= commands {
                break;
            }
            let mut bytes = [0; 32];
            bytes[..4].copy_from_slice(&seed.to_le_bytes());
            bytes[4..8].copy_from_slice(&part.to_le_bytes());
            let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
            let outcome = TestRunner::new_with_rng(config.clone(), rng).run(lives, |life| {
                live(&life);
                done.set(done.get() + u32::try_from(life.len()).unwrap());
                Ok(())
            });
            outcome.unwrap_or_else(|failure| panic!("with TOKENWELL_MODEL_SEED={seed}: {failure}"));
        }
        eprintln!("agreed after each of {} commands (TOKENWELL_MODEL_SEED={seed})", done.get());
    }
}

fn asked_for(name: &str, unless_asked: u32) -> u32 {
    std::env::var(name).map_or(unless_asked, |value| value.parse().expect(name))
}
