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
        // Module docs explain the inside too: that is what they are for here.
        let arguments = ["doc", "--no-deps", "--quiet", "--document-private-items"];
        let mut doc = run::cargo(&arguments);
        run::succeed(doc.env(
            "RUSTDOCFLAGS",
            "-D warnings -A rustdoc::private_intra_doc_links",
        ))
    });
    // Those that need no database, no server and no real sizes; `cargo x test` runs the others.
    steps.step("fast tests", || {
        let arguments = ["test", "--quiet", "--no-fail-fast", "--lib", "--bins"];
        run::succeed(&mut run::cargo(&arguments))
    });
    generate::check_steps(&mut steps);
    steps.finish()
}
