//! Thresholds by average run length, from simulation.
//!
//! Made by `cargo run --release -p trimtab-stats --example calibrate_streams` (seed
//! 20261128, November 2026). A cell holds the threshold at which quiet streams ten run
//! lengths long, restarted after each alarm, alarm ten times on average. For detectors
//! whose alarms have no memory that is the mean time to an alarm. For those that grow
//! deaf with time (DDM above all: its mean time to an alarm is infinite) it is still a
//! number one can hold them to.
//!
//! From 25 streams of a million rows in the last column to 1,000 in the first: the run
//! lengths are good to about 2 % up to 10,000 and about 7 % at 100,000.

use super::parts;
use crate::error::StatsError;

/// Smallest and largest average run length of the simulated tables. CUSUM, EWMA and
/// `e_detector` are computed, not simulated, and go further.
pub const CALIBRATED_ARL: (f64, f64) = (ARLS[0], ARLS[ARLS.len() - 1]);

const ARLS: [f64; 7] = [1e2, 3e2, 1e3, 3e3, 1e4, 3e4, 1e5];
const RATES: [f64; 7] = [0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5];

/// What a cell says of the setting it stands for.
#[derive(Debug, Clone, Copy)]
enum Form {
    /// The setting itself.
    Itself,
    /// One less the setting.
    FromOne,
    /// Minus its logarithm.
    MinusLn,
}

impl Form {
    fn setting(self, cell: f64) -> f64 {
        match self {
            Self::Itself => cell,
            Self::FromOne => 1.0 - cell,
            Self::MinusLn => (-cell).exp(),
        }
    }
}

/// Thresholds of a detector of errors: a row per error rate, a column per run length.
pub(super) struct ErrorTable {
    form: Form,
    /// Rows before it may speak, by error rate.
    warm_up: fn(f64) -> f64,
    cells: [[f64; 7]; 7],
}

/// Thresholds of a detector of values: a column per run length.
pub(super) struct ValueTable {
    form: Form,
    cells: [f64; 7],
}

impl ErrorTable {
    /// The setting for a run length and an error rate, between the cells by straight
    /// lines in the logarithm of the one and the log-odds of the other.
    pub(super) fn threshold(&self, arl: f64, error_rate: f64) -> Result<f64, StatsError> {
        check_arl(arl)?;
        parts::check(
            "error_rate",
            "in 0.01..=0.5",
            error_rate,
            (RATES[0]..=RATES[6]).contains(&error_rate),
        )?;
        parts::check(
            "arl",
            "at least three times the rows before the detector may speak at this error rate",
            arl,
            arl >= 3.0 * (self.warm_up)(error_rate),
        )?;
        let log_odds = |p: f64| (p / (1.0 - p)).ln();
        let (row, share) = place(&RATES.map(log_odds), log_odds(error_rate));
        let (low, high) = (
            along_arl(&self.cells[row], arl),
            along_arl(&self.cells[row + 1], arl),
        );
        Ok(self.form.setting(low + share * (high - low)))
    }
}

impl ValueTable {
    pub(super) fn threshold(&self, arl: f64) -> Result<f64, StatsError> {
        check_arl(arl)?;
        Ok(self.form.setting(along_arl(&self.cells, arl)))
    }
}

fn check_arl(arl: f64) -> Result<(), StatsError> {
    let (least, most) = CALIBRATED_ARL;
    parts::check(
        "arl",
        "in 100..=100,000",
        arl,
        (least..=most).contains(&arl),
    )
}

fn along_arl(cells: &[f64; 7], arl: f64) -> f64 {
    let (column, share) = place(&ARLS.map(f64::ln), arl.ln());
    cells[column] + share * (cells[column + 1] - cells[column])
}

/// The interval of `grid` that holds `x`, and how far along it.
fn place(grid: &[f64; 7], x: f64) -> (usize, f64) {
    let at = grid.partition_point(|&edge| edge <= x).clamp(1, 6) - 1;
    let share = (x - grid[at]) / (grid[at + 1] - grid[at]);
    (at, share.clamp(0.0, 1.0))
}

/// Rows until ten errors are to be expected: a detector that measures the spread of the
/// errors so far must have seen some, or the first one sets it off.
pub(super) fn warm_start(published: u64, error_rate: f64) -> u64 {
    published.max((10.0 / error_rate).ceil() as u64)
}

/// The smallest difference of two counts out of 30 at which KSWIN's run length is at
/// least `arl`.
pub(super) fn kswin_gap(arl: f64) -> Result<u64, StatsError> {
    let (_, longest) = KSWIN[KSWIN.len() - 1];
    parts::check(
        "arl",
        "in 100..=30,000",
        arl,
        (ARLS[0]..=longest.min(30_000.0)).contains(&arl),
    )?;
    let found = KSWIN.iter().find(|(_, run_length)| *run_length >= arl);
    Ok(found.map_or(KSWIN[KSWIN.len() - 1].0, |(gap, _)| *gap))
}

pub(super) const DDM: ErrorTable = ErrorTable {
    form: Form::Itself,
    warm_up: |p| warm_start(30, p) as f64,
    cells: [
        [1.8180, 1.8180, 1.8180, 1.8180, 2.0339, 2.1331, 2.1973],
        [1.9814, 1.9814, 1.9814, 1.9814, 2.0981, 2.1448, 2.1973],
        [1.9289, 1.9289, 1.9289, 2.0747, 2.1681, 2.2148, 2.2323],
        [1.7888, 1.7888, 2.0222, 2.1097, 2.1506, 2.2031, 2.2439],
        [1.9055, 1.9055, 2.0397, 2.1156, 2.1623, 2.2031, 2.2206],
        [1.9114, 1.9114, 2.0281, 2.0747, 2.1214, 2.1506, 2.1506],
        [1.6546, 1.8413, 1.9522, 2.0105, 2.0397, 2.0631, 2.0631],
    ],
};

pub(super) const EDDM: ErrorTable = ErrorTable {
    form: Form::FromOne,
    warm_up: |p| 30.0 / p,
    cells: [
        [0.1235, 0.1235, 0.1235, 0.1235, 0.1235, 0.1345, 0.1336],
        [0.1358, 0.1358, 0.1358, 0.1358, 0.1358, 0.1358, 0.1384],
        [0.1345, 0.1345, 0.1345, 0.1345, 0.1428, 0.1358, 0.1353],
        [0.1195, 0.1195, 0.1195, 0.1318, 0.1314, 0.1235, 0.1186],
        [0.1195, 0.1195, 0.1195, 0.1213, 0.1244, 0.1186, 0.1279],
        [0.1070, 0.1070, 0.1165, 0.1143, 0.1178, 0.1143, 0.1143],
        [0.0989, 0.0989, 0.1044, 0.1050, 0.1024, 0.1072, 0.1061],
    ],
};

pub(super) const HDDM_A: ErrorTable = ErrorTable {
    form: Form::MinusLn,
    warm_up: |p| 1.0 / p,
    cells: [
        [1.2646, 1.2646, 1.2743, 1.2792, 1.2939, 3.2123, 3.2319],
        [1.2402, 1.2402, 1.2548, 1.2841, 3.1342, 3.1537, 3.1537],
        [1.1547, 1.2206, 1.6697, 2.9194, 2.9487, 3.2123, 3.3002],
        [1.1621, 1.8113, 2.6070, 2.7632, 4.1398, 4.1984, 4.2863],
        [1.7576, 2.2848, 3.1635, 3.7786, 4.4522, 5.1259, 5.7312],
        [1.8650, 2.6070, 3.3783, 4.2179, 4.9502, 5.5360, 6.1999],
        [1.6160, 2.3922, 3.2611, 4.0324, 4.8232, 5.4383, 6.2194],
    ],
};

pub(super) const HDDM_W: ErrorTable = ErrorTable {
    form: Form::MinusLn,
    warm_up: |p| 1.0 / p,
    cells: [
        [2.1556, 2.1556, 2.1556, 2.1556, 2.1556, 2.1556, 2.1556],
        [2.1556, 2.1556, 2.1556, 2.1556, 2.1556, 2.1556, 2.2435],
        [2.1190, 2.1776, 2.3094, 2.3534, 2.4632, 2.5950, 2.7927],
        [2.1410, 2.4632, 2.8074, 3.2028, 3.7008, 4.1695, 4.8139],
        [2.1996, 3.1589, 4.3013, 5.4290, 6.6593, 7.7431, 8.8562],
        [2.1630, 3.7154, 5.5022, 7.2158, 8.9148, 10.3794, 11.9318],
        [1.8847, 3.9937, 6.4835, 8.5926, 10.7602, 12.4884, 14.3924],
    ],
};

pub(super) const FHDDM: ErrorTable = ErrorTable {
    form: Form::MinusLn,
    warm_up: |_| 100.0,
    cells: [
        [0.0200, 0.0200, 0.1801, 0.3205, 0.5013, 0.5013, 0.7210],
        [0.0802, 0.0802, 0.3205, 0.7210, 0.9804, 1.2825, 1.6212],
        [0.3205, 0.3205, 1.2825, 2.0057, 2.8845, 3.3910, 3.9281],
        [0.5013, 0.5013, 2.4206, 3.9281, 5.7833, 7.2358, 8.8226],
        [1.2825, 1.2825, 4.5017, 8.0170, 10.5802, 13.5340, 16.8540],
        [1.6212, 1.6212, 5.7833, 10.5802, 14.6081, 18.0258, 21.7852],
        [2.0057, 2.0057, 7.2358, 12.5088, 18.0258, 21.7852, 27.4487],
    ],
};

pub(super) const RDDM: ErrorTable = ErrorTable {
    form: Form::Itself,
    warm_up: |p| warm_start(129, p) as f64,
    cells: [
        [1.7305, 1.7305, 1.7305, 1.7305, 1.9872, 2.3606, 2.9208],
        [1.8588, 1.8588, 1.8588, 1.8588, 2.0631, 2.3957, 2.9208],
        [1.8180, 1.8180, 1.8180, 1.9522, 2.1272, 2.4073, 2.8041],
        [1.8588, 1.8588, 1.8588, 1.9522, 2.1156, 2.3781, 2.7924],
        [1.8297, 1.8297, 1.8297, 1.9289, 2.0864, 2.3431, 2.7749],
        [1.8005, 1.8005, 1.8005, 1.8997, 2.0514, 2.3198, 2.7691],
        [1.7713, 1.7713, 1.7713, 1.8647, 2.0105, 2.2965, 2.7224],
    ],
};

pub(super) const STEPD: ErrorTable = ErrorTable {
    form: Form::MinusLn,
    warm_up: |_| 60.0,
    cells: [
        [1.2574, 1.2574, 3.6679, 5.6224, 10.2262, 11.9346, 19.7524],
        [1.9089, 1.9089, 4.1601, 6.2739, 9.4734, 13.9325, 15.6408],
        [2.4880, 2.4880, 4.5655, 6.8385, 8.8653, 11.2396, 15.0617],
        [2.7992, 2.7992, 4.7971, 6.4765, 8.3731, 10.2841, 12.8901],
        [3.0381, 3.0381, 4.8261, 6.4331, 8.0835, 9.8208, 11.7608],
        [3.0888, 3.0888, 4.7682, 6.2449, 7.7940, 9.2997, 10.8632],
        [3.0888, 3.0888, 4.5510, 5.7237, 6.8964, 8.1415, 8.5758],
    ],
};

pub(super) const ECDD: ErrorTable = ErrorTable {
    form: Form::Itself,
    warm_up: |p| warm_start(30, p) as f64,
    cells: [
        [7.2889, 7.2889, 7.2889, 7.2889, 9.7604, 10.6378, 11.5737],
        [6.8502, 6.8502, 6.8502, 6.8502, 7.7422, 8.7659, 9.7311],
        [4.5542, 4.5542, 4.5542, 5.4463, 6.1775, 6.7039, 7.3328],
        [3.0406, 3.0406, 3.9692, 4.5834, 5.1392, 5.5486, 5.9435],
        [2.7847, 2.7847, 3.4062, 3.8376, 4.1886, 4.4665, 4.6858],
        [2.5580, 2.5580, 3.0479, 3.3623, 3.6329, 3.8084, 3.9692],
        [1.6696, 2.1632, 2.4776, 2.6458, 2.7701, 2.8432, 2.9017],
    ],
};

pub(super) const ADWIN_ERRORS: ErrorTable = ErrorTable {
    form: Form::MinusLn,
    warm_up: |_| 32.0,
    cells: [
        [0.0500, 0.0500, 0.0500, 0.0500, 0.0500, 0.4576, 1.3808],
        [0.0500, 0.0500, 0.0500, 0.0500, 0.0715, 0.8324, 1.6623],
        [0.0500, 0.0500, 0.0500, 0.0500, 0.4942, 1.2382, 2.1705],
        [0.0500, 0.0500, 0.0500, 0.0500, 0.7392, 1.4685, 2.4118],
        [0.0500, 0.0500, 0.0500, 0.1510, 0.9494, 1.7464, 2.6531],
        [0.0500, 0.0500, 0.0500, 0.2419, 1.0152, 1.8268, 2.7554],
        [0.0500, 0.0500, 0.0500, 0.2703, 1.0846, 1.9073, 2.7335],
    ],
};

pub(super) const ADWIN: ValueTable = ValueTable {
    form: Form::MinusLn,
    cells: [0.0500, 0.0500, 0.0500, 0.7940, 1.6879, 2.6092, 3.5086],
};

pub(super) const PAGE_HINKLEY: ValueTable = ValueTable {
    form: Form::Itself,
    cells: [5.1762, 7.4718, 9.9010, 12.1602, 14.4436, 16.7271, 19.1077],
};

/// KSWIN at a window of 100 and 30 values: difference of counts, values per alarm. Any
/// continuous law.
const KSWIN: [(u64, f64); 8] = [
    (11, 163.0),
    (12, 229.0),
    (13, 387.0),
    (14, 775.0),
    (15, 1_756.0),
    (16, 4_808.0),
    (17, 13_841.0),
    (18, 44_444.0),
];
