//! Sentences: the finding in words, written once on the server, the same on every surface.

use serde::{Deserialize, Serialize};

/// One sentence (or two), in parts that a surface can link.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Sentence {
    /// The parts in reading order; spaces are part of the text.
    pub parts: Vec<Part>,
}

/// A piece of a sentence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// What to read.
    pub text: String,
    /// Whether it carries the point.
    pub strong: bool,
    /// What it is about.
    pub reference: Option<PartRef>,
}

/// A thing a sentence speaks of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartRef {
    /// Its kind.
    pub kind: RefKind,
    /// Its name or identifier.
    pub id: String,
    /// Its model, where the kind needs one.
    pub model: Option<String>,
}

/// The kinds of things a sentence can link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefKind {
    /// A model.
    Model,
    /// A column of a model.
    Column,
    /// An incident.
    Incident,
    /// A monitor of a model.
    Monitor,
}

impl Sentence {
    /// An empty sentence to add to.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds plain text.
    #[must_use]
    pub fn text(mut self, text: impl Into<String>) -> Self {
        self.parts.push(Part {
            text: text.into(),
            strong: false,
            reference: None,
        });
        self
    }

    /// Adds text that carries the point.
    #[must_use]
    pub fn strong(mut self, text: impl Into<String>) -> Self {
        self.parts.push(Part {
            text: text.into(),
            strong: true,
            reference: None,
        });
        self
    }

    /// Adds the name of a thing.
    #[must_use]
    pub fn reference(
        mut self,
        kind: RefKind,
        id: impl Into<String>,
        model: Option<&str>,
        text: impl Into<String>,
    ) -> Self {
        self.parts.push(Part {
            text: text.into(),
            strong: true,
            reference: Some(PartRef {
                kind,
                id: id.into(),
                model: model.map(str::to_owned),
            }),
        });
        self
    }

    /// The sentence as one line of text.
    pub fn plain(&self) -> String {
        self.parts.iter().map(|part| part.text.as_str()).collect()
    }
}
