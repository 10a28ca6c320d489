//! Self-contained reports: one HTML file, painted here as inline SVG, that needs no script.
//!
//! A build server that shows artefacts under `sandbox; default-src 'none'` shows these reports
//! too: shapes carry their colours as attributes, text is plain HTML, and the style sheet only
//! makes it prettier. Colours and the heat ramp come from the dashboard's token file, so that
//! page and report agree.
//!
//! To add a chart: a function in [`marks`] that returns an SVG, with a test on its geometry.

mod answer;
mod check;
mod marks;
mod model;
pub mod numbers;
mod page;
mod svg;
mod tokens;

pub use answer::answer_report;
pub use check::{CheckReportFacts, check_report};
pub use marks::{DistributionBar, HeatCell, HeatRow, HeatState, SeriesChart, SeriesPoint};
pub use model::{
    ColumnDistribution, DriftSection, IncidentRow, ModelReport, MonthRow, PerformanceSection,
    model_report,
};
