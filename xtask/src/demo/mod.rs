//! `cargo x demo`: the product on real data, used as any user would use it.
//!
//! Build, start, apply documents, replay nine months through the public API, say honestly what
//! was found. Everything that is printed at the end is read back from stored results.

mod server;
mod story;
mod summary;

use crate::{needs, receiver, run};
use anyhow::{Context, Result, bail};
use server::Server;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

pub(crate) use server::{Place, trimtab};

const USAGE: &str = "demo [--port N] [--data-dir DIR] [--speed N] [--exit]";

/// What was typed.
struct Options {
    port: u16,
    data_dir: PathBuf,
    /// How many times faster than the events happened; as fast as possible where absent.
    speed: Option<String>,
    /// Stop after the summary.
    is_exiting: bool,
}

impl Options {
    fn parse(arguments: &[String]) -> Result<Self> {
        let mut options = Self {
            port: 3000,
            data_dir: run::root().join("trimtab-data"),
            speed: None,
            is_exiting: false,
        };
        let mut words = arguments.iter();
        while let Some(word) = words.next() {
            let mut value = || {
                let value = words.next();
                value.with_context(|| format!("`{word}` needs a value: {USAGE}"))
            };
            match word.as_str() {
                "--port" => options.port = value()?.parse().context("--port")?,
                "--data-dir" => options.data_dir = std::path::absolute(value()?)?,
                "--speed" => options.speed = Some(value()?.clone()),
                "--exit" => options.is_exiting = true,
                _ => bail!("`{word}` is not understood: {USAGE}"),
            }
        }
        Ok(options)
    }

    fn place(&self) -> Place {
        Place {
            port: self.port,
            data_dir: self.data_dir.clone(),
        }
    }
}

/// How long each part took.
#[derive(Default)]
pub(crate) struct Times {
    parts: Vec<(String, Duration)>,
}

impl Times {
    fn take<T>(&mut self, name: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
        let started = Instant::now();
        let result = work();
        self.parts.push((name.to_owned(), started.elapsed()));
        result
    }
}

pub(crate) fn command(arguments: &[String]) -> Result<()> {
    let options = Options::parse(arguments)?;
    let place = options.place();
    let mut times = Times::default();
    times.take("build", build)?;

    let mut server = Server::start(&place)?;
    println!(
        "\n  http://localhost:{}   the dashboard; it fills while the replay runs\n",
        place.port
    );
    let result = fill(&place, options.speed.as_deref(), &mut times)
        .and_then(|()| summary::print(&place, &times));
    match result {
        Ok(()) if options.is_exiting => server.stop(),
        Ok(()) => {
            println!("\nserving http://localhost:{} until Ctrl-C", place.port);
            server.wait()
        }
        Err(error) => {
            let said = server.last_words();
            server.stop()?;
            if !said.is_empty() {
                eprintln!("the server's last words:\n{said}");
            }
            Err(error)
        }
    }
}

/// Builds the dashboard and the binary, with the spelling that the tests use too: one build
/// serves both, because cargo chooses features by what is selected.
pub(crate) fn build() -> Result<()> {
    let has_web = build_web()?;
    let is_cold = !trimtab().is_file();
    println!(
        "building the binary: {}",
        if is_cold {
            "from an empty cache about 13 minutes on two cores (Arrow, DataFusion and Delta Lake \
             are in it); later builds take seconds"
        } else {
            "seconds, or a few minutes when much has changed"
        }
    );
    let started = Instant::now();
    run::succeed(&mut cargo_build(has_web))?;
    println!("built in {:.0} s", started.elapsed().as_secs_f64());
    Ok(())
}

/// The one spelling: other selections choose other features and build half the tree again.
pub(crate) fn cargo_build(has_web: bool) -> Command {
    let mut cargo = run::cargo(&["build", "--workspace", "--profile", "demo"]);
    if has_web {
        cargo.env("REQUIRE_WEB", "1");
    }
    cargo
}

/// Whether there is a dashboard to embed afterwards.
pub(crate) fn build_web() -> Result<bool> {
    let web = run::root().join("web");
    if !web.join("package.json").is_file() {
        return Ok(false);
    }
    if !needs::has_node() {
        println!("missing: node 20 or newer, with npm: going on without the dashboard");
        return Ok(false);
    }
    println!("building the dashboard: about half a minute the first time");
    needs::npm_packages(&web)?;
    if !is_web_fresh(&web) {
        let mut build = run::command("npm", &["run", "--silent", "build"]);
        run::succeed(build.current_dir(&web))?;
    }
    Ok(true)
}

/// Whether the built dashboard is newer than everything that goes into it.
fn is_web_fresh(web: &Path) -> bool {
    let changed = |path: &Path| {
        std::fs::metadata(path)
            .and_then(|data| data.modified())
            .ok()
    };
    let Some(built) = changed(&web.join("dist/index.html")) else {
        return false;
    };
    let Ok(files) = run::files() else {
        return false;
    };
    files
        .iter()
        .filter(|path| path.starts_with("web"))
        .all(|path| changed(&run::root().join(path)).is_some_and(|time| time <= built))
}

/// Applies the documents and replays the logs, unless this data directory has been through it.
pub(crate) fn fill(place: &Place, speed: Option<&str>, times: &mut Times) -> Result<()> {
    let marker = place.own_dir().join("replayed");
    if marker.is_file() {
        println!(
            "found the data of an earlier demo in {}",
            place.data_dir.display()
        );
        return Ok(());
    }
    times.take("documents and references", || {
        for example in ["flights", "car_loan"] {
            apply(place, example)?;
        }
        Ok(())
    })?;
    let flights = [
        ("--predictions", "flights_production.parquet"),
        ("--labels", "flights_production_labels.parquet"),
        ("--shadow", "flights_shadow_v2.parquet"),
    ];
    times.take("replay of flights (nine months)", || {
        replay(place, "flights", "flights", &flights, speed)
    })?;
    let car_loan = [
        ("--predictions", "car_loan_analysis.parquet"),
        ("--labels", "car_loan_labels.parquet"),
    ];
    times.take("replay of car-loan (ten months)", || {
        replay(place, "car-loan", "car_loan", &car_loan, speed)
    })?;
    story::fill(place, times)?;
    times.take("judging what was left", || server::settle(place))?;
    std::fs::write(&marker, "")?;
    Ok(())
}

fn apply(place: &Place, example: &str) -> Result<()> {
    let folder = run::root().join("examples").join(example);
    let mut documents: Vec<PathBuf> = std::fs::read_dir(&folder)?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|end| end == "yaml"))
        .collect();
    documents.sort();
    place.with_own_receiver(&mut documents)?;
    println!("\n$ trimtab apply examples/{example}/*.yaml");
    run::succeed(place.client().arg("apply").args(&documents))
}

fn replay(
    place: &Place,
    model: &str,
    example: &str,
    files: &[(&str, &str)],
    speed: Option<&str>,
) -> Result<()> {
    let mut replay = place.client();
    replay.args(["replay", model]);
    print!("\n$ trimtab replay {model}");
    for (flag, file) in files {
        let file = format!("examples/{example}/data/{file}");
        print!(" {flag} {file}");
        replay.args([*flag, &file]);
    }
    println!();
    if let Some(speed) = speed {
        replay.args(["--speed", speed]);
    }
    run::succeed(&mut replay)
}

/// A filled server for the tests: started, replayed, judged.
pub(crate) fn running(port: u16, data_dir: PathBuf) -> Result<Server> {
    let place = Place { port, data_dir };
    let mut server = Server::start(&place)?;
    let mut times = Times::default();
    let filled = fill(&place, None, &mut times).and_then(|()| summary::print(&place, &times));
    if let Err(error) = filled {
        let said = server.last_words();
        server.stop()?;
        return Err(error.context(said));
    }
    Ok(server)
}

/// `cargo x dev`: the filled server, and vite in front of it.
pub(crate) fn dev_command(_: &[String]) -> Result<()> {
    needs::ensure(&[needs::Need::Node])?;
    build()?;
    let place = Place {
        port: 3000,
        data_dir: run::root().join("trimtab-data"),
    };
    let mut server = Server::start(&place)?;
    fill(&place, None, &mut Times::default())?;
    let mut vite = run::command("npm", &["run", "--silent", "dev"]);
    let result = run::succeed(vite.current_dir(run::root().join("web")));
    server.stop()?;
    result
}

/// The messages that the receiver took.
pub(crate) fn messages(place: &Place) -> Vec<serde_json::Value> {
    receiver::messages(&place.messages_file())
}
