//! What a plain YAML scalar means: the core schema of YAML 1.2, with nothing left to guess.
//!
//! | text | is |
//! |---|---|
//! | nothing, `~`, `null`, `Null`, `NULL` | null |
//! | `true`, `True`, `TRUE`, `false`, … | a truth value; `yes`, `no`, `on`, `off` are text |
//! | `-?[0-9]+` without leading zero, `0o17`, `0x1f` | an integer of 64 bits |
//! | `1.5`, `.5`, `1e3` | a float; `1e3` is no integer |
//! | `.nan`, `.inf`, `-.inf`, and what overflows to infinity | refused |
//! | `010`, integers beyond 64 bits | refused: readers of YAML differ on them |
//! | `1_000`, `1:30`, anything else, anything in quotes | text |

/// The meaning of a scalar.
#[derive(Clone, Debug, PartialEq)]
pub enum Scalar {
    /// Nothing.
    Null,
    /// A truth value.
    Bool(bool),
    /// An integer between `i64::MIN` and `u64::MAX`.
    Int(i128),
    /// A finite number written with a point or an exponent.
    Float(f64),
    /// Text.
    Text(String),
    /// NaN or infinity.
    NotFinite,
    /// A number that readers of YAML understand differently; what is wrong with it.
    Ambiguous(&'static str),
}

/// The meaning of an unquoted scalar.
pub fn resolve(text: &str) -> Scalar {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Scalar::Null,
        "true" | "True" | "TRUE" => return Scalar::Bool(true),
        "false" | "False" | "FALSE" => return Scalar::Bool(false),
        _ => {}
    }
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    match unsigned {
        ".inf" | ".Inf" | ".INF" => return Scalar::NotFinite,
        ".nan" | ".NaN" | ".NAN" if unsigned.len() == text.len() => return Scalar::NotFinite,
        _ => {}
    }
    for (prefix, radix) in [("0o", 8), ("0x", 16)] {
        if let Some(digits) = text.strip_prefix(prefix)
            && !digits.is_empty()
            && digits.chars().all(|c| c.is_digit(radix))
        {
            return match u64::from_str_radix(digits, radix) {
                Ok(value) => Scalar::Int(value.into()),
                Err(_) => Scalar::Ambiguous("an integer beyond 64 bits"),
            };
        }
    }
    if !unsigned.is_empty() && unsigned.bytes().all(|b| b.is_ascii_digit()) {
        if unsigned.len() > 1 && unsigned.starts_with('0') {
            return Scalar::Ambiguous("an integer with a leading zero (octal to some readers)");
        }
        // 20 digits hold every 64-bit integer; longer ones are not worth parsing.
        return match (unsigned.len() <= 20).then(|| text.parse::<i128>()) {
            Some(Ok(value)) if (i128::from(i64::MIN)..=i128::from(u64::MAX)).contains(&value) => {
                Scalar::Int(value)
            }
            _ => Scalar::Ambiguous("an integer beyond 64 bits"),
        };
    }
    if is_float(unsigned) {
        return match text.parse::<f64>() {
            Ok(value) if value.is_finite() => Scalar::Float(value + 0.0),
            _ => Scalar::NotFinite,
        };
    }
    Scalar::Text(text.to_owned())
}

/// `(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`
fn is_float(unsigned: &str) -> bool {
    let (mantissa, exponent) = match unsigned.find(['e', 'E']) {
        Some(at) => (&unsigned[..at], Some(&unsigned[at + 1..])),
        None => (unsigned, None),
    };
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let mantissa_ok = digits(whole)
        && digits(fraction)
        && !(whole.is_empty() && fraction.is_empty())
        && (!whole.is_empty() || mantissa.starts_with('.'));
    let exponent_ok = exponent.is_none_or(|e| {
        let e = e.strip_prefix(['-', '+']).unwrap_or(e);
        !e.is_empty() && digits(e)
    });
    mantissa_ok && exponent_ok
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scalars_mean_what_the_table_says() {
        // Shows every row of the module's table, and that near misses stay text.
        for (text, meaning) in [
            ("", Scalar::Null),
            ("~", Scalar::Null),
            ("True", Scalar::Bool(true)),
            ("no", Scalar::Text("no".into())),
            ("-12", Scalar::Int(-12)),
            ("+12", Scalar::Int(12)),
            ("0", Scalar::Int(0)),
            ("0x1F", Scalar::Int(31)),
            ("0o17", Scalar::Int(15)),
            ("18446744073709551615", Scalar::Int(u64::MAX.into())),
            ("1e3", Scalar::Float(1000.0)),
            (".5", Scalar::Float(0.5)),
            ("5.", Scalar::Float(5.0)),
            ("-.5e-1", Scalar::Float(-0.05)),
            ("1_000", Scalar::Text("1_000".into())),
            ("1:30", Scalar::Text("1:30".into())),
            (".", Scalar::Text(".".into())),
            ("e5", Scalar::Text("e5".into())),
            ("1e", Scalar::Text("1e".into())),
            ("1.2.3", Scalar::Text("1.2.3".into())),
            ("nan", Scalar::Text("nan".into())),
            (".nan", Scalar::NotFinite),
            ("-.INF", Scalar::NotFinite),
            ("1e999", Scalar::NotFinite),
        ] {
            assert_eq!(resolve(text), meaning, "{text:?}");
        }
        for text in ["010", "-00", "18446744073709551616", "-9223372036854775809"] {
            assert!(matches!(resolve(text), Scalar::Ambiguous(_)), "{text:?}");
        }
        assert!(matches!(resolve("-0.0"), Scalar::Float(x) if x.is_sign_positive()));
    }
}
