//! `cargo x gen`: what is generated is committed, and a check fails when it is stale.

use crate::demo;
use crate::needs;
use crate::run::{self, Steps};
use anyhow::Result;
use std::process::Command;

pub(crate) fn command(arguments: &[String]) -> Result<()> {
    let mut steps = Steps::default();
    let is_built = steps.step("build", demo::build);
    if arguments.iter().any(|argument| argument == "--check") {
        check_steps(&mut steps);
        if is_built {
            check_reference(&mut steps);
        }
    } else {
        if is_built {
            steps.step("reference pages", || reference(&[]));
        }
        write_steps(&mut steps);
    }
    steps.finish()
}

/// Command line, settings and schemas are written by the binary itself, which must be built.
pub(crate) fn check_reference(steps: &mut Steps) {
    steps.step("generated: reference pages", || reference(&["--check"]));
}

fn reference(flags: &[&str]) -> Result<()> {
    let mut trimtab = run::command(demo::trimtab(), &["generate-reference", "docs/reference"]);
    run::succeed(trimtab.args(flags))
}

/// Asks the generators that need no build whether what they wrote is still what they would write.
/// (The OpenAPI document is a snapshot among the server's own tests.)
pub(crate) fn check_steps(steps: &mut Steps) {
    if has_web_packages() {
        steps.step("generated: client and tokens", || {
            web("node", &["tokens/generate.mjs", "--check"])?;
            web("node", &["codegen/generate.mjs", "--check"])
        });
    }
}

fn write_steps(steps: &mut Steps) {
    steps.step("api/openapi.json", || {
        let arguments = [
            "test",
            "--quiet",
            "-p",
            "trimtab-server",
            "--test",
            "it",
            "openapi",
        ];
        run::succeed(run::cargo(&arguments).env("UPDATE", "1"))
    });
    if has_web_packages() {
        steps.step("client and tokens", || {
            web("npm", &["run", "--silent", "tokens"])?;
            web("npm", &["run", "--silent", "codegen"])
        });
    }
}

fn has_web_packages() -> bool {
    needs::has_node() && run::root().join("web/node_modules").is_dir()
}

fn web(program: &str, arguments: &[&str]) -> Result<()> {
    let mut command: Command = run::command(program, arguments);
    run::succeed(command.current_dir(run::root().join("web")))
}
