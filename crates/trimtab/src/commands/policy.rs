//! `policy dry-run`.

use crate::cli::{Output, PolicyArgs, PolicyCommand};
use crate::client::{Client, escape};
use crate::commands::instant;
use crate::documents_file;
use crate::terminal;
use anyhow::{Context, Result, bail};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use trimtab_app::report::numbers;
use trimtab_domain::documents::{Document, RetrainingPolicySpec};

/// Reasons listed at most.
const REASONS_MAX: usize = 12;

#[derive(Debug, Deserialize)]
struct Answer {
    period: Span,
    n_moments: u64,
    trainings: Vec<Training>,
    decisions: Vec<Decision>,
    cost: Cost,
}

#[derive(Debug, Deserialize)]
struct Span {
    start: String,
    end: String,
}

#[derive(Debug, Deserialize)]
struct Training {
    at: String,
    cause: Cause,
    priority: String,
    n_rows: u64,
    approvals_needed: u32,
    is_suggestion: bool,
}

#[derive(Debug, Deserialize)]
struct Cause {
    trigger: Option<String>,
    text: String,
}

#[derive(Debug, Deserialize)]
struct Decision {
    event_at: String,
    outcome: String,
    text: String,
}

#[derive(Debug, Deserialize)]
struct Cost {
    n_trainings: u64,
    n_rows: u64,
    n_approvals: u64,
    minutes: Option<f64>,
    minutes_max: u64,
}

pub(crate) async fn run(args: PolicyArgs, token: Option<String>) -> Result<()> {
    let PolicyCommand::DryRun {
        file,
        model,
        from,
        to,
        output,
        server,
    } = args.command;
    let policy = load(&file)?;
    let model = model.unwrap_or_else(|| policy.model.to_string());
    let client = Client::new(&server.server, token)?;
    let mut body = json!({ "policy": policy });
    for (name, sent) in [("from", from), ("to", to)] {
        if let Some(sent) = sent {
            body[name] = instant(&sent)?.to_string().into();
        }
    }
    let path = format!("/api/v1/models/{}/retraining/dry-run", escape(&model));
    if output == Output::Json {
        let answer: Value = client.post(&path, &body).await?;
        return terminal::line(&serde_json::to_string_pretty(&answer)?);
    }
    let answer: Answer = client.post(&path, &body).await?;
    tell(&model, &answer)
}

fn load(file: &Path) -> Result<RetrainingPolicySpec> {
    let loaded = documents_file::load(&[PathBuf::from(file)])?;
    let mut policies = loaded.into_iter().filter_map(|one| match one.document {
        Document::RetrainingPolicy(policy) => Some(policy),
        _ => None,
    });
    let policy = policies.next().with_context(|| {
        format!(
            "{} holds no document of the kind `retraining_policy`",
            file.display()
        )
    })?;
    if policies.next().is_some() {
        bail!(
            "{} holds several retraining policies: a dry run plays one",
            file.display()
        );
    }
    Ok(policy)
}

fn tell(model: &str, answer: &Answer) -> Result<()> {
    let Answer {
        period,
        n_moments,
        trainings,
        cost,
        ..
    } = answer;
    terminal::line(&format!(
        "{model} from {} to {}: the policy would have looked {} times and asked for {} {}.",
        period.start,
        period.end,
        numbers::full_count(*n_moments),
        cost.n_trainings,
        plural(cost.n_trainings, "training", "trainings"),
    ))?;
    if !trainings.is_empty() {
        let mut table =
            terminal::table(&["event time", "trigger", "priority", "rows", "people", "why"]);
        for one in trainings {
            let people = if one.is_suggestion {
                "suggestion".to_owned()
            } else {
                one.approvals_needed.to_string()
            };
            table.add_row([
                one.at.clone(),
                one.cause.trigger.clone().unwrap_or_default(),
                one.priority.clone(),
                numbers::full_count(one.n_rows),
                people,
                one.cause.text.clone(),
            ]);
        }
        terminal::line(&terminal::rendered(&table))?;
    }
    let minutes = match cost.minutes {
        Some(minutes) => format!("about {minutes:.0} minutes, going by earlier trainings"),
        None => format!("at most {} minutes", numbers::full_count(cost.minutes_max)),
    };
    terminal::line(&format!(
        "Cost: {} labelled rows read, {} {} by people, {minutes}.",
        numbers::full_count(cost.n_rows),
        cost.n_approvals,
        plural(cost.n_approvals, "agreement", "agreements"),
    ))?;
    held(&answer.decisions)
}

fn plural(n: u64, one: &'static str, many: &'static str) -> &'static str {
    if n == 1 { one } else { many }
}

/// What held it back, each reason once with how often and since when.
fn held(decisions: &[Decision]) -> Result<()> {
    let mut reasons: BTreeMap<&str, (usize, &str)> = BTreeMap::new();
    for decision in decisions.iter().filter(|one| one.outcome == "held") {
        let reason = reasons
            .entry(decision.text.as_str())
            .or_insert((0, decision.event_at.as_str()));
        reason.0 += 1;
    }
    if reasons.is_empty() {
        return Ok(());
    }
    let mut reasons: Vec<_> = reasons.into_iter().collect();
    reasons.sort_by_key(|(_, (_, first))| *first);
    terminal::line("Held back:")?;
    for (reason, (_, first)) in reasons.iter().take(REASONS_MAX) {
        terminal::line(&format!("  {first}  {reason}"))?;
    }
    if reasons.len() > REASONS_MAX {
        let more = reasons.len() - REASONS_MAX;
        terminal::line(&format!("  … and {more} more; `--output json` has all"))?;
    }
    Ok(())
}
