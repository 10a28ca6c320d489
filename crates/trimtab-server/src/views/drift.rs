//! Views of the drift explorer.

use super::{
    AnnotationView, ColumnRoleView, DecisionView, GranularityView, Instant, IntoView, RangeView,
    SemanticTypeView, SentenceView, SeriesView, SeverityView, view, words,
};
use serde::Serialize;
use trimtab_app::read::drift_shape as drift;
use trimtab_domain::{documents, result};
use utoipa::ToSchema;

view! {
    /// Columns by windows.
    DriftMapView as DriftMap from drift::DriftMap {
        /// The period shown.
        range: RangeView,
        /// The finding in words.
        sentence: SentenceView,
        /// The monitor whose results these are.
        monitor: String,
        /// What the windows were compared with.
        reference: DriftReferenceView,
        /// Length of a window.
        window: GranularityView,
        /// What the cells show.
        by: DriftByView,
        /// Whether the newest result took rows as independent.
        assumes_independent_rows: bool,
        /// Share of drift-free windows that may alarm.
        alpha: f64,
        /// How p-values were adjusted.
        correction: CorrectionView,
        /// Every window of the range, in time order.
        windows: Vec<DriftWindowView>,
        /// Score and prediction first, then inputs, strongest first.
        columns: Vec<DriftColumnView>,
        /// Columns that only the current data has.
        added: Vec<String>,
        /// Columns that only the reference has.
        removed: Vec<String>,
        /// Columns without a look.
        skipped: Vec<SkippedColumnView>,
        /// What happened meanwhile.
        annotations: Vec<AnnotationView>,
    }
}

view! {
    /// A reference in a few words.
    DriftReferenceView as DriftReference from drift::DriftReference {
        /// Its name.
        name: String,
        /// Its rows.
        n_rows: u64,
        /// Its period's start, where it has a time axis.
        from: Option<Instant>,
        /// Its period's end.
        to: Option<Instant>,
    }
}

words! {
    /// What the cells of a drift map show.
    DriftByView as DriftBy from drift::DriftBy {
        /// Effect over its floor.
        Decision,
        /// Population stability index.
        Psi,
        /// Wasserstein distance in interquartile ranges of the reference.
        Wasserstein,
        /// Jensen–Shannon distance.
        JensenShannon,
        /// Kolmogorov–Smirnov statistic.
        Ks,
    }
}

words! {
    /// How p-values of several columns are adjusted.
    CorrectionView as Correction from documents::Correction {
        /// False discovery rate.
        BenjaminiHochberg,
        /// Family-wise error rate, the strict option.
        Holm,
        /// Family-wise error rate, the simplest.
        Bonferroni,
        /// None.
        None,
    }
}

view! {
    /// A window of a drift map.
    DriftWindowView as DriftWindow from drift::DriftWindow {
        /// Start.
        start: Instant,
        /// End.
        end: Instant,
        /// Rows.
        n_rows: u64,
        /// The result's decision; `null` where nothing was judged.
        decision: Option<DecisionView>,
        /// Columns that drifted.
        n_drifted: u64,
        /// Whether the window is closed.
        is_final: bool,
        /// How often it was judged; 0 where it was not.
        revision: u32,
    }
}

view! {
    /// A row of a drift map.
    DriftColumnView as DriftColumn from drift::DriftColumn {
        /// The column.
        name: String,
        /// How it is compared.
        semantic: SemanticTypeView,
        /// What it is for.
        role: ColumnRoleView,
        /// Share of the model's attention, of 1.
        importance: Option<f64>,
        /// Decision in the newest judged window.
        decision_last: Option<DecisionView>,
        /// Severity in the newest judged window.
        severity_last: Option<SeverityView>,
        /// Effect in the newest judged window.
        effect_last: Option<f64>,
        /// Which effect.
        effect_name: String,
        /// Smaller effects don't matter.
        effect_floor: Option<f64>,
        /// Corrected p-value in the newest judged window.
        p_value_adjusted_last: Option<f64>,
        /// Start of the run of drifted windows that reaches to the end.
        drifting_since: Option<Instant>,
        /// How many times more the reference's windows differ than independent rows would.
        inflation: Option<f64>,
        /// Independent windows of the reference.
        n_windows_effective: Option<f64>,
        /// One cell a window, aligned with `windows`.
        cells: Vec<DriftCellView>,
    }
}

view! {
    /// One column in one window.
    DriftCellView as DriftCell from drift::DriftCell {
        /// The value over its threshold: from 1 on it matters.
        v: Option<f64>,
        /// The value.
        raw: Option<f64>,
        /// What was found; `null` where nothing was judged.
        decision: Option<DecisionView>,
        /// How bad.
        severity: Option<SeverityView>,
    }
}

view! {
    /// A column that was not compared.
    SkippedColumnView as SkippedColumn from result::SkippedColumn {
        /// Its name.
        name: String,
        /// Why.
        reason: String,
    }
}

view! {
    /// One column in one window, in full.
    DriftDetailView as DriftDetail from drift::DriftDetailPage {
        /// The column.
        column: String,
        /// How it is compared.
        semantic: SemanticTypeView,
        /// The window.
        window: SizedWindowView,
        /// What it was compared with.
        reference: NamedSizeView,
        /// What was found.
        decision: DecisionView,
        /// How bad.
        severity: Option<SeverityView>,
        /// Why, in a sentence.
        reason: String,
        /// The test's p-value with rows taken as independent.
        p_value_row: Option<f64>,
        /// The window-aware p-value, where the reference has enough independent windows.
        p_value_window: Option<f64>,
        /// Corrected over columns.
        p_value_adjusted: Option<f64>,
        /// How many times more the reference's windows differ than independent rows would.
        inflation: Option<f64>,
        /// Independent windows of the reference.
        n_windows_effective: Option<f64>,
        /// Size of the difference.
        effect: EffectSizeView,
        /// Shares of missing values.
        null_share: SharePairView,
        /// Share of rows in categories that the reference doesn't have.
        unseen_share: Option<f64>,
        /// Every statistic that was computed.
        results: Vec<MethodOutcomeView>,
        /// Both sides drawn; `null` where they were counted on different grids.
        distribution: Option<DistributionView>,
        /// The effect over the last windows.
        history: SeriesView,
        /// Start of the judged window before.
        previous_window_start: Option<Instant>,
        /// Start of the judged window after.
        next_window_start: Option<Instant>,
    }
}

view! {
    /// A window and its size.
    SizedWindowView as SizedWindow from drift::SizedWindow {
        /// Start.
        start: Instant,
        /// End.
        end: Instant,
        /// Rows.
        n_rows: u64,
    }
}

view! {
    /// A name and its size.
    NamedSizeView as NamedSize from drift::NamedSize {
        /// The name.
        name: String,
        /// Rows.
        n_rows: u64,
    }
}

view! {
    /// A difference in units that people can judge.
    EffectSizeView as EffectSize from result::EffectSize {
        /// `wasserstein_iqr`, `cramers_v`, `largest_share_change`…
        name: String,
        /// Its value.
        value: Option<f64>,
        /// Smaller ones don't matter.
        floor: Option<f64>,
    }
}

view! {
    /// A number on both sides.
    SharePairView as SharePair from result::SharePair {
        /// In the reference.
        reference: Option<f64>,
        /// In the current window.
        current: Option<f64>,
    }
}

view! {
    /// One statistic.
    MethodOutcomeView as MethodOutcome from result::MethodOutcome {
        /// `ks`, `chi2`, `psi`, `wasserstein`, `jensen_shannon`…
        method: String,
        /// Which variant: binned or exact, which bins, which smoothing.
        variant: String,
        /// Its value.
        statistic: Option<f64>,
        /// Its p-value, where it is a test.
        p_value: Option<f64>,
        /// A fixed threshold, where the user set one.
        threshold: Option<f64>,
        /// What it shows at these sizes when nothing has moved.
        noise_floor: Option<f64>,
        /// Why a number is missing.
        reason: Option<String>,
    }
}

/// Both sides of a column, to draw.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[schema(as = Distribution)]
pub(crate) enum DistributionView {
    /// Of numbers.
    #[schema(title = "NumericDistribution")]
    Numeric {
        /// Display bins in order, at most 40.
        bins: Vec<DisplayBinView>,
        /// Quantiles of both sides.
        quantiles: QuantilePairView,
        /// Means of both sides.
        mean: SharePairView,
    },
    /// Of categories.
    #[schema(title = "CategoricalDistribution")]
    Categorical {
        /// At most 14, the reference's most frequent first.
        bars: Vec<CategoryBarView>,
    },
}

impl IntoView<DistributionView> for drift::Distribution {
    fn into_view(self) -> DistributionView {
        match self {
            Self::Numeric(numeric) => DistributionView::Numeric {
                bins: numeric.bins.into_view(),
                quantiles: numeric.quantiles.into_view(),
                mean: numeric.mean.into_view(),
            },
            Self::Categorical(bars) => DistributionView::Categorical {
                bars: bars.into_view(),
            },
        }
    }
}

view! {
    /// A bin to draw.
    DisplayBinView as DisplayBin from drift::DisplayBin {
        /// Lower end; `null` where open.
        from: Option<f64>,
        /// Upper end; `null` where open.
        to: Option<f64>,
        /// Share of the reference.
        reference: f64,
        /// Share of the window.
        current: f64,
    }
}

view! {
    /// Quantiles of both sides.
    QuantilePairView as QuantilePair from drift::QuantilePair {
        /// Of the reference.
        reference: QuantilesView,
        /// Of the window.
        current: QuantilesView,
    }
}

view! {
    /// Five quantiles.
    QuantilesView as Quantiles from drift::Quantiles {
        /// 5 %.
        p5: Option<f64>,
        /// 25 %.
        p25: Option<f64>,
        /// The median.
        p50: Option<f64>,
        /// 75 %.
        p75: Option<f64>,
        /// 95 %.
        p95: Option<f64>,
    }
}

view! {
    /// A category to draw.
    CategoryBarView as CategoryBar from drift::CategoryBar {
        /// Its name.
        category: String,
        /// Share of the reference.
        reference: f64,
        /// Share of the window.
        current: f64,
        /// Whether the reference doesn't have it.
        is_unseen: bool,
        /// Whether it gathers the rest.
        is_other: bool,
    }
}
