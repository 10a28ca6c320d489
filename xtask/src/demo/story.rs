//! The second half of the demo: what a monitor sees leads to a real training, the gate, a rollout
//! that nobody notices, and a way back.
//!
//! The same flights are served a second time, as the model `flights-live`, by whichever version
//! the flag names; `trimtab replay --serve` is the serving system. Event time stands still while
//! a training or a validation is under way, so the story is the same on every machine.

mod told;

use super::{Place, Times, run};
use crate::needs;
use anyhow::Result;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

pub(super) use told::tell;

pub(super) const MODEL: &str = "flights-live";
const EXAMPLE: &str = "examples/flights_live";
const DATA: &str = "examples/flights/data";
/// When people ask for candidates that must not come to serve: two that the gate must stop, and one
/// that passes it and answers late.
const STOPPED_AT: &str = "2013-09-25";
const LATE_AT: &str = "2013-10-10";

/// The interpreter that can run `examples/flights/train.py`, if this machine has Python.
pub(crate) fn trainer() -> Option<&'static Path> {
    static TRAINER: OnceLock<Option<PathBuf>> = OnceLock::new();
    TRAINER
        .get_or_init(|| match needs::training() {
            Ok(python) => Some(python),
            Err(error) => {
                println!(
                    "no training in this demo ({error:#}): its policy suggests, and nothing is \
                     trained"
                );
                None
            }
        })
        .as_deref()
}

/// The server's setting that lets it run the job `train`.
pub(super) fn job() -> Option<String> {
    let python = trainer()?;
    let script = run::root().join("examples/flights/train.py");
    Some(format!("train = {} {}", python.display(), script.display()))
}

/// Documents, the two versions that the log knows, and nine months of flights.
pub(super) fn fill(place: &Place, times: &mut Times) -> Result<()> {
    times.take("flights-live: documents and versions", || prepare(place))?;
    times.take("flights-live (nine months, served)", || live(place))
}

fn prepare(place: &Place) -> Result<()> {
    let mut documents: Vec<PathBuf> = std::fs::read_dir(run::root().join(EXAMPLE))?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|end| end == "yaml"))
        .collect();
    documents.sort();
    if trainer().is_none() {
        for path in &mut documents {
            if path
                .file_name()
                .is_some_and(|name| name == "retraining.yaml")
            {
                let text = std::fs::read_to_string(&path)?;
                *path = place.own_dir().join("retraining.yaml");
                std::fs::write(&path, text.replace("mode: automatic", "mode: suggestion"))?;
            }
        }
    }
    println!("\n$ trimtab apply {EXAMPLE}/*.yaml");
    run::succeed(place.client().arg("apply").args(&documents))?;
    for (version, trained_on) in [("v1", "January and February"), ("v2", "January to August")] {
        let onnx = format!("{DATA}/flights_model_{version}.onnx");
        let encoding = format!("{DATA}/flights_model_{version}.json");
        let reason = format!("the model of {trained_on}");
        let words = ["model", "register", MODEL, "--onnx", &onnx];
        spoken(
            place,
            &[&words[..], &["--encoding", &encoding, "--reason", &reason]].concat(),
        )?;
    }
    let words = ["model", "promote", MODEL, "v1", "--without-validation"];
    let reason = [
        "--yes",
        "--reason",
        "it serves since before there was a gate",
    ];
    spoken(place, &[&words[..], &reason].concat())
}

fn live(place: &Place) -> Result<()> {
    if trainer().is_none() {
        return serve(place, None, None);
    }
    serve(place, None, Some(STOPPED_AT))?;
    by_hand(place, "leaking", "a candidate that looks too good")?;
    by_hand(place, "april", "a candidate that knows one month")?;
    serve(place, Some(STOPPED_AT), Some(LATE_AT))?;
    by_hand(place, "slow", "a candidate that answers late")?;
    serve(place, Some(LATE_AT), None)
}

/// Asks for a training; the replay that follows lets time stand still until it is over.
fn by_hand(place: &Place, policy: &str, why: &str) -> Result<()> {
    spoken(
        place,
        &["retrain", MODEL, "--policy", policy, "--reason", why],
    )
}

fn serve(place: &Place, from: Option<&str>, until: Option<&str>) -> Result<()> {
    let predictions = format!("{DATA}/flights_production.parquet");
    let labels = format!("{DATA}/flights_production_labels.parquet");
    let mut words = vec!["replay", MODEL, "--serve", "--predictions", &predictions];
    words.extend(["--labels", &labels]);
    for (name, at) in [("--from", from), ("--until", until)] {
        words.extend(at.into_iter().flat_map(|at| [name, at]));
    }
    spoken(place, &words)
}

/// A command, shown as it would be typed.
fn spoken(place: &Place, words: &[&str]) -> Result<()> {
    let shown: Vec<String> = words
        .iter()
        .map(|word| {
            if word.contains(' ') {
                format!("\"{word}\"")
            } else {
                (*word).to_owned()
            }
        })
        .collect();
    println!("\n$ trimtab {}", shown.join(" "));
    run::succeed(place.client().args(words))
}
