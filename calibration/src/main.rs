//! How often does the product alarm when nothing has drifted, and what does it see?
//!
//! `cargo x calibrate` runs this program: data without drift of every size and shape through
//! the default decision, dependent rows through the window-aware one, real logs day by day,
//! power beside the peers' rules, a year of hourly looks. It writes
//! `docs/statistics/calibration.md` with its plots and fails if a promise is broken.
//!
//! It depends on the ground floor only, so that it is built in half a minute.
//!
//! Deliberately absent: anything that decides. What is measured here is the rule as shipped.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a developer command talks to its terminal"
)]
#![expect(
    clippy::disallowed_methods,
    reason = "this program measures its own time and reads its own environment"
)]
#![expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts become shares all over; all are small"
)]

mod blocks;
mod draw;
mod logs;
mod null;
mod power;
mod rate;
mod report;
mod signals;
mod svg;
mod work;
mod year;

use std::path::PathBuf;
use std::process::ExitCode;

/// What the command line asks for.
struct Options {
    /// A few minutes' worth: smaller sizes, fewer repetitions, nothing written.
    is_slice: bool,
    /// The real logs and nothing else; nothing written.
    only_logs: bool,
    threads: usize,
    /// Where results of finished pieces are kept.
    state: PathBuf,
    /// Day files of real logs, made by `tests/oracle/stats/make_log_days.py`.
    logs: PathBuf,
    /// The folder of the documentation.
    docs: PathBuf,
    /// Date and machine, for the page.
    made: String,
}

impl Options {
    fn read() -> Result<Self, String> {
        let mut options = Self {
            is_slice: false,
            only_logs: false,
            threads: std::thread::available_parallelism().map_or(2, usize::from),
            state: PathBuf::from("target/calibration/state.tsv"),
            logs: PathBuf::from("target/calibration/logs"),
            docs: PathBuf::from("docs"),
            made: "an unnamed machine".to_owned(),
        };
        let mut arguments = std::env::args().skip(1);
        while let Some(argument) = arguments.next() {
            let mut value = || {
                arguments
                    .next()
                    .ok_or(format!("`{argument}` wants a value"))
            };
            match argument.as_str() {
                "--slice" => options.is_slice = true,
                "--only-logs" => options.only_logs = true,
                "--threads" => {
                    options.threads = value()?.parse().map_err(|_| "--threads wants a number")?;
                }
                "--state" => options.state = value()?.into(),
                "--logs" => options.logs = value()?.into(),
                "--docs" => options.docs = value()?.into(),
                "--made" => options.made = value()?,
                other => return Err(format!("`{other}` is not understood")),
            }
        }
        Ok(options)
    }
}

fn main() -> ExitCode {
    match Options::read().and_then(|options| calibrate(&options)) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("calibration: {error}");
            ExitCode::from(2)
        }
    }
}

/// Runs everything; whether every promise holds.
fn calibrate(options: &Options) -> Result<bool, String> {
    let plan = if options.is_slice { "slice" } else { "full" };
    let store = work::Store::open(options.state.clone(), plan, options.threads)?;
    let logs = real_logs(options)?;
    if options.only_logs {
        return Ok(say(&report::log_promises(&logs)));
    }
    let found = report::Found {
        power: power::run(&store, options.is_slice),
        blocks: blocks::run(&store, options.is_slice),
        signals: signals::run(&store, options.is_slice),
        year: year::run(&store, options.is_slice),
        null: null::run(&store, options.is_slice),
        logs,
    };
    let promises = report::promises(&found);
    let all_hold = say(&promises);
    println!("calibration ({plan}): {:.0} s", store.seconds());
    if !options.is_slice {
        report::write(
            &options.docs,
            &options.made,
            store.seconds(),
            &found,
            &promises,
        )?;
    }
    Ok(all_hold)
}

/// Prints promises; whether all hold.
fn say(promises: &[report::Promise]) -> bool {
    for promise in promises {
        let word = if promise.holds { "holds " } else { "BROKEN" };
        println!("{word}  {}: {}", promise.text, promise.found);
    }
    promises.iter().all(|promise| promise.holds)
}

/// The real logs that are here.
fn real_logs(options: &Options) -> Result<Vec<report::LogFound>, String> {
    let mut found = Vec::new();
    for name in ["flights", "elec2", "bank", "bike"] {
        let path = options.logs.join(format!("{name}.txt"));
        if path.is_file() {
            let log = logs::Log::read(&path)?;
            let judged = logs::judge(&log, trimtab_stats::RowLevelTest::default());
            eprintln!("{name}: judged");
            found.push(report::LogFound { log, judged });
        }
    }
    if found.is_empty() {
        eprintln!(
            "no real logs in {}: they are left out",
            options.logs.display()
        );
    }
    Ok(found)
}
