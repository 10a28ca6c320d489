//! Many columns at once: oracles, laws, and levels that hold.

use crate::oracle::read;
use proptest::prelude::*;
use serde::Deserialize;
use trimtab_stats::multivariate::{
    Blocks, CentroidDistance, DenseRows, DomainClassifierSettings, DomainNull,
    ImportanceShiftSettings, MmdBlockSettings, PermutationSettings, PrincipalComponents,
    ReconstructionSettings, SparseDomainSettings, centroid_distance, deepchecks_domain_drift,
    domain_classifier, hotelling_t_squared, importance_shift, maximum_mean_discrepancy,
    maximum_mean_discrepancy_by_blocks, nannyml_domain_auc, nannyml_reconstruction_limits,
    reconstruction_drift, sparse_domain_classifier,
};
use trimtab_stats::trees::{
    FeatureColumn, FeatureTable, ForestSettings, ForestTarget, MISSING_CATEGORY, SparseRows,
};
use trimtab_stats::{Random, StatsError};

#[derive(Deserialize)]
struct Oracle {
    reference: Vec<Vec<f64>>,
    dense: Vec<DenseCase>,
    mixed_reference: Mixed,
    mixed: Vec<Mixed>,
    reconstruction: Reconstruction,
    nannyml_auc: Vec<f64>,
}

#[derive(Deserialize)]
struct DenseCase {
    name: String,
    current: Vec<Vec<f64>>,
    hotelling: Hotelling,
    mmd: Mmd,
    centroids: Centroids,
}

#[derive(Deserialize)]
struct Hotelling {
    t2: f64,
    f: f64,
    p_value: f64,
    mahalanobis: f64,
}

#[derive(Deserialize)]
struct Mmd {
    bandwidth: f64,
    statistic: f64,
}

#[derive(Deserialize)]
struct Centroids {
    euclidean: f64,
    cosine: f64,
    manhattan: f64,
    chebyshev: f64,
}

#[derive(Deserialize)]
struct Mixed {
    numbers: Vec<Vec<Option<f64>>>,
    codes: Vec<Option<f64>>,
}

#[derive(Deserialize)]
struct Reconstruction {
    n_components: usize,
    explained: Vec<f64>,
    errors: Vec<Vec<f64>>,
    means: Vec<f64>,
}

impl Mixed {
    fn table(&self) -> FeatureTable {
        let mut columns: Vec<FeatureColumn> = self
            .numbers
            .iter()
            .map(|c| FeatureColumn::Numeric(c.iter().map(|v| v.unwrap_or(f64::NAN)).collect()))
            .collect();
        let codes = self.codes.iter();
        columns.push(FeatureColumn::Categorical {
            codes: codes
                .map(|v| v.map_or(MISSING_CATEGORY, |v| v as u32))
                .collect(),
            n_categories: 5,
        });
        FeatureTable::new(columns).unwrap()
    }
}

fn dense(rows: &[Vec<f64>]) -> DenseRows {
    DenseRows::new(rows.concat(), rows[0].len()).unwrap()
}

#[track_caller]
fn near(what: &str, found: f64, expected: f64, relative: f64) {
    let error = (found - expected).abs();
    assert!(
        error <= relative * expected.abs() + 1e-12,
        "{what}: found {found:e}, expected {expected:e}"
    );
}

#[test]
fn dense_comparisons_equal_numpy_scipy_and_statsmodels() {
    let oracle: Oracle = read("multivariate.json");
    let reference = dense(&oracle.reference);
    let all = PermutationSettings::default();
    for case in &oracle.dense {
        let current = dense(&case.current);
        let name = &case.name;
        let found = hotelling_t_squared(&reference, &current).unwrap();
        near(name, found.statistic, case.hotelling.t2, 1e-9);
        near(name, found.f, case.hotelling.f, 1e-9);
        near(name, found.p_value, case.hotelling.p_value, 1e-9);
        near(name, found.mahalanobis, case.hotelling.mahalanobis, 1e-9);
        assert_eq!(found.rank, 4);
        let found = maximum_mean_discrepancy(&reference, &current, None, &all).unwrap();
        near(name, found.bandwidth, case.mmd.bandwidth, 1e-9);
        near(name, found.statistic, case.mmd.statistic, 1e-9);
        for (distance, expected) in [
            (CentroidDistance::Euclidean, case.centroids.euclidean),
            (CentroidDistance::Cosine, case.centroids.cosine),
            (CentroidDistance::Manhattan, case.centroids.manhattan),
            (CentroidDistance::Chebyshev, case.centroids.chebyshev),
        ] {
            let found = centroid_distance(&reference, &current, distance, &all).unwrap();
            near(name, found.distance, expected, 1e-9);
        }
    }
}

#[test]
fn reconstruction_errors_equal_nannymls_recipe() {
    let oracle: Oracle = read("multivariate.json");
    let reference = oracle.mixed_reference.table();
    let expected = &oracle.reconstruction;
    let components = PrincipalComponents::fit(&reference, 0.65).unwrap();
    assert_eq!(components.n_components(), expected.n_components);
    for (found, expected) in components.explained().iter().zip(&expected.explained) {
        near("explained", *found, *expected, 1e-9);
    }
    let tables = [reference, oracle.mixed[0].table(), oracle.mixed[1].table()];
    for (idx, table) in tables.iter().enumerate() {
        let errors = components.reconstruction_errors(table).unwrap();
        for (found, expected) in errors.iter().zip(&expected.errors[idx]) {
            near("error", *found, *expected, 1e-9);
        }
        let mean = components.mean_reconstruction_error(table).unwrap();
        near("mean", mean, expected.means[idx], 1e-9);
    }
}

#[test]
fn nannymls_domain_auc_is_near_that_of_lightgbm() {
    let oracle: Oracle = read("multivariate.json");
    let reference = oracle.mixed_reference.table();
    for (current, expected) in oracle.mixed.iter().zip(&oracle.nannyml_auc) {
        let current = current.table();
        let pooled = reference.stack(&current).unwrap();
        let is_chunk: Vec<bool> = (0..pooled.n_rows())
            .map(|row| row >= reference.n_rows())
            .collect();
        let found = nannyml_domain_auc(&pooled, &is_chunk).unwrap();
        // Cuts of equal gain fall differently (see boosting); an area of these 240 and 120
        // rows has a standard error of 0.03.
        assert!(
            (found - expected).abs() < 0.02,
            "{found} against {expected}"
        );
    }
}

/// Normal rows with a common factor: `d` columns, correlation 0.5.
fn normal_table(n: usize, d: usize, random: &mut Random) -> FeatureTable {
    let rows = normal_rows(n, d, random);
    rows.to_table().unwrap()
}

fn normal_rows(n: usize, d: usize, random: &mut Random) -> DenseRows {
    let mut values = Vec::with_capacity(n * d);
    for _ in 0..n {
        let common = random.normal();
        values.extend((0..d).map(|_| (common + random.normal()) / std::f64::consts::SQRT_2));
    }
    DenseRows::new(values, d).unwrap()
}

/// Asserts that at most `alarms` of the repetitions have a p-value of at most 0.05.
#[track_caller]
fn holds_its_level(what: &str, p_values: &[f64]) {
    let n = p_values.len() as f64;
    let alarms = p_values.iter().filter(|&&p| p <= 0.05).count() as f64;
    // Three standard errors above the level.
    let most = 0.05 * n + 3.0 * (0.05 * 0.95 * n).sqrt();
    assert!(alarms <= most, "{what}: {alarms} alarms in {n}");
}

#[test]
fn the_domain_classifier_holds_its_level_where_plain_ranks_would_not() {
    let mut random = Random::from_seed(31);
    for (n, m, d) in [(40, 40, 1), (60, 40, 4), (120, 40, 3)] {
        let p_values: Vec<f64> = (0..300)
            .map(|seed| {
                let settings = DomainClassifierSettings {
                    seed,
                    ..DomainClassifierSettings::default()
                };
                let reference = normal_table(n, d, &mut random);
                let current = normal_table(m, d, &mut random);
                domain_classifier(&reference, &current, &settings)
                    .unwrap()
                    .p_value
            })
            .collect();
        holds_its_level(&format!("{n} against {m}, {d} columns"), &p_values);
        // Without the doubled variance: p(z √2).
        let plain = |p: &f64| -trimtab_stats::normal_quantile(*p) * std::f64::consts::SQRT_2;
        let alarms = p_values.iter().filter(|p| plain(p) >= 1.645).count();
        assert!(
            alarms > 18,
            "the folds need no correction any more: {alarms} in 300"
        );
    }
}

#[test]
fn permuted_domain_classifiers_hold_their_level() {
    let mut random = Random::from_seed(32);
    let p_values: Vec<f64> = (0..100)
        .map(|seed| {
            let mut settings = DomainClassifierSettings {
                seed,
                n_folds: 2,
                null: DomainNull::Permutation { n_permutations: 19 },
                ..DomainClassifierSettings::default()
            };
            settings.boosting.n_trees = 5;
            let reference = normal_table(30, 2, &mut random);
            let current = normal_table(20, 2, &mut random);
            domain_classifier(&reference, &current, &settings)
                .unwrap()
                .p_value
        })
        .collect();
    holds_its_level("permuted", &p_values);
    assert!(p_values.iter().all(|&p| p >= 0.05));
}

#[test]
fn the_domain_classifier_names_the_columns_that_moved() {
    let mut random = Random::from_seed(33);
    let n = 400;
    let mut rows = |correlation: f64| {
        let mut columns = vec![Vec::new(); 5];
        for _ in 0..n {
            let x = random.normal();
            columns[0].push(x);
            columns[1]
                .push(correlation * x + (1.0 - correlation * correlation).sqrt() * random.normal());
            (2..5).for_each(|j| columns[j].push(random.normal()));
        }
        FeatureTable::new(columns.into_iter().map(FeatureColumn::Numeric).collect()).unwrap()
    };
    let (reference, current) = (rows(0.9), rows(-0.9));
    let settings = DomainClassifierSettings::default();
    let found = domain_classifier(&reference, &current, &settings).unwrap();
    assert!(found.auc > 0.85 && found.p_value < 1e-10, "{found:?}");
    assert!(found.auc_low < found.auc && found.auc < found.auc_high);
    let drops: Vec<f64> = found.columns.iter().map(|c| c.auc_drop).collect();
    assert!(drops[..2].iter().all(|&drop| drop > 0.2), "{drops:?}");
    assert!(
        drops[2..].iter().all(|&drop| drop.abs() < 0.05),
        "{drops:?}"
    );
    let gains: f64 = found.columns.iter().map(|c| c.gain).sum();
    assert!((gains - 1.0).abs() < 1e-12);
}

#[test]
fn the_domain_classifier_sees_new_gaps_and_new_categories() {
    let mut random = Random::from_seed(34);
    let mut table = |gap: f64, new: f64| {
        let n = 200;
        let mut numbers = Vec::new();
        let mut codes = Vec::new();
        for _ in 0..n {
            let x = random.normal();
            numbers.push(if random.uniform() < gap { f64::NAN } else { x });
            let code = (random.uniform() * 3.0) as u32;
            codes.push(if random.uniform() < new { 3 } else { code });
        }
        FeatureTable::new(vec![
            FeatureColumn::Numeric(numbers),
            FeatureColumn::Categorical {
                codes,
                n_categories: 4,
            },
        ])
        .unwrap()
    };
    let settings = DomainClassifierSettings::default();
    let reference = table(0.0, 0.0);
    let gaps = domain_classifier(&reference, &table(0.3, 0.0), &settings).unwrap();
    assert!(gaps.p_value < 0.01 && gaps.columns[0].auc_drop > gaps.columns[1].auc_drop);
    let new = domain_classifier(&reference, &table(0.0, 0.3), &settings).unwrap();
    assert!(new.p_value < 0.01 && new.columns[1].auc_drop > new.columns[0].auc_drop);
}

#[test]
fn a_table_against_itself_shows_nothing() {
    let table = normal_table(100, 3, &mut Random::from_seed(35));
    let found = domain_classifier(&table, &table, &DomainClassifierSettings::default()).unwrap();
    assert!(found.p_value > 0.05, "{found:?}");
    let constant = FeatureTable::new(vec![FeatureColumn::Numeric(vec![4.0; 50])]).unwrap();
    let found = domain_classifier(&constant, &constant, &DomainClassifierSettings::default());
    let found = found.unwrap();
    assert_eq!((found.auc, found.p_value), (0.5, 1.0));
    assert_eq!(
        deepchecks_domain_drift(&constant, &constant, 1).unwrap(),
        0.0
    );
}

#[test]
fn deepchecks_drift_is_large_for_separate_samples() {
    let mut random = Random::from_seed(36);
    let reference = normal_table(300, 2, &mut random);
    let far = FeatureTable::new(
        normal_table(200, 2, &mut random)
            .columns()
            .iter()
            .map(|column| match column {
                FeatureColumn::Numeric(values) => {
                    FeatureColumn::Numeric(values.iter().map(|x| x + 4.0).collect())
                }
                FeatureColumn::Categorical { .. } => column.clone(),
            })
            .collect(),
    )
    .unwrap();
    assert!(deepchecks_domain_drift(&reference, &far, 1).unwrap() > 0.9);
    let same = normal_table(200, 2, &mut random);
    assert!(deepchecks_domain_drift(&reference, &same, 1).unwrap() < 0.25);
}

#[test]
fn dense_comparisons_hold_their_level() {
    let mut random = Random::from_seed(37);
    let mut p_values = vec![Vec::new(); 5];
    for seed in 0..300 {
        let reference = normal_rows(40, 3, &mut random);
        let current = normal_rows(25, 3, &mut random);
        let settings = PermutationSettings {
            n_permutations: 99,
            seed,
            ..PermutationSettings::default()
        };
        let blocks = MmdBlockSettings {
            block_rows: 2,
            seed,
        };
        p_values[0].push(hotelling_t_squared(&reference, &current).unwrap().p_value);
        let found = maximum_mean_discrepancy(&reference, &current, None, &settings);
        p_values[1].push(found.unwrap().p_value);
        let (many, others) = (
            normal_rows(80, 3, &mut random),
            normal_rows(90, 3, &mut random),
        );
        let found = maximum_mean_discrepancy_by_blocks(&many, &others, None, &blocks);
        p_values[2].push(found.unwrap().p_value);
        for (slot, distance) in [
            (3, CentroidDistance::Cosine),
            (4, CentroidDistance::Chebyshev),
        ] {
            let found = centroid_distance(&reference, &current, distance, &settings);
            p_values[slot].push(found.unwrap().p_value);
        }
    }
    let names = ["T²", "MMD", "MMD by blocks", "cosine", "Chebyshev"];
    for (name, p_values) in names.iter().zip(&p_values) {
        holds_its_level(name, p_values);
        // And is no straw man: some alarms there are.
        assert!(p_values.iter().any(|&p| p <= 0.05), "{name}");
    }
}

#[test]
fn dense_comparisons_find_what_they_are_for() {
    let mut random = Random::from_seed(38);
    let reference = normal_rows(150, 4, &mut random);
    let current = normal_rows(100, 4, &mut random);
    let shifted: Vec<f64> = current.values().iter().map(|x| x + 0.5).collect();
    let shifted = DenseRows::new(shifted, 4).unwrap();
    let wider: Vec<f64> = current.values().iter().map(|x| x * 1.8).collect();
    let wider = DenseRows::new(wider, 4).unwrap();
    let settings = PermutationSettings::default();
    assert!(hotelling_t_squared(&reference, &shifted).unwrap().p_value < 0.01);
    let centre = |current| {
        centroid_distance(&reference, current, CentroidDistance::Euclidean, &settings).unwrap()
    };
    assert_eq!(centre(&shifted).p_value, 0.005);
    let mmd = |current| maximum_mean_discrepancy(&reference, current, None, &settings).unwrap();
    assert_eq!(mmd(&wider).p_value, 0.005);
    let many = normal_rows(4_000, 4, &mut random);
    let wide: Vec<f64> = normal_rows(4_000, 4, &mut random)
        .values()
        .iter()
        .map(|x| x * 1.3)
        .collect();
    let wide = DenseRows::new(wide, 4).unwrap();
    let found =
        maximum_mean_discrepancy_by_blocks(&many, &wide, None, &MmdBlockSettings::default());
    assert!(found.unwrap().p_value < 0.001);
}

/// Days whose level differs: `per_day` rows each.
fn days(n_days: usize, per_day: usize, random: &mut Random) -> (FeatureTable, Vec<u32>) {
    let mut columns = vec![Vec::new(); 3];
    let mut blocks = Vec::new();
    for day in 0..n_days {
        let noise = 0.4 + random.uniform();
        for _ in 0..per_day {
            let x = random.normal();
            for column in &mut columns {
                column.push(x + noise * random.normal());
            }
            blocks.push(day as u32);
        }
    }
    let columns = columns.into_iter().map(FeatureColumn::Numeric).collect();
    (FeatureTable::new(columns).unwrap(), blocks)
}

#[test]
fn reconstruction_holds_its_level_for_rows_and_for_days() {
    let mut random = Random::from_seed(39);
    let (mut by_rows, mut by_days, mut blind) = (Vec::new(), Vec::new(), Vec::new());
    for seed in 0..200 {
        let settings = ReconstructionSettings {
            n_permutations: 99,
            seed,
            ..ReconstructionSettings::default()
        };
        let reference = normal_table(60, 3, &mut random);
        let current = normal_table(30, 3, &mut random);
        let found = reconstruction_drift(&reference, &current, None, &settings).unwrap();
        by_rows.push(found.p_value);
        let (reference, of_reference) = days(24, 15, &mut random);
        let (current, of_current) = days(6, 15, &mut random);
        let blocks = Blocks {
            reference: &of_reference,
            current: &of_current,
        };
        let found = reconstruction_drift(&reference, &current, Some(blocks), &settings).unwrap();
        by_days.push(found.p_value);
        let found = reconstruction_drift(&reference, &current, None, &settings).unwrap();
        blind.push(found.p_value);
    }
    holds_its_level("rows", &by_rows);
    holds_its_level("days", &by_days);
    let alarms = blind.iter().filter(|&&p| p <= 0.05).count();
    assert!(alarms > 40, "days need no blocks any more: {alarms} in 200");
}

#[test]
fn reconstruction_sees_a_lost_correlation() {
    let mut random = Random::from_seed(40);
    let reference = normal_table(400, 4, &mut random);
    let columns = (0..4)
        .map(|_| FeatureColumn::Numeric((0..200).map(|_| random.normal()).collect()))
        .collect();
    let current = FeatureTable::new(columns).unwrap();
    let found = reconstruction_drift(
        &reference,
        &current,
        None,
        &ReconstructionSettings::default(),
    );
    let found = found.unwrap();
    assert!(
        found.current_error > found.reference_error && found.p_value == 0.001,
        "{found:?}"
    );
    let limits = nannyml_reconstruction_limits(&[1.0, 1.1, 0.9, 1.0]).unwrap();
    let deviation = 0.005_f64.sqrt();
    assert!((limits[1] - (1.0 + 3.0 * deviation)).abs() < 1e-12 && limits[0] > 0.78);
}

/// Texts as counts of 64 words, some of them more frequent by `extra`.
fn texts(n: usize, extra: f64, random: &mut Random) -> SparseRows {
    let mut rows = SparseRows::new(64).unwrap();
    for _ in 0..n {
        let mut counts = [0_u32; 64];
        for _ in 0..12 {
            let word = (random.uniform().powi(2) * 64.0) as usize;
            counts[word] += 1;
        }
        counts[50] += u32::from(random.uniform() < extra);
        let row: Vec<(u32, u32)> = (0..64)
            .filter(|&word| counts[word] > 0)
            .map(|word| (word as u32, counts[word]))
            .collect();
        rows.push_counts(&row).unwrap();
    }
    rows
}

#[test]
fn sparse_domain_classifiers_hold_their_level_and_name_the_word() {
    let mut random = Random::from_seed(41);
    let p_values: Vec<f64> = (0..200)
        .map(|seed| {
            let settings = SparseDomainSettings {
                seed,
                ..SparseDomainSettings::default()
            };
            let reference = texts(50, 0.1, &mut random);
            let current = texts(40, 0.1, &mut random);
            sparse_domain_classifier(&reference, &current, &settings)
                .unwrap()
                .p_value
        })
        .collect();
    holds_its_level("texts", &p_values);
    let reference = texts(300, 0.1, &mut random);
    let current = texts(300, 0.6, &mut random);
    let found =
        sparse_domain_classifier(&reference, &current, &SparseDomainSettings::default()).unwrap();
    assert!(
        found.p_value < 1e-6 && found.columns[0].0 == 50,
        "{found:?}"
    );
    assert!(found.columns[0].1 > 0.0);
}

/// Columns and a target that hangs on the column `by`.
fn concept(n: usize, by: usize, random: &mut Random) -> (FeatureTable, Vec<f64>) {
    let table = normal_table(n, 3, random);
    let FeatureColumn::Numeric(values) = &table.columns()[by] else {
        unreachable!()
    };
    let target = values.iter().map(|x| x + 0.5 * random.normal()).collect();
    (table, target)
}

#[test]
fn importances_move_only_where_the_concept_does() {
    let mut random = Random::from_seed(42);
    let mut settings = ImportanceShiftSettings {
        forest: ForestSettings {
            n_trees: 8,
            min_rows_in_leaf: 5,
            ..ForestSettings::default()
        },
        n_permutations: 19,
        ..ImportanceShiftSettings::default()
    };
    let mut p_values = Vec::new();
    for seed in 0..100 {
        settings.seed = seed;
        let (reference, before) = concept(60, 0, &mut random);
        let (current, after) = concept(50, 0, &mut random);
        let found = importance_shift(
            (&reference, ForestTarget::Values(&before)),
            (&current, ForestTarget::Values(&after)),
            &settings,
        );
        p_values.push(found.unwrap().p_value);
    }
    holds_its_level("importances", &p_values);
    settings.n_permutations = 99;
    let (reference, before) = concept(200, 0, &mut random);
    let (current, after) = concept(200, 2, &mut random);
    let found = importance_shift(
        (&reference, ForestTarget::Values(&before)),
        (&current, ForestTarget::Values(&after)),
        &settings,
    )
    .unwrap();
    assert!(found.moved > 0.3 && found.p_value == 0.01, "{found:?}");
    assert!(found.columns[0].difference < -0.2 && found.columns[2].difference > 0.2);
    assert!(found.columns[0].difference.abs() > found.columns[0].noise);
    let sum: f64 = found.columns.iter().map(|c| c.difference).sum();
    assert!(sum.abs() < 1e-12);
}

#[test]
fn samples_without_meaning_are_refused() {
    let rows = |n: usize, d: usize| DenseRows::new(vec![1.0; n * d], d).unwrap();
    let settings = PermutationSettings::default();
    assert!(matches!(
        DenseRows::new(vec![1.0], 0),
        Err(StatsError::ParameterOutOfDomain { .. })
    ));
    assert!(matches!(
        DenseRows::new(vec![1.0, f64::NAN], 2),
        Err(StatsError::NotFinite { .. })
    ));
    assert_eq!(
        hotelling_t_squared(&rows(3, 2), &rows(3, 1)).unwrap_err(),
        StatsError::GridMismatch
    );
    assert!(matches!(
        hotelling_t_squared(&rows(0, 2), &rows(3, 2)),
        Err(StatsError::EmptySample {
            sample: "reference"
        })
    ));
    assert!(matches!(
        maximum_mean_discrepancy(&rows(3, 1), &rows(1, 1), None, &settings),
        Err(StatsError::EmptySample { sample: "current" })
    ));
    assert!(matches!(
        maximum_mean_discrepancy(&rows(3, 1), &rows(3, 1), Some(0.0), &settings),
        Err(StatsError::ParameterOutOfDomain {
            name: "bandwidth",
            ..
        })
    ));
    let table = rows(9, 1).to_table().unwrap();
    assert!(matches!(
        domain_classifier(&table, &table, &DomainClassifierSettings::default()),
        Err(StatsError::ParameterOutOfDomain {
            name: "reference",
            ..
        })
    ));
    assert!(matches!(
        nannyml_domain_auc(&table, &[true; 9]),
        Err(StatsError::EmptySample {
            sample: "reference"
        })
    ));
}

#[test]
fn constant_columns_have_no_direction() {
    let constant = DenseRows::new(vec![2.0; 20], 2).unwrap();
    let same = hotelling_t_squared(&constant, &constant).unwrap();
    assert_eq!((same.statistic, same.p_value, same.rank), (0.0, 1.0, 0));
    let other = DenseRows::new(vec![3.0; 20], 2).unwrap();
    let apart = hotelling_t_squared(&constant, &other).unwrap();
    assert_eq!((apart.statistic, apart.p_value), (f64::INFINITY, 0.0));
    let settings = PermutationSettings::default();
    let found = maximum_mean_discrepancy(&constant, &constant, None, &settings).unwrap();
    assert_eq!((found.statistic, found.p_value), (0.0, 1.0));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn hotelling_ignores_units_and_order(
        seed in 0_u64..10_000,
        scale in prop::sample::select(vec![1e-300, 1e-8, 3.0, 1e12, 1e300]),
    ) {
        let mut random = Random::from_seed(seed);
        let (reference, current) = (normal_rows(20, 3, &mut random), normal_rows(15, 3, &mut random));
        let plain = hotelling_t_squared(&reference, &current).unwrap();
        let scaled = |rows: &DenseRows| {
            let values = rows.values().iter().enumerate();
            let values = values.map(|(i, x)| if i % 3 == 1 { x * scale } else { *x });
            DenseRows::new(values.collect(), 3).unwrap()
        };
        let other = hotelling_t_squared(&scaled(&reference), &scaled(&current)).unwrap();
        prop_assert!((plain.statistic - other.statistic).abs() < 1e-8 * plain.statistic.max(1.0));
        let mut backwards: Vec<f64> = Vec::new();
        reference.values().chunks(3).rev().for_each(|row| backwards.extend(row));
        let backwards = DenseRows::new(backwards, 3).unwrap();
        let other = hotelling_t_squared(&backwards, &current).unwrap();
        prop_assert!((plain.statistic - other.statistic).abs() < 1e-9 * plain.statistic.max(1.0));
        let swapped = hotelling_t_squared(&current, &reference).unwrap();
        prop_assert!((plain.p_value - swapped.p_value).abs() < 1e-9);
    }

    #[test]
    fn mmd_is_symmetric_and_at_most_two(seed in 0_u64..10_000, shift in 0.0_f64..50.0) {
        let mut random = Random::from_seed(seed);
        let reference = normal_rows(12, 2, &mut random);
        let moved = normal_rows(9, 2, &mut random);
        let moved = DenseRows::new(moved.values().iter().map(|x| x + shift).collect(), 2).unwrap();
        let settings = PermutationSettings { n_permutations: 9, ..PermutationSettings::default() };
        let there = maximum_mean_discrepancy(&reference, &moved, None, &settings).unwrap();
        let back = maximum_mean_discrepancy(&moved, &reference, None, &settings).unwrap();
        prop_assert!((there.statistic - back.statistic).abs() < 1e-12);
        prop_assert!(there.statistic <= 2.0);
        prop_assert!(there.p_value > 0.0 && there.p_value <= 1.0);
    }

    #[test]
    fn tables_of_any_numbers_are_compared_or_refused(
        values in prop::collection::vec(prop::num::f64::ANY, 40),
        others in prop::collection::vec(prop::num::f64::ANY, 24),
    ) {
        let table = |values: &[f64]| {
            let (x, y) = values.split_at(values.len() / 2);
            FeatureTable::new(vec![
                FeatureColumn::Numeric(x.to_vec()),
                FeatureColumn::Numeric(y.to_vec()),
            ])
            .unwrap()
        };
        let (reference, current) = (table(&values), table(&others));
        let mut settings = DomainClassifierSettings { n_folds: 3, ..DomainClassifierSettings::default() };
        settings.boosting.n_trees = 5;
        settings.boosting.min_rows_in_leaf = 1;
        let found = domain_classifier(&reference, &current, &settings).unwrap();
        prop_assert!((0.0..=1.0).contains(&found.p_value) && (0.0..=1.0).contains(&found.auc));
        let settings = ReconstructionSettings { n_permutations: 9, ..ReconstructionSettings::default() };
        if let Ok(found) = reconstruction_drift(&reference, &current, None, &settings) {
            prop_assert!(found.p_value > 0.0 && found.p_value <= 1.0);
        }
    }
}
