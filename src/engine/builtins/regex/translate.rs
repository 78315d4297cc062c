//! From Go's syntax of regular expressions to that of the engine used here. What Go refuses is
//! refused; what means something else there is written out, character by character.

/// An expression in the engine's syntax.
#[derive(Debug)]
pub(super) struct Translated {
    pub(super) pattern: String,
    /// The names of the groups by their number; the whole match is the first.
    pub(super) names: Vec<Option<String>>,
}

type Result<T> = std::result::Result<T, &'static str>;

const MISSING_ARGUMENT: &str = "missing argument to repetition operator";
const BAD_ESCAPE: &str = "invalid escape sequence";
const BAD_RANGE: &str = "invalid character class range";
const BAD_SYNTAX: &str = "invalid or unsupported Perl syntax";
const TOO_MUCH_REPETITION: &str = "invalid repeat count";
/// How often a part may be repeated, nested repetitions multiplied.
const MOST_REPETITIONS: u32 = 1_000;

pub(super) fn translate(pattern: &str) -> Result<Translated> {
    let mut translator = Translator {
        rest: pattern,
        out: String::with_capacity(pattern.len()),
        names: vec![None],
        groups: vec![Group::default()],
        after_repetition: false,
    };
    while !translator.rest.is_empty() {
        translator.piece()?;
    }
    if translator.groups.len() != 1 {
        return Err("missing closing )");
    }
    // What is left to differ, like the case folding of classes, only the engine can refuse.
    Ok(Translated { pattern: translator.out, names: translator.names })
}

/// A group that is open.
#[derive(Debug, Default)]
struct Group {
    /// How often the last operand repeats a part of it, if there is an operand.
    operand: Option<u32>,
    /// The most of the operands so far.
    most: u32,
}

struct Translator<'a> {
    rest: &'a str,
    out: String,
    names: Vec<Option<String>>,
    groups: Vec<Group>,
    after_repetition: bool,
}

impl<'a> Translator<'a> {
    fn take(&mut self) -> Option<char> {
        let next = self.rest.chars().next()?;
        self.rest = &self.rest[next.len_utf8()..];
        Some(next)
    }

    fn skip(&mut self, count: usize) -> &'a str {
        let (skipped, rest) = self.rest.split_at(count);
        self.rest = rest;
        skipped
    }

    /// Notes that an operand was written, `repeats` of whose parts may be repeated.
    fn operand(&mut self, repeats: u32) {
        if let Some(group) = self.groups.last_mut() {
            group.operand = Some(repeats);
            group.most = group.most.max(repeats);
        }
    }

    fn piece(&mut self) -> Result<()> {
        let was_repetition = std::mem::take(&mut self.after_repetition);
        let Some(first) = self.rest.chars().next() else {
            return Ok(());
        };
        match first {
            '(' => self.open(),
            ')' => self.close(),
            '|' => {
                let skipped = self.skip(1);
                self.out.push_str(skipped);
                if let Some(group) = self.groups.last_mut() {
                    group.operand = None;
                }
                Ok(())
            }
            '^' | '$' | '.' => {
                let mark = self.skip(1);
                self.out.push_str(mark);
                self.operand(1);
                Ok(())
            }
            '[' => self.class(),
            '*' | '+' | '?' => {
                let operator = self.skip(1);
                self.repeat(operator, None, was_repetition)
            }
            '{' => match counts(self.rest) {
                Some((text, least, most)) => {
                    self.skip(text.len());
                    let counts = bounded(least, most)?;
                    self.repeat(text, Some(counts), was_repetition)
                }
                None => {
                    self.skip(1);
                    self.literal('{');
                    Ok(())
                }
            },
            '\\' => self.escape(),
            _ => {
                self.skip(first.len_utf8());
                self.literal(first);
                Ok(())
            }
        }
    }

    fn literal(&mut self, character: char) {
        push_literal(&mut self.out, character);
        self.operand(1);
    }

    fn repeat(
        &mut self,
        operator: &str,
        counts: Option<(u32, Option<u32>)>,
        after_repetition: bool,
    ) -> Result<()> {
        let lazy = if self.rest.starts_with('?') { self.skip(1) } else { "" };
        if after_repetition {
            return Err("invalid nested repetition operator");
        }
        let inner = self.groups.last().and_then(|group| group.operand).ok_or(MISSING_ARGUMENT)?;
        let mut repeats = inner;
        if let Some((least, most)) = counts {
            let factor = most.unwrap_or(least);
            repeats = if most == Some(0) { 1 } else { inner.saturating_mul(factor.max(1)) };
            let counted = least >= 2 || most.is_some_and(|most| most >= 2);
            if counted && repeats > MOST_REPETITIONS {
                return Err(TOO_MUCH_REPETITION);
            }
        }
        self.out.push_str(operator);
        self.out.push_str(lazy);
        self.operand(repeats);
        self.after_repetition = true;
        Ok(())
    }

    fn open(&mut self) -> Result<()> {
        if !self.rest.starts_with("(?") {
            self.skip(1);
            self.out.push('(');
            self.names.push(None);
            self.groups.push(Group::default());
            return Ok(());
        }
        let named = ["(?P<", "(?<"].iter().find_map(|start| self.rest.strip_prefix(start));
        if let Some(after) = named {
            return self.open_named(after);
        }
        self.flags()
    }

    fn open_named(&mut self, after: &'a str) -> Result<()> {
        const BAD_NAME: &str = "invalid named capture";

        let (name, rest) = after.split_once('>').ok_or(BAD_NAME)?;
        let valid = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        if name.is_empty() || !name.bytes().all(valid) {
            return Err(BAD_NAME);
        }
        if self.names.iter().flatten().any(|known| known == name) {
            return Err("duplicate capture group name");
        }
        self.rest = rest;
        // Names may begin with digits here, so groups are told by their number alone.
        self.out.push('(');
        self.names.push(Some(name.to_owned()));
        self.groups.push(Group::default());
        Ok(())
    }

    fn flags(&mut self) -> Result<()> {
        let end = self.rest.find([':', ')']).ok_or(BAD_SYNTAX)?;
        let flags = &self.rest[2..end];
        let (on, off) = flags.split_once('-').map_or((flags, None), |(on, off)| (on, Some(off)));
        let known = |flags: &str| flags.chars().all(|flag| matches!(flag, 'i' | 'm' | 's' | 'U'));
        if !known(on) || off.is_some_and(|off| off.is_empty() || !known(off)) {
            return Err(BAD_SYNTAX);
        }
        let distinct = |flags: &str| {
            ['i', 'm', 's', 'U'].iter().filter(|flag| flags.contains(**flag)).collect::<String>()
        };
        // A flag that is both set and cleared ends up cleared, and none may be given twice.
        let off = distinct(off.unwrap_or_default());
        let on: String = distinct(on).chars().filter(|flag| !off.contains(*flag)).collect();
        let minus = if off.is_empty() { "" } else { "-" };
        let opens = self.rest[end..].starts_with(':');
        self.skip(end + 1);
        if opens {
            self.out.push_str(&format!("(?{on}{minus}{off}:"));
            self.groups.push(Group::default());
        } else if !(on.is_empty() && off.is_empty()) {
            self.out.push_str(&format!("(?{on}{minus}{off})"));
            // Nothing may repeat a change of flags here.
            if let Some(group) = self.groups.last_mut() {
                group.operand = None;
            }
        }
        Ok(())
    }

    fn close(&mut self) -> Result<()> {
        self.skip(1);
        if self.groups.len() < 2 {
            return Err("unexpected )");
        }
        let most = self.groups.pop().map_or(1, |group| group.most.max(1));
        self.out.push(')');
        self.operand(most);
        Ok(())
    }

    fn escape(&mut self) -> Result<()> {
        if let Some(rest) = self.rest.strip_prefix("\\Q") {
            let (quoted, rest) = rest.split_once("\\E").unwrap_or((rest, ""));
            self.rest = rest;
            quoted.chars().for_each(|character| self.literal(character));
            return Ok(());
        }
        let assertion = match self.rest.as_bytes().get(1) {
            Some(b'A') => Some(r"\A"),
            Some(b'z') => Some(r"\z"),
            Some(b'b') => Some(r"(?-u:\b)"),
            Some(b'B') => Some(r"(?-u:\B)"),
            _ => None,
        };
        if let Some(assertion) = assertion {
            self.skip(2);
            self.out.push_str(assertion);
            self.operand(1);
            return Ok(());
        }
        if let Some(set) = self.named_set()? {
            self.out.push_str(&set);
            self.operand(1);
            return Ok(());
        }
        let character = self.escaped_character()?;
        self.literal(character);
        Ok(())
    }

    /// Reads `\d` and its like, or `\p{...}`.
    fn named_set(&mut self) -> Result<Option<String>> {
        let Some(letter) = self.rest.strip_prefix('\\').and_then(|rest| rest.chars().next()) else {
            return Ok(None);
        };
        let set = match letter {
            'd' => "[0-9]",
            'D' => "[^0-9]",
            's' => r"[\t\n\x0c\r\x20]",
            'S' => r"[^\t\n\x0c\r\x20]",
            'w' => "[0-9A-Za-z_]",
            'W' => "[^0-9A-Za-z_]",
            'p' | 'P' => return self.unicode_set(letter == 'P').map(Some),
            _ => return Ok(None),
        };
        self.skip(2);
        Ok(Some(set.to_owned()))
    }

    fn unicode_set(&mut self, negated: bool) -> Result<String> {
        self.skip(2);
        let name = if self.rest.starts_with('{') {
            let end = self.rest.find('}').ok_or(BAD_RANGE)?;
            let name = &self.rest[1..end];
            self.skip(end + 1);
            name
        } else {
            let length = self.rest.chars().next().ok_or(BAD_RANGE)?.len_utf8();
            self.skip(length)
        };
        let (name, negated) = match name.strip_prefix('^') {
            Some(name) => (name, !negated),
            None => (name, negated),
        };
        let plain =
            |character: char| character.is_ascii_alphanumeric() || "_- ".contains(character);
        if name.is_empty() || !name.chars().all(plain) {
            return Err(BAD_RANGE);
        }
        // Only categories and scripts have names here; other properties don't.
        let letter = if negated { 'P' } else { 'p' };
        ["gc", "sc"]
            .iter()
            .map(|kind| format!("\\{letter}{{{kind}={name}}}"))
            .find(|set| regex::Regex::new(set).is_ok())
            .ok_or(BAD_RANGE)
    }

    fn class(&mut self) -> Result<()> {
        self.skip(1);
        self.out.push('[');
        if self.rest.starts_with('^') {
            let skipped = self.skip(1);
            self.out.push_str(skipped);
        }
        let mut first = true;
        while first || !self.rest.starts_with(']') {
            first = false;
            if self.rest.is_empty() {
                return Err("missing closing ]");
            }
            if let Some(set) = self.posix_set()? {
                self.out.push_str(&set);
                continue;
            }
            if let Some(set) = self.named_set()? {
                self.out.push_str(&set);
                continue;
            }
            let low = self.class_character()?;
            let mut high = low;
            if self.rest.len() >= 2 && self.rest.starts_with('-') && !self.rest.starts_with("-]") {
                self.skip(1);
                high = self.class_character()?;
            }
            if high < low {
                return Err(BAD_RANGE);
            }
            self.out.push_str(&format!("\\x{{{:x}}}-\\x{{{:x}}}", u32::from(low), u32::from(high)));
        }
        self.skip(1);
        self.out.push(']');
        self.operand(1);
        Ok(())
    }

    fn class_character(&mut self) -> Result<char> {
        if self.rest.starts_with('\\') {
            return self.escaped_character();
        }
        self.take().ok_or("missing closing ]")
    }

    /// Reads `[:alpha:]` and its like.
    fn posix_set(&mut self) -> Result<Option<String>> {
        let Some(after) = self.rest.strip_prefix("[:") else {
            return Ok(None);
        };
        let Some(length) = after.find(":]") else {
            return Ok(None);
        };
        let name = &after[..length];
        let (plain, not) = name.strip_prefix('^').map_or((name, ""), |name| (name, "^"));
        let set = match plain {
            "alnum" => "0-9A-Za-z",
            "alpha" => "A-Za-z",
            "ascii" => r"\x00-\x7f",
            "blank" => r"\t\x20",
            "cntrl" => r"\x00-\x1f\x7f",
            "digit" => "0-9",
            "graph" => r"\x21-\x7e",
            "lower" => "a-z",
            "print" => r"\x20-\x7e",
            "punct" => r"\x21-\x2f\x3a-\x40\x5b-\x60\x7b-\x7e",
            "space" => r"\x09-\x0d\x20",
            "upper" => "A-Z",
            "word" => "0-9A-Za-z_",
            "xdigit" => "0-9A-Fa-f",
            _ => return Err(BAD_RANGE),
        };
        self.skip(length + 4);
        Ok(Some(format!("[{not}{set}]")))
    }

    /// Reads an escape that stands for one character.
    fn escaped_character(&mut self) -> Result<char> {
        self.skip(1);
        let letter = self.take().ok_or("trailing backslash at end of expression")?;
        let octal = |rest: &str| rest.starts_with(|next: char| ('0'..='7').contains(&next));
        match letter {
            'a' => Ok('\u{7}'),
            'f' => Ok('\u{c}'),
            'n' => Ok('\n'),
            'r' => Ok('\r'),
            't' => Ok('\t'),
            'v' => Ok('\u{b}'),
            'x' => self.hexadecimal(),
            '0'..='7' if letter == '0' || octal(self.rest) => {
                let mut code = letter.to_digit(8).unwrap_or(0);
                for _ in 0..2 {
                    if octal(self.rest) {
                        code = code * 8 + self.take().and_then(|d| d.to_digit(8)).unwrap_or(0);
                    }
                }
                char::from_u32(code).ok_or(BAD_ESCAPE)
            }
            letter if letter.is_ascii() && !letter.is_ascii_alphanumeric() => Ok(letter),
            _ => Err(BAD_ESCAPE),
        }
    }

    fn hexadecimal(&mut self) -> Result<char> {
        let digits = if self.rest.starts_with('{') {
            let end = self.rest.find('}').ok_or(BAD_ESCAPE)?;
            let digits = &self.rest[1..end];
            self.skip(end + 1);
            digits
        } else {
            if !self.rest.is_char_boundary(2) || self.rest.len() < 2 {
                return Err(BAD_ESCAPE);
            }
            self.skip(2)
        };
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(BAD_ESCAPE);
        }
        let significant = digits.trim_start_matches('0');
        let code = if significant.is_empty() {
            0
        } else {
            u32::from_str_radix(significant, 16).map_err(|_| BAD_ESCAPE)?
        };
        char::from_u32(code).ok_or(BAD_ESCAPE)
    }
}

fn push_literal(out: &mut String, character: char) {
    if character.is_ascii_alphanumeric() || !character.is_ascii() {
        out.push(character);
    } else {
        out.push_str(&format!("\\x{:02x}", u32::from(character)));
    }
}

/// A count as written, or what is more than any.
type Count = Option<u32>;

/// Reads `{n}`, `{n,}` or `{n,m}`: its text, the least and, unless open, the most.
fn counts(text: &str) -> Option<(&str, Count, Option<Count>)> {
    let end = text.find('}')?;
    let inner = &text[1..end];
    let (least, most) = match inner.split_once(',') {
        None => (inner, Some(inner)),
        Some((least, "")) => (least, None),
        Some((least, most)) => (least, Some(most)),
    };
    let number = |digits: &str| -> Option<Count> {
        let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        let valid = plain && (digits.len() == 1 || !digits.starts_with('0'));
        valid.then(|| digits.parse().ok())
    };
    let least = number(least)?;
    let most = match most {
        None => None,
        Some(most) => Some(number(most)?),
    };
    Some((&text[..=end], least, most))
}

/// Checks the counts: none beyond what Go allows, and not the wrong way round.
fn bounded(least: Count, most: Option<Count>) -> Result<(u32, Option<u32>)> {
    let check =
        |count: Count| count.filter(|count| *count <= MOST_REPETITIONS).ok_or(TOO_MUCH_REPETITION);
    let least = check(least)?;
    let most = most.map(check).transpose()?;
    if most.is_some_and(|most| most < least) {
        return Err(TOO_MUCH_REPETITION);
    }
    Ok((least, most))
}
