//! `retrain` and what people say to a training.

use crate::cli::{Output, RetrainArgs, RetrainCommand, RunArgs};
use crate::client::{Client, escape};
use crate::terminal;
use anyhow::{Result, bail};
use serde::Deserialize;
use serde_json::{Value, json};
use std::process::ExitCode;
use std::time::Duration;

/// How often a waiting command asks.
const PAUSE: Duration = Duration::from_secs(1);

/// A training, as far as it is shown here.
#[derive(Debug, Deserialize)]
struct Run {
    id: String,
    model: String,
    policy: String,
    cause: Cause,
    priority: String,
    requested_by: String,
    event_at: String,
    state: String,
    is_over: bool,
    is_suggestion: bool,
    approvals_needed: u32,
    approvals: Vec<Approval>,
    period: Span,
    snapshot: Option<Snapshot>,
    job: Job,
    last_error: Option<String>,
    result: Option<Made>,
    end_reason: Option<String>,
    #[serde(default)]
    history: Vec<Entry>,
    #[serde(default)]
    log: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Cause {
    text: String,
}

#[derive(Debug, Deserialize)]
struct Approval {
    person: String,
}

#[derive(Debug, Deserialize)]
struct Span {
    start: String,
    end: String,
}

#[derive(Debug, Deserialize)]
struct Snapshot {
    id: String,
    sha256: String,
    n_rows: u64,
}

#[derive(Debug, Deserialize)]
struct Job {
    orchestrator: String,
    job: String,
}

#[derive(Debug, Deserialize)]
struct Made {
    version: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Entry {
    at: String,
    kind: String,
    actor: String,
    text: String,
}

#[derive(Debug, Deserialize)]
struct Decision {
    event_at: String,
    policy: Option<String>,
    outcome: String,
    text: String,
}

#[derive(Debug, Deserialize)]
struct List<T> {
    items: Vec<T>,
}

pub(crate) async fn run(args: RetrainArgs, token: Option<String>) -> Result<ExitCode> {
    let Some(command) = args.command else {
        return start(args, token).await;
    };
    match command {
        RetrainCommand::List {
            model,
            open,
            output,
            server,
        } => {
            let client = Client::new(&server.server, token)?;
            let path = format!("{}?open={open}", of_model(&model));
            list(&client, &path, output).await?;
        }
        RetrainCommand::Show { run, output } => show(&run, output, token).await?,
        RetrainCommand::Approve { run, note } => {
            say("approve", &run, &json!({ "note": note }), token).await?;
        }
        RetrainCommand::Reject { run, reason } => {
            say("reject", &run, &json!({ "reason": reason }), token).await?;
        }
        RetrainCommand::Cancel { run, reason } => {
            say("cancel", &run, &json!({ "reason": reason }), token).await?;
        }
        RetrainCommand::Decisions {
            model,
            output,
            server,
        } => {
            let client = Client::new(&server.server, token)?;
            decisions(&client, &model, output).await?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn of_model(model: &str) -> String {
    format!("/api/v1/models/{}/retraining", escape(model))
}

async fn start(args: RetrainArgs, token: Option<String>) -> Result<ExitCode> {
    let (Some(model), Some(reason)) = (args.model, args.reason) else {
        bail!("name the model and the reason: trimtab retrain MODEL --reason TEXT");
    };
    let client = Client::new(&args.server.server, token)?;
    let mut body = json!({ "reason": reason });
    if let Some(policy) = args.policy {
        body["policy"] = policy.into();
    }
    let mut run: Run = client.post(&of_model(&model), &body).await?;
    terminal::line(&headline(&run))?;
    if !args.wait {
        return Ok(ExitCode::SUCCESS);
    }
    let path = format!("{}/{}", of_model(&model), escape(&run.id));
    while !run.is_over {
        let before = run.state.clone();
        tokio::time::sleep(PAUSE).await;
        run = client.get(&path).await?;
        if run.state != before {
            terminal::line(&headline(&run))?;
        }
    }
    let is_well = matches!(run.state.as_str(), "finished" | "promoted");
    Ok(ExitCode::from(u8::from(!is_well)))
}

async fn say(what: &str, run: &RunArgs, body: &Value, token: Option<String>) -> Result<()> {
    let client = Client::new(&run.server.server, token)?;
    let path = format!("{}/{}/{what}", of_model(&run.model), escape(&run.run));
    let run: Run = client.post(&path, body).await?;
    terminal::line(&headline(&run))
}

fn headline(run: &Run) -> String {
    let state = run.state.replace('_', " ");
    let more = match (&run.end_reason, &run.last_error) {
        (Some(reason), _) => format!(": {reason}"),
        (None, Some(error)) => format!(" (not yet: {error})"),
        (None, None) if run.state == "requested" => {
            let what = if run.is_suggestion {
                "a suggestion; "
            } else {
                ""
            };
            format!(
                ": {what}{} of {} people have agreed",
                run.approvals.len(),
                run.approvals_needed
            )
        }
        (None, None) => String::new(),
    };
    format!("{} of {}: {state}{more}", run.id, run.model)
}

async fn list(client: &Client, path: &str, output: Output) -> Result<()> {
    if output == Output::Json {
        let answer: Value = client.get(path).await?;
        return terminal::line(&serde_json::to_string_pretty(&answer)?);
    }
    let answer: List<Run> = client.get(path).await?;
    if answer.items.is_empty() {
        return terminal::line("No trainings.");
    }
    let mut table = terminal::table(&["training", "state", "made", "asked (event time)", "why"]);
    for run in answer.items {
        let made = run.result.and_then(|made| made.version);
        table.add_row([
            run.id,
            run.state.replace('_', " "),
            made.unwrap_or_else(|| "–".to_owned()),
            run.event_at,
            run.cause.text,
        ]);
    }
    terminal::line(&terminal::rendered(&table))
}

async fn show(args: &RunArgs, output: Output, token: Option<String>) -> Result<()> {
    let client = Client::new(&args.server.server, token)?;
    let path = format!("{}/{}", of_model(&args.model), escape(&args.run));
    if output == Output::Json {
        let answer: Value = client.get(&path).await?;
        return terminal::line(&serde_json::to_string_pretty(&answer)?);
    }
    let run: Run = client.get(&path).await?;
    terminal::line(&headline(&run))?;
    terminal::line(&format!("  why:   {}", run.cause.text))?;
    terminal::line(&format!(
        "  asked: by {} under policy `{}`, {} priority, at {} (event time)",
        run.requested_by, run.policy, run.priority, run.event_at
    ))?;
    let data = match &run.snapshot {
        Some(snapshot) => format!(
            "{} labelled rows, {} (SHA-256 {})",
            snapshot.n_rows, snapshot.id, snapshot.sha256
        ),
        None => "not written yet".to_owned(),
    };
    terminal::line(&format!(
        "  data:  {} to {}: {data}",
        run.period.start, run.period.end
    ))?;
    terminal::line(&format!(
        "  job:   `{}` of `{}`",
        run.job.job, run.job.orchestrator
    ))?;
    if !run.approvals.is_empty() {
        let people: Vec<&str> = run
            .approvals
            .iter()
            .map(|approval| approval.person.as_str())
            .collect();
        terminal::line(&format!("  agreed: {}", people.join(", ")))?;
    }
    for entry in &run.history {
        terminal::line(&format!(
            "  {}  {:<11} {} ({})",
            entry.at,
            entry.kind.replace('_', " "),
            entry.text,
            entry.actor
        ))?;
    }
    match run.log.as_deref().map(str::trim_end) {
        Some(log) if !log.is_empty() => terminal::line(&format!("\n{log}")),
        _ => Ok(()),
    }
}

async fn decisions(client: &Client, model: &str, output: Output) -> Result<()> {
    let path = format!("{}/decisions", of_model(model));
    if output == Output::Json {
        let answer: Value = client.get(&path).await?;
        return terminal::line(&serde_json::to_string_pretty(&answer)?);
    }
    let answer: List<Decision> = client.get(&path).await?;
    if answer.items.is_empty() {
        return terminal::line("No policy has looked yet.");
    }
    let mut table = terminal::table(&["event time", "policy", "outcome", "why"]);
    for decision in answer.items {
        table.add_row([
            decision.event_at,
            decision.policy.unwrap_or_default(),
            decision.outcome,
            decision.text,
        ]);
    }
    terminal::line(&terminal::rendered(&table))
}
