//! LORD++: looks without end, with a bounded share of false alarms among the alarms.

use crate::bytes::{Reader, Writer};
use crate::error::StatsError;

const FORMAT: u8 = 1;
/// `1 / Σ ln(max(j, 2)) / (j e^√ln j)` over all `j ≥ 1`.
const SCALE: f64 = 0.079_081_966_722_115;

/// Tests p-values one after the other, for ever, with the false discovery rate held at
/// every moment.
///
/// A false-alarm budget is spread over the coming looks; each alarm earns a new one. So
/// a monitor that never alarms grows stricter slowly, and one that finds something stays
/// awake. Look `t` alarms when `p ≤ α_t`,
/// `α_t = γ_t w + (α − w) γ_{t−τ₁} + α Σ_{j≥2} γ_{t−τⱼ}` with `τⱼ` the looks that alarmed
/// and `γ_j ∝ ln(max(j, 2)) / (j e^√ln j)`, which sums to 1.
///
/// It takes the p-values of looks as independent where there is no drift: one look a
/// window, each at its own rows.
///
/// # Source
///
/// A. Ramdas, F. Yang, M. Wainwright and M. Jordan, *Online control of the false
/// discovery rate with decaying memory* (2017), with the sequence of A. Javanmard and A.
/// Montanari (2018).
///
/// # Examples
///
/// ```
/// use trimtab_stats::multiplicity::OnlineFdr;
///
/// let mut looks = OnlineFdr::new(0.05, 0.025)?;
/// let before = looks.level();
/// assert!(looks.observe(1e-6));
/// assert!(looks.level() > before);
/// assert!(!looks.observe(0.5));
/// # Ok::<(), trimtab_stats::StatsError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct OnlineFdr {
    alpha: f64,
    initial_wealth: f64,
    n_looks: u64,
    /// The looks that alarmed, from 1, rising.
    alarms: Vec<u64>,
}

impl OnlineFdr {
    /// A fresh sequence of looks.
    ///
    /// * `alpha`: the false discovery rate to hold, in `(0, 1)`.
    /// * `initial_wealth`: what may be spent before the first alarm, in `(0, alpha)`;
    ///   recommended `alpha / 2`.
    ///
    /// # Errors
    ///
    /// [`StatsError::ParameterOutOfDomain`] if a parameter lies outside its domain.
    pub fn new(alpha: f64, initial_wealth: f64) -> Result<Self, StatsError> {
        if !(alpha > 0.0 && alpha < 1.0) {
            return Err(StatsError::ParameterOutOfDomain {
                name: "alpha",
                domain: "between 0 and 1",
                found: alpha,
            });
        }
        if !(initial_wealth > 0.0 && initial_wealth < alpha) {
            return Err(StatsError::ParameterOutOfDomain {
                name: "initial_wealth",
                domain: "between 0 and alpha",
                found: initial_wealth,
            });
        }
        Ok(Self {
            alpha,
            initial_wealth,
            n_looks: 0,
            alarms: Vec::new(),
        })
    }

    /// The level `α_t` of the next look.
    pub fn level(&self) -> f64 {
        let next = self.n_looks + 1;
        let earned = self.alarms.iter().enumerate().map(|(j, &alarm)| {
            let reward = if j == 0 {
                self.alpha - self.initial_wealth
            } else {
                self.alpha
            };
            reward * gamma(next - alarm)
        });
        self.initial_wealth * gamma(next) + earned.sum::<f64>()
    }

    /// Takes the p-value of the next look and says whether it alarms. A p-value that is
    /// not a number is a look that does not alarm.
    pub fn observe(&mut self, p_value: f64) -> bool {
        let alarms = p_value <= self.level();
        self.n_looks += 1;
        if alarms {
            self.alarms.push(self.n_looks);
        }
        alarms
    }

    /// Looks so far.
    pub fn n_looks(&self) -> u64 {
        self.n_looks
    }

    /// Alarms so far.
    pub fn n_alarms(&self) -> usize {
        self.alarms.len()
    }

    /// Versioned bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Writer::with_format(FORMAT);
        out.float(self.alpha);
        out.float(self.initial_wealth);
        out.varint(self.n_looks);
        out.length(self.alarms.len());
        let mut before = 0;
        for &alarm in &self.alarms {
            out.varint(alarm - before);
            before = alarm;
        }
        out.into_bytes()
    }

    /// Reads what [`OnlineFdr::to_bytes`] wrote.
    ///
    /// # Errors
    ///
    /// [`StatsError::ForeignBytes`] or [`StatsError::UnknownFormat`]; never panics.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, StatsError> {
        let mut input = Reader::open(bytes, "a sequence of looks", FORMAT)?;
        let (alpha, initial_wealth) = (input.finite()?, input.finite()?);
        let mut looks = Self::new(alpha, initial_wealth).map_err(|_| input.foreign())?;
        looks.n_looks = input.varint()?;
        let n_alarms = input.length(1)?;
        let mut before = 0_u64;
        for _ in 0..n_alarms {
            let gap = input.varint()?;
            let alarm = before.checked_add(gap).ok_or_else(|| input.foreign())?;
            if gap == 0 || alarm > looks.n_looks {
                return Err(input.foreign());
            }
            looks.alarms.push(alarm);
            before = alarm;
        }
        input.finish()?;
        Ok(looks)
    }
}

fn gamma(j: u64) -> f64 {
    let j = j as f64;
    SCALE * j.max(2.0).ln() / (j * j.ln().sqrt().exp())
}
