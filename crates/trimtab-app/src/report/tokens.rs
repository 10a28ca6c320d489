//! Colours: read from the dashboard's token file at build time, mixed as it mixes them.

use serde_json::Value;
use std::sync::LazyLock;

static TOKENS: LazyLock<Value> = LazyLock::new(|| {
    // The file is part of this binary; a test reads it.
    serde_json::from_str(include_str!("../../../../web/tokens/tokens.json")).unwrap_or_default()
});

/// The heat ramp, light: first the steps below the threshold, then those above.
static RAMP: LazyLock<(Vec<String>, Vec<String>)> = LazyLock::new(|| {
    let heat = &TOKENS["heat"];
    (ramp(&heat["below"]), ramp(&heat["above"]))
});

/// A colour of the light theme.
pub(super) fn colour(name: &str) -> &'static str {
    TOKENS["colour"][name]["light"]
        .as_str()
        .unwrap_or("#000000")
}

/// The heat colour of a value over its threshold: greys below 1, warm on a log2 scale to 4.
pub(super) fn heat(ratio: f64) -> &'static str {
    let (below, above) = &*RAMP;
    let (steps, at) = if ratio < 1.0 {
        (below, ratio.max(0.0))
    } else {
        (above, ratio.log2() / 2.0)
    };
    let idx = position(at, steps.len());
    steps.get(idx).map_or("#000000", String::as_str)
}

/// The steps above the threshold, for a legend.
pub(super) fn ramp_above() -> &'static [String] {
    &RAMP.1
}

/// The steps below the threshold, for a legend.
pub(super) fn ramp_below() -> &'static [String] {
    &RAMP.0
}

/// Which of `n` equal steps of [0, 1] holds `at`.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a handful of steps"
)]
fn position(at: f64, n: usize) -> usize {
    ((at * n as f64) as usize).min(n.saturating_sub(1))
}

fn ramp(part: &Value) -> Vec<String> {
    let stops: Vec<[f64; 3]> = part["light"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(to_oklab)
        .collect();
    let n = part["steps"]
        .as_u64()
        .and_then(|n| u32::try_from(n).ok())
        .unwrap_or(0);
    (0..n).map(|step| mixed(&stops, step, n)).collect()
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a handful of stops"
)]
fn mixed(stops: &[[f64; 3]], step: u32, n: u32) -> String {
    let last = stops.len().saturating_sub(1);
    let at = f64::from(step) / f64::from(n.max(2) - 1) * last as f64;
    let left = (at as usize).min(last.saturating_sub(1));
    let (Some(from), Some(to)) = (stops.get(left), stops.get((left + 1).min(last))) else {
        return "#000000".to_owned();
    };
    let share = at - left as f64;
    from_oklab([0, 1, 2].map(|axis| from[axis] + (to[axis] - from[axis]) * share))
}

/// Björn Ottosson's `OKLab`, from sRGB.
fn to_oklab(hex: &str) -> [f64; 3] {
    let channel = |at: usize| {
        let byte = hex
            .get(at..at + 2)
            .and_then(|two| u8::from_str_radix(two, 16).ok());
        let c = f64::from(byte.unwrap_or(0)) / 255.0;
        if c <= 0.04045 {
            c / 12.92
        } else {
            ((c + 0.055) / 1.055).powf(2.4)
        }
    };
    let (r, g, b) = (channel(1), channel(3), channel(5));
    let l = (0.412_221_470_8 * r + 0.536_332_536_3 * g + 0.051_445_992_9 * b).cbrt();
    let m = (0.211_903_498_2 * r + 0.680_699_545_1 * g + 0.107_396_956_6 * b).cbrt();
    let s = (0.088_302_461_9 * r + 0.281_718_837_6 * g + 0.629_978_700_5 * b).cbrt();
    [
        0.210_454_255_3 * l + 0.793_617_785 * m - 0.004_072_046_8 * s,
        1.977_998_495_1 * l - 2.428_592_205 * m + 0.450_593_709_9 * s,
        0.025_904_037_1 * l + 0.782_771_766_2 * m - 0.808_675_766 * s,
    ]
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to a byte"
)]
fn from_oklab([light, a, b]: [f64; 3]) -> String {
    let l = (light + 0.396_337_777_4 * a + 0.215_803_757_3 * b).powi(3);
    let m = (light - 0.105_561_345_8 * a - 0.063_854_172_8 * b).powi(3);
    let s = (light - 0.089_484_177_5 * a - 1.291_485_548 * b).powi(3);
    let channels = [
        4.076_741_662_1 * l - 3.307_711_591_3 * m + 0.230_969_929_2 * s,
        -1.268_438_004_6 * l + 2.609_757_401_1 * m - 0.341_319_396_5 * s,
        -0.004_196_086_3 * l - 0.703_418_614_7 * m + 1.707_614_701 * s,
    ];
    let byte = |c: f64| {
        let c = c.clamp(0.0, 1.0);
        let gamma = if c <= 0.003_130_8 {
            c * 12.92
        } else {
            1.055 * c.powf(1.0 / 2.4) - 0.055
        };
        (gamma.clamp(0.0, 1.0) * 255.0).round() as u8
    };
    let [r, g, b] = channels.map(byte);
    format!("#{r:02X}{g:02X}{b:02X}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_file_is_read() {
        assert_eq!(colour("current"), "#2B6BDD");
        assert_eq!(colour("reference"), "#7B8594");
        assert_eq!(RAMP.0.len(), 3);
        assert_eq!(RAMP.1.len(), 9);
    }

    #[test]
    fn the_ramp_breaks_at_the_threshold_and_ends_where_the_tokens_say() {
        assert_eq!(heat(0.0), "#F3F5F7");
        assert_eq!(heat(0.99), "#D3DAE3");
        assert_eq!(heat(1.0), "#F7CE86");
        assert_eq!(heat(4.0), "#7C1D12");
        assert_eq!(heat(100.0), "#7C1D12");
    }

    /// The dashboard generates its ramp from the same file: both must show the same colours.
    #[test]
    fn the_ramp_is_the_dashboards() {
        let generated = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../web/src/charts/tokens.ts"
        );
        let Ok(text) = std::fs::read_to_string(generated) else {
            println!("skipped: the dashboard's tokens are not generated");
            return;
        };
        let ours: Vec<String> = RAMP
            .0
            .iter()
            .chain(&RAMP.1)
            .map(|hex| format!("'{hex}'"))
            .collect();
        assert!(text.contains(&ours.join(", ")), "{}", ours.join(", "));
    }
}
