//! Each page's first sentence: the object first, a number in it, and no blame.

use super::drift_shape::DriftColumn;
use super::fleet_shape::{FleetModel, ModelStatus};
use super::incidents::IncidentSummary;
use super::model_shape::TopColumn;
use super::overview::{has_drift_monitor, moved};
use super::period::Subject;
use crate::sentences::{day, effect, instant, number, percent};
use jiff::Timestamp;
use trimtab_domain::Result;
use trimtab_domain::documents::{ColumnRole, PerformanceMetric};
use trimtab_domain::incident::IncidentState;
use trimtab_domain::result::{Decision, PerformanceDetail, Severity};
use trimtab_domain::sentence::{RefKind, Sentence};

/// `one input`, `3 inputs`.
fn counted(n: usize, one: &str, many: &str) -> String {
    match n {
        0 => format!("no {many}"),
        1 => format!("one {one}"),
        n => format!("{n} {many}"),
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => String::new(),
    }
}

/// "Flight delays needs a look: AUC has fallen. The other model is healthy."
pub(super) fn fleet(models: &[FleetModel], attention: &[IncidentSummary]) -> Sentence {
    let Some(worst) = attention.first() else {
        return quiet_fleet(models);
    };
    let display_name = models
        .iter()
        .find(|model| model.model == worst.model)
        .map_or(worst.model.as_str(), |model| model.display_name.as_str());
    let urgency = if worst.severity == Severity::Critical {
        " needs a person now: "
    } else {
        " needs a look: "
    };
    let sentence = Sentence::new()
        .reference(RefKind::Model, worst.model.as_str(), None, display_name)
        .text(urgency)
        .reference(
            RefKind::Incident,
            worst.id.as_str(),
            Some(worst.model.as_str()),
            worst.title.clone(),
        )
        .text(".");
    let n_others = models
        .iter()
        .filter(|model| model.model != worst.model && model.n_open_incidents > 0)
        .count();
    let n_more = attention.len() - 1;
    let rest = match (n_more, n_others) {
        (0, _) => String::new(),
        (n, 0) => format!(
            " {} open.",
            capital(&more(n, "incident is", "incidents are"))
        ),
        (n, others) => format!(
            " {} open, on {} too.",
            capital(&more(n, "incident is", "incidents are")),
            counted(others, "other model", "other models")
        ),
    };
    sentence.text(rest)
}

fn more(n: usize, one: &str, many: &str) -> String {
    if n == 1 {
        format!("one more {one}")
    } else {
        format!("{n} more {many}")
    }
}

fn quiet_fleet(models: &[FleetModel]) -> Sentence {
    let n_waiting = models
        .iter()
        .filter(|model| matches!(model.status, ModelStatus::NoData | ModelStatus::Collecting))
        .count();
    let n_healthy = models.len() - n_waiting;
    match (models.len(), n_healthy) {
        (0, _) => Sentence::new()
            .text("No models yet. Declare one with `trimtab apply`, then send its predictions."),
        (1, 1) => Sentence::new()
            .strong("The model is healthy.")
            .text(" Nothing is open."),
        (n, healthy) if n == healthy => Sentence::new()
            .strong(format!("All {n} models are healthy."))
            .text(" Nothing is open."),
        (n, healthy) => Sentence::new().text("Nothing is open. ").text(format!(
            "{healthy} of {n} {} judged; {} for data.",
            if healthy == 1 {
                "model is"
            } else {
                "models are"
            },
            if n_waiting == 1 {
                "one waits".to_owned()
            } else {
                format!("{n_waiting} wait")
            }
        )),
    }
}

/// What is open, and since when; else what moved; else that all is quiet.
pub(super) fn overview(
    subject: &Subject,
    incidents: &[IncidentSummary],
    columns: &[TopColumn],
    has_results: bool,
) -> Result<Sentence> {
    let model = subject.name().as_str();
    let open = incidents
        .iter()
        .filter(|incident| incident.state != IncidentState::Resolved)
        .max_by_key(|incident| (incident.severity, incident.opened_at));
    if let Some(open) = open {
        let sentence = Sentence::new()
            .reference(
                RefKind::Incident,
                open.id.as_str(),
                Some(model),
                open.title.clone(),
            )
            .text(format!(
                ", since {}.",
                instant(open.opened_at, &subject.zone)
            ));
        return Ok(with_column(sentence, subject, columns));
    }
    if subject.data_end().is_none() {
        return Ok(Sentence::new().text("No predictions have arrived yet."));
    }
    if !has_results {
        return Ok(
            Sentence::new().text(if subject.entry()?.monitors.is_empty() {
                "No monitor looks at this model yet."
            } else {
                "Predictions arrive; no window of this period has been judged yet."
            }),
        );
    }
    let sentence = Sentence::new().strong("Nothing is open.");
    if columns.is_empty() && has_drift_monitor(subject)? {
        return Ok(sentence.text(" No column drifted in this period."));
    }
    Ok(with_column(sentence, subject, columns))
}

fn with_column(sentence: Sentence, subject: &Subject, columns: &[TopColumn]) -> Sentence {
    let Some(first) = columns.first() else {
        return sentence;
    };
    let sentence = sentence
        .text(" ")
        .reference(
            RefKind::Column,
            first.column.clone(),
            Some(subject.name().as_str()),
            first.column.clone(),
        )
        .text(format!(" moved most: {}", moved(first)));
    match first.drifting_since {
        Some(since) => sentence.text(format!(", since {}.", instant(since, &subject.zone))),
        None => sentence.text(format!(
            ", in {} of the windows.",
            percent(first.share_of_windows_drifted)
        )),
    }
}

/// "3 of 17 inputs drift in the newest window. temp moved most: …"
pub(super) fn drift_map(subject: &Subject, columns: &[DriftColumn]) -> Sentence {
    let inputs: Vec<&DriftColumn> = columns
        .iter()
        .filter(|column| !is_output(column.role))
        .collect();
    if inputs.iter().all(|column| column.decision_last.is_none()) {
        return Sentence::new().text("No window of this period has been judged yet.");
    }
    let drifting: Vec<&&DriftColumn> = inputs
        .iter()
        .filter(|column| column.decision_last == Some(Decision::Drift))
        .collect();
    let mut sentence = match drifting.len() {
        0 => Sentence::new().strong(format!(
            "None of {} drifts in the newest window.",
            counted(inputs.len(), "input", "inputs")
        )),
        n => Sentence::new()
            .strong(format!("{n} of {} inputs", inputs.len()))
            .text(if n == 1 {
                " drifts in the newest window."
            } else {
                " drift in the newest window."
            }),
    };
    if let Some(first) = drifting.first() {
        sentence = sentence
            .text(" ")
            .reference(
                RefKind::Column,
                first.name.clone(),
                Some(subject.name().as_str()),
                first.name.clone(),
            )
            .text(" moved most");
        if let Some(value) = first.effect_last {
            sentence = sentence.text(format!(": {}", moved_by(&first.effect_name, value)));
        }
        if let Some(since) = first.drifting_since {
            sentence = sentence.text(format!(", since {}", instant(since, &subject.zone)));
        }
        sentence = sentence.text(".");
    }
    let outputs: Vec<&str> = columns
        .iter()
        .filter(|column| is_output(column.role) && column.decision_last == Some(Decision::Drift))
        .map(|column| column.name.as_str())
        .collect();
    if !outputs.is_empty() {
        let verb = if outputs.len() == 1 {
            "drifts"
        } else {
            "drift"
        };
        sentence = sentence.text(format!(
            " What the model says moved too: {} {verb}.",
            crate::sentences::listed(&outputs)
        ));
    }
    sentence
}

/// An effect after "moved most: ".
pub(super) fn moved_by(effect_name: &str, value: f64) -> String {
    match effect_name {
        "missing_share_change" => {
            format!("missing values by {} points", number(value * 100.0))
        }
        _ => effect(effect_name, value),
    }
}

fn is_output(role: ColumnRole) -> bool {
    matches!(role, ColumnRole::Score | ColumnRole::Prediction)
}

/// What the performance page's sentence is about.
pub(super) struct PerformanceFacts<'a> {
    pub(super) metric: PerformanceMetric,
    /// Of the whole period.
    pub(super) value: Option<f64>,
    pub(super) labelled_share: Option<f64>,
    /// The newest judgement, where the page shows what is judged.
    pub(super) judged: Option<&'a PerformanceDetail>,
    pub(super) known_at: Option<Timestamp>,
}

/// "AUC averaged 0.71 over the last 14 windows, against 0.75 in the reference; …"
pub(super) fn performance(subject: &Subject, facts: &PerformanceFacts<'_>) -> Sentence {
    let name = facts.metric.title();
    let mut sentence = Sentence::new();
    if let Some(known_at) = facts.known_at {
        let known_at = instant(known_at, &subject.zone);
        sentence = sentence.text(format!("As known on {known_at}: "));
    }
    let Some(share) = facts.labelled_share else {
        return sentence.text("No predictions in this period.");
    };
    let mean = facts.judged.and_then(|detail| {
        let slow = detail
            .judgements
            .iter()
            .filter(|one| one.mean.is_some())
            .max_by_key(|one| one.over_windows)?;
        Some((slow, slow.mean?, detail.reference_mean))
    });
    sentence = match (mean, facts.value) {
        (Some((slow, mean, reference)), _) => {
            let against = reference.map_or_else(String::new, |reference| {
                format!(", against {} in the reference", number(reference))
            });
            sentence
                .strong(format!("{name} averaged {}", number(mean)))
                .text(format!(
                    " over the last {} windows{against}",
                    slow.n_windows
                ))
                .text(match slow.decision {
                    Decision::Breach => "; its usual spread does not explain that.",
                    Decision::Ok => "; within its usual spread.",
                    _ => ".",
                })
        }
        (None, Some(value)) => sentence
            .strong(format!("{name} is {}", number(value)))
            .text(" over the whole period."),
        (None, None) => sentence.text(format!("{name} has no value yet.")),
    };
    let arrived = if facts.known_at.is_some() {
        "had arrived"
    } else {
        "have arrived"
    };
    sentence = sentence.text(format!(" {} of the labels {arrived}", percent(share)));
    match subject
        .progress
        .labels_through
        .filter(|_| facts.known_at.is_none())
    {
        Some(through) => sentence.text(format!(", the newest on {}.", day(through, &subject.zone))),
        None => sentence.text("."),
    }
}
