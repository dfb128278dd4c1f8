//! Throughput of scoring on one core: labels and both payoffs of an interaction, and the epoch fold fed with it.

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use das_core::interaction::{Observables, Truth};
use das_core::metrics::epoch::{EpochFold, EpochSample};
use das_core::rng::Stream;
use das_core::score::payoff::{Payoff, PayoffConfig, Payoffs, Terms};
use das_core::score::proxy::{Labels, Proxy, ProxyConfig};
use das_core::units::MicroCredits;
use std::hint::black_box;

const BATCH: u64 = 4096;

/// Observables, terms (p still 0) and truth of an interaction.
type Case = (Observables, Terms, Truth);

fn cases() -> Vec<Case> {
    let mut draws = Stream::from_seed(42);
    (0..BATCH)
        .map(|_| {
            let observables = Observables {
                task_progress_delta: 2.0 * draws.unit() - 1.0,
                rework_count: draws.below(4),
                verifier_rejections: draws.below(3),
                tool_misuse_flags: draws.below(3),
                counterparty_engagement_delta: 2.0 * draws.unit() - 1.0,
            };
            let terms = Terms {
                p: 0.0,
                tau: draws.unit(),
                c_a: draws.unit(),
                c_b: draws.unit(),
                r_a: draws.unit(),
                r_b: draws.unit(),
            };
            (observables, terms, Truth::from_good(draws.chance(0.7)))
        })
        .collect()
}

fn score(proxy: &Proxy, payoff: &Payoff, case: &Case) -> (Labels, Payoffs) {
    let labels = proxy.labels(&case.0);
    (
        labels,
        payoff.payoffs(&Terms {
            p: labels.p,
            ..case.1
        }),
    )
}

fn benches(c: &mut Criterion) {
    let cases = cases();
    let proxy = Proxy::new(&ProxyConfig::default()).expect("defaults are in range");
    let payoff = Payoff::new(&PayoffConfig::default()).expect("defaults are in range");
    let mut group = c.benchmark_group("score");
    group.throughput(Throughput::Elements(BATCH));
    group.bench_function("labels_and_payoffs", |b| {
        b.iter(|| {
            for case in &cases {
                black_box(score(&proxy, &payoff, black_box(case)));
            }
        });
    });
    let samples: Vec<EpochSample> = cases
        .iter()
        .zip(0_u32..)
        .map(|(case, i)| {
            let (labels, payoffs) = score(&proxy, &payoff, case);
            EpochSample {
                p: labels.p,
                accepted: labels.p > 0.4,
                pi_a: payoffs.pi_a,
                pi_b: payoffs.pi_b,
                c_a: case.1.c_a,
                c_b: case.1.c_b,
                fee_a: MicroCredits(5_000),
                fee_b: MicroCredits(5_000),
                tau: MicroCredits::saturating(case.1.tau),
                initiator: i % 1000,
                counterparty: i * 7 % 1000,
                deception: f64::from(i % 3),
                truth: Some(case.2),
            }
        })
        .collect();
    group.bench_function("epoch_fold_interaction", |b| {
        b.iter_batched_ref(
            || EpochFold::new(&payoff),
            |fold| {
                for sample in &samples {
                    fold.interaction(black_box(sample));
                }
            },
            BatchSize::SmallInput,
        );
    });
    group.finish();
}

criterion_group!(score_benches, benches);
criterion_main!(score_benches);
