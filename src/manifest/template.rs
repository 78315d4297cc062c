//! Unrendered templates: text that becomes a manifest only after Helm, Jinja or the like has run.

use std::path::Path;

use crate::source::Span;

use super::error::{ReadErrorKind, Trouble};

/// What actions of template languages begin with.
const ACTIONS: [&str; 3] = ["{{", "{%", "<%"];

/// Whether a text has what begins an action of a template language.
pub(crate) fn has_action(text: &str) -> bool {
    ACTIONS.iter().any(|mark| text.contains(mark))
}

const HELM: &str = "render it first: helm template CHART | manifestly check -";

/// A file in the `templates` folder of a Helm chart that has template actions in it.
pub(super) fn of_chart(name: &str, text: &str) -> Option<Trouble> {
    let at = text.find("{{")?;
    let in_chart = Path::new(name).ancestors().skip(1).any(|folder| {
        folder.file_name().is_some_and(|last| last == "templates")
            && folder.parent().is_some_and(|chart| chart.join("Chart.yaml").is_file())
    });
    in_chart.then(|| template(at, "a Helm template, not a manifest yet", HELM))
}

/// Names a syntax error for what it is, when the text has the marks of a template language.
pub(super) fn instead_of(_error: &Trouble, text: &str) -> Option<Trouble> {
    let found = ACTIONS.into_iter().filter_map(|mark| Some((text.find(mark)?, mark)));
    let (at, mark) = found.min()?;
    Some(match mark {
        "{{" if [".Values", ".Release", ".Chart", "include "].iter().any(|m| text.contains(m)) => {
            template(at, "a Helm template, not a manifest yet", HELM)
        }
        _ => template(
            at,
            "a template, not a manifest yet",
            "render it first and check what comes out: RENDER | manifestly check -",
        ),
    })
}

fn template(at: usize, message: &str, help: &str) -> Trouble {
    Trouble {
        kind: ReadErrorKind::Template,
        ..Trouble::syntax(message, Span::new(at, at + 2))
            .label("a template action")
            .help(format!("{help}, or leave it out with --exclude"))
    }
}
