//! Stable hashes: FNV-1a with 64 bits, as Fowler, Noll and Vo describe it (offset basis 0xcbf29ce484222325, prime
//! 0x100000001b3). Keys of durable timers are made of them, so the function may never change.

/// A hash under way.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fnv(u64);

impl Fnv {
    /// The hash of nothing.
    pub(crate) fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    /// Takes a text in, with an end mark, so that `a`, `bc` and `ab`, `c` differ.
    pub(crate) fn text(&mut self, text: &str) {
        for byte in text.bytes().chain([0xff]) {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }

    /// The hash.
    pub(crate) fn finish(self) -> u64 {
        self.0
    }
}

/// The hash of some texts in their order.
pub(crate) fn of(texts: &[&str]) -> u64 {
    let mut hash = Fnv::new();
    texts.iter().for_each(|text| hash.text(text));
    hash.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_the_one_that_timers_on_disk_were_named_with() {
        // Must never change: durable timers are found again by it.
        assert_eq!(of(&["a"]), of(&["a"]));
        assert_eq!(of(&[]), 0xcbf2_9ce4_8422_2325);
        let a = (0xcbf2_9ce4_8422_2325_u64 ^ 0x61).wrapping_mul(0x0000_0100_0000_01b3);
        assert_eq!(a, 0xaf63_dc4c_8601_ec8c, "the published value of FNV-1a for \"a\"");
        assert_ne!(of(&["a", "bc"]), of(&["ab", "c"]));
    }
}
