//! Sorting numbers as integers is sorting them.

use proptest::prelude::*;
use trimtab_stats::{Random, sort_numbers};

fn check(mut values: Vec<f64>) {
    let mut expected = values.clone();
    expected.sort_unstable_by(f64::total_cmp);
    sort_numbers(&mut values);
    let bits = |values: &[f64]| values.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
    assert_eq!(bits(&values), bits(&expected));
}

fn draw(n: usize, value: impl Fn(&mut Random) -> f64) -> Vec<f64> {
    let mut random = Random::from_seed(11);
    (0..n).map(|_| value(&mut random)).collect()
}

#[test]
fn every_shape_of_numbers_is_put_in_order() {
    for n in [0, 1, 2, 100, 1_499, 1_500, 20_000] {
        check(draw(n, Random::normal));
        check(draw(n, |random| random.normal().exp()));
        check(draw(n, |random| (random.uniform() * 7.0).floor()));
        check(draw(n, |_| 3.0));
        // Far from zero, where only the last digits differ.
        check(draw(n, |random| 1e9 + random.uniform() * 1e-6));
        check(draw(n, |random| f64::from_bits(random.bits())));
    }
}

#[test]
fn an_outlier_does_not_spoil_the_order_of_the_rest() {
    let mut values = draw(50_000, |random| 1e6 + random.normal());
    values.extend([
        -1e300,
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::NAN,
        -0.0,
        0.0,
    ]);
    check(values);
}

#[test]
fn what_is_in_order_stays() {
    let mut values = draw(30_000, Random::normal);
    values.sort_unstable_by(f64::total_cmp);
    check(values.clone());
    values.reverse();
    check(values);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_bits_are_put_in_order(bits in prop::collection::vec(any::<u64>(), 1_500..3_000)) {
        check(bits.into_iter().map(f64::from_bits).collect());
    }
}
