//! `cargo x check`: what a commit needs, in under a minute when warm.

use crate::run::{self, Steps};
use crate::{floors, generate, lint};
use anyhow::Result;

pub(crate) fn command(_: &[String]) -> Result<()> {
    let mut steps = Steps::default();
    lint::form_steps(&mut steps);
    steps.step("floors", || floors::command(&[]));
    // The light crates: the engine and the binary have their own profile and their own time
    // (`cargo x lint` and `cargo x test`).
    steps.step("clippy", || lint::clippy(&[]));
    steps.step("docs", || {
        let mut doc = run::cargo(&["doc", "--no-deps", "--quiet"]);
        run::succeed(doc.env("RUSTDOCFLAGS", "-D warnings"))
    });
    steps.step("fast tests", || {
        run::succeed(&mut run::cargo(&["test", "--quiet", "--no-fail-fast"]))
    });
    generate::check_steps(&mut steps);
    steps.finish()
}
