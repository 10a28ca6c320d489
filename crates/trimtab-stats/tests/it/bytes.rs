//! Stored bytes: what was written is read back, what is foreign is refused.

use crate::profile::{dataset, dataset_on, grid};
use proptest::prelude::*;
use trimtab_stats::{BinaryPerformance, DatasetProfile, Grid, RegressionPerformance, StatsError};

/// Reads bytes as everything; whatever can be read must be writable and usable.
fn read_as_everything(bytes: &[u8]) {
    if let Ok(profile) = DatasetProfile::from_bytes(bytes) {
        assert_eq!(
            DatasetProfile::from_bytes(&profile.to_bytes()).unwrap(),
            profile
        );
        for column in &profile.columns {
            let _ = (column.missing_share(), column.n_distinct(), column.counts());
        }
        let mut twice = profile.clone();
        if twice.merge(&profile).is_ok() {
            twice.subtract(&profile).unwrap();
        }
    }
    if let Ok(grid) = Grid::from_bytes(bytes) {
        assert_eq!(Grid::from_bytes(&grid.to_bytes()).unwrap(), grid);
    }
    if let Ok(performance) = BinaryPerformance::from_bytes(bytes) {
        let _ = performance.metrics();
        let mut twice = performance.clone();
        if twice.merge(&performance).is_ok() {
            twice.subtract(&performance).unwrap();
            assert_eq!(twice, performance);
        }
    }
    if let Ok(performance) = RegressionPerformance::from_bytes(bytes) {
        let _ = performance.metrics();
    }
}

fn performance() -> BinaryPerformance {
    let mut performance = BinaryPerformance::default();
    for i in 0..50_u32 {
        let score = f64::from(i * 37 % 50) / 50.0;
        performance.add(Some(score), score > 0.5, i % 3 == 0);
    }
    performance
}

fn samples_of_every_shape() -> Vec<Vec<u8>> {
    let mut regression = RegressionPerformance::default();
    for i in 0..50_u32 {
        regression.add(f64::from(i % 7) * 3.0, f64::from(i));
    }
    vec![
        dataset(&[1.0, 2.5, -3.0, f64::NAN], &["a", "b", "zz"]).to_bytes(),
        grid().to_bytes(),
        performance().to_bytes(),
        regression.to_bytes(),
    ]
}

#[test]
fn refuses_newer_formats_and_nothing_at_all() {
    assert_eq!(
        DatasetProfile::from_bytes(&[9, 0, 0]),
        Err(StatsError::UnknownFormat {
            found: 9,
            newest: 1
        })
    );
    for bytes in [&[][..], &[0], &[1]] {
        assert!(matches!(
            Grid::from_bytes(bytes),
            Err(StatsError::ForeignBytes { .. })
        ));
    }
}

#[test]
fn refuses_every_truncation_and_every_tail() {
    for bytes in samples_of_every_shape() {
        for end in 0..bytes.len() {
            read_as_everything(&bytes[..end]);
        }
    }
    let bytes = dataset(&[1.0, 2.0], &["a"]).to_bytes();
    for end in 0..bytes.len() {
        assert!(DatasetProfile::from_bytes(&bytes[..end]).is_err(), "{end}");
    }
    let mut longer = bytes;
    longer.push(0);
    assert!(DatasetProfile::from_bytes(&longer).is_err());
}

/// The first released format must stay readable for ever.
#[test]
fn reads_the_first_format() {
    let stored = include_bytes!("format_1_grid.bin");
    let grid = Grid::from_bytes(stored).unwrap();
    assert_eq!(grid.to_bytes(), stored);
    assert_eq!((grid.version, grid.columns.len()), (1, 2));
    let stored = include_bytes!("format_1_profile.bin");
    let expected = dataset_on(
        &grid,
        &[1.0, 2.5, -3.0, 1e9, f64::NAN, f64::INFINITY],
        &["a", "b", "b", "unseen"],
    );
    assert_eq!(DatasetProfile::from_bytes(stored).unwrap(), expected);
    assert_eq!(expected.to_bytes(), stored);
    let stored = include_bytes!("format_1_performance.bin");
    let expected = performance();
    assert_eq!(BinaryPerformance::from_bytes(stored).unwrap(), expected);
    assert_eq!(expected.to_bytes(), stored);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn never_panics_on_foreign_bytes(mut bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        read_as_everything(&bytes);
        if let Some(first) = bytes.first_mut() {
            *first = 1;
        }
        read_as_everything(&bytes);
    }

    #[test]
    fn never_panics_on_damaged_bytes(
        shape in 0_usize..4,
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let mut bytes = samples_of_every_shape().swap_remove(shape);
        for (place, value) in damage {
            let place = place.index(bytes.len());
            bytes[place] = value;
        }
        read_as_everything(&bytes);
    }
}
