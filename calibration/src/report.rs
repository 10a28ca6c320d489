//! What was promised, what was found, and the page that says so.

use crate::draw::Shape;
use crate::logs::{Judged, Log};
use crate::null::{Counts, N_COLUMNS, SIZES};
use crate::power::{PLANTED_TEXT, STEPS, Study};
use crate::rate::Rate;
use crate::svg::{Series, plot};
use crate::{blocks, null, signals, year};
use std::path::Path;

/// Appends formatted text to a page.
macro_rules! put {
    ($page:expr, $($text:tt)*) => {
        $page.push_str(&format!($($text)*))
    };
}

/// The same with the end of a line.
macro_rules! line {
    ($page:expr, $($text:tt)*) => {{
        put!($page, $($text)*);
        $page.push('\n');
    }};
}

/// Everything that was measured.
pub(crate) struct Found {
    pub(crate) null: Vec<null::Cell>,
    pub(crate) blocks: Vec<blocks::Cell>,
    pub(crate) signals: Vec<signals::Cell>,
    pub(crate) power: Vec<Study>,
    pub(crate) year: Vec<year::Cell>,
    pub(crate) logs: Vec<LogFound>,
}

/// A real log, judged.
pub(crate) struct LogFound {
    pub(crate) log: Log,
    pub(crate) judged: Judged,
}

/// Something the product promises.
pub(crate) struct Promise {
    pub(crate) text: String,
    pub(crate) found: String,
    pub(crate) holds: bool,
}

const LEVEL: f64 = 0.05;
/// What dependent rows of heavy-tailed values hold instead: a few dozen windows do not tell
/// how heavy the tail of their distances is.
const HEAVY_LEVEL: f64 = 0.10;

pub(crate) fn promises(found: &Found) -> Vec<Promise> {
    let mut promises = Vec::new();
    let decisions = found.null.iter().map(|cell| cell.counts.decision);
    rates(
        "independent rows, default decision",
        decisions,
        &mut promises,
    );
    let tests = found.null.iter().map(|cell| cell.counts.test);
    rates("independent rows, the p-value alone", tests, &mut promises);
    let (heavy, light): (Vec<_>, Vec<_>) = found
        .blocks
        .iter()
        .partition(|cell| matches!(cell.shape, Shape::Lognormal));
    rates(
        "rows in blocks, default decision with windows",
        light.iter().map(|cell| cell.decision),
        &mut promises,
    );
    let pooled = heavy
        .iter()
        .fold(Rate::default(), |sum, cell| sum.plus(cell.decision));
    promises.push(Promise {
        text: "rows in blocks of heavy-tailed values (lognormal): pooled rate at most 10 %, \
               which is more than the 5 % of all others"
            .to_owned(),
        found: pooled.text(),
        holds: pooled.interval(0.05).0 <= HEAVY_LEVEL,
    });
    for study in &found.power {
        promises.extend(false_discoveries(study));
        promises.extend(more_power(study));
    }
    for cell in &found.year {
        let (low, _) = cell.detector.interval(0.01);
        promises.push(Promise {
            text: format!(
                "a year of hourly looks at {} rows: at most 1 year in 20 alarms",
                cell.m
            ),
            found: cell.detector.text(),
            holds: low <= LEVEL,
        });
    }
    promises.extend(log_promises(&found.logs));
    promises
}

/// The pooled rate, and that no cell is surely above the level.
fn rates(what: &str, cells: impl Iterator<Item = Rate>, promises: &mut Vec<Promise>) {
    let cells: Vec<Rate> = cells.collect();
    if cells.is_empty() {
        return;
    }
    let pooled = cells
        .iter()
        .fold(Rate::default(), |sum, cell| sum.plus(*cell));
    promises.push(Promise {
        text: format!("{what}: pooled rate of data sets called drifted at most 5 %"),
        found: pooled.text(),
        // Of a small slice the interval, of the full run the rate itself.
        holds: pooled.share() <= LEVEL || (pooled.of < 20_000 && pooled.interval(0.05).0 <= LEVEL),
    });
    let alpha = 0.01 / cells.len() as f64;
    let above = cells
        .iter()
        .filter(|cell| cell.interval(alpha).0 > LEVEL)
        .count();
    let worst = cells.iter().max_by(|a, b| a.share().total_cmp(&b.share()));
    promises.push(Promise {
        text: format!("{what}: no cell's 99 % interval (corrected) above 5 %"),
        found: format!(
            "{above} of {} cells; the worst {}",
            cells.len(),
            worst.map_or_else(String::new, |worst| worst.text())
        ),
        holds: above == 0,
    });
}

fn false_discoveries(study: &Study) -> Option<Promise> {
    let worst = study
        .decision
        .iter()
        .map(|(_, share)| *share)
        .fold(0.0, f64::max);
    let trimtab = study.rules.first()?;
    let of_test = trimtab.false_share.iter().copied().fold(0.0, f64::max);
    Some(Promise {
        text: format!(
            "n = {}: at most 5 % false entries in the default decision's list of columns",
            study.n
        ),
        found: format!(
            "{:.1} % at worst (without floors, tuned: {:.1} %)",
            100.0 * worst,
            100.0 * of_test
        ),
        holds: worst <= LEVEL,
    })
}

fn more_power(study: &Study) -> Option<Promise> {
    let (trimtab, peers) = study.rules.split_first()?;
    // KS stands second, the peers behind it.
    let peers = &peers[1..];
    let mut worst = (f64::INFINITY, String::new());
    for (step, d) in STEPS.iter().enumerate() {
        let ours = trimtab.found[step].share();
        for peer in peers {
            let lead = ours - peer.found[step].share();
            if lead < worst.0 {
                worst = (lead, format!("{} at d = {d}", peer.name));
            }
        }
    }
    Some(Promise {
        text: format!(
            "n = {}: finds no fewer planted columns than any peer at equal false alarms",
            study.n
        ),
        found: format!(
            "smallest lead {:+.1} points, on {}",
            100.0 * worst.0,
            worst.1
        ),
        // Two points are within what so many data sets can tell.
        holds: worst.0 > -0.02,
    })
}

fn alarmed(days: &[Vec<String>]) -> Rate {
    let mut rate = Rate::default();
    for day in days {
        rate.add(!day.is_empty());
    }
    rate
}

/// Days from `from` to before `to` on which a column alarmed.
fn between(found: &LogFound, from: &str, to: &str, column: Option<&str>) -> Rate {
    let mut rate = Rate::default();
    let later = &found.log.days[found.log.n_reference..];
    for (day, columns) in later.iter().zip(&found.judged.later) {
        if (from..to).contains(&day.as_str()) {
            rate.add(match column {
                Some(name) => columns.iter().any(|one| one == name),
                None => !columns.is_empty(),
            });
        }
    }
    rate
}

pub(crate) fn log_promises(logs: &[LogFound]) -> Vec<Promise> {
    let mut promises = Vec::new();
    if logs.is_empty() {
        return promises;
    }
    let rates: Vec<f64> = logs
        .iter()
        .map(|log| alarmed(&log.judged.reference).share())
        .collect();
    let mean = rates.iter().sum::<f64>() / rates.len() as f64;
    let worst = rates.iter().copied().fold(0.0, f64::max);
    promises.push(Promise {
        text: "real logs: days of the reference alarm in at most 5 % on average".to_owned(),
        found: format!("{:.1} %", 100.0 * mean),
        holds: mean <= LEVEL,
    });
    promises.push(Promise {
        text: "real logs: and in no log in more than 7 %".to_owned(),
        found: format!("{:.1} % at worst", 100.0 * worst),
        holds: worst <= 0.07,
    });
    let mut known =
        |name: &str, text: &str, rate: &dyn Fn(&LogFound) -> Rate, low: f64, high: f64| {
            if let Some(found) = logs.iter().find(|found| found.log.name == name) {
                let rate = rate(found);
                promises.push(Promise {
                    text: text.to_owned(),
                    found: format!("{} of {} days", rate.hits, rate.of),
                    holds: (low..=high).contains(&rate.share()),
                });
            }
        };
    known(
        "flights",
        "flights: temperature alarms on most days from June to September",
        &|found| between(found, "2013-06-01", "2013-10-01", Some("temp")),
        0.5,
        1.0,
    );
    known(
        "elec2",
        "elec2: quiet in March and April 1997",
        &|found| between(found, "1997-03-01", "1997-05-01", None),
        0.0,
        0.1,
    );
    known(
        "elec2",
        "elec2: alarms from 1997-05-05 on",
        &|found| between(found, "1997-05-05", "1999-01-01", None),
        0.99,
        1.0,
    );
    known(
        "bank",
        "bank: alarms in the crisis (from November 2008)",
        &|found| between(found, "2008-11-01", "2011-01-01", None),
        0.95,
        1.0,
    );
    known(
        "bike",
        "bike: the inputs of 2012 are quiet",
        &|found| between(found, "2012-01-01", "2013-01-01", None),
        0.0,
        0.1,
    );
    promises
}

/// Writes page and plots.
pub(crate) fn write(
    docs: &Path,
    made: &str,
    seconds: f64,
    found: &Found,
    promises: &[Promise],
) -> Result<(), String> {
    let mut page = format!(
        "# How often does it alarm when nothing has drifted?\n\n\
         Written by `cargo x calibrate`; do not edit.\n\
         Made on {made}, in {:.0} minutes.\n\
         Shares stand with their exact 95 % interval.\n",
        seconds / 60.0
    );
    page.push_str("\n## The promises\n\n| promise | found | |\n|---|---|---|\n");
    for promise in promises {
        let word = if promise.holds { "holds" } else { "**broken**" };
        line!(page, "| {} | {} | {word} |", promise.text, promise.found);
    }
    null_section(&mut page, found);
    blocks_section(&mut page, found);
    log_section(&mut page, found);
    power_section(&mut page, found);
    year_section(&mut page, found);
    signals_section(&mut page, found);
    let save = |path: std::path::PathBuf, text: &str| {
        std::fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()))
    };
    save(docs.join("statistics/calibration.md"), &page)?;
    save(docs.join("images/calibration-null.svg"), &null_plot(found))?;
    for study in &found.power {
        let name = format!("images/calibration-power-{}.svg", study.n);
        save(docs.join(name), &power_plot(study))?;
    }
    Ok(())
}

fn null_section(page: &mut String, found: &Found) {
    page.push_str(
        "\n## Independent rows\n\n\
         Data sets without drift that were called drifted.\n\
         *decision*: the default one, with Benjamini–Hochberg over the columns and the effect floors.\n\
         *p-value*: without the floors; this is what calibration means.\n\
         *KS*: the same with Kolmogorov–Smirnov alone in place of the combined test.\n\n\
         ![Rates per cell](../images/calibration-null.svg)\n\n\
         | data | columns | decision | p-value | KS |\n|---|---|---|---|---|\n",
    );
    for shape in Shape::ALL {
        for (n_columns, is_correlated) in [(1, false), (N_COLUMNS, false), (N_COLUMNS, true)] {
            let cells = found.null.iter().filter(|cell| {
                (cell.shape, cell.n_columns, cell.is_correlated)
                    == (shape, n_columns, is_correlated)
            });
            let sum = cells.fold(Counts::default(), |sum, cell| sum.plus(cell.counts));
            let kind = match (n_columns, is_correlated) {
                (1, _) => "1".to_owned(),
                (n, true) => format!("{n}, correlated"),
                (n, false) => format!("{n}, independent"),
            };
            line!(
                page,
                "| {} | {kind} | {} | {} | {} |",
                shape.name(),
                sum.decision.text(),
                sum.test.text(),
                sum.ks.text()
            );
        }
    }
    page.push_str("\nBy sizes (reference down, current across), thirty independent columns of all shapes: p-value, decision.\n\n| |");
    for m in SIZES {
        put!(page, " {m} |");
    }
    page.push_str("\n|---|---|---|---|---|---|\n");
    for n in SIZES {
        put!(page, "| {n} |");
        for m in SIZES {
            let cells = found.null.iter().filter(|cell| {
                (cell.n, cell.m, cell.n_columns, cell.is_correlated) == (n, m, N_COLUMNS, false)
            });
            let sum = cells.fold(Counts::default(), |sum, cell| sum.plus(cell.counts));
            put!(
                page,
                " {:.1}, {:.1} % |",
                100.0 * sum.test.share(),
                100.0 * sum.decision.share()
            );
        }
        page.push('\n');
    }
}

fn null_plot(found: &Found) -> String {
    let ticks: Vec<String> = SIZES.iter().map(|n| format!("n = {n}")).collect();
    let series: Vec<Series> = Shape::ALL
        .into_iter()
        .enumerate()
        .map(|(i, shape)| Series {
            name: shape.name().to_owned(),
            is_line: false,
            points: found
                .null
                .iter()
                .filter(|cell| cell.shape == shape && cell.n_columns == N_COLUMNS)
                .filter_map(|cell| {
                    let at = SIZES.iter().position(|&n| n == cell.n)?;
                    let m = SIZES.iter().position(|&m| m == cell.m)?;
                    let x = at as f64 - 0.36 + 0.16 * m as f64 + 0.03 * i as f64;
                    Some((x, cell.counts.test.share()))
                })
                .collect(),
        })
        .collect();
    let title = "Data sets without drift whose p-value alarms, per cell (30 columns)";
    plot(title, &ticks, 0.16, LEVEL, &series)
}

fn blocks_section(page: &mut String, found: &Found) {
    page.push_str(
        "\n## Rows in blocks, with the window-aware decision\n\n\
         The reference is cut into windows of the current size (at most 100; with fewer than ten \
         there is no window-aware law, and pairs of sizes with fewer are not listed).\n\
         *days that differ*: each window has a level of its own (sd ⅓), half inherited from the window before.\n\
         *users that repeat*: ten nearly equal rows per user.\n\
         *independent rows*: what the row-level p-value alone would say.\n\n\
         | rows | data | n | m | windows | columns | decision | p-value | independent rows |\n\
         |---|---|---|---|---|---|---|---|---|\n",
    );
    for cell in &found.blocks {
        line!(
            page,
            "| {} | {} | {} | {} | {} | {} | {} | {} | {} |",
            cell.blocks.name(),
            cell.shape.name(),
            cell.n,
            cell.m,
            cell.n_windows,
            cell.n_columns,
            cell.decision.text(),
            cell.test.text(),
            cell.by_rows.text()
        );
    }
}

fn log_section(page: &mut String, found: &Found) {
    if found.logs.is_empty() {
        return;
    }
    page.push_str(
        "\n## Real logs\n\n\
         UTC days on the profiles that monitors use, one correction per day over all columns.\n\
         A day of the reference is judged against the rest of it, by a law that does not know the day.\n\n\
         | log | columns | days of the reference | alarmed | by independent rows | later days alarmed |\n\
         |---|---|---|---|---|---|\n",
    );
    for LogFound { log, judged } in &found.logs {
        line!(
            page,
            "| {} | {} | {} | {} | {} | {} |",
            log.name,
            log.n_columns(),
            log.n_reference,
            alarmed(&judged.reference).text(),
            alarmed(&judged.reference_by_rows).text(),
            alarmed(&judged.later).text()
        );
    }
    page.push_str("\nLater days alarmed, by month, and the columns that alarm most:\n\n");
    for found in &found.logs {
        let later = &found.log.days[found.log.n_reference..];
        let mut months: Vec<&str> = later.iter().map(|day| &day[..7]).collect();
        months.dedup();
        let shares: Vec<String> = months
            .iter()
            .map(|month| {
                let rate = between(found, &format!("{month}-00"), &format!("{month}-99"), None);
                format!("{month} {}/{}", rate.hits, rate.of)
            })
            .collect();
        let mut columns = std::collections::BTreeMap::new();
        for column in found.judged.later.iter().flatten() {
            *columns.entry(column.as_str()).or_insert(0) += 1;
        }
        let mut columns: Vec<(&str, i32)> = columns.into_iter().collect();
        columns.sort_by_key(|&(name, count)| (-count, name));
        let columns: Vec<String> = columns
            .iter()
            .take(5)
            .map(|(name, count)| format!("`{name}` {count}"))
            .collect();
        line!(
            page,
            "- **{}**: {}. {}.",
            found.log.name,
            shares.join(", "),
            columns.join(", ")
        );
    }
}

fn power_section(page: &mut String, found: &Found) {
    put!(
        page,
        "\n## Power beside the peers, at equal false alarms\n\n\
         Thirty columns (20 numeric, 10 categorical), both sides of n rows; {PLANTED_TEXT}.\n\
         One threshold per rule, tuned so that 5 % of the data sets without drift alarm; the peers' \
         scores are those of their own formulas (`trimtab_stats::compat`).\n\
         *as it comes*: data sets without drift in which the rule alarms with its own thresholds.\n\
         Cells: planted columns found / data sets alarmed, in %.\n"
    );
    for study in &found.power {
        put!(
            page,
            "\n### n = {}\n\n![Planted columns found](../images/calibration-power-{}.svg)\n\n\
             | rule | as it comes |",
            study.n,
            study.n
        );
        for d in STEPS {
            put!(page, " d = {d} |");
        }
        line!(page, "\n|---|---|{}", "---|".repeat(STEPS.len()));
        for rule in &study.rules {
            put!(page, "| {} | {} |", rule.name, rule.untuned.text());
            for step in 0..STEPS.len() {
                put!(
                    page,
                    " {:.0} / {:.0} |",
                    100.0 * rule.found[step].share(),
                    100.0 * rule.data_sets[step].share()
                );
            }
            page.push('\n');
        }
        put!(
            page,
            "| trimtab's decision, with floors | {} |",
            study.decision_null.text()
        );
        for (rate, false_share) in &study.decision {
            put!(
                page,
                " {:.0} (false {:.1}) |",
                100.0 * rate.share(),
                100.0 * false_share
            );
        }
        page.push('\n');
    }
}

fn power_plot(study: &Study) -> String {
    let ticks: Vec<String> = STEPS.iter().map(|d| format!("d = {d}")).collect();
    let series: Vec<Series> = study
        .rules
        .iter()
        .map(|rule| Series {
            name: rule.name.to_owned(),
            is_line: true,
            points: rule
                .found
                .iter()
                .enumerate()
                .map(|(x, rate)| (x as f64, rate.share()))
                .collect(),
        })
        .collect();
    let title = format!(
        "Planted columns found at equal false alarms, n = {}",
        study.n
    );
    plot(&title, &ticks, 1.0, 0.0, &series)
}

fn year_section(page: &mut String, found: &Found) {
    put!(
        page,
        "\n## A look every hour for a year\n\n\
         Hourly windows against a reference of 10,000 rows; the e-detector on the windows' p-values \
         is set to an average run length of twenty years, so at most one year in twenty may alarm.\n\
         *delay*: hours from a shift of the mean by {} standard deviations to the alarm, median.\n\n\
         | rows an hour | years with an alarm | with single looks at 5 % | at 0.1 % | delay |\n\
         |---|---|---|---|---|\n",
        year::SHIFT
    );
    for cell in &found.year {
        line!(
            page,
            "| {} | {} | {} | {} | {:.0} h |",
            cell.m,
            cell.detector.text(),
            cell.looks[0].text(),
            cell.looks[1].text(),
            cell.delay
        );
    }
}

fn signals_section(page: &mut String, found: &Found) {
    page.push_str(
        "\n## Quality and performance signals\n\n\
         The mean of the last w windows, judged by the spread of the reference's windows; the series is \
         autoregressive, and the windows judged lie twenty windows later.\n\
         *found*: at 1 % when the level has moved by one standard deviation of the windows.\n\n\
         | reference windows | autocorrelation | w | p ≤ 5 % | p ≤ 1 % | found |\n|---|---|---|---|---|---|\n",
    );
    for cell in &found.signals {
        line!(
            page,
            "| {} | {} | {} | {} | {} | {:.0} % |",
            cell.n_windows,
            cell.autocorrelation,
            cell.over,
            cell.rates[0].text(),
            cell.rates[1].text(),
            100.0 * cell.power.share()
        );
    }
}
