//! Sorting numbers as integers.

/// Sorts numbers in ascending order of [`f64::total_cmp`].
///
/// Faster than sorting floats by comparison, by a factor of nearly two. Slices that are in
/// order already are recognised and left alone.
///
/// # Numerics
///
/// The bits of a float, signed magnitude turned into an unsigned integer, order as the
/// float does, and integers are compared without branches. (A radix sort of the same
/// integers was tried and is no faster up to a million values, and slower with ties.)
///
/// # Examples
///
/// ```
/// let mut values = [2.5, -1.0, f64::INFINITY, -0.0, 0.0];
/// trimtab_stats::sort_numbers(&mut values);
/// assert_eq!(values, [-1.0, -0.0, 0.0, 2.5, f64::INFINITY]);
/// ```
pub fn sort_numbers(values: &mut [f64]) {
    let in_order = |pair: &[f64]| pair[0].total_cmp(&pair[1]).is_le();
    if values.windows(2).all(in_order) {
        return;
    }
    let mut keys: Vec<u64> = values.iter().map(|value| key(*value)).collect();
    keys.sort_unstable();
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
