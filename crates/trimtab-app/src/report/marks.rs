//! The charts: heat map, series with band, distributions, small sketches.

use super::numbers::{count, metric, percent, significant};
use super::svg::{Anchor, Svg};
use super::tokens::{colour, heat, ramp_above, ramp_below};
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// Width of a chart in a section.
const WIDTH: f64 = 960.0;
/// Room for names left of a map.
const NAMES: f64 = 170.0;
/// Above so many cells a run of equal colours becomes one shape.
const CELLS_APART_MAX: usize = 1_500;
/// A row shows at most so many names of columns in a map.
const NAME_LETTERS_MAX: usize = 24;

/// Fill of cells that were looked at in vain.
const NOT_SCORED: &str = "url(#not-scored)";

/// What a cell of the map says beside its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeatState {
    /// Looked at.
    Scored,
    /// Too little data.
    FewRows,
    /// Not looked at.
    Absent,
}

/// One window of one column.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HeatCell {
    /// Effect over its floor.
    pub ratio: Option<f64>,
    /// Whether the decision was `drift`.
    pub is_drift: bool,
    /// Whether there was a look.
    pub state: HeatState,
}

/// One column of the map.
#[derive(Debug, Clone, PartialEq)]
pub struct HeatRow {
    /// Its name.
    pub name: String,
    /// What stands right of the row.
    pub note: String,
    /// Its cells, aligned with the windows.
    pub cells: Vec<HeatCell>,
}

/// One point of a series.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SeriesPoint {
    /// Start of its window.
    pub at: Timestamp,
    /// Its value.
    pub value: Option<f64>,
    /// The interval's lower end.
    pub lo: Option<f64>,
    /// The interval's upper end.
    pub hi: Option<f64>,
    /// Rows behind it.
    pub n: u64,
}

/// A line over time with what it is judged by.
#[derive(Debug, Clone, PartialEq)]
pub struct SeriesChart {
    /// For those who don't see it: the finding.
    pub label: String,
    /// Each window.
    pub points: Vec<SeriesPoint>,
    /// The mean of the last windows, drawn heavier.
    pub smooth: Vec<SeriesPoint>,
    /// Another version, drawn in its own colour.
    pub challenger: Vec<SeriesPoint>,
    /// The reference's value: a grey line.
    pub reference: Option<f64>,
    /// A limit: a red line.
    pub floor: Option<f64>,
}

/// One bar of a distribution.
#[derive(Debug, Clone, PartialEq)]
pub struct DistributionBar {
    /// A range or a category.
    pub label: String,
    /// Share in the reference.
    pub reference: f64,
    /// Share now.
    pub current: f64,
}

#[expect(clippy::cast_precision_loss, reason = "counts of marks")]
fn float(n: usize) -> f64 {
    n as f64
}

/// Columns × windows: how far beyond its floor each column moved.
pub(super) fn heat_map(
    windows: &[Timestamp],
    zone: &TimeZone,
    rows: &[HeatRow],
    label: &str,
) -> String {
    const ROW: f64 = 22.0;
    const NOTES: f64 = 150.0;
    const TOP: f64 = 6.0;
    let plot = WIDTH - NAMES - NOTES;
    let n_windows = windows.len().max(1);
    let cell = plot / float(n_windows);
    let gap = if cell > 6.0 { 1.0 } else { 0.0 };
    let bottom = TOP + ROW * float(rows.len());
    let mut svg = Svg::new(WIDTH, bottom + 62.0, label);
    svg.hatching("not-scored", colour("surface"), colour("line"));
    let has_cells_apart = rows.len() * n_windows <= CELLS_APART_MAX;
    for (row_idx, row) in rows.iter().enumerate() {
        let y = TOP + ROW * float(row_idx);
        let name = shortened(&row.name);
        svg.text(
            [NAMES - 10.0, y + 15.0],
            12.0,
            colour("text"),
            Anchor::End,
            &name,
        );
        svg.text(
            [NAMES + plot + 10.0, y + 15.0],
            12.0,
            colour("text-2"),
            Anchor::Start,
            &row.note,
        );
        let mut start = 0;
        while start < row.cells.len() {
            let fill = fill_of(&row.cells[start]);
            let mut end = start + 1;
            while !has_cells_apart && end < row.cells.len() && fill_of(&row.cells[end]) == fill {
                end += 1;
            }
            if let Some(fill) = fill {
                let x = NAMES + cell * float(start);
                let width = cell * float(end - start) - gap;
                let title = cell_title(row, windows, zone, start, end);
                svg.rect([x, y + 1.0, width, ROW - 2.0], fill, Some(&title));
            }
            start = end;
        }
    }
    time_axis(&mut svg, windows, zone, [NAMES, plot, bottom + 16.0]);
    heat_legend(&mut svg, bottom + 34.0);
    svg.finish()
}

fn fill_of(cell: &HeatCell) -> Option<&'static str> {
    match (cell.state, cell.ratio) {
        (HeatState::Absent, _) => None,
        (HeatState::FewRows, _) | (HeatState::Scored, None) => Some(NOT_SCORED),
        // A large effect that the test does not bear out stays below the break of the ramp.
        (HeatState::Scored, Some(ratio)) if !cell.is_drift => Some(heat(ratio.min(0.99))),
        (HeatState::Scored, Some(ratio)) => Some(heat(ratio.max(1.0))),
    }
}

fn cell_title(
    row: &HeatRow,
    windows: &[Timestamp],
    zone: &TimeZone,
    start: usize,
    end: usize,
) -> String {
    let day = |idx: usize| {
        windows
            .get(idx)
            .map(|at| date(*at, zone))
            .unwrap_or_default()
    };
    let when = if end - start > 1 {
        format!("{} to {}", day(start), day(end - 1))
    } else {
        day(start)
    };
    let largest = row.cells[start..end]
        .iter()
        .filter_map(|cell| cell.ratio)
        .reduce(f64::max);
    let what = match (row.cells[start].state, largest) {
        (HeatState::FewRows, _) => "not enough data".to_owned(),
        (_, None) => "no value".to_owned(),
        (_, Some(ratio)) => {
            let most = if end - start > 1 { "at most " } else { "" };
            let word = if row.cells[start].is_drift {
                "drift"
            } else {
                "no drift"
            };
            format!("{word}, {most}{}× its floor", significant(ratio, 2))
        }
    };
    format!("{}, {when}: {what}", row.name)
}

fn heat_legend(svg: &mut Svg, y: f64) {
    let mut x = NAMES;
    svg.text(
        [x - 10.0, y + 10.0],
        11.0,
        colour("text-3"),
        Anchor::End,
        "effect over its floor",
    );
    for step in ramp_below() {
        svg.rect([x, y, 18.0, 12.0], step, None);
        x += 18.0;
    }
    svg.line([x, y - 3.0, x, y + 15.0], colour("text"), 1.0, None);
    svg.text(
        [x, y + 25.0],
        11.0,
        colour("text-3"),
        Anchor::Middle,
        "1×: drift",
    );
    for step in ramp_above() {
        svg.rect([x, y, 18.0, 12.0], step, None);
        x += 18.0;
    }
    svg.text([x, y + 25.0], 11.0, colour("text-3"), Anchor::Middle, "4×");
    x += 24.0;
    svg.rect([x, y, 18.0, 12.0], NOT_SCORED, None);
    svg.text(
        [x + 24.0, y + 10.0],
        11.0,
        colour("text-3"),
        Anchor::Start,
        "not enough data",
    );
}

fn shortened(name: &str) -> String {
    if name.chars().count() <= NAME_LETTERS_MAX {
        return name.to_owned();
    }
    let begin: String = name.chars().take(NAME_LETTERS_MAX - 1).collect();
    format!("{begin}…")
}

fn date(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned_datetime(zone.clone())
        .strftime("%a %-d %b %Y")
        .to_string()
}

/// Dates under a plot: at most eight, on round positions.
fn time_axis(svg: &mut Svg, windows: &[Timestamp], zone: &TimeZone, [left, width, y]: [f64; 3]) {
    let Some(last) = windows.len().checked_sub(1) else {
        return;
    };
    let step = windows.len().div_ceil(8).max(1);
    let cell = width / float(windows.len());
    for idx in (0..=last).step_by(step) {
        let text = windows[idx]
            .to_zoned_datetime(zone.clone())
            .strftime("%-d %b %Y")
            .to_string();
        let x = left + cell * float(idx);
        svg.line([x, y - 14.0, x, y - 10.0], colour("line-strong"), 1.0, None);
        svg.text([x, y], 11.0, colour("text-3"), Anchor::Start, &text);
    }
}

/// A vertical scale with round steps.
struct Scale {
    low: f64,
    high: f64,
    step: f64,
}

impl Scale {
    fn over(values: impl Iterator<Item = f64>) -> Option<Self> {
        let (low, high) = values.filter(|value| value.is_finite()).fold(
            None,
            |ends: Option<(f64, f64)>, value| {
                Some(ends.map_or((value, value), |(low, high)| {
                    (low.min(value), high.max(value))
                }))
            },
        )?;
        let spread = (high - low).max(high.abs() * 1e-6).max(1e-9);
        let raw = spread / 4.0;
        let power = 10_f64.powf(raw.log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0]
            .into_iter()
            .map(|factor| factor * power)
            .find(|step| *step >= raw)
            .unwrap_or(raw);
        Some(Self {
            low: (low / step).floor() * step,
            high: (high / step).ceil() * step,
            step,
        })
    }

    fn at(&self, value: f64, [top, height]: [f64; 2]) -> f64 {
        let share = (value - self.low) / (self.high - self.low).max(f64::MIN_POSITIVE);
        top + height * (1.0 - share.clamp(0.0, 1.0))
    }

    fn ticks(&self) -> Vec<f64> {
        let mut ticks = Vec::new();
        let mut tick = self.low;
        while tick <= self.high + self.step * 0.01 && ticks.len() < 12 {
            ticks.push(tick);
            tick += self.step;
        }
        ticks
    }
}

/// A line over time, its interval, the reference and the floor.
pub(super) fn series(chart: &SeriesChart, zone: &TimeZone) -> String {
    const HEIGHT: f64 = 240.0;
    const LEFT: f64 = 56.0;
    const RIGHT: f64 = 90.0;
    let frame = [10.0, HEIGHT - 44.0];
    let mut svg = Svg::new(WIDTH, HEIGHT, chart.label.as_str());
    let values = chart
        .points
        .iter()
        .chain(&chart.smooth)
        .chain(&chart.challenger)
        .filter_map(|point| point.value)
        .chain(chart.reference)
        .chain(chart.floor);
    let Some(scale) = Scale::over(values) else {
        svg.text(
            [LEFT, 40.0],
            13.0,
            colour("text-3"),
            Anchor::Start,
            "No values in this range.",
        );
        return svg.finish();
    };
    let width = WIDTH - LEFT - RIGHT;
    for tick in scale.ticks() {
        let y = scale.at(tick, frame);
        svg.line([LEFT, y, LEFT + width, y], colour("line"), 1.0, None);
        svg.text(
            [LEFT - 8.0, y + 4.0],
            11.0,
            colour("text-3"),
            Anchor::End,
            &significant(tick, 3),
        );
    }
    let starts: Vec<Timestamp> = chart.points.iter().map(|point| point.at).collect();
    let (first, last) = (starts.first().copied(), starts.last().copied());
    let span = match (first, last) {
        (Some(first), Some(last)) => (last.as_microsecond() - first.as_microsecond()).max(1),
        _ => 1,
    };
    let x_of = |at: Timestamp| {
        let from = first.map_or(0, Timestamp::as_microsecond);
        LEFT + width * ratio_of(at.as_microsecond() - from, span)
    };
    let y_of = |value: f64| scale.at(value, frame);
    band(&mut svg, &chart.points, &x_of, &y_of);
    judged_by(&mut svg, chart, &y_of, [LEFT, LEFT + width]);
    let thin = if chart.smooth.is_empty() { 2.0 } else { 1.0 };
    let pale = if chart.smooth.is_empty() {
        "current"
    } else {
        "line-strong"
    };
    for run in runs(&chart.points) {
        draw_run(&mut svg, run, &x_of, &y_of, colour(pale), thin);
    }
    for run in runs(&chart.challenger) {
        draw_run(&mut svg, run, &x_of, &y_of, colour("challenger"), 2.0);
    }
    for run in runs(&chart.smooth) {
        draw_run(&mut svg, run, &x_of, &y_of, colour("current"), 2.0);
    }
    time_axis(&mut svg, &starts, zone, [LEFT, width, HEIGHT - 8.0]);
    svg.finish()
}

/// The reference's value and the floor, named at the right edge.
fn judged_by(
    svg: &mut Svg,
    chart: &SeriesChart,
    y_of: &impl Fn(f64) -> f64,
    [left, right]: [f64; 2],
) {
    if let Some(reference) = chart.reference {
        let y = y_of(reference);
        svg.line([left, y, right, y], colour("reference"), 1.5, Some("4 3"));
        let text = format!("ref. {}", metric(reference));
        svg.text(
            [right + 8.0, y + 4.0],
            11.0,
            colour("text-3"),
            Anchor::Start,
            &text,
        );
    }
    if let Some(floor) = chart.floor {
        let y = y_of(floor);
        svg.line([left, y, right, y], colour("critical-mark"), 1.5, None);
        let text = format!("floor {}", metric(floor));
        svg.text(
            [right + 8.0, y + 4.0],
            11.0,
            colour("critical-text"),
            Anchor::Start,
            &text,
        );
    }
}

#[expect(clippy::cast_precision_loss, reason = "positions on a screen")]
fn ratio_of(part: i64, whole: i64) -> f64 {
    part as f64 / whole as f64
}

/// Stretches without a gap.
fn runs(points: &[SeriesPoint]) -> impl Iterator<Item = &[SeriesPoint]> {
    points
        .split(|point| point.value.is_none())
        .filter(|run| !run.is_empty())
}

fn draw_run(
    svg: &mut Svg,
    run: &[SeriesPoint],
    x_of: &impl Fn(Timestamp) -> f64,
    y_of: &impl Fn(f64) -> f64,
    stroke: &str,
    width: f64,
) {
    let line: Vec<[f64; 2]> = run
        .iter()
        .filter_map(|point| Some([x_of(point.at), y_of(point.value?)]))
        .collect();
    if let [alone] = line.as_slice() {
        svg.dot(*alone, width, stroke, None);
    }
    svg.polyline(&line, stroke, width, None);
}

fn band(
    svg: &mut Svg,
    points: &[SeriesPoint],
    x_of: &impl Fn(Timestamp) -> f64,
    y_of: &impl Fn(f64) -> f64,
) {
    for run in points.split(|point| point.lo.is_none() || point.hi.is_none()) {
        let upper = run
            .iter()
            .filter_map(|point| Some([x_of(point.at), y_of(point.hi?)]));
        let lower = run
            .iter()
            .rev()
            .filter_map(|point| Some([x_of(point.at), y_of(point.lo?)]));
        let outline: Vec<[f64; 2]> = upper.chain(lower).collect();
        svg.area(&outline, colour("current-band"));
    }
}

/// Both sides of a numeric column: reference filled behind, current as a narrower bar in front.
pub(super) fn histogram(bars: &[DistributionBar], label: &str) -> String {
    const W: f64 = 456.0;
    const H: f64 = 150.0;
    const BASE: f64 = 126.0;
    let mut svg = Svg::new(W, H, label);
    let largest = bars
        .iter()
        .flat_map(|bar| [bar.reference, bar.current])
        .fold(0.0, f64::max)
        .max(f64::MIN_POSITIVE);
    let step = W / float(bars.len().max(1));
    for (idx, bar) in bars.iter().enumerate() {
        let x = step * float(idx);
        let title = format!(
            "{}: reference {}, current {}",
            bar.label,
            percent(bar.reference),
            percent(bar.current)
        );
        let height = (BASE - 8.0) * bar.reference / largest;
        svg.rect(
            [x + 0.5, BASE - height, step - 1.0, height],
            colour("reference-fill"),
            Some(&title),
        );
        svg.line(
            [x + 0.5, BASE - height, x + step - 0.5, BASE - height],
            colour("reference"),
            1.0,
            None,
        );
        let height = (BASE - 8.0) * bar.current / largest;
        svg.rect(
            [x + step * 0.3, BASE - height, step * 0.4, height],
            colour("current"),
            Some(&title),
        );
    }
    svg.line([0.0, BASE, W, BASE], colour("line-strong"), 1.0, None);
    if let (Some(first), Some(last)) = (bars.first(), bars.last()) {
        svg.text(
            [0.0, BASE + 16.0],
            11.0,
            colour("text-3"),
            Anchor::Start,
            &first.label,
        );
        svg.text(
            [W, BASE + 16.0],
            11.0,
            colour("text-3"),
            Anchor::End,
            &last.label,
        );
    }
    svg.finish()
}

/// Both sides of a categorical column, with the difference in points.
pub(super) fn bars(rows: &[DistributionBar], label: &str) -> String {
    const W: f64 = 456.0;
    const ROW: f64 = 20.0;
    const LEFT: f64 = 130.0;
    const RIGHT: f64 = 60.0;
    let mut svg = Svg::new(W, ROW * float(rows.len()) + 4.0, label);
    let largest = rows
        .iter()
        .flat_map(|bar| [bar.reference, bar.current])
        .fold(0.0, f64::max)
        .max(f64::MIN_POSITIVE);
    let plot = W - LEFT - RIGHT;
    for (idx, bar) in rows.iter().enumerate() {
        let y = ROW * float(idx) + 2.0;
        let title = format!(
            "{}: reference {}, current {}",
            bar.label,
            percent(bar.reference),
            percent(bar.current)
        );
        svg.text(
            [LEFT - 8.0, y + 13.0],
            12.0,
            colour("text"),
            Anchor::End,
            &shortened(&bar.label),
        );
        svg.rect(
            [LEFT, y + 2.0, plot * bar.reference / largest, 14.0],
            colour("reference-fill"),
            Some(&title),
        );
        svg.rect(
            [LEFT, y + 6.0, plot * bar.current / largest, 6.0],
            colour("current"),
            Some(&title),
        );
        let text = format!("{} pp", points(bar.current - bar.reference));
        svg.text([W, y + 13.0], 11.0, colour("text-2"), Anchor::End, &text);
    }
    svg.finish()
}

/// A change of a share in points, with one digit and its sign.
fn points(change: f64) -> String {
    let text = percent(change);
    let text = text.trim_end_matches('%');
    if change > 0.0 && text != "0.0" {
        format!("+{text}")
    } else {
        text.to_owned()
    }
}

/// A small histogram of both sides for a table row.
pub(super) fn sketch(reference: &[f64], current: &[f64], label: &str) -> String {
    const W: f64 = 132.0;
    const H: f64 = 28.0;
    let mut svg = Svg::new(W, H, label);
    let largest = reference
        .iter()
        .chain(current)
        .copied()
        .fold(0.0, f64::max)
        .max(f64::MIN_POSITIVE);
    let n_bins = reference.len().max(current.len()).max(1);
    let step = W / float(n_bins);
    for idx in 0..n_bins {
        let x = step * float(idx);
        let height = |shares: &[f64]| H * shares.get(idx).copied().unwrap_or(0.0) / largest;
        let (behind, front) = (height(reference), height(current));
        svg.rect(
            [x, H - behind, step - 0.5, behind],
            colour("reference-fill"),
            None,
        );
        svg.rect(
            [x + step * 0.25, H - front, step * 0.5, front],
            colour("current"),
            None,
        );
    }
    svg.finish()
}

/// A row of windows: how many columns drifted in each.
pub(super) fn strip(
    windows: &[(Timestamp, u64, usize, bool)],
    zone: &TimeZone,
    label: &str,
) -> String {
    const TOP: f64 = 4.0;
    const H: f64 = 40.0;
    let mut svg = Svg::new(WIDTH, H + 26.0, label);
    let step = WIDTH / float(windows.len().max(1));
    let most = windows
        .iter()
        .map(|window| window.2)
        .max()
        .unwrap_or(0)
        .max(1);
    for (idx, (at, n_rows, n_drifted, has_data)) in windows.iter().enumerate() {
        let x = step * float(idx);
        let gap = if step > 4.0 { 1.0 } else { 0.0 };
        let title = format!(
            "{}: {n_drifted} drifted, {} rows",
            date(*at, zone),
            count(*n_rows)
        );
        let (fill, height) = match (has_data, n_drifted) {
            (false, _) => (colour("line"), H / 3.0),
            (true, 0) => (colour("ok-strip"), H / 3.0),
            (true, n) => (
                colour("warning-mark"),
                H / 3.0 + H * 2.0 / 3.0 * float(*n) / float(most),
            ),
        };
        svg.rect(
            [x, TOP + H - height, step - gap, height],
            fill,
            Some(&title),
        );
    }
    let starts: Vec<Timestamp> = windows.iter().map(|window| window.0).collect();
    time_axis(&mut svg, &starts, zone, [0.0, WIDTH, H + 22.0]);
    svg.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(n: i64) -> Timestamp {
        Timestamp::from_second(1_364_774_400 + n * 86_400).unwrap()
    }

    fn cell(ratio: f64, is_drift: bool) -> HeatCell {
        HeatCell {
            ratio: Some(ratio),
            is_drift,
            state: HeatState::Scored,
        }
    }

    #[test]
    fn a_cell_is_warm_only_where_the_decision_is_drift() {
        let quiet = fill_of(&cell(3.0, false)).unwrap();
        let loud = fill_of(&cell(3.0, true)).unwrap();
        assert_eq!(quiet, heat(0.99));
        assert_eq!(loud, heat(3.0));
        assert_eq!(fill_of(&cell(0.5, true)).unwrap(), heat(1.0));
    }

    #[test]
    fn many_cells_become_runs() {
        let rows: Vec<HeatRow> = (0..20)
            .map(|idx| HeatRow {
                name: format!("column {idx}"),
                note: String::new(),
                cells: vec![cell(0.1, false); 270],
            })
            .collect();
        let windows: Vec<Timestamp> = (0..270).map(day).collect();
        let text = heat_map(&windows, &TimeZone::UTC, &rows, "quiet");
        assert!(text.matches("<rect").count() < 60);
        assert!(text.contains("to Thu 26 Dec 2013"), "{text}");
    }

    #[test]
    fn scales_have_round_ticks_inside_their_ends() {
        let scale = Scale::over([0.638, 0.738].into_iter()).unwrap();
        assert!((scale.step - 0.05).abs() < 1e-12);
        let ticks = scale.ticks();
        assert_eq!(ticks.len(), 4);
        assert!((ticks[0] - 0.6).abs() < 1e-12);
        assert!(Scale::over(std::iter::empty()).is_none());
        assert!(Scale::over([5.0].into_iter()).is_some());
    }

    #[test]
    fn gaps_break_the_line() {
        let point = |n, value| SeriesPoint {
            at: day(n),
            value,
            lo: None,
            hi: None,
            n: 1,
        };
        let chart = SeriesChart {
            label: "AUC".to_owned(),
            points: vec![
                point(0, Some(0.7)),
                point(1, Some(0.8)),
                point(2, None),
                point(3, Some(0.7)),
                point(4, Some(0.6)),
            ],
            smooth: Vec::new(),
            challenger: Vec::new(),
            reference: Some(0.75),
            floor: None,
        };
        let text = series(&chart, &TimeZone::UTC);
        assert_eq!(text.matches("<path").count(), 2, "{text}");
    }

    #[test]
    fn nothing_to_draw_is_said() {
        let chart = SeriesChart {
            label: String::new(),
            points: Vec::new(),
            smooth: Vec::new(),
            challenger: Vec::new(),
            reference: None,
            floor: None,
        };
        assert!(series(&chart, &TimeZone::UTC).contains("No values in this range."));
        assert!(!heat_map(&[], &TimeZone::UTC, &[], "").is_empty());
    }
}
