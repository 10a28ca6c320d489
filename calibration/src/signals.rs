//! Quality and performance signals: the mean of the last windows, judged by the reference's.

use crate::rate::Rate;
use crate::work::{Piece, Store};
use trimtab_stats::{Direction, Random, SignalNull};

/// One kind of signal, and how often its mean was called moved.
#[derive(Debug, Clone)]
pub(crate) struct Cell {
    pub(crate) n_windows: usize,
    pub(crate) autocorrelation: f64,
    pub(crate) over: usize,
    /// p ≤ 0.05, p ≤ 0.01, one-sided.
    pub(crate) rates: [Rate; 2],
    /// Found at 0.01 when the level moves by one standard deviation.
    pub(crate) power: Rate,
}

pub(crate) fn run(store: &Store, is_slice: bool) -> Vec<Cell> {
    let times = if is_slice { 2_000 } else { 20_000 };
    let mut plans = Vec::new();
    for n_windows in [15, 30, 60, 90] {
        for autocorrelation in [0.0, 0.3, 0.6] {
            for over in [1, 7, 14] {
                plans.push((n_windows, autocorrelation, over));
            }
        }
    }
    let pieces: Vec<Piece<'_>> = plans
        .iter()
        .map(|&(n_windows, autocorrelation, over)| Piece {
            name: format!("signals {n_windows} {autocorrelation} {over}"),
            cost: (times * (n_windows + 60)) as f64,
            run: Box::new(move |seed| measure(n_windows, autocorrelation, over, times, seed)),
        })
        .collect();
    let results = store.run("signals", &pieces);
    plans
        .iter()
        .zip(&results)
        .filter_map(|(&(n_windows, autocorrelation, over), numbers)| {
            let &[five, one, found] = numbers.as_slice() else {
                return None;
            };
            let rate = |hits: f64| Rate {
                hits: hits as u64,
                of: times as u64,
            };
            Some(Cell {
                n_windows,
                autocorrelation,
                over,
                rates: [rate(five), rate(one)],
                power: rate(found),
            })
        })
        .collect()
}

fn measure(n_windows: usize, r: f64, over: usize, times: usize, seed: u64) -> Vec<f64> {
    let mut random = Random::from_seed(seed);
    let mut counts = vec![0.0; 3];
    for _ in 0..times {
        let mut level = random.normal();
        let mut series = |n: usize| -> Vec<f64> {
            (0..n)
                .map(|_| {
                    level = r * level + (1.0 - r * r).sqrt() * random.normal();
                    level
                })
                .collect()
        };
        let reference = series(n_windows);
        series(20);
        let last = series(over);
        let Ok(null) = SignalNull::fit(&reference) else {
            continue;
        };
        let mean = last.iter().sum::<f64>() / over as f64;
        let p_value = |mean: f64| {
            let found = null.judge_mean_of_last(over, mean, Direction::Up);
            found.map_or(1.0, |found| found.p_value)
        };
        counts[0] += f64::from(u8::from(p_value(mean) <= 0.05));
        counts[1] += f64::from(u8::from(p_value(mean) <= 0.01));
        counts[2] += f64::from(u8::from(p_value(mean + 1.0) <= 0.01));
    }
    counts
}
