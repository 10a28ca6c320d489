//! `cargo x bench`: one benchmark at a time, in the release profile, or in the demo's with
//! `--demo` (its build is there already, and its hot crates are optimised). Further arguments go
//! to the benchmark.

use crate::{demo, needs, run};
use anyhow::{Result, bail};

/// The serving example under load: its measure is a script, for a serving system is one.
const SERVING: &str = "serving";

pub(crate) fn command(arguments: &[String]) -> Result<()> {
    let folder = run::root().join("benches/src/bin");
    let mut names: Vec<String> = std::fs::read_dir(&folder)
        .map(|entries| {
            entries
                .filter_map(|entry| {
                    let path = entry.ok()?.path();
                    Some(path.file_stem()?.to_string_lossy().into_owned())
                })
                .collect()
        })
        .unwrap_or_default();
    names.sort();
    let Some(name) = arguments.first() else {
        names.push(SERVING.to_owned());
        for name in names {
            println!("{name}");
        }
        return Ok(());
    };
    if name == SERVING {
        return serving(&arguments[1..]);
    }
    if !names.contains(name) {
        bail!("there is no benchmark `{name}`: {}", names.join(", "));
    }
    let profile = if arguments.iter().any(|argument| argument == "--demo") {
        "demo"
    } else {
        "release"
    };
    // The whole workspace: another selection would choose other features.
    let build = ["build", "--workspace", "--bins", "--profile", profile];
    run::succeed(&mut run::cargo(&build))?;
    let mut benchmark = run::command(run::target_dir().join(profile).join(name), &[]);
    let others = arguments.iter().skip(1);
    if name == "mlflow" && !arguments.iter().any(|argument| argument == "--mlflow") {
        benchmark.arg("--mlflow").arg(needs::mlflow()?);
    }
    run::succeed(benchmark.args(others.filter(|argument| *argument != "--demo")))
}

/// `cargo x bench serving [--rate N] [--seconds S]`: what a promotion and a rollback cost the users
/// of a serving application under load. Server and build are the demo's.
fn serving(arguments: &[String]) -> Result<()> {
    demo::build()?;
    let mut python = run::command(needs::python()?, &["tests/serving/load.py"]);
    python
        .current_dir(run::root())
        .args(arguments.iter().filter(|argument| *argument != "--demo"))
        .env("TRIMTAB", demo::trimtab())
        .env("SERVING_PYTHON", needs::serving()?);
    run::succeed(&mut python)
}
