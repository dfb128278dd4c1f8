//! Markup in the making: the one place where text is escaped.
//!
//! Invariants: names of elements and attributes are written in the source, never data; every text and every value of an
//! attribute goes through [`escaped`]; what was opened is closed in order ([`Html::close`] asserts it in debug builds). Not
//! here: what a page holds.

/// A piece of a document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Html {
    text: String,
    open: Vec<&'static str>,
}

/// Appends a text with everything escaped that could be taken for markup. Characters that no document may hold become U+FFFD.
fn escaped(text: &str, out: &mut String) {
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' | '\t' => out.push(character),
            c if c.is_control() || ('\u{fdd0}'..='\u{fdef}').contains(&c) => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
}

impl Html {
    fn tag(&mut self, tag: &str, attributes: &[(&'static str, &str)]) {
        self.text.push('<');
        self.text.push_str(tag);
        for (name, value) in attributes {
            self.text.push(' ');
            self.text.push_str(name);
            self.text.push_str("=\"");
            escaped(value, &mut self.text);
            self.text.push('"');
        }
        self.text.push('>');
    }

    /// Opens an element.
    pub fn open(&mut self, tag: &'static str, attributes: &[(&'static str, &str)]) -> &mut Self {
        self.tag(tag, attributes);
        self.open.push(tag);
        self
    }

    /// Closes the element that was opened last, which is called `tag`.
    pub fn close(&mut self, tag: &'static str) -> &mut Self {
        let opened = self.open.pop();
        debug_assert_eq!(opened, Some(tag));
        self.text.push_str("</");
        self.text.push_str(tag);
        self.text.push('>');
        self
    }

    /// A whole element with nothing but text in it.
    pub fn leaf(
        &mut self,
        tag: &'static str,
        attributes: &[(&'static str, &str)],
        text: &str,
    ) -> &mut Self {
        self.open(tag, attributes).text(text).close(tag)
    }

    /// An element that has no content and no end, as `meta`.
    pub fn void(&mut self, tag: &'static str, attributes: &[(&'static str, &str)]) -> &mut Self {
        self.tag(tag, attributes);
        self
    }

    /// Text.
    pub fn text(&mut self, text: &str) -> &mut Self {
        escaped(text, &mut self.text);
        self
    }

    /// Another piece, whole.
    pub fn append(&mut self, other: &Self) -> &mut Self {
        debug_assert!(other.open.is_empty(), "{:?} is open still", other.open);
        self.text.push_str(&other.text);
        self
    }

    /// A style sheet, which is part of the source.
    pub fn style(&mut self, css: &'static str) -> &mut Self {
        self.tag("style", &[]);
        self.text.push_str(css);
        self.text.push_str("</style>");
        self
    }

    /// The declaration before a document.
    pub fn doctype(&mut self) -> &mut Self {
        self.text.push_str("<!doctype html>\n");
        self
    }

    /// A line's end, for those who read the source.
    pub fn line(&mut self) -> &mut Self {
        self.text.push('\n');
        self
    }

    /// The markup.
    pub fn into_string(self) -> String {
        self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_attributes_are_escaped_alike() {
        // All five characters that could end a text or an attribute, and control characters, wherever they stand.
        let mut html = Html::default();
        html.leaf("p", &[("title", "a\"b'<&>")], "</p>\u{0}\u{1b}[1m\u{85}");
        assert_eq!(
            html.into_string(),
            "<p title=\"a&quot;b&#39;&lt;&amp;&gt;\">&lt;/p&gt;\u{fffd}\u{fffd}[1m\u{fffd}</p>"
        );
    }
}
