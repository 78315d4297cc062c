//! Which constraints look at an object, before any is asked.

use crate::manifest::Node;

use super::constraint::Constraint;
use super::matching::{Source, Subject, UnknownNamespace};
#[cfg(feature = "serve")]
use super::template::Template;
use super::{Constraints, NothingToMakeOf};

/// How a constraint looks at an object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Looks {
    /// At the object.
    pub(crate) itself: bool,
    /// At what a controller makes of it.
    pub(crate) made: bool,
    /// The namespace whose labels decide, where they are not known.
    pub(crate) namespace: Option<String>,
}

impl Constraints {
    /// How constraints that are in force at an enforcement point look at an object, by their ids:
    /// `pod` is what a controller makes of it. Of objects that are not written yet the kind alone
    /// counts.
    pub(crate) fn looks(
        &self,
        object: &Node,
        pod: Option<&Node>,
        point: &str,
        is_written: bool,
    ) -> Vec<(&str, Looks)> {
        let made = self.made(object, pod);
        let in_force = self.each.iter().filter(|it| it.enforcement.at(point).is_some());
        let looks = in_force.map(|constraint| {
            let mut looks = Looks::default();
            let itself = look(constraint, object, Source::Original, is_written, &mut looks);
            looks.itself = itself;
            // As in a review: those that see the controller see its pods there.
            let asks = !self.expansions.is_empty()
                || constraint.matcher.asks_for_pods()
                    && !constraint.matcher.matches_kind(&Subject::of(object));
            looks.made = asks
                && made
                    .iter()
                    .any(|made| look(constraint, made, Source::Generated, is_written, &mut looks));
            (constraint.policy.id.as_str(), looks)
        });
        looks.filter(|(_, looks)| looks.itself || looks.made).collect()
    }

    fn made(&self, object: &Node, pod: Option<&Node>) -> Vec<Node> {
        if self.expansions.is_empty() {
            return pod.into_iter().cloned().collect();
        }
        match self.expansions.made_of(object) {
            Ok(made) => made.into_iter().map(|made| made.object).collect(),
            Err(NothingToMakeOf { .. }) => Vec::new(),
        }
    }
}

#[cfg(feature = "serve")]
impl Constraints {
    /// Whether a constraint wants to be asked about an operation, if it is sent.
    pub(crate) fn is_asked_about(&self, id: &str, operation: &str) -> bool {
        self.template_of(id).is_some_and(|template| {
            let named = &template.operations;
            named.is_empty() || named.iter().any(|name| name == "*" || name == operation)
        })
    }

    /// Whether a constraint asks for an operation to be sent: its template names it, or names none
    /// and speaks of it in its Rego.
    pub(crate) fn asks_for(&self, id: &str, operation: &str) -> bool {
        let quoted = format!("\"{operation}\"");
        self.template_of(id).is_some_and(|template| {
            let speaks = || template.texts.iter().any(|text| text.contains(&quoted));
            let is_named = |name: &String| name == operation;
            template.operations.iter().any(is_named) || template.operations.is_empty() && speaks()
        })
    }

    fn template_of(&self, id: &str) -> Option<&Template> {
        let constraint = self.each.iter().find(|constraint| constraint.policy.id == id)?;
        self.templates.get(constraint.template)
    }
}

fn look(
    constraint: &Constraint,
    object: &Node,
    source: Source,
    is_written: bool,
    looks: &mut Looks,
) -> bool {
    let subject = Subject::of(object);
    if !is_written {
        return constraint.matcher.matches_kind(&subject);
    }
    match constraint.matcher.matches(&subject, None, source) {
        Ok(matches) => matches,
        Err(UnknownNamespace(name)) => {
            looks.namespace = Some(name);
            true
        }
    }
}
