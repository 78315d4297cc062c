//! What was in the expression that did not hold, in lines for people.

use crate::testing::failure::{Failure, MOST_WAYS};

/// The widest that terms may be, so that their values still stand in one column.
const WIDEST: usize = 32;

/// The values of terms, one a line, and where the sides of a comparison differ.
pub(super) fn lines(failure: &Failure, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let ways = match failure.ways {
        0 | 1 => String::new(),
        MOST_WAYS.. => format!(", in the first of {MOST_WAYS} ways or more,"),
        ways => format!(", in the first of {ways} ways,"),
    };
    let texts = failure.seen.iter().map(|seen| seen.text.chars().count());
    let column = texts.filter(|text| *text <= WIDEST).max().unwrap_or_default();
    for (at, seen) in failure.seen.iter().enumerate() {
        let lead = match (at, ways.as_str()) {
            (0, "") => "where ",
            (0, ways) => {
                lines.push(format!("where{ways}"));
                "      "
            }
            _ => "      ",
        };
        let text = shortened(&seen.text, WIDEST.max(width / 2));
        let value = seen.written().map_or("is undefined".into(), |value| format!("= {value}"));
        lines.push(shortened(&format!("{lead}{text:<column$} {value}"), width));
    }
    for (at, difference) in failure.differences.iter().enumerate() {
        let lead = if at == 0 { "they differ " } else { "            " };
        lines.push(shortened(&format!("{lead}{difference}"), width));
    }
    lines
}

fn shortened(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    text.chars().take(width.saturating_sub(3)).chain(" ..".chars()).collect()
}
