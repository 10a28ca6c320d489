//! Two-sample statistics, one file a method: a reference and a current sample in,
//! numbers out.

mod anderson_darling;
mod bridge;
mod brown_forsythe;
mod category_turnover;
mod cauchy;
mod chi_squared;
mod coarse_bins;
mod cramer_von_mises;
mod energy;
mod epps_singleton;
mod fisher_exact;
mod g_test;
mod hellinger;
mod jensen_shannon;
mod kolmogorov;
mod ks;
mod ks_one_sided;
mod kuiper;
mod kullback_leibler;
mod l_infinity;
mod mann_whitney_u;
mod method;
mod population_stability_index;
mod row_test;
mod tables;
mod ties;
mod total_variation;
mod two_proportion_z;
mod wasserstein;
mod welch_t;

pub use anderson_darling::{
    AndersonDarling, anderson_darling, anderson_darling_binned, anderson_darling_permutation,
    anderson_darling_permutation_binned, anderson_darling_sf,
};
pub use brown_forsythe::{
    BrownForsythe, brown_forsythe, brown_forsythe_binned, brown_forsythe_ranked,
    brown_forsythe_ranked_binned,
};
pub use category_turnover::{CategoryTurnover, category_turnover};
pub use cauchy::cauchy_combination;
pub use chi_squared::{
    ChiSquared, chi_squared_contingency, chi_squared_monte_carlo, cramers_v,
    cramers_v_bias_corrected, cramers_v_bias_corrected_noise_floor, cramers_v_noise_floor,
    pool_sparse,
};
pub(crate) use coarse_bins::{coarse_counts, coarse_edges, coarse_groups, grouped};
pub use cramer_von_mises::{
    CramerVonMises, CramerVonMisesLaw, cramer_von_mises_noise_floor, cramer_von_mises_scipy,
    cramer_von_mises_sf, two_sample_cramer_von_mises, two_sample_cramer_von_mises_binned,
};
pub use energy::{
    energy_distance, energy_distance_binned, energy_noise_floor, energy_noise_floor_binned,
    energy_permutation, energy_permutation_binned,
};
pub use epps_singleton::{
    EppsSingleton, epps_singleton, epps_singleton_binned, epps_singleton_pooled,
};
pub use fisher_exact::{FisherExact, fisher_exact, fisher_exact_monte_carlo};
pub use g_test::{GTest, g_test};
pub use hellinger::{hellinger_distance, hellinger_noise_floor};
pub use jensen_shannon::{jensen_shannon_distance, jensen_shannon_noise_floor};
pub use kolmogorov::{kolmogorov_sf, smirnov_ln_sf};
pub(crate) use ks::ks_statistic_binned;
pub use ks::{
    KolmogorovSmirnov, KsLaw, ks_noise_floor, ks_p_value, two_sample_ks, two_sample_ks_binned,
};
pub use ks_one_sided::{Shift, two_sample_ks_one_sided, two_sample_ks_one_sided_binned};
pub use kuiper::{
    Kuiper, kuiper_noise_floor, kuiper_p_value, two_sample_kuiper, two_sample_kuiper_binned,
    two_sample_kuiper_permutation,
};
pub use kullback_leibler::{
    KullbackLeibler, kullback_leibler_divergence, kullback_leibler_noise_floor,
};
pub use l_infinity::{l_infinity_distance, l_infinity_noise_floor};
pub use mann_whitney_u::{MannWhitneyU, mann_whitney_u, mann_whitney_u_binned};
pub use method::{
    Method, MethodSettings, category_turnover_results, run_on_counts, run_on_profiles,
    run_on_samples,
};
pub use population_stability_index::{
    population_stability_index, population_stability_index_noise_floor,
};
pub use row_test::{RowTest, combined_row_test, combined_row_test_binned};
pub use total_variation::{total_variation_distance, total_variation_noise_floor};
pub use two_proportion_z::{TwoProportionZ, two_proportion_z};
pub(crate) use wasserstein::wasserstein_with_noise_floor;
pub use wasserstein::{
    wasserstein_distance, wasserstein_distance_binned, wasserstein_noise_floor,
    wasserstein_noise_floor_binned,
};
pub use welch_t::{Moments, WelchT, welch_t, welch_t_of_moments};

pub(crate) use ties::ties;

use crate::error::StatsError;
use crate::special::ln_gamma;

/// Rows beyond which counts are refused: below it no sum of two counts overflows, and
/// products fit 128 bits.
const MAX_ROWS: f64 = 4.611_686_018_427_388e18; // 2^62

/// Refuses count vectors that cannot be compared; gives their totals.
fn totals(reference: &[u64], current: &[u64]) -> Result<(f64, f64), StatsError> {
    if reference.len() != current.len() {
        return Err(StatsError::BinCountMismatch {
            reference: reference.len(),
            current: current.len(),
        });
    }
    let total = |counts: &[u64]| counts.iter().map(|&count| count as f64).sum::<f64>();
    let (n_reference, n_current) = (total(reference), total(current));
    if n_reference == 0.0 {
        return Err(StatsError::EmptySample {
            sample: "reference",
        });
    }
    if n_current == 0.0 {
        return Err(StatsError::EmptySample { sample: "current" });
    }
    if n_reference + n_current >= MAX_ROWS {
        return Err(StatsError::TooManyRows);
    }
    Ok((n_reference, n_current))
}

/// Refuses sorted samples that cannot be compared.
fn check_sorted(reference: &[f64], current: &[f64]) -> Result<(), StatsError> {
    for (sample, values) in [("reference", reference), ("current", current)] {
        let (Some(first), Some(last)) = (values.first(), values.last()) else {
            return Err(StatsError::EmptySample { sample });
        };
        // Sorted values are finite when the ends are; NaN sorts to an end.
        if !(first.is_finite() && last.is_finite()) {
            return Err(StatsError::NotFinite { sample });
        }
        debug_assert!(values.is_sorted(), "the {sample} sample must be sorted");
    }
    Ok(())
}

/// Pooled counts `[in reference, in current]` per distinct value of two sorted samples, in
/// the order of the values.
fn tied_counts(reference: &[f64], current: &[f64]) -> Vec<[u64; 2]> {
    let (n, m) = (reference.len(), current.len());
    let mut ties = vec![[0_u64; 2]; n + m];
    let (mut i, mut j, mut at) = (0, 0, 0);
    let mut value = f64::NEG_INFINITY;
    let mut take = |next: f64, side: usize| {
        // Without branches: nobody could foretell which side is next.
        at += usize::from(next > value);
        value = next;
        ties[at.saturating_sub(1)][side] += 1;
    };
    while let (Some(&r), Some(&c)) = (reference.get(i), current.get(j)) {
        let is_current = usize::from(c < r);
        take(r.min(c), is_current);
        i += 1 - is_current;
        j += is_current;
    }
    for &value in &reference[i..] {
        take(value, 0);
    }
    for &value in &current[j..] {
        take(value, 1);
    }
    ties.truncate(at);
    ties
}

/// Mean of a χ variable (the root of a χ² one) of `df` degrees of freedom.
fn chi_mean(df: f64) -> f64 {
    if df <= 0.0 {
        return 0.0;
    }
    std::f64::consts::SQRT_2 * (ln_gamma(0.5 * df + 0.5) - ln_gamma(0.5 * df)).exp()
}

/// Bins that at least one of the samples uses, less one.
fn degrees(reference: &[u64], current: &[u64]) -> f64 {
    let n_used = reference
        .iter()
        .zip(current)
        .filter(|&(&r, &c)| r > 0 || c > 0)
        .count();
    n_used.saturating_sub(1) as f64
}

/// `(1 + u) ln(1 + u) − u` for `u ≥ −1`, `≥ 0`, with all its digits near 0: what one cell
/// adds to a relative entropy when its share is `1 + u` times the expected one.
fn excess_entropy(u: f64) -> f64 {
    if u <= -1.0 {
        return 1.0;
    }
    if u.abs() < 1e-3 {
        // Σ (−u)^k / (k (k − 1)) for k ≥ 2.
        let square = u * u;
        return square
            * (0.5 - u / 6.0 + square / 12.0 - u * square / 20.0 + square * square / 30.0);
    }
    (1.0 + u) * u.ln_1p() - u
}
