//! Jobs of somebody else: a signed request asks for one, a callback or a poll says how it ended.
//!
//! The request is one of Standard Webhooks, as our messages are, and its `webhook-id` is made
//! from the run: whoever receives it twice has received it once. The answer may be JSON with
//! `external_id`, `url` for people, and `status_url`, which is then polled; it must lie where the
//! webhook does.

use super::{external_id, refused_or_away};
use crate::client::{Answer, GuardedClient};
use crate::failure::Failure;
use crate::guard::AllowList;
use crate::webhook::sign;
use jiff::Timestamp;
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, Url};
use serde::Deserialize;
use serde_json::{Value, json};
use std::fmt;
use std::sync::Arc;
use trimtab_domain::ports::Clock;
use trimtab_domain::ports::orchestrator::{
    JobHandle, JobReport, JobStatus, SubmittedJob, TrainingJob,
};
use trimtab_domain::{Error, Result};

/// What the operator allows.
#[derive(Clone)]
pub struct WebhookSettings {
    /// Where jobs are asked for.
    pub url: String,
    /// `whsec_…`: requests are signed with it.
    pub secret: String,
    /// The allow-list: names of jobs that may be asked for.
    pub jobs: Vec<String>,
    /// Private targets that may be reached, besides the one of `url`.
    pub allowed: AllowList,
}

impl fmt::Debug for WebhookSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebhookSettings")
            .field("jobs", &self.jobs)
            .finish_non_exhaustive()
    }
}

/// Asks somebody for jobs.
pub struct WebhookJobs {
    url: Url,
    secret: String,
    jobs: Vec<String>,
    client: GuardedClient,
    clock: Arc<dyn Clock>,
}

impl fmt::Debug for WebhookJobs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebhookJobs")
            .field("jobs", &self.jobs)
            .finish_non_exhaustive()
    }
}

/// What the receiver may answer.
#[derive(Debug, Default, Deserialize)]
struct Accepted {
    #[serde(default)]
    external_id: Option<String>,
    #[serde(default)]
    status_url: Option<String>,
    #[serde(default)]
    url: Option<String>,
}

impl WebhookJobs {
    /// Checks the settings.
    ///
    /// # Errors
    ///
    /// `Invalid` if the address or the secret cannot be used.
    pub fn new(settings: WebhookSettings, clock: Arc<dyn Clock>) -> Result<Self> {
        let url: Url = settings.url.parse().map_err(|source| {
            Error::invalid("the address of the webhook cannot be read").with_source(source)
        })?;
        sign(&settings.secret, "check", 0, b"")
            .map_err(|why| Error::invalid(format!("the secret of the webhook {why}")))?;
        Ok(Self {
            client: GuardedClient::new(settings.allowed.and(&url)?)?,
            url,
            secret: settings.secret,
            jobs: settings.jobs,
            clock,
        })
    }

    pub(super) fn check(&self, job: &str) -> Result<()> {
        if self.jobs.iter().any(|known| known == job) {
            return Ok(());
        }
        Err(
            Error::invalid(format!("`{job}` is not a job of the webhook's allow-list")).with_hint(
                format!(
                    "`orchestrators.webhook_jobs` of the server's settings lists {}",
                    self.jobs.join(", ")
                ),
            ),
        )
    }

    pub(super) async fn submit(&self, job: &TrainingJob) -> Result<SubmittedJob> {
        self.check(&job.target.job)?;
        let id = external_id(&job.run);
        let answer = self
            .send(&id, "retrain.requested", request(job))
            .await
            .map_err(|failure| refused_or_away("the webhook was not delivered", &failure))?;
        // A receiver that says "I have this one" has it.
        if answer.status != 409
            && let Some(failure) = answer.failure(self.clock.now())
        {
            return Err(refused_or_away("the webhook was refused", &failure));
        }
        // Many receivers answer with a word, or with nothing.
        let said: Accepted = serde_json::from_slice(&answer.body).unwrap_or_default();
        let status_url = match said.status_url {
            Some(url) => Some(self.near(&url)?),
            None => None,
        };
        let external_id = match (status_url, said.external_id) {
            (Some(url), _) => url.to_string(),
            (None, Some(own)) if !own.is_empty() && !own.contains("://") => own,
            (None, _) => id,
        };
        Ok(SubmittedJob {
            external_id,
            url: said.url.filter(|url| url.starts_with("https://")),
        })
    }

    pub(super) async fn status(&self, job: &JobHandle) -> Result<JobStatus> {
        let polled = job.external_id.as_deref().filter(|id| id.contains("://"));
        let Some(url) = polled else {
            // The callback will say; until then, or until its time is over, it runs.
            return Ok(JobStatus::Running);
        };
        let url = self.near(url)?;
        let headers = self
            .headers(&external_id(&job.run), b"")
            .map_err(|failure| refused_or_away("the status cannot be asked for", &failure))?;
        let answer = self
            .client
            .ask(Method::GET, &url, headers, None)
            .await
            .map_err(|failure| Error::unavailable(failure.message))?;
        if matches!(answer.status, 404 | 410) {
            return Ok(JobStatus::Lost {
                reason: format!("`{}` knows no such job (any more)", answer.host),
            });
        }
        if let Some(failure) = answer.failure(self.clock.now()) {
            return Err(Error::unavailable(failure.message));
        }
        read_status(&answer)
    }

    pub(super) async fn cancel(&self, job: &JobHandle) -> Result<()> {
        let id = format!("{}-cancel", external_id(&job.run));
        let data = json!({
            "retraining": job.run.as_str(),
            "job": job.target.job,
            "external_id": job.external_id,
        });
        let answer = self
            .send(&id, "retrain.cancel_requested", data)
            .await
            .map_err(|failure| Error::unavailable(failure.message))?;
        match answer.failure(self.clock.now()) {
            // Whoever does not know it, or does not take such requests, will not be asked again.
            Some(failure) if failure.is_temporary => Err(Error::unavailable(failure.message)),
            _ => Ok(()),
        }
    }

    /// Addresses that an answer names must lie where the webhook does: an answer does not send
    /// us anywhere.
    fn near(&self, url: &str) -> Result<Url> {
        let parsed = self.url.join(url).map_err(|source| {
            Error::invalid("the `status_url` of the webhook's answer cannot be read")
                .with_source(source)
        })?;
        if parsed.origin() != self.url.origin() {
            return Err(Error::invalid(
                "the `status_url` of the webhook's answer leads to another host than the webhook",
            ));
        }
        Ok(parsed)
    }

    async fn send(
        &self,
        id: &str,
        event_type: &str,
        data: Value,
    ) -> std::result::Result<Answer, Failure> {
        let body = json!({
            "type": event_type,
            "timestamp": self.clock.now(),
            "data": data,
        })
        .to_string()
        .into_bytes();
        let headers = self.headers(id, &body)?;
        self.client
            .ask(Method::POST, &self.url, headers, Some(body))
            .await
    }

    fn headers(&self, id: &str, body: &[u8]) -> std::result::Result<HeaderMap, Failure> {
        let now: Timestamp = self.clock.now();
        let unusable =
            |what: String| Failure::permanent(crate::failure::FailureClass::Settings, what);
        let signature = sign(&self.secret, id, now.as_second(), body)
            .map_err(|why| unusable(format!("the secret of the webhook {why}")))?;
        [
            (ACCEPT, "application/json".to_owned()),
            (CONTENT_TYPE, "application/json".to_owned()),
            (HeaderName::from_static("webhook-id"), id.to_owned()),
            (
                HeaderName::from_static("webhook-timestamp"),
                now.as_second().to_string(),
            ),
            (HeaderName::from_static("webhook-signature"), signature),
        ]
        .into_iter()
        .map(|(name, value)| Ok((name, HeaderValue::from_str(&value)?)))
        .collect::<std::result::Result<_, reqwest::header::InvalidHeaderValue>>()
        .map_err(|error| unusable(format!("a header cannot be written: {error}")))
    }
}

/// What the receiver gets to know.
fn request(job: &TrainingJob) -> Value {
    json!({
        "retraining": job.run.as_str(),
        "model": job.model.as_str(),
        "job": job.target.job,
        "parameters": job.parameters,
        "reason": job.reason,
        "requested_by": job.requested_by,
        "priority": job.priority,
        "deadline": job.deadline,
        "snapshot": snapshot(job),
        "callback": job.callback.as_ref().map(|callback| json!({
            "url": callback.url,
            "token": callback.token,
        })),
    })
}

/// The snapshot, for those who are told about it.
pub(super) fn snapshot(job: &TrainingJob) -> Value {
    json!({
        "id": job.snapshot.id.as_str(),
        "folder": job.snapshot.folder,
        "manifest_sha256": job.snapshot.manifest_sha256,
        "period": job.snapshot.period,
        "n_rows": job.snapshot.n_rows,
    })
}

fn read_status(answer: &Answer) -> Result<JobStatus> {
    #[derive(Deserialize)]
    struct Waiting {
        status: String,
    }
    // One word more than a report has.
    if let Ok(waiting) = serde_json::from_slice::<Waiting>(&answer.body)
        && waiting.status == "queued"
    {
        return Ok(JobStatus::Queued);
    }
    let report: JobReport = serde_json::from_slice(&answer.body).map_err(|source| {
        Error::unavailable(format!(
            "`{}` answered with something that is not the status of a job",
            answer.host
        ))
        .with_source(source)
    })?;
    Ok(report.into())
}
