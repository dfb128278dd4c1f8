//! The document: everything in one file that needs nothing else.
//!
//! Invariant: its content security policy allows a style sheet in the file and nothing else, so nothing in it is ever run,
//! fetched or sent, whatever the texts in it say.

use super::html::Html;

/// The policy: no source of anything but style in the file.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'";

/// A document in the making: sections under a heading, with a list of them.
#[derive(Clone, Debug, Default)]
pub struct Page {
    title: String,
    head: Html,
    names: Vec<(&'static str, &'static str)>,
    body: Html,
}

impl Page {
    /// A document of this title; `head` stands above all sections.
    pub fn new(title: &str, head: Html) -> Self {
        Self {
            title: title.to_owned(),
            head,
            ..Self::default()
        }
    }

    /// Adds a section. `id` is unique in the document.
    pub fn section(&mut self, id: &'static str, name: &'static str, content: &Html) {
        self.names.push((id, name));
        self.body.open("section", &[("id", id)]);
        self.body.leaf("h2", &[], name).line();
        self.body.append(content).close("section").line();
    }

    /// The whole file.
    pub fn text(&self) -> String {
        let mut html = Html::default();
        html.doctype()
            .open("html", &[("lang", "en")])
            .open("head", &[]);
        html.void("meta", &[("charset", "utf-8")]);
        let policy = [
            ("http-equiv", "Content-Security-Policy"),
            ("content", POLICY),
        ];
        html.void("meta", &policy);
        let port = [
            ("name", "viewport"),
            ("content", "width=device-width, initial-scale=1"),
        ];
        html.void("meta", &port);
        html.void("meta", &[("name", "referrer"), ("content", "no-referrer")]);
        html.leaf("title", &[], &self.title).line();
        html.style(include_str!("page.css"));
        html.close("head").line().open("body", &[]);
        html.open("header", &[])
            .append(&self.head)
            .close("header")
            .line();
        html.open("nav", &[("aria-label", "Sections")])
            .open("ul", &[]);
        for (id, name) in &self.names {
            let to = format!("#{id}");
            html.open("li", &[])
                .leaf("a", &[("href", &to)], name)
                .close("li");
        }
        html.close("ul").close("nav").line();
        html.open("main", &[]).append(&self.body).close("main");
        html.close("body").close("html").line();
        html.into_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_whole_and_loads_nothing() {
        // The policy stands before anything it could matter for; no address, no program, no source; sections are listed.
        let mut body = Html::default();
        body.leaf("p", &[], "</section><script src=x>");
        let mut page = Page::new("</title><img src=x>", Html::default());
        page.section("one", "One", &body);
        let text = page.text();
        let at = |what: &str| text.find(what).unwrap_or_else(|| panic!("{what}"));
        assert!(at("Content-Security-Policy") < at("<title>") && at("<title>") < at("<style>"));
        assert!(
            text.contains(
                "content=\"default-src &#39;none&#39;; style-src &#39;unsafe-inline&#39;\""
            )
        );
        for gone in [
            "<script", "<img", "<link", "url(", "@import", "http:", "https:",
        ] {
            assert!(!text.contains(gone), "{gone}");
        }
        assert!(text.contains("<a href=\"#one\">One</a>") && text.contains("<section id=\"one\">"));
        assert!(text.ends_with("</main></body></html>\n"));
    }
}
