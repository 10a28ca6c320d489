//! Intake, journal, lake and references in memory: plain JSON rows, one frame an append.
//!
//! It checks little and joins labels as the real engine does: a label carries the prediction it
//! belongs to, one label serves every version, a repeated row counts once.

use crate::lock;
use async_trait::async_trait;
use jiff::Timestamp;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::sync::Mutex;
use tokio::sync::Notify;
use trimtab_domain::documents::{ColumnRole, DataType, ModelSpec, Task};
use trimtab_domain::fold::{
    Fold, FoldModels, LabelAge, PerformanceDelta, PerformanceProfile, PredictionRole, ProfileDelta,
    ProfileKey,
};
use trimtab_domain::intake::{
    EventKind, IngestMode, MediaType, ModelProgress, Position, Receipt, Rejection, RejectionCode,
};
use trimtab_domain::ports::engine::{AsKnown, KnownPerformance};
use trimtab_domain::ports::{Append, EventLog, Intake, Lake};
use trimtab_domain::signal::{PointKind, SignalKey, SignalPoint};
use trimtab_domain::{Error, ModelName, Result, Window};
use trimtab_stats::{
    BinaryPerformance, ColumnGrid, ColumnProfile, DatasetProfile, Grid, RegressionPerformance,
};

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Prediction {
    pub(crate) id: String,
    pub(crate) version: String,
    pub(crate) role: PredictionRole,
    pub(crate) at: Timestamp,
    pub(crate) entity: Option<String>,
    pub(crate) values: Map<String, Value>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Label {
    id: String,
    pub(crate) value: Value,
    pub(crate) known_at: Timestamp,
}

/// A label with its prediction, and the label it corrects.
#[derive(Debug, Clone)]
struct Join {
    prediction: Prediction,
    label: Label,
    previous: Option<Label>,
}

#[derive(Debug, Clone)]
enum Event {
    Predicted(Prediction),
    Labelled(Box<Join>),
    Measured(SignalPoint),
    Complete(Timestamp),
}

#[derive(Debug, Clone)]
struct Frame {
    model: ModelName,
    events: Vec<Event>,
}

#[derive(Default)]
pub(crate) struct State {
    frames: Vec<Frame>,
    pub(crate) predictions: BTreeMap<(ModelName, String), Vec<Prediction>>,
    pub(crate) labels: BTreeMap<(ModelName, String), Label>,
    lake: Position,
}

/// The data plane without Arrow and disk.
#[derive(Default)]
pub struct MemoryEngine {
    pub(crate) state: Mutex<State>,
    grown: Notify,
}

fn position_after(n_frames: usize) -> Position {
    Position {
        segment: 1,
        offset: u64::try_from(n_frames).unwrap_or(u64::MAX),
    }
}

fn frames_before(position: Position) -> usize {
    if position.segment == 0 {
        0
    } else {
        usize::try_from(position.offset).unwrap_or(usize::MAX)
    }
}

/// JSON rows: an array, or one object a line.
pub(crate) fn rows(media_type: MediaType, body: &[u8]) -> Result<Vec<Map<String, Value>>> {
    let broken =
        |source: serde_json::Error| Error::invalid("the body is not JSON rows").with_source(source);
    match media_type {
        MediaType::Json => serde_json::from_slice(body).map_err(broken),
        MediaType::Ndjson => body
            .split(|byte| *byte == b'\n')
            .filter(|line| !line.trim_ascii().is_empty())
            .map(|line| serde_json::from_slice(line).map_err(broken))
            .collect(),
        _ => Err(Error::invalid("this engine reads JSON only")),
    }
}

fn text<'a>(row: &'a Map<String, Value>, field: &str) -> Option<&'a str> {
    row.get(field).and_then(Value::as_str)
}

pub(crate) fn instant(row: &Map<String, Value>, field: &str) -> Option<Timestamp> {
    text(row, field)?.parse().ok()
}

fn rejection(row: usize, field: &str, code: RejectionCode, reason: &str) -> Rejection {
    Rejection {
        row: u64::try_from(row).unwrap_or(u64::MAX),
        field: Some(field.to_owned()),
        reason: reason.to_owned(),
        fix: format!("mend `{field}` and send the row again"),
        code,
    }
}

fn read_prediction(
    spec: &ModelSpec,
    row: usize,
    mut values: Map<String, Value>,
) -> std::result::Result<Prediction, Rejection> {
    let missing = |field: &str| rejection(row, field, RejectionCode::MissingField, "it is missing");
    let id = text(&values, "prediction_id")
        .ok_or_else(|| missing("prediction_id"))?
        .to_owned();
    let at = instant(&values, "timestamp").ok_or_else(|| missing("timestamp"))?;
    let version = text(&values, "model_version")
        .unwrap_or(&spec.default_version)
        .to_owned();
    let role = match text(&values, "role") {
        Some("shadow") => PredictionRole::Shadow,
        _ => PredictionRole::Live,
    };
    let entity = text(&values, "entity_id").map(str::to_owned);
    for field in [
        "prediction_id",
        "timestamp",
        "model_version",
        "role",
        "entity_id",
    ] {
        values.remove(field);
    }
    for (name, value) in &values {
        let Some(column) = spec.column(name) else {
            let reason = "the model has no such column";
            return Err(rejection(row, name, RejectionCode::UnknownColumn, reason));
        };
        let fits = value.is_null()
            || match column.data_type {
                DataType::Float => value.is_number(),
                DataType::Integer => value.is_i64() || value.is_u64(),
                DataType::String => value.is_string(),
                DataType::Boolean => value.is_boolean(),
                DataType::Timestamp => value.as_str().is_some(),
            };
        if !fits {
            let reason = "the value does not have the column's type";
            return Err(rejection(row, name, RejectionCode::WrongType, reason));
        }
    }
    Ok(Prediction {
        id,
        version,
        role,
        at,
        entity,
        values,
    })
}

impl State {
    fn append_prediction(
        &mut self,
        model: &ModelName,
        prediction: Prediction,
        events: &mut Vec<Event>,
    ) -> Appended {
        let key = (model.clone(), prediction.id.clone());
        let known = self.predictions.entry(key.clone()).or_default();
        let same = known
            .iter()
            .find(|one| (&one.version, one.role) == (&prediction.version, prediction.role));
        match same {
            Some(one) if *one == prediction => return Appended::Duplicate,
            Some(_) => return Appended::Conflict,
            None => known.push(prediction.clone()),
        }
        events.push(Event::Predicted(prediction.clone()));
        if let Some(label) = self.labels.get(&key) {
            events.push(Event::Labelled(Box::new(Join {
                prediction,
                label: label.clone(),
                previous: None,
            })));
        }
        Appended::New
    }

    fn append_label(
        &mut self,
        model: &ModelName,
        label: Label,
        events: &mut Vec<Event>,
    ) -> Appended {
        let key = (model.clone(), label.id.clone());
        let previous = self.labels.get(&key).cloned();
        if let Some(previous) = &previous {
            if previous.value == label.value {
                return Appended::Duplicate;
            }
            if label.known_at < previous.known_at {
                return Appended::Duplicate;
            }
        }
        for prediction in self.predictions.get(&key).into_iter().flatten() {
            events.push(Event::Labelled(Box::new(Join {
                prediction: prediction.clone(),
                label: label.clone(),
                previous: previous.clone(),
            })));
        }
        self.labels.insert(key, label);
        Appended::New
    }
}

enum Appended {
    New,
    Duplicate,
    Conflict,
}

#[async_trait]
impl Intake for MemoryEngine {
    async fn append(&self, batch: Append) -> Result<Receipt> {
        let spec = &batch.model;
        let mut receipt = Receipt::default();
        let mut predictions = Vec::new();
        let mut labels = Vec::new();
        let mut points = Vec::new();
        for (row, values) in rows(batch.media_type, &batch.body)?.into_iter().enumerate() {
            let read = match batch.kind {
                EventKind::Predictions => {
                    read_prediction(spec, row, values).map(|one| predictions.push((row, one)))
                }
                EventKind::Labels => {
                    read_label(row, &values, batch.received_at).map(|one| labels.push((row, one)))
                }
                EventKind::MetricPoints => {
                    read_point(spec, row, &values).map(|one| points.push(one))
                }
            };
            if let Err(rejection) = read {
                receipt.rejected.push(rejection);
            }
        }
        let mut state = lock(&self.state);
        let mut events = Vec::new();
        if receipt.rejected.is_empty() || batch.mode == IngestMode::AcceptValid {
            for (row, prediction) in predictions {
                match state.append_prediction(&spec.name, prediction, &mut events) {
                    Appended::New => receipt.accepted += 1,
                    Appended::Duplicate => receipt.duplicates += 1,
                    Appended::Conflict => receipt.rejected.push(rejection(
                        row,
                        "prediction_id",
                        RejectionCode::IdConflict,
                        "the id was sent before with other content",
                    )),
                }
            }
            for (_, label) in labels {
                match state.append_label(&spec.name, label, &mut events) {
                    Appended::New => receipt.accepted += 1,
                    Appended::Duplicate | Appended::Conflict => receipt.duplicates += 1,
                }
            }
            for point in points {
                receipt.accepted += 1;
                events.push(Event::Measured(point));
            }
        }
        receipt.n_rejected = u64::try_from(receipt.rejected.len()).unwrap_or(u64::MAX);
        if !events.is_empty() {
            let model = spec.name.clone();
            state.frames.push(Frame { model, events });
        }
        receipt.position = position_after(state.frames.len());
        drop(state);
        self.grown.notify_waiters();
        Ok(receipt)
    }

    async fn complete(
        &self,
        model: &ModelName,
        until: Timestamp,
        _received_at: Timestamp,
    ) -> Result<Position> {
        let mut state = lock(&self.state);
        state.frames.push(Frame {
            model: model.clone(),
            events: vec![Event::Complete(until)],
        });
        let position = position_after(state.frames.len());
        drop(state);
        self.grown.notify_waiters();
        Ok(position)
    }
}

fn read_label(
    row: usize,
    values: &Map<String, Value>,
    received_at: Timestamp,
) -> std::result::Result<Label, Rejection> {
    let missing = |field: &str| rejection(row, field, RejectionCode::MissingField, "it is missing");
    Ok(Label {
        id: text(values, "prediction_id")
            .ok_or_else(|| missing("prediction_id"))?
            .to_owned(),
        value: values
            .get("label")
            .filter(|value| !value.is_null())
            .ok_or_else(|| missing("label"))?
            .clone(),
        known_at: instant(values, "label_timestamp").unwrap_or(received_at),
    })
}

fn read_point(
    spec: &ModelSpec,
    row: usize,
    values: &Map<String, Value>,
) -> std::result::Result<SignalPoint, Rejection> {
    let missing = |field: &str| rejection(row, field, RejectionCode::MissingField, "it is missing");
    let name = text(values, "name").ok_or_else(|| missing("name"))?;
    let at = instant(values, "timestamp").ok_or_else(|| missing("timestamp"))?;
    let value = values
        .get("value")
        .and_then(Value::as_f64)
        .ok_or_else(|| missing("value"))?;
    let zone = spec.zone().map_err(|_| missing("time_zone"))?;
    let window = spec
        .granularity
        .window(at, &zone)
        .map_err(|_| missing("timestamp"))?;
    let labels = values
        .get("labels")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())))
        .collect();
    Ok(SignalPoint {
        key: SignalKey {
            model: spec.name.clone(),
            name: format!("metric.{name}"),
            labels,
        },
        window,
        value: Some(value),
        n: 1,
        kind: PointKind::Measured,
    })
}

/// The text of a category or a label, as it is counted.
pub(crate) fn word(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

pub(crate) fn profile_rows(grid: &Grid, rows: &[&Map<String, Value>]) -> Result<DatasetProfile> {
    let mut profile = DatasetProfile::empty(grid);
    profile.n_rows = u64::try_from(rows.len()).unwrap_or(u64::MAX);
    for ((name, grid), column) in grid.columns.iter().zip(&mut profile.columns) {
        let values = rows
            .iter()
            .map(|row| row.get(name).filter(|value| !value.is_null()));
        match (grid, column) {
            (ColumnGrid::Numeric(grid), ColumnProfile::Numeric(numbers)) => {
                let found: Vec<Option<f64>> =
                    values.map(|value| value.and_then(Value::as_f64)).collect();
                let present: Vec<f64> = found.iter().copied().flatten().collect();
                let n_missing = found.len() - present.len();
                numbers.add_values(grid, &present);
                numbers.add_missing(u64::try_from(n_missing).unwrap_or(u64::MAX));
            }
            (ColumnGrid::Categorical(grid), ColumnProfile::Categorical(words)) => {
                for value in values {
                    match value.and_then(word) {
                        Some(word) => words.add(grid, &word, 1),
                        None => words.add_missing(1),
                    }
                }
            }
            _ => return Err(Error::internal("a profile does not fit its grid")),
        }
    }
    Ok(profile)
}

/// Adds (or takes away) one label of a prediction.
pub(crate) fn labelled(
    spec: &ModelSpec,
    prediction: &Prediction,
    label: &Value,
    total: &mut Option<PerformanceProfile>,
) {
    let number = |role| {
        let column = spec.column_of_role(role)?;
        prediction.values.get(&column.name)?.as_f64()
    };
    match spec.task {
        Task::BinaryClassification => {
            let score = number(ColumnRole::Score);
            let decided = spec
                .column_of_role(ColumnRole::Prediction)
                .and_then(|column| prediction.values.get(&column.name))
                .and_then(word)
                .map(|word| word == spec.positive_label);
            let is_positive = decided
                .unwrap_or_else(|| score.is_some_and(|score| score >= spec.decision_threshold));
            let truth = word(label).is_some_and(|word| word == spec.positive_label);
            let profile = total
                .get_or_insert_with(|| PerformanceProfile::Binary(BinaryPerformance::default()));
            if let PerformanceProfile::Binary(binary) = profile {
                binary.add(score, is_positive, truth);
            }
        }
        Task::Regression => {
            let profile = total.get_or_insert_with(|| {
                PerformanceProfile::Regression(RegressionPerformance::default())
            });
            if let (PerformanceProfile::Regression(regression), Some(value), Some(label)) =
                (profile, number(ColumnRole::Prediction), label.as_f64())
            {
                regression.add(value, label);
            }
        }
    }
}

fn key_of(spec: &ModelSpec, prediction: &Prediction, segment: String) -> Result<ProfileKey> {
    Ok(ProfileKey {
        model: spec.name.clone(),
        version: prediction.version.clone(),
        role: prediction.role,
        segment,
        window: spec.granularity.window(prediction.at, &spec.zone()?)?,
    })
}

/// All traffic, and one segment for each of the model's segment columns.
fn segments_of(spec: &ModelSpec, prediction: &Prediction) -> Vec<String> {
    let cut = spec.segments.iter().filter_map(|name| {
        let value = word(prediction.values.get(name)?)?;
        Some(format!("{name}={value}"))
    });
    std::iter::once(String::new()).chain(cut).collect()
}

#[derive(Default)]
struct Folding<'a> {
    rows: BTreeMap<ProfileKey, Vec<&'a Map<String, Value>>>,
    added: BTreeMap<(ProfileKey, LabelAge), Option<PerformanceProfile>>,
    removed: BTreeMap<(ProfileKey, LabelAge), Option<PerformanceProfile>>,
    progress: ModelProgress,
}

impl<'a> Folding<'a> {
    fn predicted(&mut self, spec: &ModelSpec, prediction: &'a Prediction) -> Result<()> {
        for segment in segments_of(spec, prediction) {
            let key = key_of(spec, prediction, segment)?;
            self.rows.entry(key).or_default().push(&prediction.values);
        }
        let at = prediction.at;
        let from = self.progress.data_from.get_or_insert(at);
        *from = (*from).min(at);
        self.progress.watermark = self.progress.watermark.max(Some(at));
        Ok(())
    }

    fn labelled(
        &mut self,
        spec: &ModelSpec,
        prediction: &Prediction,
        label: &Label,
        previous: Option<&Label>,
    ) -> Result<()> {
        for segment in segments_of(spec, prediction) {
            let key = key_of(spec, prediction, segment)?;
            let age = LabelAge::of(prediction.at, label.known_at);
            let added = self.added.entry((key.clone(), age)).or_default();
            labelled(spec, prediction, &label.value, added);
            if let Some(previous) = previous {
                let age = LabelAge::of(prediction.at, previous.known_at);
                let removed = self.removed.entry((key, age)).or_default();
                labelled(spec, prediction, &previous.value, removed);
            }
        }
        let known_at = Some(label.known_at);
        self.progress.labels_through = self.progress.labels_through.max(known_at);
        Ok(())
    }

    fn finish(self, grid: Option<&Grid>, fold: &mut Fold, model: &ModelName) -> Result<()> {
        for (key, rows) in self.rows {
            let profile = match grid {
                Some(grid) => profile_rows(grid, &rows)?,
                None => DatasetProfile {
                    n_rows: u64::try_from(rows.len()).unwrap_or(u64::MAX),
                    columns: Vec::new(),
                },
            };
            fold.profiles.push(ProfileDelta {
                key,
                grid_version: grid.map_or(0, |grid| grid.version),
                profile,
            });
        }
        let mut removed = self.removed;
        for ((key, age), added) in self.added {
            let taken = removed.remove(&(key.clone(), age)).flatten();
            fold.performance.push(PerformanceDelta {
                key,
                age,
                added,
                removed: taken,
            });
        }
        for ((key, age), taken) in removed {
            fold.performance.push(PerformanceDelta {
                key,
                age,
                added: None,
                removed: taken,
            });
        }
        fold.progress.insert(model.clone(), self.progress);
        Ok(())
    }
}

#[async_trait]
impl EventLog for MemoryEngine {
    async fn fold(&self, from: Position, n_rows_max: u64, models: &FoldModels) -> Result<Fold> {
        let state = lock(&self.state);
        let mut fold = Fold {
            next: from,
            ..Fold::default()
        };
        let mut folding: BTreeMap<&ModelName, Folding<'_>> = BTreeMap::new();
        for (place, frame) in state.frames.iter().enumerate().skip(frames_before(from)) {
            if fold.n_rows >= n_rows_max {
                break;
            }
            fold.n_rows += u64::try_from(frame.events.len()).unwrap_or(u64::MAX);
            fold.next = position_after(place + 1);
            let Some(model) = models.get(&frame.model) else {
                continue;
            };
            let spec = &*model.spec;
            let one = folding.entry(&frame.model).or_default();
            for event in &frame.events {
                match event {
                    Event::Predicted(prediction) => one.predicted(spec, prediction)?,
                    Event::Labelled(join) => {
                        let previous = join.previous.as_ref();
                        one.labelled(spec, &join.prediction, &join.label, previous)?;
                    }
                    Event::Measured(point) => fold.points.push(point.clone()),
                    Event::Complete(until) => {
                        let known = one.progress.complete_until;
                        one.progress.complete_until = known.max(Some(*until));
                    }
                }
            }
        }
        for (name, one) in folding {
            let grid = models.get(name).and_then(|model| model.grid.as_deref());
            one.finish(grid, &mut fold, name)?;
        }
        Ok(fold)
    }

    fn head(&self) -> Position {
        let n_frames = lock(&self.state).frames.len();
        if n_frames == 0 {
            Position::default()
        } else {
            position_after(n_frames)
        }
    }

    async fn wait_beyond(&self, position: Position) {
        loop {
            let grown = self.grown.notified();
            if self.head() > position {
                return;
            }
            grown.await;
        }
    }

    async fn trim(&self, _before: Position) -> Result<()> {
        Ok(())
    }

    fn size_bytes(&self) -> u64 {
        0
    }
}

#[async_trait]
impl Lake for MemoryEngine {
    async fn write_pending(&self, _models: &FoldModels) -> Result<Position> {
        let head = self.head();
        lock(&self.state).lake = head;
        Ok(head)
    }

    async fn position(&self) -> Result<Position> {
        Ok(lock(&self.state).lake)
    }

    async fn profile_again(&self, model: &ModelSpec, grid: &Grid) -> Result<Vec<ProfileDelta>> {
        let state = lock(&self.state);
        let mut folding = Folding::default();
        let frames = state.frames.iter().take(frames_before(state.lake));
        for event in frames
            .filter(|frame| frame.model == model.name)
            .flat_map(|frame| &frame.events)
        {
            if let Event::Predicted(prediction) = event {
                folding.predicted(model, prediction)?;
            }
        }
        let mut fold = Fold::default();
        folding.finish(Some(grid), &mut fold, &model.name)?;
        Ok(fold.profiles)
    }

    async fn performance_as_known(&self, query: &AsKnown) -> Result<Vec<KnownPerformance>> {
        let spec = &*query.model;
        let zone = spec.zone()?;
        let state = lock(&self.state);
        let mut found: BTreeMap<Window, (u64, Option<PerformanceProfile>)> = BTreeMap::new();
        for ((model, id), predictions) in &state.predictions {
            if *model != spec.name {
                continue;
            }
            for prediction in predictions {
                let is_wanted = match &query.version {
                    Some(version) => prediction.version == *version,
                    None => prediction.role == PredictionRole::Live,
                };
                if !is_wanted || !query.range.contains(prediction.at) {
                    continue;
                }
                let window = query.granularity.window(prediction.at, &zone)?;
                let (n, total) = found.entry(window).or_default();
                *n += 1;
                let label = state.labels.get(&(model.clone(), id.clone()));
                if let Some(label) = label.filter(|label| label.known_at <= query.known_at) {
                    labelled(spec, prediction, &label.value, total);
                }
            }
        }
        Ok(found
            .into_iter()
            .filter_map(|(window, (n_predictions, performance))| {
                Some(KnownPerformance {
                    window,
                    n_predictions,
                    performance: performance?,
                })
            })
            .collect())
    }

    async fn delete_model(&self, model: &ModelName) -> Result<()> {
        let mut state = lock(&self.state);
        state.predictions.retain(|(whose, _), _| whose != model);
        state.labels.retain(|(whose, _), _| whose != model);
        for frame in &mut state.frames {
            if frame.model == *model {
                frame.events.clear();
            }
        }
        Ok(())
    }
}
