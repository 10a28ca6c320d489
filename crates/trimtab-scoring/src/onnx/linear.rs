//! `LinearClassifier` and `LinearRegressor` of `ai.onnx.ml`.

use super::attributes::Attributes;
use super::trees::{class_names, link};
use crate::own_model::{Finish, OwnModel};
use trimtab_domain::Result;
use trimtab_stats::trees::LinearModel;

pub(super) fn read_regressor(head: &Attributes<'_>, n_features: Option<usize>) -> Result<OwnModel> {
    let n_targets = usize::try_from(head.int("targets").unwrap_or(1))
        .unwrap_or(0)
        .max(1);
    let model = read(head, n_targets)?;
    if let Some(expected) = n_features
        && model.n_features() != expected
    {
        let found = model.n_features();
        return Err(head.wrong(format!(
            "it has {found} coefficients per target, needed {expected}"
        )));
    }
    Ok(OwnModel::linear(model, Finish::Values))
}

pub(super) fn read_classifier(head: &Attributes<'_>) -> Result<OwnModel> {
    let classes = class_names(head, "classlabels_ints")?;
    let n_outputs = head.numbers("intercepts")?.len();
    if n_outputs == 1 && classes.len() == 2 {
        let model = read(head, 1)?;
        return Ok(OwnModel::linear(model, Finish::one_of_two(classes, false)));
    }
    let model = read(head, classes.len())?;
    Ok(OwnModel::linear(model, Finish::classes(classes)))
}

fn read(head: &Attributes<'_>, n_outputs: usize) -> Result<LinearModel> {
    let coefficients = head.numbers("coefficients")?;
    let mut intercepts = head.numbers("intercepts")?;
    if intercepts.is_empty() {
        intercepts = vec![0.0; n_outputs];
    }
    if intercepts.len() != n_outputs {
        let found = intercepts.len();
        return Err(head.wrong(format!(
            "`intercepts` has {found} values, needed {n_outputs}"
        )));
    }
    LinearModel::new(coefficients, intercepts, link(head)?).map_err(|err| head.wrong(err))
}
