//! The two-sample methods beyond the default ones equal `SciPy`.

use crate::oracle::{check, read};
use serde::Deserialize;
use trimtab_stats::two_sample::{
    Shift, anderson_darling, anderson_darling_sf, chi_squared_contingency,
    cramers_v_bias_corrected, energy_distance, epps_singleton, fisher_exact, g_test,
    kullback_leibler_divergence, l_infinity_distance, mann_whitney_u, two_sample_ks_one_sided,
    two_sample_ks_one_sided_binned, two_sample_kuiper, welch_t,
};

#[derive(Deserialize)]
struct Oracle {
    samples: Vec<SampleCase>,
    tables: Vec<TableCase>,
    one_sided: Vec<OneSidedCase>,
    anderson_limit: Vec<(f64, f64)>,
}

#[derive(Deserialize)]
struct SampleCase {
    name: String,
    reference: Vec<f64>,
    current: Vec<f64>,
    ks_up: (f64, f64),
    ks_down: (f64, f64),
    kuiper: (f64, f64),
    anderson_darling: (f64, f64),
    mann_whitney_u: (f64, f64),
    welch_t: (f64, f64, f64),
    epps_singleton: Option<(f64, f64)>,
    energy: f64,
}

#[derive(Deserialize)]
struct TableCase {
    name: String,
    reference: Vec<u64>,
    current: Vec<u64>,
    g: (f64, f64, u64),
    smallest_expected: f64,
    cramers_v_corrected: f64,
    kl: (f64, f64),
    l_infinity: f64,
    fisher_p: Option<f64>,
}

#[derive(Deserialize)]
struct OneSidedCase {
    n: u64,
    m: u64,
    d: f64,
    p_value: f64,
}

fn oracle() -> Oracle {
    let mut oracle: Oracle = read("two_sample_methods.json");
    for case in &mut oracle.samples {
        case.reference.sort_by(f64::total_cmp);
        case.current.sort_by(f64::total_cmp);
    }
    oracle
}

#[test]
fn distribution_functions_compare_as_in_scipy() {
    for case in oracle().samples {
        let (r, c, name) = (&case.reference, &case.current, &case.name);
        let up = two_sample_ks_one_sided(r, c, Shift::Up).unwrap();
        check(name, up.statistic, case.ks_up.0, 1e-12, 0.0);
        check(name, up.p_value, case.ks_up.1, 1e-9, 0.0);
        let down = two_sample_ks_one_sided(r, c, Shift::Down).unwrap();
        check(name, down.statistic, case.ks_down.0, 1e-12, 0.0);
        check(name, down.p_value, case.ks_down.1, 1e-9, 0.0);
        let kuiper = two_sample_kuiper(r, c).unwrap();
        check(name, kuiper.statistic, case.kuiper.0, 1e-12, 0.0);
        check(name, kuiper.p_value, case.kuiper.1, 1e-9, 1e-300);
        let anderson = anderson_darling(r, c).unwrap();
        let (statistic, p_value) = case.anderson_darling;
        check(name, anderson.statistic, statistic, 1e-9, 1e-12);
        check(name, anderson.p_value_interpolated, p_value, 1e-9, 0.0);
        check(name, energy_distance(r, c).unwrap(), case.energy, 1e-9, 0.0);
    }
}

#[test]
fn ranks_means_and_characteristic_functions_compare_as_in_scipy() {
    for case in oracle().samples {
        let (r, c, name) = (&case.reference, &case.current, &case.name);
        let u = mann_whitney_u(r, c).unwrap();
        check(name, u.statistic, case.mann_whitney_u.0, 0.0, 0.0);
        check(name, u.p_value, case.mann_whitney_u.1, 1e-9, 0.0);
        let welch = welch_t(r, c).unwrap();
        let (t, p_value, df) = case.welch_t;
        check(name, welch.statistic, t, 1e-9, 1e-12);
        check(name, welch.p_value, p_value, 1e-9, 0.0);
        check(name, welch.degrees_of_freedom, df, 1e-9, 0.0);
        if let Some((w, p_value)) = case.epps_singleton {
            let found = epps_singleton(r, c).unwrap();
            // An inverse of a covariance whose condition reaches 1e6 here.
            check(name, found.statistic, w, 1e-8, 1e-12);
            check(name, found.p_value, p_value, 1e-8, 0.0);
        }
    }
}

#[test]
fn tables_compare_as_in_scipy() {
    for case in oracle().tables {
        let (r, c, name) = (&case.reference, &case.current, &case.name);
        let g = g_test(r, c).unwrap();
        check(name, g.statistic, case.g.0, 1e-9, 1e-15);
        check(name, g.p_value, case.g.1, 1e-9, 0.0);
        assert_eq!(g.degrees_of_freedom, case.g.2, "{name}");
        let chi = chi_squared_contingency(r, c).unwrap();
        let smallest = case.smallest_expected;
        check(name, chi.smallest_expected, smallest, 1e-12, 0.0);
        let v = cramers_v_bias_corrected(r, c).unwrap();
        check(name, v, case.cramers_v_corrected, 1e-9, 1e-12);
        let kl = kullback_leibler_divergence(r, c, 0.5).unwrap();
        check(name, kl.current_from_reference, case.kl.0, 1e-9, 1e-18);
        check(name, kl.reference_from_current, case.kl.1, 1e-9, 1e-18);
        let largest = l_infinity_distance(r, c).unwrap();
        check(name, largest, case.l_infinity, 1e-12, 1e-16);
        if let (Some(expected), [r0, r1], [c0, c1]) = (case.fisher_p, &r[..], &c[..]) {
            let found = fisher_exact([*r0, *r1], [*c0, *c1]).unwrap();
            check(name, found.p_value, expected, 1e-9, 0.0);
        }
    }
}

#[test]
fn laws_in_the_tail_equal_their_checks() {
    let oracle = oracle();
    for (x, expected) in oracle.anderson_limit {
        // The check is an integral along another line, good to about 1e-9.
        check(
            &format!("A2 {x}"),
            anderson_darling_sf(x),
            expected,
            1e-8,
            0.0,
        );
    }
    for case in oracle.one_sided {
        // A binned comparison whose largest gap is `d`: one bin of the share moves over.
        let moved = (case.d * case.n as f64) as u64;
        let half = case.m / 2;
        let n_half = case.n * half / case.m;
        let reference = [n_half + moved, case.n - n_half - moved];
        let found =
            two_sample_ks_one_sided_binned(&reference, &[half, case.m - half], Shift::Up).unwrap();
        check("gap", found.statistic, case.d, 1e-12, 0.0);
        check("Hodges", found.p_value, case.p_value, 1e-9, 0.0);
    }
}
