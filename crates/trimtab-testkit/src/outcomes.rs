//! Outcomes of two versions, from rows in memory.

use crate::engine::{Label, MemoryEngine, Prediction, word};
use crate::lock;
use async_trait::async_trait;
use serde_json::Value;
use trimtab_domain::Result;
use trimtab_domain::ab_test::{AbDesign, LabelOutcome, Outcome, Outcomes};
use trimtab_domain::documents::{ColumnRole, ModelSpec, Task};
use trimtab_domain::fold::PredictionRole;
use trimtab_domain::ports::OutcomeLog;
use trimtab_domain::ports::ab_test::{AbEvidence, AbQuery};

#[async_trait]
impl OutcomeLog for MemoryEngine {
    async fn ab_evidence(&self, query: &AbQuery) -> Result<Vec<AbEvidence>> {
        let mut outcomes = Outcomes::default();
        let state = lock(&self.state);
        let of_model = state
            .predictions
            .iter()
            .filter(|((model, _), _)| *model == query.model.name);
        for (key, versions) in of_model {
            for prediction in versions {
                let Some(is_challenger) = side(query, prediction) else {
                    continue;
                };
                if is_challenger && prediction.at < query.since {
                    continue;
                }
                let label = state.labels.get(key);
                let row = outcome(query, prediction, is_challenger, label, &mut outcomes);
                outcomes.push(row);
            }
        }
        drop(state);
        outcomes.evidence(query)
    }
}

fn side(query: &AbQuery, prediction: &Prediction) -> Option<bool> {
    let is_live = prediction.role == PredictionRole::Live;
    if prediction.version == query.champion {
        return is_live.then_some(false);
    }
    let is_served = is_live || query.design == AbDesign::Shadow;
    (prediction.version == query.challenger && is_served).then_some(true)
}

fn outcome(
    query: &AbQuery,
    prediction: &Prediction,
    is_challenger: bool,
    label: Option<&Label>,
    outcomes: &mut Outcomes,
) -> Outcome {
    let spec = &query.model;
    let of_role = |role| prediction.values.get(&spec.column_of_role(role)?.name);
    let id = hash(&prediction.id);
    let segments = query.segments.iter().filter_map(|name| {
        let value = word(prediction.values.get(name)?)?;
        outcomes.segment(&format!("{name}={value}"))
    });
    Outcome {
        unit: prediction.entity.as_deref().map_or(id, hash),
        id,
        is_challenger,
        at_us: prediction.at.as_microsecond(),
        label: label.and_then(|label| label_outcome(spec, prediction, label)),
        latency_ms: of_role(ColumnRole::Latency).and_then(Value::as_f64),
        failed: spec.column_of_role(ColumnRole::Error).map(|_| {
            of_role(ColumnRole::Error)
                .and_then(word)
                .is_some_and(|word| !matches!(word.as_str(), "" | "false" | "0"))
        }),
        segments: segments.collect(),
        columns: Outcomes::columns(query)
            .into_iter()
            .map(|name| {
                let value = prediction.values.get(name).and_then(Value::as_f64);
                value.unwrap_or(f64::NAN)
            })
            .collect(),
    }
}

fn label_outcome(spec: &ModelSpec, prediction: &Prediction, label: &Label) -> Option<LabelOutcome> {
    let number = |role| {
        let column = spec.column_of_role(role)?;
        prediction.values.get(&column.name)?.as_f64()
    };
    let value = match spec.task {
        Task::BinaryClassification => {
            f64::from(u8::from(word(&label.value)? == spec.positive_label))
        }
        Task::Regression => label.value.as_f64()?,
    };
    Some(LabelOutcome {
        known_us: label.known_at.as_microsecond(),
        value,
        score: number(ColumnRole::Score),
        predicted: number(ColumnRole::Prediction).or_else(|| number(ColumnRole::Score)),
    })
}

/// FNV-1a: the same everywhere.
fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
