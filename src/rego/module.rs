//! One Rego file, parsed: its syntax tree, its rules with their places, its annotations.

use std::sync::Arc;

use crate::source::{SourceText, Span};

use super::annotations::{self, Annotation};
use super::ast;
use super::error::PolicyError;
use super::lexer::{self, Kind, Token};
use super::parser;
use super::version::{RegoVersion, VersionChoice};

/// How large a policy file may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PolicyLimits {
    /// Bytes in a file.
    pub bytes: usize,
}

impl Default for PolicyLimits {
    /// 16 MiB.
    fn default() -> Self {
        Self { bytes: 16 << 20 }
    }
}

/// A rule as it stands in a file: one head with its body.
#[derive(Clone, Debug)]
pub struct RuleClause {
    /// The first part of its head: `deny` of `deny contains msg`.
    pub name: String,
    /// Where that name stands.
    pub name_span: Span,
    /// The whole rule.
    pub span: Span,
    /// Whether it is a function, which can't be asked for by itself.
    pub is_function: bool,
}

/// A parsed file.
#[derive(Clone, Debug)]
pub struct Module {
    /// Its text.
    pub source: Arc<SourceText>,
    /// The language it was read as.
    pub version: RegoVersion,
    /// The parts of its package's name, without `data`.
    pub package: Vec<String>,
    /// Its rules, in order.
    pub rules: Vec<RuleClause>,
    /// Its `# METADATA` blocks, in order.
    pub annotations: Vec<Annotation>,
    /// All of it; its rules are in the same order.
    pub syntax: Arc<ast::Module>,
}

impl Module {
    /// Whether the rules of Rego v1 hold: it is v1, or imports `rego.v1`.
    pub fn is_v1(&self) -> bool {
        let imports = || self.syntax.imports.iter().map(|import| import.path.as_slice());
        self.version == RegoVersion::V1
            || imports().any(|path| matches!(path, [a, b] if &**a == "rego" && &**b == "v1"))
    }
}

/// Parses a file. The error names the line; with [`VersionChoice::Auto`] it is the error of the
/// version that got further.
///
/// # Errors
///
/// If the text is no Rego, or its metadata can't be read.
pub fn parse(
    source: &Arc<SourceText>,
    choice: VersionChoice,
    limits: &PolicyLimits,
) -> Result<Module, PolicyError> {
    if source.text().len() > limits.bytes {
        let message = format!("`{}` is larger than {} bytes", source.name(), limits.bytes);
        return Err(PolicyError::new(message));
    }
    let (syntax, version) = match choice {
        VersionChoice::V0 => (syntax(source, RegoVersion::V0)?, RegoVersion::V0),
        VersionChoice::V1 => (syntax(source, RegoVersion::V1)?, RegoVersion::V1),
        VersionChoice::Auto => either(source)?,
    };
    let rules: Vec<_> = syntax.rules.iter().map(clause).collect();
    let spans: Vec<_> = rules.iter().map(|rule| rule.span).collect();
    Ok(Module {
        source: Arc::clone(source),
        version,
        package: syntax.package.iter().map(ToString::to_string).collect(),
        annotations: annotations::find(source, syntax.package_span, &spans)?,
        rules,
        syntax: Arc::new(syntax),
    })
}

/// The syntax tree of a file alone: its annotations are comments.
pub(crate) fn syntax(
    source: &Arc<SourceText>,
    version: RegoVersion,
) -> Result<ast::Module, PolicyError> {
    crate::stack::deep(|| parser::parse(source, version)).map_err(|error| PolicyError {
        message: format!("the policy does not parse: {}", error.message),
        ..error
    })
}

fn either(source: &Arc<SourceText>) -> Result<(ast::Module, RegoVersion), PolicyError> {
    let v1 = match syntax(source, RegoVersion::V1) {
        Ok(syntax) => return Ok((syntax, RegoVersion::V1)),
        Err(error) if speaks_v1(source.text()) => return Err(error),
        Err(error) => error,
    };
    match syntax(source, RegoVersion::V0) {
        Ok(syntax) => Ok((syntax, RegoVersion::V0)),
        Err(v0) if v0.span > v1.span => Err(v0),
        Err(_) => Err(v1),
    }
}

/// Whether a file uses `if` as only v1 can without importing it. Such a file is not tried as v0:
/// its error there would be about the wrong language.
fn speaks_v1(text: &str) -> bool {
    let imports = text.lines().any(|line| line.trim().starts_with("import future.keywords"));
    let is_if = |token: &Token| {
        matches!(token.kind, Kind::Word(_)) && text[token.span.start..token.span.end] == *"if"
    };
    !imports && lexer::read(text).list.iter().any(is_if)
}

fn clause(rule: &ast::Rule) -> RuleClause {
    RuleClause {
        name: rule.head.name.to_string(),
        name_span: rule.head.name_span,
        span: rule.span,
        is_function: rule.head.args.as_ref().is_some_and(|args| !args.is_empty()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rego::Scope;

    fn parsed(text: &str) -> Result<Module, PolicyError> {
        let source = Arc::new(SourceText::new("p.rego", text));
        parse(&source, VersionChoice::Auto, &PolicyLimits::default())
    }

    #[test]
    fn the_version_is_recognised_by_what_parses() {
        let version = |text| parsed(text).unwrap().version;
        assert_eq!(version("package a\ndeny contains m if { m := 1 }"), RegoVersion::V1);
        assert_eq!(version("package a\ndeny[m] { m := 1 }"), RegoVersion::V0);
        let commented = "package a\ndeny[m] { m := 1 } # if there is one\n";
        assert_eq!(version(commented), RegoVersion::V0);
        let said = "package a\ndeny[m] { m := \"only # if it is\" }\n";
        assert_eq!(version(said), RegoVersion::V0);
        let error = parsed("package a\ndeny contains m if {\n  m := \n}").unwrap_err();
        let line = error.text.unwrap().position(error.span.unwrap().start).line;
        assert!((3..=4).contains(&line), "{line}");
    }

    #[test]
    fn rules_know_their_places() {
        let text =
            "package a.b[\"c-d\"]\n\nimport data.x\n\ndeny.q contains 1 if true\nf(x) := x\n";
        let module = parsed(text).unwrap();
        assert_eq!(module.package, ["a", "b", "c-d"]);
        assert_eq!(module.rules.len(), 2);
        assert_eq!((module.rules[0].name.as_str(), module.rules[0].is_function), ("deny", false));
        assert_eq!(module.source.slice(module.rules[0].name_span), "deny");
        assert!(module.rules[1].is_function);
    }

    #[test]
    fn annotations_find_what_they_annotate() {
        let module = parsed(
            "# METADATA\n# title: whole\npackage a\n\n# METADATA\n# title: one\ndeny contains 1 if true\n\n\
             # METADATA\n# scope: document\n# title: all\nwarn contains 1 if {\n\t# METADATA\n\ttrue\n}\n",
        )
        .unwrap();
        let found: Vec<_> = module
            .annotations
            .iter()
            .map(|a| (a.scope, a.rule, a.value.get_str("title").unwrap()))
            .collect();
        assert_eq!(
            found,
            [
                (Scope::Package, None, "whole"),
                (Scope::Rule, Some(0), "one"),
                (Scope::Document, Some(1), "all")
            ]
        );
        let title = module.annotations[1].value.get("title").unwrap();
        assert_eq!(module.source.slice(title.span), "one");
    }

    #[test]
    fn broken_metadata_is_located_in_the_policy() {
        let error = parsed("# METADATA\n# title: [\npackage a\n").unwrap_err();
        assert!(error.message.starts_with("the metadata is not valid YAML"), "{}", error.message);
        let error = parsed("package a\n# METADATA\n# scope: galaxy\nx := 1\n").unwrap_err();
        assert_eq!(error.text.unwrap().slice(error.span.unwrap()), "galaxy");
    }
}
