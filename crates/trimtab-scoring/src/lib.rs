//! Models in, scores and explanations out.
//!
//! Floor 2: it imports `trimtab-domain` and `trimtab-stats`, and owns the ONNX format and `tract`.
//!
//! Tree ensembles and linear models become plain structs of `trimtab-stats`, which exact
//! attributions need; every other graph is run by `tract`.
//!
//! Invariants:
//! * Foreign bytes are never trusted: what does not fit is an `Invalid` error that names the node.
//! * The same file and rows give the same bits, alone and in batches (tract may sum in another
//!   order, but always in the same one).
//! * Scores agree with the training library to the accuracy of `f32`, the format's own: leaf
//!   values are read as `f32` and summed in `f64`.
//!
//! To read another operator into our own form, give it a module in `onnx/` and a line in
//! `onnx::read_head`.
//!
//! Deliberately absent: where model files come from, how rows are read.

mod explain;
mod graph_for_tract;
mod graph_model;
mod onnx;
mod own_model;

use std::sync::Arc;
use trimtab_domain::Result;
use trimtab_domain::ports::scoring::{ModelReader, ScoringModel};

/// Reads ONNX files.
#[derive(Debug, Clone, Copy, Default)]
pub struct OnnxReader;

impl ModelReader for OnnxReader {
    fn read(&self, file: &[u8]) -> Result<Arc<dyn ScoringModel>> {
        let model = onnx::decode(file)?;
        Ok(match onnx::read_own_form(&model)? {
            Some(own) => Arc::new(own),
            None => Arc::new(graph_model::GraphModel::new(&model)?),
        })
    }
}

impl OnnxReader {
    /// Reads a file and has `tract` run it, whatever it is: to compare the two.
    ///
    /// # Errors
    ///
    /// `Invalid` if the bytes are no model, or one that tract cannot run.
    pub fn read_as_graph(&self, file: &[u8]) -> Result<Arc<dyn ScoringModel>> {
        Ok(Arc::new(graph_model::GraphModel::new(&onnx::decode(
            file,
        )?)?))
    }
}
