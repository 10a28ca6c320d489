//! The order of metric values: one integer that sorts as the value does, NaN last.

/// A value as a number that sorts: −∞ first, NaN after +∞; the two zeros are one.
pub fn rank(value: f64) -> i64 {
    if value.is_nan() {
        return i64::MAX;
    }
    let bits = (if value == 0.0 { 0.0 } else { value })
        .to_bits()
        .cast_signed();
    // Negative values sort backwards by their bits.
    if bits < 0 { bits ^ i64::MAX } else { bits }
}

/// The value that [`rank`] made the number of.
pub fn value(rank: i64) -> f64 {
    if rank == i64::MAX {
        return f64::NAN;
    }
    let bits = if rank < 0 { rank ^ i64::MAX } else { rank };
    f64::from_bits(bits.cast_unsigned())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::float_cmp, reason = "ranks come back to the bit")]

    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_special_values_have_their_places() {
        let sorted = [
            f64::NEG_INFINITY,
            f64::MIN,
            -1.0,
            -f64::MIN_POSITIVE,
            0.0,
            5e-324,
            1.0,
            f64::MAX,
            f64::INFINITY,
            f64::NAN,
        ];
        assert!(sorted.map(rank).is_sorted());
        assert_eq!(rank(-0.0), rank(0.0));
        assert!(value(rank(f64::NAN)).is_nan());
        assert!(value(rank(-f64::NAN)).is_nan());
    }

    proptest! {
        #[test]
        fn ranks_sort_as_values_and_come_back(a: f64, b: f64) {
            prop_assert_eq!(value(rank(a)), if a == 0.0 { 0.0 } else { a });
            prop_assert_eq!(rank(a) < rank(b), a < b);
        }
    }
}
