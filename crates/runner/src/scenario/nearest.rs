//! Which name was probably meant.

/// The valid name nearest to the one given, if one is near: few edits away, or one contains the other. Ties go to the name that
/// sorts first, so the answer does not depend on the order of the candidates.
pub fn nearest<'n>(given: &str, names: impl IntoIterator<Item = &'n str>) -> Option<String> {
    let given = given.to_lowercase();
    let length = given.chars().count();
    if length == 0 || length > 128 {
        return None;
    }
    names
        .into_iter()
        .filter_map(|name| Some((distance(&given, length, name)?, name)))
        .min()
        .map(|(_, name)| name.to_owned())
}

/// Smaller is nearer; `None` is too far to be worth a guess.
fn distance(given: &str, length: usize, name: &str) -> Option<usize> {
    let edits = strsim::damerau_levenshtein(given, name);
    if edits <= (length.min(name.chars().count()) / 3).max(1) {
        return Some(edits);
    }
    // `tax_rate` for `transaction_tax_rate`, `decay` for `reputation_decay`.
    if length >= 3 && (name.contains(given) || (name.len() >= 3 && given.contains(name))) {
        return Some(100 + edits);
    }
    // Words in common: `reputation_decay_rate` for `reputation_decay`, `post_limit` for `max_posts`.
    let close = strsim::jaro_winkler(given, name) >= 0.86;
    close.then_some(200 + edits)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn near_names_are_found_and_far_ones_are_not() {
        // Shows typing errors, parts of names, ties and that nonsense gets no guess.
        let names = ["transaction_tax_rate", "reputation_decay", "bandwidth_cap"];
        let near = |given| nearest(given, names);
        assert_eq!(near("bandwith_cap").as_deref(), Some("bandwidth_cap"));
        assert_eq!(near("tax_rate").as_deref(), Some("transaction_tax_rate"));
        assert_eq!(
            near("Reputation_Decay").as_deref(),
            Some("reputation_decay")
        );
        assert_eq!(near("zzz"), None);
        assert_eq!(nearest("bat", ["cat", "bar"]).as_deref(), Some("bar"));
    }
}
