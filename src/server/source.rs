//! Where policies come from, and sets of them.

use crate::check::Checker;
use crate::policy::Ids;
use crate::rego::PolicyErrors;

/// Where policies come from, as often as they are wanted.
pub trait Source: Send + 'static {
    /// Something that is another whenever what it loads may be another. It is asked often.
    fn state(&self) -> u64;

    /// Loads policies, and all that is agreed about them.
    ///
    /// # Errors
    ///
    /// What is wrong with them, each at its place.
    fn load(&self) -> Result<Set, PolicyErrors>;
}

/// Policies, and some of them under names of their own.
#[derive(Debug)]
pub struct Set {
    /// All of them.
    pub all: Checker,
    /// Some of them.
    pub subsets: Vec<Subset>,
}

/// Some of the policies, which are asked at `/validate/NAME`.
#[derive(Clone, Debug)]
pub struct Subset {
    /// The name.
    pub name: String,
    /// Patterns of their ids.
    pub ids: Vec<Ids>,
}
