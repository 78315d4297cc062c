//! What other policies would change: two verdicts about the same manifests, side by side.
//!
//! ```
//! use manifestly::check::{Checker, Report};
//! use manifestly::impact::{Impact, Judged, Owners, Turn};
//! use manifestly::policy::Loader;
//!
//! let judged = |rego: &str| -> Report {
//!     let policies = Loader::new().policy_text("team.rego", rego).load().unwrap();
//!     Checker::new(policies).unwrap().check_value(&serde_json::json!({"kind": "Thing"}))
//! };
//! let before = judged("package team\nwarn contains \"no name\" if not input.name");
//! let after = judged("package team\ndeny contains \"no name\" if not input.name");
//! let judged = [("old", &before), ("new", &after)].map(|(name, report)| Judged { name, report });
//! let impact = Impact::between(judged, &Owners::default()).unwrap();
//! assert_eq!(impact.changes[0].turn, Turn::NewlyBlocked);
//! ```

mod compare;
mod format;
mod owners;
mod tally;
mod turn;

pub use compare::{Change, Impact, Judged, Side};
pub use format::{Format, Layout, schema, write};
pub use owners::Owners;
pub use tally::{Group, Tally};
pub use turn::Turn;
