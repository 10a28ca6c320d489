//! Models in, scores and explanations out.
//!
//! Floor 2: it imports `trimtab-domain` and `trimtab-stats`, and owns the ONNX format and `tract`.
//!
//! Tree ensembles and linear models become plain structs of `trimtab-stats`, which exact
//! attributions need; every other graph is run by `tract`.
//!
//! Deliberately absent: where model files come from, how rows are read.
