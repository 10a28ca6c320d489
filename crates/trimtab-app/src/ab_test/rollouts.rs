//! Tests of rollouts: they begin with a step and end with it, and know whom the flag put where.

use super::NewAbTest;
use crate::app::App;
use trimtab_domain::ab_test::{AbDesign, AbTest, AbVerdict};
use trimtab_domain::documents::rollout_policy::Stage;
use trimtab_domain::ports::rollout::ExposureQuery;
use trimtab_domain::rollout::{Phase, Rollout};
use trimtab_domain::{ErrorKind, Result, RolloutId};

/// What a test of a rollout's step is called by: `rol_… step 3`, counted from 1 for people.
fn step_name(rollout: &Rollout) -> String {
    format!("{} step {}", rollout.id, rollout.step + 1)
}

/// The rollout and the step, position from 0, that a test belongs to.
fn step_of(test: &AbTest) -> Option<(RolloutId, u32)> {
    let (id, step) = test.rollout.as_deref()?.split_once(" step ")?;
    let position = step.parse::<u32>().ok()?.checked_sub(1)?;
    Some((id.parse().ok()?, position))
}

/// Ends the tests whose step is over, and begins those of steps that compare.
///
/// A step's split is constant; rows beyond it would make the split look broken. A paused
/// rollout's shares stay, and so does its test.
pub(super) async fn follow(app: &App) -> Result<()> {
    let rollouts = app.store().active_rollouts().await?;
    let current: Vec<String> = rollouts
        .iter()
        .filter(|rollout| matches!(rollout.phase, Phase::Running | Phase::Paused))
        .map(step_name)
        .collect();
    for test in app.store().running_ab_tests().await? {
        let is_over = test
            .rollout
            .as_ref()
            .is_some_and(|name| !current.contains(name));
        if is_over {
            // What was looked at until now stays, and is what the test says.
            super::stop(app, test, "system", "the rollout's step is over").await?;
        }
    }
    for rollout in &rollouts {
        if rollout.phase != Phase::Running {
            continue;
        }
        let Some(step) = rollout.policy.steps.get(rollout.step) else {
            continue;
        };
        let design = match step.stage {
            Stage::Shadow => AbDesign::Shadow,
            Stage::Ab => AbDesign::Split {
                challenger_share: f64::from(step.share()) / 10_000.0,
            },
            Stage::Canary | Stage::Full => continue,
        };
        let new = NewAbTest {
            test: None,
            champion: rollout.champion.clone(),
            challenger: rollout.challenger.clone(),
            design,
            since: rollout.entered.event_at,
            rollout: Some(step_name(rollout)),
        };
        match super::start(app, &rollout.model, new, "system").await {
            // A person compares the two already, or the model has gone.
            Err(error) if matches!(error.kind(), ErrorKind::Conflict | ErrorKind::NotFound) => {}
            other => {
                other?;
            }
        }
    }
    Ok(())
}

/// Keys by side that the flag's evaluator put there in a test's step, champion first.
pub(super) async fn exposed(app: &App, test: &AbTest) -> Result<Option<[u64; 2]>> {
    let (AbDesign::Split { .. }, Some((rollout, step))) = (test.design, step_of(test)) else {
        return Ok(None);
    };
    let keys = app
        .store()
        .exposed_keys(&ExposureQuery {
            flag: format!("route.{}", test.model),
            rollout: Some(rollout),
            step: Some(step),
            since: jiff::Timestamp::UNIX_EPOCH,
            until: jiff::Timestamp::MAX,
        })
        .await?;
    let of = |variant: &str| keys.get(variant).copied().unwrap_or(0);
    Ok(Some([of("champion"), of("challenger")]))
}

impl App {
    /// What the test of the step decided that a rollout is in, if it has decided; where a person
    /// compares the two versions instead, what that test did.
    pub(crate) async fn ab_verdict_of_step(&self, rollout: &Rollout) -> Result<Option<AbVerdict>> {
        let name = step_name(rollout);
        let tests = self
            .store()
            .ab_tests(&rollout.model, super::TESTS_MAX)
            .await?;
        let of_step = tests
            .iter()
            .find(|test| test.rollout.as_ref() == Some(&name));
        let by_hand = || {
            tests.iter().find(|test| {
                test.rollout.is_none()
                    && matches!(test.design, AbDesign::Split { .. })
                    && test.champion == rollout.champion
                    && test.challenger == rollout.challenger
            })
        };
        let found = of_step.or_else(by_hand);
        Ok(found
            .map(AbTest::verdict)
            .filter(|verdict| verdict.is_final()))
    }
}
