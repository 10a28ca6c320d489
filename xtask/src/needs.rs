//! What the machine must have: found out, said in one line each, and installed where we may.

use crate::run;
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::time::Instant;

/// A program from outside that some step needs.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    Node,
    Chromium,
    PostgreSql,
    Prometheus,
    Python,
}

impl Need {
    fn name(self) -> &'static str {
        match self {
            Self::Node => "node 20 or newer, with npm",
            Self::Chromium => "chromium",
            Self::PostgreSql => "PostgreSQL's server programs",
            Self::Prometheus => "prometheus and promtool",
            Self::Python => "python3 with venv",
        }
    }

    fn what_for(self) -> &'static str {
        match self {
            Self::Node => "builds and tests the dashboard",
            Self::Chromium => "the journeys through the dashboard",
            Self::PostgreSql => "the store's tests on a real server",
            Self::Prometheus => "reads our /metrics as a user's would",
            Self::Python => "computes the truth that the demo is held against",
        }
    }

    fn debian_packages(self) -> &'static [&'static str] {
        match self {
            Self::Node => &["nodejs", "npm"],
            Self::Chromium => &["chromium"],
            Self::PostgreSql => &["postgresql"],
            Self::Prometheus => &["prometheus"],
            Self::Python => &["python3", "python3-venv", "python3-pip"],
        }
    }

    fn is_present(self) -> bool {
        match self {
            Self::Node => node_major().is_some_and(|major| 20 <= major) && has("npm"),
            Self::Chromium => has("chromium"),
            Self::PostgreSql => postgresql_bin().is_some(),
            Self::Prometheus => has("prometheus") && has("promtool"),
            Self::Python => run::quietly("python3", &["-c", "import venv, ensurepip"]),
        }
    }
}

/// Names what is missing, installs it where we may (as root, or when `CI=true`), and fails with
/// the command to type where we may not.
pub(crate) fn ensure(needs: &[Need]) -> Result<()> {
    let missing: Vec<Need> = needs
        .iter()
        .copied()
        .filter(|need| !need.is_present())
        .collect();
    for need in &missing {
        println!("missing: {} ({})", need.name(), need.what_for());
    }
    let packages: Vec<&str> = missing
        .iter()
        .flat_map(|need| need.debian_packages().iter().copied())
        .collect();
    if packages.is_empty() {
        return Ok(());
    }
    let by_hand = format!("apt-get install -y {}", packages.join(" "));
    if !may_install() {
        bail!(
            "install what is missing (on Debian: `sudo {by_hand}`), or run with CI=true to let this do it"
        );
    }
    println!("installing {} with apt-get", packages.join(", "));
    install(&packages).with_context(|| format!("`{by_hand}` did not work"))?;
    for need in missing {
        if !need.is_present() {
            bail!("{} is still missing after its installation", need.name());
        }
    }
    Ok(())
}

fn install(packages: &[&str]) -> Result<()> {
    let started = Instant::now();
    let apt = |arguments: &[&str]| {
        let mut command = if is_root() {
            run::command("apt-get", arguments)
        } else {
            run::command("sudo", &[&["-n", "apt-get"], arguments].concat())
        };
        command.env("DEBIAN_FRONTEND", "noninteractive");
        // Packages come over a network: one failure is not yet an answer.
        run::succeed(&mut command).or_else(|_| run::succeed(&mut command))
    };
    apt(&["update", "-qq"])?;
    let fixed = ["install", "-y", "-qq", "--no-install-recommends"];
    apt(&[&fixed, packages].concat())?;
    println!("installed in {:.0} s", started.elapsed().as_secs_f64());
    Ok(())
}

fn may_install() -> bool {
    is_root() || std::env::var("CI").is_ok_and(|value| value == "true")
}

pub(crate) fn is_root() -> bool {
    run::output(&mut run::command("id", &["-u"])).is_ok_and(|text| text.trim() == "0")
}

fn has(program: &str) -> bool {
    find(program).is_some()
}

fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(program))
        .find(|candidate| candidate.is_file())
}

fn node_major() -> Option<u32> {
    if !has("node") {
        return None;
    }
    let text = run::output(&mut run::command("node", &["--version"])).ok()?;
    text.trim_start_matches('v').split('.').next()?.parse().ok()
}

/// The folder with `initdb` and `postgres`: Debian keeps it outside `PATH`.
pub(crate) fn postgresql_bin() -> Option<PathBuf> {
    let mut folders: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .map(|entries| {
            entries
                .filter_map(|entry| Some(entry.ok()?.path().join("bin")))
                .collect()
        })
        .unwrap_or_default();
    folders.sort();
    folders.extend(find("initdb").and_then(|path| path.parent().map(Path::to_owned)));
    folders
        .into_iter()
        .rev()
        .find(|folder| folder.join("initdb").is_file() && folder.join("postgres").is_file())
}

/// Whether the dashboard can be built here; a demo without it still works and says so.
pub(crate) fn has_node() -> bool {
    Need::Node.is_present()
}

/// The interpreter of an environment of our own, with the packages of tests/requirements.txt.
pub(crate) fn python() -> Result<PathBuf> {
    environment("trimtab-venv", "tests/requirements.txt")
}

/// The interpreter of an environment of the users' own `mlflow`, of the current version.
pub(crate) fn mlflow() -> Result<PathBuf> {
    environment("trimtab-venv-mlflow", "tests/mlflow/requirements.txt")
}

/// The interpreter of an environment that can train the flights' model.
pub(crate) fn training() -> Result<PathBuf> {
    if !Need::Python.is_present() {
        bail!("there is no {}", Need::Python.name());
    }
    environment("trimtab-venv-flights", "examples/flights/requirements.txt")
}

/// The same of the version before.
pub(crate) fn old_mlflow() -> Result<PathBuf> {
    environment("trimtab-venv-mlflow-2", "tests/mlflow/requirements-2.txt")
}

/// The interpreter of the serving example's environment, with `OpenFeature`'s own provider.
pub(crate) fn serving() -> Result<PathBuf> {
    environment("trimtab-venv-serving", "examples/serving/requirements.txt")
}

/// The interpreter of the environment `name`, with the packages that `list` names.
fn environment(name: &str, list: &str) -> Result<PathBuf> {
    let home = std::env::var("HOME").context("HOME is not set")?;
    let venv = Path::new(&home).join(".cache").join(name);
    let python = venv.join("bin/python");
    let wanted = std::fs::read_to_string(run::root().join(list))?;
    let stamp = venv.join("installed.txt");
    if std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(python);
    }
    println!(
        "installing the Python packages of {list} in {}",
        venv.display()
    );
    if !python.is_file() {
        run::succeed(run::command("python3", &["-m", "venv"]).arg(&venv))?;
    }
    let arguments = [
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "-r",
    ];
    run::succeed(run::command(&python, &arguments).arg(run::root().join(list)))?;
    std::fs::write(&stamp, wanted)?;
    Ok(python)
}

/// Installs the dashboard's packages, unless they are those of the lock file already.
pub(crate) fn npm_packages(folder: &Path) -> Result<()> {
    let lock = std::fs::read_to_string(folder.join("package-lock.json"))?;
    let stamp = folder.join("node_modules/.trimtab-lock");
    if std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    let arguments = ["ci", "--no-audit", "--no-fund", "--loglevel=error"];
    let npm_ci = || run::succeed(run::command("npm", &arguments).current_dir(folder));
    npm_ci().or_else(|_| npm_ci())?;
    std::fs::write(&stamp, lock)?;
    Ok(())
}
