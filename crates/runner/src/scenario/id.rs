//! Ids: names that are safe as file names, log fields and keys.

/// Whether a text is an id: `[a-z0-9_.-]{1,64}`, and not `.` or `..`, which are directories.
pub fn is_id(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text != "."
        && text != ".."
        && text
            .bytes()
            .all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'.' | b'-'))
}

/// An id made of a text that is none: lower case, `_` for what is not allowed.
pub fn as_id(text: &str) -> Option<String> {
    let id: String = text
        .chars()
        .take(64)
        .map(|c| c.to_ascii_lowercase())
        .map(|c| {
            if c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-') {
                c
            } else {
                '_'
            }
        })
        .collect();
    (is_id(&id) && !id.contains("..") && id.bytes().any(|b| b.is_ascii_alphanumeric()))
        .then_some(id)
}
