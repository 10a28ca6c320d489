//! Have the variants got the shares that were promised?

use crate::error::StatsError;
use crate::special::{ln_chi_squared_sf, ln_gamma};
use crate::streams::parts;

/// What is expected, and how the test is tuned.
#[derive(Debug, Clone, PartialEq)]
pub struct SampleRatioSettings {
    /// Promised shares of the variants, each `> 0`, summing to 1.
    pub shares: Vec<f64>,
    /// How near the promised shares the alternatives are thought to lie: as many units as would
    /// show them. Large finds small deviations late, small finds large ones early.
    pub concentration: f64,
}

impl SampleRatioSettings {
    /// The usual tuning for shares.
    pub fn of_shares(shares: &[f64]) -> Self {
        Self {
            shares: shares.to_vec(),
            concentration: 1_000.0,
        }
    }
}

/// What the counts so far say.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SampleRatio {
    /// How many times likelier the counts are under shares drawn near the promised ones than
    /// under the promised ones: an e-value at every look.
    pub e_value: f64,
    /// One over it, at most 1. The smallest of all looks so far is valid whenever one stops.
    pub p_value: f64,
    /// The p-value of χ² on these counts alone: right for one look only.
    pub chi_squared_p_value: f64,
}

impl SampleRatio {
    /// Tests counts of units by variant.
    ///
    /// A mixture of multinomial laws over a Dirichlet law around the promised shares, against
    /// the promised shares: `Γ(K)/Γ(K + n) Π Γ(K θ + x)/Γ(K θ) θ^−x`. If each unit falls on its
    /// side by chance with the promised shares, the chance that the e-value ever reaches `1/α`
    /// is at most `α`, so one may look after every unit.
    ///
    /// # Errors
    ///
    /// [`StatsError::BinCountMismatch`] if counts and shares differ in number,
    /// [`StatsError::ParameterOutOfDomain`] for shares that are not such, or a concentration
    /// that is not positive.
    ///
    /// # Source
    ///
    /// M. Lindon and A. Malek, *Anytime-valid inference for multinomial count data* (2022).
    /// Golden values: `tests/oracle/stats/ab_test.json`.
    ///
    /// # Examples
    ///
    /// ```
    /// use trimtab_stats::ab_test::{SampleRatio, SampleRatioSettings};
    ///
    /// let half = SampleRatioSettings::of_shares(&[0.5, 0.5]);
    /// assert!(SampleRatio::test(&half, &[5_000, 5_060])?.p_value > 0.5);
    /// assert!(SampleRatio::test(&half, &[50_000, 51_500])?.p_value < 1e-3);
    /// # Ok::<(), trimtab_stats::StatsError>(())
    /// ```
    pub fn test(settings: &SampleRatioSettings, counts: &[u64]) -> Result<Self, StatsError> {
        let SampleRatioSettings {
            shares,
            concentration,
        } = settings;
        if counts.len() != shares.len() || shares.len() < 2 {
            return Err(StatsError::BinCountMismatch {
                reference: shares.len(),
                current: counts.len(),
            });
        }
        parts::positive("concentration", *concentration)?;
        for &share in shares {
            parts::probability("shares", share)?;
        }
        let sum: f64 = shares.iter().sum();
        let is_whole = (sum - 1.0).abs() < 1e-9;
        parts::check("shares", "summing to 1", sum, is_whole)?;
        let n: u64 = counts.iter().sum();
        if n == 0 {
            return Ok(Self {
                e_value: 1.0,
                p_value: 1.0,
                chi_squared_p_value: 1.0,
            });
        }
        let n = n as f64;
        let mut ln_e = ln_gamma(*concentration) - ln_gamma(concentration + n);
        let mut statistic = 0.0;
        for (&share, &count) in shares.iter().zip(counts) {
            let (prior, count) = (concentration * share, count as f64);
            ln_e += ln_gamma(prior + count) - ln_gamma(prior) - count * share.ln();
            let expected = n * share;
            statistic += (count - expected) * (count - expected) / expected;
        }
        let e_value = ln_e.exp().clamp(1e-300, 1e300);
        Ok(Self {
            e_value,
            p_value: (1.0 / e_value).min(1.0),
            chi_squared_p_value: ln_chi_squared_sf(statistic, (shares.len() - 1) as f64).exp(),
        })
    }
}
