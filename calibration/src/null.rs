//! The null suite: data sets without drift, rows independent.

use crate::draw::{Marginal, Shape, rows};
use crate::rate::Rate;
use crate::work::{Piece, Store};
use trimtab_stats::{
    ColumnEvidence, Decision, DecisionPolicy, EffectFloors, Random, RowLevelTest,
    compare_categorical_counts, compare_numeric_samples, decide,
};

pub(crate) const SIZES: [usize; 5] = [50, 200, 1_000, 10_000, 100_000];
/// Columns of the wide data sets.
pub(crate) const N_COLUMNS: usize = 30;

/// One kind of data set, and how often it alarmed.
#[derive(Debug, Clone)]
pub(crate) struct Cell {
    pub(crate) shape: Shape,
    pub(crate) is_correlated: bool,
    pub(crate) n: usize,
    pub(crate) m: usize,
    pub(crate) n_columns: usize,
    pub(crate) counts: Counts,
}

/// Data sets called drifted.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Counts {
    /// By the default decision.
    pub(crate) decision: Rate,
    /// By the default row-level test without effect floors.
    pub(crate) test: Rate,
    /// By Kolmogorov–Smirnov without floors.
    pub(crate) ks: Rate,
}

/// Decides on evidence in the three ways of [`Counts`].
fn count(counts: &mut Counts, evidence: &mut [ColumnEvidence]) {
    let policy = DecisionPolicy::default();
    let no_floors = DecisionPolicy {
        floors: EffectFloors {
            wasserstein_iqr: 0.0,
            cramers_v: 0.0,
            largest_share_change: 0.0,
            missing_share_change: 0.0,
        },
        ..policy
    };
    let drifted = |evidence: &[ColumnEvidence], policy: &DecisionPolicy| {
        decide(evidence, policy).decision == Decision::Drift
    };
    counts.decision.add(drifted(evidence, &policy));
    counts.test.add(drifted(evidence, &no_floors));
    for column in evidence.iter_mut() {
        column.choose_row_test(RowLevelTest::Ks);
    }
    counts.ks.add(drifted(evidence, &no_floors));
    for column in evidence.iter_mut() {
        column.choose_row_test(RowLevelTest::default());
    }
}

/// Repetitions of a cell.
fn repetitions(n: usize, m: usize, is_slice: bool) -> usize {
    match (n.max(m), is_slice) {
        (..=1_000, false) => 1_000,
        (..=10_000, false) => 200,
        (_, false) => 60,
        (..=1_000, true) => 120,
        (_, true) => 20,
    }
}

/// Runs all cells.
pub(crate) fn run(store: &Store, is_slice: bool) -> Vec<Cell> {
    let largest = if is_slice { 10_000 } else { 100_000 };
    let sizes: Vec<usize> = SIZES.into_iter().filter(|&size| size <= largest).collect();
    let mut plans = Vec::new();
    for shape in Shape::ALL {
        for is_correlated in [false, true] {
            for &n in &sizes {
                for &m in &sizes {
                    plans.push((shape, is_correlated, n, m));
                }
            }
        }
    }
    let pieces: Vec<Piece<'_>> = plans
        .iter()
        .map(|&(shape, is_correlated, n, m)| {
            let times = repetitions(n, m, is_slice);
            let kind = if is_correlated {
                "correlated"
            } else {
                "independent"
            };
            Piece {
                name: format!("null {} {kind} {n} {m}", shape.name()),
                cost: (times * (n + m + 200)) as f64,
                run: Box::new(move |seed| measure(shape, is_correlated, n, m, times, seed)),
            }
        })
        .collect();
    let results = store.run("null", &pieces);
    plans
        .iter()
        .zip(&results)
        .flat_map(|(&(shape, is_correlated, n, m), numbers)| {
            [N_COLUMNS, 1].into_iter().zip(numbers.chunks_exact(4)).map(
                move |(n_columns, numbers)| Cell {
                    shape,
                    is_correlated,
                    n,
                    m,
                    n_columns,
                    counts: Counts::from_numbers(numbers),
                },
            )
        })
        // One column has no others to be correlated with.
        .filter(|cell| cell.n_columns > 1 || !cell.is_correlated)
        .collect()
}

impl Counts {
    fn from_numbers(numbers: &[f64]) -> Self {
        let rate = |hits: f64| Rate {
            hits: hits as u64,
            of: numbers[0] as u64,
        };
        Self {
            decision: rate(numbers[1]),
            test: rate(numbers[2]),
            ks: rate(numbers[3]),
        }
    }

    fn numbers(self) -> [f64; 4] {
        [
            self.decision.of,
            self.decision.hits,
            self.test.hits,
            self.ks.hits,
        ]
        .map(|number| number as f64)
    }

    pub(crate) fn plus(self, other: Self) -> Self {
        Self {
            decision: self.decision.plus(other.decision),
            test: self.test.plus(other.test),
            ks: self.ks.plus(other.ks),
        }
    }
}

fn measure(
    shape: Shape,
    is_correlated: bool,
    n: usize,
    m: usize,
    times: usize,
    seed: u64,
) -> Vec<f64> {
    let mut random = Random::from_seed(seed);
    let marginal = Marginal::new(shape);
    let names: Vec<String> = (0..marginal.n_categories())
        .map(|k| format!("c{k}"))
        .collect();
    let (mut all, mut one) = (Counts::default(), Counts::default());
    let (mut factor, mut reference, mut current) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..times {
        if is_correlated {
            rows(&mut random, None, n + m, &mut factor);
        }
        let mut evidence: Vec<ColumnEvidence> = (0..N_COLUMNS)
            .map(|_| {
                let common = is_correlated.then_some(factor.as_slice());
                rows(&mut random, common, n, &mut reference);
                let common = common.map(|factor| &factor[n..]);
                rows(&mut random, common, m, &mut current);
                compare(&marginal, shape, &names, &mut reference, &mut current)
            })
            .collect();
        count(&mut all, &mut evidence);
        count(&mut one, &mut evidence[..1]);
    }
    [all.numbers(), one.numbers()].concat()
}

/// Evidence on a column of normal values, turned into its shape.
pub(crate) fn compare(
    marginal: &Marginal,
    shape: Shape,
    names: &[String],
    reference: &mut [f64],
    current: &mut [f64],
) -> ColumnEvidence {
    if shape.is_numeric() {
        for value in reference.iter_mut().chain(current.iter_mut()) {
            *value = marginal.of(*value);
        }
        return compare_numeric_samples("x", reference, current, 0, 0, None);
    }
    let counts = |values: &[f64]| {
        let mut counts = vec![0; names.len()];
        for &value in values {
            counts[marginal.category(value)] += 1;
        }
        let named = names.iter().cloned().zip(counts);
        named.filter(|&(_, count)| count > 0).collect::<Vec<_>>()
    };
    compare_categorical_counts("x", &counts(reference), &counts(current), 0, 0, None)
}
