//! Who comes and goes: queued changes are done at the end of the step, in the order they were asked for.

use crate::agent::AgentSpec;
use crate::config::Detail;
use crate::environment::Environment;
use crate::id::AgentId;
use crate::ledger::Reason;
use crate::orchestrator::govern::Hook;
use crate::orchestrator::hub::{Change, Ctx, Hub};
use crate::orchestrator::records::{AgentFault, AgentRetired};
use crate::units::MicroCredits;

/// The name an agent comes back under: `adversarial.2` → `adversarial.2.r1` → `adversarial.2.r2`.
fn next_name(name: &str) -> String {
    if let Some((base, generation)) = name.rsplit_once(".r")
        && let Ok(generation) = generation.parse::<u32>()
    {
        return format!("{base}.r{}", generation.saturating_add(1));
    }
    format!("{name}.r1")
}

impl<E: Environment> Hub<E> {
    pub(super) fn change_population(&mut self, world: &mut E) {
        for change in std::mem::take(&mut self.changes) {
            match change {
                Change::Spawn(spec) => {
                    self.arrive(world, &spec, self.initial_budget);
                }
                Change::Retire(who) => self.leave(world, who, None),
                Change::Respawn(who) => {
                    if !self.society.is_live(who) {
                        continue;
                    }
                    let old = self.spec(who);
                    let spec = AgentSpec {
                        name: next_name(&old.name),
                        ..old
                    };
                    let heir = self.arrive(world, &spec, MicroCredits::ZERO);
                    if let Some(heir) = heir {
                        self.rails.inherit(who, heir);
                        self.society.inherit(who, heir);
                    }
                    self.leave(world, who, heir);
                }
            }
        }
    }

    fn arrive(&mut self, world: &mut E, spec: &AgentSpec, funds: MicroCredits) -> Option<AgentId> {
        match self.register(spec, funds) {
            Ok(who) => {
                world.registered(who, &mut Ctx::new(self));
                Some(who)
            }
            Err(message) => {
                let event = AgentFault {
                    agent: &spec.name,
                    during: "spawn",
                    message: &message,
                    faults: 1,
                };
                self.log
                    .event(Detail::Epochs, "agent_fault", self.now, &event);
                None
            }
        }
    }

    /// Balance and stake go to the heir, or to the treasury.
    fn leave(&mut self, world: &mut E, who: AgentId, heir: Option<AgentId>) {
        if !self.society.is_live(who) {
            return;
        }
        self.hook(Hook::Leave(who));
        self.society.live[who.index()] = false;
        let to = heir.map_or_else(
            || self.society.treasury(),
            |heir| self.society.account(heir),
        );
        for from in [self.society.account(who), self.society.stake_account(who)] {
            let held = self.society.ledger.balance(from);
            self.society
                .ledger
                .post_up_to(from, to, held, Reason::Estate);
        }
        let event = AgentRetired {
            agent: self.society.name(who),
            successor: heir.map(|heir| self.society.name(heir)),
        };
        self.log
            .event(Detail::Epochs, "agent_retired", self.now, &event);
        world.retired(who, &mut Ctx::new(self));
    }
}

#[cfg(test)]
mod tests {
    use super::next_name;

    #[test]
    fn names_count_their_generations() {
        assert_eq!(next_name("adversarial.2"), "adversarial.2.r1");
        assert_eq!(next_name("adversarial.2.r1"), "adversarial.2.r2");
        assert_eq!(next_name("my.rat"), "my.rat.r1");
    }
}
