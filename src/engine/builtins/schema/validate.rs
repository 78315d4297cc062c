//! Documents, held against schemas.

use super::super::super::number::Number;
use super::super::super::value::Value;
use super::super::{BuiltinError, Context};
use super::compile::{Additional, Dependency, Id, Node, Schema, canonical, number_fits};
use super::{format, number};

/// How deep documents and references may be.
const DEPTH: usize = 300;

/// Something that is not as it must be.
#[derive(Clone, Debug)]
pub(super) struct Finding {
    kind: &'static str,
    field: String,
    description: String,
}

impl From<Finding> for Value {
    fn from(finding: Finding) -> Self {
        let error = format!("{}: {}", finding.field, finding.description);
        Self::record([
            ("error", Self::from(error)),
            ("type", Self::from(finding.kind)),
            ("field", Self::from(finding.field)),
            ("desc", Self::from(finding.description)),
        ])
    }
}

/// What was found, and how well the schema fits all the same: of alternatives that all fail, the
/// one that fits best is told.
#[derive(Debug, Default)]
struct Report {
    findings: Vec<Finding>,
    score: i64,
}

impl Report {
    fn add(&mut self, kind: &'static str, at: &str, description: impl Into<String>) {
        let field = at.strip_prefix("(Root).").unwrap_or(at).to_owned();
        self.findings.push(Finding { kind, field, description: description.into() });
        self.score -= 2;
    }

    fn merge(&mut self, other: Self) {
        self.score += other.score;
        self.findings.extend(other.findings);
    }

    fn is_valid(&self) -> bool {
        self.findings.is_empty()
    }
}

impl Schema {
    pub(super) fn validate(
        &self,
        context: &mut Context<'_>,
        document: &Value,
    ) -> Result<Vec<Finding>, BuiltinError> {
        let mut validation = Validation { schema: self, context, depth: 0 };
        Ok(validation.separately(0, document, "(Root)")?.findings)
    }
}

struct Validation<'s, 'c, 'a> {
    schema: &'s Schema,
    context: &'c mut Context<'a>,
    depth: usize,
}

type Done = Result<(), BuiltinError>;

impl Validation<'_, '_, '_> {
    fn separately(&mut self, id: Id, value: &Value, at: &str) -> Result<Report, BuiltinError> {
        let mut report = Report::default();
        self.one(id, value, &mut report, at)?;
        Ok(report)
    }

    fn one(&mut self, id: Id, value: &Value, report: &mut Report, at: &str) -> Done {
        let schema = self.schema;
        let Some(node) = schema.nodes.get(id) else { return Ok(()) };
        self.context.tick(1)?;
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(BuiltinError::new("the schema asks for itself without end"));
        }
        if let Some(constant) = node.constant {
            if !constant {
                report.add("false", at, "False always fails validation");
            }
        } else if let Some(reference) = node.reference {
            self.one(reference, value, report, at)?;
        } else {
            self.node(node, value, report, at)?;
        }
        self.depth -= 1;
        Ok(())
    }

    fn node(&mut self, node: &Node, value: &Value, report: &mut Report, at: &str) -> Done {
        let given = match value {
            Value::Number(_, number) if number::is_integer(number) => "integer",
            value => value.type_name(),
        };
        let fits = match value {
            Value::Number(_, number) => number_fits(&node.types, number),
            _ => node.types.contains(&given),
        };
        if !node.types.is_empty() && !fits {
            let expected = match node.types.as_slice() {
                [one] => (*one).to_owned(),
                types => format!("[{}]", types.join(",")),
            };
            let description = format!("Invalid type. Expected: {expected}, given: {given}");
            report.add("invalid_type", at, description);
            return Ok(());
        }
        self.combinations(node, value, report, at)?;
        match value {
            Value::Array(_, items) => self.array(node, items, report, at)?,
            Value::Object(_, fields) => self.object(node, fields, report, at)?,
            Value::Number(_, number) => numeric(node, number, report, at),
            _ => {}
        }
        common(node, value, report, at);
        match value {
            Value::String(_, text) => string(node, text, report, at),
            Value::Object(..) => {
                for (key, id) in &node.properties {
                    if let Some(value) = value.field(key) {
                        self.one(*id, value, report, &format!("{at}.{key}"))?;
                    }
                }
            }
            _ => {}
        }
        report.score += 1;
        Ok(())
    }

    fn combinations(&mut self, node: &Node, value: &Value, report: &mut Report, at: &str) -> Done {
        if !node.any_of.is_empty() {
            let mut best: Option<Report> = None;
            let mut valid = false;
            for id in &node.any_of {
                let attempt = self.separately(*id, value, at)?;
                valid = attempt.is_valid();
                if valid {
                    break;
                }
                if best.as_ref().is_none_or(|best| attempt.score > best.score) {
                    best = Some(attempt);
                }
            }
            if !valid {
                report.add("number_any_of", at, "Must validate at least one schema (anyOf)");
                best.into_iter().for_each(|best| report.merge(best));
            }
        }
        if !node.one_of.is_empty() {
            let mut best: Option<Report> = None;
            let mut valid = 0;
            for id in &node.one_of {
                let attempt = self.separately(*id, value, at)?;
                if attempt.is_valid() {
                    valid += 1;
                } else if valid == 0 && best.as_ref().is_none_or(|best| attempt.score > best.score)
                {
                    best = Some(attempt);
                }
            }
            if valid != 1 {
                let text = "Must validate one and only one schema (oneOf)";
                report.add("number_one_of", at, text);
                best.into_iter().filter(|_| valid == 0).for_each(|best| report.merge(best));
            }
        }
        let mut all = true;
        for id in &node.all_of {
            let part = self.separately(*id, value, at)?;
            all &= part.is_valid();
            report.merge(part);
        }
        if !all {
            report.add("number_all_of", at, "Must validate all the schemas (allOf)");
        }
        if let Some(not) = node.not
            && self.separately(not, value, at)?.is_valid()
        {
            report.add("number_not", at, "Must not validate the schema (not)");
        }
        for (key, dependency) in &node.dependencies {
            if value.as_object().is_none() || value.field(key).is_none() {
                continue;
            }
            match dependency {
                Dependency::Keys(keys) => {
                    for key in keys.iter().filter(|key| value.field(key).is_none()) {
                        let text = format!("Has a dependency on {key}");
                        report.add("missing_dependency", at, text);
                    }
                }
                Dependency::Schema(id) => self.one(*id, value, report, at)?,
            }
        }
        if let [Some(condition), then, otherwise] = node.conditions {
            let holds = self.separately(condition, value, at)?.is_valid();
            let (branch, kind, text) = if holds {
                (then, "condition_then", "Must validate \"then\" as \"if\" was valid")
            } else {
                (otherwise, "condition_else", "Must validate \"else\" as \"if\" was not valid")
            };
            if let Some(branch) = branch {
                let part = self.separately(branch, value, at)?;
                if !part.is_valid() {
                    report.add(kind, at, text);
                    report.merge(part);
                }
            }
        }
        report.score += 1;
        Ok(())
    }

    fn array(&mut self, node: &Node, items: &[Value], report: &mut Report, at: &str) -> Done {
        let all = if node.items_are_alike { node.items.first().copied() } else { None };
        for (index, item) in items.iter().enumerate() {
            let id = match (all.or_else(|| node.items.get(index).copied()), node.additional_items) {
                (Some(id), _) => id,
                (None, Some(Additional::Schema(id))) if !node.items.is_empty() => id,
                _ => break,
            };
            let part = self.separately(id, item, &format!("{at}.{index}"))?;
            report.merge(part);
        }
        let beyond =
            !node.items.is_empty() && !node.items_are_alike && node.items.len() < items.len();
        if beyond && matches!(node.additional_items, Some(Additional::Allowed(false))) {
            report.add("array_no_additional_items", at, "No additional items allowed on array");
        }
        let [least, most] = node.item_count;
        if let Some(least) = least.filter(|least| items.len() < *least) {
            let text = format!("Array must have at least {least} items");
            report.add("array_min_items", at, text);
        }
        if let Some(most) = most.filter(|most| items.len() > *most) {
            let text = format!("Array must have at most {most} items");
            report.add("array_max_items", at, text);
        }
        if node.unique_items {
            let mut seen = std::collections::HashMap::new();
            for (index, item) in items.iter().enumerate() {
                if let Some(first) = seen.insert(canonical(item), index) {
                    let text = format!("array items[{first},{index}] must be unique");
                    report.add("unique", at, text);
                }
            }
        }
        if let Some(id) = node.contains {
            let mut best: Option<Report> = None;
            let mut valid = false;
            for (index, item) in items.iter().enumerate() {
                let attempt = self.separately(id, item, &format!("{at}.{index}"))?;
                valid = attempt.is_valid();
                if valid {
                    break;
                }
                if best.as_ref().is_none_or(|best| attempt.score > best.score) {
                    best = Some(attempt);
                }
            }
            if !valid {
                report.add("contains", at, "At least one of the items must match");
                best.into_iter().for_each(|best| report.merge(best));
            }
        }
        report.score += 1;
        Ok(())
    }

    fn object(
        &mut self,
        node: &Node,
        fields: &[(Value, Value)],
        report: &mut Report,
        at: &str,
    ) -> Done {
        let [least, most] = node.property_count;
        if let Some(least) = least.filter(|least| fields.len() < *least) {
            let text = format!("Must have at least {least} properties");
            report.add("array_min_properties", at, text);
        }
        if let Some(most) = most.filter(|most| fields.len() > *most) {
            let text = format!("Must have at most {most} properties");
            report.add("array_max_properties", at, text);
        }
        let key = |field: &(Value, Value)| field.0.as_str().unwrap_or_default().to_owned();
        for name in &node.required {
            if fields.iter().any(|field| field.0.as_str() == Some(name)) {
                report.score += 1;
            } else {
                report.add("required", at, format!("{name} is required"));
            }
        }
        for field in fields {
            let name = key(field);
            let inner = format!("{at}.{name}");
            let mut said = node.properties.iter().any(|(known, _)| *known == name);
            let mut matched = false;
            for (pattern, id) in &node.pattern_properties {
                if pattern.is_match(&name) {
                    matched = true;
                    let part = self.separately(*id, &field.1, &inner)?;
                    report.merge(part);
                }
            }
            if matched {
                report.score += 1;
                said = true;
            }
            match node.additional_properties {
                Some(Additional::Allowed(false)) if !said => {
                    let text = format!("Additional property {name} is not allowed");
                    report.add("additional_property_not_allowed", at, text);
                }
                Some(Additional::Schema(id)) if !said => {
                    let part = self.separately(id, &field.1, &inner)?;
                    report.merge(part);
                }
                _ => {}
            }
        }
        if let Some(id) = node.property_names {
            for field in fields {
                let part = self.separately(id, &field.0, at)?;
                if !part.is_valid() {
                    let text = format!("Property name of \"{}\" does not match", key(field));
                    report.add("invalid_property_name", at, text);
                    report.merge(part);
                }
            }
        }
        report.score += 1;
        Ok(())
    }
}

fn common(node: &Node, value: &Value, report: &mut Report, at: &str) {
    let field = at.strip_prefix("(Root).").unwrap_or(at);
    if node.value.is_some() || node.values.is_some() {
        let text = canonical(value);
        if let Some(allowed) = node.value.as_ref().filter(|allowed| **allowed != text) {
            report.add("const", at, format!("{field} does not match: {allowed}"));
        }
        if let Some(allowed) = node.values.as_ref().filter(|allowed| !allowed.contains(&text)) {
            let allowed = allowed.join(", ");
            report.add("enum", at, format!("{field} must be one of the following: {allowed}"));
        }
    }
    if let Value::String(_, text) = value
        && !format::is_of(&node.format, text)
    {
        report.add("format", at, format!("Does not match format '{}'", node.format));
    }
    report.score += 1;
}

fn string(node: &Node, text: &str, report: &mut Report, at: &str) {
    let [least, most] = node.length;
    let length = text.chars().count();
    if let Some(least) = least.filter(|least| length < *least) {
        let text = format!("String length must be greater than or equal to {least}");
        report.add("string_gte", at, text);
    }
    if let Some(most) = most.filter(|most| length > *most) {
        let text = format!("String length must be less than or equal to {most}");
        report.add("string_lte", at, text);
    }
    if let Some((pattern, expression)) = &node.pattern
        && !expression.is_match(text)
    {
        report.add("pattern", at, format!("Does not match pattern '{pattern}'"));
    }
    report.score += 1;
}

fn numeric(node: &Node, value: &Number, report: &mut Report, at: &str) {
    if let Some(of) = &node.multiple_of
        && !number::is_multiple(value, of)
    {
        report.add("multiple_of", at, format!("Must be a multiple of {}", number::text(of)));
    }
    let bounds: [(&Option<Number>, fn(&Number, &Number) -> bool, &str, &str); 4] = [
        (&node.maximum, |a, b| a > b, "number_lte", "less than or equal to"),
        (&node.exclusive_maximum, |a, b| a >= b, "number_lt", "less than"),
        (&node.minimum, |a, b| a < b, "number_gte", "greater than or equal to"),
        (&node.exclusive_minimum, |a, b| a <= b, "number_gt", "greater than"),
    ];
    for (bound, passes, kind, words) in bounds {
        if let Some(bound) = bound.as_ref().filter(|bound| passes(value, bound)) {
            report.add(kind, at, format!("Must be {words} {}", number::text(bound)));
        }
    }
    report.score += 1;
}
