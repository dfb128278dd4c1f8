//! Safety rails: hard limits that no policy can talk its way around, checked before levers and before the world.
//!
//! Posts per epoch, steps between posts, content length, interactions per step, budget per epoch, a token bucket in whole
//! ticks, and the allowlist of the role. Each refusal becomes a `rail_refused` event. The kill switch is polled by the
//! orchestrator ([`crate::ports::Control`]).
//!
//! Not here: what governance forbids (levers), what the world cannot do (its own refusals).

use crate::config::SafetyConfig;
use crate::environment::{ActionFacts, Refusal, TermsFacts};
use crate::id::AgentId;
use crate::society::Society;
use crate::units::MicroCredits;
use serde::{Deserialize, Serialize};

/// What the rails remember of one agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Meter {
    /// Money that left by the agent's own choice this epoch.
    spent: MicroCredits,
    /// Step after which the next post is allowed.
    next_post: u64,
    /// Tokens in the bucket when it was last looked at.
    tokens: u32,
    /// When that was.
    tokens_at: u64,
}

/// Limits resolved from [`SafetyConfig`], and a meter per agent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rails {
    max_posts: u32,
    max_interactions: u32,
    max_content: u32,
    post_gap: u64,
    budget: MicroCredits,
    bucket: Option<(u32, u32)>,
    meters: Vec<Meter>,
}

impl Rails {
    /// Resolves the limits; times are rounded up to steps.
    pub fn new(config: &SafetyConfig) -> Self {
        Self {
            max_posts: config.max_posts_per_epoch,
            max_interactions: config.max_interactions_per_step,
            max_content: config.max_content_length,
            post_gap: config.min_time_between_posts.ceil() as u64,
            budget: MicroCredits::saturating(config.budget_per_epoch),
            bucket: config
                .bucket_capacity
                .map(|capacity| (capacity, config.bucket_refill)),
            meters: Vec::new(),
        }
    }

    /// Room for one more agent, its bucket full.
    pub(crate) fn register(&mut self, step: u64) {
        self.meters.push(Meter {
            spent: MicroCredits::ZERO,
            next_post: 0,
            tokens: self.bucket.map_or(0, |(capacity, _)| capacity),
            tokens_at: step,
        });
    }

    /// Whether there is a meter for each of so many agents.
    pub(crate) fn fits(&self, agents: usize) -> bool {
        self.meters.len() == agents
    }

    /// Takes over the meters of a run that was left, under limits of its own.
    pub(crate) fn go_on(&mut self, left: Self) {
        self.meters = left.meters;
    }

    pub(crate) fn begin_epoch(&mut self) {
        for meter in &mut self.meters {
            meter.spent = MicroCredits::ZERO;
        }
    }

    /// May this action be done? Takes a token; the rest is charged by [`Rails::acted`].
    pub(crate) fn check_action(
        &mut self,
        who: AgentId,
        facts: &ActionFacts,
        society: &Society,
        step: u64,
        tools: &[&str],
    ) -> Result<(), Refusal> {
        check_tool(who, facts.tool, society, tools)?;
        let chars = facts.content_chars;
        if chars > self.max_content {
            return Err(Refusal::new(
                "content_length",
                format!("{chars} characters, {} allowed", self.max_content),
            ));
        }
        if facts.is_post {
            let posts = society.counters(who).epoch_posts;
            if posts >= self.max_posts {
                return Err(Refusal::new(
                    "posts_per_epoch",
                    format!("{posts} posts this epoch, {} allowed", self.max_posts),
                ));
            }
            let next = self.meters[who.index()].next_post;
            if step < next {
                return Err(Refusal::new(
                    "time_between_posts",
                    format!("next post in {} steps", next - step),
                ));
            }
        }
        self.check_budget(who, facts.outlay)?;
        self.take_token(who, step)
    }

    /// Charges an action that was applied.
    pub(crate) fn acted(&mut self, who: AgentId, facts: &ActionFacts, step: u64) {
        let meter = &mut self.meters[who.index()];
        meter.spent += facts.outlay;
        if facts.is_post {
            meter.next_post = step + self.post_gap;
        }
    }

    /// May this offer be made? Takes a token of the initiator.
    pub(crate) fn check_offer(
        &mut self,
        from: AgentId,
        to: AgentId,
        facts: &TermsFacts,
        society: &Society,
        step: u64,
        tools: &[&str],
    ) -> Result<(), Refusal> {
        check_tool(from, facts.tool, society, tools)?;
        for who in [from, to] {
            let had = society.counters(who).step_interactions;
            if had >= self.max_interactions {
                return Err(Refusal::new(
                    "interactions_per_step",
                    format!(
                        "`{}` had {had} this step, {} allowed",
                        society.name(who),
                        self.max_interactions
                    ),
                ));
            }
        }
        self.check_budget(from, facts.outlay_initiator)?;
        self.check_budget(to, facts.outlay_counterparty)?;
        if facts.charged {
            Ok(())
        } else {
            self.take_token(from, step)
        }
    }

    /// A successor takes over what its predecessor had used up: a new name is no way around the rails.
    pub(crate) fn inherit(&mut self, from: AgentId, to: AgentId) {
        self.meters[to.index()] = self.meters[from.index()];
    }

    /// Commits the outlays of an accepted offer.
    pub(crate) fn committed(&mut self, from: AgentId, to: AgentId, facts: &TermsFacts) {
        self.meters[from.index()].spent += facts.outlay_initiator;
        self.meters[to.index()].spent += facts.outlay_counterparty;
    }

    /// Something of what it remembers of somebody, without meaning: see [`crate::agent::BaseAgent::touch`].
    #[inline]
    pub(crate) fn touch(&self, who: AgentId) -> u64 {
        (self.meters.get(who.index())).map_or(0, |meter| meter.next_post)
    }

    fn check_budget(&self, who: AgentId, outlay: MicroCredits) -> Result<(), Refusal> {
        let spent = self.meters[who.index()].spent;
        if outlay > MicroCredits::ZERO && spent + outlay > self.budget {
            return Err(Refusal::new(
                "budget_per_epoch",
                format!(
                    "{} spent, {} more asked, {} allowed",
                    spent.credits(),
                    outlay.credits(),
                    self.budget.credits()
                ),
            ));
        }
        Ok(())
    }

    fn take_token(&mut self, who: AgentId, step: u64) -> Result<(), Refusal> {
        let Some((capacity, refill)) = self.bucket else {
            return Ok(());
        };
        let meter = &mut self.meters[who.index()];
        let gained = (step - meter.tokens_at).saturating_mul(u64::from(refill));
        meter.tokens = u64::from(meter.tokens)
            .saturating_add(gained)
            .min(u64::from(capacity)) as u32;
        meter.tokens_at = step;
        if meter.tokens == 0 {
            return Err(Refusal::new(
                "token_bucket",
                format!("empty; {refill} tokens a step, {capacity} at most"),
            ));
        }
        meter.tokens -= 1;
        Ok(())
    }
}

fn check_tool(
    who: AgentId,
    tool: crate::id::Tool,
    society: &Society,
    tools: &[&str],
) -> Result<(), Refusal> {
    if society.tools(who).contains(tool) {
        return Ok(());
    }
    let name = tools.get(usize::from(tool.0)).copied().unwrap_or("?");
    Err(Refusal::new(
        "tool_allowlist",
        format!("role `{}` may not use `{name}`", society.role(who)),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{Tool, ToolSet};
    use proptest::prelude::*;

    const TOOLS: &[&str] = &["post", "trade"];

    fn one_agent(config: &SafetyConfig, tools: ToolSet) -> (Rails, Society, AgentId) {
        let mut society = Society::new();
        let who = society.register("honest.1", "honest", "poster", tools);
        let mut rails = Rails::new(config);
        rails.register(0);
        (rails, society, who)
    }

    fn post(chars: u32) -> ActionFacts {
        ActionFacts {
            tool: Tool(0),
            content_chars: chars,
            is_post: true,
            while_frozen: false,
            is_vote: false,
            outlay: MicroCredits::ZERO,
        }
    }

    #[test]
    fn each_rail_refuses_at_its_limit_and_not_before() {
        let config = SafetyConfig {
            max_content_length: 5,
            min_time_between_posts: 1.5,
            budget_per_epoch: 2.0,
            ..SafetyConfig::default()
        };
        let (mut rails, society, who) = one_agent(&config, ToolSet::default().with(Tool(0)));
        assert!(
            rails
                .check_action(who, &post(5), &society, 0, TOOLS)
                .is_ok()
        );
        assert_eq!(
            rails
                .check_action(who, &post(6), &society, 0, TOOLS)
                .unwrap_err()
                .code,
            "content_length"
        );
        rails.acted(who, &post(5), 0);
        // 1.5 seconds round up to 2 steps.
        assert_eq!(
            rails
                .check_action(who, &post(5), &society, 1, TOOLS)
                .unwrap_err()
                .code,
            "time_between_posts"
        );
        assert!(
            rails
                .check_action(who, &post(5), &society, 2, TOOLS)
                .is_ok()
        );
        let trade = ActionFacts {
            tool: Tool(1),
            content_chars: 0,
            is_post: false,
            while_frozen: false,
            is_vote: false,
            outlay: MicroCredits::ZERO,
        };
        assert_eq!(
            rails
                .check_action(who, &trade, &society, 2, TOOLS)
                .unwrap_err()
                .code,
            "tool_allowlist"
        );
        let dear = ActionFacts {
            outlay: MicroCredits(2_000_001),
            ..post(1)
        };
        assert_eq!(
            rails
                .check_action(who, &dear, &society, 2, TOOLS)
                .unwrap_err()
                .code,
            "budget_per_epoch"
        );
        let affordable = ActionFacts {
            outlay: MicroCredits(2_000_000),
            ..post(1)
        };
        assert!(
            rails
                .check_action(who, &affordable, &society, 2, TOOLS)
                .is_ok()
        );
    }

    proptest! {
        /// Over any window of w steps at most capacity + refill·w actions pass the bucket.
        #[test]
        fn bucket_bounds_every_window(capacity in 1u32..20, refill in 1u32..5, asks in proptest::collection::vec(0u32..12, 1..60)) {
            let config = SafetyConfig { bucket_capacity: Some(capacity), bucket_refill: refill, ..SafetyConfig::default() };
            let (mut rails, society, who) = one_agent(&config, ToolSet::ALL);
            let free = ActionFacts { tool: Tool(0), content_chars: 0,
            is_post: false,
            while_frozen: false, is_vote: false, outlay: MicroCredits::ZERO };
            let passed: Vec<u32> = asks.iter().enumerate().map(|(step, &n)| {
                (0..n).filter(|_| rails.check_action(who, &free, &society, step as u64, TOOLS).is_ok()).count() as u32
            }).collect();
            for from in 0..passed.len() {
                let mut total = 0;
                for (width, n) in passed[from..].iter().enumerate() {
                    total += n;
                    prop_assert!(total <= capacity + refill * width as u32);
                }
            }
        }
    }
}
