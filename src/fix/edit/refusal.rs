//! Why a text is not edited.

use thiserror::Error;

use super::super::patch::PatchError;

/// Why a text can't be edited as a patch wants it. The patch itself is still good.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Refusal {
    /// The value is written once and used in several places.
    #[error("an anchor is shared: a change here would change other values too")]
    Shared,
    /// The text is made by a template, or is one.
    #[error("the text has template actions: change what it is rendered from")]
    Template,
    /// The text is laid out in a way that is not understood well enough.
    #[error("the text is laid out in a way that is not edited: {0}")]
    Layout(&'static str),
    /// The patch does not fit the manifest.
    #[error("the change does not fit the manifest: {0}")]
    Patch(#[from] PatchError),
    /// What was edited did not read as it should.
    #[error("the edited text would be read as something else than is wanted")]
    Unsure,
}
