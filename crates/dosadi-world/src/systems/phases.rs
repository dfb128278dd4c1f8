//! Stage 15: the world phase, from means of the city weighted by people, with hysteresis.
//!
//! Looked at weekly: a look that finds the conditions of the next or the former phase counts as seven days that they held, one that
//! does not starts the count again. Up needs 30 days, and 30 (P0) or 60 (P1) days in the phase; down 120 days and 180 in the phase. Not
//! here: what a phase changes (each system picks from its triple). Source: model page, section 3 (stage 15).

use crate::config::PhaseConfig;
use crate::day::{WEEK, weekly};
use crate::state::phase::PhaseState;
use crate::state::wards::{Index, Wards};
use crate::world::Dosadi;
use das_core::config::Detail;
use das_core::orchestrator::Ctx;
use serde::Serialize;

/// Hardship above, corruption above, legitimacy below which P0 and P1 may go up.
const WORSE: [[f64; 3]; 2] = [[0.10, 0.21, 0.58], [0.13, 0.21, 0.54]];
/// Hardship and corruption below, legitimacy above which P1 and P2 may go down.
const BETTER: [[f64; 3]; 2] = [[0.07, 0.18, 0.62], [0.11, 0.20, 0.57]];
/// Days conditions must hold before the phase goes up.
pub const UP_HELD: u32 = 30;
/// Days in P0, P1 before the phase may go up.
pub const UP_AFTER: [u32; 2] = [30, 60];
/// Days conditions must hold before the phase goes down.
pub const DOWN_HELD: u32 = 120;
/// Days in a phase before it may go down.
pub const DOWN_AFTER: u32 = 180;

/// Means of the city, weighted by people.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Indicators {
    /// Hardship.
    pub hardship: f64,
    /// Corruption.
    pub corruption: f64,
    /// Legitimacy.
    pub legitimacy: f64,
}

impl Indicators {
    /// Of these wards.
    pub fn of(wards: &Wards) -> Self {
        let mean = |index| {
            let (mut sum, mut people) = (0.0, 0.0);
            for (&value, &heads) in wards.column(index).iter().zip(&wards.people) {
                sum += value * heads as f64;
                people += heads as f64;
            }
            if people > 0.0 { sum / people } else { 0.0 }
        };
        Self {
            hardship: mean(Index::Hardship),
            corruption: mean(Index::Corruption),
            legitimacy: mean(Index::Legitimacy),
        }
    }

    /// Whether enough of the conditions for the phase after `phase` hold: one of three for P1, two for P2.
    fn worse(&self, config: &PhaseConfig, phase: u8) -> bool {
        let limits = config.worse.unwrap_or(WORSE);
        let ([hardship, corruption, legitimacy], needed) = match phase {
            0 => (limits[0], 1),
            1 => (limits[1], 2),
            _ => return false,
        };
        let signs = [
            self.hardship > hardship,
            self.corruption > corruption,
            self.legitimacy < legitimacy,
        ];
        signs.into_iter().filter(|&sign| sign).count() >= needed
    }

    /// Whether all conditions for the phase before `phase` hold.
    fn better(&self, config: &PhaseConfig, phase: u8) -> bool {
        let limits = config.better.unwrap_or(BETTER);
        let [hardship, corruption, legitimacy] = match phase {
            1 => limits[0],
            2 => limits[1],
            _ => return false,
        };
        self.hardship < hardship && self.corruption < corruption && self.legitimacy > legitimacy
    }
}

/// Event `phase_changed`.
#[derive(Serialize)]
struct PhaseChanged {
    from: u8,
    to: u8,
    hardship: f64,
    corruption: f64,
    legitimacy: f64,
}

/// Runs the stage.
pub(crate) fn run(world: &mut Dosadi, ctx: &mut Ctx<'_, Dosadi>) {
    let day = world.day();
    if !world.config.phases.enabled || !weekly(day, 0) {
        return;
    }
    let seen = Indicators::of(&world.state.wards);
    let from = world.state.phase.phase;
    if look(&mut world.state.phase, &world.config.phases, &seen, day) {
        let event = PhaseChanged {
            from,
            to: world.state.phase.phase,
            hardship: seen.hardship,
            corruption: seen.corruption,
            legitimacy: seen.legitimacy,
        };
        ctx.emit_at(Detail::Epochs, "phase_changed", &event);
    }
}

/// One weekly look; whether the phase changed.
fn look(state: &mut PhaseState, config: &PhaseConfig, seen: &Indicators, day: u32) -> bool {
    let phase = state.phase;
    let count = |holds: bool, days: u32| if holds { days + WEEK } else { 0 };
    state.up_days = count(seen.worse(config, phase), state.up_days);
    state.down_days = count(seen.better(config, phase), state.down_days);
    let lived = day - state.since;
    let up_after = UP_AFTER.get(usize::from(phase));
    let to = if state.up_days >= UP_HELD && up_after.is_some_and(|&after| lived >= after) {
        phase + 1
    } else if state.down_days >= DOWN_HELD && lived >= DOWN_AFTER {
        phase - 1
    } else {
        return false;
    };
    state.phase = to;
    state.since = day;
    state.up_days = 0;
    state.down_days = 0;
    if state.history.len() == PhaseState::HISTORY {
        state.history.remove(0);
    }
    state.history.push((day, to));
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALM: Indicators = Indicators {
        hardship: 0.05,
        corruption: 0.1,
        legitimacy: 0.8,
    };

    const PLAIN: PhaseConfig = PhaseConfig {
        enabled: true,
        initial: 0,
        worse: None,
        better: None,
    };

    fn days_until(state: &mut PhaseState, seen: Indicators, from: u32, limit: u32) -> Option<u32> {
        (from..from + limit)
            .filter(|&day| weekly(day, 0))
            .find(|&day| look(state, &PLAIN, &seen, day))
    }

    #[test]
    fn conditions_are_strict_at_their_limits() {
        // The limits themselves hold for nobody; one step beyond, any one of three is enough for P1, two for P2.
        let limit = Indicators {
            hardship: 0.10,
            corruption: 0.21,
            legitimacy: 0.58,
        };
        assert!(!limit.worse(&PLAIN, 0));
        let above = |x: f64| f64::from_bits(x.to_bits() + 1);
        let below = |x: f64| f64::from_bits(x.to_bits() - 1);
        for one in [
            Indicators {
                hardship: above(0.10),
                ..limit
            },
            Indicators {
                corruption: above(0.21),
                ..limit
            },
            Indicators {
                legitimacy: below(0.58),
                ..limit
            },
        ] {
            assert!(one.worse(&PLAIN, 0) && !one.worse(&PLAIN, 1), "{one:?}");
        }
        let crisis = Indicators {
            hardship: 0.13,
            corruption: above(0.21),
            legitimacy: 0.54,
        };
        assert!(!crisis.worse(&PLAIN, 1));
        assert!(
            Indicators {
                hardship: above(0.13),
                ..crisis
            }
            .worse(&PLAIN, 1)
        );
        assert!(
            Indicators {
                legitimacy: below(0.54),
                ..crisis
            }
            .worse(&PLAIN, 1)
        );

        let back = Indicators {
            hardship: 0.07,
            corruption: 0.18,
            legitimacy: 0.62,
        };
        assert!(!back.better(&PLAIN, 1));
        let eased = Indicators {
            hardship: below(0.07),
            corruption: below(0.18),
            legitimacy: above(0.62),
        };
        assert!(eased.better(&PLAIN, 1) && eased.better(&PLAIN, 2));
        assert!(
            !Indicators {
                hardship: 0.11,
                ..eased
            }
            .better(&PLAIN, 2)
        );
        assert!(
            Indicators {
                hardship: below(0.11),
                corruption: 0.19,
                legitimacy: 0.6
            }
            .better(&PLAIN, 2)
        );
    }

    #[test]
    fn up_wants_held_days_and_days_in_the_phase() {
        // In P0 five weekly looks hold 35 ≥ 30 days, and day 30 has passed at day 35; P1 begun then lasts at least 60 days.
        let bad = Indicators {
            hardship: 0.2,
            corruption: 0.3,
            legitimacy: 0.4,
        };
        let mut state = PhaseState::default();
        assert_eq!(days_until(&mut state, bad, 0, 100), Some(35));
        assert_eq!((state.phase, state.since), (1, 35));
        assert_eq!(days_until(&mut state, bad, 36, 200), Some(98));
        assert_eq!(state.phase, 2);
        assert_eq!(days_until(&mut state, bad, 99, 400), None, "there is no P3");
        assert_eq!(state.history, [(35, 1), (98, 2)]);
    }

    #[test]
    fn one_look_without_the_conditions_starts_the_count_again() {
        // Four bad looks, a calm one, and it takes five bad ones again.
        let bad = Indicators {
            hardship: 0.2,
            ..CALM
        };
        let mut state = PhaseState::default();
        assert_eq!(days_until(&mut state, bad, 0, 28), None);
        assert_eq!(days_until(&mut state, CALM, 28, 7), None);
        assert_eq!(days_until(&mut state, bad, 35, 100), Some(63));
    }

    #[test]
    fn down_wants_120_days_held_and_180_in_the_phase() {
        // Calm from the first day of P1: 18 looks hold 126 days at day 126, but the phase lasts 180 days first; day 182 is the next look.
        let mut state = PhaseState {
            phase: 1,
            ..PhaseState::default()
        };
        assert_eq!(days_until(&mut state, CALM, 7, 300), Some(182));
        assert_eq!(state.phase, 0);
        // Calm only from day 175 on: the held days decide.
        let mut state = PhaseState {
            phase: 2,
            ..PhaseState::default()
        };
        assert_eq!(days_until(&mut state, CALM, 175, 300), Some(175 + 17 * 7));
        assert_eq!(state.phase, 1);
    }

    #[test]
    fn the_history_is_bounded() {
        // However often the phase swings, the last changes are kept and no more.
        let mut state = PhaseState::default();
        let bad = Indicators {
            hardship: 0.2,
            ..CALM
        };
        let mut day = 7;
        for turn in 0..200 {
            let seen = if turn % 2 == 0 { bad } else { CALM };
            day = days_until(&mut state, seen, day, 400).unwrap() + 7;
            assert!(state.history.len() <= PhaseState::HISTORY);
        }
        assert_eq!(state.history.len(), PhaseState::HISTORY);
    }
}
