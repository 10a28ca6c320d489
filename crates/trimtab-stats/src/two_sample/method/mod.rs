//! The methods by name: which there are, what they apply to, and one way to run them.

mod counts;
mod profiles;
mod samples;

pub use counts::{category_turnover_results, run_on_counts};
pub use profiles::run_on_profiles;
pub use samples::run_on_samples;

use crate::error::StatsError;
use crate::evidence::{ColumnKind, MethodResult};

/// A two-sample method.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Method {
    /// Kolmogorov–Smirnov, two-sided.
    KolmogorovSmirnov,
    /// Cramér–von Mises, safe for ties.
    CramerVonMises,
    /// Anderson–Darling, midrank form.
    AndersonDarling,
    /// Mann–Whitney U, two-sided.
    MannWhitneyU,
    /// Welch's t.
    WelchT,
    /// Epps–Singleton.
    EppsSingleton,
    /// Energy distance.
    Energy,
    /// Wasserstein-1 distance in units of the reference's spread.
    Wasserstein,
    /// Kuiper.
    Kuiper,
    /// Hellinger distance.
    Hellinger,
    /// Jensen–Shannon distance, base 2.
    JensenShannon,
    /// Kullback–Leibler divergence of current from reference.
    KullbackLeibler,
    /// Population stability index.
    PopulationStabilityIndex,
    /// Total variation distance.
    TotalVariation,
    /// L∞ distance.
    LInfinity,
    /// Pearson's χ².
    ChiSquared,
    /// The likelihood ratio on counts.
    GTest,
    /// Fisher's exact test.
    FisherExact,
    /// Two proportions by the pooled z.
    TwoProportionZ,
    /// Cramér's V, bias-corrected.
    CramersV,
}

impl Method {
    /// All methods, in the order of the documentation.
    pub const ALL: [Self; 20] = [
        Self::KolmogorovSmirnov,
        Self::CramerVonMises,
        Self::AndersonDarling,
        Self::MannWhitneyU,
        Self::WelchT,
        Self::EppsSingleton,
        Self::Energy,
        Self::Wasserstein,
        Self::Kuiper,
        Self::Hellinger,
        Self::JensenShannon,
        Self::KullbackLeibler,
        Self::PopulationStabilityIndex,
        Self::TotalVariation,
        Self::LInfinity,
        Self::ChiSquared,
        Self::GTest,
        Self::FisherExact,
        Self::TwoProportionZ,
        Self::CramersV,
    ];

    /// The name on the command line and in documents.
    pub fn name(self) -> &'static str {
        match self {
            Self::KolmogorovSmirnov => "ks",
            Self::CramerVonMises => "cramer_von_mises",
            Self::AndersonDarling => "anderson_darling",
            Self::MannWhitneyU => "mann_whitney_u",
            Self::WelchT => "welch_t",
            Self::EppsSingleton => "epps_singleton",
            Self::Energy => "energy",
            Self::Wasserstein => "wasserstein",
            Self::Kuiper => "kuiper",
            Self::Hellinger => "hellinger",
            Self::JensenShannon => "jensen_shannon",
            Self::KullbackLeibler => "kl",
            Self::PopulationStabilityIndex => "psi",
            Self::TotalVariation => "total_variation",
            Self::LInfinity => "l_infinity",
            Self::ChiSquared => "chi2",
            Self::GTest => "g_test",
            Self::FisherExact => "fisher_exact",
            Self::TwoProportionZ => "two_proportion_z",
            Self::CramersV => "cramers_v",
        }
    }

    /// The method of a name, as [`Method::name`] spells it.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.name() == name)
    }

    /// Whether it has a meaning on columns of a kind.
    ///
    /// Distances between histograms apply to all, to numbers on bins cut at tenths of
    /// the reference; booleans and texts count as categories.
    pub fn applies_to(self, kind: ColumnKind) -> bool {
        match self.domain() {
            Domain::Numbers => kind == ColumnKind::Numeric,
            Domain::Categories => kind != ColumnKind::Numeric,
            Domain::Histograms => true,
        }
    }

    /// Whether it gives a p-value.
    pub fn has_p_value(self) -> bool {
        !matches!(
            self,
            Self::Wasserstein
                | Self::Hellinger
                | Self::JensenShannon
                | Self::KullbackLeibler
                | Self::PopulationStabilityIndex
                | Self::TotalVariation
                | Self::LInfinity
                | Self::CramersV
        )
    }

    /// What its `effect_size` measures. None depends on the number of rows but for the
    /// noise that [`MethodResult::noise_floor`] names.
    pub fn effect_unit(self) -> &'static str {
        match self {
            Self::KolmogorovSmirnov => "largest gap between the distribution functions",
            Self::CramerVonMises => "root mean square gap between the distribution functions",
            Self::AndersonDarling => {
                "root mean square gap between the distribution functions, in units of their own spread"
            }
            Self::MannWhitneyU => "rank-biserial correlation, above 0 where current is larger",
            Self::WelchT => "Cohen's d, above 0 where current is larger",
            Self::EppsSingleton => {
                "distance between the characteristic functions in standard deviations"
            }
            Self::Energy => "energy distance over the root of the reference's spread",
            Self::Wasserstein => "Wasserstein-1 distance over the reference's spread",
            Self::Kuiper => "sum of the largest gaps between the distribution functions",
            Self::Hellinger => "Hellinger distance",
            Self::JensenShannon => "Jensen-Shannon distance, base 2",
            Self::KullbackLeibler | Self::PopulationStabilityIndex => "nats",
            Self::TotalVariation => "share of rows that changed bins",
            Self::LInfinity => "largest change of a share",
            Self::ChiSquared | Self::GTest | Self::FisherExact => "Cramér's V",
            Self::TwoProportionZ => "change of the share",
            Self::CramersV => "Cramér's V, bias-corrected",
        }
    }

    /// The methods reported where none was asked for.
    pub fn defaults(kind: ColumnKind) -> &'static [Self] {
        match kind {
            ColumnKind::Numeric => &[
                Self::KolmogorovSmirnov,
                Self::Wasserstein,
                Self::PopulationStabilityIndex,
                Self::JensenShannon,
                Self::Hellinger,
                Self::TotalVariation,
            ],
            ColumnKind::Categorical | ColumnKind::Boolean | ColumnKind::Text => &[
                Self::ChiSquared,
                Self::CramersV,
                Self::PopulationStabilityIndex,
                Self::JensenShannon,
                Self::Hellinger,
                Self::TotalVariation,
            ],
        }
    }

    fn domain(self) -> Domain {
        match self {
            Self::KolmogorovSmirnov
            | Self::CramerVonMises
            | Self::AndersonDarling
            | Self::MannWhitneyU
            | Self::WelchT
            | Self::EppsSingleton
            | Self::Energy
            | Self::Wasserstein
            | Self::Kuiper => Domain::Numbers,
            Self::ChiSquared
            | Self::GTest
            | Self::FisherExact
            | Self::TwoProportionZ
            | Self::CramersV => Domain::Categories,
            Self::Hellinger
            | Self::JensenShannon
            | Self::KullbackLeibler
            | Self::PopulationStabilityIndex
            | Self::TotalVariation
            | Self::LInfinity => Domain::Histograms,
        }
    }
}

/// What a method compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Domain {
    Numbers,
    Categories,
    Histograms,
}

/// The choices that methods leave open.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MethodSettings {
    /// Random tables or permutations drawn where a p-value needs them; it is then a
    /// multiple of `1 / (1 + n_resamples)`.
    pub n_resamples: usize,
    /// Their seed.
    pub seed: u64,
    /// Rows added to every bin for the population stability index and the
    /// Kullback–Leibler divergence, `> 0`.
    pub pseudocount: f64,
}

impl Default for MethodSettings {
    /// 1,999 tables: enough for 5 % among a hundred columns by Benjamini–Hochberg.
    fn default() -> Self {
        Self {
            n_resamples: 1_999,
            seed: 0,
            pseudocount: 0.5,
        }
    }
}

/// What a method found, before it has a name.
struct Found {
    variant: String,
    statistic: f64,
    p_value: Option<f64>,
    noise_floor: Option<f64>,
    effect_size: Option<f64>,
}

impl Found {
    /// A distance that is its own effect and has no p-value.
    fn distance(variant: String, distance: f64, noise_floor: Option<f64>) -> Self {
        Self {
            variant,
            statistic: distance,
            p_value: None,
            noise_floor,
            effect_size: Some(distance),
        }
    }
}

/// Gives the finding its name; numbers that are not finite become reasons.
fn named(method: Method, found: Result<Found, StatsError>) -> MethodResult {
    match found {
        Ok(found) => {
            let is_finite = found.statistic.is_finite();
            MethodResult {
                method: method.name(),
                variant: found.variant,
                statistic: is_finite.then_some(found.statistic),
                p_value: found.p_value,
                threshold: None,
                noise_floor: found.noise_floor.filter(|floor| floor.is_finite()),
                effect_size: found.effect_size.filter(|effect| effect.is_finite()),
                reason: (!is_finite).then(|| "the value is too large for a number".to_owned()),
            }
        }
        Err(error) => without(method, String::new(), error.to_string()),
    }
}

/// The result of a method that does not apply.
fn not_applicable(method: Method) -> MethodResult {
    let reason = match method.domain() {
        Domain::Numbers => "it compares numbers",
        Domain::Categories => "it compares categories",
        Domain::Histograms => "it compares histograms",
    };
    without(method, String::new(), reason.to_owned())
}

fn without(method: Method, variant: String, reason: String) -> MethodResult {
    MethodResult {
        method: method.name(),
        variant,
        statistic: None,
        p_value: None,
        threshold: None,
        noise_floor: None,
        effect_size: None,
        reason: Some(reason),
    }
}
