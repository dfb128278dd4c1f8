//! Portable mathematics: the same bits on every machine.
//!
//! The standard library's `exp`, `ln`, `sin` … may differ between CPUs even for one binary (glibc picks FMA variants at run
//! time). These go through the `libm` crate, pinned to one version, in pure Rust. `clippy.toml` bans the others.

/// eˣ.
#[inline]
pub fn exp(x: f64) -> f64 {
    libm::exp(x)
}

/// Natural logarithm.
#[inline]
pub fn ln(x: f64) -> f64 {
    libm::log(x)
}

/// xʸ.
#[inline]
pub fn pow(x: f64, y: f64) -> f64 {
    libm::pow(x, y)
}

/// Hyperbolic tangent.
#[inline]
pub fn tanh(x: f64) -> f64 {
    libm::tanh(x)
}

/// Sine and cosine of the same angle.
#[inline]
pub fn sin_cos(x: f64) -> (f64, f64) {
    libm::sincos(x)
}

/// xⁿ by repeated squaring, low bits first: one fixed tree of multiplications.
#[inline]
pub fn pow_int(mut x: f64, mut n: u32) -> f64 {
    let mut result = 1.0;
    while n > 0 {
        if n & 1 == 1 {
            result *= x;
        }
        x *= x;
        n >>= 1;
    }
    result
}

/// The larger of two numbers that are not NaN; of two equal ones (±0 included) the first.
#[inline]
pub fn fmax(a: f64, b: f64) -> f64 {
    if b > a { b } else { a }
}

/// The smaller of two numbers that are not NaN; of two equal ones (±0 included) the first.
#[inline]
pub fn fmin(a: f64, b: f64) -> f64 {
    if b < a { b } else { a }
}

/// `x` held within `lo..=hi`; never a negative zero.
#[inline]
pub fn clamp(x: f64, lo: f64, hi: f64) -> f64 {
    fmin(fmax(x, lo), hi) + 0.0
}

/// Sum from left to right, starting at +0.0 (an empty `Iterator::sum` is −0.0).
pub fn sum(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut total = 0.0;
    for value in values {
        total += value;
    }
    total
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pinned_bits() {
        // Any change of the libm version or of a wrapper shows here before it shows in a golden log.
        assert_eq!(exp(1.0).to_bits(), 0x4005_bf0a_8b14_576a);
        assert_eq!(ln(10.0).to_bits(), 0x4002_6bb1_bbb5_5516);
        assert_eq!(tanh(0.5).to_bits(), 0x3fdd_9353_d756_8af3);
        assert_eq!(pow(2.0, 0.5).to_bits(), 0x3ff6_a09e_667f_3bcd);
    }

    #[test]
    fn zero_ties_and_empty_sums_are_fixed() {
        assert!(fmax(-0.0, 0.0).is_sign_negative());
        assert!(fmin(0.0, -0.0).is_sign_positive());
        assert!(clamp(-0.0, -1.0, 1.0).is_sign_positive());
        assert!(sum([]).is_sign_positive());
    }

    #[test]
    fn integer_powers() {
        assert_eq!(pow_int(0.3, 0), 1.0);
        assert_eq!(pow_int(2.0, 10), 1024.0);
        assert_eq!(pow_int(0.4, 3), 0.4 * (0.4 * 0.4));
    }
}
