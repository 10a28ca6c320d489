//! Nanoseconds per value of the profile: counting numbers on a grid, categories by dictionary,
//! and merging a day's hours; the exact Kolmogorov–Smirnov test beside the sorting that it needs.

#![expect(clippy::print_stdout, reason = "a benchmark talks to its terminal")]
#![expect(clippy::cast_precision_loss, reason = "sizes are small")]

use anyhow::Result;
use trimtab_benches::{median, print_header, seconds};
use trimtab_stats::{
    CategoricalGrid, CategoricalProfile, ColumnGrid, ColumnProfile, DEFAULT_MAX_BINS,
    DatasetProfile, Grid, NumericGrid, NumericProfile, Random, sort_numbers, two_sample_ks,
};

const N_RUNS: usize = 7;

fn main() -> Result<()> {
    print_header("kernels");
    println!(
        "{:<44} {:>10} {:>14}",
        "numbers on a grid of 1,024 bins", "ns/value", "a sum: ns/value"
    );
    for n in [1_000, 100_000, 10_000_000] {
        for (name, draw) in SHAPES {
            numbers(name, n, *draw)?;
        }
    }
    categories();
    for n in [10_000, 100_000, 1_000_000] {
        for (name, draw) in SHAPES {
            exact_test(name, n, *draw)?;
        }
    }
    merging()?;
    Ok(())
}

type Draw = fn(&mut Random) -> f64;

const SHAPES: &[(&str, Draw)] = &[
    ("normal", Random::normal),
    ("log-normal", |random| random.normal().exp()),
    ("integers 0..99", |random| {
        (random.uniform() * 100.0).floor()
    }),
    ("60 % zeros", |random| {
        if random.uniform() < 0.6 {
            0.0
        } else {
            random.gamma(2.0)
        }
    }),
];

fn numbers(name: &str, n: usize, draw: Draw) -> Result<()> {
    let mut random = Random::from_seed(7);
    let mut sample: Vec<f64> = (0..50_000).map(|_| draw(&mut random)).collect();
    let grid = NumericGrid::from_sample(&mut sample, DEFAULT_MAX_BINS)?;
    let values: Vec<f64> = (0..n).map(|_| draw(&mut random)).collect();
    let counted = seconds(N_RUNS, || {
        let mut profile = NumericProfile::empty(&grid);
        profile.add_values(&grid, &values);
        profile.n()
    });
    let summed = seconds(N_RUNS, || values.iter().sum::<f64>());
    let per_value = |all: &[f64]| median(all) * 1e9 / n as f64;
    println!(
        "{:<44} {:>10.2} {:>14.2}",
        format!("{name}, {n} values"),
        per_value(&counted),
        per_value(&summed)
    );
    Ok(())
}

fn categories() {
    let names: Vec<(String, u64)> = (0..40)
        .map(|i| (format!("category {i}"), 1000 - i))
        .collect();
    let grid = CategoricalGrid::from_counts(&names, 1_000);
    let mut random = Random::from_seed(8);
    let n = 10_000_000;
    let keys: Vec<u32> = (0..n)
        .map(|_| u32::try_from(random.bits() % 40).unwrap_or_default())
        .collect();
    let counted = seconds(N_RUNS, || -> Result<u64> {
        let mut counts = vec![0_u64; 40];
        for &key in &keys {
            counts[key as usize] += 1;
        }
        let mut profile = CategoricalProfile::empty(&grid);
        profile.add_index_counts(&counts)?;
        Ok(profile.n())
    });
    println!(
        "\ncategories by dictionary: {:.2} ns per value",
        median(&counted) * 1e9 / f64::from(n)
    );
}

/// The exact test of two samples, sorting included, beside the sorting alone.
fn exact_test(name: &str, n: usize, draw: Draw) -> Result<()> {
    let mut random = Random::from_seed(10);
    let mut sample = || -> Vec<f64> { (0..n).map(|_| draw(&mut random)).collect() };
    let samples = [sample(), sample()];
    let mut copies = samples.clone();
    let sorting = seconds(N_RUNS, || {
        for (copy, sample) in copies.iter_mut().zip(&samples) {
            copy.copy_from_slice(sample);
            sort_numbers(copy);
        }
    });
    let mut statistic = Ok(0.0);
    let testing = seconds(N_RUNS, || {
        for (copy, sample) in copies.iter_mut().zip(&samples) {
            copy.copy_from_slice(sample);
            sort_numbers(copy);
        }
        statistic = two_sample_ks(&copies[0], &copies[1]).map(|found| found.statistic);
    });
    statistic?;
    let per_value = |all: &[f64]| median(all) * 1e9 / (2 * n) as f64;
    println!(
        "{:<44} sort {:>6.2} ns/value, exact KS {:>6.2}, ratio {:.2}",
        format!("{name}, 2 x {n} values"),
        per_value(&sorting),
        per_value(&testing),
        median(&testing) / median(&sorting)
    );
    Ok(())
}

/// A day is the merge of its hours: 30 columns, 24 windows of 1,000 rows.
fn merging() -> Result<()> {
    let mut random = Random::from_seed(9);
    let mut columns = Vec::new();
    for i in 0..30 {
        let mut sample: Vec<f64> = (0..20_000).map(|_| random.normal()).collect();
        let grid = NumericGrid::from_sample(&mut sample, DEFAULT_MAX_BINS)?;
        columns.push((format!("c{i}"), ColumnGrid::Numeric(grid)));
    }
    let grid = Grid {
        version: 1,
        columns,
    };
    let hours: Vec<DatasetProfile> = (0..24)
        .map(|_| {
            let mut profile = DatasetProfile::empty(&grid);
            profile.n_rows = 1_000;
            for (column, (_, grid)) in profile.columns.iter_mut().zip(&grid.columns) {
                if let (ColumnProfile::Numeric(profile), ColumnGrid::Numeric(grid)) = (column, grid)
                {
                    let values: Vec<f64> = (0..1_000).map(|_| random.normal()).collect();
                    profile.add_values(grid, &values);
                }
            }
            profile
        })
        .collect();
    let blobs: Vec<Vec<u8>> = hours.iter().map(DatasetProfile::to_bytes).collect();
    let merged = seconds(N_RUNS, || -> Result<u64> {
        let mut day = DatasetProfile::empty(&grid);
        for hour in &hours {
            day.merge(hour)?;
        }
        Ok(day.n_rows)
    });
    let read = seconds(N_RUNS, || -> Result<u64> {
        let mut n_rows = 0;
        for blob in &blobs {
            n_rows += DatasetProfile::from_bytes(blob)?.n_rows;
        }
        Ok(n_rows)
    });
    let bytes: usize = blobs.iter().map(Vec::len).sum();
    println!(
        "a day of 30 columns from its 24 hours: merge {:.2} ms, reading the hours' {} KB {:.2} ms",
        median(&merged) * 1e3,
        bytes / 1024,
        median(&read) * 1e3
    );
    Ok(())
}
