//! Columns of texts: their form, as numbers, and their words, as a model sees them.

use super::super::column::Sides;
use crate::files::{Dictionary, FileSet, MISSING};
use std::collections::{BTreeMap, HashMap};
use trimtab_domain::check::{CheckRequest, TextEvidence, TextPiece, TextWords};
use trimtab_domain::{Error, Result};
use trimtab_stats::multivariate::{
    SparseDomainClassifier, SparseDomainSettings, sparse_domain_classifier,
};
use trimtab_stats::text::{NgramHasher, NgramSettings, TextFeatures};
use trimtab_stats::trees::SparseRows;
use trimtab_stats::{ColumnEvidence, Random, StatsError, compare_numeric_samples};

/// Texts of a side in which the pieces behind the model's weights are looked up.
const LOOKED_UP_MAX: usize = 2_000;

pub(in crate::compare) fn texts(
    request: &CheckRequest,
    sides: Sides<'_>,
) -> Result<Vec<TextEvidence>> {
    let one = |name: &String| -> Result<TextEvidence> {
        let texts = Texts::read(name, sides)?;
        Ok(TextEvidence {
            column: name.clone(),
            features: texts.features(name),
            words: texts.words(request.seed),
        })
    };
    request.texts.iter().map(one).collect()
}

/// A column of both sides: different texts once, and which one each row holds.
struct Texts {
    different: Vec<String>,
    /// Rows of the reference, then of the other side; missing ones left out.
    rows: [Vec<u32>; 2],
    n_missing: [u64; 2],
}

impl Texts {
    fn read(name: &str, sides: Sides<'_>) -> Result<Self> {
        let mut dictionary = Dictionary::default();
        let mut n_missing = [0; 2];
        let mut read = |side: usize, files: &FileSet| -> Result<Vec<u32>> {
            files.require(name)?;
            let mut rows = files.codes(name, &mut dictionary)?;
            let n = rows.len();
            rows.retain(|&code| code != MISSING);
            n_missing[side] = (n - rows.len()) as u64;
            Ok(rows)
        };
        let rows = [read(0, sides.reference)?, read(1, sides.current)?];
        if rows.iter().any(Vec::is_empty) {
            return Err(Error::invalid(format!(
                "--text: a side has no text in `{name}`"
            )));
        }
        Ok(Self {
            different: dictionary.into_words(),
            rows,
            n_missing,
        })
    }

    fn features(&self, name: &str) -> Vec<ColumnEvidence> {
        let of_texts: Vec<[f64; 7]> = self
            .different
            .iter()
            .map(|text| TextFeatures::of(text).values())
            .collect();
        let column = |(place, feature): (usize, &&str)| {
            let values = |side: usize| -> Vec<f64> {
                let rows = self.rows[side].iter();
                rows.map(|&code| of_texts[code as usize][place]).collect()
            };
            // What is missing is said once.
            let [r, c] = if place == 0 { self.n_missing } else { [0; 2] };
            let name = format!("{name}.{feature}");
            compare_numeric_samples(&name, &mut values(0), &mut values(1), r, c, None)
        };
        TextFeatures::NAMES.iter().enumerate().map(column).collect()
    }

    fn words(&self, seed: u64) -> TextWords {
        let settings = SparseDomainSettings {
            seed,
            ..SparseDomainSettings::default()
        };
        let ngrams = NgramSettings::default();
        let mut words = TextWords {
            method: "text_classifier".to_owned(),
            variant: format!(
                "logistic regression on words, pairs of words and runs of three characters in \
                 {} buckets, scores of {} folds, at most {} texts a side, texts independent",
                1 << ngrams.bits,
                settings.n_folds,
                settings.max_rows
            ),
            auc: None,
            auc_low: None,
            auc_high: None,
            p_value: None,
            is_drift: None,
            pieces: Vec::new(),
            error: None,
        };
        match self.classified(ngrams, &settings) {
            Err(error) => words.error = Some(error.to_string()),
            Ok((found, pieces)) => {
                words.auc = Some(found.auc);
                words.auc_low = Some(found.auc_low);
                words.auc_high = Some(found.auc_high);
                words.p_value = Some(found.p_value);
                words.pieces = pieces;
            }
        }
        words
    }

    fn classified(
        &self,
        ngrams: NgramSettings,
        settings: &SparseDomainSettings,
    ) -> std::result::Result<(SparseDomainClassifier, Vec<TextPiece>), StatsError> {
        let mut hasher = NgramHasher::new(ngrams)?;
        let drawn = [0, 1].map(|side| self.drawn(side, settings));
        let mut sides = Vec::with_capacity(2);
        for rows in &drawn {
            let mut counted = SparseRows::new(hasher.n_buckets())?;
            for &code in rows {
                counted.push_counts(hasher.count(&self.different[code as usize]))?;
            }
            sides.push(counted);
        }
        let found = sparse_domain_classifier(&sides[0], &sides[1], settings)?;
        let pieces = self.pieces(&found, &drawn, &mut hasher);
        Ok((found, pieces))
    }

    /// The rows that are read: all, or as many as the model takes, drawn at random.
    fn drawn(&self, side: usize, settings: &SparseDomainSettings) -> Vec<u32> {
        let mut rows = self.rows[side].clone();
        if rows.len() > settings.max_rows {
            Random::from_seed(settings.seed.wrapping_add(side as u64)).shuffle(&mut rows);
            rows.truncate(settings.max_rows);
        }
        rows
    }

    /// What is in the buckets with the largest weights: of each the piece that most texts have,
    /// the longest of equal ones.
    fn pieces(
        &self,
        found: &SparseDomainClassifier,
        drawn: &[Vec<u32>; 2],
        hasher: &mut NgramHasher,
    ) -> Vec<TextPiece> {
        let mut in_bucket: HashMap<u32, BTreeMap<String, u64>> = found
            .columns
            .iter()
            .map(|&(bucket, _)| (bucket, BTreeMap::new()))
            .collect();
        for &code in drawn
            .iter()
            .flat_map(|rows| rows.iter().take(LOOKED_UP_MAX))
        {
            hasher.for_each(&self.different[code as usize], |bucket, piece| {
                let Some(pieces) = in_bucket.get_mut(&bucket) else {
                    return;
                };
                if let Some(count) = pieces.get_mut(piece) {
                    *count += 1;
                } else {
                    pieces.insert(piece.to_owned(), 1);
                }
            });
        }
        let piece = |&(bucket, weight): &(u32, f64)| {
            let pieces = in_bucket.get(&bucket)?;
            let (text, _) = pieces
                .iter()
                .max_by_key(|(text, count)| (**count, text.len()))?;
            Some(TextPiece {
                text: text.clone(),
                weight,
            })
        };
        found.columns.iter().filter_map(piece).collect()
    }
}
