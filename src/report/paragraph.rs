//! What policies say, laid out for people.

/// A name in the margin, which is so many columns wide, and wrapped text beside it. Indented lines
/// are left as they are: they are examples to copy.
pub(crate) fn paragraph(name: &str, columns: usize, said: &str, width: usize) -> String {
    let options = textwrap::Options::new(width.saturating_sub(columns + 3).max(20))
        .word_separator(textwrap::WordSeparator::AsciiSpace)
        .word_splitter(textwrap::WordSplitter::NoHyphenation)
        .break_words(false);
    let mut text = String::new();
    let mut margin = format!("  {name} ");
    for block in blocks(said.trim()) {
        let lines = match &block {
            Block::Prose(prose) => textwrap::wrap(prose, &options),
            Block::Verbatim(line) => vec![(*line).into()],
        };
        for line in lines {
            text.push_str(format!("{margin}{line}").trim_end());
            text.push('\n');
            margin = " ".repeat(columns + 3);
        }
    }
    text
}

/// A piece of what a policy says.
enum Block<'t> {
    /// Lines that flow together.
    Prose(String),
    /// A line that stays as it is.
    Verbatim(&'t str),
}

fn blocks(said: &str) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    for line in said.lines() {
        let listed = line.starts_with([' ', '\t', '-', '*']) || line.trim().is_empty();
        match blocks.last_mut() {
            _ if listed => blocks.push(Block::Verbatim(line)),
            Some(Block::Prose(prose)) => {
                prose.push(' ');
                prose.push_str(line);
            }
            _ => blocks.push(Block::Prose(line.to_owned())),
        }
    }
    blocks
}
