//! Colours: the few that reports use.

/// What a piece of text stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    Deny,
    Warn,
    Good,
    Quiet,
}

/// Paints text, or leaves it as it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Paint {
    pub(crate) colour: bool,
}

impl Paint {
    pub(crate) fn tone(self, tone: Tone, text: &str) -> String {
        self.with(code(tone), text)
    }

    pub(crate) fn bold(self, tone: Tone, text: &str) -> String {
        self.with(&format!("1;{}", code(tone)), text)
    }

    pub(crate) fn strong(self, text: &str) -> String {
        self.with("1", text)
    }

    pub(crate) fn dim(self, text: &str) -> String {
        self.with("2", text)
    }

    /// Text in the colour of an ANSI code.
    pub(crate) fn with(self, code: &str, text: &str) -> String {
        if self.colour && !text.is_empty() {
            format!("\x1b[{code}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }
}

fn code(tone: Tone) -> &'static str {
    match tone {
        Tone::Deny => "31",
        Tone::Warn => "33",
        Tone::Good => "32",
        Tone::Quiet => "2",
    }
}
