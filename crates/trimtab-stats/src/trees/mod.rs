//! Tree ensembles and linear models as plain structs: prediction, fitting, exact attributions.
