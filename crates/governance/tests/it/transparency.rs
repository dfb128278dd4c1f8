//! The transparency ledger: what is published about whom, and for how long. Its effect on reputation is among the known answers.

use crate::stage::{self, effect, only, scored};
use das_core::id::AgentId;
use das_core::lever::{Act, Effect, Scored};
use das_core::rng::Draws;
use das_core::society::Published;
use das_core::state::{Loader, Saver};
use das_governance::GovernanceConfig;

const A: AgentId = AgentId(0);
const B: AgentId = AgentId(1);

fn config() -> GovernanceConfig {
    GovernanceConfig {
        transparency: true,
        transparency_bonus_rate: 0.0,
        ..GovernanceConfig::default()
    }
}

fn record(good: f64, bad: f64) -> Published {
    Published { good, bad }
}

#[test]
fn accepted_deals_are_published_about_their_initiator() {
    // Shows that the record grows by p and 1 − p, for the side that provides only, and not by offers nobody took; that it fades at
    // an epoch's end; and that who has left is not published any more.
    let society = stage::society(&["a", "b"]);
    let draws = Draws::new(1);
    let mut lever = only(&config());
    let deal = |p| Scored { p, ..scored() };
    assert_eq!(
        lever.review(&deal(0.75), &society, &draws),
        effect(&[Act::Publish(A, record(0.75, 0.25))])
    );
    assert_eq!(
        lever.review(&deal(0.25), &society, &draws),
        effect(&[Act::Publish(A, record(1.0, 1.0))])
    );
    let rejected = Scored {
        accepted: false,
        ..deal(0.0)
    };
    assert_eq!(lever.review(&rejected, &society, &draws), Effect::none());
    let back = Scored {
        initiator: B,
        counterparty: A,
        ..deal(0.5)
    };
    assert_eq!(
        lever.review(&back, &society, &draws),
        effect(&[Act::Publish(B, record(0.5, 0.5))])
    );
    assert_eq!(
        lever.on_epoch_end(&society, &draws),
        effect(&[
            Act::Publish(A, record(0.9, 0.9)),
            Act::Publish(B, record(0.45, 0.45)),
        ])
    );
    let alone = stage::without(&society, A);
    let acts = lever.on_epoch_end(&alone, &draws).acts;
    assert!(matches!(acts[..], [Act::Publish(B, _)]), "{acts:?}");
}

#[test]
fn what_was_published_is_put_up_again_after_a_checkpoint() {
    // Shows that a loaded lever hands back every record it had published, so that agents of a resumed run read the same.
    let society = stage::society(&["a", "b"]);
    let draws = Draws::new(1);
    let mut lever = only(&config());
    lever.review(&scored(), &society, &draws);
    lever.on_epoch_end(&society, &draws);
    let mut saver = Saver::new();
    lever.save(&mut saver);
    let mut loaded = only(&config());
    loaded.load(&mut Loader::new(saver.bytes())).unwrap();
    assert_eq!(loaded.published(), [record(0.45, 0.45)]);
    assert_eq!(loaded.published(), lever.published());
}
