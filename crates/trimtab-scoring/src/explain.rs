//! Exact attributions of models in our own form.

use crate::own_model::{Body, Finish, OwnModel};
use trimtab_domain::ports::scoring::{Attributions, Explainer, RowBatch, ShapMethod};
use trimtab_domain::{Error, Result};
use trimtab_stats::trees::{LinearModel, TreeShap};

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
    let expected_values = match &shap {
        Shap::Trees(shap) => shap.expected_values().to_vec(),
        Shap::Linear { model, means } => model.expected_values(means)?,
    };
    // Of two classes with an output each, the positive one is explained.
    let explained = match &model.finish {
        Finish::Classes { classes } if classes.len() == 2 => 1..2,
        _ => 0..expected_values.len(),
    };
    Ok(Box::new(OwnExplainer {
        n_features: reference.width(),
        n_outputs: expected_values.len(),
        expected_values: expected_values[explained.clone()].to_vec(),
        explained,
        shap,
    }))
}

#[derive(Debug)]
enum Shap {
    Trees(TreeShap),
    Linear { model: LinearModel, means: Vec<f64> },
}

#[derive(Debug)]
struct OwnExplainer {
    shap: Shap,
    n_features: usize,
    /// Outputs of the model, and which of them are explained.
    n_outputs: usize,
    explained: std::ops::Range<usize>,
    expected_values: Vec<f64>,
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
        let mut values = match &self.shap {
            Shap::Trees(shap) => shap.explain(rows.values())?,
            Shap::Linear { model, means } => model.shap(means, rows.values())?,
        };
        if self.explained.len() < self.n_outputs {
            let first = self.explained.start * self.n_features;
            let rows = values.chunks_exact(self.n_outputs * self.n_features);
            let width = self.explained.len() * self.n_features;
            values = rows
                .flat_map(|row| row[first..first + width].to_vec())
                .collect();
        }
        Ok(Attributions {
            n_outputs: self.explained.len(),
            n_features: self.n_features,
            values,
        })
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
