//! One Rego file, parsed: its package, its rules with their places, its annotations.
//!
//! With `calls` and `foreign`, this is the only module that touches regorus' syntax tree.

use std::num::{NonZeroU32, NonZeroUsize};
use std::sync::Arc;

use regorus::unstable::{Expr, Module as Ast, Parser, Rule, RuleHead, Source};

use serde::Deserialize;

use crate::source::{SourceText, Span};

use super::annotations::{self, Annotation};
use super::calls::{self, Call};
use super::error::PolicyError;
use super::foreign::{ForeignError, span};

/// The two languages that are called Rego.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RegoVersion {
    /// Before OPA 1.0: `deny[msg] { .. }`.
    V0,
    /// OPA 1.0 and later: `deny contains msg if { .. }`.
    V1,
}

/// Which language a file is to be read as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
#[serde(rename_all = "lowercase")]
pub enum VersionChoice {
    /// v1 where it parses as v1, else v0
    #[default]
    Auto,
    /// Before OPA 1.0: `deny[msg] { .. }`
    V0,
    /// OPA 1.0 and later: `deny contains msg if { .. }`
    V1,
}

impl VersionChoice {
    /// The choice's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::V0 => "v0",
            Self::V1 => "v1",
        }
    }
}

/// How large a policy file may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PolicyLimits {
    /// Bytes in a file.
    pub bytes: NonZeroUsize,
    /// Lines in a file.
    pub lines: NonZeroUsize,
    /// Characters in a line.
    pub columns: NonZeroU32,
}

impl Default for PolicyLimits {
    /// 16 MiB, a million lines, a million characters a line.
    fn default() -> Self {
        const MILLION: NonZeroU32 = NonZeroU32::MIN.saturating_add(999_999);
        Self {
            bytes: NonZeroUsize::MIN.saturating_add((16 << 20) - 1),
            lines: NonZeroUsize::MIN.saturating_add(999_999),
            columns: MILLION,
        }
    }
}

/// A rule as it stands in a file: one head with its bodies.
#[derive(Clone, Debug)]
pub struct RuleClause {
    /// The first part of its head: `deny` of `deny contains msg`.
    pub name: String,
    /// Where that name stands.
    pub name_span: Span,
    /// The whole rule.
    pub span: Span,
    /// The function's whole name (`a.f` of `a.f(x)`); a function can't be asked for by itself.
    pub function: Option<String>,
}

/// An import statement.
#[derive(Clone, Debug)]
pub struct Import {
    /// What is imported, with its dots: `data.lib`.
    pub path: String,
    /// The name it goes by in the file.
    pub name: String,
    /// The whole statement.
    pub span: Span,
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
    /// Where the package statement stands.
    pub package_span: Span,
    /// The import statements.
    pub imports: Vec<Import>,
    /// Every call in its rules.
    pub calls: Vec<Call>,
    /// Its rules, in order.
    pub rules: Vec<RuleClause>,
    /// Its `# METADATA` blocks, in order.
    pub annotations: Vec<Annotation>,
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
    let text = Source::from_contents_with_limits(
        source.name().to_owned(),
        source.text().to_owned(),
        limits.bytes,
        limits.lines,
    )
    .map_err(|error| PolicyError::new(error.to_string()))?;
    let (ast, version) = match choice {
        VersionChoice::V0 => (ast(source, &text, RegoVersion::V0, limits)?, RegoVersion::V0),
        VersionChoice::V1 => (ast(source, &text, RegoVersion::V1, limits)?, RegoVersion::V1),
        VersionChoice::Auto => either(source, &text, limits)?,
    };
    module(source, &ast, version)
}

fn either(
    source: &Arc<SourceText>,
    text: &Source,
    limits: &PolicyLimits,
) -> Result<(Ast, RegoVersion), PolicyError> {
    let v1 = match ast(source, text, RegoVersion::V1, limits) {
        Ok(ast) => return Ok((ast, RegoVersion::V1)),
        Err(error) if speaks_v1(source.text()) => return Err(error),
        Err(error) => error,
    };
    match ast(source, text, RegoVersion::V0, limits) {
        Ok(ast) => Ok((ast, RegoVersion::V0)),
        Err(v0) if v0.span > v1.span => Err(v0),
        Err(_) => Err(v1),
    }
}

/// Whether a file uses `if` as only v1 can without importing it. Such a file is not tried as v0:
/// its error there would be about the wrong language.
fn speaks_v1(text: &str) -> bool {
    let code = || text.lines().map(str::trim).filter(|line| !line.starts_with('#'));
    let imports = code().any(|line| line.starts_with("import future.keywords"));
    !imports && code().any(|line| line.split_whitespace().any(|word| matches!(word, "if" | "if{")))
}

fn ast(
    source: &Arc<SourceText>,
    text: &Source,
    version: RegoVersion,
    limits: &PolicyLimits,
) -> Result<Ast, PolicyError> {
    let parse = || {
        let mut parser = Parser::new(text)?;
        parser.set_max_col(limits.columns);
        if version == RegoVersion::V1 {
            parser.enable_rego_v1()?;
        }
        parser.parse()
    };
    parse().map_err(|error| {
        let error = error.to_string();
        let foreign = ForeignError::parse(&error);
        let at = foreign.offset(source);
        let message = format!("the policy does not parse: {}", foreign.message);
        PolicyError::at(message, source, word_at(source, at))
    })
}

/// From an offset to the end of the word there, so that a label has something to underline.
fn word_at(source: &SourceText, at: usize) -> Span {
    let rest = source.text().get(at..).unwrap_or_default();
    let word = |c: char| c.is_alphanumeric() || c == '_';
    let end = match rest.chars().next() {
        Some(c) if word(c) => rest.find(|c| !word(c)).unwrap_or(rest.len()),
        Some(c) if c != '\n' => c.len_utf8(),
        _ => 0,
    };
    Span::new(at, at + end)
}

fn module(
    source: &Arc<SourceText>,
    ast: &Ast,
    version: RegoVersion,
) -> Result<Module, PolicyError> {
    let package_span = span(&ast.package.span);
    let rules: Vec<_> = ast.policy.iter().filter_map(|rule| clause(rule.as_ref())).collect();
    let spans: Vec<_> = rules.iter().map(|rule| rule.span).collect();
    Ok(Module {
        source: Arc::clone(source),
        version,
        package: path(ast.package.refr.as_ref()),
        package_span,
        imports: ast.imports.iter().filter_map(import).collect(),
        calls: calls::find(ast),
        annotations: annotations::find(source, package_span, &spans)?,
        rules,
    })
}

fn import(import: &regorus::unstable::Import) -> Option<Import> {
    let path = calls::dotted(import.refr.as_ref())?;
    let last = path.rsplit('.').next().unwrap_or(&path);
    let name = import.r#as.as_ref().map_or(last, |alias| alias.text()).to_owned();
    Some(Import { name, span: span(&import.span), path })
}

fn clause(rule: &Rule) -> Option<RuleClause> {
    let (head, is_function) = match rule {
        Rule::Spec { head, .. } => match head {
            RuleHead::Compr { refr, .. } | RuleHead::Set { refr, .. } => (refr, false),
            RuleHead::Func { refr, .. } => (refr, true),
        },
        Rule::Default { refr, args, .. } => (refr, !args.is_empty()),
    };
    let name = first_name(head.as_ref())?;
    Some(RuleClause {
        name: name.text().to_owned(),
        name_span: span(name),
        span: span(rule.span()),
        function: if is_function { calls::dotted(head.as_ref()) } else { None },
    })
}

fn first_name(head: &Expr) -> Option<&regorus::unstable::Span> {
    match head {
        Expr::Var { span, .. } => Some(span),
        Expr::RefDot { refr, .. } | Expr::RefBrack { refr, .. } => first_name(refr.as_ref()),
        _ => None,
    }
}

/// The parts of a package's name.
fn path(refr: &Expr) -> Vec<String> {
    let text = |value: &regorus::Value| value.as_string().map(ToString::to_string).ok();
    match refr {
        Expr::Var { span, .. } => vec![span.text().to_owned()],
        Expr::RefDot { refr, field, .. } => {
            let mut parts = path(refr.as_ref());
            parts.extend(text(&field.1));
            parts
        }
        Expr::RefBrack { refr, index, .. } => {
            let mut parts = path(refr.as_ref());
            if let Expr::String { value, .. } = index.as_ref() {
                parts.extend(text(value));
            }
            parts
        }
        _ => Vec::new(),
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
        let error = parsed("package a\ndeny contains m if {\n  m := \n}").unwrap_err();
        assert_eq!(error.text.unwrap().position(error.span.unwrap().start).line, 3);
    }

    #[test]
    fn rules_know_their_places() {
        let module = parsed(
            "package a.b[\"c-d\"]\n\nimport data.x\n\ndeny.q contains 1 if true\nf(x) := x\n",
        )
        .unwrap();
        assert_eq!(module.package, ["a", "b", "c-d"]);
        assert_eq!(module.rules.len(), 2);
        assert_eq!((module.rules[0].name.as_str(), &module.rules[0].function), ("deny", &None));
        assert_eq!(module.source.slice(module.rules[0].name_span), "deny");
        assert_eq!(module.rules[1].function.as_deref(), Some("f"));
        assert_eq!(module.source.slice(module.imports[0].span), "import data.x");
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
