//! The way of one candidate, from what set it off to all traffic: told from its run, its
//! validation and its rollout.

use crate::sentences::thousands;
use jiff::Timestamp;
use trimtab_domain::ModelName;
use trimtab_domain::documents::rollout_policy::Stage;
use trimtab_domain::retraining::{RetrainingRun, RunState};
use trimtab_domain::rollout::{NoteKind, Phase, Rollout, RolloutNote};
use trimtab_domain::sentence::Sentence;
use trimtab_domain::validation::{CheckOutcome, Validation, ValidationState, Verdict};

/// What is known of one candidate.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// The model.
    pub model: ModelName,
    /// Its training; absent for a version that somebody registered.
    pub run: Option<RetrainingRun>,
    /// Its newest validation.
    pub gate: Option<Validation>,
    /// Its newest rollout, with the history.
    pub traffic: Option<(Rollout, Vec<RolloutNote>)>,
}

/// Where a candidate stands as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PipelineState {
    /// A policy suggests it; nobody has taken it up.
    Suggested,
    /// It moves by itself.
    Running,
    /// It waits for a person.
    Waiting,
    /// It got all traffic.
    Shipped,
    /// It ended before it took any traffic, or somebody else took its place.
    Stopped,
    /// It took traffic and gave it back.
    RolledBack,
}

/// One stop on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StageName {
    /// What set it off.
    Trigger,
    /// The rows it is trained on.
    Data,
    /// The training.
    Train,
    /// The gate.
    Validate,
    /// Asked beside the champion.
    Shadow,
    /// A small share of the traffic.
    Canary,
    /// A share large enough to compare.
    Ab,
    /// All traffic.
    Full,
}

/// How far a stop has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StageState {
    /// Over, well.
    Done,
    /// Under way.
    Running,
    /// A person must say something.
    Waiting,
    /// The way ended here.
    Failed,
    /// Not on this way.
    Skipped,
    /// Still to come.
    Ahead,
}

/// A stop with when and what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PipelineStage {
    /// Which.
    pub name: StageName,
    /// How far.
    pub state: StageState,
    /// When it began (wall clock).
    pub at: Option<Timestamp>,
    /// The model's own clock then.
    pub event_at: Option<Timestamp>,
    /// A few words.
    pub text: Option<String>,
}

/// A candidate's way as lists show it.
#[derive(Debug, Clone, PartialEq)]
pub struct PipelineSummary {
    /// The run's identifier, or `model:version` where there is none.
    pub id: String,
    /// The model.
    pub model: ModelName,
    /// Where it stands.
    pub state: PipelineState,
    /// Label of the version, once it is registered.
    pub version: Option<String>,
    /// Label of the version that served beside it.
    pub champion: Option<String>,
    /// The finding.
    pub sentence: Sentence,
    /// Why it began.
    pub cause: Option<String>,
    /// When (wall clock).
    pub began_at: Timestamp,
    /// The model's own clock then.
    pub event_at: Option<Timestamp>,
    /// When it ended (wall clock).
    pub ended_at: Option<Timestamp>,
    /// From trigger to full.
    pub stages: Vec<PipelineStage>,
    /// Its training.
    pub retraining: Option<String>,
    /// Its validation.
    pub validation: Option<String>,
    /// Its rollout.
    pub rollout: Option<String>,
}

/// The pipelines of one or all models.
#[derive(Debug, Clone, PartialEq)]
pub struct PipelineList {
    /// The finding of the first.
    pub sentence: Sentence,
    /// Newest first.
    pub items: Vec<PipelineSummary>,
}

/// One pipeline with all that is known.
#[derive(Debug, Clone, PartialEq)]
pub struct PipelinePage {
    /// As in the list.
    pub summary: PipelineSummary,
    /// What it is told from.
    pub candidate: Candidate,
}

impl Candidate {
    /// Label of the version, once there is one.
    pub fn version(&self) -> Option<String> {
        let of_run = self.run.as_ref().and_then(version_of);
        of_run
            .or_else(|| self.gate.as_ref().map(|gate| gate.candidate.clone()))
            .or_else(|| self.rollout().map(|rollout| rollout.challenger.clone()))
    }

    fn rollout(&self) -> Option<&Rollout> {
        self.traffic.as_ref().map(|(rollout, _)| rollout)
    }

    fn verdict(&self) -> Option<Verdict> {
        self.gate.as_ref().and_then(|gate| gate.verdict)
    }

    /// Where it stands. `is_newest`: no later candidate of the model has begun.
    pub fn state(&self, is_newest: bool) -> PipelineState {
        if let Some(rollout) = self.rollout() {
            return match rollout.phase {
                Phase::Paused => PipelineState::Waiting,
                Phase::Running if waits_for_approval(rollout) => PipelineState::Waiting,
                Phase::Running | Phase::Promoting | Phase::RollingBack => PipelineState::Running,
                Phase::Completed => PipelineState::Shipped,
                Phase::RolledBack => PipelineState::RolledBack,
                Phase::Superseded if rollout.is_promoted_by_hand() => PipelineState::Shipped,
                Phase::Superseded => PipelineState::Stopped,
            };
        }
        let is_open = is_newest && self.verdict() == Some(Verdict::Passed);
        let Some(run) = &self.run else {
            let runs = self.gate.as_ref().map(|gate| gate.state);
            return match (runs, is_open) {
                (Some(ValidationState::Running), _) => PipelineState::Running,
                (_, true) => PipelineState::Waiting,
                _ => PipelineState::Stopped,
            };
        };
        match run.state {
            RunState::Requested if run.is_suggestion => PipelineState::Suggested,
            RunState::Requested => PipelineState::Waiting,
            RunState::Promoted => PipelineState::Shipped,
            RunState::RolledBack => PipelineState::RolledBack,
            RunState::Finished if is_open => PipelineState::Waiting,
            state if state.is_over() => PipelineState::Stopped,
            _ => PipelineState::Running,
        }
    }

    /// The candidate as lists show it; absent where nothing is known of it.
    pub fn summary(&self, is_newest: bool) -> Option<PipelineSummary> {
        let state = self.state(is_newest);
        let version = self.version();
        let began = self.began()?;
        let id = match (&self.run, &version) {
            (Some(run), _) => run.id.to_string(),
            (None, Some(version)) => format!("{}:{version}", self.model),
            (None, None) => return None,
        };
        let champion = self
            .rollout()
            .map(|rollout| rollout.champion.clone())
            .or_else(|| self.gate.as_ref().and_then(|gate| gate.champion.clone()));
        Some(PipelineSummary {
            id,
            model: self.model.clone(),
            state,
            sentence: self.sentence(state, version.as_deref()),
            version,
            champion,
            cause: self.cause(),
            began_at: began.0,
            event_at: began.1,
            ended_at: self.ended_at(state),
            stages: self.stages(state),
            retraining: self.run.as_ref().map(|run| run.id.to_string()),
            validation: self.gate.as_ref().map(|gate| gate.id.to_string()),
            rollout: self.rollout().map(|rollout| rollout.id.to_string()),
        })
    }

    /// When it began (wall clock).
    pub fn began_at(&self) -> Option<Timestamp> {
        self.began().map(|(at, _)| at)
    }

    /// When it began, on both clocks.
    fn began(&self) -> Option<(Timestamp, Option<Timestamp>)> {
        let of_run = self
            .run
            .as_ref()
            .map(|run| (run.requested_at, Some(run.event_at)));
        let of_rollout = self.rollout().map(|rollout| rollout.started_event_at);
        of_run
            .or_else(|| {
                let gate = self.gate.as_ref()?;
                Some((gate.requested_at, of_rollout.flatten()))
            })
            .or_else(|| {
                let rollout = self.rollout()?;
                Some((rollout.started_at, rollout.started_event_at))
            })
    }

    fn ended_at(&self, state: PipelineState) -> Option<Timestamp> {
        match state {
            PipelineState::Suggested | PipelineState::Running | PipelineState::Waiting => None,
            PipelineState::Shipped | PipelineState::Stopped | PipelineState::RolledBack => self
                .traffic
                .as_ref()
                .and_then(|(rollout, notes)| {
                    let last = notes.last().map(|note| note.at);
                    last.or_else(|| rollout.ending.as_ref().map(|ending| ending.at))
                })
                .or_else(|| self.run.as_ref().and_then(|run| run.ended_at))
                .or_else(|| self.gate.as_ref().and_then(|gate| gate.finished_at)),
        }
    }

    fn cause(&self) -> Option<String> {
        let of_run = self.run.as_ref().map(|run| run.cause.text.clone());
        of_run.or_else(|| self.rollout().map(|rollout| rollout.reason.clone()))
    }

    fn sentence(&self, state: PipelineState, version: Option<&str>) -> Sentence {
        let version = version.unwrap_or("the candidate");
        let gate = self.gate.as_ref().map(|gate| gate.sentence.clone());
        let lead_and_rest = match (self.rollout(), &self.run) {
            (Some(rollout), _) => told_of_traffic(rollout, state, gate),
            (None, Some(run)) if self.gate.is_none() || run.state < RunState::Validating => {
                (told_of_run(run, &self.model), why(run))
            }
            _ => (told_of_gate(version, self.gate.as_ref(), state), gate),
        };
        let (lead, rest) = lead_and_rest;
        let sentence = Sentence::new().strong(lead);
        match rest {
            Some(rest) if !rest.is_empty() => sentence.text(format!(" {}", closed(&rest))),
            _ => sentence,
        }
    }

    fn stages(&self, state: PipelineState) -> Vec<PipelineStage> {
        let mut stages = self.stages_before_traffic();
        match &self.traffic {
            Some((rollout, notes)) => stages.extend(stages_of_traffic(rollout, notes, state)),
            None => stages.extend(
                [
                    StageName::Shadow,
                    StageName::Canary,
                    StageName::Ab,
                    StageName::Full,
                ]
                .map(|name| stage(name, StageState::Ahead)),
            ),
        }
        stages
    }

    fn stages_before_traffic(&self) -> Vec<PipelineStage> {
        let mut stages = match &self.run {
            Some(run) => stages_of_run(run),
            None => [StageName::Trigger, StageName::Data, StageName::Train]
                .map(|name| PipelineStage {
                    text: (name == StageName::Train).then(|| "registered by hand".to_owned()),
                    ..stage(name, StageState::Skipped)
                })
                .to_vec(),
        };
        let gate = self.gate.as_ref();
        let state = match gate.map(|gate| (gate.state, gate.verdict)) {
            None => StageState::Ahead,
            Some((_, Some(Verdict::Passed))) => StageState::Done,
            Some((ValidationState::Running, _)) => StageState::Running,
            Some(_) => StageState::Failed,
        };
        stages.push(PipelineStage {
            at: gate.map(|gate| gate.requested_at),
            event_at: gate.and(self.run.as_ref()).map(|run| run.event_at),
            text: gate.and_then(passed_of_required),
            ..stage(StageName::Validate, state)
        });
        stages
    }
}

fn stage(name: StageName, state: StageState) -> PipelineStage {
    PipelineStage {
        name,
        state,
        at: None,
        event_at: None,
        text: None,
    }
}

/// Label of the version that a run made.
pub fn version_of(run: &RetrainingRun) -> Option<String> {
    let version = run.result.as_ref()?.registered_version?;
    Some(trimtab_domain::registry::version_label(version))
}

/// Whether nothing but a person's word is missing for the next step.
fn waits_for_approval(rollout: &Rollout) -> bool {
    let next = rollout.policy.steps.get(rollout.step.saturating_add(1));
    next.is_some_and(|step| step.approval)
        && !rollout.is_approved
        && rollout.findings.waits_for.len() == 1
}

fn stages_of_run(run: &RetrainingRun) -> Vec<PipelineStage> {
    // How far the run came before it ended: what it holds says so, its last state does not.
    let reached = if !run.state.is_over() {
        run.state
    } else if run.result.is_some() {
        RunState::Succeeded
    } else if run.submitted_at.is_some() {
        RunState::Running
    } else if run.snapshot.is_some() || run.state == RunState::Failed {
        RunState::Snapshot
    } else {
        RunState::Requested
    };
    let has_failed = run.state.is_over() && run.result.is_none();
    let at = |present: bool| {
        if has_failed && present {
            StageState::Failed
        } else {
            StageState::Running
        }
    };
    let trigger = match reached {
        RunState::Requested if has_failed => StageState::Failed,
        RunState::Requested => StageState::Waiting,
        _ => StageState::Done,
    };
    let data = match reached {
        _ if run.snapshot.is_some() || run.submitted_at.is_some() => StageState::Done,
        RunState::Requested | RunState::Approved => StageState::Ahead,
        _ => at(reached == RunState::Snapshot),
    };
    let train = match reached {
        _ if run.result.is_some() => StageState::Done,
        RunState::Requested | RunState::Approved | RunState::Snapshot => StageState::Ahead,
        _ => at(true),
    };
    let event_at = Some(run.event_at);
    let begun = |state: StageState| (state != StageState::Ahead).then_some(run.event_at);
    vec![
        PipelineStage {
            at: Some(run.requested_at),
            event_at,
            text: Some(trigger_text(run, trigger)),
            ..stage(StageName::Trigger, trigger)
        },
        PipelineStage {
            event_at: begun(data),
            text: run.snapshot.as_ref().map(|snapshot| {
                let days = snapshot
                    .period
                    .end
                    .duration_since(snapshot.period.start)
                    .as_hours()
                    / 24;
                let n_rows = u32::try_from(snapshot.n_rows).unwrap_or(u32::MAX);
                format!("{days} d, {} rows", thousands(f64::from(n_rows)))
            }),
            ..stage(StageName::Data, data)
        },
        PipelineStage {
            at: run.submitted_at,
            event_at: begun(train),
            text: training_text(run, train),
            ..stage(StageName::Train, train)
        },
    ]
}

fn trigger_text(run: &RetrainingRun, state: StageState) -> String {
    if state == StageState::Waiting && run.approvals_needed > 0 {
        return format!(
            "{} of {} approvals",
            run.approvals.len(),
            run.approvals_needed
        );
    }
    run.cause.trigger.as_ref().map_or_else(
        || "by hand".to_owned(),
        |trigger| trigger.as_str().replace(['_', '-'], " "),
    )
}

fn training_text(run: &RetrainingRun, state: StageState) -> Option<String> {
    match state {
        StageState::Failed => Some(run.state.as_str().replace('_', " ")),
        StageState::Running => Some(run.state.as_str().to_owned()),
        _ => None,
    }
}

/// "9 of 9": the checks that decide.
fn passed_of_required(gate: &Validation) -> Option<String> {
    let required: Vec<_> = gate.checks.iter().filter(|check| check.required).collect();
    let passed = required
        .iter()
        .filter(|check| check.outcome == CheckOutcome::Pass);
    (!required.is_empty()).then(|| format!("{} of {}", passed.count(), required.len()))
}

fn stages_of_traffic(
    rollout: &Rollout,
    notes: &[RolloutNote],
    state: PipelineState,
) -> Vec<PipelineStage> {
    let entered = |position: usize| {
        notes.iter().find(|note| {
            note.step == position && matches!(note.kind, NoteKind::Started | NoteKind::StepEntered)
        })
    };
    let kinds = [
        (StageName::Shadow, Stage::Shadow),
        (StageName::Canary, Stage::Canary),
        (StageName::Ab, Stage::Ab),
        (StageName::Full, Stage::Full),
    ];
    kinds
        .map(|(name, kind)| {
            let own: Vec<_> = rollout
                .policy
                .steps
                .iter()
                .enumerate()
                .filter(|(_, step)| step.stage == kind)
                .collect();
            let Some((first, step)) = own.first() else {
                let text = Some("not in the policy".to_owned());
                return PipelineStage {
                    text,
                    ..stage(name, StageState::Skipped)
                };
            };
            let last = own.last().map_or(*first, |(position, _)| *position);
            let how_far = if rollout.phase == Phase::Completed || rollout.step > last {
                StageState::Done
            } else if rollout.step < *first {
                StageState::Ahead
            } else {
                match state {
                    PipelineState::Waiting => StageState::Waiting,
                    PipelineState::RolledBack | PipelineState::Stopped => StageState::Failed,
                    _ => StageState::Running,
                }
            };
            // Of several steps of a kind the present one, or the last, tells the share.
            let present = own.iter().rfind(|(position, _)| *position <= rollout.step);
            let share = present.map_or(step, |(_, step)| step).share();
            let note = entered(*first);
            PipelineStage {
                at: note.map(|note| note.at),
                event_at: note.and_then(|note| note.event_at),
                text: matches!(kind, Stage::Canary | Stage::Ab).then(|| share_in_words(share)),
                ..stage(name, how_far)
            }
        })
        .to_vec()
}

/// Hundredths of a percent as people write them.
fn share_in_words(share: u32) -> String {
    let (whole, rest) = (share / 100, share % 100);
    if rest == 0 {
        format!("{whole}%")
    } else {
        format!("{}%", f64::from(share) / 100.0)
    }
}

fn told_of_traffic(
    rollout: &Rollout,
    state: PipelineState,
    gate: Option<String>,
) -> (String, Option<String>) {
    let version = &rollout.challenger;
    let step = rollout.policy.steps.get(rollout.step);
    let share = step.map_or(
        0,
        trimtab_domain::documents::rollout_policy::RolloutStep::share,
    );
    let where_it_is = match step.map(|step| step.stage) {
        Some(Stage::Shadow) => format!("runs in shadow beside {}", rollout.champion),
        _ => format!("takes {} of the traffic", share_in_words(share)),
    };
    let why = rollout.ending.as_ref().map(|ending| ending.reason.clone());
    match rollout.phase {
        Phase::Running if state == PipelineState::Waiting => (
            format!("{version} {where_it_is} and waits for a person."),
            gate,
        ),
        Phase::Running => (format!("{version} {where_it_is}."), gate),
        Phase::Paused => (
            format!("{version} {where_it_is}; the rollout is paused."),
            why.or(gate),
        ),
        Phase::Promoting => (format!("{version} is about to serve all traffic."), gate),
        Phase::Completed => (format!("{version} got all traffic."), gate),
        Phase::RollingBack => (format!("{version} is being rolled back."), why),
        Phase::RolledBack => match step.map(|step| step.stage) {
            Some(Stage::Shadow) => (format!("{version} was taken out of the shadow."), why),
            _ => (
                format!(
                    "{version} was rolled back at {} of the traffic.",
                    share_in_words(share)
                ),
                why,
            ),
        },
        Phase::Superseded if rollout.is_promoted_by_hand() => (
            format!("{version} was made the champion by hand, before its last step."),
            why,
        ),
        Phase::Superseded => (
            format!("{version} was overtaken: the champion was changed by hand."),
            why,
        ),
    }
}

fn told_of_run(run: &RetrainingRun, model: &ModelName) -> String {
    match run.state {
        RunState::Requested if run.is_suggestion => format!("Retraining of {model} is suggested."),
        RunState::Requested => {
            let n_missing = usize::from(run.approvals_needed).saturating_sub(run.approvals.len());
            let people = if n_missing == 1 {
                "one person".to_owned()
            } else {
                format!("{n_missing} people")
            };
            format!("Retraining of {model} waits for {people}.")
        }
        RunState::Approved => format!("Retraining of {model} waits for its turn."),
        RunState::Snapshot => format!("The data of {model} are being written."),
        RunState::Submitting | RunState::Submitted | RunState::Running => {
            format!("{model} is being trained.")
        }
        RunState::Cancelling => format!("The training of {model} is being stopped."),
        RunState::Rejected => format!("Retraining of {model} was rejected."),
        RunState::Failed => format!("Retraining of {model} failed."),
        RunState::TimedOut => format!("Retraining of {model} took too long."),
        RunState::Cancelled => format!("Retraining of {model} was cancelled."),
        _ => format!(
            "The training of {model} made {}.",
            version_of(run).unwrap_or_else(|| "a version".to_owned())
        ),
    }
}

/// Why it ended, else why it began.
fn why(run: &RetrainingRun) -> Option<String> {
    run.end_reason
        .clone()
        .or_else(|| Some(run.cause.text.clone()))
}

fn told_of_gate(version: &str, gate: Option<&Validation>, state: PipelineState) -> String {
    match gate.and_then(|gate| gate.verdict) {
        Some(Verdict::Passed) if state == PipelineState::Waiting => {
            format!("{version} passed its gate and waits for a rollout.")
        }
        Some(Verdict::Passed) => format!("{version} passed its gate."),
        Some(Verdict::Failed) => format!("{version} was stopped by the gate."),
        Some(Verdict::CouldNotDecide) => format!("The gate could not decide about {version}."),
        None => format!("{version} is at its gate."),
    }
}

/// As a sentence of its own; a version's label stays as it is written.
fn closed(text: &str) -> String {
    let text = text.trim();
    let is_label =
        text.starts_with('v') && text[1..].starts_with(|next: char| next.is_ascii_digit());
    let mut letters = text.chars();
    let begun: String = match letters.next() {
        Some(first) if !is_label => first.to_uppercase().chain(letters).collect(),
        _ => text.to_owned(),
    };
    if begun.ends_with(['.', '!', '?']) {
        begun
    } else {
        format!("{begun}.")
    }
}

/// What needs a person comes first, then what moves.
pub fn urgency(state: PipelineState) -> u8 {
    match state {
        PipelineState::Waiting => 0,
        PipelineState::Suggested => 1,
        PipelineState::Running => 2,
        PipelineState::RolledBack | PipelineState::Shipped | PipelineState::Stopped => 3,
    }
}

/// The page's first sentence.
pub fn finding(items: &[PipelineSummary]) -> Sentence {
    let n = |wanted| {
        items
            .iter()
            .filter(|item| urgency(item.state) == wanted)
            .count()
    };
    let Some(first) = items.iter().min_by_key(|item| urgency(item.state)) else {
        return Sentence::new().strong("No model has been retrained yet.");
    };
    let name = first.version.as_deref().unwrap_or("A candidate");
    let lead = match first.state {
        PipelineState::Waiting => format!("{name} of {} waits for a person.", first.model),
        PipelineState::Suggested => format!("Retraining of {} is suggested.", first.model),
        PipelineState::Running => format!("{name} of {} is on its way.", first.model),
        _ => "Nothing is being retrained.".to_owned(),
    };
    let sentence = Sentence::new().strong(lead);
    let n_more = n(0) + n(1) + n(2);
    match n_more {
        0 => sentence.text(format!(" The last one: {}", first.sentence.plain())),
        1 => sentence,
        n_more => sentence.text(format!(" {} more on their way.", n_more - 1)),
    }
}
