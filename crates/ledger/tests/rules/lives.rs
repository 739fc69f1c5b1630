//! Random lives of an account: sequences of commands, as many as are asked for, made from a seed.

use proptest::strategy::Strategy;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use std::cell::Cell;
use std::fmt::Debug;

pub struct Lives {
    /// How many commands are tried at least, unless `TOKENWELL_MODEL_COMMANDS` says otherwise.
    pub commands: u32,
    /// How many a life has on average.
    pub commands_a_life: u32,
    /// How often a life that fails is made shorter.
    pub shrinks_max: u32,
}

impl Lives {
    /// Lives them all. A failure is told with its seed and the smallest life that fails too; the same `TOKENWELL_MODEL_SEED` makes the
    /// same lives.
    pub fn all<C: Debug>(&self, lives: &impl Strategy<Value = Vec<C>>, live: impl Fn(&[C])) {
        let (commands, seed) =
            (asked_for("TOKENWELL_MODEL_COMMANDS", self.commands), asked_for("TOKENWELL_MODEL_SEED", 1));
        let config = Config {
            cases: commands / self.commands_a_life / 10 + 1,
            max_shrink_iters: self.shrinks_max,
            // The smallest life that fails is printed; it is made a story of its own rather than kept as a seed.
            failure_persistence: None,
            ..Config::default()
        };
        let done = Cell::new(0);
        // In tenths, until there were as many commands as asked for.
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
