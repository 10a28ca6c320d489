//! From logged rows to evidence: what an engine does behind its port, once for all engines.

use super::AbDesign;
use crate::documents::PerformanceMetric;
use crate::documents::ab_test::{AbMetric, AbUnit};
use crate::error::Result;
use crate::ports::ab_test::{AbEvidence, AbQuery, MetricEvidence, SegmentEvidence};
use crate::time::Granularity;
use jiff::Timestamp;
use std::collections::HashMap;
use trimtab_stats::ab_test::{
    Adjusted, AdjustedMoments, AreaContributions, ArmQuantile, Estimate, ShareBounds, UnitMoments,
};

/// Part of a guardrail's level that goes to bounds which hold where hardly anything was met.
pub(super) const EXACT_SHARE: f64 = 0.1;
/// Segments that are looked at apart, at most: the first that are met.
const SEGMENTS_MAX: u32 = 200;
const DAY_US: i64 = 86_400_000_000;
/// Zones begin their days at multiples of this.
const QUARTER_US: i64 = 900_000_000;
/// Scores this near to 0 or 1 count as this near in a log loss.
const SCORE_EDGE: f64 = 1e-15;

/// One prediction of either version.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// Hash of what is assigned to a side.
    pub unit: u64,
    /// Hash of the prediction's identifier.
    pub id: u64,
    /// Which side.
    pub is_challenger: bool,
    /// Event time, microseconds.
    pub at_us: i64,
    /// Its label, once known.
    pub label: Option<LabelOutcome>,
    /// Milliseconds that it took.
    pub latency_ms: Option<f64>,
    /// Whether it failed.
    pub failed: Option<bool>,
    /// The columns that metrics ask for, in the order of [`Outcomes::columns`]; not a number where
    /// missing.
    pub columns: Box<[f64]>,
    /// Positions in the list of segments.
    pub segments: Box<[u32]>,
}

/// What a label says of a prediction.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LabelOutcome {
    /// When it became known, microseconds.
    pub known_us: i64,
    /// The truth: 1 or 0 for a class, or a number.
    pub value: f64,
    /// What was predicted as a probability.
    pub score: Option<f64>,
    /// What was decided.
    pub predicted: Option<f64>,
}

/// Rows of a query, to be cut at its moments.
#[derive(Debug, Default)]
pub struct Outcomes {
    rows: Vec<Outcome>,
    segments: Vec<String>,
    positions: HashMap<String, u32>,
}

impl Outcomes {
    /// The columns whose values rows must bring, in this order.
    pub fn columns(query: &AbQuery) -> Vec<&str> {
        let named = query.metrics.iter().filter_map(|metric| match metric {
            AbMetric::Column { column, .. } => Some(column.as_str()),
            _ => None,
        });
        named.collect()
    }

    /// From when on rows are needed: the baseline's beginning.
    pub fn since(query: &AbQuery) -> Timestamp {
        let back = i64::from(query.baseline_days.unwrap_or(0)) * DAY_US;
        Timestamp::from_microsecond(query.since.as_microsecond().saturating_sub(back))
            .unwrap_or(query.since)
    }

    /// The position of a segment, `column=value`; `None` for one more than are looked at.
    pub fn segment(&mut self, name: &str) -> Option<u32> {
        if let Some(position) = self.positions.get(name) {
            return Some(*position);
        }
        let position = u32::try_from(self.segments.len())
            .ok()
            .filter(|position| *position < SEGMENTS_MAX)?;
        self.segments.push(name.to_owned());
        self.positions.insert(name.to_owned(), position);
        Some(position)
    }

    /// Rows so far.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Adds a row.
    pub fn push(&mut self, row: Outcome) {
        self.rows.push(row);
    }

    /// Sets the label of a prediction that is there: by its position, as pushed.
    pub fn label(&mut self, position: usize, label: LabelOutcome) {
        if let Some(row) = self.rows.get_mut(position) {
            row.label = Some(label);
        }
    }

    /// The evidence at every moment of the query.
    ///
    /// # Errors
    ///
    /// `Invalid` if the model's zone is unknown.
    pub fn evidence(mut self, query: &AbQuery) -> Result<Vec<AbEvidence>> {
        if query.design == AbDesign::Shadow {
            self.days_are_units(query)?;
        } else if query.unit == AbUnit::Row {
            for row in &mut self.rows {
                row.unit = row.id;
            }
        }
        // Dense numbers for units: what is kept by unit is then a list.
        let mut numbers: HashMap<u64, u32> = HashMap::new();
        for row in &mut self.rows {
            let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
            row.unit = u64::from(*numbers.entry(row.unit).or_insert(next));
        }
        let cut = Cut {
            query,
            rows: &self.rows,
            n_units: numbers.len(),
            n_segments: self.segments.len(),
            names: &self.segments,
        };
        Ok(query.looks.iter().map(|at| cut.at(*at)).collect())
    }

    fn days_are_units(&mut self, query: &AbQuery) -> Result<()> {
        let zone = query.model.zone()?;
        let mut days: HashMap<i64, i64> = HashMap::new();
        for row in &mut self.rows {
            let quarter = row.at_us.div_euclid(QUARTER_US);
            let day = if let Some(day) = days.get(&quarter) {
                *day
            } else {
                let at = Timestamp::from_microsecond(row.at_us).unwrap_or(query.since);
                let day = Granularity::Day.floor(at, &zone)?.as_microsecond();
                days.insert(quarter, day);
                day
            };
            row.unit = day.cast_unsigned();
        }
        Ok(())
    }
}

/// Sides on which a unit was met, as bits.
const CHAMPION: u8 = 1;
const CHALLENGER: u8 = 2;

fn side(is_challenger: bool) -> usize {
    usize::from(is_challenger)
}

/// All rows, ready to be cut at a moment.
struct Cut<'a> {
    query: &'a AbQuery,
    rows: &'a [Outcome],
    n_units: usize,
    n_segments: usize,
    names: &'a [String],
}

/// The rows that were known at a moment.
struct Moment<'a> {
    cut: &'a Cut<'a>,
    at_us: i64,
    rows: Vec<&'a Outcome>,
    /// Rows of units before the test, for the baseline.
    before: Vec<&'a Outcome>,
}

impl<'a> Cut<'a> {
    fn at(&'a self, at: Timestamp) -> AbEvidence {
        let (since_us, at_us) = (self.query.since.as_microsecond(), at.as_microsecond());
        let in_time = |row: &&Outcome| (since_us..at_us).contains(&row.at_us);
        let mut sides = vec![0_u8; self.n_units];
        for row in self.rows.iter().filter(in_time) {
            sides[unit_of(row)] |= if row.is_challenger {
                CHALLENGER
            } else {
                CHAMPION
            };
        }
        let is_split = self.query.design != AbDesign::Shadow;
        let is_crossed = |sides: u8| is_split && sides == CHAMPION | CHALLENGER;
        let rows: Vec<&Outcome> = self
            .rows
            .iter()
            .filter(in_time)
            .filter(|row| !is_crossed(sides[unit_of(row)]))
            .collect();
        let before = self
            .rows
            .iter()
            .filter(|row| row.at_us < since_us)
            .collect();
        let mut n_rows = [0; 2];
        for row in &rows {
            n_rows[side(row.is_challenger)] += 1;
        }
        let count = |bit: u8| {
            let alone = sides
                .iter()
                .filter(|sides| **sides & bit != 0 && !is_crossed(**sides));
            alone.count() as u64
        };
        let moment = Moment {
            cut: self,
            at_us,
            rows,
            before,
        };
        AbEvidence {
            at,
            n_units: [count(CHAMPION), count(CHALLENGER)],
            n_rows,
            n_crossed: sides.iter().filter(|sides| is_crossed(**sides)).count() as u64,
            metrics: (0..self.query.metrics.len())
                .map(|place| moment.metric(place, &moment.rows))
                .collect(),
            segments: moment.segments(),
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "units were numbered in 32 bits"
)]
fn unit_of(row: &Outcome) -> usize {
    row.unit as usize
}

impl<'a> Moment<'a> {
    /// The label, if it was known by then.
    fn label(&self, row: &Outcome) -> Option<LabelOutcome> {
        row.label.filter(|label| label.known_us < self.at_us)
    }

    /// What a row adds to a metric that is a mean over rows.
    fn value(&self, place: usize, row: &Outcome) -> Option<f64> {
        match &self.cut.query.metrics[place] {
            AbMetric::Quality { metric } => loss(*metric, self.label(row)?),
            AbMetric::LabelMean { .. } => self.label(row).map(|label| label.value),
            AbMetric::Column { .. } => {
                let named = self.cut.query.metrics[..place]
                    .iter()
                    .filter(|metric| matches!(metric, AbMetric::Column { .. }));
                row.columns.get(named.count()).copied()
            }
            AbMetric::Errors {} => row.failed.map(|failed| f64::from(u8::from(failed))),
            AbMetric::Latency { .. } | AbMetric::Signal { .. } => None,
        }
        .filter(|value| value.is_finite())
    }

    fn metric(&self, place: usize, rows: &[&'a Outcome]) -> MetricEvidence {
        match &self.cut.query.metrics[place] {
            AbMetric::Latency { quantile } => self.quantile(*quantile, rows),
            AbMetric::Signal { .. } => MetricEvidence::default(),
            AbMetric::Quality {
                metric: PerformanceMetric::RocAuc,
            } => self.area(rows),
            _ if self.cut.query.design == AbDesign::Shadow => self.paired(place, rows),
            _ => self.split(place, rows),
        }
    }

    /// Units of either side, each with its rows' sum.
    fn split(&self, place: usize, rows: &[&Outcome]) -> MetricEvidence {
        let mut of_unit = vec![(0.0_f64, 0.0_f64, 0_u8); self.cut.n_units];
        let (mut n_ones, mut n_zeros, mut is_binary) = (0_u64, 0_u64, true);
        for row in rows {
            let Some(value) = self.value(place, row) else {
                continue;
            };
            let (sum, n, side) = &mut of_unit[unit_of(row)];
            *sum += value;
            *n += 1.0;
            *side = u8::from(row.is_challenger);
            if value.to_bits() == 1.0_f64.to_bits() {
                n_ones += 1;
            } else if value.abs().to_bits() == 0 {
                n_zeros += 1;
            } else {
                is_binary = false;
            }
        }
        let mut sides = [UnitMoments::default(); 2];
        for (sum, n, side) in of_unit.iter().filter(|unit| unit.1 > 0.0) {
            sides[usize::from(*side)].add(*sum, *n);
        }
        let mut evidence = of_moments(&sides);
        evidence.n_rarer = is_binary.then(|| n_ones.min(n_zeros));
        if place > 0 && is_binary {
            let mut exact = [(0.0, 0.0); 2];
            for (sum, n, side) in of_unit.iter().filter(|unit| unit.1 > 0.0) {
                let (total, units) = &mut exact[usize::from(*side)];
                *total += sum / n;
                *units += 1.0;
            }
            evidence.bounds = self.exact_bounds(exact);
        }
        if place == 0 && self.cut.query.baseline_days.is_some() {
            self.adjust(&of_unit, &mut evidence);
        }
        evidence
    }

    /// Takes out what units did before: means of units' means.
    fn adjust(&self, of_unit: &[(f64, f64, u8)], evidence: &mut MetricEvidence) {
        let mut before = vec![(0.0_f64, 0.0_f64); self.cut.n_units];
        for row in &self.before {
            if let Some(value) = self.value(0, row) {
                let (sum, n) = &mut before[unit_of(row)];
                *sum += value;
                *n += 1.0;
            }
        }
        // A unit that was not there before stands at their mean: it tells nothing.
        let (sum, n) = before
            .iter()
            .filter(|(_, n)| *n > 0.0)
            .fold((0.0, 0.0), |(sum, n), one| (sum + one.0 / one.1, n + 1.0));
        let usual = if n > 0.0 { sum / n } else { 0.0 };
        let mut sides = [AdjustedMoments::default(); 2];
        for ((sum, n, side), past) in of_unit.iter().zip(&before) {
            if *n > 0.0 {
                let x = if past.1 > 0.0 { past.0 / past.1 } else { usual };
                sides[usize::from(*side)].add(sum / n, x);
            }
        }
        if let Some(found) = Adjusted::difference(&sides[0], &sides[1]) {
            evidence.estimate = Some(found.estimate);
            evidence.variance_removed = Some(found.variance_removed);
            for (value, side) in evidence.values.iter_mut().zip(&sides) {
                *value = (side.n_units > 0).then(|| side.y / side.n_units as f64);
            }
        }
    }

    /// Bounds on the difference of two shares, each given as a sum over so many units.
    fn exact_bounds(&self, sides: [(f64, f64); 2]) -> Option<(f64, f64)> {
        let alpha = 0.5 * EXACT_SHARE * self.cut.query.alpha;
        let of = |(sum, n): (f64, f64)| ShareBounds::of(sum.min(n), n, alpha).ok();
        let [champion, challenger] = sides.map(of);
        Some(ShareBounds::difference(&champion?, &challenger?))
    }

    /// Pairs of one prediction by both versions: champion's row, challenger's.
    fn pairs(rows: &[&'a Outcome]) -> Vec<(&'a Outcome, &'a Outcome)> {
        let mut champions: HashMap<u64, &Outcome> = HashMap::new();
        for row in rows.iter().filter(|row| !row.is_challenger) {
            champions.insert(row.id, row);
        }
        let challengers = rows.iter().filter(|row| row.is_challenger);
        challengers
            .filter_map(|row| Some((*champions.get(&row.id)?, *row)))
            .collect()
    }

    /// Row by row, in days.
    fn paired(&self, place: usize, rows: &[&'a Outcome]) -> MetricEvidence {
        let mut of_day = vec![(0.0_f64, 0.0_f64); self.cut.n_units];
        let (mut sums, mut n_pairs) = ([0.0_f64; 2], 0_u64);
        let mut is_binary = true;
        for (champion, challenger) in Self::pairs(rows) {
            let values = self
                .value(place, champion)
                .zip(self.value(place, challenger));
            let Some((before, after)) = values else {
                continue;
            };
            sums[0] += before;
            sums[1] += after;
            n_pairs += 1;
            is_binary &= is_bit(before) && is_bit(after);
            let (sum, n) = &mut of_day[unit_of(champion)];
            *sum += after - before;
            *n += 1.0;
        }
        let mut moments = UnitMoments::default();
        for (sum, n) in of_day.iter().filter(|day| day.1 > 0.0) {
            moments.add(*sum, *n);
        }
        MetricEvidence {
            n_rows: [n_pairs; 2],
            n_units: [moments.n_units; 2],
            values: sums.map(|sum| (n_pairs > 0).then(|| sum / n_pairs as f64)),
            estimate: moments.mean(),
            // Rare failures: each row stands for itself, as for latency.
            bounds: (place > 0 && is_binary)
                .then(|| self.exact_bounds(sums.map(|sum| (sum, n_pairs as f64))))
                .flatten(),
            ..MetricEvidence::default()
        }
    }

    /// The area under the ROC curve of either side.
    fn area(&self, rows: &[&'a Outcome]) -> MetricEvidence {
        let labelled = |row: &Outcome| -> Option<(f64, bool)> {
            let label = self.label(row)?;
            let score = label.score.filter(|score| score.is_finite())?;
            Some((score, label.value >= 0.5))
        };
        let is_shadow = self.cut.query.design == AbDesign::Shadow;
        let mut sides: [Vec<(usize, (f64, bool))>; 2] = [Vec::new(), Vec::new()];
        if is_shadow {
            for (champion, challenger) in Self::pairs(rows) {
                if let Some((before, after)) = labelled(champion).zip(labelled(challenger)) {
                    sides[0].push((unit_of(champion), before));
                    sides[1].push((unit_of(champion), after));
                }
            }
        } else {
            for row in rows {
                if let Some(found) = labelled(row) {
                    sides[side(row.is_challenger)].push((unit_of(row), found));
                }
            }
        }
        let mut evidence = MetricEvidence::default();
        let mut pulls = [vec![0.0; self.cut.n_units], vec![0.0; self.cut.n_units]];
        let mut is_there = [vec![false; self.cut.n_units], vec![false; self.cut.n_units]];
        for (place, rows) in sides.iter().enumerate() {
            evidence.n_rows[place] = rows.len() as u64;
            let scored: Vec<(f64, bool)> = rows.iter().map(|(_, row)| *row).collect();
            let found = AreaContributions::of(&scored);
            evidence.values[place] = found.as_ref().map(|found| found.area);
            let contributions = found.map(|found| found.contributions).unwrap_or_default();
            for ((unit, _), contribution) in rows.iter().zip(contributions) {
                pulls[place][*unit] += contribution;
                is_there[place][*unit] = true;
            }
            evidence.n_units[place] = is_there[place].iter().filter(|one| **one).count() as u64;
        }
        evidence.estimate = area_estimate(&evidence, &pulls, is_shadow);
        evidence
    }

    fn quantile(&self, level: f64, rows: &[&Outcome]) -> MetricEvidence {
        let is_shadow = self.cut.query.design == AbDesign::Shadow;
        let mut sides: [Vec<(u32, f64)>; 2] = [Vec::new(), Vec::new()];
        for row in rows {
            if let Some(latency) = row.latency_ms {
                let rows = &mut sides[side(row.is_challenger)];
                // Of a shadow each row stands for itself: one machine, one answer.
                let unit = if is_shadow {
                    u32::try_from(rows.len()).unwrap_or(u32::MAX)
                } else {
                    u32::try_from(row.unit).unwrap_or(u32::MAX)
                };
                rows.push((unit, latency));
            }
        }
        let alpha = 0.5 * self.cut.query.alpha;
        let found = sides
            .each_ref()
            .map(|rows| ArmQuantile::of(rows, level, alpha).ok().flatten());
        let mut evidence = MetricEvidence::default();
        for (place, arm) in found.iter().enumerate() {
            evidence.n_rows[place] = sides[place].len() as u64;
            evidence.values[place] = arm.map(|arm| arm.value);
            evidence.n_units[place] = arm.map_or(0, |arm| arm.n_units);
        }
        if let [Some(champion), Some(challenger)] = &found {
            evidence.bounds = Some(ArmQuantile::difference(champion, challenger));
        }
        evidence
    }

    fn segments(&self) -> Vec<SegmentEvidence> {
        if self.cut.query.metrics.is_empty() {
            return Vec::new();
        }
        let mut parts: Vec<Vec<&Outcome>> = vec![Vec::new(); self.cut.n_segments];
        let mut by_id: HashMap<u64, &[u32]> = HashMap::new();
        for row in &self.rows {
            if !row.segments.is_empty() {
                by_id.insert(row.id, &row.segments);
            }
        }
        for row in &self.rows {
            // A shadow's row has no columns of its own.
            let segments = match by_id.get(&row.id) {
                Some(segments) => segments,
                None => &*row.segments,
            };
            for segment in segments {
                if let Some(part) = parts.get_mut(*segment as usize) {
                    part.push(row);
                }
            }
        }
        parts
            .iter()
            .zip(self.cut.names)
            .filter(|(rows, _)| !rows.is_empty())
            .map(|(rows, name)| SegmentEvidence {
                segment: name.clone(),
                evidence: self.metric(0, rows),
            })
            .collect()
    }
}

fn of_moments(sides: &[UnitMoments; 2]) -> MetricEvidence {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a count of rows that was added up in floats"
    )]
    let rows = |side: &UnitMoments| side.n as u64;
    MetricEvidence {
        n_rows: [rows(&sides[0]), rows(&sides[1])],
        n_units: [sides[0].n_units, sides[1].n_units],
        values: sides
            .each_ref()
            .map(|side| (side.n > 0.0).then(|| side.y / side.n)),
        estimate: UnitMoments::difference(&sides[0], &sides[1]),
        ..MetricEvidence::default()
    }
}

/// The difference of two areas: units pull at one of them, or (days of a shadow) at both.
fn area_estimate(
    evidence: &MetricEvidence,
    pulls: &[Vec<f64>; 2],
    is_shadow: bool,
) -> Option<Estimate> {
    let [Some(champion), Some(challenger)] = evidence.values else {
        return None;
    };
    let corrected = |n: u64| {
        let n = n as f64;
        if n > 1.0 { n / (n - 1.0) } else { f64::NAN }
    };
    let squares = |values: &mut dyn Iterator<Item = f64>| values.map(|value| value * value).sum();
    let variance: f64 = if is_shadow {
        let mut together = pulls[0].iter().zip(&pulls[1]).map(|(a, b)| b - a);
        let sum: f64 = squares(&mut together);
        corrected(evidence.n_units[0]) * sum
    } else {
        let of = |place: usize| -> f64 {
            let sum: f64 = squares(&mut pulls[place].iter().copied());
            corrected(evidence.n_units[place]) * sum
        };
        of(0) + of(1)
    };
    (variance > 0.0 && variance.is_finite()).then(|| Estimate {
        value: challenger - champion,
        standard_error: variance.sqrt(),
    })
}

/// Whether a value is exactly 0 or 1.
fn is_bit(value: f64) -> bool {
    value.abs().to_bits() == 0 || value.to_bits() == 1.0_f64.to_bits()
}

/// What a labelled prediction adds to a measure that is a mean.
fn loss(metric: PerformanceMetric, label: LabelOutcome) -> Option<f64> {
    let LabelOutcome {
        value,
        score,
        predicted,
        ..
    } = label;
    match metric {
        PerformanceMetric::Accuracy => {
            predicted.map(|predicted| f64::from(u8::from((predicted - value).abs() < 0.5)))
        }
        PerformanceMetric::Brier => score.map(|score| (score - value) * (score - value)),
        PerformanceMetric::LogLoss => score.map(|score| {
            let score = score.clamp(SCORE_EDGE, 1.0 - SCORE_EDGE);
            -(value * score.ln() + (1.0 - value) * (-score).ln_1p())
        }),
        PerformanceMetric::Mae => predicted.map(|predicted| (predicted - value).abs()),
        PerformanceMetric::Rmse => {
            predicted.map(|predicted| (predicted - value) * (predicted - value))
        }
        _ => None,
    }
}
