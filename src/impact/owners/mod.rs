//! Who owns a workload: what its labels say, else the CODEOWNERS file of its repository.

mod codeowners;

use std::path::Path;

use crate::check::Finding;

use codeowners::Codeowners;

/// Where owners are looked for.
#[derive(Clone, Debug, Default)]
pub struct Owners {
    labels: Vec<String>,
    file: Option<Codeowners>,
}

impl Owners {
    /// The label that is asked where none is named.
    pub const LABEL: &'static str = "team";

    /// Those that labels say; the first one that a workload has counts.
    pub fn of_labels(labels: Vec<String>) -> Self {
        Self { labels, file: None }
    }

    /// And else those that the CODEOWNERS file of a path's repository says, if it has one.
    #[must_use]
    pub fn or_of_repository(self, path: &Path) -> Self {
        Self { file: Codeowners::around(path), ..self }
    }

    /// And else those that this CODEOWNERS file says.
    ///
    /// # Errors
    ///
    /// If it can't be read.
    pub fn or_of_file(self, file: &Path) -> std::io::Result<Self> {
        Ok(Self { file: Some(Codeowners::read(file)?), ..self })
    }

    /// Who owns the workload of a finding.
    pub fn of(&self, finding: &Finding) -> Option<String> {
        let label = |label: &String| finding.labels.get(label).filter(|value| !value.is_empty());
        let said = self.labels.iter().find_map(label).cloned();
        said.or_else(|| {
            let owners = self.file.as_ref()?.of(Path::new(finding.file()));
            (!owners.is_empty()).then(|| owners.join(" "))
        })
    }
}
