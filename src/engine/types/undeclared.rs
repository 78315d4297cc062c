//! What templates and `print` speak of must have its value from what stands around them. OPA looks
//! at statements in the order of the text here, before it puts them into any other.

use std::collections::BTreeSet;

use super::core::{
    Base, Callee, Comprehension, Expr, ExprKind, Kind, Reference, Replacement, Rule, TEMPLATE,
    Term, Var,
};
use super::order::{Arity, Bindings, Unsafe, Vars, bindable, everything, is_followed, variables};

/// Looks through one rule, in which calls are not statements yet.
pub(super) struct Undeclared<'u> {
    /// How many arguments a rule takes.
    pub(super) arity: &'u Arity<'u>,
    /// The variables that a statement declares.
    pub(super) declared: &'u BTreeSet<Var>,
    /// What has no value where it is written.
    pub(super) found: Unsafe,
}

impl Undeclared<'_> {
    pub(super) fn rule(&mut self, rule: &Rule) {
        let mut arguments = Vars::new();
        rule.args.iter().for_each(|arg| variables(arg, &mut arguments));
        let mut known = self.templates(&rule.body, &arguments);
        for key in &rule.keys {
            Self::keys(key, &mut known);
        }
        let head = || rule.keys.iter().chain([&rule.value]);
        head().for_each(|term| self.head(term, &known, &known));
        head().for_each(|term| self.printed_in(term, &arguments));
        self.printed(&rule.body, &arguments);
    }

    /// What a query says, which has no head.
    pub(super) fn query(&mut self, body: &[Expr]) {
        self.templates(body, &Vars::new());
        self.printed(body, &Vars::new());
    }

    /// A key of a head gives values as a statement would.
    fn keys(key: &Term, known: &mut Vars) {
        if let Kind::Reference(reference) = &key.kind
            && is_followed(reference, known)
        {
            reference.keys.iter().for_each(|key| bindable(key, known));
        }
    }

    fn outputs(&self, body: &[Expr], around: &Vars) -> Vars {
        let mut known = around.clone();
        let mut bindings = Bindings::default();
        for expr in body.iter().filter(|expr| !names_builtin(expr)) {
            let found = bindings.of(expr, &known, self.arity);
            known.extend(found);
        }
        known
    }

    /// Looks at the templates of a body, and gives the variables that have values in it.
    fn templates(&mut self, body: &[Expr], around: &Vars) -> Vars {
        let known = self.outputs(body, around);
        body.iter().for_each(|expr| self.statement(expr, &known));
        known
    }

    fn statement(&mut self, expr: &Expr, known: &Vars) {
        if let ExprKind::Call(Callee::Builtin(TEMPLATE), args) = &expr.kind {
            self.parts(args, known, known);
        } else {
            expr.terms().into_iter().for_each(|term| self.term(term, known));
        }
        for with in expr.with.iter() {
            if let Replacement::Value(value) = &with.value {
                self.term(value, known);
            }
        }
        match &expr.kind {
            ExprKind::Every { key, value, body, .. } => {
                let mut known = known.clone();
                known.extend([*key, *value]);
                self.templates(body, &known);
            }
            ExprKind::Nested(_, bodies) => {
                bodies.iter().flatten().for_each(|expr| self.statement(expr, known));
            }
            _ => {}
        }
    }

    fn term(&mut self, term: &Term, known: &Vars) {
        match &term.kind {
            Kind::Call(_, args) if term.is_template() => self.parts(args, known, known),
            Kind::Comprehension(inner) => {
                let inside = self.templates(&inner.body, known);
                for head in heads(inner) {
                    self.head(head, &inside, known);
                }
            }
            _ => term.children().into_iter().for_each(|child| self.term(child, known)),
        }
    }

    /// The head of a comprehension or rule: a template that is all of it sees what the body binds.
    fn head(&mut self, term: &Term, inside: &Vars, around: &Vars) {
        match &term.kind {
            Kind::Call(_, args) if term.is_template() => self.parts(args, inside, around),
            _ => self.term(term, around),
        }
    }

    fn parts(&mut self, args: &[Term], known: &Vars, around: &Vars) {
        let parts = args.iter().flat_map(|array| array.children());
        for part in parts {
            let Kind::Comprehension(captured) = &part.kind else { continue };
            for expr in &captured.body {
                let ExprKind::Unify { right, .. } = &expr.kind else { continue };
                self.need(right, known);
            }
            self.templates(&captured.body, around);
        }
    }

    fn need(&mut self, term: &Term, known: &Vars) {
        let mut needs = Vars::new();
        outside_templates(term, &mut needs);
        needs.retain(|var| !known.contains(var));
        if !needs.is_empty() {
            self.found.push((term.span, needs));
        }
    }

    /// Looks at what is printed in a body: it has its values from the statements before it.
    fn printed(&mut self, body: &[Expr], around: &Vars) {
        let mut known = around.clone();
        let mut bindings = Bindings::default();
        let mut before = Vars::new();
        for expr in body {
            match &expr.kind {
                ExprKind::Call(Callee::Builtin("print"), args) => {
                    let mut known = known.clone();
                    known.extend(before.intersection(self.declared));
                    for arg in args {
                        let Kind::Comprehension(captured) = &arg.kind else { continue };
                        for expr in &captured.body {
                            let ExprKind::Unify { right, .. } = &expr.kind else { continue };
                            self.need(right, &known);
                        }
                    }
                }
                ExprKind::Every { key, value, .. } => {
                    let mut known = known.clone();
                    known.extend([*key, *value]);
                    self.printed_below(expr, &known);
                }
                _ => self.printed_below(expr, &known),
            }
            if !names_builtin(expr) {
                let found = bindings.of(expr, &known, self.arity);
                known.extend(found);
            }
            everything(expr, &mut before);
        }
    }

    fn printed_below(&mut self, expr: &Expr, known: &Vars) {
        expr.terms().into_iter().for_each(|term| self.printed_in(term, known));
        expr.bodies().iter().for_each(|body| self.printed(body, known));
    }

    fn printed_in(&mut self, term: &Term, known: &Vars) {
        if let Kind::Comprehension(inner) = &term.kind {
            self.printed(&inner.body, known);
        }
        term.children().into_iter().for_each(|child| self.printed_in(child, known));
    }
}

/// Whether a statement is under `with .. as f`, `f` being a builtin: for a name that is not
/// resolved here OPA looks in vain for a value, and believes that the statement gives none.
fn names_builtin(expr: &Expr) -> bool {
    expr.with.iter().any(|with| {
        matches!(&with.value, Replacement::Function(Callee::Builtin(name)) if !name.contains('.'))
    })
}

fn heads(inner: &Comprehension) -> impl Iterator<Item = &Term> {
    [&inner.key].into_iter().chain(&inner.value)
}

/// The variables of a term, those of templates within it aside.
fn outside_templates(term: &Term, found: &mut Vars) {
    match &term.kind {
        Kind::Variable(var) | Kind::Reference(Reference { base: Base::Variable(var), .. }) => {
            found.insert(*var);
        }
        _ if term.is_template() => return,
        _ => {}
    }
    term.children().into_iter().for_each(|child| outside_templates(child, found));
}
