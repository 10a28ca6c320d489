//! Measured hot paths, with something to compare each with in the same run.
//!
//! One program per path in `src/bin`; `cargo x bench NAME` runs one in the release profile.
//! Figures that are kept stand in `docs/operations/performance.md`, with machine and commit.
//!
//! Paths that users touch (comparing files, intake, the map) are measured through the binary,
//! because that is what users wait for; kernels are measured in the process.

#![expect(clippy::print_stdout, reason = "a benchmark talks to its terminal")]
#![expect(
    clippy::disallowed_methods,
    reason = "a benchmark reads the clock: that is its purpose"
)]

pub mod process;
pub mod rows;
pub mod server;

use std::hint::black_box;
use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

/// Seconds of `n_runs` runs, sorted; the result of the work is kept alive.
pub fn seconds<T>(n_runs: usize, mut work: impl FnMut() -> T) -> Vec<f64> {
    let mut all: Vec<f64> = (0..n_runs)
        .map(|_| {
            let started = Instant::now();
            black_box(work());
            started.elapsed().as_secs_f64()
        })
        .collect();
    all.sort_by(f64::total_cmp);
    all
}

/// The middle one of sorted numbers.
pub fn median(sorted: &[f64]) -> f64 {
    sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Machine, compiler profile and commit: no figure without them.
pub fn print_header(name: &str) {
    let cpu = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let cpu = cpu
        .lines()
        .find_map(|line| line.strip_prefix("model name"))
        .map_or("unknown processor", |text| {
            text.trim_start_matches([' ', '\t', ':'])
        });
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let commit = Command::new("git")
        .args(["rev-parse", "--short", "HEAD"])
        .output()
        .map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned())
        .unwrap_or_default();
    let profile = if cfg!(debug_assertions) {
        "debug"
    } else {
        "optimised"
    };
    println!("# {name}: {cpu}, {cores} cores, {profile}, commit {commit}");
}

/// A program that was built beside this one.
pub fn sibling(name: &str) -> PathBuf {
    std::env::current_exe()
        .ok()
        .and_then(|path| path.parent().map(|folder| folder.join(name)))
        .unwrap_or_else(|| PathBuf::from(name))
}
