//! `cargo x gen`: what is generated is committed, and a check fails when it is stale.

use crate::needs;
use crate::run::{self, Steps};
use anyhow::Result;
use std::process::Command;

pub(crate) fn command(arguments: &[String]) -> Result<()> {
    let mut steps = Steps::default();
    if arguments.iter().any(|argument| argument == "--check") {
        check_steps(&mut steps);
    } else {
        write_steps(&mut steps);
    }
    steps.finish()
}

/// Asks every generator whether what it wrote is still what it would write.
pub(crate) fn check_steps(steps: &mut Steps) {
    if has_web_packages() {
        steps.step("generated: client and tokens", || {
            web("node", &["tokens/generate.mjs", "--check"])?;
            web("node", &["codegen/generate.mjs", "--check"])
        });
    }
}

fn write_steps(steps: &mut Steps) {
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
