//! The null suite where rows are not independent: the window-aware decision.

use crate::draw::{Blocks, Marginal, Shape, Traffic};
use crate::null::SIZES;
use crate::rate::Rate;
use crate::work::{Piece, Store};
use trimtab_stats::{
    CategoricalGrid, CategoricalProfile, ColumnEvidence, ColumnGrid, ColumnProfile,
    DEFAULT_MAX_BINS, DEFAULT_MAX_CATEGORIES, Decision, DecisionPolicy, NumericGrid,
    NumericProfile, Random, compare_column, decide, fit_window_null,
};

/// Columns of the wide data sets.
const N_COLUMNS: usize = 30;
/// More windows than this add nothing: the newest are taken.
const MAX_WINDOWS: usize = 100;
/// Fewest windows with which the law is used.
const MIN_WINDOWS: usize = 10;
/// Windows between the reference and the one that is judged, so that no level is inherited.
const GAP: usize = 20;

/// One kind of dependent traffic, and how often it alarmed.
#[derive(Debug, Clone)]
pub(crate) struct Cell {
    pub(crate) blocks: Blocks,
    pub(crate) shape: Shape,
    pub(crate) n: usize,
    pub(crate) m: usize,
    pub(crate) n_windows: usize,
    pub(crate) n_columns: usize,
    /// By the default decision with windows.
    pub(crate) decision: Rate,
    /// By the p-value with windows, without effect floors.
    pub(crate) test: Rate,
    /// By the row-level p-value, without floors: what independent rows would say.
    pub(crate) by_rows: Rate,
}

/// Runs all cells: pairs of sizes whose reference holds at least ten windows.
pub(crate) fn run(store: &Store, is_slice: bool) -> Vec<Cell> {
    let mut plans = Vec::new();
    for blocks in Blocks::ALL {
        for shape in Shape::ALL {
            for n in SIZES {
                for m in SIZES {
                    let n_windows = (n / m).min(MAX_WINDOWS);
                    // Categories and tied numbers: at two pairs each, to save time.
                    let is_main = matches!(shape, Shape::Normal) || (n, m) == (10_000, 200);
                    let fits_slice = n <= 10_000 && is_main && shape.is_numeric();
                    if n_windows >= MIN_WINDOWS && is_main && (!is_slice || fits_slice) {
                        plans.push((blocks, shape, n, m, n_windows));
                    }
                }
            }
        }
    }
    let times = if is_slice { 10 } else { 200 };
    let pieces: Vec<Piece<'_>> = plans
        .iter()
        .map(|&(blocks, shape, n, m, n_windows)| {
            let times = if m >= 10_000 { times.min(60) } else { times };
            Piece {
                name: format!("blocks {} {} {n} {m}", blocks.name(), shape.name()),
                cost: (times * (n_windows * m + 100_000)) as f64,
                run: Box::new(move |seed| measure(blocks, shape, n_windows, m, times, seed)),
            }
        })
        .collect();
    let results = store.run("blocks", &pieces);
    plans
        .iter()
        .zip(&results)
        .flat_map(|(&(blocks, shape, n, m, n_windows), numbers)| {
            [N_COLUMNS, 1].into_iter().zip(numbers.chunks_exact(4)).map(
                move |(n_columns, numbers)| {
                    let rate = |at: usize| Rate {
                        hits: numbers[at] as u64,
                        of: numbers[0] as u64,
                    };
                    Cell {
                        blocks,
                        shape,
                        n,
                        m,
                        n_windows,
                        n_columns,
                        decision: rate(1),
                        test: rate(2),
                        by_rows: rate(3),
                    }
                },
            )
        })
        .collect()
}

fn measure(
    blocks: Blocks,
    shape: Shape,
    n_windows: usize,
    m: usize,
    times: usize,
    seed: u64,
) -> Vec<f64> {
    let mut random = Random::from_seed(seed);
    let marginal = Marginal::new(shape);
    let names: Vec<String> = (0..marginal.n_categories())
        .map(|k| format!("c{k}"))
        .collect();
    let mut counts = [[0.0; 4]; 2];
    for time in 0..times {
        let evidence: Vec<ColumnEvidence> = (0..N_COLUMNS)
            .map(|_| {
                let mut traffic = Traffic::start(blocks, &mut random);
                column(
                    &mut traffic,
                    &mut random,
                    &marginal,
                    &names,
                    n_windows,
                    m,
                    time as u64,
                )
            })
            .collect();
        add(&mut counts[0], &evidence);
        add(&mut counts[1], &evidence[..1]);
    }
    counts.concat()
}

/// Repetitions, and alarms by the decision, by its p-value, by independent rows.
fn add(counts: &mut [f64; 4], evidence: &[ColumnEvidence]) {
    let policy = DecisionPolicy::default();
    let mut no_floors = policy;
    no_floors.floors.wasserstein_iqr = 0.0;
    no_floors.floors.cramers_v = 0.0;
    no_floors.floors.largest_share_change = 0.0;
    let alarm = |evidence: &[ColumnEvidence], policy: &DecisionPolicy| {
        f64::from(u8::from(
            decide(evidence, policy).decision == Decision::Drift,
        ))
    };
    counts[0] += 1.0;
    counts[1] += alarm(evidence, &policy);
    counts[2] += alarm(evidence, &no_floors);
    let mut by_rows = evidence.to_vec();
    for column in &mut by_rows {
        column.p_value_window = None;
    }
    counts[3] += alarm(&by_rows, &no_floors);
}

/// One column: its reference in windows, their law, and a later window judged by it.
fn column(
    traffic: &mut Traffic,
    random: &mut Random,
    marginal: &Marginal,
    names: &[String],
    n_windows: usize,
    m: usize,
    seed: u64,
) -> ColumnEvidence {
    let mut normals = Vec::new();
    let mut windows: Vec<Vec<f64>> = Vec::with_capacity(n_windows);
    for _ in 0..n_windows {
        traffic.window(random, m, &mut normals);
        windows.push(normals.clone());
    }
    for _ in 0..GAP {
        traffic.window(random, 1, &mut normals);
    }
    traffic.window(random, m, &mut normals);
    let current = normals;
    let (grid, profiles, current) = if marginal.is_category() {
        categories(&windows, &current, marginal, names)
    } else {
        numbers(&windows, &current, marginal)
    };
    let mut total = ColumnProfile::empty(&grid);
    for profile in &profiles {
        if total.merge(profile).is_err() {
            break;
        }
    }
    let law = fit_window_null(&grid, &profiles, &total, seed);
    compare_column("x", &grid, &total, &current, Some(&law))
}

type Profiled = (ColumnGrid, Vec<ColumnProfile>, ColumnProfile);

fn numbers(windows: &[Vec<f64>], current: &[f64], marginal: &Marginal) -> Profiled {
    let shaped = |window: &[f64]| window.iter().map(|&v| marginal.of(v)).collect::<Vec<_>>();
    // As the product does: edges from a sample of at most 100,000 rows.
    let total: usize = windows.iter().map(Vec::len).sum();
    let step = total.div_ceil(100_000);
    let mut sample = shaped(
        &windows
            .concat()
            .into_iter()
            .step_by(step)
            .collect::<Vec<_>>(),
    );
    let grid = NumericGrid::from_sample(&mut sample, DEFAULT_MAX_BINS).unwrap_or_else(|_| {
        // Never: the sample is finite and not empty.
        std::process::abort()
    });
    let profile = |window: &[f64]| {
        let mut profile = NumericProfile::empty(&grid);
        profile.add_values(&grid, &shaped(window));
        ColumnProfile::Numeric(profile)
    };
    let profiles = windows.iter().map(|window| profile(window)).collect();
    let current = profile(current);
    (ColumnGrid::Numeric(grid), profiles, current)
}

fn categories(
    windows: &[Vec<f64>],
    current: &[f64],
    marginal: &Marginal,
    names: &[String],
) -> Profiled {
    let counted = |window: &[f64]| {
        let mut counts = vec![0_u64; names.len()];
        for &value in window {
            counts[marginal.category(value)] += 1;
        }
        counts
    };
    let mut total = vec![0; names.len()];
    let counts: Vec<Vec<u64>> = windows.iter().map(|window| counted(window)).collect();
    for window in &counts {
        for (sum, count) in total.iter_mut().zip(window) {
            *sum += count;
        }
    }
    let named: Vec<(String, u64)> = names.iter().cloned().zip(total).collect();
    let grid = CategoricalGrid::from_counts(&named, DEFAULT_MAX_CATEGORIES);
    let profile = |counts: &[u64]| {
        let mut profile = CategoricalProfile::empty(&grid);
        for (name, &count) in names.iter().zip(counts) {
            if count > 0 {
                profile.add(&grid, name, count);
            }
        }
        ColumnProfile::Categorical(profile)
    };
    let profiles = counts.iter().map(|counts| profile(counts)).collect();
    let current = profile(&counted(current));
    (ColumnGrid::Categorical(grid), profiles, current)
}
