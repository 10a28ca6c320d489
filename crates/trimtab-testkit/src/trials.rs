//! Models that are names, and trials that find what a test wants them to find.

use crate::lock;
use async_trait::async_trait;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use trimtab_domain::ports::scoring::{
    Explainer, ModelDescription, ModelForm, ModelOutput, RowBatch, Scores, ScoringModel, ShapMethod,
};
use trimtab_domain::ports::validation::TrialRequest;
use trimtab_domain::ports::{ModelReader, ModelTrials};
use trimtab_domain::validation::{Contender, TrialEvidence};
use trimtab_domain::{Error, Result};

/// Reads files that begin with `model`.
#[derive(Debug, Clone, Copy, Default)]
pub struct NamedModels;

impl ModelReader for NamedModels {
    fn read(&self, file: &[u8]) -> Result<Arc<dyn ScoringModel>> {
        if file.starts_with(b"model") {
            return Ok(Arc::new(Half {
                description: ModelDescription {
                    form: ModelForm::Linear,
                    n_features: None,
                    output: ModelOutput::Probabilities {
                        classes: vec!["0".to_owned(), "1".to_owned()],
                    },
                    used_features: None,
                },
            }));
        }
        Err(Error::invalid("the bytes are no ONNX model"))
    }
}

/// Says one half of everything.
#[derive(Debug)]
struct Half {
    description: ModelDescription,
}

impl ScoringModel for Half {
    fn description(&self) -> &ModelDescription {
        &self.description
    }

    fn score(&self, rows: &RowBatch) -> Result<Scores> {
        Ok(Scores {
            n_columns: 2,
            values: vec![0.5; 2 * rows.n_rows()],
        })
    }

    fn explainer(&self, _: &RowBatch, _: ShapMethod) -> Result<Box<dyn Explainer>> {
        Err(Error::invalid(
            "one half of everything needs no explanation",
        ))
    }
}

/// Answers with prepared evidence, the first for the first request; with that of a candidate
/// like the champion once all is used up.
#[derive(Debug, Default)]
pub struct CannedTrials {
    answers: Mutex<VecDeque<Result<TrialEvidence>>>,
    requests: Mutex<Vec<TrialRequest>>,
}

impl CannedTrials {
    /// The next trial finds this.
    pub fn next(&self, answer: Result<TrialEvidence>) {
        lock(&self.answers).push_back(answer);
    }

    /// What was asked for, oldest first.
    pub fn requests(&self) -> Vec<TrialRequest> {
        lock(&self.requests).clone()
    }
}

#[async_trait]
impl ModelTrials for CannedTrials {
    async fn run(&self, request: TrialRequest) -> Result<TrialEvidence> {
        let side = |version: &str, sha256: &str| Contender {
            version: version.to_owned(),
            sha256: sha256.to_owned(),
            ..Contender::default()
        };
        let same = TrialEvidence {
            candidate: side(&request.candidate.version, &request.candidate.sha256),
            champion: Some(side(&request.champion.version, &request.champion.sha256)),
            ..TrialEvidence::default()
        };
        lock(&self.requests).push(request);
        lock(&self.answers).pop_front().unwrap_or(Ok(same))
    }
}
