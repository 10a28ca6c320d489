//! Exact attributions of models in our own form.

use crate::own_model::{Body, Finish, OwnModel};
use trimtab_domain::ports::scoring::{Attributions, Explainer, RowBatch, ShapMethod};
use trimtab_domain::{Error, Result};
use trimtab_stats::attribution::rescale_to_predictions;
use trimtab_stats::trees::{LinearModel, Link, TreeShap};

/// Prepares attributions of the model's margins.
pub(crate) fn explainer(
    model: &OwnModel,
    reference: &RowBatch,
    method: ShapMethod,
) -> Result<Box<dyn Explainer>> {
    if reference.n_rows() == 0 {
        return Err(Error::invalid(
            "attributions are measured from a reference, but it has no rows",
        ));
    }
    let shap = match &model.body {
        Body::Trees(ensemble) => Shap::Trees(match method {
            ShapMethod::PathDependent => {
                let ensemble = ensemble.clone().with_covers_from(reference.values())?;
                TreeShap::path_dependent(&ensemble)?
            }
            ShapMethod::Interventional => TreeShap::interventional(ensemble, reference.values())?,
        }),
        Body::Linear(model) => Shap::Linear {
            model: model.clone(),
            means: means(reference),
        },
    };
    let margins = match &shap {
        Shap::Trees(shap) => shap.expected_values().to_vec(),
        Shap::Linear { model, means } => model.expected_values(means)?,
    };
    let n_outputs = margins.len();
    let is_of_two = matches!(&model.finish, Finish::Classes { classes } if classes.len() == 2);
    let view = match model.link() {
        Link::Softmax | Link::SoftmaxZero if is_of_two => View::Difference,
        _ if is_of_two => View::Second,
        _ => View::All,
    };
    let link = match (view, model.link()) {
        (View::Difference, _) => Some(Link::Logistic),
        (View::All, _) if model.is_normalised && n_outputs > 1 => None,
        (View::All, Link::Softmax | Link::SoftmaxZero) => None,
        (_, link) => Some(link),
    };
    let expected_values = view.of(margins, 1);
    let expected_scores = link.map(|link| {
        let mut scores = expected_values.clone();
        link.apply(&mut scores, 1);
        scores
    });
    Ok(Box::new(OwnExplainer {
        n_features: reference.width(),
        view,
        link,
        expected_values,
        expected_scores,
        shap,
    }))
}

#[derive(Debug)]
enum Shap {
    Trees(TreeShap),
    Linear { model: LinearModel, means: Vec<f64> },
}

/// Which of the model's outputs are explained.
#[derive(Debug, Clone, Copy)]
enum View {
    All,
    /// The positive one of two classes.
    Second,
    /// Of two classes under a softmax: the second less the first, which are the log-odds.
    Difference,
}

impl View {
    /// Takes what is explained from rows of outputs, `width` numbers each.
    fn of(self, values: Vec<f64>, width: usize) -> Vec<f64> {
        let pairs = values.chunks_exact(2 * width);
        match self {
            Self::All => values,
            Self::Second => pairs.flat_map(|pair| pair[width..].to_vec()).collect(),
            Self::Difference => pairs
                .flat_map(|pair| (0..width).map(|i| pair[width + i] - pair[i]))
                .collect(),
        }
    }
}

#[derive(Debug)]
struct OwnExplainer {
    shap: Shap,
    n_features: usize,
    view: View,
    /// From one explained margin to its score; `None` where scores depend on one another.
    link: Option<Link>,
    expected_values: Vec<f64>,
    expected_scores: Option<Vec<f64>>,
}

impl Explainer for OwnExplainer {
    fn expected_values(&self) -> &[f64] {
        &self.expected_values
    }

    fn explain(&self, rows: &RowBatch) -> Result<Attributions> {
        if rows.width() != self.n_features {
            return Err(Error::invalid(format!(
                "the model takes rows of {} values, but these have {}",
                self.n_features,
                rows.width()
            )));
        }
        let values = match &self.shap {
            Shap::Trees(shap) => shap.explain(rows.values())?,
            Shap::Linear { model, means } => model.shap(means, rows.values())?,
        };
        Ok(Attributions {
            n_outputs: self.expected_values.len(),
            n_features: self.n_features,
            values: self.view.of(values, self.n_features),
        })
    }

    fn expected_scores(&self) -> Option<&[f64]> {
        self.expected_scores.as_deref()
    }

    fn explain_scores(&self, rows: &RowBatch) -> Result<Attributions> {
        let link = self.link.ok_or_else(|| {
            Error::invalid(
                "the scores of several classes depend on one another: explain their margins",
            )
        })?;
        let mut attributions = self.explain(rows)?;
        let outputs = self.expected_values.iter().cycle();
        let parts = attributions.values.chunks_exact_mut(self.n_features);
        for (part, &expected) in parts.zip(outputs) {
            rescale_to_predictions(part, self.n_features, expected, link)?;
        }
        Ok(attributions)
    }
}

/// Means of the values that are there; 0 where a column has none.
fn means(rows: &RowBatch) -> Vec<f64> {
    let mut sums = vec![(0.0, 0.0); rows.width()];
    for row in rows.rows() {
        for ((sum, n), &x) in sums.iter_mut().zip(row) {
            if x.is_finite() {
                *sum += f64::from(x);
                *n += 1.0;
            }
        }
    }
    sums.into_iter()
        .map(|(sum, n)| if n > 0.0 { sum / n } else { 0.0 })
        .collect()
}
