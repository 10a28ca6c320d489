//! `summary`: what happened to a model, in a few lines, all of it read back from stored results.

use super::views::{self, DriftMap, Moved, Notification, Performance};
use crate::cli::SummaryArgs;
use crate::client::{Client, escape};
use crate::terminal;
use anyhow::Result;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use trimtab_app::report::numbers;
use trimtab_domain::documents::PerformanceMetric;

/// Incidents listed at most.
const INCIDENTS_LISTED_MAX: usize = 20;

pub(crate) async fn run(args: SummaryArgs, token: Option<String>) -> Result<()> {
    let client = Client::new(&args.server.server, token)?;
    let model = args.model.as_str();
    let page = views::model_page(&client, model).await?;
    let zone = zone_of(page.time_zone.as_deref());
    let (Some(from), Some(through)) = (page.data_from, page.data_through) else {
        return terminal::line(&format!("{model}: no predictions yet."));
    };
    let n_live: u64 = page
        .versions
        .iter()
        .filter(|version| version.role == "live")
        .map(|version| version.n_predictions)
        .sum();
    terminal::line(&format!(
        "{}: {} predictions from {} to {}.",
        page.display_name.as_deref().unwrap_or(model),
        numbers::full_count(n_live),
        date(from, &zone),
        date(through, &zone)
    ))?;
    let range = range_query(from, through);
    if let Some(map) = drift(&client, model, &range).await? {
        terminal::line(&drift_sentence(&map, &zone))?;
    }
    if let Some(performance) = performance(&client, model, &range).await?
        && let Some(sentence) = performance_sentence(&performance, &zone)
    {
        terminal::line(&sentence)?;
    }
    incidents(&client, model, &zone).await
}

/// Everything there is: a little after the newest row, because ranges are half-open.
pub(super) fn range_query(from: Timestamp, through: Timestamp) -> String {
    let to = through
        .checked_add(jiff::SignedDuration::from_micros(1))
        .unwrap_or(through);
    format!(
        "from={}&to={}",
        escape(&from.to_string()),
        escape(&to.to_string())
    )
}

pub(super) async fn drift(client: &Client, model: &str, range: &str) -> Result<Option<DriftMap>> {
    client
        .find(&format!("/api/v1/models/{}/drift?{range}", escape(model)))
        .await
}

pub(super) async fn performance(
    client: &Client,
    model: &str,
    range: &str,
) -> Result<Option<Performance>> {
    client
        .find(&format!(
            "/api/v1/models/{}/performance?{range}",
            escape(model)
        ))
        .await
}

/// Which input moved most and since when.
pub(super) fn drift_sentence(map: &DriftMap, zone: &TimeZone) -> String {
    let n_judged = map
        .windows
        .iter()
        .filter(|window| window.decision.is_some())
        .count();
    if n_judged == 0 {
        return format!("Monitor {} has judged no {} yet.", map.monitor, map.window);
    }
    let inputs = map
        .columns
        .iter()
        .filter(|column| column.role == "feature")
        .count();
    let moved = map.moved();
    let mut moved = moved.iter().filter(|moved| moved.column.role == "feature");
    let n_moved = moved.clone().count();
    let Some(most) = moved.next() else {
        return format!(
            "None of {inputs} inputs drifted in {n_judged} {}s.",
            map.window
        );
    };
    format!(
        "{n_moved} of {inputs} inputs drifted at some time. {}",
        most_sentence(most, map, zone)
    )
}

fn most_sentence(most: &Moved<'_>, map: &DriftMap, zone: &TimeZone) -> String {
    let at = |idx: usize| {
        map.windows
            .get(idx)
            .map_or_else(String::new, |window| date(window.start, zone))
    };
    let since = most.since_idx.map_or_else(String::new, |idx| {
        format!(" It is drifting now, since {}.", at(idx))
    });
    format!(
        "{} moved most: it drifted in {} of {} {}s, the longest run from {} to {}; at its peak, on \
         {}, by {}× what matters.{since}",
        most.column.name,
        most.n_drifted,
        most.n_judged,
        map.window,
        at(most.run.0),
        at(most.run.1),
        at(most.peak_idx),
        numbers::significant(most.peak_over_floor, 2),
    )
}

/// When the metric was worst, and how accuracy moved meanwhile.
pub(super) fn performance_sentence(performance: &Performance, zone: &TimeZone) -> Option<String> {
    let metric: PerformanceMetric = performance.metric.parse().ok()?;
    let is_low_bad = metric
        .bad_direction()
        .is_none_or(|direction| direction.as_str() == "down");
    let value = |month: &views::Month, name: &str| month.values.get(name).copied().flatten();
    let worst = performance
        .months
        .iter()
        .filter_map(|month| Some((month, value(month, metric.as_str())?)))
        .min_by(|a, b| {
            let order = a.1.total_cmp(&b.1);
            if is_low_bad { order } else { order.reverse() }
        })?;
    let against = performance
        .reference
        .value
        .map_or_else(String::new, |reference| {
            format!(
                " (the reference's windows have {})",
                numbers::metric(reference)
            )
        });
    let mut text = format!(
        "{} was worst in {}: {}{against}.",
        metric.title(),
        month_name(worst.0.start, zone),
        numbers::metric(worst.1)
    );
    if metric != PerformanceMetric::Accuracy
        && let Some(accuracy) = value(worst.0, "accuracy")
    {
        let others: Vec<f64> = performance
            .months
            .iter()
            .filter(|month| month.start != worst.0.start)
            .filter_map(|month| value(month, "accuracy"))
            .collect();
        let n_higher = others.iter().filter(|other| **other > accuracy).count();
        if !others.is_empty() {
            let rank = match n_higher {
                0 => "higher than in any other month".to_owned(),
                n if n == others.len() => "lower than in any other month".to_owned(),
                n => format!("higher in {n} of the other {} months", others.len()),
            };
            let accuracy = numbers::metric(accuracy);
            text = format!("{text} Accuracy was {accuracy} in that month, {rank}.");
        }
    }
    Some(text)
}

async fn incidents(client: &Client, model: &str, zone: &TimeZone) -> Result<()> {
    let incidents = views::incidents(client, model).await?;
    if incidents.is_empty() {
        return terminal::line("No incidents.");
    }
    let noun = if incidents.len() == 1 {
        "incident"
    } else {
        "incidents"
    };
    terminal::line(&format!("{} {noun}:", incidents.len()))?;
    let mut table = terminal::table(&["", "severity", "what", "since", "until"]);
    for incident in incidents.iter().take(INCIDENTS_LISTED_MAX) {
        let until = match (incident.resolved_at, incident.state.as_str()) {
            (Some(at), _) => date(at, zone),
            (None, state) => format!("({state})"),
        };
        table.add_row([
            format!("#{}", incident.number),
            incident.severity.clone(),
            incident.title.clone(),
            date(incident.opened_at, zone),
            until,
        ]);
    }
    terminal::line(&terminal::rendered(&table))?;
    if incidents.len() > INCIDENTS_LISTED_MAX {
        let rest = incidents.len() - INCIDENTS_LISTED_MAX;
        terminal::line(&format!("… and {rest} older ones"))?;
    }
    match last_message(client, &incidents).await? {
        Some((number, message)) => terminal::line(&format!(
            "Last message: to {} on incident #{number} ({}), {} after {} {}.",
            message.channel,
            message.kind,
            message.state,
            message.attempts,
            if message.attempts == 1 {
                "attempt"
            } else {
                "attempts"
            }
        )),
        None => terminal::line("No messages were sent."),
    }
}

async fn last_message(
    client: &Client,
    incidents: &[views::Incident],
) -> Result<Option<(u64, Notification)>> {
    let mut last: Option<(u64, Notification)> = None;
    for incident in incidents.iter().take(INCIDENTS_LISTED_MAX) {
        let path = format!("/api/v1/incidents/{}", escape(&incident.id));
        let page: views::IncidentPage = client.get(&path).await?;
        for message in page.notifications {
            if last
                .as_ref()
                .is_none_or(|(_, newest)| newest.at <= message.at)
            {
                last = Some((incident.number, message));
            }
        }
    }
    Ok(last)
}

pub(super) fn zone_of(name: Option<&str>) -> TimeZone {
    name.and_then(|name| TimeZone::get(name).ok())
        .unwrap_or(TimeZone::UTC)
}

pub(super) fn date(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned_datetime(zone.clone())
        .strftime("%-d %b %Y")
        .to_string()
}

pub(super) fn month_name(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned_datetime(zone.clone())
        .strftime("%B %Y")
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_worst_month_is_named_and_what_accuracy_did_meanwhile() {
        let month = |start: &str, auc: f64, accuracy: f64| {
            json!({"start": start, "n": 10, "n_labelled": 9,
                   "values": {"roc_auc": auc, "accuracy": accuracy, "f1": null}})
        };
        let answer = json!({
            "metric": "roc_auc",
            "series": {"points": []},
            "reference": {"value": 0.7384},
            "months": [
                month("2013-08-01T00:00:00Z", 0.676, 0.759),
                month("2013-09-01T00:00:00Z", 0.638, 0.853),
                month("2013-10-01T00:00:00Z", 0.669, 0.835),
            ],
        });
        let performance: Performance = serde_json::from_value(answer).unwrap();
        assert_eq!(
            performance_sentence(&performance, &TimeZone::UTC).unwrap(),
            "AUC was worst in September 2013: 0.638 (the reference's windows have 0.738). \
             Accuracy was 0.853 in that month, higher than in any other month."
        );
    }

    #[test]
    fn what_moved_is_what_moved_longest() {
        let column = |name: &str, values: [f64; 4]| {
            let cells: Vec<_> = values
                .iter()
                .map(|&v| json!({"v": v, "decision": if v > 1.0 { "drift" } else { "ok" }}))
                .collect();
            json!({"name": name, "role": "feature", "cells": cells})
        };
        let windows: Vec<_> = (1..=4)
            .map(|day| json!({"start": format!("2013-06-0{day}T00:00:00Z"), "decision": "ok"}))
            .collect();
        let mut answer = json!({
            "monitor": "inputs", "window": "day", "windows": windows,
            "columns": [column("spike", [0.1, 90.0, 0.1, 0.1]),
                        column("temp", [0.2, 3.0, 4.0, 2.0]),
                        column("quiet", [0.1, 0.1, 0.1, 0.1])],
        });
        let map: DriftMap = serde_json::from_value(answer.clone()).unwrap();
        assert_eq!(
            drift_sentence(&map, &TimeZone::UTC),
            "2 of 3 inputs drifted at some time. temp moved most: it drifted in 3 of 4 days, the \
             longest run from 2 Jun 2013 to 4 Jun 2013; at its peak, on 3 Jun 2013, by 4.0× what \
             matters. It is drifting now, since 2 Jun 2013."
        );
        answer["columns"] = json!([column("quiet", [0.1, 0.1, 0.1, 0.1])]);
        let map: DriftMap = serde_json::from_value(answer).unwrap();
        assert_eq!(
            drift_sentence(&map, &TimeZone::UTC),
            "None of 1 inputs drifted in 4 days."
        );
    }
}
