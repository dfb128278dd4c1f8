//! Numbers for people, and round values for an axis.

/// A value for people: four significant digits or so, `-` if it is not defined.
pub fn short(value: Option<f64>) -> String {
    match value {
        None => "-".to_owned(),
        Some(x) if x != 0.0 && x.abs() < 0.0005 => format!("{x:.1e}"),
        Some(x) if x.abs() < 100.0 => format!("{x:.3}"),
        Some(x) if x.abs() < 1e7 => format!("{x:.1}"),
        Some(x) => format!("{x:.3e}"),
    }
}

/// The value as far as it is known, for where there is room: what reads back to the same number.
pub(super) fn full(value: f64) -> String {
    if value != 0.0 && !(1e-5..1e15).contains(&value.abs()) {
        format!("{value:e}")
    } else {
        value.to_string()
    }
}

/// A place in a drawing, to a tenth.
pub(super) fn place(value: f64) -> String {
    let text = format!("{value:.1}");
    let text = text.strip_suffix(".0").unwrap_or(&text);
    if text == "-0" {
        "0".to_owned()
    } else {
        text.to_owned()
    }
}

/// Round values from low to high, about `wanted`, each with its text: steps of 1, 2, 2.5 or 5 times a power of ten.
pub(super) fn ticks(low: f64, high: f64, wanted: u32) -> Vec<(f64, String)> {
    let span = high - low;
    if !(span.is_finite() && span > 1e-280) {
        return vec![(low, short(Some(low)))];
    }
    let raw = span / f64::from(wanted);
    let (mut power, mut decimals) = (1.0_f64, 0_usize);
    while power * 10.0 <= raw {
        power *= 10.0;
    }
    while power > raw {
        power /= 10.0;
        decimals += 1;
    }
    let (step, more) = [(1.0, 0), (2.0, 0), (2.5, 1), (5.0, 0), (10.0, 0)]
        .into_iter()
        .map(|(times, more)| (times * power, more))
        .find(|(step, _)| *step >= raw)
        .unwrap_or((10.0 * power, 0));
    let decimals = if step >= 10.0 { 0 } else { decimals + more };
    let first = (low / step - 1e-9).ceil();
    let count = ((high - first * step) / step + 1e-6).floor();
    (0..=count.clamp(0.0, 20.0) as u32)
        .map(|n| {
            let value = (first + f64::from(n)) * step + 0.0;
            let text = if value.abs() >= 1e5 || decimals > 6 {
                let text = format!("{value:.2e}");
                let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
                let digits = digits.trim_end_matches('0').trim_end_matches('.');
                format!("{digits}e{exponent}")
            } else {
                format!("{value:.decimals$}")
            };
            (value, text)
        })
        .collect()
}

/// The range of an axis that holds all values, never empty. With `zero`, and where 0 is near, it begins at 0.
pub(super) fn extent(values: impl IntoIterator<Item = f64>, zero: bool) -> (f64, f64) {
    let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
    for x in values {
        if x < low {
            low = x;
        }
        if x > high {
            high = x;
        }
    }
    if low > high {
        return (0.0, 1.0);
    }
    if low > 0.0 && (zero || low < high - low) {
        low = 0.0;
    }
    if high < 0.0 && zero {
        high = 0.0;
    }
    if high - low > 1e-280 {
        return (low, high);
    }
    if low == 0.0 {
        return (0.0, 1.0);
    }
    let margin = low.abs() * 0.1;
    (low - margin, high + margin)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_inside() {
        // Few of them, none beyond the ends, written with the decimals their step needs.
        let texts = |low, high| -> Vec<String> {
            ticks(low, high, 4)
                .into_iter()
                .map(|(_, text)| text)
                .collect()
        };
        assert_eq!(texts(0.0, 1.0), ["0.00", "0.25", "0.50", "0.75", "1.00"]);
        assert_eq!(texts(0.0, 10.0), ["0.0", "2.5", "5.0", "7.5", "10.0"]);
        assert_eq!(texts(-3.0, 47.0), ["0", "20", "40"]);
        assert_eq!(texts(0.0, 3_000_000.0), ["0", "1e6", "2e6", "3e6"]);
        for (low, high) in [
            (0.0, 1e-200),
            (-1e300, 1e300),
            (1.0, 1.0 + 1e-12),
            (5.0, 5.0),
        ] {
            let found = ticks(low, high, 4);
            assert!(!found.is_empty() && found.len() < 22, "{low} {high}");
        }
    }

    #[test]
    fn an_axis_is_never_empty() {
        // No value, one value, equal values, values far from 0 and near it.
        assert_eq!(extent([], false), (0.0, 1.0));
        assert_eq!(extent([0.0, 0.0], false), (0.0, 1.0));
        assert_eq!(extent([10.0, 11.0], false), (10.0, 11.0));
        assert_eq!(extent([1.0, 11.0], false), (0.0, 11.0));
        assert_eq!(extent([-2.0, -1.0], true), (-2.0, 0.0));
        let (low, high) = extent([3.0], false);
        assert!(low < 3.0 && high > 3.0);
    }
}
