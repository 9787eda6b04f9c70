//! "Did you mean": the known name that is nearest to a misspelt one.

/// The nearest of `known` to `name`, if it is near: at most one edit for each
/// three characters, and one for shorter names. A swap of two neighbours is one
/// edit.
pub(crate) fn nearest<'k>(name: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    // A long word is no misspelt name, and distances cost its square.
    if name.len() > 64 {
        return None;
    }
    let name = name.to_lowercase();
    let allowed = (name.chars().count() / 3).max(1);
    known
        .into_iter()
        .map(|candidate| {
            (
                strsim::osa_distance(&name, &candidate.to_lowercase()),
                candidate,
            )
        })
        .filter(|(distance, _)| *distance <= allowed)
        .min()
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn names_that_are_near_are_suggested() {
        let known = ["table", "tstats", "stats", "search"];
        assert_eq!(nearest("tabel", known), Some("table"));
        assert_eq!(nearest("STAT", known), Some("stats"));
        assert_eq!(nearest("frobnicate", known), None);
        assert_eq!(nearest("", known), None);
        assert_eq!(nearest("imgae", ["Image"]), Some("Image"));
    }
}
