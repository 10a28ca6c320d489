//! Grids: every value finds its bin, whatever the shape of the sample.

use proptest::prelude::*;
use trimtab_stats::{CategoricalGrid, NumericGrid, Random, StatsError};

/// The bin by the definition: edges below the value.
fn slow_bin(grid: &NumericGrid, value: f64) -> usize {
    grid.edges().iter().filter(|&&edge| edge < value).count()
}

fn check_bins(sample: &[f64], max_bins: usize, others: &[f64]) {
    let mut values = sample.to_vec();
    let grid = NumericGrid::from_sample(&mut values, max_bins).unwrap();
    assert!(grid.edges().is_sorted_by(|a, b| a < b));
    let gaps = if grid.is_exact() {
        max_bins + max_bins / 4
    } else {
        0
    };
    assert!(grid.n_bins() <= max_bins + gaps + 2, "{}", grid.n_bins());
    assert_eq!(grid.representatives().len(), grid.n_bins());
    for &value in sample.iter().chain(others).chain(grid.edges()) {
        let bin = grid.bin(value);
        assert_eq!(bin, slow_bin(&grid, value), "{value:e}");
    }
    for &value in sample {
        let bin = grid.bin(value);
        assert!(bin > 0 && bin < grid.n_bins() - 1, "{value} is outside");
    }
    let distinct = {
        let mut values = values.clone();
        values.dedup();
        values.len()
    };
    assert_eq!(grid.is_exact(), distinct <= max_bins);
}

#[test]
fn bins_follow_the_definition_on_shapes_of_every_kind() {
    let mut random = Random::from_seed(3);
    let mut draw = |f: &dyn Fn(&mut Random) -> f64| -> Vec<f64> {
        (0..4_000).map(|_| f(&mut random)).collect()
    };
    let shapes: Vec<Vec<f64>> = vec![
        draw(&|r| r.normal()),
        draw(&|r| (3.0 * r.normal()).exp()),
        draw(&|r| r.normal() / r.normal()),
        draw(&|r| (r.uniform() * 50.0).floor()),
        draw(&|r| if r.uniform() < 0.7 { 0.0 } else { r.gamma(2.0) }),
        draw(&|r| 1e9 + r.uniform()),
        draw(&|r| -(2.0 * r.normal()).exp()),
        draw(&|r| r.normal() * 1e300),
        draw(&|r| r.normal() * 1e-310),
        draw(&|r| {
            if r.uniform() < 0.001 {
                1e18
            } else {
                r.normal()
            }
        }),
    ];
    let others = [
        0.0,
        -0.0,
        1.0,
        -1.0,
        1e300,
        -1e300,
        f64::MAX,
        f64::MIN,
        f64::MIN_POSITIVE,
        5e-324,
        3.3,
    ];
    for shape in &shapes {
        for max_bins in [2, 16, 1_024] {
            check_bins(shape, max_bins, &others);
        }
    }
    check_bins(&[f64::MAX, f64::MIN / 2.0, 0.0], 2, &others);
    check_bins(&[f64::MAX], 1_024, &others);
    check_bins(&[0.0, -0.0], 1_024, &others);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_value_finds_its_bin(
        sample in prop::collection::vec(prop_oneof![
            -100.0..100.0_f64,
            (-5_i32..5).prop_map(f64::from),
            any::<f64>().prop_filter("finite", |value| value.is_finite()),
        ], 1..300),
        others in prop::collection::vec(any::<f64>().prop_filter("finite", |v| v.is_finite()), 20),
        max_bins in 2_usize..200,
    ) {
        check_bins(&sample, max_bins, &others);
    }
}

#[test]
fn few_distinct_values_and_the_gaps_between_them_have_bins_of_their_own() {
    let grid = NumericGrid::from_sample(&mut [1.0, 2.0, 2.0, 5.0], 16).unwrap();
    assert!(grid.is_exact());
    let bins = [0.0, 1.0, 1.5, 2.0, 3.0, 5.0, 9.0].map(|value| grid.bin(value));
    assert!(bins.is_sorted_by(|a, b| a < b), "{bins:?}");
    assert_eq!(grid.representatives()[grid.bin(2.0)], 2.0);
    assert_eq!(grid.spread().iqr, 1.0);
}

#[test]
fn a_common_value_is_cut_off_from_its_neighbours() {
    let mut sample: Vec<f64> = (1..=4_000).map(|i| f64::from(i) / 400.0).collect();
    sample.extend(std::iter::repeat_n(5.0, 4_000));
    let grid = NumericGrid::from_sample(&mut sample, 256).unwrap();
    assert_ne!(grid.bin(5.0), grid.bin(4.9999));
    assert_ne!(grid.bin(5.0), grid.bin(5.0001));
}

#[test]
fn refuses_samples_without_meaning() {
    assert_eq!(
        NumericGrid::from_sample(&mut [], 16),
        Err(StatsError::EmptySample {
            sample: "reference"
        })
    );
    assert_eq!(
        NumericGrid::from_sample(&mut [1.0, f64::NAN], 16),
        Err(StatsError::NotFinite {
            sample: "reference"
        })
    );
    assert!(NumericGrid::from_sample(&mut [1.0], 1).is_err());
}

#[test]
fn categories_are_ranked_by_count_then_name() {
    let counts = [("b", 3), ("a", 3), ("c", 9), ("d", 0), ("b", 1)].map(|(k, n)| (k.to_owned(), n));
    let grid = CategoricalGrid::from_counts(&counts, 3);
    assert_eq!(grid.categories(), ["c", "b", "a"]);
    assert_eq!(grid.position("a"), Some(2));
    assert_eq!(grid.position("d"), None);
    assert_eq!(CategoricalGrid::from_counts(&counts, 1).categories(), ["c"]);
}
