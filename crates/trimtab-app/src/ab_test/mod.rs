//! A/B tests: begun by a person or with a rollout's step, looked at whenever a window of event time closes.
//!
//! A look is a function of what is logged up to its moment; the verdict rule is in
//! [`trimtab_domain::ab_test`]. Looking late, or again after a crash, gives the same looks.

mod plan;
mod rollouts;
mod signals;

pub use plan::{AbPlan, AbPlanRequest, plan_ab_test};

use crate::app::{App, ChangeKind};
use crate::evaluate::reach::Reach;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use std::sync::Arc;
use trimtab_domain::ab_test::{AbDesign, AbLook, AbState, AbTest, AbVerdict, Progress, look};
use trimtab_domain::documents::ModelSpec;
use trimtab_domain::documents::ab_test::{AbMetric, AbTestSpec};
use trimtab_domain::ports::ab_test::{AbEvidence, AbQuery};
use trimtab_domain::{AbTestId, DocumentName, Error, ErrorKind, ModelName, Result};

/// Looks that are caught up with in one go: each reads its rows once.
const LOOKS_MAX: usize = 64;
/// Tests of a model among which the newest of two versions is sought.
const TESTS_MAX: u32 = 1_000;

/// What to begin.
#[derive(Debug, Clone, PartialEq)]
pub struct NewAbTest {
    /// The document; where absent the one called `default`, else the shipped rules.
    pub test: Option<DocumentName>,
    /// Label of the version that serves.
    pub champion: String,
    /// Label of the candidate.
    pub challenger: String,
    /// How the two get their rows.
    pub design: AbDesign,
    /// Rows from then on count, event time; where absent from where the model's clock stands.
    pub since: Option<Timestamp>,
    /// The rollout and the step it belongs to: `rol_… step 3`. Asking again for the same one
    /// gives the same test.
    pub rollout: Option<String>,
}

/// A test with all its looks.
#[derive(Debug, Clone, PartialEq)]
pub struct AbTestPage {
    /// The test.
    pub test: AbTest,
    /// Oldest first: the lines of its charts.
    pub looks: Vec<AbLook>,
}

impl App {
    /// Begins a test of two versions.
    ///
    /// # Errors
    ///
    /// `NotFound` without such a model or document, `Invalid` for two equal versions or a share
    /// that is none, `Conflict` while the two are compared already.
    pub async fn start_ab_test(
        &self,
        model: &ModelName,
        new: NewAbTest,
        actor: &str,
    ) -> Result<AbTest> {
        let _testing = self.inner.testing.lock().await;
        start(self, model, new, actor).await
    }

    /// Ends a test by hand, without a verdict.
    ///
    /// # Errors
    ///
    /// `NotFound` without such a test, `Invalid` without a reason, `Conflict` if it is over.
    pub async fn stop_ab_test(
        &self,
        model: &ModelName,
        id: &AbTestId,
        actor: &str,
        reason: &str,
    ) -> Result<AbTest> {
        let reason = reason.trim();
        if reason.is_empty() {
            return Err(Error::invalid("a test is stopped for a reason")
                .with_hint("say in `reason` why it ends"));
        }
        let _testing = self.inner.testing.lock().await;
        let test = self.find_ab_test(model, id).await?;
        if test.state != AbState::Running {
            return Err(Error::conflict(format!(
                "test `{id}` is over: {}",
                test.state.as_str()
            )));
        }
        stop(self, test, actor, reason).await
    }

    /// A model's tests, newest first.
    ///
    /// # Errors
    ///
    /// `NotFound` without such a model.
    pub async fn ab_tests(&self, model: &ModelName, limit: u32) -> Result<Vec<AbTest>> {
        self.model(model).await?;
        self.store().ab_tests(model, limit).await
    }

    /// The tests of all models, newest first, at most `limit` of each model.
    ///
    /// # Errors
    ///
    /// `Unavailable` if the store is away.
    pub async fn all_ab_tests(&self, limit: u32) -> Result<Vec<AbTest>> {
        let catalog = self.catalog().await?;
        let mut tests = Vec::new();
        for model in catalog.models.keys() {
            tests.extend(self.store().ab_tests(model, limit).await?);
        }
        tests.sort_by_key(|test| std::cmp::Reverse(test.started_at));
        Ok(tests)
    }

    /// A test with its looks.
    ///
    /// # Errors
    ///
    /// `NotFound` without such a test of this model.
    pub async fn ab_test_page(&self, model: &ModelName, id: &AbTestId) -> Result<AbTestPage> {
        let test = self.find_ab_test(model, id).await?;
        let looks = self.store().ab_looks(id).await?;
        Ok(AbTestPage { test, looks })
    }

    /// What the newest test of two versions says; `None` where they were never compared.
    ///
    /// # Errors
    ///
    /// `Unavailable` if the store is away.
    pub async fn ab_verdict(
        &self,
        model: &ModelName,
        champion: &str,
        challenger: &str,
    ) -> Result<Option<AbVerdict>> {
        let tests = self.store().ab_tests(model, TESTS_MAX).await?;
        let newest = tests
            .iter()
            .find(|test| test.champion == champion && test.challenger == challenger);
        Ok(newest.map(AbTest::verdict))
    }

    /// Looks at every running test whose next moment has come, and says how many looks were
    /// taken.
    ///
    /// # Errors
    ///
    /// The first error of a test; the others are looked at all the same.
    pub async fn advance_ab_tests(&self) -> Result<usize> {
        let _testing = self.inner.testing.lock().await;
        let mut n_looks = 0;
        let mut failed = rollouts::follow(self).await.err();
        for test in self.store().running_ab_tests().await? {
            match self.advance_ab_test(test).await {
                Ok(n) => n_looks += n,
                // Another server was faster.
                Err(error) if error.kind() == ErrorKind::Conflict => {}
                Err(error) => {
                    failed.get_or_insert(error);
                }
            }
        }
        failed.map_or(Ok(n_looks), Err)
    }

    async fn advance_ab_test(&self, stored: AbTest) -> Result<usize> {
        let catalog = self.catalog().await?;
        // A deleted model takes its tests along.
        let Some(entry) = catalog.models.get(&stored.model) else {
            return Ok(0);
        };
        let Some(reach) = self.reach_of(&entry.spec).await? else {
            return Ok(0);
        };
        let moments = moments(&stored, &entry.spec, &reach)?;
        if moments.is_empty() {
            return Ok(0);
        }
        let evidence = self
            .ab_evidence(&stored, Arc::clone(&entry.spec), moments)
            .await?;
        let revision = stored.revision + 1;
        let mut test = stored;
        let mut looks = Vec::new();
        let exposed = rollouts::exposed(self, &test).await?;
        for (i, shown) in evidence.iter().enumerate() {
            // The flag's counts are those of now: they belong to the newest look.
            let exposed = exposed.filter(|_| i + 1 == evidence.len());
            let (found, progress) = look(&test, shown, exposed);
            test = test.after(&found, progress, self.now());
            looks.push(found);
            if test.state != AbState::Running {
                break;
            }
        }
        // However many looks: one step.
        test.revision = revision;
        self.store().put_ab_test(&test, &looks).await?;
        if let Some(decision) = &test.decision {
            let text = format!("{}: {}", decision.verdict.as_str(), decision.reason);
            let reason = Some(decision.reason.as_str());
            self.record_ab_test("system", "ab_test_decided", &test, text, reason)
                .await?;
        } else {
            self.announce(ChangeKind::Model, Some(&test.model));
        }
        Ok(looks.len())
    }

    async fn ab_evidence(
        &self,
        test: &AbTest,
        model: Arc<ModelSpec>,
        looks: Vec<Timestamp>,
    ) -> Result<Vec<AbEvidence>> {
        let query = query_of(test, model, looks);
        let mut evidence = self.inner.parts.outcomes.ab_evidence(&query).await?;
        signals::fill(self, test, &query, &mut evidence).await?;
        Ok(evidence)
    }

    async fn find_ab_test(&self, model: &ModelName, id: &AbTestId) -> Result<AbTest> {
        let found = self.store().ab_test(id).await?;
        found
            .filter(|test| test.model == *model)
            .ok_or_else(|| Error::not_found("A/B test", id))
    }

    async fn reach_of(&self, spec: &ModelSpec) -> Result<Option<Reach>> {
        let progress = self.store().progress().await?;
        let progress = progress.get(&spec.name);
        Ok(progress.and_then(|progress| Reach::of(spec, progress, self.now())))
    }

    /// Where a model's clock stands; the wall clock's before its first event.
    async fn clock_of(&self, spec: &ModelSpec) -> Result<Timestamp> {
        let reach = self.reach_of(spec).await?;
        Ok(reach.map_or_else(|| self.now(), |reach| reach.clock_at))
    }

    async fn record_ab_test(
        &self,
        actor: &str,
        action: &str,
        test: &AbTest,
        text: String,
        reason: Option<&str>,
    ) -> Result<()> {
        let before = (test.revision > 1).then(|| json!({"state": AbState::Running.as_str()}));
        let after = json!({
            "champion": test.champion, "challenger": test.challenger,
            "document": test.spec.name, "state": test.state.as_str(),
            "verdict": test.verdict().as_str(), "looks": test.progress.n_looks,
        });
        let entry = self
            .entry(actor, action, test.id.as_str(), text)
            .of_model(&test.model)
            .with_change(before, Some(after))
            .because(reason.unwrap_or_default());
        self.record(entry).await?;
        self.announce(ChangeKind::Model, Some(&test.model));
        Ok(())
    }
}

/// Begins a test. The caller holds the lock.
async fn start(app: &App, model: &ModelName, new: NewAbTest, actor: &str) -> Result<AbTest> {
    check(&new)?;
    let catalog = app.catalog().await?;
    let entry = catalog
        .models
        .get(model)
        .ok_or_else(|| Error::not_found("model", model))?;
    let default = DocumentName::new("default")?;
    let declared = entry.ab_tests.get(new.test.as_ref().unwrap_or(&default));
    let spec = match (declared, &new.test) {
        (Some(spec), _) => spec.clone(),
        (None, Some(name)) => return Err(Error::not_found("A/B test document", name)),
        (None, None) => AbTestSpec::shipped(&entry.spec)?,
    };
    for known in app.store().ab_tests(model, TESTS_MAX).await? {
        if new.rollout.is_some() && known.rollout == new.rollout {
            return Ok(known);
        }
        let is_same = known.champion == new.champion && known.challenger == new.challenger;
        if is_same && known.state == AbState::Running && known.spec.name == spec.name {
            return Err(Error::conflict(format!(
                "`{}` and `{}` are compared already, by `{}`",
                new.champion, new.challenger, known.id
            ))
            .with_hint("stop that test first, or wait for its verdict"));
        }
    }
    let since = match new.since {
        Some(since) => since,
        None => app.clock_of(&entry.spec).await?,
    };
    let test = AbTest {
        id: AbTestId::from_suffix(app.suffix()),
        model: model.clone(),
        champion: new.champion,
        challenger: new.challenger,
        spec,
        design: new.design,
        rollout: new.rollout,
        since,
        started_at: app.now(),
        started_by: actor.to_owned(),
        state: AbState::Running,
        progress: Progress::default(),
        newest: None,
        decision: None,
        revision: 1,
    };
    app.store().put_ab_test(&test, &[]).await?;
    let text = format!(
        "{actor} began to compare `{}` with `{}` by `{}` (test `{}`), from {since}",
        test.challenger,
        test.champion,
        test.spec.primary.name(),
        test.spec.name
    );
    app.record_ab_test(actor, "ab_test_started", &test, text, None)
        .await?;
    Ok(test)
}

/// Ends a test. The caller holds the lock.
async fn stop(app: &App, test: AbTest, actor: &str, reason: &str) -> Result<AbTest> {
    let stopped = test.stopped(actor, reason, app.now());
    app.store().put_ab_test(&stopped, &[]).await?;
    let text = format!("{actor} stopped it: {reason}");
    app.record_ab_test(actor, "ab_test_stopped", &stopped, text, Some(reason))
        .await?;
    Ok(stopped)
}

fn check(new: &NewAbTest) -> Result<()> {
    if new.champion.is_empty() || new.challenger.is_empty() || new.champion == new.challenger {
        return Err(Error::invalid("a test compares two different versions")
            .with_hint("name the version that serves, and the candidate"));
    }
    match new.design {
        AbDesign::Split { challenger_share }
            if !(challenger_share > 0.0 && challenger_share < 1.0) =>
        {
            Err(Error::invalid(format!(
                "`challenger_share` is {challenger_share}, and must lie between 0 and 1"
            )))
        }
        _ => Ok(()),
    }
}

fn query_of(test: &AbTest, model: Arc<ModelSpec>, looks: Vec<Timestamp>) -> AbQuery {
    let spec = &test.spec;
    let guardrails = spec.guardrails.iter().map(|one| one.metric.clone());
    let metrics: Vec<AbMetric> = std::iter::once(spec.primary.clone())
        .chain(guardrails)
        .collect();
    AbQuery {
        model,
        champion: test.champion.clone(),
        challenger: test.challenger.clone(),
        design: test.design,
        unit: spec.unit,
        since: test.since,
        looks,
        metrics,
        segments: spec.segments.clone(),
        alpha: spec.alpha / spec.guardrails.len().max(1) as f64,
        baseline_days: spec.baseline_days,
    }
}

/// The moments to look at now: ends of windows, up to where the model's clock stands.
fn moments(test: &AbTest, model: &ModelSpec, reach: &Reach) -> Result<Vec<Timestamp>> {
    let zone = model.zone()?;
    let days = SignedDuration::from_hours(24 * i64::from(test.spec.days_max));
    let end = test.since.checked_add(days).unwrap_or(Timestamp::MAX);
    let mut from = test.progress.looked_until.unwrap_or(test.since);
    let mut moments = Vec::new();
    while moments.len() < LOOKS_MAX && from < end {
        from = test.spec.look_every.window(from, &zone)?.end;
        if !reach.has_passed(from) {
            break;
        }
        moments.push(from);
    }
    Ok(moments)
}
