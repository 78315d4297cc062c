//! What constraints and templates say of themselves, for those who list them.

use std::sync::Arc;

use crate::policy::{Level, Policy};
use crate::rego::Module;

use super::Constraints;

/// A constraint, or a template.
#[derive(Debug)]
pub(crate) struct Described<'c> {
    /// As what it is reported.
    pub(crate) policy: Policy,
    /// What its violations ask for; none of templates, and of what is not in force.
    pub(crate) level: Option<Level>,
    /// The kind of the template.
    pub(crate) template: &'c str,
    /// The kinds that a constraint matches; none where it may match any.
    pub(crate) kinds: Option<Vec<&'c str>>,
    /// The constraints of a template, by their ids.
    pub(crate) constraints: Option<Vec<String>>,
    /// The Rego, the module with the violations first.
    pub(crate) modules: &'c [Module],
    /// The texts of the modules.
    pub(crate) texts: &'c [String],
}

impl Constraints {
    /// All constraints and templates, as they are in force at an enforcement point.
    pub(crate) fn described(&self, point: &str) -> Vec<Described<'_>> {
        let constraints = self.each.iter().map(|constraint| {
            let template = &self.templates[constraint.template];
            Described {
                policy: constraint.policy.clone(),
                level: constraint.enforcement.at(point),
                template: &template.kind,
                kinds: constraint.matcher.kinds(),
                constraints: None,
                modules: template.modules(),
                texts: &template.texts,
            }
        });
        let templates = self.templates.iter().enumerate().map(|(number, template)| {
            let own = self.each.iter().filter(|constraint| constraint.template == number);
            let metadata = template.metadata.clone();
            let rule = template.entry.policies.first().map(|policy| policy.rule.clone());
            let (source, span) = &template.place;
            Described {
                policy: Policy {
                    id: template.kind.clone(),
                    rule: rule.unwrap_or_default(),
                    level: Level::Deny,
                    metadata,
                    source: Arc::clone(source),
                    span: *span,
                },
                level: None,
                template: &template.kind,
                kinds: None,
                constraints: Some(own.map(|constraint| constraint.policy.id.clone()).collect()),
                modules: template.modules(),
                texts: &template.texts,
            }
        });
        constraints.chain(templates).collect()
    }
}
