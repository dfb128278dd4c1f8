//! A reason and the reasons behind it, as a nested list.

use super::Html;
use super::number::short;
use das_core::view::{Explanation, Reason};

pub(super) fn explanation(view: &Explanation) -> Html {
    let mut html = Html::default();
    html.open("div", &[("class", "panel")])
        .leaf("h3", &[], &view.title);
    html.open("ul", &[]);
    reason(&mut html, &view.reason);
    html.close("ul").close("div");
    html
}

/// As deep as a view that was checked can be.
fn reason(html: &mut Html, of: &Reason) {
    html.open("li", &[]).text(&of.text);
    if let Some(value) = of.value {
        html.text(" ").leaf("strong", &[], &short(Some(value)));
    }
    if let Some(event) = of.event {
        html.leaf("span", &[("class", "note")], &format!(" event {event}"));
    }
    if !of.because.is_empty() {
        html.open("ul", &[]);
        of.because.iter().for_each(|below| reason(html, below));
        html.close("ul");
    }
    html.close("li");
}
