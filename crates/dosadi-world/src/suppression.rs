//! Acts that an experiment takes out of the world: a class of deliveries or shipments, all of it or a keyed share.
//!
//! Whether an act belongs to the class is the sign of its ΔW just before it would be made, so that a run without the class and the
//! same seed with it show what the class did to the city, beside what the formula says it did. `Invariant: with share 0 nothing is
//! suppressed and no draw of anybody changes`. It is neither configuration nor state: nothing of it is saved, hashed or logged.
//! Source: model page, section 5 (is the formula the world?). Not here: ΔW (`welfare`, `verdicts`).

use das_core::rng::{Domain, Draws};

const SUPPRESSED: Domain = Domain::new("dosadi.suppression");

/// Family of acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Legal offers, before they are made.
    Legal,
    /// Smuggled shipments, before they are sent.
    Smuggling,
}

/// What is suppressed, and what of it was met so far.
#[derive(Clone, Debug, PartialEq)]
pub struct Suppression {
    /// Family of the acts.
    pub class: Class,
    /// Those of v = +1, or those of v = −1.
    pub good: bool,
    /// Share of them that is suppressed, 0..=1; 0 only counts.
    pub share: f64,
    /// First day on which anything is met or suppressed.
    pub from: u32,
    /// Acts of the class met.
    pub met: u64,
    /// Their ΔW, summed.
    pub sum: f64,
}

impl Suppression {
    /// Nothing met yet.
    pub fn new(class: Class, good: bool, share: f64, from: u32) -> Self {
        Self {
            class,
            good,
            share,
            from,
            met: 0,
            sum: 0.0,
        }
    }

    /// Counts an act if it is of the class, and says whether it is to be left out. `keys` name the act, the last of them is its day.
    pub(crate) fn meets(&mut self, class: Class, delta: f64, draws: &Draws, keys: &[u64]) -> bool {
        let early = keys.last().is_some_and(|&day| day < u64::from(self.from));
        if early || class != self.class || (delta > 0.0) != self.good {
            return false;
        }
        self.met += 1;
        self.sum += delta;
        draws.chance(SUPPRESSED, keys, self.share)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_class_is_counted_and_the_share_of_it_suppressed() {
        // Other classes, the other sign and earlier days are neither; a tie counts as −1; all, none and about a third of the class.
        for (share, least, most) in [(0.0, 0, 0), (0.3, 250, 350), (1.0, 1000, 1000)] {
            let mut it = Suppression::new(Class::Legal, true, share, 5);
            let draws = Draws::new(3);
            assert!(!it.meets(Class::Smuggling, 1.0, &draws, &[7]));
            assert!(!it.meets(Class::Legal, 0.0, &draws, &[7]));
            assert!(!it.meets(Class::Legal, 2.0, &draws, &[4]));
            let out = (5..1005).filter(|&k| it.meets(Class::Legal, 2.0, &draws, &[k]));
            let out = out.count();
            assert!((least..=most).contains(&out), "{out}");
            assert_eq!((it.met, it.sum), (1000, 2000.0));
        }
    }
}
