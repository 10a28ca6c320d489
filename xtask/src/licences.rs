//! Licences and banned libraries, by the lists of `deny.toml`: `cargo deny` reads the same file,
//! but would have to be compiled first.

use crate::floors::Metadata;
use crate::run;
use anyhow::{Context, Result};
use serde::Deserialize;

#[derive(Deserialize)]
struct Deny {
    licenses: Licences,
    bans: Bans,
}

#[derive(Deserialize)]
struct Licences {
    allow: Vec<String>,
}

#[derive(Deserialize)]
struct Bans {
    deny: Vec<Banned>,
}

#[derive(Deserialize)]
struct Banned {
    name: String,
    reason: String,
}

pub(crate) fn findings(metadata: &Metadata) -> Result<Vec<String>> {
    let text = std::fs::read_to_string(run::root().join("deny.toml"))?;
    let rules: Deny = toml::from_str(&text).context("deny.toml")?;
    let mut findings = Vec::new();
    for package in &metadata.packages {
        let (name, version) = (&package.name, &package.version);
        if let Some(banned) = rules.bans.deny.iter().find(|banned| &banned.name == name) {
            findings.push(format!("`{name}` {version} is banned: {}", banned.reason));
        }
        match &package.license {
            Some(licence) if is_allowed(licence, &rules.licenses.allow) => {}
            Some(licence) => findings.push(format!(
                "`{name}` {version} has the licence {licence}, which deny.toml does not allow"
            )),
            None => findings.push(format!("`{name}` {version} states no licence")),
        }
    }
    Ok(findings)
}

/// Whether an SPDX expression can be satisfied with the allowed licences alone. The old form
/// with a slash means `OR`.
fn is_allowed(expression: &str, allowed: &[String]) -> bool {
    let spaced = expression
        .replace('/', " OR ")
        .replace('(', " ( ")
        .replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut reader = Reader {
        words: &words,
        position: 0,
        allowed,
    };
    reader.any() && reader.position == words.len()
}

struct Reader<'a> {
    words: &'a [&'a str],
    position: usize,
    allowed: &'a [String],
}

impl Reader<'_> {
    fn take(&mut self, word: &str) -> bool {
        let found = self.words.get(self.position) == Some(&word);
        self.position += usize::from(found);
        found
    }

    fn any(&mut self) -> bool {
        let mut fine = self.all();
        while self.take("OR") {
            fine |= self.all();
        }
        fine
    }

    fn all(&mut self) -> bool {
        let mut fine = self.one();
        while self.take("AND") {
            fine &= self.one();
        }
        fine
    }

    fn one(&mut self) -> bool {
        if self.take("(") {
            let fine = self.any();
            return self.take(")") && fine;
        }
        let Some(word) = self.words.get(self.position) else {
            return false;
        };
        self.position += 1;
        let mut name = (*word).to_owned();
        if self.take("WITH") {
            let Some(exception) = self.words.get(self.position) else {
                return false;
            };
            self.position += 1;
            name = format!("{name} WITH {exception}");
        }
        self.allowed.contains(&name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(expression: &str, expected: bool) {
        let allowed =
            ["MIT", "Apache-2.0", "ISC", "Apache-2.0 WITH LLVM-exception"].map(str::to_owned);
        assert_eq!(is_allowed(expression, &allowed), expected, "{expression}");
    }

    #[test]
    fn reads_licence_expressions() {
        check("MIT", true);
        check("GPL-3.0", false);
        check("GPL-3.0 OR MIT", true);
        check("GPL-3.0/MIT", true);
        check("MIT AND GPL-3.0", false);
        check("ISC AND (Apache-2.0 OR GPL-2.0-only)", true);
        check("Apache-2.0 WITH LLVM-exception", true);
        check("GPL-2.0 WITH Classpath-exception-2.0", false);
        check("(MIT", false);
        check("", false);
    }
}
