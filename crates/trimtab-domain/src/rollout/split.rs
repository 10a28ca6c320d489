//! The split of traffic, exactly as flagd splits it, so that the same key is on the same side
//! everywhere.

/// `MurmurHash3`, the 32-bit variant for x86.
pub fn murmur3(bytes: &[u8], seed: u32) -> u32 {
    const C1: u32 = 0xcc9e_2d51;
    const C2: u32 = 0x1b87_3593;
    let scramble = |block: u32| block.wrapping_mul(C1).rotate_left(15).wrapping_mul(C2);
    let mut hash = seed;
    let (blocks, tail) = bytes.as_chunks::<4>();
    for block in blocks {
        hash ^= scramble(u32::from_le_bytes(*block));
        hash = hash
            .rotate_left(13)
            .wrapping_mul(5)
            .wrapping_add(0xe654_6b64);
    }
    let rest = tail
        .iter()
        .rev()
        .fold(0, |rest, byte| rest << 8 | u32::from(*byte));
    hash ^= scramble(rest);
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the algorithm takes the length modulo 2^32"
    )]
    let length = bytes.len() as u32;
    hash ^= length;
    hash ^= hash >> 16;
    hash = hash.wrapping_mul(0x85eb_ca6b);
    hash ^= hash >> 13;
    hash = hash.wrapping_mul(0xc2b2_ae35);
    hash ^ hash >> 16
}

/// Which of the weights a key falls on: flagd's `fractional` with its default bucketing by flag
/// key and targeting key.
///
/// Weights are taken in their order, so raising the last one at the cost of the first keeps
/// everybody who is on the last one there. `None` where all weights are 0.
pub fn fractional(flag: &str, targeting_key: &str, weights: &[u32]) -> Option<usize> {
    let total: u64 = weights.iter().map(|weight| u64::from(*weight)).sum();
    if total == 0 {
        return None;
    }
    let mut bytes = Vec::with_capacity(flag.len() + targeting_key.len());
    bytes.extend_from_slice(flag.as_bytes());
    bytes.extend_from_slice(targeting_key.as_bytes());
    let bucket = (u64::from(murmur3(&bytes, 0)) * total) >> 32;
    let mut end = 0;
    weights.iter().position(|weight| {
        end += u64::from(*weight);
        bucket < end
    })
}

/// What an exposure keeps of a targeting key: 64 bits that joins can use and that name nobody.
pub fn key_hash(targeting_key: &str) -> u64 {
    let bytes = targeting_key.as_bytes();
    (u64::from(murmur3(bytes, 0x7472_696d)) << 32) | u64::from(murmur3(bytes, 0x7461_6200))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn hashes_as_published() {
        for (text, hash) in [
            ("", 0),
            ("hello", 613_153_351),
            ("route.frauduser-0", 2_767_513_003),
            ("route.frauduser-1", 1_616_218_490),
            ("route.frauduser-2", 3_533_426_144),
            ("route.frauduser-3", 179_002_673),
        ] {
            assert_eq!(murmur3(text.as_bytes(), 0), hash, "{text}");
        }
        assert_eq!(
            murmur3(b"The quick brown fox jumps over the lazy dog", 0x9747_b28c),
            0x2fa8_26cd
        );
    }

    #[test]
    fn shares_are_what_the_weights_say() {
        let n_keys = 20_000;
        let is_challenger =
            |i: u32| fractional("route.m", &format!("user-{i}"), &[9_000, 1_000]) == Some(1);
        let n_challenger: u32 = (0..n_keys).map(|i| u32::from(is_challenger(i))).sum();
        let share = f64::from(n_challenger) / f64::from(n_keys);
        assert!((0.093..0.107).contains(&share), "{share}");
        assert_eq!(fractional("f", "u", &[0, 0]), None);
        assert_eq!(fractional("f", "u", &[0, 5]), Some(1));
    }

    /// What npm `@openfeature/flagd-core` says (`tests/ofrep/split.mjs`), for 20,000 keys each.
    #[test]
    fn splits_as_flagd_does() {
        let text = include_str!("../../../../tests/ofrep/split.json");
        let fixture: serde_json::Value = serde_json::from_str(text).unwrap();
        let n_keys = fixture["n_keys"].as_u64().unwrap();
        for case in fixture["cases"].as_array().unwrap() {
            let flag = case["flag"].as_str().unwrap();
            let weights: Vec<u32> = serde_json::from_value(case["weights"].clone()).unwrap();
            let sides = case["sides"].as_str().unwrap();
            let is_challenger = |i: u64| {
                let place = usize::try_from(i / 8).unwrap() * 2;
                let byte = u8::from_str_radix(&sides[place..place + 2], 16).unwrap();
                byte >> (i % 8) & 1 == 1
            };
            for i in 0..n_keys {
                let side = fractional(flag, &format!("user-{i}"), &weights);
                let expected = usize::from(is_challenger(i));
                assert_eq!(side, Some(expected), "{flag} {weights:?} user-{i}");
            }
        }
    }

    proptest! {
        #[test]
        fn whoever_has_the_challenger_keeps_it(key in ".{0,40}", small in 0_u32..=10_000, more in 0_u32..=10_000) {
            let (small, large) = (small.min(more), small.max(more));
            let side = |share: u32| fractional("route.m", &key, &[10_000 - share, share]);
            if side(small) == Some(1) {
                prop_assert_eq!(side(large), Some(1));
            }
        }
    }
}
