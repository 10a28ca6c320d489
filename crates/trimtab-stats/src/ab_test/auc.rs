//! The area under a ROC curve, with what each row adds to its error.

/// The area under the ROC curve of some rows, and how each row pulls at it.
///
/// The area is nearly a mean: row `i` contributes `(V_i − AUC)/n`, where `V_i` is the share of the
/// other class that it is ranked right against (ties count half) and `n` the number of its own
/// class. Contributions add up within units, so that rows that depend on each other are counted
/// once; with one row a unit the standard error is that of `DeLong`.
///
/// # Source
///
/// E. `DeLong`, D. `DeLong`, D. Clarke-Pearson (1988); N. Obuchowski, *Nonparametric analysis of
/// clustered ROC curve data* (1997). Checked against the area of [`crate::performance`].
#[derive(Debug, Clone, PartialEq)]
pub struct AreaContributions {
    /// The area.
    pub area: f64,
    /// What each row adds, in the order given; they sum to zero.
    pub contributions: Vec<f64>,
}

impl AreaContributions {
    /// The area of rows, each with its score and whether it is positive. `None` without both
    /// classes, or with a score that is not finite.
    ///
    /// # Examples
    ///
    /// ```
    /// use trimtab_stats::ab_test::AreaContributions;
    ///
    /// let rows = [(0.1, false), (0.4, false), (0.35, true), (0.8, true)];
    /// assert_eq!(AreaContributions::of(&rows).unwrap().area, 0.75);
    /// ```
    pub fn of(rows: &[(f64, bool)]) -> Option<Self> {
        let n_positive = rows.iter().filter(|(_, is_positive)| *is_positive).count() as f64;
        let n_negative = rows.len() as f64 - n_positive;
        if n_positive == 0.0 || n_negative == 0.0 || rows.iter().any(|row| !row.0.is_finite()) {
            return None;
        }
        let mut order: Vec<usize> = (0..rows.len()).collect();
        order.sort_unstable_by(|&a, &b| rows[a].0.total_cmp(&rows[b].0));
        let mut shares = vec![0.0; rows.len()];
        let (mut positives_below, mut negatives_below) = (0.0, 0.0);
        let mut start = 0;
        while start < order.len() {
            let score = rows[order[start]].0;
            let mut end = start;
            let (mut positives, mut negatives) = (0.0, 0.0);
            while end < order.len() && rows[order[end]].0 == score {
                if rows[order[end]].1 {
                    positives += 1.0;
                } else {
                    negatives += 1.0;
                }
                end += 1;
            }
            for &row in &order[start..end] {
                shares[row] = if rows[row].1 {
                    (negatives_below + 0.5 * negatives) / n_negative
                } else {
                    1.0 - (positives_below + 0.5 * positives) / n_positive
                };
            }
            positives_below += positives;
            negatives_below += negatives;
            start = end;
        }
        let of_positives = rows.iter().zip(&shares).filter(|(row, _)| row.1);
        let area = of_positives.map(|(_, share)| share).sum::<f64>() / n_positive;
        let contributions = rows
            .iter()
            .zip(&shares)
            .map(|((_, is_positive), share)| {
                let n = if *is_positive { n_positive } else { n_negative };
                (share - area) / n
            })
            .collect();
        Some(Self {
            area,
            contributions,
        })
    }
}
