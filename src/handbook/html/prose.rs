//! What policies say, as Markdown that can do no harm: no HTML, no pictures, links to the web alone.

use maud::{Markup, PreEscaped};
use pulldown_cmark::{CowStr, Event, HeadingLevel, Options, Parser, Tag, TagEnd, html};

use crate::report::uri;

/// A text of a policy.
pub(super) fn prose(text: &str) -> Markup {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
    let mut open = Vec::new();
    let events = Parser::new_ext(text, options).filter_map(|event| tame(event, &mut open));
    let mut out = String::new();
    html::push_html(&mut out, events);
    PreEscaped(out)
}

/// Markup is kept, and what would load or run something becomes text. `open` has whether each link
/// that is open has been kept.
fn tame<'t>(event: Event<'t>, open: &mut Vec<bool>) -> Option<Event<'t>> {
    match event {
        Event::Html(text) | Event::InlineHtml(text) => Some(Event::Text(text)),
        Event::Start(Tag::HtmlBlock) => Some(Event::Start(Tag::Paragraph)),
        Event::End(TagEnd::HtmlBlock) => Some(Event::End(TagEnd::Paragraph)),
        Event::Start(Tag::Link { link_type, dest_url, title: _, id: _ }) => {
            let url = uri::web(&dest_url);
            open.push(url.is_some());
            let dest_url = CowStr::from(url?);
            let (title, id) = (CowStr::from(""), CowStr::from(""));
            Some(Event::Start(Tag::Link { link_type, dest_url, title, id }))
        }
        Event::End(TagEnd::Link) => open.pop().unwrap_or_default().then_some(event),
        Event::Start(Tag::Image { .. }) | Event::End(TagEnd::Image) => None,
        // The page has headings of its own above.
        Event::Start(Tag::Heading { .. }) => Some(Event::Start(Tag::Heading {
            level: HeadingLevel::H3,
            id: None,
            classes: Vec::new(),
            attrs: Vec::new(),
        })),
        Event::End(TagEnd::Heading(_)) => Some(Event::End(TagEnd::Heading(HeadingLevel::H3))),
        event => Some(event),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_is_kept_and_harm_is_not() {
        for (text, expected) in [
            ("Set `a` to **1**.", "<p>Set <code>a</code> to <strong>1</strong>.</p>\n"),
            ("so:\n\n    a: <b>\n", "<p>so:</p>\n<pre><code>a: &lt;b&gt;\n</code></pre>\n"),
            ("<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>\n"),
            ("a <img src=x onerror=y> b", "<p>a &lt;img src=x onerror=y&gt; b</p>\n"),
            ("![seen](https://x.example/p.png)", "<p>seen</p>\n"),
            ("[run](javascript:alert(1))", "<p>run</p>\n"),
            (
                "[a [b](https://x.example) c](javascript:d)",
                "<p>[a <a href=\"https://x.example\">b</a> c](javascript:d)</p>\n",
            ),
            ("[ok](https://x.example \"t\")", "<p><a href=\"https://x.example\">ok</a></p>\n"),
            ("# Big", "<h3>Big</h3>\n"),
            (
                "[q](https://x.example/\"onx=1)",
                "<p><a href=\"https://x.example/%22onx=1\">q</a></p>\n",
            ),
        ] {
            assert_eq!(prose(text).into_string(), expected, "{text}");
        }
    }
}
