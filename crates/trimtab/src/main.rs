//! The binary: what can be typed, the settings, and the wiring of all crates.
//!
//! Floor 4: it imports everything of ours and is imported by nothing. It holds no logic worth a
//! unit test of its own beyond reading what people typed and printing what was found.
//!
//! Invariants:
//! * Only this crate reads the environment, and only `main` does ([`variables`]); everything
//!   below gets values.
//! * Data goes to standard output, everything else to standard error.
//! * Exit codes: 0 fine, 1 something drifted (`check`), 2 could not do it. A closed pipe is a
//!   quiet end.
//! * Commands that speak to a server use its public HTTP API and nothing else.
//!
//! To add a command: its arguments in [`cli`], a file under [`commands`], an arm in [`run`].

mod cli;
mod client;
mod commands;
mod documents_file;
mod near;
mod orchestrators;
mod scoring_command;
mod settings;
mod terminal;
mod wiring;
mod world;

use anyhow::Result;
use clap::Parser;
use cli::{Cli, Command};
use std::collections::BTreeMap;
use std::process::ExitCode;

/// Exit code of a command that could not do its work.
const FAILED: u8 = 2;

fn main() -> ExitCode {
    let cli = Cli::parse();
    // Two TLS providers are in the tree of dependencies: the choice is made here, first.
    if rustls::crypto::ring::default_provider()
        .install_default()
        .is_err()
    {
        tracing::debug!("a TLS provider was installed before");
    }
    let outcome = runtime().and_then(|runtime| runtime.block_on(Box::pin(run(cli, variables()))));
    match outcome {
        Ok(code) => code,
        Err(err) if terminal::is_closed_pipe(&err) => ExitCode::SUCCESS,
        Err(err) => {
            terminal::note(&format!("error: {}", chain(&err)));
            ExitCode::from(FAILED)
        }
    }
}

async fn run(cli: Cli, variables: BTreeMap<String, String>) -> Result<ExitCode> {
    let token = variables.get("TRIMTAB_TOKEN").cloned();
    let done = |()| ExitCode::SUCCESS;
    match cli.command {
        Command::Check(args) => commands::check::run(args).await,
        Command::Profile(args) => commands::profile::run(args).await,
        Command::Evaluate(args) => commands::evaluate::run(args).await,
        Command::Estimate(args) => commands::estimate::run(args).await,
        Command::Detect(args) => commands::detect::run(args).await,
        Command::Explain(args) => commands::explain::run(args).await,
        Command::Outliers(args) => commands::outliers::run(args).await,
        Command::Validate(args) => commands::validate::run(*args, token).await,
        Command::Init(args) => commands::init::run(args).await.map(done),
        Command::Serve(args) => commands::serve::run(args, &variables).await.map(done),
        Command::Settings(args) => commands::settings::run(args, &variables).map(done),
        Command::Audit(args) => Box::pin(commands::audit::run(args, &variables)).await,
        Command::Token(args) => commands::token::run(args, &variables).await.map(done),
        Command::Plan(args) => commands::documents::plan(args, token).await.map(done),
        Command::Apply(args) => commands::documents::apply(args, token).await.map(done),
        Command::Export(args) => commands::documents::export(args, token).await.map(done),
        Command::Replay(args) => commands::replay::run(args, token).await.map(done),
        Command::Summary(args) => commands::summary::run(args, token).await.map(done),
        Command::Report(args) => commands::report::run(args, token).await.map(done),
        Command::AbTest(args) => commands::ab_test::run(args, token).await.map(done),
        Command::Retrain(args) => commands::retrain::run(args, token).await,
        Command::Policy(args) => commands::policy::run(args, token).await.map(done),
        Command::Model(args) => commands::model::run(args, token).await.map(done),
        Command::Experiment(args) => commands::experiment::run(args, token).await.map(done),
        Command::Rollout(args) => commands::rollout::run(args, token).await.map(done),
        Command::Completions(args) => commands::completions(&args).map(done),
        Command::GenerateReference(args) => commands::generate::run(&args).map(done),
        Command::SuperviseJob(args) => commands::supervise::run(&args).await.map(done),
    }
}

fn runtime() -> Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        // Plans of the query engine are deep.
        .thread_stack_size(8 << 20)
        .build()?)
}

/// The environment, as far as it is text.
fn variables() -> BTreeMap<String, String> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}

/// The chain of causes in one line; a cause that its effect already told is left out.
fn chain(err: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in err.chain() {
        let part = cause.to_string();
        if text.is_empty() {
            text = part;
        } else if !text.contains(&part) {
            text = match text.split_once("\n  hint:") {
                // A hint stays last.
                Some((message, hint)) => format!("{message}: {part}\n  hint:{hint}"),
                None => format!("{text}: {part}"),
            };
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::{Context, anyhow};

    #[test]
    fn the_chain_is_told_once_and_the_hint_comes_last() {
        let err = Err::<(), _>(anyhow!("disk full"))
            .context("cannot write x\n  hint: make room")
            .unwrap_err();
        assert_eq!(chain(&err), "cannot write x: disk full\n  hint: make room");
        let err = Err::<(), _>(anyhow!("same")).context("same").unwrap_err();
        assert_eq!(chain(&err), "same");
    }
}
