//! Sorting numbers by the digits of their bits.

/// Bits of a digit.
const DIGIT_BITS: u32 = 8;
const N_BUCKETS: usize = 1 << DIGIT_BITS;
/// Digits that are sorted by; what they leave undone is little, or is compared.
const N_DIGITS: usize = 4;
/// Below so many values comparing is faster.
const N_SMALL: usize = 1_500;
/// Runs of values alike in all digits that are sorted by insertion.
const N_INSERTED: usize = 24;

/// Sorts numbers in ascending order of [`f64::total_cmp`].
///
/// About three times as fast as sorting by comparison. Slices that are in order already
/// are recognised and left alone.
///
/// # Numerics
///
/// The bits of a float, signed magnitude turned into an unsigned integer, order as the
/// float does. A radix sort from the least of four eight-bit digits puts the values in
/// order by the 32 highest bits in which they differ at all; values alike in those are
/// next to each other then and few, and are put in order by comparison. Needs room for
/// two copies.
///
/// # Examples
///
/// ```
/// let mut values = [2.5, -1.0, f64::INFINITY, -0.0, 0.0];
/// trimtab_stats::sort_numbers(&mut values);
/// assert_eq!(values, [-1.0, -0.0, 0.0, 2.5, f64::INFINITY]);
/// ```
pub fn sort_numbers(values: &mut [f64]) {
    if values.len() < N_SMALL {
        values.sort_unstable_by(f64::total_cmp);
        return;
    }
    if values
        .windows(2)
        .all(|pair| pair[0].total_cmp(&pair[1]).is_le())
    {
        return;
    }
    let mut keys: Vec<u64> = values.iter().map(|value| key(*value)).collect();
    sort_keys(&mut keys);
    for (value, key) in values.iter_mut().zip(&keys) {
        *value = number(*key);
    }
}

/// The integer whose order among others is that of the float.
#[inline]
fn key(value: f64) -> u64 {
    let bits = value.to_bits();
    // All bits of a negative number are turned over, of others the sign alone.
    let mask = (bits.cast_signed() >> 63).cast_unsigned() | 1 << 63;
    bits ^ mask
}

#[inline]
fn number(key: u64) -> f64 {
    let mask = ((!key).cast_signed() >> 63).cast_unsigned() | 1 << 63;
    f64::from_bits(key ^ mask)
}

fn sort_keys(keys: &mut Vec<u64>) {
    let first = keys.first().copied().unwrap_or_default();
    let varying = keys.iter().fold(0, |bits, key| bits | (key ^ first));
    let n_varying = u64::BITS - varying.leading_zeros();
    let shift = n_varying.saturating_sub(DIGIT_BITS * N_DIGITS as u32);
    let mut counts = vec![[0_usize; N_BUCKETS]; N_DIGITS];
    for key in keys.iter() {
        for (digit, counts) in counts.iter_mut().enumerate() {
            counts[bucket(*key, shift, digit)] += 1;
        }
    }
    let mut other = vec![0; keys.len()];
    for (digit, counts) in counts.iter().enumerate() {
        if counts.contains(&keys.len()) {
            continue;
        }
        let mut places = [0; N_BUCKETS];
        let mut place = 0;
        for (start, count) in places.iter_mut().zip(counts) {
            *start = place;
            place += count;
        }
        for &key in keys.iter() {
            let place = &mut places[bucket(key, shift, digit)];
            other[*place] = key;
            *place += 1;
        }
        std::mem::swap(keys, &mut other);
    }
    if shift > 0 {
        finish(keys, shift);
    }
}

#[inline]
fn bucket(key: u64, shift: u32, digit: usize) -> usize {
    (key >> (shift + DIGIT_BITS * digit as u32)) as usize & (N_BUCKETS - 1)
}

/// Puts in order what is in order but for its last `shift` bits.
fn finish(keys: &mut [u64], shift: u32) {
    let mut start = 0;
    while start + 1 < keys.len() {
        let mut end = start + 1;
        while end < keys.len() && keys[end] >> shift == keys[start] >> shift {
            end += 1;
        }
        if end - start > 1 {
            let run = &mut keys[start..end];
            if end - start > N_INSERTED {
                run.sort_unstable();
            } else {
                insert(run);
            }
        }
        start = end;
    }
}

fn insert(keys: &mut [u64]) {
    for i in 1..keys.len() {
        let key = keys[i];
        let mut place = i;
        while place > 0 && keys[place - 1] > key {
            keys[place] = keys[place - 1];
            place -= 1;
        }
        keys[place] = key;
    }
}
