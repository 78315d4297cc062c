//! `spec.enforcementAction`: what a violation asks for, and where.

use crate::manifest::Node;
use crate::policy::Level;
use crate::rego::PolicyError;

use super::document::{Document, present};

/// What a constraint asks for at each enforcement point.
#[derive(Clone, Debug)]
pub(super) enum Enforcement {
    Everywhere(Level),
    Scoped(Vec<(Level, Vec<String>)>),
}

impl Enforcement {
    pub(super) fn read(document: Document<'_>, spec: &Node) -> Result<Self, PolicyError> {
        let scoped = document.list(spec, "scopedEnforcementActions")?;
        let scoped = scoped.iter().map(|item| scope(document, item)).collect::<Result<_, _>>()?;
        match document.text(spec, "enforcementAction")? {
            None | Some("") => Ok(Self::Everywhere(Level::Deny)),
            Some("scoped") => {
                if present(spec, "scopedEnforcementActions").is_none() {
                    let place = spec.get("enforcementAction").unwrap_or(spec).span;
                    let message = "`scoped` needs `scopedEnforcementActions`";
                    return Err(document.wrong(message, place));
                }
                Ok(Self::Scoped(scoped))
            }
            Some(action) => match level(action) {
                Some(level) => Ok(Self::Everywhere(level)),
                None => {
                    let place = spec.get("enforcementAction").unwrap_or(spec).span;
                    let message = "the enforcement action is one of deny, warn, dryrun and scoped";
                    Err(document.wrong(message, place))
                }
            },
        }
    }

    /// The strictest that is asked for at a point; `None` where the constraint doesn't count.
    pub(super) fn at(&self, point: &str) -> Option<Level> {
        match self {
            Self::Everywhere(level) => Some(*level),
            Self::Scoped(scopes) => {
                let here =
                    |points: &[String]| points.iter().any(|name| name == "*" || name == point);
                let levels = scopes.iter().filter(|(_, points)| here(points));
                levels.map(|(level, _)| *level).max()
            }
        }
    }
}

/// The level that an action stands for.
pub(super) fn level(action: &str) -> Option<Level> {
    Some(match action {
        "deny" => Level::Deny,
        "warn" => Level::Warn,
        "dryrun" => Level::Info,
        _ => return None,
    })
}

fn scope(document: Document<'_>, node: &Node) -> Result<(Level, Vec<String>), PolicyError> {
    document.only(node, &["action", "enforcementPoints"], "a scoped action")?;
    let action = document.text(node, "action")?.unwrap_or_default();
    let Some(level) = level(action) else {
        let place = node.get("action").unwrap_or(node).span;
        return Err(document.wrong("the action is one of deny, warn and dryrun", place));
    };
    let point = |point: &Node| {
        document.only(point, &["name"], "an enforcement point")?;
        let name = document.text(point, "name")?.filter(|name| !name.is_empty());
        name.map(str::to_owned)
            .ok_or_else(|| document.wrong("an enforcement point needs a `name`", point.span))
    };
    let points: Vec<_> =
        document.list(node, "enforcementPoints")?.iter().map(point).collect::<Result<_, _>>()?;
    if points.is_empty() {
        let message = "a scoped action needs `enforcementPoints`: without them it is never taken";
        return Err(document.wrong(message, node.span));
    }
    Ok((level, points))
}
