//! Steps of rank, the highest on top.

use super::Html;
use das_core::view::Ladder;

pub(super) fn ladder(view: &Ladder) -> Html {
    let mut html = Html::default();
    html.open("div", &[("class", "panel")])
        .leaf("h3", &[], &view.title);
    html.open("ol", &[("reversed", "reversed")]);
    for rung in view.rungs.iter().rev() {
        html.open("li", &[])
            .leaf("strong", &[], &rung.name)
            .text(": ");
        let who = rung.who.join(", ");
        html.text(if who.is_empty() { "nobody" } else { &who })
            .close("li");
    }
    html.close("ol").close("div");
    html
}
