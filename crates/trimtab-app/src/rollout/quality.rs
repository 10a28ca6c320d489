//! Quality of two versions on labels since a rollout began.
//!
//! Rows are not independent, days nearly are: both versions are measured on each day, and what is
//! judged is the mean of the daily differences with Student's interval. In a shadow step both
//! have the same rows of each day; in a split each has its own.

use crate::app::App;
use crate::evaluate::{merge_into, metric_of, n_labelled};
use crate::sentences::number;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::collections::BTreeMap;
use trimtab_domain::documents::{Direction, ModelSpec, PerformanceMetric};
use trimtab_domain::fold::PerformanceProfile;
use trimtab_domain::ports::store::ProfileQuery;
use trimtab_domain::rollout::{Reading, ReadingState, Rollout};
use trimtab_domain::{Error, Granularity, Result, Window};
use trimtab_stats::student_t_quantile;

/// Either end of the interval may be wrong this often.
const ALPHA: f64 = 0.025;
/// Fewer days say nothing about how much days differ.
const DAYS_MIN: usize = 5;
/// A day with fewer labels of either version is left out: its metric is mostly noise.
const LABELS_A_DAY_MIN: u64 = 20;

/// What is asked.
pub(crate) struct Asked {
    pub(crate) metric: PerformanceMetric,
    pub(crate) worse_by_max: f64,
    pub(crate) labels_min: u64,
}

/// Whether the candidate is not worse: holds when it surely is not, breached when it surely is.
pub(crate) async fn reading(
    app: &App,
    spec: &ModelSpec,
    rollout: &Rollout,
    asked: &Asked,
) -> Result<Reading> {
    let since = rollout.started_event_at.unwrap_or(Timestamp::MIN);
    let challenger = by_day(app, spec, &rollout.challenger, since).await?;
    let champion = by_day(app, spec, &rollout.champion, since).await?;
    Ok(judge(asked, &challenger, &champion))
}

type Days = BTreeMap<Timestamp, PerformanceProfile>;

async fn by_day(app: &App, spec: &ModelSpec, version: &str, since: Timestamp) -> Result<Days> {
    let zone = TimeZone::get(&spec.time_zone).map_err(|source| {
        Error::internal(format!("time zone `{}` is unknown", spec.time_zone)).with_source(source)
    })?;
    let query = ProfileQuery {
        model: spec.name.clone(),
        version: Some(version.to_owned()),
        role: None,
        segment: String::new(),
        range: Window {
            start: since,
            end: Timestamp::MAX,
        },
    };
    let mut days: BTreeMap<Timestamp, Option<PerformanceProfile>> = BTreeMap::new();
    for stored in app.store().performance(&query).await? {
        let day = Granularity::Day.floor(stored.key.window.start, &zone)?;
        merge_into(days.entry(day).or_default(), &stored.performance)?;
    }
    Ok(days
        .into_iter()
        .filter_map(|(day, found)| Some((day, found?)))
        .collect())
}

/// How much better the candidate's value is.
fn gain(metric: PerformanceMetric, challenger: f64, champion: f64) -> f64 {
    match metric.bad_direction() {
        Some(Direction::Down) => challenger - champion,
        Some(_) => champion - challenger,
        // A bias is bad in both directions.
        None => champion.abs() - challenger.abs(),
    }
}

fn judge(asked: &Asked, challenger: &Days, champion: &Days) -> Reading {
    let name = format!("quality {}", asked.metric.as_str());
    let mut reading = Reading::plain(name, ReadingState::NotEnoughData, "");
    reading.limit = Some(-asked.worse_by_max);
    let mut n_labels = (0, 0);
    let mut sums = (0.0, 0.0);
    let mut gains = Vec::new();
    for (day, ours) in challenger {
        let Some(theirs) = champion.get(day) else {
            continue;
        };
        let n_day = (n_labelled(ours), n_labelled(theirs));
        n_labels = (n_labels.0 + n_day.0, n_labels.1 + n_day.1);
        let values = metric_of(ours, asked.metric).zip(metric_of(theirs, asked.metric));
        if n_day.0.min(n_day.1) < LABELS_A_DAY_MIN {
            continue;
        }
        if let Some((ours, theirs)) = values {
            gains.push(gain(asked.metric, ours, theirs));
            sums = (sums.0 + ours, sums.1 + theirs);
        }
    }
    let n_days = gains.len();
    let fewest = n_labels.0.min(n_labels.1);
    if fewest < asked.labels_min {
        reading.text = format!("{fewest} of {} labels on either side", asked.labels_min);
        return reading;
    }
    if n_days < DAYS_MIN {
        reading.text = format!("{n_days} of {DAYS_MIN} days with labels of both versions");
        return reading;
    }
    let n = n_days as f64;
    reading.n = n_days as u64;
    reading.challenger = Some(sums.0 / n);
    reading.champion = Some(sums.1 / n);
    let (lower, upper) = interval(&gains);
    reading.state = if upper < -asked.worse_by_max {
        ReadingState::Breached
    } else if lower >= -asked.worse_by_max {
        ReadingState::Holds
    } else {
        ReadingState::NotEnoughData
    };
    reading.text = format!(
        "{} differs by {} in favour of the candidate (95 %: {} to {}, {n_days} days)",
        asked.metric.title(),
        number(gains.iter().sum::<f64>() / n),
        number(lower),
        number(upper)
    );
    reading
}

fn interval(gains: &[f64]) -> (f64, f64) {
    let n = gains.len() as f64;
    let mean = gains.iter().sum::<f64>() / n;
    let squares: f64 = gains.iter().map(|gain| (gain - mean).powi(2)).sum();
    let error = (squares / (n - 1.0) / n).sqrt();
    let reach = error * student_t_quantile(1.0 - ALPHA, n - 1.0);
    (mean - reach, mean + reach)
}

#[cfg(test)]
mod tests {
    use super::*;
    use trimtab_stats::BinaryPerformance;

    fn day(i: i64) -> Timestamp {
        Timestamp::from_second(86_400 * i).unwrap()
    }

    /// Days in which `skill` of the labels are told by the score.
    fn days(n: i64, skill: impl Fn(i64) -> f64) -> Days {
        (0..n)
            .map(|i| {
                let mut performance = BinaryPerformance::default();
                for row in 0..200 {
                    let label = row % 4 == 0;
                    let noise = f64::from((row * 37) % 100) / 100.0;
                    let score = skill(i) * f64::from(u8::from(label)) + (1.0 - skill(i)) * noise;
                    performance.add(Some(score), score >= 0.5, label);
                }
                (day(i), PerformanceProfile::Binary(performance))
            })
            .collect()
    }

    fn check(challenger: &Days, champion: &Days) -> ReadingState {
        let asked = Asked {
            metric: PerformanceMetric::RocAuc,
            worse_by_max: 0.02,
            labels_min: 500,
        };
        judge(&asked, challenger, champion).state
    }

    #[test]
    fn says_not_worse_only_when_it_knows() {
        let usual = |i: i64| 0.3 + 0.01 * (i % 3) as f64;
        let champion = days(20, usual);
        assert_eq!(check(&days(20, usual), &champion), ReadingState::Holds);
        assert_eq!(
            check(&days(20, |i| usual(i) - 0.2), &champion),
            ReadingState::Breached
        );
        assert_eq!(
            check(&days(2, usual), &champion),
            ReadingState::NotEnoughData
        );
        // Better and worse by turns: the mean alone would say nothing of how little is known.
        let by_turns = |i: i64| if i % 2 == 0 { 0.55 } else { 0.05 };
        assert_eq!(
            check(&days(6, by_turns), &champion),
            ReadingState::NotEnoughData
        );
    }
}
