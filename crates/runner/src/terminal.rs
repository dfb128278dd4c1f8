//! Text from outside, as a terminal may be given it.
//!
//! Names of agents and files, posts, descriptions and values may hold anything: a sequence that moves the cursor, sets the clipboard or
//! a link, rings, turns the direction of writing or is not seen at all. Where text leaves the program, such characters are replaced;
//! in JSON they are written as escapes, which mean the same. Invariant: of control characters LF and tab alone pass, of formatting ones
//! those that languages need (the joiners). Not here: what a page shows (its elements take text as text), and what files hold.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{self, Write};

/// What stands where a character was that no terminal is given.
pub const REPLACED: char = '\u{fffd}';

/// Whether a terminal shows this character and does nothing else.
pub fn is_plain(c: char) -> bool {
    match c {
        '\n' | '\t' => true,
        // Directions of writing; separators that some take for line breaks; spaces of no width; tags.
        '\u{61c}'
        | '\u{200b}'
        | '\u{200e}'
        | '\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e007f}' => false,
        c => !c.is_control(),
    }
}

/// Whether bytes are of ASCII that is shown, as nearly all output is.
fn is_simple(bytes: &[u8]) -> bool {
    // Without a way out, so that many bytes are looked at at a time.
    let odd = |b: &u8| !matches!(b, b' '..=b'~' | b'\n' | b'\t');
    !bytes
        .chunks(64)
        .any(|some| some.iter().fold(false, |any, b| any | odd(b)))
}

/// A text for people: characters that are not plain are replaced.
pub fn plain(text: &str) -> Cow<'_, str> {
    if is_simple(text.as_bytes()) || text.chars().all(is_plain) {
        return Cow::Borrowed(text);
    }
    let shown = |c| if is_plain(c) { c } else { REPLACED };
    Cow::Owned(text.chars().map(shown).collect())
}

/// A text in JSON: characters that are not plain are escaped. What may not stand in JSON as it is could only be a space.
pub fn plain_json(text: &str) -> Cow<'_, str> {
    if is_simple(text.as_bytes()) || text.chars().all(is_plain) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            c if is_plain(c) => shown.push(c),
            '\0'..='\u{1f}' => shown.push(' '),
            c => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    let _ = write!(shown, "\\u{unit:04x}");
                }
            }
        }
    }
    Cow::Owned(shown)
}

/// Gives on what is written to it as [`plain`] or [`plain_json`] text.
#[derive(Debug)]
pub struct Plain<W: Write> {
    inner: W,
    json: bool,
    /// The beginning of a character whose rest has not come.
    rest: Vec<u8>,
}

impl<W: Write> Plain<W> {
    /// Over a writer; `json` says that JSON is written.
    pub fn new(inner: W, json: bool) -> Self {
        Self {
            inner,
            json,
            rest: Vec::new(),
        }
    }

    fn give(&mut self, text: &str) -> io::Result<()> {
        let shown = if self.json {
            plain_json(text)
        } else {
            plain(text)
        };
        self.inner.write_all(shown.as_bytes())
    }
}

impl<W: Write> Write for Plain<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.rest.is_empty() && is_simple(bytes) {
            self.inner.write_all(bytes)?;
            return Ok(bytes.len());
        }
        let mut all = std::mem::take(&mut self.rest);
        all.extend_from_slice(bytes);
        let whole = all
            .utf8_chunks()
            .map(|chunk| chunk.valid().len() + chunk.invalid().len());
        let mut at = 0;
        for (chunk, length) in all.utf8_chunks().zip(whole) {
            at += length;
            self.give(chunk.valid())?;
            let invalid = chunk.invalid();
            let may_go_on = at == all.len()
                && std::str::from_utf8(invalid).is_err_and(|error| error.error_len().is_none());
            if may_go_on {
                self.rest = invalid.to_vec();
            } else if !invalid.is_empty() {
                self.give("\u{fffd}")?;
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_is_replaced_and_what_is_read_stays() {
        // Controls of both sets, directions, marks that nobody sees; letters of any script, joiners, emoji and line breaks stay.
        assert_eq!(
            plain("a\u{1b}[31mb\u{7}\u{9b}0m\r\u{202e}c\u{200b}\u{0}"),
            "a\u{fffd}[31mb\u{fffd}\u{fffd}0m\u{fffd}\u{fffd}c\u{fffd}\u{fffd}"
        );
        for text in [
            "plain\n\ttext",
            "żółć 城市 مدينة",
            "👩\u{200d}🚀",
            "x\u{301} … – ×",
        ] {
            assert!(
                matches!(plain(text), Cow::Borrowed(same) if same == text),
                "{text}"
            );
        }
    }

    #[test]
    fn escaped_json_means_the_same() {
        // A string with every character of the first planes that is not plain is read back as it was.
        let odd: String = ('\u{80}'..='\u{ffff}')
            .chain(['\u{e0001}', '\u{7f}'])
            .filter(|c| !is_plain(*c))
            .collect();
        assert!(odd.chars().count() > 50);
        let json = serde_json::to_string(&[&odd]).unwrap();
        let shown = plain_json(&json);
        assert!(shown.chars().all(is_plain) && shown.is_ascii());
        assert_eq!(serde_json::from_str::<[String; 1]>(&shown).unwrap()[0], odd);
        assert_eq!(plain_json("{\r\n}"), "{ \n}");
    }

    #[test]
    fn a_writer_joins_what_was_cut() {
        // The same bytes in pieces of every size give the same text, characters that are cut in two among them, and bytes that are none.
        let text = "né\u{202e}城\u{1b}]8;;x\u{7}👩 end".as_bytes();
        for size in 1..text.len() {
            let mut out = Plain::new(Vec::new(), false);
            for piece in text.chunks(size) {
                out.write_all(piece).unwrap();
            }
            assert_eq!(
                String::from_utf8(out.inner).unwrap(),
                "né\u{fffd}城\u{fffd}]8;;x\u{fffd}👩 end",
                "{size}"
            );
        }
        let mut out = Plain::new(Vec::new(), false);
        out.write_all(b"a\xff\xfeb\xe2\x80").unwrap();
        out.write_all(b"c").unwrap();
        assert_eq!(
            String::from_utf8(out.inner).unwrap(),
            "a\u{fffd}\u{fffd}b\u{fffd}c"
        );
    }
}
