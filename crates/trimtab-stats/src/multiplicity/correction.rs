//! Adjusted p-values of several hypotheses.

/// How p-values of several hypotheses are adjusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Correction {
    /// Bounds the expected share of false entries among the alarms.
    #[default]
    BenjaminiHochberg,
    /// Bounds the same share under any dependence between the hypotheses, at a price:
    /// as Benjamini–Hochberg at a level smaller by `1 + 1/2 + … + 1/k`.
    BenjaminiYekutieli,
    /// Bounds the probability of a single false alarm; stricter.
    Holm,
    /// As Holm, simpler and never less strict.
    Bonferroni,
    /// No adjustment.
    None,
}

impl Correction {
    /// The name used in documents and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::BenjaminiHochberg => "benjamini_hochberg",
            Self::BenjaminiYekutieli => "benjamini_yekutieli",
            Self::Holm => "holm",
            Self::Bonferroni => "bonferroni",
            Self::None => "none",
        }
    }

    /// The correction of a name, as [`Correction::name`] spells it.
    pub fn from_name(name: &str) -> Option<Self> {
        [
            Self::BenjaminiHochberg,
            Self::BenjaminiYekutieli,
            Self::Holm,
            Self::Bonferroni,
            Self::None,
        ]
        .into_iter()
        .find(|correction| correction.name() == name)
    }

    /// Adjusted p-values, in the order given: a hypothesis is rejected at level `α`
    /// when its adjusted p-value is at most `α`.
    ///
    /// * `p_values`: in `[0, 1]`, shape `(k,)`. Not-a-number values stay what they are
    ///   and do not count as hypotheses.
    ///
    /// # Source
    ///
    /// Y. Benjamini and Y. Hochberg (1995); Y. Benjamini and D. Yekutieli (2001); S. Holm
    /// (1979). Equal to statsmodels' `multipletests`. Golden values:
    /// `tests/oracle/stats/multiplicity.json`.
    pub fn adjust(self, p_values: &[f64]) -> Vec<f64> {
        let mut order: Vec<usize> = (0..p_values.len())
            .filter(|&i| !p_values[i].is_nan())
            .collect();
        order.sort_by(|&a, &b| p_values[a].total_cmp(&p_values[b]));
        let n = order.len() as f64;
        let mut adjusted = p_values.to_vec();
        match self {
            Self::None => {}
            Self::Bonferroni => {
                for &i in &order {
                    adjusted[i] = (p_values[i] * n).min(1.0);
                }
            }
            Self::Holm => {
                let mut largest = 0.0_f64;
                for (rank, &i) in order.iter().enumerate() {
                    largest = largest.max((p_values[i] * (n - rank as f64)).min(1.0));
                    adjusted[i] = largest;
                }
            }
            Self::BenjaminiHochberg => step_up(&mut adjusted, &order, n),
            Self::BenjaminiYekutieli => {
                let harmonic: f64 = (1..=order.len()).map(|i| 1.0 / i as f64).sum();
                step_up(&mut adjusted, &order, n * harmonic);
            }
        }
        adjusted
    }
}

/// `min over larger ranks of p · factor / rank`, at most 1; `order` sorts the p-values.
fn step_up(adjusted: &mut [f64], order: &[usize], factor: f64) {
    let mut smallest = 1.0_f64;
    for (rank, &i) in order.iter().enumerate().rev() {
        smallest = smallest.min(adjusted[i] * factor / (rank as f64 + 1.0));
        adjusted[i] = smallest;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(correction: Correction, p_values: &[f64], expected: &[f64]) {
        let adjusted = correction.adjust(p_values);
        for (a, e) in adjusted.iter().zip(expected) {
            assert!((a - e).abs() < 1e-12, "{correction:?}: {adjusted:?}");
        }
    }

    #[test]
    fn adjusts_as_the_papers_do() {
        let p = [0.01, 0.04, 0.03, 0.005];
        check(Correction::BenjaminiHochberg, &p, &[0.02, 0.04, 0.04, 0.02]);
        check(Correction::Holm, &p, &[0.03, 0.06, 0.06, 0.02]);
        check(Correction::Bonferroni, &p, &[0.04, 0.16, 0.12, 0.02]);
        check(Correction::None, &p, &p);
        assert!(Correction::Holm.adjust(&[]).is_empty());
    }

    #[test]
    fn what_is_not_a_number_is_no_hypothesis() {
        let adjusted = Correction::Bonferroni.adjust(&[f64::NAN, 0.01, 0.02]);
        assert!(adjusted[0].is_nan());
        assert_eq!(adjusted[1..], [0.02, 0.04]);
    }

    #[test]
    fn names_go_both_ways() {
        assert_eq!(Correction::from_name("holm"), Some(Correction::Holm));
        assert_eq!(Correction::from_name("sidak"), None);
    }
}
