//! `token`: API tokens, in the metadata database itself: the first one must exist before the
//! server starts.

use crate::cli::{Output, PlaceArgs, TokenArgs, TokenCommand};
use crate::commands::{instant, settings_of, told};
use crate::terminal;
use crate::wiring;
use crate::world::{RandomIdentity, WallClock};
use anyhow::{Context, Result};
use serde_json::json;
use std::collections::BTreeMap;
use trimtab_app::Permission;
use trimtab_app::tokens::TokenDesk;
use trimtab_domain::TokenId;
use trimtab_domain::ports::TokenStore;
use trimtab_domain::ports::store::Token;
use trimtab_store::SqlStore;

pub(crate) async fn run(args: TokenArgs, variables: &BTreeMap<String, String>) -> Result<()> {
    match args.command {
        TokenCommand::Create {
            name,
            allow,
            person,
            expires,
            place,
        } => {
            let permissions = allow
                .iter()
                .map(|word| word.parse::<Permission>())
                .collect::<trimtab_domain::Result<Vec<_>>>()
                .map_err(|err| told(&err))?;
            let expires_at = expires.as_deref().map(instant).transpose()?;
            let store = open(place, variables).await?;
            let made = desk(&store)
                .create_for(person.as_deref(), &name, &permissions, expires_at)
                .await
                .map_err(|err| told(&err))?;
            store.close().await;
            terminal::note(&format!(
                "Token {} for `{name}` may: {}. This is the only time its secret is shown:",
                made.token.id,
                made.token.permissions.join(", ")
            ));
            terminal::line(&made.secret)
        }
        TokenCommand::List { output, place } => {
            let store = open(place, variables).await?;
            let tokens = store.tokens().await.map_err(|err| told(&err))?;
            store.close().await;
            list(&tokens, output)
        }
        TokenCommand::Revoke { id, place } => {
            let id: TokenId = id.parse().map_err(|err| told(&err))?;
            let store = open(place, variables).await?;
            desk(&store).revoke(&id).await.map_err(|err| told(&err))?;
            store.close().await;
            terminal::line(&format!("Revoked {id}."))
        }
    }
}

fn desk(store: &SqlStore) -> TokenDesk<'_> {
    TokenDesk {
        store,
        clock: &WallClock,
        identity: &RandomIdentity,
        actor: "command line",
    }
}

async fn open(place: PlaceArgs, variables: &BTreeMap<String, String>) -> Result<SqlStore> {
    let settings = settings_of(place, variables)?;
    // A token may be made before the first start.
    std::fs::create_dir_all(&settings.data_dir)
        .with_context(|| format!("cannot make the data directory {}", settings.data_dir))?;
    wiring::open_store(&settings).await
}

fn list(tokens: &[Token], output: Output) -> Result<()> {
    let instant = |at: Option<jiff::Timestamp>| at.map(|at| at.strftime("%F %H:%M").to_string());
    if output == Output::Json {
        let items: Vec<_> = tokens
            .iter()
            .map(|token| {
                json!({"id": token.id, "name": token.name, "person": token.person, "permissions": token.permissions,
                       "created_at": token.created_at, "expires_at": token.expires_at,
                       "revoked_at": token.revoked_at})
            })
            .collect();
        return terminal::line(&serde_json::to_string_pretty(&items)?);
    }
    if tokens.is_empty() {
        return terminal::line("No tokens.");
    }
    let mut table = terminal::table(&[
        "id",
        "name",
        "whose",
        "may",
        "made (UTC)",
        "until",
        "revoked",
    ]);
    for token in tokens {
        table.add_row([
            token.id.to_string(),
            token.name.clone(),
            token.person.clone().unwrap_or_else(|| "–".to_owned()),
            token.permissions.join(", "),
            instant(Some(token.created_at)).unwrap_or_default(),
            instant(token.expires_at).unwrap_or_else(|| "–".to_owned()),
            instant(token.revoked_at).unwrap_or_else(|| "–".to_owned()),
        ]);
    }
    terminal::line(&terminal::rendered(&table))
}
