//! Alpha spending: a planned number of looks at data that accumulate.

use crate::error::StatsError;
use crate::special::{ln_normal_sf, normal_quantile, normal_sf};

/// How fast the allowed false-alarm rate is spent over the looks.
///
/// After a share `t` of the planned information has come in, at most `spent(α, t)` of the
/// level `α` has been used up; the shares need not be planned beforehand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AlphaSpending {
    /// Hardly anything early, nearly all at the end: on each of the two sides
    /// `2 − 2 Φ(z_{1−α/4} / √t)` (after P. O'Brien and T. Fleming).
    OBrienFleming,
    /// Nearly the same limit at every look: `α ln(1 + (e − 1) t)` (after S. Pocock).
    Pocock,
}

/// Looks at most: the boundary of each is an integral over the one before.
const MAX_LOOKS: usize = 400;

impl AlphaSpending {
    /// The name used in documents.
    pub fn name(self) -> &'static str {
        match self {
            Self::OBrienFleming => "obrien_fleming",
            Self::Pocock => "pocock",
        }
    }

    /// The part of the level spent when the share `t` of the information is in.
    ///
    /// * `alpha`: the two-sided level of all looks together, in `(0, 1)`.
    /// * `t`: in `[0, 1]`; clamped.
    pub fn spent(self, alpha: f64, t: f64) -> f64 {
        let t = t.clamp(0.0, 1.0);
        if t == 0.0 {
            return 0.0;
        }
        match self {
            Self::OBrienFleming => {
                let z = normal_quantile(1.0 - alpha / 4.0);
                4.0 * ln_normal_sf(z / t.sqrt()).exp()
            }
            Self::Pocock => alpha * ((std::f64::consts::E - 1.0) * t).ln_1p(),
        }
    }

    /// The level that each look may use if looks are at separate data: what is spent
    /// between the one before and this one. The sum of them bounds the rate of any false
    /// alarm, whatever the dependence between looks.
    ///
    /// # Errors
    ///
    /// As [`AlphaSpending::boundaries`].
    pub fn levels(self, alpha: f64, information: &[f64]) -> Result<Vec<f64>, StatsError> {
        check(alpha, information)?;
        let mut before = 0.0;
        Ok(information
            .iter()
            .map(|&t| {
                let spent = self.spent(alpha, t);
                let level = spent - before;
                before = spent;
                level
            })
            .collect())
    }

    /// The boundaries for looks at data that accumulate: look `k` alarms when
    /// `|z_k| ≥ c_k` with `z_k` the standardised statistic of everything up to then.
    ///
    /// # Arguments
    ///
    /// * `alpha`: the two-sided level of all looks together, in `(0, 1)`.
    /// * `information`: the share of the planned information (rows) that is in at each
    ///   look, shape `(k,)`, rising, in `(0, 1]`, at most 400 looks.
    ///
    /// # Returns
    ///
    /// The `c_k`, shape `(k,)`. Without drift the probability that some look alarms is
    /// what was spent at the last one. They are lower than [`AlphaSpending::levels`]
    /// would give, because looks at the same rows agree.
    ///
    /// # Errors
    ///
    /// * [`StatsError::EmptySample`] without looks.
    /// * [`StatsError::ParameterOutOfDomain`] if a value lies outside its domain.
    ///
    /// # Numerics
    ///
    /// The density of the sum that has not alarmed is carried from look to look by
    /// Simpson's rule with a step of a twelfth of the increment's standard deviation;
    /// boundaries are good to about 1e-5.
    ///
    /// # Source
    ///
    /// K. Lan and D. `DeMets`, *Discrete sequential boundaries for clinical trials*
    /// (1983), half of `alpha` on each side; P. Armitage, C. `McPherson` and B. Rowe (1969) for the recursion.
    ///
    /// # Examples
    ///
    /// ```
    /// use trimtab_stats::multiplicity::AlphaSpending;
    ///
    /// let looks = AlphaSpending::Pocock.boundaries(0.05, &[0.5, 1.0])?;
    /// assert!((looks[0] - 2.157).abs() < 1e-3);
    /// assert!((looks[1] - 2.201).abs() < 1e-3);
    /// # Ok::<(), trimtab_stats::StatsError>(())
    /// ```
    pub fn boundaries(self, alpha: f64, information: &[f64]) -> Result<Vec<f64>, StatsError> {
        let levels = self.levels(alpha, information)?;
        let mut boundaries = Vec::with_capacity(levels.len());
        let mut density: Option<Density> = None;
        let mut before = 0.0;
        for (&t, &level) in information.iter().zip(&levels) {
            let sd = (t - before).sqrt();
            let exit = |limit: f64| match &density {
                None => 2.0 * normal_sf(limit / sd),
                Some(density) => density.exit_probability(limit, sd),
            };
            let limit = solve(exit, level, 40.0 * t.sqrt());
            boundaries.push(limit / t.sqrt());
            density = Some(match density {
                None => Density::first(limit, sd),
                Some(density) => density.next(limit, sd),
            });
            before = t;
        }
        Ok(boundaries)
    }
}

fn check(alpha: f64, information: &[f64]) -> Result<(), StatsError> {
    if !(alpha > 0.0 && alpha < 1.0) {
        return Err(StatsError::ParameterOutOfDomain {
            name: "alpha",
            domain: "between 0 and 1",
            found: alpha,
        });
    }
    if information.is_empty() {
        return Err(StatsError::EmptySample { sample: "looks" });
    }
    if information.len() > MAX_LOOKS {
        return Err(StatsError::ParameterOutOfDomain {
            name: "information",
            domain: "at most 400 looks",
            found: information.len() as f64,
        });
    }
    let mut before = 0.0;
    for &t in information {
        if !(t > before && t <= 1.0) {
            return Err(StatsError::ParameterOutOfDomain {
                name: "information",
                domain: "rising shares in (0, 1]",
                found: t,
            });
        }
        before = t;
    }
    Ok(())
}

/// The limit in `(0, most)` at which a falling probability equals `level`.
fn solve(probability: impl Fn(f64) -> f64, level: f64, most: f64) -> f64 {
    let (mut low, mut high) = (0.0, most);
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if probability(middle) > level {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * (low + high)
}

/// The density of the sum, on the paths that have not alarmed yet, weighted for
/// Simpson's rule at equally spaced points of `[-limit, limit]`.
struct Density {
    start: f64,
    step: f64,
    mass: Vec<f64>,
}

impl Density {
    /// Standard deviations beyond which a normal increment is left out.
    const REACH: f64 = 8.5;

    fn grid(limit: f64, sd: f64, spread: f64, height: impl Fn(f64) -> f64) -> Self {
        // What lies beyond the reach of the whole sum has no mass worth carrying.
        let limit = limit.min(Self::REACH * spread);
        let n_steps = 2 * (12.0 * limit / sd).ceil().clamp(8.0, 20_000.0) as usize;
        let step = 2.0 * limit / n_steps as f64;
        let mass = (0..=n_steps).map(|i| {
            let weight = match i {
                0 => 1.0,
                _ if i == n_steps => 1.0,
                _ if i % 2 == 1 => 4.0,
                _ => 2.0,
            };
            height(-limit + i as f64 * step) * weight * step / 3.0
        });
        Self {
            start: -limit,
            step,
            mass: mass.collect(),
        }
    }

    fn first(limit: f64, sd: f64) -> Self {
        Self::grid(limit, sd, sd, |s| normal_density(s / sd) / sd)
    }

    /// The density one increment later.
    fn next(&self, limit: f64, sd: f64) -> Self {
        let spread = (self.start / Self::REACH).hypot(sd).max(sd);
        let widest = -self.start + Self::REACH * sd;
        Self::grid(
            limit.min(widest),
            sd,
            spread.max(widest / Self::REACH),
            |s| {
                self.near(s, sd)
                    .map(|(u, mass)| mass * normal_density((s - u) / sd) / sd)
                    .sum()
            },
        )
    }

    /// Probability that the sum after one more increment lies beyond the limit.
    fn exit_probability(&self, limit: f64, sd: f64) -> f64 {
        // Both sides are alike. Beyond the reach below the limit nothing crosses it.
        let crossing = self.points().map(|(u, mass)| {
            let z = (limit - u) / sd;
            if z > 38.0 { 0.0 } else { mass * normal_sf(z) }
        });
        2.0 * crossing.sum::<f64>()
    }

    fn points(&self) -> impl Iterator<Item = (f64, f64)> + '_ {
        self.mass
            .iter()
            .enumerate()
            .map(|(i, &mass)| (self.start + i as f64 * self.step, mass))
    }

    /// The points from which an increment reaches `s`.
    fn near(&self, s: f64, sd: f64) -> impl Iterator<Item = (f64, f64)> + '_ {
        let place = |u: f64| ((u - self.start) / self.step).clamp(0.0, self.mass.len() as f64);
        let first = place(s - Self::REACH * sd).floor() as usize;
        let last = (place(s + Self::REACH * sd).ceil() as usize + 1).min(self.mass.len());
        (first.min(last)..last).map(|i| (self.start + i as f64 * self.step, self.mass[i]))
    }
}

fn normal_density(z: f64) -> f64 {
    (-0.5 * z * z).exp() / (2.0 * std::f64::consts::PI).sqrt()
}
