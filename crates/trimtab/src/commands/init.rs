//! `init`: the documents of a model, written from a data set.

use crate::cli::{ClockArg, InitArgs};
use crate::terminal;
use crate::world::WallClock;
use anyhow::{Context, Result, bail};
use jiff::{SignedDuration, Timestamp};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use trimtab_app::report::numbers;
use trimtab_domain::ModelName;
use trimtab_domain::documents::DataType;
use trimtab_domain::ports::Clock;
use trimtab_engine::inspect::{InspectedColumn, Inspection, inspect};

/// A data set that ends longer ago than this is a log of the past.
const PAST: SignedDuration = SignedDuration::from_hours(24 * 30);
/// Numbers with so few values are probably classes.
const CLASSES_MAX: u64 = 2;

/// What a column is for, by its name and type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// Part of every event, not listed.
    Envelope,
    Timestamp,
    Id,
    Score,
    Prediction,
    Label,
    LabelTimestamp,
    Latency,
    Feature,
}

pub(crate) async fn run(args: InitArgs) -> Result<()> {
    let path = args.file.clone();
    let inspection = tokio::task::spawn_blocking(move || inspect(&path))
        .await?
        .map_err(|err| super::told(&err))?;
    let name = model_name(&args)?;
    let folder = args.output.clone().unwrap_or_else(|| PathBuf::from(&name));
    let draft = Draft::new(&name, &args, &inspection)?;
    let files = [
        ("model.yaml", draft.model()?),
        ("reference.yaml", draft.reference(&folder)?),
        ("monitors.yaml", draft.monitors()),
        ("rules.yaml", draft.rules()),
    ];
    for (file, _) in &files {
        let path = folder.join(file);
        if path.exists() && !args.force {
            bail!(
                "{} is there already; nothing was written\n  hint: --force overwrites, -o names \
                 another folder",
                path.display()
            );
        }
    }
    std::fs::create_dir_all(&folder)
        .with_context(|| format!("cannot make {}", folder.display()))?;
    for (file, text) in files {
        let path = folder.join(file);
        std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
        terminal::line(&path.display().to_string())?;
    }
    terminal::note(&draft.seen());
    terminal::note(&format!(
        "Look through them, then: trimtab apply {}",
        folder.display()
    ));
    Ok(())
}

fn model_name(args: &InitArgs) -> Result<String> {
    let stem = args
        .file
        .file_stem()
        .map(|stem| stem.to_string_lossy().into_owned())
        .unwrap_or_default();
    let name = args.model.clone().unwrap_or_else(|| {
        let short = ["_reference", "-reference", "_train", "-train"]
            .iter()
            .find_map(|end| stem.strip_suffix(end))
            .unwrap_or(&stem);
        short
            .chars()
            .map(|c| {
                if c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.') {
                    c
                } else {
                    '-'
                }
            })
            .collect()
    });
    ModelName::new(name.as_str()).map_err(|err| super::told(&err))?;
    Ok(name)
}

/// What was recognised.
struct Draft<'a> {
    name: &'a str,
    file: &'a Path,
    inspection: &'a Inspection,
    parts: Vec<(Part, &'a InspectedColumn)>,
    is_event_clock: bool,
}

impl<'a> Draft<'a> {
    fn new(name: &'a str, args: &'a InitArgs, inspection: &'a Inspection) -> Result<Self> {
        let mut parts: Vec<(Part, &InspectedColumn)> = Vec::new();
        for column in &inspection.columns {
            let part = part_of(column);
            // One column per part: the second one is a feature, or nothing.
            let is_taken = part != Part::Feature
                && part != Part::Envelope
                && part != Part::Id
                && parts.iter().any(|(other, _)| *other == part);
            let is_feature_shaped = !matches!(column.data_type, None | Some(DataType::Timestamp));
            let part = match (is_taken, is_feature_shaped) {
                (false, _) => part,
                (true, true) => Part::Feature,
                (true, false) => Part::Envelope,
            };
            parts.push((part, column));
        }
        if !parts.iter().any(|(part, _)| *part == Part::Feature) {
            bail!(
                "{}: no column looks like an input of a model",
                args.file.display()
            );
        }
        let last = parts
            .iter()
            .find(|(part, _)| *part == Part::Timestamp)
            .and_then(|(_, column)| column.period)
            .map(|(_, last)| last);
        let is_event_clock = match args.clock {
            ClockArg::Event => true,
            ClockArg::Live => false,
            ClockArg::Auto => last.is_some_and(|last| is_past(last, WallClock.now())),
        };
        Ok(Self {
            name,
            file: &args.file,
            inspection,
            parts,
            is_event_clock,
        })
    }

    fn has(&self, part: Part) -> bool {
        self.column(part).is_some()
    }

    fn column(&self, part: Part) -> Option<&InspectedColumn> {
        self.parts
            .iter()
            .find(|(other, _)| *other == part)
            .map(|(_, column)| *column)
    }

    /// Two classes, or a number.
    fn is_binary(&self) -> bool {
        if self.has(Part::Score) {
            return true;
        }
        let few = |part| {
            self.column(part)
                .is_some_and(|column| column.n_distinct <= CLASSES_MAX)
        };
        few(Part::Label) || few(Part::Prediction)
    }

    /// The label value that counts as positive.
    fn positive_label(&self) -> Option<String> {
        let values = self
            .column(Part::Label)
            .or_else(|| self.column(Part::Prediction))?
            .values
            .as_ref()?;
        ["1", "true", "True", "yes", "Yes", "Y", "y"]
            .iter()
            .find(|word| values.iter().any(|value| value == *word))
            .map(|word| (*word).to_owned())
            .or_else(|| values.last().cloned())
    }

    fn model(&self) -> Result<String> {
        let mut text = format!(
            "# Written by `trimtab init` from {} rows of\n# {}\n\
             # Look through it: types and roles are inferred, and what is wrong here is wrong in\n\
             # every chart.\n\
             kind: model\nname: {}\n",
            numbers::full_count(self.inspection.n_rows),
            self.file.display(),
            quoted(self.name)
        );
        if self.is_binary() {
            text.push_str("task: binary_classification\n");
            if let Some(label) = self.positive_label() {
                write!(
                    text,
                    "# The label that counts as positive. The threshold is for rows that carry a score\n\
                     # and no prediction.\n\
                     positive_label: {}\ndecision_threshold: 0.5\n",
                    quoted_always(&label)
                )?;
            }
        } else {
            text.push_str("task: regression\n");
        }
        text.push_str(
            "# Days begin at midnight in this zone.\ntime_zone: UTC\n\
             # `live`: windows also close by the wall clock, so that silence is noticed.\n\
             # `event`: only the events close windows, for logs of the past.\n",
        );
        writeln!(
            text,
            "clock: {}",
            if self.is_event_clock { "event" } else { "live" }
        )?;
        text.push_str("granularity: hour\n");
        write!(
            text,
            "# How long labels usually take; performance is judged when windows are this old.\n\
             label_delay_seconds: {}\n",
            self.label_delay_seconds()
        )?;
        if let Some(version) = self.version() {
            writeln!(text, "default_version: {}", quoted_always(&version))?;
        }
        text.push_str(
            "# Every event also has prediction_id, timestamp and, if you like, model_version,\n\
             # role (live or shadow) and entity_id. Declare the other columns here. Helpful\n\
             # additions: `importance` (any positive scale), `unit`, `min` and `max`.\ncolumns:\n",
        );
        for (part, column) in &self.parts {
            if let Some(line) = column_line(*part, column, self.is_binary()) {
                writeln!(text, "  - {line}")?;
            }
        }
        let others = self.unlisted();
        if !others.is_empty() {
            writeln!(text, "# Not listed: {}", others.join(", "))?;
        }
        Ok(text)
    }

    /// How long labels took in the data set, in whole hours and at least one.
    fn label_delay_seconds(&self) -> i64 {
        const DAY: i64 = 86_400;
        let period = |part| self.column(part).and_then(|column| column.period);
        let (Some(events), Some(labels)) = (period(Part::Timestamp), period(Part::LabelTimestamp))
        else {
            return DAY;
        };
        let latest = labels.1.duration_since(events.1).as_secs().max(0);
        (latest / 3_600 + 1) * 3_600
    }

    fn version(&self) -> Option<String> {
        let (_, column) = self
            .parts
            .iter()
            .find(|(_, column)| column.name == "model_version")?;
        column.values.as_ref()?.last().cloned()
    }

    fn unlisted(&self) -> Vec<String> {
        self.parts
            .iter()
            .filter(|(part, column)| {
                *part == Part::Envelope && !ENVELOPE.contains(&column.name.as_str())
            })
            .map(|(_, column)| column.name.clone())
            .collect()
    }

    fn reference(&self, folder: &Path) -> Result<String> {
        let file = relative(self.file, folder)?;
        Ok(format!(
            "# What current windows are compared with. `trimtab apply` uploads the file.\n\
             kind: reference\nmodel: {}\nname: first\ndata:\n  file: {}\n",
            quoted(self.name),
            quoted_always(&file)
        ))
    }

    fn monitors(&self) -> String {
        let head = |name: &str, what: &str| {
            format!(
                "# {what}\nkind: monitor\nmodel: {}\nname: {name}\nwindow: day\nmonitors:\n",
                quoted(self.name)
            )
        };
        let mut documents = vec![
            head("inputs", "Do the inputs still look like the reference's?") + "  data_drift: {}\n",
        ];
        if self.has(Part::Score) || self.has(Part::Prediction) {
            documents.push(
                head(
                    "outputs",
                    "Do scores and predictions still look like the reference's?",
                ) + "  prediction_drift: {}\n",
            );
        }
        if self.has(Part::Label) && (self.has(Part::Score) || self.has(Part::Prediction)) {
            let metric = match (self.is_binary(), self.has(Part::Score)) {
                (true, true) => "roc_auc",
                (true, false) => "f1",
                (false, _) => "mae",
            };
            documents.push(
                head(
                    "quality-of-predictions",
                    "Is the model still as good as on the reference?",
                ) + &format!("  performance: {{metric: {metric}}}\n"),
            );
        }
        documents.push(
            head(
                "data-quality",
                "Missing values, ranges, unseen categories, volume.",
            ) + "  data_quality: {checks: [missing, out_of_range, unseen, volume]}\n",
        );
        if self.has(Part::Latency) {
            documents.push(
                head(
                    "service",
                    "How long do predictions take? Set a limit to be told.",
                ) + "  service: {latency_quantile: 0.95}\n",
            );
        }
        documents.join("---\n")
    }

    fn rules(&self) -> String {
        let rule = |name: &str, monitor: &str| {
            format!(
                "kind: rule\nmodel: {}\nname: {name}\nwhen:\n  monitor: {{monitor: {monitor}}}\n\
                 for_windows: 2\nresolve_after_windows: 2\n",
                quoted(self.name)
            )
        };
        let mut documents = vec![rule("inputs-drifted", "inputs")];
        if self.has(Part::Label) && (self.has(Part::Score) || self.has(Part::Prediction)) {
            documents.push(rule("quality-lost", "quality-of-predictions"));
        }
        documents.push(rule("data-broken", "data-quality"));
        format!(
            "# When to open an incident. To be told by webhook, add a channel document and name it\n\
             # in each rule:\n\
             #   channels: [hook]\n\
             # and, as a document of its own:\n\
             #   kind: channel\n\
             #   name: hook\n\
             #   to:\n\
             #     webhook: {{url: https://example.com/trimtab, secret: {{env: HOOK_SECRET}}}}\n{}",
            documents.join("---\n")
        )
    }

    /// What was recognised, in one line.
    fn seen(&self) -> String {
        let mut seen = Vec::new();
        for (part, word) in [
            (Part::Timestamp, "timestamp"),
            (Part::Id, "id"),
            (Part::Score, "score"),
            (Part::Prediction, "prediction"),
            (Part::Label, "label"),
            (Part::LabelTimestamp, "label timestamp"),
            (Part::Latency, "latency"),
        ] {
            if let Some(column) = self.column(part) {
                seen.push(format!("{word}: {}", column.name));
            }
        }
        let n = self
            .parts
            .iter()
            .filter(|(part, _)| *part == Part::Feature)
            .count();
        seen.push(format!("inputs: {n}"));
        format!("Recognised: {}.", seen.join(", "))
    }
}

/// Fields that are part of every event.
const ENVELOPE: [&str; 4] = ["prediction_id", "model_version", "role", "entity_id"];

fn part_of(column: &InspectedColumn) -> Part {
    let name = column.name.to_ascii_lowercase();
    let is_number = matches!(column.data_type, Some(DataType::Float | DataType::Integer));
    let is_instant = column.data_type == Some(DataType::Timestamp);
    let is_share =
        column.min.is_some_and(|min| min >= 0.0) && column.max.is_some_and(|max| max <= 1.0);
    match name.as_str() {
        "label_timestamp" | "label_time" if is_instant => Part::LabelTimestamp,
        "timestamp" | "time" | "datetime" | "event_time" | "ts" | "date" if is_instant => {
            Part::Timestamp
        }
        "prediction_id" | "id" | "uuid" | "row_id" | "request_id" => Part::Id,
        "model_version" | "role" | "entity_id" => Part::Envelope,
        "score" | "proba" | "probability" | "y_pred_proba" | "y_score" | "y_prob"
            if is_number && is_share =>
        {
            Part::Score
        }
        "prediction" | "predicted" | "y_pred" | "y_hat" => Part::Prediction,
        "label" | "target" | "y_true" | "y" | "ground_truth" | "class" => Part::Label,
        "latency_ms" if is_number => Part::Latency,
        _ if is_instant && name.contains("label") => Part::LabelTimestamp,
        _ if is_instant => Part::Timestamp,
        _ if column.data_type.is_none() => Part::Envelope,
        _ => Part::Feature,
    }
}

/// The line of a column, or nothing for what every event has anyway.
fn column_line(part: Part, column: &InspectedColumn, is_binary: bool) -> Option<String> {
    let name = quoted(&column.name);
    let data_type = match column.data_type? {
        DataType::Float => "float",
        DataType::Integer => "integer",
        DataType::String => "string",
        DataType::Boolean => "boolean",
        DataType::Timestamp => "timestamp",
    };
    match part {
        Part::Envelope | Part::LabelTimestamp => None,
        Part::Timestamp if column.name == "timestamp" => None,
        Part::Timestamp => Some(format!(
            "{{name: {name}, data_type: timestamp, role: timestamp}}"
        )),
        Part::Id if column.name == "prediction_id" || column.name == "id" => None,
        Part::Id => Some(format!(
            "{{name: {name}, data_type: {data_type}, role: id}}"
        )),
        Part::Score => Some(format!(
            "{{name: {name}, data_type: float, role: score, min: 0, max: 1}}"
        )),
        Part::Prediction => {
            let semantic = if is_binary && data_type != "string" && data_type != "boolean" {
                ", semantic: categorical"
            } else {
                ""
            };
            Some(format!(
                "{{name: {name}, data_type: {data_type}, role: prediction{semantic}}}"
            ))
        }
        Part::Label => Some(format!(
            "{{name: {name}, data_type: {data_type}, role: label}}"
        )),
        Part::Latency => Some(format!(
            "{{name: {name}, data_type: float, role: latency, unit: ms, min: 0}}"
        )),
        Part::Feature => Some(format!("{{name: {name}, data_type: {data_type}}}")),
    }
}

fn is_past(last: Timestamp, now: Timestamp) -> bool {
    now.duration_since(last) > PAST
}

/// A path as seen from a folder that may not exist yet.
fn relative(file: &Path, folder: &Path) -> Result<String> {
    let file = std::path::absolute(file)?;
    let folder = std::path::absolute(folder)?;
    let shared = file
        .components()
        .zip(folder.components())
        .take_while(|(a, b)| a == b)
        .count();
    let mut path = PathBuf::new();
    for _ in folder.components().skip(shared) {
        path.push("..");
    }
    path.extend(file.components().skip(shared));
    Ok(path.display().to_string())
}

/// A text as YAML: plain where that is safe.
fn quoted(text: &str) -> String {
    let is_plain = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'))
        && !matches!(
            text.to_ascii_lowercase().as_str(),
            "true" | "false" | "null" | "yes" | "no" | "on" | "off" | "y" | "n"
        );
    if is_plain {
        return text.to_owned();
    }
    quoted_always(text)
}

/// A text in quotes: JSON's are YAML's.
fn quoted_always(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(name: &str, data_type: DataType) -> InspectedColumn {
        InspectedColumn {
            name: name.to_owned(),
            data_type: Some(data_type),
            n_missing: 0,
            n_distinct: 100,
            min: Some(0.0),
            max: Some(1.0),
            values: None,
            period: None,
        }
    }

    #[test]
    fn parts_are_recognised_by_name_and_type() {
        let part = |name, data_type| part_of(&column(name, data_type));
        assert_eq!(part("timestamp", DataType::Timestamp), Part::Timestamp);
        assert_eq!(
            part("label_timestamp", DataType::Timestamp),
            Part::LabelTimestamp
        );
        assert_eq!(part("y_pred_proba", DataType::Float), Part::Score);
        assert_eq!(part("score", DataType::String), Part::Feature);
        assert_eq!(part("class", DataType::String), Part::Label);
        assert_eq!(part("model_version", DataType::String), Part::Envelope);
        assert_eq!(part("age", DataType::Integer), Part::Feature);
        let wide = InspectedColumn {
            max: Some(700.0),
            ..column("score", DataType::Float)
        };
        assert_eq!(part_of(&wide), Part::Feature, "a credit score is an input");
    }

    #[test]
    fn odd_names_are_quoted() {
        assert_eq!(quoted("age"), "age");
        assert_eq!(quoted("a b: c"), "\"a b: c\"");
        assert_eq!(quoted("no"), "\"no\"");
        assert_eq!(quoted("1"), "\"1\"");
    }

    #[test]
    fn paths_are_relative_to_the_documents() {
        let text = relative(Path::new("/a/b/x.parquet"), Path::new("/a/c/d")).unwrap();
        assert_eq!(text, "../../b/x.parquet");
        let text = relative(Path::new("/a/b/x.parquet"), Path::new("/a/b")).unwrap();
        assert_eq!(text, "x.parquet");
    }
}
