//! Searching registered models and their versions in MLflow's language.

use crate::app::App;
use std::cmp::Ordering;
use std::collections::BTreeMap;
use trimtab_domain::registry::{ModelVersion, RegisteredModel, Stage};
use trimtab_domain::tracking::matching::{Searched, passes};
use trimtab_domain::tracking::search::{
    Field, Filter, MODEL_VERSIONS, OrderBy, REGISTERED_MODELS, parse, parse_order,
};
use trimtab_domain::{Error, Result};

/// The tag that makes a registered model a prompt. What lacks it is none.
pub(super) const PROMPT_TAG: &str = "mlflow.prompt.is_prompt";

/// A page of registered models.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelPage {
    /// What is on it.
    pub items: Vec<RegisteredModel>,
    /// Where the next begins.
    pub next: Option<String>,
}

/// A page of versions.
#[derive(Debug, Clone, PartialEq)]
pub struct VersionPage {
    /// What is on it.
    pub items: Vec<ModelVersion>,
    /// Where the next begins.
    pub next: Option<String>,
}

struct Model<'a>(&'a RegisteredModel);

struct Version<'a> {
    version: &'a ModelVersion,
    is_prompt: bool,
}

fn as_searched<'a>(version: &'a ModelVersion, prompts: &[String]) -> Version<'a> {
    Version {
        is_prompt: prompts.contains(&version.model),
        version,
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "milliseconds stay far below 2^53"
)]
fn milliseconds(instant: i64) -> f64 {
    instant as f64
}

fn tag<'a>(tags: &'a BTreeMap<String, String>, key: &str) -> Option<&'a str> {
    match tags.get(key) {
        None if key == PROMPT_TAG => Some("false"),
        found => found.map(String::as_str),
    }
}

impl Searched for Model<'_> {
    fn text(&self, attribute: &str) -> Option<String> {
        (attribute == "name").then(|| self.0.name.clone())
    }

    fn number(&self, attribute: &str) -> Option<f64> {
        match attribute {
            "creation_timestamp" => Some(milliseconds(self.0.created_ms)),
            "last_updated_timestamp" => Some(milliseconds(self.0.updated_ms)),
            _ => None,
        }
    }

    fn metric(&self, _: &str) -> Option<f64> {
        None
    }

    fn param(&self, _: &str) -> Option<&str> {
        None
    }

    fn tag(&self, key: &str) -> Option<&str> {
        tag(&self.0.tags, key)
    }

    fn datasets(&self, _: &str) -> Vec<&str> {
        Vec::new()
    }
}

impl Searched for Version<'_> {
    fn text(&self, attribute: &str) -> Option<String> {
        match attribute {
            "name" => Some(self.version.model.clone()),
            "run_id" => self.version.run_id.clone(),
            "source_path" => Some(self.version.source.clone()),
            _ => None,
        }
    }

    fn number(&self, attribute: &str) -> Option<f64> {
        match attribute {
            "version_number" => Some(f64::from(self.version.version)),
            "creation_timestamp" => Some(milliseconds(self.version.created_ms)),
            "last_updated_timestamp" => Some(milliseconds(self.version.updated_ms)),
            _ => None,
        }
    }

    fn metric(&self, _: &str) -> Option<f64> {
        None
    }

    fn param(&self, _: &str) -> Option<&str> {
        None
    }

    fn tag(&self, key: &str) -> Option<&str> {
        if key == PROMPT_TAG && self.is_prompt {
            return Some("true");
        }
        tag(&self.version.tags, key)
    }

    fn datasets(&self, _: &str) -> Vec<&str> {
        Vec::new()
    }
}

/// Whether a filter speaks of prompts at all.
fn asks_for_prompts(filter: &Filter) -> bool {
    match filter {
        Filter::And(parts) | Filter::Or(parts) => parts.iter().any(asks_for_prompts),
        Filter::Not(part) => asks_for_prompts(part),
        Filter::Clause(field, _) => *field == Field::Tag(PROMPT_TAG.to_owned()),
    }
}

/// Absent values come last, both ways.
fn compare(one: &dyn Searched, other: &dyn Searched, order: &[OrderBy]) -> Ordering {
    for by in order {
        let Field::Attribute(name) = by.field else {
            continue;
        };
        let found = match (one.number(name), other.number(name)) {
            (Some(one), Some(other)) => one.total_cmp(&other),
            _ => match (one.text(name), other.text(name)) {
                (Some(one), Some(other)) => one.cmp(&other),
                (Some(_), None) => return Ordering::Less,
                (None, Some(_)) => return Ordering::Greater,
                (None, None) => Ordering::Equal,
            },
        };
        let found = if by.is_descending {
            found.reverse()
        } else {
            found
        };
        if found != Ordering::Equal {
            return found;
        }
    }
    Ordering::Equal
}

/// Cuts a page behind the item that the token names. Where that item is gone, the page begins at
/// the place it had.
fn page<T>(
    items: Vec<T>,
    name_of: impl Fn(&T) -> String,
    limit: u32,
    token: Option<&str>,
) -> Result<(Vec<T>, Option<String>)> {
    let start = match token.filter(|token| !token.is_empty()) {
        None => 0,
        Some(token) => {
            let wrong =
                || Error::invalid("Invalid page token: use next_page_token of the answer before");
            let (place, name) = token.split_once(':').ok_or_else(wrong)?;
            let place: usize = place.parse().map_err(|_| wrong())?;
            let found = items.iter().position(|item| name_of(item) == name);
            found.map_or(place, |found| found + 1)
        }
    };
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let n_items = items.len();
    let items: Vec<T> = items.into_iter().skip(start).take(limit).collect();
    let end = start + items.len();
    let next = items
        .last()
        .filter(|_| end < n_items)
        .map(|last| format!("{end}:{}", name_of(last)));
    Ok((items, next))
}

impl App {
    /// The newest version of each of these stages; of every stage where none is named.
    ///
    /// # Errors
    ///
    /// `Unavailable` if the store is away.
    pub async fn latest_versions(
        &self,
        model: &str,
        stages: &[Stage],
    ) -> Result<Vec<ModelVersion>> {
        let mut latest = BTreeMap::new();
        for version in self.store().model_versions(Some(model)).await? {
            if stages.is_empty() || stages.contains(&version.stage) {
                latest.insert(version.stage, version);
            }
        }
        Ok(latest.into_values().collect())
    }

    /// Registered models, by name where no order is given.
    ///
    /// # Errors
    ///
    /// `Invalid` if filter, order or token cannot be read.
    pub async fn search_registered_models(
        &self,
        filter: &str,
        order: &[&str],
        limit: u32,
        token: Option<&str>,
    ) -> Result<ModelPage> {
        let filter = parse(&REGISTERED_MODELS, filter)?;
        let order = parse_order(&REGISTERED_MODELS, order)?;
        let with_prompts = asks_for_prompts(&filter);
        let is_prompt = |model: &RegisteredModel| tag(&model.tags, PROMPT_TAG) == Some("true");
        let mut found = self.store().registered_models().await?;
        found.retain(|model| (with_prompts || !is_prompt(model)) && passes(&filter, &Model(model)));
        found.sort_by(|one, other| {
            compare(&Model(one), &Model(other), &order).then_with(|| one.name.cmp(&other.name))
        });
        let (items, next) = page(found, |model| model.name.clone(), limit, token)?;
        Ok(ModelPage { items, next })
    }

    /// Versions of registered models; newest first where no order is given.
    ///
    /// # Errors
    ///
    /// `Invalid` if filter, order or token cannot be read.
    pub async fn search_model_versions(
        &self,
        filter: &str,
        order: &[&str],
        limit: u32,
        token: Option<&str>,
    ) -> Result<VersionPage> {
        let filter = parse(&MODEL_VERSIONS, filter)?;
        let order = parse_order(&MODEL_VERSIONS, order)?;
        let with_prompts = asks_for_prompts(&filter);
        let prompts: Vec<String> = self
            .store()
            .registered_models()
            .await?
            .into_iter()
            .filter(|model| tag(&model.tags, PROMPT_TAG) == Some("true"))
            .map(|model| model.name)
            .collect();
        let mut found = self.store().model_versions(None).await?;
        found.retain(|version| {
            let searched = as_searched(version, &prompts);
            (with_prompts || !searched.is_prompt) && passes(&filter, &searched)
        });
        found.sort_by(|one, other| {
            compare(
                &as_searched(one, &prompts),
                &as_searched(other, &prompts),
                &order,
            )
            .then_with(|| other.updated_ms.cmp(&one.updated_ms))
            .then_with(|| one.model.cmp(&other.model))
            .then_with(|| other.version.cmp(&one.version))
        });
        let name_of = |version: &ModelVersion| format!("{}/{}", version.model, version.version);
        let (items, next) = page(found, name_of, limit, token)?;
        Ok(VersionPage { items, next })
    }
}
