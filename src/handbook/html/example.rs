//! An example with what was found in it, where it was found.

use maud::{Markup, html};

use crate::catalog::{Example, ExampleKind};
use crate::handbook::example::{Line, lines};
use crate::source::SourceText;

pub(super) fn article(example: &Example, against: Option<&SourceText>) -> Markup {
    let kind = example.kind.as_str();
    let verdict = match (example.holds(), example.judged, example.kind) {
        (true, _, ExampleKind::Bad) => "Caught",
        (true, _, ExampleKind::Good) => "Passes",
        (false, true, ExampleKind::Bad) => "Meant to be caught, and is not",
        (false, true, ExampleKind::Good) => "Meant to pass, and is caught",
        (false, false, _) => "Not judged",
    };
    html! {
        article.example data-kind=(kind) data-holds=[example.holds().then_some("")] {
            h3 {
                span.verdict { (verdict) } " " code { (example.path) }
                @if example.name != kind { " " span.note { (example.name) } }
            }
            @for fault in &example.faults { p.fault { (fault.message) } }
            @for text in &example.texts {
                @if example.texts.len() > 1 { p.file { code { (text.name()) } } }
                pre tabindex="0" { code { @for line in lines(example, text, against) { (shown(&line)) } } }
            }
        }
    }
}

fn shown(line: &Line) -> Markup {
    html! {
        span.line data-new=[line.is_new.then_some("")] {
            @for (piece, is_found) in &line.pieces {
                @if *is_found { mark { (piece) } } @else { (piece) }
            }
            "\n"
        }
        @for note in &line.notes { span.found { (note) } }
    }
}
