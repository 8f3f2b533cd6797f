//! The name that was probably meant.

/// The nearest of `names` to `written`, if it is near: at most two edits, a swap counting as one,
/// and fewer edits than letters. The first of several equally near ones.
pub(crate) fn nearest<'a>(
    written: &str,
    names: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let letters = written.chars().count();
    names
        .into_iter()
        .filter(|name| *name != written)
        .map(|name| (strsim::osa_distance(written, name), name))
        .filter(|(distance, _)| *distance <= 2 && *distance < letters)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_swap_of_letters_is_one_edit() {
        assert_eq!(nearest("sigam", ["mu", "sigma"]), Some("sigma"));
    }

    #[test]
    fn short_names_are_not_near_everything() {
        assert_eq!(nearest("x", ["abc", "ab"]), None);
        assert_eq!(nearest("lambda", ["mu", "sigma"]), None);
    }
}
