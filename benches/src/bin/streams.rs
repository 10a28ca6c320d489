//! Values per second of the stream detectors, one core, a million values each.

#![expect(clippy::print_stdout, reason = "a benchmark talks to its terminal")]
#![expect(clippy::cast_precision_loss, reason = "sizes are small")]

use anyhow::Result;
use trimtab_benches::{median, print_header, seconds};
use trimtab_stats::Random;
use trimtab_stats::anytime::{EmpiricalBernsteinSequence, PValueEDetector};
use trimtab_stats::streams::{Detector, DetectorKind, Input, StreamModel, StreamState};

const N_RUNS: usize = 5;
const N_VALUES: usize = 1_000_000;

fn main() -> Result<()> {
    print_header("streams");
    let mut random = Random::from_seed(3);
    let errors: Vec<f64> = (0..N_VALUES)
        .map(|_| f64::from(u8::from(random.uniform() < 0.1)))
        .collect();
    let values: Vec<f64> = (0..N_VALUES).map(|_| random.normal()).collect();
    println!("{:<44} {:>14} {:>10}", "detector", "million/s", "ns/value");
    for kind in DetectorKind::ALL {
        let is_slow = kind == DetectorKind::Kswin;
        let n = if is_slow { N_VALUES / 10 } else { N_VALUES };
        if kind.input() == Input::Values {
            let detector = Detector::with_defaults(kind, 1)?;
            line(&format!("{}, values", kind.name()), &detector, &values[..n]);
        }
        if !matches!(kind, DetectorKind::PageHinkley | DetectorKind::Kswin) {
            let detector = Detector::with_defaults(kind, 1)?;
            line(&format!("{}, errors", kind.name()), &detector, &errors[..n]);
        }
        if let Ok(detector) = Detector::with_arl(kind, 10_000.0, StreamModel::Values, 1) {
            line(
                &format!("{}, values, run length 10,000", kind.name()),
                &detector,
                &values[..n],
            );
        }
    }
    anytime(&values)?;
    Ok(())
}

fn line(name: &str, detector: &Detector, values: &[f64]) {
    let times = seconds(N_RUNS, || {
        let mut detector = detector.clone();
        let states = values.iter().map(|&value| detector.update(value));
        states.filter(|&state| state == StreamState::Drift).count()
    });
    print_rate(name, median(&times), values.len());
}

fn print_rate(name: &str, seconds: f64, n: usize) {
    let nanoseconds = seconds * 1e9 / n as f64;
    println!("{name:<44} {:>14.1} {nanoseconds:>10.2}", 1e3 / nanoseconds);
}

fn anytime(values: &[f64]) -> Result<()> {
    let mut random = Random::from_seed(4);
    let p_values: Vec<f64> = values.iter().map(|_| random.uniform()).collect();
    let detector = PValueEDetector::new(8_760.0)?;
    let times = seconds(N_RUNS, || {
        let mut detector = detector.clone();
        let states = p_values.iter().map(|&p| detector.update(p));
        states.filter(|&state| state == StreamState::Drift).count()
    });
    print_rate("e-detector over p-values", median(&times), values.len());
    let sequence = EmpiricalBernsteinSequence::new(0.05)?;
    let times = seconds(N_RUNS, || {
        let mut sequence = sequence.clone();
        for &p in &p_values {
            sequence.update(p);
        }
        sequence.interval()
    });
    print_rate("empirical Bernstein sequence", median(&times), values.len());
    Ok(())
}
