//! OPA's `# METADATA` blocks: YAML in the comments above a package or a rule.

use std::sync::Arc;

use crate::manifest::{self, Format, Node, ReadLimits};
use crate::source::{SourceText, Span};

use super::error::PolicyError;

/// How far an annotation reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// The one rule (one body) below it.
    Rule,
    /// Every rule of that name in the package.
    Document,
    /// The package.
    Package,
    /// The package and the packages below it.
    Subpackages,
}

impl Scope {
    /// The scope as annotations name it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Rule => "rule",
            Self::Document => "document",
            Self::Package => "package",
            Self::Subpackages => "subpackages",
        }
    }
}

/// One `# METADATA` block.
#[derive(Clone, Debug)]
pub struct Annotation {
    /// How far it reaches.
    pub scope: Scope,
    /// Its YAML, with places in the policy's file.
    pub value: Node,
    /// The rule it stands above, by its number in the module; none above the package.
    pub rule: Option<usize>,
}

/// A block before it is known what it annotates.
struct Block {
    span: Span,
    value: Node,
}

/// Finds the annotations of a module. `package` and `rules` are the spans of its statements.
pub(super) fn find(
    source: &Arc<SourceText>,
    package: Span,
    rules: &[Span],
) -> Result<Vec<Annotation>, PolicyError> {
    blocks(source, rules)?.into_iter().map(|block| attach(source, block, package, rules)).collect()
}

fn blocks(source: &Arc<SourceText>, rules: &[Span]) -> Result<Vec<Block>, PolicyError> {
    let mut found = Vec::new();
    let mut at = 0;
    let mut lines = source.text().split_inclusive('\n').peekable();
    while let Some(line) = lines.next() {
        let start = at;
        at += line.len();
        let in_rule = || rules.iter().any(|rule| rule.start < start && start < rule.end);
        if comment(line).map(str::trim) != Some("METADATA") || in_rule() {
            continue;
        }
        let begin = at;
        let mut yaml = String::new();
        while let Some(line) = lines.next_if(|line| comment(line).is_some()) {
            at += line.len();
            // Blanks in place of `#` keep every column where it is in the file.
            yaml.push_str(&line.replacen('#', " ", 1));
        }
        found.push(Block { span: Span::new(start, at), value: read_yaml(source, begin, &yaml)? });
    }
    Ok(found)
}

fn comment(line: &str) -> Option<&str> {
    line.trim_start().strip_prefix('#')
}

fn read_yaml(source: &Arc<SourceText>, begin: usize, yaml: &str) -> Result<Node, PolicyError> {
    let located = |message: String, span: Span| {
        PolicyError::at(message, source, span.shifted(begin))
            .with_help("a `# METADATA` block is YAML, up to the first line that is no comment")
    };
    let text = Arc::new(SourceText::new(source.name(), yaml));
    let reading = manifest::read(&text, Format::Manifest, &ReadLimits::default());
    if let Some(error) = reading.errors.into_iter().next() {
        return Err(located(format!("the metadata is {}", error.message), error.span));
    }
    let root = reading.manifests.into_iter().next().map(|manifest| manifest.root);
    let root = root.unwrap_or_else(|| Node::mapping(Span::default(), Vec::new()));
    if root.entries().is_none() {
        return Err(located("the metadata is not a map".into(), root.span));
    }
    Ok(root.shifted(begin))
}

fn attach(
    source: &Arc<SourceText>,
    block: Block,
    package: Span,
    rules: &[Span],
) -> Result<Annotation, PolicyError> {
    let above_package = block.span.end <= package.start;
    let rule = rules
        .iter()
        .enumerate()
        .filter(|(_, rule)| rule.start >= block.span.end)
        .min_by_key(|(_, rule)| rule.start)
        .map(|(index, _)| index);
    let given = block.value.get("scope");
    let scope = match given.map(|node| (node, node.as_str())) {
        None if above_package => Scope::Package,
        None => Scope::Rule,
        Some((_, Some("package"))) => Scope::Package,
        Some((_, Some("subpackages"))) => Scope::Subpackages,
        Some((_, Some("document"))) => Scope::Document,
        Some((_, Some("rule"))) => Scope::Rule,
        Some((node, _)) => {
            return Err(PolicyError::at("unknown metadata scope", source, node.span)
                .with_help("scopes are rule, document, package and subpackages"));
        }
    };
    let needs_rule = matches!(scope, Scope::Rule | Scope::Document);
    if needs_rule && (above_package || rule.is_none()) {
        return Err(PolicyError::at("this metadata stands above no rule", source, block.span));
    }
    Ok(Annotation { scope, value: block.value, rule: rule.filter(|_| needs_rule) })
}
