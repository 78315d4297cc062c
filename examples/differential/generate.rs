//! Policies by chance: rules of all kinds over inputs of all shapes. They name variables, rules
//! and functions that exist, and mostly values of a fitting type, so that most of them compile.

use serde_json::{Value, json};

use crate::random::Random;

/// The fields that inputs may have.
const FIELDS: [&str; 6] = ["a", "b", "c", "d", "name", "kind"];

/// What inputs and literals have for strings.
const WORDS: [&str; 8] = ["a", "b", "x", "pod", "Pod", "a/b:1", "", "é"];

/// An input.
pub(crate) fn input(random: &mut Random) -> Value {
    let fields = FIELDS.iter().filter_map(|field| {
        let value = value(random, 3);
        random.chance(85).then(|| ((*field).to_owned(), value))
    });
    Value::Object(fields.collect())
}

fn value(random: &mut Random, depth: usize) -> Value {
    let kinds = if depth == 0 { 5 } else { 9 };
    match random.below(kinds) {
        0 => Value::Null,
        1 => json!(random.chance(50)),
        2 => json!(random.below(5)),
        3 => json!([1.5, -1.5, 10.25, 0.25][random.below(4)]),
        4 => json!(random.pick(&WORDS)),
        5 | 6 => (0..random.below(4)).map(|_| value(random, depth - 1)).collect(),
        _ => {
            let fields = (0..random.below(4)).map(|_| {
                let field = random.pick(&FIELDS).to_owned();
                (field, value(random, depth - 1))
            });
            Value::Object(fields.collect())
        }
    }
}

/// A rule that later rules can name.
struct Known {
    name: String,
    /// How many arguments a function takes.
    arity: Option<usize>,
}

/// Writes one policy.
pub(crate) struct Generator<'r> {
    random: &'r mut Random,
    rules: Vec<Known>,
    /// The variables that have values where the text now is.
    scope: Vec<String>,
    names: usize,
    depth: usize,
}

impl<'r> Generator<'r> {
    pub(crate) fn new(random: &'r mut Random) -> Self {
        Self { random, rules: Vec::new(), scope: Vec::new(), names: 0, depth: 0 }
    }

    /// A module of that package. Most are tame: of each rule, other tries are made until it is
    /// accepted, so that there is something to evaluate. The others say what is refused.
    pub(crate) fn module(mut self, package: &str, accepts: &dyn Fn(&str) -> bool) -> String {
        let is_tame = self.random.chance(90);
        let mut text = format!("package {package}\n\n");
        for number in 0..2 + self.random.below(5) {
            for _ in 0..if is_tame { 30 } else { 1 } {
                let known = self.rules.len();
                let rule = self.rule(&format!("r{number}"));
                let longer = format!("{text}{rule}\n");
                if !is_tame || accepts(&longer) {
                    text = longer;
                    break;
                }
                self.rules.truncate(known);
            }
        }
        text
    }

    fn fresh(&mut self) -> String {
        self.names += 1;
        format!("v{}", self.names)
    }

    /// Writes something whose variables nothing else sees.
    fn scoped(&mut self, write: impl FnOnce(&mut Self) -> String) -> String {
        let known = self.scope.len();
        self.depth += 1;
        let text = write(self);
        self.depth -= 1;
        self.scope.truncate(known);
        text
    }

    fn rule(&mut self, name: &str) -> String {
        self.scope.clear();
        let kind = self.random.below(14);
        let clauses = 1 + self.random.below(3);
        let mut text = String::new();
        let arity = (kind >= 11).then(|| 1 + self.random.below(2));
        if (kind == 0 || kind == 1) && self.random.chance(40) {
            text.push_str(&format!("default {name} := {}\n", self.literal()));
        }
        if let Some(arity) = arity
            && self.random.chance(25)
        {
            let args = vec!["_"; arity].join(", ");
            text.push_str(&format!("default {name}({args}) := {}\n", self.literal()));
        }
        for _ in 0..clauses {
            let clause = self.scoped(|g| match kind {
                0..=2 => g.complete(name),
                3 => {
                    let body = g.body();
                    format!("{name} contains {} if {{\n{body}}}\n", g.term())
                }
                4 => {
                    let body = g.body();
                    format!("{name}[{}] := {} if {{\n{body}}}\n", g.term(), g.term())
                }
                5 => {
                    let body = g.body();
                    let field = *g.random.pick(&[&"p", &"q"]);
                    format!("{name}.{field}[{}] := {} if {{\n{body}}}\n", g.term(), g.term())
                }
                7 => {
                    let body = g.body();
                    format!("{name}[{}][{}] := {} if {{\n{body}}}\n", g.term(), g.term(), g.term())
                }
                8 => {
                    let body = g.body();
                    let field = *g.random.pick(&[&"p", &"q"]);
                    format!("{name}[{}].{field} contains {} if {{\n{body}}}\n", g.term(), g.term())
                }
                9 => {
                    let body = g.body();
                    let field = *g.random.pick(&[&"p", &"q"]);
                    format!("{name}.{field} := {} if {{\n{body}}}\n", g.term())
                }
                10 => {
                    let body = g.body();
                    format!("{name} contains {} if {{\n{body}}}\n", g.expression())
                }
                6 => {
                    let body = g.body();
                    format!("{name}[{}] contains {} if {{\n{body}}}\n", g.word(), g.term())
                }
                _ => g.function(name, arity.unwrap_or(1)),
            });
            text.push_str(&clause);
        }
        self.rules.push(Known { name: name.to_owned(), arity });
        text
    }

    fn complete(&mut self, name: &str) -> String {
        let body = self.scoped_body();
        let mut text = format!("{name} := {} if {{\n{}}}", body.0, body.1);
        while self.random.chance(25) {
            let (value, body) = self.scoped_body();
            text.push_str(&format!(" else := {value} if {{\n{body}}}"));
        }
        text.push('\n');
        text
    }

    /// A value with the body that it is of.
    fn scoped_body(&mut self) -> (String, String) {
        let known = self.scope.len();
        let body = self.body();
        let value = self.term();
        self.scope.truncate(known);
        (value, body)
    }

    fn function(&mut self, name: &str, arity: usize) -> String {
        let args: Vec<String> = (0..arity)
            .map(|_| match self.random.below(9) {
                0 => self.literal(),
                2 => {
                    let (first, second) = (self.fresh(), self.fresh());
                    self.scope.extend([first.clone(), second.clone()]);
                    format!("{{\"a\": {first}, \"b\": [{second}, {}]}}", self.literal())
                }
                3 => "_".to_owned(),
                1 => {
                    let (first, second) = (self.fresh(), self.fresh());
                    self.scope.extend([first.clone(), second.clone()]);
                    format!("[{first}, {second}]")
                }
                _ => {
                    let name = self.fresh();
                    self.scope.push(name.clone());
                    name
                }
            })
            .collect();
        self.complete(&format!("{name}({})", args.join(", ")))
    }

    fn body(&mut self) -> String {
        let mut statements: Vec<String> =
            (0..=self.random.below(3)).map(|_| self.statement()).collect();
        if self.random.chance(15) {
            statements.reverse();
        }
        let indent = "\t".repeat(self.depth.max(1));
        statements.iter().map(|statement| format!("{indent}{statement}\n")).collect()
    }

    fn statement(&mut self) -> String {
        match self.random.below(27) {
            20.. => self.pattern(),
            0 | 1 => {
                let collection = self.collection();
                let value = self.fresh();
                self.scope.push(value.clone());
                format!("some {value} in {collection}")
            }
            2 => {
                let collection = self.collection();
                let (key, value) = (self.fresh(), self.fresh());
                self.scope.extend([key.clone(), value.clone()]);
                format!("some {key}, {value} in {collection}")
            }
            3 | 4 => {
                let value = self.expression();
                let name = self.fresh();
                self.scope.push(name.clone());
                format!("{name} := {value}")
            }
            5 => {
                let value = self.expression();
                let name = self.fresh();
                self.scope.push(name.clone());
                if self.random.chance(50) {
                    format!("{name} = {value}")
                } else {
                    format!("{value} = {name}")
                }
            }
            6 => {
                let reference = self.reference();
                let (key, value) = (self.fresh(), self.fresh());
                self.scope.extend([key.clone(), value.clone()]);
                format!("{value} := {reference}[{key}]")
            }
            7 => {
                let value = self.expression();
                let (first, second) = (self.fresh(), self.fresh());
                self.scope.extend([first.clone(), second.clone()]);
                let sign = self.random.pick(&["=", ":="]);
                if self.random.chance(60) {
                    format!("[{first}, {second}] {sign} {value}")
                } else {
                    format!("{{\"a\": {first}, \"b\": {second}}} {sign} {value}")
                }
            }
            8 | 9 => format!("{} {} {}", self.expression(), self.comparison(), self.expression()),
            10 => format!("not {}", self.expression()),
            11 => format!("not {} {} {}", self.term(), self.comparison(), self.term()),
            12 if self.depth < 3 => {
                let collection = self.collection();
                let (key, value) = (self.fresh(), self.fresh());
                self.scoped(|g| {
                    g.scope.extend([key.clone(), value.clone()]);
                    let body = g.body();
                    let indent = "\t".repeat(g.depth.saturating_sub(1).max(1));
                    // What `every` declares has to be used.
                    let used = format!("{indent}\t_ = [{key}, {value}]\n");
                    format!("every {key}, {value} in {collection} {{\n{body}{used}{indent}}}")
                })
            }
            13 => format!("{} in {}", self.term(), self.collection()),
            14 => {
                let target = self.target();
                format!("{} with {target} as {}", self.expression(), self.term())
            }
            15 => {
                let value = self.expression();
                let target = self.target();
                let name = self.fresh();
                self.scope.push(name.clone());
                format!("{name} := {value} with {target} as {}", self.literal())
            }
            16 => {
                let (path, value) = (self.fresh(), self.fresh());
                let reference = self.reference();
                self.scope.extend([path.clone(), value.clone()]);
                format!("walk({reference}, [{path}, {value}])")
            }
            17 => {
                let name = self.fresh();
                let reference = self.reference();
                self.scope.push(name.clone());
                format!("{reference}[{name}]")
            }
            _ => self.expression(),
        }
    }

    /// Statements with patterns, with several replacements, and others that are rarer.
    fn pattern(&mut self) -> String {
        match self.random.below(7) {
            0 => {
                let collection = self.collection();
                let (first, second) = (self.fresh(), self.fresh());
                self.scope.extend([first.clone(), second.clone()]);
                if self.random.chance(50) {
                    format!("some {first}, [{second}, _] in {collection}")
                } else {
                    format!("some {first}, {{\"a\": {second}}} in {collection}")
                }
            }
            1 => {
                let (first, second) = (self.fresh(), self.fresh());
                let (one, two) = (self.expression(), self.term());
                self.scope.extend([first.clone(), second.clone()]);
                match self.random.below(3) {
                    0 => format!("[{first}, [{second}, {two}]] = [{one}, [{two}, {second}]]"),
                    1 => format!(
                        "{{\"a\": {first}, \"b\": [{second}]}} = {{\"b\": [{one}], \"a\": {second}}}"
                    ),
                    _ => format!("[{first}, {{\"k\": {second}}}] := [{one}, {{\"k\": {two}}}]"),
                }
            }
            2 => {
                let (first, name) = (self.fresh(), self.reference());
                self.scope.push(first.clone());
                format!("some {first}\n\t{name}[{first}] == {}", self.term())
            }
            3 => format!("not {} in {}", self.term(), self.collection()),
            4 => {
                let collection = self.collection();
                format!("{}, {} in {collection}", self.term(), self.term())
            }
            5 => {
                let target = self.random.pick(&["count", "upper", "type_name", "sum"]);
                let replaced = match self.random.below(3) {
                    0 => self.literal(),
                    1 => "count".to_owned(),
                    _ => "type_name".to_owned(),
                };
                let name = self.fresh();
                let value = self.expression();
                self.scope.push(name.clone());
                format!("{name} := {value} with {target} as {replaced}")
            }
            _ => {
                let name = self.fresh();
                let value = self.expression();
                self.scope.push(name.clone());
                format!(
                    "{name} := {value} with input as {} with data.x as {}",
                    self.term(),
                    self.literal()
                )
            }
        }
    }

    /// What `with` replaces.
    fn target(&mut self) -> String {
        let values: Vec<String> = self
            .rules
            .iter()
            .filter(|rule| rule.arity.is_none())
            .map(|rule| rule.name.clone())
            .collect();
        if !values.is_empty() && self.random.chance(30) {
            return values[self.random.below(values.len())].clone();
        }
        if self.random.chance(30) {
            return "input".to_owned();
        }
        format!("input.{}", self.random.pick(&FIELDS))
    }

    fn comparison(&mut self) -> &'static str {
        self.random.pick(&["==", "!=", "<", "<=", ">", ">="])
    }

    /// Anything with a value.
    fn expression(&mut self) -> String {
        if self.depth > 3 {
            return self.term();
        }
        match self.random.below(14) {
            0 => {
                let sign = self.random.pick(&["+", "-", "*", "/", "%"]);
                format!("{} {sign} {}", self.number(), self.number())
            }
            1 | 2 => self.call(),
            3 | 4 => self.builtin(),
            5 => self.comprehension(),
            6 => format!("${}", self.template()),
            7 => format!("[{}, {}]", self.term(), self.term()),
            8 => format!("{{{:?}: {}, \"b\": {}}}", "a", self.term(), self.term()),
            9 => format!("{{{}, {}}}", self.term(), self.term()),
            10 => format!("({} {} {})", self.term(), self.comparison(), self.term()),
            _ => self.term(),
        }
    }

    fn template(&mut self) -> String {
        format!("\"{} {{{}}}-{{{}}}\"", self.random.pick(&["x", "é"]), self.term(), self.term())
    }

    fn number(&mut self) -> String {
        match self.random.below(3) {
            0 => self.random.pick(&["1", "2", "0.5", "3", "10"]).to_owned(),
            _ => self.reference(),
        }
    }

    fn word(&mut self) -> String {
        format!("{:?}", self.random.pick(&WORDS))
    }

    fn literal(&mut self) -> String {
        match self.random.below(13) {
            9 => "[]".to_owned(),
            10 => "{}".to_owned(),
            11 => "set()".to_owned(),
            12 => format!("{{{}, {}}}", self.number_literal(), self.word()),
            0 => "null".to_owned(),
            1 => "true".to_owned(),
            2 => "false".to_owned(),
            3 | 4 => self.number_literal(),
            5 | 6 => self.word(),
            7 => format!("[{}, {}]", self.number_literal(), self.word()),
            _ => format!("{{\"a\": {}}}", self.word()),
        }
    }

    fn number_literal(&mut self) -> String {
        let all = [
            "0",
            "1",
            "2",
            "1.5",
            "3",
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
        ];
        self.random.pick(&all).to_owned()
    }

    /// A literal, a variable or a reference.
    fn term(&mut self) -> String {
        match self.random.below(6) {
            0 => self.literal(),
            1..=3 if !self.scope.is_empty() => {
                let at = self.random.below(self.scope.len());
                self.scope[at].clone()
            }
            _ => self.reference(),
        }
    }

    fn reference(&mut self) -> String {
        let values: Vec<String> = self
            .rules
            .iter()
            .filter(|rule| rule.arity.is_none())
            .map(|rule| rule.name.clone())
            .collect();
        let mut text = if !values.is_empty() && self.random.chance(30) {
            values[self.random.below(values.len())].clone()
        } else if !self.scope.is_empty() && self.random.chance(15) {
            self.scope[self.random.below(self.scope.len())].clone()
        } else {
            format!("input.{}", self.random.pick(&FIELDS))
        };
        while self.random.chance(35) {
            let key = match self.random.below(6) {
                0 | 1 => format!(".{}", self.random.pick(&FIELDS)),
                2 => "[_]".to_owned(),
                3 => format!("[{}]", self.random.below(3)),
                4 if !self.scope.is_empty() => {
                    format!("[{}]", self.scope[self.random.below(self.scope.len())])
                }
                _ => format!("[{}]", self.word()),
            };
            text.push_str(&key);
        }
        text
    }

    fn collection(&mut self) -> String {
        match self.random.below(6) {
            0 => format!("[{}, {}]", self.term(), self.term()),
            1 => format!("{{{}, {}}}", self.term(), self.term()),
            2 if self.depth < 3 => self.comprehension(),
            _ => self.reference(),
        }
    }

    fn comprehension(&mut self) -> String {
        let kind = self.random.below(3);
        self.scoped(|g| {
            let body = g.body();
            let body = body.trim().replace('\n', "; ").replace('\t', "");
            match kind {
                0 => format!("[{} | {body}]", g.term()),
                1 => format!("{{{} | {body}}}", g.term()),
                _ => format!("{{{}: {} | {body}}}", g.term(), g.term()),
            }
        })
    }

    fn call(&mut self) -> String {
        let functions: Vec<(String, usize)> =
            self.rules.iter().filter_map(|rule| Some((rule.name.clone(), rule.arity?))).collect();
        if functions.is_empty() {
            return self.builtin();
        }
        let (name, arity) = &functions[self.random.below(functions.len())];
        let args: Vec<String> = (0..*arity).map(|_| self.term()).collect();
        format!("{name}({})", args.join(", "))
    }

    fn builtin(&mut self) -> String {
        let reference = self.reference();
        let other = self.term();
        match self.random.below(66) {
            22 => format!("json.unmarshal(json.marshal({reference}))"),
            23 => format!("object.remove({reference}, [{other}])"),
            24 => format!("object.filter({reference}, [{}, {}])", self.word(), self.word()),
            25 => format!("array.slice({reference}, 0, {})", self.number_literal()),
            26 => format!("array.reverse({reference})"),
            27 => format!("intersection({{{{{other}}}, {{{reference}}}}})"),
            28 => format!("{{{other}}} | {{{reference}}}"),
            29 => format!("{{{other}, 1}} & {{{reference}, 1}}"),
            30 => format!("{{{other}, 1}} - {{{reference}}}"),
            31 => {
                format!("sprintf(\"%d|%s|%5.2f|%x\", [{reference}, {other}, {reference}, {other}])")
            }
            32 => format!(
                "sprintf({}, [{reference}])",
                self.random.pick(&[
                    "\"%v\"",
                    "\"%q\"",
                    "\"%05d\"",
                    "\"%t\"",
                    "\"%-6s|\"",
                    "\"%%\"",
                    "\"%e\"",
                    "\"%g\"",
                    "\"%+d\"",
                    "\"%6.3v\"",
                    "\"%T\""
                ])
            ),
            33 => format!("trim({reference}, {})", self.word()),
            34 => format!("trim_prefix({reference}, {})", self.word()),
            35 => format!("replace({reference}, {}, {other})", self.word()),
            36 => format!(
                "substring({reference}, {}, {})",
                self.number_literal(),
                self.number_literal()
            ),
            37 => format!("indexof({reference}, {})", self.word()),
            38 => format!("strings.reverse({reference})"),
            39 => format!("strings.count({reference}, {})", self.word()),
            40 => format!("format_int({reference}, {})", self.random.pick(&["2", "10", "16"])),
            41 => format!("round({reference})"),
            42 => format!("ceil({reference})"),
            43 => format!("floor({reference})"),
            44 => format!("product([{reference}, {}])", self.number_literal()),
            45 => format!("numbers.range({}, {reference})", self.random.pick(&["0", "1", "5"])),
            46 => format!("bits.and({reference}, {})", self.number_literal()),
            47 => format!(
                "json.patch({reference}, [{{\"op\": \"add\", \"path\": \"/a\", \"value\": {other}}}])"
            ),
            48 => format!("json.filter({reference}, [\"a/b\", \"c\"])"),
            49 => format!("json.remove({reference}, [\"a/b\", \"c\"])"),
            50 => format!("units.parse({reference})"),
            51 => format!("glob.match(\"*{{a,b}}*\", [\"/\"], {reference})"),
            52 => format!("regex.replace({reference}, \"[a-c]\", {other})"),
            53 => format!("regex.split(\"o\", {reference})"),
            54 => format!("base64.encode({reference})"),
            55 => format!("urlquery.encode({reference})"),
            56 => format!("object.subset({reference}, {other})"),
            57 => format!("object.union_n([{reference}, {other}])"),
            58 => format!("is_set({reference})"),
            59 => format!("is_number({reference})"),
            60 => format!("any_prefix_match({reference}, {other})")
                .replace("any_prefix", "strings.any_prefix"),
            61 => format!("yaml.marshal({reference})"),
            62 => format!("min({reference})"),
            63 => format!("array.flatten([{reference}, {other}])"),
            64 => format!("lower({reference})"),
            65 => format!("graph.reachable({reference}, {{{}}})", self.word()),
            0 => format!("count({reference})"),
            1 => format!("sum({reference})"),
            2 => format!("max({reference})"),
            3 => format!("sort({reference})"),
            4 => format!("concat(\",\", {reference})"),
            5 => format!("contains({reference}, {})", self.word()),
            6 => format!("startswith({reference}, {})", self.word()),
            7 => format!("sprintf(\"%v %v\", [{reference}, {}])", self.term()),
            8 => format!("object.get({reference}, {}, {})", self.word(), self.term()),
            9 => format!("upper({reference})"),
            10 => format!("split({reference}, {})", self.word()),
            11 => format!("to_number({reference})"),
            12 => format!("is_string({reference})"),
            13 => format!("type_name({reference})"),
            14 => format!("object.keys({reference})"),
            15 => format!("json.marshal({reference})"),
            16 => format!("array.concat({reference}, [{}])", self.term()),
            17 => format!("object.union({reference}, {{\"a\": {}}})", self.term()),
            18 => format!("union({{{{{}}}, {{{}}}}})", self.term(), self.term()),
            19 => format!("regex.match(\"^[a-z]+$\", {reference})"),
            20 => format!("abs({reference})"),
            _ => format!("min([{}, {}])", self.term(), self.term()),
        }
    }
}
