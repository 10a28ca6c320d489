//! Running other programs, and keeping account of it.

use anyhow::{Context, Result, bail};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// The root of the repository.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap_or(Path::new("."))
}

/// A command that runs in the root and prints to our terminal, without what the outer `cargo run`
/// left in the environment: a nested build, however deep, must have the same fingerprints as one
/// that the developer types.
pub(crate) fn command(program: impl AsRef<OsStr>, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(root());
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_")
            || text.starts_with("CARGO_MANIFEST_")
            || matches!(
                text.as_ref(),
                "CARGO" | "CARGO_BIN_NAME" | "CARGO_CRATE_NAME"
            )
        {
            command.env_remove(&name);
        }
    }
    command
}

/// Cargo.
pub(crate) fn cargo(arguments: &[&str]) -> Command {
    command("cargo", arguments)
}

/// Runs to the end; an exit code other than 0 is an error that names the command.
pub(crate) fn succeed(command: &mut Command) -> Result<()> {
    let text = spelled(command);
    let status = command
        .status()
        .with_context(|| format!("cannot start `{text}`"))?;
    if !status.success() {
        bail!("`{text}` ended with {status}");
    }
    Ok(())
}

/// What a command prints on standard output.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let text = spelled(command);
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("cannot start `{text}`"))?;
    if !output.status.success() {
        bail!("`{text}` ended with {}", output.status);
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Whether a command can be run and ends well; it prints nothing.
pub(crate) fn quietly(program: &str, arguments: &[&str]) -> bool {
    Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Every file that git knows or would take, except what it ignores.
pub(crate) fn files() -> Result<Vec<PathBuf>> {
    let text = output(&mut command(
        "git",
        &["ls-files", "--cached", "--others", "--exclude-standard"],
    ))?;
    let mut files: Vec<PathBuf> = text
        .lines()
        .map(PathBuf::from)
        .filter(|path| root().join(path).is_file())
        .collect();
    files.sort();
    Ok(files)
}

/// Where cargo puts what it builds.
pub(crate) fn target_dir() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

fn spelled(command: &Command) -> String {
    let mut text = command.get_program().to_string_lossy().into_owned();
    for argument in command.get_args() {
        text.push(' ');
        text.push_str(&argument.to_string_lossy());
    }
    text
}

/// The steps of a long command: each is run and timed, a failure does not stop the others, and
/// the table at the end says what failed.
#[derive(Default)]
pub(crate) struct Steps {
    done: Vec<(String, Duration, Result<()>)>,
}

impl Steps {
    /// Runs one step and says whether it went well.
    pub(crate) fn step(&mut self, name: &str, work: impl FnOnce() -> Result<()>) -> bool {
        println!("\n── {name}");
        let started = Instant::now();
        let result = work();
        if let Err(error) = &result {
            eprintln!("{name}: {error:#}");
        }
        let well = result.is_ok();
        self.done.push((name.to_owned(), started.elapsed(), result));
        well
    }

    /// Prints the table; an error if a step failed.
    pub(crate) fn finish(self) -> Result<()> {
        let width = self.done.iter().map(|(name, ..)| name.len()).max();
        let width = width.unwrap_or(0);
        println!("\n{:<width$}  seconds", "step");
        let mut failed = Vec::new();
        let mut total = Duration::ZERO;
        for (name, took, result) in &self.done {
            let mark = if result.is_ok() { "" } else { "  FAILED" };
            println!("{name:<width$}  {:>7.1}{mark}", took.as_secs_f64());
            total += *took;
            if result.is_err() {
                failed.push(name.as_str());
            }
        }
        println!("{:<width$}  {:>7.1}", "together", total.as_secs_f64());
        if !failed.is_empty() {
            bail!("failed: {}", failed.join(", "));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_step_does_not_stop_the_others() {
        let mut steps = Steps::default();
        assert!(steps.step("first", || Ok(())));
        assert!(!steps.step("second", || bail!("no")));
        assert!(steps.step("third", || Ok(())));
        let error = steps.finish().unwrap_err().to_string();
        assert_eq!(error, "failed: second");
    }
}
