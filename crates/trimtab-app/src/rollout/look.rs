//! A look at a rollout: the numbers from the store and from the last minutes, judged.

use super::quality;
use super::recent::{Arrived, Recent};
use crate::app::App;
use crate::sentences::{number, percent};
use jiff::Timestamp;
use trimtab_domain::documents::rollout_policy::{EntryCondition, Guardrail, Stage};
use trimtab_domain::documents::rule::Comparison;
use trimtab_domain::documents::{Clock, ColumnRole, ModelSpec};
use trimtab_domain::fold::PredictionRole;
use trimtab_domain::ports::store::SignalQuery;
use trimtab_domain::registry::CHAMPION;
use trimtab_domain::rollout::{Observation, Reading, ReadingState, Rollout, Totals};
use trimtab_domain::{ModelName, Result, Window};
use trimtab_stats::performance::newcombe_interval;
use trimtab_stats::{ColumnGrid, ColumnProfile, NumericGrid, NumericProfile, binomial_sf};

/// Guardrails are looked at again and again: each look may be wrong this often.
const ALPHA: f64 = 0.001;

/// The model's event time: where its events stand, and for a live clock not before now.
pub(crate) async fn event_now(app: &App, spec: &ModelSpec) -> Result<Option<Timestamp>> {
    let progress = app.store().progress().await?;
    let watermark = progress
        .get(&spec.name)
        .and_then(|progress| progress.watermark.max(progress.complete_until));
    Ok(match spec.clock {
        Clock::Live => Some(watermark.unwrap_or(Timestamp::MIN).max(app.now())),
        Clock::Event => watermark,
    })
}

/// All predictions there ever were of two versions.
pub(crate) async fn totals(
    app: &App,
    model: &ModelName,
    champion: &str,
    challenger: &str,
) -> Result<Totals> {
    let mut totals = Totals::default();
    for seen in app.store().versions(model).await? {
        let count = match seen.role {
            PredictionRole::Live if seen.version == challenger => &mut totals.challenger_live,
            PredictionRole::Shadow if seen.version == challenger => &mut totals.challenger_shadow,
            PredictionRole::Live if seen.version == champion => &mut totals.champion_live,
            _ => continue,
        };
        *count += seen.n_predictions;
    }
    Ok(totals)
}

/// Everything that the rule for advancing wants to know.
pub(crate) async fn observe(app: &App, rollout: &Rollout) -> Result<Observation> {
    let spec = app.model(&rollout.model).await?;
    let scene = Scene {
        app,
        rollout,
        spec: &spec,
        now: app.now(),
    };
    let mut guardrails = Vec::with_capacity(rollout.policy.guardrails.len());
    for guardrail in &rollout.policy.guardrails {
        guardrails.push(scene.guardrail(guardrail).await?);
    }
    let next = rollout.policy.steps.get(rollout.step + 1);
    let mut conditions = Vec::new();
    for condition in next.map_or(&[][..], |step| &step.entry) {
        conditions.push(scene.condition(condition).await?);
    }
    let (champion, challenger) = (&rollout.champion, &rollout.challenger);
    Ok(Observation {
        step: rollout.step,
        event_now: event_now(app, &spec).await?,
        totals: totals(app, &rollout.model, champion, challenger).await?,
        is_validated: super::registry::is_validated(app, rollout).await?,
        guardrails,
        conditions,
        champion: app.alias_label(rollout.model.as_str(), CHAMPION).await?,
    })
}

struct Scene<'a> {
    app: &'a App,
    rollout: &'a Rollout,
    spec: &'a ModelSpec,
    now: Timestamp,
}

impl Scene<'_> {
    async fn guardrail(&self, guardrail: &Guardrail) -> Result<Reading> {
        match guardrail {
            Guardrail::Latency { .. } => self.latency(guardrail).await,
            Guardrail::Errors { .. } => self.errors(guardrail),
            Guardrail::Signal {
                signal,
                op,
                threshold,
            } => self.signal(guardrail, signal, *op, *threshold).await,
            Guardrail::Quality {
                metric,
                worse_by_max,
                labels_min,
            } => {
                let asked = quality::Asked {
                    metric: *metric,
                    worse_by_max: *worse_by_max,
                    labels_min: *labels_min,
                };
                let mut reading =
                    quality::reading(self.app, self.spec, self.rollout, &asked).await?;
                if reading.state == ReadingState::NotEnoughData && reading.n > 0 {
                    // A guardrail asks whether it is surely worse; a gate, whether it surely is not.
                    reading.state = ReadingState::Holds;
                }
                Ok(reading)
            }
        }
    }

    async fn condition(&self, condition: &EntryCondition) -> Result<Reading> {
        match condition {
            EntryCondition::Quality {
                metric,
                worse_by_max,
                labels_min,
            } => {
                let asked = quality::Asked {
                    metric: *metric,
                    worse_by_max: *worse_by_max,
                    labels_min: *labels_min,
                };
                quality::reading(self.app, self.spec, self.rollout, &asked).await
            }
            EntryCondition::AbTest { accept } => {
                let decided = super::registry::ab_decision(self.app, self.rollout).await?;
                Ok(super::registry::ab_reading(accept, decided))
            }
        }
    }

    /// What arrived of the two versions in the last minutes: candidate, champion.
    fn arrived(&self) -> Result<(Arrived, Arrived)> {
        let recent: &Recent = &self.app.inner.recent;
        let minutes = self.rollout.policy.guardrail_minutes;
        let role = if self.rollout.stage() == Stage::Shadow {
            PredictionRole::Shadow
        } else {
            PredictionRole::Live
        };
        let (model, rollout) = (&self.rollout.model, self.rollout);
        Ok((
            recent.last((model, &rollout.challenger, role), minutes, Some(self.now))?,
            recent.last(
                (model, &rollout.champion, PredictionRole::Live),
                minutes,
                None,
            )?,
        ))
    }

    async fn latency(&self, guardrail: &Guardrail) -> Result<Reading> {
        let Guardrail::Latency {
            quantile,
            ms_max,
            ratio_max,
            slack_ms,
        } = guardrail
        else {
            return Ok(Reading::unseen(guardrail));
        };
        let name = guardrail.name();
        let Some(column) = self.spec.column_of_role(ColumnRole::Latency) else {
            return Ok(not_measured(
                name,
                "the model has no column with the role `latency`",
            ));
        };
        let catalog = self.app.catalog().await?;
        let entry = catalog.models.get(&self.spec.name);
        let grid = entry
            .and_then(|entry| entry.grid.as_deref())
            .and_then(|grid| {
                let (_, column) = grid.columns.get(grid.position(&column.name)?)?;
                match column {
                    ColumnGrid::Numeric(grid) => Some(grid),
                    ColumnGrid::Categorical(_) => None,
                }
            });
        let Some(grid) = grid else {
            return Ok(not_measured(
                name,
                "the model has no reference yet, so nothing is counted",
            ));
        };
        let (challenger, champion) = self.arrived()?;
        let usual = numbers(&champion)
            .filter(|found| found.n() >= self.rollout.policy.requests_min)
            .and_then(|found| found.quantile(grid, *quantile));
        let by_ratio = ratio_max
            .zip(usual)
            .map(|(ratio, usual)| (usual * ratio).max(usual + slack_ms));
        let limit = match (by_ratio, *ms_max) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
        Ok(judge_latency(
            name,
            *quantile,
            (numbers(&challenger), grid),
            usual,
            limit,
            self.rollout.policy.requests_min,
        ))
    }

    fn errors(&self, guardrail: &Guardrail) -> Result<Reading> {
        let Guardrail::Errors {
            share_max,
            above_champion_max,
        } = guardrail
        else {
            return Ok(Reading::unseen(guardrail));
        };
        let name = guardrail.name();
        if self.spec.column_of_role(ColumnRole::Error).is_none() {
            return Ok(not_measured(
                name,
                "the model has no column with the role `error`",
            ));
        }
        let (challenger, champion) = self.arrived()?;
        let requests_min = self.rollout.policy.requests_min;
        let limits = ErrorLimits {
            share_max: *share_max,
            above_champion_max: *above_champion_max,
        };
        Ok(judge_errors(
            name,
            &challenger,
            &champion,
            &limits,
            requests_min,
        ))
    }

    /// The newest value since the rollout began; of the candidate, where the signal tells versions
    /// apart.
    async fn signal(
        &self,
        guardrail: &Guardrail,
        signal: &str,
        op: Comparison,
        threshold: f64,
    ) -> Result<Reading> {
        let start = self.rollout.started_event_at.unwrap_or(Timestamp::MIN);
        let points = self
            .app
            .store()
            .signals(&SignalQuery {
                model: Some(self.spec.name.clone()),
                name: Some(signal.to_owned()),
                range: Some(Window {
                    start,
                    end: Timestamp::MAX,
                }),
                newest_only: false,
            })
            .await?;
        let version =
            |point: &trimtab_domain::signal::SignalPoint| point.key.labels.get("version").cloned();
        let has_versions = points.iter().any(|point| version(point).is_some());
        let newest = points
            .iter()
            .filter(|point| {
                !has_versions || version(point).as_deref() == Some(&*self.rollout.challenger)
            })
            .filter_map(|point| Some((point.window.start, point.n, point.value?)))
            .max_by_key(|(start, ..)| *start);
        let mut reading = Reading::plain(guardrail.name(), ReadingState::NotEnoughData, "");
        reading.limit = Some(threshold);
        let Some((at, n, value)) = newest else {
            reading.text = format!("`{signal}` has no value since the rollout began");
            return Ok(reading);
        };
        let is_breached = op.holds(value, threshold);
        reading.state = state(is_breached);
        reading.challenger = Some(value);
        reading.n = n;
        reading.text = format!(
            "`{signal}` is {} since {at}, {} {} {}",
            number(value),
            if is_breached { "which is" } else { "not" },
            op.as_str(),
            number(threshold)
        );
        Ok(reading)
    }
}

fn state(is_breached: bool) -> ReadingState {
    if is_breached {
        ReadingState::Breached
    } else {
        ReadingState::Holds
    }
}

fn not_measured(name: String, why: &str) -> Reading {
    Reading::plain(name, ReadingState::NotMeasured, why)
}

fn numbers(arrived: &Arrived) -> Option<&NumericProfile> {
    match &arrived.latency {
        Some(ColumnProfile::Numeric(numbers)) => Some(numbers),
        _ => None,
    }
}

/// How many of the values surely lie above a limit: those in bins that begin there or beyond.
fn n_above(numbers: &NumericProfile, grid: &NumericGrid, limit: f64) -> u64 {
    let edges = grid.edges();
    let last = numbers.n_bins().saturating_sub(1);
    (0..numbers.n_bins())
        .filter(|&bin| {
            let begins_above = bin > 0 && edges.get(bin - 1).is_some_and(|edge| *edge >= limit);
            // The last bin is open: its mean says where its values are.
            begins_above || (bin == last && numbers.mean_above().is_some_and(|mean| mean > limit))
        })
        .map(|bin| numbers.count(bin))
        .sum()
}

/// Breached when more answers are slower than the limit than the quantile allows, by more than
/// chance.
fn judge_latency(
    name: String,
    quantile: f64,
    (found, grid): (Option<&NumericProfile>, &NumericGrid),
    champion: Option<f64>,
    limit: Option<f64>,
    requests_min: u64,
) -> Reading {
    let n = found.map_or(0, NumericProfile::n);
    let value = found.and_then(|found| found.quantile(grid, quantile));
    let mut reading = Reading {
        challenger: value,
        champion,
        limit,
        n,
        ..Reading::plain(name, ReadingState::NotEnoughData, "")
    };
    let (Some(found), Some(value)) = (found.filter(|_| n >= requests_min), value) else {
        reading.text = format!("{n} of {requests_min} answers in the last minutes");
        return reading;
    };
    let Some(limit) = limit else {
        reading.text =
            format!("the champion has fewer than {requests_min} answers to compare with");
        return reading;
    };
    let n_slow = n_above(found, grid, limit);
    let is_breached = value > limit && binomial_sf(n_slow, n, 1.0 - quantile) < ALPHA;
    reading.state = state(is_breached);
    reading.text = format!(
        "{} of {n} answers took longer than {} ms; {} % took up to {} ms",
        n_slow,
        number(limit),
        number(quantile * 100.0),
        number(value)
    );
    reading
}

struct ErrorLimits {
    share_max: Option<f64>,
    above_champion_max: Option<f64>,
}

fn judge_errors(
    name: String,
    challenger: &Arrived,
    champion: &Arrived,
    limits: &ErrorLimits,
    requests_min: u64,
) -> Reading {
    let (n, failed) = (challenger.n_rows, challenger.n_failed.unwrap_or(0));
    let share = |failed: u64, n: u64| failed as f64 / (n.max(1)) as f64;
    let mut reading = Reading {
        n,
        ..Reading::plain(name, ReadingState::NotEnoughData, "")
    };
    if n < requests_min || challenger.n_failed.is_none() {
        reading.text = format!("{n} of {requests_min} answers in the last minutes");
        return reading;
    }
    let ours = share(failed, n);
    reading.challenger = Some(ours);
    let mut is_breached = false;
    let mut is_judged = false;
    if let Some(most) = limits.share_max {
        reading.limit = Some(most);
        is_judged = true;
        is_breached |= ours > most && binomial_sf(failed, n, most) < ALPHA;
    }
    let has_champion = champion.n_rows >= requests_min;
    if let (Some(above), Some(theirs), true) =
        (limits.above_champion_max, champion.n_failed, has_champion)
    {
        let usual = share(theirs, champion.n_rows);
        let limit = usual + above;
        reading.champion = Some(usual);
        reading.limit = Some(reading.limit.map_or(limit, |other| other.min(limit)));
        is_judged = true;
        // The interval is two-sided: half of what it leaves out lies on the side that matters.
        let (lower, _) = newcombe_interval(
            (ours, n as f64),
            (usual, champion.n_rows as f64),
            1.0 - 2.0 * ALPHA,
        );
        is_breached |= lower > above;
    }
    reading.text = format!("{failed} of {n} answers failed ({})", percent(ours));
    if is_judged {
        reading.state = state(is_breached);
    } else {
        reading
            .text
            .push_str("; the champion has too few to compare with");
    }
    reading
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid() -> NumericGrid {
        let mut usual: Vec<f64> = (1..200).map(f64::from).collect();
        NumericGrid::from_sample(&mut usual, 512).unwrap()
    }

    fn latencies(grid: &NumericGrid, values: impl Iterator<Item = f64>) -> NumericProfile {
        let mut profile = NumericProfile::empty(grid);
        profile.add_values(grid, &values.collect::<Vec<_>>());
        profile
    }

    fn judged(values: impl Iterator<Item = f64>, limit: f64) -> Reading {
        let grid = grid();
        let found = latencies(&grid, values);
        let name = "latency_p99".to_owned();
        judge_latency(
            name,
            0.99,
            (Some(&found), &grid),
            Some(40.0),
            Some(limit),
            100,
        )
    }

    #[test]
    fn a_slow_candidate_is_caught_and_a_slow_answer_is_not() {
        let fine = (0..300).map(|i| 10.0 + f64::from(i % 30));
        assert_eq!(judged(fine.clone(), 60.0).state, ReadingState::Holds);
        let with_outliers = fine.clone().chain([900.0, 950.0, 90.0, 80.0]);
        let reading = judged(with_outliers, 60.0);
        assert_eq!(reading.state, ReadingState::Holds, "{}", reading.text);
        let slow = fine.map(|ms| ms + 250.0);
        let reading = judged(slow, 60.0);
        assert_eq!(reading.state, ReadingState::Breached, "{}", reading.text);
        assert!(
            reading
                .text
                .starts_with("300 of 300 answers took longer than 60 ms")
        );
        let few = (0..50).map(|_| 900.0);
        assert_eq!(judged(few, 60.0).state, ReadingState::NotEnoughData);
    }

    fn arrived(n_rows: u64, n_failed: u64) -> Arrived {
        Arrived {
            n_rows,
            n_failed: Some(n_failed),
            ..Arrived::default()
        }
    }

    #[test]
    fn failures_are_judged_beside_the_champion() {
        let limits = ErrorLimits {
            share_max: None,
            above_champion_max: Some(0.005),
        };
        let check = |challenger, champion| {
            let name = "errors".to_owned();
            judge_errors(name, &challenger, &champion, &limits, 100).state
        };
        assert_eq!(
            check(arrived(1_000, 3), arrived(9_000, 20)),
            ReadingState::Holds
        );
        assert_eq!(
            check(arrived(1_000, 60), arrived(9_000, 20)),
            ReadingState::Breached
        );
        assert_eq!(
            check(arrived(1_000, 60), arrived(9_000, 500)),
            ReadingState::Holds
        );
        assert_eq!(
            check(arrived(50, 50), arrived(9_000, 0)),
            ReadingState::NotEnoughData
        );
        assert_eq!(
            check(arrived(500, 9), arrived(0, 0)),
            ReadingState::NotEnoughData
        );
    }
}
