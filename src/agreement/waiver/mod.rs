//! Waivers: agreed, owned, dated exceptions.
//!
//! `read` makes waivers of files, `selector` says which violations one is for, `weigh` whether
//! it holds on a day: who may approve it (`approval`), by which signature (`signature`,
//! `signers`) over which bytes (`payload`). [`Waivers`] are those of a run.
//!
//! ```
//! use std::sync::Arc;
//! use manifestly::agreement::Agreement;
//! use manifestly::agreement::waiver::{Rules, WaiverFiles, Waivers};
//! use manifestly::check::{Checker, Options};
//! use manifestly::policy::{Loader, date};
//! use manifestly::source::SourceText;
//!
//! let text = "apiVersion: manifestly.dev/v1\nkind: Waiver\nspec:\n  policy: team\n  \
//!             match: {names: [old]}\n  reason: it goes in May\n  approvedBy: bob\n  expires: 2027-05-31\n";
//! let files = WaiverFiles::of_text(&Arc::new(SourceText::new("old.yaml", text)));
//! let agreement = Agreement {
//!     waivers: Waivers::new(files, Rules::default()),
//!     ..Agreement::of(date("2027-05-31").unwrap())
//! };
//! let rego = "package team\ndeny contains \"no owner\" if not input.metadata.labels.owner";
//! let policies = Loader::new().policy_text("team.rego", rego).load().unwrap();
//! let options = Options { agreement: agreement.into(), ..Options::default() };
//! let checker = Checker::with_options(policies, options).unwrap();
//! let pod = serde_json::json!({"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "old"}});
//! assert_eq!(checker.check_value(&pod).summary.waived, 1);
//! ```

mod approval;
mod collection;
mod document;
mod fault;
mod glob;
mod pattern;
mod payload;
mod read;
mod record;
mod selector;
#[cfg(feature = "signatures")]
mod signature;
#[cfg(feature = "signatures")]
mod signers;
#[cfg(not(feature = "signatures"))]
#[path = "unsigned.rs"]
mod signers;
mod tally;
#[cfg(test)]
mod tests;
mod weigh;
mod write;

use std::sync::Arc;

use chrono::NaiveDate;
use serde::{Serialize, Serializer};

use crate::manifest::Node;
use crate::source::{SourceText, Span};

pub use approval::{Approval, NAMESPACE};
pub use collection::{Found, Rules, WaiverFiles, Waivers, Weighed};
pub use document::schema;
pub use fault::{Fault, FaultKind};
pub(crate) use read::is_waiver;
pub use read::{API_VERSION, KIND};
pub use record::{FaultRecord, WaiverRecord, WeighedRecord};
pub use selector::Selector;
#[cfg(feature = "signatures")]
pub use signature::{SignError, Unverified, fits, sign};
pub use signers::AllowedSigners;
#[cfg(not(feature = "signatures"))]
pub use signers::{SignError, Unverified, fits, sign};
pub use tally::{Tally, Uses};
pub use write::{Draft, EditError};

/// One waiver, as it stands in its file.
#[derive(Clone, Debug)]
pub struct Waiver {
    /// `metadata.name`, if it has one.
    pub name: Option<String>,
    /// The id of the policy.
    pub policy: String,
    /// Which violations of the policy it is for.
    pub selector: Selector,
    /// Why.
    pub reason: String,
    /// Who asked for it.
    pub requested_by: Option<String>,
    /// Who agreed.
    pub approved_by: Option<String>,
    /// Where it was talked about.
    pub ticket: Option<String>,
    /// Its first day, where one is said.
    pub from: Option<NaiveDate>,
    /// Its last day, which counts to its last second in UTC.
    pub expires: NaiveDate,
    /// A signature in OpenSSH's armour.
    pub signature: Option<String>,
    source: Arc<SourceText>,
    document: usize,
    root: Node,
}

/// One waiver is another if it stands in the same place of the same text.
impl PartialEq for Waiver {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source && self.document == other.document
    }
}

impl Eq for Waiver {}

/// As a [`WaiverRecord`].
impl Serialize for Waiver {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        WaiverRecord::from(self).serialize(serializer)
    }
}

impl Waiver {
    /// The file that it stands in, as it was named.
    pub fn file(&self) -> &str {
        self.source.name()
    }

    /// The text that it stands in.
    pub fn source(&self) -> &Arc<SourceText> {
        &self.source
    }

    /// Which document of the file it is, from 1.
    pub fn document(&self) -> usize {
        self.document
    }

    /// The line on which it names its policy, from 1.
    pub fn line(&self) -> usize {
        self.source.position(self.span(&["spec", "policy"]).start).line
    }

    /// The place of a part, or of the nearest one around it.
    fn span(&self, path: &[&str]) -> Span {
        place(&self.root, path)
    }

    /// The place of the signature's key: it itself is a block.
    fn signature_span(&self) -> Span {
        let entry = self.root.entry("signature");
        entry.map_or_else(|| self.span(&["kind"]), |entry| entry.key_span)
    }

    /// How people call it: by its name, else by where it stands.
    pub fn title(&self) -> String {
        match &self.name {
            Some(name) => name.clone(),
            None => format!("{}:{}", self.file(), self.line()),
        }
    }

    /// How many days it still holds after a day; less than none, where it is over.
    pub fn days_left(&self, as_of: NaiveDate) -> i64 {
        (self.expires - as_of).num_days()
    }

    /// The bytes that a signature is made over: what the waiver means, however it is written.
    pub fn payload(&self) -> String {
        payload::of(self)
    }
}

/// Days as people write a span of them: `14d`, `2w`, or a number.
///
/// # Errors
///
/// If it is no number of days.
pub fn days(text: &str) -> Result<u32, String> {
    let (number, factor) = match text.strip_suffix('w') {
        Some(weeks) => (weeks, 7),
        None => (text.strip_suffix('d').unwrap_or(text), 1),
    };
    let days = number.parse().ok().and_then(|number: u32| number.checked_mul(factor));
    days.ok_or_else(|| format!("`{text}` is no number of days: write `14d` or `2w`"))
}

/// The place of a part of a document, or of the nearest one around it that is no more than a line.
fn place(root: &Node, path: &[&str]) -> Span {
    let mut node = root;
    let mut span = None;
    for key in path {
        let Some(entry) = node.entry(key) else { break };
        node = &entry.value;
        let is_block = node.entries().is_some() || node.items().is_some();
        span = Some(if is_block { entry.key_span } else { node.span });
    }
    span.or_else(|| root.entry("kind").map(|kind| kind.value.span)).unwrap_or(root.span)
}
