//! How far out is far: the tail of a statistic, learned from its own past.

use crate::bytes::{Reader, Writer};
use crate::error::StatsError;

/// Bins per doubling, and the doublings covered: values from 2⁻⁴ to 2²⁰.
const PER_DOUBLING: usize = 8;
const LEAST_EXPONENT: i32 = -4;
const N_BINS: usize = 24 * PER_DOUBLING;
/// Share of the values that make the tail.
const TAIL_SHARE: f64 = 0.05;
/// Rows between two fits.
const REFRESH_ROWS: u8 = 16;
/// Where the tail of an exponential law of mean 1 begins: `−ln 0.05`.
const LEAST_THRESHOLD: f64 = 2.995_732_273_553_991;
/// Heaviest shape believed.
const MAX_SHAPE: f64 = 0.9;
/// What the normal tail counts for among what was seen, in excesses.
const PRIOR_EXCESSES: f64 = 4.0;

/// The law of a statistic that is positive and about 1 in size.
///
/// Counts on logarithmic bins with slow forgetting; above the 95 % point a generalised
/// Pareto law fitted by moments, never lighter than the tail of a normal law of spread 1,
/// and heavier the fewer excesses have been seen (the predictive law of an exponential
/// tail of `k` excesses is Pareto with shape `1/k`).
#[derive(Debug, Clone, PartialEq)]
pub(super) struct TailLaw {
    counts: Vec<f64>,
    total: f64,
    /// Rows that depend on each other count as one.
    rows_per_draw: f64,
    memory: f64,
    since_refresh: u8,
    tail: Tail,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Tail {
    threshold: f64,
    share: f64,
    scale: f64,
    shape: f64,
}

impl TailLaw {
    /// A law that has seen nothing.
    ///
    /// * `rows_per_draw`: rows that move together, at least 1.
    /// * `memory`: rows after which a value counts a third.
    pub(super) fn new(rows_per_draw: f64, memory: f64) -> Self {
        let mut law = Self {
            counts: vec![0.0; N_BINS],
            total: 0.0,
            rows_per_draw,
            memory,
            since_refresh: 0,
            tail: Tail {
                threshold: LEAST_THRESHOLD,
                share: TAIL_SHARE,
                scale: 1.0,
                shape: 0.0,
            },
        };
        law.refresh();
        law
    }

    pub(super) fn push(&mut self, value: f64) {
        self.counts[bin(value)] += 1.0;
        self.total += 1.0;
        self.since_refresh += 1;
        // Forgetting and refitting at every row would cost; now and then is often enough.
        if self.since_refresh >= REFRESH_ROWS || self.total < 128.0 {
            let factor = (1.0 - 1.0 / self.memory).powi(i32::from(self.since_refresh));
            self.counts.iter_mut().for_each(|c| *c *= factor);
            self.total *= factor;
            self.since_refresh = 0;
            self.refresh();
        }
    }

    fn refresh(&mut self) {
        let mut above = 0.0;
        let mut first = N_BINS;
        while first > 0 {
            let next = above + self.counts[first - 1];
            if next > TAIL_SHARE * self.total {
                break;
            }
            above = next;
            first -= 1;
        }
        let threshold = edge(first).max(LEAST_THRESHOLD);
        let prior_scale = threshold / LEAST_THRESHOLD;
        // Probability-weighted moments: the mean excess, and the mean of excess times the
        // share of excesses above it; an exponential tail stands in for what was not seen.
        let (mut k, mut sum, mut weighted) = (0.0, 0.0, 0.0);
        for i in (first..N_BINS).rev().filter(|&i| self.counts[i] > 0.0) {
            let excess = center(i) - threshold;
            if excess > 0.0 {
                let count = self.counts[i];
                weighted += count * excess * (k + 0.5 * count);
                sum += count * excess;
                k += count;
            }
        }
        let seen = k / self.rows_per_draw;
        let all = seen + PRIOR_EXCESSES;
        let (mut mean, mut quarter) = (prior_scale, 0.25 * prior_scale);
        if k > 0.0 {
            let weight = seen / all;
            mean += weight * (sum / k - mean);
            quarter += weight * (weighted / k / k - quarter);
        }
        let rest = (mean - 2.0 * quarter).max(1e-9 * mean);
        let shape = (2.0 - mean / rest).clamp(0.0, MAX_SHAPE);
        let scale = (mean * (1.0 - shape)).max(1.0);
        let k = all;
        let draws = self.total / self.rows_per_draw;
        let share = (seen + TAIL_SHARE * PRIOR_EXCESSES) / (draws + PRIOR_EXCESSES);
        self.tail = Tail {
            threshold,
            share: share.clamp(1e-3, 1.0),
            scale,
            shape: (shape + 1.0 / k).min(1.0),
        };
    }

    /// Logarithm of the probability of a value at least as large.
    pub(super) fn ln_tail(&self, value: f64) -> f64 {
        let tail = self.tail;
        if value.is_nan() {
            return 0.0;
        }
        if value <= tail.threshold {
            let from = bin(value);
            let above: f64 = self.counts[from..].iter().sum();
            let share = (above + 1.0) / (self.total + 1.0);
            return share.clamp(tail.share, 1.0).ln();
        }
        let x = (value - tail.threshold) / tail.scale;
        tail.share.ln() - (tail.shape * x).ln_1p() / tail.shape
    }

    /// The value with this probability above it.
    pub(super) fn quantile(&self, ln_tail: f64) -> f64 {
        let tail = self.tail;
        let growth = ((tail.share.ln() - ln_tail) * tail.shape).exp_m1();
        tail.threshold + tail.scale * growth.max(0.0) / tail.shape
    }

    pub(super) fn write(&self, out: &mut Writer) {
        out.float(self.rows_per_draw);
        out.float(self.memory);
        let used = self.counts.iter().filter(|&&c| c > 0.0).count();
        out.length(used);
        for (i, &count) in self.counts.iter().enumerate().filter(|(_, c)| **c > 0.0) {
            out.byte(i as u8);
            out.float(count);
        }
        out.float(self.total);
        out.byte(self.since_refresh);
        let tail = self.tail;
        for value in [tail.threshold, tail.share, tail.scale, tail.shape] {
            out.float(value);
        }
    }

    pub(super) fn read(input: &mut Reader<'_>) -> Result<Self, StatsError> {
        let rows_per_draw = input.finite()?;
        let memory = input.finite()?;
        if !(rows_per_draw >= 1.0 && memory >= 1.0) {
            return Err(input.foreign());
        }
        let mut law = Self::new(rows_per_draw, memory);
        for _ in 0..input.length(9)? {
            let i = usize::from(input.byte()?);
            let count = input.finite()?;
            if i >= N_BINS || count <= 0.0 {
                return Err(input.foreign());
            }
            law.counts[i] = count;
        }
        law.total = input.finite()?;
        law.since_refresh = input.byte()?;
        law.tail = Tail {
            threshold: input.finite()?,
            share: input.finite()?,
            scale: input.finite()?,
            shape: input.finite()?,
        };
        let tail = law.tail;
        if !(tail.share > 0.0 && tail.scale > 0.0 && tail.shape > 0.0) {
            return Err(input.foreign());
        }
        Ok(law)
    }
}

fn bin(value: f64) -> usize {
    let place = (value.log2() - f64::from(LEAST_EXPONENT)) * PER_DOUBLING as f64;
    // Negative and not-a-number places become 0.
    (place as usize).min(N_BINS - 1)
}

fn edge(i: usize) -> f64 {
    (f64::from(LEAST_EXPONENT) + i as f64 / PER_DOUBLING as f64).exp2()
}

fn center(i: usize) -> f64 {
    edge(i) * (0.5 / PER_DOUBLING as f64).exp2()
}
