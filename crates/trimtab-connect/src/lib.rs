//! Other people's services: how messages leave the house, and who runs training jobs.
//!
//! Floor 2: it imports `trimtab-domain` and owns the HTTP client.
//!
//! Invariants:
//! * No request leaves without passing the [`guard`]: the name is resolved here, every address
//!   is judged, and the connection goes to a judged address and nowhere else.
//! * One call is one attempt. Waiting, repeating and giving up are decided in `trimtab-domain`.
//! * Secrets come from a resolver that the caller passes in (only the binary reads the
//!   environment), are never logged, and an address is named by its host alone: the rest of a
//!   webhook's URL is often a password.
//! * A job runs only if the operator's settings list it ([`orchestrators`]), and never twice.
//!
//! To add a kind of channel, add it to `ChannelType` in `trimtab-domain`, give it a module beside
//! [`webhook`] that turns a message into a guarded request, and dispatch to it in
//! [`notifier::WebhookNotifier`].
//!
//! Deliberately absent: decisions about whom to tell, retries, redirects, proxies.

mod client;
pub mod failure;
pub mod guard;
pub mod notifier;
pub mod orchestrators;
pub mod webhook;

pub use failure::{Failure, FailureClass};
pub use guard::AllowList;
pub use notifier::{SecretResolver, WebhookNotifier};
pub use orchestrators::Orchestrators;
