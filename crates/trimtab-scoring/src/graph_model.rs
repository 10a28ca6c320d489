//! Any other graph, run by `tract`.

use crate::graph_for_tract::scores_graph;
use crate::onnx::{data_input, input_width};
use crate::own_model::check_width;
use std::sync::Arc;
use tract_onnx::pb::ModelProto;
use tract_onnx::prelude::{
    DatumType, Framework, InferenceFact, InferenceModel, InferenceModelExt, IntoRunnable,
    IntoTValue, Tensor, ToDim, TractError, TractResult, TypedRunnableModel, tvec,
};
use trimtab_domain::ports::scoring::{
    Explainer, ModelDescription, ModelForm, ModelOutput, RowBatch, Scores, ScoringModel, ShapMethod,
};
use trimtab_domain::{Error, Result};

/// A graph whose output the scores are.
#[derive(Debug)]
pub(crate) struct GraphModel {
    plan: Arc<TypedRunnableModel>,
    /// Some graphs can't be prepared for any number of rows: then rows go one by one.
    takes_batches: bool,
    width: usize,
    description: ModelDescription,
}

impl GraphModel {
    /// Prepares the graph, and runs it once on a row of zeros to see what comes out.
    pub(crate) fn new(model: &ModelProto) -> Result<Self> {
        let graph = model.graph.as_ref();
        let inputs = graph.map_or(0, |graph| graph.input.len());
        let graph = graph
            .filter(|graph| data_input(graph).is_some())
            .ok_or_else(|| {
                Error::invalid(format!(
                    "the model has {inputs} inputs, but takes rows through one"
                ))
            })?;
        let width = input_width(graph).ok_or_else(|| {
            Error::invalid("the model does not say how many values its rows have")
                .with_hint("export it with an input of shape [None, width]")
        })?;
        let scores = scores_graph(model)
            .ok_or_else(|| Error::invalid("the model has no output of floating-point numbers"))?;
        let (plan, takes_batches) = match prepare(&scores.model, width, true) {
            Ok(plan) => (plan, true),
            Err(_) => (
                prepare(&scores.model, width, false).map_err(wrap("prepare"))?,
                false,
            ),
        };
        let n_columns = run(&plan, width, &vec![0.0; width])
            .map_err(wrap("run"))?
            .len();
        if n_columns == 0 {
            return Err(Error::invalid("the model gives no numbers for a row"));
        }
        let output = if scores.has_label && n_columns > 1 {
            ModelOutput::Probabilities {
                classes: (0..n_columns).map(|class| class.to_string()).collect(),
            }
        } else {
            ModelOutput::Values {
                n_targets: n_columns,
            }
        };
        Ok(Self {
            plan,
            takes_batches,
            width,
            description: ModelDescription {
                form: ModelForm::Graph,
                n_features: Some(width),
                output,
                used_features: None,
            },
        })
    }

    fn append_scores(&self, rows: &[f32], scores: &mut Vec<f64>) -> TractResult<()> {
        scores.extend(run(&self.plan, self.width, rows)?);
        Ok(())
    }
}

impl ScoringModel for GraphModel {
    fn description(&self) -> &ModelDescription {
        &self.description
    }

    fn score(&self, rows: &RowBatch) -> Result<Scores> {
        check_width(&self.description, rows)?;
        let n_columns = self.description.output.n_columns();
        let mut values = Vec::with_capacity(rows.n_rows() * n_columns);
        let step = if self.takes_batches { rows.n_rows() } else { 1 };
        for part in rows.values().chunks((step * self.width).max(1)) {
            self.append_scores(part, &mut values).map_err(wrap("run"))?;
        }
        if values.len() != rows.n_rows() * n_columns {
            return Err(Error::invalid(format!(
                "the model gave {} scores for {} rows, needed {n_columns} each",
                values.len(),
                rows.n_rows()
            )));
        }
        Ok(Scores { n_columns, values })
    }

    fn explainer(&self, _: &RowBatch, _: ShapMethod) -> Result<Box<dyn Explainer>> {
        Err(Error::invalid(
            "only tree ensembles and linear models have exact attributions; this model is another graph",
        )
        .with_hint("permutation importance works on any model"))
    }
}

/// The one place where tract's errors get their kind.
fn wrap(verb: &'static str) -> impl Fn(TractError) -> Error {
    move |err| {
        // The whole chain: its first sentence names the node, its last one the reason.
        Error::invalid(format!("tract cannot {verb} the model: {err:#}")).with_source(err)
    }
}

fn prepare(
    model: &ModelProto,
    width: usize,
    takes_batches: bool,
) -> TractResult<Arc<TypedRunnableModel>> {
    let reader = tract_onnx::onnx()
        .with_ignore_output_types(true)
        .with_ignore_output_shapes(true);
    let graph: InferenceModel = reader.model_for_proto_model(model)?;
    let n_rows = if takes_batches {
        graph.symbols.sym("N").to_dim()
    } else {
        1.to_dim()
    };
    let rows = InferenceFact::dt_shape(DatumType::F32, tvec![n_rows, width.to_dim()]);
    let input = graph.inputs.first().copied();
    let graph = match input {
        Some(_) => graph.with_input_fact(0, rows)?,
        None => graph,
    };
    graph.into_optimized()?.into_runnable()
}

/// All scores of the rows, row-major.
fn run(plan: &Arc<TypedRunnableModel>, width: usize, rows: &[f32]) -> TractResult<Vec<f64>> {
    let rows = Tensor::from_shape(&[rows.len() / width, width], rows)?;
    let outputs = plan.run(tvec![rows.into_tvalue()])?;
    match outputs.first() {
        Some(scores) => {
            let scores = scores.cast_to::<f64>()?;
            Ok(scores
                .to_plain_array_view::<f64>()?
                .iter()
                .copied()
                .collect())
        }
        None => Ok(Vec::new()),
    }
}
