//! Snippets of text, with what is said of their places.

use miette::{GraphicalReportHandler, GraphicalTheme, ThemeCharacters, ThemeStyles};

/// What draws snippets for a terminal that shows colours, and more than ASCII, or does not.
pub(crate) fn snippets(unicode: bool, colour: bool, width: usize) -> GraphicalReportHandler {
    let characters = if unicode { ThemeCharacters::unicode() } else { ThemeCharacters::ascii() };
    let styles = if colour { ThemeStyles::rgb() } else { ThemeStyles::none() };
    GraphicalReportHandler::new_themed(GraphicalTheme { characters, styles })
        .with_width(width)
        .with_links(false)
}
