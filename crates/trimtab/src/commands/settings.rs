//! `settings show` and `settings default`.

use crate::cli::{Output, SettingsArgs, SettingsCommand};
use crate::settings::{self, Flags};
use crate::terminal;
use anyhow::Result;
use serde_json::json;
use std::collections::BTreeMap;

pub(crate) fn run(args: SettingsArgs, variables: &BTreeMap<String, String>) -> Result<()> {
    match args.command {
        SettingsCommand::Default => terminal::line(settings::default_toml()?.trim_end()),
        SettingsCommand::Show { config, output } => {
            let flags = Flags {
                config,
                ..Flags::default()
            };
            let rows = settings::effective_table(&settings::load(&flags, variables)?)?;
            if output == Output::Json {
                let items: Vec<_> = rows
                    .into_iter()
                    .map(|(path, value, origin)| {
                        let value: serde_json::Value =
                            serde_json::from_str(&value).unwrap_or_default();
                        json!({"setting": path, "value": value, "from": origin})
                    })
                    .collect();
                return terminal::line(&serde_json::to_string_pretty(&items)?);
            }
            let mut table = terminal::table(&["setting", "value", "from"]);
            for (path, value, origin) in rows {
                table.add_row([path, value, origin]);
            }
            terminal::line(&terminal::rendered(&table))
        }
    }
}
