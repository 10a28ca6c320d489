//! Series: equality with other people's programs, and what the detectors promise.

use proptest::prelude::*;
use serde::Deserialize;
use trimtab_stats::series::{
    Bocpd, DetectorOptions, EtsModel, EtsParameters, EtsShape, EtsState, NormalGamma, Reason,
    Scored, SegmentCost, SeriesDetector, SeriesMethod, SeriesOptions, StlOptions, bic_penalty,
    detect_series, fit_ets, generalised_esd, mstl, pelt, score_from_ln_tail, seasonal_esd,
    spectral_residual, spectral_residual_scores, stl,
};
use trimtab_stats::{Random, StatsError};

const STEP: i64 = 300_000_000;

fn at(row: usize) -> i64 {
    i64::try_from(row).unwrap() * STEP
}
const DAY_ROWS: usize = 288;

#[derive(Deserialize)]
struct Oracle {
    stl: Vec<StlCase>,
    mstl: Vec<MstlCase>,
    ets: Vec<EtsCase>,
    pelt: Vec<PeltCase>,
    saliency: Vec<SaliencyCase>,
    esd: Vec<EsdCase>,
    bocpd: Vec<BocpdCase>,
}

#[derive(Deserialize)]
struct StlCase {
    values: Vec<f64>,
    period: usize,
    seasonal: usize,
    robust: bool,
    trend_jump: usize,
    low_pass_jump: usize,
    expected_seasonal: Vec<f64>,
    expected_trend: Vec<f64>,
    expected_weights: Vec<f64>,
}

#[derive(Deserialize)]
struct MstlCase {
    values: Vec<f64>,
    periods: Vec<usize>,
    robust: bool,
    expected_seasonal: Vec<Vec<f64>>,
    expected_trend: Vec<f64>,
}

#[derive(Deserialize)]
struct EtsCase {
    values: Vec<f64>,
    trend: bool,
    damped: bool,
    period: Option<usize>,
    alpha: f64,
    beta: f64,
    gamma: f64,
    phi: f64,
    level: f64,
    slope: f64,
    season: Vec<f64>,
    ln_likelihood: f64,
    forecast: f64,
}

#[derive(Deserialize)]
struct PeltCase {
    values: Vec<f64>,
    cost: String,
    min_size: usize,
    penalty: f64,
    changes: Vec<usize>,
}

#[derive(Deserialize)]
struct SaliencyCase {
    values: Vec<f64>,
    window: usize,
    map: Vec<f64>,
    scores: Vec<f64>,
}

#[derive(Deserialize)]
struct EsdCase {
    values: Vec<f64>,
    max_share: f64,
    alpha: f64,
    outliers: Vec<usize>,
}

#[derive(Deserialize)]
struct BocpdCase {
    values: Vec<f64>,
    expected_run: f64,
    prior: [f64; 4],
    steps: Vec<BocpdExpected>,
}

#[derive(Deserialize)]
struct BocpdExpected {
    expected: f64,
    tail: f64,
    ln_evidence: f64,
    run_length: u64,
    change_probability: f64,
}

fn oracle() -> Oracle {
    crate::oracle::read("series.json")
}

#[track_caller]
fn same(what: &str, found: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (i, (a, b)) in found.iter().zip(expected).enumerate() {
        let error = (a - b).abs();
        assert!(
            error <= tolerance * b.abs().max(1.0),
            "{what}[{i}]: {a} against {b}"
        );
    }
}

#[test]
fn stl_equals_statsmodels() {
    for case in oracle().stl {
        let options = StlOptions {
            robust: case.robust,
            trend_jump: case.trend_jump,
            low_pass_jump: case.low_pass_jump,
            ..StlOptions::new(case.period, case.seasonal)
        };
        let found = stl(&case.values, &options).unwrap();
        // Weights near a bisquare's shoulder repeat the fits' rounding sixteen times.
        let tolerance = if case.robust { 1e-8 } else { 1e-9 };
        same(
            "season",
            &found.seasonal,
            &case.expected_seasonal,
            tolerance,
        );
        same("trend", &found.trend, &case.expected_trend, tolerance);
        same("weights", &found.weights, &case.expected_weights, tolerance);
    }
}

#[test]
fn mstl_equals_statsmodels() {
    for case in oracle().mstl {
        let found = mstl(&case.values, &case.periods, case.robust).unwrap();
        for (season, expected) in found.seasonal.iter().zip(&case.expected_seasonal) {
            same("season", season, expected, 1e-8);
        }
        same("trend", &found.trend, &case.expected_trend, 1e-8);
    }
}

#[test]
fn ets_has_the_likelihood_and_forecast_of_statsmodels() {
    for case in oracle().ets {
        let parameters = EtsParameters {
            alpha: case.alpha,
            beta: case.beta,
            gamma: case.gamma,
            phi: case.phi,
        };
        let state = EtsState {
            level: case.level,
            slope: case.slope,
            season: case.season.clone(),
        };
        let model = EtsModel::filtered(parameters, state, &case.values).unwrap();
        same(
            "likelihood",
            &[model.ln_likelihood],
            &[case.ln_likelihood],
            1e-9,
        );
        same("forecast", &[model.forecast()], &[case.forecast], 1e-9);
    }
}

#[test]
fn fitting_ets_finds_nothing_better_nearby() {
    for case in oracle().ets {
        let shape = EtsShape {
            trend: case.trend,
            damped: case.damped,
            period: case.period,
        };
        let best = fit_ets(&case.values, shape).unwrap();
        let p = best.parameters;
        assert!(p.alpha > 0.0 && p.alpha < 1.0 && p.beta <= p.alpha && p.gamma <= 1.0 - p.alpha);
        // The fitted state is the one after the series: going on must forecast sensibly.
        assert!((best.forecast() - case.values[89]).abs() < 12.0 * best.sd + 5.0);
    }
}

#[test]
fn pelt_finds_the_change_points_of_ruptures() {
    for case in oracle().pelt {
        let cost = if case.cost == "mean" {
            SegmentCost::Mean
        } else {
            SegmentCost::MeanAndVariance
        };
        let penalty = bic_penalty(&case.values, cost).unwrap();
        same("penalty", &[penalty], &[case.penalty], 1e-9);
        let found = pelt(&case.values, cost, case.penalty, case.min_size).unwrap();
        assert_eq!(found, case.changes, "{}", case.cost);
    }
}

#[test]
fn saliency_equals_an_independent_implementation() {
    for case in oracle().saliency {
        same(
            "map",
            &spectral_residual(&case.values).unwrap(),
            &case.map,
            1e-9,
        );
        let scores = spectral_residual_scores(&case.values, case.window).unwrap();
        // Scores divide by a mean of small saliencies.
        same("score", &scores, &case.scores, 1e-7);
    }
}

#[test]
fn esd_equals_an_independent_implementation() {
    for case in oracle().esd {
        let found = generalised_esd(&case.values, case.max_share, case.alpha).unwrap();
        assert_eq!(found, case.outliers);
    }
}

#[test]
fn bocpd_equals_the_recursion_without_pruning() {
    for case in oracle().bocpd {
        let [mean, strength, shape, rate] = case.prior;
        let prior = NormalGamma {
            mean,
            strength,
            shape,
            rate,
        };
        let mut detector = Bocpd::new(prior, case.expected_run, 10).unwrap();
        for (&value, expected) in case.values.iter().zip(&case.steps) {
            let step = detector.update(value).unwrap();
            // Run lengths below a probability of 1e-8 are dropped.
            same("expected", &[step.expected], &[expected.expected], 1e-6);
            same("tail", &[step.tail], &[expected.tail], 1e-6);
            same(
                "evidence",
                &[step.ln_evidence],
                &[expected.ln_evidence],
                1e-6,
            );
            let found = [step.change_probability];
            same("change", &found, &[expected.change_probability], 1e-6);
            assert_eq!(step.run_length, expected.run_length);
        }
        let read = Bocpd::from_bytes(&detector.to_bytes()).unwrap();
        assert_eq!(read, detector);
    }
}

#[test]
fn seasonal_esd_sees_what_the_season_hides() {
    let mut random = Random::from_seed(4);
    let mut values: Vec<f64> = (0..240)
        .map(|i| {
            10.0 * f64::sin(f64::from(i) / 24.0 * std::f64::consts::TAU) + 0.3 * random.normal()
        })
        .collect();
    // The height of a crest, in a trough.
    values[18 + 24 * 4] = 9.0;
    assert!(generalised_esd(&values, 0.05, 0.01).unwrap().is_empty());
    let found = seasonal_esd(&values, Some(24), 0.05, 0.001).unwrap();
    // The noise's own extreme may follow: the level is that of a normal law's test with a
    // median absolute deviation.
    assert_eq!(found.first(), Some(&(18 + 24 * 4)));
    assert!(found.len() <= 2);
}

#[test]
fn refuses_what_has_no_meaning() {
    let empty = StatsError::EmptySample { sample: "series" };
    assert_eq!(pelt(&[], SegmentCost::Mean, 1.0, 1), Err(empty));
    let not_finite = StatsError::NotFinite { sample: "series" };
    assert_eq!(
        pelt(&[1.0, f64::NAN], SegmentCost::Mean, 1.0, 1),
        Err(not_finite)
    );
    assert_eq!(spectral_residual(&[]), Err(empty));
    assert!(pelt(&[1.0], SegmentCost::Mean, -1.0, 1).is_err());
    assert!(stl(&[1.0; 10], &StlOptions::new(6, 7)).is_err());
    assert!(stl(&[1.0; 10], &StlOptions::new(1, 7)).is_err());
    assert!(mstl(&[1.0; 10], &[], false).is_err());
    assert!(generalised_esd(&[1.0], 0.6, 0.05).is_err());
    assert!(spectral_residual_scores(&[1.0], 3).is_err());
    assert!(SeriesDetector::new(DetectorOptions { alarm_rate: 0.0 }).is_err());
    let damped = EtsShape {
        trend: false,
        damped: true,
        period: None,
    };
    assert!(fit_ets(&[1.0; 30], damped).is_err());
    let options = SeriesOptions::default();
    assert!(detect_series(&[1], &[], SeriesMethod::Auto, &options).is_err());
}

#[test]
fn change_points_do_not_care_for_units() {
    let mut values = vec![0.0; 40];
    for (i, value) in values.iter_mut().enumerate() {
        *value = f64::from(u8::from(i >= 25)) * 4.0 + ((i * 7) % 5) as f64 * 0.1;
    }
    for factor in [1.0, 1e-300, 1e300] {
        let scaled: Vec<f64> = values.iter().map(|x| x * factor).collect();
        let found = pelt(&scaled, SegmentCost::MeanAndVariance, 12.0, 2).unwrap();
        assert_eq!(found, [25], "{factor:e}");
    }
    let constant = pelt(&[7.0; 50], SegmentCost::MeanAndVariance, 5.0, 2).unwrap();
    assert!(constant.is_empty());
}

fn run(detector: &mut SeriesDetector, values: impl IntoIterator<Item = f64>) -> Vec<Scored> {
    let rows = values.into_iter().enumerate();
    rows.map(|(i, x)| detector.update(at(i), x)).collect()
}

fn fresh() -> SeriesDetector {
    SeriesDetector::new(DetectorOptions::default()).unwrap()
}

fn daily(i: usize, random: &mut Random) -> f64 {
    50.0 + 20.0 * (i as f64 / DAY_ROWS as f64 * std::f64::consts::TAU).sin() + random.normal()
}

#[test]
fn a_missing_peak_is_found_though_its_values_are_ordinary() {
    let mut random = Random::from_seed(8);
    let mut values: Vec<f64> = (0..8 * DAY_ROWS).map(|i| daily(i, &mut random)).collect();
    let noon = 7 * DAY_ROWS + DAY_ROWS / 4;
    for value in &mut values[noon..noon + 40] {
        *value = 50.0 + random.normal();
    }
    let rows = run(&mut fresh(), values);
    let alarms: Vec<usize> = (2 * DAY_ROWS..rows.len())
        .filter(|&i| rows[i].alarm)
        .collect();
    assert_eq!(alarms.len(), 1, "{alarms:?}");
    assert!((noon..noon + 3).contains(&alarms[0]), "{alarms:?}");
    assert_eq!(rows[alarms[0]].reason, Reason::Low);
    assert_eq!(rows[noon + 5].reason, Reason::Ongoing);
}

#[test]
fn a_new_level_alarms_once_and_is_then_the_level() {
    let mut random = Random::from_seed(2);
    let mut level = |i: usize| if i < 2000 { 0.0 } else { 40.0 } + random.normal();
    let rows = run(&mut fresh(), (0..6000).map(&mut level));
    let alarms: Vec<usize> = (0..6000).filter(|&i| rows[i].alarm).collect();
    let near: Vec<usize> = alarms
        .iter()
        .copied()
        .filter(|i| (1990..3000).contains(i))
        .collect();
    assert_eq!(near, [2000]);
    let shifts: Vec<usize> = (0..6000)
        .filter(|&i| rows[i].reason == Reason::LevelShift)
        .collect();
    assert_eq!(shifts.len(), 1, "{shifts:?}");
    assert!(shifts[0] < 2100);
    assert!((rows[2400].expected - 40.0).abs() < 3.0);
}

/// Makes the value of a row; the last one is at hand.
type Law = fn(&mut Random, &mut f64, usize) -> f64;

#[test]
fn false_alarms_stay_below_the_stated_rate() {
    let n = 20_000;
    let rate = DetectorOptions::default().alarm_rate;
    let laws: [(&str, Law); 5] = [
        ("normal", |r, _, _| r.normal()),
        ("autoregressive", |r, last, _| {
            *last = 0.9 * *last + r.normal();
            *last
        }),
        ("lognormal", |r, _, _| r.normal().exp()),
        ("daily", |r, _, i| daily(i, r)),
        ("integers", |r, _, _| (2.0 * r.normal()).round()),
    ];
    for (name, law) in laws {
        let mut n_alarms = 0;
        for seed in 0..4 {
            let mut random = Random::from_seed(100 + seed);
            let mut last = 0.0;
            let rows = run(&mut fresh(), (0..n).map(|i| law(&mut random, &mut last, i)));
            n_alarms += rows.iter().filter(|row| row.alarm).count();
        }
        let found = n_alarms as f64 / (4 * n) as f64;
        assert!(found <= rate, "{name}: {found} false alarms per row");
        assert!(found >= 0.05 * rate, "{name}: {found} looks deaf");
    }
}

#[test]
fn constants_are_quiet_and_leaving_them_is_not() {
    for constant in [0.0, -3.5, 1e12, 1e-300] {
        let rows = run(&mut fresh(), std::iter::repeat_n(constant, 1000));
        assert!(rows.iter().all(|row| !row.alarm), "{constant}");
        let mut detector = fresh();
        run(&mut detector, std::iter::repeat_n(constant, 1000));
        assert!(
            detector
                .update(1000 * STEP, constant + constant.abs() + 1.0)
                .alarm,
            "{constant}"
        );
    }
}

#[test]
fn odd_rows_are_named_and_teach_nothing() {
    let mut random = Random::from_seed(5);
    let mut detector = fresh();
    run(&mut detector, (0..500).map(|_| random.normal()));
    let before = detector.clone();
    assert_eq!(
        detector.update(500 * STEP, f64::NAN).reason,
        Reason::Missing
    );
    assert_eq!(detector.update(499 * STEP, 80.0).reason, Reason::Repeated);
    let late = detector.update(200 * STEP, 80.0);
    assert_eq!((late.reason, late.alarm), (Reason::OutOfOrder, false));
    assert!(late.score > 0.5);
    assert!(detector == before, "something was learned");
    let infinite = detector.update(500 * STEP, f64::NEG_INFINITY);
    assert_eq!(
        (infinite.reason, infinite.alarm, infinite.score),
        (Reason::Low, true, 1.0)
    );
    // A gap of three weeks.
    assert!(detector.update(7000 * STEP, 0.1).score < 0.5);
}

#[test]
fn sizes_near_the_ends_of_floats_do_no_harm() {
    let mut random = Random::from_seed(6);
    for factor in [1e308, 1e-308, 1e140] {
        let rows = run(&mut fresh(), (0..900).map(|_| factor * random.uniform()));
        assert!(
            rows.iter().all(|row| (0.0..=1.0).contains(&row.score)),
            "{factor:e}"
        );
    }
}

#[test]
fn a_restored_detector_goes_on_as_if_nothing_had_happened() {
    for n in [0, 5, 40, 900] {
        let mut random = Random::from_seed(7);
        let mut detector = fresh();
        run(&mut detector, (0..n).map(|i| daily(i, &mut random)));
        let bytes = detector.to_bytes();
        let mut restored = SeriesDetector::from_bytes(&bytes).unwrap();
        assert!(restored == detector, "after {n} rows");
        for i in n..n + 200 {
            let value = daily(i, &mut random);
            let (a, b) = (detector.update(at(i), value), restored.update(at(i), value));
            assert_eq!(format!("{a:?}"), format!("{b:?}"));
        }
        for end in 0..bytes.len().min(400) {
            assert!(SeriesDetector::from_bytes(&bytes[..end]).is_err());
        }
    }
}

#[test]
fn scores_turn_back_into_tails() {
    assert_eq!(score_from_ln_tail(0.0, 1e-3), 0.0);
    assert_eq!(score_from_ln_tail(1e-3_f64.ln(), 1e-3), 0.5);
    assert_eq!(score_from_ln_tail(f64::NEG_INFINITY, 1e-3), 1.0);
    let score = score_from_ln_tail(1e-7_f64.ln(), 1e-3);
    let tail = 1e-3_f64.powf(score / (1.0 - score));
    assert!((tail / 1e-7 - 1.0).abs() < 1e-9);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn no_method_looks_ahead(
        seed in any::<u64>(),
        cut in 200_usize..420,
        method in prop::sample::select(SeriesMethod::ALL.to_vec()),
    ) {
        let mut random = Random::from_seed(seed);
        let values: Vec<f64> = (0..420)
            .map(|i| (f64::from(i) / 3.8).sin() * 3.0 + random.normal() + if i % 97 == 5 { f64::NAN } else { 0.0 })
            .collect();
        let times: Vec<i64> = (0..420).map(|i| i * 3_600_000_000).collect();
        let options = SeriesOptions::default();
        let whole = detect_series(&times, &values, method, &options).unwrap();
        let part = detect_series(&times[..cut], &values[..cut], method, &options).unwrap();
        prop_assert_eq!(format!("{:?}", &whole[..cut]), format!("{:?}", part));
    }

    #[test]
    fn any_values_at_any_times_give_scores_in_range(
        rows in prop::collection::vec((any::<i64>(), any::<f64>()), 0..300),
        method in prop::sample::select(SeriesMethod::ALL.to_vec()),
    ) {
        let (times, values): (Vec<i64>, Vec<f64>) = rows.into_iter().unzip();
        let scored = detect_series(&times, &values, method, &SeriesOptions::default()).unwrap();
        prop_assert_eq!(scored.len(), values.len());
        for row in scored {
            prop_assert!((0.0..=1.0).contains(&row.score), "{:?}", row);
        }
    }

    #[test]
    fn foreign_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        // Whatever comes back: it must come back.
        drop(SeriesDetector::from_bytes(&bytes));
        drop(Bocpd::from_bytes(&bytes));
    }
}
