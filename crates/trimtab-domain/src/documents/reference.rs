//! What current windows are compared with.

use crate::error::{Error, Result};
use crate::ids::{DocumentName, ModelName};
use crate::time::Window;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A reference: a data set, or a fixed period of the model's own traffic.
///
/// The first reference that a model gets makes its grid.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReferenceSpec {
    /// The model.
    pub model: ModelName,
    /// Unique among the model's references.
    pub name: DocumentName,
    /// Where its rows are.
    pub data: ReferenceData,
    /// One sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// Where a reference's rows are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum ReferenceData {
    /// A file beside the document; `trimtab apply` uploads it.
    File(String),
    /// A fixed period of the model's own traffic.
    Period(Window),
}

impl ReferenceSpec {
    pub(crate) fn validate(&self) -> Result<()> {
        match &self.data {
            ReferenceData::File(path) if path.trim().is_empty() => Err(Error::invalid(format!(
                "reference `{}`: `data.file` is empty",
                self.name
            ))),
            ReferenceData::Period(window) => Window::new(window.start, window.end).map(drop),
            ReferenceData::File(_) => Ok(()),
        }
    }
}
