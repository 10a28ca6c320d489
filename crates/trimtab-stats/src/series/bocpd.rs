//! Bayesian change points as the rows arrive.

use crate::bytes::{Reader, Writer};
use crate::error::StatsError;
use crate::special::{ln_gamma, student_t_sf};

const FORMAT: u8 = 1;
/// Run lengths with less probability than this are dropped.
const MIN_PROBABILITY: f64 = 1e-8;
/// Most run lengths kept; beyond, the least likely go.
const MAX_RUNS: usize = 512;

/// What is believed of mean and precision of a normal law: the conjugate prior.
///
/// Precision `τ ~ Gamma(shape, rate)`, mean `μ | τ ~ N(mean, 1/(strength τ))`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NormalGamma {
    /// Expected mean.
    pub mean: f64,
    /// Rows that the belief in the mean is worth, above 0.
    pub strength: f64,
    /// Shape of the precision, above 0; twice it is the degrees of freedom.
    pub shape: f64,
    /// Rate of the precision, above 0: `rate / shape` is near the variance.
    pub rate: f64,
}

impl NormalGamma {
    /// A weak belief around a level and spread seen before: worth a tenth of a row about
    /// the mean and two about the variance.
    pub fn around(center: f64, sd: f64) -> Self {
        let variance = (sd * sd).max(f64::MIN_POSITIVE);
        Self {
            mean: center,
            strength: 0.1,
            shape: 1.0,
            rate: variance,
        }
    }

    /// The belief after one more value.
    fn updated(self, value: f64) -> Self {
        let strength = self.strength + 1.0;
        let difference = value - self.mean;
        Self {
            mean: self.mean + difference / strength,
            strength,
            shape: self.shape + 0.5,
            rate: self.rate + 0.5 * self.strength / strength * difference * difference,
        }
    }

    /// Scale of the predictive Student t law.
    fn scale(self) -> f64 {
        (self.rate * (self.strength + 1.0) / (self.shape * self.strength)).sqrt()
    }

    fn ln_predictive(self, value: f64) -> f64 {
        let df = 2.0 * self.shape;
        let scale = self.scale();
        let t = (value - self.mean) / scale;
        ln_gamma(0.5 * (df + 1.0))
            - ln_gamma(0.5 * df)
            - 0.5 * (df * std::f64::consts::PI).ln()
            - scale.ln()
            - 0.5 * (df + 1.0) * (t * t / df).ln_1p()
    }
}

/// Bayesian online change-point detection with a normal model of unknown mean and
/// variance and a constant hazard.
///
/// Keeps the probability of every run length `r` (rows since the last change):
/// `P(r + 1) ∝ P(r) π_r(x) (1 − H)` and `P(0) ∝ H Σ P(r) π_r(x)`, with `π_r` the
/// predictive law of a run of `r` rows. Run lengths below a probability of 1e-8 are
/// dropped, and at most 512 are kept: an update costs their number, not the time that
/// has passed.
///
/// # Source
///
/// R. Adams and D. `MacKay`, *Bayesian online changepoint detection* (2007); the conjugate
/// updates as in K. Murphy, *Conjugate Bayesian analysis of the Gaussian distribution*
/// (2007).
#[derive(Debug, Clone, PartialEq)]
pub struct Bocpd {
    prior: NormalGamma,
    hazard: f64,
    recent: u64,
    n_rows: u64,
    runs: Vec<Run>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Run {
    length: u64,
    ln_probability: f64,
    belief: NormalGamma,
}

/// What [`Bocpd::update`] says of a row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BocpdStep {
    /// Probability that the last change lies fewer than `recent` rows back (and not at
    /// the very first row).
    pub change_probability: f64,
    /// The likeliest number of rows since the last change, this row included.
    pub run_length: u64,
    /// The mean predicted for this row before it was seen.
    pub expected: f64,
    /// Two-sided probability of a row at least as far out, under what was predicted
    /// before it was seen.
    pub tail: f64,
    /// Logarithm of the predictive density at the row.
    pub ln_evidence: f64,
}

impl Bocpd {
    /// A detector that has seen nothing.
    ///
    /// # Arguments
    ///
    /// * `prior`: what a new run looks like; see [`NormalGamma::around`].
    /// * `expected_run`: mean rows between changes, above 1; the hazard is its inverse.
    ///   Usual: 250.
    /// * `recent`: rows within which a change counts as new, at least 1. Usual: 10: a
    ///   change needs a few rows to show.
    ///
    /// # Errors
    ///
    /// * [`StatsError::ParameterOutOfDomain`] if a parameter is outside its range or not
    ///   finite.
    pub fn new(prior: NormalGamma, expected_run: f64, recent: u64) -> Result<Self, StatsError> {
        let positive = [
            ("strength", prior.strength),
            ("shape", prior.shape),
            ("rate", prior.rate),
            ("expected_run", expected_run - 1.0),
            ("recent", recent as f64),
        ];
        for (name, found) in positive {
            if !(found > 0.0 && found.is_finite()) {
                return Err(StatsError::ParameterOutOfDomain {
                    name,
                    domain: "positive and finite (expected_run above 1)",
                    found,
                });
            }
        }
        if !prior.mean.is_finite() {
            return Err(StatsError::NotFinite { sample: "prior" });
        }
        Ok(Self {
            prior,
            hazard: 1.0 / expected_run,
            recent,
            n_rows: 0,
            runs: vec![Run {
                length: 0,
                ln_probability: 0.0,
                belief: prior,
            }],
        })
    }

    /// Takes the next row in. `None`, and nothing learned, if it is not finite.
    pub fn update(&mut self, value: f64) -> Option<BocpdStep> {
        if !value.is_finite() {
            return None;
        }
        let (expected, tail) = self.predicted(value);
        let (ln_stay, ln_hazard) = ((-self.hazard).ln_1p(), self.hazard.ln());
        let mut ln_change = f64::NEG_INFINITY;
        for run in &mut self.runs {
            let ln_joint = run.ln_probability + run.belief.ln_predictive(value);
            ln_change = ln_add(ln_change, ln_joint + ln_hazard);
            *run = Run {
                length: run.length + 1,
                ln_probability: ln_joint + ln_stay,
                belief: run.belief.updated(value),
            };
        }
        let ln_evidence = ln_change - ln_hazard;
        self.runs.push(Run {
            length: 0,
            ln_probability: ln_change,
            belief: self.prior,
        });
        self.n_rows += 1;
        self.normalise(ln_evidence);
        Some(self.step(expected, tail, ln_evidence))
    }

    /// The mixture's mean, and its two-sided tail at the value.
    fn predicted(&self, value: f64) -> (f64, f64) {
        let (mut mean, mut above) = (0.0, 0.0);
        for run in &self.runs {
            let weight = run.ln_probability.exp();
            let t = (value - run.belief.mean) / run.belief.scale();
            mean += weight * run.belief.mean;
            above += weight * student_t_sf(t, 2.0 * run.belief.shape);
        }
        (mean, (2.0 * above.min(1.0 - above)).clamp(0.0, 1.0))
    }

    fn normalise(&mut self, ln_total: f64) {
        let ln_least = MIN_PROBABILITY.ln();
        for run in &mut self.runs {
            run.ln_probability -= ln_total;
        }
        self.runs.retain(|run| run.ln_probability >= ln_least);
        if self.runs.len() > MAX_RUNS {
            let least = self
                .runs
                .iter()
                .enumerate()
                .min_by(|a, b| a.1.ln_probability.total_cmp(&b.1.ln_probability))
                .map(|(i, _)| i);
            if let Some(least) = least {
                self.runs.remove(least);
            }
        }
        let total: f64 = self.runs.iter().map(|run| run.ln_probability.exp()).sum();
        let ln_total = total.ln();
        for run in &mut self.runs {
            run.ln_probability -= ln_total;
        }
    }

    fn step(&self, expected: f64, tail: f64, ln_evidence: f64) -> BocpdStep {
        // A run as long as the series is no change.
        let change_probability = self
            .runs
            .iter()
            .filter(|run| run.length < self.recent.min(self.n_rows))
            .map(|run| run.ln_probability.exp())
            .sum::<f64>()
            .min(1.0);
        let likeliest = self
            .runs
            .iter()
            .max_by(|a, b| a.ln_probability.total_cmp(&b.ln_probability));
        BocpdStep {
            change_probability,
            run_length: likeliest.map_or(0, |run| run.length),
            expected,
            tail,
            ln_evidence,
        }
    }

    /// The state as bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Writer::with_format(FORMAT);
        write_belief(&mut out, self.prior);
        out.float(self.hazard);
        out.varint(self.recent);
        out.varint(self.n_rows);
        out.length(self.runs.len());
        for run in &self.runs {
            out.varint(run.length);
            out.float(run.ln_probability);
            write_belief(&mut out, run.belief);
        }
        out.into_bytes()
    }

    /// Reads what [`Bocpd::to_bytes`] wrote.
    ///
    /// # Errors
    ///
    /// * [`StatsError::ForeignBytes`] or [`StatsError::UnknownFormat`] for other bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, StatsError> {
        let mut input = Reader::open(bytes, "a change-point detector", FORMAT)?;
        let prior = read_belief(&mut input)?;
        let hazard = input.finite()?;
        let recent = input.varint()?;
        let n_rows = input.varint()?;
        if !(hazard > 0.0 && hazard < 1.0) || recent == 0 {
            return Err(input.foreign());
        }
        let n_runs = input.length(41)?;
        let mut runs = Vec::with_capacity(n_runs);
        for _ in 0..n_runs {
            runs.push(Run {
                length: input.varint()?,
                ln_probability: input.finite()?,
                belief: read_belief(&mut input)?,
            });
        }
        if runs.is_empty() || runs.len() > MAX_RUNS {
            return Err(input.foreign());
        }
        input.finish()?;
        Ok(Self {
            prior,
            hazard,
            recent,
            n_rows,
            runs,
        })
    }
}

fn write_belief(out: &mut Writer, belief: NormalGamma) {
    for value in [belief.mean, belief.strength, belief.shape, belief.rate] {
        out.float(value);
    }
}

fn read_belief(input: &mut Reader<'_>) -> Result<NormalGamma, StatsError> {
    let belief = NormalGamma {
        mean: input.finite()?,
        strength: input.finite()?,
        shape: input.finite()?,
        rate: input.finite()?,
    };
    if belief.strength > 0.0 && belief.shape > 0.0 && belief.rate > 0.0 {
        Ok(belief)
    } else {
        Err(input.foreign())
    }
}

/// `ln(eᵃ + eᵇ)`.
fn ln_add(a: f64, b: f64) -> f64 {
    let (large, small) = if a >= b { (a, b) } else { (b, a) };
    if large == f64::NEG_INFINITY {
        return large;
    }
    large + (small - large).exp().ln_1p()
}
