//! Like with like: windows of one weekday against the reference's windows of that weekday.

use super::windows::{window_distance, window_location};
use crate::evidence::{ColumnEvidence, MethodResult};
use crate::grid::ColumnGrid;
use crate::profile::ColumnProfile;
use crate::special::beta_regularised;
use crate::window_null::WindowNull;

const N_WEEKDAYS: usize = 7;
/// Fewest windows of a weekday, each.
const WEEKS_MIN: usize = 4;
/// Level of the test that shows a rhythm.
const LEVEL: f64 = 0.01;

/// A weekly rhythm that the reference's windows show, and the law of windows within it.
///
/// Without it a window of any weekday is compared with all of the reference: where weekends differ
/// from working days, the law must be so wide that a working day that moves half as far as a
/// weekend lies from it stays within. Here each window is compared with the reference's windows of
/// its own weekday, and the law is that of the reference's windows from the others of theirs.
///
/// A rhythm is shown where an analysis of variance of the windows' locations by weekday (mean
/// rank, share of the commonest category) rejects at 1 %, with four windows of each weekday at
/// least. Windows that resemble their neighbours make the test calmer, not more eager: adjacent
/// weekdays then resemble each other as well.
#[derive(Debug, Clone, PartialEq)]
pub struct WeeklyRhythm {
    law: WindowNull,
    by_weekday: Vec<ColumnProfile>,
    p_value: f64,
}

impl WeeklyRhythm {
    /// Looks for a rhythm; `None` where there are too few weeks, the test does not show one, or
    /// the windows of a weekday are no profiles on the grid.
    ///
    /// # Arguments
    ///
    /// * `grid`: of the column.
    /// * `windows`: the reference's, of a day each, in the order of time.
    /// * `weekdays`: of each window, 0 to 6, from any day on.
    /// * `total`: the sum of the windows.
    /// * `seed`: of the simulation inside [`WindowNull::fit`].
    pub fn find(
        grid: &ColumnGrid,
        windows: &[ColumnProfile],
        weekdays: &[u8],
        total: &ColumnProfile,
        seed: u64,
    ) -> Option<Self> {
        let mut by_weekday = vec![ColumnProfile::empty(grid); N_WEEKDAYS];
        let mut located = Vec::with_capacity(windows.len());
        for (window, &weekday) in windows.iter().zip(weekdays) {
            by_weekday
                .get_mut(usize::from(weekday))?
                .merge(window)
                .ok()?;
            if let Ok(location) = window_location(total, window) {
                located.push((usize::from(weekday), location));
            }
        }
        let (p_value, residuals) = variance_by_weekday(&located)?;
        if p_value > LEVEL {
            return None;
        }
        let mut distances = Vec::with_capacity(located.len());
        for (window, &weekday) in windows.iter().zip(weekdays) {
            if window.n() == 0 {
                continue;
            }
            let mut others = by_weekday[usize::from(weekday)].clone();
            others.subtract(window).ok()?;
            distances.push(window_distance(grid, &others, window).unwrap_or(f64::NAN));
        }
        Some(Self {
            law: WindowNull::fit(&distances, &residuals, seed),
            by_weekday,
            p_value,
        })
    }

    /// Of the test that showed the rhythm.
    pub fn p_value(&self) -> f64 {
        self.p_value
    }

    /// Judges a window by its own weekday: replaces the window-aware p-value of its evidence.
    ///
    /// Nothing changes where the law is not usable, or there was no window-aware p-value.
    pub fn judge(
        &self,
        evidence: &mut ColumnEvidence,
        grid: &ColumnGrid,
        weekday: u8,
        current: &ColumnProfile,
    ) {
        let Some(like) = self.by_weekday.get(usize::from(weekday)) else {
            return;
        };
        let distance = window_distance(grid, like, current).ok();
        let p_value = distance.and_then(|distance| self.law.p_value(distance));
        if let (Some(_), Some(p_value)) = (evidence.p_value_window, p_value) {
            evidence.p_value_window = Some(p_value);
            evidence.n_windows_effective = Some(self.law.n_windows_effective());
            evidence.results.push(MethodResult {
                method: "weekly_rhythm",
                variant: format!(
                    "the window against the reference's of its weekday; locations differ by \
                     weekday with p = {:.2e}",
                    self.p_value
                ),
                statistic: distance.filter(|distance| distance.is_finite()),
                p_value: Some(p_value),
                threshold: None,
                noise_floor: None,
                effect_size: None,
                reason: None,
            });
        }
    }
}

/// p-value of equal means by weekday, and what is left of each location; `None` with too few
/// windows of a weekday, or where nothing varies.
fn variance_by_weekday(located: &[(usize, f64)]) -> Option<(f64, Vec<f64>)> {
    let mut sums = [(0.0, 0_usize); N_WEEKDAYS];
    for &(weekday, location) in located {
        sums[weekday].0 += location;
        sums[weekday].1 += 1;
    }
    if sums.iter().any(|&(_, n)| n < WEEKS_MIN) {
        return None;
    }
    let k = located.len() as f64;
    let mean = located.iter().map(|(_, location)| location).sum::<f64>() / k;
    let means = sums.map(|(sum, n)| sum / n as f64);
    let residuals: Vec<f64> = located
        .iter()
        .map(|&(weekday, location)| location - means[weekday])
        .collect();
    let within: f64 = residuals.iter().map(|residual| residual * residual).sum();
    let between: f64 = located
        .iter()
        .map(|&(weekday, _)| (means[weekday] - mean).powi(2))
        .sum();
    let (df_between, df_within) = ((N_WEEKDAYS - 1) as f64, k - N_WEEKDAYS as f64);
    if within + between <= 0.0 {
        return None;
    }
    // The tail of F is a beta tail of the share that is left.
    let p_value = beta_regularised(
        within / (within + between),
        df_within / 2.0,
        df_between / 2.0,
    );
    Some((p_value, residuals))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    #[test]
    fn the_variance_by_weekday_is_that_of_scipy() {
        // scipy.stats.f_oneway of the seven groups.
        let located: Vec<(usize, f64)> = (0..28)
            .map(|day| {
                (
                    day % 7,
                    ((day * 37) % 11) as f64 + 3.0 * f64::from(u8::from(day % 7 > 4)),
                )
            })
            .collect();
        let (p_value, residuals) = variance_by_weekday(&located).unwrap();
        assert!((p_value - SCIPY).abs() < 1e-12, "{p_value}");
        assert!(residuals.iter().sum::<f64>().abs() < 1e-12);
    }

    const SCIPY: f64 = 0.064_607_122_460_855_35;

    #[test]
    fn a_rhythm_is_seldom_seen_where_there_is_none() {
        let mut random = Random::from_seed(9);
        for autocorrelation in [0.0_f64, 0.6, 0.9] {
            let mut seen = 0;
            for _ in 0..1_000 {
                let mut level = random.normal();
                let located: Vec<(usize, f64)> = (0..35)
                    .map(|day| {
                        let new = (1.0 - autocorrelation * autocorrelation).sqrt();
                        level = autocorrelation * level + new * random.normal();
                        (day % 7, level)
                    })
                    .collect();
                let (p_value, _) = variance_by_weekday(&located).unwrap();
                seen += u32::from(p_value <= LEVEL);
            }
            assert!(seen <= 20, "{autocorrelation}: {seen} of 1000");
        }
    }
}
