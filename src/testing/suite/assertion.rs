//! How many violations there should be.

use regex::Regex;

use crate::gatekeeper::{Document, present};
use crate::manifest::{Node, NodeKind};
use crate::rego::PolicyError;
use crate::source::Span;
use crate::testing::filter::reason;

/// What a case says of its violations.
#[derive(Clone, Debug)]
pub(super) struct Assertion {
    wanted: Wanted,
    /// Only violations whose message this matches are counted.
    message: Option<Regex>,
    pub(super) span: Span,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wanted {
    Some,
    None,
    Exactly(usize),
}

impl Assertion {
    pub(super) fn read(document: Document<'_>, node: &Node) -> Result<Self, PolicyError> {
        document.only(node, &["violations", "message"], "an assertion")?;
        let violations = present(node, "violations");
        let number = |number: i64| usize::try_from(number).ok().map(Wanted::Exactly);
        // kubectl's YAML takes a bare `yes` for true.
        let wanted = match violations.map(|violations| &violations.kind) {
            None | Some(NodeKind::Bool(true)) => Some(Wanted::Some),
            Some(NodeKind::Bool(false)) => Some(Wanted::None),
            Some(NodeKind::Integer(count)) => number(*count),
            Some(NodeKind::String(text)) => match &**text {
                "yes" | "true" => Some(Wanted::Some),
                "no" | "false" => Some(Wanted::None),
                text => text.parse().ok().and_then(number),
            },
            Some(_) => None,
        };
        let Some(wanted) = wanted else {
            let place = violations.unwrap_or(node).span;
            return Err(document.wrong("`violations` is yes, no or a number", place));
        };
        let message = document.text(node, "message")?.map(|pattern| {
            Regex::new(pattern).map_err(|error| {
                let place = node.get("message").unwrap_or(node).span;
                let reason = reason(&error);
                document.wrong(format!("the message is no regular expression: {reason}"), place)
            })
        });
        let span = match (violations, node.get("message")) {
            (Some(violations), _) => violations.span,
            (None, Some(message)) => message.span,
            (None, None) => node.span,
        };
        Ok(Self { wanted, message: message.transpose()?, span })
    }

    /// Whether there should be no violation, of any words.
    pub(super) fn expects_none(&self) -> bool {
        matches!(self.wanted, Wanted::None | Wanted::Exactly(0)) && self.message.is_none()
    }

    /// What is wrong with these messages, in one line.
    pub(super) fn contradicted_by(&self, messages: &[String]) -> Option<String> {
        let counts = |message: &&String| self.message.as_ref().is_none_or(|m| m.is_match(message));
        let count = messages.iter().filter(counts).count();
        let wanted = match self.wanted {
            Wanted::Some if count > 0 => return None,
            Wanted::None if count == 0 => return None,
            Wanted::Exactly(wanted) if count == wanted => return None,
            Wanted::Some => "a violation".to_owned(),
            Wanted::None => "no violation".to_owned(),
            Wanted::Exactly(1) => "1 violation".to_owned(),
            Wanted::Exactly(wanted) => format!("{wanted} violations"),
        };
        let like = self.message.as_ref().map(|message| format!(" like `{message}`"));
        let came = match count {
            0 => "there was none".to_owned(),
            1 => "there was one".to_owned(),
            count => format!("there were {count}"),
        };
        Some(format!("expected {wanted}{}, and {came}", like.unwrap_or_default()))
    }
}
