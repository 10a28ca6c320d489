//! `check`: two data sets compared without a server.

use super::{answer, told};
use crate::cli::{AnswerFormat, CheckArgs, CorrectionArg};
use crate::terminal;
use crate::world::WallClock;
use anyhow::{Context, Result, bail};
use jiff::tz::TimeZone;
use std::process::ExitCode;
use trimtab_app::answer::records;
use trimtab_app::report::{CheckReportFacts, check_report, numbers};
use trimtab_domain::Granularity;
use trimtab_domain::check::{CheckReport, CheckRequest, CheckWindows, WindowLength};
use trimtab_domain::ports::Clock;
use trimtab_domain::result::{ColumnOutcome, Decision, MethodOutcome};
use trimtab_engine::FileComparison;
use trimtab_stats::{Correction, DecisionPolicy};

/// A terminal at least so wide gets histograms of both sides.
const SKETCH_WIDTH_MIN: usize = 110;
/// Windows listed at most.
const WINDOWS_LISTED_MAX: usize = 60;

pub(crate) async fn run(args: CheckArgs) -> Result<ExitCode> {
    let request = request(&args)?;
    let policy = policy(&args)?;
    let report = trimtab_app::check::check(&FileComparison, &request, &policy)
        .await
        .map_err(|err| told(&err))?;
    if let Some(path) = &args.answer.report {
        answer::write_report(path, &check_report(&report, &facts(&args)?))?;
    }
    answer::unless_nobody_reads(match args.answer.output {
        AnswerFormat::Table => print(&report),
        format => answer::print_data(format, &report, || records(&report.columns)),
    })?;
    Ok(ExitCode::from(trimtab_app::check::exit_code(
        report.decision,
    )))
}

fn request(args: &CheckArgs) -> Result<CheckRequest> {
    if args.reference == "-" && args.current == "-" {
        bail!("both sides cannot come from standard input\n  hint: give one of them as a file");
    }
    if let Some(name) = args
        .categorical
        .iter()
        .find(|name| args.numeric.contains(name))
    {
        bail!("column `{name}` is in --categorical and in --numeric");
    }
    let windows = match &args.windows.timestamp {
        Some(timestamp) => Some(CheckWindows {
            timestamp: timestamp.clone(),
            length: window_length(&args.windows.window)?,
            time_zone: args.windows.time_zone.clone(),
        }),
        None => None,
    };
    zone(args)?;
    Ok(CheckRequest {
        reference: vec![args.reference.clone()],
        current: vec![args.current.clone()],
        categorical: args.categorical.clone(),
        numeric: args.numeric.clone(),
        ignore: args.ignore.clone(),
        windows,
        seed: args.answer.seed,
    })
}

fn window_length(text: &str) -> Result<WindowLength> {
    match text {
        "hour" => Ok(WindowLength::Calendar(Granularity::Hour)),
        "day" => Ok(WindowLength::Calendar(Granularity::Day)),
        "week" => Ok(WindowLength::Calendar(Granularity::Week)),
        other => match other.parse::<u64>() {
            Ok(n) if n > 0 => Ok(WindowLength::Rows(n)),
            _ => bail!(
                "--window cannot be `{other}`\n  hint: write hour, day, week or a number of rows"
            ),
        },
    }
}

fn zone(args: &CheckArgs) -> Result<TimeZone> {
    TimeZone::get(&args.windows.time_zone).with_context(|| {
        format!(
            "`{}` is not a time zone\n  hint: use an IANA name such as UTC or Europe/Paris",
            args.windows.time_zone
        )
    })
}

fn policy(args: &CheckArgs) -> Result<DecisionPolicy> {
    if !(args.alpha > 0.0 && args.alpha < 1.0) {
        bail!("--alpha must lie between 0 and 1, found {}", args.alpha);
    }
    Ok(DecisionPolicy {
        alpha: args.alpha,
        correction: match args.correction {
            CorrectionArg::BenjaminiHochberg => Correction::BenjaminiHochberg,
            CorrectionArg::Holm => Correction::Holm,
            CorrectionArg::Bonferroni => Correction::Bonferroni,
            CorrectionArg::None => Correction::None,
        },
        ..DecisionPolicy::default()
    })
}

fn facts(args: &CheckArgs) -> Result<CheckReportFacts> {
    let name = |path: &str| match path {
        "-" => "standard input".to_owned(),
        path => path.to_owned(),
    };
    Ok(CheckReportFacts {
        reference: name(&args.reference),
        current: name(&args.current),
        generated_at: WallClock.now(),
        zone: zone(args)?,
    })
}

fn print(report: &CheckReport) -> Result<()> {
    if report.assumes_independent_rows {
        let why = if report.windows.is_empty() {
            "no --timestamp"
        } else {
            "too few independent windows in the reference"
        };
        terminal::line(&format!(
            "Rows are treated as independent ({why}); the effect floor guards the decision."
        ))?;
    } else {
        terminal::line("Each window is judged by how much the reference's own windows differ.")?;
    }
    terminal::line(&format!(
        "Reference {} rows, current {} rows; p-values adjusted by {}, α {}.\n",
        numbers::full_count(report.reference.n_rows),
        numbers::full_count(report.current.n_rows),
        report.correction.method.replace('_', " "),
        numbers::chosen(report.correction.alpha)
    ))?;
    if !report.windows.is_empty() {
        print_windows(report)?;
    }
    print_columns(report)?;
    for skipped in &report.skipped {
        terminal::line(&format!("Skipped {}: {}", skipped.name, skipped.reason))?;
    }
    if !report.added.is_empty() {
        terminal::line(&format!("Only in current: {}", report.added.join(", ")))?;
    }
    if !report.removed.is_empty() {
        terminal::line(&format!("Only in reference: {}", report.removed.join(", ")))?;
    }
    for column in &report.columns {
        if let Some(error) = &column.error {
            terminal::line(&format!("{}: {error}", column.name))?;
        }
    }
    terminal::line(&format!("\n{}", report.reason))
}

fn print_windows(report: &CheckReport) -> Result<()> {
    let mut table = terminal::table(&["window", "rows", "decision", "drifted"]);
    let hidden = report.windows.len().saturating_sub(WINDOWS_LISTED_MAX);
    for window in report.windows.iter().skip(hidden) {
        table.add_row([
            window.window.start.to_string(),
            numbers::full_count(window.n_rows),
            window.decision.as_str().replace('_', " "),
            window.drifted.join(", "),
        ]);
    }
    if hidden > 0 {
        terminal::line(&format!("({hidden} earlier windows are in --output json)"))?;
    }
    terminal::line(&terminal::rendered(&table))?;
    terminal::line("\nThe newest window, column by column:\n")
}

fn print_columns(report: &CheckReport) -> Result<()> {
    let has_sketches = terminal::width() >= SKETCH_WIDTH_MIN
        && terminal::is_terminal()
        && !report.sketches.is_empty();
    let mut header = vec![
        "column",
        "type",
        "method",
        "statistic",
        "p adjusted",
        "effect",
        "decision",
    ];
    if has_sketches {
        header.extend(["reference", "current"]);
    }
    let mut table = terminal::table(&header);
    for column in in_order(&report.columns) {
        let method = leading(column);
        let mut row = vec![
            column.name.clone(),
            column.column_type.clone(),
            method.map_or_else(|| "–".to_owned(), |method| method.method.clone()),
            method
                .and_then(|method| method.statistic)
                .map_or_else(|| "–".to_owned(), |value| numbers::significant(value, 4)),
            column
                .p_value_adjusted
                .map_or_else(|| "–".to_owned(), numbers::p_value),
            effect(column),
            decision(column),
        ];
        if has_sketches {
            row.extend(sketch(report, &column.name));
        }
        table.add_row(row);
    }
    terminal::line(&terminal::rendered(&table))
}

/// What drifted first, then by effect over its floor.
fn in_order(columns: &[ColumnOutcome]) -> Vec<&ColumnOutcome> {
    let mut columns: Vec<_> = columns.iter().collect();
    let rank = |column: &ColumnOutcome| {
        let over = match (column.effect.value, column.effect.floor) {
            (Some(value), Some(floor)) if floor > 0.0 => value / floor,
            (Some(value), _) => value,
            _ => -1.0,
        };
        (column.decision == Decision::Drift, over)
    };
    columns.sort_by(|a, b| {
        let (left, right) = (rank(a), rank(b));
        right.0.cmp(&left.0).then(right.1.total_cmp(&left.1))
    });
    columns
}

/// The test that speaks for the column.
fn leading(column: &ColumnOutcome) -> Option<&MethodOutcome> {
    column
        .results
        .iter()
        .find(|result| matches!(result.method.as_str(), "ks" | "chi2"))
        .or_else(|| column.results.first())
}

fn effect(column: &ColumnOutcome) -> String {
    let Some(value) = column.effect.value else {
        return "–".to_owned();
    };
    let unit = match column.effect.name.as_str() {
        "wasserstein_iqr" => " IQR",
        "wasserstein_sd" => " sd",
        "cramers_v" => " V",
        "largest_share_change" | "missing_share_change" => " share",
        _ => "",
    };
    let floor = column.effect.floor.map_or_else(String::new, |floor| {
        format!(" (floor {})", numbers::chosen(floor))
    });
    format!("{}{unit}{floor}", numbers::significant(value, 3))
}

fn decision(column: &ColumnOutcome) -> String {
    let word = column.decision.as_str().replace('_', " ");
    match column.severity {
        Some(severity) => format!("{word} ({})", severity.as_str()),
        None => word,
    }
}

fn sketch(report: &CheckReport, name: &str) -> [String; 2] {
    let Some(both) = report.sketches.iter().find(|one| one.name == name) else {
        return [String::new(), String::new()];
    };
    let largest = both
        .reference
        .iter()
        .chain(&both.current)
        .copied()
        .fold(0.0, f64::max);
    [
        terminal::sparkline(&both.reference, largest),
        terminal::sparkline(&both.current, largest),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn window_lengths_are_read() {
        assert_eq!(
            window_length("day").unwrap(),
            WindowLength::Calendar(Granularity::Day)
        );
        assert_eq!(window_length("500").unwrap(), WindowLength::Rows(500));
        assert!(window_length("0").is_err());
        assert!(window_length("fortnight").is_err());
    }
}
