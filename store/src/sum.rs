//! Sums of keyed hashes: which things there are, whatever their order, at a price that does not grow with their number.

/// Four numbers, each added modulo 2^64.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sum([u64; 4]);

impl From<[u8; 32]> for Sum {
    fn from(bytes: [u8; 32]) -> Self {
        let mut sum = Self::default();
        sum.0.iter_mut().zip(bytes.as_chunks::<8>().0).for_each(|(number, part)| *number = u64::from_be_bytes(*part));
        sum
    }
}

impl Sum {
    /// What a column holds; nothing for any other length.
    pub(crate) fn of(bytes: &[u8]) -> Option<Self> {
        <[u8; 32]>::try_from(bytes).ok().map(Self::from)
    }

    /// As a column holds it.
    pub(crate) fn bytes(self) -> [u8; 32] {
        let mut bytes = [0; 32];
        bytes.as_chunks_mut::<8>().0.iter_mut().zip(self.0).for_each(|(part, number)| *part = number.to_be_bytes());
        bytes
    }

    /// With another one.
    pub(crate) fn plus(self, other: Self) -> Self {
        self.with(other, u64::wrapping_add)
    }

    /// Without another one.
    pub(crate) fn minus(self, other: Self) -> Self {
        self.with(other, u64::wrapping_sub)
    }

    fn with(mut self, other: Self, combine: fn(u64, u64) -> u64) -> Self {
        self.0.iter_mut().zip(other.0).for_each(|(number, other)| *number = combine(*number, other));
        self
    }
}
