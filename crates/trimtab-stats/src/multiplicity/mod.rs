//! Many looks, many chances to be wrong: across columns, and over time.
//!
//! * Across columns, p-values: [`Correction`] (Benjamini–Hochberg, Benjamini–Yekutieli,
//!   Holm, Bonferroni).
//! * Across columns, e-values: [`adjust_e_values`] (e-BH), under any dependence.
//! * A planned number of looks at data that accumulate: [`AlphaSpending`].
//! * Looks without end, each at new data: [`OnlineFdr`] (LORD++).

mod alpha_spending;
mod correction;
mod e_values;
mod online;

pub use alpha_spending::AlphaSpending;
pub use correction::Correction;
pub use e_values::adjust_e_values;
pub use online::OnlineFdr;
