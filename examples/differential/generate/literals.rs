//! Literals, as they are written.

use super::Generator;
use super::kind::Kind;

const NUMBERS: [&str; 25] = [
    "0",
    "1",
    "2",
    "3",
    "1",
    "2",
    "1.5",
    "1e3",
    "-1",
    "1.0",
    "1000",
    "0.1",
    "-0.5",
    "2.50",
    "9007199254740993",
    "123456789012345678901234567890",
    "1e-3",
    "1e20",
    "1E5",
    "0.30000000000000000000001",
    "-0",
    "1e21",
    "18446744073709551616",
    "1e-7",
    "4",
];

const STRINGS: [&str; 20] = [
    r#""a""#,
    r#""b""#,
    r#""x""#,
    r#""pod""#,
    r#""Pod""#,
    r#""a/b:1""#,
    r#""""#,
    r#""é""#,
    r#""\u00e9""#,
    r#""a\tb\n""#,
    r#""\"<&>\"""#,
    "`a\\b`",
    "`\"raw\"`",
    r#""12""#,
    r#""1e3""#,
    r#""name""#,
    r#""😀""#,
    r#""%d""#,
    r#""a.b""#,
    r#""null""#,
];

impl Generator<'_> {
    pub(super) fn number_literal(&mut self) -> String {
        self.random.pick(&NUMBERS).to_owned()
    }

    pub(super) fn word(&mut self) -> String {
        self.random.pick(&STRINGS).to_owned()
    }

    /// A value without variables.
    pub(super) fn literal(&mut self, kind: Kind) -> String {
        match kind {
            Kind::Any if self.random.chance(8) => "null".into(),
            Kind::Any => {
                let kind = Kind::some(self.random);
                self.literal(kind)
            }
            Kind::Boolean => self.random.chance(50).to_string(),
            Kind::Number => self.number_literal(),
            Kind::String => self.word(),
            Kind::Array => match self.random.below(5) {
                0 => "[]".into(),
                1 => format!("[{}, {}]", self.number_literal(), self.word()),
                2 => format!("[[{}], {{\"a\": {}}}]", self.number_literal(), self.word()),
                3 => format!("[{}, {},]", self.number_literal(), self.number_literal()),
                _ => format!("[{}, {}, {}]", self.word(), self.word(), self.word()),
            },
            Kind::Object => match self.random.below(5) {
                0 => "{}".into(),
                1 => format!("{{\"a\": {}}}", self.word()),
                2 => format!("{{\"a\": {}, \"b\": {},}}", self.word(), self.number_literal()),
                3 => format!("{{{}: {{\"a\": {}}}}}", self.word(), self.number_literal()),
                _ => format!("{{{}: {}, [1]: null}}", self.number_literal(), self.word()),
            },
            Kind::Set => match self.random.below(4) {
                0 => "set()".into(),
                1 => format!("{{{}, {}}}", self.number_literal(), self.word()),
                2 => format!("{{{}, {}, {}}}", self.word(), self.word(), self.word()),
                _ => format!("{{{{{}}}, [{}], null}}", self.word(), self.number_literal()),
            },
        }
    }
}
