//! `model delete`.

use crate::cli::{ModelArgs, ModelCommand};
use crate::client::{Client, escape};
use crate::terminal;
use anyhow::{Result, bail};

pub(crate) async fn run(args: ModelArgs, token: Option<String>) -> Result<()> {
    let ModelCommand::Delete {
        name,
        confirm,
        server,
    } = args.command;
    if name != confirm {
        bail!(
            "`--confirm {confirm}` is not the model's name; nothing was deleted\n  hint: repeat \
             the name: --confirm {name}"
        );
    }
    let client = Client::new(&server.server, token)?;
    client
        .delete(&format!("/api/v1/models/{}", escape(&name)))
        .await?;
    terminal::line(&format!("Deleted model {name} with its data."))
}
