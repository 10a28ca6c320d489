//! Speaking to Airflow: which generation it is, who we are there, one request.

use super::AirflowLogin;
use crate::client::{Answer, GuardedClient};
use crate::guard::AllowList;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Method, Url};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use trimtab_domain::ports::Clock;
use trimtab_domain::{Error, Result};

/// Which interface a server speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Generation {
    /// Airflow 2: `/api/v1`.
    Two,
    /// Airflow 3: `/api/v2`.
    Three,
}

impl Generation {
    fn prefix(self) -> [&'static str; 2] {
        match self {
            Self::Two => ["api", "v1"],
            Self::Three => ["api", "v2"],
        }
    }
}

/// What is known about a server; forgotten when it turns out to be wrong.
#[derive(Default, Clone)]
struct Known {
    generation: Option<Generation>,
    token: Option<String>,
}

pub(super) struct Api {
    base: Url,
    login: AirflowLogin,
    client: GuardedClient,
    clock: Arc<dyn Clock>,
    known: Mutex<Known>,
}

impl fmt::Debug for Api {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Api").finish_non_exhaustive()
    }
}

/// An answer of Airflow.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) generation: Generation,
    pub(super) status: u16,
    pub(super) body: Vec<u8>,
    pub(super) is_cut: bool,
    /// What the status means, in words.
    meaning: String,
    is_temporary: bool,
}

impl Reply {
    pub(super) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    pub(super) fn json(&self) -> Result<Value> {
        self.read()
    }

    pub(super) fn read<T: DeserializeOwned>(&self) -> Result<T> {
        serde_json::from_slice(&self.body).map_err(|source| {
            Error::unavailable("Airflow answered with something that cannot be read")
                .with_source(source)
        })
    }

    /// The answer as an error of somebody who will ask again.
    pub(super) fn away(&self, what: &str) -> Error {
        Error::unavailable(format!("{what}: {}", self.words()))
    }

    /// The answer as an error of a request that is refused, unless it may pass next time.
    pub(super) fn refusal(&self, what: &str) -> Error {
        let text = format!("{what}: {}", self.words());
        if self.is_temporary {
            Error::unavailable(text)
        } else {
            Error::invalid(text)
        }
    }

    fn words(&self) -> String {
        let detail = serde_json::from_slice::<Value>(&self.body)
            .ok()
            .and_then(|body| body.get("detail").cloned())
            .filter(|detail| !detail.is_null());
        match detail {
            Some(Value::String(text)) => format!("{} ({})", self.meaning, shortened(&text)),
            Some(other) => format!("{} ({})", self.meaning, shortened(&other.to_string())),
            None => self.meaning.clone(),
        }
    }
}

fn shortened(text: &str) -> String {
    text.chars().take(300).collect()
}

impl Api {
    pub(super) fn new(
        url: &str,
        login: AirflowLogin,
        allowed: AllowList,
        clock: Arc<dyn Clock>,
    ) -> Result<Self> {
        let base: Url = url.parse().map_err(|source| {
            Error::invalid("the address of Airflow cannot be read").with_source(source)
        })?;
        if base.cannot_be_a_base() {
            return Err(Error::invalid(
                "the address of Airflow is not one of a server",
            ));
        }
        Ok(Self {
            client: GuardedClient::new(allowed.and(&base)?)?,
            base,
            login,
            clock,
            known: Mutex::default(),
        })
    }

    pub(super) async fn get(&self, path: &[&str]) -> Result<Reply> {
        self.send(Method::GET, path, None).await
    }

    /// A value as it is: Airflow 2 would show Python's spelling of it.
    pub(super) async fn get_value(&self, path: &[&str]) -> Result<Reply> {
        self.request(Method::GET, path, None, &[("stringify", "false")])
            .await
    }

    pub(super) async fn send(
        &self,
        method: Method,
        path: &[&str],
        body: Option<Value>,
    ) -> Result<Reply> {
        self.request(method, path, body, &[]).await
    }

    /// Where people look at a run.
    pub(super) fn page(&self, generation: Generation, dag: &str, id: &str) -> String {
        let url = match generation {
            Generation::Three => self.url(&["dags", dag, "runs", id]),
            Generation::Two => {
                let mut url = self.url(&["dags", dag, "grid"]);
                url.query_pairs_mut().append_pair("dag_run_id", id);
                url
            }
        };
        url.to_string()
    }

    async fn request(
        &self,
        method: Method,
        path: &[&str],
        body: Option<Value>,
        query: &[(&str, &str)],
    ) -> Result<Reply> {
        let generation = self.generation().await?;
        let mut url = self.url(&[&generation.prefix(), path].concat());
        if !query.is_empty() && generation == Generation::Two {
            url.query_pairs_mut().extend_pairs(query);
        }
        let authorization = self.authorization(generation).await?;
        let answer = self
            .ask(method.clone(), &url, &authorization, body.as_ref())
            .await?;
        // A token lives for a day; a new one may do.
        let answer = if answer.status == 401 && self.forget_token() {
            let authorization = self.authorization(generation).await?;
            self.ask(method, &url, &authorization, body.as_ref())
                .await?
        } else {
            answer
        };
        Ok(self.reply(generation, answer))
    }

    fn reply(&self, generation: Generation, answer: Answer) -> Reply {
        let failure = answer.failure(self.clock.now());
        Reply {
            generation,
            status: answer.status,
            is_cut: answer.is_cut,
            is_temporary: failure.as_ref().is_some_and(|failure| failure.is_temporary),
            meaning: failure.map(|failure| failure.message).unwrap_or_default(),
            body: answer.body,
        }
    }

    async fn generation(&self) -> Result<Generation> {
        if let Some(generation) = self.lock().generation {
            return Ok(generation);
        }
        for generation in [Generation::Three, Generation::Two] {
            let url = self.url(&[&generation.prefix()[..], &["version"]].concat());
            let answer = self
                .client
                .ask(Method::GET, &url, HeaderMap::new(), None)
                .await
                .map_err(|failure| Error::unavailable(failure.message))?;
            // A server that wants to know who asks has the interface too, unless it shows its
            // login page for everything.
            let has_it = match answer.status {
                200 => serde_json::from_slice::<Value>(&answer.body)
                    .is_ok_and(|body| body["version"].is_string()),
                401 | 403 => true,
                500.. => {
                    return Err(Error::unavailable(format!(
                        "`{}` cannot say which Airflow it is (status {})",
                        answer.host, answer.status
                    )));
                }
                _ => false,
            };
            if has_it {
                self.lock().generation = Some(generation);
                return Ok(generation);
            }
        }
        Err(
            Error::invalid("the address of Airflow leads to something else")
                .with_hint("neither /api/v2/version nor /api/v1/version answers there"),
        )
    }

    async fn authorization(&self, generation: Generation) -> Result<String> {
        let (user, password) = match &self.login {
            AirflowLogin::Token(token) => return Ok(format!("Bearer {token}")),
            AirflowLogin::Password { user, password } => (user, password),
        };
        if generation == Generation::Two {
            let pair = STANDARD.encode(format!("{user}:{password}"));
            return Ok(format!("Basic {pair}"));
        }
        if let Some(token) = &self.lock().token {
            return Ok(format!("Bearer {token}"));
        }
        let url = self.url(&["auth", "token"]);
        let body = json!({"username": user, "password": password});
        let answer = self.ask(Method::POST, &url, "", Some(&body)).await?;
        if let Some(failure) = answer.failure(self.clock.now()) {
            return Err(super::super::refused_or_away(
                "Airflow does not let us in",
                &failure,
            ));
        }
        let document: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        let Some(token) = document["access_token"].as_str() else {
            return Err(Error::unavailable("Airflow let us in, but gave no token"));
        };
        self.lock().token = Some(token.to_owned());
        Ok(format!("Bearer {token}"))
    }

    async fn ask(
        &self,
        method: Method,
        url: &Url,
        authorization: &str,
        body: Option<&Value>,
    ) -> Result<Answer> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if !authorization.is_empty() {
            let mut value = HeaderValue::from_str(authorization).map_err(|_| {
                Error::invalid("the login for Airflow holds characters that no header may hold")
            })?;
            value.set_sensitive(true);
            headers.insert(AUTHORIZATION, value);
        }
        let body = body.map(|body| body.to_string().into_bytes());
        self.client
            .ask(method, url, headers, body)
            .await
            .map_err(|failure| super::super::refused_or_away("Airflow cannot be asked", &failure))
    }

    /// Whether there was one that may have been too old.
    fn forget_token(&self) -> bool {
        self.lock().token.take().is_some()
    }

    /// Every part is escaped: a name cannot lead elsewhere.
    fn url(&self, path: &[&str]) -> Url {
        let mut url = self.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        url
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
