//! The guarded HTTP client: one request to one judged target.

use crate::failure::{Failure, FailureClass};
use crate::guard::{AllowList, Judgement, judge};
use jiff::Timestamp;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{HeaderMap, HeaderValue, RETRY_AFTER};
use reqwest::{Method, Response, Url, redirect, retry};
use rustls::crypto::CryptoProvider;
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::Verifier;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use trimtab_domain::Error;

/// From the first byte sent to the last byte read.
const TIMEOUT: Duration = Duration::from_secs(15);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// So much of an answer's body is read.
const ANSWER_BYTES_MAX: usize = 1024 * 1024;
const USER_AGENT: &str = concat!("trimtab/", env!("CARGO_PKG_VERSION"));

#[derive(Debug, Clone)]
pub(crate) struct GuardedClient {
    allowed: AllowList,
    tls: ClientConfig,
}

/// What somebody answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) host: String,
    pub(crate) status: u16,
    retry_after: Option<HeaderValue>,
    pub(crate) body: Vec<u8>,
    /// Whether there was more than is here.
    pub(crate) is_cut: bool,
}

impl Answer {
    /// What the status means; `None` is success.
    pub(crate) fn failure(&self, now: Timestamp) -> Option<Failure> {
        let retry_after = self.retry_after.as_ref();
        let retry_after = retry_after.and_then(|value| value.to_str().ok());
        Failure::of_status(&self.host, self.status, retry_after, now)
    }
}

impl GuardedClient {
    pub(crate) fn new(allowed: AllowList) -> trimtab_domain::Result<Self> {
        // The provider is named here, not taken from the process: whichever of the dependencies
        // installs a default first changes nothing for us.
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = tls_config(provider).map_err(|source| {
            Error::internal("cannot prepare connections over TLS").with_source(source)
        })?;
        Ok(Self { allowed, tls })
    }

    /// Posts a body, and says what came of it.
    pub(crate) async fn post(
        &self,
        url: &Url,
        headers: HeaderMap,
        body: Vec<u8>,
        now: Timestamp,
    ) -> Result<(), Failure> {
        let answer = self.ask(Method::POST, url, headers, Some(body)).await?;
        match answer.failure(now) {
            None => Ok(()),
            Some(failure) => Err(failure),
        }
    }

    /// Sends a request and reads a bounded part of the answer, whatever its status.
    pub(crate) async fn ask(
        &self,
        method: Method,
        url: &Url,
        headers: HeaderMap,
        body: Option<Vec<u8>>,
    ) -> Result<Answer, Failure> {
        let target = judge(url, &self.allowed).await?;
        let host = target.host.clone();
        let client = self.client_for(target)?;
        let mut request = client.request(method, url.clone()).headers(headers);
        if let Some(body) = body {
            request = request.body(body);
        }
        let response = request
            .send()
            .await
            .map_err(|error| Failure::of_transport(&host, &error))?;
        let status = response.status().as_u16();
        let retry_after = response.headers().get(RETRY_AFTER).cloned();
        let (body, is_cut) = read(response).await;
        Ok(Answer {
            host,
            status,
            retry_after,
            body,
            is_cut,
        })
    }

    /// A client that can reach the judged addresses only. Messages are rare: one client each
    /// costs less than a cache of them would.
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the guarded client that everybody else is sent to"
    )]
    fn client_for(&self, target: Judgement) -> Result<reqwest::Client, Failure> {
        reqwest::Client::builder()
            .tls_backend_preconfigured(self.tls.clone())
            .user_agent(USER_AGENT)
            .timeout(TIMEOUT)
            .connect_timeout(CONNECT_TIMEOUT)
            .redirect(redirect::Policy::none())
            .retry(retry::never())
            .no_proxy()
            .referer(false)
            .pool_max_idle_per_host(0)
            .dns_resolver(Arc::new(Judged(target.addresses)))
            .build()
            .map_err(|error| {
                Failure::permanent(
                    FailureClass::Settings,
                    format!("cannot prepare a connection to `{}`: {error}", target.host),
                )
            })
    }
}

/// Answers every question with the judged addresses, so that a name that moves between the
/// judgement and the connection leads nowhere else.
struct Judged(Vec<SocketAddr>);

impl Resolve for Judged {
    fn resolve(&self, _name: Name) -> Resolving {
        let addresses: Addrs = Box::new(self.0.clone().into_iter());
        Box::pin(std::future::ready(Ok(addresses)))
    }
}

fn tls_config(provider: Arc<CryptoProvider>) -> Result<ClientConfig, rustls::Error> {
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()?;
    Ok(match Verifier::new(provider) {
        Ok(verifier) => builder
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_no_client_auth(),
        // A machine without certificates can still reach what needs none; every other
        // connection fails as untrusted, and says so.
        Err(error) => {
            tracing::warn!(%error, "no trusted certificates on this machine");
            builder
                .with_root_certificates(RootCertStore::empty())
                .with_no_client_auth()
        }
    })
}

/// Reads a bounded part of the body: a receiver whose answer is cut off may take it for a failure.
/// Whatever goes wrong here, the status has been said.
async fn read(mut response: Response) -> (Vec<u8>, bool) {
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) => {
                let room = ANSWER_BYTES_MAX - body.len();
                if chunk.len() > room {
                    body.extend_from_slice(&chunk[..room]);
                    return (body, true);
                }
                body.extend_from_slice(&chunk);
            }
            Ok(None) => return (body, false),
            Err(_) => return (body, true),
        }
    }
}
