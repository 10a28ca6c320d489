//! All detectors by name, for the command line and for documents.

use super::cusum::Baseline;
use super::parts::{self, read_flag, write_flag};
use super::self_starting::SelfStarting;
use super::{
    Adwin, AdwinSettings, Cusum, CusumSettings, Ddm, DdmSettings, EDetector, EDetectorSettings,
    Ecdd, EcddSettings, Eddm, EddmSettings, Ewma, EwmaSettings, Fhddm, FhddmSettings, HddmA,
    HddmASettings, HddmW, HddmWSettings, Input, Kswin, KswinSettings, PageHinkley,
    PageHinkleySettings, Rddm, RddmSettings, Stepd, StepdSettings, StreamDetector, StreamState,
};
use crate::error::StatsError;

/// What a quiet stream is like: the model for which a run length is stated.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum StreamModel {
    /// Independent errors, 0 or 1, of this rate.
    Errors {
        /// The share of errors, in `0.01..=0.5` for most detectors.
        rate: f64,
    },
    /// Independent normal values of unknown mean and variance.
    Values,
}

impl StreamModel {
    /// The model in words, for reports.
    pub fn describe(self) -> String {
        match self {
            Self::Errors { rate } => format!("independent errors at a rate of {rate}"),
            Self::Values => "independent normal values".to_owned(),
        }
    }
}

/// A detector by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DetectorKind {
    /// [`Adwin`].
    Adwin,
    /// [`Ddm`].
    Ddm,
    /// [`Eddm`].
    Eddm,
    /// [`HddmA`].
    HddmA,
    /// [`HddmW`].
    HddmW,
    /// [`Fhddm`].
    Fhddm,
    /// [`Rddm`].
    Rddm,
    /// [`PageHinkley`].
    PageHinkley,
    /// [`Cusum`].
    Cusum,
    /// [`Ewma`].
    Ewma,
    /// [`Kswin`].
    Kswin,
    /// [`Stepd`].
    Stepd,
    /// [`Ecdd`].
    Ecdd,
    /// [`EDetector`].
    EDetector,
}

impl DetectorKind {
    /// All of them, in the order of the documentation.
    pub const ALL: [Self; 14] = [
        Self::Adwin,
        Self::Ddm,
        Self::Eddm,
        Self::HddmA,
        Self::HddmW,
        Self::Fhddm,
        Self::Rddm,
        Self::PageHinkley,
        Self::Cusum,
        Self::Ewma,
        Self::Kswin,
        Self::Stepd,
        Self::Ecdd,
        Self::EDetector,
    ];

    /// The name on the command line and in documents.
    pub fn name(self) -> &'static str {
        match self {
            Self::Adwin => Adwin::NAME,
            Self::Ddm => Ddm::NAME,
            Self::Eddm => Eddm::NAME,
            Self::HddmA => HddmA::NAME,
            Self::HddmW => HddmW::NAME,
            Self::Fhddm => Fhddm::NAME,
            Self::Rddm => Rddm::NAME,
            Self::PageHinkley => PageHinkley::NAME,
            Self::Cusum => Cusum::NAME,
            Self::Ewma => Ewma::NAME,
            Self::Kswin => Kswin::NAME,
            Self::Stepd => Stepd::NAME,
            Self::Ecdd => Ecdd::NAME,
            Self::EDetector => EDetector::NAME,
        }
    }

    /// The detector of a name, as [`DetectorKind::name`] spells it.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// What it reads. ADWIN, the charts and `e_detector` read errors too, as values.
    pub fn input(self) -> Input {
        match self {
            Self::Adwin => Adwin::INPUT,
            Self::Ddm => Ddm::INPUT,
            Self::Eddm => Eddm::INPUT,
            Self::HddmA => HddmA::INPUT,
            Self::HddmW => HddmW::INPUT,
            Self::Fhddm => Fhddm::INPUT,
            Self::Rddm => Rddm::INPUT,
            Self::PageHinkley => PageHinkley::INPUT,
            Self::Cusum => Cusum::INPUT,
            Self::Ewma => Ewma::INPUT,
            Self::Kswin => Kswin::INPUT,
            Self::Stepd => Stepd::INPUT,
            Self::Ecdd => Ecdd::INPUT,
            Self::EDetector => EDetector::INPUT,
        }
    }
}

/// Any detector behind one type, with settings chosen for it.
#[derive(Debug, Clone, PartialEq)]
pub struct Detector {
    /// Standardises values for detectors that are calibrated on standard normal ones.
    scale: Option<SelfStarting>,
    any: Any,
}

#[derive(Debug, Clone, PartialEq)]
enum Any {
    Adwin(Adwin),
    Ddm(Ddm),
    Eddm(Eddm),
    HddmA(HddmA),
    HddmW(HddmW),
    Fhddm(Fhddm),
    Rddm(Rddm),
    PageHinkley(PageHinkley),
    Cusum(Cusum),
    Ewma(Ewma),
    Kswin(Kswin),
    Stepd(Stepd),
    Ecdd(Ecdd),
    EDetector(EDetector),
}

/// Does the same with whichever detector it is.
macro_rules! each {
    ($any:expr, $detector:ident => $body:expr) => {
        match $any {
            Any::Adwin($detector) => $body,
            Any::Ddm($detector) => $body,
            Any::Eddm($detector) => $body,
            Any::HddmA($detector) => $body,
            Any::HddmW($detector) => $body,
            Any::Fhddm($detector) => $body,
            Any::Rddm($detector) => $body,
            Any::PageHinkley($detector) => $body,
            Any::Cusum($detector) => $body,
            Any::Ewma($detector) => $body,
            Any::Kswin($detector) => $body,
            Any::Stepd($detector) => $body,
            Any::Ecdd($detector) => $body,
            Any::EDetector($detector) => $body,
        }
    };
}

impl Detector {
    /// A detector with the peers' usual settings: River's where River has it, Frouros'
    /// for RDDM, CUSUM, EWMA and ECDD, the published ones for STEPD. `e_detector` has no
    /// peer; it gets a run length of 10,000.
    ///
    /// # Errors
    ///
    /// None with these settings; the constructors' are passed on.
    pub fn with_defaults(kind: DetectorKind, seed: u64) -> Result<Self, StatsError> {
        let any = match kind {
            DetectorKind::Adwin => Any::Adwin(Adwin::new(AdwinSettings::river())?),
            DetectorKind::Ddm => Any::Ddm(Ddm::new(DdmSettings::river())?),
            DetectorKind::Eddm => Any::Eddm(Eddm::new(EddmSettings::river())?),
            DetectorKind::HddmA => Any::HddmA(HddmA::new(HddmASettings::river())?),
            DetectorKind::HddmW => Any::HddmW(HddmW::new(HddmWSettings::river())?),
            DetectorKind::Fhddm => Any::Fhddm(Fhddm::new(FhddmSettings::river())?),
            DetectorKind::Rddm => Any::Rddm(Rddm::new(RddmSettings::frouros())?),
            DetectorKind::PageHinkley => {
                Any::PageHinkley(PageHinkley::new(PageHinkleySettings::river())?)
            }
            DetectorKind::Cusum => Any::Cusum(Cusum::new(CusumSettings::frouros())?),
            DetectorKind::Ewma => Any::Ewma(Ewma::new(EwmaSettings::frouros())?),
            DetectorKind::Kswin => Any::Kswin(Kswin::new(KswinSettings::river(seed))?),
            DetectorKind::Stepd => Any::Stepd(Stepd::new(StepdSettings::published())?),
            DetectorKind::Ecdd => Any::Ecdd(Ecdd::new(EcddSettings::frouros())?),
            DetectorKind::EDetector => Any::EDetector(EDetector::new(
                EDetectorSettings::for_values(10_000.0, seed),
            )?),
        };
        Ok(Self { scale: None, any })
    }

    /// A detector whose false alarms are `arl` values apart on average on a quiet stream
    /// of the given model. `e_detector` keeps that on any independent stream.
    ///
    /// ADWIN and Page–Hinkley on values, CUSUM and EWMA see them through
    /// [`SelfStarting`]; so neither their mean nor their scale matters. CUSUM is set for a
    /// shift of one standard deviation, EWMA to a weight of 0.1.
    ///
    /// # Errors
    ///
    /// [`StatsError::ParameterOutOfDomain`] for an `arl` or a rate outside the detector's
    /// calibration, or a model it is not calibrated for: DDM, EDDM, HDDM-A, HDDM-W,
    /// FHDDM, RDDM, STEPD and ECDD for errors only; Page–Hinkley, CUSUM, EWMA and KSWIN
    /// for values only.
    pub fn with_arl(
        kind: DetectorKind,
        arl: f64,
        model: StreamModel,
        seed: u64,
    ) -> Result<Self, StatsError> {
        let any = match model {
            StreamModel::Errors { rate } => for_errors(kind, arl, rate, seed)?,
            StreamModel::Values => for_values(kind, arl, seed)?,
        };
        let is_scaled = model == StreamModel::Values
            && matches!(kind, DetectorKind::Adwin | DetectorKind::PageHinkley);
        Ok(Self {
            scale: is_scaled.then(SelfStarting::default),
            any,
        })
    }

    /// Which detector it is.
    pub fn kind(&self) -> DetectorKind {
        match &self.any {
            Any::Adwin(_) => DetectorKind::Adwin,
            Any::Ddm(_) => DetectorKind::Ddm,
            Any::Eddm(_) => DetectorKind::Eddm,
            Any::HddmA(_) => DetectorKind::HddmA,
            Any::HddmW(_) => DetectorKind::HddmW,
            Any::Fhddm(_) => DetectorKind::Fhddm,
            Any::Rddm(_) => DetectorKind::Rddm,
            Any::PageHinkley(_) => DetectorKind::PageHinkley,
            Any::Cusum(_) => DetectorKind::Cusum,
            Any::Ewma(_) => DetectorKind::Ewma,
            Any::Kswin(_) => DetectorKind::Kswin,
            Any::Stepd(_) => DetectorKind::Stepd,
            Any::Ecdd(_) => DetectorKind::Ecdd,
            Any::EDetector(_) => DetectorKind::EDetector,
        }
    }

    /// Takes one value.
    #[inline]
    pub fn update(&mut self, value: f64) -> StreamState {
        let Self { scale, any } = self;
        let Some(scale) = scale else {
            return each!(any, detector => detector.update(value));
        };
        if !value.is_finite() {
            return each!(any, detector => detector.update(value));
        }
        if each!(any, detector => detector.state()) == StreamState::Drift {
            *scale = SelfStarting::default();
        }
        let score = scale.score(value);
        each!(any, detector => detector.update(score))
    }

    /// What it said last.
    pub fn state(&self) -> StreamState {
        each!(&self.any, detector => detector.state())
    }

    /// Forgets everything but the settings.
    pub fn reset(&mut self) {
        if let Some(scale) = &mut self.scale {
            *scale = SelfStarting::default();
        }
        each!(&mut self.any, detector => detector.reset());
    }

    /// Settings and state as bytes, the first of them the format version.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut writer = parts::begin(NAME);
        write_flag(&mut writer, self.scale.is_some());
        if let Some(scale) = &self.scale {
            scale.write(&mut writer);
        }
        let bytes = each!(&self.any, detector => detector.to_bytes());
        writer.length(bytes.len());
        writer.raw(&bytes);
        writer.into_bytes()
    }

    /// The detector that [`Detector::to_bytes`] wrote; it goes on where the other stood.
    ///
    /// # Errors
    ///
    /// [`StatsError::ForeignBytes`], [`StatsError::UnknownFormat`] or
    /// [`StatsError::ParameterOutOfDomain`] for bytes that are not ours.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, StatsError> {
        let mut reader = parts::open(bytes, NAME)?;
        let scale = if read_flag(&mut reader)? {
            Some(SelfStarting::read(&mut reader)?)
        } else {
            None
        };
        let n_bytes = reader.length(1)?;
        let inner = reader.raw(n_bytes)?;
        let foreign = reader.foreign();
        reader.finish()?;
        let kind = DetectorKind::from_name(&parts::name_of(inner)?).ok_or(foreign)?;
        Ok(Self {
            scale,
            any: read(kind, inner)?,
        })
    }
}

const NAME: &str = "detector";

fn read(kind: DetectorKind, bytes: &[u8]) -> Result<Any, StatsError> {
    Ok(match kind {
        DetectorKind::Adwin => Any::Adwin(Adwin::from_bytes(bytes)?),
        DetectorKind::Ddm => Any::Ddm(Ddm::from_bytes(bytes)?),
        DetectorKind::Eddm => Any::Eddm(Eddm::from_bytes(bytes)?),
        DetectorKind::HddmA => Any::HddmA(HddmA::from_bytes(bytes)?),
        DetectorKind::HddmW => Any::HddmW(HddmW::from_bytes(bytes)?),
        DetectorKind::Fhddm => Any::Fhddm(Fhddm::from_bytes(bytes)?),
        DetectorKind::Rddm => Any::Rddm(Rddm::from_bytes(bytes)?),
        DetectorKind::PageHinkley => Any::PageHinkley(PageHinkley::from_bytes(bytes)?),
        DetectorKind::Cusum => Any::Cusum(Cusum::from_bytes(bytes)?),
        DetectorKind::Ewma => Any::Ewma(Ewma::from_bytes(bytes)?),
        DetectorKind::Kswin => Any::Kswin(Kswin::from_bytes(bytes)?),
        DetectorKind::Stepd => Any::Stepd(Stepd::from_bytes(bytes)?),
        DetectorKind::Ecdd => Any::Ecdd(Ecdd::from_bytes(bytes)?),
        DetectorKind::EDetector => Any::EDetector(EDetector::from_bytes(bytes)?),
    })
}

fn for_errors(kind: DetectorKind, arl: f64, rate: f64, seed: u64) -> Result<Any, StatsError> {
    Ok(match kind {
        DetectorKind::Adwin => {
            Any::Adwin(Adwin::new(AdwinSettings::with_arl_of_errors(arl, rate)?)?)
        }
        DetectorKind::Ddm => Any::Ddm(Ddm::new(DdmSettings::with_arl(arl, rate)?)?),
        DetectorKind::Eddm => Any::Eddm(Eddm::new(EddmSettings::with_arl(arl, rate)?)?),
        DetectorKind::HddmA => Any::HddmA(HddmA::new(HddmASettings::with_arl(arl, rate)?)?),
        DetectorKind::HddmW => Any::HddmW(HddmW::new(HddmWSettings::with_arl(arl, rate)?)?),
        DetectorKind::Fhddm => Any::Fhddm(Fhddm::new(FhddmSettings::with_arl(arl, rate)?)?),
        DetectorKind::Rddm => Any::Rddm(Rddm::new(RddmSettings::with_arl(arl, rate)?)?),
        DetectorKind::Stepd => Any::Stepd(Stepd::new(StepdSettings::with_arl(arl, rate)?)?),
        DetectorKind::Ecdd => Any::Ecdd(Ecdd::new(EcddSettings::with_arl(arl, rate)?)?),
        DetectorKind::EDetector => {
            Any::EDetector(EDetector::new(EDetectorSettings::for_errors(arl, seed))?)
        }
        DetectorKind::PageHinkley
        | DetectorKind::Cusum
        | DetectorKind::Ewma
        | DetectorKind::Kswin => {
            return Err(StatsError::ParameterOutOfDomain {
                name: "rate",
                domain: "left out: this detector is calibrated for values, not for errors",
                found: rate,
            });
        }
    })
}

fn for_values(kind: DetectorKind, arl: f64, seed: u64) -> Result<Any, StatsError> {
    let baseline = Baseline::SelfStarting;
    Ok(match kind {
        DetectorKind::Adwin => Any::Adwin(Adwin::new(AdwinSettings::with_arl(arl)?)?),
        DetectorKind::PageHinkley => {
            Any::PageHinkley(PageHinkley::new(PageHinkleySettings::with_arl(arl, 1.0)?)?)
        }
        DetectorKind::Cusum => {
            Any::Cusum(Cusum::new(CusumSettings::with_arl(arl, 1.0, baseline)?)?)
        }
        DetectorKind::Ewma => Any::Ewma(Ewma::new(EwmaSettings::with_arl(arl, 0.1, baseline)?)?),
        DetectorKind::Kswin => Any::Kswin(Kswin::new(KswinSettings::with_arl(arl, seed)?)?),
        DetectorKind::EDetector => {
            Any::EDetector(EDetector::new(EDetectorSettings::for_values(arl, seed))?)
        }
        DetectorKind::Ddm
        | DetectorKind::Eddm
        | DetectorKind::HddmA
        | DetectorKind::HddmW
        | DetectorKind::Fhddm
        | DetectorKind::Rddm
        | DetectorKind::Stepd
        | DetectorKind::Ecdd => {
            return Err(StatsError::ParameterOutOfDomain {
                name: "rate",
                domain: "given: this detector is calibrated for errors of a known rate",
                found: f64::NAN,
            });
        }
    })
}
