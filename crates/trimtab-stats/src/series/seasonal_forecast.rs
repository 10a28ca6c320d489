//! What a decomposition of the past expects of the next rows.

use super::mstl::decompose;
use super::rolling::median;
use super::stl::{StlOptions, stl};

/// Seasons of the longest period that a decomposition looks back on.
const SEASONS_BACK: usize = 5;
/// Rows between decompositions, at least.
const MIN_REFIT: usize = 16;

/// Which decomposition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Forecaster {
    /// The last trend, and each season one period ago.
    Mstl,
    /// The median, and one season that does not change.
    PeriodicMedian,
}

/// Expected value of every row from rows before it; not a number until two of the
/// shortest period have been seen. A period takes part once two of it have been seen.
/// Without periods: the median of the rows looked back on.
///
/// The decomposition is renewed once a (shortest) season, from at most five of the
/// longest seasons; in between, the season is carried on. Missing values are filled with
/// what was expected of them.
pub(super) fn expected_values(
    values: &[f64],
    periods: &[usize],
    forecaster: Forecaster,
    window: usize,
) -> Vec<f64> {
    let longest = periods.iter().copied().max().unwrap_or(0);
    let shortest = periods.iter().copied().min().unwrap_or(0);
    let back = if longest == 0 {
        window
    } else {
        (SEASONS_BACK * longest).max(window)
    };
    let refit = shortest.max(MIN_REFIT);
    let mut filled: Vec<f64> = Vec::with_capacity(values.len());
    let mut expected = vec![f64::NAN; values.len()];
    let mut pattern: Option<Pattern> = None;
    for (i, &value) in values.iter().enumerate() {
        let first = (2 * shortest).max(MIN_REFIT);
        if i >= first && (i - first).is_multiple_of(refit) {
            pattern = Pattern::fit(&filled[i.saturating_sub(back)..], periods, forecaster)
                .map(|found| Pattern { start: i, ..found })
                .or(pattern);
        }
        if let Some(pattern) = &pattern {
            expected[i] = pattern.at(i);
        }
        let stand_in = if expected[i].is_finite() {
            expected[i]
        } else {
            filled.last().copied().unwrap_or(0.0)
        };
        filled.push(if value.is_finite() { value } else { stand_in });
    }
    expected
}

/// A level and seasons carried on.
struct Pattern {
    start: usize,
    level: f64,
    seasons: Vec<Vec<f64>>,
}

impl Pattern {
    fn fit(rows: &[f64], periods: &[usize], forecaster: Forecaster) -> Option<Self> {
        let n = rows.len();
        let mut periods: Vec<usize> = periods.iter().copied().filter(|p| 2 * p <= n).collect();
        periods.sort_unstable();
        periods.dedup();
        if periods.is_empty() {
            return Some(Self {
                start: 0,
                level: median(rows)?,
                seasons: Vec::new(),
            });
        }
        let (level, seasonal) = match forecaster {
            Forecaster::Mstl => {
                let parts = decompose(rows, &periods, StlOptions::fast).ok()?;
                (*parts.trend.last()?, parts.seasonal)
            }
            Forecaster::PeriodicMedian => {
                let period = *periods.first()?;
                let options = StlOptions {
                    robust: true,
                    ..StlOptions::periodic(period, n).fast()
                };
                let parts = stl(rows, &options).ok()?;
                (median(rows)?, vec![parts.seasonal])
            }
        };
        let seasons = seasonal
            .iter()
            .zip(&periods)
            .map(|(season, &period)| season[n - period..].to_vec())
            .collect();
        Some(Self {
            start: 0,
            level,
            seasons,
        })
    }

    fn at(&self, row: usize) -> f64 {
        let ahead = row - self.start;
        let seasons = self
            .seasons
            .iter()
            .map(|season| season[ahead % season.len()]);
        self.level + seasons.sum::<f64>()
    }
}
