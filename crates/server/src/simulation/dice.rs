//! Chance that a seed repeats.

/// A stream of choices (`SplitMix64`).
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    /// The choices of this seed.
    pub fn of(seed: u64) -> Self {
        Self(seed)
    }

    /// Another stream, of its own.
    pub fn split(&mut self) -> Self {
        Self(self.next())
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 to below `end`.
    pub fn below(&mut self, end: u32) -> u32 {
        u32::try_from(self.next() % u64::from(end)).unwrap()
    }

    /// A place in a list; `None` if it is empty.
    pub fn place<T>(&mut self, list: &[T]) -> Option<usize> {
        let length = u32::try_from(list.len()).unwrap();
        (length > 0).then(|| self.below(length) as usize)
    }

    /// One of a list.
    pub fn pick<'a, T>(&mut self, list: &'a [T]) -> Option<&'a T> {
        self.place(list).map(|place| &list[place])
    }

    /// Whether the one chance in `of` came.
    pub fn one_in(&mut self, of: u32) -> bool {
        self.below(of) == 0
    }
}
