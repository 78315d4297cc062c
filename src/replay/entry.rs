//! What came of one thing that a log holds.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;

use crate::manifest::Operation;

use super::then::Then;
use super::verdict::Verdict;

/// What came of one thing that a log holds.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The log.
    pub file: Arc<str>,
    /// The line on which it begins, from 1; none of a log that can't be read at all.
    pub line: Option<usize>,
    /// What came of it.
    pub came: Came,
}

/// What came of a record.
#[derive(Clone, Debug)]
pub enum Came {
    /// Its request was judged.
    Judged(Box<Verdict>),
    /// It may hold a request, which could not be judged.
    Unjudged(Box<Unjudged>),
    /// No webhook is asked about it, or it is not wanted.
    LeftOut(LeftOut),
}

/// What was asked for, and by whom.
#[derive(Clone, Debug)]
pub struct About {
    /// What was to be done.
    pub operation: Operation,
    /// The resource, as the API server has it: `deployments.apps`. Empty where that is not recorded.
    pub resource: String,
    /// The part of it, such as `status`; empty for all of it.
    pub subresource: String,
    /// The namespace; empty for what is in none.
    pub namespace: String,
    /// The name; empty where the API server has still to make one up.
    pub name: String,
    /// The same for people: `Pod shop/web`.
    pub what: String,
    /// Who asked.
    pub username: String,
    /// What the request is known by: the `uid` of a review, the `auditID` of an event.
    pub uid: String,
    /// Whether nothing of it was kept.
    pub dry_run: bool,
    /// Which form of the object is judged.
    pub seen: Seen,
}

/// Which form of an object is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Seen {
    /// The one that the webhook was asked about.
    Reviewed,
    /// The one that the API server answered with: with its defaults, and as other webhooks changed it.
    Kept,
    /// The one that was sent: without either.
    Sent,
    /// None: nothing that policies look at was asked for.
    Unseen,
}

/// Something that could not be judged: never the same as "decided the same".
#[derive(Clone, Debug)]
pub struct Unjudged {
    /// Why, in short.
    pub reason: Reason,
    /// What there is to add to that.
    pub detail: Option<String>,
    /// What was asked for, as far as that is known.
    pub about: Option<About>,
    /// What was decided.
    pub then: Then,
}

impl Unjudged {
    pub(super) fn of_text(reason: Reason, detail: impl Into<String>) -> Box<Self> {
        let detail = Some(detail.into());
        Box::new(Self { reason, detail, about: None, then: Then::default() })
    }
}

/// Why something could not be judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// It can't be read.
    Unreadable,
    /// It is neither a review nor an event.
    Unknown,
    /// It is a review or an event, and lacks what each has.
    Incomplete,
    /// No object was recorded.
    NoObject,
    /// The object was cut off.
    Truncated,
    /// A patch was recorded, and not what came of it.
    OnlyPatch,
    /// Policies look at what an audit log does not hold.
    Unrecorded,
    /// Policies of today could not judge it.
    Policies,
}

impl Reason {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Unreadable,
        Self::Unknown,
        Self::Incomplete,
        Self::NoObject,
        Self::Truncated,
        Self::OnlyPatch,
        Self::Unrecorded,
        Self::Policies,
    ];

    /// The reason for people.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unreadable => "unreadable",
            Self::Unknown => "neither an AdmissionReview nor an event of an audit log",
            Self::Incomplete => "without what every request has",
            Self::NoObject => "recorded without an object",
            Self::Truncated => "too long for the audit log, which left the object out",
            Self::OnlyPatch => "recorded as a patch, without what came of it",
            Self::Unrecorded => "recorded without what policies look at",
            Self::Policies => "not judged by all policies",
        }
    }

    /// What there is to do about it.
    pub fn help(self) -> Option<&'static str> {
        match self {
            Self::NoObject => Some(
                "writes are logged with their objects at the level RequestResponse, what a \
                 connection asks for at none",
            ),
            Self::OnlyPatch => Some("the audit policy must log it at the level RequestResponse"),
            Self::Truncated => Some("see --audit-log-truncate-max-event-size of the API server"),
            _ => None,
        }
    }
}

/// Why something is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LeftOut {
    /// It only reads.
    Reads,
    /// It is the record of a request that is recorded again when it is over.
    Stages,
    /// It is about no resource of the API.
    NoResource,
    /// It was refused before anybody was asked: by who may do what, or by how much.
    Refused,
    /// No webhook is ever asked about it.
    Exempt,
    /// It is not among what is wanted.
    Unwanted,
}

impl LeftOut {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Reads, Self::Stages, Self::NoResource, Self::Refused, Self::Exempt, Self::Unwanted];

    /// What so many of them are, for people.
    pub(super) fn counted(self, count: usize) -> String {
        let (one, many) = match self {
            Self::Reads => ("read", "reads"),
            Self::Stages => ("earlier stage", "earlier stages"),
            Self::NoResource => ("about no resource", "about no resource"),
            Self::Refused => ("refused before admission", "refused before admission"),
            Self::Exempt => ("that no webhook is asked about", "that no webhook is asked about"),
            Self::Unwanted => ("not asked for", "not asked for"),
        };
        format!("{count} {}", if count == 1 { one } else { many })
    }
}
