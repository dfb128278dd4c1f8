//! Randomness: keyed draws and streams, nothing else.
//!
//! A *keyed draw* is a stateless hash of (seed, domain, keys): whoever asks for the same key gets the same number, in any
//! order, in any thread. A [`Stream`] is Xoshiro256++ (`rand_xoshiro`) seeded from one keyed draw; an agent gets a fresh one
//! for each turn, keyed by its name, the step, the phase and the attempt. So nothing has to be saved, and a lever, a new
//! neighbour or a crashed agent can change what an agent *does* with its draws, never the draws themselves: two runs that
//! differ in one lever are a paired comparison (common random numbers).
//!
//! Not here: any distribution of the `rand` crate. `unit`, `below`, `shuffle` and `normal` are ours, with known answers in
//! the tests, because a distribution that changes in a minor release would change every published figure.

use crate::detmath;
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};
use std::sync::{Arc, Mutex};

/// Weyl increment of SplitMix64 (Steele, Lea, Flood 2014).
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// The finaliser of SplitMix64: a bijection of u64 in which each input bit flips each output bit half of the time.
#[inline]
pub const fn mix64(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A stable 64-bit hash of a name (FNV-1a, then one SplitMix64 round).
pub const fn hash_name(name: &str) -> u64 {
    let bytes = name.as_bytes();
    let mut h: u64 = 0xcbf2_9ce4_8422_2325;
    let mut i = 0;
    while i < bytes.len() {
        h = (h ^ bytes[i] as u64).wrapping_mul(0x0000_0100_0000_01b3);
        i += 1;
    }
    mix64(h)
}

/// What a draw is for. Two domains never share draws.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Domain {
    hash: u64,
    name: &'static str,
}

impl Domain {
    /// A domain by its name, e.g. `Domain::new("commons.truth")`.
    pub const fn new(name: &'static str) -> Self {
        Self {
            hash: hash_name(name),
            name,
        }
    }

    /// The name it was made with.
    pub const fn name(self) -> &'static str {
        self.name
    }
}

/// One draw as the draw log shows it: domain, keys, how many draws a stream of that key had given before, value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DrawRecord {
    /// Name of the [`Domain`].
    pub domain: &'static str,
    /// Combined key of the draw or stream.
    pub key: u64,
    /// Position within a stream; 0 for a keyed draw.
    pub position: u32,
    /// The 64 bits drawn.
    pub value: u64,
}

/// Where a draw log collects what was drawn. Order is not part of it: sort before comparing.
pub type DrawLog = Arc<Mutex<Vec<DrawRecord>>>;

/// The source of keyed draws of a run.
#[derive(Clone, Debug)]
pub struct Draws {
    seed: u64,
    log: Option<DrawLog>,
}

impl Draws {
    /// All draws of the run with this seed.
    pub fn new(seed: u64) -> Self {
        Self { seed, log: None }
    }

    /// The same draws, each also written to `log`. For tests of the determinism contract.
    #[must_use]
    pub fn with_log(mut self, log: DrawLog) -> Self {
        self.log = Some(log);
        self
    }

    #[inline]
    fn key(&self, domain: Domain, keys: &[u64]) -> u64 {
        let mut state = mix64(self.seed.wrapping_add(GOLDEN) ^ domain.hash);
        for &key in keys {
            state = mix64(state.wrapping_add(GOLDEN) ^ key);
        }
        state
    }

    /// 64 uniform bits for this key.
    #[inline]
    pub fn bits(&self, domain: Domain, keys: &[u64]) -> u64 {
        let key = self.key(domain, keys);
        let value = mix64(key.wrapping_add(GOLDEN));
        if let Some(log) = &self.log {
            record(log, domain.name, key, 0, value);
        }
        value
    }

    /// Uniform in [0, 1) for this key, on a grid of 2⁻⁵³.
    #[inline]
    pub fn unit(&self, domain: Domain, keys: &[u64]) -> f64 {
        to_unit(self.bits(domain, keys))
    }

    /// True with probability `p` for this key.
    #[inline]
    pub fn chance(&self, domain: Domain, keys: &[u64], p: f64) -> bool {
        self.unit(domain, keys) < p
    }

    /// A stream of draws for this key.
    #[inline]
    pub fn stream(&self, domain: Domain, keys: &[u64]) -> Stream {
        let key = self.key(domain, keys);
        let mut stream = Stream::from_seed(key);
        if let Some(log) = &self.log {
            stream.log = Some(StreamLog {
                log: log.clone(),
                domain: domain.name,
                key,
                position: 0,
            });
        }
        stream
    }
}

#[inline]
fn to_unit(bits: u64) -> f64 {
    (bits >> 11) as f64 * (1.0 / 9_007_199_254_740_992.0)
}

fn record(log: &DrawLog, domain: &'static str, key: u64, position: u32, value: u64) {
    if let Ok(mut log) = log.lock() {
        log.push(DrawRecord {
            domain,
            key,
            position,
            value,
        });
    }
}

#[derive(Clone, Debug)]
struct StreamLog {
    log: DrawLog,
    domain: &'static str,
    key: u64,
    position: u32,
}

/// A sequence of draws: Xoshiro256++, seeded by `SplitMix64` from one word.
#[derive(Clone, Debug)]
pub struct Stream {
    rng: Xoshiro256PlusPlus,
    log: Option<StreamLog>,
}

impl Stream {
    /// The stream that `rand_xoshiro`'s `seed_from_u64` gives.
    #[inline]
    pub fn from_seed(seed: u64) -> Self {
        Self {
            rng: Xoshiro256PlusPlus::seed_from_u64(seed),
            log: None,
        }
    }

    /// 64 uniform bits.
    #[inline]
    pub fn next_u64(&mut self) -> u64 {
        let value = self.rng.next_u64();
        if let Some(log) = &mut self.log {
            record(&log.log, log.domain, log.key, log.position, value);
            log.position += 1;
        }
        value
    }

    /// Uniform in [0, 1), on a grid of 2⁻⁵³.
    #[inline]
    pub fn unit(&mut self) -> f64 {
        to_unit(self.next_u64())
    }

    /// True with probability `p`.
    #[inline]
    pub fn chance(&mut self, p: f64) -> bool {
        self.unit() < p
    }

    /// Uniform in 0..n without bias (Lemire 2019, multiply and reject). `n` must not be 0.
    #[inline]
    pub fn below(&mut self, n: u32) -> u32 {
        assert!(n > 0, "below(0) has no answer");
        let mut wide = u64::from(n) * (self.next_u64() >> 32);
        if (wide as u32) < n {
            let threshold = n.wrapping_neg() % n;
            while (wide as u32) < threshold {
                wide = u64::from(n) * (self.next_u64() >> 32);
            }
        }
        (wide >> 32) as u32
    }

    /// Fisher-Yates, from the end.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            items.swap(i, self.below(i as u32 + 1) as usize);
        }
    }

    /// Two independent standard normals (Box-Muller over [`detmath`]).
    #[inline]
    pub fn normal_pair(&mut self) -> (f64, f64) {
        // 1 - unit is in (0, 1]: its logarithm is finite.
        let radius = (-2.0 * detmath::ln(1.0 - self.unit())).sqrt();
        let (sin, cos) = detmath::sin_cos(std::f64::consts::TAU * self.unit());
        (radius * cos, radius * sin)
    }

    /// One standard normal; the other of its pair is thrown away.
    pub fn normal(&mut self) -> f64 {
        self.normal_pair().0
    }

    /// Poisson with mean `lambda` by Knuth's product of uniforms; meant for means below about 10.
    #[inline]
    pub fn poisson(&mut self, lambda: f64) -> u32 {
        let floor = detmath::exp(-lambda);
        let mut product = self.unit();
        let mut count = 0;
        while product > floor && count < 1000 {
            product *= self.unit();
            count += 1;
        }
        count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn xoshiro_known_answers() {
        // The crate's own seeding of 42, as other implementations of Xoshiro256++ give it.
        let mut s = Stream::from_seed(42);
        assert_eq!(
            [s.next_u64(), s.next_u64()],
            [0xd076_4d4f_4476_689f, 0x519e_4174_576f_3791]
        );
    }

    #[test]
    fn splitmix_known_answer() {
        // First output of SplitMix64 seeded with 0 (Vigna's reference code).
        assert_eq!(mix64(GOLDEN), 0xe220_a839_7b1d_cdaf);
    }

    #[test]
    fn keyed_draws_depend_on_every_key_and_its_place() {
        let d = Draws::new(7);
        let domain = Domain::new("test");
        let base = d.bits(domain, &[1, 2]);
        assert_eq!(base, Draws::new(7).bits(domain, &[1, 2]));
        for other in [
            d.bits(domain, &[2, 1]),
            d.bits(domain, &[1, 2, 0]),
            d.bits(domain, &[1]),
            d.bits(Domain::new("tesu"), &[1, 2]),
        ] {
            assert_ne!(base, other);
        }
        assert_ne!(base, Draws::new(8).bits(domain, &[1, 2]));
    }

    #[test]
    fn below_is_unbiased_and_in_range() {
        let mut s = Stream::from_seed(1);
        let mut counts = [0u32; 6];
        for _ in 0..60_000 {
            counts[s.below(6) as usize] += 1;
        }
        // 10,000 expected in each; five standard deviations are 456.
        assert!(
            counts.iter().all(|c| c.abs_diff(10_000) < 456),
            "{counts:?}"
        );
    }

    #[test]
    fn normal_has_mean_zero_and_variance_one() {
        let mut s = Stream::from_seed(2);
        let (mut sum, mut squares) = (0.0, 0.0);
        for _ in 0..50_000 {
            let (a, b) = s.normal_pair();
            sum += a + b;
            squares += a * a + b * b;
        }
        assert!((sum / 1e5).abs() < 0.016, "{sum}");
        assert!((squares / 1e5 - 1.0).abs() < 0.023, "{squares}");
    }

    #[test]
    fn poisson_has_its_mean() {
        let mut s = Stream::from_seed(3);
        let total: u32 = (0..100_000).map(|_| s.poisson(1.2)).sum();
        assert!((f64::from(total) / 1e5 - 1.2).abs() < 0.018, "{total}");
    }

    #[test]
    fn draw_log_shows_each_draw_once() {
        let log = DrawLog::default();
        let d = Draws::new(1).with_log(log.clone());
        d.bits(Domain::new("a"), &[1]);
        let mut s = d.stream(Domain::new("b"), &[2]);
        s.next_u64();
        s.next_u64();
        let positions: Vec<_> = log
            .lock()
            .unwrap()
            .iter()
            .map(|r| (r.domain, r.position))
            .collect();
        assert_eq!(positions, [("a", 0), ("b", 0), ("b", 1)]);
    }
}
