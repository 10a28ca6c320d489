//! `rollout start`, `status`, `advance`, `pause`, `resume` and `rollback`.

use crate::cli::{OrderArgs, Output, RolloutArgs, RolloutCommand};
use crate::client::{Client, escape};
use crate::terminal;
use anyhow::{Result, bail};
use serde::Deserialize;
use serde_json::{Value, json};

/// A rollout, as far as it is shown here.
#[derive(Debug, Deserialize)]
struct Rollout {
    id: String,
    model: String,
    champion: String,
    challenger: String,
    phase: String,
    is_active: bool,
    steps: Vec<Step>,
    share_percent: f64,
    findings: Findings,
    ending: Option<Ending>,
    #[serde(default)]
    history: Vec<Note>,
}

#[derive(Debug, Deserialize)]
struct Findings {
    hours: f64,
    n_challenger: u64,
    waits_for: Vec<String>,
    guardrails: Vec<Reading>,
    conditions: Vec<Reading>,
}

#[derive(Debug, Deserialize)]
struct Step {
    stage: String,
    share_percent: f64,
    state: String,
}

#[derive(Debug, Deserialize)]
struct Reading {
    name: String,
    state: String,
    text: String,
}

#[derive(Debug, Deserialize)]
struct Ending {
    by: String,
    reason: String,
}

#[derive(Debug, Deserialize)]
struct Note {
    at: String,
    actor: String,
    text: String,
}

#[derive(Debug, Deserialize)]
struct List {
    items: Vec<Value>,
}

pub(crate) async fn run(args: RolloutArgs, token: Option<String>) -> Result<()> {
    match args.command {
        RolloutCommand::Start {
            model,
            candidate,
            validation,
            policy,
            reason,
            server,
        } => {
            let client = Client::new(&server.server, token)?;
            let candidate = label(&candidate);
            let validation = match validation {
                Some(id) => id,
                None => newest_validation(&client, &model, &candidate).await?,
            };
            let body = json!({
                "candidate": candidate,
                "validation": validation,
                "policy": policy,
                "reason": reason,
            });
            let path = format!("/api/v1/models/{}/rollouts", escape(&model));
            let rollout: Rollout = client.post(&path, &body).await?;
            terminal::line(&headline(&rollout))
        }
        RolloutCommand::Status {
            model,
            rollout,
            output,
            server,
        } => {
            let client = Client::new(&server.server, token)?;
            status(&client, &model, rollout, output).await
        }
        RolloutCommand::Advance { order } => say("approve", order, token).await,
        RolloutCommand::Pause { order } => say("pause", order, token).await,
        RolloutCommand::Resume { order } => say("resume", order, token).await,
        RolloutCommand::Rollback { order } => say("rollback", order, token).await,
    }
}

async fn say(what: &str, order: OrderArgs, token: Option<String>) -> Result<()> {
    let client = Client::new(&order.server.server, token)?;
    let path = format!("/api/v1/models/{}/rollouts/{what}", escape(&order.model));
    let rollout: Rollout = client
        .post(&path, &json!({ "reason": order.reason }))
        .await?;
    terminal::line(&headline(&rollout))
}

/// `3` is what people type and `v3` is what flags say.
fn label(version: &str) -> String {
    if version.chars().all(|c| c.is_ascii_digit()) {
        format!("v{version}")
    } else {
        version.to_owned()
    }
}

async fn newest_validation(client: &Client, model: &str, candidate: &str) -> Result<String> {
    let path = format!("/api/v1/models/{}/validations", escape(model));
    let list: List = client.get(&path).await?;
    let of_candidate = list
        .items
        .iter()
        .find(|one| one["candidate"] == candidate)
        .and_then(|one| one["id"].as_str());
    match of_candidate {
        Some(id) => Ok(id.to_owned()),
        None => bail!(
            "{candidate} of `{model}` was never validated\n  hint: trimtab validate {model} \
             --candidate {candidate}"
        ),
    }
}

async fn status(
    client: &Client,
    model: &str,
    rollout: Option<String>,
    output: Output,
) -> Result<()> {
    let base = format!("/api/v1/models/{}/rollouts", escape(model));
    let id = if let Some(id) = rollout {
        id
    } else {
        let list: List = client.get(&base).await?;
        match list.items.first().and_then(|one| one["id"].as_str()) {
            Some(id) => id.to_owned(),
            None if output == Output::Json => return terminal::line("null"),
            None => return terminal::line(&format!("{model} had no rollout yet.")),
        }
    };
    let found: Value = client.get(&format!("{base}/{}", escape(&id))).await?;
    if output == Output::Json {
        return terminal::line(&serde_json::to_string_pretty(&found)?);
    }
    terminal::line(&page(&serde_json::from_value(found)?))
}

fn headline(rollout: &Rollout) -> String {
    format!(
        "{} of {} is {}: {} % of the traffic, {} gets the rest ({}).",
        rollout.challenger,
        rollout.model,
        rollout.phase.replace('_', " "),
        rollout.share_percent,
        rollout.champion,
        rollout.id
    )
}

fn page(rollout: &Rollout) -> String {
    let found = &rollout.findings;
    let mut lines = vec![headline(rollout), steps(rollout)];
    if rollout.is_active {
        lines.push(format!(
            "In this step: {} predictions of {}, {:.1} hours of traffic.",
            found.n_challenger, rollout.challenger, found.hours
        ));
        for wait in &found.waits_for {
            lines.push(format!("  waits for {wait}"));
        }
    }
    if let Some(ending) = &rollout.ending {
        lines.push(format!("Ended by {}: {}.", ending.by, ending.reason));
    }
    let mut readings = terminal::table(&["guardrail", "state", "what was found"]);
    for reading in found.guardrails.iter().chain(&found.conditions) {
        let state = reading.state.replace('_', " ");
        readings.add_row([&reading.name, &state, &reading.text]);
    }
    lines.push(terminal::rendered(&readings));
    let mut history = terminal::table(&["when", "who", "what"]);
    for note in &rollout.history {
        history.add_row([&note.at, &note.actor, &note.text]);
    }
    lines.push(terminal::rendered(&history));
    lines.join("\n")
}

/// `✓ shadow → ● canary 5 % → full`
fn steps(rollout: &Rollout) -> String {
    let words: Vec<String> = rollout
        .steps
        .iter()
        .map(|step| {
            let mark = match step.state.as_str() {
                "done" => "✓ ",
                "running" => "● ",
                _ => "",
            };
            let has_share = matches!(step.stage.as_str(), "canary" | "ab");
            if has_share {
                format!("{mark}{} {} %", step.stage, step.share_percent)
            } else {
                format!("{mark}{}", step.stage)
            }
        })
        .collect();
    words.join(" → ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_typed_with_and_without_their_letter() {
        assert_eq!(label("3"), "v3");
        assert_eq!(label("v3"), "v3");
        assert_eq!(label("2024-11-01"), "2024-11-01");
    }
}
