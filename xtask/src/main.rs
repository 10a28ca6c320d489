//! Developer commands: `cargo x <command>`.
//!
//! Everything that a person or the build server does to this tree is a command here, so that
//! both do the same. It needs cargo and nothing else; what a command misses it names, and
//! installs where it may.
//!
//! Deliberately absent: anything that the product itself does. `demo` uses the binary as a user
//! would, and reads its API.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a developer command talks to its terminal"
)]
#![expect(
    clippy::disallowed_methods,
    reason = "this program measures its own steps and reads its own environment"
)]

mod bench;
mod calibrate;
mod check;
mod demo;
mod floors;
mod generate;
mod http;
mod licences;
mod lint;
mod needs;
mod receiver;
mod run;
mod services;
mod test;

use std::process::ExitCode;

/// A command: its name, what follows it, and one line of help.
struct Entry {
    name: &'static str,
    arguments: &'static str,
    help: &'static str,
    run: fn(&[String]) -> anyhow::Result<()>,
}

const COMMANDS: &[Entry] = &[
    Entry {
        name: "demo",
        arguments: "[--port N] [--data-dir DIR] [--speed N] [--exit]",
        help: "the product on real data, from nothing: builds, starts, replays nine months, serves",
        run: demo::command,
    },
    Entry {
        name: "check",
        arguments: "",
        help: "what a commit needs: format, clippy, floors, sizes, links, fast tests, fresh generated files",
        run: check::command,
    },
    Entry {
        name: "test",
        arguments: "[--fast] [--slow] [--scenarios]",
        help: "installs what the tests need, then runs everything and says how long each step took",
        run: test::command,
    },
    Entry {
        name: "floors",
        arguments: "",
        help: "who imports whom, who owns which library, licences, and that ARCHITECTURE.md is true",
        run: floors::command,
    },
    Entry {
        name: "lint",
        arguments: "",
        help: "format, clippy over the whole workspace, file sizes, links in Markdown, oxlint",
        run: lint::command,
    },
    Entry {
        name: "gen",
        arguments: "[--check]",
        help: "writes what is generated (OpenAPI, client, references), or says what is stale",
        run: generate::command,
    },
    Entry {
        name: "dev",
        arguments: "",
        help: "the server with the demo's data, and the dashboard with hot reload",
        run: demo::dev_command,
    },
    Entry {
        name: "services",
        arguments: "up|down",
        help: "a throw-away PostgreSQL on a socket",
        run: services::command,
    },
    Entry {
        name: "bench",
        arguments: "[NAME] [--demo]",
        help: "one benchmark, or the list of them",
        run: bench::command,
    },
    Entry {
        name: "calibrate",
        arguments: "[--slice]",
        help: "false alarms and power of every default decision; writes docs/statistics/calibration.md",
        run: calibrate::command,
    },
];

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let Some(name) = arguments.next() else {
        list();
        return ExitCode::SUCCESS;
    };
    if matches!(name.as_str(), "help" | "--help" | "-h") {
        list();
        return ExitCode::SUCCESS;
    }
    let rest: Vec<String> = arguments.collect();
    let Some(entry) = COMMANDS.iter().find(|entry| entry.name == name) else {
        eprintln!("there is no command `{name}`\n");
        list();
        return ExitCode::from(2);
    };
    match (entry.run)(&rest) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("cargo x {name}: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn list() {
    println!("cargo x <command>\n");
    for Entry {
        name,
        arguments,
        help,
        run: _,
    } in COMMANDS
    {
        println!("  {:<24} {help}", format!("{name} {arguments}").trim_end());
    }
}
