//! Schemas, read and checked before anything is held against them.

use std::collections::HashMap;
use std::sync::Arc;

use super::super::super::number::Number;
use super::super::super::value::Value;
use super::super::BuiltinError;
use super::super::regex::Expression;
use super::number::is_integer;
use super::references::{Draft, Pool, draft, resolved, scope};

type Result<T> = std::result::Result<T, BuiltinError>;

/// How deep schemas may be within one another.
const DEPTH: usize = 200;

pub(super) const TYPES: [&str; 7] =
    ["array", "boolean", "integer", "number", "null", "object", "string"];

/// The place of a schema in its set.
pub(super) type Id = usize;

/// What a dependency asks for.
#[derive(Clone, Debug)]
pub(super) enum Dependency {
    Keys(Vec<String>),
    Schema(Id),
}

/// What is said of items and properties that nothing else is said of.
#[derive(Clone, Copy, Debug)]
pub(super) enum Additional {
    Allowed(bool),
    Schema(Id),
}

/// The keywords of one schema.
#[derive(Debug, Default)]
pub(super) struct Node {
    pub(super) constant: Option<bool>,
    pub(super) reference: Option<Id>,
    pub(super) types: Vec<&'static str>,
    pub(super) properties: Vec<(String, Id)>,
    pub(super) pattern_properties: Vec<(Arc<Expression>, Id)>,
    pub(super) additional_properties: Option<Additional>,
    pub(super) property_names: Option<Id>,
    pub(super) dependencies: Vec<(String, Dependency)>,
    pub(super) items: Vec<Id>,
    pub(super) items_are_alike: bool,
    pub(super) additional_items: Option<Additional>,
    pub(super) multiple_of: Option<Number>,
    pub(super) minimum: Option<Number>,
    pub(super) exclusive_minimum: Option<Number>,
    pub(super) maximum: Option<Number>,
    pub(super) exclusive_maximum: Option<Number>,
    pub(super) length: [Option<usize>; 2],
    pub(super) pattern: Option<(String, Arc<Expression>)>,
    pub(super) format: String,
    pub(super) property_count: [Option<usize>; 2],
    pub(super) required: Vec<String>,
    pub(super) item_count: [Option<usize>; 2],
    pub(super) unique_items: bool,
    pub(super) contains: Option<Id>,
    pub(super) value: Option<String>,
    pub(super) values: Option<Vec<String>>,
    pub(super) one_of: Vec<Id>,
    pub(super) any_of: Vec<Id>,
    pub(super) all_of: Vec<Id>,
    pub(super) not: Option<Id>,
    pub(super) conditions: [Option<Id>; 3],
}

/// A schema with all that it refers to; the first one is the whole.
#[derive(Debug)]
pub(in crate::engine::builtins) struct Schema {
    pub(super) nodes: Vec<Node>,
}

impl Schema {
    pub(super) fn compile(document: &Value) -> Result<Self> {
        let pool = Pool::of(document)?;
        let named = draft(document)?.unwrap_or(Draft::Mixed);
        let mut compiler = Compiler { pool, nodes: Vec::new(), known: HashMap::new(), depth: 0 };
        compiler.schema(document, named, "")?;
        Ok(Self { nodes: compiler.nodes })
    }
}

/// A value's text with numbers as doubles: `1.0` and `1` are the same.
pub(super) fn canonical(value: &Value) -> String {
    fn doubles(value: &Value) -> Value {
        match value {
            Value::Number(_, number) => Value::from(Number::from_double(number.as_f64())),
            Value::Array(_, items) => Value::array(items.iter().map(doubles).collect()),
            Value::Object(_, fields) => Value::object_of_last(
                fields.iter().map(|(key, value)| (key.clone(), doubles(value))).collect(),
            ),
            _ => value.clone(),
        }
    }
    doubles(value).to_json_string()
}

struct Compiler {
    pool: Pool,
    nodes: Vec<Node>,
    /// References that were met, by their absolute text.
    known: HashMap<String, Id>,
    depth: usize,
}

fn wrong_type(expected: &str, given: &str) -> BuiltinError {
    BuiltinError::new(format!("Invalid type. Expected: {expected}, given: {given}"))
}

fn must_be(what: &str, article: &str, kind: &str) -> BuiltinError {
    BuiltinError::new(format!("{what} must be of {article} {kind}"))
}

fn text<'v>(schema: &'v Value, key: &str) -> Result<Option<&'v str>> {
    let Some(value) = schema.field(key) else { return Ok(None) };
    value.as_str().map(Some).ok_or_else(|| wrong_type("string", key))
}

fn list<'v>(schema: &'v Value, key: &str) -> Result<Option<&'v [Value]>> {
    let Some(value) = schema.field(key) else { return Ok(None) };
    value.as_array().map(Some).ok_or_else(|| must_be(key, "an", "array"))
}

fn is_schema(value: &Value) -> bool {
    matches!(value, Value::Bool(..) | Value::Object(..))
}

/// A count and its counterpart: at least so many, at most so many.
fn counts(schema: &Value, keys: [&str; 2]) -> Result<[Option<usize>; 2]> {
    let mut found = [None; 2];
    for (key, slot) in keys.into_iter().zip(&mut found) {
        let Some(value) = schema.field(key) else { continue };
        let digits = value.as_number().map(ToString::to_string).unwrap_or_default();
        let count: i64 = digits.parse().map_err(|_| must_be(key, "an", "integer"))?;
        *slot =
            Some(usize::try_from(count).map_err(|_| {
                BuiltinError::new(format!("{key} must be greater than or equal to 0"))
            })?);
    }
    Ok(found)
}

impl Compiler {
    fn schema(&mut self, value: &Value, draft: Draft, base: &str) -> Result<Id> {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(BuiltinError::new("the schema is nested too deep"));
        }
        let id = self.nodes.len();
        self.nodes.push(Node::default());
        let node = self.node(value, draft, base)?;
        if let Some(slot) = self.nodes.get_mut(id) {
            *slot = node;
        }
        self.depth -= 1;
        Ok(id)
    }

    fn node(&mut self, value: &Value, draft: Draft, base: &str) -> Result<Node> {
        let mut node = Node::default();
        if let (Some(constant), true) = (value.as_bool(), draft >= Draft::Six) {
            node.constant = Some(constant);
            return Ok(node);
        }
        if value.as_object().is_none() {
            return Err(BuiltinError::new("Expected: Valid Schema, given: Invalid JSON"));
        }
        let key = match draft {
            Draft::Four => "id",
            Draft::Mixed if value.field("id").is_some() => "id",
            _ => "$id",
        };
        text(value, key)?;
        let base = &scope(value, base);
        if let Some(definitions) = value.field("definitions") {
            let wrong = || wrong_type("Array Of Schemas", "definitions");
            for (_, definition) in definitions.as_object().ok_or_else(wrong)? {
                if !is_schema(definition) {
                    return Err(wrong());
                }
                self.schema(definition, draft, base)?;
            }
        }
        text(value, "title")?;
        text(value, "description")?;
        if let Some(reference) = text(value, "$ref")? {
            let absolute = resolved(base, reference);
            match self.known.get(&absolute) {
                Some(id) => node.reference = Some(*id),
                None => {
                    node.reference = Some(self.referred(&absolute, draft)?);
                    return Ok(node);
                }
            }
        }
        self.types(value, &mut node)?;
        self.of_objects(value, draft, base, &mut node)?;
        self.of_arrays(value, draft, base, &mut node)?;
        of_numbers(value, draft, &mut node)?;
        node.length = counts(value, ["minLength", "maxLength"])?;
        if matches!(node.length, [Some(least), Some(most)] if least > most) {
            return Err(BuiltinError::new("minLength cannot be greater than maxLength"));
        }
        if let Some(pattern) = text(value, "pattern")? {
            let expression = Expression::compile(pattern)
                .map_err(|_| BuiltinError::new("pattern must be a valid regex"))?;
            node.pattern = Some((pattern.to_owned(), Arc::new(expression)));
        }
        text(value, "format")?.unwrap_or_default().clone_into(&mut node.format);
        of_counts(value, &mut node)?;
        if let (Some(contains), true) = (value.field("contains"), draft >= Draft::Six) {
            node.contains = Some(self.schema(contains, draft, base)?);
        }
        if let (Some(constant), true) = (value.field("const"), draft >= Draft::Six) {
            node.value = Some(canonical(constant));
        }
        if let Some(values) = list(value, "enum")? {
            let mut texts = Vec::with_capacity(values.len());
            for value in values {
                let text = canonical(value);
                if texts.contains(&text) {
                    return Err(BuiltinError::new("enum items must be unique"));
                }
                texts.push(text);
            }
            node.values = Some(texts);
        }
        node.one_of = self.alternatives(value, "oneOf", draft, base)?;
        node.any_of = self.alternatives(value, "anyOf", draft, base)?;
        node.all_of = self.alternatives(value, "allOf", draft, base)?;
        node.not = self.single(value, "not", draft, base)?;
        if draft >= Draft::Seven {
            for (key, slot) in ["if", "then", "else"].into_iter().zip(&mut node.conditions) {
                *slot = self.single(value, key, draft, base)?;
            }
        }
        Ok(node)
    }

    fn referred(&mut self, absolute: &str, draft: Draft) -> Result<Id> {
        let (document, named, base) = self.pool.get(absolute)?;
        let document = document.clone();
        if !is_schema(&document) {
            return Err(BuiltinError::new("Valid Schema must be of type object"));
        }
        // What refers to itself finds the place before it is filled.
        self.known.insert(absolute.to_owned(), self.nodes.len());
        self.schema(&document, named.unwrap_or(draft), &base)
    }

    #[allow(clippy::unused_self)]
    fn types(&self, value: &Value, node: &mut Node) -> Result<()> {
        let Some(types) = value.field("type") else { return Ok(()) };
        let wrong = || wrong_type("type", "string/Array Of Strings");
        let names = match types {
            Value::String(..) => std::slice::from_ref(types),
            Value::Array(_, names) => names,
            _ => return Err(wrong()),
        };
        for name in names {
            let name = name.as_str().ok_or_else(wrong)?;
            let Some(known) = TYPES.into_iter().find(|known| *known == name) else {
                return Err(BuiltinError::new(format!(
                    "has a primitive type that is NOT VALID -- given: /{name}/ Expected valid \
                     values are:[{}]",
                    "array boolean integer number null object string"
                )));
            };
            if node.types.contains(&known) {
                return Err(BuiltinError::new(format!("{name} type is duplicated")));
            }
            node.types.push(known);
        }
        Ok(())
    }

    fn of_objects(
        &mut self,
        value: &Value,
        draft: Draft,
        base: &str,
        node: &mut Node,
    ) -> Result<()> {
        if let Some(properties) = value.field("properties") {
            let properties = properties
                .as_object()
                .ok_or_else(|| BuiltinError::new("Properties must be of type object"))?;
            for (key, property) in properties {
                let id = self.schema(property, draft, base)?;
                node.properties.push((key.as_str().unwrap_or_default().to_owned(), id));
            }
        }
        node.additional_properties = self.additional(value, "additionalProperties", draft, base)?;
        if let Some(patterns) = value.field("patternProperties") {
            let patterns = patterns
                .as_object()
                .ok_or_else(|| wrong_type("Valid Schema", "patternProperties"))?;
            for (key, property) in patterns {
                let pattern = key.as_str().unwrap_or_default();
                let expression = Expression::compile(pattern)
                    .map_err(|_| BuiltinError::new(format!("Invalid regex pattern '{pattern}'")))?;
                let id = self.schema(property, draft, base)?;
                node.pattern_properties.push((Arc::new(expression), id));
            }
        }
        if let (Some(names), true) = (value.field("propertyNames"), draft >= Draft::Six) {
            if !is_schema(names) {
                return Err(wrong_type("Valid Schema", "patternProperties"));
            }
            node.property_names = Some(self.schema(names, draft, base)?);
        }
        let Some(dependencies) = value.field("dependencies") else { return Ok(()) };
        let dependencies = dependencies
            .as_object()
            .ok_or_else(|| BuiltinError::new("dependencies must be of type object"))?;
        let wrong = || BuiltinError::new("Dependency must be of type Schema Or Array Of Strings");
        for (key, dependency) in dependencies {
            let dependency = match dependency {
                Value::Array(_, keys) => {
                    let keys = keys.iter().map(|key| key.as_str().map(str::to_owned));
                    Dependency::Keys(keys.collect::<Option<_>>().ok_or_else(wrong)?)
                }
                schema if is_schema(schema) => {
                    Dependency::Schema(self.schema(schema, draft, base)?)
                }
                _ => return Err(wrong()),
            };
            node.dependencies.push((key.as_str().unwrap_or_default().to_owned(), dependency));
        }
        Ok(())
    }

    fn of_arrays(
        &mut self,
        value: &Value,
        draft: Draft,
        base: &str,
        node: &mut Node,
    ) -> Result<()> {
        let wrong = || wrong_type("Valid Schema/Array Of Schemas", "items");
        match value.field("items") {
            None => {}
            Some(Value::Array(_, items)) => {
                for item in items.iter() {
                    if !is_schema(item) {
                        return Err(wrong());
                    }
                    node.items.push(self.schema(item, draft, base)?);
                }
            }
            Some(item) if is_schema(item) => {
                node.items.push(self.schema(item, draft, base)?);
                node.items_are_alike = true;
            }
            Some(_) => return Err(wrong()),
        }
        node.additional_items = self.additional(value, "additionalItems", draft, base)?;
        Ok(())
    }

    fn additional(
        &mut self,
        value: &Value,
        key: &str,
        draft: Draft,
        base: &str,
    ) -> Result<Option<Additional>> {
        match value.field(key) {
            None => Ok(None),
            Some(Value::Bool(_, allowed)) => Ok(Some(Additional::Allowed(*allowed))),
            Some(schema @ Value::Object(..)) => {
                Ok(Some(Additional::Schema(self.schema(schema, draft, base)?)))
            }
            Some(_) => Err(wrong_type("boolean/Valid Schema", key)),
        }
    }

    fn alternatives(
        &mut self,
        value: &Value,
        key: &str,
        draft: Draft,
        base: &str,
    ) -> Result<Vec<Id>> {
        let alternatives = list(value, key)?.unwrap_or_default();
        alternatives.iter().map(|one| self.schema(one, draft, base)).collect()
    }

    fn single(&mut self, value: &Value, key: &str, draft: Draft, base: &str) -> Result<Option<Id>> {
        match value.field(key) {
            None => Ok(None),
            Some(schema) if is_schema(schema) => self.schema(schema, draft, base).map(Some),
            Some(_) => Err(must_be(key, "an", "object")),
        }
    }
}

fn of_numbers(value: &Value, draft: Draft, node: &mut Node) -> Result<()> {
    let number = |key: &str| value.field(key).map(|value| value.as_number().cloned());
    if let Some(multiple) = number("multipleOf") {
        let multiple = multiple.ok_or_else(|| wrong_type("Number", "multipleOf"))?;
        if multiple <= Number::from(0) {
            return Err(BuiltinError::new("multipleOf must be strictly greater than 0"));
        }
        node.multiple_of = Some(multiple);
    }
    for (key, exclusive) in [("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")] {
        let mut bound = match number(key) {
            Some(bound) => Some(bound.ok_or_else(|| must_be(key, "a", "Number"))?),
            None => None,
        };
        let mut strict = None;
        match (value.field(exclusive), draft) {
            (None, _) => {}
            (Some(Value::Bool(_, flag)), Draft::Four | Draft::Mixed) => {
                if bound.is_none() {
                    return Err(BuiltinError::new(format!(
                        "{exclusive} cannot be used without {key}"
                    )));
                }
                if *flag {
                    strict = bound.take();
                }
            }
            (Some(Value::Number(_, number)), Draft::Six | Draft::Seven | Draft::Mixed) => {
                strict = Some(number.clone());
            }
            (Some(_), Draft::Four) => return Err(wrong_type("boolean", exclusive)),
            (Some(_), Draft::Mixed) => return Err(wrong_type("boolean/number", exclusive)),
            (Some(_), _) => return Err(wrong_type("number", exclusive)),
        }
        if key == "minimum" {
            (node.minimum, node.exclusive_minimum) = (bound, strict);
        } else {
            (node.maximum, node.exclusive_maximum) = (bound, strict);
        }
    }
    Ok(())
}

fn of_counts(value: &Value, node: &mut Node) -> Result<()> {
    node.property_count = counts(value, ["minProperties", "maxProperties"])?;
    if matches!(node.property_count, [Some(least), Some(most)] if least > most) {
        return Err(BuiltinError::new("minProperties cannot be greater than maxProperties"));
    }
    for name in list(value, "required")?.unwrap_or_default() {
        let name = name.as_str().ok_or_else(|| wrong_type("string", "required"))?;
        if node.required.iter().any(|other| other == name) {
            return Err(BuiltinError::new("required items must be unique"));
        }
        node.required.push(name.to_owned());
    }
    node.item_count = counts(value, ["minItems", "maxItems"])?;
    if let Some(unique) = value.field("uniqueItems") {
        node.unique_items =
            unique.as_bool().ok_or_else(|| must_be("uniqueItems", "a", "boolean"))?;
    }
    Ok(())
}

/// Whether a number is one of those that a type takes.
pub(super) fn number_fits(types: &[&str], number: &Number) -> bool {
    types.contains(&"number") || (is_integer(number) && types.contains(&"integer"))
}
