//! `cargo x calibrate`: how often the product alarms when nothing has drifted, and what it sees.
//!
//! One command, and restartable: finished pieces are kept under `target/calibration` as long as
//! the program is the same. The full run writes `docs/statistics/calibration.md`; `--slice` takes
//! a few minutes and only says whether the promises hold.

use crate::needs;
use crate::run;
use anyhow::{Result, bail};
use std::process::Command;

pub(crate) fn command(arguments: &[String]) -> Result<()> {
    let mut is_slice = false;
    for argument in arguments {
        match argument.as_str() {
            "--slice" => is_slice = true,
            other => bail!("`{other}` is not understood: calibrate [--slice]"),
        }
    }
    let folder = run::target_dir().join("calibration");
    let logs = folder.join("logs");
    let script = run::root().join("tests/oracle/stats/make_log_days.py");
    let mut python = run::command(needs::python()?, &[]);
    run::succeed(python.arg(script).arg(&logs))?;
    // Alone, because it needs nothing but the ground floor.
    let build = ["build", "--release", "-p", "trimtab-calibration"];
    run::succeed(&mut run::cargo(&build))?;
    let state = if is_slice { "slice.tsv" } else { "state.tsv" };
    let program = run::target_dir().join("release/trimtab-calibration");
    let mut calibration = run::command(program, &[]);
    calibration
        .arg("--state")
        .arg(folder.join(state))
        .arg("--logs")
        .arg(logs)
        .arg("--docs")
        .arg(run::root().join("docs"))
        .arg("--made")
        .arg(made());
    if is_slice {
        calibration.arg("--slice");
    }
    run::succeed(&mut calibration)
}

/// The date and the machine, for the page.
fn made() -> String {
    let date = run::output(Command::new("date").args(["-u", "+%Y-%m-%d"])).unwrap_or_default();
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let cpu = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(':'))
        .map_or("an unnamed processor", |(_, name)| name.trim());
    format!("{} with {cores} cores of {model}", date.trim())
}
