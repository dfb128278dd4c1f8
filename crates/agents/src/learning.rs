//! Learning by doing: one value per arm in each situation, updated by what it paid, chosen by softmax.
//!
//! A situation is a [`Seat`] (what the agent does in the interaction) and whether its own standing is high. Invariants: values are
//! finite; an arm never tried is worth the optimistic start, so each is tried before one is locked in. Not here: what an arm
//! is ([`crate::conduct`]) and what it is paid (each policy's reward).

use das_core::detmath;
use das_core::rng::Stream;
use serde::{Deserialize, Serialize};

/// The most arms a policy can have.
pub const ARMS: usize = 6;

/// Own standing from which an agent counts as well regarded: the second context.
pub const HIGH_STANDING: f64 = 0.4;

/// What the agent does in an interaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Seat {
    /// Initiator of a trade.
    Provider,
    /// Counterparty of anything: buyer, poster of a task, author of a post.
    Responder,
    /// Worker of a task.
    Worker,
    /// Initiator of a reply. Apart from the provider, since a reply has no price.
    Replier,
}

/// Number of seats.
const SEATS: usize = 4;

/// How fast values move and how sharply the best is preferred. All from the policy's parameters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rates {
    /// Least step of an update (β).
    pub step: f64,
    /// Temperature of the softmax (T).
    pub temperature: f64,
    /// Value of an arm never tried (Q0).
    pub start: f64,
}

impl Rates {
    /// Of a policy that does not learn.
    pub const NONE: Self = Self {
        step: 0.0,
        temperature: 1.0,
        start: 0.0,
    };
}

/// Where a choice was made: context, seat and arm. It travels as the tag of a proposal or decision and comes back in the
/// outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Whether own standing was high.
    pub high: bool,
    /// The seat.
    pub seat: Seat,
    /// The arm, below [`ARMS`].
    pub arm: u8,
}

impl Mark {
    /// As a tag; never 0, which marks nothing.
    pub fn to_tag(self) -> u64 {
        1 + (u64::from(self.high) * SEATS as u64 + self.seat as u64) * ARMS as u64
            + u64::from(self.arm)
    }

    /// From a tag; `None` for 0 and for what is no mark.
    pub fn from_tag(tag: u64) -> Option<Self> {
        let index = tag.checked_sub(1)?;
        let (cell, arm) = (index / ARMS as u64, (index % ARMS as u64) as u8);
        let seat = match cell % SEATS as u64 {
            0 => Seat::Provider,
            1 => Seat::Responder,
            2 => Seat::Worker,
            _ => Seat::Replier,
        };
        match cell / SEATS as u64 {
            0 => Some(Self {
                high: false,
                seat,
                arm,
            }),
            1 => Some(Self {
                high: true,
                seat,
                arm,
            }),
            _ => None,
        }
    }
}

/// Values and counts of a policy's arms in each situation.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Bandit {
    value: [[[f32; ARMS]; SEATS]; 2],
    tried: [[[u8; ARMS]; SEATS]; 2],
}

impl Bandit {
    /// Something of each of its cache lines, see [`das_core::agent::BaseAgent::touch`].
    #[inline]
    pub(crate) fn touch(&self) -> u64 {
        let [low, high] = &self.value;
        let values =
            low[0][0].to_bits() ^ low[2][0].to_bits() ^ high[0][0].to_bits() ^ high[2][0].to_bits();
        u64::from(values) ^ u64::from(self.tried[0][0][0] ^ self.tried[1][0][0])
    }

    /// What the agent expects of an arm.
    pub fn value(&self, mark: Mark, rates: &Rates) -> f64 {
        let (c, s, a) = (
            usize::from(mark.high),
            mark.seat as usize,
            usize::from(mark.arm),
        );
        if self.tried[c][s][a] == 0 {
            rates.start
        } else {
            f64::from(self.value[c][s][a])
        }
    }

    /// Draws one of `arms` with probability ∝ exp((Q − charge)/T). Values are learned without what levers took, so what they are
    /// expected to take is subtracted here, by arm.
    pub fn choose(
        &self,
        high: bool,
        seat: Seat,
        arms: &[u8],
        rates: &Rates,
        charges: &[f64; ARMS],
        rng: &mut Stream,
    ) -> Mark {
        let mut q = [0.0; ARMS];
        let mut best = f64::NEG_INFINITY;
        for (q, &arm) in q.iter_mut().zip(arms) {
            *q = self.value(Mark { high, seat, arm }, rates) - charges[usize::from(arm)];
            best = detmath::fmax(best, *q);
        }
        let mut total = 0.0;
        for q in &mut q[..arms.len()] {
            let x = (*q - best) / rates.temperature;
            // Below e⁻³⁰ an arm is as good as never drawn: save the exponential.
            *q = if x < -30.0 {
                0.0
            } else if x == 0.0 {
                1.0
            } else {
                detmath::exp(x)
            };
            total += *q;
        }
        let mut left = rng.unit() * total;
        let mut chosen = 0;
        for (i, &weight) in q[..arms.len()].iter().enumerate() {
            if weight > 0.0 {
                chosen = i;
                if left < weight {
                    break;
                }
                left -= weight;
            }
        }
        Mark {
            high,
            seat,
            arm: arms[chosen],
        }
    }

    /// Q ← Q + max(β, 1/(n+1))·(x − Q), n updates before this one: a running mean at first, a moving one later.
    pub fn update(&mut self, mark: Mark, x: f64, rates: &Rates) {
        let (c, s, a) = (
            usize::from(mark.high),
            mark.seat as usize,
            usize::from(mark.arm),
        );
        let n = self.tried[c][s][a];
        let step = detmath::fmax(rates.step, 1.0 / (f64::from(n) + 1.0));
        let q = self.value(mark, rates);
        self.value[c][s][a] = (q + step * (x - q)) as f32;
        self.tried[c][s][a] = n.saturating_add(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATES: Rates = Rates {
        step: 0.05,
        temperature: 0.05,
        start: 1.0,
    };
    const ALL: [u8; ARMS] = [0, 1, 2, 3, 4, 5];

    #[test]
    fn tags_come_back() {
        // Every mark survives the trip through a tag, and no two share one; 0 is nobody's.
        let mut seen = std::collections::BTreeSet::new();
        for high in [false, true] {
            for seat in [Seat::Provider, Seat::Responder, Seat::Worker, Seat::Replier] {
                for arm in ALL {
                    let mark = Mark { high, seat, arm };
                    assert_eq!(Mark::from_tag(mark.to_tag()), Some(mark));
                    assert!(seen.insert(mark.to_tag()));
                }
            }
        }
        assert_eq!(Mark::from_tag(0), None);
        assert_eq!(Mark::from_tag(49), None);
    }

    #[test]
    fn learns_the_best_of_noisy_arms() {
        // Rewards 0, .1 … .5 with noise of ±.3: after 2,000 rounds the best arm is drawn most and its value is known.
        let mut bandit = Bandit::default();
        let mut rng = Stream::from_seed(5);
        let mut drawn = [0u32; ARMS];
        for round in 0..2_000 {
            let mark = bandit.choose(false, Seat::Provider, &ALL, &RATES, &[0.0; ARMS], &mut rng);
            let reward = f64::from(mark.arm) * 0.1 + 0.6 * (rng.unit() - 0.5);
            bandit.update(mark, reward, &RATES);
            if round >= 1_000 {
                drawn[usize::from(mark.arm)] += 1;
            }
        }
        assert!(drawn[5] > 600, "{drawn:?}");
        let best = Mark {
            high: false,
            seat: Seat::Provider,
            arm: 5,
        };
        assert!((bandit.value(best, &RATES) - 0.5).abs() < 0.15);
    }

    #[test]
    fn tries_everything_before_it_settles() {
        // An optimistic start of 1 against rewards of 0: six rounds try all six arms.
        let mut bandit = Bandit::default();
        let mut rng = Stream::from_seed(1);
        let mut tried = [false; ARMS];
        for _ in 0..ARMS {
            let mark = bandit.choose(true, Seat::Worker, &ALL, &RATES, &[0.0; ARMS], &mut rng);
            bandit.update(mark, 0.0, &RATES);
            tried[usize::from(mark.arm)] = true;
        }
        assert_eq!(tried, [true; ARMS]);
    }

    #[test]
    fn what_is_charged_for_is_chosen_less() {
        // Six arms of equal worth: a charge of four temperatures on one of them makes it rare, and only that one.
        let bandit = Bandit::default();
        let mut rng = Stream::from_seed(7);
        let mut charges = [0.0; ARMS];
        charges[3] = 4.0 * RATES.temperature;
        let mut drawn = [0u32; ARMS];
        for _ in 0..6_000 {
            let mark = bandit.choose(false, Seat::Provider, &ALL, &RATES, &charges, &mut rng);
            drawn[usize::from(mark.arm)] += 1;
        }
        assert!(drawn[3] < 60, "{drawn:?}");
        assert!(
            (0..ARMS).all(|arm| arm == 3 || drawn[arm] > 1_000),
            "{drawn:?}"
        );
    }

    #[test]
    fn situations_are_learned_apart() {
        // An update in one context and seat leaves every other cell at the start value.
        let mut bandit = Bandit::default();
        let here = Mark {
            high: true,
            seat: Seat::Responder,
            arm: 2,
        };
        bandit.update(here, -1.0, &RATES);
        assert_eq!(
            bandit.value(here, &RATES),
            -1.0,
            "the first update is the reward itself"
        );
        assert_eq!(
            bandit.value(
                Mark {
                    high: false,
                    ..here
                },
                &RATES
            ),
            1.0
        );
        assert_eq!(
            bandit.value(
                Mark {
                    seat: Seat::Worker,
                    ..here
                },
                &RATES
            ),
            1.0
        );
    }

    #[test]
    fn the_step_falls_to_its_floor() {
        // Nineteen rewards of 0 average out the start; from the twentieth on the step is β.
        let mut bandit = Bandit::default();
        let mark = Mark {
            high: false,
            seat: Seat::Worker,
            arm: 0,
        };
        for _ in 0..40 {
            bandit.update(mark, 0.0, &RATES);
        }
        bandit.update(mark, 1.0, &RATES);
        assert!((bandit.value(mark, &RATES) - 0.05).abs() < 1e-7);
    }

    #[test]
    fn a_bandit_stays_small() {
        // Three of four policies keep one for each agent.
        assert!(size_of::<Bandit>() <= 240, "{}", size_of::<Bandit>());
    }
}
