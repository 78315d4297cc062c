//! Rego that stands inside a YAML file: parsed so that its places are places in that file.

use std::sync::Arc;

use crate::manifest::Node;
use crate::rego::{self, Module, PolicyError, PolicyLimits, VersionChoice};
use crate::source::{SourceText, Span};

/// Parses the Rego in a node of `source`.
pub(super) fn parse(
    source: &Arc<SourceText>,
    node: &Node,
    version: VersionChoice,
    limits: &PolicyLimits,
) -> Result<Module, PolicyError> {
    let rego = node.as_str().unwrap_or_default();
    if let Some(blanked) = blanked(source.text(), node.span, rego) {
        let text = Arc::new(SourceText::new(source.name(), blanked));
        return match rego::parse(&text, version, limits) {
            Ok(module) => Ok(Module { source: Arc::clone(source), ..module }),
            Err(error) => Err(PolicyError { text: Some(Arc::clone(source)), ..error }),
        };
    }
    // Else only the lines are right.
    let before = source.position(node.span.start).line - 1;
    let padded = format!("{}{rego}", "\n".repeat(before));
    rego::parse(&Arc::new(SourceText::new(source.name(), padded)), version, limits)
}

/// The file with everything but the block scalar turned to blanks, so that each byte of Rego keeps
/// its offset. Rego doesn't mind how far it is indented, but for raw strings of several lines.
fn blanked(file: &str, span: Span, rego: &str) -> Option<String> {
    if rego.lines().any(|line| line.matches('`').count() % 2 == 1) {
        return None;
    }
    let line = file.get(..span.start)?.rfind('\n').map_or(0, |at| at + 1);
    let next = line + file.get(line..)?.find('\n')? + 1;
    [next, line].into_iter().find_map(|start| {
        let end = end_of_block(&file[start..], rego)?;
        let blank = |byte: u8| if byte == b'\n' { '\n' } else { ' ' };
        let mut text: String = file[..start].bytes().map(blank).collect();
        text.extend(file[start..start + end].chars().map(|c| if c == '\r' { ' ' } else { c }));
        Some(text)
    })
}

/// Where the block ends whose lines are those of `rego`, indented.
fn end_of_block(block: &str, rego: &str) -> Option<usize> {
    let indent_of = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let mut at = 0;
    let mut indent = None;
    let mut lines = block.split_inclusive('\n');
    for wanted in rego.trim_end_matches('\n').split('\n') {
        let line = lines.next()?;
        at += line.len();
        let line = line.trim_end_matches(['\r', '\n']);
        if wanted.is_empty() && line.trim_start_matches(' ').is_empty() {
            continue;
        }
        let by = *indent.get_or_insert(indent_of(line).checked_sub(indent_of(wanted))?);
        if line.get(by..)? != wanted {
            return None;
        }
    }
    Some(at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::{Format, ReadLimits, read};

    fn parsed(yaml: &str) -> (Arc<SourceText>, Result<Module, PolicyError>) {
        let source = Arc::new(SourceText::new("t.yaml", yaml));
        let reading = read(&source, Format::Manifest, &ReadLimits::default());
        let node = reading.manifests[0].root.get("rego").unwrap().clone();
        let module = parse(&source, &node, VersionChoice::V0, &PolicyLimits::default());
        (source, module)
    }

    #[test]
    fn places_are_those_of_the_file() {
        let (source, module) = parsed("ä: 1\nrego: |\n  package a\n\n  violation[m] { m := 1 }\n");
        let module = module.unwrap();
        assert_eq!(source.slice(module.rules[0].name_span), "violation");
        let (source, module) = parsed("a: 1\nrego: |\r\n    package a\r\n\r\n    p { x := }\r\n");
        let error = module.unwrap_err();
        assert_eq!(source.position(error.span.unwrap().start).line, 5);
        assert!(Arc::ptr_eq(&error.text.unwrap(), &source));
    }

    #[test]
    fn lines_are_right_where_columns_can_not_be() {
        for yaml in [
            "a: 1\n\nrego: \"package a\\np { x := }\"\n",
            "a:\nrego: |\n  package a\n  p { x := `a\n  b`; x == }\n",
        ] {
            let (_, module) = parsed(yaml);
            let error = module.unwrap_err();
            let line = error.text.unwrap().position(error.span.unwrap().start).line;
            assert!((3..=5).contains(&line), "{line} {yaml}");
        }
    }
}
