//! Text of others inside of Markdown: shown as it is, never taken for markup.

/// A text's words, to stand inside a line.
///
/// Manifests decide what these words are, so nothing in them formats, links, pings people or
/// points at issues.
pub(crate) fn inline(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut before = None;
    let mut rest = text.trim().chars().peekable();
    let is_word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    while let Some(c) = rest.next() {
        let after = rest.peek().copied();
        match c {
            '\n' => out.push_str("<br>"),
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\\' | '`' | '*' | '[' | ']' | '~' | '$' => out.extend(['\\', c]),
            '_' if !(is_word(before) && is_word(after)) => out.push_str("\\_"),
            // A space of no width parts the sign from the name or number that it would link.
            '@' if !is_word(before) && is_word(after) => out.push_str("@&#8203;"),
            '#' | '!' if !is_word(before) && after.is_some_and(|c| c.is_ascii_digit()) => {
                out.push(c);
                out.push_str("&#8203;");
            }
            c if c.is_control() => {}
            c => out.push(c),
        }
        before = Some(c);
    }
    out
}

/// A text as code inside a line.
pub(crate) fn code(text: &str) -> String {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    // Blanks at both ends are taken away again where the text begins or ends in one or a backtick.
    let edge = |c: char| c == '`' || c == ' ';
    let pad = if text.starts_with(edge) || text.ends_with(edge) { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// Markdown as a cell of a table.
pub(crate) fn cell(markdown: &str) -> String {
    markdown.replace('|', "\\|")
}

/// What a policy's author wrote to be read, Markdown included. Angle brackets outside of code are
/// kept visible, as `<name>` is a placeholder and no HTML, and a block left open is closed.
pub(crate) fn prose(text: &str) -> String {
    let mut lines = Vec::new();
    let mut fence = None;
    // Whether an indented line is code here: after a blank line, and after other such code.
    let mut in_code = true;
    for line in text.lines() {
        let content = line.trim_start();
        let mark = ["```", "~~~"].into_iter().find(|mark| content.starts_with(mark));
        if fence.is_some() {
            if mark == fence {
                fence = None;
            }
            lines.push(line.to_owned());
            continue;
        }
        fence = mark;
        let indented = line.starts_with("    ") || line.starts_with('\t');
        in_code = content.is_empty() || indented && in_code;
        lines.push(if in_code { line.to_owned() } else { without_html(line) });
    }
    lines.extend(fence.map(str::to_owned));
    lines.join("\n")
}

fn without_html(line: &str) -> String {
    let parts: Vec<_> = line.split('`').collect();
    let last = parts.len() - 1;
    let shown = parts.iter().enumerate().map(|(index, part)| {
        // Between two backticks is code; the last part has none behind it.
        let is_code = index % 2 == 1 && index < last;
        if is_code { (*part).to_owned() } else { part.replace('<', "&lt;") }
    });
    shown.collect::<Vec<_>>().join("`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stay_words() {
        for (text, markdown) in [
            ("plain, ключ 😀", "plain, ключ 😀"),
            ("*a* `b` [c](d)", "\\*a\\* \\`b\\` \\[c\\](d)"),
            ("<b>&amp;", "&lt;b&gt;&amp;amp;"),
            ("run_as_root _x_", "run_as_root \\_x\\_"),
            ("@team web@sha256:1 #12 #ask C#", "@&#8203;team web@sha256:1 #&#8203;12 #ask C#"),
            ("one\r\ntwo\u{1b}", "one<br>two"),
        ] {
            assert_eq!(inline(text), markdown);
        }
    }

    #[test]
    fn code_is_fenced_by_more_than_it_holds() {
        assert_eq!(code("a.yaml:1"), "`a.yaml:1`");
        assert_eq!(code("a`b"), "``a`b``");
        assert_eq!(code("``a"), "``` ``a ```");
        assert_eq!(code("a\nb"), "`a b`");
        assert_eq!(cell(&code("a|b")), "`a\\|b`");
    }

    #[test]
    fn placeholders_survive_and_code_is_left_alone() {
        let text = "Name `<image>` or <tag>:\n\n    image: <name>\n\n    tag: <tag>\n\nthen <b>.";
        let expected =
            "Name `<image>` or &lt;tag>:\n\n    image: <name>\n\n    tag: <tag>\n\nthen &lt;b>.";
        assert_eq!(prose(text), expected);
        assert_eq!(prose("a ` <b>"), "a ` &lt;b>");
        assert_eq!(prose("a\n    <b>"), "a\n    &lt;b>");
        assert_eq!(prose("```yaml\na: <b>\n```\n<c>"), "```yaml\na: <b>\n```\n&lt;c>");
        assert_eq!(prose("~~~\n<b>"), "~~~\n<b>\n~~~");
    }
}
