//! Settings of the server: defaults, then `trimtab.toml`, then the environment, then flags.
//!
//! Every setting has one path (`server.listen`), one line in the file and one variable
//! (`TRIMTAB_SERVER__LISTEN`). An unknown one is refused with the nearest name that exists.

mod layers;
mod print;
mod sections;

pub(crate) use layers::{Flags, load};
pub(crate) use print::{default_toml, effective_table, reference_page, schema};
pub(crate) use sections::{LogFormat, Settings};
