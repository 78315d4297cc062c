//! Elements and maps that are meant as a whole, though what makes the violation is inside of them.

use std::collections::BTreeSet;

use crate::manifest::{Pointer, Step};

use super::words::Words;

/// What was read of an input, by paths.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) used: BTreeSet<Pointer>,
    pub(super) stepped: BTreeSet<Pointer>,
    pub(super) printed: BTreeSet<Pointer>,
}

/// A path, or that to what is meant as a whole.
pub(super) fn around(path: Pointer, seen: &Seen, words: &Words, literals: Vec<&str>) -> Pointer {
    let Some((Step::Key(key), outer)) = path.0.split_last() else { return path };
    if words.name_key(key) {
        return path;
    }
    let steps = if is_any_of_map(key, outer, seen, &literals) {
        outer
    } else {
        match element(outer) {
            Some(element) if is_whole(key, outer, element, seen) => element,
            _ => return path,
        }
    };
    Pointer(steps.to_vec())
}

/// Whether a key is one of those that a rule goes through, and no matter which.
fn is_any_of_map(key: &str, outer: &[Step], seen: &Seen, literals: &[&str]) -> bool {
    // The data of a ConfigMap are many things, of which one is wrong.
    let is_data = matches!(outer.last(), Some(Step::Key(map)) if &**map == "data");
    matches!(outer.last(), Some(Step::Key(_)))
        && !is_data
        && !literals.iter().any(|literal| key.contains(literal))
        && seen.stepped.contains(&Pointer(outer.to_vec()))
}

/// The innermost element of a list that a path goes through.
fn element(path: &[Step]) -> Option<&[Step]> {
    let last = path.iter().rposition(|step| matches!(step, Step::Index(_)))?;
    Some(&path[..=last])
}

/// Whether an element is told by its name and not by what is in it, or compared in several of its
/// fields.
fn is_whole(key: &str, outer: &[Step], element: &[Step], seen: &Seen) -> bool {
    let field = |key: &str| Pointer(element.to_vec()).join(&[key.into()]);
    if key == "name" {
        let is_own =
            |used: &&Pointer| used.0.len() == element.len() + 1 && used.0.starts_with(element);
        return outer.len() == element.len() && seen.used.iter().filter(is_own).count() > 1;
    }
    let list = match element {
        [.., Step::Key(list), Step::Index(_)] => &**list,
        _ => return false,
    };
    // Containers are large, and of a variable the value is told.
    !list.ends_with("ontainers") && list != "env" && seen.printed.contains(&field("name"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::parse_path;

    fn whole(
        path: &str,
        message: &str,
        used: &[&str],
        stepped: &[&str],
        printed: &[&str],
    ) -> String {
        let paths = |all: &[&str]| all.iter().map(|path| parse_path(path).unwrap()).collect();
        let seen = Seen { used: paths(used), stepped: paths(stepped), printed: paths(printed) };
        let path = parse_path(path).unwrap();
        around(path, &seen, &Words::of(message, &[]), vec!["secret"]).to_string()
    }

    #[test]
    fn an_element_that_is_named_is_meant() {
        let path = "/spec/volumes/0/hostPath/path";
        let name = ["/spec/volumes/0/name"];
        assert_eq!(whole(path, "volume web is of the host", &[], &[], &name), "/spec/volumes/0");
        assert_eq!(whole(path, "the path of web", &[], &[], &name), path);
        assert_eq!(whole(path, "a volume", &[], &[], &[]), path);
        let image = "/spec/containers/0/image";
        assert_eq!(whole(image, "web", &[], &[], &["/spec/containers/0/name"]), image);
    }

    #[test]
    fn an_element_that_is_compared_in_several_fields_is_meant() {
        let path = "/subjects/1/name";
        let both = ["/subjects/1/kind", path];
        assert_eq!(whole(path, "bound", &both, &[], &[]), "/subjects/1");
        assert_eq!(whole(path, "bound", &[path], &[], &[]), path);
    }

    #[test]
    fn a_map_that_is_gone_through_is_meant() {
        let path = "/spec/selector/app";
        assert_eq!(whole(path, "no workload", &[], &["/spec/selector"], &[]), "/spec/selector");
        assert_eq!(whole(path, "no app", &[], &["/spec/selector"], &[]), path);
        assert_eq!(whole(path, "no workload", &[], &[], &[]), path);
        assert_eq!(whole("/spec/x/secret", "x", &[], &["/spec/x"], &[]), "/spec/x/secret");
        assert_eq!(whole("/data/pwd", "x", &[], &["/data"], &[]), "/data/pwd");
    }
}
