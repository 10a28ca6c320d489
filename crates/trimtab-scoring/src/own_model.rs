//! Trees and linear models: scores from our own form.

use trimtab_domain::ports::scoring::{
    Explainer, ModelDescription, ModelForm, ModelOutput, RowBatch, Scores, ScoringModel, ShapMethod,
};
use trimtab_domain::{Error, Result};
use trimtab_stats::trees::{LinearModel, Link, TreeEnsemble};

/// A model in our own form.
#[derive(Debug)]
pub(crate) struct OwnModel {
    pub(crate) body: Body,
    pub(crate) finish: Finish,
    /// Each row is divided by its sum: one-versus-rest probabilities.
    pub(crate) is_normalised: bool,
    description: ModelDescription,
}

#[derive(Debug, Clone)]
pub(crate) enum Body {
    Trees(TreeEnsemble),
    Linear(LinearModel),
}

/// How the body's predictions become scores.
#[derive(Debug, Clone)]
pub(crate) enum Finish {
    /// They are.
    Values,
    /// One prediction `p` for two classes: `(1 - p, p)`, or `(-p, p)` where it is a distance
    /// from the boundary.
    OneOfTwo {
        classes: Vec<String>,
        weights_are_shares: bool,
    },
    /// One prediction per class.
    Classes { classes: Vec<String> },
}

impl Finish {
    pub(crate) fn one_of_two(classes: Vec<String>, weights_are_shares: bool) -> Self {
        Self::OneOfTwo {
            classes,
            weights_are_shares,
        }
    }

    pub(crate) fn classes(classes: Vec<String>) -> Self {
        Self::Classes { classes }
    }
}

impl OwnModel {
    pub(crate) fn trees(ensemble: TreeEnsemble, finish: Finish) -> Self {
        let used = ensemble.used_features();
        let (width, n_outputs) = (ensemble.n_features(), ensemble.n_outputs());
        Self::new(Body::Trees(ensemble), finish, used, (width, n_outputs))
    }

    pub(crate) fn linear(model: LinearModel, finish: Finish) -> Self {
        let width = model.n_features();
        let outputs = model.coefficients().chunks_exact(width);
        let used = outputs.fold(vec![false; width], |used, output| {
            used.iter()
                .zip(output)
                .map(|(used, &c)| *used || c != 0.0)
                .collect()
        });
        let n_outputs = model.n_outputs();
        Self::new(Body::Linear(model), finish, used, (width, n_outputs))
    }

    fn new(body: Body, finish: Finish, used: Vec<bool>, shape: (usize, usize)) -> Self {
        let output = match &finish {
            Finish::Values => ModelOutput::Values { n_targets: shape.1 },
            Finish::OneOfTwo { classes, .. } | Finish::Classes { classes } => {
                ModelOutput::Probabilities {
                    classes: classes.clone(),
                }
            }
        };
        let form = match &body {
            Body::Trees(_) => ModelForm::Trees,
            Body::Linear(_) => ModelForm::Linear,
        };
        Self {
            body,
            finish,
            is_normalised: false,
            description: ModelDescription {
                form,
                n_features: Some(shape.0),
                output,
                used_features: Some(used),
            },
        }
    }

    pub(crate) fn link(&self) -> Link {
        match &self.body {
            Body::Trees(ensemble) => ensemble.link(),
            Body::Linear(model) => model.link(),
        }
    }

    /// Takes a link from a companion node; only one fits.
    pub(crate) fn set_link(&mut self, link: Link) -> bool {
        if self.link() != Link::Identity || self.is_normalised {
            return false;
        }
        self.body = match self.body.clone() {
            Body::Trees(ensemble) => Body::Trees(ensemble.with_link(link)),
            Body::Linear(model) => Body::Linear(model.with_link(link)),
        };
        true
    }

    /// Divides each row by its sum from now on.
    pub(crate) fn normalise(&mut self) -> bool {
        self.is_normalised = true;
        matches!(
            self.link(),
            Link::Logistic | Link::Softmax | Link::SoftmaxZero
        ) || self.shares_are_predicted()
    }

    /// Forests predict shares: no link, and nothing negative.
    fn shares_are_predicted(&self) -> bool {
        matches!(
            &self.finish,
            Finish::OneOfTwo {
                weights_are_shares: true,
                ..
            }
        ) || matches!(
            (&self.body, &self.finish),
            (Body::Trees(_), Finish::Classes { .. })
        )
    }

    fn finished(&self, predictions: Vec<f64>) -> Vec<f64> {
        let mut scores = match &self.finish {
            Finish::Values | Finish::Classes { .. } => predictions,
            Finish::OneOfTwo {
                weights_are_shares, ..
            } => {
                let is_share = *weights_are_shares || self.link() != Link::Identity;
                let whole = if is_share { 1.0 } else { 0.0 };
                predictions
                    .into_iter()
                    .flat_map(|p| [whole - p, p])
                    .collect()
            }
        };
        if self.is_normalised {
            let n_columns = self.description.output.n_columns();
            for row in scores.chunks_exact_mut(n_columns) {
                let sum: f64 = row.iter().map(|score| score.abs()).sum();
                if sum > 0.0 {
                    for score in row {
                        *score /= sum;
                    }
                }
            }
        }
        scores
    }
}

impl ScoringModel for OwnModel {
    fn description(&self) -> &ModelDescription {
        &self.description
    }

    fn score(&self, rows: &RowBatch) -> Result<Scores> {
        check_width(&self.description, rows)?;
        let predictions = match &self.body {
            Body::Trees(ensemble) => ensemble.predict(rows.values())?,
            Body::Linear(model) => model.predict(rows.values())?,
        };
        Ok(Scores {
            n_columns: self.description.output.n_columns(),
            values: self.finished(predictions),
        })
    }

    fn explainer(&self, reference: &RowBatch, method: ShapMethod) -> Result<Box<dyn Explainer>> {
        check_width(&self.description, reference)?;
        crate::explain::explainer(self, reference, method)
    }
}

/// Rows must be as wide as the model's.
pub(crate) fn check_width(description: &ModelDescription, rows: &RowBatch) -> Result<()> {
    match description.n_features {
        Some(expected) if expected != rows.width() => Err(Error::invalid(format!(
            "the model takes rows of {expected} values, but these have {}",
            rows.width()
        ))
        .with_hint("is it the encoding document of this model?")),
        _ => Ok(()),
    }
}
