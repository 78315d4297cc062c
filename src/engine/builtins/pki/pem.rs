//! Blocks of PEM, as Go finds them: what is between blocks, or is none, is passed over.

use base64::Engine as _;

use super::super::encoding::STANDARD;

/// One block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::engine::builtins) struct Block {
    /// What it says it is.
    pub(in crate::engine::builtins) kind: String,
    /// What it holds.
    pub(in crate::engine::builtins) bytes: Vec<u8>,
}

/// The first block, and what follows it.
pub(in crate::engine::builtins) fn block(text: &str) -> Option<(Block, &str)> {
    let mut rest = text;
    loop {
        rest = after_begin(rest)?;
        let (line, body) = rest.split_once('\n')?;
        let Some(kind) = line.trim_end().strip_suffix("-----") else { continue };
        let end = format!("-----END {kind}-----");
        let at = body.find("-----END ")?;
        let (content, tail) = body.split_at(at);
        let at_line = content.is_empty() || content.ends_with('\n');
        let Some(tail) = tail.strip_prefix(&end).filter(|_| at_line) else {
            rest = body;
            continue;
        };
        let (last, after) = tail.split_once('\n').unwrap_or((tail, ""));
        if !last.trim().is_empty() {
            rest = body;
            continue;
        }
        let encoded: String =
            without_headers(content).chars().filter(|char| !" \t\r\n".contains(*char)).collect();
        match STANDARD.decode(encoded) {
            Ok(bytes) => return Some((Block { kind: kind.to_owned(), bytes }, after)),
            Err(_) => rest = body,
        }
    }
}

/// What follows `-----BEGIN ` at the start of a line.
fn after_begin(text: &str) -> Option<&str> {
    const BEGIN: &str = "-----BEGIN ";
    if let Some(rest) = text.strip_prefix(BEGIN) {
        return Some(rest);
    }
    let at = text.find("\n-----BEGIN ")?;
    text.get(at + 1 + BEGIN.len()..)
}

/// Leaves out lines like `Proc-Type: 4,ENCRYPTED`.
fn without_headers(content: &str) -> &str {
    let mut rest = content;
    while let Some((line, after)) = rest.split_once('\n') {
        if !line.contains(':') {
            break;
        }
        rest = after;
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_found() {
        let text = "x\n-----BEGIN A-----\nK: v\n\nAQID\n-----END A-----\n-----BEGIN B-----";
        let (found, rest) = block(text).unwrap();
        assert_eq!(found, Block { kind: "A".to_owned(), bytes: vec![1, 2, 3] });
        assert_eq!(rest, "-----BEGIN B-----");
        assert_eq!(block(rest), None);
        assert_eq!(block("-----BEGIN A-----\n?\n-----END A-----\n"), None);
    }
}
