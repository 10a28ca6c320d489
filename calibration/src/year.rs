//! A look every hour for a year: what single looks do, and what the anytime-valid mode does.

use crate::rate::Rate;
use crate::work::{Piece, Store};
use trimtab_stats::anytime::PValueEDetector;
use trimtab_stats::streams::StreamState;
use trimtab_stats::two_sample::combined_row_test_binned;
use trimtab_stats::{NumericGrid, Random};

const N_HOURS: usize = 24 * 365;
/// Stated average run length: twenty years, so at most one year in twenty alarms.
pub(crate) const ARL: f64 = 20.0 * N_HOURS as f64;
const N_REFERENCE: usize = 10_000;
const N_BINS: usize = 128;
/// How far the mean moves after half a year, in standard deviations.
pub(crate) const SHIFT: f64 = 0.25;

/// Years of hourly windows of one size.
#[derive(Debug, Clone)]
pub(crate) struct Cell {
    pub(crate) m: usize,
    /// Years with an alarm of the detector.
    pub(crate) detector: Rate,
    /// Years in which a single look at 5 % (at 0.1 %) alarmed.
    pub(crate) looks: [Rate; 2],
    /// Hours until the detector alarms after the mean has moved: median; misses count as all.
    pub(crate) delay: f64,
}

pub(crate) fn run(store: &Store, is_slice: bool) -> Vec<Cell> {
    // Pieces of ten years, so that both cores have work.
    let n_pieces = if is_slice { 2 } else { 40 };
    let plans: Vec<(usize, usize)> = [50, 200]
        .into_iter()
        .flat_map(|m| (0..n_pieces).map(move |piece| (m, piece)))
        .collect();
    let pieces: Vec<Piece<'_>> = plans
        .iter()
        .map(|&(m, piece)| Piece {
            name: format!("year {m} {piece}"),
            cost: (m + 150) as f64,
            run: Box::new(move |seed| decade(m, seed)),
        })
        .collect();
    let results = store.run("year", &pieces);
    [50, 200]
        .into_iter()
        .map(|m| {
            let of_size = plans.iter().zip(&results).filter(|(plan, _)| plan.0 == m);
            let mut cell = Cell {
                m,
                detector: Rate::default(),
                looks: [Rate::default(); 2],
                delay: f64::NAN,
            };
            let mut delays = Vec::new();
            for (_, numbers) in of_size {
                for year in numbers.chunks_exact(4) {
                    cell.detector.add(year[0] > 0.0);
                    cell.looks[0].add(year[1] > 0.0);
                    cell.looks[1].add(year[2] > 0.0);
                    delays.push(year[3]);
                }
            }
            delays.sort_by(f64::total_cmp);
            cell.delay = delays.get(delays.len() / 2).copied().unwrap_or(f64::NAN);
            cell
        })
        .collect()
}

fn decade(m: usize, seed: u64) -> Vec<f64> {
    let mut random = Random::from_seed(seed);
    (0..10).flat_map(|_| year(m, &mut random)).collect()
}

/// Whether the detector alarmed, a look at 5 %, a look at 0.1 %; the delay after a shift.
fn year(m: usize, random: &mut Random) -> [f64; 4] {
    let mut sample: Vec<f64> = (0..N_REFERENCE).map(|_| random.normal()).collect();
    let (Ok(grid), Ok(mut detector)) = (
        NumericGrid::from_sample(&mut sample, N_BINS),
        PValueEDetector::new(ARL),
    ) else {
        return [f64::NAN; 4];
    };
    let mut reference = vec![0_u64; grid.n_bins()];
    for &value in &sample {
        reference[grid.bin(value)] += 1;
    }
    let mut look = |shift: f64| {
        let mut current = vec![0_u64; reference.len()];
        for _ in 0..m {
            current[grid.bin(shift + random.normal())] += 1;
        }
        combined_row_test_binned(&reference, &current).map_or(1.0, |found| found.p_value)
    };
    let mut found = [0.0; 4];
    for _ in 0..N_HOURS {
        let p_value = look(0.0);
        if detector.update(p_value) == StreamState::Drift {
            found[0] = 1.0;
            detector.reset();
        }
        found[1] += f64::from(u8::from(p_value <= 0.05));
        found[2] += f64::from(u8::from(p_value <= 0.001));
    }
    found[3] = N_HOURS as f64;
    for hour in 1..=N_HOURS {
        if detector.update(look(SHIFT)) == StreamState::Drift {
            found[3] = hour as f64;
            break;
        }
    }
    found
}
