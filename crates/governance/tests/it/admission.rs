//! Admission: what a newcomer must lock, what it may do meanwhile, and when it loses or gets back the bond.

use crate::stage::{self, effect, only, scored};
use das_core::id::{AgentId, Tool};
use das_core::lever::{Act, Effect, GovernanceLever, Scored};
use das_core::rng::Draws;
use das_core::society::Society;
use das_core::units::MicroCredits;
use das_governance::GovernanceConfig;

const A: AgentId = AgentId(0);
const B: AgentId = AgentId(1);
const BOND: MicroCredits = MicroCredits(3_000_000);

fn lever(bond: f64, epochs: u32) -> Box<dyn GovernanceLever> {
    only(&GovernanceConfig {
        admission_bond: bond,
        admission_probation_epochs: epochs,
        admission_probation_actions: 4,
        ..GovernanceConfig::default()
    })
}

/// The society after the bonds of these agents were locked.
fn bonded(society: &Society, agents: &[AgentId]) -> Society {
    agents.iter().fold(society.clone(), |society, &who| {
        stage::with_money(&society, who, 97_000_000, BOND.0)
    })
}

fn flagged(flags: [u32; 2]) -> Scored {
    Scored { flags, ..scored() }
}

#[test]
fn nobody_takes_part_before_the_bond_is_locked() {
    // Shows that the bond is locked once, whole, when the balance covers it to the micro-credit, and that until then the agent
    // neither acts nor offers nor is asked.
    let draws = Draws::new(1);
    let society = stage::with_money(&stage::society(&["a", "b", "gone"]), B, 2_999_999, 0);
    let society = stage::without(&society, AgentId(2));
    let mut lever = lever(3.0, 0);
    let refusal = lever.admit_action(A, Tool(0), &society).unwrap_err();
    assert_eq!(refusal.code, "bond_required");
    assert_eq!(refusal.detail, "a has not locked the bond of 3 yet");
    assert_eq!(
        lever.on_epoch_start(&society, &draws),
        effect(&[Act::LockStake(A, BOND)])
    );
    assert!(lever.admit_action(A, Tool(0), &society).is_ok());
    assert!(lever.admit_action(B, Tool(0), &society).is_err());
    assert!(lever.admit(A, B, &society).is_err());
    assert!(lever.admit(B, A, &society).is_err());
    // A step later B can pay; A is not asked again.
    let society = stage::with_money(&society, B, 3_000_000, 0);
    assert_eq!(
        lever.on_step(&society, &draws),
        effect(&[Act::LockStake(B, BOND)])
    );
    assert!(lever.admit(A, B, &society).is_ok() && lever.admit(B, A, &society).is_ok());
    assert_eq!(lever.on_step(&society, &draws), Effect::none());
}

#[test]
fn probation_limits_who_acts_and_not_who_is_asked() {
    // Shows the limit at its edge, its end after two epochs, and that it holds for somebody no hook has seen yet.
    let draws = Draws::new(1);
    let fresh = stage::society(&["a", "b"]);
    let mut lever = lever(0.0, 2);
    let at = |epoch, actions| {
        stage::with_counter(&stage::in_epoch(&fresh, epoch), A, "epoch_actions", actions)
    };
    for (epoch, limited) in [(0, true), (5, true), (6, true), (7, false)] {
        for (actions, fine) in [(3, true), (4, !limited)] {
            let society = at(epoch, actions);
            assert_eq!(lever.admit_action(A, Tool(0), &society).is_ok(), fine);
            assert_eq!(lever.admit(A, B, &society).is_ok(), fine);
            assert!(lever.admit(B, A, &society).is_ok());
        }
        if epoch == 0 {
            // Entry: only now a hook sees them, in epoch 5.
            assert_eq!(lever.on_epoch_start(&at(5, 0), &draws), Effect::none());
        }
    }
    let refusal = lever.admit_action(A, Tool(0), &at(6, 4)).unwrap_err();
    assert_eq!(refusal.code, "probation");
    assert_eq!(
        refusal.detail,
        "4 of 4 actions of this epoch are used, on probation until epoch 7"
    );
}

#[test]
fn what_is_left_of_a_bond_comes_back_after_probation() {
    // Shows a flag on each side and a flag on a rejected offer, that a bond is burnt by parts of itself and not made up for, and
    // that exactly the rest is released, once.
    let draws = Draws::new(1);
    let society = bonded(&stage::society(&["a", "b"]), &[A, B]);
    let mut lever = lever(3.0, 2);
    lever.on_epoch_start(&society, &draws);
    let fifth = MicroCredits(600_000);
    assert_eq!(
        lever.review(&flagged([3, 0]), &society, &draws),
        effect(&[Act::Slash(A, fifth)])
    );
    assert_eq!(
        lever.review(&flagged([1, 1]), &society, &draws),
        effect(&[Act::Slash(A, fifth), Act::Slash(B, fifth)])
    );
    let refused = Scored {
        accepted: false,
        ..flagged([1, 1])
    };
    assert_eq!(lever.review(&refused, &society, &draws), Effect::none());
    assert_eq!(
        lever.on_epoch_start(&stage::in_epoch(&society, 1), &draws),
        Effect::none()
    );
    let later = stage::in_epoch(&society, 2);
    assert_eq!(
        lever.on_epoch_start(&later, &draws),
        effect(&[
            Act::ReleaseStake(A, MicroCredits(1_800_000)),
            Act::ReleaseStake(B, MicroCredits(2_400_000)),
        ])
    );
    assert_eq!(lever.on_epoch_start(&later, &draws), Effect::none());
    assert_eq!(
        lever.review(&flagged([1, 1]), &later, &draws),
        Effect::none()
    );
    assert_eq!(lever.on_leave(A, &later), Effect::none());
}

#[test]
fn five_flags_burn_a_bond_and_no_more() {
    // Shows that a bond without probation stays locked, is gone after five fifths, and that then there is nothing to lose.
    let draws = Draws::new(1);
    let society = bonded(&stage::society(&["a", "b"]), &[A, B]);
    let mut lever = lever(3.0, 0);
    lever.on_epoch_start(&society, &draws);
    assert_eq!(
        lever.on_epoch_start(&stage::in_epoch(&society, 1_000), &draws),
        Effect::none()
    );
    let burnt: i64 = (0..9)
        .flat_map(|_| lever.review(&flagged([1, 0]), &society, &draws).acts)
        .map(|act| match act {
            Act::Slash(A, lost) => lost.0,
            other => panic!("{other:?}"),
        })
        .sum();
    assert_eq!(burnt, BOND.0);
    assert_eq!(lever.on_leave(A, &society), Effect::none());
}

#[test]
fn who_leaves_loses_what_is_left_and_a_new_name_pays_again() {
    // Shows what a name costs: the rest of the bond when it is left, and a bond for the next one, which is refused until then.
    let draws = Draws::new(1);
    let mut society = bonded(&stage::society(&["a", "b"]), &[A, B]);
    let mut lever = lever(3.0, 0);
    lever.on_epoch_start(&society, &draws);
    lever.review(&flagged([1, 0]), &society, &draws);
    let heir = society.register("a.r1", "honest", "regular", das_core::id::ToolSet::ALL);
    assert_eq!(
        lever.on_leave(A, &society),
        effect(&[Act::Slash(A, MicroCredits(2_400_000))])
    );
    assert_eq!(lever.on_leave(A, &society), Effect::none());
    // Somebody no hook has seen has nothing to lose.
    assert_eq!(lever.on_leave(heir, &society), Effect::none());
    assert!(lever.admit_action(heir, Tool(0), &society).is_err());
    let society = stage::with_money(&stage::without(&society, A), heir, 5_000_000, 0);
    assert_eq!(
        lever.on_step(&society, &draws),
        effect(&[Act::LockStake(heir, BOND)])
    );
    assert!(lever.admit_action(heir, Tool(0), &society).is_ok());
    // A deposit's slash may leave less than the bond: no more than that is burnt.
    let poor = stage::with_money(&society, heir, 0, 1_000_000);
    assert_eq!(
        lever.on_leave(heir, &poor),
        effect(&[Act::Slash(heir, MicroCredits(1_000_000))])
    );
}
