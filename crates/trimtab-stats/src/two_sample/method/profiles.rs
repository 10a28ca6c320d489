//! One method on two profiles of numbers.

use super::counts::histogram_distance;
use super::samples::{
    anderson_darling_found, cramer_von_mises_found, epps_singleton_found, law_name,
    mann_whitney_found, wasserstein_found, welch_found,
};
use super::{Domain, Found, Method, MethodSettings, named, not_applicable};
use crate::error::StatsError;
use crate::evidence::MethodResult;
use crate::grid::NumericGrid;
use crate::profile::NumericProfile;
use crate::two_sample::{
    Moments, anderson_darling_binned, anderson_darling_permutation_binned, coarse_groups,
    energy_distance_binned, energy_noise_floor_binned, energy_permutation_binned,
    epps_singleton_binned, grouped, ks_noise_floor, kuiper_noise_floor, mann_whitney_u_binned,
    two_sample_cramer_von_mises_binned, two_sample_ks_binned, two_sample_kuiper_binned,
    wasserstein_distance_binned, wasserstein_noise_floor_binned, welch_t_of_moments,
};

/// Runs one method on two profiles of numbers.
///
/// Rank methods take each bin as a tie; the variant says so, with the bound that the
/// largest bin's share puts on the error of a distribution function. Welch's t is exact,
/// from the profiles' exact moments.
///
/// # Arguments
///
/// * `method`: see [`Method::applies_to`].
/// * `grid`: both profiles must have been cut on it.
/// * `reference`, `current`: the profiles.
/// * `settings`: what the method leaves open.
///
/// # Returns
///
/// What it said. A method that does not apply, or that refuses the profiles, gives a
/// result without numbers and with a reason.
pub fn run_on_profiles(
    method: Method,
    grid: &NumericGrid,
    reference: &NumericProfile,
    current: &NumericProfile,
    settings: &MethodSettings,
) -> MethodResult {
    let n_bins = grid.n_bins();
    let is_ours = reference.n_bins() == n_bins && current.n_bins() == n_bins;
    let found = match method.domain() {
        Domain::Categories => return not_applicable(method),
        _ if !is_ours => Err(StatsError::GridMismatch),
        Domain::Histograms => {
            let counts = (reference.counts(), current.counts());
            let groups = coarse_groups(&counts.0);
            histogram_distance(
                method,
                &grouped(&counts.0, &groups),
                &grouped(&counts.1, &groups),
                &format!("{} reference quantile bins", groups.len()),
                settings,
            )
        }
        Domain::Numbers => compare(method, grid, reference, current, settings),
    };
    named(method, found)
}

fn compare(
    method: Method,
    grid: &NumericGrid,
    reference: &NumericProfile,
    current: &NumericProfile,
    settings: &MethodSettings,
) -> Result<Found, StatsError> {
    let (n, m) = (reference.n(), current.n());
    let counts = (reference.counts(), current.counts());
    let (r, c) = (&*counts.0, &*counts.1);
    let bins = describe_bins(grid, reference, current);
    match method {
        Method::KolmogorovSmirnov => {
            let ks = two_sample_ks_binned(r, c)?;
            Ok(Found {
                variant: format!("two-sided, {}, {bins}", law_name(ks.law)),
                statistic: ks.statistic,
                p_value: Some(ks.p_value),
                noise_floor: Some(ks_noise_floor(n, m)),
                effect_size: Some(ks.statistic),
            })
        }
        Method::Kuiper => {
            let kuiper = two_sample_kuiper_binned(r, c)?;
            Ok(Found {
                variant: format!("asymptotic with Stephens' first-order term, {bins}"),
                statistic: kuiper.statistic,
                p_value: Some(kuiper.p_value),
                noise_floor: Some(kuiper_noise_floor(n, m)),
                effect_size: Some(kuiper.statistic),
            })
        }
        Method::CramerVonMises => {
            let outcome = two_sample_cramer_von_mises_binned(r, c)?;
            Ok(cramer_von_mises_found(&outcome, r, c, &format!(", {bins}")))
        }
        Method::AndersonDarling => {
            let outcome = anderson_darling_binned(r, c)?;
            let (b, seed) = (settings.n_resamples, settings.seed);
            anderson_darling_found(&outcome, (n, m), &bins, b, || {
                anderson_darling_permutation_binned(r, c, b, seed)
            })
        }
        Method::MannWhitneyU => Ok(mann_whitney_found(&mann_whitney_u_binned(r, c)?, &bins)),
        Method::WelchT => {
            let outcome = welch_t_of_moments(moments(reference), moments(current))?;
            Ok(welch_found(&outcome, ", from exact moments"))
        }
        Method::EppsSingleton => {
            let outcome = epps_singleton_binned(grid, reference, current)?;
            Ok(epps_singleton_found(&outcome, n, m, &format!(", {bins}")))
        }
        Method::Energy => energy(grid, reference, current, &bins, settings),
        _ => {
            let distance = wasserstein_distance_binned(grid, reference, current)?;
            let floor = wasserstein_noise_floor_binned(grid, reference, current).ok();
            let spread = (!grid.is_constant()).then(|| *grid.spread());
            Ok(wasserstein_found(distance, floor, spread, &bins))
        }
    }
}

fn energy(
    grid: &NumericGrid,
    reference: &NumericProfile,
    current: &NumericProfile,
    bins: &str,
    settings: &MethodSettings,
) -> Result<Found, StatsError> {
    let (b, seed) = (settings.n_resamples, settings.seed);
    let distance = energy_distance_binned(grid, reference, current)?;
    let scale = grid.spread().scale();
    Ok(Found {
        variant: format!("in the root of the column's unit, {b} permutations, {bins}"),
        statistic: distance,
        p_value: Some(energy_permutation_binned(
            grid, reference, current, b, seed,
        )?),
        noise_floor: energy_noise_floor_binned(grid, reference, current).ok(),
        effect_size: scale.map(|scale| distance / scale.sqrt()),
    })
}

fn moments(profile: &NumericProfile) -> Moments {
    Moments {
        n: profile.n(),
        mean: profile.mean().unwrap_or(f64::NAN),
        // Of one value; its number refuses it before.
        sd: profile.sd().unwrap_or(0.0),
    }
}

/// How much the bins hide: a distribution function is known at the edges only, between
/// them to the share of the bin.
fn describe_bins(
    grid: &NumericGrid,
    reference: &NumericProfile,
    current: &NumericProfile,
) -> String {
    if grid.is_exact() {
        return "binned on every distinct reference value".to_owned();
    }
    let largest = |profile: &NumericProfile| {
        let largest = profile.counts().iter().max().copied().unwrap_or(0);
        largest as f64 / profile.n().max(1) as f64
    };
    let bound = 100.0 * largest(reference).max(largest(current));
    format!("binned (largest bin {bound:.3} %)")
}
