//! Equality with `SciPy` and scikit-learn on the numbers in `tests/oracle/stats`.

use serde::Deserialize;
use trimtab_stats::{
    BinaryPerformance, Correction, Direction, RegressionPerformance, SignalNull, Spread,
    WindowNull, chi_squared_contingency, chi_squared_noncentrality, gamma_quantile_upper,
    hellinger_distance, jensen_shannon_distance, kolmogorov_sf, ks_p_value, ln_chi_squared_sf,
    ln_gamma, ln_gamma_q, ln_normal_sf, normal_quantile, population_stability_index, student_t_sf,
    total_variation_distance, two_proportion_z, two_sample_ks, wasserstein_distance,
};

/// Reads an oracle file.
pub(crate) fn read<T: for<'a> Deserialize<'a>>(name: &str) -> T {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/oracle/stats/");
    let text = std::fs::read_to_string(format!("{folder}{name}")).unwrap();
    serde_json::from_str(&text).unwrap()
}

#[track_caller]
pub(crate) fn check(what: &str, found: f64, expected: f64, relative: f64, absolute: f64) {
    let error = (found - expected).abs();
    assert!(
        error <= relative * expected.abs() + absolute,
        "{what}: found {found:e}, expected {expected:e}"
    );
}

#[derive(Deserialize)]
struct Special {
    cases: Vec<SpecialCase>,
}

#[derive(Deserialize)]
struct SpecialCase {
    function: String,
    args: Vec<f64>,
    expected: f64,
}

#[test]
fn special_functions_equal_scipy() {
    for case in read::<Special>("special.json").cases {
        let a = &case.args;
        let (found, relative, absolute) = match case.function.as_str() {
            "ln_gamma" => (ln_gamma(a[0]), 1e-12, 1e-13),
            "ln_gamma_q" => (ln_gamma_q(a[0], a[1]), 1e-9, 1e-13),
            "ln_chi_squared_sf" => (ln_chi_squared_sf(a[0], a[1]), 1e-9, 1e-13),
            "gamma_quantile_upper" => (gamma_quantile_upper(a[0], a[1]), 1e-8, 0.0),
            "ln_normal_sf" => (ln_normal_sf(a[0]), 1e-10, 0.0),
            "normal_quantile" => (normal_quantile(a[0]), 1e-9, 1e-15),
            "student_t_sf" => (student_t_sf(a[0], a[1]), 1e-10, 0.0),
            "kolmogorov_sf" => (kolmogorov_sf(a[0], a[1] as u64), 1e-6, 0.0),
            "chi_squared_noncentrality" => (chi_squared_noncentrality(a[0], a[1], a[2]), 0.02, 0.0),
            other => unreachable!("{other}"),
        };
        let what = format!("{}{a:?}", case.function);
        check(&what, found, case.expected, relative, absolute);
    }
}

#[derive(Deserialize)]
struct TwoSample {
    samples: Vec<SampleCase>,
    counts: Vec<CountCase>,
    laws: Vec<LawCase>,
    proportions: Vec<ProportionCase>,
    adjusted: Vec<AdjustedCase>,
}

#[derive(Deserialize)]
struct SampleCase {
    name: String,
    reference: Vec<f64>,
    current: Vec<f64>,
    ks_statistic: f64,
    ks_p_value: f64,
    wasserstein: f64,
    quartiles: [f64; 3],
    sd: f64,
}

#[derive(Deserialize)]
struct CountCase {
    name: String,
    reference: Vec<u64>,
    current: Vec<u64>,
    chi2: f64,
    df: u64,
    p_value: f64,
    cramers_v: f64,
    jensen_shannon: f64,
    hellinger: f64,
    total_variation: f64,
    psi: f64,
}

#[derive(Deserialize)]
struct LawCase {
    n: u64,
    m: u64,
    d: f64,
    p_value: f64,
}

#[derive(Deserialize)]
struct ProportionCase {
    reference: (u64, u64),
    current: (u64, u64),
    p_value: f64,
}

#[derive(Deserialize)]
struct AdjustedCase {
    p_values: Vec<f64>,
    benjamini_hochberg: Vec<f64>,
}

#[test]
fn statistics_of_samples_equal_scipy() {
    for mut case in read::<TwoSample>("two_sample.json").samples {
        case.reference.sort_by(f64::total_cmp);
        case.current.sort_by(f64::total_cmp);
        let name = &case.name;
        let ks = two_sample_ks(&case.reference, &case.current).unwrap();
        check(name, ks.statistic, case.ks_statistic, 1e-12, 0.0);
        check(name, ks.p_value, case.ks_p_value, 1e-9, 0.0);
        let distance = wasserstein_distance(&case.reference, &case.current).unwrap();
        check(name, distance, case.wasserstein, 1e-9, 1e-12);
        let spread = Spread::from_sorted(&case.reference).unwrap();
        let [lower, median, upper] = case.quartiles;
        check(name, spread.iqr, upper - lower, 1e-9, 1e-12);
        check(name, spread.median, median, 1e-12, 0.0);
        check(name, spread.sd, case.sd, 1e-9, 1e-12);
    }
}

#[test]
fn statistics_of_counts_equal_scipy() {
    for case in read::<TwoSample>("two_sample.json").counts {
        let (r, c, name) = (&case.reference, &case.current, &case.name);
        let chi = chi_squared_contingency(r, c).unwrap();
        check(name, chi.statistic, case.chi2, 1e-9, 1e-12);
        assert_eq!(chi.degrees_of_freedom, case.df, "{name}");
        check(name, chi.p_value, case.p_value, 1e-9, 0.0);
        check(name, chi.cramers_v, case.cramers_v, 1e-9, 1e-12);
        let js = jensen_shannon_distance(r, c).unwrap();
        check(name, js, case.jensen_shannon, 1e-9, 1e-12);
        let hellinger = hellinger_distance(r, c).unwrap();
        check(name, hellinger, case.hellinger, 1e-9, 1e-12);
        let variation = total_variation_distance(r, c).unwrap();
        check(name, variation, case.total_variation, 1e-9, 1e-12);
        let psi = population_stability_index(r, c, 0.5).unwrap();
        check(name, psi, case.psi, 1e-9, 1e-15);
    }
}

#[test]
fn laws_at_large_sizes_equal_scipy() {
    let oracle = read::<TwoSample>("two_sample.json");
    for case in oracle.laws {
        let what = format!("KS at {} and {}: {}", case.n, case.m, case.d);
        check(
            &what,
            ks_p_value(case.d, case.n, case.m),
            case.p_value,
            1e-6,
            1e-290,
        );
    }
    for case in oracle.proportions {
        let found = two_proportion_z(case.reference, case.current).unwrap();
        check("two proportions", found.p_value, case.p_value, 1e-9, 0.0);
    }
    for case in oracle.adjusted {
        let found = Correction::BenjaminiHochberg.adjust(&case.p_values);
        for (found, expected) in found.iter().zip(&case.benjamini_hochberg) {
            check("Benjamini-Hochberg", *found, *expected, 1e-12, 0.0);
        }
    }
}

#[derive(Deserialize)]
struct Performance {
    binary: Vec<BinaryCase>,
    regression: Vec<RegressionCase>,
}

#[derive(Deserialize)]
struct BinaryCase {
    name: String,
    threshold: f64,
    scores: Vec<f64>,
    labels: Vec<u8>,
    accuracy: Option<f64>,
    precision: Option<f64>,
    recall: Option<f64>,
    f1: Option<f64>,
    roc_auc: Option<f64>,
    average_precision: Option<f64>,
    brier: Option<f64>,
    log_loss: Option<f64>,
    ece: Option<f64>,
    mean_score: Option<f64>,
    positive_rate: Option<f64>,
}

#[derive(Deserialize)]
struct RegressionCase {
    name: String,
    predictions: Vec<f64>,
    labels: Vec<f64>,
    mae: f64,
    mse: f64,
    r2: f64,
    bias: f64,
}

#[track_caller]
fn check_option(what: &str, found: Option<f64>, expected: Option<f64>, absolute: f64) {
    match (found, expected) {
        (Some(found), Some(expected)) => check(what, found, expected, 1e-9, absolute),
        (found, expected) => assert_eq!(found, expected, "{what}"),
    }
}

#[test]
fn performance_equals_scikit_learn_whole_and_merged() {
    for case in read::<Performance>("performance.json").binary {
        // As one, and as the merge of three parts in another order.
        let mut parts = vec![BinaryPerformance::default(); 3];
        let mut whole = BinaryPerformance::default();
        for (i, (&score, &label)) in case.scores.iter().zip(&case.labels).enumerate() {
            whole.add(Some(score), score > case.threshold, label == 1);
            parts[i % 3].add(Some(score), score > case.threshold, label == 1);
        }
        let mut merged = BinaryPerformance::default();
        for part in parts.iter().rev() {
            merged.merge(part).unwrap();
        }
        assert_eq!(merged, whole);
        assert_eq!(merged.to_bytes(), whole.to_bytes());
        let found = merged.metrics();
        let name = |measure: &str| format!("{}: {measure}", case.name);
        check_option(&name("accuracy"), found.accuracy, case.accuracy, 0.0);
        check_option(&name("precision"), found.precision, case.precision, 0.0);
        check_option(&name("recall"), found.recall, case.recall, 0.0);
        check_option(&name("f1"), found.f1, case.f1, 0.0);
        check_option(&name("roc_auc"), found.roc_auc, case.roc_auc, 1e-6);
        let average = case.average_precision;
        check_option(&name("average"), found.average_precision, average, 1e-6);
        check_option(&name("brier"), found.brier, case.brier, 1e-15);
        check_option(&name("log_loss"), found.log_loss, case.log_loss, 1e-12);
        check_option(&name("ece"), found.ece, case.ece, 1e-15);
        check_option(&name("mean"), found.mean_score, case.mean_score, 0.0);
        check_option(&name("rate"), found.positive_rate, case.positive_rate, 0.0);
    }
    for case in read::<Performance>("performance.json").regression {
        let mut found = RegressionPerformance::default();
        for (&prediction, &label) in case.predictions.iter().zip(&case.labels) {
            found.add(prediction, label);
        }
        let found = found.metrics();
        check_option(&case.name, found.mae, Some(case.mae), 0.0);
        check_option(&case.name, found.mse, Some(case.mse), 0.0);
        check_option(&case.name, found.r2, Some(case.r2), 1e-12);
        check_option(&case.name, found.bias, Some(case.bias), 1e-12);
    }
}

#[derive(Deserialize)]
struct Windows {
    windows: Vec<WindowCase>,
    signals: Vec<SignalCase>,
}

#[derive(Deserialize)]
struct WindowCase {
    distances: Vec<f64>,
    locations: Vec<f64>,
    k_eff: f64,
    levels: Vec<Level>,
}

#[derive(Deserialize)]
struct Level {
    distance: f64,
    p_value: f64,
}

#[derive(Deserialize)]
struct SignalCase {
    values: Vec<f64>,
    w: usize,
    mean: f64,
    k_eff: f64,
    z: f64,
    p_down: f64,
    p_both: f64,
}

#[test]
fn window_laws_equal_a_second_implementation() {
    let oracle = read::<Windows>("windows.json");
    for case in oracle.windows {
        let null = WindowNull::fit(&case.distances, &case.locations, 1);
        check("k_eff", null.n_windows_effective(), case.k_eff, 1e-9, 0.0);
        assert!(null.is_usable());
        for level in case.levels {
            let found = null.p_value(level.distance).unwrap();
            // Both are averages of simulated refits, whose rare large ones rule the
            // tail: far out only the order of magnitude is known.
            if level.p_value > 1e-3 {
                check("p_window", found, level.p_value, 0.1, 0.0);
            } else {
                check(
                    "ln p_window",
                    found.ln(),
                    level.p_value.ln(),
                    0.0,
                    3_f64.ln(),
                );
            }
        }
    }
    for case in oracle.signals {
        let null = SignalNull::fit(&case.values).unwrap();
        check("k_eff", null.n_windows_effective(), case.k_eff, 1e-9, 0.0);
        let down = null
            .judge_mean_of_last(case.w, case.mean, Direction::Down)
            .unwrap();
        check("z", down.z, case.z, 1e-9, 1e-12);
        check("p down", down.p_value, case.p_down, 1e-9, 0.0);
        let both = null
            .judge_mean_of_last(case.w, case.mean, Direction::Both)
            .unwrap();
        check("p both", both.p_value, case.p_both, 1e-9, 0.0);
    }
}
