//! `cargo x test`: installs what is missing, runs everything, says how long each step took.

use crate::demo::{self, Place};
use crate::needs::{self, Need};
use crate::run::{self, Steps};
use crate::{calibrate, floors, generate, lint};
use anyhow::{Result, bail};
use std::path::{Path, PathBuf};

/// The port of the server that the tests fill; one more is the receiver's.
const PORT: u16 = 3300;

struct Options {
    is_fast: bool,
    is_slow: bool,
    only_scenarios: bool,
}

pub(crate) fn command(arguments: &[String]) -> Result<()> {
    let mut options = Options {
        is_fast: false,
        is_slow: false,
        only_scenarios: false,
    };
    for argument in arguments {
        match argument.as_str() {
            "--fast" => options.is_fast = true,
            "--slow" => options.is_slow = true,
            "--scenarios" => options.only_scenarios = true,
            other => bail!("`{other}` is not understood: test [--fast] [--slow] [--scenarios]"),
        }
    }
    let mut steps = Steps::default();
    if !steps.step("what is needed", || needed(&options)) {
        return steps.finish();
    }
    if options.only_scenarios {
        if steps.step("build", demo::build) {
            scenarios(&mut steps, &options);
            serving(&mut steps);
        }
        return steps.finish();
    }
    lint::form_steps(&mut steps);
    steps.step("floors", || floors::command(&[]));
    let has_build = steps.step("build", demo::build);
    rust_steps(&mut steps, &options);
    web_steps(&mut steps);
    generate::check_steps(&mut steps);
    if has_build {
        generate::check_reference(&mut steps);
    }
    oracle_steps(&mut steps);
    steps.step("false alarms: a slice", || {
        calibrate::command(&["--slice".to_owned()])
    });
    flag_steps(&mut steps);
    if !options.is_fast && has_build {
        working_days(&mut steps, &options);
        scenarios(&mut steps, &options);
        serving(&mut steps);
        against_a_filled_server(&mut steps);
        airflow(&mut steps, "3");
    }
    if options.is_slow {
        airflow(&mut steps, "2");
    }
    steps.finish()
}

fn needed(options: &Options) -> Result<()> {
    let mut all = vec![Need::Node, Need::Python, Need::PostgreSql];
    if !options.is_fast {
        all.extend([Need::Chromium, Need::Prometheus]);
    }
    needs::ensure(&all)?;
    needs::python().map(drop)
}

/// The tests of every crate, with the features and the profile of the demo's build.
fn rust_steps(steps: &mut Steps, options: &Options) {
    let has_web = run::root().join("web/dist/index.html").is_file();
    let cargo_test = |selection: &[&str]| {
        let fixed = ["test", "--workspace", "--profile", "demo", "--no-fail-fast"];
        let mut cargo = run::cargo(&[&fixed, selection].concat());
        if has_web {
            cargo.env("REQUIRE_WEB", "1");
        }
        if options.is_slow {
            cargo.env("RUN_SLOW_TESTS", "1");
        }
        run::succeed(&mut cargo)
    };
    steps.step("rust", || {
        cargo_test(&["--quiet", "--lib", "--bins", "--tests", "--examples"])
    });
    steps.step("doctests", || cargo_test(&["--quiet", "--doc"]));
}

/// The orchestrator's test against a real server, which is installed and started for it.
fn airflow(steps: &mut Steps, generation: &str) {
    let test = [
        "test",
        "--workspace",
        "--profile",
        "demo",
        "--quiet",
        "--test",
        "it",
        "--",
        "a_real_airflow",
    ];
    let arguments = [&[generation, "cargo"], test.as_slice()].concat();
    script(
        steps,
        &format!("a real Airflow {generation}"),
        "tests/airflow/standalone.py",
        &arguments,
    );
}

fn web_steps(steps: &mut Steps) {
    let web = run::root().join("web");
    if !web.join("package.json").is_file() {
        return;
    }
    for script in ["check", "test"] {
        let mut npm = run::command("npm", &["run", "--silent", script]);
        npm.current_dir(&web);
        steps.step(&format!("web: {script}"), || run::succeed(&mut npm));
    }
}

/// Scripts that need no server: is the committed truth still what the files give?
fn oracle_steps(steps: &mut Steps) {
    script(
        steps,
        "truth of the demo",
        "tests/oracle/demo/truth.py",
        &["--check"],
    );
}

/// flagd's own evaluator and ours: is the committed table of sides still what it says?
fn flag_steps(steps: &mut Steps) {
    let folder = run::root().join("tests/ofrep");
    steps.step("split of flagd", || {
        needs::npm_packages(&folder)?;
        run::succeed(run::command("node", &["split.mjs"]).current_dir(&folder))
    });
}

/// Black-box tests of the binary, each with servers and folders of its own.
fn scenarios(steps: &mut Steps, options: &Options) {
    let slow: &[&str] = if options.is_slow { &["--slow"] } else { &[] };
    let folder = run::root().join("tests/scenarios");
    let mut names: Vec<String> = std::fs::read_dir(&folder)
        .map(|entries| {
            entries
                .filter_map(|entry| {
                    let path = entry.ok()?.path();
                    let name = path.file_stem()?.to_str()?.to_owned();
                    let is_script = path.extension().is_some_and(|end| end == "py");
                    (is_script && !name.starts_with('_')).then_some(name)
                })
                .collect()
        })
        .unwrap_or_default();
    names.sort();
    for name in names {
        let path = format!("tests/scenarios/{name}.py");
        // One trains, and needs what the training needs.
        let python: fn() -> Result<PathBuf> = if name == "loop" {
            needs::training
        } else {
            needs::python
        };
        script_of(python, steps, &format!("scenario: {name}"), &path, slow);
    }
    script(
        steps,
        "trimtab check against SciPy",
        "tests/oracle/check/compare.py",
        &[],
    );
    script(
        steps,
        "trimtab check --compat against the peers",
        "tests/oracle/compat/compare.py",
        &[],
    );
    script(
        steps,
        "trimtab explain on the day the market joined",
        "tests/oracle/explain/elec2.py",
        &[],
    );
    script(
        steps,
        "trimtab estimate against NannyML",
        "tests/oracle/estimation/compare.py",
        &[],
    );
}

/// `OpenFeature`'s own providers, and the serving example under load for a moment, each against a
/// server of its own.
fn serving(steps: &mut Steps) {
    let run = |path: &str, arguments: &[&str]| {
        needs::npm_packages(&run::root().join("tests/ofrep"))?;
        let mut python = run::command(needs::python()?, &[]);
        python.arg(run::root().join(path)).args(arguments);
        python.env("SERVING_PYTHON", needs::serving()?);
        run::succeed(python.env("TRIMTAB", demo::trimtab()))
    };
    steps.step("OpenFeature's providers", || {
        run("tests/ofrep/compare.py", &[])
    });
    steps.step("serving under load, for a moment", || {
        run("tests/serving/load.py", &["--seconds", "12"])
    });
}

/// What a user of MLflow does in a day, with the unmodified client.
fn working_days(steps: &mut Steps, options: &Options) {
    let day = |python: Result<PathBuf>| {
        let path = run::root().join("tests/mlflow/working_day.py");
        let mut python = run::command(python?, &[]);
        run::succeed(python.arg(path).env("TRIMTAB", demo::trimtab()))
    };
    steps.step("mlflow: a working day", || day(needs::mlflow()));
    if options.is_slow {
        steps.step("mlflow 2.22: a working day", || day(needs::old_mlflow()));
    }
}

/// One server with the demo's data for everything that only reads it; the journeys, which
/// acknowledge an incident, come last.
fn against_a_filled_server(steps: &mut Steps) {
    let data_dir = std::env::temp_dir().join(format!("trimtab-test-{}", std::process::id()));
    let place = Place {
        port: PORT,
        data_dir: data_dir.clone(),
    };
    let mut server = None;
    steps.step("demo: start, replay, summary", || {
        server = Some(demo::running(PORT, data_dir.clone())?);
        Ok(())
    });
    let Some(mut server) = server else { return };
    let address = format!("http://localhost:{PORT}");
    let messages = place.messages_file().display().to_string();
    let arguments = [address.as_str(), "--messages", messages.as_str()];
    script(
        steps,
        "demo against the truth",
        "tests/oracle/demo/compare.py",
        &arguments,
    );
    script_of(
        needs::training,
        steps,
        "the story against its evidence",
        "tests/oracle/demo/story.py",
        &[&address],
    );
    script(
        steps,
        "metrics for Prometheus",
        "tests/oracle/demo/prometheus.py",
        &[&address],
    );
    if run::root().join("web/e2e/run.mjs").is_file() {
        steps.step("journeys", || {
            let mut npm = run::command("npm", &["run", "--silent", "e2e"]);
            npm.current_dir(run::root().join("web"));
            run::succeed(npm.env("TRIMTAB_URL", &address))
        });
    }
    steps.step("demo: graceful end", || server.stop());
    remove(&data_dir);
    remove(&place.own_dir());
}

/// A Python script of ours, if it exists.
fn script(steps: &mut Steps, title: &str, path: &str, arguments: &[&str]) {
    script_of(needs::python, steps, title, path, arguments);
}

/// The same, with an interpreter of its own.
fn script_of(
    python: fn() -> Result<PathBuf>,
    steps: &mut Steps,
    title: &str,
    path: &str,
    arguments: &[&str],
) {
    let path: PathBuf = run::root().join(path);
    if !path.is_file() {
        return;
    }
    steps.step(title, || {
        let mut python = run::command(python()?, &[]);
        python.arg(&path).args(arguments);
        run::succeed(python.env("TRIMTAB", demo::trimtab()))
    });
}

fn remove(folder: &Path) {
    if let Err(error) = std::fs::remove_dir_all(folder) {
        eprintln!("cannot remove {}: {error}", folder.display());
    }
}
