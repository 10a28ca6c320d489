//! How a run begins.

use crate::documents::retraining_policy::{RetrainingPolicySpec, TrainingData};
use crate::ids::RetrainingId;
use crate::retraining::{Cause, Priority, RetrainingRun, RunState};
use crate::time::Window;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;

/// What a run begins with.
#[derive(Debug, Clone)]
pub struct RunRequest {
    /// Its identity.
    pub id: RetrainingId,
    /// Why.
    pub cause: Cause,
    /// What goes first.
    pub priority: Priority,
    /// Who asks: `system` for the policy itself.
    pub requested_by: String,
    /// The person behind it, where there is one.
    pub requester: Option<String>,
    /// Wall clock.
    pub now: Timestamp,
    /// Where the model's own clock stands.
    pub event_at: Timestamp,
    /// Event time of the rows it trains on.
    pub period: Window,
    /// Whether the policy only suggests it: then a person must agree.
    pub is_suggestion: bool,
}

impl RetrainingRun {
    /// A run at its beginning: it waits for people where the policy wants them.
    pub fn requested(
        policy: &RetrainingPolicySpec,
        policy_version: u64,
        request: RunRequest,
    ) -> Self {
        let approvals_needed = policy.guards.approvals.max(u8::from(request.is_suggestion));
        let state = if approvals_needed > 0 {
            RunState::Requested
        } else {
            RunState::Approved
        };
        Self {
            id: request.id,
            model: policy.model.clone(),
            policy: policy.name.clone(),
            policy_version,
            cause: request.cause,
            priority: request.priority,
            requested_by: request.requested_by,
            requester: request.requester,
            requested_at: request.now,
            event_at: request.event_at,
            is_suggestion: request.is_suggestion,
            approvals_needed,
            approvals: Vec::new(),
            job: policy.job.clone(),
            parameters: policy.parameters.clone(),
            period: request.period,
            validation_policy: policy.validation.clone(),
            rolls_out: policy.rollout,
            timeout_minutes: policy.timeout_minutes,
            approval_timeout_hours: policy.guards.approval_timeout_hours,
            state,
            state_since: request.now,
            n_attempts: 0,
            next_attempt_at: request.now,
            last_error: None,
            snapshot: None,
            submitted_at: None,
            external_id: None,
            job_url: None,
            callback_hashes: Vec::new(),
            result: None,
            validation: None,
            rollout: None,
            stop: None,
            end_reason: None,
            ended_at: None,
            revision: 0,
        }
    }
}

/// The rows a training asks for: up to the newest labelled window less what is kept back, as far
/// back as the policy wants. `labels` holds the ends of windows with labelled rows.
///
/// # Errors
///
/// Why there is nothing to train on.
pub fn training_period(
    data: &TrainingData,
    data_from: Option<Timestamp>,
    labels: &BTreeMap<Timestamp, u64>,
) -> Result<Window, String> {
    let (Some(from), Some((newest, _))) = (data_from, labels.last_key_value()) else {
        return Err("the model has no labelled rows yet".to_owned());
    };
    let days = |n: u32| SignedDuration::from_hours(24 * i64::from(n));
    let too_far = |_| "the period is beyond the calendar".to_owned();
    let end = newest
        .checked_sub(days(data.holdout_days))
        .map_err(too_far)?;
    let start = match data.days {
        Some(n) => end.checked_sub(days(n)).map_err(too_far)?.max(from),
        None => from,
    };
    Window::new(start, end).map_err(|_| {
        format!(
            "the model's labelled rows reach from {from} to {newest}, and {} days of them are kept \
             back for the comparison: nothing is left to train on",
            data.holdout_days
        )
    })
}
