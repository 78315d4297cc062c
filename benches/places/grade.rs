//! How near a place is to the truth.

use super::spot::Spot;

/// How near a place is, the nearest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Grade {
    /// It is a true place, to the last step; also of what is absent.
    Exact,
    /// It is inside of a true place.
    Inside,
    /// A true place is inside of it.
    Above,
    /// No place was found but that of the resource.
    Resource,
    /// It is somewhere else.
    Wrong,
}

impl Grade {
    pub(crate) const ALL: [Self; 5] =
        [Self::Exact, Self::Inside, Self::Above, Self::Resource, Self::Wrong];

    /// The grade of a place that was inferred.
    pub(crate) fn of(spot: &Spot, truths: &[Spot]) -> Self {
        let each = truths.iter().map(|truth| {
            if spot == truth {
                Self::Exact
            } else if spot.is_inside(truth) {
                Self::Inside
            } else if truth.is_inside(spot) {
                Self::Above
            } else {
                Self::Wrong
            }
        });
        each.min().unwrap_or(Self::Wrong)
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Inside => "inside",
            Self::Above => "above",
            Self::Resource => "resource",
            Self::Wrong => "wrong",
        }
    }

    /// The grade in words that say what is meant.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Inside => "inside the true node",
            Self::Above => "above the true node",
            Self::Resource => "only the resource",
            Self::Wrong => "wrong",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use manifestly::manifest::parse_path;

    #[test]
    fn the_nearest_of_the_true_places_counts() {
        let spot =
            |path: &str| Spot { file: "a".into(), document: 1, path: parse_path(path).unwrap() };
        let truths = [spot("/spec/a"), spot("/spec/b/0/c")];
        for (path, grade) in [
            ("/spec/a", Grade::Exact),
            ("/spec/b/0/c", Grade::Exact),
            ("/spec/a/x", Grade::Inside),
            ("/spec/b", Grade::Above),
            ("/spec", Grade::Above),
            ("/spec/ab", Grade::Wrong),
            ("/spec/b/1/c", Grade::Wrong),
        ] {
            assert_eq!(Grade::of(&spot(path), &truths), grade, "{path}");
        }
        assert_eq!(Grade::of(&spot("/spec/a"), &[]), Grade::Wrong);
    }
}
