//! Columns with a long tail of categories, of which any reference has seen a part: the profile
//! must keep the false-alarm rate of the counts.

use std::collections::BTreeMap;
use trimtab_stats::{
    CategoricalGrid, CategoricalProfile, ColumnEvidence, ColumnGrid, ColumnProfile,
    DEFAULT_MAX_CATEGORIES, Random, compare_categorical_counts, compare_column,
};

type Counts = Vec<(String, u64)>;

/// Categories with shares like `1/k^s`, named in no order.
struct Zipf {
    cumulative: Vec<f64>,
}

impl Zipf {
    fn new(n_categories: u32, s: f64) -> Self {
        let mut sum = 0.0;
        let rising = |rank| {
            sum += f64::from(rank).powf(-s);
            sum
        };
        Self {
            cumulative: (1..=n_categories).map(rising).collect(),
        }
    }

    /// Rows of which a share is of one category that the law does not have.
    fn draw(&self, n: usize, new_share: f64, random: &mut Random) -> Counts {
        let mut counts = BTreeMap::new();
        let total = self.cumulative[self.cumulative.len() - 1];
        for _ in 0..n {
            let name = if random.uniform() < new_share {
                "new".to_owned()
            } else {
                let u = random.uniform() * total;
                let rank = self.cumulative.partition_point(|sum| *sum <= u);
                format!("{:08x}", (rank as u32).wrapping_mul(2_654_435_761))
            };
            *counts.entry(name).or_insert(0) += 1;
        }
        counts.into_iter().collect()
    }
}

fn by_profiles(reference: &Counts, current: &Counts) -> ColumnEvidence {
    let grid = CategoricalGrid::from_counts(reference, DEFAULT_MAX_CATEGORIES);
    let profile = |counts: &Counts| {
        let mut profile = CategoricalProfile::empty(&grid);
        for (name, count) in counts {
            profile.add(&grid, name, *count);
        }
        ColumnProfile::Categorical(profile)
    };
    let [reference, current] = [reference, current].map(profile);
    let grid = ColumnGrid::Categorical(grid.clone());
    compare_column("x", &grid, &reference, &current, None)
}

/// Share of comparisons with `p ≤ level`.
fn alarmed(zipf: &Zipf, (n, m): (usize, usize), new_share: f64, level: f64) -> f64 {
    let mut random = Random::from_seed(17 * n as u64 + m as u64);
    let runs = 200;
    let alarms = (0..runs).filter(|_| {
        let reference = zipf.draw(n, 0.0, &mut random);
        let current = zipf.draw(m, new_share, &mut random);
        by_profiles(&reference, &current).p_value_row.unwrap() <= level
    });
    alarms.count() as f64 / f64::from(runs)
}

/// With what is unseen as a cell of χ² these all alarm in half to all cases.
#[test]
fn profiles_of_a_long_tail_keep_their_false_alarm_rate() {
    let tails = [
        (Zipf::new(50, 1.0), [(200, 200), (200, 1_000)]),
        (Zipf::new(5_000, 1.0), [(200, 1_000), (1_000, 200)]),
        (Zipf::new(100_000, 1.1), [(500, 500), (1_000, 5_000)]),
        // More categories than a grid keeps: the reference has unseen values itself.
        (Zipf::new(5_000, 0.8), [(5_000, 500), (5_000, 5_000)]),
    ];
    for (zipf, sizes) in &tails {
        for &sizes in sizes {
            // 5 % of 200, exceeded by chance once in 10,000 cells.
            let rate = alarmed(zipf, sizes, 0.0, 0.05);
            let n_categories = zipf.cumulative.len();
            assert!(rate <= 0.115, "{n_categories} {sizes:?}: {rate}");
        }
    }
}

#[test]
fn a_new_category_is_found_in_a_long_tail() {
    let found = alarmed(&Zipf::new(50, 1.0), (500, 1_000), 0.1, 0.01);
    assert!(found >= 0.95, "{found}");
    // One of hundreds that are unseen, of which the profile keeps 64 by name: then it shows by
    // the mass of what is rare or unseen, and must be most of the rows.
    let found = alarmed(&Zipf::new(5_000, 1.0), (500, 1_000), 0.6, 0.01);
    assert!(found >= 0.95, "{found}");
}

#[test]
fn few_unseen_values_are_compared_as_the_rows_themselves() {
    let zipf = Zipf::new(60, 0.5);
    let mut random = Random::from_seed(3);
    for _ in 0..50 {
        let reference = zipf.draw(150, 0.0, &mut random);
        let current = zipf.draw(90, 0.1, &mut random);
        let exact = compare_categorical_counts("x", &reference, &current, 0, 0, None);
        let binned = by_profiles(&reference, &current);
        assert_eq!(exact.p_value_row, binned.p_value_row);
        assert_eq!(exact.effect, binned.effect);
        assert_eq!(exact.second_effect, binned.second_effect);
    }
}
