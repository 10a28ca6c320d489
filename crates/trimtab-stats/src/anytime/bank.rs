//! The recursion that all e-detectors share: a mixture of bets, each started anew at
//! every look.

use crate::bytes::{Reader, Writer};
use crate::error::StatsError;
use crate::streams::StreamState;
use crate::streams::parts;

/// Largest evidence that is kept; far above any run length.
const LARGEST: f64 = 1e300;

/// Share of the run length at which an e-detector warns: its warnings come at most ten
/// times as often as its alarms.
const WARNING: f64 = 0.1;

/// How the evidence for "it has changed at some time" is added up over those times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EDetectorRule {
    /// `M ← (M + 1) e`: the sum over all times (Shiryaev–Roberts). Sharper, because its
    /// run length is nearer to the one guaranteed.
    ShiryaevRoberts,
    /// `M ← max(M, 1) e`: the largest over all times (CUSUM).
    Cusum,
}

impl EDetectorRule {
    pub(crate) fn write(self, writer: &mut Writer) {
        writer.byte(self as u8);
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, StatsError> {
        match reader.byte()? {
            0 => Ok(Self::ShiryaevRoberts),
            1 => Ok(Self::Cusum),
            _ => Err(reader.foreign()),
        }
    }
}

/// Several bets with equal weights, each with its own evidence.
///
/// If each bet's e-value has a conditional mean of at most one while nothing has changed,
/// the mean evidence minus the number of looks is a supermartingale. So it cannot reach
/// `arl` before `arl` looks have passed, on average: `E[T] ≥ E[M_T] ≥ arl`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Bank {
    rule: EDetectorRule,
    arl: f64,
    levels: Vec<f64>,
    state: StreamState,
}

impl Bank {
    pub(crate) fn new(n_bets: usize, rule: EDetectorRule, arl: f64) -> Result<Self, StatsError> {
        parts::check("arl", "in 1..=1e12", arl, (1.0..=1e12).contains(&arl))?;
        Ok(Self {
            rule,
            arl,
            levels: vec![0.0; n_bets],
            state: StreamState::Stable,
        })
    }

    /// Takes the e-values of one look, one per bet.
    #[inline]
    pub(crate) fn step(&mut self, e_values: impl IntoIterator<Item = f64>) -> StreamState {
        let mut total = 0.0;
        for (level, e_value) in self.levels.iter_mut().zip(e_values) {
            let before = match self.rule {
                EDetectorRule::ShiryaevRoberts => *level + 1.0,
                EDetectorRule::Cusum => level.max(1.0),
            };
            *level = (before * e_value).min(LARGEST);
            total += *level;
        }
        let evidence = total / self.levels.len() as f64;
        self.state = StreamState::of(evidence >= self.arl, evidence >= WARNING * self.arl);
        self.state
    }

    /// The mean evidence; alarms stand at the run length.
    pub(crate) fn evidence(&self) -> f64 {
        self.levels.iter().sum::<f64>() / self.levels.len() as f64
    }

    pub(crate) fn rule(&self) -> EDetectorRule {
        self.rule
    }

    pub(crate) fn arl(&self) -> f64 {
        self.arl
    }

    pub(crate) fn state(&self) -> StreamState {
        self.state
    }

    pub(crate) fn reset(&mut self) {
        self.levels.fill(0.0);
        self.state = StreamState::Stable;
    }

    pub(crate) fn write(&self, writer: &mut Writer) {
        self.rule.write(writer);
        writer.float(self.arl);
        for &level in &self.levels {
            writer.float(level);
        }
        self.state.write(writer);
    }

    pub(crate) fn read(reader: &mut Reader<'_>, n_bets: usize) -> Result<Self, StatsError> {
        let rule = EDetectorRule::read(reader)?;
        let arl = reader.float()?;
        let mut bank = Self::new(n_bets, rule, arl)?;
        for level in &mut bank.levels {
            *level = reader.finite()?;
            if *level < 0.0 {
                return Err(reader.foreign());
            }
        }
        bank.state = StreamState::read(reader)?;
        Ok(bank)
    }
}
