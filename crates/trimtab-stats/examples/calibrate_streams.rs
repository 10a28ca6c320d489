//! Makes the tables of `src/streams/calibration.rs`: thresholds at which a quiet stream
//! alarms falsely once in so many values.
//!
//! For each wanted average run length it simulates quiet streams ten times as long,
//! restarted after each alarm, and searches the threshold at which they alarm ten times
//! on average. The same draws serve every threshold of a search, so that the answer is
//! the crossing of one monotone curve.
//!
//! ```sh
//! cargo run --release -p trimtab-stats --example calibrate_streams
//! ```

#![expect(clippy::print_stdout, reason = "it prints the tables")]
#![expect(clippy::expect_used, reason = "settings are ours")]
#![expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts and run lengths are small"
)]

use trimtab_stats::Random;
use trimtab_stats::streams::{
    Adwin, AdwinSettings, ControlLimit, Ddm, DdmSettings, Ecdd, EcddSettings, Eddm, EddmSettings,
    Fhddm, FhddmSettings, HddmA, HddmASettings, HddmW, HddmWSettings, Kswin, KswinSettings,
    PageHinkley, PageHinkleySettings, Rddm, RddmSettings, RddmVariant, Stepd, StepdSettings,
    StreamDetector, StreamState,
};

const SEED: u64 = 20_261_128;
const ARLS: [f64; 7] = [1e2, 3e2, 1e3, 3e3, 1e4, 3e4, 1e5];
const RATES: [f64; 7] = [0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5];
/// Quiet streams per run length of `ARLS`.
const N_STREAMS: [u64; 7] = [1_000, 1_000, 400, 200, 100, 50, 25];
/// Rows of a quiet stream over its run length.
const HORIZON: f64 = 10.0;

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    let is_wanted = |name: &str| wanted.is_empty() || wanted.iter().any(|other| other == name);
    for (name, low, high, warm_up, detector) in ERROR_DETECTORS {
        if is_wanted(name) {
            errors(name, *low, *high, *warm_up, *detector);
        }
    }
    if is_wanted("adwin") {
        values("adwin", 0.05, 30.0, |t, seed, n| {
            count(adwin(t), seed, n, Random::normal)
        });
    }
    if is_wanted("page_hinkley") {
        values("page_hinkley", 0.5, 100.0, |t, seed, n| {
            count(page_hinkley(t), seed, n, Random::normal)
        });
    }
    if is_wanted("kswin") {
        kswin();
    }
}

/// Alarms of one quiet stream: threshold, error rate, seed, rows.
type Alarms = fn(f64, f64, u64, u64) -> u64;

/// Name, range of the threshold, rows before it may speak by error rate, detector.
type ErrorDetector = (&'static str, f64, f64, fn(f64) -> f64, Alarms);

const ERROR_DETECTORS: &[ErrorDetector] = &[
    (
        "ddm",
        0.05,
        12.0,
        |p| warm_start(30, p) as f64,
        |t, p, seed, n| {
            let settings = DdmSettings {
                warm_start: warm_start(30, p),
                warning_level: t,
                drift_level: t,
            };
            count(Ddm::new(settings).expect("ours"), seed, n, errors_of(p))
        },
    ),
    (
        "eddm",
        0.0005,
        0.9,
        |p| 30.0 / p,
        |t, p, seed, n| {
            let settings = EddmSettings {
                alpha: 1.0,
                beta: 1.0 - t,
                ..EddmSettings::river()
            };
            count(Eddm::new(settings).expect("ours"), seed, n, errors_of(p))
        },
    ),
    (
        "hddm_a",
        0.01,
        40.0,
        |p| 1.0 / p,
        |t, p, seed, n| {
            let settings = HddmASettings {
                drift_confidence: (-t).exp(),
                warning_confidence: (-t).exp(),
                two_sided: false,
            };
            count(HddmA::new(settings).expect("ours"), seed, n, errors_of(p))
        },
    ),
    (
        "hddm_w",
        0.01,
        60.0,
        |p| 1.0 / p,
        |t, p, seed, n| {
            let settings = HddmWSettings {
                drift_confidence: (-t).exp(),
                warning_confidence: (-t).exp(),
                ..HddmWSettings::river()
            };
            count(HddmW::new(settings).expect("ours"), seed, n, errors_of(p))
        },
    ),
    (
        "fhddm",
        0.01,
        100.0,
        |_| 100.0,
        |t, p, seed, n| {
            let settings = FhddmSettings {
                confidence: (-t).exp(),
                ..FhddmSettings::river()
            };
            count(Fhddm::new(settings).expect("ours"), seed, n, errors_of(p))
        },
    ),
    (
        "rddm",
        0.05,
        12.0,
        |p| warm_start(129, p) as f64,
        |t, p, seed, n| {
            let settings = RddmSettings {
                warm_start: warm_start(129, p),
                warning_level: t * (1.773 / 2.258),
                drift_level: t,
                variant: RddmVariant::SinceWarning,
                ..RddmSettings::frouros()
            };
            count(Rddm::new(settings).expect("ours"), seed, n, errors_of(p))
        },
    ),
    (
        "stepd",
        0.7,
        60.0,
        |_| 60.0,
        |t, p, seed, n| {
            let settings = StepdSettings {
                alpha_drift: (-t).exp(),
                alpha_warning: (-t).exp(),
                ..StepdSettings::published()
            };
            count(Stepd::new(settings).expect("ours"), seed, n, errors_of(p))
        },
    ),
    (
        "ecdd",
        0.05,
        30.0,
        |p| warm_start(30, p) as f64,
        |t, p, seed, n| {
            let settings = EcddSettings {
                limit: ControlLimit::Fixed(t),
                warm_start: warm_start(30, p),
                ..EcddSettings::frouros()
            };
            count(Ecdd::new(settings).expect("ours"), seed, n, errors_of(p))
        },
    ),
    (
        "adwin_errors",
        0.05,
        30.0,
        |_| 32.0,
        |t, p, seed, n| count(adwin(t), seed, n, errors_of(p)),
    ),
];

/// Rows until ten errors are to be expected.
fn warm_start(published: u64, p: f64) -> u64 {
    published.max((10.0 / p).ceil() as u64)
}

fn errors_of(p: f64) -> impl Fn(&mut Random) -> f64 {
    move |random| f64::from(u8::from(random.uniform() < p))
}

fn adwin(t: f64) -> Adwin {
    Adwin::new(AdwinSettings {
        delta: (-t).exp(),
        ..AdwinSettings::river()
    })
    .expect("ours")
}

fn page_hinkley(t: f64) -> PageHinkley {
    PageHinkley::new(PageHinkleySettings {
        delta: 0.25,
        threshold: t,
        alpha: 1.0,
        ..PageHinkleySettings::river()
    })
    .expect("ours")
}

/// Alarms of one stream.
fn count<D: StreamDetector>(
    mut detector: D,
    seed: u64,
    n: u64,
    draw: impl Fn(&mut Random) -> f64,
) -> u64 {
    let mut random = Random::from_seed(seed);
    (0..n)
        .filter(|_| detector.update(draw(&mut random)) == StreamState::Drift)
        .count() as u64
}

/// The threshold at which the streams of `ARLS[i]` alarm `HORIZON` times on average.
fn search(i: usize, low: f64, high: f64, alarms: impl Fn(f64, u64, u64) -> u64) -> f64 {
    let n_rows = (ARLS[i] * HORIZON) as u64;
    let wanted = N_STREAMS[i] as f64 * HORIZON;
    let is_quieter = |t: f64| {
        let mut total = 0.0;
        for stream in 0..N_STREAMS[i] {
            total += alarms(t, SEED + stream, n_rows) as f64;
            if total > wanted {
                return false;
            }
        }
        true
    };
    let (mut low, mut high) = (low, high);
    if is_quieter(low) {
        return low;
    }
    for _ in 0..30 {
        let middle = f64::midpoint(low, high);
        if (high - low) < 0.004 * high {
            break;
        }
        if is_quieter(middle) {
            high = middle;
        } else {
            low = middle;
        }
    }
    high
}

fn errors(name: &str, low: f64, high: f64, warm_up: fn(f64) -> f64, alarms: Alarms) {
    println!("// {name}: a row per error rate, a column per run length");
    for p in RATES {
        let mut row: Vec<Option<f64>> = Vec::new();
        for (i, arl) in ARLS.iter().enumerate() {
            let is_possible = *arl >= 3.0 * warm_up(p);
            row.push(is_possible.then(|| search(i, low, high, |t, seed, n| alarms(t, p, seed, n))));
        }
        // Too short a run length takes the threshold of the first that is possible.
        let first = row.iter().flatten().next().copied().unwrap_or(high);
        let cells: Vec<String> = row
            .iter()
            .map(|cell| format!("{:.4}", cell.unwrap_or(first)))
            .collect();
        println!("    [{}],", cells.join(", "));
    }
}

fn values(name: &str, low: f64, high: f64, alarms: impl Fn(f64, u64, u64) -> u64) {
    let cells: Vec<String> = (0..ARLS.len())
        .map(|i| format!("{:.4}", search(i, low, high, &alarms)))
        .collect();
    println!(
        "// {name}: a column per run length\n    [{}],",
        cells.join(", ")
    );
}

/// Values per alarm at each critical difference of counts.
fn kswin() {
    println!("// kswin: (difference of counts of 30, values per alarm)");
    for gap in 11..=18_u64 {
        // `p ≤ alpha` holds from this gap on: bisect alpha on the detector's own terms.
        let settings = KswinSettings {
            alpha: 0.999,
            min_statistic: (gap as f64 - 0.5) / 30.0,
            ..KswinSettings::river(SEED)
        };
        let n = if gap < 15 { 1_000_000 } else { 8_000_000 };
        let detector = Kswin::new(settings).expect("ours");
        let n_alarms = count(detector, SEED, n, Random::uniform);
        println!(
            "    ({gap}, {:.0}), // {n_alarms} alarms",
            n as f64 / n_alarms.max(1) as f64
        );
    }
}
