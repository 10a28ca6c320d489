//! The laws of profiles: merging and subtracting are exact and know no order.

use proptest::prelude::*;
use trimtab_stats::{
    CategoricalGrid, ColumnGrid, ColumnProfile, DatasetProfile, Grid, NumericGrid, NumericProfile,
    StatsError,
};

/// A grid of one numeric and one categorical column.
pub(crate) fn grid() -> Grid {
    let mut sample: Vec<f64> = (0..500).map(|i| f64::from(i * i % 97) / 8.0).collect();
    let numeric = NumericGrid::from_sample(&mut sample, 16).unwrap();
    let counts = [("a", 10), ("b", 30), ("c", 5)].map(|(name, n)| (name.to_owned(), n));
    Grid {
        version: 1,
        columns: vec![
            ("x".to_owned(), ColumnGrid::Numeric(numeric)),
            (
                "k".to_owned(),
                ColumnGrid::Categorical(CategoricalGrid::from_counts(&counts, 10)),
            ),
        ],
    }
}

/// The profile of some rows on that grid; the text `""` is a missing value.
pub(crate) fn dataset(numbers: &[f64], texts: &[&str]) -> DatasetProfile {
    dataset_on(&grid(), numbers, texts)
}

/// The profile of some rows on a grid of that shape.
pub(crate) fn dataset_on(grid: &Grid, numbers: &[f64], texts: &[&str]) -> DatasetProfile {
    let mut profile = DatasetProfile::empty(grid);
    profile.n_rows = numbers.len() as u64;
    for ((_, grid), column) in grid.columns.iter().zip(&mut profile.columns) {
        match (grid, column) {
            (ColumnGrid::Numeric(grid), ColumnProfile::Numeric(column)) => {
                column.add_values(grid, numbers);
            }
            (ColumnGrid::Categorical(grid), ColumnProfile::Categorical(column)) => {
                for text in texts {
                    if text.is_empty() {
                        column.add_missing(1);
                    } else {
                        column.add(grid, text, 1);
                    }
                }
            }
            _ => unreachable!(),
        }
    }
    profile
}

fn number() -> impl Strategy<Value = f64> {
    prop_oneof![
        8 => -20.0..40.0_f64,
        2 => any::<f64>(),
        1 => Just(f64::NAN),
        1 => Just(f64::INFINITY),
        1 => Just(0.0),
        1 => Just(-0.0),
    ]
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => prop::sample::select(vec!["a", "b", "c", ""]).prop_map(str::to_owned),
        1 => "[d-z]{1,2}",
        1 => "[é🦀]{1,90}",
    ]
}

fn rows() -> impl Strategy<Value = (Vec<f64>, Vec<String>)> {
    (
        prop::collection::vec(number(), 0..120),
        prop::collection::vec(text(), 0..120),
    )
}

fn profile_of(rows: &(Vec<f64>, Vec<String>)) -> DatasetProfile {
    let texts: Vec<&str> = rows.1.iter().map(String::as_str).collect();
    dataset(&rows.0, &texts)
}

fn merged(parts: &[&DatasetProfile]) -> DatasetProfile {
    let mut sum = DatasetProfile::empty(&grid());
    for part in parts {
        sum.merge(part).unwrap();
    }
    sum
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn merging_knows_no_order(a in rows(), b in rows(), c in rows()) {
        let [a, b, c] = [profile_of(&a), profile_of(&b), profile_of(&c)];
        let one = merged(&[&a, &b, &c]);
        prop_assert_eq!(&one, &merged(&[&c, &a, &b]));
        prop_assert_eq!(&one, &merged(&[&merged(&[&b, &c]), &a]));
        prop_assert_eq!(one.to_bytes(), merged(&[&b, &a, &c]).to_bytes());
    }

    #[test]
    fn streaming_in_chunks_equals_one_pass(rows in rows(), cut in 0.0..1.0_f64) {
        let numbers = (rows.0.len() as f64 * cut) as usize;
        let texts = (rows.1.len() as f64 * cut) as usize;
        let head = (rows.0[..numbers].to_vec(), rows.1[..texts].to_vec());
        let tail = (rows.0[numbers..].to_vec(), rows.1[texts..].to_vec());
        let parts = merged(&[&profile_of(&tail), &profile_of(&head)]);
        prop_assert_eq!(profile_of(&rows).to_bytes(), parts.to_bytes());
    }

    #[test]
    fn subtracting_a_part_leaves_counts_and_moments_of_the_rest(a in rows(), b in rows()) {
        let (a, b) = (profile_of(&a), profile_of(&b));
        let mut rest = merged(&[&a, &b]);
        rest.subtract(&b).unwrap();
        prop_assert_eq!(rest.n_rows, a.n_rows);
        for (rest, a) in rest.columns.iter().zip(&a.columns) {
            prop_assert_eq!(rest.counts(), a.counts());
            prop_assert_eq!(rest.n_missing(), a.n_missing());
            if let (ColumnProfile::Numeric(rest), ColumnProfile::Numeric(a)) = (rest, a) {
                prop_assert_eq!(rest.mean(), a.mean());
                prop_assert_eq!(rest.sd(), a.sd());
                prop_assert_eq!(rest.mean_above(), a.mean_above());
                prop_assert!(rest.n() == 0 || rest.min() <= a.min());
            }
        }
    }

    #[test]
    fn bytes_keep_everything(rows in rows()) {
        let profile = profile_of(&rows);
        prop_assert_eq!(DatasetProfile::from_bytes(&profile.to_bytes()).unwrap(), profile);
    }

    #[test]
    fn moments_are_those_of_the_values(values in prop::collection::vec(-1e6..1e6_f64, 2..200)) {
        let profile = dataset(&values, &[]);
        let ColumnProfile::Numeric(profile) = &profile.columns[0] else { unreachable!() };
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        let sd = (squares / (n - 1.0)).sqrt();
        prop_assert!((profile.mean().unwrap() - mean).abs() <= 1e-9 * (1.0 + mean.abs()));
        prop_assert!((profile.sd().unwrap() - sd).abs() <= 1e-9 * (1.0 + sd));
        let smallest = values.iter().copied().fold(f64::INFINITY, f64::min);
        prop_assert_eq!(profile.min(), Some(smallest));
    }
}

#[test]
fn counts_what_is_not_a_value_apart() {
    let profile = dataset(
        &[1.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::NAN],
        &[],
    );
    let ColumnProfile::Numeric(profile) = &profile.columns[0] else {
        unreachable!()
    };
    assert_eq!(profile.n(), 1);
    assert_eq!(profile.n_missing(), 2);
    assert_eq!(profile.n_infinite(), (1, 1));
    assert_eq!(profile.n_rows(), 5);
    assert_eq!(profile.sd(), None);
    assert_eq!(profile.mean(), Some(1.0));
}

#[test]
fn an_empty_profile_says_nothing() {
    let profile = dataset(&[], &[]);
    let ColumnProfile::Numeric(column) = &profile.columns[0] else {
        unreachable!()
    };
    assert_eq!(
        (column.mean(), column.min(), column.max()),
        (None, None, None)
    );
    assert_eq!(profile.columns[0].missing_share(), None);
    let grid = grid();
    let (_, ColumnGrid::Numeric(grid)) = &grid.columns[0] else {
        unreachable!()
    };
    assert_eq!(column.quantile(grid, 0.5), None);
}

#[test]
fn a_large_offset_does_not_drown_the_spread() {
    let mut sample: Vec<f64> = (0..1_000).map(|i| 1e12 + f64::from(i % 10)).collect();
    let grid = NumericGrid::from_sample(&mut sample, 1_024).unwrap();
    let mut profile = NumericProfile::empty(&grid);
    profile.add_values(&grid, &sample);
    let expected = (8.25_f64 * 1_000.0 / 999.0).sqrt();
    assert!((profile.sd().unwrap() - expected).abs() < 1e-12);
}

#[test]
fn quantiles_come_from_the_bins() {
    let mut sample: Vec<f64> = (0..10_000).map(f64::from).collect();
    let grid = NumericGrid::from_sample(&mut sample, 1_024).unwrap();
    let mut profile = NumericProfile::empty(&grid);
    profile.add_values(&grid, &sample);
    for p in [0.0, 0.01, 0.25, 0.5, 0.9, 1.0] {
        let found = profile.quantile(&grid, p).unwrap();
        assert!((found - p * 9_999.0).abs() < 11.0, "{p}: {found}");
    }
    assert_eq!(profile.quantile(&grid, 1.5), None);
}

#[test]
fn refuses_profiles_of_another_grid_and_parts_that_are_not_parts() {
    let mut profile = dataset(&[1.0, 2.0], &["a"]);
    let before = profile.clone();
    let mut other = profile.clone();
    other.columns.pop();
    assert_eq!(profile.merge(&other), Err(StatsError::GridMismatch));
    other.columns.reverse();
    assert!(profile.merge(&other).is_err());
    let larger = dataset(&[3.0, 3.0], &["b"]);
    assert_eq!(profile.subtract(&larger), Err(StatsError::NotContained));
    assert_eq!(profile, before);
}

#[test]
fn names_unseen_values_in_a_bounded_way() {
    let names: Vec<String> = (0..500).map(|i| format!("new {i}")).collect();
    let texts: Vec<&str> = names.iter().map(String::as_str).collect();
    let profile = dataset(&[], &texts);
    let ColumnProfile::Categorical(column) = &profile.columns[1] else {
        unreachable!()
    };
    assert_eq!(column.n_unseen(), 500);
    assert_eq!(column.unseen_values().len(), 64);
    let error = column.n_distinct().abs_diff(500);
    assert!(error < 60, "{error}");
    let few = dataset(&[], &["x", "a", "x", "y", "b", "b", "b"]);
    let ColumnProfile::Categorical(column) = &few.columns[1] else {
        unreachable!()
    };
    assert_eq!(column.unseen_values(), [("x", 2), ("y", 1)]);
    let grid = grid();
    let (_, ColumnGrid::Categorical(grid)) = &grid.columns[1] else {
        unreachable!()
    };
    assert_eq!(column.top(grid, 2), [("b", 3), ("x", 2)]);
}

#[test]
fn dictionary_counts_equal_values_one_by_one() {
    let grid = grid();
    let (_, ColumnGrid::Categorical(grid)) = &grid.columns[1] else {
        unreachable!()
    };
    let mut by_index = ColumnProfile::empty(&ColumnGrid::Categorical(grid.clone()));
    if let ColumnProfile::Categorical(profile) = &mut by_index {
        profile.add_index_counts(&[2, 1]).unwrap();
        assert!(profile.add_index_counts(&[0; 4]).is_err());
    }
    let one_by_one = dataset(&[], &["b", "a", "b"]);
    assert_eq!(by_index, one_by_one.columns[1]);
}

/// A value that is hard to sum up or to find a bin for.
fn hard_number() -> impl Strategy<Value = f64> {
    prop_oneof![
        6 => -3.0..3.0_f64,
        2 => any::<f64>(),
        1 => Just(0.0),
        1 => Just(-0.0),
        1 => (1_u64..1 << 52).prop_map(f64::from_bits),
        1 => prop_oneof![Just(f64::MAX), Just(f64::MIN), Just(f64::MIN_POSITIVE)],
        1 => prop_oneof![Just(f64::NAN), Just(f64::INFINITY), Just(f64::NEG_INFINITY)],
    ]
}

/// The bytes of the profile of values that are added in parts of that length.
fn bytes_in_parts(grid: &NumericGrid, values: &[f64], length: usize) -> Vec<u8> {
    let mut profile = NumericProfile::empty(grid);
    for part in values.chunks(length) {
        profile.add_values(grid, part);
    }
    DatasetProfile {
        n_rows: values.len() as u64,
        columns: vec![ColumnProfile::Numeric(profile)],
    }
    .to_bytes()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    /// Many at once are counted in blocks, few one by one: nobody can tell.
    #[test]
    fn blocks_count_as_single_values_do(
        mut sample in prop::collection::vec(
            prop_oneof![-2.0..2.0_f64, (-1e3..1e3_f64).prop_map(f64::floor)], 1..400),
        values in prop::collection::vec(hard_number(), 1_024..5_000),
    ) {
        let grid = NumericGrid::from_sample(&mut sample, 128).unwrap();
        let at_once = bytes_in_parts(&grid, &values, values.len());
        prop_assert_eq!(&at_once, &bytes_in_parts(&grid, &values, 500));
        prop_assert_eq!(&at_once, &bytes_in_parts(&grid, &values, 1_031));
        let mut backwards = values;
        backwards.reverse();
        prop_assert_eq!(&at_once, &bytes_in_parts(&grid, &backwards, 2_000));
    }
}

#[test]
fn a_block_of_nothing_but_missing_numbers_counts_them() {
    let grid = NumericGrid::from_sample(&mut [1.0, 2.0, 3.0], 8).unwrap();
    let mut profile = NumericProfile::empty(&grid);
    profile.add_values(&grid, &[f64::NAN; 2_000]);
    assert_eq!((profile.n(), profile.n_nan()), (0, 2_000));
    assert_eq!(profile.sum(), 0.0);
}
