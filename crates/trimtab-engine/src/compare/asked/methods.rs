//! Two-sample methods by name, in place of the default's results.

use super::super::column::{Cut, Sides};
use super::Pair;
use crate::files::count_codes;
use crate::files::kinds::Look;
use trimtab_domain::Result;
use trimtab_domain::check::CheckRequest;
use trimtab_stats::two_sample::{
    Method, MethodSettings, cauchy_combination, run_on_counts, run_on_samples,
};
use trimtab_stats::{ColumnEvidence, MethodResult, sort_numbers};

/// Gives the evidence on a column, window by window, the results of the methods asked for.
///
/// Their p-values decide at the level of rows, combined by Cauchy's rule; where none has one, the
/// default's p-value stays.
pub(in crate::compare) fn add_methods(
    request: &CheckRequest,
    name: &str,
    look: &Look,
    sides: Sides<'_>,
    cut: &Cut,
    windows: &mut [ColumnEvidence],
) -> Result<()> {
    if request.methods.is_empty() {
        return Ok(());
    }
    let Some((kind, pair)) = Pair::read(name, look, sides)? else {
        return Ok(());
    };
    let settings = MethodSettings {
        seed: request.seed,
        ..MethodSettings::default()
    };
    let methods: Vec<Method> = request
        .methods
        .iter()
        .copied()
        .filter(|method| method.applies_to(kind))
        .collect();
    if methods.is_empty() {
        return Ok(());
    }
    let all: Vec<u32> = (0..u32::try_from(sides.current.n_rows()).unwrap_or(u32::MAX)).collect();
    let prepared = Prepared::of(&pair);
    for (i, evidence) in windows.iter_mut().enumerate() {
        let rows = match &cut.current {
            Some(windows) => windows[i].as_slice(),
            None => all.as_slice(),
        };
        let results = prepared.run(&methods, rows, &settings);
        let p_values: Vec<f64> = results.iter().filter_map(|result| result.p_value).collect();
        if !p_values.is_empty() && evidence.p_value_row.is_some() {
            evidence.p_value_row = Some(cauchy_combination(&p_values));
        }
        let missing = evidence
            .results
            .drain(..)
            .filter(|result| result.method == "missing_share");
        evidence.results = results.into_iter().chain(missing).collect();
    }
    Ok(())
}

/// A column whose reference is ready to be compared with.
enum Prepared<'a> {
    Numbers {
        sorted: Vec<f64>,
        current: &'a [f64],
    },
    Words {
        n_words: usize,
        reference: Vec<u64>,
        current: &'a [u32],
    },
}

impl<'a> Prepared<'a> {
    fn of(pair: &'a Pair) -> Self {
        match pair {
            Pair::Numbers { reference, current } => {
                let mut sorted: Vec<f64> =
                    reference.iter().copied().filter(|v| !v.is_nan()).collect();
                sort_numbers(&mut sorted);
                Self::Numbers { sorted, current }
            }
            Pair::Words {
                words,
                reference,
                current,
            } => Self::Words {
                n_words: words.len(),
                reference: count_codes(words.len(), reference, None).0,
                current,
            },
        }
    }

    fn run(
        &self,
        methods: &[Method],
        rows: &[u32],
        settings: &MethodSettings,
    ) -> Vec<MethodResult> {
        match self {
            Self::Numbers { sorted, current } => {
                let mut values = super::numbers(current, rows);
                sort_numbers(&mut values);
                methods
                    .iter()
                    .map(|&method| run_on_samples(method, sorted, &values, settings))
                    .collect()
            }
            Self::Words {
                n_words,
                reference,
                current,
            } => {
                let (found, _) = count_codes(*n_words, current, Some(rows));
                methods
                    .iter()
                    .map(|&method| {
                        run_on_counts(method, reference, &found, "every value", settings)
                    })
                    .collect()
            }
        }
    }
}
