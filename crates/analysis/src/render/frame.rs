//! The axes a drawing stands on.

use super::html::Html;
use super::number::{place, ticks};

/// Size of a small drawing, and its margins.
pub(super) const WIDTH: f64 = 360.0;
pub(super) const HEIGHT: f64 = 180.0;
const LEFT: f64 = 46.0;
const RIGHT: f64 = 10.0;
pub(super) const TOP: f64 = 9.0;
pub(super) const BOTTOM: f64 = 22.0;

/// From values to places.
pub(super) struct Frame {
    x: (f64, f64),
    y: (f64, f64),
}

impl Frame {
    /// Axes over these ranges.
    pub(super) fn new(x: (f64, f64), y: (f64, f64)) -> Self {
        Self { x, y }
    }

    pub(super) fn x(&self, value: f64) -> f64 {
        LEFT + share(value, self.x) * (WIDTH - LEFT - RIGHT)
    }

    pub(super) fn y(&self, value: f64) -> f64 {
        HEIGHT - BOTTOM - share(value, self.y) * (HEIGHT - TOP - BOTTOM)
    }

    /// Opens the drawing with its grid. With `whole` only whole numbers stand on the lower axis.
    pub(super) fn open(&self, html: &mut Html, label: &str, whole: bool) {
        let (width, height) = (place(WIDTH), place(HEIGHT));
        let size = format!("0 0 {width} {height}");
        html.open(
            "svg",
            &[("viewBox", &size), ("role", "img"), ("aria-label", label)],
        );
        self.across(html);
        for (x, text) in ticks(self.x.0, self.x.1, 5) {
            if whole && x != x.trunc() {
                continue;
            }
            let text = if whole { place(x) } else { text };
            let at = [("x", place(self.x(x))), ("y", place(HEIGHT - 6.0))];
            html.leaf(
                "text",
                &[("x", &at[0].1), ("y", &at[1].1), ("text-anchor", "middle")],
                &text,
            );
        }
    }

    /// Lines and values of the upright axis.
    pub(super) fn across(&self, html: &mut Html) {
        for (y, text) in ticks(self.y.0, self.y.1, 4) {
            let at = place(self.y(y));
            let ends = [place(LEFT), place(WIDTH - RIGHT)];
            let line = [
                ("x1", ends[0].as_str()),
                ("x2", ends[1].as_str()),
                ("y1", &at),
                ("y2", &at),
                ("class", "gridline"),
            ];
            html.leaf("line", &line, "");
            let at = [place(LEFT - 6.0), place(self.y(y) + 4.0)];
            html.leaf(
                "text",
                &[("x", &at[0]), ("y", &at[1]), ("text-anchor", "end")],
                &text,
            );
        }
    }
}

/// Where a value stands between two others, 0..=1 for those between.
pub(super) fn share(value: f64, (low, high): (f64, f64)) -> f64 {
    // Halves, so that the widest range there is does not overflow.
    (value / 2.0 - low / 2.0) / (high / 2.0 - low / 2.0)
}
