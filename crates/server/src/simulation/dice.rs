//! Random choices that a seed repeats.

/// A stream of choices (`SplitMix64`).
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    /// The stream of this seed.
    pub fn of(seed: u64) -> Self {
        Self(seed)
    }

    /// Splits off an independent stream.
    pub fn split(&mut self) -> Self {
        Self(self.next())
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Returns a number from 0 to `end - 1`.
    pub fn below(&mut self, end: u32) -> u32 {
        u32::try_from(self.next() % u64::from(end)).unwrap()
    }

    /// Returns an index of a list; `None` if the list is empty.
    pub fn index<T>(&mut self, list: &[T]) -> Option<usize> {
        let length = u32::try_from(list.len()).unwrap();
        (length > 0).then(|| self.below(length) as usize)
    }

    /// Returns an element of a list; `None` if the list is empty.
    pub fn pick<'a, T>(&mut self, list: &'a [T]) -> Option<&'a T> {
        self.index(list).map(|index| &list[index])
    }

    /// Returns true with a probability of one in `of`.
    pub fn one_in(&mut self, of: u32) -> bool {
        self.below(of) == 0
    }
}
