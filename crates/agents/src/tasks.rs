//! Task work that any policy can do if its role lets it: post, claim, submit.
//!
//! A worker looks at a few random open tasks (`tasks.candidates`), or at the one a planner keeps for it, and claims the one
//! whose poster it believes in most, if that deal is one its policy would strike. The conduct it will work with is chosen
//! then. Not here: planning and verifying ([`crate::roles`]), bounties with bids ([`crate::market`]).

use crate::appraisal::{Deal, Occasion};
use crate::learning::Seat;
use crate::member::{Character, Lens, Mind};
use das_core::interaction::Side;
use das_core::rng::Stream;
use das_core::units::MicroCredits;
use das_env::act::{Action, Content, TOOL_CLAIM, TOOL_POST_TASK, TOOL_SUBMIT};
use das_env::view::TaskView;

/// What is asked for, with the one output each requires.
const ERRANDS: [(&str, &str); 6] = [
    ("Summarise this week's debate", "summary"),
    ("Translate the new guide", "translation"),
    ("Sort the open questions", "sorted list"),
    ("Check the figures of the report", "checked figures"),
    ("Draw the map of the district", "map"),
    ("Transcribe the recording", "transcript"),
];

/// Something to be done, and the output it requires.
pub(crate) fn errand(rng: &mut Stream) -> (&'static str, &'static str) {
    ERRANDS[rng.below(ERRANDS.len() as u32) as usize]
}

/// Epochs until a posted task expires.
const DEADLINE_EPOCHS: u32 = 2;

/// Posts a task with probability `p_task`, if the bounty can be paid.
pub(crate) fn post(lens: &Lens<'_, '_>, p_task: f64, rng: &mut Stream) -> Option<Action> {
    if !rng.chance(p_task) || !lens.seen.may(TOOL_POST_TASK) {
        return None;
    }
    let budget = MicroCredits::saturating(lens.habits.activity.bounty);
    if lens.seen.balance() < budget {
        return None;
    }
    let (prompt, output) = errand(rng);
    Some(Action::PostTask {
        prompt: Content::Borrowed(prompt),
        required_outputs: vec![Content::Borrowed(output)],
        budget,
        deadline_epochs: DEADLINE_EPOCHS,
    })
}

/// Claims a task: the reserved one, or with probability `p_claim` the best of a few open ones.
pub(crate) fn claim<C: Character>(
    character: &C,
    mind: &Mind,
    lens: &Lens<'_, '_>,
    rng: &mut Stream,
) -> Option<Action> {
    let seen = lens.seen;
    let looks = rng.chance(lens.habits.activity.p_claim);
    if !seen.may(TOOL_CLAIM) || seen.my_award().is_some() || seen.my_claim().is_some() {
        return None;
    }
    let task = match seen.my_reservation() {
        Some(task) => task,
        None if looks => best_open(mind, lens, rng)?,
        None => return None,
    };
    let choice = character.choose(Seat::Worker, Some(task.poster), lens, rng);
    let conduct = C::ARMS[choice.arm].conduct;
    let deal = Deal {
        occasion: Occasion::Task,
        side: Side::Initiator,
        m: lens.belief(&mind.memory, task.poster),
        gain: task.bounty.credits(),
        cost: lens.cost(&conduct),
        charge: lens.charge(
            character,
            choice.arm,
            Side::Initiator,
            task.bounty.credits(),
        ),
    };
    character
        .willing(&deal, lens.habits)
        .then_some(Action::Claim {
            task: task.id,
            conduct,
            tag: choice.tag,
        })
}

fn best_open(mind: &Mind, lens: &Lens<'_, '_>, rng: &mut Stream) -> Option<TaskView> {
    let seen = lens.seen;
    let mut best: Option<(f64, u32)> = None;
    for _ in 0..seen.task_candidates() {
        let place = seen.random_open_place(rng.unit());
        let Some(poster) = seen.open_task_poster(place) else {
            break;
        };
        if !seen.can_see(poster) || !seen.is_approachable(poster) {
            continue;
        }
        let m = lens.belief(&mind.memory, poster);
        if best.is_none_or(|(most, _)| m > most) {
            best = Some((m, place));
        }
    }
    best.and_then(|(_, place)| seen.open_task(place))
}

/// Submits the outputs of the awarded task. The work itself was settled by the conduct it was claimed with.
pub(crate) fn submit(lens: &Lens<'_, '_>) -> Option<Action> {
    if !lens.seen.may(TOOL_SUBMIT) {
        return None;
    }
    let task = lens.seen.my_award()?;
    Some(Action::Submit {
        task: task.id,
        outputs: lens.seen.task_outputs(task.id).to_vec(),
    })
}
