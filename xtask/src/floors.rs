//! Who may import whom (the table of ARCHITECTURE.md), and who owns which library.

use crate::run;
use anyhow::{Result, bail};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::path::Path;

/// A room of the house: a crate, and which of ours it may import.
struct Room {
    name: &'static str,
    may_import: &'static [&'static str],
}

const STATS: &str = "trimtab-stats";
const DOMAIN: &str = "trimtab-domain";
const APP: &str = "trimtab-app";
const ENGINE: &str = "trimtab-engine";
const SCORING: &str = "trimtab-scoring";
const STORE: &str = "trimtab-store";
const CONNECT: &str = "trimtab-connect";
const SERVER: &str = "trimtab-server";
const BINARY: &str = "trimtab";
const TESTKIT: &str = "trimtab-testkit";
const BENCHES: &str = "trimtab-benches";
const CALIBRATION: &str = "trimtab-calibration";
const XTASK: &str = "xtask";

const ROOMS: &[Room] = &[
    Room {
        name: STATS,
        may_import: &[],
    },
    Room {
        name: DOMAIN,
        may_import: &[STATS],
    },
    Room {
        name: APP,
        may_import: &[DOMAIN, STATS],
    },
    Room {
        name: ENGINE,
        may_import: &[DOMAIN, STATS],
    },
    Room {
        name: SCORING,
        may_import: &[DOMAIN, STATS],
    },
    Room {
        name: STORE,
        may_import: &[DOMAIN, STATS],
    },
    Room {
        name: CONNECT,
        may_import: &[DOMAIN],
    },
    Room {
        name: SERVER,
        may_import: &[DOMAIN, APP],
    },
    Room {
        name: BINARY,
        may_import: &[STATS, DOMAIN, APP, ENGINE, SCORING, STORE, CONNECT, SERVER],
    },
    Room {
        name: TESTKIT,
        may_import: &[STATS, DOMAIN, APP],
    },
    Room {
        name: BENCHES,
        may_import: &[STATS, DOMAIN, APP, ENGINE, SCORING, STORE, CONNECT, SERVER],
    },
    Room {
        name: CALIBRATION,
        may_import: &[STATS],
    },
    Room {
        name: XTASK,
        may_import: &[],
    },
];

/// A family of libraries and the rooms that may import it. A name ending in `*` is a prefix.
struct Owned {
    libraries: &'static [&'static str],
    owners: &'static [&'static str],
    /// Rooms whose tests may use it too, to play the world outside.
    in_tests_of: &'static [&'static str],
}

const OWNED: &[Owned] = &[
    Owned {
        libraries: &[
            "arrow*",
            "parquet*",
            "datafusion*",
            "deltalake*",
            "object_store",
            "ballista*",
            "rdkafka",
            "fjall",
            "simd-json",
        ],
        // Benches read the same Parquet with the bare library, to have something to compare with.
        owners: &[ENGINE, BENCHES],
        in_tests_of: &[],
    },
    Owned {
        libraries: &["sqlx*"],
        owners: &[STORE],
        in_tests_of: &[],
    },
    Owned {
        // The binary's own commands talk to a server as any client does.
        libraries: &["reqwest"],
        owners: &[CONNECT, BINARY],
        in_tests_of: &[],
    },
    Owned {
        libraries: &["lettre", "minijinja", "tera", "handlebars"],
        owners: &[CONNECT],
        in_tests_of: &[],
    },
    Owned {
        libraries: &["axum*", "utoipa*", "tower-http"],
        owners: &[SERVER],
        in_tests_of: &[CONNECT, BINARY],
    },
    Owned {
        libraries: &["tract*", "prost"],
        owners: &[SCORING],
        in_tests_of: &[],
    },
    Owned {
        libraries: &["clap*", "tracing-subscriber", "indicatif", "comfy-table"],
        owners: &[BINARY],
        in_tests_of: &[],
    },
    Owned {
        // YAML is parsed at the edge only; documents travel inwards as domain types.
        libraries: &["serde-saphyr", "serde_yaml*", "serde_norway"],
        owners: &[BINARY, SERVER],
        in_tests_of: &[],
    },
    Owned {
        libraries: &["toml*"],
        owners: &[BINARY, XTASK],
        in_tests_of: &[],
    },
    Owned {
        libraries: &["anyhow"],
        owners: &[BINARY, XTASK, BENCHES],
        in_tests_of: &[],
    },
    Owned {
        libraries: &["ctrlc"],
        owners: &[XTASK],
        in_tests_of: &[],
    },
];

/// One edge of the dependency graph.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Edge {
    from: String,
    to: String,
    /// Only the tests of `from` need it.
    is_dev: bool,
}

pub(crate) fn command(_: &[String]) -> Result<()> {
    let metadata = metadata()?;
    let mut findings = broken_edges(&metadata.member_names(), &metadata.edges());
    findings.extend(crate::licences::findings(&metadata)?);
    findings.extend(two_builds(&features(&["-e", "no-dev"])?, &features(&[])?));
    let page = run::root().join("ARCHITECTURE.md");
    match std::fs::read_to_string(&page) {
        Ok(text) => findings.extend(untrue_names(&text, &metadata.member_names())),
        Err(_) => findings.push("ARCHITECTURE.md is missing".to_owned()),
    }
    if findings.is_empty() {
        println!(
            "floors: {} rooms, {} packages, every edge points down",
            metadata.member_names().len(),
            metadata.packages.len()
        );
        return Ok(());
    }
    for finding in &findings {
        println!("floors: {finding}");
    }
    bail!("{} findings", findings.len());
}

/// What `cargo metadata` says, as far as it is read here.
#[derive(Deserialize)]
pub(crate) struct Metadata {
    pub(crate) packages: Vec<Package>,
    workspace_members: Vec<String>,
}

#[derive(Deserialize)]
pub(crate) struct Package {
    id: String,
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) license: Option<String>,
    dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    kind: Option<String>,
}

impl Metadata {
    fn members(&self) -> impl Iterator<Item = &Package> {
        let members: BTreeSet<&String> = self.workspace_members.iter().collect();
        self.packages
            .iter()
            .filter(move |package| members.contains(&package.id))
    }

    pub(crate) fn member_names(&self) -> Vec<String> {
        self.members().map(|package| package.name.clone()).collect()
    }

    fn edges(&self) -> Vec<Edge> {
        self.members()
            .flat_map(|package| {
                package.dependencies.iter().map(|dependency| Edge {
                    from: package.name.clone(),
                    to: dependency.name.clone(),
                    is_dev: dependency.kind.as_deref() == Some("dev"),
                })
            })
            .collect()
    }
}

fn metadata() -> Result<Metadata> {
    let text = run::output(&mut run::cargo(&[
        "metadata",
        "--format-version",
        "1",
        "--locked",
    ]))?;
    Ok(serde_json::from_str(&text)?)
}

fn broken_edges(members: &[String], edges: &[Edge]) -> Vec<String> {
    let mut findings = Vec::new();
    for member in members {
        if !ROOMS.iter().any(|room| room.name == member) {
            findings.push(format!(
                "`{member}` has no floor: give it a line in xtask/src/floors.rs and in ARCHITECTURE.md"
            ));
        }
    }
    for edge in edges {
        if ROOMS.iter().any(|room| room.name == edge.to) {
            findings.extend(broken_inner_edge(edge));
        } else {
            findings.extend(broken_outer_edge(edge));
        }
    }
    findings
}

fn broken_inner_edge(Edge { from, to, is_dev }: &Edge) -> Option<String> {
    if to == TESTKIT {
        return (!is_dev && from != BENCHES)
            .then(|| format!("`{from}` imports `{to}`, which only tests may do"));
    }
    let room = ROOMS.iter().find(|room| room.name == from)?;
    if room.may_import.contains(&to.as_str()) {
        return None;
    }
    Some(if to == ENGINE {
        format!(
            "`{from}` imports `{to}`: only the binary and the benches may, so that most edits never link it"
        )
    } else {
        format!("`{from}` imports `{to}`, which is not below it")
    })
}

fn broken_outer_edge(Edge { from, to, is_dev }: &Edge) -> Option<String> {
    if from == STATS && !is_dev {
        return Some(format!(
            "`{from}` imports `{to}`: the ground floor needs nothing but std"
        ));
    }
    let matches = |pattern: &str| match pattern.strip_suffix('*') {
        Some(prefix) => to.starts_with(prefix),
        None => to == pattern,
    };
    let owned = OWNED
        .iter()
        .find(|owned| owned.libraries.iter().any(|pattern| matches(pattern)))?;
    let may = |rooms: &[&str]| rooms.contains(&from.as_str());
    if may(owned.owners) || (*is_dev && may(owned.in_tests_of)) {
        return None;
    }
    Some(format!(
        "`{from}` imports `{to}`, which belongs to {}",
        owned.owners.join(", ")
    ))
}

/// Every package of the workspace's build with the features that are on, sorted.
fn features(selection: &[&str]) -> Result<Vec<String>> {
    let fixed = [
        "tree",
        "--workspace",
        "--locked",
        "--prefix",
        "none",
        "-f",
        "{p} [{f}]",
    ];
    let text = run::output(&mut run::cargo(&[&fixed, selection].concat()))?;
    let packages: BTreeSet<String> = text
        .lines()
        .map(|line| line.trim_end_matches(" (*)").to_owned())
        .collect();
    Ok(packages.into_iter().collect())
}

/// Packages that tests would build again, because only their own dependencies ask for a feature.
fn two_builds(without_tests: &[String], with_tests: &[String]) -> Vec<String> {
    let name = |line: &str| line.split(" [").next().unwrap_or(line).to_owned();
    let known: BTreeSet<String> = without_tests.iter().map(|line| name(line)).collect();
    with_tests
        .iter()
        .filter(|line| known.contains(&name(line)) && !without_tests.contains(line))
        .map(|line| {
            format!(
                "`{line}` has features that only tests ask for, so a build with tests builds it, \
                 and all above it, again: ask for them in trimtab-testkit's own dependencies too"
            )
        })
        .collect()
}

/// ARCHITECTURE.md names every crate of ours, and none that does not exist.
fn untrue_names(page: &str, members: &[String]) -> Vec<String> {
    let named: BTreeSet<&str> = page
        .split(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '_'))
        .filter(|word| {
            word.strip_prefix("trimtab-").is_some_and(|rest| {
                !rest.is_empty() && rest.chars().all(|c| c.is_ascii_lowercase())
            })
        })
        .collect();
    let mut findings = Vec::new();
    for member in members.iter().filter(|name| name.starts_with("trimtab-")) {
        if !named.contains(member.as_str()) {
            findings.push(format!("ARCHITECTURE.md does not name `{member}`"));
        }
    }
    for name in named {
        let is_data = Path::new(run::root()).join(name).exists();
        if !members.iter().any(|member| member == name) && !is_data && name != "trimtab-data" {
            findings.push(format!(
                "ARCHITECTURE.md names `{name}`, which does not exist"
            ));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(from: &str, to: &str, is_dev: bool) -> Vec<String> {
        let edge = Edge {
            from: from.to_owned(),
            to: to.to_owned(),
            is_dev,
        };
        broken_edges(&[from.to_owned()], &[edge])
    }

    #[test]
    fn edges_that_point_down_are_fine() {
        assert!(findings(APP, DOMAIN, false).is_empty());
        assert!(findings(BINARY, ENGINE, false).is_empty());
        assert!(findings(BENCHES, ENGINE, false).is_empty());
        assert!(findings(SERVER, APP, false).is_empty());
    }

    #[test]
    fn edges_up_and_across_are_found() {
        assert_eq!(
            findings(DOMAIN, APP, false),
            ["`trimtab-domain` imports `trimtab-app`, which is not below it"]
        );
        assert_eq!(findings(STORE, CONNECT, false).len(), 1);
        assert_eq!(findings(SERVER, STORE, true).len(), 1);
        assert_eq!(findings(CONNECT, STATS, false).len(), 1);
        assert_eq!(findings(XTASK, STATS, false).len(), 1);
    }

    #[test]
    fn the_engine_stays_a_side_room() {
        for room in [APP, STORE, SERVER, CONNECT, TESTKIT, XTASK] {
            let found = findings(room, ENGINE, true);
            assert_eq!(found.len(), 1, "{room}");
            assert!(found[0].contains("only the binary and the benches"));
        }
    }

    #[test]
    fn the_testkit_is_for_tests() {
        assert!(findings(APP, TESTKIT, true).is_empty());
        assert_eq!(findings(APP, TESTKIT, false).len(), 1);
    }

    #[test]
    fn a_library_has_one_owner() {
        assert!(findings(STORE, "sqlx", false).is_empty());
        assert_eq!(
            findings(APP, "sqlx", false),
            ["`trimtab-app` imports `sqlx`, which belongs to trimtab-store"]
        );
        assert_eq!(findings(APP, "arrow-array", false).len(), 1);
        assert_eq!(findings(DOMAIN, "axum", true).len(), 1);
        assert!(findings(CONNECT, "axum", true).is_empty());
        assert_eq!(findings(CONNECT, "axum", false).len(), 1);
        assert!(findings(DOMAIN, "serde", false).is_empty());
    }

    #[test]
    fn the_ground_floor_needs_nothing() {
        assert_eq!(findings(STATS, "serde", false).len(), 1);
        assert!(findings(STATS, "proptest", true).is_empty());
    }

    #[test]
    fn one_build_serves_programs_and_tests() {
        let lines = |all: &[&str]| {
            all.iter()
                .map(|line| (*line).to_owned())
                .collect::<Vec<_>>()
        };
        let without = lines(&["a v1 [std]", "b v1 []"]);
        assert!(two_builds(&without, &lines(&["a v1 [std]", "b v1 []", "c v1 [x]"])).is_empty());
        let found = two_builds(&without, &lines(&["a v1 [std,test]", "b v1 []"]));
        assert_eq!(found.len(), 1);
        assert!(found[0].starts_with("`a v1 [std,test]`"));
    }

    #[test]
    fn a_room_without_a_floor_is_found() {
        let found = broken_edges(&["trimtab-attic".to_owned()], &[]);
        assert_eq!(found.len(), 1);
        assert!(found[0].contains("has no floor"));
    }

    #[test]
    fn the_page_names_every_crate_and_no_absent_one() {
        let members = ["trimtab-stats".to_owned(), "trimtab-app".to_owned()];
        let found = untrue_names("`trimtab-stats`, and `trimtab-cellar`.", &members);
        assert_eq!(
            found,
            [
                "ARCHITECTURE.md does not name `trimtab-app`",
                "ARCHITECTURE.md names `trimtab-cellar`, which does not exist",
            ]
        );
        assert!(untrue_names("trimtab-stats trimtab-app trimtab_app", &members).is_empty());
    }
}
