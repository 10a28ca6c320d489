//! How much of a change each column or segment explains, and how much a model needs a column.
//!
//! * [`mean_change`]: the change of a model's mean output between two periods, split over the
//!   columns; exact, nothing is left over.
//! * [`metric_change`]: the change of a metric that is a mean over rows (log loss, Brier score,
//!   accuracy, MAE, AUC through [`auc_terms`]…), split into what each column's shift explains and
//!   what the columns do not explain.
//! * [`segment_change`]: the same change split over segments: their shares moved (mix), or the
//!   metric moved within them (rate); exact.
//! * [`permutation_importance`]: what a metric loses when a column is shuffled.

mod mean_change;
mod metric_change;
mod permutation;
mod segment_change;

pub use mean_change::{ColumnShare, MeanChange, mean_change, rescale_to_predictions};
pub use metric_change::{MetricChange, MetricChangeSettings, auc_terms, metric_change};
pub use permutation::{ColumnImportance, PermutationSettings, permutation_importance};
pub use segment_change::{SegmentChange, SegmentPeriod, segment_change};
