//! Whole programs, timed from outside.

use anyhow::{Context, Result, bail};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// What a run of a program took.
#[derive(Debug, Clone, Copy)]
pub struct Run {
    pub seconds: f64,
    /// The most memory it held at a time.
    pub peak_megabytes: u64,
}

/// Runs a program to its end; its output is thrown away. Exit code 1 is an answer ("drift").
///
/// # Errors
///
/// If it cannot be started or ends otherwise.
pub fn run(command: &mut Command) -> Result<Run> {
    let started = Instant::now();
    let mut child = command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .with_context(|| format!("cannot start {}", command.get_program().display()))?;
    let mut peak_kilobytes = 0;
    let status = loop {
        // The counter is gone with the process, so it is read until then.
        peak_kilobytes = peak_kilobytes.max(high_water_mark(&child));
        if let Some(status) = child.try_wait()? {
            break status;
        }
        std::thread::sleep(Duration::from_millis(1));
    };
    let seconds = started.elapsed().as_secs_f64();
    match status.code() {
        Some(0 | 1) => Ok(Run {
            seconds,
            peak_megabytes: peak_kilobytes >> 10,
        }),
        _ => bail!("{} ended with {status}", command.get_program().display()),
    }
}

fn high_water_mark(child: &Child) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id()));
    status
        .unwrap_or_default()
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB"))
        .and_then(|kilobytes| kilobytes.trim().parse().ok())
        .unwrap_or(0)
}

/// The median run by time.
///
/// # Errors
///
/// As [`run`].
pub fn median_run(n_runs: usize, mut one: impl FnMut() -> Result<Run>) -> Result<Run> {
    let mut runs = (0..n_runs).map(|_| one()).collect::<Result<Vec<_>>>()?;
    runs.sort_by(|a, b| a.seconds.total_cmp(&b.seconds));
    runs.get(n_runs / 2).copied().context("no run at all")
}
