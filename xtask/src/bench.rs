//! `cargo x bench`: one benchmark at a time, in the release profile.

use crate::run;
use anyhow::{Result, bail};

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
        for name in names {
            println!("{name}");
        }
        return Ok(());
    };
    if !names.contains(name) {
        bail!("there is no benchmark `{name}`: {}", names.join(", "));
    }
    // The whole workspace, so that the build is that of a release (one feature set).
    let build = ["build", "--workspace", "--release", "--bins"];
    run::succeed(&mut run::cargo(&build))?;
    run::succeed(
        run::command(run::target_dir().join("release").join(name), &[]).args(&arguments[1..]),
    )
}
