//! Evidence: what was found on one column, as numbers, never rows.

/// What kind of values a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnKind {
    /// Numbers.
    Numeric,
    /// A few repeated texts.
    Categorical,
    /// True and false, compared as two categories.
    Boolean,
    /// Free text, compared as categories where compared at all.
    Text,
}

impl ColumnKind {
    /// The name used in documents and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Numeric => "numeric",
            Self::Categorical => "categorical",
            Self::Boolean => "boolean",
            Self::Text => "text",
        }
    }
}

/// The size of a difference, in a unit that does not depend on the number of rows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Effect {
    /// What was measured; decides which floor applies.
    pub measure: EffectMeasure,
    /// Its value, `≥ 0`.
    pub value: f64,
}

/// Measures of effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EffectMeasure {
    /// Wasserstein-1 distance over the reference's interquartile range.
    WassersteinIqr,
    /// Wasserstein-1 distance over the reference's standard deviation, where its
    /// interquartile range is 0.
    WassersteinSd,
    /// Share of current rows that differ from the reference's only value.
    ShareOffConstant,
    /// Cramér's V.
    CramersV,
    /// Largest absolute change of one category's share.
    LargestShareChange,
    /// Absolute change of the missing share.
    MissingShareChange,
}

impl EffectMeasure {
    /// The name used in documents and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::WassersteinIqr => "wasserstein_iqr",
            Self::WassersteinSd => "wasserstein_sd",
            Self::ShareOffConstant => "share_off_constant",
            Self::CramersV => "cramers_v",
            Self::LargestShareChange => "largest_share_change",
            Self::MissingShareChange => "missing_share_change",
        }
    }
}

/// What one method said. A number that does not exist is `None`, with a reason.
#[derive(Debug, Clone, PartialEq)]
pub struct MethodResult {
    /// `"ks"`, `"chi2"`, `"psi"`, `"wasserstein"`, `"jensen_shannon"`, …
    pub method: &'static str,
    /// Which of the choices that go by this name was made, in words.
    pub variant: String,
    /// The statistic or distance.
    pub statistic: Option<f64>,
    /// Its p-value, where the method has one.
    pub p_value: Option<f64>,
    /// The limit the user set for it, where one was set.
    pub threshold: Option<f64>,
    /// The value it would show on average without drift at these sizes, rows taken
    /// as independent.
    pub noise_floor: Option<f64>,
    /// The size of the difference in a unit that does not depend on the number of rows:
    /// see [`Method::effect_unit`](crate::two_sample::Method::effect_unit).
    pub effect_size: Option<f64>,
    /// Why a number does not exist.
    pub reason: Option<String>,
}

/// Which test of rows taken as independent stands behind a numeric column's decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RowLevelTest {
    /// Kolmogorov–Smirnov alone.
    Ks,
    /// The Cauchy combination of Kolmogorov–Smirnov, Cramér–von Mises and
    /// Brown–Forsythe; see
    /// [`combined_row_test`](crate::two_sample::combined_row_test).
    #[default]
    Combined,
}

impl RowLevelTest {
    /// The name used on the command line and in documents.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ks => "ks",
            Self::Combined => "combined",
        }
    }

    /// The test of a name, as [`RowLevelTest::name`] spells it.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Ks, Self::Combined]
            .into_iter()
            .find(|test| test.name() == name)
    }
}

/// What the law of the reference's windows could say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WindowLaw {
    /// There are no windows: no time axis, or none was asked for.
    Absent,
    /// Too few independent windows.
    TooFew,
    /// The reference's windows are all alike; the row-level test decides.
    AllAlike,
    /// It judged.
    Usable,
}

/// What was found on one column.
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnEvidence {
    /// The column.
    pub name: String,
    /// Its kind.
    pub kind: ColumnKind,
    /// Values of the reference that entered the tests. Unit: rows.
    pub n_reference: u64,
    /// Values of the current sample that entered the tests. Unit: rows.
    pub n_current: u64,
    /// Missing share in `[0, 1]`: reference, current.
    pub null_share: (Option<f64>, Option<f64>),
    /// p-value of the values, rows taken as independent.
    pub p_value_row: Option<f64>,
    /// p-value of the values among the reference's windows.
    pub p_value_window: Option<f64>,
    /// p-value of the missing share, rows taken as independent.
    pub p_value_missing: Option<f64>,
    /// p-value of the missing share among the reference's windows.
    pub p_value_missing_window: Option<f64>,
    /// What the windows could say.
    pub window_law: WindowLaw,
    /// Spread of the reference's windows over that of independent rows.
    pub inflation: Option<f64>,
    /// Reference windows.
    pub n_windows: usize,
    /// Windows they are worth.
    pub n_windows_effective: Option<f64>,
    /// The size of the difference between the values.
    pub effect: Option<Effect>,
    /// A second measure of it with a floor of its own (categories: the largest
    /// share change).
    pub second_effect: Option<Effect>,
    /// The change of the missing share.
    pub missing_effect: Option<Effect>,
    /// Smallest effect, in the measure of `effect`, that the row-level test would
    /// see with 80 % probability at the 5 % level.
    pub detectable_effect: Option<f64>,
    /// What each method said.
    pub results: Vec<MethodResult>,
    /// Whether the reference holds one value only.
    pub constant_reference: bool,
    /// Why the column could not be looked at.
    pub error: Option<String>,
    /// Importance for the model, any unit, where known.
    pub importance: Option<f64>,
}

impl ColumnEvidence {
    /// Evidence of a column on which nothing is known yet.
    pub fn empty(name: &str, kind: ColumnKind) -> Self {
        Self {
            name: name.to_owned(),
            kind,
            n_reference: 0,
            n_current: 0,
            null_share: (None, None),
            p_value_row: None,
            p_value_window: None,
            p_value_missing: None,
            p_value_missing_window: None,
            window_law: WindowLaw::Absent,
            inflation: None,
            n_windows: 0,
            n_windows_effective: None,
            effect: None,
            second_effect: None,
            missing_effect: None,
            detectable_effect: None,
            results: Vec::new(),
            constant_reference: false,
            error: None,
            importance: None,
        }
    }

    /// Evidence of a column that could not be looked at.
    pub fn failed(name: &str, kind: ColumnKind, error: String) -> Self {
        Self {
            error: Some(error),
            ..Self::empty(name, kind)
        }
    }

    /// Takes the row-level p-value from another of the tests that were made. Columns
    /// without a result of that name (categories) keep theirs.
    pub fn choose_row_test(&mut self, test: RowLevelTest) {
        let found = self.results.iter().find(|one| one.method == test.name());
        if let Some(found) = found {
            self.p_value_row = found.p_value;
        }
    }

    /// The p-value of the values that counts: the larger of row-level and
    /// window-aware.
    pub fn p_value(&self) -> Option<f64> {
        larger(self.p_value_row, self.p_value_window)
    }

    /// The p-value of the missing share that counts.
    pub fn p_value_of_missing(&self) -> Option<f64> {
        larger(self.p_value_missing, self.p_value_missing_window)
    }
}

fn larger(row: Option<f64>, window: Option<f64>) -> Option<f64> {
    match (row, window) {
        (Some(row), Some(window)) => Some(row.max(window)),
        (row, _) => row,
    }
}
