//! `check`: two data sets compared without a server.

use super::{answer, told, zone};
use crate::cli::{AnswerFormat, CheckArgs};
use crate::terminal;
use crate::world::WallClock;
use anyhow::{Context, Result, bail};
use std::process::ExitCode;
use trimtab_app::answer::records;
use trimtab_app::check::Weights;
use trimtab_app::report::{CheckReportFacts, check_report, numbers};
use trimtab_domain::check::{CheckReport, CheckRequest, ColumnRoles};
use trimtab_domain::ports::Clock;
use trimtab_domain::result::{ColumnOutcome, Decision, MethodOutcome};
use trimtab_engine::FileComparison;
use trimtab_stats::compat::Peer;
use trimtab_stats::two_sample::Method;
use trimtab_stats::{DecisionPolicy, EffectFloors};

/// A terminal at least so wide gets histograms of both sides.
const SKETCH_WIDTH_MIN: usize = 110;
/// Windows listed at most.
const WINDOWS_LISTED_MAX: usize = 60;

pub(crate) async fn run(args: CheckArgs) -> Result<ExitCode> {
    let request = request(&args)?;
    let policy = policy(&args)?;
    let weights = weights(&args)?;
    let report = trimtab_app::check::check(&FileComparison, &request, &policy, &weights)
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
    args.columns.check()?;
    Ok(CheckRequest {
        reference: vec![args.reference.clone()],
        current: vec![args.current.clone()],
        categorical: args.columns.categorical.clone(),
        numeric: args.columns.numeric.clone(),
        ignore: args.columns.ignore.clone(),
        windows: args.windows.windows()?,
        weekly: args.weekly,
        methods: methods(&args.method)?,
        compat: args.compat.map(Peer::from),
        segments: args.segment.clone(),
        roles: ColumnRoles {
            label: args.label.clone(),
            prediction: args.prediction.clone(),
            score: args.score.clone(),
        },
        texts: args.text.clone(),
        multivariate: args.multivariate,
        seed: args.answer.seed,
    })
}

/// The methods that were named; none for `auto`.
fn methods(names: &[String]) -> Result<Vec<Method>> {
    if names == ["auto"] {
        return Ok(Vec::new());
    }
    names
        .iter()
        .map(|name| {
            Method::from_name(name).with_context(|| {
                let known: Vec<&str> = Method::ALL.iter().map(|method| method.name()).collect();
                format!(
                    "--method cannot be `{name}`\n  hint: one of auto, {}",
                    known.join(", ")
                )
            })
        })
        .collect()
}

/// Importances by column, from a file of names and numbers.
fn weights(args: &CheckArgs) -> Result<Weights> {
    let Some(path) = &args.weights else {
        return Ok(Weights::new());
    };
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("cannot read the weights {}", path.display()))?;
    let mut weights = Weights::new();
    for (i, line) in text.lines().enumerate() {
        if line.trim().is_empty() {
            continue;
        }
        let fields: Option<(&str, &str)> = line.rsplit_once(',');
        let weight = fields.and_then(|(_, weight)| weight.trim().parse::<f64>().ok());
        match (fields, weight) {
            (Some((name, _)), Some(weight)) if weight >= 0.0 && weight.is_finite() => {
                weights.insert(name.trim().trim_matches('"').to_owned(), weight);
            }
            // The names of the two columns.
            _ if i == 0 => {}
            _ => bail!(
                "{}, line {}: `{line}` is no name with an importance\n  hint: write `column,0.25`",
                path.display(),
                i + 1
            ),
        }
    }
    Ok(weights)
}

fn policy(args: &CheckArgs) -> Result<DecisionPolicy> {
    if !(args.alpha > 0.0 && args.alpha < 1.0) {
        bail!("--alpha must lie between 0 and 1, found {}", args.alpha);
    }
    let mut floors = EffectFloors::default();
    if let Some(size) = args.min_effect {
        if !(size >= 0.0 && size.is_finite()) {
            bail!("--min-effect must be 0 or more, found {size}");
        }
        floors.wasserstein_iqr = size;
        floors.cramers_v = size;
        // With a floor of its own, a change of one share would pass below the one asked for.
        floors.largest_share_change = floors.largest_share_change.max(size);
    }
    Ok(DecisionPolicy {
        floors,
        alpha: args.alpha,
        correction: args.correction.into(),
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
        zone: zone(&args.windows.time_zone)?,
    })
}

fn print(report: &CheckReport) -> Result<()> {
    if let Some(peer) = &report.compat {
        terminal::line(&format!("Decided as {peer} does."))?;
    } else if report.assumes_independent_rows {
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
    print_new_categories(report)?;
    print_segments(report)?;
    print_texts(report)?;
    print_together(report)?;
    terminal::line(&format!("\n{}", report.reason))
}

fn print_segments(report: &CheckReport) -> Result<()> {
    if report.segments.is_empty() {
        return Ok(());
    }
    let mut table = terminal::table(&["segment", "reference", "current", "decision", "drifted"]);
    for segment in &report.segments {
        table.add_row([
            format!("{} = {}", segment.column, segment.value),
            numbers::full_count(segment.n_reference),
            numbers::full_count(segment.n_current),
            segment.decision.as_str().replace('_', " "),
            segment.drifted.join(", "),
        ]);
    }
    terminal::line("\nSegments\n")?;
    terminal::line(&terminal::rendered(&table))
}

/// Columns with many more new categories than such samples have without drift.
fn print_new_categories(report: &CheckReport) -> Result<()> {
    for column in &report.columns {
        let new = column
            .results
            .iter()
            .find(|result| result.method == "new_category_share");
        let shares = new.and_then(|new| new.statistic.zip(new.noise_floor));
        if let Some((share, expected)) = shares
            && share > 2.0 * expected
        {
            terminal::line(&format!(
                "{}: {} of the rows are in categories that the reference does not have ({} would \
                 be without drift)",
                column.name,
                numbers::percent(share),
                numbers::percent(expected)
            ))?;
        }
    }
    Ok(())
}

fn print_texts(report: &CheckReport) -> Result<()> {
    for text in &report.texts {
        let words = &text.words;
        let said = match (words.auc, words.p_value) {
            (Some(auc), Some(p_value)) => format!(
                "a model tells the sides apart by their words with AUC {} (p {})",
                numbers::metric(auc),
                numbers::p_value(p_value)
            ),
            _ => words
                .error
                .clone()
                .unwrap_or_else(|| "no answer".to_owned()),
        };
        terminal::line(&format!("\nTexts of {}: {said}.", text.column))?;
        let pieces = |is_new: bool| -> Vec<String> {
            let of_side = words
                .pieces
                .iter()
                .filter(|piece| (piece.weight > 0.0) == is_new);
            of_side
                .take(5)
                .map(|piece| format!("`{}`", piece.text))
                .collect()
        };
        if words.is_drift == Some(true) {
            for (side, pieces) in [("More now", pieces(true)), ("Less now", pieces(false))] {
                if !pieces.is_empty() {
                    terminal::line(&format!("{side}: {}", pieces.join(", ")))?;
                }
            }
        }
        if !text.drifted.is_empty() {
            terminal::line(&format!("Drifted: {}", text.drifted.join(", ")))?;
        }
    }
    Ok(())
}

/// What is said of all columns together, of performance, of importance.
fn print_together(report: &CheckReport) -> Result<()> {
    if let Some(found) = &report.multivariate {
        let columns: Vec<&str> = found
            .columns
            .iter()
            .filter(|column| column.auc_drop > 0.0)
            .take(5)
            .map(|column| column.name.as_str())
            .collect();
        let text = match (found.auc, found.p_value) {
            (Some(auc), Some(p_value)) => format!(
                "All columns together: a model tells the sides apart with AUC {} (p {}), most of \
                 all by {}.",
                numbers::metric(auc),
                numbers::p_value(p_value),
                columns.join(", ")
            ),
            _ => format!(
                "All columns together: {}.",
                found.error.as_deref().unwrap_or("no answer")
            ),
        };
        terminal::line(&format!("\n{text}"))?;
    }
    if let Some(change) = &report.performance {
        let text = match (change.reference, change.current, change.loss) {
            (Some(before), Some(after), Some(_)) => format!(
                "Performance: {} {} in the reference, {} on the other side{}.",
                change.metric.replace('_', " "),
                numbers::significant(before, 3),
                numbers::significant(after, 3),
                if change.is_lost {
                    "; that is a loss beyond chance and its floor"
                } else {
                    "; no loss that matters"
                }
            ),
            _ => format!(
                "Performance: not compared, {}.",
                change.reason.as_deref().unwrap_or("no value")
            ),
        };
        terminal::line(&format!("\n{text}"))?;
    }
    if let Some(share) = report.drifted_importance {
        terminal::line(&format!(
            "\nColumns that drifted hold {} of the importance.",
            numbers::percent(share)
        ))?;
    }
    Ok(())
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
