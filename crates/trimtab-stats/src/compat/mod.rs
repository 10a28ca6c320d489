//! Other tools' methods, binning, thresholds and decisions, reproduced for those who migrate.
//!
//! What a peer decides is its own: these functions give its number, its limit and its verdict,
//! traps included (they are named in the variants and in `docs/statistics/compat.md`), so that a
//! newcomer can see the same figures on both sides before trusting ours. Nothing here enters our
//! own decision rule.
//!
//! Each file is one peer. Equality with the real packages is tested by
//! `tests/oracle/compat`; SageMaker and the textbook follow their published formulas.
//!
//! To add a peer: a file with `numeric` and `categorical`, a name in [`Peer`], an arm in
//! [`compare_numeric`], [`compare_categories`] and [`dataset_drifted`].

mod deepchecks;
mod evidently;
mod histogram;
mod nannyml;
mod sagemaker;
mod scouter;
mod textbook;
mod whylogs;

use crate::special::ln_chi_squared_sf;
use std::ops::Range;

/// A tool whose decision can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Peer {
    /// Evidently 0.7.
    Evidently,
    /// NannyML 0.13.
    NannyMl,
    /// deepchecks 0.19.
    Deepchecks,
    /// whylogs 1.6.
    Whylogs,
    /// Scouter 0.25.
    Scouter,
    /// Amazon SageMaker Model Monitor, on deequ's distances.
    SageMaker,
    /// What the textbooks say: KS or χ² at 5 %, no correction.
    Textbook,
}

impl Peer {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Evidently,
        Self::NannyMl,
        Self::Deepchecks,
        Self::Whylogs,
        Self::Scouter,
        Self::SageMaker,
        Self::Textbook,
    ];

    /// The name on the command line and in answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::Evidently => "evidently",
            Self::NannyMl => "nannyml",
            Self::Deepchecks => "deepchecks",
            Self::Whylogs => "whylogs",
            Self::Scouter => "scouter",
            Self::SageMaker => "sagemaker",
            Self::Textbook => "textbook",
        }
    }

    /// The peer of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|peer| peer.name() == name)
    }

    /// Whether it cuts each side into ten chunks by row order and judges chunk by chunk.
    pub fn judges_chunks(self) -> bool {
        self == Self::NannyMl
    }
}

/// One column of both sides: values in row order, missing ones left out.
#[derive(Debug, Clone)]
pub struct Column<'a, T> {
    /// The reference's values.
    pub reference: &'a [T],
    /// The other side's values.
    pub current: &'a [T],
    /// The reference's chunks as ranges of `reference`; see [`chunks`]. Only for peers that
    /// [judge chunks](Peer::judges_chunks).
    pub reference_chunks: Vec<Range<usize>>,
    /// The other side's chunks.
    pub current_chunks: Vec<Range<usize>>,
}

/// What a peer said of a column, or of one chunk of it.
#[derive(Debug, Clone, PartialEq)]
pub struct PeerResult {
    /// Our name of its method; `two_proportion_z`, `psi`, ….
    pub method: &'static str,
    /// The peer's choices in words.
    pub variant: &'static str,
    /// Its number: a statistic or distance.
    pub statistic: Option<f64>,
    /// Its p-value, where the method has one.
    pub p_value: Option<f64>,
    /// The limit it compares with.
    pub threshold: Option<f64>,
    /// Its verdict; absent where it refuses to say.
    pub is_drift: Option<bool>,
}

impl PeerResult {
    /// A p-value judged: drift below (or at) the threshold.
    fn of_p(
        method: &'static str,
        variant: &'static str,
        statistic: f64,
        p_value: f64,
        threshold: f64,
        is_drift: bool,
    ) -> Self {
        Self {
            method,
            variant,
            statistic: some(statistic),
            p_value: some(p_value),
            threshold: Some(threshold),
            is_drift: (!p_value.is_nan()).then_some(is_drift),
        }
    }

    /// A distance judged against a limit.
    fn of_distance(
        method: &'static str,
        variant: &'static str,
        distance: f64,
        threshold: f64,
        is_drift: bool,
    ) -> Self {
        Self {
            method,
            variant,
            statistic: some(distance),
            p_value: None,
            threshold: Some(threshold),
            is_drift: (!distance.is_nan()).then_some(is_drift),
        }
    }

    /// Nothing was said.
    fn silent(method: &'static str, variant: &'static str) -> Self {
        Self {
            method,
            variant,
            statistic: None,
            p_value: None,
            threshold: None,
            is_drift: None,
        }
    }
}

fn some(value: f64) -> Option<f64> {
    (!value.is_nan()).then_some(value)
}

/// The ten chunks of a side as NannyML's default cuts them: `⌊rows / 10⌋` rows each, and the
/// incomplete rest as one more.
///
/// # Arguments
///
/// * `is_present`: for each row in order, whether the column has a value there.
///
/// # Returns
///
/// Ranges of the present values. Unit: values. No chunk where there are fewer than ten rows.
pub fn chunks(is_present: &[bool]) -> Vec<Range<usize>> {
    let length = is_present.len() / 10;
    if length == 0 {
        return Vec::new();
    }
    let mut start = 0;
    is_present
        .chunks(length)
        .map(|rows| {
            let end = start + rows.iter().filter(|&&is| is).count();
            let range = start..end;
            start = end;
            range
        })
        .collect()
}

/// What a peer says of a numeric column: one result, or one for each chunk of the other side.
///
/// `values` must be finite. `method` is one of our names (`psi`, `wasserstein`, …) for what the
/// peer offers beside its default; `None` is its default. `Err` names what it does offer.
///
/// # Errors
///
/// The methods the peer has for numbers, if `method` is none of them.
pub fn compare_numeric(
    peer: Peer,
    column: &Column<'_, f64>,
    method: Option<&str>,
) -> Result<Vec<PeerResult>, &'static [&'static str]> {
    match peer {
        Peer::Evidently => evidently::numeric(column, method).map(|one| vec![one]),
        Peer::NannyMl => nannyml::numeric(column, method),
        Peer::Deepchecks => deepchecks::numeric(column, method).map(|one| vec![one]),
        Peer::Whylogs => whylogs::numeric(column, method).map(|one| vec![one]),
        Peer::Scouter => only(method, &["psi"]).map(|()| vec![scouter::numeric(column)]),
        Peer::SageMaker => only(method, &["ks"]).map(|()| vec![sagemaker::numeric(column)]),
        Peer::Textbook => textbook::numeric(column, method).map(|one| vec![one]),
    }
}

/// What a peer says of a categorical column.
///
/// Values are indices into `categories`, which lists those of both sides.
///
/// # Errors
///
/// The methods the peer has for categories, if `method` is none of them.
pub fn compare_categories(
    peer: Peer,
    categories: &[String],
    column: &Column<'_, u32>,
    method: Option<&str>,
) -> Result<Vec<PeerResult>, &'static [&'static str]> {
    let counted = Counted::of(categories.len(), column);
    match peer {
        Peer::Evidently => {
            evidently::categorical(categories, &counted, method).map(|one| vec![one])
        }
        Peer::NannyMl => nannyml::categorical(categories.len(), column, method),
        Peer::Deepchecks => deepchecks::categorical(&counted, method).map(|one| vec![one]),
        Peer::Whylogs => only(method, &["chi2"]).map(|()| vec![whylogs::categorical(&counted)]),
        Peer::Scouter => only(method, &["psi"]).map(|()| vec![scouter::categorical(&counted)]),
        Peer::SageMaker => sagemaker::categorical(&counted, method).map(|one| vec![one]),
        Peer::Textbook => textbook::categorical(&counted, method).map(|one| vec![one]),
    }
}

/// Whether the peer calls a data set drifted whose columns it judged so.
///
/// Evidently wants half of the columns; NannyML, whylogs, Scouter and the textbook give no
/// verdict on a data set, and any column is taken for one, as deepchecks and SageMaker do.
pub fn dataset_drifted(peer: Peer, columns: &[Option<bool>]) -> bool {
    let drifted = columns.iter().filter(|is| **is == Some(true)).count();
    match peer {
        Peer::Evidently => !columns.is_empty() && 2 * drifted >= columns.len(),
        _ => drifted > 0,
    }
}

fn only(
    method: Option<&str>,
    known: &'static [&'static str],
) -> Result<(), &'static [&'static str]> {
    match method {
        Some(name) if !known.contains(&name) => Err(known),
        _ => Ok(()),
    }
}

/// How often each category occurs on both sides.
struct Counted {
    reference: Vec<f64>,
    current: Vec<f64>,
}

impl Counted {
    fn of(n_categories: usize, column: &Column<'_, u32>) -> Self {
        Self {
            reference: counts(n_categories, column.reference),
            current: counts(n_categories, column.current),
        }
    }

    fn n_reference(&self) -> f64 {
        self.reference.iter().sum()
    }

    fn n_current(&self) -> f64 {
        self.current.iter().sum()
    }

    /// Shares of both sides in the categories that occur.
    fn shares(&self) -> (Vec<f64>, Vec<f64>) {
        let (n, m) = (self.n_reference(), self.n_current());
        self.reference
            .iter()
            .zip(&self.current)
            .filter(|(r, c)| **r + **c > 0.0)
            .map(|(r, c)| (r / n, c / m))
            .unzip()
    }
}

fn counts(n_categories: usize, codes: &[u32]) -> Vec<f64> {
    let mut counts = vec![0.0; n_categories];
    for &code in codes {
        if let Some(count) = counts.get_mut(code as usize) {
            *count += 1.0;
        }
    }
    counts
}

fn sorted(values: &[f64]) -> Vec<f64> {
    let mut values = values.to_vec();
    values.sort_unstable_by(f64::total_cmp);
    values
}

fn n_distinct(sorted: &[f64]) -> usize {
    sorted.chunk_by(|a, b| a == b).count()
}

/// Mean and population standard deviation.
fn mean_and_sd(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / n;
    (mean, variance.sqrt())
}

/// χ² of a two-row table with SciPy's default: Yates' correction at one degree of freedom.
/// Columns without counts are left out. Statistic and p-value.
fn chi_squared_with_yates(reference: &[f64], current: &[f64]) -> (f64, f64) {
    let (n, m) = (reference.iter().sum::<f64>(), current.iter().sum::<f64>());
    let occupied: Vec<(f64, f64)> = reference
        .iter()
        .zip(current)
        .map(|(r, c)| (*r, *c))
        .filter(|(r, c)| r + c > 0.0)
        .collect();
    let df = occupied.len().saturating_sub(1);
    if df == 0 {
        return (0.0, 1.0);
    }
    let term = |found: f64, expected: f64| {
        let mut difference = (found - expected).abs();
        if df == 1 {
            difference -= difference.min(0.5);
        }
        difference * difference / expected
    };
    let statistic = occupied
        .iter()
        .map(|&(r, c)| {
            let share = (r + c) / (n + m);
            term(r, n * share) + term(c, m * share)
        })
        .sum();
    (statistic, ln_chi_squared_sf(statistic, df as f64).exp())
}

/// Jensen–Shannon distance of two share vectors, which are normalised first; logarithms to the
/// base `e`, divided by `ln_base`.
fn jensen_shannon(p: &[f64], q: &[f64], ln_base: f64) -> f64 {
    let (sum_p, sum_q) = (p.iter().sum::<f64>(), q.iter().sum::<f64>());
    let part = |x: f64, middle: f64| if x > 0.0 { x * (x / middle).ln() } else { 0.0 };
    let divergence: f64 = p
        .iter()
        .zip(q)
        .map(|(p, q)| {
            let (p, q) = (p / sum_p, q / sum_q);
            let middle = f64::midpoint(p, q);
            part(p, middle) + part(q, middle)
        })
        .sum();
    (divergence.max(0.0) / 2.0 / ln_base).sqrt()
}

/// `Σ (p − q) ln(p / q)`.
fn stability_index(p: &[f64], q: &[f64]) -> f64 {
    p.iter().zip(q).map(|(p, q)| (p - q) * (p / q).ln()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_follow_rows_and_count_present_values() {
        let mut rows = vec![true; 23];
        rows[3] = false;
        let found = chunks(&rows);
        assert_eq!(found.len(), 12);
        assert_eq!(found[1], 2..3);
        assert_eq!(found[11], 21..22);
        assert!(chunks(&[true; 9]).is_empty());
    }

    #[test]
    fn names_go_both_ways() {
        for peer in Peer::ALL {
            assert_eq!(Peer::from_name(peer.name()), Some(peer));
        }
        assert_eq!(Peer::from_name("alibi"), None);
    }

    #[test]
    fn half_of_the_columns_makes_a_data_set_for_evidently_and_one_for_others() {
        let one_of_four = [Some(true), Some(false), None, Some(false)];
        assert!(!dataset_drifted(Peer::Evidently, &one_of_four));
        assert!(dataset_drifted(Peer::Deepchecks, &one_of_four));
        assert!(dataset_drifted(Peer::Evidently, &one_of_four[..2]));
    }

    #[test]
    fn a_peer_refuses_methods_it_does_not_have() {
        let values = [1.0, 2.0, 3.0];
        let column = Column {
            reference: &values[..],
            current: &values[..],
            reference_chunks: Vec::new(),
            current_chunks: Vec::new(),
        };
        for peer in Peer::ALL {
            assert!(
                compare_numeric(peer, &column, Some("nonsense")).is_err(),
                "{peer:?}"
            );
            assert!(compare_numeric(peer, &column, None).is_ok(), "{peer:?}");
        }
    }
}
