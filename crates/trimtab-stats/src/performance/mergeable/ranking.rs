//! Performance of rankings, mergeable.

use crate::bytes::{Reader, Writer};
use crate::error::StatsError;
use crate::exact_sum::ExactSum;
use crate::performance::evaluate::ranking::{mean_metric, names, query_values};
use crate::performance::evaluate::{Evaluation, MeanSums};
use crate::performance::metric::Metric;
use crate::performance::query::{Query, discounts};
use crate::performance::rows::EvaluationSettings;

const FORMAT: u8 = 1;
const MAX_DEPTHS: usize = 100;

/// Performance of rankings over queries whose rows have labels.
///
/// Exact sums over queries of each measure and of its square, so that merging hours
/// gives the same numbers as one pass, in any order. A query must be whole: its rows may
/// not be split over windows.
#[derive(Debug, Clone, PartialEq)]
pub struct RankingPerformance {
    ks: Vec<u32>,
    n: u64,
    n_without_relevant: u64,
    /// Of each measure: its sum and the sum of its squares.
    sums: Vec<[ExactSum; 2]>,
}

impl RankingPerformance {
    /// No queries yet; measures at the depths `ks` (sorted, without repetitions).
    ///
    /// # Errors
    ///
    /// [`StatsError::ParameterOutOfDomain`] for a depth of 0 or more than 100 depths.
    pub fn new(ks: &[u32]) -> Result<Self, StatsError> {
        let mut ks = ks.to_vec();
        ks.sort_unstable();
        ks.dedup();
        let outside = |domain, found: f64| StatsError::ParameterOutOfDomain {
            name: "ks",
            domain,
            found,
        };
        if ks.first() == Some(&0) {
            return Err(outside("at least 1", 0.0));
        }
        if ks.len() > MAX_DEPTHS {
            return Err(outside("at most 100 depths", ks.len() as f64));
        }
        Ok(Self {
            sums: vec![Default::default(); names(&ks).len()],
            ks,
            n: 0,
            n_without_relevant: 0,
        })
    }

    /// Counts one query: the score and the relevance of each of its rows.
    ///
    /// # Errors
    ///
    /// * [`StatsError::LengthMismatch`] if the slices differ in length.
    /// * [`StatsError::NotFinite`] for a relevance that is not finite and at least 0.
    ///
    /// Nothing is counted then.
    pub fn add(&mut self, scores: &[f64], labels: &[f64]) -> Result<(), StatsError> {
        if scores.len() != labels.len() {
            return Err(StatsError::LengthMismatch {
                sample: "labels",
                expected: scores.len(),
                found: labels.len(),
            });
        }
        if !labels.iter().all(|&gain| gain.is_finite() && gain >= 0.0) {
            return Err(StatsError::NotFinite { sample: "labels" });
        }
        let mut query = Query::default();
        query.fill(scores.iter().copied().zip(labels.iter().copied()));
        if query.n_relevant() == 0 {
            self.n_without_relevant += 1;
            return Ok(());
        }
        self.n += 1;
        let mut values = Vec::with_capacity(self.sums.len());
        query_values(&query, &self.ks, &discounts(scores.len()), &mut values);
        for (sums, value) in self.sums.iter_mut().zip(values) {
            sums[0].add(value);
            sums[1].add(value * value);
        }
        Ok(())
    }

    /// Takes one query away that was added before.
    ///
    /// # Errors
    ///
    /// [`StatsError::NotContained`] if there are no queries left to take, and those of
    /// [`RankingPerformance::add`]; nothing is changed then.
    pub fn remove(&mut self, scores: &[f64], labels: &[f64]) -> Result<(), StatsError> {
        let mut part = Self::new(&self.ks)?;
        part.add(scores, labels)?;
        self.subtract(&part)
    }

    /// Queries with a relevant row.
    pub fn n(&self) -> u64 {
        self.n
    }

    /// Queries without a relevant row; they enter no measure.
    pub fn n_without_relevant(&self) -> u64 {
        self.n_without_relevant
    }

    /// The depths of the measures.
    pub fn ks(&self) -> &[u32] {
        &self.ks
    }

    /// Adds the queries of another.
    ///
    /// # Errors
    ///
    /// [`StatsError::GridMismatch`] for other depths, [`StatsError::TooManyRows`] beyond
    /// 64 bits; nothing is changed then.
    pub fn merge(&mut self, other: &Self) -> Result<(), StatsError> {
        let counts = self.counts(other, u64::checked_add)?;
        [self.n, self.n_without_relevant] = counts.ok_or(StatsError::TooManyRows)?;
        for (ours, theirs) in self.sums.iter_mut().zip(&other.sums) {
            ours[0].merge(&theirs[0]);
            ours[1].merge(&theirs[1]);
        }
        Ok(())
    }

    /// Takes away the queries of a part that was merged before.
    ///
    /// # Errors
    ///
    /// [`StatsError::GridMismatch`] for other depths, [`StatsError::NotContained`] if the
    /// part has more queries; nothing is changed then.
    pub fn subtract(&mut self, other: &Self) -> Result<(), StatsError> {
        let counts = self.counts(other, u64::checked_sub)?;
        [self.n, self.n_without_relevant] = counts.ok_or(StatsError::NotContained)?;
        for (ours, theirs) in self.sums.iter_mut().zip(&other.sums) {
            ours[0].subtract(&theirs[0]);
            ours[1].subtract(&theirs[1]);
        }
        Ok(())
    }

    /// Both counts after an operation; `None` out of range.
    fn counts(
        &self,
        other: &Self,
        operation: fn(u64, u64) -> Option<u64>,
    ) -> Result<Option<[u64; 2]>, StatsError> {
        if self.ks != other.ks {
            return Err(StatsError::GridMismatch);
        }
        let n = operation(self.n, other.n);
        let without = operation(self.n_without_relevant, other.n_without_relevant);
        Ok(n.zip(without).map(|(n, without)| [n, without]))
    }

    /// All measures with their intervals, as those of
    /// [`evaluate_ranking`](crate::performance::evaluate_ranking); the depths are those
    /// that were kept, whatever the settings say.
    ///
    /// # Errors
    ///
    /// [`StatsError::ParameterOutOfDomain`] for a setting outside its range.
    pub fn evaluate(&self, settings: &EvaluationSettings) -> Result<Evaluation, StatsError> {
        settings.check()?;
        let rows = self.n as f64;
        let metrics = names(&self.ks).into_iter().zip(&self.sums);
        let metrics: Vec<Metric> = metrics
            .map(|(name, [sum, squares])| {
                let (sum, squares) = (sum.value(), squares.value());
                let spread = squares - sum * (sum / rows);
                let sums = MeanSums {
                    weight: rows,
                    square: rows,
                    sum,
                    // Less than this is the rounding of the squares.
                    spread: if spread > 1e-12 * squares {
                        spread
                    } else {
                        0.0
                    },
                    n: self.n,
                };
                // Between 0 and 1 only 0 and 1 are their own squares.
                mean_metric(&name, &sums, sum == squares, settings.confidence)
            })
            .collect();
        Ok(Evaluation {
            n: self.n,
            n_left_out: self.n_without_relevant,
            n_blocks: None,
            metrics,
            confusion: None,
        })
    }

    /// Versioned bytes, a function of the queries counted alone.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Writer::with_format(FORMAT);
        out.length(self.ks.len());
        for &k in &self.ks {
            out.varint(k.into());
        }
        out.varint(self.n);
        out.varint(self.n_without_relevant);
        for [sum, squares] in &self.sums {
            sum.write(&mut out);
            squares.write(&mut out);
        }
        out.into_bytes()
    }

    /// Reads what [`RankingPerformance::to_bytes`] wrote.
    ///
    /// # Errors
    ///
    /// [`StatsError::ForeignBytes`] or [`StatsError::UnknownFormat`]; never panics.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, StatsError> {
        let mut input = Reader::open(bytes, "a ranking performance profile", FORMAT)?;
        let n_depths = input.length(1)?;
        let mut ks = Vec::new();
        for _ in 0..n_depths.min(MAX_DEPTHS + 1) {
            ks.push(u32::try_from(input.varint()?).map_err(|_| input.foreign())?);
        }
        let mut result = Self::new(&ks).map_err(|_| input.foreign())?;
        if result.ks != ks {
            return Err(input.foreign());
        }
        result.n = input.varint()?;
        result.n_without_relevant = input.varint()?;
        for sums in &mut result.sums {
            *sums = [ExactSum::read(&mut input)?, ExactSum::read(&mut input)?];
        }
        input.finish()?;
        Ok(result)
    }
}
