//! Views of the performance page.

use super::{DecisionView, Instant, IntoView, RangeView, SentenceView, SeriesView, view, words};
use serde::Serialize;
use std::collections::BTreeMap;
use trimtab_app::read::performance_shape as performance;
use trimtab_domain::documents;
use utoipa::ToSchema;

view! {
    /// How good a model is, and how sure that is.
    PerformanceView as Performance from performance::PerformancePage {
        /// The period shown.
        range: RangeView,
        /// The finding in words.
        sentence: SentenceView,
        /// The metric shown.
        metric: PerformanceMetricView,
        /// Metrics to choose from.
        metrics: Vec<PerformanceMetricView>,
        /// The version shown; all live traffic where `null`.
        version: Option<String>,
        /// Versions to choose from.
        versions: Vec<String>,
        /// Every window.
        series: SeriesView,
        /// The same of the shadow versions.
        compare: Vec<VersionSeriesView>,
        /// Mean of the last few windows (the monitor's shortest span).
        fast: Option<SeriesView>,
        /// Mean of more windows (the monitor's longest span).
        slow: Option<SeriesView>,
        /// What the monitor made of the means.
        judgement: Vec<JudgementView>,
        /// The reference's windows, as the monitor saw them.
        reference: ReferenceSpreadView,
        /// Months of the period, each from its own counts.
        months: Vec<MonthLineView>,
        /// How many labels have arrived.
        maturity: Vec<MaturityPointView>,
        /// Of the whole period, for classifiers.
        confusion: Option<ConfusionView>,
        /// Labels known later don't count, where asked.
        known_at: Option<Instant>,
        /// Newest known-at time of a label.
        labels_through: Option<Instant>,
    }
}

words! {
    /// A quality measure of a model.
    PerformanceMetricView as PerformanceMetric from documents::PerformanceMetric {
        /// Area under the ROC curve.
        RocAuc,
        /// Harmonic mean of precision and recall.
        F1,
        /// Share of right predictions.
        Accuracy,
        /// Share of predicted positives that are.
        Precision,
        /// Share of positives that were predicted.
        Recall,
        /// Mean squared error of the score.
        Brier,
        /// Mean negative log likelihood.
        LogLoss,
        /// Mean absolute error.
        Mae,
        /// Root mean squared error.
        Rmse,
        /// Mean error (prediction minus label).
        MeanError,
        /// Share of variance explained.
        R2,
    }
}

view! {
    /// A version's line.
    VersionSeriesView as VersionSeries from performance::VersionSeries {
        /// The version.
        version: String,
        /// Its line.
        series: SeriesView,
    }
}

view! {
    /// One judgement of a mean of windows.
    JudgementView as Judgement from performance::Judgement {
        /// Start of the newest window inside.
        window_start: Instant,
        /// Over how many windows.
        w: u32,
        /// Standard score.
        z: Option<f64>,
        /// One-sided p-value in the bad direction.
        p_value: Option<f64>,
        /// What was found.
        decision: DecisionView,
    }
}

view! {
    /// The reference's windows.
    ReferenceSpreadView as ReferenceSpread from performance::ReferenceSpread {
        /// Their mean.
        value: Option<f64>,
        /// Their standard deviation.
        sd: Option<f64>,
        /// How many.
        n_windows: Option<u32>,
        /// How many, after allowing for neighbours that are alike.
        n_windows_effective: Option<f64>,
    }
}

view! {
    /// A month of the period.
    MonthLineView as MonthLine from performance::MonthLine {
        /// Start.
        start: Instant,
        /// End.
        end: Instant,
        /// Predictions.
        n: u64,
        /// Those with a label.
        n_labelled: u64,
        /// Their share.
        maturity: Option<f64>,
        /// Every metric of the whole month; `null` where it has no meaning.
        values: BTreeMap<String, Option<f64>>,
    }
}

view! {
    /// Share of labels arrived.
    MaturityPointView as MaturityPoint from performance::MaturityPoint {
        /// Start of the window.
        window_start: Instant,
        /// Share arrived; `null` without predictions.
        share_labelled: Option<f64>,
        /// Share that has usually arrived at this age.
        usual_share_at_age: Option<f64>,
    }
}

/// A classifier's counts at its threshold.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Confusion)]
pub(crate) struct ConfusionView {
    /// True positives.
    tp: u64,
    /// False positives.
    fp: u64,
    /// False negatives.
    #[serde(rename = "fn")]
    false_negatives: u64,
    /// True negatives.
    tn: u64,
}

impl IntoView<ConfusionView> for performance::Confusion {
    fn into_view(self) -> ConfusionView {
        ConfusionView {
            tp: self.tp,
            fp: self.fp,
            false_negatives: self.fn_,
            tn: self.tn,
        }
    }
}
