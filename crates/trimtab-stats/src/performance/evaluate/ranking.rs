//! Measures of rankings.

use super::{Draft, Evaluation, MeanSums, Resampling, complete};
use crate::error::StatsError;
use crate::performance::intervals::{bounded_interval, wilson_interval};
use crate::performance::metric::{IntervalMethod, Metric, reason};
use crate::performance::query::{Query, QueryMeasures, discounts};
use crate::performance::rows::{
    EvaluationSettings, RankingRows, Weights, check_blocks, check_length, check_weights,
};
use crate::resampling::{Blocks, UnitSums};

/// Evaluates rankings: every measure with its confidence interval.
///
/// # Measures
///
/// Means over the queries that have a relevant row: `ndcg`, `map`, `mrr` of the whole
/// lists, and at each depth `k` of the settings `ndcg_at_k`, `map_at_k`, `mrr_at_k`,
/// `precision_at_k` (of `k` places, also where a list is shorter), `recall_at_k`,
/// `hit_rate_at_k`. NDCG takes the relevance itself as gain and `log2(1 + rank)` as
/// discount; average precision at `k` is divided by the smaller of `k` and the number
/// of relevant rows. Tied scores have no order: a measure is its mean over their orders.
///
/// # Intervals
///
/// A query counts as one observation. The variance of the mean over queries becomes an
/// effective number for Wilson's interval; hit rates without ties are shares and have
/// Wilson's interval itself. With blocks: the bootstrap of whole blocks of queries.
///
/// # Errors
///
/// As [`evaluate_binary`](super::evaluate_binary); [`StatsError::NotFinite`] also for
/// labels that are not finite and at least 0.
///
/// # Numerics
///
/// `O(n log n)`; a query without a relevant row is counted in `n_left_out`.
///
/// # Examples
///
/// ```
/// use trimtab_stats::performance::{EvaluationSettings, RankingRows, evaluate_ranking};
///
/// let rows = RankingRows {
///     queries: &[7, 7, 7, 8, 8],
///     labels: &[0.0, 1.0, 0.0, 1.0, 0.0],
///     scores: &[0.9, 0.8, 0.1, 0.7, 0.2],
///     ..RankingRows::default()
/// };
/// let found = evaluate_ranking(&rows, &EvaluationSettings::default())?;
/// assert_eq!(found.metric("mrr").and_then(|m| m.value), Some(0.75));
/// # Ok::<(), trimtab_stats::StatsError>(())
/// ```
pub fn evaluate_ranking(
    rows: &RankingRows<'_>,
    settings: &EvaluationSettings,
) -> Result<Evaluation, StatsError> {
    settings.check()?;
    let table = Table::new(rows, settings)?;
    let drafts = table.drafts(settings.confidence);
    let n_slots = table.names.len();
    let mut sums = UnitSums::new(0, n_slots + 1);
    if let Some(blocks) = &table.blocks {
        sums = UnitSums::new(blocks.len(), n_slots + 1);
        for (query, &block) in blocks.of_row().iter().enumerate() {
            let weight = table.weight[query];
            let of_block = sums.of(block as usize);
            of_block[n_slots] += weight;
            for (sum, value) in of_block.iter_mut().zip(table.of_query(query)) {
                *sum += weight * value;
            }
        }
    }
    let mut total = vec![0.0; n_slots + 1];
    let resampling = Resampling {
        n_rows: table.weight.len(),
        blocks: table.blocks.as_ref(),
    };
    let metrics = complete(drafts, n_slots, resampling, settings, |counts, _, out| {
        sums.weighted(counts, &mut total);
        for (value, sum) in out.iter_mut().zip(&total) {
            *value = sum / total[n_slots];
        }
    });
    Ok(Evaluation {
        n: table.weight.len() as u64,
        n_left_out: table.n_left_out,
        n_blocks: table.blocks.as_ref().map(|blocks| blocks.len() as u64),
        metrics,
        confusion: None,
    })
}

/// One row of measures per query.
struct Table {
    names: Vec<String>,
    /// Row-major, shape `(queries, names)`.
    values: Vec<f64>,
    weight: Vec<f64>,
    blocks: Option<Blocks>,
    n_left_out: u64,
}

impl Table {
    fn new(rows: &RankingRows<'_>, settings: &EvaluationSettings) -> Result<Self, StatsError> {
        let n = rows.queries.len();
        check_length("labels", rows.labels.len(), n)?;
        check_length("scores", rows.scores.len(), n)?;
        check_weights(rows.weights, n)?;
        check_blocks(rows.blocks, n)?;
        if !rows
            .labels
            .iter()
            .all(|&gain| gain.is_finite() && gain >= 0.0)
        {
            return Err(StatsError::NotFinite { sample: "labels" });
        }
        let mut ks = settings.ks.clone();
        ks.sort_unstable();
        ks.dedup();
        let mut order: Vec<u32> = (0..n as u32).collect();
        order.sort_by_key(|&row| rows.queries[row as usize]);
        let lists =
            || order.chunk_by(|&a, &b| rows.queries[a as usize] == rows.queries[b as usize]);
        let longest = lists().map(<[u32]>::len).max().unwrap_or(0);
        let discounts = discounts(longest);
        let row_weights = Weights::new(rows.weights);
        let mut table = Self {
            names: names(&ks),
            values: Vec::new(),
            weight: Vec::new(),
            blocks: None,
            n_left_out: 0,
        };
        let mut ids = Vec::new();
        let mut query = Query::default();
        for list in lists() {
            let weights = list.iter().map(|&row| row_weights.of(row as usize));
            let weight = weights.sum::<f64>() / list.len() as f64;
            query.fill(
                list.iter()
                    .map(|&row| (rows.scores[row as usize], rows.labels[row as usize])),
            );
            if query.n_relevant() == 0 || weight == 0.0 {
                table.n_left_out += 1;
                continue;
            }
            table.weight.push(weight);
            ids.extend(rows.blocks.map(|blocks| blocks[list[0] as usize]));
            query_values(&query, &ks, &discounts, &mut table.values);
        }
        table.blocks = rows.blocks.map(|_| Blocks::from_ids(&ids)).transpose()?;
        Ok(table)
    }

    fn of_query(&self, query: usize) -> &[f64] {
        let n = self.names.len();
        &self.values[query * n..(query + 1) * n]
    }

    fn drafts(&self, confidence: f64) -> Vec<Draft> {
        let drafts = self.names.iter().enumerate().map(|(slot, name)| {
            let rows = (0..self.weight.len())
                .map(|query| (self.of_query(query)[slot], self.weight[query]));
            let is_share = rows.clone().all(|(value, _)| value == 0.0 || value == 1.0);
            let sums = MeanSums::of(rows);
            Draft::closed_form(mean_metric(name, &sums, is_share, confidence), slot)
        });
        drafts.collect()
    }
}

/// Appends the measures of one query, in the order of [`names`].
pub(crate) fn query_values(query: &Query, ks: &[u32], discounts: &[f64], out: &mut Vec<f64>) {
    let whole = query.measure(None, discounts);
    out.extend([whole.ndcg, whole.average_precision, whole.reciprocal_rank]);
    for &k in ks {
        let QueryMeasures {
            ndcg,
            average_precision,
            reciprocal_rank,
            precision,
            recall,
            hit,
        } = query.measure(Some(k as usize), discounts);
        out.extend([
            ndcg,
            average_precision,
            reciprocal_rank,
            precision,
            recall,
            hit,
        ]);
    }
}

/// A mean over queries of a measure in `[0, 1]`, with its interval.
///
/// * `is_share`: every query has 0 or 1.
pub(crate) fn mean_metric(name: &str, sums: &MeanSums, is_share: bool, confidence: f64) -> Metric {
    if sums.n == 0 {
        return Metric::absent(name, 0, "no query has a relevant row");
    }
    let value = sums.mean().clamp(0.0, 1.0);
    let bare = Metric::bare(name, value, sums.n, None);
    let n = sums.n_effective();
    if sums.n < 2 || n <= 1.0 {
        return bare.without_interval(reason::ONE_QUERY);
    }
    if is_share {
        return bare.within(
            wilson_interval(value, n, confidence),
            IntervalMethod::Wilson,
        );
    }
    let interval = bounded_interval(value, sums.variance(), n, (0.0, 1.0), confidence);
    bare.within(interval, IntervalMethod::Delta)
}

/// Names of the measures, in the order of the values.
pub(crate) fn names(ks: &[u32]) -> Vec<String> {
    let whole = ["ndcg", "map", "mrr"].map(str::to_owned);
    let at_depths = ks.iter().flat_map(|k| {
        ["ndcg", "map", "mrr", "precision", "recall", "hit_rate"]
            .map(|measure| format!("{measure}_at_{k}"))
    });
    whole.into_iter().chain(at_depths).collect()
}
